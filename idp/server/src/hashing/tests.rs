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
        assert_eq!(hasher.verify_nobody(None, &too_long).await, Err(HashError::TooLong));
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
    hasher.verify_nobody(None, &secret("wrong")).await.unwrap();
    assert_eq!(hasher.counts(), HashCounts { verified: 2, hashed: 1 });
}

#[tokio::test]
async fn case_pw8_when_the_queue_is_full_the_caller_is_told_and_nothing_is_hashed() {
    let hasher = hasher(HashSettings { queue: 0, ..cheap() });
    assert_eq!(hasher.hash(&secret("password")).await, Err(HashError::Busy));
    assert_eq!(hasher.verify_nobody(None, &secret("password")).await, Err(HashError::Busy));
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
        let verdict = hasher.verify(&phc, &secret("password")).await;
        assert!(matches!(verdict, Err(HashError::Unreadable(_))), "{phc}");
    }
    assert_eq!(hasher.counts(), HashCounts::default());
}

#[test]
fn unusable_parameters_are_refused_at_start() {
    let settings = HashSettings { memory_kib: 1, ..cheap() };
    assert!(matches!(Hasher::new(settings, Random::default()), Err(SetupError::Parameters(_))));
}

/// A password and hashes of it, made by others: bcrypt by libxcrypt, PBKDF2 by Python's hashlib.
const IMPORTED: &str = "Bins are collected on Tuesdays, caf\u{e9}";
const FOREIGN: [(&str, &str); 11] = [
    ("bcrypt", "$2b$04$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6"),
    ("bcrypt", "$2y$04$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6"),
    ("bcrypt", "$2a$05$abcdefghijklmnopqrstuu7ITBT.1/J3NJyUC/jHC3d5ByYoTrjX2"),
    ("pbkdf2-sha256", "pbkdf2_sha256$1000$seasalt2Seasalt2$f4Ey98Cy0PpxT8yCUu2VZiwqyMOCbSG3Usqyssg1swU="),
    ("pbkdf2-sha256", "$pbkdf2-sha256$29000$8PHy8/T19vf4.fr7/P3./w$9pZsrd.1DaMiJ597a7R3tx8xAJTiUVUP5qVwVXCFPNg"),
    ("pbkdf2-sha256", "$pbkdf2-sha256$i=4096,l=32$8PHy8/T19vf4+fr7/P3+/w$DHEt4WvKd1DDkx4uOSQmGSZvGcx9IpfywRVra/TnS58"),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$25000$8PHy8/T19vf4.fr7/P3./w$uAcXrufaYCXRD2BGHQnB8xIi/ajKFxe1HUTOGPPGFnnJK4wAYZJAIhh5dFCHPyGcyFXIluSsTctgj.sMCy26Wg",
    ),
    ("pbkdf2-sha256", "AQAAAAEAACcQAAAAEPDx8vP09fb3+Pn6+/z9/v/SKWPPNA7H1nv74grX7wquoRdeoYv6KnCdiH2Zr8wKaA=="),
    ("pbkdf2-sha512", "AQAAAAIAAYagAAAAEPDx8vP09fb3+Pn6+/z9/v+GKA8CKJHhtkQYFxtLzbSpPrztA4sB8rz2eH2636EMHg=="),
    ("pbkdf2-sha1", "APDx8vP09fb3+Pn6+/z9/v8x4FraBL3+5X6Gu1im2X9e+8qpdFLyh2Q0l1G8yU6LJw=="),
    ("pbkdf2-sha1", "AQAAAAAAACcQAAAAEPDx8vP09fb3+Pn6+/z9/v/JcTEx9klo9VjAhf2D7RVaAU1wtwFuH7GeP3ooGctIAA=="),
];

#[tokio::test]
async fn no_other_15_hashes_of_other_systems_are_compared_and_to_be_renewed() {
    let hasher = hasher(cheap());
    for (scheme, text) in FOREIGN {
        assert_eq!((imported(text).as_deref(), scheme_of(text)), (Ok(text), scheme), "{text}");
        let right = hasher.verify(text, &secret(IMPORTED)).await;
        assert_eq!(right, Ok(Verdict { matches: true, needs_rehash: true }), "{text}");
        let wrong = hasher.verify(text, &secret("Bins are collected on Mondays")).await;
        assert_eq!(wrong, Ok(Verdict { matches: false, needs_rehash: true }), "{text}");
    }
    assert_eq!(hasher.counts().verified, 2 * FOREIGN.len() as u64);
    // bcrypt has never seen more than 72 bytes; whoever has a longer password is not shut out.
    let long = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    assert!(hasher.verify(long, &secret(&"x".repeat(80))).await.unwrap().matches);
    assert!(!hasher.verify(long, &secret(&"x".repeat(71))).await.unwrap().matches);
}

#[test]
fn no_other_15_django_names_a_scheme_before_a_hash_that_names_it_too() {
    let (_, bcrypt) = FOREIGN[0];
    assert_eq!(imported(&format!("bcrypt${bcrypt}")).as_deref(), Ok(bcrypt));
    let argon2 = "argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert_eq!(imported(&format!("argon2${argon2}")), Ok(format!("${argon2}")));
    assert!(is_foreign(bcrypt) && !is_foreign(&format!("${argon2}")) && !is_foreign("nonsense"));
}

#[test]
fn sec_r1_a_hash_that_would_keep_a_thread_busy_is_refused_and_so_is_what_is_none() {
    let tag = "f4Ey98Cy0PpxT8yCUu2VZiwqyMOCbSG3Usqyssg1swU=";
    let costly = [
        "$2b$17$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6".to_owned(),
        format!("pbkdf2_sha256$5000001$salt${tag}"),
        format!("pbkdf2_sha256$99999999999999999999$salt${tag}"),
        "AQAAAAH/////AAAAEPDx8vP09fb3+Pn6+/z9/v/SKWPPNA7H1nv74grX7wquoRdeoYv6KnCdiH2Zr8wKaA==".to_owned(),
        format!("$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${}", tag.trim_end_matches('=')),
    ];
    for text in costly {
        assert!(matches!(imported(&text), Err(HashProblem::TooCostly(_))), "{text}: {:?}", imported(&text));
    }
    let wrong = [
        "$2x$04$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6".to_owned(),
        "$2b$03$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6".to_owned(),
        "$2b$04$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J".to_owned(),
        format!("pbkdf2_sha256$0$salt${tag}"),
        format!("pbkdf2_sha256$-1$salt${tag}"),
        format!("pbkdf2_sha256$1000$${tag}"),
        "pbkdf2_sha256$1000$salt$YWJj".to_owned(),
        "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6".to_owned(),
        // Cut off; a salt that is longer than the rest.
        "AQAAAAEAACcQ".to_owned(),
        "AQAAAAEAACcQAAAA/w==".to_owned(),
        // One byte more or less than there are in version 2.
        "APDx8vP09fb3+Pn6+/z9/v8x4FraBL3+5X6Gu1im2X9e+8qpdFLyh2Q0l1G8yU6LJwA=".to_owned(),
        "APDx8vP09fb3+Pn6+/z9/v8x4FraBL3+5X6Gu1im2X9e+8qpdFLyh2Q0l1G8yU6L".to_owned(),
        "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
        "password".to_owned(),
        "$".repeat(4096),
    ];
    for text in wrong {
        assert!(matches!(imported(&text), Err(HashProblem::Malformed(_) | HashProblem::Unknown)), "{text}");
    }
}

#[tokio::test]
async fn sec_r7_nobody_costs_what_somebody_costs_whose_hash_is_borrowed() {
    let hasher = hasher(cheap());
    let (_, costly) = FOREIGN[8];
    let time = async |like: Option<&str>| {
        let start = std::time::Instant::now();
        hasher.verify_nobody(like, &secret(IMPORTED)).await.unwrap();
        start.elapsed()
    };
    time(None).await;
    let (own, borrowed) = (time(None).await, time(Some(costly)).await);
    assert!(borrowed > own, "{borrowed:?} {own:?}");
    assert!(hasher.verify_nobody(Some("nonsense"), &secret(IMPORTED)).await.is_ok());
}
