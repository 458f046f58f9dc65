//! `application/x-www-form-urlencoded`, read strictly: the query of `/authorize`, the body of `/token`, and every
//! page's form. Order is kept and duplicates are seen, because OAuth refuses them (RFC 6749, section 3.1) and a
//! lenient reader would let two layers see different values.

use std::fmt;

use secrecy::SecretString;

/// What a form may hold (R49).
#[derive(Clone, Copy, Debug)]
pub struct FormLimits {
    /// Fields.
    pub fields: usize,
    /// Bytes of a name, decoded.
    pub name_bytes: usize,
    /// Bytes of a value, decoded, unless the name has a limit of its own.
    pub value_bytes: usize,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self { fields: 100, name_bytes: 128, value_bytes: 4 * 1024 }
    }
}

impl FormLimits {
    /// Bytes that the value of `name` may have.
    fn value_bytes_of(&self, name: &str) -> usize {
        match name {
            "state" | "nonce" => 2 * 1024,
            "request" => 32 * 1024,
            // The answer of an authenticator, as JSON.
            "credential" => 16 * 1024,
            _ => self.value_bytes,
        }
    }
}

/// Why a form is not read. The texts are safe to show: they contain names of ours only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// More fields than a form may hold.
    #[error("too many parameters")]
    TooManyFields,
    /// A name that is longer than any of ours.
    #[error("a parameter's name is too long")]
    NameTooLong,
    /// A value over its limit.
    #[error("the parameter {0} is too long")]
    ValueTooLong(String),
    /// A `%` without two hexadecimal digits, bytes that are not UTF-8, or a NUL, which no database of ours stores.
    #[error("a parameter is not properly encoded")]
    BadEncoding,
}

/// The fields of a form in their order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
}

/// The names only: values can be passwords.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

impl Form {
    /// Reads a body or the query of an address.
    ///
    /// # Errors
    /// See [`FormError`].
    pub fn parse(encoded: &[u8]) -> Result<Self, FormError> {
        Self::parse_within(encoded, FormLimits::default())
    }

    /// As [`Form::parse`], with other limits: for the console's large text fields.
    ///
    /// # Errors
    /// See [`FormError`].
    pub fn parse_within(encoded: &[u8], limits: FormLimits) -> Result<Self, FormError> {
        let mut fields = Vec::new();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if fields.len() == limits.fields {
                return Err(FormError::TooManyFields);
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if name.len() > limits.name_bytes {
                return Err(FormError::NameTooLong);
            }
            if value.len() > limits.value_bytes_of(&name) {
                // Only a name that could be one of ours is repeated.
                let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
                return Err(FormError::ValueTooLong(if plain { name } else { "given".to_owned() }));
            }
            fields.push((name, value));
        }
        Ok(Self { fields })
    }

    /// Reads the query of an address.
    ///
    /// # Errors
    /// See [`FormError`].
    pub fn query(uri: &http::Uri) -> Result<Self, FormError> {
        Self::parse(uri.query().unwrap_or_default().as_bytes())
    }

    /// The first value of a field, perhaps empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Takes a field out as a secret.
    pub fn take_secret(&mut self, name: &str) -> Option<SecretString> {
        let index = self.fields.iter().position(|(field, _)| field == name)?;
        Some(self.fields.remove(index).1.into())
    }

    /// The first name that occurs a second time.
    #[must_use]
    pub fn duplicate(&self) -> Option<&str> {
        let mut names: Vec<_> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).find_map(|pair| match pair {
            [first, second] if first == second => Some(*first),
            _ => None,
        })
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

fn decode(encoded: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(FormError::BadEncoding),
            },
            _ => byte,
        });
    }
    if bytes.contains(&0) {
        return Err(FormError::BadEncoding);
    }
    String::from_utf8(bytes).map_err(|_| FormError::BadEncoding)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    fn form(text: &str) -> Result<Form, FormError> {
        Form::parse(text.as_bytes())
    }

    #[test]
    fn order_is_kept_and_a_duplicate_is_seen() {
        let form = form("b=1&a=2&c&d=&a=3").expect("a form");
        let fields: Vec<_> = form.iter().collect();
        assert_eq!(fields, [("b", "1"), ("a", "2"), ("c", ""), ("d", ""), ("a", "3")]);
        assert_eq!(form.get("a"), Some("2"));
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["2", "3"]);
        assert_eq!(form.duplicate(), Some("a"));
        assert_eq!(Form::parse(b"b=1&a=2").expect("a form").duplicate(), None);
    }

    #[test]
    fn an_encoded_name_is_the_same_name() {
        assert_eq!(form("client_id=a&client%5Fid=b").expect("a form").duplicate(), Some("client_id"));
    }

    #[test]
    fn sec_r49_wrong_encodings_are_refused_not_repaired() {
        for text in ["a=%", "a=%4", "a=%zz", "a=%+1", "a=%ff", "a=%c0%af", "%00=1", "a=x%00y"] {
            assert_eq!(form(text), Err(FormError::BadEncoding), "{text}");
        }
        assert_eq!(form("a=%C5%B5+%2B").expect("a form").get("a"), Some("ŵ +"));
    }

    #[test]
    fn sec_r49_fields_and_values_have_limits() {
        let many = |count: usize| vec!["a=1"; count].join("&");
        assert!(form(&many(100)).is_ok());
        assert_eq!(form(&many(101)), Err(FormError::TooManyFields));
        for (name, limit) in [("scope", 4096), ("state", 2048), ("nonce", 2048), ("request", 32_768)] {
            assert!(form(&format!("{name}={}", "x".repeat(limit))).is_ok(), "{name}");
            let error = form(&format!("{name}={}", "x".repeat(limit + 1)));
            assert_eq!(error, Err(FormError::ValueTooLong(name.to_owned())));
        }
        assert_eq!(form(&format!("{}=1", "n".repeat(129))), Err(FormError::NameTooLong));
    }

    #[test]
    fn values_are_not_in_debug_output_and_a_secret_can_be_taken_out() {
        let mut form = form("email=a&password=hunter2").expect("a form");
        assert!(!format!("{form:?}").contains("hunter2"));
        assert_eq!(form.take_secret("password").as_ref().map(ExposeSecret::expose_secret), Some("hunter2"));
        assert_eq!(form.get("password"), None);
    }

    proptest! {
        #[test]
        fn sec_r51_any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Form::parse(&bytes);
        }

        #[test]
        fn what_a_browser_encodes_comes_back(value in "[^\0]{0,60}") {
            let encoded = serde_urlencoded::to_string([("field", &value)]).expect("encoded");
            let form = Form::parse(encoded.as_bytes()).expect("a form");
            prop_assert_eq!(form.get("field"), Some(value.as_str()));
        }
    }
}
