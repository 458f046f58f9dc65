//! A code by email: the weakest second factor, and the one that everybody has.

use futures::future::BoxFuture;
use idp_core::account::EmailAddress;
use idp_core::factor::FactorId;
use idp_core::level::Amr;

use super::{Answer, Asking, Cx, Evidence, FactorError, SecondFactor, Verdict, code};
use crate::store::proofs::Challenge;

/// A code by email.
#[derive(Clone, Copy, Debug)]
pub struct Email;

impl SecondFactor for Email {
    fn id(&self) -> FactorId {
        FactorId::Email
    }

    fn amr(&self) -> &'static [Amr] {
        FactorId::Email.amr()
    }

    fn can_enrol(&self) -> bool {
        true
    }

    fn ask(&self, cx: Cx<'_>) -> Result<Asking, FactorError> {
        let contact = cx.account.email.as_ref().ok_or(FactorError::NotEnrolled)?;
        let address = EmailAddress::parse(&contact.value).map_err(|_| FactorError::Unreadable)?;
        Ok(Asking::Send { to: address.as_str().to_owned(), shown: address.masked() })
    }

    fn verify<'a>(
        &'a self,
        _: Cx<'a>,
        _: Option<&'a Challenge>,
        answer: &'a Answer,
    ) -> BoxFuture<'a, Result<Verdict, FactorError>> {
        let right = code::is_expected(answer);
        Box::pin(async move { Ok(if right { Verdict::Right(Evidence::Plain) } else { Verdict::Wrong }) })
    }
}
