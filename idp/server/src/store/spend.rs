//! What a client may spend in a day and a month: caps, and what was reserved of them.

use chrono::{DateTime, Datelike as _, Utc};
use idp_core::metering::spend::{SpendCap, alert_level};
use idp_core::metering::{Money, london};
use serde_json::json;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};
use crate::audit::{Actor, AuditEvent};

statements! {
    CAPS = "SELECT name, daily, monthly FROM spend_caps ORDER BY name";
    CAP = "SELECT name, daily, monthly FROM spend_caps WHERE name = $1";
    SET_CAP = "INSERT INTO spend_caps (name, daily, monthly, updated_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (name) DO UPDATE SET daily = excluded.daily, monthly = excluded.monthly, \
               updated_at = excluded.updated_at";
    RESERVE = "INSERT INTO client_spend (client_id, day, day_spent, day_alert, month, month_spent, month_alert) \
               SELECT $1, $2, CAST($4 AS BIGINT), 0, $3, CAST($4 AS BIGINT), 0 WHERE $4 <= $5 AND $4 <= $6 \
               ON CONFLICT (client_id) DO UPDATE SET \
               day_spent = CASE WHEN client_spend.day >= $2 THEN client_spend.day_spent ELSE 0 END + $4, \
               day_alert = CASE WHEN client_spend.day >= $2 THEN client_spend.day_alert ELSE 0 END, \
               day = CASE WHEN client_spend.day >= $2 THEN client_spend.day ELSE CAST($2 AS TEXT) END, \
               month_spent = CASE WHEN client_spend.month >= $3 THEN client_spend.month_spent ELSE 0 END + $4, \
               month_alert = CASE WHEN client_spend.month >= $3 THEN client_spend.month_alert ELSE 0 END, \
               month = CASE WHEN client_spend.month >= $3 THEN client_spend.month ELSE CAST($3 AS TEXT) END \
               WHERE CASE WHEN client_spend.day >= $2 THEN client_spend.day_spent ELSE 0 END + $4 <= $5 \
               AND CASE WHEN client_spend.month >= $3 THEN client_spend.month_spent ELSE 0 END + $4 <= $6 \
               RETURNING day, day_spent, day_alert, month, month_spent, month_alert";
    RELEASE = "UPDATE client_spend SET \
               day_spent = CASE WHEN day <> $2 THEN day_spent WHEN day_spent > $4 THEN day_spent - $4 ELSE 0 END, \
               month_spent = CASE WHEN month <> $3 THEN month_spent WHEN month_spent > $4 THEN month_spent - $4 ELSE 0 END \
               WHERE client_id = $1";
    SPENT = "SELECT day, day_spent, day_alert, month, month_spent, month_alert FROM client_spend WHERE client_id = $1";
    TELL_DAY = "UPDATE client_spend SET day_alert = $3 WHERE client_id = $1 AND day = $2 AND day_alert < $3";
    TELL_MONTH = "UPDATE client_spend SET month_alert = $3 WHERE client_id = $1 AND month = $2 AND month_alert < $3";
}

#[derive(sqlx::FromRow)]
struct CapRow {
    name: String,
    daily: Option<i64>,
    monthly: Option<i64>,
}

impl From<CapRow> for SpendCap {
    fn from(row: CapRow) -> Self {
        let money = |millionths: Option<i64>| millionths.map(Money::from_millionths);
        Self { name: row.name, daily: money(row.daily), monthly: money(row.monthly) }
    }
}

#[derive(sqlx::FromRow)]
struct SpentRow {
    day: String,
    day_spent: i64,
    day_alert: i64,
    month: String,
    month_spent: i64,
    month_alert: i64,
}

/// What a client has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// On this day of Europe/London.
    pub day: Money,
    /// In this month.
    pub month: Money,
}

/// Every cap.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn caps(conn: &mut Conn) -> Result<Vec<SpendCap>, StoreError> {
    Ok(conn.query_as::<CapRow>(CAPS).fetch_all().await?.into_iter().map(Into::into).collect())
}

/// The cap of that name.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn cap(conn: &mut Conn, name: &str) -> Result<Option<SpendCap>, StoreError> {
    Ok(conn.query_as::<CapRow>(CAP).bind(name).fetch_optional().await?.map(Into::into))
}

/// Adds a cap or replaces it. In force for the next send.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn set_cap(tx: &mut Tx, cap: SpendCap, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (daily, monthly) = (cap.daily.map(Money::millionths), cap.monthly.map(Money::millionths));
    tx.query(SET_CAP).bind(cap.name).bind(daily).bind(monthly).bind(Micros(at)).execute().await.map(drop)
}

fn periods(at: DateTime<Utc>) -> (String, String) {
    let day = london::date(at);
    (day.to_string(), format!("{:04}-{:02}", day.year(), day.month()))
}

/// Reserves the price of a send before it is sent; `false` where that would go over a cap, and nothing is reserved. At 80
/// and 100 percent an event `spend.alert` is left, once a day or month for each.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn reserve(
    tx: &mut Tx,
    client: &str,
    price: Money,
    cap: &SpendCap,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (day, month) = periods(at);
    let most = |cap: Option<Money>| cap.map_or(i64::MAX, Money::millionths);
    let reserve = tx.query_as::<SpentRow>(RESERVE).bind(client).bind(&*day).bind(&*month).bind(price.millionths());
    let reserved = reserve.bind(most(cap.daily)).bind(most(cap.monthly)).fetch_optional().await?;
    let alert = Alert { client, cap, at };
    let Some(row) = reserved else {
        // Whichever cap it is: the send that does not fit is when it is reached.
        let spent = spent(tx, client, at).await?;
        let full = |spent: Money, most: Option<Money>| {
            let over = spent.plus(price).is_none_or(|spent| most.is_some_and(|most| spent > most));
            if over { 100 } else { 0 }
        };
        alert.day(tx, &day, full(spent.day, cap.daily), 0).await?;
        alert.month(tx, &month, full(spent.month, cap.monthly), 0).await?;
        return Ok(false);
    };
    let level = |spent, cap| alert_level(Money::from_millionths(spent), cap);
    alert.day(tx, &row.day, level(row.day_spent, cap.daily), row.day_alert).await?;
    alert.month(tx, &row.month, level(row.month_spent, cap.monthly), row.month_alert).await?;
    Ok(true)
}

/// Who is told of which cap.
struct Alert<'a> {
    client: &'a str,
    cap: &'a SpendCap,
    at: DateTime<Utc>,
}

impl Alert<'_> {
    async fn day(&self, tx: &mut Tx, period: &str, level: i64, told: i64) -> Result<(), StoreError> {
        self.tell(tx, TELL_DAY, "day", period, level, told).await
    }

    async fn month(&self, tx: &mut Tx, period: &str, level: i64, told: i64) -> Result<(), StoreError> {
        self.tell(tx, TELL_MONTH, "month", period, level, told).await
    }

    async fn tell(
        &self,
        tx: &mut Tx,
        sql: &'static str,
        of: &str,
        period: &str,
        level: i64,
        told: i64,
    ) -> Result<(), StoreError> {
        if level <= told {
            return Ok(());
        }
        // Of several sends at once, one tells.
        if tx.query(sql).bind(self.client).bind(period).bind(level).execute().await? == 1 {
            let details = json!({ "cap": self.cap.name, "of": of, "period": period, "percent": level });
            let client = Some(self.client.to_owned());
            let event = AuditEvent::new(self.at, "spend.alert");
            tx.audit(AuditEvent { actor: Actor::System, client, details, ..event });
        }
        Ok(())
    }
}

/// Gives back what was reserved at `at` for a send that no provider accepted.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn release(tx: &mut Tx, client: &str, price: Money, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (day, month) = periods(at);
    let release = tx.query(RELEASE).bind(client).bind(day).bind(month).bind(price.millionths());
    release.execute().await.map(drop)
}

/// What a client has spent today and this month.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spent(conn: &mut Conn, client: &str, at: DateTime<Utc>) -> Result<Spent, StoreError> {
    let (day, month) = periods(at);
    let row = conn.query_as::<SpentRow>(SPENT).bind(client).fetch_optional().await?;
    let current = |row: SpentRow| Spent {
        day: Money::from_millionths(if row.day >= day { row.day_spent } else { 0 }),
        month: Money::from_millionths(if row.month >= month { row.month_spent } else { 0 }),
    };
    Ok(row.map(current).unwrap_or_default())
}
