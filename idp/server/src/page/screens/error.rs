//! The error pages: R48, R49, R50.

use serde::Serialize;

use crate::page::{ClockTime, Message, Page};

/// R48: the client's request is wrong, and it is not safe to go back to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RequestProblem {
    /// The OAuth error code, for the developer.
    pub code: String,
    /// What is wrong, for the developer, in English.
    pub detail: String,
    /// The own page of the client that it is from, where that is known.
    pub home_href: Option<String>,
}

impl Page for RequestProblem {
    const TEMPLATE: &'static str = "pages/request-problem.html";
    const SCREEN: &'static str = "R48";

    fn title(&self) -> Message {
        Message::new("request-problem-title")
    }

    fn samples() -> Vec<Self> {
        let bare = Self { code: "invalid_request".to_owned(), ..Self::default() };
        let known = Self {
            detail: "redirect_uri is not registered".to_owned(),
            home_href: Some("/back".to_owned()),
            ..bare.clone()
        };
        vec![known, bare]
    }
}

/// Which of the common problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// 404.
    NotFound,
    /// 403.
    Forbidden,
    /// 405.
    Method,
    /// 413.
    TooLarge,
    /// 400 and 422 where no page can say what to correct.
    Unreadable,
    /// 429.
    TooMany,
}

impl Problem {
    const ALL: [Self; 6] =
        [Self::NotFound, Self::Forbidden, Self::Method, Self::TooLarge, Self::Unreadable, Self::TooMany];

    const fn key(self) -> &'static str {
        match self {
            Self::NotFound => "problem-not-found-title",
            Self::Forbidden => "problem-forbidden-title",
            Self::Method => "problem-method-title",
            Self::TooLarge => "problem-too-large-title",
            Self::Unreadable => "problem-unreadable-title",
            Self::TooMany => "problem-too-many-title",
        }
    }
}

/// R49: the page is not there, or not like this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HttpProblem {
    /// Which.
    pub problem: Problem,
    /// When to try again, for [`Problem::TooMany`].
    pub again_at: Option<ClockTime>,
    /// Where that is done, if the page can be asked for again.
    pub again_href: Option<String>,
}

impl HttpProblem {
    /// The page for this problem.
    #[must_use]
    pub const fn new(problem: Problem) -> Self {
        Self { problem, again_at: None, again_href: None }
    }
}

impl Page for HttpProblem {
    const TEMPLATE: &'static str = "pages/problem.html";
    const SCREEN: &'static str = "R49";

    fn title(&self) -> Message {
        Message::new(self.problem.key())
    }

    fn samples() -> Vec<Self> {
        let mut samples: Vec<Self> = Problem::ALL.into_iter().map(Self::new).collect();
        let at = chrono::DateTime::from_timestamp(1_790_934_120, 0).unwrap_or_default();
        let wait = Self { again_at: Some(ClockTime::at(at, at)), ..Self::new(Problem::TooMany) };
        samples.push(Self { again_href: Some("/account/sessions".to_owned()), ..wait.clone() });
        samples.push(wait);
        samples
    }
}

/// R49, 500 and 503. They are rendered once at start: use [`crate::page::Pages::fixed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unavailable {
    kind: &'static str,
}

impl Unavailable {
    /// 500.
    #[must_use]
    pub const fn broken() -> Self {
        Self { kind: "broken" }
    }

    /// 503.
    #[must_use]
    pub const fn down() -> Self {
        Self { kind: "down" }
    }
}

impl Page for Unavailable {
    const TEMPLATE: &'static str = "pages/unavailable.html";
    const SCREEN: &'static str = "R49b";

    fn title(&self) -> Message {
        Message::new(format!("unavailable-{}-title", self.kind))
    }

    fn samples() -> Vec<Self> {
        vec![Self::broken(), Self::down()]
    }
}

/// R50: the browser sent no cookie back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TurnOnCookies {
    /// Where to try again.
    pub again_href: Option<String>,
}

impl Page for TurnOnCookies {
    const TEMPLATE: &'static str = "pages/turn-on-cookies.html";
    const SCREEN: &'static str = "R50";

    fn title(&self) -> Message {
        Message::new("turn-on-cookies-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self::default(), Self { again_href: Some("/back".to_owned()) }]
    }
}
