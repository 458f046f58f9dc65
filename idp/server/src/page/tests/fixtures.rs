//! Compares our components with the examples that come with the design system: the same options must give the same
//! HTML, whitespace and the order of attributes aside.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::{env, fs};

use scraper::{ElementRef, Html, Node};
use serde_json::{Map, Value};
use tera::Context;

use crate::page::Pages;

/// What becomes of an option.
pub(super) enum To {
    /// Our argument of this name, as it is.
    Arg(&'static str),
    /// Our argument of this name, as text.
    Text(&'static str),
    /// Our argument of this name; `false` means no words.
    Words(&'static str),
    /// A list of maps, with their options renamed.
    Items(&'static str, &'static [(&'static str, &'static str)]),
    /// A list of lists of maps, with their options renamed.
    Rows(&'static str, &'static [(&'static str, &'static str)]),
    /// The body, as text.
    Body,
    /// The body, as HTML.
    BodyHtml,
    /// Nothing: the option asks for a part that we leave out, and the comparison leaves it out too.
    Nothing,
}

pub(super) struct Component {
    /// The design system's name.
    pub(super) name: &'static str,
    /// Ours.
    pub(super) ours: &'static str,
    pub(super) options: &'static [(&'static str, To)],
    /// Options that we do not support, on purpose: examples that use one are left out.
    pub(super) unsupported: &'static [&'static str],
    /// Parts of the example that we leave out, by their whole `class`.
    pub(super) without: &'static [&'static str],
    /// How many examples must be left to compare.
    pub(super) compared: usize,
}

struct Call {
    args: Map<String, Value>,
    body: Option<String>,
    unsupported: BTreeSet<String>,
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn is_plain(attributes: &Value) -> bool {
    attributes.as_object().is_some_and(|map| map.values().all(Value::is_string))
}

impl Call {
    fn read(&mut self, component: &Component, prefix: &str, options: &Map<String, Value>) {
        for (name, value) in options {
            let path = format!("{prefix}{name}");
            if value.is_null() {
                continue;
            }
            if name.ends_with("ttributes") && !is_plain(value) {
                self.unsupported.insert(format!("{path} with options"));
                continue;
            }
            if value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty) {
                self.unsupported.insert(format!("{path} that is empty"));
                continue;
            }
            match component.options.iter().find(|(from, _)| *from == path) {
                Some((_, to)) => self.take(to, &path, value),
                None => match value.as_object() {
                    Some(inner) if !name.ends_with("ttributes") => {
                        self.read(component, &format!("{path}."), inner);
                    }
                    _ => {
                        self.unsupported.insert(path);
                    }
                },
            }
        }
    }

    fn take(&mut self, to: &To, path: &str, value: &Value) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match to {
            To::Arg(name) => {
                self.args.insert((*name).to_owned(), value.clone());
            }
            To::Text(name) => {
                self.args.insert((*name).to_owned(), Value::String(text));
            }
            To::Words(name) => {
                let words = if value == &Value::Bool(false) { String::new() } else { text };
                self.args.insert((*name).to_owned(), Value::String(words));
            }
            To::Body => self.body = Some(self.body.take().unwrap_or_else(|| escape(&text))),
            To::BodyHtml => self.body = Some(text),
            To::Nothing => {}
            To::Items(name, names) => {
                let items = self.items(path, names, value);
                self.args.insert((*name).to_owned(), Value::Array(items));
            }
            To::Rows(name, names) => {
                let rows: Vec<Value> =
                    value.as_array().into_iter().flatten().filter(|row| row.is_array()).cloned().collect();
                let rows = rows.iter().map(|row| Value::Array(self.items(path, names, row))).collect();
                self.args.insert((*name).to_owned(), Value::Array(rows));
            }
        }
    }

    fn items(&mut self, path: &str, names: &[(&str, &str)], value: &Value) -> Vec<Value> {
        let mut items = Vec::new();
        for item in value.as_array().into_iter().flatten() {
            let Some(item) = item.as_object() else {
                self.unsupported.insert(format!("{path}[] that is no item"));
                continue;
            };
            let mut ours = Map::new();
            self.item("", item, path, names, &mut ours);
            items.push(Value::Object(ours));
        }
        items
    }

    fn item(
        &mut self,
        prefix: &str,
        item: &Map<String, Value>,
        path: &str,
        names: &[(&str, &str)],
        ours: &mut Map<String, Value>,
    ) {
        for (name, value) in item.iter().filter(|(_, value)| !value.is_null()) {
            let inner = format!("{prefix}{name}");
            if let Some((_, to)) = names.iter().find(|(from, _)| *from == inner) {
                let below = format!("{inner}[].");
                let below: Vec<_> =
                    names.iter().filter_map(|(from, to)| Some((from.strip_prefix(&below)?, *to))).collect();
                let value = match value.as_array() {
                    Some(_) => Value::Array(self.items(&format!("{path}[].{inner}"), &below, value)),
                    None => value.clone(),
                };
                ours.insert((*to).to_owned(), value);
            } else if let Some(object) = value.as_object().filter(|_| !name.ends_with("ttributes")) {
                self.item(&format!("{inner}."), object, path, names, ours);
            } else {
                self.unsupported.insert(format!("{path}[].{inner}"));
            }
        }
    }
}

fn normalise(element: ElementRef<'_>, without: &[&str], out: &mut String) {
    for child in element.children() {
        match child.value() {
            Node::Text(text) => {
                let words: Vec<_> = text.split_whitespace().collect();
                if !words.is_empty() {
                    writeln!(out, "{}", words.join(" ")).unwrap();
                }
            }
            Node::Element(_) => {
                let child = ElementRef::wrap(child).unwrap();
                let mut attributes: Vec<(&str, String)> = child
                    .value()
                    .attrs()
                    .map(|(name, value)| (name, value.split_whitespace().collect::<Vec<_>>().join(" ")))
                    .collect();
                attributes.sort();
                if attributes.iter().any(|(name, value)| *name == "class" && without.contains(&value.as_str())) {
                    continue;
                }
                writeln!(out, "<{} {attributes:?}>", child.value().name()).unwrap();
                normalise(child, without, out);
                writeln!(out, "</{}>", child.value().name()).unwrap();
            }
            _ => {}
        }
    }
}

fn normal_form(html: &str, without: &[&str]) -> String {
    let mut out = String::new();
    normalise(Html::parse_fragment(html).root_element(), without, &mut out);
    out
}

/// Compares all examples of one component.
pub(super) fn compare(component: &Component) {
    let package = env::var("IDP_GOVUK_DIR").unwrap_or_else(|_| env!("IDP_GOVUK_PACKAGE").to_owned());
    let file = format!("{package}/dist/govuk/components/{}/fixtures.json", component.name);
    let fixtures: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let pages = Pages::load(None).unwrap();
    let mut unsupported = BTreeSet::new();
    let mut compared = 0;
    let mut differences = String::new();
    for fixture in fixtures["fixtures"].as_array().unwrap() {
        let mut call = Call { args: Map::new(), body: None, unsupported: BTreeSet::new() };
        call.read(component, "", fixture["options"].as_object().unwrap());
        if !call.unsupported.is_empty() {
            unsupported.extend(call.unsupported);
            continue;
        }
        let context = Context::from_serialize(&call.args).unwrap();
        let tera = &pages.default_theme().tera;
        let ours = tera.render_component(component.ours, &context, call.body.as_deref(), true);
        let ours = ours.map_or_else(|e| format!("{e:?}"), |html| normal_form(&html, component.without));
        let theirs = normal_form(fixture["html"].as_str().unwrap(), component.without);
        compared += 1;
        if ours != theirs {
            writeln!(differences, "== {}: ours\n{ours}== theirs\n{theirs}", fixture["name"]).unwrap();
        }
    }
    assert!(differences.is_empty(), "{}\n{differences}", component.name);
    let declared: BTreeSet<String> = component.unsupported.iter().map(ToString::to_string).collect();
    assert_eq!(unsupported, declared, "{}: unsupported options", component.name);
    assert_eq!(compared, component.compared, "{}: compared examples", component.name);
}
