//! What providers report about messages they took: who may report, and what a report says.
//!
//! Reports come late, twice and out of order; whoever keeps them takes a message back in no case. Each must be proven to
//! come from the provider: Notify sends a bearer token of our choice, Twilio signs with the account's own token.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::config;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// It has left the provider; a phone rings.
    Sent,
    /// Somebody answered the call.
    Answered,
    /// It arrived; a call was answered and ended.
    Delivered,
    /// It did not arrive; another one may: the phone is off, or busy.
    FailedForNow,
    /// It did not arrive, and none will: no such number.
    FailedPermanently,
}

impl ReceiptStatus {
    /// The word in logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Answered => "answered",
            Self::Delivered => "delivered",
            Self::FailedForNow => "failed_for_now",
            Self::FailedPermanently => "failed_permanently",
        }
    }
}

/// A report about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The sender's name.
    pub sender: &'static str,
    /// The channel.
    pub channel: FactorId,
    /// The provider's id of the message.
    pub provider_id: String,
    /// Our own name for the send.
    pub reference: Option<String>,
    /// What became of it.
    pub status: ReceiptStatus,
    /// The provider's word or number for why it failed.
    pub detail: Option<String>,
    /// Billable parts of a text message, where the provider says so.
    pub parts: Option<u32>,
    /// When that was, as the provider says, else when we heard of it.
    pub at: DateTime<Utc>,
}

/// Why a report is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Whoever sends it has not shown to be the provider.
    #[error("the sender of the report is not the provider")]
    Unauthorised,
    /// It cannot be read.
    #[error("the report cannot be read")]
    Malformed,
}

#[derive(Deserialize)]
struct FromNotify {
    id: String,
    reference: Option<String>,
    status: String,
    completed_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    created_at: Option<DateTime<Utc>>,
    notification_type: String,
}

fn is_our_token(expected: &SecretString, authorization: Option<&str>) -> bool {
    let given = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    expected.expose_secret().as_bytes().ct_eq(given.as_bytes()).into()
}

/// Reads a report of GOV.UK Notify.
///
/// # Errors
/// See [`ReceiptError`]. Without a token in the settings nobody is Notify.
pub fn from_notify(
    settings: &config::Notify,
    authorization: Option<&str>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Receipt, ReceiptError> {
    let expected = settings.callback_token.as_ref().ok_or(ReceiptError::Unauthorised)?;
    if !is_our_token(expected, authorization) {
        return Err(ReceiptError::Unauthorised);
    }
    let report: FromNotify = serde_json::from_slice(body).map_err(|_| ReceiptError::Malformed)?;
    let status = match report.status.as_str() {
        "delivered" => ReceiptStatus::Delivered,
        "permanent-failure" => ReceiptStatus::FailedPermanently,
        "temporary-failure" | "technical-failure" => ReceiptStatus::FailedForNow,
        "created" | "sending" | "pending" | "sent" => ReceiptStatus::Sent,
        _ => return Err(ReceiptError::Malformed),
    };
    let channel = match report.notification_type.as_str() {
        "sms" => FactorId::Sms,
        "email" => FactorId::Email,
        _ => return Err(ReceiptError::Malformed),
    };
    let failed = matches!(status, ReceiptStatus::FailedForNow | ReceiptStatus::FailedPermanently);
    Ok(Receipt {
        sender: super::notify::NAME,
        channel,
        provider_id: report.id,
        reference: report.reference,
        status,
        detail: failed.then_some(report.status),
        parts: None,
        at: report.completed_at.or(report.sent_at).or(report.created_at).unwrap_or(now),
    })
}

/// A request that claims to come from Twilio.
#[derive(Clone, Copy, Debug)]
pub struct FromTwilio<'a> {
    /// Our public address that was asked, with its query: from configuration, never from the Host header.
    pub url: &'a str,
    /// The value of `X-Twilio-Signature`.
    pub signature: Option<&'a str>,
    /// The fields of the form.
    pub fields: &'a [(&'a str, &'a str)],
}

fn signature(token: &SecretString, url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let signed = sorted.into_iter().fold(url.to_owned(), |all, (name, value)| all + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.expose_secret().as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

/// An address as configured, with its scheme's port written out, and without.
fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    if let Ok(parsed) = Url::parse(url)
        && let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default())
    {
        let (scheme, rest) = (parsed.scheme(), url.splitn(4, '/').nth(3).unwrap_or_default());
        all.push(format!("{scheme}://{host}:{port}/{rest}"));
        all.push(format!("{scheme}://{host}/{rest}"));
    }
    all
}

/// Whether a request was signed by Twilio, with the account's token.
#[must_use]
pub fn is_from_twilio(settings: &config::Twilio, request: &FromTwilio<'_>) -> bool {
    let (Some(token), Some(given)) = (&settings.auth_token, request.signature) else { return false };
    let account = request.fields.iter().find(|(name, _)| *name == "AccountSid").map(|(_, value)| *value);
    let ours = account.is_none() || account == settings.account_sid.as_deref();
    let signed = |url: &String| bool::from(signature(token, url, request.fields).as_bytes().ct_eq(given.as_bytes()));
    // All spellings are tried, so that the time tells nothing of which is right.
    let found = spellings(request.url).iter().filter(|url| signed(url)).count();
    ours && found > 0
}

/// Reads a report of Twilio; `None` for one that says nothing new.
///
/// # Errors
/// See [`ReceiptError`]. Without the account's token in the settings nobody is Twilio.
pub fn from_twilio(
    settings: &config::Twilio,
    request: &FromTwilio<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Receipt>, ReceiptError> {
    if !is_from_twilio(settings, request) {
        return Err(ReceiptError::Unauthorised);
    }
    let field = |name: &str| request.fields.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    let error = field("ErrorCode").filter(|code| !code.is_empty() && *code != "0");
    let (channel, id, status) = if let (Some(id), Some(status)) = (field("MessageSid"), field("MessageStatus")) {
        (FactorId::Sms, id, of_message(status, error))
    } else if let (Some(id), Some(status)) = (field("CallSid"), field("CallStatus")) {
        (FactorId::Voice, id, of_call(status))
    } else {
        return Err(ReceiptError::Malformed);
    };
    let Some(status) = status else { return Ok(None) };
    let url = Url::parse(request.url).map_err(|_| ReceiptError::Malformed)?;
    let reference = url.query_pairs().find(|(name, _)| name == "ref").map(|(_, value)| value.into_owned());
    let failed = matches!(status, ReceiptStatus::FailedForNow | ReceiptStatus::FailedPermanently);
    let word = || error.or(field("CallStatus")).or(field("MessageStatus")).map(str::to_owned);
    Ok(Some(Receipt {
        sender: super::twilio::NAME,
        channel,
        provider_id: id.to_owned(),
        reference,
        status,
        detail: failed.then(word).flatten(),
        parts: field("NumSegments").and_then(|parts| parts.parse().ok()).filter(|parts| *parts > 0),
        at: now,
    }))
}

/// Twilio's errors that are about the number itself.
const OF_THE_NUMBER: [&str; 6] = ["21211", "21610", "21614", "30004", "30005", "30006"];

fn of_message(status: &str, error: Option<&str>) -> Option<ReceiptStatus> {
    match status {
        "sent" => Some(ReceiptStatus::Sent),
        "delivered" | "read" | "partially_delivered" => Some(ReceiptStatus::Delivered),
        // No number, not a mobile, blocked, unknown, a landline, opted out: no later message would arrive either. Every
        // other reason may be the account's, the network's or the moment's, and says nothing about the number.
        "undelivered" | "failed" if error.is_some_and(|code| OF_THE_NUMBER.contains(&code)) => {
            Some(ReceiptStatus::FailedPermanently)
        }
        "undelivered" | "failed" | "canceled" => Some(ReceiptStatus::FailedForNow),
        _ => None,
    }
}

fn of_call(status: &str) -> Option<ReceiptStatus> {
    match status {
        "ringing" => Some(ReceiptStatus::Sent),
        "in-progress" | "answered" => Some(ReceiptStatus::Answered),
        "completed" => Some(ReceiptStatus::Delivered),
        // Of a call no reason is given.
        "busy" | "no-answer" | "failed" | "canceled" => Some(ReceiptStatus::FailedForNow),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: [(&str, &str); 5] = [
        ("To", "+18005551212"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("Caller", "+14158675309"),
        ("CallSid", "CA1234567890ABCDE"),
    ];

    #[test]
    fn req_s4_2_the_signature_of_the_published_example() {
        let made = signature(&"12345".into(), "https://mycompany.com/myapp.php?foo=1&bar=2", &EXAMPLE);
        assert_eq!(made, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    #[test]
    fn a_signature_holds_with_and_without_the_port_and_for_nothing_else() {
        let settings = config::Twilio { auth_token: Some("12345".into()), ..config::Twilio::default() };
        let asked = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let good = |url: &str, asked: &str, fields: &[(&str, &str)]| {
            let signature = signature(&"12345".into(), url, &EXAMPLE);
            is_from_twilio(&settings, &FromTwilio { url: asked, signature: Some(&signature), fields })
        };
        assert!(good(asked, asked, &EXAMPLE));
        assert!(good("https://mycompany.com:443/myapp.php?foo=1&bar=2", asked, &EXAMPLE));
        assert!(good("http://localhost/x", "http://localhost:8080/x", &EXAMPLE));
        assert!(!good(asked, "https://mycompany.com/myapp.php?foo=1&bar=3", &EXAMPLE));
        assert!(!good(asked, asked, &EXAMPLE[1..]));
        assert!(!good("https://mycompany.com:8443/myapp.php?foo=1&bar=2", asked, &EXAMPLE));
        let unsigned = FromTwilio { url: asked, signature: None, fields: &EXAMPLE };
        assert!(!is_from_twilio(&settings, &unsigned));
        let nobody = config::Twilio::default();
        let signature = signature(&"".into(), asked, &EXAMPLE);
        assert!(!is_from_twilio(&nobody, &FromTwilio { signature: Some(&signature), ..unsigned }));
    }

    #[test]
    fn twilio_s_words_become_ours() {
        for (status, error, expected) in [
            ("queued", None, None),
            ("sent", None, Some(ReceiptStatus::Sent)),
            ("delivered", None, Some(ReceiptStatus::Delivered)),
            ("undelivered", Some("30003"), Some(ReceiptStatus::FailedForNow)),
            ("undelivered", Some("30005"), Some(ReceiptStatus::FailedPermanently)),
            ("failed", Some("30008"), Some(ReceiptStatus::FailedForNow)),
            ("failed", Some("30006"), Some(ReceiptStatus::FailedPermanently)),
        ] {
            assert_eq!(of_message(status, error), expected, "{status}");
        }
        for (status, expected) in [
            ("initiated", None),
            ("in-progress", Some(ReceiptStatus::Answered)),
            ("completed", Some(ReceiptStatus::Delivered)),
            ("no-answer", Some(ReceiptStatus::FailedForNow)),
            ("busy", Some(ReceiptStatus::FailedForNow)),
            ("failed", Some(ReceiptStatus::FailedForNow)),
        ] {
            assert_eq!(of_call(status), expected, "{status}");
        }
    }

    #[test]
    fn a_report_of_notify_needs_the_whole_token() {
        let settings =
            config::Notify { callback_token: Some("a-token-of-twenty-characters".into()), ..Default::default() };
        let body = r#"{"id":"740e5834-3a29-46b4-9a6f-16142fde533a","reference":"r1","to":"07700900123",
            "status":"temporary-failure","created_at":"2026-11-14T12:15:30.000000Z","completed_at":"2026-11-14T12:15:32.000000Z",
            "sent_at":"2026-11-14T12:15:31.000000Z","notification_type":"sms",
            "template_id":"f33517ff-2a88-4f6e-b855-c550268ce08a","template_version":1}"#;
        let read = |authorization| from_notify(&settings, authorization, body.as_bytes(), DateTime::UNIX_EPOCH);
        for wrong in [None, Some(""), Some("Bearer "), Some("Bearer a-token-of-twenty-character"), Some("Basic x")] {
            assert_eq!(read(wrong), Err(ReceiptError::Unauthorised), "{wrong:?}");
        }
        let receipt = read(Some("Bearer a-token-of-twenty-characters")).expect("taken");
        assert_eq!((receipt.status, receipt.channel), (ReceiptStatus::FailedForNow, FactorId::Sms));
        assert_eq!(receipt.reference.as_deref(), Some("r1"));
        assert_eq!(receipt.at.to_rfc3339(), "2026-11-14T12:15:32+00:00");
        let nobody = from_notify(&config::Notify::default(), Some("Bearer "), body.as_bytes(), DateTime::UNIX_EPOCH);
        assert_eq!(nobody, Err(ReceiptError::Unauthorised));
    }
}
