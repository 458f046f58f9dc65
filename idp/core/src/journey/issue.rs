//! The one question every grant asks before it gives anything away.

use serde::{Deserialize, Serialize};

use crate::policy::{ClientClass, UserClass};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Locked by an administrator or on suspicion.
    Locked,
    /// Gone for good: deceased, moved, or erased.
    Ended,
}

impl AccountStatus {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Ended => "ended",
        }
    }

    /// From how it is stored.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Locked, Self::Ended].into_iter().find(|status| status.as_str() == name)
    }
}

/// What the question depends on, as it is now and not as it was when something was granted.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its own answer")]
pub struct IssueFacts {
    /// The account's status and class.
    pub account: (AccountStatus, UserClass),
    /// Whether the client is enabled.
    pub client_enabled: bool,
    /// Who may sign in at the client.
    pub client_class: ClientClass,
    /// Whether the session that the grant came from is still alive.
    pub session_alive: bool,
    /// Whether the identity provider that the sign-in rests on may be used here; so where it rests on none.
    pub provider_enabled: bool,
    /// Whether the account is a guest of another client, or one whose time is over.
    pub guest_elsewhere: bool,
}

/// Why nothing may be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIssued {
    /// Locked or ended.
    #[error("the account is locked or ended")]
    Account,
    /// Disabled.
    #[error("the client is disabled")]
    Client,
    /// The account's class is not the client's.
    #[error("the account may not be used at this client")]
    Class,
    /// Ended, by sign-out, expiry or an administrator.
    #[error("the session has ended")]
    Session,
    /// Disabled, or not configured any more.
    #[error("the identity provider is disabled")]
    Provider,
    /// A guest of another client, or one whose time is over.
    #[error("the guest is over, or another client's")]
    Guest,
}

/// Whether anything may be issued to this account, at this client, from this session. Every grant calls it: code,
/// token, userinfo and all that come later.
///
/// # Errors
/// The first reason why not.
pub const fn may_issue(facts: &IssueFacts) -> Result<(), NotIssued> {
    if !facts.client_enabled {
        return Err(NotIssued::Client);
    }
    if !matches!(facts.account.0, AccountStatus::Active) {
        return Err(NotIssued::Account);
    }
    if !facts.client_class.admits(facts.account.1) {
        return Err(NotIssued::Class);
    }
    if !facts.session_alive {
        return Err(NotIssued::Session);
    }
    if !facts.provider_enabled {
        return Err(NotIssued::Provider);
    }
    if facts.guest_elsewhere {
        return Err(NotIssued::Guest);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_r28_nothing_is_issued_once_account_client_or_session_is_gone() {
        let good = IssueFacts {
            account: (AccountStatus::Active, UserClass::Resident),
            client_enabled: true,
            client_class: ClientClass::Resident,
            session_alive: true,
            provider_enabled: true,
            guest_elsewhere: false,
        };
        assert_eq!(may_issue(&good), Ok(()));
        assert_eq!(may_issue(&IssueFacts { client_enabled: false, ..good }), Err(NotIssued::Client));
        assert_eq!(may_issue(&IssueFacts { session_alive: false, ..good }), Err(NotIssued::Session));
        assert_eq!(may_issue(&IssueFacts { provider_enabled: false, ..good }), Err(NotIssued::Provider));
        assert_eq!(may_issue(&IssueFacts { guest_elsewhere: true, ..good }), Err(NotIssued::Guest));
        assert_eq!(may_issue(&IssueFacts { client_class: ClientClass::Staff, ..good }), Err(NotIssued::Class));
        for status in [AccountStatus::Locked, AccountStatus::Ended] {
            let facts = IssueFacts { account: (status, UserClass::Resident), ..good };
            assert_eq!(may_issue(&facts), Err(NotIssued::Account));
            assert_eq!(AccountStatus::named(status.as_str()), Some(status));
        }
    }
}
