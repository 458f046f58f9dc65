//! R29: what is shared with the client.

use axum::response::Response;
use http::StatusCode;
use idp_core::journey::Need;
use idp_core::oidc::claims;
use idp_core::oidc::scope::Scopes;
use serde_json::Value;

use super::tx::{OnTx, read};
use crate::http::cx::{Cx, Posted, Stop};
use crate::http::oidc::person::claims_of;
use crate::page::Message;
use crate::page::screens::consent::{Consent, Detail, OptionalScope};
use crate::signin::done::Done;

/// `GET /consent`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    match on.need() {
        Need::Consent(scopes) => show(&on, &scopes).await,
        _ => on.lead_on().await,
    }
}

async fn show(on: &OnTx, scopes: &Scopes) -> Result<Response, Stop> {
    let links = on.links().await?;
    let here = links.to("/consent");
    let all = on.view.account.as_ref().map(claims_of).unwrap_or_default();
    let value_of = |scope: &str| values(scope, &all);
    let optional = scopes.iter().filter(|scope| *scope != "openid").map(|scope| OptionalScope {
        scope: scope.to_owned(),
        label: Message::new(format!("scope-{scope}")),
        value: value_of(scope),
        checked: true,
    });
    let page = Consent {
        action: here.clone(),
        details: vec![Detail { label: Message::new("scope-openid"), value: String::new() }],
        optional: optional.collect(),
        offline: false,
        cancel: Some(links.to("/cancel")),
    };
    Ok(on.page(StatusCode::OK, &on.frame(&here), &page))
}

/// What the claims of a scope say now. The parts of a name are not said again after the whole.
fn values(scope: &str, all: &claims::Claims) -> String {
    const PARTS: [&str; 3] = ["given_name", "middle_name", "family_name"];
    let whole = all.contains_key("name");
    let names = claims::of_scope(scope).iter().filter(|name| !(whole && PARTS.contains(name)));
    let mut words: Vec<String> = Vec::new();
    for value in names.filter_map(|name| in_words(all.get(*name)?)) {
        if !words.contains(&value) {
            words.push(value);
        }
    }
    words.join(", ")
}

/// A claim as a person reads it; flags and numbers say nothing to them.
fn in_words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => {
            let formatted = fields.get("formatted").and_then(Value::as_str).map(|text| text.replace('\n', ", "));
            formatted.or_else(|| {
                let parts = fields.values().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
                (!parts.is_empty()).then(|| parts.join(", "))
            })
        }
        _ => None,
    }
}

/// `POST /consent`.
pub async fn agree(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    let Need::Consent(asked) = on.need() else { return on.lead_on().await };
    on.check_form(&form)?;
    let ticked = form.all("scope").collect::<Vec<_>>().join(" ");
    let ticked = Scopes::from(ticked);
    let agreed = asked.only(|scope| scope == "openid" || ticked.has(scope));
    on.step(Done::Nothing, Some(agreed)).await
}
