//! What an import and a guess at nobody's password find, on each database there is to test with.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use uuid::Uuid;

use super::super::new_accounts::{self, NewAccount};
use super::super::testing::{TestDb, databases};
use super::super::{Db, StoreError, imports, likeness};

const NUMBER: &str = "+447700900100";

fn now() -> DateTime<Utc> {
    "2026-11-28T10:42:00Z".parse().unwrap()
}

fn address(n: u128) -> EmailAddress {
    EmailAddress::parse(&format!("r{n}@example.org")).unwrap()
}

async fn add(db: &Db, n: u128, sub: &str, phone: Option<ContactState>, phc: Option<&str>) {
    let new = NewAccount {
        id: Uuid::from_u128(n),
        sub: sub.to_owned(),
        class: UserClass::Resident,
        email: Some((address(n), ContactState::Unproven)),
        phone: phone.map(|state| (NUMBER.to_owned(), state)),
        external_owner: None,
        profile: Claims::new(),
        locale: None,
        phc: phc.map(str::to_owned),
        guest: None,
        totp_secret: None,
        contact_ids: [Uuid::from_u128(1000 + n), Uuid::from_u128(2000 + n)],
        at: now(),
    };
    db.write(move |tx| Box::pin(new_accounts::insert(tx, new))).await.unwrap();
}

#[tokio::test]
async fn sec_r7_nobody_is_like_a_random_account_and_always_like_the_same() {
    for TestDb { db, driver, .. } in &databases().await {
        let found =
            async |place: &str| likeness::at(&mut db.read().await.unwrap(), UserClass::Resident, place).await.unwrap();
        assert_eq!(found("m").await, None, "{driver}: nobody has a password");
        for (n, sub) in ["b", "d", "f"].into_iter().enumerate() {
            add(db, n as u128, sub, None, Some(&format!("hash of {sub}"))).await;
        }
        add(db, 9, "e", None, None).await;
        let mut likes = BTreeMap::<_, usize>::new();
        for place in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            *likes.entry(found(place).await.unwrap()).or_default() += 1;
            assert_eq!(found(place).await, found(place).await, "{driver}");
        }
        let expected = [("hash of b", 4), ("hash of d", 2), ("hash of f", 2)];
        assert_eq!(likes, expected.map(|(hash, times)| (hash.to_owned(), times)).into(), "{driver}");
        let staff = likeness::at(&mut db.read().await.unwrap(), UserClass::Staff, "a").await.unwrap();
        assert_eq!(staff, None, "{driver}: staff are apart");
    }
}

#[tokio::test]
async fn no_other_15_a_number_that_its_owner_has_proven_is_not_replaced_by_a_file() {
    for TestDb { db, driver, .. } in &databases().await {
        add(db, 1, "a", Some(ContactState::Vouched), None).await;
        add(db, 2, "b", Some(ContactState::Verified), None).await;
        let replace = async |n: u128| {
            let (id, contact) = (Uuid::from_u128(n), Uuid::from_u128(3000 + n));
            db.write(move |tx| {
                Box::pin(async move {
                    imports::replace_phone(tx, id, (contact, "+447700900200"), ContactState::Vouched, now()).await
                })
            })
            .await
        };
        assert!(replace(1).await.is_ok(), "{driver}");
        assert!(matches!(replace(2).await, Err(StoreError::Conflict { .. })), "{driver}");
        let phone = async |n: u128| {
            let found = imports::find(&mut db.read().await.unwrap(), UserClass::Resident, &address(n)).await.unwrap();
            found.unwrap().phone
        };
        assert_eq!((phone(1).await.as_deref(), phone(2).await.as_deref()), (Some("+447700900200"), Some(NUMBER)));
        let staff = imports::find(&mut db.read().await.unwrap(), UserClass::Staff, &address(1)).await.unwrap();
        assert!(staff.is_none(), "{driver}");
    }
}
