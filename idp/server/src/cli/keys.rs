//! `idp keys`: the signing keys.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::{print, table};
use crate::app::App;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::jobs;
use crate::keys::rotation::{Occasion, State, StoredKey};
use crate::store::signing_keys;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys and where they are in their lives
    List,
    /// Make new keys: published now, signing when relying parties have had time to fetch them
    Rotate(Rotate),
    /// Take a key out of use at once; its tokens are refused
    Revoke(Revoke),
}

/// How to rotate.
#[derive(Clone, Copy, Debug, Args)]
pub struct Rotate {
    /// Sign with the new keys at once, although relying parties have not seen them
    #[arg(long)]
    now: bool,
}

/// What to revoke.
#[derive(Debug, Args)]
pub struct Revoke {
    /// The key's `kid`
    #[arg(allow_hyphen_values = true)]
    kid: String,
}

impl Keys {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such key, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        match self {
            Self::List => {
                let desk = Desk::open(common).await?;
                show(common, &signing_keys::all(&mut desk.db.read().await?).await?);
            }
            Self::Rotate(Rotate { now }) => {
                let app = app(common).await?;
                app.rotate_keys(if now { Occasion::CommandNow } else { Occasion::Command }).await?;
                show(common, &signing_keys::all(&mut app.db.read().await?).await?);
            }
            Self::Revoke(Revoke { kid }) => {
                let app = app(common).await?;
                if !jobs::revoke_key(&app, &kid).await? {
                    return Err(Failure::failed(format!("there is no key {kid}, or it is revoked already")));
                }
                show(common, &signing_keys::all(&mut app.db.read().await?).await?);
            }
        }
        Ok(())
    }
}

async fn app(common: &Common) -> Result<App, Failure> {
    let config = Config::load(common.config.as_deref())?;
    Ok(App::start(config, Clock::system(), Random::default()).await?)
}

fn state(key: &StoredKey) -> &'static str {
    match key.state() {
        State::Next => "next",
        State::Active(_) => "active",
        State::Retired(_) => "retired",
        State::Revoked(_) => "revoked",
    }
}

fn as_json(key: &StoredKey) -> Value {
    json!({
        "kid": key.kid,
        "alg": key.alg,
        "state": state(key),
        "created_at": key.created_at,
        "published_at": key.published_at,
        "active_from": key.active_from,
        "retired_at": key.retired_at,
        "revoked_at": key.revoked_at,
    })
}

fn show(common: &Common, keys: &[StoredKey]) {
    let row = |key: &StoredKey| {
        let since = match key.state() {
            State::Next => key.published_at,
            State::Active(at) | State::Retired(at) | State::Revoked(at) => at,
        };
        [key.kid.clone(), key.alg.to_string(), state(key).to_owned(), since.format("%Y-%m-%d %H:%M").to_string()]
    };
    print(common.json, &keys.iter().map(as_json).collect::<Vec<_>>(), || {
        table(["KID", "ALG", "STATE", "SINCE (UTC)"], &keys.iter().map(row).collect::<Vec<_>>())
    });
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::Revoke;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        revoke: Revoke,
        #[arg(long)]
        json: bool,
    }

    #[test]
    fn a_kid_may_begin_with_a_hyphen_as_base64url_does() {
        for kid in ["-0lIugmF", "-hIa", "-V_a", "--ab"] {
            let line = Line::try_parse_from(["revoke", kid, "--json"]).unwrap();
            assert_eq!((line.revoke.kid.as_str(), line.json), (kid, true));
        }
    }
}
