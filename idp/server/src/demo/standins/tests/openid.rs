//! Signing in with Google and with a partner.

use super::*;
use crate::federation::{Outage, Refusal};
use crate::keys::signing::TokenError;
use crate::net::outbound::FetchError;

#[tokio::test]
async fn case_fe1_state_nonce_and_pkce_are_sent_and_differ_each_time() {
    let world = World::new().await;
    let visit = world.begin("google", Hints::default()).await.expect("begun");
    assert_eq!(given(&visit.url, "state").as_deref(), Some("the-state"));
    assert_eq!(given(&visit.url, "response_type").as_deref(), Some("code"));
    assert_eq!(given(&visit.url, "scope").as_deref(), Some("openid email profile"));
    assert_eq!(given(&visit.url, "redirect_uri").as_deref(), Some("http://localhost:8080/federated/google/callback"));
    assert_eq!(given(&visit.url, "code_challenge_method").as_deref(), Some("S256"));
    for name in ["prompt", "login_hint", "hl", "client_secret", "code_verifier"] {
        assert_eq!(given(&visit.url, name), None, "{name}");
    }
    let other = world.begin("google", Hints::default()).await.expect("begun");
    for name in ["nonce", "code_challenge"] {
        let (one, two) = (given(&visit.url, name).expect(name), given(&other.url, name).expect(name));
        assert!(one != two && one.len() == 43, "{name}");
    }
    assert_eq!(world.requests("google.metadata"), 1, "kept");

    let hints =
        Hints { login_hint: Some("ann@example.org"), select_account: true, ui_locale: Some("cy"), rerequest: true };
    let visit = world.begin("google", hints).await.expect("begun");
    assert_eq!(given(&visit.url, "prompt").as_deref(), Some("select_account consent"));
    assert_eq!(given(&visit.url, "login_hint").as_deref(), Some("ann@example.org"));
    assert_eq!(given(&visit.url, "hl").as_deref(), Some("cy"));
    let visit = world.begin("partner", hints).await.expect("begun");
    assert_eq!(given(&visit.url, "ui_locales").as_deref(), Some("cy"));
}

#[tokio::test]
async fn case_fe1_an_answer_to_another_request_or_a_second_time_is_refused() {
    let world = World::new().await;
    let (ours, theirs) = (
        world.begin("google", Hints::default()).await.expect("begun"),
        world.begin("google", Hints::default()).await.expect("begun"),
    );
    let back = world.choose(&theirs, "resident").await;
    let stolen = Visit { url: ours.url.clone(), kept: ours.kept.clone(), callback: ours.callback.clone() };
    let refused = UpstreamError::from(Refusal::Exchange("invalid_grant".to_owned()));
    assert_eq!(world.finish("google", &stolen, &back).await, Err(refused.clone()), "PKCE");

    let back = world.choose(&ours, "resident").await;
    assert!(world.finish("google", &ours, &back).await.is_ok());
    assert_eq!(world.finish("google", &ours, &back).await, Err(refused), "a code is for one use");
}

#[tokio::test]
async fn sec_r40_the_first_person_is_ready_to_sign_in() {
    let world = World::new().await;
    let visit = world.begin("google", Hints::default()).await.expect("begun");
    let (status, page) = world.page(&visit.url).await;
    assert_eq!(status, StatusCode::OK);
    let first = page.split_once("name=\"as\" value=\"").expect("a form").1;
    assert!(first.starts_with("resident\""), "{first:.40}");
    let back = world.choose(&visit, "resident").await;
    let identity = world.finish("google", &visit, &back).await.expect("identified");
    assert_eq!(identity.provider, "google");
    assert_eq!(identity.issuer, world.stand_ins.at("/google"));
    assert_eq!(identity.subject, "110000000000000000001");
    let email = identity.email.expect("an address");
    assert_eq!((email.address.as_str(), email.verified, email.authoritative), ("resident@gmail.com", true, true));
    let names = [&identity.given_name, &identity.family_name, &identity.name, &identity.locale];
    let names = names.map(|name| name.as_deref().unwrap_or_default());
    assert_eq!(names, ["Rhian", "Morgan", "Rhian Morgan", "en-GB"]);
    assert!(identity.context.is_empty(), "Google states none");
}

#[tokio::test]
async fn case_fe3_only_the_json_value_true_verifies_an_address_and_only_google_s_own_are_authoritative() {
    let world = World::new().await;
    for (chosen, verified, authoritative) in [
        ("no-verified", false, false),
        ("text-verified", false, false),
        ("unverified", false, false),
        ("workspace", true, true),
        ("own-domain", true, false),
        ("known-0", true, false),
        ("changed-email", true, true),
    ] {
        let identity = world.sign_in("google", chosen).await.expect(chosen);
        let email = identity.email.expect("an address");
        assert_eq!((email.verified, email.authoritative), (verified, authoritative), "{chosen}");
    }
    assert_eq!(world.sign_in("google", "no-email").await.expect("identified").email, None);
    let [first, changed, other] = ["resident", "changed-email", "other-sub"];
    let first = world.sign_in("google", first).await.expect("identified");
    let changed = world.sign_in("google", changed).await.expect("identified");
    let other = world.sign_in("google", other).await.expect("identified");
    assert_eq!(first.subject, changed.subject);
    assert_ne!(first.subject, other.subject);
    assert_eq!(first.email.map(|email| email.address), other.email.map(|email| email.address));
}

#[tokio::test]
async fn sec_r40_both_spellings_of_google_s_issuer_are_one() {
    let world = World::new().await;
    let usual = world.sign_in("google", "resident").await.expect("identified");
    let legacy = world.sign_in("google", "legacy-iss").await.expect("identified");
    assert_eq!(usual, legacy);
    let partner = world.sign_in("partner", "legacy-iss").await;
    assert_eq!(partner, Err(Refusal::Token(TokenError::Issuer).into()), "nobody else has two");
}

#[tokio::test]
async fn case_fe3_every_misbehaviour_is_refused() {
    let world = World::new().await;
    let token = Refusal::Token;
    for (chosen, refusal) in [
        ("wrong-nonce", Refusal::Nonce),
        ("no-nonce", Refusal::Nonce),
        ("wrong-aud", token(TokenError::Audience)),
        ("several-aud", Refusal::AuthorizedParty),
        ("wrong-azp", Refusal::AuthorizedParty),
        ("wrong-iss", token(TokenError::Issuer)),
        ("expired", token(TokenError::Expired)),
        ("no-exp", token(TokenError::NoExpiry)),
        ("stale", token(TokenError::Lifetime)),
        ("long-sub", Refusal::Subject),
        ("no-id-token", Refusal::NoIdToken),
        ("alg-none", token(TokenError::Header)),
        ("hs256", token(TokenError::Header)),
        ("other-key", token(TokenError::Signature)),
        ("unknown-kid", token(TokenError::UnknownKey)),
        ("mixed-up", Refusal::Mixed),
    ] {
        for provider in ["google", "partner"] {
            let refused = world.sign_in(provider, chosen).await;
            assert_eq!(refused, Err(refusal.clone().into()), "{chosen} of {provider}");
        }
    }
    assert!(world.sign_in("google", "resident").await.is_ok(), "refusals are no failures of the provider");
    let unknown = world.sign_in("google", "secret-unknown").await;
    assert!(matches!(unknown, Err(UpstreamError::Misconfigured(_))), "{unknown:?}");
}

#[tokio::test]
async fn sec_r40_the_issuer_of_an_answer_is_checked_where_the_provider_names_it_and_wherever_it_is_named() {
    let world = World::new().await;
    let visit = world.begin("partner", Hints::default()).await.expect("begun");
    let mut back = world.choose(&visit, "resident").await;
    let unnamed: Vec<_> = back.query_pairs().into_owned().filter(|(name, _)| name != "iss").collect();
    back.query_pairs_mut().clear().extend_pairs(unnamed);
    assert_eq!(world.finish("partner", &visit, &back).await, Err(Refusal::Mixed.into()));

    let visit = world.begin("google", Hints::default()).await.expect("begun");
    let mut back = world.choose(&visit, "resident").await;
    back.query_pairs_mut().append_pair("iss", &world.stand_ins.at("/google"));
    assert!(world.finish("google", &visit, &back).await.is_ok(), "named rightly");
}

#[tokio::test]
async fn a_partner_says_how_somebody_signed_in_and_is_trusted_with_addresses_only_if_it_is_configured() {
    let world = World::new().await;
    let identity = world.sign_in("partner", "own-domain").await.expect("identified");
    assert_eq!(identity.context, ["pwd", "mfa", "urn:example:two-factors"]);
    assert!(identity.email.is_some_and(|email| email.verified && !email.authoritative));
    let world = World::with(&[("IDP_FEDERATION__OIDC__PARTNER__TRUST_EMAIL", "true")]).await;
    for (chosen, authoritative) in [("own-domain", true), ("text-verified", false), ("unverified", false)] {
        let identity = world.sign_in("partner", chosen).await.expect("identified");
        assert_eq!(identity.email.map(|email| email.authoritative), Some(authoritative), "{chosen}");
    }
}

#[tokio::test]
async fn whoever_is_described_in_the_form_signs_in() {
    let world = World::new().await;
    let visit = world.begin("google", Hints::default()).await.expect("begun");
    let fields = [
        ("as", "own"),
        ("sub", "Case-Sensitive"),
        ("email", "new@Example.ORG"),
        ("email_verified", "true"),
        ("hd", ""),
    ];
    let back = world.fill_in(&visit, &fields).await;
    let identity = world.finish("google", &visit, &back).await.expect("identified");
    assert_eq!(identity.subject, "Case-Sensitive");
    assert!(identity.email.is_some_and(|email| email.address.as_str() == "new@example.org" && email.verified));
}

#[tokio::test]
async fn who_cancels_has_cancelled_and_what_a_browser_says_is_no_failure() {
    let world = World::new().await;
    assert_eq!(world.sign_in("google", "cancel").await, Err(UpstreamError::Cancelled));
    let visit = world.begin("google", Hints::default()).await.expect("begun");
    for (said, expected) in [
        ("error=server_error", Outage::Said("server_error".to_owned()).into()),
        ("error=login_required", Refusal::Said("login_required".to_owned()).into()),
        ("error=%3Cscript%3E", Refusal::Said("something that is no error code".to_owned()).into()),
        ("code=a&error=b", Refusal::Malformed("it holds neither a code nor an error, or both").into()),
        ("code=a&code=a", Refusal::Malformed("a parameter occurs twice").into()),
        ("code=a%20b", Refusal::Malformed("the code cannot be one").into()),
        ("", Refusal::Malformed("it holds neither a code nor an error, or both").into()),
    ] {
        for _ in 0..2 {
            let mut back = visit.callback.clone();
            back.set_query(Some(&format!("state=the-state&{said}")));
            assert_eq!(world.finish("google", &visit, &back).await.as_ref(), Err(&expected), "{said}");
        }
    }
    for _ in 0..5 {
        let mut back = visit.callback.clone();
        back.set_query(Some("state=the-state&error=temporarily_unavailable"));
        assert!(world.finish("google", &visit, &back).await.is_err());
    }
    assert!(world.provider("google").answers(world.now()), "anybody can say so in somebody’s browser");
}

#[tokio::test]
async fn case_fe11_a_provider_that_fails_hangs_or_floods_is_not_available() {
    let world = World::new().await;
    for (chosen, outage) in [
        ("500", Outage::Status(StatusCode::INTERNAL_SERVER_ERROR)),
        ("hang", Outage::Fetch(FetchError::Unreachable)),
        ("10-mb", Outage::Fetch(FetchError::TooLong)),
    ] {
        assert_eq!(world.sign_in("google", chosen).await, Err(outage.into()), "{chosen}");
    }
    for _ in 0..2 {
        assert!(world.sign_in("google", "500").await.is_err());
    }
    assert!(!world.provider("google").answers(world.now()), "five in a row");
    let failing = UpstreamError::from(Outage::Failing);
    assert_eq!(world.begin("google", Hints::default()).await.err(), Some(failing), "nobody waits for it");
    assert!(world.sign_in("partner", "resident").await.is_ok(), "the others are not touched");
    world.pass(30);
    assert_eq!(world.sign_in("google", "cancel").await, Err(UpstreamError::Cancelled), "asks nothing of it");
    assert!(world.sign_in("google", "resident").await.is_ok(), "and keeps nobody from trying again");
    assert!(world.provider("google").answers(world.now()));
}

#[tokio::test]
async fn case_fe11_new_keys_are_fetched_and_at_most_once_a_minute() {
    let world = World::new().await;
    assert!(world.sign_in("google", "resident").await.is_ok());
    assert!(world.sign_in("google", "resident").await.is_ok());
    assert_eq!(world.requests("google.certs"), 1, "kept");
    world.pass(60);
    assert!(world.sign_in("google", "rotated").await.is_ok());
    assert_eq!(world.requests("google.certs"), 2);
    for _ in 0..3 {
        let refused = world.sign_in("google", "unknown-kid").await;
        assert_eq!(refused, Err(Refusal::Token(TokenError::UnknownKey).into()));
    }
    assert_eq!(world.requests("google.certs"), 2, "within the minute nobody can have them fetched");
    world.pass(60);
    assert!(world.sign_in("google", "unknown-kid").await.is_err());
    assert!(world.sign_in("google", "other-key").await.is_err());
    assert_eq!(world.requests("google.certs"), 3);
    assert!(world.sign_in("google", "resident").await.is_ok());
    world.pass(20_000);
    assert!(world.sign_in("google", "resident").await.is_ok());
    assert_eq!(world.requests("google.certs"), 4, "their time is over");
    assert_eq!(world.requests("google.metadata"), 2);
}

#[tokio::test]
async fn sec_r40_metadata_of_another_issuer_are_not_taken() {
    let world = World::new().await;
    let slash = format!("{}/", world.stand_ins.at("/google"));
    let mut environment = world.stand_ins.environment();
    environment.push(("IDP_DEVELOPMENT__ALLOW_LOOPBACK_FETCH".to_owned(), "true".to_owned()));
    environment.push(("IDP_FEDERATION__GOOGLE__ISSUER".to_owned(), slash));
    let config = Config::from_sources(None, environment.into_iter()).expect("valid");
    let providers = Providers::new(&config.federation, &Outbound::new(&config.outbound, &config.development));
    let google = providers.get("google").expect("configured");
    let begun = google.begin("s", &callback("google"), Hints::default(), (&Random::default(), world.now())).await;
    assert!(matches!(begun, Err(UpstreamError::Misconfigured(_))), "{begun:?}");
}

#[tokio::test]
async fn sec_r50_without_the_development_setting_nothing_on_this_machine_is_asked() {
    let world = World::new().await;
    let config = Config::from_sources(
        None,
        world
            .stand_ins
            .environment()
            .into_iter()
            .chain([("IDP_DEVELOPMENT__ALLOW_LOOPBACK_FETCH".to_owned(), "true".to_owned())]),
    )
    .expect("valid");
    let closed = Outbound::new(&config.outbound, &Development::default());
    let providers = Providers::new(&config.federation, &closed);
    let google = providers.get("google").expect("configured");
    let begun = google.begin("s", &callback("google"), Hints::default(), (&Random::default(), world.now())).await;
    assert!(matches!(begun, Err(UpstreamError::Misconfigured(_))), "{begun:?}");
    assert_eq!(world.requests("google.metadata"), 0);
}

#[tokio::test]
async fn a_provider_that_is_disabled_is_none() {
    let off =
        [("IDP_FEDERATION__GOOGLE__ENABLED", "false"), ("IDP_FEDERATION__OIDC__PARTNER__NAME_CY", "Partner Cymraeg")];
    let world = World::with(&off).await;
    let ids: Vec<_> = world.providers.iter().map(Provider::id).collect();
    assert_eq!(ids, ["facebook", "partner"]);
    let partner = world.provider("partner");
    assert_eq!((partner.name(false), partner.name(true)), ("Partner", "Partner Cymraeg"));
    assert_eq!(partner.origin(), world.stand_ins.at(""));
    assert!(world.providers.get("google").is_none());
}

#[tokio::test]
async fn a_stand_in_is_as_strict_as_the_real_service() {
    let world = World::new().await;
    let visit = world.begin("google", Hints::default()).await.expect("begun");
    let url = |change: (&str, Option<&str>)| {
        let pairs = visit.url.query_pairs().into_owned().filter(|(name, _)| name != change.0).collect::<Vec<_>>();
        let mut url = visit.url.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs).extend_pairs(change.1.map(|value| (change.0, value)));
        url
    };
    for change in [
        ("client_id", Some("another")),
        ("redirect_uri", Some("http://localhost:8080/federated/google/callback/")),
        ("redirect_uri", Some("http://localhost:8080/federated/google/callback?a=b")),
        ("response_type", Some("id_token")),
        ("scope", Some("email")),
        ("state", None),
        ("nonce", None),
        ("code_challenge", None),
        ("code_challenge_method", Some("plain")),
        ("prompt", Some("please")),
    ] {
        let (status, page) = world.page(&url(change)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{change:?}");
        assert!(!page.contains("<form"), "{change:?}");
    }
}

#[tokio::test]
async fn sec_r10_what_is_kept_and_what_came_back_are_not_in_debug_output() {
    let world = World::new().await;
    let visit = world.begin("google", Hints::default()).await.expect("begun");
    let nonce = given(&visit.url, "nonce").expect("a nonce");
    assert!(!format!("{:?}", visit.kept).contains(&nonce));
    let answer = Answer::of(&Form::parse(b"code=4%2F0secret&state=s").expect("a query")).expect("an answer");
    assert!(!format!("{answer:?}").contains("0secret"));
}
