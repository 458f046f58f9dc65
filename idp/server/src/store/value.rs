//! Values that the two databases keep in different native types: times, and anything with a textual form.
//!
//! `Uuid` (UUID, BLOB), [`Json`](sqlx::types::Json) (JSONB, TEXT), `bool`, `i64`, `String` and `Vec<u8>` need nothing
//! from here.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};

type SqliteBuffer = <Sqlite as sqlx::Database>::ArgumentBuffer;
type PostgresBuffer = <Postgres as sqlx::Database>::ArgumentBuffer;
type SqliteValue<'r> = <Sqlite as sqlx::Database>::ValueRef<'r>;
type PostgresValue<'r> = <Postgres as sqlx::Database>::ValueRef<'r>;

/// A time as it is stored: TIMESTAMPTZ in PostgreSQL, INTEGER microseconds since 1970 in SQLite. Anything finer than
/// a microsecond is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub DateTime<Utc>);

impl From<DateTime<Utc>> for Micros {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time)
    }
}

impl From<Micros> for DateTime<Utc> {
    fn from(Micros(time): Micros) -> Self {
        time
    }
}

impl Type<Sqlite> for Micros {
    fn type_info() -> <Sqlite as sqlx::Database>::TypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &<Sqlite as sqlx::Database>::TypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

impl Encode<'_, Sqlite> for Micros {
    fn encode_by_ref(&self, buffer: &mut SqliteBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Sqlite>::encode(self.0.timestamp_micros(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Micros {
    fn decode(value: SqliteValue<'r>) -> Result<Self, BoxDynError> {
        let micros = <i64 as Decode<Sqlite>>::decode(value)?;
        DateTime::from_timestamp_micros(micros).map(Self).ok_or_else(|| format!("{micros} µs is no time").into())
    }
}

impl Type<Postgres> for Micros {
    fn type_info() -> <Postgres as sqlx::Database>::TypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Micros {
    fn encode_by_ref(&self, buffer: &mut PostgresBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode_by_ref(&self.0, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Micros {
    fn decode(value: PostgresValue<'r>) -> Result<Self, BoxDynError> {
        <DateTime<Utc> as Decode<Postgres>>::decode(value).map(Self)
    }
}

/// Anything with a textual form (a factor id, a level, an IP address), stored as TEXT in both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<T>(pub T);

impl<DB: sqlx::Database, T> Type<DB> for Text<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        String::compatible(ty)
    }
}

impl<'q, DB: sqlx::Database, T: Display> Encode<'q, DB> for Text<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.to_string().encode(buffer)
    }
}

impl<'r, DB: sqlx::Database, T: FromStr> Decode<'r, DB> for Text<T>
where
    &'r str: Decode<'r, DB>,
    T::Err: Into<BoxDynError>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <&'r str as Decode<'r, DB>>::decode(value)?.parse().map(Self).map_err(Into::into)
    }
}
