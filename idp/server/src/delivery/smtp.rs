//! Email by SMTP (RFC 5321). One message, one recipient; connections are pooled; the server's answer is the receipt.
//!
//! Header injection is impossible by construction: the recipient is parsed as one address, the subject may hold no
//! control character, and everything is written by the mail library's header types (IF7).

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::{Accepted, DeliveryError, Message, Sender};
use crate::clock::Clock;
use crate::config::{Mail, MailTls};

/// The mail settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// A sender's address does not parse.
    #[error("{0} is not an address")]
    Address(&'static str),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] lettre::transport::smtp::Error),
}

/// The sender for `email`.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    clock: Clock,
    timeout: Duration,
}

impl Smtp {
    /// The sender as configured; `None` without a host. Connects at the first message. Needs the tokio runtime.
    ///
    /// # Errors
    /// The settings cannot be used.
    pub fn new(mail: &Mail, clock: Clock) -> Result<Option<Self>, SmtpError> {
        let (Some(host), Some(from)) = (&mail.host, &mail.from) else { return Ok(None) };
        let from = from.parse().map_err(|_| SmtpError::Address("mail.from"))?;
        let reply_to = match &mail.reply_to {
            Some(text) => Some(text.parse().map_err(|_| SmtpError::Address("mail.reply_to"))?),
            None => None,
        };
        let tls = match mail.tls {
            MailTls::StartTls => Tls::Required(TlsParameters::new(host.clone())?),
            MailTls::Tls => Tls::Wrapper(TlsParameters::new(host.clone())?),
            MailTls::None => Tls::None,
        };
        let timeout = Duration::from_secs(mail.timeout_seconds);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(mail.port())
            .tls(tls)
            .timeout(Some(timeout))
            .pool_config(PoolConfig::new().max_size(mail.max_connections).idle_timeout(Duration::from_secs(30)));
        if let (Some(name), Some(password)) = (&mail.username, &mail.password) {
            builder = builder.credentials(Credentials::new(name.clone(), password.expose_secret().to_owned()));
        }
        Ok(Some(Self { transport: builder.build(), from, reply_to, clock, timeout }))
    }

    fn compose(&self, message: &Message) -> Result<lettre::Message, DeliveryError> {
        let to: Address =
            message.to.parse().map_err(|_| DeliveryError::Malformed("the recipient is not an address"))?;
        let one_line = |text: &str| !text.chars().any(char::is_control);
        if !one_line(&message.subject) {
            return Err(DeliveryError::Malformed("the subject has a control character"));
        }
        if !is_token(&message.locale) || !is_token(&message.reference) {
            return Err(DeliveryError::Malformed("the locale or reference is not a plain word"));
        }
        let id = format!("<{}@{}>", message.reference, self.from.email.domain());
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.as_str())
            .date(self.clock.now().into())
            .message_id(Some(id))
            .header(AutoSubmitted)
            .header(ContentLanguage(message.locale.clone()));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let text = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .header(encoding_of(&message.body))
            .body(message.body.clone());
        builder.singlepart(text).map_err(|_| DeliveryError::Malformed("the message cannot be written"))
    }

    async fn hand_over(&self, message: &Message) -> Result<Accepted, DeliveryError> {
        let mail = self.compose(message)?;
        match tokio::time::timeout(self.timeout, self.transport.send(mail)).await {
            Ok(Ok(response)) => {
                let provider_id = response.first_line().map(str::to_owned);
                Ok(Accepted { provider_id, fragments: None, delivered: false })
            }
            Ok(Err(error)) => Err(cause(&error)),
            Err(_) => Err(DeliveryError::Unavailable("no answer in time".to_owned())),
        }
    }
}

impl Sender for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Accepted, DeliveryError>> {
        self.hand_over(message).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, DeliveryError>> {
        async {
            match tokio::time::timeout(self.timeout, self.transport.test_connection()).await {
                Ok(Ok(true)) => Ok("answers and knows us".to_owned()),
                Ok(Ok(false)) => Err(DeliveryError::Unavailable("the server did not answer NOOP".to_owned())),
                Ok(Err(error)) => Err(cause(&error)),
                Err(_) => Err(DeliveryError::Unavailable("no answer in time".to_owned())),
            }
        }
        .boxed()
    }
}

/// Names the kind of failure and the server's reply code. Its text is left out: servers repeat the address in it.
fn cause(error: &lettre::transport::smtp::Error) -> DeliveryError {
    let code = error.status().map(|code| format!("reply {code}"));
    if error.is_permanent() {
        // 550, 551 and 553 are about the mailbox (RFC 5321, section 4.2.3); everything else is about us.
        let mailbox = error.status().is_some_and(|code| ["550", "551", "553"].contains(&code.to_string().as_str()));
        let code = code.unwrap_or_default();
        return if mailbox { DeliveryError::Recipient(code) } else { DeliveryError::Refused(code) };
    }
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_tls() {
        "TLS failed"
    } else {
        "the connection failed"
    };
    DeliveryError::Unavailable(code.unwrap_or_else(|| kind.to_owned()))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn encoding_of(body: &str) -> ContentTransferEncoding {
    let plain = body.is_ascii() && body.lines().all(|line| line.len() <= 76);
    if plain { ContentTransferEncoding::SevenBit } else { ContentTransferEncoding::QuotedPrintable }
}

/// `Auto-Submitted: auto-generated` (RFC 3834), so that no absence notice comes back.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `Content-Language` (RFC 3282), for screen readers.
#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

#[cfg(test)]
mod tests;
