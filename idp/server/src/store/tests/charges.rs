//! The ledger: nothing is charged twice, an allowance is exact at its edge, and what was priced stays priced.

use chrono::{DateTime, Days, TimeDelta, Utc};
use idp_core::metering::allowance::AllowanceRow;
use idp_core::metering::tariff::{STANDARD_PLANS, TariffProblem};
use idp_core::metering::{BillOn, Channel, Money, Prefix, Purpose, SendStatus, TariffRow, london};
use uuid::Uuid;

use super::super::charges::{self, Charge, NewCharge, ReceiptKey, ReceiptOutcome, Selection};
use super::super::tariffs::{self, NotAdded};
use super::super::testing::{TestDb, databases, execute};
use super::super::{Db, StoreError};
use crate::clock::Random;

const NEARLY_USED: &str =
    "INSERT INTO allowance_uses (plan, year, used, last_taken) VALUES ('notify-allowance', 2026, 24990, 1)";

fn now() -> DateTime<Utc> {
    "2026-11-28T10:42:00Z".parse().unwrap()
}

fn text(plan: &str) -> NewCharge {
    NewCharge {
        id: Random::default().uuid(now()),
        client_id: "bins".to_owned(),
        organisation: "default".to_owned(),
        account_id: Some(Uuid::nil()),
        entry: "direct".to_owned(),
        purpose: Purpose::Code,
        channel: Channel::Sms,
        number: Some("+447700900123".to_owned()),
        country: Some("GB".to_owned()),
        parts: 1,
        plan: Some(plan.to_owned()),
        bill_on: BillOn::Accepted,
        sender: "twilio".to_owned(),
        provider_id: None,
        at: now(),
    }
}

fn call() -> NewCharge {
    NewCharge { channel: Channel::Voice, ..text("resale") }
}

/// The standard plans, in force since the day before `now`.
async fn plans(db: &Db) {
    db.try_write(|tx| {
        Box::pin(async move {
            let at = now() - TimeDelta::days(1);
            for plan in STANDARD_PLANS {
                for row in plan.rows(london::date(at)) {
                    tariffs::add_price(tx, TariffRow { id: Random::default().uuid(at), ..row }, at).await?;
                }
            }
            Ok::<_, NotAdded>(())
        })
    })
    .await
    .unwrap();
}

async fn allow(db: &Db, free: i64) {
    let from = "2026-04-01".parse().unwrap();
    let row = AllowanceRow { id: Random::default().uuid(now()), plan: "notify-allowance".to_owned(), free, from };
    db.try_write(move |tx| Box::pin(async move { tariffs::add_allowance(tx, row, now()).await })).await.unwrap();
}

async fn record(db: &Db, new: NewCharge) -> bool {
    db.write(move |tx| Box::pin(async move { charges::record(tx, new).await })).await.unwrap()
}

/// Records them all at once; how many were new.
async fn record_all(db: &Db, all: impl Iterator<Item = NewCharge>) -> usize {
    let writes = all.map(|new| {
        let db = db.clone();
        tokio::spawn(async move { record(&db, new).await })
    });
    let done = futures::future::join_all(writes.collect::<Vec<_>>()).await;
    done.into_iter().filter(|new| *new.as_ref().unwrap()).count()
}

async fn ledger(db: &Db) -> Vec<Charge> {
    let selection = Selection {
        from: now() - TimeDelta::days(90),
        to: now() + TimeDelta::days(900),
        organisation: None,
        client_id: None,
    };
    let mut conn = db.read().await.unwrap();
    let mut all: Vec<Charge> = Vec::new();
    // Pages as small as this show that none is left out or repeated.
    loop {
        let page = charges::page(&mut conn, &selection, all.last(), 7).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn one(db: &Db, id: Uuid) -> Charge {
    charges::find(&mut db.read().await.unwrap(), id).await.unwrap().unwrap()
}

async fn receipt(db: &Db, key: ReceiptKey, status: SendStatus, after: i64, parts: Option<i64>) -> ReceiptOutcome {
    let at = now() + TimeDelta::seconds(after);
    db.write(move |tx| Box::pin(async move { charges::receipt(tx, key, status, at, parts).await })).await.unwrap()
}

#[tokio::test]
async fn req_s0_9_req_s0_10_req_s0_11_sends_are_priced_as_the_plan_says_and_emails_are_counted_too() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        let email = NewCharge { channel: Channel::Email, number: None, country: None, ..text("resale") };
        let test = NewCharge { purpose: Purpose::Test, ..text("resale") };
        let unpriced = NewCharge { plan: None, ..text("resale") };
        for (new, amount) in [
            (text("resale"), 90_000),
            (NewCharge { parts: 3, ..text("resale") }, 90_000),
            (call(), 70_000),
            (email, 0),
            (test, 0),
            (unpriced, 0),
        ] {
            let id = new.id;
            assert!(record(&db, new).await, "{driver}");
            let row = one(&db, id).await;
            assert_eq!((row.units, row.amount, row.free_units), (1, amount, 0), "{driver}");
            assert_eq!(row.tariff_id.is_some(), row.plan.is_some(), "{driver}");
        }
        assert_eq!(ledger(&db).await.len(), 6, "{driver}");
    }
}

#[tokio::test]
async fn req_s2_10_the_25_000th_is_free_and_the_25_001st_is_not_with_many_sends_at_once() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        allow(&db, 25_000).await;
        execute(&db, NEARLY_USED).await;
        // 40 sends, each tried twice, as after an answer that was lost.
        let sends: Vec<_> = (0..40).map(|_| text("notify-allowance")).collect();
        let twice = sends.iter().chain(&sends).cloned();
        assert_eq!(record_all(&db, twice).await, 40, "{driver}");
        let rows = ledger(&db).await;
        let free = rows.iter().filter(|row| row.free_units == 1 && row.amount == 0).count();
        let charged = rows.iter().filter(|row| row.free_units == 0 && row.amount == 24_000).count();
        assert_eq!((free, charged), (10, 30), "{driver}");
        let mut conn = db.read().await.unwrap();
        assert_eq!(tariffs::used(&mut conn, "notify-allowance", 2026).await.unwrap(), 25_000, "{driver}");
    }
}

#[tokio::test]
async fn req_s2_10_a_message_at_the_edge_is_partly_free_and_the_next_year_begins_anew() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        allow(&db, 4).await;
        let three = || NewCharge { parts: 3, ..text("notify-allowance") };
        let ids = [three(), three(), three()].map(|new| (new.id, new));
        for (_, new) in ids.clone() {
            record(&db, new).await;
        }
        let mut paid = Vec::new();
        for (id, _) in &ids {
            let row = one(&db, *id).await;
            paid.push((row.units, row.free_units, row.amount));
        }
        assert_eq!(paid, [(3, 3, 0), (3, 1, 48_000), (3, 0, 72_000)], "{driver}");
        // 1 April begins at 23:00 UTC the day before.
        for (at, free) in [("2027-03-31T22:59:59Z", 0), ("2027-03-31T23:00:00Z", 1)] {
            let new = NewCharge { at: at.parse().unwrap(), ..text("notify-allowance") };
            let id = new.id;
            record(&db, new).await;
            assert_eq!(one(&db, id).await.free_units, free, "{driver} {at}");
        }
    }
}

#[tokio::test]
async fn case_ot6_one_send_is_one_charge_however_often_it_is_recorded() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        allow(&db, 100).await;
        let new = text("notify-allowance");
        assert_eq!(record_all(&db, std::iter::repeat_n(new, 50)).await, 1, "{driver}");
        assert_eq!(ledger(&db).await.len(), 1, "{driver}");
        let mut conn = db.read().await.unwrap();
        assert_eq!(tariffs::used(&mut conn, "notify-allowance", 2026).await.unwrap(), 1, "{driver}");
    }
}

#[tokio::test]
async fn req_s0_14_case_ad10_a_new_price_touches_no_row_of_the_ledger() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        record(&db, text("resale")).await;
        let before = ledger(&db).await;
        let row = |from: DateTime<Utc>| TariffRow {
            id: Random::default().uuid(now()),
            prefix: Prefix::Any,
            unit_price: Money::parse("0.12").unwrap(),
            ..STANDARD_PLANS[0].rows(london::date(from)).swap_remove(0)
        };
        let add = |row: TariffRow| {
            let db = db.clone();
            async move { db.try_write(move |tx| Box::pin(async move { tariffs::add_price(tx, row, now()).await })).await }
        };
        let refused = add(row(now())).await;
        assert!(matches!(refused, Err(NotAdded::Tariff(TariffProblem::Past(_)))), "{driver}: {refused:?}");
        let start = now() + Days::new(3);
        // Of several operators at once, one sets the price of that day.
        let added = futures::future::join_all((0..8).map(|_| add(row(start)))).await;
        assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 1, "{driver}: {added:?}");
        assert_eq!(ledger(&db).await, before, "{driver}");
        for (at, amount) in [(start - Days::new(1), 90_000), (start, 120_000)] {
            let new = NewCharge { at, ..text("resale") };
            let id = new.id;
            record(&db, new).await;
            assert_eq!(one(&db, id).await.amount, amount, "{driver}");
        }
    }
}

#[tokio::test]
async fn receipts_come_late_twice_and_out_of_order_and_move_a_send_forward_only() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        let new = NewCharge { provider_id: Some("SM1".to_owned()), ..text("resale") };
        let id = new.id;
        record(&db, new).await;
        let by_provider = || ReceiptKey::ProviderId { sender: "twilio".to_owned(), id: "SM1".to_owned() };
        let delivered = receipt(&db, by_provider(), SendStatus::Delivered, 9, None).await;
        assert_eq!(delivered, ReceiptOutcome::Applied(id), "{driver}");
        for (status, after) in [(SendStatus::Delivered, 9), (SendStatus::Sent, 20), (SendStatus::Failed, 3)] {
            let stale = receipt(&db, ReceiptKey::Reference(id), status, after, None).await;
            assert_eq!(stale, ReceiptOutcome::Stale(id), "{driver} {status}");
        }
        let known = charges::find(&mut db.read().await.unwrap(), id).await.unwrap().expect("a row");
        assert_eq!(
            (known.status.0, known.status_at),
            (SendStatus::Delivered, now() + TimeDelta::seconds(9)),
            "{driver}"
        );
        let stranger = ReceiptKey::ProviderId { sender: "notify".to_owned(), id: "SM1".to_owned() };
        assert_eq!(receipt(&db, stranger, SendStatus::Sent, 1, None).await, ReceiptOutcome::Unknown, "{driver}");
        let nobody = receipt(&db, ReceiptKey::Reference(Uuid::nil()), SendStatus::Sent, 1, None).await;
        assert_eq!(nobody, ReceiptOutcome::Unknown, "{driver}");
    }
}

#[tokio::test]
async fn bill_on_answered_makes_a_call_due_when_it_is_answered() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        let due = async |receipts: &[SendStatus]| {
            let new = NewCharge { bill_on: BillOn::Answered, ..call() };
            let id = new.id;
            record(&db, new).await;
            for (status, after) in receipts.iter().zip(1..) {
                receipt(&db, ReceiptKey::Reference(id), *status, after, None).await;
            }
            one(&db, id).await.due().millionths()
        };
        assert_eq!(due(&[]).await, 0, "{driver}");
        assert_eq!(due(&[SendStatus::Sent, SendStatus::Failed]).await, 0, "{driver}");
        assert_eq!(due(&[SendStatus::Answered]).await, 70_000, "{driver}");
        assert_eq!(due(&[SendStatus::Delivered]).await, 70_000, "{driver}");
        // The answer is told of after the end.
        assert_eq!(due(&[SendStatus::Failed, SendStatus::Answered]).await, 70_000, "{driver}");
        let accepted = call();
        let id = accepted.id;
        record(&db, accepted).await;
        assert_eq!(one(&db, id).await.due().millionths(), 70_000, "{driver}");
    }
}

#[tokio::test]
async fn a_receipt_corrects_the_parts_and_the_allowance_while_the_quarter_is_open() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        allow(&db, 4).await;
        let new = NewCharge { parts: 2, ..text("notify-allowance") };
        let (id, key) = (new.id, ReceiptKey::Reference(new.id));
        record(&db, new).await;
        receipt(&db, key.clone(), SendStatus::Delivered, 1, Some(5)).await;
        receipt(&db, key.clone(), SendStatus::Delivered, 1, Some(5)).await;
        let row = one(&db, id).await;
        assert_eq!((row.parts, row.units, row.free_units, row.amount), (5, 5, 4, 24_000), "{driver}");
        receipt(&db, key.clone(), SendStatus::Delivered, 2, Some(3)).await;
        let row = one(&db, id).await;
        assert_eq!((row.parts, row.units, row.free_units, row.amount), (3, 3, 3, 0), "{driver}");
        let mut conn = db.read().await.unwrap();
        assert_eq!(tariffs::used(&mut conn, "notify-allowance", 2026).await.unwrap(), 3, "{driver}");
        receipt(&db, key, SendStatus::Delivered, 6 * 86_400, Some(9)).await;
        assert_eq!(one(&db, id).await.parts, 3, "{driver}");
        // By the message the number of parts is a fact and no price.
        let new = text("resale");
        let id = new.id;
        record(&db, new).await;
        receipt(&db, ReceiptKey::Reference(id), SendStatus::Delivered, 1, Some(2)).await;
        let row = one(&db, id).await;
        assert_eq!((row.parts, row.units, row.amount), (2, 1, 90_000), "{driver}");
    }
}

#[tokio::test]
async fn a_correction_is_a_credit_of_its_own_and_never_more_than_was_charged() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        let new = text("resale");
        let id = new.id;
        record(&db, new).await;
        let later = now() + TimeDelta::days(60);
        let credit = |amount: &str| {
            let (db, amount, own) = (db.clone(), Money::parse(amount).unwrap(), Random::default().uuid(later));
            async move {
                let reason = "sent twice by the provider".to_owned();
                let write = db.write(move |tx| {
                    Box::pin(async move { charges::credit(tx, id, own, amount, reason, later).await })
                });
                write.await.unwrap().then_some(own)
            }
        };
        assert_eq!(credit("0").await, None, "{driver}");
        assert_eq!(credit("0.10").await, None, "{driver}");
        let four = futures::future::join_all((0..4).map(|_| credit("0.04"))).await;
        assert_eq!(four.iter().flatten().count(), 2, "{driver}");
        let own = four.into_iter().flatten().next().unwrap();
        let row = one(&db, own).await;
        assert_eq!((row.amount, row.corrects, row.created_at), (-40_000, Some(id), later), "{driver}");
        assert_eq!(one(&db, id).await.amount, 90_000, "{driver}");
        // A credit is not credited.
        let again = db.write(move |tx| {
            Box::pin(async move {
                charges::credit(tx, own, Uuid::nil(), Money::from_millionths(1), "no".to_owned(), later).await
            })
        });
        assert!(!again.await.unwrap(), "{driver}");
    }
}

#[tokio::test]
async fn the_ledger_outlives_the_person_and_is_selected_by_client_and_organisation() {
    for TestDb { db, driver, .. } in databases().await {
        plans(&db).await;
        let account = Random::default().uuid(now());
        record(&db, NewCharge { account_id: Some(account), ..text("resale") }).await;
        record(&db, NewCharge { client_id: "parking".to_owned(), ..text("resale") }).await;
        let gone: Result<u64, StoreError> =
            db.write(move |tx| Box::pin(async move { charges::anonymise(tx, account).await })).await;
        assert_eq!(gone.unwrap(), 1, "{driver}");
        assert!(ledger(&db).await.iter().all(|row| row.account_id != Some(account)), "{driver}");
        let mut conn = db.read().await.unwrap();
        for (organisation, client, expected) in
            [(None, Some("parking"), 1), (Some("default"), None, 2), (Some("other"), None, 0), (None, None, 2)]
        {
            let selection = Selection {
                from: now(),
                to: now() + TimeDelta::seconds(1),
                organisation: organisation.map(str::to_owned),
                client_id: client.map(str::to_owned),
            };
            let found = charges::page(&mut conn, &selection, None, 100).await.unwrap();
            assert_eq!(found.len(), expected, "{driver} {organisation:?} {client:?}");
        }
        // The end is not part of it.
        let selection = Selection { from: now() - TimeDelta::days(1), to: now(), organisation: None, client_id: None };
        assert!(charges::page(&mut conn, &selection, None, 100).await.unwrap().is_empty(), "{driver}");
    }
}
