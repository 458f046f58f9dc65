//! What the store promises to the aggregates, on each database there is to test with.

mod backup_codes;
mod chain;
mod charges;
mod contacts;
mod failures;
mod imports;
mod schema;
mod send_guard;
mod sessions;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use super::testing::{TestDb, databases, execute, sqlite};
use super::{Db, Micros, StoreError, Text};
use crate::audit::{Actor, AuditEvent};
use crate::clock::{Clock, Random};

const CREATE_NOTE: &str = "CREATE TABLE note (body TEXT PRIMARY KEY, taken BOOLEAN NOT NULL DEFAULT FALSE)";
const INSERT_NOTE: &str = "INSERT INTO note (body) VALUES ($1)";
const TAKE_NOTE: &str = "UPDATE note SET taken = TRUE WHERE body = $1 AND taken = FALSE RETURNING body";
const COUNT_NOTES: &str = "SELECT COUNT(*) FROM note";
const NOTES: &str = "SELECT body FROM note ORDER BY body";
const EVENTS: &str = "SELECT kind, actor, details FROM audit ORDER BY seq";

async fn insert(db: &Db, body: &'static str) -> Result<u64, StoreError> {
    db.write(move |tx| Box::pin(async move { tx.query(INSERT_NOTE).bind(body).execute().await })).await
}

async fn notes(db: &Db) -> Vec<String> {
    db.read().await.unwrap().query_scalar(NOTES).fetch_all().await.unwrap()
}

/// Holds the writer inside a job until told to go on, so that what is sent meanwhile becomes one group with it.
struct Gate {
    go: oneshot::Sender<()>,
    job: tokio::task::JoinHandle<Result<(), StoreError>>,
}

impl Gate {
    async fn close(db: &Db) -> Self {
        let (go, wait) = oneshot::channel::<()>();
        let entered = Arc::new(Notify::new());
        let (inside, db) = (Arc::clone(&entered), db.clone());
        let body = move || async move {
            db.write(move |_| {
                Box::pin(async move {
                    inside.notify_one();
                    wait.await.ok();
                    Ok(())
                })
            })
            .await
        };
        let job = tokio::spawn(body());
        entered.notified().await;
        Self { go, job }
    }

    async fn open(self) -> Result<(), StoreError> {
        self.go.send(()).unwrap();
        self.job.await.unwrap()
    }
}

#[tokio::test]
async fn a_committed_row_is_seen_by_readers() {
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        insert(&db, "a").await.unwrap();
        assert_eq!(notes(&db).await, ["a"], "{driver}");
    }
}

#[tokio::test]
async fn values_come_back_as_they_were_stored() {
    #[derive(Debug, PartialEq, sqlx::FromRow)]
    struct Row {
        id: Uuid,
        at: Micros,
        #[sqlx(try_from = "Micros")]
        plain: DateTime<Utc>,
        never: Option<Micros>,
        flag: bool,
        data: Json<serde_json::Value>,
        number: i64,
        bytes: Vec<u8>,
        address: Text<std::net::IpAddr>,
    }
    const SQLITE_ROW: &str = "CREATE TABLE one (id BLOB, at INTEGER, plain INTEGER, never INTEGER, flag BOOLEAN, data TEXT, \
                      number INTEGER, bytes BLOB, address TEXT)";
    const POSTGRES_ROW: &str = "CREATE TABLE one (id UUID, at TIMESTAMPTZ, plain TIMESTAMPTZ, never TIMESTAMPTZ, flag BOOLEAN, \
                        data JSONB, number BIGINT, bytes BYTEA, address TEXT)";
    const PUT: &str = "INSERT INTO one VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id, at, plain, never, flag, data, \
               number, bytes, address";
    let at = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, if driver == "SQLite" { SQLITE_ROW } else { POSTGRES_ROW }).await;
        let row = Row {
            id: Random::default().uuid(at),
            at: Micros(at),
            plain: at,
            never: None,
            flag: true,
            data: Json(json!({"a": [1, "é"]})),
            number: i64::MIN,
            bytes: vec![0, 255],
            address: Text("2001:db8::1".parse().unwrap()),
        };
        let (id, bytes) = (row.id, row.bytes.clone());
        let stored: Row = db
            .write(move |tx| {
                Box::pin(async move {
                    let put = tx.query_as(PUT).bind(id).bind(Micros(at)).bind(Micros(at)).bind(None::<Micros>);
                    let put = put.bind(true).bind(Json(json!({"a": [1, "é"]}))).bind(i64::MIN).bind(bytes);
                    put.bind(Text("2001:db8::1".parse::<std::net::IpAddr>().unwrap())).fetch_one().await
                })
            })
            .await
            .unwrap();
        assert_eq!(stored, row, "{driver}");
    }
}

#[tokio::test]
async fn of_200_conditional_updates_at_once_one_wins() {
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        insert(&db, "code").await.unwrap();
        let takers = (0..200).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(|tx| {
                    Box::pin(async move { tx.query_scalar::<String>(TAKE_NOTE).bind("code").fetch_optional().await })
                })
                .await
                .unwrap()
            })
        });
        let won = futures::future::join_all(takers).await.into_iter().filter(|won| won.as_ref().unwrap().is_some());
        assert_eq!(won.count(), 1, "{driver}");
    }
}

#[tokio::test]
async fn the_events_of_a_write_are_kept_with_it_in_order_and_lost_with_it() {
    let now = Clock::system().now();
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        db.write(move |tx| {
            Box::pin(async move {
                for number in 0..70 {
                    let details = json!({"number": number, "agent": "a\u{0}b"});
                    tx.audit(AuditEvent { details, client: Some("x\0y".into()), ..AuditEvent::new(now, "test.kept") });
                }
                tx.query(INSERT_NOTE).bind("a").execute().await
            })
        })
        .await
        .unwrap();
        let refused = db.write(move |tx| {
            Box::pin(async move {
                tx.audit(AuditEvent { actor: Actor::System, ..AuditEvent::new(now, "test.lost") });
                tx.query(INSERT_NOTE).bind("a").execute().await
            })
        });
        assert!(matches!(refused.await, Err(StoreError::Conflict { .. })), "{driver}");
        let events: Vec<(String, String, String)> =
            db.read().await.unwrap().query_as(EVENTS).fetch_all().await.unwrap();
        assert_eq!(events.len(), 70, "{driver}");
        for (number, (kind, actor, details)) in events.iter().enumerate() {
            assert_eq!((kind.as_str(), actor.as_str()), ("test.kept", "anonymous"), "{driver}");
            let details: serde_json::Value = serde_json::from_str(details).unwrap();
            assert_eq!(details, json!({"number": number, "agent": "a\u{0}b"}), "{driver}");
        }
    }
}

#[tokio::test]
async fn revisions_count_the_committed_changes_of_each_kind() {
    for TestDb { db, driver, .. } in databases().await {
        for _ in 0..2 {
            db.write(|tx| Box::pin(async move { tx.bump("clients").await })).await.unwrap();
        }
        db.write(|tx| Box::pin(async move { tx.bump("keys").await })).await.unwrap();
        let lost: Result<(), _> = db
            .write(|tx| {
                Box::pin(async move {
                    tx.bump("keys").await?;
                    Err(StoreError::inconsistent("keys", "id", 1))
                })
            })
            .await;
        assert!(lost.is_err());
        let revisions = db.revisions().await.unwrap();
        assert_eq!(revisions, [("clients".to_owned(), 2), ("keys".to_owned(), 1)], "{driver}");
    }
}

#[tokio::test]
async fn data_statements_are_counted_and_nothing_else_is() {
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let _guard = metrics::set_default_local_recorder(&recorder);
        let now = Clock::system().now();
        // Two data statements: the row and the revision. The event is part of the commit.
        db.write(move |tx| {
            Box::pin(async move {
                tx.audit(AuditEvent::new(now, "test.counted"));
                tx.bump("notes").await?;
                tx.query(INSERT_NOTE).bind("a").execute().await
            })
        })
        .await
        .unwrap();
        let count: i64 = db.read().await.unwrap().query_scalar(COUNT_NOTES).fetch_one().await.unwrap();
        assert_eq!(count, 1);
        db.revisions().await.unwrap();
        db.for_workers().read().await.unwrap().query_scalar::<i64>(COUNT_NOTES).fetch_one().await.unwrap();
        let page = recorder.handle().render();
        assert!(page.lines().any(|line| line == "store_statements_total 3"), "{driver}: {page}");
    }
}

#[tokio::test]
async fn readers_cannot_write_to_sqlite() {
    let test = sqlite().await;
    let db = test.db.clone();
    execute(&db, CREATE_NOTE).await;
    let mut conn = db.read().await.unwrap();
    assert!(conn.query(INSERT_NOTE).bind("a").execute().await.is_err());
}
