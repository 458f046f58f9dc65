//! R41: changing the password, or creating the first one.

use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};

use super::{On, fresh, fresh_form, to, wrong};
use crate::account::password::{Changed, change, create, exists};
use crate::http::cx::{Cx, Posted, Stop};
use crate::http::words;
use crate::page::screens::account::password::NewPassword;
use crate::page::{FieldError, Message};

/// `GET /account/password`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let has_one = exists(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    Ok(show(&on, has_one, Vec::new()))
}

fn show(on: &On, has_one: bool, errors: Vec<FieldError>) -> Response {
    let email = on.inside.account.email.as_ref().map(|email| email.value.clone()).unwrap_or_default();
    let page = NewPassword {
        action: "/account/password".to_owned(),
        email,
        has_one,
        min_length: words::shortest_password(&on.cx.app),
        disowned: on.cx.query("because") == Some("not-me"),
        errors,
    };
    on.page(Some("/account"), &page)
}

/// `POST /account/password`. What was typed is not kept over a proof that comes between.
pub async fn save(cx: Cx, Posted(mut form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let mut taken = |name: &str| form.take_secret(name).unwrap_or_else(|| SecretString::from(String::new()));
    let (current, new) = (taken("current_password"), taken("new_password"));
    let has_one = exists(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    let empty = [
        ("current_password", has_one.then_some(&current), "error-current-password-empty"),
        ("new_password", Some(&new), "error-new-password-empty"),
    ];
    let empty = empty.into_iter().filter(|(_, value, _)| value.is_some_and(|v| v.expose_secret().is_empty()));
    let errors = empty.map(|(field, _, key)| FieldError::new(field, Message::new(key))).collect::<Vec<_>>();
    if !errors.is_empty() {
        return Ok(show(&on, has_one, errors));
    }
    let (app, inside, origin) = (&on.cx.app, &on.inside, &on.cx.origin);
    let changed = if has_one {
        change(app, inside, &current, &new, origin).await
    } else {
        create(app, inside, &new, origin).await
    };
    let errors = match changed {
        Ok(Changed::Done) if has_one => return Ok(to("/account?done=password")),
        Ok(Changed::Done) => return Ok(to("/account?done=first-password")),
        Ok(Changed::WrongCurrent) => wrong("current_password", "error-current-password"),
        Ok(Changed::Same) => wrong("new_password", "error-password-same"),
        Ok(Changed::Refused(problems)) => {
            vec![FieldError::new("new_password", words::of_new_password(&problems))]
        }
        Ok(Changed::AddressThrottled(until)) => return Ok(on.cx.too_many(until)),
        Err(error) => return Ok(on.refused(&error)),
    };
    Ok(show(&on, has_one, errors))
}
