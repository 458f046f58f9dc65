//! The screens: one typed context each, with the samples that show all of it.

pub mod account;
pub mod admin_invite;
pub mod backup;
pub mod code;
pub mod consent;
pub mod create;
pub mod dead_link;
pub mod deletion;
pub mod error;
pub mod forgot;
pub mod form_post;
pub mod inbox;
pub mod information;
pub mod mailed_code;
pub mod method;
pub mod no_way;
pub mod other_ways;
pub mod passkey;
pub mod phone;
pub mod question;
pub mod recovery;
pub mod session;
pub mod setup;
pub mod sign_in;
pub mod terms;

use super::Page;
use super::frame::{ClientFace, Frame};
use super::lang::Lang;

/// Something to do with every kind of screen.
pub trait Visitor {
    /// What makes it stop.
    type Error;

    /// Does it with one kind of screen.
    ///
    /// # Errors
    /// Whatever the visitor refuses.
    fn visit<P: Page>(&mut self) -> Result<(), Self::Error>;
}

/// Shows every kind of screen to the visitor.
///
/// # Errors
/// The visitor's first error.
pub fn every_screen<V: Visitor>(visitor: &mut V) -> Result<(), V::Error> {
    visitor.visit::<sign_in::SignIn>()?;
    visitor.visit::<sign_in::ChooseAccount>()?;
    visitor.visit::<sign_in::Password>()?;
    visitor.visit::<sign_in::Confirm>()?;
    visitor.visit::<method::Method>()?;
    visitor.visit::<code::Code>()?;
    visitor.visit::<backup::Backup>()?;
    visitor.visit::<backup::BackupCodes>()?;
    visitor.visit::<code::Resend>()?;
    visitor.visit::<question::Question>()?;
    visitor.visit::<question::NotAsked>()?;
    visitor.visit::<passkey::UsePasskey>()?;
    visitor.visit::<passkey::PasskeyFailed>()?;
    visitor.visit::<passkey::MakePasskey>()?;
    visitor.visit::<passkey::PasskeyMade>()?;
    visitor.visit::<code::Locked>()?;
    visitor.visit::<forgot::Forgot>()?;
    visitor.visit::<mailed_code::ForgotCode>()?;
    visitor.visit::<forgot::NewPassword>()?;
    visitor.visit::<forgot::AccountLocked>()?;
    visitor.visit::<recovery::CannotUse>()?;
    visitor.visit::<recovery::RecoveryCode>()?;
    visitor.visit::<recovery::RecoveryOpened>()?;
    visitor.visit::<recovery::StopRecovery>()?;
    visitor.visit::<recovery::Stopped>()?;
    visitor.visit::<setup::Setup>()?;
    visitor.visit::<phone::Phone>()?;
    visitor.visit::<setup::App>()?;
    visitor.visit::<setup::Done>()?;
    visitor.visit::<other_ways::FederationFailed>()?;
    visitor.visit::<other_ways::Guest>()?;
    visitor.visit::<create::Create>()?;
    visitor.visit::<mailed_code::CreateCode>()?;
    visitor.visit::<create::CreatePassword>()?;
    visitor.visit::<create::CreatePasskey>()?;
    visitor.visit::<create::CreateDetails>()?;
    visitor.visit::<create::CreateDone>()?;
    visitor.visit::<create::CheckDetails>()?;
    visitor.visit::<create::Link>()?;
    visitor.visit::<terms::Terms>()?;
    visitor.visit::<consent::Consent>()?;
    visitor.visit::<session::SignOut>()?;
    visitor.visit::<session::SignedOut>()?;
    visitor.visit::<session::StillSignedIn>()?;
    visitor.visit::<session::Expired>()?;
    visitor.visit::<dead_link::DeadLink>()?;
    visitor.visit::<error::RequestProblem>()?;
    visitor.visit::<error::HttpProblem>()?;
    visitor.visit::<error::Unavailable>()?;
    visitor.visit::<error::TurnOnCookies>()?;
    visitor.visit::<form_post::FormPost>()?;
    visitor.visit::<no_way::NoWay>()?;
    visitor.visit::<inbox::Inbox>()?;
    visitor.visit::<information::Cookies>()?;
    visitor.visit::<information::Information>()?;
    visitor.visit::<account::Account>()?;
    visitor.visit::<account::contact::NewEmail>()?;
    visitor.visit::<account::contact::NewPhone>()?;
    visitor.visit::<account::password::NewPassword>()?;
    visitor.visit::<account::security::Security>()?;
    visitor.visit::<account::passkey::PasskeyName>()?;
    visitor.visit::<account::identity::LinkIdentity>()?;
    visitor.visit::<account::data::Data>()?;
    visitor.visit::<deletion::Deletion>()?;
    visitor.visit::<account::sessions::Sessions>()?;
    visitor.visit::<account::activity::Activity>()?;
    visitor.visit::<account::apps::Apps>()?;
    visitor.visit::<account::confirm::Confirm>()?;
    visitor.visit::<account::undo::Undo>()?;
    visitor.visit::<admin_invite::Invite>()?;
    visitor.visit::<admin_invite::InviteApp>()?;
    visitor.visit::<admin_invite::InviteDone>()
}

/// The frame that samples are shown in.
#[must_use]
pub fn sample_frame(lang: Lang) -> Frame {
    Frame {
        lang,
        languages: Lang::ALL.to_vec(),
        theme: "default".to_owned(),
        wording: "default".to_owned(),
        council: "Anytown Council".to_owned(),
        own_service: "Your account".to_owned(),
        client: Some(ClientFace { name: "Report a missed bin".to_owned(), ..ClientFace::default() }),
        csrf: Some("sample-token".to_owned()),
        back: Some("/sign-in?tx=sample".to_owned()),
        banner: None,
        here: "/sample?tx=sample".to_owned(),
        answers_form: false,
        signed_in: false,
        reference: "0197f2a4-6d3c-7c11-9b6e-5d1f0c8a7e42".to_owned(),
    }
}
