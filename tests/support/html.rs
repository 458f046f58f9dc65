//! Pages as a browser without scripts sees them: forms with their fields and buttons, links, headings.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::http::Response;

/// A page taken apart; it keeps no reference into the parsed tree, so that it may cross an await.
#[derive(Debug, Clone)]
pub struct Page {
    pub response: Response,
    pub title: String,
    /// Text of every `h1`.
    pub headings: Vec<String>,
    pub language: String,
    pub forms: Vec<Form>,
    pub links: Vec<Link>,
    /// All text of the body, white space folded.
    pub text: String,
    ids: Vec<String>,
}

/// A form and what it would send.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: Url,
    pub post: bool,
    pub fields: Vec<Field>,
    pub buttons: Vec<Button>,
}

/// An input, select or textarea.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub kind: String,
    pub value: String,
    pub checked: bool,
    pub autocomplete: String,
}

/// A submit button.
#[derive(Debug, Clone)]
pub struct Button {
    pub id: String,
    pub name: String,
    pub value: String,
    pub action: Option<Url>,
}

/// An anchor.
#[derive(Debug, Clone)]
pub struct Link {
    pub id: String,
    pub href: String,
}

impl Page {
    pub fn parse(response: Response) -> Self {
        let html = Html::parse_document(&response.text());
        let all = |css: &str| -> Vec<ElementRef<'_>> { html.select(&selector(css)).collect() };
        let language = all("html").first().map(|e| attribute(*e, "lang")).unwrap_or_default();
        let title = all("title").first().map(|e| text(*e)).unwrap_or_default();
        let links =
            all("a[href]").into_iter().map(|e| Link { id: attribute(e, "id"), href: attribute(e, "href") }).collect();
        Self {
            title,
            language,
            headings: all("h1").into_iter().map(text).collect(),
            forms: all("form").into_iter().map(|form| parse_form(&html, form, &response.url)).collect(),
            links,
            text: all("body").first().map(|e| text(*e)).unwrap_or_default(),
            ids: all("[id]").into_iter().map(|e| attribute(e, "id")).collect(),
            response,
        }
    }

    pub fn status(&self) -> u16 {
        self.response.status.as_u16()
    }

    pub fn url(&self) -> &Url {
        &self.response.url
    }

    pub fn path(&self) -> &str {
        self.response.url.path()
    }

    /// The first form with a field of this name.
    pub fn form_with(&self, field: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.field(field).is_some())
    }

    /// The form of the button with this id.
    pub fn form_of_button(&self, id: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.button(id).is_some())
    }

    pub fn has_field(&self, name: &str) -> bool {
        self.form_with(name).is_some()
    }

    pub fn has_button(&self, id: &str) -> bool {
        self.form_of_button(id).is_some()
    }

    /// The values that a group of radios offers, in order.
    pub fn choices(&self, name: &str) -> Vec<&str> {
        let fields = self.forms.iter().flat_map(|form| &form.fields);
        fields.filter(|f| f.name == name && f.kind == "radio").map(|f| f.value.as_str()).collect()
    }

    /// The rules that hold for each page (screens.md, contract for every screen).
    #[track_caller]
    pub fn assert_contract(&self) {
        let place = format!("{} {}", self.path(), self.title);
        assert_eq!(self.headings.len(), 1, "exactly one h1 on {place}: {:?}", self.headings);
        assert!(self.title.contains(&self.headings[0]), "the title has the heading's words on {place}");
        assert!(matches!(&*self.language, "en" | "cy"), "a language on {place}: {:?}", self.language);
        let mut ids = self.ids.clone();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "unique ids on {place}");
        let html = self.response.text();
        for forbidden in [" style=", "<script>", "javascript:", " autofocus", " placeholder="] {
            assert!(!html.contains(forbidden), "{forbidden} on {place}");
        }
        for header in ["content-security-policy", "referrer-policy", "x-content-type-options"] {
            assert!(!self.response.header(header).is_empty(), "{header} on {place}");
        }
        assert!(self.response.header("cache-control").contains("no-store"), "no-store on {place}");
    }
}

impl Form {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn button(&self, id: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.id == id)
    }

    /// What a browser sends when nothing is changed: everything with a name except unticked boxes.
    pub fn defaults(&self) -> Vec<(String, String)> {
        let sent = self.fields.iter().filter(|f| !matches!(&*f.kind, "radio" | "checkbox") || f.checked);
        sent.map(|field| (field.name.clone(), field.value.clone())).collect()
    }
}

fn parse_form(html: &Html, form: ElementRef<'_>, base: &Url) -> Form {
    let id = attribute(form, "id");
    let belongs = |e: &ElementRef<'_>| !id.is_empty() && attribute(*e, "form") == id;
    let pick = |css: &str| -> Vec<ElementRef<'_>> {
        let (inner, css) = (selector(css), selector(css));
        let inside = form.select(&inner).filter(|e| e.attr("form").is_none() || belongs(e));
        let mut found: Vec<ElementRef<'_>> = inside.collect();
        let outside: Vec<_> = html.select(&css).filter(|e| belongs(e) && !found.contains(e)).collect();
        found.extend(outside);
        found
    };
    let fields = pick("input[name], textarea[name], select[name]")
        .into_iter()
        .filter(|e| !matches!(e.attr("type"), Some("submit" | "button")) && e.attr("disabled").is_none())
        .map(|e| Field {
            name: attribute(e, "name"),
            kind: e.attr("type").unwrap_or(e.value().name()).to_ascii_lowercase(),
            value: e.attr("value").map_or_else(|| default_value(e), str::to_owned),
            checked: e.attr("checked").is_some(),
            autocomplete: attribute(e, "autocomplete"),
        })
        .collect();
    let buttons = pick("button, input[type=submit]")
        .into_iter()
        .filter(|e| e.attr("type") != Some("button"))
        .map(|e| Button {
            id: attribute(e, "id"),
            name: attribute(e, "name"),
            value: attribute(e, "value"),
            action: e.attr("formaction").and_then(|to| base.join(to).ok()),
        })
        .collect();
    let action = form.attr("action").unwrap_or_default();
    Form {
        action: if action.is_empty() { base.clone() } else { base.join(action).expect("an action is an address") },
        post: form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
        fields,
        buttons,
    }
}

/// The value of a field without a `value` attribute: "on" for boxes, the text otherwise.
fn default_value(e: ElementRef<'_>) -> String {
    match e.attr("type") {
        Some("checkbox" | "radio") => "on".to_owned(),
        _ => e.text().collect(),
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|e| panic!("{css}: {e}"))
}

fn attribute(e: ElementRef<'_>, name: &str) -> String {
    e.attr(name).unwrap_or_default().to_owned()
}

fn text(e: ElementRef<'_>) -> String {
    let all: String = e.text().collect::<Vec<_>>().join(" ");
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}
