//! Forged tokens against [`KeyRing::verify_own`].

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use idp_core::oidc::alg::SigningAlg;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://op.example.org";

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

fn expected() -> Expectation<'static> {
    Expectation { typ: "at+jwt", audience: Some("api"), expired_ok: false, now: now() }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "sub": "ada", "aud": "api", "exp": (now() + TimeDelta::minutes(5)).timestamp()})
}

fn key(alg: SigningAlg) -> Arc<SigningKey> {
    Arc::new(SigningKey::from_pkcs8(alg, &SigningKey::generate(alg).unwrap()).unwrap())
}

fn ring_of(keys: &[&Arc<SigningKey>]) -> KeyRing {
    KeyRing::new(ISSUER, keys.iter().map(|key| RingKey { key: Arc::clone(key), standing: Standing::Active }))
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The token with its header replaced and its signature kept.
fn with_header(token: &str, header: &Value) -> String {
    format!("{}.{}", encoded(header), token.split_once('.').unwrap().1)
}

/// A token with this header, signed by a key that we do not know, with an algorithm of its own choice.
fn signed_by_attacker(header: &Value, secret: &EncodingKey, alg: Algorithm) -> String {
    let message = format!("{}.{}", encoded(header), encoded(&claims()));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), secret, alg).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn sec_r34_our_own_token_of_every_algorithm_is_accepted() {
    let keys = SigningAlg::ALL.map(key);
    let ring = ring_of(&keys.each_ref());
    for key in &keys {
        let token = key.sign_compact("at+jwt", &claims()).unwrap();
        assert_eq!(ring.verify_own(&token, expected()).map(Value::Object), Ok(claims()));
    }
}

#[test]
fn case_jw1_alg_none_is_refused_with_and_without_a_signature() {
    let key = key(SigningAlg::ES256);
    let ring = ring_of(&[&key]);
    let token = key.sign_compact("at+jwt", &claims()).unwrap();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": none, "typ": "at+jwt", "kid": key.kid()});
        assert_eq!(ring.verify_own(&with_header(&token, &header), expected()), Err(TokenError::Header));
        let unsigned = format!("{}.{}.", encoded(&header), encoded(&claims()));
        assert_eq!(ring.verify_own(&unsigned, expected()), Err(TokenError::Header));
    }
    let emptied = format!("{}.", token.rsplit_once('.').unwrap().0);
    assert_eq!(ring.verify_own(&emptied, expected()), Err(TokenError::Signature));
}

#[test]
fn case_jw1_hs256_keyed_with_any_form_of_our_public_key_is_refused() {
    let key = key(SigningAlg::RS256);
    let ring = ring_of(&[&key]);
    let jwk = serde_json::to_value(key.jwk()).unwrap();
    let component = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (modulus, exponent) = (component("n"), component("e"));
    let der = {
        use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
        let public = aws_lc_rs::rsa::PublicKeyComponents { n: &modulus, e: &exponent };
        let der: PublicKeyX509Der<'_> = public.as_der().unwrap();
        der.as_ref().to_vec()
    };
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    for secret in [pem.as_bytes(), pem.trim_end().as_bytes(), &der, jwk.to_string().as_bytes(), &modulus] {
        for (name, alg) in [("HS256", Algorithm::HS256), ("HS512", Algorithm::HS512)] {
            let header = json!({"alg": name, "typ": "at+jwt", "kid": key.kid()});
            let token = signed_by_attacker(&header, &EncodingKey::from_secret(secret), alg);
            assert_eq!(ring.verify_own(&token, expected()), Err(TokenError::Header));
            // The same bytes under the header of the real algorithm.
            let header = json!({"alg": "RS256", "typ": "at+jwt", "kid": key.kid()});
            let token = signed_by_attacker(&header, &EncodingKey::from_secret(secret), alg);
            assert_eq!(ring.verify_own(&token, expected()), Err(TokenError::Signature));
        }
    }
}

#[test]
fn case_jw1_a_kid_is_compared_and_never_interpreted() {
    let key = key(SigningAlg::EdDSA);
    let ring = ring_of(&[&key]);
    let token = key.sign_compact("at+jwt", &claims()).unwrap();
    let partial = &key.kid()[..10];
    for kid in ["../../dev/null", "' or 1=1", "", "*", "https://attacker.example/key", "\0", partial] {
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid});
        assert_eq!(ring.verify_own(&with_header(&token, &header), expected()), Err(TokenError::UnknownKey), "{kid}");
        // An empty file as key: an empty secret.
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": kid});
        let token = signed_by_attacker(&header, &EncodingKey::from_secret(b""), Algorithm::HS256);
        assert_eq!(ring.verify_own(&token, expected()), Err(TokenError::Header), "{kid}");
    }
    for kid in [json!(null), json!(1), json!([key.kid()])] {
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid});
        assert_eq!(ring.verify_own(&with_header(&token, &header), expected()), Err(TokenError::Header));
    }
    let header = json!({"alg": "EdDSA", "typ": "at+jwt"});
    assert_eq!(ring.verify_own(&with_header(&token, &header), expected()), Err(TokenError::Header));
}

#[test]
fn case_jw2_a_token_that_brings_or_names_its_own_key_is_refused_before_any_key_is_looked_at() {
    let ours = key(SigningAlg::ES256);
    let ring = ring_of(&[&ours]);
    let pkcs8 = SigningKey::generate(SigningAlg::ES256).unwrap();
    let attacker = SigningKey::from_pkcs8(SigningAlg::ES256, &pkcs8).unwrap();
    let members = [
        ("jku", json!("https://canary.example/jwks")),
        ("x5u", json!("https://canary.example/cert")),
        ("jwk", serde_json::to_value(attacker.jwk()).unwrap()),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ];
    for (name, value) in members {
        for kid in [ours.kid(), attacker.kid()] {
            let mut header = json!({"alg": "ES256", "typ": "at+jwt", "kid": kid});
            header[name] = value.clone();
            let token = signed_by_attacker(&header, &EncodingKey::from_ec_der(&pkcs8), Algorithm::ES256);
            assert_eq!(ring.verify_own(&token, expected()), Err(TokenError::Header), "{name}");
        }
    }
    let token = attacker.sign_compact("at+jwt", &claims()).unwrap();
    assert_eq!(ring.verify_own(&token, expected()), Err(TokenError::UnknownKey));
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": ours.kid()});
    let token = signed_by_attacker(&header, &EncodingKey::from_ec_der(&pkcs8), Algorithm::ES256);
    assert_eq!(ring.verify_own(&token, expected()), Err(TokenError::Signature));
}

#[test]
fn sec_r34_a_key_is_used_with_its_own_algorithm_only() {
    let (rs256, ps256) = (key(SigningAlg::RS256), key(SigningAlg::PS256));
    let ring = ring_of(&[&rs256, &ps256]);
    let token = rs256.sign_compact("at+jwt", &claims()).unwrap();
    for alg in ["PS256", "ES256", "EdDSA"] {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": rs256.kid()});
        assert_eq!(ring.verify_own(&with_header(&token, &header), expected()), Err(TokenError::UnknownKey));
    }
    for alg in ["RS384", "RS512", "RS1", "ES256K", "HS256"] {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": rs256.kid()});
        assert_eq!(ring.verify_own(&with_header(&token, &header), expected()), Err(TokenError::Header));
    }
}

#[test]
fn sec_r34_typ_iss_aud_and_a_numeric_exp_are_required() {
    let key = key(SigningAlg::EdDSA);
    let ring = ring_of(&[&key]);
    let later = now().timestamp() + 300;
    let table = [
        ("iss", Value::Null, TokenError::Issuer),
        ("iss", json!("https://op.example.org/"), TokenError::Issuer),
        ("iss", json!([ISSUER]), TokenError::Issuer),
        ("aud", Value::Null, TokenError::Audience),
        ("aud", json!("portal"), TokenError::Audience),
        ("aud", json!([]), TokenError::Audience),
        ("aud", json!(["api", 1]), TokenError::Audience),
        ("aud", json!({"api": true}), TokenError::Audience),
        ("exp", Value::Null, TokenError::NoExpiry),
        ("exp", json!(later.to_string()), TokenError::NoExpiry),
        ("exp", json!(1e300), TokenError::NoExpiry),
        ("exp", json!(-1.5), TokenError::NoExpiry),
        ("exp", json!(now().timestamp()), TokenError::Expired),
        ("exp", json!(0), TokenError::Expired),
        ("exp", json!(-1), TokenError::Expired),
    ];
    for (name, value, error) in table {
        let mut claims = claims();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
        let token = key.sign_compact("at+jwt", &claims).unwrap();
        assert_eq!(ring.verify_own(&token, expected()), Err(error), "{name}: {value}");
    }
    for typ in ["JWT", "", "logout+jwt"] {
        let token = key.sign_compact(typ, &claims()).unwrap();
        assert_eq!(ring.verify_own(&token, expected()), Err(TokenError::Type));
    }
    for (name, value) in [("aud", json!(["portal", "api"])), ("exp", json!(now().timestamp() + 1))] {
        let mut claims = claims();
        claims[name] = value;
        assert!(ring.verify_own(&key.sign_compact("at+jwt", &claims).unwrap(), expected()).is_ok());
    }
}

#[test]
fn an_expired_id_token_is_still_a_hint_but_never_a_forged_one() {
    let key = key(SigningAlg::ES256);
    let ring = ring_of(&[&key]);
    let mut old = claims();
    old["exp"] = json!(now().timestamp() - 86_400);
    let hint = Expectation { typ: "JWT", audience: None, expired_ok: true, now: now() };
    let token = key.sign_compact("JWT", &old).unwrap();
    assert!(ring.verify_own(&token, hint).is_ok());
    assert_eq!(ring.verify_own(&token, Expectation { expired_ok: false, ..hint }), Err(TokenError::Expired));
    assert_eq!(ring.verify_own(&token, Expectation { audience: Some("portal"), ..hint }), Err(TokenError::Audience));
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    old["sub"] = json!("eve");
    let forged = format!("{header}.{}.{signature}", encoded(&old));
    assert_eq!(ring.verify_own(&forged, hint), Err(TokenError::Signature));
}

#[test]
fn a_token_has_exactly_one_spelling() {
    let key = key(SigningAlg::ES256);
    let ring = ring_of(&[&key]);
    let token = key.sign_compact("at+jwt", &claims()).unwrap();
    let spellings = [
        format!("{token}="),
        format!("{token}=="),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}."),
        format!(".{token}"),
        token.replace('.', ".."),
        token.replacen('.', "=.", 1),
        String::new(),
        "..".to_owned(),
        "A".repeat(20_000),
    ];
    for spelling in spellings {
        assert!(ring.verify_own(&spelling, expected()).is_err(), "{spelling}");
    }
    // The last character of a 64-byte signature carries four unused bits: they must be zero.
    let last = token.chars().last().unwrap();
    let unused_bits_set = char::from(u8::try_from(last).unwrap() + 1);
    let altered = format!("{}{unused_bits_set}", &token[..token.len() - 1]);
    assert_eq!(ring.verify_own(&altered, expected()), Err(TokenError::Signature));
    let repeated = format!(r#"{{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, key.kid());
    let repeated = format!("{}.{}", URL_SAFE_NO_PAD.encode(repeated), token.split_once('.').unwrap().1);
    assert_eq!(ring.verify_own(&repeated, expected()), Err(TokenError::Header));
}
