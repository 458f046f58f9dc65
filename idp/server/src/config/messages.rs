//! `[messages]`: who carries which messages, in which order, and to whom.

use idp_core::account::{EmailAddress, PhoneNumber};

use super::section::{choice, section};
use super::source::Reader;

choice! {
    /// A sender that messages can go through.
    pub enum SenderName {
        /// The SMTP server of `[mail]`.
        Smtp = "smtp",
        /// GOV.UK Notify.
        Notify = "notify",
        /// Twilio.
        Twilio = "twilio",
    }
}

section! {
    /// Who carries which messages. Of each list the first that is set up and works takes a message; the next is tried
    /// when one does not answer or refuses us, never when it refuses the address.
    pub struct Messages in "messages" {
        /// The senders of email, in their order: `smtp`, `notify`.
        email: Vec<SenderName> = vec![SenderName::Smtp, SenderName::Notify],
        /// The senders of text messages, in their order: `notify`, `twilio`.
        sms: Vec<SenderName> = vec![SenderName::Notify, SenderName::Twilio],
        /// The senders of calls: `twilio`.
        voice: Vec<SenderName> = vec![SenderName::Twilio],
        /// For trying out: if not empty, messages go only to these addresses, `@domains` and numbers in international
        /// format. All others are refused, with a line in the log.
        allow_list: Vec<String> = Vec::new() => "[\"tester@example.gov.uk\", \"@test.example.gov.uk\", \"+447700900123\"]",
        /// Seconds that one sender may take before the next is tried.
        timeout_seconds: u64 = 5,
    }
}

impl Messages {
    pub(super) fn check(&self, reader: &mut Reader) {
        for (key, senders, allowed) in [
            ("messages.email", &self.email, &[SenderName::Smtp, SenderName::Notify][..]),
            ("messages.sms", &self.sms, &[SenderName::Notify, SenderName::Twilio][..]),
            ("messages.voice", &self.voice, &[SenderName::Twilio][..]),
        ] {
            if let Some(wrong) = senders.iter().find(|sender| !allowed.contains(sender)) {
                reader.refuse(key, format!("names {}, which does not carry these messages", wrong.as_str()));
            }
            if senders.iter().enumerate().any(|(at, sender)| senders.iter().take(at).any(|other| other == sender)) {
                reader.refuse(key, "names a sender twice");
            }
        }
        for entry in &self.allow_list {
            let is_address =
                EmailAddress::parse(entry).is_ok() || entry.strip_prefix('@').is_some_and(|d| !d.is_empty());
            let is_number = PhoneNumber::parse(entry).is_ok_and(|number| number.as_str() == entry);
            if !is_address && !is_number {
                let message = format!("contains “{entry}”, which is no address, @domain or number like +447700900123");
                reader.refuse("messages.allow_list", message);
            }
        }
        reader.within("messages.timeout_seconds", &self.timeout_seconds, &(1..=30), "a resident waits for it");
    }
}
