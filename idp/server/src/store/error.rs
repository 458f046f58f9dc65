//! What can go wrong in the store, told apart by what the caller can do about it. Knows nothing of HTTP.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;

/// A failure of the durable store. Cheap to clone: one failed commit answers a whole group of writes.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database is away, full, locked, read-only or too slow. Worth trying again later; a surface answers 503
    /// with `Retry-After`. A write that ended so was either committed as a whole or not at all.
    #[error("the database is not available: {reason}")]
    Unavailable {
        /// What the driver said.
        reason: String,
    },
    /// A row with the same unique value exists.
    #[error("a row with the same value exists ({constraint})")]
    Conflict {
        /// The constraint or columns, as the database names them: for logs only, since the two databases differ.
        constraint: String,
    },
    /// A foreign key, NOT NULL or CHECK constraint refused the row: a mistake in the program, not in the input.
    #[error("the database refused the row ({constraint})")]
    Refused {
        /// The constraint or columns, as the database names them: for logs only.
        constraint: String,
    },
    /// Stored data cannot be what this program wrote.
    #[error("inconsistent data in {table}.{column}, row {row}")]
    Inconsistent {
        /// The table.
        table: Cow<'static, str>,
        /// The column.
        column: Cow<'static, str>,
        /// The row's key; where it is not known, what is wrong with the value.
        row: String,
    },
    /// The settings name no usable database, or one that would lose data.
    #[error("the database cannot be used: {0}")]
    Settings(String),
    /// The schema was written by a newer release, or a migration that was applied has been changed since.
    #[error("the database schema does not fit this release: {0}")]
    Schema(String),
    /// The body of a write panicked; nothing of it was kept.
    #[error("a write was abandoned because its body panicked")]
    Panicked,
    /// Anything else: a mistake in the program, or a database that is damaged.
    #[error("the database failed: {0}")]
    Failed(Arc<sqlx::Error>),
}

impl StoreError {
    /// An [`StoreError::Inconsistent`] for the row with key `row`.
    #[expect(clippy::needless_pass_by_value, reason = "keys are small, and callers have them by value or by reference")]
    pub fn inconsistent(table: &'static str, column: &'static str, row: impl ToString) -> Self {
        Self::Inconsistent { table: table.into(), column: column.into(), row: row.to_string() }
    }

    pub(super) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }

    /// Whether SQLite may have rolled the whole transaction back with the statement that failed so, as it does when the disk
    /// is full or cannot be read: what other writes of the group did would be gone.
    pub(super) const fn may_end_the_transaction(&self) -> bool {
        !matches!(self, Self::Conflict { .. } | Self::Refused { .. } | Self::Inconsistent { .. })
    }

    /// Classifies the error of one statement; `sql` names the table when a value cannot be decoded.
    pub(super) fn of_statement(error: sqlx::Error, sql: &str) -> Self {
        match error {
            sqlx::Error::ColumnDecode { index, source } => Self::Inconsistent {
                table: table_of(sql).to_owned().into(),
                column: index.into(),
                row: format!("(unknown: {source})"),
            },
            other => other.into(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                of_database(database.as_ref()).unwrap_or_else(|| Self::Failed(Arc::new(error)))
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::unavailable(error.to_string()),
            sqlx::Error::Configuration(_) => Self::Settings(error.to_string()),
            _ => Self::Failed(Arc::new(error)),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => error.into(),
            MigrateError::ExecuteMigration(error, version) => match error.into() {
                unavailable @ Self::Unavailable { .. } => unavailable,
                other => Self::Schema(format!("migration {version} failed: {other}")),
            },
            MigrateError::VersionMissing(version) => Self::Schema(format!(
                "it has migration {version}, which this release does not know; run the newer release, or restore a \
                 backup made before the upgrade"
            )),
            other => Self::Schema(other.to_string()),
        }
    }
}

fn of_database(error: &dyn DatabaseError) -> Option<StoreError> {
    let constraint = || error.constraint().unwrap_or(error.message()).to_owned();
    match error.kind() {
        ErrorKind::UniqueViolation => return Some(StoreError::Conflict { constraint: constraint() }),
        ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
            return Some(StoreError::Refused { constraint: constraint() });
        }
        _ => {}
    }
    let code = error.code()?;
    let away = match error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        Some(_) => postgres_is_away(&code),
        None => sqlite_is_away(&code),
    };
    away.then(|| StoreError::unavailable(error.message()))
}

/// SQLSTATE classes and codes after which the same statement may succeed: connection lost (08), resources used up
/// (53), stopped by an operator, a time limit or a restart (57), deadlock or serialisation failure (40), lock
/// timeout (55P03), a standby that takes no writes (25006), idle too long (25P03), disk errors (58).
fn postgres_is_away(code: &str) -> bool {
    matches!(code.get(..2), Some("08" | "53" | "57" | "40" | "58")) || matches!(code, "55P03" | "25006" | "25P03")
}

/// SQLite primary result codes after which the same statement may succeed: BUSY, LOCKED, NOMEM, READONLY, INTERRUPT,
/// IOERR, FULL, CANTOPEN, PROTOCOL.
fn sqlite_is_away(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 7 | 8 | 9 | 10 | 13 | 14 | 15))
}

/// The first table that a statement names.
fn table_of(sql: &str) -> &str {
    let mut words = sql.split_whitespace();
    let verbs = ["FROM", "INTO", "UPDATE"];
    let table = words.by_ref().find(|word| verbs.contains(word)).and(words.next());
    table.map_or("(unknown)", |table| table.trim_end_matches(|end: char| !end.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_statement_is_the_first_it_names() {
        assert_eq!(table_of("SELECT a, b FROM accounts WHERE id = $1"), "accounts");
        assert_eq!(table_of("INSERT INTO grants (id) VALUES ($1)"), "grants");
        assert_eq!(table_of("UPDATE codes SET spent = $1"), "codes");
        assert_eq!(table_of("SELECT 1"), "(unknown)");
    }

    #[test]
    fn rl4_errors_of_a_restarting_database_are_unavailable_and_mistakes_are_not() {
        for code in ["08006", "53300", "57P01", "57P03", "57014", "40P01", "25006", "58030"] {
            assert!(postgres_is_away(code), "{code}");
        }
        for code in ["42P01", "22001", "25P02", "XX000"] {
            assert!(!postgres_is_away(code), "{code}");
        }
        for code in ["5", "13", "10", "778", "14"] {
            assert!(sqlite_is_away(code), "{code}");
        }
        for code in ["1", "11", "19", "26"] {
            assert!(!sqlite_is_away(code), "{code}");
        }
    }
}
