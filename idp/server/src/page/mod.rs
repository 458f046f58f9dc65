//! Everything residents see: templates, typed page contexts, themes, texts in two languages, styles and scripts.
//!
//! Nothing here reads a request, a database or the clock. A handler fills a [`Frame`] and one of the [`screens`] and
//! gives both to [`Pages::render`].
//!
//! A new screen is: a struct that implements [`Page`] in a file under `screens/`, with samples; a template under
//! `themes/default/pages/`; its texts in both `themes/default/locales/{en,cy}/`; and one line in
//! [`screens::every_screen`], which makes the tests and the check of custom themes see it.

pub mod assets;
pub mod engine;
pub mod frame;
pub mod gallery;
pub mod lang;
pub mod message;
pub mod qr;
pub mod screens;
mod texts;
mod theme;

#[cfg(test)]
mod tests;

pub use engine::{PageError, Pages, StaticPage};
pub use frame::{ClientFace, Frame};
pub use lang::{ClockTime, Lang};
pub use message::{Arg, FieldError, Message};

/// One screen: what its template needs, and what every screen has.
pub trait Page: serde::Serialize {
    /// The template's name below a theme's directory.
    const TEMPLATE: &'static str;
    /// The screen's number in the catalogue of screens, for example `R5`.
    const SCREEN: &'static str;

    /// A template to show it with instead, where the theme has it.
    fn own_template(&self) -> Option<String> {
        None
    }

    /// The words of the `h1` and of the browser's title.
    fn title(&self) -> Message;

    /// What was wrong with the fields, in their order on the page. Empty on a first visit.
    fn errors(&self) -> &[FieldError] {
        &[]
    }

    /// Contexts that together show everything the template can show. Tests, the gallery and the check of custom
    /// themes render them all.
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}
