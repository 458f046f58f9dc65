//! A copy of one's data, and closing the account.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{On, fresh, fresh_form, seen, to};
use crate::account::closing::{self, Stays};
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::page::Message;
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::page::screens::account::data::Data;
use crate::signin::cookie;

const PATH: &str = "/account/data";

/// `GET /account/data`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let page = Data { download_action: format!("{PATH}/download"), close_href: "/account/close".to_owned() };
    Ok(on.page(Some("/account"), &page))
}

/// `GET /account/data/download`: where whoever had to prove who they are comes back to.
pub async fn back() -> Response {
    to(PATH)
}

/// `POST /account/data/download`: the copy, as a file.
pub async fn download(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    const HEADERS: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"your-data.json\"")),
    ];
    let on = fresh_form(cx, &form, &[]).await?;
    let copy = closing::export(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    let text = serde_json::to_vec_pretty(&copy).unwrap_or_default();
    Ok((HEADERS, text).into_response())
}

/// The question, or why the account stays.
async fn question(on: &On) -> Result<Confirm, Stop> {
    let refused = closing::may_close(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?.err();
    let refused = refused.map(|stays| match stays {
        Stays::Managed(owner) => {
            let name = on.cx.app.clients().enabled(&owner).map_or(owner, |client| client.name_in(on.cx.lang));
            Message::new("account-close-managed").with("portal", name)
        }
        Stays::Administrator => Message::new("account-close-administrator"),
    });
    let action = super::here(&on.cx);
    Ok(Confirm { question: Question::CloseAccount, action, refused, ..Confirm::default() })
}

/// `GET /account/close`.
pub async fn close_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    Ok(on.page(Some(PATH), &question(&on).await?))
}

/// `POST /account/close`.
pub async fn close(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let page = question(&on).await?;
    if page.refused.is_some() {
        return Ok(on.page_with(StatusCode::CONFLICT, Some(PATH), &page));
    }
    closing::close(&on.cx.app, &on.inside, &on.cx.origin).await.map_err(|error| on.cx.stop(error))?;
    let mut response = see_other("/signed-out?closed=yes");
    add_cookie(&mut response, &cookie::clear(&on.cx.names.session()));
    Ok(response)
}
