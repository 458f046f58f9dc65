//! What is kept and what is not when a job, a commit, a caller or the database fails.

use std::time::Duration;

use super::super::testing::{TestDb, databases, execute, postgres, sqlite};
use super::super::{Db, StoreError, StoreSettings};
use super::{CREATE_NOTE, Gate, INSERT_NOTE, insert, notes};

const CREATE_PARENT: &str = "CREATE TABLE parent (id INTEGER PRIMARY KEY)";
const CREATE_CHILD: &str = "CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)";
const ORPHAN: &str = "INSERT INTO child (parent) VALUES (1)";
const END_TRANSACTION: &str = "ROLLBACK";
const END_CONNECTIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                               WHERE datname = current_database() ORDER BY pid = pg_backend_pid()";
const HANG: &str = "SELECT pg_sleep(30)";

/// Sends the same number of inserts as there are bodies, which wait together while the gate is closed.
fn send(db: &Db, bodies: &[&'static str]) -> Vec<tokio::task::JoinHandle<Result<u64, StoreError>>> {
    let spawn = |body: &&'static str| {
        let (db, body) = (db.clone(), *body);
        tokio::spawn(async move { insert(&db, body).await })
    };
    bodies.iter().map(spawn).collect()
}

/// Lets every spawned task run up to its next wait: the tests have one thread.
async fn let_all_send() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_job_that_fails_loses_its_own_rows_and_no_others() {
    let test = sqlite().await;
    let db = test.db.clone();
    execute(&db, CREATE_NOTE).await;
    let gate = Gate::close(&db).await;
    let sent = send(&db, &["a", "b", "a", "c"]);
    let_all_send().await;
    gate.open().await.unwrap();
    let mut failed = 0;
    for job in sent {
        if let Err(error) = job.await.unwrap() {
            assert!(matches!(error, StoreError::Conflict { .. }));
            failed += 1;
        }
    }
    assert_eq!(failed, 1);
    assert_eq!(notes(&db).await, ["a", "b", "c"]);
}

/// As [`send`], with writes of one statement.
fn send_statements(db: &Db, bodies: &[&'static str]) -> Vec<tokio::task::JoinHandle<Result<u64, StoreError>>> {
    let spawn = |body: &&'static str| {
        let (db, body) = (db.clone(), *body);
        tokio::spawn(async move { db.execute(INSERT_NOTE, move |s| s.bind(body)).await })
    };
    bodies.iter().map(spawn).collect()
}

#[tokio::test]
async fn a_write_of_one_statement_is_kept_alone_and_among_others_and_fails_alone() {
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        assert_eq!(db.execute(INSERT_NOTE, |s| s.bind("a")).await.unwrap(), 1, "{driver}");
        let twice = db.execute(INSERT_NOTE, |s| s.bind("a")).await;
        assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{driver}: {twice:?}");
        let mut sent = send(&db, &["b"]);
        sent.extend(send_statements(&db, &["c", "a", "d", "b"]));
        sent.extend(send(&db, &["a", "e"]));
        let mut failed = 0;
        for job in sent {
            failed += usize::from(job.await.unwrap().is_err());
        }
        assert_eq!(failed, 3, "{driver}");
        assert_eq!(notes(&db).await, ["a", "b", "c", "d", "e"], "{driver}");
    }
}

#[tokio::test]
async fn the_first_job_of_a_group_may_fail_without_the_others() {
    let test = sqlite().await;
    let db = test.db.clone();
    execute(&db, CREATE_NOTE).await;
    insert(&db, "a").await.unwrap();
    let mut sent = send(&db, &["a"]);
    sent.extend(send_statements(&db, &["a", "b"]));
    sent.extend(send(&db, &["c", "a"]));
    let mut failed = 0;
    for job in sent {
        failed += usize::from(job.await.unwrap().is_err());
    }
    assert_eq!(failed, 3);
    assert_eq!(notes(&db).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn an_error_of_the_callers_own_rolls_the_write_back() {
    #[derive(Debug, thiserror::Error)]
    enum Refusal {
        #[error("refused")]
        Refused,
        #[error(transparent)]
        Store(#[from] StoreError),
    }
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        let outcome: Result<(), Refusal> = db
            .try_write(|tx| {
                Box::pin(async move {
                    tx.query(INSERT_NOTE).bind("a").execute().await?;
                    Err(Refusal::Refused)
                })
            })
            .await;
        assert!(matches!(outcome, Err(Refusal::Refused)), "{driver}");
        assert!(notes(&db).await.is_empty(), "{driver}");
    }
}

#[tokio::test]
async fn a_body_that_ignores_a_failed_statement_is_rolled_back() {
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        insert(&db, "a").await.unwrap();
        let outcome = db
            .write(|tx| {
                Box::pin(async move {
                    tx.query(INSERT_NOTE).bind("b").execute().await?;
                    tx.query(INSERT_NOTE).bind("a").execute().await.ok();
                    Ok(())
                })
            })
            .await;
        assert!(matches!(outcome, Err(StoreError::Conflict { .. })), "{driver}");
        assert_eq!(notes(&db).await, ["a"], "{driver}");
    }
}

#[tokio::test]
async fn a_commit_that_fails_fails_the_whole_group() {
    let test = sqlite().await;
    let db = test.db.clone();
    for sql in [CREATE_NOTE, CREATE_PARENT, CREATE_CHILD] {
        execute(&db, sql).await;
    }
    let gate = Gate::close(&db).await;
    let sent = send(&db, &["a", "b"]);
    // A deferred foreign key fails at the commit, not at the statement.
    let worker = db.clone();
    let orphan =
        tokio::spawn(async move { worker.write(|tx| Box::pin(async move { tx.query(ORPHAN).execute().await })).await });
    let_all_send().await;
    assert!(gate.open().await.is_err());
    assert!(orphan.await.unwrap().is_err());
    for job in sent {
        assert!(job.await.unwrap().is_err());
    }
    assert!(notes(&db).await.is_empty());
    insert(&db, "later").await.unwrap();
    assert_eq!(notes(&db).await, ["later"]);
}

#[tokio::test]
async fn a_transaction_that_the_database_ended_fails_the_whole_group() {
    let test = sqlite().await;
    let db = test.db.clone();
    execute(&db, CREATE_NOTE).await;
    let gate = Gate::close(&db).await;
    let sent = send(&db, &["a"]);
    let worker = db.clone();
    // What SQLite does by itself when the disk is full.
    let ended = tokio::spawn(async move {
        worker.write(|tx| Box::pin(async move { tx.query(END_TRANSACTION).execute().await })).await
    });
    let_all_send().await;
    assert!(gate.open().await.is_err());
    assert!(ended.await.unwrap().is_err());
    for job in sent {
        assert!(job.await.unwrap().is_err());
    }
    assert!(notes(&db).await.is_empty());
    insert(&db, "later").await.unwrap();
}

#[tokio::test]
async fn a_body_that_panics_is_rolled_back_and_the_next_write_works() {
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        let outcome: Result<(), _> = db
            .write(|tx| {
                Box::pin(async move {
                    tx.query(INSERT_NOTE).bind("a").execute().await?;
                    panic!("as the test wants");
                })
            })
            .await;
        assert!(matches!(outcome, Err(StoreError::Panicked)), "{driver}");
        insert(&db, "b").await.unwrap();
        assert_eq!(notes(&db).await, ["b"], "{driver}");
    }
}

#[tokio::test]
async fn sec_rl20_callers_that_go_away_break_nothing() {
    for TestDb { db, driver, .. } in databases().await {
        execute(&db, CREATE_NOTE).await;
        for body in ["a", "b", "c"] {
            let mut going = Box::pin(insert(&db, body));
            assert!(futures::poll!(&mut going).is_pending(), "{driver}");
            drop(going);
        }
        insert(&db, "d").await.unwrap();
        assert!(notes(&db).await.contains(&"d".to_owned()), "{driver}");
    }
}

#[tokio::test]
async fn sec_rl5_a_statement_that_hangs_is_given_up_and_its_connection_is_not_used_again() {
    let Some(TestDb { url, .. }) = postgres().await else { return };
    let settings =
        StoreSettings { max_connections: 1, wait: Duration::from_millis(200), ..StoreSettings::new(url.clone()) };
    let db = Db::connect(&settings).await.unwrap();
    let mut conn = db.read().await.unwrap();
    let outcome = conn.query(HANG).execute().await;
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })));
    drop(conn);
    // The pool has room for one connection: this one must be new, and works.
    for _ in 0..20 {
        if db.revisions().await.is_ok() {
            return;
        }
    }
    panic!("the pool never recovered");
}

#[tokio::test]
async fn sec_rl4_connections_that_the_server_closed_are_replaced() {
    let Some(TestDb { db, .. }) = postgres().await else { return };
    execute(&db, CREATE_NOTE).await;
    let held: Vec<_> = futures::future::join_all((0..4).map(|_| db.read())).await;
    drop(held);
    let ended = db
        .write(|tx| {
            Box::pin(async move {
                tx.query(INSERT_NOTE).bind("lost").execute().await?;
                tx.query(END_CONNECTIONS).execute().await
            })
        })
        .await;
    assert!(matches!(ended, Err(StoreError::Unavailable { .. })), "{ended:?}");
    // Each connection of the pool fails at most once.
    let mut failures = 0;
    while let Err(error) = insert(&db, "kept").await {
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        failures += 1;
        assert!(failures <= 16);
    }
    assert_eq!(notes(&db).await, ["kept"]);
}

#[tokio::test]
async fn sec_rl3_a_server_that_answers_before_it_is_durable_is_refused() {
    let Some(TestDb { url, .. }) = postgres().await else { return };
    let mut early = url::Url::parse(&url).unwrap();
    early.query_pairs_mut().append_pair("options", "-c synchronous_commit=off");
    let refused = Db::connect(&StoreSettings::new(String::from(early))).await;
    assert!(matches!(refused, Err(StoreError::Settings(_))), "{refused:?}");
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable() {
    let refused = Db::connect(&StoreSettings::new("postgres://idp@127.0.0.1:1/idp")).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
}

#[tokio::test]
async fn only_two_kinds_of_database_are_supported_and_memory_is_neither() {
    for url in ["mysql://localhost/idp", "sqlite::memory:", "idp.db"] {
        let refused = Db::connect(&StoreSettings::new(url)).await;
        assert!(matches!(refused, Err(StoreError::Settings(_))), "{url}: {refused:?}");
    }
}
