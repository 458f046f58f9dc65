//! Databases for tests: a SQLite file always, a fresh PostgreSQL database when `IDP_TEST_POSTGRES_URL` names a server.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;

use super::{Db, StoreSettings};
use crate::clock::Random;

/// Where the tests' PostgreSQL server is, as a user who may create databases.
pub(crate) const POSTGRES_URL: &str = "IDP_TEST_POSTGRES_URL";

/// A migrated database that is the test's own.
pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) url: String,
    /// For the failure messages of a test that runs on both.
    pub(crate) driver: &'static str,
    _directory: Option<TempDir>,
}

/// The URL of a SQLite file in `directory`.
pub(crate) fn sqlite_url(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("idp.db").display())
}

/// A migrated SQLite database.
pub(crate) async fn sqlite() -> TestDb {
    let directory = tempfile::tempdir().unwrap();
    let url = sqlite_url(directory.path());
    let db = Db::connect(&StoreSettings::new(url.clone())).await.unwrap();
    db.migrate().await.unwrap();
    TestDb { db, url, driver: "SQLite", _directory: Some(directory) }
}

/// The URL of a new, empty PostgreSQL database; none, with a line that says so, if there is no server to test with.
pub(crate) async fn postgres_url() -> Option<String> {
    let Ok(server) = std::env::var(POSTGRES_URL) else {
        eprintln!("skipped on PostgreSQL: {POSTGRES_URL} is not set");
        return None;
    };
    let name = format!("idp_test_{}", data_encoding::HEXLOWER.encode(&Random::default().bytes::<8>()));
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"));
    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    Some(url.into())
}

/// A migrated PostgreSQL database, if there is a server to test with.
pub(crate) async fn postgres() -> Option<TestDb> {
    let url = postgres_url().await?;
    let db = Db::connect(&StoreSettings::new(url.clone())).await.unwrap();
    db.migrate().await.unwrap();
    Some(TestDb { db, url, driver: "PostgreSQL", _directory: None })
}

/// Every database there is to test with.
pub(crate) async fn databases() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    all.extend(postgres().await);
    all
}

/// Runs DDL that a test needs, in both databases.
pub(crate) async fn execute(db: &Db, sql: &'static str) {
    db.write(move |tx| Box::pin(async move { tx.query(sql).execute().await })).await.unwrap();
}
