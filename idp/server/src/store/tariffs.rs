//! Prices and allowances as rows. They are only ever added; which one counts is the business of
//! [`idp_core::metering`].

use chrono::{DateTime, NaiveDate, Utc};
use idp_core::metering::allowance::{self, AllowanceProblem, AllowanceRow};
use idp_core::metering::tariff::{self, TariffProblem};
use idp_core::metering::{Channel, Measured, Money, Prefix, Purpose, TariffRow, Unit, charge, london};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Text, Tx};

statements! {
    PRICES = "SELECT id, plan, channel, prefix, unit, unit_price, from_day FROM tariffs \
              ORDER BY plan, channel, prefix, from_day";
    PRICES_OF = "SELECT id, plan, channel, prefix, unit, unit_price, from_day FROM tariffs WHERE plan = $1";
    INSERT_PRICE = "INSERT INTO tariffs (id, plan, channel, prefix, unit, unit_price, from_day, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (plan, channel, prefix, from_day) DO NOTHING";
    ALLOWANCES = "SELECT id, plan, free, from_day FROM allowances ORDER BY plan, from_day";
    ALLOWANCES_OF = "SELECT id, plan, free, from_day FROM allowances WHERE plan = $1";
    INSERT_ALLOWANCE = "INSERT INTO allowances (id, plan, free, from_day, created_at) VALUES ($1, $2, $3, $4, $5) \
                        ON CONFLICT (plan, from_day) DO NOTHING";
    USED = "SELECT used FROM allowance_uses WHERE plan = $1 AND year = $2";
    TAKE = "INSERT INTO allowance_uses (plan, year, used, last_taken) \
            VALUES ($1, $2, CASE WHEN CAST($3 AS BIGINT) <= CAST($4 AS BIGINT) THEN $3 ELSE $4 END, \
            CASE WHEN $3 <= $4 THEN $3 ELSE $4 END) \
            ON CONFLICT (plan, year) DO UPDATE SET \
            last_taken = CASE WHEN allowance_uses.used + $3 <= $4 THEN $3 ELSE $4 - allowance_uses.used END, \
            used = CASE WHEN allowance_uses.used + $3 <= $4 THEN allowance_uses.used + $3 ELSE $4 END \
            WHERE allowance_uses.used < $4 \
            RETURNING last_taken";
    GIVE_BACK = "UPDATE allowance_uses SET used = CASE WHEN used > $3 THEN used - $3 ELSE 0 END \
                 WHERE plan = $1 AND year = $2";
}

#[derive(sqlx::FromRow)]
struct PriceRow {
    id: Uuid,
    plan: String,
    channel: Text<Channel>,
    prefix: Text<Prefix>,
    unit: Text<Unit>,
    unit_price: i64,
    from_day: Text<NaiveDate>,
}

impl From<PriceRow> for TariffRow {
    fn from(row: PriceRow) -> Self {
        Self {
            id: row.id,
            plan: row.plan,
            channel: row.channel.0,
            prefix: row.prefix.0,
            unit: row.unit.0,
            unit_price: Money::from_millionths(row.unit_price),
            from: row.from_day.0,
        }
    }
}

#[derive(sqlx::FromRow)]
struct FreeRow {
    id: Uuid,
    plan: String,
    free: i64,
    from_day: Text<NaiveDate>,
}

impl From<FreeRow> for AllowanceRow {
    fn from(row: FreeRow) -> Self {
        Self { id: row.id, plan: row.plan, free: row.free, from: row.from_day.0 }
    }
}

/// A price or an allowance was not added.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// A rule refuses the price.
    #[error(transparent)]
    Tariff(#[from] TariffProblem),
    /// A rule refuses the allowance.
    #[error(transparent)]
    Allowance(#[from] AllowanceProblem),
    /// The store fails.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
}

/// Every price of every plan.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn prices(conn: &mut Conn) -> Result<Vec<TariffRow>, StoreError> {
    Ok(conn.query_as::<PriceRow>(PRICES).fetch_all().await?.into_iter().map(Into::into).collect())
}

/// Every price of one plan.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn prices_of(conn: &mut Conn, plan: &str) -> Result<Vec<TariffRow>, StoreError> {
    Ok(conn.query_as::<PriceRow>(PRICES_OF).bind(plan).fetch_all().await?.into_iter().map(Into::into).collect())
}

/// Adds a price from its day on, if the rules let it be added at `at`. Of two at once for the same day one is kept.
///
/// # Errors
/// The rule that refuses it, or the store.
pub async fn add_price(tx: &mut Tx, row: TariffRow, at: DateTime<Utc>) -> Result<(), NotAdded> {
    tariff::check(&row, &prices_of(tx, &row.plan).await?, london::date(at))?;
    let from = row.from;
    if insert_price(tx, row, at).await? { Ok(()) } else { Err(TariffProblem::SameDay(from).into()) }
}

async fn insert_price(tx: &mut Tx, row: TariffRow, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let insert = tx.query(INSERT_PRICE).bind(row.id).bind(row.plan).bind(Text(row.channel)).bind(Text(row.prefix));
    let insert = insert.bind(Text(row.unit)).bind(row.unit_price.millionths()).bind(Text(row.from)).bind(Micros(at));
    Ok(insert.execute().await? == 1)
}

/// Adds the prices of a standard plan from today on, if it is one and has none yet: so that a policy written from a
/// preset finds its plan. The rows that were added.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn adopt_standard(
    tx: &mut Tx,
    plan: &str,
    ids: [Uuid; 3],
    at: DateTime<Utc>,
) -> Result<Vec<TariffRow>, StoreError> {
    let Some(standard) = tariff::STANDARD_PLANS.iter().find(|standard| standard.name == plan) else {
        return Ok(Vec::new());
    };
    if !prices_of(tx, plan).await?.is_empty() {
        return Ok(Vec::new());
    }
    let mut added = Vec::new();
    for (id, row) in ids.into_iter().zip(standard.rows(london::date(at))) {
        let row = TariffRow { id, ..row };
        if insert_price(tx, row.clone(), at).await? {
            added.push(row);
        }
    }
    Ok(added)
}

/// Every allowance of every plan.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn allowances(conn: &mut Conn) -> Result<Vec<AllowanceRow>, StoreError> {
    Ok(conn.query_as::<FreeRow>(ALLOWANCES).fetch_all().await?.into_iter().map(Into::into).collect())
}

async fn allowances_of(conn: &mut Conn, plan: &str) -> Result<Vec<AllowanceRow>, StoreError> {
    Ok(conn.query_as::<FreeRow>(ALLOWANCES_OF).bind(plan).fetch_all().await?.into_iter().map(Into::into).collect())
}

/// Adds an allowance from its year on, if the rules let it be added at `at`.
///
/// # Errors
/// The rule that refuses it, or the store.
pub async fn add_allowance(tx: &mut Tx, row: AllowanceRow, at: DateTime<Utc>) -> Result<(), NotAdded> {
    allowance::check(&row, &allowances_of(tx, &row.plan).await?, london::date(at))?;
    let from = row.from;
    let insert = tx.query(INSERT_ALLOWANCE).bind(row.id).bind(row.plan).bind(row.free).bind(Text(from));
    if insert.bind(Micros(at)).execute().await? == 1 { Ok(()) } else { Err(AllowanceProblem::SameYear(from).into()) }
}

/// How many of a plan's free messages are gone in the financial year that begins in `year`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn used(conn: &mut Conn, plan: &str, year: i32) -> Result<i64, StoreError> {
    let used = conn.query_scalar(USED).bind(plan).bind(i64::from(year)).fetch_optional().await?;
    Ok(used.unwrap_or_default())
}

/// What a send on this plan would be counted and priced as at `at`, before free units. For caps, before it is sent.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn quote(
    conn: &mut Conn,
    plan: Option<&str>,
    send: &Priced<'_>,
    at: DateTime<Utc>,
) -> Result<Measured, StoreError> {
    let rows = match plan {
        Some(plan) => prices_of(conn, plan).await?,
        None => Vec::new(),
    };
    Ok(send.measured(&rows, london::date(at)).0)
}

/// What the price of a send depends on.
#[derive(Clone, Copy, Debug)]
pub struct Priced<'a> {
    /// The channel.
    pub channel: Channel,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The number in E.164; none for email. It is looked at, and not kept.
    pub number: Option<&'a str>,
    /// Parts of a text message; 1 for everything else.
    pub parts: i64,
}

impl Priced<'_> {
    /// How it is counted by the row in force, and that row.
    pub(super) fn measured<'r>(&self, rows: &'r [TariffRow], day: NaiveDate) -> (Measured, Option<&'r TariffRow>) {
        let row = tariff::in_force(rows, self.channel, self.number, day);
        (charge::measure(self.channel, self.purpose, self.parts, row), row)
    }
}

/// Takes up to `units` of the plan's free units of that day's year: how many there were. One statement; the last of an
/// allowance goes to one send, on any number of nodes.
pub(super) async fn take_free(tx: &mut Tx, plan: &str, units: i64, day: NaiveDate) -> Result<i64, StoreError> {
    let free = allowance::in_force(&allowances_of(tx, plan).await?, day);
    if free == 0 || units <= 0 {
        return Ok(0);
    }
    let year = i64::from(london::financial_year(day));
    let take = tx.query_scalar(TAKE).bind(plan).bind(year).bind(units).bind(free);
    Ok(take.fetch_optional().await?.unwrap_or_default())
}

/// Gives free units back that turned out not to be needed.
pub(super) async fn give_back_free(tx: &mut Tx, plan: &str, units: i64, day: NaiveDate) -> Result<(), StoreError> {
    let year = i64::from(london::financial_year(day));
    tx.query(GIVE_BACK).bind(plan).bind(year).bind(units).execute().await.map(drop)
}
