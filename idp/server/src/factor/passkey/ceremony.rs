//! The two ceremonies of WebAuthn: making a passkey and using one. What the standard has the relying party check is
//! checked here, in memory; that an answer passes once, and in time, is the caller's.
//!
//! The library checks challenge, type, hash of the relying party's id, flags, algorithm and signature. On top of it,
//! this installation accepts its own origin to the letter, no frame of another site, and no answer for another account.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, AuthenticationState, COSEAlgorithm, Credential, PublicKeyCredential,
    RegisterPublicKeyCredential, RegistrationState, UserVerificationPolicy,
};

use crate::store::passkeys::Passkey;

/// For how long a ceremony may take.
pub const LIFE: Duration = Duration::from_mins(5);
/// The longest answer that is looked at: attestation is not asked for, so it has no certificates.
pub const LONGEST_ANSWER: usize = 16 * 1024;
/// The longest answer of an authenticator in it, encoded.
const LONGEST_PART: usize = 8 * 1024;

/// An answer that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not the message of a ceremony.
    #[error("the answer is malformed")]
    Malformed,
    /// The sign count did not grow: there may be a copy of the key.
    #[error("the sign count did not grow")]
    Cloned,
    /// A check of the ceremony failed.
    #[error("the answer is not accepted: {0}")]
    Failed(String),
}

impl From<WebauthnError> for Refused {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Cloned,
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Which account, as its passkeys name it.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// What it is called inside passkeys.
    pub handle: Uuid,
    /// What people see in the list of their device.
    pub name: &'a str,
}

/// What a use of a passkey showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether the device verified the person.
    pub verified: bool,
    /// Whether the key cannot leave its device.
    pub bound: bool,
    /// The sign count; 0 where the authenticator keeps none.
    pub sign_count: u32,
    /// Whether the key is copied to a cloud.
    pub backed_up: bool,
}

/// A passkey that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its id as authenticators know it.
    pub credential_id: Vec<u8>,
    /// What is kept of it.
    pub credential: Value,
    /// What making it showed.
    pub shown: Shown,
}

/// This installation as a relying party of WebAuthn.
#[derive(Clone, Debug)]
pub struct Ceremonies {
    core: WebauthnCore,
    origin: String,
}

impl Ceremonies {
    /// The relying party that an issuer is; `None` where its host is an address, which WebAuthn does not know.
    #[must_use]
    pub fn of(issuer: &Url, name: &str) -> Option<Self> {
        let id = issuer.domain()?;
        let origin = issuer.origin().ascii_serialization();
        let allowed = vec![Url::parse(&origin).ok()?];
        let core = WebauthnCore::new_unsafe_experts_only(name, id, allowed, LIFE, Some(false), Some(false));
        Some(Self { core, origin })
    }

    /// Begins to make a passkey: what to keep, and what the browser is told. With `discoverable` it must be one that
    /// signs in without an address.
    ///
    /// # Errors
    /// When the account has no name.
    pub fn begin_making(
        &self,
        person: Person<'_>,
        held: &[Passkey],
        discoverable: bool,
    ) -> Result<(Vec<u8>, Value), Refused> {
        let exclude = held.iter().map(|passkey| passkey.credential_id.clone()).collect();
        let builder = self.core.new_challenge_register_builder(person.handle.as_bytes(), person.name, person.name)?;
        let builder = builder
            .attestation(AttestationConveyancePreference::None)
            .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::EDDSA, COSEAlgorithm::RS256])
            .require_resident_key(discoverable)
            .authenticator_attachment(None)
            .user_verification_policy(UserVerificationPolicy::Preferred)
            .reject_synchronised_authenticators(false)
            .exclude_credentials(Some(exclude));
        let (shown, state) = self.core.generate_challenge_register(builder)?;
        let mut options = serde_json::to_value(shown.public_key).map_err(|_| Refused::Malformed)?;
        if let Some(selection) = options.get_mut("authenticatorSelection").and_then(Value::as_object_mut) {
            let (key, user) = if discoverable { ("required", "required") } else { ("preferred", "preferred") };
            selection.insert("residentKey".to_owned(), key.into());
            selection.insert("userVerification".to_owned(), user.into());
        }
        Ok((serde_json::to_vec(&state).map_err(|_| Refused::Malformed)?, options))
    }

    /// Ends the making of a passkey.
    ///
    /// # Errors
    /// When the answer is not accepted.
    pub fn finish_making(&self, state: &[u8], answer: &str) -> Result<Made, Refused> {
        let state = serde_json::from_slice::<RegistrationState>(state).map_err(|_| Refused::Malformed)?;
        let answer = read::<RegisterPublicKeyCredential>(answer)?;
        if answer.response.attestation_object.len() > LONGEST_PART {
            return Err(Refused::Malformed);
        }
        self.check_client_data(&answer.type_, &answer.response.client_data_json)?;
        let credential = self.core.register_credential(&answer, &state, None)?;
        if credential.cred_id.as_slice() != answer.raw_id.as_slice() {
            return Err(Refused::Failed("the id is another one than the authenticator's".to_owned()));
        }
        Ok(Made {
            credential_id: credential.cred_id.clone(),
            shown: Shown {
                verified: credential.user_verified,
                bound: !credential.backup_eligible,
                sign_count: credential.counter,
                backed_up: credential.backup_state,
            },
            credential: serde_json::to_value(credential).map_err(|_| Refused::Malformed)?,
        })
    }

    /// Begins the use of one of these passkeys, or of any that this installation knows where there are none: what to
    /// keep, and what the browser is told.
    ///
    /// # Errors
    /// When a stored passkey cannot be read.
    pub fn begin_use(&self, held: &[Passkey], verified: bool) -> Result<(Vec<u8>, Value), Refused> {
        let credentials = held.iter().map(credential).collect::<Result<Vec<_>, _>>()?;
        let policy = if verified { UserVerificationPolicy::Required } else { UserVerificationPolicy::Preferred };
        let builder = self.core.new_challenge_authenticate_builder(credentials, Some(policy))?;
        let builder = builder.allow_backup_eligible_upgrade(true);
        let (shown, mut state) = self.core.generate_challenge_authenticate(builder)?;
        // What is kept is the challenge; the passkeys are read afresh when it is answered.
        state.set_allowed_credentials(Vec::new());
        let options = serde_json::to_value(shown.public_key).map_err(|_| Refused::Malformed)?;
        Ok((serde_json::to_vec(&state).map_err(|_| Refused::Malformed)?, options))
    }

    /// Checks the use of a passkey. With `named` the answer has to say whose it is, as where nobody was asked for.
    ///
    /// # Errors
    /// When the answer is not accepted.
    pub fn finish_use(
        &self,
        state: &[u8],
        answer: &PublicKeyCredential,
        passkey: &Passkey,
        named: bool,
    ) -> Result<Shown, Refused> {
        let state = serde_json::from_slice::<AuthenticationState>(state).map_err(|_| Refused::Malformed)?;
        self.check_client_data(&answer.type_, &answer.response.client_data_json)?;
        match answer.get_user_unique_id().filter(|handle| !handle.is_empty()) {
            Some(handle) if handle != passkey.handle.as_bytes() => {
                return Err(Refused::Failed("the passkey is another account's".to_owned()));
            }
            None if named => return Err(Refused::Failed("the passkey does not say whose it is".to_owned())),
            _ => {}
        }
        let result = self.core.authenticate_single_credential(answer, &state, &credential(passkey)?)?;
        Ok(Shown {
            verified: result.user_verified(),
            bound: !result.backup_eligible(),
            sign_count: result.counter(),
            backed_up: result.backup_state(),
        })
    }

    /// The client data as the browser wrote it: our origin to the letter, and not within another site's page.
    fn check_client_data(&self, kind: &str, client_data: &[u8]) -> Result<(), Refused> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct ClientData {
            origin: String,
            #[serde(default)]
            cross_origin: bool,
            top_origin: Option<String>,
        }
        if kind != "public-key" {
            return Err(Refused::Failed("it is no public key".to_owned()));
        }
        let data = serde_json::from_slice::<ClientData>(client_data).map_err(|_| Refused::Malformed)?;
        if data.origin != self.origin {
            return Err(Refused::Failed("it was made for another origin".to_owned()));
        }
        if data.cross_origin || data.top_origin.is_some() {
            return Err(Refused::Failed("it was made within another site’s page".to_owned()));
        }
        Ok(())
    }
}

/// The library's view of a stored passkey, with what changes from use to use.
fn credential(passkey: &Passkey) -> Result<Credential, Refused> {
    let mut credential =
        Credential::deserialize(&passkey.credential).map_err(|error| Refused::Failed(error.to_string()))?;
    credential.counter = u32::try_from(passkey.sign_count).map_err(|_| Refused::Malformed)?;
    credential.backup_state = passkey.backed_up;
    Ok(credential)
}

/// The answer of a use, as a browser's script posts it.
///
/// # Errors
/// When it is none.
pub fn read_use(answer: &str) -> Result<PublicKeyCredential, Refused> {
    read(answer)
}

fn read<T: for<'de> Deserialize<'de>>(answer: &str) -> Result<T, Refused> {
    if answer.len() > LONGEST_ANSWER {
        return Err(Refused::Malformed);
    }
    serde_json::from_str(answer).map_err(|_| Refused::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(issuer: &str) -> Option<Ceremonies> {
        Ceremonies::of(&Url::parse(issuer).unwrap(), "Anytown Council")
    }

    #[test]
    fn sec_r17_the_relying_party_is_the_host_of_the_issuer_and_no_address() {
        assert!(of("http://127.0.0.1:8080").is_none());
        assert!(of("https://[2001:db8::1]").is_none());
        let ceremonies = of("https://login.anytown.example").unwrap();
        assert_eq!(ceremonies.origin, "https://login.anytown.example");
        let (_, options) = ceremonies.begin_use(&[], true).unwrap();
        assert_eq!(options["rpId"], "login.anytown.example");
        assert_eq!(of("http://localhost:8080").unwrap().origin, "http://localhost:8080");
    }

    #[test]
    fn sec_r17_each_challenge_has_256_bits_of_its_own() {
        let ceremonies = of("https://login.anytown.example").unwrap();
        let challenge = || {
            let (_, options) = ceremonies.begin_use(&[], false).unwrap();
            data_encoding::BASE64URL_NOPAD.decode(options["challenge"].as_str().unwrap().as_bytes()).unwrap()
        };
        assert_eq!(challenge().len(), 32);
        assert_ne!(challenge(), challenge());
    }

    #[test]
    fn case_wa1_the_origin_is_compared_to_the_letter() {
        let ceremonies = of("https://login.anytown.example").unwrap();
        let data = |origin: &str, more: &str| format!(r#"{{"origin":"{origin}"{more}}}"#);
        let check = |data: &str| ceremonies.check_client_data("public-key", data.as_bytes());
        assert_eq!(check(&data("https://login.anytown.example", "")), Ok(()));
        assert_eq!(check(&data("https://login.anytown.example", r#","crossOrigin":false"#)), Ok(()));
        for origin in ["https://login.anytown.example/", "https://login.anytown.example:443", "https://anytown.example"]
        {
            assert!(check(&data(origin, "")).is_err(), "{origin}");
        }
        assert!(check(&data("https://login.anytown.example", r#","crossOrigin":true"#)).is_err());
        let framed = r#","crossOrigin":false,"topOrigin":"https://evil.test""#;
        assert!(check(&data("https://login.anytown.example", framed)).is_err());
        assert_eq!(check("{"), Err(Refused::Malformed));
    }

    #[test]
    fn case_wa5_what_is_too_long_is_not_read() {
        assert_eq!(read_use(&" ".repeat(LONGEST_ANSWER + 1)).unwrap_err(), Refused::Malformed);
        assert_eq!(read_use(&"[".repeat(LONGEST_ANSWER)).unwrap_err(), Refused::Malformed);
    }
}
