//! Backup codes on the pages of a sign-in, and new ones for whoever asks: when they are offered, made and shown.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::policy::BackupOffer;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::StepError;
use super::done::Done;
use super::ending::still_signed_in;
use super::view::View;
use crate::app::App;
use crate::audit::AuditEvent;
use crate::factor::backup::{Seed, derive, tag};
use crate::store::backup_codes;
use crate::store::outbox::{self, Outgoing};

/// With so many codes left, or fewer, new ones are offered.
const FEW: u32 = 1;

/// What a transaction has to say about backup codes before it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// The next page says how many are left.
    Left(u32),
    /// New ones may be made; they follow from the seed, so that asking twice makes the same.
    Offered {
        /// The seed.
        seed: Seed,
        /// How many are left, where one was just used.
        left: Option<u32>,
    },
    /// They were made, and are being shown.
    Made(Seed),
}

/// Whether somebody who sets a factor up asks for backup codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// The page did not ask.
    #[default]
    Unasked,
    /// The page that follows is to ask.
    Later,
    /// They want them.
    Now,
}

/// What a step that was `done` means for backup codes; `None` where it means nothing.
#[must_use]
pub fn follows(app: &App, view: &View, done: &Done, wish: Wish) -> Option<Notice> {
    let account = view.account.as_ref()?;
    let policy = view.policy.backup_codes;
    if let Done::Factor { factor: FactorId::Backup, .. } = done {
        let left = account.backup_codes_left().saturating_sub(1);
        let offers = left <= FEW && policy.count > 0;
        return Some(if offers { offered(app, Some(left)) } else { Notice::Left(left) });
    }
    let stands_in = matches!(done.enrols(), Some(FactorId::Totp | FactorId::Passkey));
    // Codes that somebody saved with another factor go on working: they are the account's.
    if !stands_in || policy.count == 0 || account.backup_codes_left() > 0 {
        return None;
    }
    match (policy.offer, wish) {
        (BackupOffer::Always, _) | (BackupOffer::OnRequest, Wish::Now) => Some(Notice::Made(app.random.bytes())),
        (BackupOffer::OnRequest, Wish::Later) => Some(offered(app, None)),
        (BackupOffer::OnRequest, Wish::Unasked) => None,
    }
}

fn offered(app: &App, left: Option<u32>) -> Notice {
    Notice::Offered { seed: app.random.bytes(), left }
}

impl Notice {
    /// Whether it has a page of its own, before which the journey does not go on.
    #[must_use]
    pub const fn pauses(&self) -> bool {
        matches!(self, Self::Offered { .. } | Self::Made(_))
    }
}

/// The codes that follow from a seed.
#[must_use]
pub fn codes(app: &App, seed: &Seed, count: u32) -> Vec<String> {
    derive(&app.purposes.backup_codes, seed, count)
}

/// What is stored of the codes that follow from a seed.
#[must_use]
pub fn tags(app: &App, account: Uuid, seed: &Seed, count: u32) -> Vec<String> {
    codes(app, seed, count).iter().map(|code| tag(&app.purposes.backup_codes, account, code)).collect()
}

/// New codes that are asked for on the pages of an account.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The session, which must not have ended meanwhile.
    pub session: Uuid,
    /// How long those before must have been there: whoever asks again and again is told, and tells, nothing new.
    pub pause: TimeDelta,
}

/// New codes in place of those that an account has.
#[derive(Debug)]
pub struct NewCodes {
    /// Whose.
    pub account: Uuid,
    /// What they follow from.
    pub seed: Seed,
    /// How many.
    pub count: u32,
    /// What its holder is told.
    pub notices: Vec<Outgoing>,
    /// What the audit trail says.
    pub event: AuditEvent,
    /// Who asks for them on the pages of the account; none where they are part of a sign-in.
    pub asked: Option<Asked>,
    /// Now.
    pub at: DateTime<Utc>,
}

/// Makes new codes; the old ones are void from then on. Pages show [`codes`] of the same seed. `false` where those before
/// are too new to be replaced.
///
/// # Errors
/// When the store fails.
pub async fn regenerate(app: &App, new: NewCodes) -> Result<bool, StepError> {
    let NewCodes { account, seed, count, notices, event, asked, at } = new;
    let (tags, notifies) = (tags(app, account, &seed, count), !notices.is_empty());
    let made = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                match asked {
                    Some(Asked { session, pause }) => {
                        still_signed_in(tx, session).await?;
                        if !backup_codes::replace_made_before(tx, account, &tags, at - pause, at).await? {
                            return Ok(false);
                        }
                    }
                    None => backup_codes::replace(tx, account, &tags, at).await?,
                }
                for notice in notices {
                    outbox::put(tx, notice, at).await?;
                }
                tx.audit(event);
                Ok::<_, StepError>(true)
            })
        })
        .await?;
    if made && notifies {
        app.outbox.notify_one();
    }
    Ok(made)
}
