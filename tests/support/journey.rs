//! The ways through the pages: each step does what the page in front of it asks for.

use super::browser::{Browser, Stop};
use super::html::Page;
use super::relying_party::{Authorization, RelyingParty};
use super::seed::Resident;
use super::server::Server;
use super::tokens::Tokens;
use super::{inbox, totp};

const MAX_STEPS: usize = 12;

/// The second factor that a resident takes where there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    Email,
    Totp,
}

impl Factor {
    pub const fn id(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Totp => "totp",
        }
    }
}

/// Where codes come from: the nodes' inboxes and the time they go by.
#[derive(Debug, Clone)]
pub struct Codes {
    pub nodes: Vec<String>,
    pub now: i64,
}

impl From<&Server> for Codes {
    fn from(server: &Server) -> Self {
        Self { nodes: server.nodes(), now: server.now() }
    }
}

/// What a page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Email,
    Password,
    Method,
    Code,
    Consent,
    /// Only a button to go on.
    Continue,
    /// Nothing that a resident could do.
    Nothing,
}

/// Reads from its fields what a page asks for.
pub fn asks(page: &Page) -> Ask {
    // The hidden user name beside a password is no question.
    let visible = |name: &str| page.forms.iter().flat_map(|f| &f.fields).any(|f| f.name == name && f.kind != "hidden");
    if visible("password") {
        Ask::Password
    } else if visible("email") {
        Ask::Email
    } else if visible("code") {
        Ask::Code
    } else if visible("method") {
        Ask::Method
    } else if page.has_button("allow") {
        Ask::Consent
    } else if page.has_button("continue") && page.status() < 400 {
        Ask::Continue
    } else {
        Ask::Nothing
    }
}

/// Takes one step as this resident.
pub async fn step(browser: &mut Browser, page: &Page, resident: &Resident, factor: Factor, codes: &Codes) -> Stop {
    match asks(page) {
        Ask::Email => browser.submit(page, &[("email", &resident.email)]).await,
        Ask::Password => browser.submit(page, &[("password", &resident.password)]).await,
        Ask::Method => browser.submit(page, &[("method", factor.id())]).await,
        Ask::Consent => browser.press(page, "allow", &[]).await,
        // Who saves backup codes says so.
        Ask::Continue if page.has_field("saved") => browser.press(page, "continue", &[("saved", "yes")]).await,
        Ask::Continue => browser.press(page, "continue", &[]).await,
        Ask::Code => {
            let code = match factor {
                Factor::Email => inbox::code(&codes.nodes, &resident.email).await,
                Factor::Totp => totp::code(&resident.totp_secret, codes.now),
            };
            browser.submit(page, &[("code", &code)]).await
        }
        Ask::Nothing => panic!("nothing to do on {} {}: {:.600}", page.status(), page.url(), page.text),
    }
}

/// Goes on until a page asks for `what`, which may also be the way out.
pub async fn until(
    browser: &mut Browser,
    mut stop: Stop,
    what: Ask,
    resident: &Resident,
    factor: Factor,
    codes: &Codes,
) -> Stop {
    let mut trail = Vec::new();
    for _ in 0..MAX_STEPS {
        let page = match stop {
            Stop::Page(page) if asks(&page) != what => page,
            done => return done,
        };
        trail.push(format!("{} {}", page.status(), page.url()));
        stop = step(browser, &page, resident, factor, codes).await;
    }
    panic!("the journey does not end: {trail:#?}")
}

/// From wherever the browser is to the relying party (or to a page where nothing can be done).
pub async fn finish(browser: &mut Browser, stop: Stop, resident: &Resident, factor: Factor, codes: &Codes) -> Stop {
    until(browser, stop, Ask::Nothing, resident, factor, codes).await
}

/// A whole sign-in: request, pages, callback, verified tokens.
pub async fn sign_in(
    server: &Server,
    browser: &mut Browser,
    party: &RelyingParty,
    resident: &Resident,
    factor: Factor,
) -> Tokens {
    sign_in_with(server, browser, party, party.authorize(), resident, factor).await
}

/// The same with a request of the test's making.
pub async fn sign_in_with(
    server: &Server,
    browser: &mut Browser,
    party: &RelyingParty,
    request: Authorization,
    resident: &Resident,
    factor: Factor,
) -> Tokens {
    let stop = browser.open(&request.url()).await;
    let callback = finish(browser, stop, resident, factor, &server.into()).await.callback();
    party.finish(&request, &callback).await
}

/// Up to the page that asks for `what`, from a new request of this client.
pub async fn open_until(
    server: &Server,
    browser: &mut Browser,
    request: &Authorization,
    what: Ask,
    resident: &Resident,
    factor: Factor,
) -> Page {
    let stop = browser.open(&request.url()).await;
    until(browser, stop, what, resident, factor, &server.into()).await.page()
}
