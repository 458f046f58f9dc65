//! Messages through GOV.UK Notify and Twilio, and the settings of both.

use serde_json::Value;

use crate::support::journey::{Ask, open_until};
use crate::support::notify::Notify;
use crate::support::provider::Behaviour;
use crate::support::proxy::{self, Proxy};
use crate::support::server::cli_output;
use crate::support::twilio::{self, Twilio, check_markup};
use crate::support::{Factor, Options, Server, eventually};

const ENGLISH: &str = "((code)) is your ((service)) security code. It works for ((minutes)) minutes.";
const WELSH: &str = "((code)) yw eich cod diogelwch ar gyfer ((service)). Mae’n gweithio am ((minutes)) munud.";
const CALLER: &str = "+441632960000";
const MOBILE: &str = "+447700900123";

/// The sections for both fakes. The first line continues `[development]`.
fn config(notify: &Notify, twilio: &Twilio) -> String {
    let (english, welsh) = (notify.template("sms", "", ENGLISH), notify.template("sms", "", WELSH));
    let email = notify.template("email", "Sign in to ((service))", ENGLISH);
    format!(
        "allow_loopback_fetch = true\n\n[notify]\napi_key = {:?}\nbase_url = {:?}\nsms_code_template_en = {english:?}\n\
         sms_code_template_cy = {welsh:?}\nemail_code_template_en = {email:?}\n\
         callback_token = \"a-token-of-twenty-characters\"\n\n\
         [twilio]\naccount_sid = {:?}\nauth_token = {:?}\nfrom = {CALLER:?}\nbase_url = {:?}\n\n",
        Notify::api_key(),
        notify.base(),
        twilio::ACCOUNT,
        twilio::TOKEN,
        twilio.base(),
    )
}

async fn start(config: String) -> Server {
    Server::start(Options { config, deliver: true, ..Options::default() }).await
}

/// A server with both fakes.
async fn with_both(extra: &str) -> (Server, Notify, Twilio) {
    let (notify, twilio) = (Notify::start(), Twilio::start());
    let server = start(config(&notify, &twilio) + extra).await;
    (server, notify, twilio)
}

fn test(server: &Server, to: &str, channel: &str, more: &[&str]) -> Value {
    server.cli(&[&["messages", "test", "--to", to, "--channel", channel], more].concat())
}

fn code_in(text: &str) -> String {
    regex::Regex::new(r"\b\d{6}\b").expect("a pattern").find(text).expect("a code").as_str().to_owned()
}

#[tokio::test]
async fn req_s2_3_req_s2_9_a_code_by_notify_signs_in_and_is_in_no_log() {
    let (server, notify, _) = with_both("[log]\nlevel = \"trace\"\n").await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let request = party.authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Code, &resident, Factor::Email).await;
    let taken = eventually("the message is taken", async || notify.taken().pop()).await;
    assert_eq!((taken.kind, taken.to.as_str()), ("email", resident.email.as_str()));
    assert!(taken.subject.as_ref().is_some_and(|subject| subject.starts_with("Sign in to ")), "{taken:?}");
    assert!(taken.body.ends_with("It works for 10 minutes."), "{taken:?}");
    let code = code_in(&taken.body);
    let log = server.log();
    assert!(!log.contains(&code) && !log.contains(&resident.email), "{log}");
    assert!(!log.contains("3d844edf-8d35"), "the API key is not in the log");
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    party.finish(&request, &callback).await;
    assert_eq!(notify.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn req_s2_9_req_s4_3_a_trial_message_names_sender_id_and_billable_parts_in_both_languages() {
    let (server, notify, _) = with_both("").await;
    let answer = test(&server, "07700 900123", "sms", &[]);
    assert_eq!((&answer["sender"], &answer["purpose"]), (&"notify".into(), &"test".into()), "{answer}");
    let taken = notify.taken().pop().expect("taken");
    assert_eq!(answer["id"], taken.id);
    assert_eq!((taken.to.as_str(), answer["reference"].as_str()), (MOBILE, taken.reference.as_deref()));
    assert!(taken.body.starts_with("123456 is your "), "{taken:?}");
    assert_eq!(answer["parts"], 1);
    let answer = test(&server, MOBILE, "sms", &["--lang", "cy"]);
    let welsh = notify.taken().pop().expect("taken");
    assert!(welsh.body.starts_with("123456 yw eich cod") && welsh.template != taken.template, "{welsh:?}");
    assert_eq!(answer["parts"], 1, "none of these letters is outside the GSM alphabet: {}", welsh.body);
    assert_eq!(notify.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn req_s2_9_the_check_finds_what_is_wrong_with_a_template() {
    let (server, notify, twilio) = with_both("").await;
    let checked = server.cli(&["messages", "check"]);
    assert_eq!(checked[0]["sender"], "notify");
    assert_eq!(checked[0]["channels"], serde_json::json!(["email", "sms"]));
    let remark = checked[1]["remark"].as_str().expect("a remark");
    assert!(remark.contains("trial account"), "{remark}");
    assert_eq!((notify.taken().len(), twilio.taken().len()), (0, 0), "a check sends nothing");
    let doctor = server.cli(&["doctor"]);
    let found = doctor.as_array().expect("checks").iter().find(|check| check["check"] == "messages").expect("listed");
    assert!(found["remark"].as_str().expect("text").contains("with 3 templates"), "{found}");
    for (kind, body, expected) in [
        ("sms", "Code ((kod))", "Missing personalisation: kod"),
        ("email", "((code))", "is not a template for sms"),
        ("sms", "Hello", "no place ((code))"),
    ] {
        let id = notify.template(kind, "Subject", body);
        let wrong = [("IDP_NOTIFY__SMS_CODE_TEMPLATE_EN", id.as_str())];
        let output = command(&server, &["messages", "check"], &wrong);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success() && text.contains(expected), "{expected}: {text}");
    }
}

/// Runs a command with further environment variables.
fn command(server: &Server, args: &[&str], env: &[(&str, &str)]) -> std::process::Output {
    let mut command = crate::support::server::binary(server.folder());
    command.args(args).arg("--json").arg("--config").arg(server.node.config_file()).envs(env.iter().copied());
    command.output().expect("the binary runs")
}

#[tokio::test]
async fn req_s0_15_req_s1_7_a_text_by_twilio_is_plain_and_expires_with_its_code() {
    let (server, notify, twilio) = with_both("[messages]\nsms = [\"twilio\"]\n").await;
    let answer = test(&server, MOBILE, "sms", &[]);
    let taken = twilio.taken().pop().expect("taken");
    assert_eq!((&answer["sender"], answer["id"].as_str()), (&"twilio".into(), Some(taken.sid.as_str())));
    assert_eq!((taken.get("To"), taken.get("From"), taken.get("ValidityPeriod")), (MOBILE, CALLER, "900"));
    assert!(taken.get("Body").contains("123456") && taken.get("Body").is_ascii(), "{taken:?}");
    let callback =
        format!("{}hooks/twilio?channel=sms&ref={}", server.issuer, answer["reference"].as_str().expect("text"));
    assert_eq!(taken.get("StatusCallback"), callback);
    // By a Messaging Service, with an API key: Twilio says 0 parts at first, and we count.
    let env = [
        ("IDP_TWILIO__MESSAGING_SERVICE_SID", "MG0123456789abcdef0123456789abcdef"),
        ("IDP_TWILIO__API_KEY_SID", twilio::API_KEY.0),
        ("IDP_TWILIO__API_KEY_SECRET", twilio::API_KEY.1),
    ];
    let output = command(&server, &["messages", "test", "--to", MOBILE, "--channel", "sms"], &env);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let taken = twilio.taken().pop().expect("taken");
    assert_eq!((taken.user.as_str(), taken.get("From")), (twilio::API_KEY.0, ""));
    assert_eq!(answer["parts"], 1, "{answer}");
    assert_eq!((twilio.complaints(), notify.taken().len()), (Vec::<String>::new(), 0));
}

#[tokio::test]
async fn req_s0_15_a_call_says_the_code_twice_digit_by_digit_in_either_language() {
    let (server, _, twilio) = with_both("").await;
    for (lang, attributes) in
        [("en", r#"language="en-GB" voice="Polly.Amy""#), ("cy", r#"language="cy-GB" voice="Polly.Gwyneth""#)]
    {
        test(&server, MOBILE, "voice", &["--lang", lang]);
        let taken = twilio.taken().pop().expect("taken");
        let markup = taken.get("Twiml");
        check_markup(markup).expect("well-formed");
        assert_eq!(markup.matches("1, 2, 3, 4, 5, 6").count(), 2, "{markup}");
        assert_eq!(markup.matches(attributes).count(), 2, "{markup}");
        assert_eq!(taken.fields.iter().filter(|(name, _)| name == "StatusCallbackEvent").count(), 2);
    }
    assert_eq!(twilio.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn req_s0_15_with_a_key_press_the_code_is_not_in_the_call_until_twilio_asks_for_it() {
    let (server, _, twilio) = with_both("").await;
    test(&server, MOBILE, "voice", &["--keypress"]);
    let taken = twilio.taken().pop().expect("taken");
    let markup = taken.get("Twiml");
    check_markup(markup).expect("well-formed");
    assert!(!markup.contains("1, 2, 3") && !markup.contains("123456"), "{markup}");
    let action = regex::Regex::new(r#"action="([^"]+)""#).expect("a pattern");
    let action = action.captures(markup).expect("an action")[1].replace("&amp;", "&");
    let fields = [("AccountSid", twilio::ACCOUNT), ("CallSid", taken.sid.as_str()), ("Digits", "5")];
    for (token, signed) in [("another-token", action.as_str()), (twilio::TOKEN, "http://evil.test/")] {
        let refused = Twilio::ask(&action, signed, token, &fields).await.expect(403);
        assert!(!refused.text().contains("1, 2"), "{}", refused.text());
    }
    let answer = Twilio::ask(&action, &action, twilio::TOKEN, &fields).await.expect(200);
    assert!(answer.header("content-type").starts_with("text/xml"));
    assert_eq!(answer.text().matches("1, 2, 3, 4, 5, 6").count(), 2);
    check_markup(&answer.text()).expect("well-formed");
    let altered = format!("{action}x");
    Twilio::ask(&altered, &altered, twilio::TOKEN, &fields).await.expect(410);
    server.advance(11 * 60).await;
    Twilio::ask(&action, &action, twilio::TOKEN, &fields).await.expect(410);
}

#[tokio::test]
async fn req_s0_15_case_rl15_the_next_sender_takes_over_and_a_refused_number_is_tried_once() {
    let (server, notify, twilio) = with_both("[messages]\ntimeout_seconds = 1\n").await;
    for failing in [
        Behaviour::Hangs,
        Behaviour::TakesAndHangs,
        Behaviour::Fails(503, "Exception"),
        Behaviour::Fails(429, "RateLimitError"),
        Behaviour::Fails(403, "AuthError"),
        Behaviour::Redirects,
    ] {
        notify.behave(failing);
        assert_eq!(test(&server, MOBILE, "sms", &[])["sender"], "twilio", "{failing:?}");
    }
    assert_eq!(notify.taken().len(), 1, "one was taken without an answer");
    notify.behave(Behaviour::Works);
    // A clock that is wrong by more than half a minute is our fault, and the check says so.
    notify.advance(31);
    assert_eq!(test(&server, MOBILE, "sms", &[])["sender"], "twilio");
    let checked = cli_output(&server.node.config_file(), &["messages", "check"]);
    assert!(String::from_utf8_lossy(&checked.stdout).contains("system clock"), "{checked:?}");
    notify.advance(-31);
    assert_eq!(test(&server, MOBILE, "sms", &[])["sender"], "notify");
    twilio.behave(Behaviour::Fails(503, "20503"));
    let output = cli_output(&server.node.config_file(), &["messages", "test", "--to", MOBILE, "--channel", "voice"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("not available"), "{said}");
    twilio.behave(Behaviour::Works);
    let before = twilio.taken().len();
    notify.behave(Behaviour::Fails(400, "ValidationError"));
    let output = cli_output(&server.node.config_file(), &["messages", "test", "--to", MOBILE, "--channel", "sms"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("the address was refused"), "{said}");
    assert_eq!(twilio.taken().len(), before, "nobody else is asked");
}

#[tokio::test]
async fn twilio_s_own_test_numbers_have_their_documented_ends() {
    let (server, _, twilio) = with_both("[messages]\nsms = [\"twilio\"]\n").await;
    // The number is real to us, and refused by the provider's own rules.
    for (from, expected) in [("+15005550001", "21212"), ("+15005550007", "21606"), ("+15005550008", "21611")] {
        let env = [("IDP_TWILIO__FROM", from)];
        let output = command(&server, &["messages", "test", "--to", MOBILE, "--channel", "sms"], &env);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected) && !said.contains("900123"), "{said}");
    }
    assert_eq!(twilio.taken().len(), 0);
}

#[tokio::test]
async fn req_s4_15_outside_the_allow_list_nothing_leaves_and_the_log_says_so() {
    let allow = "[messages]\nallow_list = [\"+447700900123\", \"@allowed.example\"]\n";
    let (server, notify, twilio) = with_both(allow).await;
    assert_eq!(test(&server, MOBILE, "sms", &[])["sender"], "notify");
    assert_eq!(test(&server, "anyone@allowed.example", "email", &[])["sender"], "notify");
    let taken = notify.taken().len();
    for (to, channel) in [("+447700900124", "sms"), ("+447700900124", "voice"), ("anyone@other.example", "email")] {
        let output = cli_output(&server.node.config_file(), &["messages", "test", "--to", to, "--channel", channel]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("messages.allow_list"), "{said}");
    }
    // A resident who is not on it gets no code, and an operator reads why.
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Email).await;
    eventually("the log says why", async || server.log().contains("not in messages.allow_list").then_some(())).await;
    assert!(!server.log().contains(&resident.email));
    assert_eq!((notify.taken().len(), twilio.taken().len()), (taken, 0));
}

#[tokio::test]
async fn req_s4_14_case_if11_with_a_proxy_every_call_goes_through_it_and_its_password_is_in_no_log() {
    let (notify, twilio) = (Notify::start(), Twilio::start());
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let names = [("api.notifications.service.gov.uk", notify.port), ("api.twilio.com", twilio.port)];
    let proxy = Proxy::start(folder.path(), &names);
    let own = config(&notify, &twilio).replace("allow_loopback_fetch = true\n", "");
    let own: Vec<_> = own.lines().filter(|line| !line.starts_with("base_url")).collect();
    let own = own.join(
        "
",
    ) + "
";
    let outbound = format!(
        "[outbound]\nproxy = \"http://127.0.0.1:{}\"\nproxy_username = {:?}\nproxy_password = {:?}\nca_file = {:?}\n\
         no_proxy = [\"internal.example\"]\n[log]\nlevel = \"trace\"\n",
        proxy.port,
        proxy::USER,
        proxy::PASSWORD,
        proxy.certificate,
    );
    let server = start(own + &outbound).await;
    server.cli(&["messages", "check"]);
    test(&server, MOBILE, "sms", &[]);
    test(&server, MOBILE, "voice", &[]);
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Email).await;
    eventually("the code is sent", async || notify.taken().into_iter().find(|taken| taken.kind == "email")).await;
    let mut hosts = proxy.hosts();
    hosts.sort();
    hosts.dedup();
    assert_eq!(hosts, ["api.notifications.service.gov.uk", "api.twilio.com"]);
    assert_eq!(twilio.taken().pop().expect("a call").get("StatusCallback"), "", "Twilio cannot reach localhost");
    let log = server.log();
    assert!(!log.contains(proxy::PASSWORD) && !log.contains(&proxy::credentials()), "the password is in the log");
    assert!(!log.contains(twilio::TOKEN), "Twilio's token is in the log");
    assert_eq!((notify.complaints(), twilio.complaints()), (Vec::<String>::new(), Vec::<String>::new()));
}

#[tokio::test]
async fn sec_r50_a_provider_s_address_on_a_private_network_is_not_called() {
    let notify = Notify::start();
    let own = config(&notify, &Twilio::start()).replace("allow_loopback_fetch = true\n", "");
    let server = start(own).await;
    let output = cli_output(&server.node.config_file(), &["messages", "test", "--to", MOBILE, "--channel", "sms"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("may not be fetched from"), "{said}");
    assert_eq!(notify.complaints().len() + notify.taken().len(), 0, "it was not called");
}
