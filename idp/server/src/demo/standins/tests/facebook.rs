//! Signing in with Facebook, and what it posts of its own accord.

use super::*;
use crate::federation::{Outage, Refusal, SignedRequestError};
use crate::net::outbound::FetchError;

#[tokio::test]
async fn case_fe1_facebook_gets_state_and_pkce_too() {
    let world = World::new().await;
    let hints = Hints { rerequest: true, select_account: true, ..Hints::default() };
    for (hints, auth_type) in [(Hints::default(), None), (hints, Some("rerequest,reauthenticate"))] {
        let visit = world.begin("facebook", hints).await.expect("begun");
        assert!(visit.url.path().ends_with("/facebook/v26.0/dialog/oauth"), "{}", visit.url);
        assert_eq!(given(&visit.url, "state").as_deref(), Some("the-state"));
        assert_eq!(given(&visit.url, "scope").as_deref(), Some("email,public_profile"));
        assert_eq!(given(&visit.url, "code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(given(&visit.url, "auth_type").as_deref(), auth_type);
        assert_eq!(world.page(&visit.url).await.0, StatusCode::OK);
    }
    let (ours, theirs) = (
        world.begin("facebook", Hints::default()).await.expect("begun"),
        world.begin("facebook", Hints::default()).await.expect("begun"),
    );
    let back = world.choose(&theirs, "resident").await;
    let refused = world.finish("facebook", &ours, &back).await;
    assert_eq!(refused, Err(Refusal::Exchange("the error 100".to_owned()).into()));
}

#[tokio::test]
async fn sec_r40_somebody_of_facebook_is_known_by_id_and_their_address_is_never_verified() {
    let world = World::new().await;
    let visit = world.begin("facebook", Hints::default()).await.expect("begun");
    let page = world.page(&visit.url).await.1;
    assert!(page.split_once("name=\"as\" value=\"").expect("a form").1.starts_with("resident\""));
    let back = world.choose(&visit, "resident").await;
    assert_eq!(back.fragment(), Some("_=_"));
    let identity = world.finish("facebook", &visit, &back).await.expect("identified");
    assert_eq!((identity.provider.as_str(), identity.issuer.as_str()), ("facebook", "https://www.facebook.com"));
    assert_eq!(identity.subject, "10220000000000001");
    assert_eq!(identity.given_name.as_deref(), Some("Gwyn"));
    assert_eq!(identity.family_name.as_deref(), Some("Parry"));
    assert_eq!(identity.name.as_deref(), Some("Gwyn Parry"));
    let email = identity.email.expect("an address");
    assert_eq!(email.address.as_str(), "gwyn.parry@example.com");
    assert!(!email.verified && !email.authoritative);
    assert!(identity.context.is_empty());
    let refused = world.finish("facebook", &visit, &back).await;
    assert_eq!(refused, Err(Refusal::Exchange("the error 100".to_owned()).into()), "a code is for one use");
    let known = world.sign_in("facebook", "known-0").await.expect("identified").email.expect("an address");
    assert!(known.address.as_str() == "known@example.org" && !known.verified && !known.authoritative);
}

#[tokio::test]
async fn case_fe8_no_address_goes_through_and_a_token_of_another_app_or_person_does_not() {
    let world = World::new().await;
    let identity = world.sign_in("facebook", "no-email").await.expect("identified");
    assert_eq!((identity.subject.as_str(), identity.email), ("10220000000000002", None));
    for (chosen, why) in [
        ("other-app", "it is another app’s"),
        ("somebody-else", "it is somebody else’s"),
        ("invalid-token", "it is not valid"),
    ] {
        let refused = world.sign_in("facebook", chosen).await;
        assert_eq!(refused, Err(Refusal::AccessToken(why).into()), "{chosen}");
    }
}

#[tokio::test]
async fn case_fe11_facebook_away_is_said_and_cancelling_is_not_an_error() {
    let world = World::new().await;
    assert_eq!(world.sign_in("facebook", "cancel").await, Err(UpstreamError::Cancelled));
    for (chosen, outage) in [
        ("500", Outage::Status(StatusCode::INTERNAL_SERVER_ERROR)),
        ("hang", Outage::Fetch(FetchError::Unreachable)),
        ("10-mb", Outage::Fetch(FetchError::TooLong)),
        ("graph-500", Outage::Status(StatusCode::INTERNAL_SERVER_ERROR)),
    ] {
        assert_eq!(world.sign_in("facebook", chosen).await, Err(outage.into()), "{chosen}");
    }
}

#[tokio::test]
async fn a_secret_or_version_that_facebook_does_not_know_is_a_mistake_of_ours() {
    let world = World::with(&[("IDP_FEDERATION__FACEBOOK__APP_SECRET", "another")]).await;
    let refused = world.sign_in("facebook", "resident").await;
    assert!(matches!(refused, Err(UpstreamError::Misconfigured(_))), "{refused:?}");
    let checked = world.provider("facebook").check(world.now()).await;
    assert!(matches!(checked, Err(UpstreamError::Misconfigured(_))), "{checked:?}");
    let world = World::with(&[("IDP_FEDERATION__FACEBOOK__GRAPH_VERSION", "v19.0")]).await;
    let refused = world.sign_in("facebook", "resident").await;
    assert_eq!(refused, Err(Refusal::Exchange("the error 2635".to_owned()).into()));
}

#[tokio::test]
async fn whether_a_provider_can_be_used_is_found_out_without_anybody_signing_in() {
    let world = World::new().await;
    for provider in world.providers.iter() {
        assert_eq!(provider.check(world.now()).await, Ok(()), "{}", provider.id());
    }
    assert_eq!((world.requests("google.certs"), world.requests("facebook.node")), (1, 1));
}

#[tokio::test]
async fn case_fe8_what_facebook_signs_is_believed_and_what_somebody_else_signs_is_not() {
    let world = World::new().await;
    let facebook = world.provider("facebook");
    let good = world.stand_ins.signed_request("10220000000000001", true);
    let found = facebook.signed_request(&good, world.now()).expect("believed");
    assert_eq!(found.user_id, "10220000000000001");
    assert_eq!(found.issued_at.timestamp(), world.now().timestamp());
    let forged = world.stand_ins.signed_request("10220000000000001", false);
    assert_eq!(facebook.signed_request(&forged, world.now()), Err(SignedRequestError::Signature));
    world.pass(3601);
    assert_eq!(facebook.signed_request(&good, world.now()), Err(SignedRequestError::Expired));
    let google = world.provider("google").signed_request(&good, world.now());
    assert_eq!(google, Err(SignedRequestError::NotSigned));
}

#[tokio::test]
async fn the_stand_in_sends_its_notices_to_this_machine_only() {
    let world = World::new().await;
    let (status, page) = world.page(&world.stand_ins.at(NOTICES_PATH).parse().expect("an address")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("value=\"http://localhost:8080/federated/facebook/deletion\""), "{page}");
    let send = async |url: &str| {
        let body = serde_urlencoded::to_string([("as", "deletion"), ("user", "1"), ("url", url)]).expect("a form");
        let request = Request::post(NOTICES_PATH).body(Body::from(body)).expect("a request");
        world.stand_ins.router().oneshot(request).await.expect("an answer").status()
    };
    assert_eq!(send("https://example.org/").await, StatusCode::BAD_REQUEST);
    assert_eq!(send(&world.stand_ins.at("/dev/clock")).await, StatusCode::OK, "whatever it answers");
}
