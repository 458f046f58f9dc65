//! A software authenticator: makes passkeys and signs with them (ES256, attestation `none`), as a browser would post it.
//! Every part that a forger could change is a field.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use url::Url;

use super::html::Page;

const UP: u8 = 0x01;
const UV: u8 = 0x04;
const BE: u8 = 0x08;
const BS: u8 = 0x10;
const AT: u8 = 0x40;

/// One authenticator with one passkey.
#[derive(Debug)]
pub struct Authenticator {
    pub key: EcdsaKeyPair,
    pub credential_id: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
    /// What the browser says where the page is from.
    pub origin: String,
    /// What the authenticator binds the key to.
    pub rp_id: String,
    pub present: bool,
    pub verifies: bool,
    /// Whether the key may be, and is, copied to a cloud.
    pub synced: bool,
    pub cross_origin: bool,
    /// The next sign count; `None` keeps none.
    pub count: Option<u32>,
    /// In place of `webauthn.get`.
    pub kind: Option<&'static str>,
}

impl Authenticator {
    /// A device in front of a page of this issuer.
    pub fn new(issuer: &Url) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let mut credential_id = vec![0; 32];
        aws_lc_rs::rand::fill(&mut credential_id).expect("the system has random numbers");
        Self {
            key,
            credential_id,
            user_handle: None,
            origin: issuer.origin().ascii_serialization(),
            rp_id: issuer.host_str().expect("a host").to_owned(),
            present: true,
            verifies: true,
            synced: true,
            cross_origin: false,
            count: None,
            kind: None,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let kind = self.kind.unwrap_or(kind);
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        data.to_string().into_bytes()
    }

    fn data(&mut self, more: u8) -> Vec<u8> {
        let flags = [(self.present, UP), (self.verifies, UV), (self.synced, BE | BS)];
        let flags = flags.iter().filter(|(is, _)| *is).fold(more, |all, (_, flag)| all | flag);
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.count.unwrap_or(0).to_be_bytes());
        self.count = self.count.map(|count| count + 1);
        data
    }

    /// Makes the passkey that a page asks for: what its script would post as `credential`.
    pub fn make(&mut self, options: &Value) -> String {
        self.user_handle = BASE64.decode(options["user"]["id"].as_str().expect("a handle")).ok();
        let mut data = self.data(AT);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential_id.len()).expect("short").to_be_bytes());
        data.extend(&self.credential_id);
        let point = self.key.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        self.make_with(options, &attestation(&data))
    }

    /// The same with an attestation object of the test's making.
    pub fn make_with(&self, options: &Value, attestation_object: &[u8]) -> String {
        json!({
            "id": BASE64.encode(&self.credential_id),
            "rawId": BASE64.encode(&self.credential_id),
            "type": "public-key",
            "extensions": {},
            "response": {
                "attestationObject": BASE64.encode(attestation_object),
                "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", options)),
                "transports": ["internal"],
            },
        })
        .to_string()
    }

    /// Uses the passkey for what a page asks.
    pub fn sign(&mut self, options: &Value) -> String {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        json!({
            "id": BASE64.encode(&self.credential_id),
            "rawId": BASE64.encode(&self.credential_id),
            "type": "public-key",
            "extensions": {},
            "response": {
                "authenticatorData": BASE64.encode(&data),
                "clientDataJSON": BASE64.encode(&client_data),
                "signature": BASE64.encode(signature.as_ref()),
                "userHandle": self.user_handle.as_ref().map(|handle| BASE64.encode(handle)),
            },
        })
        .to_string()
    }
}

/// `{"fmt": "none", "attStmt": {}, "authData": data}` in CBOR.
fn attestation(data: &[u8]) -> Vec<u8> {
    let mut cbor = vec![0xa3, 0x63];
    cbor.extend(b"fmt");
    cbor.push(0x64);
    cbor.extend(b"none");
    cbor.push(0x67);
    cbor.extend(b"attStmt");
    cbor.extend([0xa0, 0x68]);
    cbor.extend(b"authData");
    cbor.push(0x59);
    cbor.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
    cbor.extend(data);
    cbor
}

/// What a page would hand to the browser for this ceremony: `create`, `get` or `conditional`.
pub fn options_of(page: &Page, ceremony: &str) -> Option<Value> {
    let html = Html::parse_document(&page.response.text());
    let selector = Selector::parse(&format!("form[data-idp-passkey={ceremony}]")).expect("a selector");
    let options = html.select(&selector).next()?.attr("data-idp-options")?.to_owned();
    Some(serde_json::from_str(&options).expect("options are JSON"))
}
