//! What a service may say and what is made of it. The exchange itself is shown over HTTP, in `tests/remote.rs`.

use super::*;
use crate::config;
use crate::keys::seal::MasterKey;
use crate::store::accounts::WrongCodes;

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn service(share: Vec<Shared>) -> RemoteService {
    RemoteService {
        url: Url::parse("https://card.example.gov.uk/factor/").unwrap(),
        label_en: "Council card".to_owned(),
        label_cy: Some("Cerdyn y cyngor".to_owned()),
        jwk: Some(json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})),
        jwks_url: None,
        timeout_seconds: 5,
        share,
    }
}

fn remote(name: &str, share: Vec<Shared>) -> Remote {
    let master = MasterKey::from_text(HEX).unwrap();
    Remote {
        name: name.to_owned(),
        service: service(share),
        outbound: Outbound::new(&config::Outbound::default(), &config::Development::default()),
        random: Random::default(),
        pseudonyms: master.mac("factor-pseudonyms"),
        breaker: Breaker::default(),
        keys: Mutex::default(),
    }
}

fn account() -> Account {
    let contact = |value: &str, state| {
        Some(Contact { value: value.to_owned(), state, state_at: DateTime::UNIX_EPOCH, owner: None })
    };
    Account {
        previous_subs: Vec::new(),
        id: uuid::Uuid::from_u128(7),
        sub: "subject".to_owned(),
        guest: None,
        class: idp_core::policy::UserClass::Resident,
        status: idp_core::journey::AccountStatus::Active,
        profile: Map::default(),
        locale: None,
        mfa_on: false,
        mfa_reset: false,
        mfa_since: None,
        invite_after: None,
        invited_until: None,
        terms: None,
        updated_at: DateTime::UNIX_EPOCH,
        email: contact("resident@example.org", ContactState::Verified),
        phone: contact("+447700900900", ContactState::Vouched),
        totp_secret: None,
        wrong_codes: WrongCodes::default(),
        sends_blocked_until: None,
        used_here: Vec::new(),
        remotes: Vec::new(),
        consented: idp_core::oidc::scope::Scopes::default(),
        passkeys: 0,
        recovery_ready_at: None,
        backup_codes: Vec::new(),
    }
}

fn prompt(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
    texts.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn the_addresses_of_both_messages_are_below_the_services_own() {
    let remote = remote("card", Vec::new());
    assert_eq!(remote.at("challenge").as_str(), "https://card.example.gov.uk/factor/challenge");
    assert_eq!(remote.id().to_string(), "remote:card");
    assert_eq!((remote.label(false), remote.label(true)), (Some("Council card"), Some("Cerdyn y cyngor")));
    assert!(remote.answers(DateTime::UNIX_EPOCH));
}

#[test]
fn a_pseudonym_is_always_the_same_and_differs_by_service_and_from_the_id() {
    let (card, other) = (remote("card", Vec::new()), remote("other", Vec::new()));
    let id = account().id;
    assert_eq!(card.pseudonym(b"sub", id.as_bytes()), card.pseudonym(b"sub", id.as_bytes()));
    assert_ne!(card.pseudonym(b"sub", id.as_bytes()), other.pseudonym(b"sub", id.as_bytes()));
    assert_ne!(card.pseudonym(b"sub", id.as_bytes()), card.pseudonym(b"txn", id.as_bytes()));
    assert_eq!(card.pseudonym(b"sub", id.as_bytes()).len(), 43);
}

#[test]
fn only_what_is_configured_is_shared_and_only_contacts_that_are_proven() {
    assert!(remote("card", Vec::new()).person(&account()).is_empty());
    let all = remote("card", vec![Shared::Sub, Shared::Email, Shared::Phone]).person(&account());
    assert_eq!(Value::Object(all), json!({"sub": "subject", "email": "resident@example.org"}));
}

#[test]
fn a_question_is_plain_text_of_one_line_in_a_language_of_the_pages() {
    let asked = question(prompt(&[("en", " Which\nbird? \u{7}"), ("fr", "Quel oiseau?")]), Wanted::Code).unwrap();
    assert_eq!(asked, Question { prompt: prompt(&[("en", "Which bird?")]), typed: true });
    assert!(!question(prompt(&[("cy", "Cadarnhewch")]), Wanted::Wait).unwrap().typed);
    let long = "x".repeat(501);
    for bad in [&[][..], &[("fr", "Quel oiseau?")], &[("en", " ")], &[("en", "Which bird?"), ("cy", &long)]] {
        assert!(matches!(question(prompt(bad), Wanted::Code), Err(Unanswered::Malformed(_))), "{bad:?}");
    }
}

#[test]
fn a_reply_is_one_of_the_protocol_or_none() {
    let said = |value: Value| match value {
        Value::Object(claims) => claims,
        _ => Map::new(),
    };
    assert!(matches!(read::<Reply>(said(json!({"status": "not_enrolled", "iss": "x"}))), Ok(Reply::NotEnrolled)));
    let asked = json!({"status": "asked", "answer": "code", "prompt": {"en": "Which bird?"}});
    assert!(matches!(read::<Reply>(said(asked.clone())), Ok(Reply::Asked { state: None, .. })));
    for (member, value) in [
        ("status", json!("maybe")),
        ("status", Value::Null),
        ("answer", json!("fingerprint")),
        ("prompt", json!("Which bird?")),
        ("state", json!({"a": 1})),
    ] {
        let mut bad = asked.clone();
        bad[member] = value;
        assert!(read::<Reply>(said(bad)).is_err(), "{member}");
    }
    for bad in [json!({}), json!({"verdict": true}), json!({"verdict": "Right"}), json!({"verdict": ["right"]})] {
        assert!(read::<Judged>(said(bad.clone())).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_unanswered_and_a_lost_state_is_an_error_of_ours() {
    let (remote, account) = (remote("card", Vec::new()), account());
    let master = MasterKey::from_text(HEX).unwrap();
    let (sealer, mac) = (master.sealer("authenticators"), master.mac("backup-codes"));
    let cx = Cx {
        account: &account,
        authenticators: &sealer,
        backup_codes: &mac,
        passkeys: &[],
        verified: false,
        occasion: None,
        now: DateTime::UNIX_EPOCH,
    };
    assert_eq!(remote.ask(cx), Ok(Asking::Pose));
    assert_eq!(remote.challenge(cx).await, Err(FactorError::Unanswered), "outside a sign-in");
    let answer = |state: Option<&[u8]>| Answer {
        code: "4711".into(),
        expected: None,
        state: state.map(|state| state.to_vec().into()),
    };
    assert_eq!(remote.verify(cx, None, &answer(None)).await, Err(FactorError::Unreadable));
    assert_eq!(remote.verify(cx, None, &answer(Some(b"{}"))).await, Err(FactorError::Unreadable));
    let kept = serde_json::to_vec(&Kept { challenge: "c".to_owned(), state: None, typed: true }).unwrap();
    assert_eq!(remote.verify(cx, None, &answer(Some(&kept))).await, Err(FactorError::Unanswered));
}
