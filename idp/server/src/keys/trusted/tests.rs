//! Messages of others against [`TrustedKeys`]: forged, replayed elsewhere, late.

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use super::*;
use crate::keys::signing::SigningKey;

const WE: &str = "https://op.example.org";
const THEY: &str = "https://card.example.org/factor";
const TYP: &str = "idp-factor-verdict+jwt";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn expected() -> Expected<'static> {
    Expected { typ: TYP, issuer: THEY, audience: WE, now: now() }
}

fn claims() -> Value {
    let at = now().timestamp();
    json!({"iss": THEY, "aud": WE, "iat": at, "exp": at + 60, "verdict": "right"})
}

fn pair(alg: SigningAlg) -> (SigningKey, TrustedKeys) {
    let key = SigningKey::from_pkcs8(alg, &SigningKey::generate(alg).unwrap()).unwrap();
    let trusted = TrustedKeys::read(&serde_json::to_value(key.jwk()).unwrap()).unwrap();
    (key, trusted)
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The message with another header and its old signature.
fn with_header(message: &str, header: &Value) -> String {
    format!("{}.{}", encoded(header), message.split_once('.').unwrap().1)
}

#[test]
fn sec_r34_every_algorithm_is_taken_from_its_own_kind_of_key() {
    for alg in SigningAlg::ALL {
        let (key, trusted) = pair(alg);
        let message = key.sign_compact(TYP, &claims()).unwrap();
        assert_eq!(trusted.claims(&message, expected()).map(Value::Object), Ok(claims()), "{alg}");
        let (_, stranger) = pair(alg);
        let refused = stranger.claims(&message, expected());
        assert!(matches!(refused, Err(TokenError::UnknownKey | TokenError::Signature)), "{alg}: {refused:?}");
    }
}

#[test]
fn sec_r34_neither_none_nor_hmac_with_the_public_key_is_taken() {
    let (key, trusted) = pair(SigningAlg::EdDSA);
    let message = key.sign_compact(TYP, &claims()).unwrap();
    for none in ["none", "None", ""] {
        let header = json!({"alg": none, "typ": TYP});
        let unsigned = format!("{}.{}.", encoded(&header), encoded(&claims()));
        for forged in [with_header(&message, &header), unsigned] {
            assert_eq!(trusted.claims(&forged, expected()), Err(TokenError::Header));
        }
    }
    let public = serde_json::to_value(key.jwk()).unwrap();
    let x = public["x"].as_str().unwrap();
    for secret in [x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(x).unwrap(), public.to_string().into_bytes()] {
        let signed = format!("{}.{}", encoded(&json!({"alg": "HS256", "typ": TYP})), encoded(&claims()));
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(&secret), Algorithm::HS256);
        let forged = format!("{signed}.{}", signature.unwrap());
        assert_eq!(trusted.claims(&forged, expected()), Err(TokenError::Header));
    }
}

#[test]
fn sec_r34_no_header_names_the_key_that_a_message_is_checked_with() {
    let (key, trusted) = pair(SigningAlg::ES256);
    let (attacker, _) = pair(SigningAlg::ES256);
    let message = attacker.sign_compact(TYP, &claims()).unwrap();
    let members = [
        ("jku", json!("https://attacker.example/jwks")),
        ("x5u", json!("https://attacker.example/cert")),
        ("x5c", json!(["MII"])),
        ("jwk", serde_json::to_value(attacker.jwk()).unwrap()),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ];
    for (member, value) in members {
        let mut header = json!({"alg": "ES256", "typ": TYP, "kid": key.kid()});
        header[member] = value;
        assert_eq!(trusted.claims(&with_header(&message, &header), expected()), Err(TokenError::Header), "{member}");
    }
    let header = json!({"alg": "ES256", "typ": TYP, "kid": key.kid()});
    assert_eq!(trusted.claims(&with_header(&message, &header), expected()), Err(TokenError::Signature));
    let header = json!({"alg": "ES256", "typ": TYP, "kid": "../../dev/null"});
    assert_eq!(trusted.claims(&with_header(&message, &header), expected()), Err(TokenError::UnknownKey));
}

#[test]
fn sec_r34_type_issuer_audience_and_times_are_required_and_right() {
    let (key, trusted) = pair(SigningAlg::ES256);
    let message = key.sign_compact("idp-factor-question+jwt", &claims()).unwrap();
    assert_eq!(trusted.claims(&message, expected()), Err(TokenError::Type));
    let at = now().timestamp();
    for (member, value, why) in [
        ("iss", json!("https://else.example.org"), TokenError::Issuer),
        ("iss", Value::Null, TokenError::Issuer),
        ("aud", json!("https://other-op.example.org"), TokenError::Audience),
        ("aud", json!([]), TokenError::Audience),
        ("exp", Value::Null, TokenError::NoExpiry),
        ("exp", json!("1800000060"), TokenError::NoExpiry),
        ("exp", json!(at), TokenError::Expired),
        ("exp", json!(at + 601), TokenError::Lifetime),
        ("iat", Value::Null, TokenError::Lifetime),
        ("iat", json!(at + 31), TokenError::Lifetime),
    ] {
        let mut claims = claims();
        claims[member] = value;
        let message = key.sign_compact(TYP, &claims).unwrap();
        assert_eq!(trusted.claims(&message, expected()), Err(why), "{member}");
    }
    let message = key.sign_compact(TYP, &claims()).unwrap();
    let (signed, _) = message.rsplit_once('.').unwrap();
    for forged in [String::new(), ".".to_owned(), signed.to_owned(), format!("{signed}."), format!("{message}.x")] {
        assert!(trusted.claims(&forged, expected()).is_err(), "{forged}");
    }
    assert_eq!(trusted.claims(&"x".repeat(MAX_LEN + 1), expected()), Err(TokenError::Malformed));
}

#[test]
fn sec_r34_only_public_signing_keys_of_allowed_kinds_are_trusted() {
    let good = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert!(TrustedKeys::read(&good).is_ok());
    let with = |member: &str, value: Value| {
        let mut key = good.clone();
        key[member] = value;
        TrustedKeys::read(&key).map(drop)
    };
    assert_eq!(with("d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")), Err(KeyRefused::Private));
    assert_eq!(with("kty", json!("oct")), Err(KeyRefused::Kind));
    assert_eq!(with("crv", json!("X25519")), Err(KeyRefused::Kind));
    assert_eq!(with("use", json!("enc")), Err(KeyRefused::Kind));
    assert_eq!(with("alg", json!("HS256")), Err(KeyRefused::Kind));
    assert_eq!(with("x", json!("AAAA")), Err(KeyRefused::Kind));
    let secret = json!({"kty": "oct", "k": "c2VjcmV0"});
    assert_eq!(TrustedKeys::read(&secret).map(drop), Err(KeyRefused::Private));
    let zero = URL_SAFE_NO_PAD.encode([0_u8; 32]);
    let off_the_curve = json!({"kty": "EC", "crv": "P-256", "x": zero, "y": zero});
    assert_eq!(TrustedKeys::read(&off_the_curve).map(drop), Err(KeyRefused::Kind));
    let short = json!({"kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([0xff_u8; 128])});
    assert_eq!(TrustedKeys::read(&short).map(drop), Err(KeyRefused::Kind));
    assert_eq!(TrustedKeys::read(&json!({"keys": []})).map(drop), Err(KeyRefused::Empty));
    assert_eq!(TrustedKeys::read(&json!({"keys": "none"})).map(drop), Err(KeyRefused::Malformed));
    let others = json!({"keys": [off_the_curve, good]});
    assert_eq!(TrustedKeys::read(&others).map(|keys| keys.keys.len()), Ok(1));
}

#[test]
fn sec_r40_an_id_token_may_have_other_header_members_but_none_that_leads_to_another_key() {
    let (key, trusted) = pair(SigningAlg::RS256);
    let plain = key.sign_compact("JWT", &claims()).unwrap();
    assert_eq!(trusted.id_token(&plain).map(Value::Object), Ok(claims()));
    for (member, error) in [
        ("x5t", TokenError::Signature),
        ("jku", TokenError::Header),
        ("jwk", TokenError::Header),
        ("x5u", TokenError::Header),
        ("x5c", TokenError::Header),
        ("crit", TokenError::Header),
        ("b64", TokenError::Header),
        ("cty", TokenError::Header),
        ("zip", TokenError::Header),
    ] {
        let mut header = json!({"alg": "RS256", "typ": "JWT", "kid": key.kid()});
        header[member] = json!("https://keys.example");
        // The signature is over another header: a member that is let through fails only there.
        assert_eq!(trusted.id_token(&with_header(&plain, &header)), Err(error), "{member}");
    }
    for alg in ["none", "HS256", "RS512", "rs256"] {
        let header = json!({"alg": alg, "kid": key.kid()});
        assert_eq!(trusted.id_token(&with_header(&plain, &header)), Err(TokenError::Header), "{alg}");
    }
    for typ in ["at+jwt", "logout+jwt", "secevent+jwt"] {
        let other = key.sign_compact(typ, &claims()).unwrap();
        assert_eq!(trusted.id_token(&other), Err(TokenError::Type), "{typ}");
    }
    let confused = with_header(&plain, &json!({"alg": "ES256", "kid": key.kid()}));
    assert_eq!(trusted.id_token(&confused), Err(TokenError::UnknownKey), "a key is used with its own algorithms");
}
