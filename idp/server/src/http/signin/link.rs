//! R27: there is an account with the address that a provider vouches for. It is linked only once its owner has signed in to
//! it (R41).

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::journey::Need;

use super::federated::{forget, keep, make, offered};
use super::login::{Asks, Whose, check_password, passkey_href, typed_password};
use super::tx::{OnTx, read};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::create::Link;
use crate::page::screens::sign_in;
use crate::page::{FieldError, Frame, Lang};
use crate::signin::newcomer::Newcomer;
use crate::signin::{StepError, federated, registration};
use crate::store::accounts::{self, Account};
use crate::store::identities;

/// Somebody who has something to link.
struct Linking {
    on: OnTx,
    newcomer: Newcomer,
    account: Account,
}

/// How an account can be signed in to.
struct Ways {
    password: bool,
    /// The ids of the providers that open it.
    providers: Vec<String>,
    /// Whether whoever is here may have it closed instead.
    disown: bool,
}

impl Linking {
    async fn ways(&self) -> Result<Ways, StepError> {
        let Self { on, newcomer, account } = self;
        let mut conn = on.cx.app.db.read().await?;
        let linked = identities::of_account(&mut conn, account.id).await?;
        let disown = match &newcomer.proven {
            Some(proven) => federated::may_be_disowned(&mut conn, account, proven).await?,
            None => false,
        };
        Ok(Ways {
            password: accounts::password_of(&mut conn, account.id).await?.is_some(),
            providers: linked.into_iter().map(|identity| identity.provider).collect(),
            disown: disown && federated::may_register(&on.view),
        })
    }
}

/// The transaction of somebody who may link, while they have not signed in to the account.
async fn linking(cx: Cx) -> Result<Result<Linking, Response>, Stop> {
    let mut on = read(cx).await?;
    let newcomer = on.view.newcomer.clone().filter(|newcomer| newcomer.identity.is_some());
    let found = match &newcomer {
        Some(newcomer) => federated::target(&on.cx.app, &on.view, newcomer).await.map_err(|error| on.cx.stop(error))?,
        None => None,
    };
    match newcomer.zip(found) {
        Some((newcomer, account)) if matches!(on.need(), Need::Login) => Ok(Ok(Linking { on, newcomer, account })),
        _ => Ok(Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))),
    }
}

/// `GET /link`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    match linking(cx).await? {
        Ok(linking) => show(&linking, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show(linking: &Linking, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let Linking { on, newcomer, account } = linking;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let provider = newcomer.identity.as_ref().map(|identity| identity.provider.clone()).unwrap_or_default();
    let name = on.cx.app.providers.get(&provider).map(|p| p.name(on.cx.lang == Lang::Cy).to_owned());
    let ways = linking.ways().await.map_err(|error| on.cx.stop(error))?;
    let opens = |other: &sign_in::Provider| other.id != provider && ways.providers.contains(&other.id);
    let here = links.to("/link");
    let page = Link {
        action: ways.password.then(|| here.clone()),
        provider: name.unwrap_or_default(),
        email: newcomer.proven.as_ref().map(|address| address.as_str().to_owned()).unwrap_or_default(),
        providers: offered(on, &links).into_iter().filter(opens).collect(),
        forgot_href: links.to("/forgot"),
        passkey_href: passkey_href(on, &links).filter(|_| account.passkeys > 0),
        leave_action: links.to("/link/leave"),
        disown_action: ways.disown.then(|| links.to("/link/disown")),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &Frame { back: Some(links.to("/sign-in")), ..on.frame(&here) }, &page))
}

/// `POST /link`: the password of the account.
pub async fn link(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut linking = match linking(cx).await? {
        Ok(linking) => linking,
        Err(elsewhere) => return Ok(elsewhere),
    };
    linking.on.check_form(&form)?;
    let address = linking.newcomer.proven.as_ref().map(|address| address.as_str().to_owned());
    linking.on.tx.email = address;
    let Linking { on, newcomer, account } = linking;
    match check_password(on, typed_password(form), Whose::Linked).await? {
        Asks::Answered(response) => Ok(response),
        Asks::Again(on, errors) => show(&Linking { on: *on, newcomer, account }, errors).await,
    }
}

/// `POST /link/leave`: another way in, with nothing linked.
pub async fn leave(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut linking = match linking(cx).await? {
        Ok(linking) => linking,
        Err(elsewhere) => return Ok(elsewhere),
    };
    linking.on.check_form(&form)?;
    forget(&mut linking.on).await?;
    Ok(see_other(&linking.on.at("/sign-in").await?))
}

/// `POST /link/disown`: the account is none of theirs, and nobody has proven its address: it ends, and they get their own.
pub async fn disown(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let linking = match linking(cx).await? {
        Ok(linking) => linking,
        Err(elsewhere) => return Ok(elsewhere),
    };
    linking.on.check_form(&form)?;
    let ways = linking.ways().await.map_err(|error| linking.on.cx.stop(error))?;
    let Linking { mut on, newcomer, .. } = linking;
    let app = on.cx.app.clone();
    let provider = newcomer.identity.as_ref().and_then(|identity| app.providers.get(&identity.provider));
    let (Some(provider), true) = (provider, ways.disown) else {
        return Ok(see_other(&on.at("/link").await?));
    };
    registration::disown(&app, &on.view, &newcomer, &on.cx.origin).await.map_err(|error| on.cx.stop(error))?;
    keep(&mut on, Newcomer { account: None, ..newcomer }).await?;
    Box::pin(make(on, provider)).await
}
