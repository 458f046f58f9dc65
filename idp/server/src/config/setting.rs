//! The kinds of value a key can hold: how each is read from TOML or from the text of an environment variable, and how
//! its default is written.
//!
//! Text from the environment stays text until a kind reads it, so that a password `12345` is not a number. No message
//! made here repeats a secret.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use figment::value::Value;
use idp_core::level::Level;
use idp_core::policy::{Floors, PolicyDocument, nearest_key};
use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use crate::page::Lang;

/// A value that a key can hold.
pub trait Setting: Sized {
    /// What a value may be, in words for the reference.
    fn kind() -> String;

    /// Reads a value.
    ///
    /// # Errors
    /// What a value must be, to be read after the key's name.
    fn parse(value: &Value) -> Result<Self, String>;

    /// The value in TOML; `None` if it is unset or secret.
    fn show(&self) -> Option<String>;
}

/// Text as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// What is wrong with the part `name` of a value. It begins with a dot, so that the key before it and the part are one
/// path, however deep it goes.
pub(super) fn within(name: &str, why: &str) -> String {
    if why.starts_with('.') { format!(".{name}{why}") } else { format!(".{name} {why}") }
}

fn must_be<T: Setting>() -> String {
    format!("must be {}", T::kind())
}

impl Setting for bool {
    fn kind() -> String {
        "`true` or `false`".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        value.to_bool().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok())).ok_or_else(must_be::<Self>)
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

macro_rules! whole_number {
    ($($type:ty),+) => {$(
        impl Setting for $type {
            fn kind() -> String {
                "a whole number".to_owned()
            }

            fn parse(value: &Value) -> Result<Self, String> {
                let number = match value {
                    Value::Num(_, number) => number
                        .to_u128()
                        .or_else(|| number.to_i128().and_then(|signed| u128::try_from(signed).ok())),
                    Value::String(_, text) => text.trim().parse().ok(),
                    _ => None,
                };
                number.and_then(|number| Self::try_from(number).ok()).ok_or_else(|| {
                    format!("must be a whole number from 0 to {}", Self::MAX)
                })
            }

            fn show(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+};
}
whole_number!(u16, u32, u64, usize);

impl Setting for String {
    fn kind() -> String {
        "text".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| "must be text in quotation marks".to_owned())
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Setting for PathBuf {
    fn kind() -> String {
        "a path".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some(text) if !text.is_empty() => Ok(text.into()),
            _ => Err("must be a path in quotation marks".to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

impl Setting for SecretString {
    fn kind() -> String {
        "a secret".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some(text) if !text.is_empty() => Ok(text.into()),
            _ => Err("must be text in quotation marks, and not empty".to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        None
    }
}

macro_rules! by_from_str {
    ($($type:ty: $kind:literal),+ $(,)?) => {$(
        impl Setting for $type {
            fn kind() -> String {
                $kind.to_owned()
            }

            fn parse(value: &Value) -> Result<Self, String> {
                let text = value.as_str().ok_or_else(must_be::<Self>)?;
                text.trim().parse().map_err(|error| format!("must be {}: {error}", $kind))
            }

            fn show(&self) -> Option<String> {
                Some(quoted(&self.to_string()))
            }
        }
    )+};
}
by_from_str! {
    SocketAddr: "an address and port, like `127.0.0.1:8080` or `[::]:8080`",
    IpNet: "a network, like `10.0.0.0/8` or `192.0.2.7/32`",
    Url: "a URL",
    Uuid: "a UUID",
    Lang: "`en` or `cy`",
    Level: "`guest`, `1fa`, `2fa` or `phr`",
}

impl<T: Setting> Setting for Option<T> {
    fn kind() -> String {
        T::kind()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        // An empty environment variable is how a deployment says "not set".
        if value.as_str() == Some("") { Ok(None) } else { T::parse(value).map(Some) }
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn kind() -> String {
        format!("a list, each {}", T::kind())
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(_, items) => {
                items.iter().map(|item| T::parse(item).map_err(|why| format!("each {why}"))).collect()
            }
            Value::String(_, text) if text.trim_start().starts_with('[') => Self::parse(&inline(text)?),
            Value::String(_, text) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| T::parse(&Value::from(item)).map_err(|why| format!("each {why}")))
                .collect(),
            _ => Err(must_be::<Self>()),
        }
    }

    fn show(&self) -> Option<String> {
        let items: Vec<_> = self.iter().filter_map(T::show).collect();
        Some(format!("[{}]", items.join(", ")))
    }
}

impl<T: Setting> Setting for BTreeMap<String, T> {
    fn kind() -> String {
        format!("a table of names, each with {}", T::kind())
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value {
            Value::Dict(_, entries) => entries
                .iter()
                .map(|(name, item)| match T::parse(item) {
                    Ok(item) => Ok((name.clone(), item)),
                    Err(why) => Err(within(name, &why)),
                })
                .collect(),
            Value::String(_, text) => Self::parse(&inline(text)?),
            _ => Err(must_be::<Self>()),
        }
    }

    fn show(&self) -> Option<String> {
        let entries: Vec<_> =
            self.iter().filter_map(|(name, item)| Some(format!("{} = {}", quoted(name), item.show()?))).collect();
        Some(if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) })
    }
}

/// A policy, as `[policy.defaults]` and a client's own.
impl Setting for PolicyDocument {
    fn kind() -> String {
        "a policy".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value {
            Value::Dict(_, fields) => {
                if let Some(field) = fields.keys().find(|field| !Self::KEYS.contains(&field.as_str())) {
                    let hint = nearest_key(field).map_or(String::new(), |near| format!(": did you mean {near}?"));
                    return Err(within(field, &format!("is not a field of a policy{hint}")));
                }
                for (field, value) in fields {
                    let alone = serde_json::json!({ field.as_str(): value });
                    serde_json::from_value::<Self>(alone)
                        .map_err(|error| within(field, &format!("is wrong: {error}")))?;
                }
                let json = serde_json::to_value(fields).map_err(|error| format!("is not a policy: {error}"))?;
                serde_json::from_value(json).map_err(|error| format!("is not a policy: {error}"))
            }
            Value::String(_, text) => Self::parse(&inline(text)?),
            _ => Err(must_be::<Self>()),
        }
    }

    fn show(&self) -> Option<String> {
        toml::Value::try_from(self).ok().map(|value| value.to_string())
    }
}

/// The least for each class of user, as `[policy.floors]`.
impl Setting for Floors {
    fn kind() -> String {
        "a table with `resident` and `staff`".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value {
            Value::Dict(..) => {
                let json = serde_json::to_value(value).map_err(|error| format!("cannot be read: {error}"))?;
                serde_json::from_value(json).map_err(|error| format!("is not a table of floors: {error}"))
            }
            Value::String(_, text) => Self::parse(&inline(text)?),
            _ => Err(must_be::<Self>()),
        }
    }

    fn show(&self) -> Option<String> {
        toml::Value::try_from(self).ok().map(|value| value.to_string())
    }
}

/// A list or table in an environment variable: JSON, or TOML's inline form.
pub(super) fn inline(text: &str) -> Result<Value, String> {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(text) {
        return Value::serialize(json).map_err(|error| format!("cannot be read: {error}"));
    }
    let mut table: toml::Table = format!("value = {text}")
        .parse()
        .map_err(|_| "must be JSON, or a list or table as TOML writes it".to_owned())?;
    let value = table.remove("value").ok_or_else(|| "must not be empty".to_owned())?;
    Value::serialize(value).map_err(|error| format!("cannot be read: {error}"))
}
