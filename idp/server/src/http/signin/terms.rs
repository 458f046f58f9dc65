//! R53: the council's terms.

use axum::response::Response;
use http::StatusCode;
use idp_core::journey::Need;

use super::tx::read;
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::screens::terms::Terms;
use crate::signin::done::Done;

/// `GET /terms`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    if on.need() != Need::Terms {
        return on.lead_on().await;
    }
    let links = on.links().await?;
    let (here, terms) = (links.to("/terms"), &on.cx.app.config.terms);
    let page = Terms {
        action: here.clone(),
        version: terms.version.clone().unwrap_or_default(),
        terms_href: terms.url_in(on.cx.lang).map(ToString::to_string).unwrap_or_default(),
        agreed_before: on.view.account.as_ref().is_some_and(|account| account.terms.is_some()),
        changes: terms.changes_in(on.cx.lang).to_vec(),
        cancel: Some(links.to("/cancel")),
    };
    Ok(on.page(StatusCode::OK, &on.frame(&here), &page))
}

/// `POST /terms`.
pub async fn agree(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    let version = on.cx.app.config.terms.version.clone();
    let Some(version) = version.filter(|_| on.need() == Need::Terms) else { return on.lead_on().await };
    on.check_form(&form)?;
    if form.get("version") != Some(version.as_str()) {
        // There is a newer one than they have seen.
        return on.lead_on().await;
    }
    on.step(Done::Terms(version), None).await
}
