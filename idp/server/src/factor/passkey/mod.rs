//! A passkey (WebAuthn): the browser signs a challenge that is good for this origin alone, so there is nothing to phish.

pub mod ceremony;

use futures::future::BoxFuture;
use idp_core::factor::FactorId;
use idp_core::journey::PasskeyUse;
use idp_core::level::{Amr, Level};
use secrecy::ExposeSecret as _;

use self::ceremony::{Ceremonies, Refused, read_use};
use super::{Answer, Asking, Cx, Evidence, FactorError, Posed, SecondFactor, Verdict};
use crate::store::passkeys::{Passkey as Stored, Used};
use crate::store::proofs::Challenge;

/// A passkey.
#[derive(Clone, Debug)]
pub struct Passkey {
    ceremonies: Ceremonies,
}

impl Passkey {
    /// The factor of this relying party.
    #[must_use]
    pub const fn new(ceremonies: Ceremonies) -> Self {
        Self { ceremonies }
    }
}

impl SecondFactor for Passkey {
    fn id(&self) -> FactorId {
        FactorId::Passkey
    }

    fn amr(&self) -> &'static [Amr] {
        FactorId::Passkey.amr()
    }

    fn level(&self) -> Level {
        Level::PhishingResistant
    }

    fn can_enrol(&self) -> bool {
        true
    }

    fn ask(&self, cx: Cx<'_>) -> Result<Asking, FactorError> {
        if cx.account.passkeys > 0 { Ok(Asking::Pose) } else { Err(FactorError::NotEnrolled) }
    }

    fn challenge<'a>(&'a self, cx: Cx<'a>) -> BoxFuture<'a, Result<Posed, FactorError>> {
        Box::pin(async move {
            if cx.passkeys.is_empty() {
                return Err(FactorError::NotEnrolled);
            }
            let (state, shown) =
                self.ceremonies.begin_use(cx.passkeys, cx.verified).map_err(|_| FactorError::Unreadable)?;
            Ok(Posed { state, shown })
        })
    }

    fn verify<'a>(
        &'a self,
        cx: Cx<'a>,
        _: Option<&'a Challenge>,
        answer: &'a Answer,
    ) -> BoxFuture<'a, Result<Verdict, FactorError>> {
        Box::pin(async move {
            let state = answer.state.as_ref().ok_or(FactorError::Unreadable)?;
            Ok(self.check(cx.passkeys, state, answer.code.expose_secret()).unwrap_or_else(|refused| {
                tracing::info!(%refused, "a passkey was not accepted");
                Verdict::Wrong
            }))
        })
    }
}

impl Passkey {
    fn check(&self, held: &[Stored], state: &[u8], answer: &str) -> Result<Verdict, Refused> {
        let answer = read_use(answer)?;
        let used = held.iter().find(|passkey| passkey.credential_id == answer.get_credential_id());
        let passkey = used.ok_or_else(|| Refused::Failed("the account has no such passkey".to_owned()))?;
        match self.ceremonies.finish_use(state, &answer, passkey, false) {
            Ok(shown) => Ok(Verdict::Right(evidence(passkey, shown, false))),
            Err(Refused::Cloned) => Ok(Verdict::Cloned { passkey: passkey.id }),
            Err(refused) => Err(refused),
        }
    }
}

/// What a use that was accepted uses up.
#[must_use]
pub fn evidence(passkey: &Stored, shown: ceremony::Shown, alone: bool) -> Evidence {
    Evidence::Passkey {
        used: Used { id: passkey.id, sign_count: i64::from(shown.sign_count), backed_up: shown.backed_up },
        shown: PasskeyUse { alone, verified: shown.verified, bound: shown.bound },
    }
}
