//! Codes to a phone: as a text message, or read out in a call.

use futures::future::BoxFuture;
use idp_core::account::PhoneNumber;
use idp_core::factor::FactorId;
use idp_core::level::Amr;

use super::{Answer, Asking, Cx, Evidence, FactorError, SecondFactor, Verdict, code};
use crate::store::proofs::Challenge;

/// A code by text message.
#[derive(Clone, Copy, Debug)]
pub struct Sms;

/// A code read out in a phone call.
#[derive(Clone, Copy, Debug)]
pub struct Voice;

fn ask(cx: Cx<'_>) -> Result<Asking, FactorError> {
    let contact = cx.account.phone.as_ref().ok_or(FactorError::NotEnrolled)?;
    let number = PhoneNumber::parse(&contact.value).map_err(|_| FactorError::Unreadable)?;
    Ok(Asking::Send { to: number.as_str().to_owned(), shown: number.ending().to_owned() })
}

fn verify(answer: &Answer) -> BoxFuture<'_, Result<Verdict, FactorError>> {
    let right = code::is_expected(answer);
    Box::pin(async move { Ok(if right { Verdict::Right(Evidence::Plain) } else { Verdict::Wrong }) })
}

macro_rules! phone_factor {
    ($factor:ident) => {
        impl SecondFactor for $factor {
            fn id(&self) -> FactorId {
                FactorId::$factor
            }

            fn amr(&self) -> &'static [Amr] {
                FactorId::$factor.amr()
            }

            fn can_enrol(&self) -> bool {
                true
            }

            fn ask(&self, cx: Cx<'_>) -> Result<Asking, FactorError> {
                ask(cx)
            }

            fn verify<'a>(
                &'a self,
                _: Cx<'a>,
                _: Option<&'a Challenge>,
                answer: &'a Answer,
            ) -> BoxFuture<'a, Result<Verdict, FactorError>> {
                verify(answer)
            }
        }
    };
}
phone_factor!(Sms);
phone_factor!(Voice);
