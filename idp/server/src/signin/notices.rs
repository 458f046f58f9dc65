//! What somebody is told about their account, so that an attacker's step does not go unnoticed: which contacts hear of
//! what. The message is put into the outbox by the write that it tells of.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use serde_json::json;
use uuid::Uuid;

use super::ending::RECOVERY_READY;
use super::view::View;
use crate::app::App;
use crate::clock::Random;
use crate::config::Config;
use crate::page::Lang;
use crate::store::accounts::{Account, Contact};
use crate::store::outbox::{Outgoing, SendAs, Subject};

/// For how long such a message is worth sending.
const WORTH: TimeDelta = TimeDelta::days(1);

/// A second factor was set up: every contact that was there before is told.
#[must_use]
pub fn of_new_factor(app: &App, view: &View, factor: &FactorId, at: DateTime<Utc>) -> Vec<Outgoing> {
    let Some(account) = view.account.as_ref() else { return Vec::new() };
    let details = json!({ "factor": factor.to_string() });
    to_all(app, account, view, "factor-added", &details, at)
}

/// A backup code was used: every contact is told. How many are left is known to the write.
#[must_use]
pub fn of_used_backup_code(app: &App, view: &View, at: DateTime<Utc>) -> Vec<Outgoing> {
    let Some(account) = view.account.as_ref() else { return Vec::new() };
    to_all(app, account, view, "backup-used", &json!({ "left": 0 }), at)
}

/// There may be a copy of a passkey of this account: every contact is told.
#[must_use]
pub fn of_copied_passkey(app: &App, account: &Account, view: &View, at: DateTime<Utc>) -> Vec<Outgoing> {
    to_all(app, account, view, "passkey-copied", &json!({}), at)
}

/// New backup codes were made: every contact is told.
#[must_use]
pub fn of_new_backup_codes(app: &App, view: &View, at: DateTime<Utc>) -> Vec<Outgoing> {
    let Some(account) = view.account.as_ref() else { return Vec::new() };
    to_all(app, account, view, "backup-made", &replacing(account), at)
}

/// How many codes new ones take the place of: whoever gets their first ones had none that could stop working.
#[must_use]
pub fn replacing(account: &Account) -> serde_json::Value {
    json!({ "before": account.backup_codes.len() })
}

/// States in the message how many backup codes are left.
pub fn state_left(outgoing: &mut Outgoing, left: u32) {
    if let Subject::Notice { details, .. } = &mut outgoing.subject {
        details.insert("left".to_owned(), json!(left));
    }
}

/// A new password was set: every contact is told.
#[must_use]
pub fn of_new_password(app: &App, view: &View, at: DateTime<Utc>) -> Vec<Outgoing> {
    let Some(account) = view.account.as_ref() else { return Vec::new() };
    to_all(app, account, view, "password-reset", &json!({}), at)
}

/// Something happened with a recovery: every contact is told, and can stop the one with that id.
#[must_use]
pub fn of_recovery(app: &App, view: &View, kind: &str, stops: Option<Uuid>, at: DateTime<Utc>) -> Vec<Outgoing> {
    let Some(account) = view.account.as_ref() else { return Vec::new() };
    let hours = app.config.recovery.wait_hours;
    let details = match stops {
        Some(id) => json!({ "recovery": id, "hours": hours, "time": at + TimeDelta::hours(i64::from(hours)) }),
        None => json!({}),
    };
    to_all(app, account, view, kind, &details, at)
}

/// The wait is over at `ready_at`: the mailbox that asked is told then.
#[must_use]
pub fn of_recovery_ready(app: &App, view: &View, ready_at: DateTime<Utc>) -> Vec<Outgoing> {
    let Some(account) = view.account.as_ref() else { return Vec::new() };
    let mut told = to_all(app, account, view, RECOVERY_READY, &json!({}), ready_at);
    told.retain(|notice| notice.channel == FactorId::Email);
    told
}

/// A sign-in elsewhere opens the account from now on: every contact is told.
#[must_use]
pub fn of_linked_identity(app: &App, view: &View, provider: &str, at: DateTime<Utc>) -> Vec<Outgoing> {
    let Some(account) = &view.account else { return Vec::new() };
    to_all(app, account, view, "identity-linked", &json!({ "provider": provider }), at)
}

/// One message to each contact of the account that receives messages, as of a sign-in that somebody came to in this way.
fn to_all(
    app: &App,
    account: &Account,
    view: &View,
    kind: &str,
    details: &serde_json::Value,
    at: DateTime<Utc>,
) -> Vec<Outgoing> {
    let by = (Some(view.client.id.clone()), view.lang);
    let mut told = to_contacts(app, account, &by, kind, details, at);
    for notice in &mut told {
        notice.send_as.entry.clone_from(&view.entry);
    }
    told
}

/// One message to each contact of the account that receives messages, in the name of a client or of nobody but the
/// council, in the account’s language, or that of the page where it happened.
#[must_use]
pub fn to_contacts(
    app: &App,
    account: &Account,
    by: &(Option<String>, Lang),
    kind: &str,
    details: &serde_json::Value,
    at: DateTime<Utc>,
) -> Vec<Outgoing> {
    let channels = app.channels();
    let heard = receiving(account).into_iter().filter(|(channel, _)| channels.carry(channel));
    heard.map(|to| to_one(app, account, by.clone(), to, kind, details, at)).collect()
}

/// Whether messages go to a contact in this state.
#[must_use]
pub const fn receives(state: ContactState) -> bool {
    matches!(state, ContactState::Verified | ContactState::Vouched)
}

/// The contacts of an account that receive messages, each with its channel.
#[must_use]
pub fn receiving(account: &Account) -> Vec<(FactorId, String)> {
    let of = |contact: &Option<Contact>, channel| {
        contact.as_ref().filter(|contact| receives(contact.state)).map(|contact| (channel, contact.value.clone()))
    };
    of(&account.email, FactorId::Email).into_iter().chain(of(&account.phone, FactorId::Sms)).collect()
}

/// One message to one contact where nobody is at a page of a client: in the account's language, or the installation's.
#[must_use]
pub fn unasked(
    (random, config): (&Random, &Config),
    account: &Account,
    to: (FactorId, String),
    kind: &str,
    at: DateTime<Utc>,
) -> Outgoing {
    let lang = config.policy.defaults.default_locale.unwrap_or_default();
    let send_as = send_as(account, None, lang.as_str());
    outgoing(random, account, send_as, to, kind, &json!({}), at)
}

/// One message to one contact because a back office, that of a client or the operator, did something: in the account's language, or else in
/// this one.
#[must_use]
pub fn by_office(
    random: &Random,
    (account, client, lang): (&Account, Option<&str>, &str),
    to: (FactorId, String),
    kind: &str,
    details: &serde_json::Value,
    at: DateTime<Utc>,
) -> Outgoing {
    let send_as = send_as(account, client.map(str::to_owned), lang);
    outgoing(random, account, send_as, to, kind, details, at)
}

/// One message to one contact, whether or not it is the account's any more.
#[must_use]
pub fn to_one(
    app: &App,
    account: &Account,
    (client, lang): (Option<String>, Lang),
    to: (FactorId, String),
    kind: &str,
    details: &serde_json::Value,
    at: DateTime<Utc>,
) -> Outgoing {
    let send_as = send_as(account, client, lang.code());
    outgoing(&app.random, account, send_as, to, kind, details, at)
}

fn send_as(account: &Account, client: Option<String>, lang: &str) -> SendAs {
    SendAs {
        client,
        entry: super::entry::DIRECT.to_owned(),
        lang: account.locale.clone().unwrap_or_else(|| lang.to_owned()),
        wording: "default".to_owned(),
        code: None,
    }
}

fn outgoing(
    random: &Random,
    account: &Account,
    send_as: SendAs,
    (channel, destination): (FactorId, String),
    kind: &str,
    details: &serde_json::Value,
    at: DateTime<Utc>,
) -> Outgoing {
    let details = details.as_object().cloned().unwrap_or_default();
    Outgoing {
        id: random.uuid(at),
        account: Some(account.id),
        channel,
        destination,
        subject: Subject::Notice { kind: kind.to_owned(), details },
        send_as,
        expires_at: at + WORTH,
        tries: 0,
    }
}
