//! Custom themes.

use std::fs;
use std::path::Path;

use crate::page::screens::error::{HttpProblem, Problem};
use crate::page::screens::sample_frame;
use crate::page::screens::session::SignedOut;
use crate::page::{Frame, Lang, Page as _, Pages, StaticPage};

fn put(dir: &Path, path: &str, content: &str) {
    let file = dir.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

fn acme() -> Frame {
    Frame { theme: "acme".to_owned(), ..sample_frame(Lang::En) }
}

#[test]
fn scr_a_theme_changes_a_template_a_text_and_a_colour_and_inherits_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "acme/locales/en/own.ftl", "signed-out-text = All done at { $council }.\n");
    put(dir.path(), "acme/theme.css", ":root{--idp-brand:#502040}");
    put(
        dir.path(),
        "acme/components/paragraph.html",
        "{% component paragraph(text: string) %}<p class=\"govuk-body acme\">{{ text }}</p>{% endcomponent paragraph %}",
    );
    let pages = Pages::load(Some(dir.path())).unwrap();
    assert!(pages.has_theme("acme") && pages.has_theme("default") && !pages.has_theme("other"));

    let html = pages.render(&acme(), &SignedOut::default()).unwrap();
    assert!(html.contains("<p class=\"govuk-body acme\">All done at Anytown Council.</p>"), "{html}");
    let start = html.find("/static/").unwrap();
    let sheet = html[start..].split('"').find(|part| part.ends_with("theme.css")).unwrap();
    assert_eq!(pages.asset(sheet).unwrap().identity.as_ref(), b":root{--idp-brand:#502040}");

    let welsh = Frame { lang: Lang::Cy, ..acme() };
    assert!(pages.render(&welsh, &SignedOut::default()).unwrap().contains("Rydych wedi allgofnodi o"));
    assert!(!pages.render(&sample_frame(Lang::En), &SignedOut::default()).unwrap().contains("acme"));
}

#[test]
fn scr_a_theme_that_cannot_show_a_screen_is_refused_with_the_screens_number() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "acme/pages/signed-out.html", "<h1>{{ page.not_there }}</h1>");
    let error = Pages::load(Some(dir.path())).err().unwrap().to_string();
    assert!(error.contains("acme") && error.contains(SignedOut::SCREEN), "{error}");
}

#[test]
fn scr_a_themes_page_that_fails_at_run_time_is_replaced_by_the_default_themes() {
    let dir = tempfile::tempdir().unwrap();
    // Every sample has a name for the client; only a page without one fails.
    let template = "{% extends \"layout.html\" %}{% block content %}{{ client.name }}{% endblock content %}";
    put(dir.path(), "acme/pages/problem.html", template);
    let pages = Pages::load(Some(dir.path())).unwrap();
    let page = HttpProblem::new(Problem::NotFound);
    assert!(!pages.render(&acme(), &page).unwrap().contains("If you typed the web address"));
    let nobody = Frame { client: None, ..acme() };
    assert!(pages.render(&nobody, &page).unwrap().contains("If you typed the web address"));
}

#[test]
fn scr_r49_the_fixed_pages_need_no_engine_and_escape_what_they_show() {
    let pages = Pages::load(None).unwrap();
    let html = pages.fixed(StaticPage::Broken, Lang::Cy, "A & B", "ref<1>");
    assert!(html.contains("<title>Mae problem gyda’r gwasanaeth - A &amp; B</title>"), "{html}");
    assert!(html.contains("ref&lt;1&gt;") && !html.contains("{reference-number}") && !html.contains("{council-name}"));
    let html = pages.fixed(StaticPage::Unavailable, Lang::En, "Anytown", "r");
    assert!(html.contains("<h1 class=\"govuk-heading-l\">The service is unavailable</h1>"));
}
