//! Contacts that are proven and doubted, on each database there is to test with.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::factor::FactorId;
use idp_core::policy::UserClass;
use uuid::Uuid;

use super::super::accounts;
use super::super::contacts::{self, Proven};
use super::super::new_accounts::{self, NewAccount};
use super::super::testing::{TestDb, databases, execute};
use super::super::{Db, StoreError};

const NUMBER: &str = "+447700900100";
const WHY: &str = "SELECT details FROM audit WHERE kind = 'contact.doubted' ORDER BY seq";

fn now() -> DateTime<Utc> {
    "2026-11-28T10:42:00Z".parse().unwrap()
}

/// Somebody with a number since `at`.
async fn with_number(db: &Db, n: u128, state: ContactState, at: DateTime<Utc>) -> Uuid {
    let id = Uuid::from_u128(n);
    let new = NewAccount {
        id,
        sub: n.to_string(),
        class: UserClass::Resident,
        email: Some((EmailAddress::parse(&format!("r{n}@example.org")).unwrap(), ContactState::Verified)),
        phone: Some((NUMBER.to_owned(), state)),
        external_owner: None,
        profile: serde_json::from_value(serde_json::json!({})).unwrap(),
        locale: None,
        phc: Some(String::new()),
        guest: None,
        totp_secret: None,
        contact_ids: [Uuid::from_u128(1000 + n), Uuid::from_u128(2000 + n)],
        at,
    };
    db.write(move |tx| Box::pin(new_accounts::insert(tx, new))).await.unwrap();
    id
}

async fn state_of(db: &Db, id: Uuid) -> ContactState {
    accounts::by_id(&mut db.read().await.unwrap(), id, "bins").await.unwrap().unwrap().phone.unwrap().state
}

async fn prove(db: &Db, id: Uuid) -> Result<bool, StoreError> {
    let proven = Proven {
        account: id,
        factor: FactorId::Sms,
        value: NUMBER.to_owned(),
        id: Uuid::from_u128(id.as_u128() + 3000),
        hold: [7; 32],
        at: now(),
    };
    db.try_write(move |tx| {
        Box::pin(async move { if contacts::prove(tx, proven).await? { Ok(()) } else { Err(Full::People) } })
    })
    .await
    .map(|()| true)
    .or_else(|full| match full {
        Full::People => Ok(false),
        Full::Store(error) => Err(error),
    })
}

/// Why a number was not proven.
enum Full {
    People,
    Store(StoreError),
}

impl From<StoreError> for Full {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[tokio::test]
async fn req_week_one_8_who_did_not_use_a_number_for_ninety_days_loses_it_to_who_proves_it() {
    for TestDb { db, driver, .. } in databases().await {
        let old = with_number(&db, 1, ContactState::Verified, now() - TimeDelta::days(91)).await;
        let recent = with_number(&db, 2, ContactState::Verified, now() - TimeDelta::days(89)).await;
        let confirmed = with_number(&db, 3, ContactState::Verified, now() - TimeDelta::days(200)).await;
        let at = now() - TimeDelta::days(1);
        db.write(move |tx| Box::pin(contacts::confirm(tx, confirmed, &FactorId::Sms, NUMBER, at))).await.unwrap();
        let new = with_number(&db, 4, ContactState::Vouched, now() - TimeDelta::days(200)).await;
        assert!(prove(&db, new).await.unwrap(), "{driver}");
        assert_eq!(state_of(&db, new).await, ContactState::Verified, "{driver}");
        assert_eq!(state_of(&db, old).await, ContactState::Doubtful, "{driver}");
        assert_eq!(state_of(&db, recent).await, ContactState::Verified, "{driver}");
        assert_eq!(state_of(&db, confirmed).await, ContactState::Verified, "{driver}");
        let why: Vec<String> = db.read().await.unwrap().query_scalar(WHY).fetch_all().await.unwrap();
        assert!(why.len() == 1 && why[0].contains("somebody_elses"), "{driver}: {why:?}");
        // A doubtful number is not confirmed by the way: it is proven.
        db.write(move |tx| Box::pin(contacts::confirm(tx, old, &FactorId::Sms, NUMBER, at))).await.unwrap();
        assert_eq!(state_of(&db, old).await, ContactState::Doubtful, "{driver}");
    }
}

#[tokio::test]
async fn req_week_one_1_a_pushed_number_is_proven_by_five_people_and_no_more() {
    for TestDb { db, driver, .. } in databases().await {
        for n in 1..=6 {
            let id = with_number(&db, n, ContactState::Vouched, now()).await;
            assert_eq!(prove(&db, id).await.unwrap(), n <= 5, "{driver} {n}");
        }
        // Who has proven it proves it again.
        assert!(prove(&db, Uuid::from_u128(1)).await.unwrap(), "{driver}");
    }
}

#[tokio::test]
async fn req_week_one_1_of_many_who_prove_a_number_at_the_same_moment_five_get_it() {
    for TestDb { db, driver, .. } in databases().await {
        for (round, taken) in [(0, 0), (1, 4)] {
            let mut people = Vec::new();
            for n in 0..12 {
                people.push(with_number(&db, 100 * (round + 1) + n, ContactState::Vouched, now()).await);
            }
            execute(&db, "UPDATE contacts SET state = 'doubtful' WHERE kind = 'phone' AND state = 'verified'").await;
            for person in people.drain(..taken) {
                assert!(prove(&db, person).await.unwrap(), "{driver}");
            }
            let proven = futures::future::join_all(people.iter().map(|person| prove(&db, *person))).await;
            let proven = proven.into_iter().filter(|proven| *proven.as_ref().unwrap()).count();
            assert_eq!(proven + taken, 5, "{driver}");
        }
    }
}

#[tokio::test]
async fn req_week_one_8_a_number_that_was_not_used_for_long_is_in_doubt() {
    for TestDb { db, driver, .. } in databases().await {
        let old = with_number(&db, 1, ContactState::Verified, now() - TimeDelta::days(600)).await;
        let pushed = with_number(&db, 2, ContactState::Vouched, now() - TimeDelta::days(600)).await;
        let recent = with_number(&db, 3, ContactState::Verified, now() - TimeDelta::days(500)).await;
        let before = now() - TimeDelta::days(548);
        let doubted = db.write(move |tx| Box::pin(contacts::doubt_unused(tx, before, now()))).await.unwrap();
        assert_eq!(doubted, 1, "{driver}");
        assert_eq!(state_of(&db, old).await, ContactState::Doubtful, "{driver}");
        assert_eq!(state_of(&db, pushed).await, ContactState::Vouched, "{driver}");
        assert_eq!(state_of(&db, recent).await, ContactState::Verified, "{driver}");
    }
}
