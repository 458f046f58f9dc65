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

use super::{Answer, Asking, Cx, FactorError, SecondFactor, Verdict};
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
            Ok(step_of(&secret, answer.code.expose_secret(), cx.now)?.map_or(Verdict::Wrong, |step| Verdict::Right { step }))
        })
    }
}
