//! One line of a batch: a person with their id. It is read as strictly as a person alone is: nothing unknown, nothing twice.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bodies::Contact;

const ID: &str = "external_id";

/// One line: a person with their id.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// The person's id in your system.
    pub external_id: String,
    /// The person.
    #[serde(flatten)]
    pub contact: Contact,
}

// What `flatten` derives reads the person from a map that was made before, where the last of two members had won.
impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Line;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a person with an external_id")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Line, A::Error> {
        let mut external_id = None;
        let rest = Rest { members, external_id: &mut external_id };
        let contact = Contact::deserialize(MapAccessDeserializer::new(rest))?;
        let external_id = external_id.ok_or_else(|| A::Error::missing_field(ID))?;
        Ok(Line { external_id, contact })
    }
}

/// The members of the person; the id is kept aside.
struct Rest<'a, A> {
    members: A,
    external_id: &'a mut Option<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.members.next_key::<String>()? {
            if name != ID {
                return seed.deserialize(name.into_deserializer()).map(Some);
            }
            if self.external_id.replace(self.members.next_value()?).is_some() {
                return Err(A::Error::duplicate_field(ID));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Line, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_is_a_person_with_an_id_in_any_order() {
        for text in [
            r#"{"external_id":"a","email":"a@example.org"}"#,
            r#"{"email":"a@example.org","external_id":"a"}"#,
            r#"{"phones":[{"number":"1","default":true}],"external_id":"a","email":"a@example.org"}"#,
        ] {
            let line = read(text).unwrap();
            assert_eq!((line.external_id.as_str(), line.contact.has_no_email()), ("a", false), "{text}");
        }
    }

    #[test]
    fn what_is_unknown_or_there_twice_is_refused_at_any_depth() {
        for (text, said) in [
            (r#"{"external_id":"a","status":"ended","status":"active"}"#, "duplicate field `status`"),
            (r#"{"external_id":"a","external_id":"b"}"#, "duplicate field `external_id`"),
            (r#"{"external_id":"a","phones":[{"number":"1","number":"2"}]}"#, "duplicate field `number`"),
            (r#"{"external_id":"a","nickname":"A"}"#, "unknown field `nickname`"),
            (r#"{"email":"a@example.org"}"#, "missing field `external_id`"),
            (r#"["a"]"#, "a person with an external_id"),
            ("null", "a person with an external_id"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
