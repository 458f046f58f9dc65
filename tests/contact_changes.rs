//! How people change their own contacts (R39, R40): what is proven first, who is told, and the way back.

use crate::account::{at, open, signs_in, told};
use crate::outbox;
use crate::support::provider::Behaviour;
use crate::support::seed::PASSWORD;
use crate::support::{Browser, Factor, Options, Request, Server, inbox, sign_in};

fn link_in(body: &str) -> &str {
    body.split_whitespace().find(|word| word.contains("/account/undo/")).expect("a link")
}

#[tokio::test]
async fn scr_r39_case_ot9_a_new_address_is_proven_first_and_the_old_one_can_take_it_back() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let old = resident.email.as_str();
    let (mut browser, page) = at(&server, "/account/email", &resident).await;
    page.assert_contract();
    let wrong = browser.submit(&page, &[("email", "not an address")]).await.page();
    assert_eq!(wrong.status(), 422);
    assert!(wrong.title.starts_with("Error: "), "{}", wrong.title);
    let same = browser.submit(&page, &[("email", old)]).await.page();
    assert_eq!(same.status(), 422);
    let new = "somewhere.new@example.test";
    let page = browser.submit(&page, &[("email", new)]).await.page();
    assert_eq!(page.path(), "/account/email/code");
    assert!(page.text.contains(new), "{}", page.text);
    assert!(signs_in(&server, old, PASSWORD).await, "a pending change breaks nothing");
    assert!(!signs_in(&server, new, PASSWORD).await);
    let code = server.inbox_code(new).await;
    let wrong = if code == "111111" { "222222" } else { "111111" };
    assert_eq!(browser.submit(&page, &[("code", wrong)]).await.page().status(), 422);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/account");
    assert!(page.text.contains("You have changed your email address") && page.text.contains(new), "{}", page.text);
    assert!(signs_in(&server, new, PASSWORD).await);
    assert!(!signs_in(&server, old, PASSWORD).await);
    told(&server, new, "was changed").await;
    let notice = told(&server, old, "/account/undo/").await;
    // Looking at the link changes nothing.
    let link = link_in(&notice.body);
    let mut elsewhere = server.browser();
    let page = elsewhere.open(link).await.page();
    page.assert_contract();
    assert_eq!(page.status(), 200);
    assert!(signs_in(&server, new, PASSWORD).await);
    let none = elsewhere.open(&link.replace("/undo/", "/undo/AAAA")).await.page();
    assert_eq!((none.status(), none.headings[0].as_str()), (410, "This link does not work"));
    none.assert_contract();
    let done = elsewhere.submit(&page, &[]).await.page();
    assert_eq!(done.status(), 200);
    assert!(signs_in(&server, old, PASSWORD).await, "the old address is back");
    assert!(!signs_in(&server, new, PASSWORD).await);
    assert_eq!(browser.open("/account").await.page().path(), "/sign-in", "every session has ended");
    let used = elsewhere.open(link).await.page();
    assert_eq!((used.status(), used.headings[0].as_str()), (410, "This link has been used"), "the link works once");
    assert!(used.links.iter().any(|link| link.href == "/account"), "a way on: {}", used.text);
}

/// Changes the address of whoever is signed in here.
pub(crate) async fn change_email(server: &Server, browser: &mut Browser, new: &str) {
    let page = browser.open("/account/email").await.page();
    let page = browser.submit(&page, &[("email", new)]).await.page();
    let code = server.inbox_code(new).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/account", "{}", page.text);
}

#[tokio::test]
async fn scr_r39_case_ot26_the_way_back_leaves_no_later_address_to_sign_in_with_and_is_told() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (first, second) = ("thief.one@example.test", "thief.two@example.test");
    let (mut browser, _) = at(&server, "/account/email", &resident).await;
    change_email(&server, &mut browser, first).await;
    let notice = told(&server, &resident.email, "/account/undo/").await;
    change_email(&server, &mut browser, second).await;
    let mut elsewhere = server.browser();
    let page = elsewhere.open(link_in(&notice.body)).await.page();
    assert_eq!(elsewhere.submit(&page, &[]).await.page().status(), 200);
    assert!(signs_in(&server, &resident.email, PASSWORD).await, "the first address is back");
    for gone in [first, second] {
        assert!(!signs_in(&server, gone, PASSWORD).await, "{gone}");
    }
    told(&server, &resident.email, "was undone").await;
    told(&server, second, "was undone").await;
}

#[tokio::test]
async fn sec_r13_case_ot7_another_address_is_no_way_around_the_limits_of_a_code() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (mut browser, form) = at(&server, "/account/email", &resident).await;
    let address = |n: u32| format!("stranger{n}@example.test");
    let page = browser.submit(&form, &[("email", &address(0))]).await.page();
    assert_eq!(page.path(), "/account/email/code");
    for again in [address(0), address(9)] {
        assert_eq!(browser.submit(&form, &[("email", &again)]).await.page().status(), 429, "{again}: too soon");
    }
    assert_eq!(inbox::messages(&server.nodes(), &address(0)).await.len(), 1);
    assert!(inbox::messages(&server.nodes(), &address(9)).await.is_empty());
    let page = browser.open("/account/email/code").await.page();
    assert!(page.text.contains(&address(0)), "what was refused takes the place of nothing: {}", page.text);
    let code = server.inbox_code(&address(0)).await;
    for n in 1..8 {
        server.advance(31).await;
        let page = browser.submit(&form, &[("email", &address(n))]).await.page();
        let sent = inbox::messages(&server.nodes(), &address(n)).await.len();
        let expected = if n < 5 { (200, 1) } else { (429, 0) };
        assert_eq!((page.status(), sent), expected, "{n}: {}", page.text);
    }
    // A code proves the address that it was sent to, and no other.
    let page = browser.open("/account/email/code").await.page();
    assert_eq!(browser.submit(&page, &[("code", &code)]).await.page().status(), 422);
    let code = server.inbox_code(&address(4)).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(page.path() == "/account" && page.text.contains(&address(4)), "{}", page.text);
}

#[tokio::test]
async fn scr_r39_sec_r9_an_address_of_somebody_else_gets_the_same_page_while_no_mail_goes_out() {
    let (server, notify, _) = outbox::with_both().await;
    let (resident, other) = (server.resident(), server.resident_with_email());
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.portal(), &resident, Factor::Totp).await;
    server.advance(31).await;
    let form = open(&server, &mut browser, "/account/email", &resident, Factor::Totp).await;
    notify.behave(Behaviour::Fails(400, "BadRequestError"));
    let mut pages = Vec::new();
    for address in ["nobody.yet@example.test", &other.email] {
        let page = browser.submit(&form, &[("email", address)]).await.page();
        assert_eq!(page.path(), "/account/email/code", "{}", page.text);
        let later = browser.open("/account/email/code").await.page();
        pages.push([&page, &later].map(|page| page.text.replace(address, "X")));
        server.advance(31).await;
    }
    assert!(pages[0][0].contains("We could not send the code"), "{}", pages[0][0]);
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn scr_r39_an_address_of_somebody_else_gets_the_same_answer_and_no_code() {
    let server = Server::start(Options::default()).await;
    let (resident, other) = (server.resident_with_email(), server.resident_with_email());
    let (mut browser, form) = at(&server, "/account/email", &resident).await;
    let free = browser.submit(&form, &[("email", "nobody.yet@example.test")]).await.page();
    server.advance(31).await;
    let taken = browser.submit(&form, &[("email", &other.email)]).await.page();
    assert_eq!((free.status(), free.path()), (taken.status(), taken.path()));
    let told_free = free.text.replace("nobody.yet@example.test", "X");
    assert_eq!(told_free, taken.text.replace(&other.email, "X"));
    let notice = told(&server, &other.email, "You already have an account").await;
    assert_eq!(notice.code, None);
    let tried = browser.submit(&taken, &[("code", "123456")]).await.page();
    assert_eq!(tried.status(), 422);
    assert!(signs_in(&server, &other.email, PASSWORD).await);
}

#[tokio::test]
async fn scr_r39_where_the_policy_says_so_the_old_address_is_asked_first() {
    let server = Server::start(Options::default()).await;
    let rule = r#"{"contact_edit":{"email":"verify_old_and_new"}}"#;
    server.cli(&["client", "policy", "--id", "portal", "--set", rule]);
    let resident = server.resident_with_email();
    let (mut browser, _) = at(&server, "/account", &resident).await;
    let page = crate::support::eventually("the new policy is in force", async || {
        let page = open(&server, &mut browser, "/account/email", &resident, Factor::Email).await;
        page.text.contains("First we will send a code").then_some(page)
    })
    .await;
    let new = "both.proven@example.test";
    let page = browser.submit(&page, &[("email", new)]).await.page();
    assert!(page.text.contains(&resident.email) && !page.text.contains(new), "{}", page.text);
    assert!(inbox::messages(&server.nodes(), new).await.is_empty(), "not before the old one is proven");
    let code = server.inbox_code(&resident.email).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(page.text.contains(new), "{}", page.text);
    let code = server.inbox_code(new).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/account");
    assert!(page.text.contains(new), "{}", page.text);
}

#[tokio::test]
async fn scr_r40_req_s4_12_a_new_number_gets_the_code_and_the_old_contact_the_notice() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (mut browser, form) = at(&server, "/account/phone", &resident).await;
    form.assert_contract();
    let wrong = browser.submit(&form, &[("phone", "12345")]).await.page();
    assert_eq!(wrong.status(), 422);
    let page = browser.submit(&form, &[("phone", "07700 900 123")]).await.page();
    assert_eq!(page.path(), "/account/phone/code");
    let summary = browser.open("/account").await.page();
    assert!(!summary.text.contains("900123"), "nothing is changed yet");
    let message = inbox::messages(&server.nodes(), "+447700900123").await.remove(0);
    assert_eq!(message.channel, "sms");
    let page = browser.submit(&page, &[("code", &message.code.expect("a code"))]).await.page();
    assert_eq!(page.path(), "/account");
    assert!(page.text.contains("+447700900123"), "{}", page.text);
    told(&server, &resident.email, "phone number of your account").await;
    // A landline gets a call.
    let mut other = server.browser();
    let another = server.resident_with_email();
    sign_in(&server, &mut other, &server.portal(), &another, Factor::Email).await;
    let form = open(&server, &mut other, "/account/phone", &another, Factor::Email).await;
    other.submit(&form, &[("phone", "020 7946 0123")]).await.page();
    let message = inbox::messages(&server.nodes(), "+442079460123").await.remove(0);
    assert_eq!(message.channel, "voice");
}

#[tokio::test]
async fn req_s1_3_a_contact_that_a_portal_locks_cannot_be_changed() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    sign_in(server, &mut browser, &server.client("always"), &resident, Factor::Email).await;
    sign_in(server, &mut browser, &server.portal(), &resident, Factor::Email).await;
    let page = open(server, &mut browser, "/account", &resident, Factor::Email).await;
    assert!(page.text.contains("Managed by always"), "{}", page.text);
    for path in ["/account/email", "/account/phone"] {
        assert!(page.links.iter().all(|link| link.href != path), "{path}");
        let page = open(server, &mut browser, path, &resident, Factor::Email).await;
        assert_eq!(page.path(), "/account", "{path}");
    }
    let form = open(server, &mut browser, "/account/password", &resident, Factor::Email).await;
    let token = form.forms[0].field("csrf").expect("a token").value.clone();
    let fields = [("csrf", token.as_str()), ("email", "other@example.test")];
    let request = Request::post(&server.url("/account/email"), &fields).header("sec-fetch-site", "same-origin");
    assert_eq!(browser.go(request).await.page().path(), "/account");
    assert!(inbox::messages(&server.nodes(), "other@example.test").await.is_empty());
}

#[tokio::test]
async fn sec_r13_case_ot7_a_text_and_a_call_of_one_change_share_their_limits() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (mut browser, form) = at(&server, "/account/phone", &resident).await;
    let number = |n: usize| match n % 2 {
        0 => (format!("07700 9007{n:02}"), format!("+4477009007{n:02}")),
        _ => (format!("020 7946 07{n:02}"), format!("+44207946 07{n:02}").replace(' ', "")),
    };
    let sent = async |n: usize| inbox::messages(&server.nodes(), &number(n).1).await.len();
    browser.submit(&form, &[("phone", &number(0).0)]).await.page();
    let soon = browser.submit(&form, &[("phone", &number(1).0)]).await.page();
    assert_eq!((soon.status(), sent(0).await, sent(1).await), (429, 1, 0), "a call is too soon after a text");
    for n in 1..8 {
        server.advance(31).await;
        let page = browser.submit(&form, &[("phone", &number(n).0)]).await.page();
        let expected = if n < 5 { (200, 1) } else { (429, 0) };
        assert_eq!((page.status(), sent(n).await), expected, "{n}: {}", page.text);
    }
}
