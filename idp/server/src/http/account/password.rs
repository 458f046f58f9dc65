//! R41: changing the password.

use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};

use super::{On, fresh, fresh_form, to, wrong};
use crate::account::password::{Changed, change};
use crate::http::cx::{Cx, Posted, Stop};
use crate::http::words;
use crate::page::screens::account::password::NewPassword;
use crate::page::{FieldError, Message};

/// `GET /account/password`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    Ok(show(&on, Vec::new()))
}

fn show(on: &On, errors: Vec<FieldError>) -> Response {
    let email = on.inside.account.email.as_ref().map(|email| email.value.clone()).unwrap_or_default();
    let page = NewPassword {
        action: "/account/password".to_owned(),
        email,
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
    let empty = [
        ("current_password", &current, "error-current-password-empty"),
        ("new_password", &new, "error-new-password-empty"),
    ];
    let empty = empty.into_iter().filter(|(_, value, _)| value.expose_secret().is_empty());
    let errors = empty.map(|(field, _, key)| FieldError::new(field, Message::new(key))).collect::<Vec<_>>();
    if !errors.is_empty() {
        return Ok(show(&on, errors));
    }
    let errors = match change(&on.cx.app, &on.inside, &current, &new, &on.cx.origin).await {
        Ok(Changed::Done) => return Ok(to("/account?done=password")),
        Ok(Changed::WrongCurrent) => wrong("current_password", "error-current-password"),
        Ok(Changed::Same) => wrong("new_password", "error-password-same"),
        Ok(Changed::Refused(problems)) => {
            vec![FieldError::new("new_password", words::of_new_password(&problems))]
        }
        Ok(Changed::AddressThrottled(until)) => return Ok(on.cx.too_many(until)),
        Err(error) => return Ok(on.refused(&error)),
    };
    Ok(show(&on, errors))
}
