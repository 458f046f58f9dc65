//! A factor that asks in words of its own, and what is said where it cannot.

use idp_core::factor::FactorId;
use serde::Serialize;

use crate::page::{ClockTime, FieldError, Lang, Message, Page};

/// What the service behind a factor says, word by word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// The words.
    pub text: String,
    /// Their language, where it is not the page's.
    pub lang: Option<String>,
}

/// R9a: a question in a factor's own words. The field is `code`; there is none where the person does elsewhere what the
/// words say, and then goes on.
///
/// A factor can have a template of its own, `pages/question-{kind}.html`, which extends this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Where the form posts to.
    pub action: String,
    /// The factor: its id, `remote` for those of services elsewhere.
    kind: String,
    /// What the factor is called.
    pub name: String,
    /// The question.
    pub prompt: Prompt,
    /// Whether something is typed.
    pub typed: bool,
    /// Where “Ask again” posts to.
    pub again_action: String,
    /// For how many days this device can be remembered; 0 where it cannot. The field is `remember`.
    pub remember_days: u32,
    /// Where a backup code is typed instead.
    pub backup_href: Option<String>,
    /// Where another way is chosen.
    pub choose_href: Option<String>,
    /// Where someone goes who can use none of them.
    pub help_href: Option<String>,
    /// What the resident should know first.
    pub notices: Vec<Message>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Question {
    /// The page for a question of this factor, with nothing optional.
    #[must_use]
    pub fn new(factor: &FactorId, name: String, prompt: Prompt) -> Self {
        let kind = match factor {
            FactorId::Remote(_) => "remote".to_owned(),
            other => other.to_string(),
        };
        Self {
            action: String::new(),
            kind,
            name,
            prompt,
            typed: true,
            again_action: String::new(),
            remember_days: 0,
            backup_href: None,
            choose_href: None,
            help_href: None,
            notices: Vec::new(),
            cancel: None,
            errors: Vec::new(),
        }
    }
}

impl Page for Question {
    const TEMPLATE: &'static str = "pages/question.html";
    const SCREEN: &'static str = "R9a";

    fn own_template(&self) -> Option<String> {
        Some(format!("pages/question-{}.html", self.kind))
    }

    fn title(&self) -> Message {
        Message::new("question-title").with("name", self.name.as_str())
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let words = |text: &str| Prompt { text: text.to_owned(), lang: None };
        let plain = Self {
            action: "/mfa/question?tx=sample".to_owned(),
            again_action: "/mfa/question/again?tx=sample".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::new(
                &FactorId::Remote("smart-card".to_owned()),
                "Council card".to_owned(),
                words("Type the number in square B4 of your card."),
            )
        };
        let links = Self {
            remember_days: 30,
            backup_href: Some("/mfa/backup?tx=sample".to_owned()),
            choose_href: Some("/mfa/method?tx=sample".to_owned()),
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wait = Self {
            prompt: Prompt { text: "Cadarnhewch y cais yn yr ap.".to_owned(), lang: Some("cy".to_owned()) },
            typed: false,
            notices: vec![Message::new("question-pending").with("name", "Council card")],
            ..links.clone()
        };
        let soon = Message::new("question-too-soon").with("time", sample_time());
        let wrong = Self {
            prompt: words("<script>alert(1)</script> & “more”"),
            notices: vec![soon],
            errors: vec![FieldError::new("code", Message::new("error-question-wrong"))],
            ..links.clone()
        };
        vec![plain, links, wait, wrong]
    }
}

fn sample_time() -> ClockTime {
    let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    ClockTime::at(at(1_790_934_120), at(1_790_930_000))
}

/// Why a factor asks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Its service does not know the person.
    Unknown,
    /// Its service does not answer.
    Unanswered,
}

/// R9b: a factor that cannot be used now, and what can be done instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotAsked {
    /// Why.
    pub why: Why,
    /// What the factor is called.
    pub name: String,
    /// Where it is tried again.
    pub again_href: Option<String>,
    /// Where another way is chosen, if there is one.
    pub other_href: Option<String>,
    /// Where someone goes who has no other way, if something may be left there.
    pub help_href: Option<String>,
    /// Whom to ask for help, in words, where there is no other way.
    pub contact: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Page for NotAsked {
    const TEMPLATE: &'static str = "pages/not-asked.html";
    const SCREEN: &'static str = "R9b";

    fn title(&self) -> Message {
        let key = match self.why {
            Why::Unknown => "not-asked-title-unknown",
            Why::Unanswered => "not-asked-title-unanswered",
        };
        Message::new(key).with("name", self.name.as_str())
    }

    fn samples() -> Vec<Self> {
        let unknown = Self {
            why: Why::Unknown,
            name: "Council card".to_owned(),
            again_href: None,
            other_href: Some("/mfa/method?tx=sample".to_owned()),
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            contact: None,
            cancel: Some("/cancel?tx=sample".to_owned()),
        };
        let unanswered =
            Self { why: Why::Unanswered, again_href: Some("/mfa/question?tx=sample".to_owned()), ..unknown.clone() };
        let contact = Some("01632 960000".to_owned());
        let alone = Self { other_href: None, help_href: None, contact, ..unanswered.clone() };
        let unasked = Self { help_href: None, other_href: None, ..unanswered.clone() };
        vec![Self { other_href: None, ..unknown.clone() }, unknown, unanswered, alone, unasked]
    }
}

/// The words of a question in the language of the page, or in the one they exist in.
#[must_use]
pub fn prompt_in<'a>(lang: Lang, words: impl IntoIterator<Item = (&'a String, &'a String)>) -> Prompt {
    let mut first = None;
    for (tag, text) in words {
        if tag == lang.code() {
            return Prompt { text: text.clone(), lang: None };
        }
        first.get_or_insert_with(|| Prompt { text: text.clone(), lang: Some(tag.clone()) });
    }
    first.unwrap_or_default()
}
