//! Asking before something is taken away: part of R42 to R45.

use serde::Serialize;

use crate::page::{Message, Page};

/// What is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Removing the authenticator app.
    #[default]
    RemoveApp,
    /// Removing the phone number.
    RemovePhone,
    /// Removing a passkey.
    RemovePasskey,
    /// Doing without a name that came with an account that was joined.
    RemoveName,
    /// Unlinking a sign-in at an identity provider.
    Unlink,
    /// Making new backup codes.
    NewCodes,
    /// Making the first backup codes.
    FirstCodes,
    /// Forgetting a remembered browser.
    ForgetDevice,
    /// Forgetting every remembered browser.
    ForgetDevices,
    /// Ending one session.
    EndSession,
    /// Ending every session.
    Everywhere,
    /// Disowning a sign-in.
    NotMe,
    /// Stopping to share with a service.
    StopSharing,
    /// Closing the account.
    CloseAccount,
}

impl Question {
    const ALL: [Self; 14] = [
        Self::RemoveApp,
        Self::RemovePhone,
        Self::RemovePasskey,
        Self::RemoveName,
        Self::Unlink,
        Self::NewCodes,
        Self::FirstCodes,
        Self::ForgetDevice,
        Self::ForgetDevices,
        Self::EndSession,
        Self::Everywhere,
        Self::NotMe,
        Self::StopSharing,
        Self::CloseAccount,
    ];

    const fn key(self) -> &'static str {
        match self {
            Self::RemoveApp => "remove-app",
            Self::RemovePhone => "remove-phone",
            Self::RemovePasskey => "remove-passkey",
            Self::RemoveName => "remove-name",
            Self::Unlink => "unlink",
            Self::NewCodes => "new-codes",
            Self::FirstCodes => "first-codes",
            Self::ForgetDevice => "forget-device",
            Self::ForgetDevices => "forget-devices",
            Self::EndSession => "end-session",
            Self::Everywhere => "everywhere",
            Self::NotMe => "not-me",
            Self::StopSharing => "stop-sharing",
            Self::CloseAccount => "close-account",
        }
    }
}

/// A question with one button, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confirm {
    /// The question.
    pub question: Question,
    /// Where the form posts to.
    pub action: String,
    /// What it is about.
    pub about: Option<Message>,
    /// What else comes of it.
    pub also: Option<Message>,
    /// Why it cannot be done.
    pub refused: Option<Message>,
}

impl Page for Confirm {
    const TEMPLATE: &'static str = "pages/account-confirm.html";
    const SCREEN: &'static str = "R42-R45";

    fn title(&self) -> Message {
        Message::new(format!("account-ask-{}-title", self.question.key()))
    }

    fn samples() -> Vec<Self> {
        let ask = |question| Self { question, action: "/account/sample".to_owned(), ..Self::default() };
        let mut samples = Question::ALL.map(ask).to_vec();
        let named = |name: &str| Some(Message::new("device-named").with("name", name));
        samples.push(Self { about: named("Anytown Libraries"), ..ask(Question::StopSharing) });
        let also = Some(Message::new("account-codes-go-too"));
        samples.push(Self { about: named("My phone"), also, ..ask(Question::RemovePasskey) });
        let why = Message::new("account-refused-needed").with("portal", "Report a missed bin");
        samples.push(Self { refused: Some(why), ..ask(Question::RemoveApp) });
        let again = Some(Message::new("account-refused-codes-again"));
        samples.push(Self { refused: again, ..ask(Question::NewCodes) });
        let last = Some(Message::new("account-identity-last"));
        samples.push(Self { refused: last, about: named("Google: resident@gmail.com"), ..ask(Question::Unlink) });
        let last = Some(Message::new("account-passkey-last"));
        samples.push(Self { refused: last, about: named("My phone"), ..ask(Question::RemovePasskey) });
        let managed = Some(Message::new("account-close-managed").with("portal", "Report a missed bin"));
        samples.push(Self { refused: managed, ..ask(Question::CloseAccount) });
        let role = Some(Message::new("account-close-administrator"));
        samples.push(Self { refused: role, ..ask(Question::CloseAccount) });
        samples
    }
}
