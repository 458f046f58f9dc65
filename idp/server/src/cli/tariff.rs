//! `idp tariff` and `idp allowance`: what messages and calls cost, and how many are free.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use idp_core::metering::allowance::AllowanceRow;
use idp_core::metering::tariff::STANDARD_PLANS;
use idp_core::metering::{Channel, Money, Prefix, TariffRow, Unit, london};
use serde_json::json;
use uuid::Uuid;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::table;
use crate::audit::AuditEvent;
use crate::store::tariffs::{self, NotAdded};
use crate::store::{StoreError, Tx};

/// The commands about prices.
#[derive(Debug, Subcommand)]
pub enum Tariff {
    /// Add a price from a day on; a price is never edited
    Add(AddPrice),
    /// Add all prices of a plan that a preset names: resale, own-account or notify-allowance
    AddStandard(AddStandard),
    /// List every price of every plan
    List,
}

/// A price.
#[derive(Debug, Args)]
pub struct AddPrice {
    /// The plan, as policies name it in `tariff_plan`
    #[arg(long)]
    plan: String,
    /// `sms`, `voice` or `email`
    #[arg(long)]
    channel: Channel,
    /// The numbers: * for all, or the first digits, like +44; the longest that fits counts
    #[arg(long, default_value = "*")]
    prefix: Prefix,
    /// What the price is for: `message` or `part` of a text, `call`; the first that the channel has, if none is given
    #[arg(long)]
    unit: Option<Unit>,
    /// In pounds, with up to six decimals
    #[arg(long, allow_hyphen_values = true)]
    price: Money,
    /// The first day, in London, on which it counts; today, if none is given
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
}

/// A plan that is known by name.
#[derive(Debug, Args)]
pub struct AddStandard {
    /// The plan
    #[arg(value_parser = STANDARD_PLANS.map(|plan| plan.name))]
    plan: String,
    /// The first day, in London, on which it counts; today, if none is given
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
}

/// The commands about free messages.
#[derive(Debug, Subcommand)]
pub enum Allowance {
    /// Give a plan free messages (or parts, if texts are priced by the part) from a financial year on
    Add(AddAllowance),
    /// List the allowances, and what is gone of this year's
    List,
}

/// Free messages.
#[derive(Debug, Args)]
pub struct AddAllowance {
    /// The plan
    #[arg(long)]
    plan: String,
    /// How many in each financial year
    #[arg(long, allow_hyphen_values = true)]
    free: i64,
    /// 1 April of the first year
    #[arg(long, value_name = "YYYY-04-01")]
    from: NaiveDate,
}

impl From<NotAdded> for Failure {
    fn from(error: NotAdded) -> Self {
        match error {
            NotAdded::Store(error) => error.into(),
            NotAdded::Tariff(problem) => Self::usage(problem.to_string()),
            NotAdded::Allowance(problem) => Self::usage(problem.to_string()),
        }
    }
}

impl Tariff {
    /// Runs the command.
    ///
    /// # Errors
    /// A rule refuses the price, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        let today = london::date(desk.clock.now());
        match self {
            Self::Add(new) => {
                let unit = new.unit.or_else(|| new.channel.units().first().copied()).unwrap_or(Unit::Message);
                let (plan, from) = (new.plan, new.from.unwrap_or(today));
                let (channel, prefix, unit_price) = (new.channel, new.prefix, new.price);
                add(&desk, vec![TariffRow { id: Uuid::nil(), plan, channel, prefix, unit, unit_price, from }]).await
            }
            Self::AddStandard(AddStandard { plan, from }) => {
                let standard = STANDARD_PLANS.iter().find(|standard| standard.name == plan);
                let mut rows = standard.map(|standard| standard.rows(from.unwrap_or(today))).unwrap_or_default();
                // The first client that names the plan brought it along already: what is there is not added again.
                let there = tariffs::prices_of(&mut desk.db.read().await?, &plan).await?;
                rows.retain(|row| !there.iter().any(|other| TariffRow { id: row.id, ..other.clone() } == *row));
                add(&desk, rows).await
            }
            Self::List => {
                let rows = tariffs::prices(&mut desk.db.read().await?).await?;
                show(&desk, &rows);
                Ok(())
            }
        }
    }
}

/// Adds the standard plan that a policy names, where nobody has: with the write that keeps the policy.
#[derive(Debug)]
pub struct Adoption {
    /// The policy's plan.
    pub plan: Option<String>,
    ids: [Uuid; 3],
    event: AuditEvent,
}

impl Adoption {
    /// For a policy with this plan.
    #[must_use]
    pub fn of(desk: &Desk, plan: Option<String>) -> Self {
        let event = desk.event("tariff.added");
        Self { plan, ids: [(); 3].map(|()| desk.random.uuid(event.at)), event }
    }

    /// Part of the write.
    ///
    /// # Errors
    /// The store fails.
    pub async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let Some(plan) = self.plan else { return Ok(()) };
        for row in tariffs::adopt_standard(tx, &plan, self.ids, self.event.at).await? {
            tx.audit(AuditEvent { details: json!(row), ..self.event.clone() });
        }
        Ok(())
    }
}

async fn add(desk: &Desk, rows: Vec<TariffRow>) -> Result<(), Failure> {
    let now = desk.clock.now();
    let rows: Vec<_> = rows.into_iter().map(|row| TariffRow { id: desk.random.uuid(now), ..row }).collect();
    let (added, event) = (rows.clone(), desk.event("tariff.added"));
    desk.db
        .try_write(move |tx| {
            Box::pin(async move {
                for row in added {
                    let mut event = event.clone();
                    event.details = json!(row);
                    tariffs::add_price(tx, row, now).await?;
                    tx.audit(event);
                }
                Ok::<_, NotAdded>(())
            })
        })
        .await?;
    show(desk, &rows);
    Ok(())
}

fn show(desk: &Desk, rows: &[TariffRow]) {
    let cells = |row: &TariffRow| {
        [
            row.plan.clone(),
            row.channel.to_string(),
            row.prefix.to_string(),
            row.unit.to_string(),
            row.unit_price.to_string(),
            row.from.to_string(),
        ]
    };
    desk.print(&rows, || {
        let rows = rows.iter().map(cells).collect::<Vec<_>>();
        table(["PLAN", "CHANNEL", "PREFIX", "UNIT", "PRICE (GBP)", "FROM"], &rows)
    });
}

impl Allowance {
    /// Runs the command.
    ///
    /// # Errors
    /// A rule refuses the allowance, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::Add(AddAllowance { plan, free, from }) => {
                let now = desk.clock.now();
                let row = AllowanceRow { id: desk.random.uuid(now), plan, free, from };
                let mut event = desk.event("allowance.added");
                event.details = json!(row);
                let added = row.clone();
                desk.db
                    .try_write(move |tx| {
                        Box::pin(async move {
                            tariffs::add_allowance(tx, added, now).await?;
                            tx.audit(event);
                            Ok::<_, NotAdded>(())
                        })
                    })
                    .await?;
                desk.print(&row, || {
                    format!("{} has {} free messages a year from {} on.", row.plan, row.free, row.from)
                });
                Ok(())
            }
            Self::List => allowances(&desk).await,
        }
    }
}

async fn allowances(desk: &Desk) -> Result<(), Failure> {
    let year = london::financial_year(london::date(desk.clock.now()));
    let mut conn = desk.db.read().await?;
    let mut rows = Vec::new();
    for row in tariffs::allowances(&mut conn).await? {
        let used = tariffs::used(&mut conn, &row.plan, year).await?;
        rows.push((row, used));
    }
    let object = |(row, used): &(AllowanceRow, i64)| json!({ "id": row.id, "plan": row.plan, "free": row.free, "from": row.from, "used_this_year": used });
    let cells = |(row, used): &(AllowanceRow, i64)| {
        [row.plan.clone(), row.free.to_string(), row.from.to_string(), used.to_string()]
    };
    desk.print(&rows.iter().map(object).collect::<Vec<_>>(), || {
        table(["PLAN", "FREE A YEAR", "FROM", "USED THIS YEAR"], &rows.iter().map(cells).collect::<Vec<_>>())
    });
    Ok(())
}
