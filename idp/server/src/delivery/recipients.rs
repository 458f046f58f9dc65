//! The allow-list: while an installation is tried out, only those on it get messages.

/// Whom messages may go to; everybody, if it is empty.
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    entries: Vec<String>,
}

impl AllowList {
    /// Addresses, `@domains` and numbers in E.164.
    pub fn new(entries: &[String]) -> Self {
        Self { entries: entries.iter().map(|entry| entry.trim().to_lowercase()).collect() }
    }

    /// Whether a message may go to this address or number.
    pub fn allows(&self, to: &str) -> bool {
        let to = to.to_lowercase();
        let covers = |entry: &String| {
            to == *entry || to.rsplit_once('@').is_some_and(|(_, domain)| entry.strip_prefix('@') == Some(domain))
        };
        self.entries.is_empty() || self.entries.iter().any(covers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_s4_15_an_allow_list_names_addresses_domains_and_numbers() {
        let list = ["Mary@Example.org", "@test.example", "+447700900123"].map(str::to_owned);
        let list = AllowList::new(&list);
        for allowed in ["mary@example.org", "a@test.example", "A@TEST.example", "+447700900123"] {
            assert!(list.allows(allowed), "{allowed}");
        }
        for refused in ["eve@example.org", "a@sub.test.example", "a@evil-test.example", "+447700900124", "", "@test"] {
            assert!(!list.allows(refused), "{refused}");
        }
        assert!(AllowList::default().allows("anybody@example.org"));
    }
}
