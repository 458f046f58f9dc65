//! The portal's five pages. They share the provider's components and style sheet, so that the two look like one
//! council's, but none of its texts: the portal is English only. Values are escaped by the template engine.

use secrecy::ExposeSecret;
use serde::Serialize;
use tera::{Context, Tera};

use super::claims::{self, Row};
use super::session::SignedIn;
use super::{PortalClient, PortalSettings, without_slash};
use crate::page::assets;

/// The components that the templates call, and the templates.
const TEMPLATES: [(&str, &str); 12] = [
    ("components/button.html", include_str!("../../../../../themes/default/components/button.html")),
    ("components/choices.html", include_str!("../../../../../themes/default/components/choices.html")),
    ("components/chrome.html", include_str!("../../../../../themes/default/components/chrome.html")),
    ("components/label.html", include_str!("../../../../../themes/default/components/label.html")),
    ("components/messages.html", include_str!("../../../../../themes/default/components/messages.html")),
    ("components/tables.html", include_str!("../../../../../themes/default/components/tables.html")),
    ("layout.html", include_str!("templates/layout.html")),
    ("start.html", include_str!("templates/start.html")),
    ("signed-in.html", include_str!("templates/signed-in.html")),
    ("form.html", include_str!("templates/form.html")),
    ("signed-out.html", include_str!("templates/signed-out.html")),
    ("problem.html", include_str!("templates/problem.html")),
];

/// The pages.
pub(super) struct Pages {
    tera: Tera,
    issuer: String,
}

/// A radio button, as the component wants it.
#[derive(Serialize)]
struct Choice<'a> {
    value: &'a str,
    text: &'a str,
    hint: String,
    checked: bool,
}

/// One line of a summary list.
#[derive(Serialize)]
struct Line {
    key: &'static str,
    value: String,
}

/// One cell of a table.
#[derive(Serialize)]
struct Cell<'a> {
    text: &'a str,
}

/// A table of claims with its name.
#[derive(Serialize)]
struct Table {
    id: &'static str,
    caption: &'static str,
    rows: Vec<Row>,
}

impl Pages {
    pub(super) fn new(settings: &PortalSettings) -> Result<Self, tera::Error> {
        let mut tera = Tera::default();
        tera.add_raw_templates(TEMPLATES)?;
        Ok(Self { tera, issuer: without_slash(&settings.issuer).to_owned() })
    }

    /// Where one chooses a client and someone to be.
    pub(super) fn start(&self, settings: &PortalSettings) -> Result<String, tera::Error> {
        let choices: Vec<_> = settings.clients.iter().enumerate().map(|(at, client)| choice(client, at == 0)).collect();
        let residents: Vec<Vec<Cell<'_>>> = settings
            .residents
            .iter()
            .map(|resident| {
                let totp_secret = resident.totp_secret.as_ref().map_or("", ExposeSecret::expose_secret);
                let phone = resident.phone.as_deref().unwrap_or_default();
                let cells =
                    [&resident.situation, &resident.email, resident.password.expose_secret(), phone, totp_secret];
                cells.map(|text| Cell { text }).into()
            })
            .collect();
        let mut context = self.context("Demo portal");
        context.insert("choices", &choices);
        context.insert("residents", &residents);
        self.tera.render("start.html", &context)
    }

    /// What the provider said about who signed in.
    pub(super) fn signed_in(&self, signed_in: &SignedIn, client: &PortalClient) -> Result<String, tera::Error> {
        let said = |name: &str| {
            let found = claims::rows(&signed_in.claims).into_iter().find(|row| row.name == name);
            found.map_or_else(|| "not said".to_owned(), |row| row.value)
        };
        let level = claims::level(&signed_in.claims);
        let in_words = level.map(|level| format!("{level}: {}", claims::level_in_words(level)));
        let summary = [
            Line { key: "Service", value: format!("{} ({})", client.name, client.preset) },
            Line { key: "Level of assurance", value: in_words.unwrap_or_else(|| said("acr")) },
            Line { key: "How", value: said("amr") },
            Line { key: "Signed in at", value: said("auth_time") },
            Line { key: "Session", value: said("sid") },
        ];
        let tables = [
            Table { id: "id-token", caption: "ID token", rows: claims::rows(&signed_in.claims) },
            Table { id: "userinfo", caption: "User information", rows: claims::rows(&signed_in.userinfo) },
        ];
        let unmet = signed_in.asked.filter(|asked| level.is_none_or(|level| level < *asked));
        let mut context = self.context("You are signed in");
        context.insert("summary", &summary);
        context.insert("tables", &tables);
        context.insert("unmet", &unmet.map(|asked| asked.to_string()));
        self.tera.render("signed-in.html", &context)
    }

    /// A form, for whoever is signed in.
    pub(super) fn form(&self, client: &PortalClient) -> Result<String, tera::Error> {
        let mut context = self.context("Report a missed bin");
        context.insert("service", &client.name);
        self.tera.render("form.html", &context)
    }

    /// After signing out; `complete` if the provider says so too.
    pub(super) fn signed_out(&self, complete: bool) -> Result<String, tera::Error> {
        let mut context = self.context("You have signed out");
        context.insert("complete", &complete);
        self.tera.render("signed-out.html", &context)
    }

    /// A sign-in that did not succeed: `error` as the protocol names it, where it does, and what is known of it.
    pub(super) fn problem(&self, title: &str, error: &str, description: &str) -> Result<String, tera::Error> {
        let mut context = self.context(title);
        context.insert("error", error);
        context.insert("description", description);
        self.tera.render("problem.html", &context)
    }

    fn context(&self, title: &str) -> Context {
        let mut context = Context::new();
        context.insert("title", title);
        context.insert("issuer", &self.issuer);
        context.insert("style_href", &assets::path_of("idp.css"));
        context
    }
}

fn choice(client: &PortalClient, checked: bool) -> Choice<'_> {
    Choice { value: &client.client_id, text: &client.name, hint: format!("Preset {}", client.preset), checked }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use idp_core::level::Level;
    use serde_json::json;

    use super::super::{PortalResident, relying_party::PortalIdToken};
    use super::*;

    const HOSTILE: &str = "\"><script>alert('x')</script>";

    fn settings() -> PortalSettings {
        let client = |preset: &str| PortalClient {
            client_id: format!("portal-{preset}"),
            client_secret: "not-to-be-seen".to_owned().into(),
            preset: preset.to_owned(),
            name: HOSTILE.to_owned(),
        };
        PortalSettings {
            issuer: "http://localhost:8080".parse().expect("an address"),
            base: "http://localhost:8081".parse().expect("an address"),
            clients: vec![client("always-on"), client("authenticator")],
            residents: vec![PortalResident {
                email: "ann@example.org".to_owned(),
                password: "a long password".to_owned().into(),
                phone: None,
                totp_secret: Some("JBSWY3DPEHPK3PXP".to_owned().into()),
                situation: "with an authenticator".to_owned(),
            }],
        }
    }

    fn pages() -> Pages {
        Pages::new(&settings()).expect("templates")
    }

    fn signed_in(acr: &str, asked: Option<Level>) -> SignedIn {
        let token = json!({"sub": "s1", "acr": acr, "amr": ["pwd", "otp"], "auth_time": 1_790_000_000, "sid": "abc"});
        let userinfo = json!({"sub": "s1", "name": HOSTILE});
        let parts = [
            json!({"alg": "RS256"}),
            json!({"iss": "http://localhost:8080", "aud": "portal", "sub": "s1", "exp": 2, "iat": 1}),
            json!("signature"),
        ];
        let encoded = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let id_token: PortalIdToken = encoded.join(".").parse().expect("a token");
        SignedIn {
            client_id: "portal-always-on".to_owned(),
            id_token,
            claims: token.as_object().cloned().unwrap_or_default(),
            userinfo: userinfo.as_object().cloned().unwrap_or_default(),
            asked,
        }
    }

    #[test]
    fn the_start_page_offers_every_client_and_shows_whom_to_be() {
        let html = pages().start(&settings()).expect("a page");
        for expected in [
            "value=\"portal-always-on\" checked",
            "value=\"portal-authenticator\"",
            "id=\"portal-sign-in\"",
            "ann@example.org",
            "a long password",
            "JBSWY3DPEHPK3PXP",
            "href=\"http://localhost:8080/dev/inbox\"",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
        assert!(!html.contains("not-to-be-seen"));
    }

    #[test]
    fn what_others_wrote_is_escaped_everywhere() {
        let pages = pages();
        let client = settings().clients.remove(0);
        for html in [
            pages.start(&settings()).expect("a page"),
            pages.signed_in(&signed_in("2fa", None), &client).expect("a page"),
            pages.problem("It failed", HOSTILE, HOSTILE).expect("a page"),
        ] {
            assert!(html.contains("&lt;script&gt;"), "{html}");
            assert!(!html.contains("<script"), "{html}");
        }
    }

    #[test]
    fn pages_hold_no_inline_style_or_script() {
        let pages = pages();
        let client = settings().clients.remove(0);
        for html in [
            pages.start(&settings()).expect("a page"),
            pages.signed_in(&signed_in("2fa", None), &client).expect("a page"),
            pages.signed_out(true).expect("a page"),
            pages.problem("It failed", "", "Why").expect("a page"),
        ] {
            for inline in ["<style", " style=", "<script", " onclick=", "javascript:"] {
                assert!(!html.contains(inline), "{inline} in {html}");
            }
            assert_eq!(html.matches("<h1").count(), 1, "{html}");
        }
    }

    #[test]
    fn the_claims_can_be_found_by_name_and_a_missed_level_is_said() {
        let client = settings().clients.remove(0);
        let met = pages().signed_in(&signed_in("2fa", Some(Level::TwoFactor)), &client).expect("a page");
        assert!(met.contains("data-claim=\"acr\""), "{met}");
        assert!(met.contains("pwd, otp"), "{met}");
        assert!(!met.contains("portal-unmet"), "{met}");
        let missed = pages().signed_in(&signed_in("1fa", Some(Level::TwoFactor)), &client).expect("a page");
        assert!(missed.contains("portal-unmet"), "{missed}");
    }
}
