//! The stand-ins' two pages: one to choose on, one that says something. Values are escaped by the template engine.

use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use tera::{Context, Tera};

use crate::net::headers::FormAction;

const TEMPLATES: [(&str, &str); 2] =
    [("choose.html", include_str!("templates/choose.html")), ("said.html", include_str!("templates/said.html"))];

/// Where forms may lead in the end: whoever uses the stand-ins is on this machine too.
const TARGETS: &str = "'self' http://localhost:* http://127.0.0.1:*";

/// The pages.
#[derive(Debug)]
pub(super) struct Pages(Tera);

/// A field to fill in.
#[derive(Serialize)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// A form with one button.
#[derive(Serialize)]
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) fields: Vec<Field>,
}

/// Forms that belong together.
#[derive(Serialize)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) choices: Vec<Choice>,
}

/// A page to choose on.
pub(super) struct Chooser<'a> {
    pub(super) title: &'a str,
    pub(super) about: &'a str,
    /// Where its forms go.
    pub(super) action: &'a str,
    /// What they carry unchanged.
    pub(super) request: &'a str,
    pub(super) hints: Vec<String>,
    pub(super) groups: Vec<Group>,
}

impl Choice {
    /// A button.
    pub(super) fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), text: text.into(), fields: Vec::new() }
    }
}

impl Pages {
    pub(super) fn new() -> Result<Self, tera::Error> {
        let mut tera = Tera::default();
        tera.add_raw_templates(TEMPLATES)?;
        Ok(Self(tera))
    }

    pub(super) fn choose(&self, chooser: &Chooser<'_>) -> Response {
        let mut context = Context::new();
        context.insert("title", chooser.title);
        context.insert("about", chooser.about);
        context.insert("action", chooser.action);
        context.insert("request", chooser.request);
        context.insert("hints", &chooser.hints);
        context.insert("groups", &chooser.groups);
        self.render(StatusCode::OK, "choose.html", &context)
    }

    pub(super) fn say(&self, status: StatusCode, title: &str, said: &str) -> Response {
        let mut context = Context::new();
        context.insert("title", title);
        context.insert("said", said);
        self.render(status, "said.html", &context)
    }

    fn render(&self, status: StatusCode, template: &str, context: &Context) -> Response {
        match self.0.render(template, context) {
            Ok(html) => {
                let mut response = (status, Html(html)).into_response();
                response.extensions_mut().insert(FormAction(TARGETS.to_owned()));
                response
            }
            Err(error) => {
                tracing::error!(%error, "a stand-in cannot show a page");
                (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown\n").into_response()
            }
        }
    }
}
