//! The schema: the same in both databases, migrated once, never by an older release.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, SqlSafeStr as _};

use super::super::migrate::{POSTGRES, SQLITE};
use super::super::testing::{TestDb, databases, postgres, postgres_url, sqlite, sqlite_url};
use super::super::{Db, StoreError, StoreSettings, all_statements, audit, sqlite as files};

const FROM_THE_FUTURE: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                       VALUES (9999, 'future', TRUE, $1, 0)";
const VERSIONS: &str = "SELECT version FROM _sqlx_migrations ORDER BY version";
const FORGET_ALL: &str = "DELETE FROM _sqlx_migrations WHERE version < 9999";

fn scripts(driver: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(driver);
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[test]
fn migrations_have_the_same_numbers_and_names_in_both_databases_and_all_are_embedded() {
    let names = scripts("sqlite");
    assert_eq!(names, scripts("postgres"));
    for migrator in [&SQLITE, &POSTGRES] {
        let embedded = migrator.iter().map(|m| format!("{:04}_{}.sql", m.version, m.description.replace(' ', "_")));
        assert_eq!(embedded.collect::<BTreeSet<_>>(), names);
    }
    let numbers = (1..=names.len()).map(|number| format!("{number:04}_"));
    assert!(names.iter().zip(numbers).all(|(name, number)| name.starts_with(&number)), "{names:?}");
}

#[tokio::test]
async fn every_statement_can_be_prepared_in_both_databases() {
    let mut statements = all_statements();
    let inserts = audit::insert_sql(3);
    statements.push(("audit insert", &inserts));
    let test = sqlite().await;
    let options = files::writer_options(&test.url, std::time::Duration::from_secs(1)).unwrap();
    let mut connection = options.connect().await.unwrap();
    let mut failed = Vec::new();
    for (name, sql) in &statements {
        if let Err(error) = connection.prepare(AssertSqlSafe(*sql).into_sql_str()).await {
            failed.push(format!("{name} in SQLite: {error}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    let Some(TestDb { url, .. }) = &postgres().await else { return };
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    for (name, sql) in &statements {
        // As untyped as possible: a parameter whose type PostgreSQL must guess wrongly needs a CAST in the text.
        if let Err(error) = connection.prepare(AssertSqlSafe(*sql).into_sql_str()).await {
            failed.push(format!("{name} in PostgreSQL: {error}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn sec_da12_a_newer_schema_is_refused_and_nothing_is_changed() {
    for TestDb { db, driver, .. } in databases().await {
        db.write(|tx| {
            Box::pin(async move {
                tx.query(FORGET_ALL).execute().await?;
                tx.query(FROM_THE_FUTURE).bind(vec![0_u8]).execute().await
            })
        })
        .await
        .unwrap();
        let refused = db.migrate().await;
        assert!(matches!(&refused, Err(StoreError::Schema(why)) if why.contains("9999")), "{driver}: {refused:?}");
        let versions: Vec<i64> = db.read().await.unwrap().query_scalar(VERSIONS).fetch_all().await.unwrap();
        assert_eq!(versions, [9999], "{driver}");
    }
}

#[tokio::test]
async fn sec_rl11_three_nodes_that_start_at_once_migrate_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut urls = vec![sqlite_url(directory.path())];
    urls.extend(postgres_url().await);
    for url in urls {
        let settings = StoreSettings::new(url);
        let start = || async {
            let db = Db::connect(&settings).await?;
            db.migrate().await?;
            db.read().await?.query_scalar::<i64>(VERSIONS).fetch_all().await
        };
        let (one, two, three) = tokio::join!(start(), start(), start());
        for versions in [one, two, three] {
            assert_eq!(versions.unwrap().len(), scripts("sqlite").len());
        }
    }
}
