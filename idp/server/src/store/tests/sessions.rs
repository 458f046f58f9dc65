//! Sessions that begin and end while something else happens, on each database there is to test with.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::journey::{Method, Proof};
use idp_core::policy::UserClass;
use uuid::Uuid;

use super::super::new_accounts::{self, NewAccount};
use super::super::sessions::{self, NewSession};
use super::super::testing::{TestDb, databases};
use super::super::{Db, accounts};

const ACCOUNT: Uuid = Uuid::from_u128(1);

fn now() -> DateTime<Utc> {
    "2026-11-28T10:42:00Z".parse().unwrap()
}

async fn with_account(db: &Db) {
    let new = NewAccount {
        id: ACCOUNT,
        sub: "ada".to_owned(),
        class: UserClass::Resident,
        email: Some((EmailAddress::parse("ada@example.org").unwrap(), ContactState::Verified)),
        phone: None,
        external_owner: None,
        profile: serde_json::from_value(serde_json::json!({})).unwrap(),
        locale: None,
        phc: Some("old".to_owned()),
        guest: None,
        totp_secret: None,
        contact_ids: [Uuid::from_u128(2), Uuid::from_u128(3)],
        at: now(),
    };
    db.write(move |tx| Box::pin(new_accounts::insert(tx, new))).await.unwrap();
}

/// Begins session `n` with a proof of that time; says whether it began.
async fn begins(db: &Db, n: u8, method: Method, at: DateTime<Utc>) -> bool {
    let new = NewSession {
        id: Uuid::from_u128(n.into()),
        token_hash: [n; 32],
        sid: format!("sid{n}"),
        account: ACCOUNT,
        proofs: vec![Proof { method, at }],
        device: None,
        rests_on: None,
        at: now() + TimeDelta::minutes(5),
    };
    db.write(move |tx| Box::pin(sessions::insert(tx, new))).await.unwrap()
}

#[tokio::test]
async fn sec_r8_case_pw13_no_session_begins_with_a_password_that_was_replaced_while_it_was_checked() {
    for TestDb { db, driver, .. } in databases().await {
        with_account(&db).await;
        let second = TimeDelta::seconds(1);
        let changed = now() + TimeDelta::minutes(1);
        assert!(begins(&db, 1, Method::Password, changed - second).await, "{driver}");
        db.write(move |tx| Box::pin(accounts::set_password(tx, ACCOUNT, "new", changed))).await.unwrap();
        assert!(!begins(&db, 2, Method::Password, changed - second).await, "{driver}");
        assert!(begins(&db, 3, Method::Password, changed).await, "{driver}");
        assert!(begins(&db, 4, Method::ResetPassword, changed - second).await, "{driver}");
    }
}

#[tokio::test]
async fn sec_r18_what_an_ended_session_had_begun_finds_it_ended() {
    for TestDb { db, driver, .. } in databases().await {
        with_account(&db).await;
        assert!(begins(&db, 1, Method::Password, now()).await, "{driver}");
        let session = Uuid::from_u128(1);
        let live = || db.write(move |tx| Box::pin(sessions::is_live(tx, session)));
        assert!(live().await.unwrap(), "{driver}");
        db.write(move |tx| Box::pin(sessions::end(tx, session, now()))).await.unwrap();
        assert!(!live().await.unwrap(), "{driver}");
    }
}
