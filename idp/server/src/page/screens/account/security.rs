//! R42: what protects the account.

use idp_core::account::Device;
use idp_core::factor::FactorId;
use serde::Serialize;

use super::super::sign_in::Provider;
use super::{device_name, sample_time};
use crate::page::{ClockTime, Message, Page};

/// Something to do with a factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Where it is done.
    pub href: String,
    /// What it is called: `add`, `replace`, `change` or `remove`.
    pub what: String,
}

impl Action {
    /// An action at an address.
    #[must_use]
    pub fn new(what: &str, href: impl Into<String>) -> Self {
        Self { what: what.to_owned(), href: href.into() }
    }
}

/// One factor, as a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The factor.
    pub factor: FactorId,
    /// Its state, in words.
    pub state: Message,
    /// What it is bound to, such as a number.
    pub detail: Option<String>,
    /// Why it stays, where it cannot be removed.
    pub stays: Option<Message>,
    /// What can be done.
    pub actions: Vec<Action>,
}

/// A passkey, as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PasskeyRow {
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub added: ClockTime,
    /// When it was last used.
    pub last_used: Option<ClockTime>,
    /// Whether there may be a copy of it.
    pub suspect: bool,
    /// Where it gets another name.
    pub rename_href: String,
    /// Where it is removed; none where it has to stay.
    pub remove_href: Option<String>,
}

/// The backup codes, as a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Codes {
    /// How many are left.
    pub left: u32,
    /// Where new ones are made.
    pub make_href: String,
}

/// A sign-in at an identity provider that opens the account, as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentityRow {
    /// The provider's name as people know it.
    pub provider: String,
    /// The address that it named last, or nothing.
    pub email: String,
    /// Since when.
    pub linked: ClockTime,
    /// When it was last used.
    pub last_used: ClockTime,
    /// Where it is removed.
    pub remove_href: String,
}

/// A name that came with an account that was joined, as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameRow {
    /// The name.
    pub name: String,
    /// Where it is removed.
    pub remove_href: String,
}

/// A browser that is remembered in place of a second factor, as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceRow {
    /// What it is called.
    pub device: Message,
    /// At which service it is remembered.
    pub service: String,
    /// When it last stood in.
    pub last_used: ClockTime,
    /// Until when.
    pub until: ClockTime,
    /// Where it is forgotten.
    pub forget_href: String,
}

/// R42: the factors of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Security {
    /// The factors that the account has one of.
    pub cards: Vec<Card>,
    /// The passkeys.
    pub passkeys: Vec<PasskeyRow>,
    /// Why the last passkey stays, where it cannot be removed.
    pub passkey_stays: Option<Message>,
    /// Whether no service that they use takes a passkey as a second step.
    pub passkeys_unused: bool,
    /// Where a passkey is added; none where the installation takes none.
    pub add_passkey_href: Option<String>,
    /// The sign-ins at identity providers that open the account.
    pub identities: Vec<IdentityRow>,
    /// The providers that can be linked, each with the page that leads there.
    pub linkable: Vec<Provider>,
    /// The names that came with accounts that were joined.
    pub names: Vec<NameRow>,
    /// Where another account is joined to this one; none for staff.
    pub join_href: Option<String>,
    /// The backup codes; none where the account can have none.
    pub codes: Option<Codes>,
    /// The remembered browsers.
    pub devices: Vec<DeviceRow>,
    /// Where all of them are forgotten.
    pub forget_all_href: String,
    /// The ending of the text that says what was just done.
    pub done: Option<String>,
}

impl Page for Security {
    const TEMPLATE: &'static str = "pages/account-security.html";
    const SCREEN: &'static str = "R42";

    fn title(&self) -> Message {
        Message::new("account-security-title")
    }

    fn samples() -> Vec<Self> {
        let bare = Self {
            cards: vec![
                sample_card(FactorId::Totp, "account-factor-none", None, &[("add", "/account/security/app")]),
                Card {
                    state: Message::new("account-managed").with("portal", "Report a missed bin"),
                    ..sample_card(FactorId::Sms, "", Some("+447700900900"), &[])
                },
                sample_card(FactorId::Email, "account-contact-unproven", Some("resident@example.org"), &[]),
            ],
            add_passkey_href: Some("/account/security/passkey".to_owned()),
            ..Self::default()
        };
        let app = [("replace", "/account/security/app"), ("remove", "/account/security/remove?factor=totp")];
        let phone = [("change", "/account/phone"), ("remove", "/account/security/remove?factor=sms")];
        let full = Self {
            cards: vec![
                Card {
                    state: Message::new("account-factor-since").with("time", sample_time(0)),
                    ..sample_card(FactorId::Totp, "", None, &app)
                },
                sample_card(FactorId::Sms, "account-factor-ready", Some("+447700900900"), &phone),
                sample_card(
                    FactorId::Email,
                    "account-factor-ready",
                    Some("resident@example.org"),
                    &[("change", "/account/email")],
                ),
            ],
            passkeys: vec![
                sample_passkey("My phone", Some(sample_time(0)), false),
                sample_passkey("The key on my key ring, which is the blue one", None, true),
            ],
            identities: vec![sample_identity("Google", "resident@gmail.com"), sample_identity("Facebook", "")],
            linkable: vec![Provider {
                id: "google".to_owned(),
                name: "Google".to_owned(),
                action: "/account/security/identity?provider=google".to_owned(),
            }],
            names: vec![NameRow {
                name: "resident@example.net".to_owned(),
                remove_href: "/account/security/name/remove?name=sample".to_owned(),
            }],
            join_href: Some("/account/join".to_owned()),
            codes: Some(Codes { left: 4, make_href: "/account/security/backup-codes".to_owned() }),
            devices: vec![sample_device("Windows NT 10.0 Chrome/140"), sample_device("")],
            forget_all_href: "/account/security/devices/forget".to_owned(),
            done: Some("passkey".to_owned()),
            ..bare.clone()
        };
        let none = Self { add_passkey_href: None, done: Some("devices".to_owned()), ..bare.clone() };
        let stays = Some(Message::new("account-stays").with("portal", "Report a missed bin"));
        let needed = Self {
            cards: vec![Card {
                stays: stays.clone(),
                ..sample_card(FactorId::Totp, "account-factor-ready", None, &app[..1])
            }],
            passkeys: vec![sample_passkey("My phone", None, true)],
            passkey_stays: stays,
            done: Some("removed-sms".to_owned()),
            ..bare.clone()
        };
        let unused = Self {
            cards: vec![sample_card(
                FactorId::Totp,
                "account-factor-unused",
                None,
                &[("add", "/account/security/app")],
            )],
            passkeys_unused: true,
            ..bare.clone()
        };
        vec![bare, full, none, needed, unused]
    }
}

fn sample_card(factor: FactorId, state: &str, detail: Option<&str>, actions: &[(&str, &str)]) -> Card {
    let actions = actions.iter().map(|(what, href)| Action::new(what, *href)).collect();
    Card { factor, state: Message::new(state.to_owned()), detail: detail.map(str::to_owned), stays: None, actions }
}

fn sample_passkey(name: &str, last_used: Option<ClockTime>, suspect: bool) -> PasskeyRow {
    PasskeyRow {
        name: name.to_owned(),
        added: sample_time(-90_000),
        last_used,
        suspect,
        rename_href: "/account/security/passkey/name?passkey=sample".to_owned(),
        remove_href: (!suspect).then(|| "/account/security/remove?passkey=sample".to_owned()),
    }
}

fn sample_identity(provider: &str, email: &str) -> IdentityRow {
    IdentityRow {
        provider: provider.to_owned(),
        email: email.to_owned(),
        linked: sample_time(-90_000),
        last_used: sample_time(-600),
        remove_href: "/account/security/identity/remove?identity=sample".to_owned(),
    }
}

fn sample_device(agent: &str) -> DeviceRow {
    DeviceRow {
        device: device_name(&Device::of(agent)),
        service: "Report a missed bin".to_owned(),
        last_used: sample_time(60),
        until: sample_time(900_000),
        forget_href: "/account/security/devices/forget?device=sample".to_owned(),
    }
}
