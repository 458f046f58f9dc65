//! R42: sign-ins at identity providers that open the account.

use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;

use super::{On, fresh, fresh_form, to};
use crate::account::identities::{self, Unlinked};
use crate::federation::Provider;
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::page::screens::account::identity::LinkIdentity;
use crate::page::screens::account::security::IdentityRow;
use crate::page::screens::other_ways::{FederationFailed, FederationFailure};
use crate::page::screens::sign_in;
use crate::page::{Lang, Message};
use crate::signin::federated::NotThere;
use crate::signin::transaction::hash;
use crate::signin::{StepError, cookie};
use crate::store::identities::{Identity, IdentityKey};

const PATH: &str = "/account/security/identity";
const BACK: &str = "/account/security";

/// The identities of the account as R42 lists them.
pub async fn rows(on: &On) -> Result<Vec<IdentityRow>, StepError> {
    let welsh = on.cx.lang == Lang::Cy;
    let row = |identity: Identity| IdentityRow {
        provider: identities::name_of(&on.cx.app, &identity.provider, welsh),
        email: identity.email.clone().unwrap_or_default(),
        linked: on.time(identity.linked_at),
        last_used: on.time(identity.last_used_at),
        remove_href: format!("{PATH}/remove?identity={}", id_of(&identity.key)),
    };
    Ok(identities::list(&on.cx.app, &on.inside).await?.into_iter().map(row).collect())
}

/// The providers that can be linked, each with the page that leads there.
pub fn linkable(on: &On) -> Vec<sign_in::Provider> {
    let provider = |provider: &Provider| sign_in::Provider {
        id: provider.id().to_owned(),
        name: provider.name(on.cx.lang == Lang::Cy).to_owned(),
        action: format!("{PATH}?provider={}", provider.id()),
    };
    on.cx.app.providers.iter().map(provider).collect()
}

/// What an address calls an identity: it tells nothing of the subject.
fn id_of(key: &IdentityKey) -> String {
    BASE64URL_NOPAD.encode(hash(&format!("{}\n{}", key.issuer, key.subject)).get(..12).unwrap_or_default())
}

fn provider_named<'a>(on: &On, app: &'a crate::app::App) -> Result<&'a Provider, Stop> {
    app.providers.get(on.cx.query("provider").unwrap_or_default()).ok_or_else(|| Stop::from(to(BACK)))
}

/// `GET /account/security/identity`: what linking means, and the way there.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let app = on.cx.app.clone();
    let provider = provider_named(&on, &app)?;
    let name = provider.name(on.cx.lang == Lang::Cy).to_owned();
    Ok(on.page_that_leaves(Some(BACK), &LinkIdentity { provider: name, action: super::here(&on.cx) }))
}

/// `POST /account/security/identity`: leaves for the provider.
pub async fn link(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let app = on.cx.app.clone();
    let provider = provider_named(&on, &app)?;
    match identities::leave(&app, &on.inside, provider, on.cx.lang.code(), &on.cx.origin).await {
        Ok((url, transaction, owner)) => {
            let mut response = see_other(url.as_str());
            let name = on.cx.names.transaction(&transaction.id);
            add_cookie(&mut response, &cookie::set(&name, &owner, None));
            Ok(response)
        }
        Err(NotThere::Step(error)) => Ok(on.refused(&error)),
        Err(NotThere::Upstream(_)) => {
            let page = FederationFailed {
                provider: provider.name(on.cx.lang == Lang::Cy).to_owned(),
                cause: FederationFailure::Down,
                ..FederationFailed::default()
            };
            Ok(on.page_with(StatusCode::SERVICE_UNAVAILABLE, Some(BACK), &page))
        }
    }
}

async fn named(on: &On) -> Result<Identity, Stop> {
    let named = on.cx.query("identity").unwrap_or_default().to_owned();
    let held = identities::list(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    held.into_iter().find(|identity| id_of(&identity.key) == named).ok_or_else(|| Stop::from(to(BACK)))
}

fn question(on: &On, identity: &Identity, refused: Option<Message>) -> Confirm {
    let provider = identities::name_of(&on.cx.app, &identity.provider, on.cx.lang == Lang::Cy);
    let name = match &identity.email {
        Some(email) => format!("{provider}: {email}"),
        None => provider,
    };
    let about = Some(Message::new("device-named").with("name", name));
    Confirm { question: Question::Unlink, action: super::here(&on.cx), about, refused, ..Confirm::default() }
}

/// `GET /account/security/identity/remove`.
pub async fn remove_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let identity = named(&on).await?;
    Ok(on.page(Some(BACK), &question(&on, &identity, None)))
}

/// `POST /account/security/identity/remove`.
pub async fn remove(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let identity = named(&on).await?;
    match identities::unlink(&on.cx.app, &on.inside, &identity, &on.cx.origin).await {
        Ok(Unlinked::Done | Unlinked::NotThere) => Ok(to("/account/security?done=unlinked")),
        Ok(Unlinked::LastWay) => {
            let page = question(&on, &identity, Some(Message::new("account-identity-last")));
            Ok(on.page_with(StatusCode::CONFLICT, Some(BACK), &page))
        }
        Err(error) => Ok(on.refused(&error)),
    }
}
