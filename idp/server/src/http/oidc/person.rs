//! An account as claims.

use idp_core::account::ContactState;
use idp_core::oidc::claims::Claims;
use serde_json::json;

use crate::store::accounts::Account;

/// Every standard claim of an account. Only a proven contact is called verified.
#[must_use]
pub fn claims_of(account: &Account) -> Claims {
    let mut claims = account.profile.clone();
    if let Some(email) = &account.email {
        claims.insert("email".to_owned(), json!(email.value));
        claims.insert("email_verified".to_owned(), json!(email.state == ContactState::Verified));
    }
    if let Some(phone) = &account.phone {
        claims.insert("phone_number".to_owned(), json!(phone.value));
        claims.insert("phone_number_verified".to_owned(), json!(phone.state == ContactState::Verified));
    }
    if let Some(locale) = &account.locale {
        claims.insert("locale".to_owned(), json!(locale));
    }
    claims.insert("updated_at".to_owned(), json!(account.updated_at.timestamp()));
    claims
}
