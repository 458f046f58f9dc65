//! The code pages: R6 to R9, getting another code (R13) and being locked out (R14).

use idp_core::factor::FactorId;
use serde::Serialize;

use crate::page::{ClockTime, FieldError, Message, Page};

/// What a code consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    /// Digits only.
    #[default]
    Digits,
    /// Letters and digits, whichever case.
    Alnum,
}

/// R6, R7, R8, R9: type the code. The field is `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Where the form posts to.
    pub action: String,
    /// Which texts: the factor's id, `remote` for those of other services.
    kind: String,
    /// The text that says where the code went.
    sent: String,
    /// The masked address, or the last three digits of the number; empty where nothing was sent.
    pub destination: String,
    /// What the code consists of.
    pub alphabet: Alphabet,
    /// How many characters it has.
    pub length: u32,
    /// For how many minutes it works; 0 where it does not end with this page (an app's codes).
    pub minutes: u32,
    /// Where “Send it again” posts to.
    pub resend_action: Option<String>,
    /// Where “Call me instead” posts to.
    pub voice_action: Option<String>,
    /// Where “Send code to email” posts to.
    pub email_action: Option<String>,
    /// The heading under which these other ways are offered openly: the code had time to arrive, or is known not to.
    /// Before, “Problems with the code?” has them.
    pub others: Option<String>,
    /// After how many seconds an open page shows the other ways by itself, if it has some to show.
    pub open_after: Option<i64>,
    /// Where somebody looks whether the message has arrived, while that is not known.
    pub check_href: Option<String>,
    /// Where a number or address that was just typed is changed.
    pub change_href: Option<String>,
    /// Where a backup code is typed instead.
    pub backup_href: Option<String>,
    /// For how many days this device can be remembered; 0 where it cannot. The field is `remember`.
    pub remember_days: u32,
    /// Where another way is chosen.
    pub choose_href: Option<String>,
    /// Where someone goes who can use none of them.
    pub help_href: Option<String>,
    /// What the resident should know first: sent again, delivered, replaced.
    pub notices: Vec<Message>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Code {
    /// The page for a code of this factor: six digits for ten minutes, nothing optional.
    #[must_use]
    pub fn new(factor: &FactorId, action: String, destination: String) -> Self {
        Self {
            action,
            kind: kind_of(factor),
            sent: format!("code-sent-{}", kind_of(factor)),
            destination,
            alphabet: Alphabet::Digits,
            length: 6,
            minutes: if matches!(factor, FactorId::Totp) { 0 } else { 10 },
            resend_action: None,
            voice_action: None,
            email_action: None,
            others: None,
            open_after: None,
            check_href: None,
            change_href: None,
            backup_href: None,
            remember_days: 0,
            choose_href: None,
            help_href: None,
            notices: Vec::new(),
            cancel: None,
            errors: Vec::new(),
        }
    }

    /// The page for the code that proves a contact (R17, R19); `destination` is the whole of it, as its owner knows it.
    #[must_use]
    pub fn set_up(factor: &FactorId, action: String, destination: String) -> Self {
        Self { sent: format!("code-sent-set-up-{}", kind_of(factor)), ..Self::new(factor, action, destination) }
    }
}

/// The ending of the texts' keys. What has a page of its own (backup codes, passkeys) gets the words of a code from
/// elsewhere, so that a page always has some.
fn kind_of(factor: &FactorId) -> String {
    match factor {
        FactorId::Email | FactorId::Sms | FactorId::Voice | FactorId::Totp => factor.to_string(),
        FactorId::Passkey | FactorId::Backup | FactorId::Remote(_) => "remote".to_owned(),
    }
}

impl Page for Code {
    const TEMPLATE: &'static str = "pages/code.html";
    const SCREEN: &'static str = "R6-R9";

    fn title(&self) -> Message {
        Message::new(format!("code-title-{}", self.kind))
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let page = |factor: &FactorId, destination: &str| Self {
            cancel: Some("/cancel?tx=sample".to_owned()),
            choose_href: Some("/mfa/method?tx=sample".to_owned()),
            ..Self::new(factor, "/mfa/code?tx=sample".to_owned(), destination.to_owned())
        };
        let resend = Some("/mfa/resend?tx=sample".to_owned());
        let email = Self { resend_action: resend.clone(), ..page(&FactorId::Email, "r***@example.org") };
        let sms = Self {
            resend_action: resend.clone(),
            voice_action: Some("/mfa/call?tx=sample".to_owned()),
            email_action: Some("/mfa/email?tx=sample".to_owned()),
            open_after: Some(30),
            check_href: Some("/mfa/code?tx=sample".to_owned()),
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            notices: vec![Message::new("notice-sent-again")],
            ..page(&FactorId::Sms, "900")
        };
        let delivered = Self {
            notices: vec![Message::new("notice-delivered-sms").with("time", sample_time())],
            others: Some("code-others-sms".to_owned()),
            open_after: None,
            check_href: None,
            ..sms.clone()
        };
        let failed = Self {
            notices: vec![Message::new("notice-not-delivered-sms")],
            others: Some("code-others-failed".to_owned()),
            ..delivered.clone()
        };
        let letters = Self {
            alphabet: Alphabet::Alnum,
            errors: vec![FieldError::new(
                "code",
                Message::new("error-code-length-alnum").with("length", 6).with("count", 5),
            )],
            ..sms.clone()
        };
        let voice = Self {
            resend_action: resend,
            change_href: Some("/setup/phone?tx=sample".to_owned()),
            ..page(&FactorId::Voice, "900")
        };
        let called = Self {
            notices: vec![Message::new("notice-delivered-voice").with("time", sample_time())],
            others: Some("code-others-voice".to_owned()),
            email_action: Some("/mfa/email?tx=sample".to_owned()),
            ..voice.clone()
        };
        let wrong = Self {
            remember_days: 1,
            errors: vec![FieldError::new("code", Message::new("error-code-wrong"))],
            ..email.clone()
        };
        let app = Self {
            backup_href: Some("/mfa/backup?tx=sample".to_owned()),
            remember_days: 30,
            ..page(&FactorId::Totp, "")
        };
        let bare = Self::new(&FactorId::Email, "/mfa/code?tx=sample".to_owned(), "r***@example.org".to_owned());
        let remote = page(&FactorId::Remote("smart-card".to_owned()), "");
        let set_up = |factor: &FactorId, destination: &str| Self {
            change_href: factor.is_by_phone().then(|| "/setup/phone?tx=sample".to_owned()),
            resend_action: Some("/setup/phone/resend?tx=sample".to_owned()),
            ..Self::set_up(factor, "/setup/phone/code?tx=sample".to_owned(), destination.to_owned())
        };
        let number = "+447700900900";
        let new_email = set_up(&FactorId::Email, "resident@example.org");
        let (new_sms, new_voice) = (set_up(&FactorId::Sms, number), set_up(&FactorId::Voice, number));
        vec![
            email, sms, letters, voice, app, wrong, bare, remote, new_email, new_sms, new_voice, delivered, failed,
            called,
        ]
    }
}

/// R13: ask for another code. Showing it sends nothing; its form does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resend {
    /// Where the form posts to.
    pub action: String,
    kind: String,
    /// The masked address, or the last three digits of the number.
    pub destination: String,
    /// When another code may be asked for, if not now.
    pub again_at: Option<ClockTime>,
    /// What the resident should know first, for example that the code sent another way has not arrived.
    pub notices: Vec<Message>,
    /// Where another way is chosen.
    pub choose_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Resend {
    /// The page for this factor.
    #[must_use]
    pub fn new(factor: &FactorId, action: String, destination: String) -> Self {
        Self {
            action,
            kind: kind_of(factor),
            destination,
            again_at: None,
            notices: Vec::new(),
            choose_href: None,
            cancel: None,
        }
    }
}

impl Page for Resend {
    const TEMPLATE: &'static str = "pages/resend.html";
    const SCREEN: &'static str = "R13";

    fn title(&self) -> Message {
        Message::new("resend-title")
    }

    fn samples() -> Vec<Self> {
        let page = |factor, destination: &str| Self {
            choose_href: Some("/mfa/method?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::new(&factor, "/mfa/resend?tx=sample".to_owned(), destination.to_owned())
        };
        vec![
            page(FactorId::Email, "r***@example.org"),
            Self {
                notices: vec![Message::new("notice-not-delivered-sms")],
                ..page(FactorId::Email, "r***@example.org")
            },
            Self { again_at: Some(sample_time()), ..page(FactorId::Sms, "900") },
            page(FactorId::Voice, "900"),
            page(FactorId::Remote("smart-card".to_owned()), ""),
        ]
    }
}

fn sample_time() -> ClockTime {
    let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    ClockTime::at(at(1_790_934_120), at(1_790_930_000))
}

/// Why somebody has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LockCause {
    /// Too many wrong codes.
    Codes,
    /// Too many codes asked for.
    Sends,
    /// Too many wrong passwords.
    Passwords,
}

/// R14: wait until a stated time. It is answered with 429 and `Retry-After`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Locked {
    /// Why.
    pub cause: LockCause,
    /// Until when.
    pub reopens: ClockTime,
    /// Where somebody goes on who has waited.
    pub again_href: Option<String>,
    /// Whom to ask, in words; without it there is a link to the help page.
    pub contact: Option<String>,
    /// Another way that is still open: another method, or a new password.
    pub other_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Page for Locked {
    const TEMPLATE: &'static str = "pages/locked.html";
    const SCREEN: &'static str = "R14";

    fn title(&self) -> Message {
        Message::new(match self.cause {
            LockCause::Codes => "locked-title-codes",
            LockCause::Sends => "locked-title-sends",
            LockCause::Passwords => "locked-title-passwords",
        })
    }

    fn samples() -> Vec<Self> {
        let page = |cause| Self {
            cause,
            reopens: sample_time(),
            again_href: Some("/mfa/code?tx=sample".to_owned()),
            contact: None,
            other_href: Some("/mfa/method?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
        };
        vec![
            page(LockCause::Codes),
            Self { contact: Some("01632 960000".to_owned()), ..page(LockCause::Sends) },
            Self { again_href: None, other_href: None, ..page(LockCause::Passwords) },
        ]
    }
}
