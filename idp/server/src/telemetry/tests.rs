//! What the log looks like, read back from what was written.

use std::io::Write;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use serde_json::Value;

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(format: LogFormat, act: impl FnOnce()) -> String {
    let written = Written::default();
    let sink = written.clone();
    let log = Log { format, level: "trace".to_owned() };
    tracing::subscriber::with_default(subscriber(&log, move || sink.clone()), act);
    let bytes = written.0.lock().expect("not poisoned").clone();
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_line_is_one_json_object_with_the_id_of_its_request() {
    let text = logged(LogFormat::Json, || {
        let span = tracing::info_span!("request", id = "00000000deadbeef");
        span.in_scope(|| tracing::info!(factor = "sms", "sent"));
    });
    let line: Value = serde_json::from_str(text.trim()).expect("one object");
    assert_eq!(line["message"], "sent");
    assert_eq!(line["factor"], "sms");
    assert_eq!(line["span"]["id"], "00000000deadbeef");
}

#[test]
fn case_if7_line_breaks_and_escapes_in_a_value_stay_inside_its_line() {
    let hostile = "a\r\n{\"level\":\"ERROR\"}\u{1b}[31m";
    let text = logged(LogFormat::Json, || tracing::info!(email = hostile, "tried"));
    assert_eq!(text.lines().count(), 1);
    assert!(!text.contains('\u{1b}'));
    let line: Value = serde_json::from_str(text.trim()).expect("one object");
    assert_eq!(line["email"], hostile);
    let text = logged(LogFormat::Text, || tracing::info!(email = hostile, "tried"));
    assert!(text.lines().count() == 1 && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn case_ot24_wrapped_values_do_not_reach_the_log_in_either_form() {
    let password = SecretString::from("hunter2");
    let mut config = crate::config::Config::default();
    config.mail.password = Some("hunter2".into());
    config.keys.master_key = Some("hunter2".into());
    config.store.url = Some("postgres://idp:hunter2@db/idp".into());
    for format in [LogFormat::Json, LogFormat::Text] {
        let text = logged(format, || {
            tracing::info!(?password, code = %Redacted("123456"), token = ?Redacted("eyJhbGciOi"), "checked");
            tracing::info!(to = masked_email("mary.jones@example.org"), phone = masked_phone("+447700900123"), "sent");
            tracing::debug!(?config, "started");
        });
        for secret in ["hunter2", "123456", "eyJ", "mary.jones", "77009"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("m***@example.org") && text.contains("***123") && text.contains("[redacted]"), "{text}");
    }
}
