//! A copy of what is known about a person, and closing their account.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::access::Inside;
use super::{event, presence, told};
use crate::app::App;
use crate::signin::ending::{erase, still_signed_in};
use crate::signin::{Origin, StepError};
use crate::store::accounts::Contact;
use crate::store::{accounts, external_ids, identities, joining, new_accounts, outbox, passkeys};

/// The most pages of past sign-ins in a copy.
const PAGES: u32 = 500;

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn contact(contact: Option<&Contact>) -> Value {
    contact.map_or(Value::Null, |contact| {
        json!({
            "value": contact.value,
            "state": contact.state.as_str(),
            "since": time(contact.state_at),
            "managed_by": contact.owner,
        })
    })
}

/// Everything that is kept about whoever is here, but for secrets.
///
/// # Errors
/// When the store fails.
pub async fn export(app: &App, inside: &Inside) -> Result<Value, StepError> {
    let account = &inside.account;
    let (names, linked, keys, previous) = {
        let mut conn = app.db.read().await?;
        let names = accounts::names_of(&mut conn, account.id).await?;
        let linked = identities::of_account(&mut conn, account.id).await?;
        let previous = joining::previous_of(&mut conn, account.id).await?;
        (names, linked, passkeys::of_account(&mut conn, account.id).await?, previous)
    };
    let sessions = presence::live(app, inside).await?;
    let shared = presence::shared(app, inside).await?;
    let mut sign_ins = Vec::new();
    for page in 1..=PAGES {
        let (past, more) = presence::past(app, inside, page).await?;
        let rows = past.iter().map(
            |past| json!({ "at": time(past.at), "what": past.kind, "service": past.client, "details": past.details }),
        );
        sign_ins.extend(rows);
        if !more {
            break;
        }
    }
    Ok(json!({
        "issuer": app.issuer(),
        "made_at": time(app.clock.now()),
        "subject": account.sub,
        "previous_subjects": previous.iter().map(|(client, sub)| json!({ "service": client, "subject": sub }))
            .collect::<Vec<_>>(),
        "class": accounts::class_name(account.class),
        "language": account.locale,
        "profile": account.profile,
        "signs_in_as": names,
        "terms": account.terms.as_ref().map(|(version, at)| json!({ "version": version, "agreed": time(*at) })),
        "email": contact(account.email.as_ref()),
        "phone": contact(account.phone.as_ref()),
        "authenticator_app": account.totp_secret.is_some(),
        "backup_codes_left": account.backup_codes_left(),
        "passkeys": keys.iter().map(|key| json!({
            "name": key.name, "added": time(key.created_at), "last_used": key.last_used_at.map(time),
        })).collect::<Vec<_>>(),
        "other_sign_ins": linked.iter().map(|one| json!({
            "provider": one.provider, "issuer": one.key.issuer, "subject": one.key.subject, "email": one.email,
            "linked": time(one.linked_at), "last_used": time(one.last_used_at),
        })).collect::<Vec<_>>(),
        "sessions": sessions.iter().map(|session| json!({
            "device": session.device, "began": time(session.created_at), "last_used": time(session.last_seen_at),
        })).collect::<Vec<_>>(),
        "sign_ins": sign_ins,
        "services": shared.iter().map(|shared| json!({
            "service": shared.client_id, "scopes": shared.scopes.to_string(), "since": time(shared.agreed_at),
        })).collect::<Vec<_>>(),
    }))
}

/// Why an account stays open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stays {
    /// A back office keeps it: the name of the portal.
    Managed(String),
    /// It is an administrator's.
    Administrator,
}

/// Whether whoever is here may close their account.
///
/// # Errors
/// When the store fails.
pub async fn may_close(app: &App, inside: &Inside) -> Result<Result<(), Stays>, StepError> {
    let (account, mut conn) = (inside.account.id, app.db.read().await?);
    if let Some(owner) = external_ids::managers(&mut conn, account).await?.into_iter().next() {
        return Ok(Err(Stays::Managed(owner)));
    }
    let roles = new_accounts::has_role(&mut conn, account).await?;
    Ok(if roles { Err(Stays::Administrator) } else { Ok(()) })
}

/// Closes the account for good, and tells every contact that it had: it is the last message to them.
///
/// # Errors
/// [`crate::signin::Refusal::NotIssued`] where the session has ended meanwhile.
pub async fn close(app: &App, inside: &Inside, origin: &Origin) -> Result<(), StepError> {
    let (account, session, now) = (inside.account.id, inside.session, app.clock.now());
    let event = event(app, inside, origin, "account.ended", json!({ "by": "its owner" }));
    let told = told(app, inside, "account-closed", &json!({}));
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                still_signed_in(tx, session).await?;
                if erase(tx, account, now).await? {
                    for notice in told {
                        outbox::put(tx, notice, now).await?;
                    }
                    tx.audit(event);
                }
                Ok::<_, StepError>(())
            })
        })
        .await?;
    app.outbox.notify_one();
    Ok(())
}
