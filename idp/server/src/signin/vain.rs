//! What is asked of a service elsewhere in vain: it does not know the person, has no answer that can be used, or waits for
//! what has not been done. None of it is a guess or a message, and none of it may go on for ever: whoever knows a password
//! would have us knock at the service as often as they like.

use chrono::TimeDelta;
use idp_core::factor::FactorId;
use uuid::Uuid;

use super::address::{self, Spent};
use super::{Origin, StepError};
use crate::app::App;
use crate::store::budgets::{self, SignInLimits};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A question.
    Question,
    /// What an answer is worth. Whoever confirms something elsewhere asks for that a few times.
    Verdict,
}

impl Request {
    const ALL: [Self; 2] = [Self::Question, Self::Verdict];

    const fn name(self) -> &'static [u8] {
        match self {
            Self::Question => b"vain-question",
            Self::Verdict => b"vain-verdict",
        }
    }

    /// The most in vain for one account and factor, until there was an hour without one.
    const fn most(self) -> i64 {
        match self {
            Self::Question => 20,
            Self::Verdict => 60,
        }
    }
}

/// Who asks which service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    /// The account.
    pub(super) account: Uuid,
    /// The service's factor.
    pub(super) factor: &'a FactorId,
    /// Where from.
    pub(super) origin: &'a Origin,
}

impl Asker<'_> {
    fn key(self, app: &App, request: Request) -> [u8; 32] {
        let factor = self.factor.to_string();
        app.purposes.addresses.tag(&[request.name(), self.account.as_bytes(), factor.as_bytes()])
    }

    /// Counts a request before it is made, as if it came to nothing; `false` where the account or the network address has
    /// made too many of those, and the service is not to be asked.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn spend(self, app: &App, request: Request) -> Result<bool, StepError> {
        if address::spend(app, self.origin, Spent::Vain).await.is_err() {
            return Ok(false);
        }
        let (key, now) = (self.key(app, request), app.clock.now());
        let limits = SignInLimits { per_window: request.most(), window: TimeDelta::hours(1), in_row: i64::MAX };
        let spent = app.db.write(move |tx| Box::pin(budgets::reserve_sign_in(tx, key, limits, now))).await?.is_some();
        if !spent {
            address::give_back(app, self.origin, Spent::Vain).await;
            let factor = self.factor.to_string();
            tracing::warn!(factor, ?request, "a service was asked in vain too often for one account: it is left alone");
        }
        Ok(spent)
    }

    /// Gives one back: it came to something.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn give_back(self, app: &App, request: Request) -> Result<(), StepError> {
        address::give_back(app, self.origin, Spent::Vain).await;
        Ok(budgets::give_back_sign_in(&app.db, self.key(app, request)).await?)
    }

    /// Forgets what was in vain before a right answer.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn forget(self, app: &App) -> Result<(), StepError> {
        address::give_back(app, self.origin, Spent::Vain).await;
        let keys = Request::ALL.map(|request| self.key(app, request));
        let write = app.db.write(move |tx| {
            Box::pin(async move {
                for key in keys {
                    budgets::forget_sign_in(tx, key).await?;
                }
                Ok(())
            })
        });
        Ok(write.await?)
    }
}
