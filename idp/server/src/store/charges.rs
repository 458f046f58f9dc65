//! The charge ledger: one row a send that a provider accepted, priced once, in the write that records it.
//!
//! A row is found by the reference that we gave the send, so that a retry records nothing twice. Receipts move its
//! status forward only. What a row costs never changes, but for the number of parts that a receipt corrects within the
//! days in which a quarter is open; later corrections are rows of their own ([`credit`]).

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::metering::{BillOn, Channel, Money, Purpose, SendStatus, Unit, charge, london};
use uuid::Uuid;

use super::statement::statements;
use super::tariffs::{self, Priced};
use super::{Conn, Micros, StoreError, Text, Tx};

/// How long after a send a receipt may correct its number of parts: no quarter is closed within that time.
const PARTS_OPEN: TimeDelta = TimeDelta::days(5);

/// The columns of [`Charge`].
macro_rules! charge {
    ($rest:literal) => {
        concat!(
            "SELECT id, client_id, organisation, account_id, entry, purpose, channel, country, parts, unit, units, \
             unit_price, free_units, amount, plan, tariff_id, billable, sender, provider_id, status, status_at, \
             corrects, reason, created_at FROM charges ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO charges (id, client_id, organisation, account_id, entry, purpose, channel, country, parts, unit, \
              units, unit_price, free_units, amount, plan, tariff_id, billable, sender, provider_id, status, \
              status_rank, status_at, created_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, $15, $16, $17, $18, $19, 0, $20, $20) \
              ON CONFLICT (id) DO NOTHING";
    MADE_FREE = "UPDATE charges SET free_units = $2, amount = $3 WHERE id = $1";
    BY_ID = charge!("WHERE id = $1");
    BY_PROVIDER = "SELECT id FROM charges WHERE sender = $1 AND provider_id = $2 ORDER BY created_at DESC LIMIT 1";
    FORWARD = "UPDATE charges SET \
               status = CASE WHEN status_rank < $3 OR (status_rank = $3 AND status_at < $4) THEN CAST($2 AS TEXT) ELSE status END, \
               status_at = CASE WHEN status_rank < $3 OR (status_rank = $3 AND status_at < $4) \
                                THEN CAST($4 AS TIMESTAMPTZ) ELSE status_at END, \
               status_rank = CASE WHEN status_rank < $3 THEN CAST($3 AS BIGINT) ELSE status_rank END, \
               billable = (billable OR $5) \
               WHERE id = $1 AND (status_rank < $3 OR (status_rank = $3 AND status_at < $4) OR ($5 AND NOT billable))";
    SET_PARTS = "UPDATE charges SET parts = $3, units = $4, free_units = $5, amount = $6 \
                 WHERE id = $1 AND parts = $2";
    PAGE = charge!("WHERE created_at >= $1 AND created_at < $2 \
                    AND (created_at > $3 OR (created_at = $3 AND id > $4)) \
                    AND organisation = COALESCE($5, organisation) AND client_id = COALESCE($6, client_id) \
                    ORDER BY created_at, id LIMIT $7");
    CREDIT = "INSERT INTO charges (id, client_id, organisation, entry, purpose, channel, country, parts, unit, units, \
              unit_price, free_units, amount, plan, tariff_id, billable, sender, status, status_rank, status_at, \
              corrects, reason, created_at) \
              SELECT $2, client_id, organisation, entry, 'credit', channel, country, 0, unit, 0, \
              unit_price, 0, -CAST($3 AS BIGINT), plan, tariff_id, TRUE, sender, 'accepted', 0, CAST($5 AS TIMESTAMPTZ), \
              id, $4, CAST($5 AS TIMESTAMPTZ) FROM charges WHERE id = $1 AND corrects IS NULL AND billable \
              AND $3 > 0 AND $3 <= amount + (SELECT COALESCE(CAST(SUM(c.amount) AS BIGINT), 0) FROM charges c WHERE c.corrects = $1)";
    LOCK = "UPDATE charges SET billable = billable WHERE id = $1";
    ANONYMISE = "UPDATE charges SET account_id = NULL WHERE account_id = $1";
}

/// A send that a provider accepted.
#[derive(Clone, Debug)]
pub struct NewCharge {
    /// The reference that we gave it: the same for every attempt at one send.
    pub id: Uuid,
    /// The client it was for.
    pub client_id: String,
    /// The client's organisation.
    pub organisation: String,
    /// Whom it went to.
    pub account_id: Option<Uuid>,
    /// How the person came: `direct`, or `go:{slug}` for a form's short address.
    pub entry: String,
    /// Why it was sent.
    pub purpose: Purpose,
    /// The way it took.
    pub channel: Channel,
    /// The number in E.164; none for email. It decides the price, and is not kept.
    pub number: Option<String>,
    /// The number's country, ISO 3166-1; none for email.
    pub country: Option<String>,
    /// Parts of a text message as far as they are known; 1 for everything else.
    pub parts: i64,
    /// The client's tariff plan.
    pub plan: Option<String>,
    /// When calls are charged for.
    pub bill_on: BillOn,
    /// Who sent it: `twilio`, `notify`, `smtp`.
    pub sender: String,
    /// What the sender calls it.
    pub provider_id: Option<String>,
    /// When it was accepted.
    pub at: DateTime<Utc>,
}

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Charge {
    /// The reference of the send; of a credit, its own.
    pub id: Uuid,
    /// The client.
    pub client_id: String,
    /// Who is charged.
    pub organisation: String,
    /// Whom it went to, while that is known.
    pub account_id: Option<Uuid>,
    /// `direct` or `go:{slug}`.
    pub entry: String,
    /// Why.
    pub purpose: Text<Purpose>,
    /// How.
    pub channel: Text<Channel>,
    /// Where to.
    pub country: Option<String>,
    /// Parts of the message.
    pub parts: i64,
    /// What is counted.
    pub unit: Text<Unit>,
    /// How many of them.
    pub units: i64,
    /// The price of one, in millionths of a pound.
    pub unit_price: i64,
    /// How many were free.
    pub free_units: i64,
    /// What it costs, in millionths of a pound; negative for a credit.
    pub amount: i64,
    /// The plan.
    pub plan: Option<String>,
    /// The row of the plan; none if the plan had no price for it.
    pub tariff_id: Option<Uuid>,
    /// Whether the amount is due.
    pub billable: bool,
    /// Who sent it.
    pub sender: String,
    /// What the sender calls it.
    pub provider_id: Option<String>,
    /// What became of it.
    pub status: Text<SendStatus>,
    /// Since when.
    #[sqlx(try_from = "Micros")]
    pub status_at: DateTime<Utc>,
    /// Of a credit: the row it corrects.
    pub corrects: Option<Uuid>,
    /// Of a credit: why.
    pub reason: Option<String>,
    /// When it was accepted.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
}

impl Charge {
    /// What is due of it.
    #[must_use]
    pub const fn due(&self) -> Money {
        Money::from_millionths(if self.billable { self.amount } else { 0 })
    }
}

/// Records a send, priced by the plan's row in force and less what is left of its allowance. `false`: it is in the
/// ledger already, and nothing was changed or taken.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn record(tx: &mut Tx, new: NewCharge) -> Result<bool, StoreError> {
    let day = london::date(new.at);
    let rows = match &new.plan {
        Some(plan) => tariffs::prices_of(tx, plan).await?,
        None => Vec::new(),
    };
    let priced = Priced { channel: new.channel, purpose: new.purpose, number: new.number.as_deref(), parts: new.parts };
    let (measured, row) = priced.measured(&rows, day);
    let amount = charge::amount(measured.units, 0, measured.unit_price);
    let insert = tx.query(INSERT).bind(new.id).bind(new.client_id).bind(new.organisation).bind(new.account_id);
    let insert = insert.bind(new.entry).bind(Text(new.purpose)).bind(Text(new.channel)).bind(new.country);
    let insert = insert.bind(new.parts).bind(Text(measured.unit)).bind(measured.units);
    let insert = insert.bind(measured.unit_price.millionths()).bind(amount.millionths());
    let insert = insert.bind(new.plan.clone()).bind(row.map(|row| row.id));
    let insert = insert.bind(new.bill_on.at_acceptance(new.channel)).bind(new.sender).bind(new.provider_id);
    let insert = insert.bind(Text(SendStatus::Accepted)).bind(Micros(new.at));
    if insert.execute().await? == 0 {
        return Ok(false);
    }
    if let Some(plan) = new.plan.filter(|_| measured.may_be_free) {
        let free = tariffs::take_free(tx, &plan, measured.units, day).await?;
        if free > 0 {
            let amount = charge::amount(measured.units, free, measured.unit_price);
            tx.query(MADE_FREE).bind(new.id).bind(free).bind(amount.millionths()).execute().await?;
        }
    }
    Ok(true)
}

/// How a receipt names its send.
#[derive(Clone, Debug)]
pub enum ReceiptKey {
    /// By the reference that we gave.
    Reference(Uuid),
    /// By the sender's own name for it.
    ProviderId {
        /// Who sent it.
        sender: String,
        /// What it calls the send.
        id: String,
    },
}

/// What a receipt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// It said something new.
    Applied(Uuid),
    /// All that it says is known, or overtaken.
    Stale(Uuid),
    /// No send has that name. The receipt may be faster than the write that records its send: have it sent again.
    Unknown,
}

/// Takes a receipt in: the status moves forward only, so that receipts may come twice and in any order; `parts` replaces
/// what was assumed when it was sent.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn receipt(
    tx: &mut Tx,
    key: ReceiptKey,
    status: SendStatus,
    at: DateTime<Utc>,
    parts: Option<i64>,
) -> Result<ReceiptOutcome, StoreError> {
    let id = match key {
        ReceiptKey::Reference(id) => Some(id),
        ReceiptKey::ProviderId { sender, id } => {
            tx.query_scalar(BY_PROVIDER).bind(sender).bind(id).fetch_optional().await?
        }
    };
    let Some(id) = id else { return Ok(ReceiptOutcome::Unknown) };
    let Some(charge) = find(tx, id).await? else { return Ok(ReceiptOutcome::Unknown) };
    let answered = charge.channel.0 == Channel::Voice && status.proves_answer();
    let forward = tx.query(FORWARD).bind(id).bind(Text(status)).bind(status.rank()).bind(Micros(at)).bind(answered);
    let moved = forward.execute().await? == 1;
    let corrected = correct_parts(tx, charge, parts, at).await?;
    Ok(if moved || corrected { ReceiptOutcome::Applied(id) } else { ReceiptOutcome::Stale(id) })
}

async fn correct_parts(tx: &mut Tx, charge: Charge, parts: Option<i64>, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let known = |parts: &i64| *parts > 0 && *parts != charge.parts && charge.channel.0 == Channel::Sms;
    let open = at < charge.created_at + PARTS_OPEN;
    let Some(parts) = parts.filter(known).filter(|_| open) else { return Ok(false) };
    let units = if charge.unit.0 == Unit::Part { parts } else { charge.units };
    let free = charge.free_units.min(units);
    let price = Money::from_millionths(charge.unit_price);
    let amount = charge::amount(units, free, price).millionths();
    let set = tx.query(SET_PARTS).bind(charge.id).bind(charge.parts).bind(parts).bind(units).bind(free).bind(amount);
    if set.execute().await? == 0 {
        // Another receipt was first.
        return Ok(false);
    }
    let Some(plan) = charge.plan.as_deref() else { return Ok(true) };
    let day = london::date(charge.created_at);
    if free < charge.free_units {
        tariffs::give_back_free(tx, plan, charge.free_units - free, day).await?;
    } else if units > charge.units && charge.tariff_id.is_some() && charge.purpose.0 != Purpose::Test {
        let more = tariffs::take_free(tx, plan, units - charge.units, day).await?;
        if more > 0 {
            let amount = charge::amount(units, free + more, price).millionths();
            tx.query(MADE_FREE).bind(charge.id).bind(free + more).bind(amount).execute().await?;
        }
    }
    Ok(true)
}

/// The row with that id.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, id: Uuid) -> Result<Option<Charge>, StoreError> {
    conn.query_as(BY_ID).bind(id).fetch_optional().await
}

/// Which rows of the ledger.
#[derive(Clone, Debug)]
pub struct Selection {
    /// From this moment on.
    pub from: DateTime<Utc>,
    /// Up to this one, not included.
    pub to: DateTime<Utc>,
    /// Of this organisation only.
    pub organisation: Option<String>,
    /// Of this client only.
    pub client_id: Option<String>,
}

/// The next `limit` rows after `after`, by time; from the first if there is none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn page(
    conn: &mut Conn,
    selection: &Selection,
    after: Option<&Charge>,
    limit: i64,
) -> Result<Vec<Charge>, StoreError> {
    let (at, id) = after.map_or((DateTime::UNIX_EPOCH, Uuid::nil()), |charge| (charge.created_at, charge.id));
    let page = conn.query_as(PAGE).bind(Micros(selection.from)).bind(Micros(selection.to)).bind(Micros(at)).bind(id);
    let page = page.bind(selection.organisation.clone()).bind(selection.client_id.clone()).bind(limit);
    page.fetch_all().await
}

/// Corrects a row by a credit, dated `at` and thus in that day's quarter. `false`: there is no such row, it is not due,
/// or less is left of it than `amount`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn credit(
    tx: &mut Tx,
    corrects: Uuid,
    id: Uuid,
    amount: Money,
    reason: String,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // Credits of one row wait for each other, so that each sees those before it.
    if tx.query(LOCK).bind(corrects).execute().await? == 0 {
        return Ok(false);
    }
    let credit = tx.query(CREDIT).bind(corrects).bind(id).bind(amount.millionths()).bind(reason).bind(Micros(at));
    Ok(credit.execute().await? == 1)
}

/// Takes a person out of the ledger: what was sent and charged stays.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn anonymise(tx: &mut Tx, account: Uuid) -> Result<u64, StoreError> {
    tx.query(ANONYMISE).bind(account).execute().await
}
