//! Statements: declared as constants with [`statements!`], bound and run through a [`Conn`], the same way on both
//! drivers. Nothing else in the program calls sqlx to run SQL.

use std::future::{Future, ready};
use std::marker::PhantomData;

use futures::TryStreamExt as _;
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{
    Arguments as _, Decode, Either, Encode, Executor as _, FromRow, Postgres, SqlSafeStr as _, SqlStr, Sqlite, Type,
};
use tokio::time::Instant;

use super::error::StoreError;
use super::sqlite::Reader;

/// Declares the SQL of one file: constants, and `ALL`, their names and texts.
///
/// Each text must be valid in SQLite and in PostgreSQL, with `$1`, `$2` … as placeholders; a test prepares every one
/// in both. To have a new file's statements checked, add its `ALL` to [`super::all_statements`].
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$meta])* pub(crate) const $name: &str = $sql;)+
        /// Every statement of this file, by name.
        pub(crate) const ALL: &[(&str, &str)] =
            &[$((concat!(module_path!(), "::", stringify!($name)), $name)),+];
    };
}
pub(crate) use statements;

/// A value that both drivers can bind.
pub trait Value<'v>: Encode<'v, Sqlite> + Type<Sqlite> + Encode<'v, Postgres> + Type<Postgres> {}

impl<'v, V> Value<'v> for V where V: Encode<'v, Sqlite> + Type<Sqlite> + Encode<'v, Postgres> + Type<Postgres> {}

/// A row that both drivers can read: a tuple, or a struct with `#[derive(sqlx::FromRow)]`.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

impl<R> Record for R where R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

/// A single column that both drivers can read.
pub trait Scalar:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin + 'static
{
}

impl<S> Scalar for S where
    S: for<'r> Decode<'r, Sqlite>
        + Type<Sqlite>
        + for<'r> Decode<'r, Postgres>
        + Type<Postgres>
        + Send
        + Unpin
        + 'static
{
}

/// A connection of either driver. From [`Db::read`](super::Db::read) it only reads; inside
/// [`Db::write`](super::Db::write) it is part of a [`Tx`](super::Tx).
#[derive(Debug)]
pub struct Conn {
    pub(super) link: Link,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum Link {
    Writer(SqliteConnection),
    Reader(Reader),
    Postgres(PoolConnection<Postgres>),
}

/// What a connection remembers about the read or write that uses it.
#[derive(Debug, Default)]
pub(super) struct State {
    /// After this no statement waits any longer.
    pub(super) deadline: Option<Instant>,
    /// Whether the statements count as work that a request waits for.
    pub(super) counted: bool,
    /// The first statement that failed. A transaction with a failed statement is never committed: PostgreSQL
    /// would turn the commit into a rollback without saying so, and both databases shall behave alike.
    pub(super) failure: Option<StoreError>,
    /// A statement was started and did not end: the connection cannot be used again.
    pub(super) in_flight: bool,
}

impl Conn {
    pub(super) fn new(link: Link, deadline: Option<Instant>, counted: bool) -> Self {
        Self { link, state: State { deadline, counted, ..State::default() } }
    }

    /// A statement without rows, or whose rows do not matter.
    pub fn query(&mut self, sql: &'static str) -> Statement<'_, ()> {
        self.statement(sql.into_sql_str())
    }

    /// A statement with rows of type `T`.
    pub fn query_as<T: Record>(&mut self, sql: &'static str) -> Statement<'_, T> {
        self.statement(sql.into_sql_str())
    }

    /// A statement with one column of type `T`; an expression that may be NULL needs `Option<_>`.
    pub fn query_scalar<T: Scalar>(&mut self, sql: &'static str) -> ScalarStatement<'_, T> {
        ScalarStatement(self.statement(sql.into_sql_str()))
    }

    pub(super) fn statement<T>(&mut self, sql: SqlStr) -> Statement<'_, T> {
        let target = match &mut self.link {
            Link::Writer(connection) => Target::Sqlite(connection, SqliteArguments::default()),
            Link::Reader(reader) => match reader.connection() {
                Some(connection) => Target::Sqlite(connection, SqliteArguments::default()),
                None => Target::Gone,
            },
            Link::Postgres(connection) => Target::Postgres(connection, PgArguments::default()),
        };
        Statement { target, state: &mut self.state, sql, refused: None, rows: PhantomData }
    }

    /// Runs BEGIN, COMMIT and their like: not counted, and tried even in a failed transaction.
    pub(super) async fn control(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.state.in_flight = true;
        let outcome = match &mut self.link {
            Link::Writer(connection) => {
                let ran = on_sqlite(connection, sql.into_sql_str(), SqliteArguments::default(), |_| Ok(()));
                within(self.state.deadline, ran).await.map(drop)
            }
            Link::Postgres(connection) => {
                within(self.state.deadline, sqlx::raw_sql(sql).execute(&mut **connection)).await.map(drop)
            }
            Link::Reader(_) => Ok(()),
        };
        self.state.finish(outcome, sql)
    }
}

/// A connection whose statement was cut off in the middle, or which the database dropped, must not serve again.
impl Drop for Conn {
    fn drop(&mut self) {
        let lost = self.state.in_flight || matches!(self.state.failure, Some(StoreError::Unavailable { .. }));
        match &mut self.link {
            Link::Reader(reader) if lost => reader.abandon(),
            Link::Postgres(connection) if lost => connection.close_on_drop(),
            _ => {}
        }
    }
}

impl State {
    fn start(&mut self, refused: Option<BoxDynError>) -> Result<(), StoreError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if let Some(error) = refused {
            return Err(sqlx::Error::Encode(error).into());
        }
        if self.counted {
            metrics::counter!("store_statements_total").increment(1);
        }
        self.in_flight = true;
        Ok(())
    }

    fn finish<T>(&mut self, outcome: Result<T, Cut>, sql: &str) -> Result<T, StoreError> {
        let error = match outcome {
            Ok(value) => {
                self.in_flight = false;
                return Ok(value);
            }
            Err(Cut::TimedOut) => StoreError::unavailable("it took too long to answer"),
            Err(Cut::Failed(error)) => {
                self.in_flight = false;
                StoreError::of_statement(error, sql)
            }
        };
        self.failure.get_or_insert_with(|| error.clone());
        Err(error)
    }
}

/// How a statement ended that did not succeed.
enum Cut {
    TimedOut,
    Failed(sqlx::Error),
}

async fn within<T>(
    deadline: Option<Instant>,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Cut> {
    match deadline {
        None => statement.await.map_err(Cut::Failed),
        Some(deadline) => match tokio::time::timeout_at(deadline, statement).await {
            Ok(outcome) => outcome.map_err(Cut::Failed),
            Err(_) => Err(Cut::TimedOut),
        },
    }
}

/// Runs one statement on SQLite and gives the number of rows it changed, as soon as it says that it is done. Whoever waits
/// for the end of the driver's channel as well is woken once more for every statement.
async fn on_sqlite(
    connection: &mut SqliteConnection,
    sql: SqlStr,
    arguments: SqliteArguments,
    mut each: impl FnMut(SqliteRow) -> Result<(), sqlx::Error>,
) -> Result<u64, sqlx::Error> {
    let mut said = connection.fetch_many(sqlx::query_with::<Sqlite, _>(sql, arguments));
    while let Some(item) = said.try_next().await? {
        match item {
            Either::Right(row) => each(row)?,
            Either::Left(done) => return Ok(done.rows_affected()),
        }
    }
    Ok(0)
}

#[derive(Debug)]
enum Target<'c> {
    Sqlite(&'c mut SqliteConnection, SqliteArguments),
    Postgres(&'c mut PgConnection, PgArguments),
    Gone,
}

/// A statement with its values, bound to a connection. `T` is the type of its rows.
#[derive(Debug)]
#[must_use = "a statement does nothing until it is run"]
pub struct Statement<'c, T> {
    target: Target<'c>,
    state: &'c mut State,
    sql: SqlStr,
    refused: Option<BoxDynError>,
    rows: PhantomData<fn() -> T>,
}

impl<T> Statement<'_, T> {
    /// Binds the next placeholder. A value that cannot be encoded makes the statement fail when it is run.
    pub fn bind<'v>(mut self, value: impl Value<'v>) -> Self {
        let added = match &mut self.target {
            Target::Sqlite(_, arguments) => arguments.add(value),
            Target::Postgres(_, arguments) => arguments.add(value),
            Target::Gone => Ok(()),
        };
        if let Err(error) = added {
            self.refused.get_or_insert(error);
        }
        self
    }

    /// Runs the statement and gives the number of rows it changed.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn execute(self) -> Result<u64, StoreError> {
        let Self { target, state, sql, refused, .. } = self;
        let text = sql.clone();
        state.start(refused)?;
        let outcome = target.execute(sql, state.deadline).await;
        state.finish(outcome, text.as_str())
    }
}

impl<T: Record> Statement<'_, T> {
    /// Runs the statement and gives its first row, if any.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn fetch_optional(self) -> Result<Option<T>, StoreError> {
        let Self { target, state, sql, refused, .. } = self;
        let text = sql.clone();
        state.start(refused)?;
        let row = target.first(sql, state.deadline).await;
        let record = row.and_then(|row| row.as_ref().map(Row::read).transpose().map_err(Cut::Failed));
        state.finish(record, text.as_str())
    }

    /// Runs the statement and gives its one row: for aggregates and `INSERT … RETURNING`.
    ///
    /// # Errors
    /// As [`StoreError`] says; no row at all is [`StoreError::Failed`].
    pub async fn fetch_one(self) -> Result<T, StoreError> {
        self.fetch_optional().await?.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// Runs the statement and gives all its rows: limit them in SQL.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn fetch_all(self) -> Result<Vec<T>, StoreError> {
        let Self { target, state, sql, refused, .. } = self;
        let text = sql.clone();
        state.start(refused)?;
        let mut records = Vec::new();
        let mut each = |row: Row| row.read().map(|record| records.push(record));
        let outcome = target.every(sql, state.deadline, &mut each).await;
        state.finish(outcome.map(|()| records), text.as_str())
    }
}

/// A row of either driver.
enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    fn read<T: Record>(&self) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => T::from_row(row),
            Self::Postgres(row) => T::from_row(row),
        }
    }
}

/// What is done with each row.
type Each<'e> = &'e mut (dyn FnMut(Row) -> Result<(), sqlx::Error> + Send);

/// How statements are run, whatever becomes of their rows: the drivers' machinery is compiled once, and not for every type
/// of row.
impl Target<'_> {
    async fn execute(self, sql: SqlStr, deadline: Option<Instant>) -> Result<u64, Cut> {
        match self {
            Self::Sqlite(connection, arguments) => {
                within(deadline, on_sqlite(connection, sql, arguments, |_| Ok(()))).await
            }
            Self::Postgres(connection, arguments) => {
                let query = sqlx::query_with::<Postgres, _>(sql, arguments);
                within(deadline, query.execute(connection)).await.map(|done| done.rows_affected())
            }
            Self::Gone => Err(gone()),
        }
    }

    async fn first(self, sql: SqlStr, deadline: Option<Instant>) -> Result<Option<Row>, Cut> {
        match self {
            Self::Sqlite(connection, arguments) => {
                let query = sqlx::query_with::<Sqlite, _>(sql, arguments);
                Ok(within(deadline, query.fetch_optional(connection)).await?.map(Row::Sqlite))
            }
            Self::Postgres(connection, arguments) => {
                let query = sqlx::query_with::<Postgres, _>(sql, arguments);
                Ok(within(deadline, query.fetch_optional(connection)).await?.map(Row::Postgres))
            }
            Self::Gone => Err(gone()),
        }
    }

    async fn every(self, sql: SqlStr, deadline: Option<Instant>, each: Each<'_>) -> Result<(), Cut> {
        match self {
            Self::Sqlite(connection, arguments) => {
                let ran = on_sqlite(connection, sql, arguments, |row| each(Row::Sqlite(row)));
                within(deadline, ran).await.map(drop)
            }
            Self::Postgres(connection, arguments) => {
                let query = sqlx::query_with::<Postgres, _>(sql, arguments);
                let ran = query.fetch(connection).try_for_each(|row| ready(each(Row::Postgres(row))));
                within(deadline, ran).await
            }
            Self::Gone => Err(gone()),
        }
    }
}

fn gone() -> Cut {
    Cut::Failed(sqlx::Error::WorkerCrashed)
}

/// A statement of which the first column is wanted.
#[derive(Debug)]
#[must_use = "a statement does nothing until it is run"]
pub struct ScalarStatement<'c, T>(Statement<'c, (T,)>);

impl<T: Scalar> ScalarStatement<'_, T> {
    /// See [`Statement::bind`].
    pub fn bind<'v>(self, value: impl Value<'v>) -> Self {
        Self(self.0.bind(value))
    }

    /// See [`Statement::fetch_optional`].
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn fetch_optional(self) -> Result<Option<T>, StoreError> {
        Ok(self.0.fetch_optional().await?.map(|(value,)| value))
    }

    /// See [`Statement::fetch_one`].
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn fetch_one(self) -> Result<T, StoreError> {
        Ok(self.0.fetch_one().await?.0)
    }

    /// See [`Statement::fetch_all`].
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn fetch_all(self) -> Result<Vec<T>, StoreError> {
        Ok(self.0.fetch_all().await?.into_iter().map(|(value,)| value).collect())
    }
}
