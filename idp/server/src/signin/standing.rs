//! An account as a policy sees it, and what that lets it be asked for.

use idp_core::account::{PhoneNumber, is_served};
use idp_core::journey::{Asked, Offer, offer};
use idp_core::policy::{FirstFactor, PhoneStanding, Policy, Standing};

use crate::app::App;
use crate::clients::Client;
use crate::store::accounts::Account;

/// What the policy lets an account be asked for at a client, after this first factor; `unknown_at` are the remote factors whose
/// services said that they do not know it.
pub(super) fn offer_to(
    app: &App,
    client: &Client,
    policy: &Policy,
    account: &Account,
    (first, unknown_at): (&FirstFactor, &[String]),
) -> Offer {
    let now = app.clock.now();
    let mut channels = app.channels_of(&client.id);
    channels.remotes.retain(|name| !unknown_at.contains(name));
    let mut standing = standing(app, account, &policy.countries);
    let unknown = app.factors.remotes(now).into_iter().map(|(name, _)| name);
    standing.remotes_unknown = unknown.filter(|name| !standing.remotes.contains(name)).collect();
    let mut offer = offer(&Asked {
        policy,
        standing: &standing,
        first,
        channels: &channels,
        set_up: &app.senders().router.set_up(),
        installed: &app.factors.ids(),
        enrollable: &app.factors.enrollable(),
        mfa_since: account.mfa_since.unwrap_or(now),
        invite_after: account.invite_after,
        after_reset: account.mfa_reset,
        now,
    });
    if client.is_account_pages() {
        // Whoever is there has a page for it.
        offer.invitation.clear();
    }
    offer
}

/// The account as the policy sees it, with the countries that codes go to. A remote factor that the configuration has no
/// more is not one of its factors.
#[must_use]
pub fn standing(app: &App, account: &Account, countries: &[String]) -> Standing {
    let phone = account.phone.as_ref().and_then(|phone| {
        let number = PhoneNumber::parse(&phone.value).ok()?;
        Some(PhoneStanding {
            state: phone.state,
            line: number.line_type(),
            served: is_served(&number, countries),
            owned: phone.owner.is_some(),
        })
    });
    let email = account.email.as_ref();
    let configured = &app.config.factors.remote;
    Standing {
        names: std::iter::once(account.sub.clone()).chain(email.map(|e| e.value.clone())).collect(),
        email: email.map(|e| e.state),
        phones: phone.into_iter().collect(),
        totp: account.totp_secret.is_some(),
        backup_codes_left: account.backup_codes_left(),
        passkeys: account.passkeys,
        remotes: account.remotes.iter().filter(|name| configured.contains_key(*name)).cloned().collect(),
        enrolled_here: account.used_here.clone(),
        switched_on: account.mfa_on,
        ..Standing::bare(account.class)
    }
}
