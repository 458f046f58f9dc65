//! The command line: `serve`, `demo`, and what an operator does without the console. One file for each command.
//!
//! A command reads its arguments, opens the store, calls one verb and prints. Running nodes notice within a second. What
//! changes something leaves an event of the operator in the audit trail.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. Data goes to standard output, words about failures to
//! standard error. `--config FILE` and `--json` are understood by every command.

mod admin;
mod audit;
mod charges;
mod client;
mod config;
mod conflict;
mod demo;
mod desk;
mod doctor;
mod failure;
mod keys;
mod link;
mod messages;
mod migrate;
mod organisation;
mod output;
mod policy;
mod serve;
mod stand_ins;
mod tariff;
mod themes;
mod user;

use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use failure::Failure;
pub(crate) use output::say;

#[derive(Debug, Parser)]
#[command(
    name = "idp",
    version,
    about = "OpenID Connect identity provider with second factors",
    disable_help_subcommand = true
)]
struct Line {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Clone, Debug, Default, Args)]
struct Common {
    /// The configuration file; every key can also be set by the environment
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print data as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a node
    Serve,
    /// Run everything for trying out, with a portal and an inbox, and nothing to set up
    Demo(demo::Demo),
    /// Run stand-ins for Google and Facebook, for trying out a provider on this machine
    StandIns(stand_ins::StandIns),
    /// Bring the database up to this release
    Migrate,
    /// Check or document the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// Register and change client apps
    #[command(subcommand)]
    Client(client::Client),
    /// Add, list and remove short addresses for forms
    #[command(subcommand)]
    Link(link::Links),
    /// Add and look after accounts
    #[command(subcommand)]
    User(user::User),
    /// Decide about addresses that a back office pushed and somebody else signs in with
    #[command(subcommand)]
    Conflict(conflict::Conflicts),
    /// Invite administrators
    #[command(subcommand)]
    Admin(admin::Admin),
    /// List, rotate and revoke signing keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Set up, check and try the senders of messages
    #[command(subcommand)]
    Messages(messages::Messages),
    /// Check the audit trail
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Say who is charged for messages and calls
    #[command(subcommand)]
    Organisation(organisation::Organisations),
    /// Set what messages and calls cost
    #[command(subcommand)]
    Tariff(tariff::Tariff),
    /// Set how many messages are free in a year
    #[command(subcommand)]
    Allowance(tariff::Allowance),
    /// Set what a client app may spend
    #[command(subcommand)]
    SpendCap(organisation::SpendCaps),
    /// Show, export and correct what was sent and charged
    #[command(subcommand)]
    Charges(charges::Charges),
    /// Say what works and what does not
    Doctor(doctor::Doctor),
    /// Check themes of your own
    #[command(subcommand)]
    Themes(themes::Themes),
}

/// Runs one command and says how it ended.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match Line::try_parse_from(args) {
        Ok(line) => line,
        Err(error) => {
            // Help and version come this way too, and are no errors.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match dispatch(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure.to_string());
            ExitCode::from(failure.code())
        }
    }
}

fn dispatch(Line { common, command }: Line) -> Result<(), Failure> {
    match command {
        Command::Serve => serve::run(&common),
        Command::Demo(demo) => demo.run(),
        Command::StandIns(stand_ins) => stand_ins.run(),
        Command::Migrate => wait_for(migrate::run(&common)),
        Command::Config(command) => command.run(&common),
        Command::Client(command) => wait_for(command.run(&common)),
        Command::Link(command) => wait_for(command.run(&common)),
        Command::User(command) => wait_for(command.run(&common)),
        Command::Conflict(command) => wait_for(command.run(&common)),
        Command::Admin(command) => wait_for(command.run(&common)),
        Command::Keys(command) => wait_for(command.run(&common)),
        Command::Messages(command) => wait_for(command.run(&common)),
        Command::Audit(command) => wait_for(command.run(&common)),
        Command::Organisation(command) => wait_for(command.run(&common)),
        Command::Tariff(command) => wait_for(command.run(&common)),
        Command::Allowance(command) => wait_for(command.run(&common)),
        Command::SpendCap(command) => wait_for(command.run(&common)),
        Command::Charges(command) => wait_for(command.run(&common)),
        Command::Doctor(command) => wait_for(command.run(&common)),
        Command::Themes(command) => command.run(&common),
    }
}

/// Runs a short command: one thread is enough for it.
fn wait_for(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(command)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Line::command().debug_assert();
    }

    #[test]
    fn common_options_may_stand_before_and_behind_the_command() {
        for line in ["idp --json --config a.toml keys list", "idp keys list --json --config a.toml"] {
            let line = Line::try_parse_from(line.split(' ')).expect("parsed");
            assert!(line.common.json);
            assert_eq!(line.common.config, Some(PathBuf::from("a.toml")));
        }
    }
}
