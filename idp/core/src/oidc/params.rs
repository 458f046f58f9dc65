//! Request parameters as they came: in order, with duplicates, an empty value being no value (RFC 6749, 3.1).

/// The parameters of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// The first name that came more than once, if any (RFC 6749, 3.1: parameters must not be repeated).
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        self.pairs
            .iter()
            .enumerate()
            .find(|(i, (name, _))| self.pairs.iter().take(*i).any(|(other, _)| other == name))
            .map(|(_, (name, _))| name.as_str())
    }

    /// The value of `name`, if it came and is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Whether `name` came at all, even empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }

    /// All pairs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_no_value_and_a_repeated_name_is_found() {
        let params = Params::from_iter([("a", ""), ("b", "1"), ("b", "2")]);
        assert_eq!(params.get("a"), None);
        assert!(params.has("a"));
        assert_eq!(params.get("b"), Some("1"));
        assert_eq!(params.repeated(), Some("b"));
        assert_eq!(Params::from_iter([("a", "1"), ("b", "1")]).repeated(), None);
    }
}
