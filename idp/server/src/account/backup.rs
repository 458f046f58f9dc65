//! New backup codes outside a sign-in. The codes follow from a seed that travels sealed in the address of the page that shows
//! them, and is nowhere else: so the page can be loaded again and the codes downloaded without a script.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::access::Inside;
use super::{event, told};
use crate::app::App;
use crate::factor::backup::Seed;
use crate::signin::backup::{Asked, NewCodes, codes, regenerate, tags};
use crate::signin::transaction::hash;
use crate::signin::{Origin, StepError, notices};
use crate::store::passkeys;

/// For how long new codes are shown.
const SHOWN_FOR: TimeDelta = TimeDelta::minutes(15);

/// How long codes stand before they are replaced here: each time, every contact is told.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// What new codes follow from.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    seed: Seed,
    count: u32,
    at: DateTime<Utc>,
}

fn context(inside: &Inside) -> [&[u8]; 3] {
    [b"account-backup-codes", inside.session.as_bytes(), inside.account.id.as_bytes()]
}

/// Whether the account can have backup codes: they stand in for an app or a passkey, at a client that takes them.
#[must_use]
pub const fn may_have(inside: &Inside) -> bool {
    let stands_in = inside.account.totp_secret.is_some() || inside.account.passkeys > 0;
    stands_in && inside.rules.policy.backup_codes.count > 0
}

/// Makes new codes in place of those that the account has, and tells every contact. Gives what the page that shows them
/// carries; `None` where codes were made a moment ago.
///
/// # Errors
/// When the store fails.
pub async fn make(app: &App, inside: &Inside, origin: &Origin) -> Result<Option<String>, StepError> {
    let made = Made { seed: app.random.bytes(), count: inside.rules.policy.backup_codes.count, at: app.clock.now() };
    let sealed = app.purposes.transactions.seal_json(&app.random, &context(inside), &made);
    let sealed = sealed.map_err(|error| StepError::Broken(error.to_string()))?;
    let new = NewCodes {
        account: inside.account.id,
        seed: made.seed,
        count: made.count,
        notices: told(app, inside, "backup-made", &notices::replacing(&inside.account)),
        event: event(app, inside, origin, "backup_code.generated", json!({ "count": made.count })),
        asked: Some(Asked { session: inside.session, pause: PAUSE }),
        at: made.at,
    };
    Ok(regenerate(app, new).await?.then_some(sealed))
}

/// The codes that a page carries, while they are shown: for a quarter of an hour, until they are put away or others take
/// their place.
///
/// # Errors
/// When the store fails.
pub async fn shown(app: &App, inside: &Inside, sealed: &str) -> Result<Option<Vec<String>>, StepError> {
    let opened = app.purposes.transactions.open_json::<Made>(&context(inside), sealed).ok();
    let Some(made) = opened.filter(|made| made.at + SHOWN_FOR > app.clock.now()) else { return Ok(None) };
    let stored = tags(app, inside.account.id, &made.seed, made.count);
    let in_force = stored.iter().all(|tag| inside.account.backup_codes.iter().any(|code| code.tag == *tag));
    if !in_force || passkeys::is_spent(&mut app.db.read().await?, hash(sealed)).await? {
        return Ok(None);
    }
    Ok(Some(codes(app, &made.seed, made.count)))
}

/// The codes are saved: they are shown no more.
///
/// # Errors
/// When the store fails.
pub async fn put_away(app: &App, inside: &Inside, sealed: &str) -> Result<(), StepError> {
    if app.purposes.transactions.open_json::<Made>(&context(inside), sealed).is_err() {
        return Ok(());
    }
    let (spent, until) = (hash(sealed), app.clock.now() + SHOWN_FOR);
    app.db.write(move |tx| Box::pin(async move { passkeys::spend_challenge(tx, spent, until).await })).await?;
    Ok(())
}
