//! The seal on the audit trail: what is changed, lost or put elsewhere is found, and the first bad row is named.

use std::time::Duration;

use serde_json::json;

use super::super::testing::{TestDb, databases, execute};
use super::super::{Chain, Db, Flaw, StoreError, Tx, Verdict};
use crate::audit::AuditEvent;
use crate::clock::Clock;

const LATE: &str = "INSERT INTO audit (seq, at, kind, actor, details) SELECT -5, at, 'test.late', actor, details FROM audit \
                    WHERE chain_no = 1";
const LATE_POSTGRES: &str = "INSERT INTO audit (seq, at, kind, actor, details) OVERRIDING SYSTEM VALUE \
                             SELECT -5, at, 'test.late', actor, details FROM audit WHERE chain_no = 1";

fn chain() -> Chain {
    Chain::new(&[7; 32])
}

/// Writes `count` events, each in a write of its own, and seals them.
async fn write_and_seal(db: &Db, count: usize) {
    let now = Clock::system().now();
    for number in 0..count {
        db.write(move |tx| {
            Box::pin(async move {
                tx.audit(AuditEvent { details: json!({"number": number}), ..AuditEvent::new(now, "test.written") });
                Ok(())
            })
        })
        .await
        .unwrap();
    }
    while chain().seal(db).await.unwrap() > 0 {}
}

async fn broken_at(db: &Db) -> (i64, Flaw) {
    match chain().verify(db).await.unwrap() {
        Verdict::Broken { chain_no, flaw, .. } => (chain_no, flaw),
        intact @ Verdict::Intact { .. } => panic!("{intact:?}"),
    }
}

async fn rows(db: &Db) -> i64 {
    match chain().verify(db).await.unwrap() {
        Verdict::Intact { rows, .. } => rows,
        broken @ Verdict::Broken { .. } => panic!("{broken:?}"),
    }
}

#[tokio::test]
async fn sec_r46_an_untouched_trail_is_intact_and_grows() {
    for TestDb { db, .. } in databases().await {
        assert_eq!(rows(&db).await, 0);
        write_and_seal(&db, 3).await;
        assert_eq!(rows(&db).await, 3);
        // More than one statement links, and more than one page reads.
        let now = Clock::system().now();
        db.write(move |tx| {
            Box::pin(async move {
                (0..1200).for_each(|_| tx.audit(AuditEvent::new(now, "test.many")));
                Ok(())
            })
        })
        .await
        .unwrap();
        write_and_seal(&db, 1).await;
        assert_eq!(rows(&db).await, 1204);
        let other = Chain::new(&[8; 32]).verify(&db).await.unwrap();
        assert!(matches!(other, Verdict::Broken { chain_no: 1, flaw: Flaw::Altered, .. }), "{other:?}");
    }
}

#[tokio::test]
async fn sec_ad8_damage_is_found_and_its_first_row_is_named() {
    let damage: &[(&[&str], i64, Flaw)] = &[
        (&["UPDATE audit SET details = '{\"number\":9}' WHERE chain_no = 3"], 3, Flaw::Altered),
        (&["UPDATE audit SET kind = 'test.other' WHERE chain_no = 1"], 1, Flaw::Altered),
        (&["UPDATE audit SET client = '' WHERE chain_no = 6"], 6, Flaw::Altered),
        (&["DELETE FROM audit WHERE chain_no = 4"], 4, Flaw::Missing),
        (&["DELETE FROM audit WHERE chain_no >= 5"], 5, Flaw::Missing),
        (&["DELETE FROM audit"], 1, Flaw::Missing),
        (&["UPDATE audit SET chain_no = NULL WHERE chain_no = 2"], 2, Flaw::Missing),
        (&["DELETE FROM audit_head"], 7, Flaw::Altered),
        (
            &[
                "UPDATE audit SET chain_no = -1 WHERE chain_no = 2",
                "UPDATE audit SET chain_no = 2 WHERE chain_no = 5",
                "UPDATE audit SET chain_no = 5 WHERE chain_no = -1",
            ],
            2,
            Flaw::Altered,
        ),
        (
            &[
                "DELETE FROM audit WHERE chain_no = 3",
                "UPDATE audit SET chain_no = 3 WHERE chain_no = 4",
                "UPDATE audit SET chain_no = 4 WHERE chain_no = 5",
                "UPDATE audit SET chain_no = 5 WHERE chain_no = 6",
                "UPDATE audit_head SET chain_no = 5",
            ],
            3,
            Flaw::Altered,
        ),
    ];
    for (statements, place, flaw) in damage {
        for TestDb { db, driver, .. } in databases().await {
            write_and_seal(&db, 6).await;
            for sql in *statements {
                execute(&db, sql).await;
            }
            assert_eq!(broken_at(&db).await, (*place, *flaw), "{driver}: {statements:?}");
            if *place <= 6 {
                // What comes later does not hide it.
                write_and_seal(&db, 2).await;
                assert_eq!(broken_at(&db).await.0, *place, "{driver}: {statements:?}");
            }
        }
    }
}

#[tokio::test]
async fn sec_ad8_a_chain_without_its_head_is_not_begun_anew() {
    for TestDb { db, driver, .. } in databases().await {
        write_and_seal(&db, 1).await;
        execute(&db, "DELETE FROM audit_head").await;
        let now = Clock::system().now();
        let later = move |tx: &mut Tx| {
            tx.audit(AuditEvent::new(now, "test.later"));
            std::future::ready(Ok(()))
        };
        db.write(move |tx| Box::pin(later(tx))).await.unwrap();
        let refused = chain().seal(&db).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent { .. })), "{driver}: {refused:?}");
        assert_eq!(broken_at(&db).await.0, 2, "{driver}");
    }
}

#[tokio::test]
async fn sec_ad8_a_value_that_cannot_be_read_is_named_too() {
    let test = super::super::testing::sqlite().await;
    write_and_seal(&test.db, 4).await;
    execute(&test.db, "UPDATE audit SET at = 'yesterday' WHERE chain_no = 3").await;
    assert_eq!(broken_at(&test.db).await, (3, Flaw::Unreadable));
}

#[tokio::test]
async fn a_row_that_is_committed_after_a_later_number_is_sealed_when_it_is_seen() {
    for TestDb { db, driver, .. } in databases().await {
        write_and_seal(&db, 3).await;
        execute(&db, if driver == "SQLite" { LATE } else { LATE_POSTGRES }).await;
        write_and_seal(&db, 1).await;
        assert_eq!(rows(&db).await, 5, "{driver}");
    }
}

#[tokio::test]
async fn several_sealers_at_once_make_one_chain() {
    for TestDb { db, driver, .. } in databases().await {
        let writing = write_and_seal(&db, 40);
        let sealing = (0..4).map(|_| async {
            for _ in 0..20 {
                chain().seal(&db).await.unwrap();
            }
        });
        tokio::time::timeout(
            Duration::from_mins(1),
            futures::future::join(writing, futures::future::join_all(sealing)),
        )
        .await
        .unwrap();
        assert_eq!(rows(&db).await, 40, "{driver}");
    }
}
