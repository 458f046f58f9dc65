//! `idp charges`: the ledger of one quarter, and corrections of it.

use clap::{Args, Subcommand, ValueEnum};
use idp_core::metering::csv::{self, Cell};
use idp_core::metering::{Money, Quarter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Common;
use super::desk::Desk;
use super::failure::Failure;
use super::output::{count, say, table, write};
use crate::store::charges::{self, Charge, Selection};

/// Rows that are read at once.
const PAGE: i64 = 1_000;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Charges {
    /// List the sends of a quarter
    List(Which),
    /// Write the sends of a quarter out, for a spreadsheet or another program
    Export(Export),
    /// Correct a send's charge by a credit, dated today
    Credit(Credit),
}

/// Which part of the ledger.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// The quarter, like 2026Q3; the current one, if none is given
    #[arg(long)]
    quarter: Option<Quarter>,
    /// Of one organisation
    #[arg(long, value_name = "ID")]
    organisation: Option<String>,
    /// Of one client app
    #[arg(long, value_name = "ID")]
    client: Option<String>,
}

/// A part of the ledger, and how to write it.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    which: Which,
    /// As comma-separated values, or as JSON
    #[arg(long, default_value = "csv")]
    format: Format,
}

/// How to write the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// RFC 4180, with a line of names; no cell runs in a spreadsheet.
    Csv,
    /// An array of objects.
    Json,
}

/// A correction.
#[derive(Debug, Args)]
pub struct Credit {
    /// The send to be corrected
    #[arg(long)]
    id: Uuid,
    /// How much is given back, in pounds: at most what is left of the charge
    #[arg(long)]
    amount: Money,
    /// Why: it stands on the statement
    #[arg(long)]
    reason: String,
}

impl Charges {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such charge, or the store fails.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let desk = Desk::open(common).await?;
        match self {
            Self::List(which) => {
                let rows = ledger(&desk, which).await?;
                desk.print(&rows.iter().map(object).collect::<Vec<_>>(), || listing(&rows));
                Ok(())
            }
            Self::Export(Export { which, format }) => {
                let rows = ledger(&desk, which).await?;
                match format {
                    Format::Csv => write(&sheet(&rows)),
                    Format::Json => say(&Value::Array(rows.iter().map(object).collect()).to_string()),
                }
                Ok(())
            }
            Self::Credit(credit) => give(&desk, credit).await,
        }
    }
}

async fn ledger(desk: &Desk, which: Which) -> Result<Vec<Charge>, Failure> {
    let start = desk.config.metering.start_month();
    let quarter = which.quarter.unwrap_or_else(|| Quarter::of(desk.clock.now(), start));
    let (from, to) = quarter.bounds(start);
    let selection = Selection { from, to, organisation: which.organisation, client_id: which.client };
    let mut conn = desk.db.read().await?;
    let mut rows: Vec<Charge> = Vec::new();
    loop {
        let page = charges::page(&mut conn, &selection, rows.last(), PAGE).await?;
        if page.is_empty() {
            return Ok(rows);
        }
        rows.extend(page);
    }
}

const fn pounds(millionths: i64) -> Money {
    Money::from_millionths(millionths)
}

fn object(row: &Charge) -> Value {
    json!({
        "id": row.id,
        "at": row.created_at,
        "organisation": row.organisation,
        "client_id": row.client_id,
        "account": row.account_id,
        "entry": row.entry,
        "purpose": row.purpose.0,
        "channel": row.channel.0,
        "country": row.country,
        "parts": row.parts,
        "unit": row.unit.0,
        "units": row.units,
        "free_units": row.free_units,
        "unit_price": pounds(row.unit_price),
        "amount": row.due(),
        "amount_millionths": row.due().millionths(),
        "tariff_plan": row.plan,
        "tariff": row.tariff_id,
        "billable": row.billable,
        "sender": row.sender,
        "provider_id": row.provider_id,
        "status": row.status.0,
        "status_at": row.status_at,
        "corrects": row.corrects,
        "reason": row.reason,
    })
}

/// The columns of the sheet: those of [`object`], by the same names.
const COLUMNS: [&str; 22] = [
    "id",
    "at",
    "organisation",
    "client_id",
    "entry",
    "purpose",
    "channel",
    "country",
    "parts",
    "unit",
    "units",
    "free_units",
    "unit_price",
    "amount",
    "tariff_plan",
    "billable",
    "sender",
    "provider_id",
    "status",
    "status_at",
    "corrects",
    "reason",
];

/// The columns that hold figures of ours, which must stay numbers in a spreadsheet.
const FIGURES: [&str; 5] = ["parts", "units", "free_units", "unit_price", "amount"];

fn sheet(rows: &[Charge]) -> String {
    let head = COLUMNS.map(Cell::text);
    rows.iter().fold(csv::row(&head), |all, charge| all + &csv::row(&cells(charge)))
}

fn cells(charge: &Charge) -> Vec<Cell> {
    let object = object(charge);
    let cell = |name: &&str| {
        let text = match object.get(*name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        if FIGURES.contains(name) { Cell::figure(&text) } else { Cell::text(text) }
    };
    COLUMNS.iter().map(cell).collect()
}

fn listing(rows: &[Charge]) -> String {
    let cells = |row: &Charge| {
        [
            row.created_at.format("%Y-%m-%d %H:%M").to_string(),
            row.client_id.clone(),
            row.entry.clone(),
            row.purpose.0.to_string(),
            row.channel.0.to_string(),
            row.status.0.to_string(),
            row.units.to_string(),
            row.free_units.to_string(),
            pounds(row.unit_price).to_string(),
            row.due().to_string(),
        ]
    };
    let sum = rows.iter().fold(Money::ZERO, |sum, row| sum.plus(row.due()).unwrap_or(sum));
    let head = [
        "TIME (UTC)",
        "CLIENT",
        "ENTRY",
        "PURPOSE",
        "CHANNEL",
        "STATUS",
        "UNITS",
        "FREE",
        "PRICE (GBP)",
        "AMOUNT (GBP)",
    ];
    let body = table(head, &rows.iter().map(cells).collect::<Vec<_>>());
    format!("{body}\n{}, {sum} pounds, {} when rounded to pence", count(rows.len(), "row"), sum.rounded())
}

async fn give(desk: &Desk, Credit { id, amount, reason }: Credit) -> Result<(), Failure> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > 200 || reason.chars().any(char::is_control) {
        return Err(Failure::usage("--reason must have 1 to 200 characters"));
    }
    let now = desk.clock.now();
    let own = desk.random.uuid(now);
    let mut event = desk.event("charge.credited");
    event.details = json!({ "id": own, "corrects": id, "amount": amount, "reason": reason });
    let given = desk
        .db
        .write(move |tx| {
            Box::pin(async move {
                let given = charges::credit(tx, id, own, amount, reason, now).await?;
                if given {
                    tx.audit(event);
                }
                Ok(given)
            })
        })
        .await?;
    if !given {
        return Err(Failure::failed(format!("there is no charge {id} of which {amount} pounds are left")));
    }
    desk.print(&json!({ "id": own, "corrects": id, "amount": amount }), || {
        format!("{amount} pounds of {id} are given back, by the row {own}.")
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use idp_core::metering::{Channel, Purpose, SendStatus, Unit};

    use super::*;
    use crate::store::Text;

    fn charge(client_id: &str, reason: Option<&str>) -> Charge {
        Charge {
            id: Uuid::nil(),
            client_id: client_id.to_owned(),
            organisation: "default".to_owned(),
            account_id: None,
            entry: "direct".to_owned(),
            purpose: Text(Purpose::Credit),
            channel: Text(Channel::Sms),
            country: Some("GB".to_owned()),
            parts: 1,
            unit: Text(Unit::Message),
            units: 1,
            unit_price: 90_000,
            free_units: 0,
            amount: -90_000,
            plan: Some("resale".to_owned()),
            tariff_id: None,
            billable: true,
            sender: "twilio".to_owned(),
            provider_id: Some("@SUM(A1)".to_owned()),
            status: Text(SendStatus::Delivered),
            status_at: DateTime::UNIX_EPOCH,
            corrects: None,
            reason: reason.map(str::to_owned),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn sec_r47_case_ad4_no_cell_of_the_export_runs_and_figures_stay_figures() {
        let sheet = sheet(&[charge("=cmd|'/c calc'!A1", Some("-1, \"quoted\"\nand more"))]);
        let (head, row) = sheet.split_once("\r\n").unwrap();
        assert_eq!(head.split(',').count(), COLUMNS.len());
        assert!(row.contains(",'=cmd|'/c calc'!A1,"), "{row}");
        assert!(row.contains(",'@SUM(A1),"), "{row}");
        assert!(row.contains(",\"'-1, \"\"quoted\"\"\nand more\""), "{row}");
        assert!(row.contains(",0.09,-0.09,resale,"), "{row}");
    }

    #[test]
    fn every_column_of_the_sheet_is_a_field_of_the_object() {
        let object = object(&charge("bins", None));
        for column in COLUMNS {
            assert!(object.get(column).is_some(), "{column}");
        }
    }
}
