//! `[tokens]` and `[sessions]`: how long codes, tokens and sign-ins last. The upper bounds are R22, R28, R32 and R33.

use ipnet::IpNet;

use super::section::section;
use super::source::Reader;

section! {
    /// How long codes and tokens last.
    pub struct Tokens in "tokens" {
        /// Seconds for which an authorization code can be redeemed.
        code_seconds: u32 = 60,
        /// Seconds for which an access token is good.
        access_token_seconds: u32 = 300,
        /// Seconds for which an ID token is good.
        id_token_seconds: u32 = 300,
        /// Days after which an unused refresh token is dead.
        refresh_idle_days: u32 = 30,
        /// Days after which a family of refresh tokens ends, however often it was used.
        refresh_absolute_days: u32 = 90,
        /// Seconds for which a pushed authorization request can be used.
        pushed_request_seconds: u32 = 90,
    }
}

section! {
    /// How long a browser stays signed in.
    pub struct Sessions in "sessions" {
        /// Hours after which a session ends in any case.
        absolute_hours: u32 = 12,
        /// Minutes without a request after which an administrator is signed out of the console.
        admin_idle_minutes: u32 = 15,
        /// Minutes for which a sign-in that is not finished is kept.
        transaction_minutes: u32 = 30,
        /// Minutes after which a guest is over, with everything that was issued to it.
        guest_minutes: u32 = 60,
        /// Networks of devices that many people use, such as a library's computers: there a session ends after 5
        /// minutes without a request, and nothing about a person is remembered in the browser.
        shared_networks: Vec<IpNet> = Vec::new() => "[\"192.0.2.0/24\"]",
    }
}

impl Tokens {
    pub(super) fn check(&self, reader: &mut Reader) {
        reader.within("tokens.code_seconds", &self.code_seconds, &(5..=60), "a code is redeemed at once or never");
        reader.within(
            "tokens.access_token_seconds",
            &self.access_token_seconds,
            &(30..=900),
            "access tokens are short",
        );
        reader.within("tokens.id_token_seconds", &self.id_token_seconds, &(30..=3600), "an ID token is checked once");
        reader.within("tokens.refresh_idle_days", &self.refresh_idle_days, &(1..=30), "30 days is the limit");
        reader.within("tokens.refresh_absolute_days", &self.refresh_absolute_days, &(1..=90), "90 days is the limit");
        reader.within(
            "tokens.pushed_request_seconds",
            &self.pushed_request_seconds,
            &(5..=599),
            "RFC 9126 and FAPI 2.0",
        );
    }
}

impl Sessions {
    pub(super) fn check(&self, reader: &mut Reader) {
        reader.within("sessions.absolute_hours", &self.absolute_hours, &(1..=12), "12 hours is the limit");
        reader.within("sessions.admin_idle_minutes", &self.admin_idle_minutes, &(1..=15), "15 minutes is the limit");
        reader.within("sessions.transaction_minutes", &self.transaction_minutes, &(5..=120), "the default is 30");
        reader.within("sessions.guest_minutes", &self.guest_minutes, &(5..=720), "a guest is short-lived");
        if self.shared_networks.iter().any(|network| network.prefix_len() == 0) {
            reader.refuse("sessions.shared_networks", "contains every address: set shared_device in a policy instead");
        }
    }
}
