//! `idp organisation` and `idp spend-cap`: who is charged, and when sending has to stop.

use clap::{Args, Subcommand};
use idp_core::metering::Money;
use idp_core::metering::spend::SpendCap;
use idp_core::metering::tariff::is_name;
use serde_json::json;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::table;
use crate::store::organisations::{self, Organisation};
use crate::store::spend;

/// The commands about organisations.
#[derive(Debug, Subcommand)]
pub enum Organisations {
    /// Add an organisation: a council, or a part of one that is charged by itself
    Add(AddOrganisation),
    /// List the organisations
    List,
}

/// An organisation.
#[derive(Debug, Args)]
pub struct AddOrganisation {
    /// Its id: lower-case letters, digits and -
    #[arg(long)]
    id: String,
    /// Its name, as statements say it
    #[arg(long)]
    name: String,
}

impl Organisations {
    /// Runs the command.
    ///
    /// # Errors
    /// The id is taken, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::Add(AddOrganisation { id, name }) => add(&desk, id, name.trim().to_owned()).await,
            Self::List => {
                let all = organisations::all(&mut desk.db.read().await?).await?;
                let cells =
                    |one: &Organisation| [one.id.clone(), one.name.clone(), one.created_at.date_naive().to_string()];
                desk.print(&all, || table(["ID", "NAME", "SINCE"], &all.iter().map(cells).collect::<Vec<_>>()));
                Ok(())
            }
        }
    }
}

async fn add(desk: &Desk, id: String, name: String) -> Result<(), Failure> {
    if !is_name(&id) {
        return Err(Failure::usage("--id must have 1 to 40 lower-case letters, digits or -"));
    }
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Failure::usage("--name must have 1 to 100 characters"));
    }
    let organisation = Organisation { id, name, created_at: desk.clock.now() };
    let mut event = desk.event("organisation.created");
    event.details = json!({ "id": organisation.id, "name": organisation.name });
    let new = organisation.clone();
    let added = desk
        .db
        .write(move |tx| {
            Box::pin(async move {
                let added = organisations::insert(tx, new).await?;
                if added {
                    tx.audit(event);
                }
                Ok(added)
            })
        })
        .await?;
    if !added {
        return Err(Failure::failed(format!("there is an organisation {} already", organisation.id)));
    }
    desk.print(&organisation, || format!("The organisation {} is added.", organisation.id));
    Ok(())
}

/// The commands about caps.
#[derive(Debug, Subcommand)]
pub enum SpendCaps {
    /// Add a cap or change it; policies name it in `spend_cap`
    Set(SetCap),
    /// List the caps
    List,
}

/// A cap.
#[derive(Debug, Args)]
pub struct SetCap {
    /// Its name: lower-case letters, digits and -
    #[arg(long)]
    name: String,
    /// The most in a day, in pounds; no cap on a day, if none is given
    #[arg(long, allow_hyphen_values = true, required_unless_present = "monthly")]
    daily: Option<Money>,
    /// The most in a month, in pounds; no cap on a month, if none is given
    #[arg(long, allow_hyphen_values = true)]
    monthly: Option<Money>,
}

impl SpendCaps {
    /// Runs the command.
    ///
    /// # Errors
    /// The cap has no name, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::Set(SetCap { name, daily, monthly }) => set(&desk, SpendCap { name, daily, monthly }).await,
            Self::List => {
                let all = spend::caps(&mut desk.db.read().await?).await?;
                show(&desk, &all);
                Ok(())
            }
        }
    }
}

async fn set(desk: &Desk, cap: SpendCap) -> Result<(), Failure> {
    if !cap.is_valid() {
        return Err(Failure::usage("--name must have 1 to 40 lower-case letters, digits or -"));
    }
    let (new, now, mut event) = (cap.clone(), desk.clock.now(), desk.event("spend_cap.changed"));
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                event.details = json!({ "before": spend::cap(tx, &new.name).await?, "after": new });
                spend::set_cap(tx, new, now).await?;
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    show(desk, &[cap]);
    Ok(())
}

fn show(desk: &Desk, caps: &[SpendCap]) {
    let money = |money: Option<Money>| money.map_or_else(|| "none".to_owned(), |money| money.to_string());
    let cells = |cap: &SpendCap| [cap.name.clone(), money(cap.daily), money(cap.monthly)];
    desk.print(&caps, || table(["NAME", "A DAY (GBP)", "A MONTH (GBP)"], &caps.iter().map(cells).collect::<Vec<_>>()));
}
