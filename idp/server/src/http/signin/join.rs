//! R42: both accounts are proven. Whoever is there sees them before they are joined.

use axum::response::Response;
use http::StatusCode;

use super::tx::{OnTx, read};
use crate::account::identities::name_of;
use crate::account::joining::{self, Apart, Pair, Side};
use crate::http::account::{names, not_joined};
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::page::Lang;
use crate::page::screens::account::joining::{CheckJoin, JoinedAccount};
use crate::signin::{StepError, cookie};

/// Two accounts that can be joined, or the answer to whoever has not proven the other one, or may not join them.
async fn pair(on: &mut OnTx) -> Result<Result<Pair, Response>, Stop> {
    if !joining::is_proven(&on.cx.app, &on.view, &on.tx) {
        return Ok(Err(on.lead_on().await?));
    }
    let pair = joining::pair(&on.cx.app, &on.view, &on.tx).await.map_err(|error| on.cx.stop(error))?;
    Ok(pair.map_err(|apart| refused(on, &apart)))
}

fn refused(on: &OnTx, apart: &Apart) -> Response {
    on.page(StatusCode::CONFLICT, &on.frame(""), &not_joined(&on.cx, apart))
}

/// `GET /join`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    let pair = match pair(&mut on).await? {
        Ok(pair) => pair,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let links = on.links().await?;
    let here = links.to("/join");
    let page = CheckJoin {
        action: here.clone(),
        survivor: shown(&on, &pair.survivor),
        other: shown(&on, &pair.other),
        password_ends: pair.password_ends,
        managers: names(&on.cx, &pair.managers),
        cancel: Some(links.to("/cancel")),
    };
    Ok(on.page(StatusCode::OK, &on.frame(&here), &page))
}

fn shown(on: &OnTx, side: &Side) -> JoinedAccount {
    let welsh = on.cx.lang == Lang::Cy;
    JoinedAccount {
        email: side.email.clone(),
        phone: side.phone.clone(),
        providers: side.providers.iter().map(|id| name_of(&on.cx.app, id, welsh)).collect(),
        passkeys: side.passkeys,
        services: names(&on.cx, &side.clients),
    }
}

/// `POST /join`: joins them.
pub async fn join(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    on.check_form(&form)?;
    if let Err(elsewhere) = pair(&mut on).await? {
        return Ok(elsewhere);
    }
    match joining::join(&on.cx.app, &on.view, &on.tx, &on.cx.origin).await {
        Ok(Ok(raised)) => {
            let mut response = see_other("/account/security?done=joined");
            add_cookie(&mut response, &cookie::clear(&on.cx.names.transaction(&on.tx.id)));
            if let Some(token) = raised {
                add_cookie(&mut response, &cookie::set(&on.cx.names.session(), &token, None));
            }
            Ok(response)
        }
        Ok(Err(apart)) => Ok(refused(&on, &apart)),
        Err(StepError::Refused(refusal)) => Ok(on.refused(&refusal).await),
        Err(error) => Err(on.cx.stop(error)),
    }
}
