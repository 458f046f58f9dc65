//! `[mail]`: the SMTP server that codes and notices by email leave through.

use std::path::PathBuf;

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::issuer::is_loopback_host;
use super::section::{choice, section};
use super::source::Reader;

choice! {
    /// How the connection to the SMTP server is protected.
    pub enum MailTls {
        /// STARTTLS (RFC 3207), required: without it nothing is sent.
        StartTls = "starttls",
        /// TLS from the first byte (RFC 8314).
        Tls = "tls",
        /// None; only to a server on this machine.
        None = "none",
    }
}

section! {
    /// The SMTP server for codes and notices by email. Without `host` no email can be sent.
    pub struct Mail in "mail" {
        /// The server's name.
        host: Option<String> = None => "\"smtp.example.gov.uk\"",
        /// Its port; by default 587, or 465 with `tls`, or 25 with `none`.
        port: Option<u16> = None => "587",
        /// How the connection is protected: `starttls`, `tls`, or `none` for a server on this machine.
        tls: MailTls = MailTls::StartTls,
        /// The user name, if the server asks for one.
        username: Option<String> = None => "\"idp\"",
        /// The password.
        password: Option<SecretString> = None => "\"…\"",
        /// A file that contains the password.
        password_file: Option<PathBuf> = None => "\"/run/secrets/smtp_password\"",
        /// The sender, as in a From header.
        from: Option<String> = None => "\"Example Council <no-reply@example.gov.uk>\"",
        /// Where answers go, if anywhere.
        reply_to: Option<String> = None => "\"help@example.gov.uk\"",
        /// Connections kept to the server.
        max_connections: u32 = 8,
        /// Seconds that one message may take.
        timeout_seconds: u64 = 5,
    }
}

impl Mail {
    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::StartTls => 587,
            MailTls::Tls => 465,
            MailTls::None => 25,
        })
    }

    pub(super) fn check(&mut self, reader: &mut Reader) {
        reader.secret("mail.password", &mut self.password, self.password_file.as_ref());
        match &self.host {
            Some(host) => {
                if self.tls == MailTls::None && !is_loopback_host(host) {
                    reader
                        .refuse("mail.tls", "is none, which is only for a server on this machine: use starttls or tls");
                }
                if self.from.is_none() {
                    reader.refuse("mail.from", "must be set when mail.host is: the address that messages come from");
                }
            }
            None => {
                for key in ["mail.port", "mail.username", "mail.password", "mail.from"] {
                    if reader.is_set(key) {
                        reader.refuse(key, "has no effect without mail.host: set that too");
                    }
                }
            }
        }
        if self.username.is_some() != self.password.is_some() {
            reader.refuse("mail.username", "and mail.password belong together: set both or neither");
        }
        for (key, value) in [("mail.from", &self.from), ("mail.reply_to", &self.reply_to)] {
            if let Some(value) = value
                && value.parse::<Mailbox>().is_err()
            {
                reader.refuse(key, "must be an address, like Example Council <no-reply@example.gov.uk>");
            }
        }
        reader.within("mail.max_connections", &self.max_connections, &(1..=256), "the default is 8");
        reader.within("mail.timeout_seconds", &self.timeout_seconds, &(1..=30), "a resident waits for it");
    }
}
