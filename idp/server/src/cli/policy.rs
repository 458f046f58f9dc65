//! A client's policy on the command line: read from JSON, a file or `field=value`, and judged by the save rules before
//! anything is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use idp_core::factor::FactorId;
use idp_core::metering::tariff::STANDARD_PLANS;
use idp_core::metering::{TariffRow, london};
use idp_core::policy::{Floors, Installation, PolicyDocument, Refusal, Warning, check, nearest_key};
use serde_json::{Map, Value};

use super::desk::Desk;
use super::failure::Failure;
use super::output::lines;
use crate::config::Config;
use crate::delivery::Router;
use crate::store::{census, tariffs};

/// Judges a policy by the save rules.
///
/// # Errors
/// Every refusal, with the fields that contradict each other.
pub fn judge(
    document: &PolicyDocument,
    defaults: &PolicyDocument,
    installation: &Installation,
) -> Result<Vec<Warning>, Failure> {
    let policy = document.resolve(defaults);
    check(document, &policy, installation).map_err(|refusals| Failure::usage(sentences(&refusals)))
}

/// The warnings that a change gives cause for: what was so before is no news, and what a preset brings along where nothing
/// is missing is its own decision.
#[must_use]
pub fn news(
    after: Vec<Warning>,
    before: &PolicyDocument,
    defaults: &PolicyDocument,
    installation: &Installation,
) -> Vec<Warning> {
    let policy = before.resolve(defaults);
    let known = check(before, &policy, installation).unwrap_or_default();
    after.into_iter().filter(|warning| known.iter().all(|known| known.code != warning.code)).collect()
}

/// An installation that has senders for all factors of this policy, and sends to all its countries.
#[must_use]
pub fn complete(document: &PolicyDocument, defaults: &PolicyDocument, installation: &Installation) -> Installation {
    let policy = document.resolve(defaults);
    let senders = policy.factors.iter().map(|factor| (factor.clone(), factor.to_string())).collect();
    Installation { senders, countries: policy.countries.clone(), ..installation.clone() }
}

fn sentences(refusals: &[Refusal]) -> String {
    let line = |refusal: &Refusal| format!("{} ({}): {}", refusal.fields.join(" and "), refusal.code, refusal.message);
    format!("the policy is refused:{}", lines("\n  ", refusals.iter().map(line)))
}

/// What the save rules must know about this installation.
///
/// # Errors
/// The store fails.
pub async fn installation(desk: &Desk) -> Result<Installation, Failure> {
    let mut conn = desk.db.read().await?;
    let accounts_without_phone = census::anyone_without_phone(&mut conn).await?;
    let prices = priced(&tariffs::prices(&mut conn).await?, london::date(desk.clock.now()));
    drop(conn);
    let (_, floors) = desk.policies();
    let senders = carriers(&super::messages::senders(desk).await?.router, desk.config.development.inbox);
    Ok(Installation { accounts_without_phone, prices, senders, ..configured(&desk.config, &floors) })
}

/// Who carries the messages of each channel first. The inbox stands for the senders that will be set up: it is not one
/// that all channels share.
fn carriers(router: &Router, inbox: bool) -> BTreeMap<FactorId, String> {
    let first = |channel: FactorId| {
        let name = *router.senders(&channel).first()?;
        let name = if inbox { format!("{name} for {channel}") } else { name.to_owned() };
        Some((channel, name))
    };
    [FactorId::Email, FactorId::Sms, FactorId::Voice].into_iter().filter_map(first).collect()
}

/// The channels that each plan has a price for on that day. A standard plan that nobody has added yet counts as it will
/// be added together with the policy.
fn priced(rows: &[TariffRow], today: NaiveDate) -> BTreeMap<String, BTreeSet<FactorId>> {
    let standard = STANDARD_PLANS.iter().filter(|plan| rows.iter().all(|row| row.plan != plan.name));
    let standard: Vec<_> = standard.flat_map(|plan| plan.rows(today)).collect();
    let mut prices = BTreeMap::<String, BTreeSet<FactorId>>::new();
    for row in rows.iter().chain(&standard).filter(|row| row.from <= today) {
        prices.entry(row.plan.clone()).or_default().insert(row.channel.factor());
    }
    prices
}

/// What the configuration says of it, but for the senders.
#[must_use]
fn configured(config: &Config, floors: &Floors) -> Installation {
    let passkeys = config.server.issuer.url().domain().is_some();
    Installation {
        countries: config.limits.countries.clone(),
        passkeys,
        remotes: config.factors.remote.keys().cloned().collect(),
        providers: config.federation.enabled().map(str::to_owned).collect(),
        allow_list_only: !config.messages.allow_list.is_empty(),
        floors: floors.clone(),
        acr_aliases: config.acr.aliases.clone(),
        ..Installation::default()
    }
}

/// Reads a policy: JSON, or the name of a JSON or TOML file.
///
/// # Errors
/// It cannot be read, or names a field that there is not.
pub fn read(text: &str) -> Result<Map<String, Value>, Failure> {
    let value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        from_file(Path::new(text))
    };
    match value.map_err(|reason| Failure::usage(format!("the policy cannot be read: {reason}")))? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Failure::usage("the policy must be an object of fields")),
    }
}

fn from_file(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if path.extension().is_some_and(|extension| extension == "toml") {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
        return serde_json::to_value(table).map_err(|error| error.to_string());
    }
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// `document` with some of its fields replaced.
///
/// # Errors
/// A field that there is not, or a value that it cannot have.
pub fn with_fields(document: &PolicyDocument, fields: Map<String, Value>) -> Result<PolicyDocument, Failure> {
    let mut written = as_map(document);
    for (field, value) in fields {
        known(&field)?;
        let mut changed = written.clone();
        changed.insert(field.clone(), value);
        as_document(&changed).map_err(|reason| Failure::usage(format!("{field}: {reason}")))?;
        written = changed;
    }
    as_document(&written).map_err(Failure::usage)
}

/// `document` after an assignment such as `mfa=off`, `factors=totp,email`, `code.sms.length=8`; nothing after the `=`
/// lets the field inherit again.
///
/// # Errors
/// A field that there is not, or a value that it cannot have.
pub fn assigned(document: &PolicyDocument, assignment: &str) -> Result<PolicyDocument, Failure> {
    let Some((path, text)) = assignment.split_once('=') else {
        return Err(Failure::usage(format!("{assignment}: write it as field=value, for example mfa=off")));
    };
    let steps: Vec<&str> = path.split('.').collect();
    known(steps.first().copied().unwrap_or_default())?;
    let written = Value::Object(as_map(document));
    let mut refused = String::new();
    for candidate in candidates(text) {
        let mut changed = written.clone();
        put(&mut changed, &steps, candidate);
        let Value::Object(fields) = changed else { break };
        match as_document(&fields) {
            Ok(document) => return Ok(document),
            Err(reason) if refused.is_empty() => refused = reason,
            Err(_) => {}
        }
    }
    Err(Failure::usage(format!("{path}: {refused}")))
}

/// What a text may mean, the likeliest first; `None` is absence.
fn candidates(text: &str) -> Vec<Option<Value>> {
    if text.is_empty() {
        return vec![None];
    }
    let list = || text.split(',').map(|word| Value::from(word.trim())).collect();
    let word = [Some(Value::from(text)), Some(Value::Array(list()))];
    serde_json::from_str(text).ok().map(Some).into_iter().chain(word).collect()
}

fn put(document: &mut Value, steps: &[&str], value: Option<Value>) {
    let (Some((step, rest)), Value::Object(fields)) = (steps.split_first(), document) else { return };
    if !rest.is_empty() {
        put(fields.entry(*step).or_insert_with(|| Value::Object(Map::new())), rest, value);
    } else if let Some(value) = value {
        fields.insert((*step).to_owned(), value);
    } else {
        fields.remove(*step);
    }
}

fn known(field: &str) -> Result<(), Failure> {
    if PolicyDocument::KEYS.contains(&field) {
        return Ok(());
    }
    let hint = nearest_key(field).map(|key| format!(": did you mean {key}?")).unwrap_or_default();
    Err(Failure::usage(format!("{field} is not a field of a policy{hint}")))
}

/// The fields that a document writes.
#[must_use]
pub fn as_map(document: &PolicyDocument) -> Map<String, Value> {
    match serde_json::to_value(document) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn as_document(fields: &Map<String, Value>) -> Result<PolicyDocument, String> {
    serde_json::from_value(Value::Object(fields.clone())).map_err(|error| error.to_string())
}

/// The fields that differ, each with its value before and after, for the audit trail.
#[must_use]
pub fn differences(before: &PolicyDocument, after: &PolicyDocument) -> Value {
    let (before, after) = (as_map(before), as_map(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let entry = |name: &String| (name.clone(), serde_json::json!([before.get(name), after.get(name)]));
    Value::Object(changed.map(entry).collect())
}

#[cfg(test)]
mod tests {
    use idp_core::policy::{MfaMode, OnDisable, Preset};

    use super::*;

    fn nothing() -> PolicyDocument {
        PolicyDocument::default()
    }

    /// An installation on which nothing was priced yet.
    fn fresh(config: &Config) -> Installation {
        let senders = [FactorId::Email, FactorId::Sms, FactorId::Voice].map(|channel| (channel, "inbox".to_owned()));
        Installation {
            prices: priced(&[], NaiveDate::default()),
            senders: senders.into(),
            ..configured(config, &Floors::default())
        }
    }

    #[test]
    fn policy_rule_1_an_allow_list_in_the_configuration_needs_a_pilot_and_providers_are_known_from_there() {
        let mut config = Config::default();
        let required = assigned(&assigned(&nothing(), "mfa=required").expect("a word"), "sign_in=password,google");
        let required = required.expect("a list");
        let codes = |config: &Config| {
            let judged = judge(&required, &nothing(), &fresh(config));
            judged.map(|warnings| warnings.iter().map(|warning| warning.code).collect::<Vec<_>>())
        };
        assert!(codes(&config).expect("accepted").contains(&"policy_warning_provider"));
        config.federation.google = Some(toml::from_str("client_id = \"id\"").expect("a table"));
        assert!(!codes(&config).expect("accepted").contains(&"policy_warning_provider"));
        config.messages.allow_list = vec!["@example.gov.uk".to_owned()];
        let refused = codes(&config).expect_err("nobody else could sign in").to_string();
        assert!(refused.contains("policy_rule_1d"), "{refused}");
    }

    #[test]
    fn fields_are_assigned_as_words_numbers_lists_and_parts_and_forgotten_again() {
        let document = assigned(&nothing(), "mfa=off").expect("a word");
        assert_eq!(document.mfa, Some(MfaMode::Off));
        let document = assigned(&document, "on_disable=ignore_enrolled").expect("a word");
        assert_eq!(document.on_disable, Some(OnDisable::IgnoreEnrolled));
        let document = assigned(&document, "factors=totp,email").expect("a list");
        assert_eq!(document.factors, Some(vec![FactorId::Totp, FactorId::Email]));
        let document = assigned(&document, "factors=totp").expect("a list of one");
        assert_eq!(document.factors, Some(vec![FactorId::Totp]));
        let document = assigned(&document, "code.sms.length=8").expect("a part");
        assert_eq!(document.code.as_ref().and_then(|code| code.sms.as_ref()?.length), Some(8));
        assert_eq!(assigned(&document, "mfa=").expect("nothing").mfa, None);
    }

    #[test]
    fn a_wrong_field_or_value_is_named() {
        let refused = |assignment: &str| assigned(&nothing(), assignment).expect_err(assignment).to_string();
        assert!(refused("mfaa=off").contains("did you mean mfa?"), "{}", refused("mfaa=off"));
        assert!(refused("mfa=maybe").starts_with("mfa: "), "{}", refused("mfa=maybe"));
        assert!(refused("mfa").contains("field=value"));
        assert!(with_fields(&nothing(), read(r#"{"factors": 3}"#).expect("JSON")).is_err());
        assert!(read("[1]").is_err());
    }

    #[test]
    fn every_refusal_is_told_with_both_its_fields() {
        let document = assigned(&assigned(&nothing(), "factors=[]").expect("a list"), "mfa=required").expect("a word");
        let refused = judge(&document, &nothing(), &Installation::default()).expect_err("refused").to_string();
        assert!(refused.contains("mfa and factors"), "{refused}");
    }

    #[test]
    fn every_preset_may_be_saved_where_the_inbox_takes_all_messages() {
        let inbox = [("IDP_DEVELOPMENT__INBOX".to_owned(), "true".to_owned())];
        let config = Config::from_sources(None, inbox.into_iter()).expect("a configuration");
        for preset in Preset::ALL {
            let judged = judge(&preset.document(), &nothing(), &fresh(&config));
            assert!(judged.is_ok(), "{}: {:?}", preset.name(), judged);
        }
    }
}
