//! The demo is as it is documented.

use std::collections::BTreeSet;

use idp_core::oidc::claims;

use super::residents::{ADMIN, RESIDENTS};
use super::*;
use crate::app::App;
use crate::store::{accounts, clients};

async fn seeded(folder: &std::path::Path) -> (App, Places, Seeded) {
    let places = Places::at(18_080).expect("addresses");
    let (clock, random) = (Clock::system(), Random::default());
    let stand_ins = stand_ins(&places, &clock, &random).expect("stand-ins");
    let settings = settings(&places, folder, None, (&random, &stand_ins));
    let config = Config::from_sources(None, settings.into_iter()).expect("a configuration");
    let app = App::start(config, Clock::system(), Random::default()).await.expect("started");
    let seeded = seed::seed(&app, &redirects(&places)).await.expect("seeded");
    (app, places, seeded)
}

#[test]
fn every_situation_has_its_resident_and_every_standard_claim_a_value() {
    let situations: Vec<_> = RESIDENTS.iter().map(|resident| resident.situation).collect();
    let documented =
        ["email only", "with a phone", "with a pushed phone", "with an authenticator", "none enrolled", "staff"];
    assert_eq!(situations, documented);
    let everybody = || RESIDENTS.iter().chain([&ADMIN]);
    assert_eq!(everybody().map(|r| r.names).collect::<BTreeSet<_>>().len(), 7);
    for resident in everybody() {
        let profile = resident.profile();
        let names = claims::of_scope("profile").iter().filter(|name| **name != "updated_at");
        for name in names.chain(&["address"]) {
            assert!(profile.contains_key(*name), "{name} of {}", resident.email);
        }
    }
}

#[tokio::test]
async fn sec_r10_two_demos_share_no_secret_and_no_password() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let [(_, places, one), (_, _, two)] = [seeded(folders[0].path()).await, seeded(folders[1].path()).await];
    let secrets = |seeded: &Seeded| -> Vec<String> {
        let clients = seeded.clients.iter().map(|client| client.secret.clone());
        let people = seeded.residents.iter().chain([&seeded.admin]);
        clients.chain(people.flat_map(|p| p.totp_secret.iter().cloned().chain([p.password.clone()]))).collect()
    };
    let (one_secrets, two_secrets) = (secrets(&one), secrets(&two));
    assert!(one_secrets.iter().all(|secret| !two_secrets.contains(secret)));

    let about = document(&places, &one, Some("http://127.0.0.1:1/metrics"));
    assert_eq!(about["issuer"], "http://localhost:18080");
    assert_eq!(about["portal"], "http://localhost:18081");
    assert_eq!(about["upstreams"]["google"]["issuer"], "http://localhost:18082/google");
    assert_eq!(about["clients"].as_array().map(Vec::len), Some(5));
    assert_eq!(about["residents"][1]["phone"], "+447700900101");
    assert!(about["residents"][0]["totp_secret"].is_null());
    assert!(about["admin"]["totp_secret"].is_string());
    let greeting = greeting(&places, &one);
    for person in one.residents.iter().chain([&one.admin]) {
        assert!(greeting.contains(person.email) && greeting.contains(&person.password), "{greeting}");
    }
}

#[tokio::test]
async fn the_demos_people_and_clients_are_in_the_store_and_can_be_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let (app, _, seeded) = seeded(folder.path()).await;
    let mut conn = app.db.read().await.expect("a connection");
    let stored = clients::all(&mut conn).await.expect("clients");
    assert_eq!(stored.len(), 5);
    for client in &stored {
        assert!(client.metadata.problems().is_empty(), "{:?}", client.metadata.problems());
    }
    for (resident, person) in RESIDENTS.iter().zip(&seeded.residents) {
        let name = idp_core::account::EmailAddress::parse(person.email).expect("an address");
        let found = accounts::by_name(&mut conn, resident.class, &name, "").await.expect("read").expect("somebody");
        assert_eq!(found.account.totp_secret.is_some(), resident.has_app);
        assert_eq!(found.account.phone.map(|phone| phone.state), resident.phone.map(|(_, state)| state));
        let password = person.password.clone().into();
        assert!(app.hasher.verify(&found.phc.expect("a hash"), &password).await.expect("a verdict").matches);
    }
}
