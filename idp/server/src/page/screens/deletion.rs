//! What became of a request to delete data that a provider passed on.

use serde::Serialize;

use crate::page::{Message, Page};

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The account was closed and its data deleted.
    #[default]
    Erased,
    /// The link to the provider and what came from it was deleted; the account has other ways in.
    Unlinked,
    /// There was nothing to delete.
    Nothing,
    /// There is no such request.
    Unknown,
}

impl Outcome {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::Unlinked => "unlinked",
            Self::Nothing => "nothing",
            Self::Unknown => "unknown",
        }
    }

    /// From how it is stored.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Erased, Self::Unlinked, Self::Nothing].into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// The status of such a request, for whoever has its code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// What was done.
    pub outcome: Outcome,
    /// Its code.
    pub code: String,
}

impl Page for Deletion {
    const TEMPLATE: &'static str = "pages/deletion.html";
    const SCREEN: &'static str = "R54";

    fn title(&self) -> Message {
        Message::new("deletion-title")
    }

    fn samples() -> Vec<Self> {
        [Outcome::Erased, Outcome::Unlinked, Outcome::Nothing, Outcome::Unknown]
            .into_iter()
            .map(|outcome| Self { outcome, code: "Zm9yIGV4YW1wbGU".to_owned() })
            .collect()
    }
}
