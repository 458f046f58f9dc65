//! Who lives in the demo. The names are invented; the numbers and addresses belong to nobody (Ofcom's numbers for drama,
//! RFC 2606).

use idp_core::account::ContactState;
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use serde_json::{Value, json};

/// Somebody of the demo, before they have a password.
#[derive(Clone, Copy, Debug)]
pub struct Resident {
    /// What is special about them.
    pub situation: &'static str,
    /// Given, middle and family name, and how friends call them.
    pub names: [&'static str; 4],
    /// What they sign in with.
    pub email: &'static str,
    /// How far the address is proven.
    pub email_state: ContactState,
    /// Their number in E.164, and how far it is proven.
    pub phone: Option<(&'static str, ContactState)>,
    /// Whether they have an authenticator.
    pub has_app: bool,
    /// Whether they have linked a sign-in with Google, where the stand-in knows them.
    pub has_google: bool,
    /// Resident or staff.
    pub class: UserClass,
    /// Gender, date of birth.
    pub about: [&'static str; 2],
    /// Street, town, postcode.
    pub lives: [&'static str; 3],
}

const VERIFIED: ContactState = ContactState::Verified;

/// One for each situation, in the order of the documentation.
pub const RESIDENTS: [Resident; 6] = [
    Resident {
        situation: "email only",
        names: ["Grace", "Adaeze", "Okafor", "Gracie"],
        email: "grace.okafor@example.org",
        email_state: VERIFIED,
        phone: None,
        has_app: false,
        has_google: false,
        class: UserClass::Resident,
        about: ["female", "1984-03-12"],
        lives: ["12 Mill Lane", "Anytown", "AN1 2TB"],
    },
    Resident {
        situation: "with a phone",
        names: ["Tomos", "Rhys", "Llewellyn", "Tom"],
        email: "tomos.llewellyn@example.org",
        email_state: VERIFIED,
        phone: Some(("+447700900101", VERIFIED)),
        has_app: false,
        has_google: true,
        class: UserClass::Resident,
        about: ["male", "1991-11-02"],
        lives: ["4 Chapel Row", "Anytown", "AN1 5QD"],
    },
    Resident {
        situation: "with a pushed phone",
        names: ["Priya", "Devi", "Raman", "Pri"],
        email: "priya.raman@example.org",
        email_state: VERIFIED,
        phone: Some(("+447700900102", ContactState::Vouched)),
        has_app: false,
        has_google: false,
        class: UserClass::Resident,
        about: ["female", "1976-07-29"],
        lives: ["Flat 9, 30 Station Road", "Anytown", "AN2 1HH"],
    },
    Resident {
        situation: "with an authenticator",
        names: ["Marek", "Jan", "Nowak", "Maro"],
        email: "marek.nowak@example.org",
        email_state: VERIFIED,
        phone: None,
        has_app: true,
        has_google: false,
        class: UserClass::Resident,
        about: ["male", "1999-01-20"],
        lives: ["77 Orchard Way", "Anytown", "AN3 8PL"],
    },
    Resident {
        situation: "none enrolled",
        names: ["Eilidh", "Mairi", "Fraser", "Ellie"],
        email: "eilidh.fraser@example.org",
        email_state: ContactState::Unproven,
        phone: None,
        has_app: false,
        has_google: false,
        class: UserClass::Resident,
        about: ["female", "2003-09-05"],
        lives: ["1 Harbour Street", "Anytown", "AN4 6WR"],
    },
    Resident {
        situation: "staff",
        names: ["Daniel", "Isaac", "Whitfield", "Dan"],
        email: "daniel.whitfield@example.org",
        email_state: VERIFIED,
        phone: Some(("+447700900103", VERIFIED)),
        has_app: true,
        has_google: false,
        class: UserClass::Staff,
        about: ["male", "1969-05-17"],
        lives: ["Town Hall, High Street", "Anytown", "AN1 1AA"],
    },
];

/// The administrator.
pub const ADMIN: Resident = Resident {
    situation: "admin",
    names: ["Nadia", "Leila", "Haddad", "Nads"],
    email: "nadia.haddad@example.org",
    email_state: VERIFIED,
    phone: None,
    has_app: true,
    has_google: false,
    class: UserClass::Staff,
    about: ["female", "1980-12-08"],
    lives: ["Town Hall, High Street", "Anytown", "AN1 1AA"],
};

impl Resident {
    /// Every claim of scopes `profile` and `address` that the account itself does not know.
    #[must_use]
    pub fn profile(&self) -> Claims {
        let [given, middle, family, nickname] = self.names;
        let [gender, birthdate] = self.about;
        let [street, town, postcode] = self.lives;
        let handle = self.email.split('@').next().unwrap_or_default();
        let claims = json!({
            "name": format!("{given} {middle} {family}"),
            "given_name": given,
            "middle_name": middle,
            "family_name": family,
            "nickname": nickname,
            "preferred_username": handle,
            "profile": format!("https://people.example.org/{handle}"),
            "picture": format!("https://people.example.org/{handle}/photo.jpg"),
            "website": format!("https://{handle}.example.org"),
            "gender": gender,
            "birthdate": birthdate,
            "zoneinfo": "Europe/London",
            "locale": "en-GB",
            "address": {
                "formatted": format!("{street}\n{town}\n{postcode}\nUnited Kingdom"),
                "street_address": street,
                "locality": town,
                "region": "Anyshire",
                "postal_code": postcode,
                "country": "United Kingdom",
            },
        });
        match claims {
            Value::Object(claims) => claims,
            _ => Claims::new(),
        }
    }
}
