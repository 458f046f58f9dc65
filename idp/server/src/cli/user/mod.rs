//! `idp user`: add accounts and look after them.

mod add;
mod care;
mod given;
mod import;
mod invite;
mod recovery;

use clap::{Args, Subcommand};
use idp_core::account::EmailAddress;
use idp_core::policy::UserClass;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account, or many
    Add(Box<add::Add>),
    /// Bring people in from another system, from a file
    Import(import::Import),
    /// Compare people here with a later file of the system that they came from, and write nothing
    ParallelRun(import::parallel::ParallelRun),
    /// Show an account
    Show(Shown),
    /// Refuse every sign-in, and end what is under way
    Lock(Who),
    /// Take sign-ins again, and forget failed guesses at the password
    Unlock(Who),
    /// Take away every second factor, and end every session and grant
    ResetMfa(WithReason),
    /// End an account for good: its owner has died or moved away. Its address and number can be used again
    End(WithReason),
    /// End every session and grant
    EndSessions(Who),
    /// Invite somebody who has no password to choose one
    Invite(WithReason),
    /// See who waits for a lost second factor to be taken away
    #[command(subcommand)]
    Recovery(recovery::Recovery),
}

/// Whose account.
#[derive(Debug, Args)]
pub struct Who {
    /// The address that the person signs in with
    #[arg(long, value_parser = email)]
    email: EmailAddress,
    /// `resident` or `staff`
    #[arg(long, value_parser = class, default_value = "resident")]
    class: UserClass,
}

/// Which account is shown.
#[derive(Debug, Args)]
pub struct Shown {
    /// The address that the person signs in with. An account that has ended has none
    #[arg(long, value_parser = email, required_unless_present = "sub", conflicts_with = "sub")]
    email: Option<EmailAddress>,
    /// Its subject, by which one that has ended is found too
    // A subject may begin with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    sub: Option<String>,
    /// `resident` or `staff`, with --email
    #[arg(long, value_parser = class, default_value = "resident")]
    class: UserClass,
}

/// Whose account, and why.
#[derive(Debug, Args)]
pub struct WithReason {
    #[command(flatten)]
    who: Who,
    /// Why, for the audit trail: who asked, and how you made sure who it is
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// A reason as it is kept.
///
/// # Errors
/// It is empty or too long.
pub fn reason(text: &str) -> Result<String, String> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err("say why".to_owned());
    }
    if reason.chars().count() > LONGEST_REASON {
        return Err(format!("at most {LONGEST_REASON} characters"));
    }
    Ok(reason.to_owned())
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|problem| problem.to_string())
}

fn class(text: &str) -> Result<UserClass, String> {
    match text {
        "resident" => Ok(UserClass::Resident),
        "staff" => Ok(UserClass::Staff),
        _ => Err("use resident or staff".to_owned()),
    }
}

impl User {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such account, or a rule refuses what was asked for.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::Add(add) => add.run(&desk).await,
            Self::Import(import) => import.run(&desk).await,
            Self::ParallelRun(run) => run.run(&desk).await,
            Self::Show(shown) => care::show(&desk, shown).await,
            Self::Lock(who) => care::lock(&desk, who).await,
            Self::Unlock(who) => care::unlock(&desk, who).await,
            Self::ResetMfa(what) => care::reset_mfa(&desk, what).await,
            Self::End(what) => care::end(&desk, what).await,
            Self::Invite(what) => invite::invite(&desk, what).await,
            Self::EndSessions(who) => care::end_sessions(&desk, who).await,
            Self::Recovery(recovery) => recovery.run(&desk).await,
        }
    }
}
