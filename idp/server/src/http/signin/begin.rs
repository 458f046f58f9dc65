//! Taking up a request in a browser.

use axum::response::Response;

use super::tx::{OnTx, read, view};
use crate::http::cx::{Cx, Stop, add_cookie};
use crate::signin::transaction::Transaction;
use crate::signin::{cookie, entry};

/// The most sign-ins that one browser keeps open while it begins another.
const KEPT_OPEN: usize = 20;

/// Takes up a request in this browser: answers at once where nothing is needed, else leads to the first page.
pub(in crate::http) async fn take_up(cx: Cx, mut tx: Box<Transaction>) -> Result<Response, Stop> {
    let entry = followed_link(&cx, &tx);
    let (came_by_link, entry_cookie) = (entry.is_some(), cx.names.entry());
    tx.entry = entry.or(tx.entry.take());
    let view = Box::new(view(&cx, &tx).await?);
    let owner = tx.give_to_new_owner(&cx.app.random);
    let name = cx.names.transaction(&tx.id);
    let left_open = left_open_too_long(&cx);
    let mut response = OnTx { cx, tx, view }.lead_on().await?;
    let stays = response
        .headers()
        .get(http::header::LOCATION)
        .and_then(|l| l.to_str().ok())
        .is_none_or(|location| location.starts_with('/'));
    if stays {
        add_cookie(&mut response, &cookie::set(&name, &owner, None));
    }
    if came_by_link {
        add_cookie(&mut response, &cookie::clear(&entry_cookie));
    }
    for name in &left_open {
        add_cookie(&mut response, &cookie::clear(name));
    }
    Ok(response)
}

/// Goes on with a posted request, which belongs to this browser already.
pub(in crate::http) async fn resume(cx: Cx) -> Result<Response, Stop> {
    let left_open = left_open_too_long(&cx);
    let mut on = read(cx).await?;
    let (entry, entry_cookie) = (followed_link(&on.cx, &on.tx), on.cx.names.entry());
    if let Some(entry) = &entry {
        on.view.entry.clone_from(entry);
        on.tx.entry = Some(entry.clone());
    }
    let mut response = on.lead_on().await?;
    if entry.is_some() {
        add_cookie(&mut response, &cookie::clear(&entry_cookie));
    }
    for name in &left_open {
        add_cookie(&mut response, &cookie::clear(name));
    }
    Ok(response)
}

/// The short link that led this browser to the client that asks. It counts for one sign-in.
fn followed_link(cx: &Cx, tx: &Transaction) -> Option<String> {
    entry::of(&cx.app, cx.cookie(&cx.names.entry())?, &tx.request)
}

/// The sign-ins that this browser left open longest ago, beyond those that it may keep. Without an end to them a page
/// that asks again and again would pile up cookies until the browser's requests are too large to be read. Browsers send
/// the oldest cookie first (RFC 6265, 5.4).
fn left_open_too_long(cx: &Cx) -> Vec<String> {
    let open = cx.cookies().map(|(name, _)| name).filter(|name| cx.names.is_transaction(name)).collect::<Vec<_>>();
    let too_many = open.len().saturating_sub(KEPT_OPEN);
    open.into_iter().take(too_many).map(str::to_owned).collect()
}
