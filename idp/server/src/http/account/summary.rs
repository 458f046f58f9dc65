//! R38: the account.

use axum::response::Response;

use super::{On, seen};
use crate::account::contact::{self, Editable};
use crate::http::cx::{Cx, Stop};
use crate::page::Message;
use crate::page::screens::account::{Account, Row};
use crate::signin::StepError;
use crate::store::account_changes::Kind;
use crate::store::account_pages;
use idp_core::account::ContactState;

/// `GET /account`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let rows = rows(&on).await.map_err(|error| on.cx.stop(error))?;
    let page = Account { rows, done: on.done(&["email", "phone", "password", "first-password"]) };
    Ok(on.page(None, &page))
}

async fn rows(on: &On) -> Result<Vec<Row>, StepError> {
    let account = &on.inside.account;
    let facts = account_pages::facts(&mut on.cx.app.db.read().await?, account.id).await?;
    let profile = serde_json::to_value(&account.profile).unwrap_or_default();
    let part = |name: &str| profile.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let parts = || [part("given_name"), part("family_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = part("name").or_else(|| Some(parts()).filter(|name| !name.is_empty()));
    let mut rows = Vec::new();
    if name.is_some() {
        rows.push(Row { what: "name".to_owned(), value: name, note: None, change_href: None, adds: false });
    }
    for kind in [Kind::Email, Kind::Phone] {
        rows.push(contact_row(on, kind).await?);
    }
    let note = match facts.password_changed_at {
        Some(at) => Message::new("account-password-changed").with("time", on.time(at)),
        None => Message::new("account-password-none"),
    };
    let change_href = Some("/account/password".to_owned());
    let adds = facts.password_changed_at.is_none();
    rows.push(Row { what: "password".to_owned(), value: None, note: Some(note), change_href, adds });
    Ok(rows)
}

async fn contact_row(on: &On, kind: Kind) -> Result<Row, StepError> {
    let found = contact::current(&on.inside, kind);
    let editable = contact::editable(&on.cx.app, &on.inside, kind).await?;
    let state = found.and_then(|contact| match contact.state {
        ContactState::Doubtful => Some(Message::new("account-contact-doubtful")),
        ContactState::Unproven => Some(Message::new("account-contact-unproven")),
        ContactState::Verified | ContactState::Vouched => None,
    });
    Ok(Row {
        what: kind.as_str().to_owned(),
        value: found.map(|contact| contact.value.clone()),
        note: managed(on, &editable).or(state),
        change_href: matches!(editable, Editable::With(_)).then(|| format!("/account/{}", kind.as_str())),
        adds: found.is_none(),
    })
}

/// Who manages a contact that its holder cannot change here.
pub(super) fn managed(on: &On, editable: &Editable) -> Option<Message> {
    let portal = match editable {
        Editable::Owned(owner) => {
            on.cx.app.clients().enabled(owner).map_or_else(|| owner.clone(), |client| client.name_in(on.cx.lang))
        }
        Editable::Locked(client) => client.name_in(on.cx.lang),
        Editable::With(_) | Editable::NoSender => return None,
    };
    Some(Message::new("account-managed").with("portal", portal))
}
