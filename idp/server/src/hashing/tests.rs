use std::num::NonZeroUsize;
use std::time::Duration;

use super::*;

/// Cheap parameters: what is tested does not depend on them.
fn cheap() -> HashSettings {
    HashSettings { memory_kib: 64, passes: 1, threads: NonZeroUsize::new(2), ..HashSettings::default() }
}

fn hasher(settings: HashSettings) -> Hasher {
    Hasher::new(settings, Random::default()).unwrap()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[tokio::test]
async fn sec_r1_a_default_hash_is_argon2id_with_the_demanded_parameters_salt_and_tag() {
    let hasher = hasher(HashSettings::default());
    let password = secret("correct horse battery staple");
    let phc = hasher.hash(&password).await.unwrap();
    let parts: Vec<_> = phc.split('$').collect();
    assert_eq!(parts[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    // 16 and 32 bytes in base64 without padding.
    assert_eq!((parts[4].len(), parts[5].len(), parts.len()), (22, 43, 6));
    assert_eq!(hasher.verify(&phc, &password).await, Ok(Verdict { matches: true, needs_rehash: false }));
    assert_eq!(
        hasher.verify(&phc, &secret("correct horse battery stapl")).await,
        Ok(Verdict { matches: false, needs_rehash: false })
    );
    assert_ne!(hasher.hash(&password).await.unwrap(), phc, "each hash has its own salt");
}

#[tokio::test]
async fn a_hash_of_the_reference_implementation_is_verified_and_its_short_salt_noticed() {
    let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let hasher = hasher(cheap());
    assert_eq!(hasher.verify(phc, &secret("password")).await, Ok(Verdict { matches: true, needs_rehash: true }));
    assert!(!hasher.verify(phc, &secret("Password")).await.unwrap().matches);
}

#[tokio::test]
async fn sec_r1_weaker_hashes_are_to_be_renewed_and_stronger_ones_kept() {
    let password = secret("pässwörd");
    let settings = HashSettings { memory_kib: 128, passes: 2, ..cheap() };
    let now = hasher(settings.clone());
    let table = [
        (settings.clone(), false),
        (HashSettings { memory_kib: 127, ..settings.clone() }, true),
        (HashSettings { passes: 1, ..settings.clone() }, true),
        (HashSettings { lanes: 2, ..settings.clone() }, true),
        (HashSettings { memory_kib: 256, passes: 3, ..settings.clone() }, false),
    ];
    for (then, needs_rehash) in table {
        let phc = hasher(then).hash(&password).await.unwrap();
        assert_eq!(now.verify(&phc, &password).await, Ok(Verdict { matches: true, needs_rehash }), "{phc}");
    }
    let phc = now.hash(&password).await.unwrap();
    let older = phc.replace("$v=19$", "$v=16$");
    assert_eq!(now.verify(&older, &password).await, Ok(Verdict { matches: false, needs_rehash: true }));
    let other = phc.replace("argon2id", "argon2i");
    assert_eq!(now.verify(&other, &password).await, Ok(Verdict { matches: false, needs_rehash: true }));
}

#[tokio::test]
async fn case_pw8_a_password_of_1025_bytes_is_refused_without_hashing() {
    let hasher = hasher(cheap());
    let longest = secret(&"é".repeat(512));
    let phc = hasher.hash(&longest).await.unwrap();
    assert!(hasher.verify(&phc, &longest).await.unwrap().matches);
    assert!(!hasher.verify(&phc, &secret(&"é".repeat(511))).await.unwrap().matches, "no byte is ignored");
    let before = hasher.counts();
    for too_long in [secret(&"a".repeat(1025)), secret(&"a".repeat(1 << 20))] {
        assert_eq!(hasher.hash(&too_long).await, Err(HashError::TooLong));
        assert_eq!(hasher.verify(&phc, &too_long).await, Err(HashError::TooLong));
        assert_eq!(hasher.verify_nobody(&too_long).await, Err(HashError::TooLong));
    }
    assert_eq!(hasher.counts(), before);
}

#[tokio::test]
async fn an_unknown_account_costs_one_verification_like_a_known_one() {
    let hasher = hasher(cheap());
    let phc = hasher.hash(&secret("password")).await.unwrap();
    assert_eq!(hasher.counts(), HashCounts { verified: 0, hashed: 1 });
    hasher.verify(&phc, &secret("wrong")).await.unwrap();
    assert_eq!(hasher.counts(), HashCounts { verified: 1, hashed: 1 });
    hasher.verify_nobody(&secret("wrong")).await.unwrap();
    assert_eq!(hasher.counts(), HashCounts { verified: 2, hashed: 1 });
}

#[tokio::test]
async fn case_pw8_when_the_queue_is_full_the_caller_is_told_and_nothing_is_hashed() {
    let hasher = hasher(HashSettings { queue: 0, ..cheap() });
    assert_eq!(hasher.hash(&secret("password")).await, Err(HashError::Busy));
    assert_eq!(hasher.verify_nobody(&secret("password")).await, Err(HashError::Busy));
    assert_eq!(hasher.counts(), HashCounts::default());
}

#[tokio::test]
async fn many_at_once_all_get_their_own_answer() {
    let hasher = hasher(HashSettings { idle_release: Duration::from_millis(1), ..cheap() });
    let phc = hasher.hash(&secret("right")).await.unwrap();
    let all = (0..200).map(|i| {
        let (hasher, phc) = (hasher.clone(), phc.clone());
        async move {
            let right = i % 3 == 0;
            let verdict = hasher.verify(&phc, &secret(if right { "right" } else { "wrong" })).await;
            assert_eq!(verdict.map(|verdict| verdict.matches), Ok(right));
        }
    });
    futures::future::join_all(all).await;
    assert_eq!(hasher.counts().verified, 200);
}

#[tokio::test]
async fn text_that_is_no_hash_or_asks_for_too_much_is_unreadable() {
    let hasher = hasher(cheap());
    let salt_and_tag = "c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let stored = [
        String::new(),
        "password".to_owned(),
        "$2b$12$abcdefghijklmnopqrstuuZ8Z8Z8Z8Z8Z8Z8Z8Z8Z8Z8Z8Z8Z8Z8Z".to_owned(),
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ".to_owned(),
        format!("$argon2id$v=18$m=64,t=1,p=1${salt_and_tag}"),
        format!("$argon2id$v=19$m=4194304,t=1,p=1${salt_and_tag}"),
        format!("$argon2id$v=19$m=64,t=100000,p=1${salt_and_tag}"),
        format!("$argon2id$v=19$m=1024,t=1,p=64${salt_and_tag}"),
    ];
    for phc in stored {
        assert_eq!(hasher.verify(&phc, &secret("password")).await, Err(HashError::Unreadable), "{phc}");
    }
    assert_eq!(hasher.counts(), HashCounts::default());
}

#[test]
fn unusable_parameters_are_refused_at_start() {
    let settings = HashSettings { memory_kib: 1, ..cheap() };
    assert!(matches!(Hasher::new(settings, Random::default()), Err(SetupError::Parameters(_))));
}
