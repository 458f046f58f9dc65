//! Nothing that somebody has can be used now: R56, and what follows from it.

use serde::Serialize;

use crate::page::{ClockTime, FieldError, Message, Page};

/// What is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Another second factor.
    Other,
    /// A backup code.
    Backup,
    /// To ask that the lost factor is taken away.
    Recovery,
    /// To have it taken away: the wait is over.
    Recovered,
}

impl Way {
    /// The value posted as `way`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Backup => "backup",
            Self::Recovery => "recovery",
            Self::Recovered => "recovered",
        }
    }
}

/// R56: what is left. The field is `way`; without any the page names whom to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CannotUse {
    /// Where the form posts to.
    pub action: String,
    /// What is left.
    pub ways: Vec<Way>,
    /// When the wait of a recovery that was begun is over.
    pub waits_until: Option<ClockTime>,
    /// How many hours a recovery waits.
    pub hours: u32,
    /// Whom to ask for help.
    pub contact: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for CannotUse {
    const TEMPLATE: &'static str = "pages/cannot-use.html";
    const SCREEN: &'static str = "R56";

    fn title(&self) -> Message {
        Message::new("cannot-use-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/mfa/help?tx=sample".to_owned(),
            ways: vec![Way::Other, Way::Backup, Way::Recovery],
            hours: 72,
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let wrong = Self { errors: vec![FieldError::new("way", Message::new("error-way-none"))], ..plain.clone() };
        let waits = Self { ways: vec![Way::Other], waits_until: Some(sample_time()), ..plain.clone() };
        let ready = Self { ways: vec![Way::Recovered], ..plain.clone() };
        let none = Self { ways: Vec::new(), contact: Some("01632 960000".to_owned()), ..plain.clone() };
        let none_waits = Self { waits_until: Some(sample_time()), contact: None, ..none.clone() };
        vec![plain, wrong, waits, ready, none, none_waits]
    }
}

fn sample_time() -> ClockTime {
    let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    ClockTime::at(at(1_791_189_320), at(1_790_930_000))
}

/// R56, the code by email. The field is `code`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecoveryCode {
    /// Where the form posts to.
    pub action: String,
    /// The masked address.
    pub email: String,
    /// For how many minutes the code works.
    pub minutes: u32,
    /// Whether the wait is over, so that the code takes the factor away.
    pub ready: bool,
    /// How many hours a recovery waits.
    pub hours: u32,
    /// Where “Send it again” posts to.
    pub resend_action: String,
    /// What the resident should know first.
    pub notices: Vec<Message>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for RecoveryCode {
    const TEMPLATE: &'static str = "pages/recovery-code.html";
    const SCREEN: &'static str = "R56b";

    fn title(&self) -> Message {
        Message::new("recovery-code-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/mfa/recovery?tx=sample".to_owned(),
            email: "r***@example.org".to_owned(),
            minutes: 10,
            hours: 72,
            resend_action: "/mfa/recovery/send?tx=sample".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let ready = Self { ready: true, notices: vec![Message::new("notice-sent-again")], ..plain.clone() };
        let wrong = Self { errors: vec![FieldError::new("code", Message::new("error-code-wrong"))], ..plain.clone() };
        vec![plain, ready, wrong]
    }
}

/// R56, the wait has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecoveryOpened {
    /// When it is over.
    pub ready_at: ClockTime,
    /// How many hours a recovery waits.
    pub hours: u32,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Page for RecoveryOpened {
    const TEMPLATE: &'static str = "pages/recovery-opened.html";
    const SCREEN: &'static str = "R56c";

    fn title(&self) -> Message {
        Message::new("recovery-opened-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { ready_at: sample_time(), hours: 72, cancel: Some("/cancel?tx=sample".to_owned()) }]
    }
}

/// Whether to stop a recovery: where the link in a notice leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StopRecovery {
    /// Where the form posts to.
    pub action: String,
    /// When its wait is over.
    pub ready_at: ClockTime,
}

impl Page for StopRecovery {
    const TEMPLATE: &'static str = "pages/stop-recovery.html";
    const SCREEN: &'static str = "R56d";

    fn title(&self) -> Message {
        Message::new("stop-recovery-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { action: "/recovery/stop?t=sample".to_owned(), ready_at: sample_time() }]
    }
}

/// A recovery is stopped, or its link works no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// Whether it was stopped just now.
    pub stopped: bool,
    /// Whom to ask for help.
    pub contact: Option<String>,
}

impl Page for Stopped {
    const TEMPLATE: &'static str = "pages/recovery-stopped.html";
    const SCREEN: &'static str = "R56e";

    fn title(&self) -> Message {
        Message::new(if self.stopped { "recovery-stopped-title" } else { "recovery-gone-title" })
    }

    fn samples() -> Vec<Self> {
        let contact = Some("01632 960000".to_owned());
        vec![Self { stopped: true, contact }, Self::default()]
    }
}
