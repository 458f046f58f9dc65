//! An authenticator app (RFC 6238): SHA-1, six digits, 30 seconds, as every app understands it.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use idp_core::factor::FactorId;
use idp_core::level::Amr;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Builder, Secret};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Answer, Asking, Cx, Evidence, FactorError, SecondFactor, Verdict};
use crate::clock::Random;
use crate::keys::seal::Sealer;
use crate::store::proofs::Challenge;

/// Seconds of one step.
const STEP: u64 = 30;

/// An authenticator app.
#[derive(Clone, Copy, Debug)]
pub struct Totp;

impl SecondFactor for Totp {
    fn id(&self) -> FactorId {
        FactorId::Totp
    }

    fn amr(&self) -> &'static [Amr] {
        FactorId::Totp.amr()
    }

    fn can_enrol(&self) -> bool {
        true
    }

    fn ask(&self, cx: Cx<'_>) -> Result<Asking, FactorError> {
        cx.account.totp_secret.as_ref().map(|_| Asking::Held).ok_or(FactorError::NotEnrolled)
    }

    fn verify<'a>(
        &'a self,
        cx: Cx<'a>,
        _: Option<&'a Challenge>,
        answer: &'a Answer,
    ) -> BoxFuture<'a, Result<Verdict, FactorError>> {
        Box::pin(async move {
            let sealed = cx.account.totp_secret.as_ref().ok_or(FactorError::NotEnrolled)?;
            let secret = open(cx.authenticators, cx.account.id, sealed)?;
            Ok(step_of(&secret, answer.code.expose_secret(), cx.now)?
                .map_or(Verdict::Wrong, |step| Verdict::Right(Evidence::Step(step))))
        })
    }
}

/// The step, from the last to the next one, whose code was typed. All three are compared, whichever it is.
///
/// # Errors
/// The secret is not one.
pub fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>) -> Result<Option<i64>, FactorError> {
    let totp = builder(secret).build().map_err(|_| FactorError::Unreadable)?;
    let seconds = u64::try_from(now.timestamp()).map_err(|_| FactorError::Unreadable)?;
    let current = seconds / STEP;
    let mut matched = None;
    for step in current.saturating_sub(1)..=current + 1 {
        let expected = Zeroizing::new(totp.generate(step * STEP).to_string());
        if bool::from(expected.as_bytes().ct_eq(code.as_bytes())) {
            matched = i64::try_from(step).ok();
        }
    }
    Ok(matched)
}

/// A new secret of 160 bits.
#[must_use]
pub fn new_secret(random: &Random) -> Zeroizing<[u8; 20]> {
    Zeroizing::new(random.bytes())
}

/// The secret that was sealed for this account.
///
/// # Errors
/// It was not sealed for this account, or under another master key.
pub fn open(sealer: &Sealer, account: Uuid, stored: &[u8]) -> Result<Zeroizing<Vec<u8>>, FactorError> {
    sealer.open(&[b"totp", account.as_bytes()], stored).map_err(|_| FactorError::Unreadable)
}

/// Seals a secret for an account.
#[must_use]
pub fn seal(sealer: &Sealer, random: &Random, account: Uuid, secret: &[u8]) -> Vec<u8> {
    sealer.seal(random, &[b"totp", account.as_bytes()], secret)
}

/// The secret in base32, as an authenticator app takes it by hand.
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(secret)
}

/// The address that a QR code holds: issuer and account name as the app lists them.
///
/// # Errors
/// The secret is not one, or a name has a colon.
pub fn otpauth_uri(secret: &[u8], issuer: &str, account: &str) -> Result<String, FactorError> {
    let plain = |text: &str| text.replace(':', " ");
    let totp = builder(secret).with_issuer(Some(plain(issuer))).with_account_name(plain(account));
    totp.build().and_then(|totp| totp.to_url()).map_err(|_| FactorError::Unreadable)
}

fn builder(secret: &[u8]) -> Builder {
    let secret = Secret::from(secret.to_vec());
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(STEP);
    builder.with_skew(1).with_secret(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the ASCII secret and the last six digits of its SHA-1 codes.
    #[test]
    fn sec_r15_the_vectors_of_rfc_6238_hold() {
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (2_000_000_000, "279037")]
        {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(step_of(secret, code, at).unwrap(), Some(seconds / 30));
        }
    }

    #[test]
    fn case_ot14_one_step_to_either_side_passes_and_two_do_not() {
        let secret = b"12345678901234567890";
        let step = 37_037_036;
        for (offset, passes) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let at = DateTime::from_timestamp((step + offset) * 30 + 7, 0).unwrap();
            assert_eq!(step_of(secret, "081804", at).unwrap(), passes.then_some(step), "{offset}");
        }
        assert_eq!(step_of(secret, "", DateTime::UNIX_EPOCH).unwrap(), None);
    }

    #[test]
    fn req_s2_1_the_address_is_one_that_every_app_reads() {
        let uri = otpauth_uri(b"12345678901234567890", "Anytown: Council", "ann@example.org").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(uri.contains("issuer=Anytown"), "{uri}");
    }
}
