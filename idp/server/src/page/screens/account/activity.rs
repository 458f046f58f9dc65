//! R44: how the account was signed in to.

use idp_core::account::Device;
use serde::Serialize;

use super::{device_name, sample_time};
use crate::page::{ClockTime, Message, Page};

/// One sign-in, or a try at one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: ClockTime,
    /// With what: one text for each proof.
    pub how: Vec<Message>,
    /// With which browser.
    pub device: Message,
    /// At which service.
    pub service: Option<String>,
    /// Whether it led in.
    pub led_in: bool,
}

/// R44.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// The events, the latest first.
    pub events: Vec<Event>,
    /// Where later ones are.
    pub newer_href: Option<String>,
    /// Where earlier ones are.
    pub older_href: Option<String>,
    /// Where somebody says that it was not them.
    pub not_me_href: String,
}

impl Page for Activity {
    const TEMPLATE: &'static str = "pages/account-activity.html";
    const SCREEN: &'static str = "R44";

    fn title(&self) -> Message {
        Message::new("account-activity-title")
    }

    fn samples() -> Vec<Self> {
        let event = |led_in, service: Option<&str>, how: &[&'static str]| Event {
            at: sample_time(-90_000),
            how: how.iter().map(|key| Message::new(*key)).collect(),
            device: device_name(&Device::of("Macintosh Version/18")),
            service: service.map(str::to_owned),
            led_in,
        };
        let none = Self { not_me_href: "/account/activity/not-me".to_owned(), ..Self::default() };
        let some = Self {
            events: vec![
                event(true, Some("Report a missed bin"), &["how-pwd", "how-totp"]),
                event(true, None, &["how-pwd", "how-backup"]),
                event(false, None, &["how-pwd"]),
            ],
            newer_href: Some("/account/activity?page=1".to_owned()),
            older_href: Some("/account/activity?page=3".to_owned()),
            ..none.clone()
        };
        vec![some, none]
    }
}

/// The words for what was proven: from the methods of a sign-in (RFC 8176), with the names of the factors that were used.
/// Where no name tells whose a code was, it came from an app.
#[must_use]
pub fn how(methods: &[&str]) -> Vec<Message> {
    let has = |method: &str| methods.contains(&method);
    let named = ["email", "sms", "tel", "voice", "backup"].into_iter().any(has);
    let by_app = has("totp") || (has("otp") && !named);
    // A service of one's own says nothing of how it asked.
    let second = ["otp", "email", "sms", "tel", "voice", "backup", "swk", "hwk", "passkey"].into_iter().any(has);
    let by_service =
        (has("pwd") && has("mfa") && !second) || methods.iter().any(|method| method.starts_with("remote:"));
    let known = [
        (has("pwd"), "how-pwd"),
        (has("fed"), "how-fed"),
        (has("email"), "how-email"),
        (has("sms"), "how-sms"),
        (has("tel") || has("voice"), "how-voice"),
        (by_app, "how-totp"),
        (has("backup"), "how-backup"),
        (has("swk") || has("hwk") || has("passkey"), "how-passkey"),
        (by_service, "how-remote"),
    ];
    known.into_iter().filter(|(is, _)| *is).map(|(_, key)| Message::new(key)).collect()
}

#[cfg(test)]
mod tests {
    use idp_core::factor::FactorId;

    use super::*;

    #[test]
    fn scr_r44_every_factor_has_its_own_words_alone_and_with_the_methods_of_its_sign_in() {
        let remote = FactorId::Remote("council-card".to_owned());
        let expected = [
            (FactorId::Email, "how-email"),
            (FactorId::Sms, "how-sms"),
            (FactorId::Voice, "how-voice"),
            (FactorId::Totp, "how-totp"),
            (FactorId::Passkey, "how-passkey"),
            (FactorId::Backup, "how-backup"),
            (remote, "how-remote"),
        ];
        for (factor, key) in expected {
            let name = factor.to_string();
            // As a try that failed is recorded, and as a sign-in is.
            assert_eq!(how(&[&name]), [Message::new(key)], "{name}");
            let amr = serde_json::to_value(factor.amr()).unwrap();
            let amr = amr.as_array().unwrap().iter().filter_map(|method| method.as_str());
            let methods = ["pwd", "mfa", &name].into_iter().chain(amr).collect::<Vec<_>>();
            assert_eq!(how(&methods), [Message::new("how-pwd"), Message::new(key)], "{name}");
        }
        // Events that name no factors.
        assert_eq!(how(&["mfa", "otp", "pwd"]), [Message::new("how-pwd"), Message::new("how-totp")]);
    }
}
