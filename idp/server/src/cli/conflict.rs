//! `idp conflict`: addresses that a back office pushed for one person while another signs in with them.

use clap::{Args, Subcommand, ValueEnum};
use idp_core::account::EmailAddress;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::table;
use crate::store::accounts;
use crate::store::contact_conflicts::Conflict;
use crate::sync::conflict::{self, Decision};
use crate::sync::{By, SyncError};

/// The most conflicts that are listed at once.
const MOST: i64 = 1000;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Conflicts {
    /// List the addresses that wait for a decision, and who signs in with them
    List,
    /// Decide about an address, once
    Decide(Decide),
}

/// A decision.
#[derive(Debug, Args)]
pub struct Decide {
    /// The conflict
    #[arg(long)]
    id: Uuid,
    /// What is decided
    #[arg(long, value_enum)]
    decision: Verdict,
    /// With `sign_in_name`: the name, in the form of an email address, which need not be one
    #[arg(long, value_name = "NAME", value_parser = name, required_if_eq("decision", "sign_in_name"))]
    sign_in_name: Option<EmailAddress>,
    /// Why, for the audit trail: who asked, and how you made sure who it is
    #[arg(long, value_name = "TEXT", value_parser = super::user::reason)]
    reason: String,
}

/// What can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Verdict {
    /// Who has the address is that person: their account is the person's from now on, and they are told
    SamePerson,
    /// The person does not get the address
    Refuse,
    /// The person gets the address for messages and signs in by another name
    SignInName,
}

fn name(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|problem| problem.to_string())
}

impl Conflicts {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such conflict, it is decided, or a rule refuses the decision.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::List => list(&desk).await,
            Self::Decide(decision) => decide(&desk, decision).await,
        }
    }
}

async fn list(desk: &Desk) -> Result<(), Failure> {
    let waiting = conflict::waiting(&desk.db, None, MOST).await?;
    let mut rows = Vec::new();
    for conflict in &waiting {
        let holder = accounts::by_id(&mut desk.db.read().await?, conflict.holder, "").await?;
        let name = holder.as_ref().and_then(|holder| holder.profile.get("name")?.as_str().map(str::to_owned));
        rows.push((conflict, holder.map(|holder| holder.sub).unwrap_or_default(), name));
    }
    let value: Value = rows.iter().map(|(conflict, sub, name)| as_json(conflict, sub, name.as_deref())).collect();
    desk.print(&value, || {
        if rows.is_empty() {
            return "No address waits for a decision.".to_owned();
        }
        let cells = rows.iter().map(|(conflict, sub, name)| {
            let holder = name.as_ref().map_or_else(|| sub.clone(), |name| format!("{name} ({sub})"));
            let (client, person) = (conflict.client.clone(), conflict.external_id.clone());
            [conflict.id.to_string(), client, person, conflict.wanted.clone(), holder]
        });
        table(["ID", "CLIENT", "PERSON", "ADDRESS", "WHO SIGNS IN WITH IT"], &cells.collect::<Vec<_>>())
    });
    Ok(())
}

fn as_json(conflict: &Conflict, sub: &str, name: Option<&str>) -> Value {
    json!({
        "id": conflict.id,
        "client": conflict.client,
        "external_id": conflict.external_id,
        "email": conflict.wanted,
        "opened_at": conflict.opened_at,
        "holder": { "sub": sub, "name": name },
    })
}

async fn decide(desk: &Desk, Decide { id, decision, sign_in_name, reason }: Decide) -> Result<(), Failure> {
    let decision = match (decision, sign_in_name) {
        (Verdict::SignInName, Some(name)) => Decision::SignInName(name),
        (Verdict::SamePerson, None) => Decision::SamePerson,
        (Verdict::Refuse, None) => Decision::Refuse,
        (Verdict::SignInName, None) => return Err(Failure::usage("--decision sign_in_name needs --sign-in-name")),
        (_, Some(_)) => return Err(Failure::usage("--sign-in-name goes with --decision sign_in_name")),
    };
    let mut event = desk.event("contact.conflict_decided");
    event.details = json!({ "reason": reason });
    let lang = desk.config.policy.defaults.default_locale.unwrap_or_default().as_str().to_owned();
    let by = By { random: desk.random.clone(), staff: true, lang, event };
    let decided = conflict::decide(&desk.db, by, id, None, decision.clone()).await.map_err(|error| match error {
        SyncError::Store(error) => error.into(),
        other => Failure::failed(other.to_string()),
    })?;
    let value = json!({ "id": decided.id, "external_id": decided.external_id, "decision": decision.as_str() });
    desk.print(&value, || match decision {
        Decision::SamePerson => {
            format!("{} is who signs in with {}. They are told.", decided.external_id, decided.wanted)
        }
        Decision::Refuse => format!("{} does not get {}.", decided.external_id, decided.wanted),
        Decision::SignInName(name) => {
            format!("{} signs in as {} and gets messages at {}.", decided.external_id, name.as_str(), decided.wanted)
        }
    });
    Ok(())
}
