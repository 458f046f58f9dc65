//! R45: whom the account shares with.

use axum::response::Response;

use super::{On, seen, seen_form, to};
use crate::account::presence;
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::Message;
use crate::page::screens::account::apps::{Apps, Service};
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::store::account_pages::Shared;

/// The scopes that there are words for.
const KNOWN: [&str; 5] = ["openid", "profile", "email", "phone", "address"];

fn name(on: &On, client: &str) -> String {
    on.cx.app.clients().enabled(client).map_or_else(|| client.to_owned(), |client| client.name_in(on.cx.lang))
}

async fn shared(on: &On) -> Result<Vec<Shared>, Stop> {
    presence::shared(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))
}

/// `GET /account/apps`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let service = |shared: Shared| Service {
        name: name(&on, &shared.client_id),
        details: shared
            .scopes
            .iter()
            .filter(|scope| KNOWN.contains(scope))
            .map(|scope| Message::new(format!("scope-{scope}")))
            .collect(),
        since: on.time(shared.agreed_at),
        stop_href: format!("/account/apps/stop?client={}", shared.client_id),
    };
    let services = shared(&on).await?.into_iter().map(service).collect();
    Ok(on.page(Some("/account"), &Apps { services, done: on.done(&["sharing"]) }))
}

async fn client_named(on: &On) -> Result<String, Stop> {
    let named = on.cx.query("client").unwrap_or_default().to_owned();
    let known = shared(on).await?.into_iter().any(|shared| shared.client_id == named);
    if known { Ok(named) } else { Err(Stop::from(to("/account/apps"))) }
}

/// `GET /account/apps/stop`.
pub async fn stop_page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let client = client_named(&on).await?;
    let about = Some(Message::new("device-named").with("name", name(&on, &client)));
    let page = Confirm { question: Question::StopSharing, action: super::here(&on.cx), about, ..Confirm::default() };
    Ok(on.page(Some("/account/apps"), &page))
}

/// `POST /account/apps/stop`.
pub async fn stop(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = seen_form(cx, &form).await?;
    let client = client_named(&on).await?;
    let stopped = presence::stop_sharing(&on.cx.app, &on.inside, &client, &on.cx.origin).await;
    stopped.map_err(|error| on.cx.stop(error))?;
    Ok(to("/account/apps?done=sharing"))
}
