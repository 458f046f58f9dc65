//! R42: the browsers that are remembered in place of a second factor.

use axum::response::Response;
use uuid::Uuid;

use super::{On, seen, seen_form, to};
use crate::account::devices;
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::page::screens::account::device_name;
use crate::page::screens::account::security::DeviceRow;
use crate::signin::StepError;
use crate::store::devices::Device;

/// Where they are forgotten: all of them, or the one that the address names.
pub const PATH: &str = "/account/security/devices/forget";
const BACK: &str = "/account/security";

/// The remembered browsers as R42 lists them.
pub async fn rows(on: &On) -> Result<Vec<DeviceRow>, StepError> {
    let clients = on.cx.app.clients();
    let row = |device: Device| DeviceRow {
        device: device_name(&device.browser),
        service: clients.enabled(&device.client).map_or_else(String::new, |client| client.name_in(on.cx.lang)),
        last_used: on.time(device.last_used_at),
        until: on.time(device.expires_at),
        forget_href: format!("{PATH}?device={}", device.id),
    };
    Ok(devices::list(&on.cx.app, &on.inside).await?.into_iter().map(row).collect())
}

/// The browser that the address names; none where all are meant.
async fn named(on: &On) -> Result<Option<Device>, Stop> {
    let Some(text) = on.cx.query("device") else { return Ok(None) };
    let id = text.parse::<Uuid>().ok();
    let listed = devices::list(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    let found = listed.into_iter().find(|device| Some(device.id) == id);
    found.map(Some).ok_or_else(|| Stop::from(to(BACK)))
}

/// `GET /account/security/devices/forget`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let (question, about) = match named(&on).await? {
        Some(device) => (Question::ForgetDevice, Some(device_name(&device.browser))),
        None => (Question::ForgetDevices, None),
    };
    Ok(on.page(Some(BACK), &Confirm { question, action: super::here(&on.cx), about, ..Confirm::default() }))
}

/// `POST /account/security/devices/forget`. It lets nobody in, so that it takes no fresh proof.
pub async fn forget(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = seen_form(cx, &form).await?;
    let (app, origin) = (&on.cx.app, &on.cx.origin);
    let (done, forgotten) = if let Some(device) = named(&on).await? {
        ("device", devices::forget(app, &on.inside, device.id, origin).await.map(drop))
    } else {
        ("devices", devices::forget_all(app, &on.inside, origin).await)
    };
    forgotten.map_err(|error| on.cx.stop(error))?;
    Ok(to(&format!("/account/security?done={done}")))
}
