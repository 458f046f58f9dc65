//! How often the service of a second factor is asked in vain: for people whom it does not know, and for what is not done.

use crate::remote::{EITHER, ONLY, at_card, by_email, with_policy};
use crate::support::factor_service::RIGHT;

#[tokio::test]
async fn sec_r13_a_service_is_asked_in_vain_only_so_often_for_one_account() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let (resident, other) = (server.resident_with_email(), server.resident_with_email());
    let asked = || service.said("/factor/challenge").len();
    // It does not know the person: whoever has the password could go on for ever.
    service.know_people(false);
    let before = asked();
    for _ in 0..25 {
        at_card(&server, &party, &resident).await;
    }
    assert_eq!(asked() - before, 20, "the others are turned away without asking it");
    let (mut browser, request, page) = at_card(&server, &party, &resident).await;
    assert_eq!(page.headings, ["Council card is not available"]);
    let callback = by_email(&server, &mut browser, &page, &resident).await.callback();
    assert_eq!(party.finish(&request, &callback).await.amr(), ["email", "mfa", "otp", "pwd"], "another way is open");
    let before = asked();
    at_card(&server, &party, &other).await;
    assert_eq!(asked() - before, 1, "others are asked for");
    // An hour later it may know them.
    server.advance(3601).await;
    service.know_people(true);
    let (mut browser, request, page) = at_card(&server, &party, &resident).await;
    party.finish(&request, &browser.submit(&page, &[("code", RIGHT)]).await.callback()).await;
}

#[tokio::test]
async fn sec_r13_whoever_waits_for_a_confirmation_asks_for_it_only_so_often() {
    let (service, server, party) = with_policy(ONLY, "").await;
    service.wait(false);
    let resident = server.resident_with_email();
    let heard = || service.said("/factor/answer").len();
    let (mut browser, _, mut page) = at_card(&server, &party, &resident).await;
    for _ in 0..65 {
        page = browser.press(&page, "continue", &[]).await.page();
    }
    assert_eq!(heard(), 60, "{}", page.text);
    assert!(page.text.contains("We could not check your answer"), "{}", page.text);
    let parallel = (0..20).map(|_| {
        let (mut browser, page) = (browser.clone(), page.clone());
        async move { browser.press(&page, "continue", &[]).await }
    });
    futures::future::join_all(parallel).await;
    assert_eq!(heard(), 60);
    server.advance(3601).await;
    service.wait(true);
    let (mut browser, request, page) = at_card(&server, &party, &resident).await;
    party.finish(&request, &browser.press(&page, "continue", &[]).await.callback()).await;
}
