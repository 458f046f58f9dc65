//! Signing and recognising tokens with keys that are parsed once.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::sync::Arc;

use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use idp::keys::signing::{Expectation, KeyRing, RingKey, SigningKey, Standing};
use idp_core::oidc::alg::SigningAlg;
use serde_json::json;

fn tokens(criterion: &mut Criterion) {
    let keys = SigningAlg::ALL.map(|alg| {
        let pkcs8 = SigningKey::generate(alg).expect("a key is made");
        Arc::new(SigningKey::from_pkcs8(alg, &pkcs8).expect("the key is valid"))
    });
    let ring = KeyRing::new(
        "https://op.example.org",
        keys.iter().map(|key| RingKey { key: Arc::clone(key), standing: Standing::Active }),
    );
    let claims = json!({
        "iss": "https://op.example.org", "sub": "0192f0c1-2d5e-7a41-9c1f-1b2d3c4e5f60", "aud": "portal",
        "exp": 1_900_000_600, "iat": 1_900_000_000, "auth_time": 1_899_999_990, "nonce": "n-0S6_WzA2Mj",
        "sid": "V3ryR4nd0mS3ss10n", "acr": "mfa", "amr": ["pwd", "otp", "mfa"], "at_hash": "77QmUPtjPfzWtF2AnpK9RQ",
    });
    let expected = Expectation { typ: "JWT", audience: Some("portal"), expired_ok: false, now: DateTime::UNIX_EPOCH };
    for key in &keys {
        let token = key.sign_compact("JWT", &claims).expect("the token is signed");
        criterion.bench_function(&format!("sign {}", key.alg()), |bencher| {
            bencher.iter(|| key.sign_compact("JWT", &claims));
        });
        criterion.bench_function(&format!("verify_own {}", key.alg()), |bencher| {
            bencher.iter(|| ring.verify_own(&token, expected).expect("the token is ours"));
        });
    }
}

criterion_group!(benches, tokens);
criterion_main!(benches);
