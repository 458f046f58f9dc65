//! The audit trail's rows. Which events there are is the business of [`crate::audit`].

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use crate::audit::AuditEvent;

use super::error::StoreError;
use super::statement::Conn;
use super::value::Micros;

/// The most events that one statement inserts; a write with more needs several.
const MOST: usize = 64;
/// Columns of an event.
const COLUMNS: usize = 9;

/// Inserts `events` in their order: one statement for up to [`MOST`] of them.
/// Part of the commit rather than of any request: it serves a whole group of them, and is not counted as theirs.
pub(super) async fn insert(conn: &mut Conn, events: &[AuditEvent]) -> Result<(), StoreError> {
    conn.state.counted = false;
    for some in events.chunks(MOST) {
        let mut statement = conn.statement::<()>(AssertSqlSafe(insert_sql(some.len())).into_sql_str());
        for event in some {
            statement = statement
                .bind(Micros(event.at))
                .bind(event.kind)
                .bind(clean(&event.actor.to_string()))
                .bind(event.account)
                .bind(event.client.as_deref().map(clean))
                .bind(event.session)
                .bind(event.address.map(|address| address.to_string()))
                .bind(event.request_id.as_deref().map(clean))
                .bind(event.details.to_string());
        }
        statement.execute().await?;
    }
    Ok(())
}

/// PostgreSQL keeps no NUL in a text, and an event must not be lost because a stranger sent one.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

pub(super) fn insert_sql(rows: usize) -> String {
    let mut sql = String::from(
        "INSERT INTO audit (at, kind, actor, account, client, session, address, request_id, details) VALUES ",
    );
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=COLUMNS {
            let comma = if column == 1 { "" } else { ", " };
            write!(sql, "{comma}${}", row * COLUMNS + column).ok();
        }
        sql.push(')');
    }
    sql
}
