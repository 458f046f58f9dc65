//! Backup codes and remembered devices: single use, replacement and forgetting, on each database there is to test with.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use uuid::Uuid;

use super::super::Db;
use super::super::account_status::reset_factors;
use super::super::accounts;
use super::super::backup_codes;
use super::super::devices::{self, Device, NewDevice};
use super::super::new_accounts::{self, NewAccount};
use super::super::testing::{TestDb, databases};
use crate::clock::Random;

fn now() -> DateTime<Utc> {
    "2026-11-28T10:42:00Z".parse().unwrap()
}

async fn account(db: &Db, name: &'static str) -> Uuid {
    let random = Random::default();
    let id = random.uuid(now());
    let new = NewAccount {
        id,
        sub: name.to_owned(),
        class: UserClass::Resident,
        email: Some((EmailAddress::parse(&format!("{name}@example.test")).unwrap(), ContactState::Verified)),
        phone: None,
        external_owner: None,
        profile: Claims::default(),
        locale: None,
        phc: Some("none".to_owned()),
        guest: None,
        totp_secret: None,
        contact_ids: [random.uuid(now()), random.uuid(now())],
        at: now(),
    };
    db.write(move |tx| Box::pin(async move { new_accounts::insert(tx, new).await })).await.unwrap();
    id
}

fn tags(set: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{set}{n}")).collect()
}

async fn replace(db: &Db, account: Uuid, tags: Vec<String>) {
    let replaced =
        db.write(move |tx| Box::pin(async move { backup_codes::replace(tx, account, &tags, now()).await })).await;
    replaced.unwrap();
}

async fn spend(db: &Db, account: Uuid, tag: &'static str) -> Option<u32> {
    db.write(move |tx| Box::pin(async move { backup_codes::spend(tx, account, tag, now()).await })).await.unwrap()
}

async fn left(db: &Db, account: Uuid) -> (u32, usize) {
    let account = accounts::by_id(&mut db.read().await.unwrap(), account, "bins").await.unwrap().unwrap();
    (account.backup_codes_left(), account.backup_codes.len())
}

#[tokio::test]
async fn sec_r16_case_ot17_a_code_passes_once_with_many_at_once_and_new_codes_void_all() {
    for TestDb { db, driver, .. } in databases().await {
        let (ada, bob) = (account(&db, "ada").await, account(&db, "bob").await);
        replace(&db, ada, tags("OLD", 5)).await;
        replace(&db, bob, tags("OLD", 5)).await;
        let tries = (0..20).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { spend(&db, ada, "OLD0").await })
        });
        let done = futures::future::join_all(tries.collect::<Vec<_>>()).await;
        let passed = done.into_iter().filter_map(|outcome| outcome.unwrap()).collect::<Vec<_>>();
        assert_eq!(passed, [4], "{driver}: one success, and how many are left");
        assert_eq!(spend(&db, ada, "NONE").await, None, "{driver}");
        assert_eq!(left(&db, ada).await, (4, 5), "{driver}: a used one is still known as used");
        replace(&db, ada, tags("NEW", 3)).await;
        assert_eq!(spend(&db, ada, "OLD1").await, None, "{driver}: void");
        assert_eq!((spend(&db, ada, "NEW0").await, left(&db, ada).await), (Some(2), (2, 3)), "{driver}");
        // Nobody else's codes are touched.
        assert_eq!(left(&db, bob).await, (5, 5), "{driver}");
    }
}

#[tokio::test]
async fn sec_r16_two_sets_that_are_made_at_once_leave_one() {
    for TestDb { db, driver, .. } in databases().await {
        let ada = account(&db, "ada").await;
        let makes = ["A", "B", "C", "D", "E", "F"].map(|set| {
            let db = db.clone();
            tokio::spawn(async move { replace(&db, ada, tags(set, 5)).await })
        });
        futures::future::join_all(makes).await.into_iter().for_each(|made| made.unwrap());
        assert_eq!(left(&db, ada).await, (5, 5), "{driver}");
    }
}

#[tokio::test]
async fn case_ot26_a_reset_takes_codes_and_devices_away() {
    for TestDb { db, driver, .. } in databases().await {
        let ada = account(&db, "ada").await;
        replace(&db, ada, tags("OLD", 5)).await;
        remember(&db, device(ada, "bins", 1, None)).await;
        db.write(move |tx| Box::pin(async move { reset_factors(tx, ada, now()).await })).await.unwrap();
        assert_eq!(left(&db, ada).await, (0, 0), "{driver}");
        assert!(of_browser(&db, 1, "bins").await.is_empty(), "{driver}");
    }
}

fn device(account: Uuid, client: &str, cookie: u8, replaces: Option<u8>) -> NewDevice {
    NewDevice {
        id: Random::default().uuid(now()),
        token_hash: [cookie; 32],
        replaces: replaces.map(|old| [old; 32]),
        account,
        client: client.to_owned(),
        policy_version: [9; 32],
        at: now(),
        expires_at: now() + TimeDelta::days(30),
        browser: None,
    }
}

async fn remember(db: &Db, new: NewDevice) {
    db.write(move |tx| Box::pin(async move { devices::remember(tx, new).await })).await.unwrap();
}

async fn of_browser(db: &Db, cookie: u8, client: &str) -> Vec<Device> {
    devices::of_browser(&mut db.read().await.unwrap(), [cookie; 32], client).await.unwrap()
}

#[tokio::test]
async fn req_assurance_6_devices_are_found_by_cookie_and_client_and_move_to_a_new_cookie() {
    for TestDb { db, driver, .. } in databases().await {
        let (ada, bob) = (account(&db, "ada").await, account(&db, "bob").await);
        remember(&db, device(ada, "bins", 1, None)).await;
        assert_eq!(of_browser(&db, 1, "bins").await.len(), 1, "{driver}");
        assert!(of_browser(&db, 1, "parking").await.is_empty() && of_browser(&db, 2, "bins").await.is_empty());
        // The same account again: one row, under the new cookie. Another account beside it.
        remember(&db, device(ada, "bins", 2, Some(1))).await;
        remember(&db, device(bob, "bins", 3, Some(2))).await;
        assert!(of_browser(&db, 1, "bins").await.is_empty() && of_browser(&db, 2, "bins").await.is_empty());
        assert_eq!(of_browser(&db, 3, "bins").await.len(), 2, "{driver}");
        let mut conn = db.read().await.unwrap();
        let listed = devices::of_account(&mut conn, ada, now()).await.unwrap();
        assert_eq!(listed.len(), 1, "{driver}");
        assert!(devices::of_account(&mut conn, ada, now() + TimeDelta::days(30)).await.unwrap().is_empty(), "{driver}");
        // Only its own account's device is revoked.
        let id = listed[0].id;
        let revoke = |account| db.write(move |tx| Box::pin(async move { devices::revoke(tx, account, id).await }));
        assert_eq!((revoke(bob).await.unwrap(), revoke(ada).await.unwrap()), (false, true), "{driver}");
        assert_eq!(of_browser(&db, 3, "bins").await.len(), 1, "{driver}");
        let touch = db.write(move |tx| Box::pin(async move { devices::touch(tx, id, now()).await }));
        assert!(!touch.await.unwrap(), "{driver}: what was revoked stands in no more");
        let late = now() + TimeDelta::days(30);
        let purged = db.write(move |tx| Box::pin(async move { devices::purge(tx, late).await })).await.unwrap();
        assert_eq!(purged, 1, "{driver}");
    }
}
