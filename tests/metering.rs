//! What messages and calls cost, as an operator sets it on the command line.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::server::{cli, cli_output};

/// An installation with a database of its own, on which no node runs.
fn installation() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let config = folder.path().join("idp.toml");
    std::fs::write(&config, "[development]\ninbox = true\n").expect("a configuration file");
    (folder, config)
}

fn refused(config: &Path, args: &[&str]) -> String {
    let output = cli_output(config, args);
    assert!(!output.status.success(), "{args:?} was taken");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{args:?}: {said}");
    said
}

fn prices(rows: &Value) -> Vec<(String, String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().expect(key).to_owned();
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| (text(row, "channel"), text(row, "unit"), text(row, "unit_price"))).collect()
}

#[test]
fn req_s0_9_req_s0_10_req_s0_11_one_command_makes_the_resale_plan() {
    let (_folder, config) = installation();
    let expected = [("sms", "message", "0.09"), ("voice", "call", "0.07"), ("email", "message", "0.00")];
    let expected = expected.map(|(channel, unit, price)| (channel.to_owned(), unit.to_owned(), price.to_owned()));
    assert_eq!(prices(&cli(&config, &["tariff", "add-standard", "resale"])), expected);
    let mut listed = prices(&cli(&config, &["tariff", "list"]));
    listed.sort_by_key(|row| expected.iter().position(|other| other == row));
    assert_eq!(listed, expected);
    // It is there: a second time adds nothing.
    assert!(prices(&cli(&config, &["tariff", "add-standard", "resale"])).is_empty());
}

#[test]
fn req_s0_9_a_client_of_a_preset_brings_its_plan_and_a_plan_without_prices_is_refused() {
    let (_folder, config) = installation();
    let add = ["client", "add", "--redirect-uri", "https://app.test/cb", "--preset", "council-portal"];
    cli(&config, &[&add[..], &["--id", "bins"]].concat());
    assert_eq!(cli(&config, &["tariff", "list"]).as_array().map(Vec::len), Some(3));
    let said =
        refused(&config, &[&add[..], &["--id", "parking", "--policy", r#"{"tariff_plan":"unheard-of"}"#]].concat());
    assert!(said.contains("unheard-of") && said.contains("policy_rule_10"), "{said}");
    let said = refused(&config, &["client", "set-policy", "--id", "bins", "tariff_plan=unheard-of"]);
    assert!(said.contains("policy_rule_10"), "{said}");
    for channel in ["sms", "voice"] {
        cli(&config, &["tariff", "add", "--plan", "unheard-of", "--channel", channel, "--price", "0.05"]);
    }
    cli(&config, &["client", "set-policy", "--id", "bins", "tariff_plan=unheard-of"]);
}

#[test]
fn case_ad10_req_s0_14_prices_that_are_none_contradict_or_re_price_are_refused() {
    let (_folder, config) = installation();
    let add = |extra: &[&str]| {
        let mut args = vec!["tariff", "add", "--plan", "resale", "--channel", "sms"];
        args.extend_from_slice(extra);
        args.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let try_it = |extra: &[&str]| {
        let args = add(extra);
        refused(&config, &args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for price in ["-0.09", "NaN", "1e309", "inf", "0.0000001", "100.01", "99999999999999999999", "", "0,09"] {
        try_it(&["--price", price]);
    }
    for from in ["2020-01-01", "2999-01-01", "2026-02-30", "tomorrow"] {
        try_it(&["--price", "0.09", "--from", from]);
    }
    try_it(&["--price", "0.09", "--unit", "call"]);
    try_it(&["--price", "0.09", "--prefix", "44"]);
    assert_eq!(cli(&config, &["tariff", "list"]), serde_json::json!([]), "nothing was added");
    let args = add(&["--price", "0.09"]);
    cli(&config, &args.iter().map(String::as_str).collect::<Vec<_>>());
    // From today there is one: today's sends have their price, for these numbers and for some of them.
    try_it(&["--price", "0.10"]);
    try_it(&["--price", "0.10", "--prefix", "+44"]);
    let plan = cli(&config, &["tariff", "list"]);
    assert_eq!(prices(&plan).len(), 1);
    assert_eq!(plan[0]["unit_price"], "0.09");
}

#[test]
fn req_s2_10_an_allowance_is_for_whole_financial_years_and_never_edited() {
    let (_folder, config) = installation();
    let add = |free: &str, from: &str| {
        ["allowance", "add", "--plan", "notify-allowance", "--free", free, "--from", from].map(str::to_owned)
    };
    let args = |owned: &[String; 8]| owned.clone();
    let run = |owned: [String; 8]| {
        let owned = args(&owned);
        cli_output(&config, &owned.iter().map(String::as_str).collect::<Vec<_>>()).status.success()
    };
    for (free, from) in [("-1", "2090-04-01"), ("25000", "2090-04-02"), ("25000", "2020-04-01"), ("x", "2090-04-01")] {
        assert!(!run(add(free, from)), "{free} from {from} was taken");
    }
    assert!(run(add("25000", "2090-04-01")));
    assert!(!run(add("10000", "2090-04-01")), "an allowance was edited");
    assert!(run(add("10000", "2091-04-01")));
    let listed = cli(&config, &["allowance", "list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    assert_eq!((listed[0]["free"].as_i64(), listed[0]["used_this_year"].as_i64()), (Some(25_000), Some(0)));
}

#[test]
fn organisations_and_caps_are_set_and_a_client_belongs_to_one_that_there_is() {
    let (_folder, config) = installation();
    assert_eq!(cli(&config, &["organisation", "list"])[0]["id"], "default");
    let add = ["client", "add", "--redirect-uri", "https://app.test/cb", "--id", "bins", "--organisation", "anytown"];
    assert!(refused(&config, &add).contains("anytown"));
    let organisation = ["organisation", "add", "--id", "anytown", "--name", "Anytown Council"];
    cli(&config, &organisation);
    refused(&config, &organisation);
    refused(&config, &["organisation", "add", "--id", "=A1", "--name", "x"]);
    cli(&config, &add);
    assert_eq!(cli(&config, &["client", "show", "--id", "bins"])["organisation"], "anytown");
    let moved = cli(&config, &["client", "set-organisation", "--id", "bins", "--organisation", "default"]);
    assert_eq!(moved["organisation"], "default");
    refused(&config, &["client", "set-organisation", "--id", "bins", "--organisation", "nobody"]);

    refused(&config, &["spend-cap", "set", "--name", "small"]);
    refused(&config, &["spend-cap", "set", "--name", "small", "--daily", "-1"]);
    cli(&config, &["spend-cap", "set", "--name", "small", "--daily", "5", "--monthly", "50.50"]);
    cli(&config, &["spend-cap", "set", "--name", "small", "--daily", "6"]);
    let caps = cli(&config, &["spend-cap", "list"]);
    assert_eq!(caps, serde_json::json!([{ "name": "small", "daily": "6.00", "monthly": null }]));
}

#[test]
fn req_s0_13_the_ledger_of_a_quarter_is_written_out_and_other_words_are_refused() {
    let (_folder, config) = installation();
    assert_eq!(cli(&config, &["charges", "list", "--quarter", "2026Q3"]), serde_json::json!([]));
    assert_eq!(cli(&config, &["charges", "export", "--format", "json"]), serde_json::json!([]));
    let sheet = cli_output(&config, &["charges", "export", "--quarter", "2026Q3", "--format", "csv"]);
    let sheet = String::from_utf8(sheet.stdout).expect("UTF-8");
    assert!(sheet.starts_with("id,at,organisation,client_id,entry,purpose,channel,") && sheet.ends_with("reason\r\n"));
    for quarter in ["2026Q5", "Q3", "2026"] {
        refused(&config, &["charges", "list", "--quarter", quarter]);
    }
    let credit = ["charges", "credit", "--id", "00000000-0000-0000-0000-000000000001", "--amount", "0.09"];
    assert!(refused(&config, &[&credit[..], &["--reason", "sent twice"]].concat()).contains("no charge"));
}
