//! ID tokens of a stand-in: right ones, and those that are wrong in one way.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::keys::{Alg, Key};
use crate::clock::Random;

/// For how many seconds a token is good.
const LIFE: i64 = 3600;

/// What a token is made from.
pub(super) struct Draft<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) secret: &'a str,
    pub(super) nonce: &'a str,
    pub(super) person: &'a Map<String, Value>,
    pub(super) alg: Alg,
    pub(super) now: DateTime<Utc>,
}

impl Draft<'_> {
    fn claims(&self, fault: Fault) -> Value {
        let at = self.now.timestamp();
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), json!(self.issuer));
        claims.insert("azp".to_owned(), json!(self.client));
        claims.insert("aud".to_owned(), json!(self.client));
        claims.insert("nonce".to_owned(), json!(self.nonce));
        claims.insert("iat".to_owned(), json!(at));
        claims.insert("exp".to_owned(), json!(at + LIFE));
        claims.extend(self.person.clone());
        let mut set = |claim: &str, value: Value| drop(claims.insert(claim.to_owned(), value));
        match fault {
            Fault::LegacyIssuer => {
                let legacy = self.issuer.split_once("://").map_or(self.issuer, |(_, rest)| rest);
                set("iss", json!(legacy));
            }
            Fault::WrongNonce => set("nonce", json!("another")),
            Fault::WrongAudience => {
                set("aud", json!("another"));
            }
            Fault::SeveralAudiences => {
                set("aud", json!([self.client, "another"]));
                claims.remove("azp");
            }
            Fault::WrongParty => set("azp", json!("another")),
            Fault::WrongIssuer => set("iss", json!("https://accounts.example")),
            Fault::Expired => set("exp", json!(at - 1)),
            Fault::Stale => set("iat", json!(at - LIFE)),
            Fault::LongSubject => set("sub", json!("9".repeat(256))),
            Fault::NoNonce => drop(claims.remove("nonce")),
            Fault::NoExpiry => drop(claims.remove("exp")),
            _ => {}
        }
        Value::Object(claims)
    }

    /// The token, signed with `key` where the fault is not about that.
    pub(super) fn token(&self, fault: Fault, key: &Key, random: &Random) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let payload = encode(&self.claims(fault));
        let compact = |header: Value, sign: &dyn Fn(&str) -> Vec<u8>| {
            let message = format!("{}.{payload}", encode(&header));
            let signature = URL_SAFE_NO_PAD.encode(sign(&message));
            format!("{message}.{signature}")
        };
        let header = |kid: &str| json!({"alg": self.alg.name(), "kid": kid, "typ": "JWT"});
        let another = || Key::new(self.alg, random);
        let unsigned = |_: &str| Vec::new();
        match fault {
            Fault::AlgNone => compact(json!({"alg": "none", "typ": "JWT"}), &unsigned),
            Fault::Hs256 => {
                let mac = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
                let header = json!({"alg": "HS256", "kid": key.kid, "typ": "JWT"});
                compact(header, &|message| hmac::sign(&mac, message.as_bytes()).as_ref().to_vec())
            }
            Fault::OtherKey => match another() {
                Some(other) => compact(header(&key.kid), &|message| other.sign(message)),
                None => String::new(),
            },
            Fault::UnknownKey => match another() {
                Some(other) => compact(header(&other.kid), &|message| other.sign(message)),
                None => String::new(),
            },
            _ => compact(header(&key.kid), &|message| key.sign(message)),
        }
    }
}
