//! Caps and budgets of sends: exact with many sends at once, on each database there is to test with.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::metering::Money;
use idp_core::metering::breaker::{Breaker, Conversion};
use idp_core::metering::spend::SpendCap;

use super::super::send_limits::{self, NumberLimits};
use super::super::spend;
use super::super::testing::{TestDb, databases};
use super::super::{Db, StoreError};

const ALERTS: &str = "SELECT details FROM audit WHERE kind = 'spend.alert' ORDER BY seq";
const NUMBER: [u8; 32] = [7; 32];

fn now() -> DateTime<Utc> {
    "2026-11-28T10:42:00Z".parse().unwrap()
}

fn pounds(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn cap(daily: &str, monthly: &str) -> SpendCap {
    SpendCap { name: "small".to_owned(), daily: Some(pounds(daily)), monthly: Some(pounds(monthly)) }
}

async fn reserve(db: &Db, price: &str, cap: &SpendCap, at: DateTime<Utc>) -> bool {
    let (price, cap) = (pounds(price), cap.clone());
    db.write(move |tx| Box::pin(async move { spend::reserve(tx, "bins", price, &cap, at).await })).await.unwrap()
}

/// How many of `count` reservations at once succeed.
async fn reserve_many(db: &Db, count: usize, cap: &SpendCap, at: DateTime<Utc>) -> usize {
    let tries = (0..count).map(|_| {
        let (db, cap) = (db.clone(), cap.clone());
        tokio::spawn(async move { reserve(&db, "0.09", &cap, at).await })
    });
    let done = futures::future::join_all(tries.collect::<Vec<_>>()).await;
    done.into_iter().filter(|ok| *ok.as_ref().unwrap()).count()
}

async fn alerts(db: &Db) -> Vec<(String, i64)> {
    let details: Vec<String> = db.read().await.unwrap().query_scalar(ALERTS).fetch_all().await.unwrap();
    let read = |text: &String| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        (value["of"].as_str().unwrap().to_owned(), value["percent"].as_i64().unwrap())
    };
    details.iter().map(read).collect()
}

#[tokio::test]
async fn sec_r13_a_daily_cap_is_exact_with_many_sends_at_once_and_somebody_is_told_once() {
    for TestDb { db, driver, .. } in databases().await {
        let cap = cap("0.90", "1.50");
        assert_eq!(reserve_many(&db, 40, &cap, now()).await, 10, "{driver}");
        let told = alerts(&db).await;
        assert_eq!(told, [("day".to_owned(), 80), ("day".to_owned(), 100)], "{driver}");
        // The next day has its own cap; the month goes on: 1.50 holds 16 in all.
        let tomorrow = now() + TimeDelta::days(1);
        assert_eq!(reserve_many(&db, 40, &cap, tomorrow).await, 6, "{driver}");
        let told: Vec<_> = alerts(&db).await.split_off(2);
        assert_eq!(told, [("month".to_owned(), 80), ("month".to_owned(), 100)], "{driver}");
        // A node whose clock is behind does not begin the day before anew.
        assert!(!reserve(&db, "0.09", &cap, now()).await, "{driver}");
        let spent = spend::spent(&mut db.read().await.unwrap(), "bins", tomorrow).await.unwrap();
        assert_eq!((spent.day, spent.month), (pounds("0.54"), pounds("1.44")), "{driver}");
        // A month later everything begins anew.
        assert!(reserve(&db, "0.09", &cap, now() + TimeDelta::days(31)).await, "{driver}");
    }
}

#[tokio::test]
async fn sec_r14_what_was_reserved_for_a_send_that_failed_is_given_back() {
    for TestDb { db, driver, .. } in databases().await {
        let cap = cap("0.09", "0.09");
        assert!(reserve(&db, "0.09", &cap, now()).await, "{driver}");
        assert!(!reserve(&db, "0.09", &cap, now()).await, "{driver}");
        let give_back = db.write(move |tx| {
            Box::pin(async move { spend::release(tx, "bins", Money::from_millionths(90_000), now()).await })
        });
        give_back.await.unwrap();
        assert!(reserve(&db, "0.09", &cap, now()).await, "{driver}");
        // A send dearer than the cap is refused from the first.
        let dear = SpendCap { daily: Some(pounds("0.05")), ..cap };
        let refused = db.write(move |tx| {
            Box::pin(async move { spend::reserve(tx, "parking", Money::from_millionths(90_000), &dear, now()).await })
        });
        assert!(!refused.await.unwrap(), "{driver}");
    }
}

async fn spend_number(db: &Db, limits: NumberLimits, at: DateTime<Utc>) -> bool {
    db.write(move |tx| Box::pin(async move { send_limits::spend(tx, NUMBER, limits, at).await })).await.unwrap()
}

async fn answer(db: &Db) {
    db.write(|tx| Box::pin(async move { send_limits::answered(tx, NUMBER).await })).await.unwrap();
}

#[tokio::test]
async fn sec_r13_case_ot7_of_60_unanswered_sends_at_once_a_number_gets_10() {
    for TestDb { db, driver, .. } in databases().await {
        let sends = (0..60).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { spend_number(&db, NumberLimits::NUMBER, now()).await })
        });
        let done = futures::future::join_all(sends.collect::<Vec<_>>()).await;
        assert_eq!(done.into_iter().filter(|ok| *ok.as_ref().unwrap()).count(), 10, "{driver}");
        assert!(!spend_number(&db, NumberLimits::NUMBER, now() + TimeDelta::hours(23)).await, "{driver}");
        assert!(spend_number(&db, NumberLimits::NUMBER, now() + TimeDelta::hours(24)).await, "{driver}");
    }
}

#[tokio::test]
async fn sec_r13_with_right_codes_a_number_gets_40_a_day_and_then_waits() {
    for TestDb { db, driver, .. } in databases().await {
        let mut got = 0;
        for n in 0..60 {
            if spend_number(&db, NumberLimits::NUMBER, now() + TimeDelta::minutes(n)).await {
                got += 1;
                answer(&db).await;
            }
        }
        assert_eq!(got, 40, "{driver}");
        assert!(spend_number(&db, NumberLimits::NUMBER, now() + TimeDelta::hours(24)).await, "{driver}");
    }
}

#[tokio::test]
async fn sec_r13_case_ot7_100_numbers_that_begin_alike_share_a_budget_and_a_block_holds() {
    for TestDb { db, driver, .. } in databases().await {
        let prefix = NumberLimits { unanswered: 30, total: 1_000, window: TimeDelta::hours(24) };
        let mut got = 0;
        for n in 0..100 {
            got += i64::from(spend_number(&db, prefix, now() + TimeDelta::seconds(n)).await);
        }
        assert_eq!(got, 30, "{driver}");
        // One person's code is one send answered, not thirty.
        db.write(|tx| Box::pin(async move { send_limits::answered_some(tx, NUMBER, 1).await })).await.unwrap();
        let later = now() + TimeDelta::minutes(5);
        assert_eq!([spend_number(&db, prefix, later).await, spend_number(&db, prefix, later).await], [true, false]);
        let until = now() + TimeDelta::hours(48);
        let block: Result<(), StoreError> = db
            .write(move |tx| {
                Box::pin(async move {
                    send_limits::block(tx, NUMBER, until, now()).await?;
                    send_limits::block(tx, NUMBER, now(), now()).await
                })
            })
            .await;
        block.unwrap();
        assert!(!spend_number(&db, prefix, until - TimeDelta::seconds(1)).await, "{driver}");
        assert!(spend_number(&db, prefix, until).await, "{driver}");
    }
}

#[tokio::test]
async fn case_ot7_the_breaker_counts_sends_and_the_right_codes_that_followed_them() {
    for TestDb { db, driver, .. } in databases().await {
        let sent_at = now() - TimeDelta::minutes(20);
        let counts = db.write(move |tx| {
            Box::pin(async move {
                for _ in 0..60 {
                    send_limits::count_send(tx, "bins", sent_at).await?;
                }
                for _ in 0..5 {
                    send_limits::count_verified(tx, "bins", 2, sent_at).await?;
                }
                send_limits::count_send(tx, "bins", now()).await?;
                send_limits::count_send(tx, "other", sent_at).await
            })
        });
        counts.await.unwrap();
        let breaker = Breaker::default();
        let mut conn = db.read().await.unwrap();
        let counted = send_limits::conversion(&mut conn, "bins", &breaker, now()).await.unwrap();
        assert_eq!(counted, Conversion { sent: 60, verified: 10 }, "{driver}");
        assert!(breaker.is_open(counted), "{driver}");
        let nothing = send_limits::conversion(&mut conn, "nobody", &breaker, now()).await.unwrap();
        assert_eq!(nothing, Conversion::default(), "{driver}");
        drop(conn);
        let purged =
            db.write(|tx| Box::pin(async move { send_limits::purge(tx, now() - TimeDelta::minutes(5), now()).await }));
        assert_eq!(purged.await.unwrap(), 2, "{driver}");
    }
}
