use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use idp_core::oidc::alg::SigningAlg::{self, ES256, EdDSA, RS256};
use serde_json::{Value, json};

use super::*;
use crate::clock::Random;
use crate::keys::seal::{MasterKey, SealError, Sealer};
use crate::keys::signing::{Expectation, KeyError, SigningKey, TokenError};

fn at(day: i64, hour: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + TimeDelta::days(day) + TimeDelta::hours(hour)
}

fn schedule() -> RotationSchedule {
    RotationSchedule::new(TimeDelta::days(60), TimeDelta::hours(24), TimeDelta::hours(2), TimeDelta::hours(1)).unwrap()
}

/// A row without a usable key: plans do not look at it.
fn row(kid: &str, published: DateTime<Utc>) -> StoredKey {
    StoredKey {
        kid: kid.to_owned(),
        alg: ES256,
        sealed_pkcs8: Vec::new(),
        created_at: published,
        published_at: published,
        active_from: None,
        retired_at: None,
        revoked_at: None,
    }
}

fn active(kid: &str, since: DateTime<Utc>) -> StoredKey {
    StoredKey { active_from: Some(since), ..row(kid, since) }
}

fn retired(kid: &str, since: DateTime<Utc>) -> StoredKey {
    StoredKey { retired_at: Some(since), ..active(kid, at(0, 0)) }
}

fn revoked(kid: &str, since: DateTime<Utc>) -> StoredKey {
    StoredKey { revoked_at: Some(since), ..active(kid, at(0, 0)) }
}

fn create(active: bool) -> KeyAction {
    KeyAction::Create { alg: ES256, active }
}

fn activate(kid: &str) -> KeyAction {
    KeyAction::Activate { kid: kid.to_owned() }
}

fn retire(kid: &str) -> KeyAction {
    KeyAction::Retire { kid: kid.to_owned() }
}

fn remove(kid: &str) -> KeyAction {
    KeyAction::Remove { kid: kid.to_owned() }
}

fn revoke(kid: &str) -> KeyAction {
    KeyAction::Revoke { kid: kid.to_owned() }
}

#[test]
fn sec_r53_what_is_due_follows_from_the_times_of_the_keys() {
    use Occasion::{Command, CommandNow, Schedule};
    let now = at(100, 0);
    let ago = |hours| now - TimeDelta::hours(hours);
    let table: Vec<(&str, Vec<StoredKey>, Occasion, Vec<KeyAction>)> = vec![
        ("first start", vec![], Schedule, vec![create(true)]),
        ("fresh key", vec![active("a", ago(1))], Schedule, vec![]),
        ("a day and a second before the end", vec![active("a", at(41, 1))], Schedule, vec![]),
        ("a day before the end", vec![active("a", at(41, 0))], Schedule, vec![create(false)]),
        ("successor too fresh", vec![active("a", at(40, 1)), row("b", ago(23))], Schedule, vec![]),
        ("successor too fresh though overdue", vec![active("a", at(1, 0)), row("b", ago(23))], Schedule, vec![]),
        (
            "successor seen long enough",
            vec![active("a", at(40, 0)), row("b", ago(24))],
            Schedule,
            vec![activate("b"), retire("a")],
        ),
        ("only a successor left", vec![row("b", ago(1))], Schedule, vec![activate("b")]),
        ("retired, tokens alive", vec![active("a", ago(1)), retired("r", ago(1))], Schedule, vec![]),
        ("retired, tokens gone", vec![active("a", ago(1)), retired("r", ago(2))], Schedule, vec![remove("r")]),
        ("revoked, just now", vec![active("a", ago(1)), revoked("x", ago(1))], Schedule, vec![]),
        ("revoked, long ago", vec![active("a", ago(1)), revoked("x", ago(2))], Schedule, vec![remove("x")]),
        ("a revoked key does not sign", vec![revoked("x", ago(1))], Schedule, vec![create(true)]),
        ("two nodes started at once", vec![active("a", ago(2)), active("b", ago(1))], Schedule, vec![retire("a")]),
        ("command", vec![active("a", ago(1))], Command, vec![create(false)]),
        ("command given twice", vec![active("a", ago(1)), row("b", ago(1))], Command, vec![]),
        ("command before the first start", vec![], Command, vec![create(true)]),
        ("command now", vec![active("a", ago(1))], CommandNow, vec![create(true), retire("a")]),
        (
            "command now, with a successor",
            vec![active("a", ago(1)), row("b", ago(1))],
            CommandNow,
            vec![activate("b"), retire("a")],
        ),
    ];
    for (name, keys, occasion, expected) in table {
        assert_eq!(plan(&keys, &schedule(), &[ES256], now, occasion), expected, "{name}");
    }
}

#[test]
fn each_wanted_algorithm_has_its_own_key_and_unwanted_ones_end() {
    let now = at(1, 0);
    assert_eq!(
        plan(&[], &schedule(), &[RS256, ES256, EdDSA], now, Occasion::Schedule),
        [RS256, ES256, EdDSA].map(|alg| KeyAction::Create { alg, active: true })
    );
    let keys = [active("a", at(0, 0)), row("b", at(0, 0)), retired("r", at(0, 23))];
    assert_eq!(plan(&keys, &schedule(), &[], now, Occasion::Schedule), [retire("a"), remove("b")]);
}

#[test]
fn sec_r53_revoking_the_signing_key_puts_another_in_its_place_at_once() {
    let (a, b) = (active("a", at(0, 0)), row("b", at(1, 0)));
    assert_eq!(plan_revocation(std::slice::from_ref(&a), "a"), [create(true), revoke("a")]);
    assert_eq!(plan_revocation(&[a.clone(), b.clone()], "a"), [activate("b"), revoke("a")]);
    assert_eq!(plan_revocation(&[a.clone(), b], "b"), [revoke("b")]);
    assert_eq!(plan_revocation(&[a.clone(), active("c", at(0, 0))], "a"), [revoke("a")]);
    assert_eq!(plan_revocation(&[a.clone(), retired("r", at(0, 0))], "r"), [revoke("r")]);
    assert_eq!(plan_revocation(&[a.clone(), revoked("x", at(0, 0))], "x"), []);
    assert_eq!(plan_revocation(&[a], "unknown"), []);
}

/// What whoever stores keys does with a plan.
fn carry_out(
    keys: &mut Vec<StoredKey>,
    actions: Vec<KeyAction>,
    now: DateTime<Utc>,
    mut make: impl FnMut(SigningAlg, bool) -> StoredKey,
) {
    for action in actions {
        let mut each =
            |kid: &str, set: &dyn Fn(&mut StoredKey)| keys.iter_mut().filter(|key| key.kid == kid).for_each(set);
        match action {
            KeyAction::Create { alg, active } => keys.push(make(alg, active)),
            KeyAction::Activate { kid } => each(&kid, &|key| key.active_from = Some(now)),
            KeyAction::Retire { kid } => each(&kid, &|key| key.retired_at = Some(now)),
            KeyAction::Revoke { kid } => each(&kid, &|key| key.revoked_at = Some(now)),
            KeyAction::Remove { kid } => keys.retain(|key| key.kid != kid),
        }
    }
}

#[test]
fn sec_r53_check_14_over_three_years_every_signature_is_verifiable_and_no_key_signs_unannounced_or_too_long() {
    let schedule = schedule();
    let mut keys = Vec::new();
    let mut made = 0;
    for hour in 0..24 * 365 * 3 {
        let now = at(0, hour);
        let actions = plan(&keys, &schedule, &[ES256], now, Occasion::Schedule);
        carry_out(&mut keys, actions, now, |_, starts| {
            made += 1;
            StoredKey { active_from: starts.then_some(now), ..row(&format!("key-{made}"), now) }
        });
        assert_eq!(plan(&keys, &schedule, &[ES256], now, Occasion::Schedule), [], "nothing is left to do");

        let signing: Vec<_> = keys.iter().filter(|key| matches!(key.state(), State::Active(_))).collect();
        let [key] = signing[..] else { panic!("one key signs, not {}", signing.len()) };
        let since = key.active_from.unwrap();
        assert!(now - since <= TimeDelta::days(90));
        assert!(key.kid == "key-1" || since - key.published_at >= TimeDelta::hours(24));
        for key in &keys {
            if let State::Retired(since) = key.state() {
                assert!(now - since < TimeDelta::hours(2), "gone as soon as its tokens are");
            }
        }
        assert!(keys.len() <= 3);
    }
    assert_eq!(made, 19, "one key for each 60 days of 1095, the last still signing");
}

fn sealer(master: &MasterKey) -> Sealer {
    master.sealer("signing-key")
}

#[test]
fn case_da10_old_tokens_verify_after_a_rotation_and_not_after_a_revocation() {
    let (random, now) = (Random::default(), at(0, 0));
    let sealer = sealer(&MasterKey::generate(&random));
    let mut keys = Vec::new();
    let make = |alg, starts| seal_key(alg, starts, &sealer, &random, now).unwrap().stored;
    let due = plan(&keys, &schedule(), &[EdDSA], now, Occasion::Schedule);
    carry_out(&mut keys, due, now, make);
    let old_kid = keys[0].kid.clone();

    let claims = json!({"iss": "https://op", "aud": "portal", "exp": at(1, 0).timestamp()});
    let before = ring("https://op", &keys, &sealer).unwrap();
    let token = before.signer(EdDSA).unwrap().sign_compact("JWT", &claims).unwrap();
    let expected = Expectation { typ: "JWT", audience: Some("portal"), expired_ok: false, now };

    let due = plan(&keys, &schedule(), &[EdDSA], now, Occasion::CommandNow);
    carry_out(&mut keys, due, now, make);
    let rotated = ring("https://op", &keys, &sealer).unwrap();
    assert_ne!(rotated.signer(EdDSA).unwrap().kid(), old_kid);
    assert!(rotated.verify_own(&token, expected).is_ok());
    let published: Value = serde_json::from_slice(rotated.jwks()).unwrap();
    assert_eq!(published["keys"].as_array().map(Vec::len), Some(2), "both are in the key set");

    let due = plan_revocation(&keys, &old_kid);
    carry_out(&mut keys, due, now, make);
    let revoked = ring("https://op", &keys, &sealer).unwrap();
    assert_eq!(revoked.verify_own(&token, expected), Err(TokenError::UnknownKey));
    assert!(!String::from_utf8_lossy(revoked.jwks()).contains(&old_kid));
    assert!(revoked.signer(EdDSA).is_some());
}

#[test]
fn sec_r53_a_stored_key_opens_only_under_its_master_key_name_and_algorithm() {
    let random = Random::default();
    let master = MasterKey::generate(&random);
    let made = seal_key(RS256, true, &sealer(&master), &random, at(0, 0)).unwrap();
    assert_eq!(open_key(&made.stored, &sealer(&master)).unwrap().jwk(), made.key.jwk());

    let refused = |stored: &StoredKey, sealer: &Sealer| match open_key(stored, sealer) {
        Err(KeyError::Sealed { source, .. }) => source,
        other => panic!("opened as {other:?}"),
    };
    let other_master = MasterKey::generate(&random);
    assert_eq!(refused(&made.stored, &sealer(&other_master)), SealError::Refused);
    let renamed = StoredKey { kid: "other".to_owned(), ..made.stored.clone() };
    assert_eq!(refused(&renamed, &sealer(&master)), SealError::Refused);
    let other_alg = StoredKey { alg: SigningAlg::PS256, ..made.stored.clone() };
    assert_eq!(refused(&other_alg, &sealer(&master)), SealError::Refused);
    assert!(ring("https://op", &[renamed], &sealer(&master)).is_err());
}

#[test]
fn a_row_that_holds_another_key_than_it_names_is_refused() {
    let random = Random::default();
    let sealer = sealer(&MasterKey::generate(&random));
    let named = seal_key(EdDSA, true, &sealer, &random, at(0, 0)).unwrap().stored;
    let other = SigningKey::generate(EdDSA).unwrap();
    let context: [&[u8]; 3] = [b"signing-key", named.kid.as_bytes(), b"EdDSA"];
    let swapped = StoredKey { sealed_pkcs8: sealer.seal(&random, &context, &other), ..named.clone() };
    let found = SigningKey::from_pkcs8(EdDSA, &other).unwrap().kid().to_owned();
    assert_eq!(open_key(&swapped, &sealer).err(), Some(KeyError::WrongKid { expected: named.kid, found }));
}
