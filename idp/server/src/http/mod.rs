//! The HTTP surface: extracts, calls one verb, renders. Decisions are made elsewhere.

mod account;
pub mod api;
pub mod cx;
mod dev;
mod go;
mod health;
mod hooks;
mod information;
mod invite;
pub mod logo;
mod oidc;
mod recovery;
mod signin;
mod statics;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use http::{Method, StatusCode, header};

use crate::app::App;
use crate::net::refusal::{Asked, Render};
use crate::page::lang::negotiate;
use crate::page::screens::error::{HttpProblem, Problem};
use crate::page::{Frame, StaticPage};
use cx::Cx;

/// Every route of the public address, without the guard around it (see [`crate::net::protect`]).
pub fn router(app: &App) -> Router {
    let mut router = Router::new()
        .merge(oidc::routes())
        .merge(signin::routes())
        .merge(account::routes())
        .merge(go::routes())
        .merge(invite::routes())
        .merge(recovery::routes())
        .merge(hooks::routes())
        .merge(api::routes())
        .route("/static/{hash}/{name}", get(statics::asset))
        .route("/logo/{client}", get(logo::logo))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/cookies", get(information::cookies))
        .route("/privacy", get(information::privacy))
        .route("/accessibility", get(information::accessibility))
        .route("/help", get(information::help));
    if app.inbox.is_some() || app.config.development.clock {
        router = router.merge(dev::routes());
    }
    router
        .layer(from_fn_with_state(app.clone(), refuse_head))
        .fallback(|cx: Cx| async move { unserved(&cx, StatusCode::NOT_FOUND, Problem::NotFound) })
        .method_not_allowed_fallback(
            |cx: Cx| async move { unserved(&cx, StatusCode::METHOD_NOT_ALLOWED, Problem::Method) },
        )
        .with_state(app.clone())
}

/// Asking for the head of a page that acts would act: only documents and plain pages have one.
async fn refuse_head(State(app): State<App>, request: Request, next: Next) -> Response {
    const PLAIN: [&str; 11] = [
        "/.well-known/",
        "/jwks",
        "/static/",
        "/logo/",
        "/healthz",
        "/readyz",
        "/cookies",
        "/privacy",
        "/accessibility",
        "/help",
        "/go/",
    ];
    let path = request.uri().path();
    if request.method() != Method::HEAD || PLAIN.iter().any(|plain| path.starts_with(plain)) {
        return next.run(request).await;
    }
    let cx = Cx::of(&request.into_parts().0, &app);
    unserved(&cx, StatusCode::METHOD_NOT_ALLOWED, Problem::Method)
}

/// What no route takes: machines get a problem, people a page.
fn unserved(cx: &Cx, status: StatusCode, problem: Problem) -> Response {
    if cx.uri.path().starts_with(api::ROOT) {
        return api::problem::at_the_edge(&cx.method, status, &cx.origin.request_id);
    }
    cx.problem(status, problem)
}

/// How a request that the edge refuses is answered.
#[must_use]
pub fn render(app: &App) -> Render {
    let app = app.clone();
    Arc::new(move |asked: &Asked, status: StatusCode| refusal(&app, asked, status))
}

fn refusal(app: &App, asked: &Asked, status: StatusCode) -> Response {
    use axum::response::IntoResponse as _;
    if asked.uri.path().starts_with(api::ROOT) {
        return api::problem::at_the_edge(&asked.method, status, asked.id.as_str());
    }
    let languages = &app.config.brand.languages;
    let lang = negotiate(languages, None, None, asked.accept_language.as_ref().and_then(|h| h.to_str().ok()));
    let brand = &app.config.brand;
    let council = brand.council_in(lang).to_owned();
    let reference = asked.id.as_str().to_owned();
    let problem = match status {
        StatusCode::NOT_FOUND => Some(Problem::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::Method),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            Some(Problem::TooLarge)
        }
        StatusCode::TOO_MANY_REQUESTS => Some(Problem::TooMany),
        status if status.is_client_error() => Some(Problem::Unreadable),
        _ => None,
    };
    let fixed = if status == StatusCode::SERVICE_UNAVAILABLE { StaticPage::Unavailable } else { StaticPage::Broken };
    let html = problem
        .and_then(|problem| {
            let theme = brand.theme.clone();
            let frame = Frame {
                lang,
                theme,
                wording: "default".to_owned(),
                council: council.clone(),
                own_service: brand.service_in(lang).to_owned(),
                reference: reference.clone(),
                ..Frame::default()
            };
            app.pages.render(&frame, &HttpProblem::new(problem)).ok()
        })
        .unwrap_or_else(|| app.pages.fixed(fixed, lang, &council, &reference));
    let body = if asked.method == Method::HEAD { String::new() } else { html };
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}
