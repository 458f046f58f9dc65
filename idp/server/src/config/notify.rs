//! `[notify]`: GOV.UK Notify, for email and text messages.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use uuid::Uuid;

use super::section::section;
use super::senders::check_base_url;
use super::source::Reader;

section! {
    /// GOV.UK Notify, for email and text messages. Without an API key nothing is sent through it, nor on a channel
    /// that has no template. docs/messages.md says what the templates contain.
    pub struct Notify in "notify" {
        /// The API key, as Notify shows it once: a name and two UUIDs.
        api_key: Option<SecretString> = None => "\"…\"",
        /// A file that contains the API key.
        api_key_file: Option<PathBuf> = None => "\"/run/secrets/notify_api_key\"",
        /// Where Notify's API is.
        base_url: Url = default_base_url(),
        /// The id of the template for codes by text message, in English.
        sms_code_template_en: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce08a\"",
        /// The same in Welsh; without it Welsh speakers get the English one.
        sms_code_template_cy: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce08b\"",
        /// The id of the template for codes by email, in English.
        email_code_template_en: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce08c\"",
        /// The same in Welsh.
        email_code_template_cy: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce08d\"",
        /// The id of the template for notices by text message, in English: “your number was changed”.
        sms_notice_template_en: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce08e\"",
        /// The same in Welsh.
        sms_notice_template_cy: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce08f\"",
        /// The id of the template for notices by email, in English.
        email_notice_template_en: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce090\"",
        /// The same in Welsh.
        email_notice_template_cy: Option<Uuid> = None => "\"f33517ff-2a88-4f6e-b855-c550268ce091\"",
        /// What the templates call the code: `code` for ((code)).
        code_key: String = "code".to_owned(),
        /// What the templates call the minutes for which a code works. Empty: it is not given.
        minutes_key: String = "minutes".to_owned(),
        /// What the templates call the service that somebody signs in to. Empty: it is not given.
        service_key: String = "service".to_owned(),
        /// What the templates for notices call the subject.
        subject_key: String = "subject".to_owned(),
        /// What the templates for notices call the text.
        body_key: String = "body".to_owned(),
        /// The id of the text message sender to use, where the service has several.
        sms_sender_id: Option<Uuid> = None => "\"8e222534-7f05-4972-86e3-17c5d9f894e2\"",
        /// The id of the reply-to address to use, where the service has several.
        email_reply_to_id: Option<Uuid> = None => "\"8e222534-7f05-4972-86e3-17c5d9f894e3\"",
        /// The bearer token that Notify sends with its delivery receipts to `/hooks/notify`: choose 32 random
        /// characters or more, and enter the same in Notify. Without it receipts are refused.
        callback_token: Option<SecretString> = None => "\"…\"",
        /// A file that contains that token.
        callback_token_file: Option<PathBuf> = None => "\"/run/secrets/notify_callback_token\"",
    }
}

/// Characters that a bearer token of ours has at least.
const TOKEN_CHARS: usize = 20;

#[expect(clippy::expect_used, reason = "a constant, parsed in every test that makes a default configuration")]
fn default_base_url() -> Url {
    "https://api.notifications.service.gov.uk".parse().expect("an address")
}

/// The two parts of an API key that count: the service's id, and the secret.
///
/// They are found from the end, since the name in front of them can hold hyphens too.
#[must_use]
pub fn notify_key_parts(key: &str) -> Option<(&str, &str)> {
    let key = key.trim();
    let end = key.len();
    let service = key.get(end.checked_sub(73)?..end - 37)?;
    let secret = key.get(end - 36..)?;
    let is_uuid = |text: &str| Uuid::try_parse(text).is_ok();
    (is_uuid(service) && is_uuid(secret)).then_some((service, secret))
}

impl Notify {
    /// The template for a channel (`sms` or email), kind (a code or a notice) and language.
    #[must_use]
    pub fn template(&self, sms: bool, code: bool, welsh: bool) -> Option<Uuid> {
        let (english, in_welsh) = match (sms, code) {
            (true, true) => (self.sms_code_template_en, self.sms_code_template_cy),
            (true, false) => (self.sms_notice_template_en, self.sms_notice_template_cy),
            (false, true) => (self.email_code_template_en, self.email_code_template_cy),
            (false, false) => (self.email_notice_template_en, self.email_notice_template_cy),
        };
        if welsh { in_welsh.or(english) } else { english }
    }

    pub(super) fn check(&mut self, reader: &mut Reader) {
        reader.secret("notify.api_key", &mut self.api_key, self.api_key_file.as_ref());
        reader.secret("notify.callback_token", &mut self.callback_token, self.callback_token_file.as_ref());
        if self.api_key.as_ref().is_some_and(|key| notify_key_parts(key.expose_secret()).is_none()) {
            reader.refuse("notify.api_key", "must be the whole key that Notify showed: a name and two UUIDs");
        }
        let short = |token: &SecretString| token.expose_secret().chars().count() < TOKEN_CHARS;
        if self.callback_token.as_ref().is_some_and(short) {
            reader.refuse("notify.callback_token", "must have 20 characters or more: openssl rand -hex 32 makes one");
        }
        check_base_url(reader, "notify.base_url", &self.base_url);
        for (key, name) in
            [("code_key", &self.code_key), ("subject_key", &self.subject_key), ("body_key", &self.body_key)]
        {
            if name.is_empty() {
                reader.refuse(&format!("notify.{key}"), "must not be empty: the template needs it");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_s2_3_a_key_is_read_from_its_end_whatever_its_name_holds() {
        let (service, secret) = ("26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0");
        for name in ["live", "our-sign-in", "a-b-c-d-e", "côd"] {
            let key = format!("{name}-{service}-{secret}");
            assert_eq!(notify_key_parts(&key), Some((service, secret)));
            assert_eq!(notify_key_parts(&format!("{key}\n")), Some((service, secret)));
        }
        for wrong in ["", secret, &format!("live-{secret}"), &format!("{service}-{secret}x"), "côd"] {
            assert_eq!(notify_key_parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn req_s2_9_a_template_is_chosen_by_channel_kind_and_language() {
        let id = Uuid::from_u128;
        let notify = Notify {
            sms_code_template_en: Some(id(1)),
            sms_code_template_cy: Some(id(2)),
            email_notice_template_en: Some(id(3)),
            ..Notify::default()
        };
        assert_eq!(notify.template(true, true, false), Some(id(1)));
        assert_eq!(notify.template(true, true, true), Some(id(2)));
        assert_eq!(notify.template(false, false, true), Some(id(3)), "English where there is no Welsh one");
        assert_eq!(notify.template(false, true, false), None);
    }
}
