//! `[twilio]`: Twilio, for text messages and calls.

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use super::section::section;
use super::senders::check_base_url;
use super::source::Reader;

/// Other names of keys: what the consoles of other systems call the same thing.
pub const TWILIO_ALIASES: &[(&str, &str)] = &[
    ("client_id", "account_sid"),
    ("client_secret", "auth_token"),
    ("from_phone_number", "from"),
    ("sms_account_id", "account_sid"),
    ("sms_authentication_token", "auth_token"),
    ("sms_phone_number", "from"),
];

section! {
    /// Twilio, for text messages and calls. Other names are understood too: `client_id` or `sms_account_id` for
    /// `account_sid`, `client_secret` or `sms_authentication_token` for `auth_token`, `from_phone_number` or
    /// `sms_phone_number` for `from`.
    pub struct Twilio in "twilio" {
        /// The Account SID: `AC` and 32 hexadecimal digits.
        account_sid: Option<String> = None => "\"AC0123456789abcdef0123456789abcdef\"",
        /// The Auth Token. Receipts are checked with it, so set it also where an API key is used for sending.
        auth_token: Option<SecretString> = None => "\"…\"",
        /// A file that contains the Auth Token.
        auth_token_file: Option<PathBuf> = None => "\"/run/secrets/twilio_auth_token\"",
        /// The SID of an API key, to send with instead of the Auth Token.
        api_key_sid: Option<String> = None => "\"SK0123456789abcdef0123456789abcdef\"",
        /// The secret of the API key.
        api_key_secret: Option<SecretString> = None => "\"…\"",
        /// A file that contains the secret of the API key.
        api_key_secret_file: Option<PathBuf> = None => "\"/run/secrets/twilio_api_key_secret\"",
        /// The number that texts and calls come from, in international format; for texts also a name of up to 11
        /// letters and digits.
        from: Option<String> = None => "\"+441632960000\"",
        /// The Messaging Service that texts are sent through, instead of a number.
        messaging_service_sid: Option<String> = None => "\"MG0123456789abcdef0123456789abcdef\"",
        /// The number that calls come from, where it is not `from`.
        voice_from: Option<String> = None => "\"+441632960000\"",
        /// Where Twilio's API is.
        base_url: Url = default_base_url(),
        /// The language of calls in English, as Twilio names it.
        language_en: String = "en-GB".to_owned(),
        /// The voice of calls in English, as Twilio names it.
        voice_en: String = "Polly.Amy".to_owned(),
        /// The language of calls in Welsh.
        language_cy: String = "cy-GB".to_owned(),
        /// The voice of calls in Welsh.
        voice_cy: String = "Polly.Gwyneth".to_owned(),
        /// Seconds that a phone rings.
        ring_seconds: u32 = 30,
    }
}

#[expect(clippy::expect_used, reason = "a constant, parsed in every test that makes a default configuration")]
fn default_base_url() -> Url {
    "https://api.twilio.com".parse().expect("an address")
}

fn is_sid(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A number in E.164. Whether it is in use is Twilio's to say: also numbers that nobody can be reached at are senders.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// A name that texts can come from: up to 11 letters, digits and spaces, with a letter.
fn is_sender_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == ' ';
    (1..=11).contains(&text.len()) && text.chars().all(allowed) && text.chars().any(|c| c.is_ascii_alphabetic())
}

impl Twilio {
    /// The number that calls come from.
    #[must_use]
    pub fn caller(&self) -> Option<&str> {
        self.voice_from.as_deref().or(self.from.as_deref()).filter(|from| from.starts_with('+'))
    }

    pub(super) fn check(&mut self, reader: &mut Reader) {
        reader.secret("twilio.auth_token", &mut self.auth_token, self.auth_token_file.as_ref());
        reader.secret("twilio.api_key_secret", &mut self.api_key_secret, self.api_key_secret_file.as_ref());
        for (key, kind, value) in [
            ("twilio.account_sid", "AC", &self.account_sid),
            ("twilio.api_key_sid", "SK", &self.api_key_sid),
            ("twilio.messaging_service_sid", "MG", &self.messaging_service_sid),
        ] {
            if value.as_ref().is_some_and(|value| !is_sid(value, kind)) {
                reader.refuse(key, format!("must be {kind} and 32 hexadecimal digits"));
            }
        }
        if self.from.as_ref().is_some_and(|from| !is_number(from) && !is_sender_name(from)) {
            reader.refuse("twilio.from", "must be a number in international format, like +441632960000, or a name");
        }
        if self.voice_from.as_ref().is_some_and(|from| !is_number(from)) {
            reader.refuse("twilio.voice_from", "must be a number in international format, like +441632960000");
        }
        check_base_url(reader, "twilio.base_url", &self.base_url);
        reader.within("twilio.ring_seconds", &self.ring_seconds, &(5..=120), "voicemail answers after half a minute");
    }
}
