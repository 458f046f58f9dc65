//! The rules that hold for every screen, whatever it shows.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Selector};

use super::gallery::{Shown, gallery};
use crate::page::{Lang, theme};

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn each(check: impl Fn(&Shown, &Html)) {
    for shown in gallery("default") {
        check(&shown, &Html::parse_document(&shown.html));
    }
}

#[test]
fn scr_the_title_is_the_heading_then_the_service_then_the_council_after_error_where_there_is_one() {
    each(|shown, page| {
        let headings = select(page, "h1");
        assert_eq!(headings.len(), 1, "{}", shown.name);
        let mut title = format!("{} - Report a missed bin - Anytown Council", words(headings[0]));
        if shown.errors > 0 {
            title = format!("{}: {title}", if shown.lang == Lang::Cy { "Gwall" } else { "Error" });
        }
        assert_eq!(words(select(page, "title")[0]), title, "{}", shown.name);
    });
}

#[test]
fn scr_no_two_screens_share_a_title() {
    let mut seen = std::collections::BTreeMap::new();
    for shown in gallery("default").iter().filter(|s| s.lang == Lang::En) {
        let before = seen.insert(format!("{:?}", shown.title), shown.screen);
        assert!(before.is_none_or(|screen| screen == shown.screen), "{} and {before:?}", shown.name);
    }
}

#[test]
fn scr_the_body_starts_with_the_skip_link_and_ends_with_the_footer_links_in_the_same_order() {
    each(|shown, page| {
        assert_eq!(select(page, "html")[0].attr("lang"), Some(shown.lang.code()));
        let body = select(page, "body")[0];
        let parts: Vec<_> = body.child_elements().map(|e| e.value().name()).collect();
        assert_eq!(parts, ["script", "a", "header", "div", "footer", "script"], "{}", shown.name);
        assert_eq!(select(page, "a.govuk-skip-link")[0].attr("href"), Some("#main-content"));
        let footer: Vec<_> = select(page, "footer a").iter().map(|a| a.attr("href").unwrap()).collect();
        assert_eq!(footer, ["/accessibility", "/cookies", "/privacy", "/help"], "{}", shown.name);
        let other = if shown.lang == Lang::En { "cy" } else { "en" };
        let links = select(page, "nav a[rel=alternate]");
        assert_eq!(links.len(), 1);
        assert_eq!((links[0].attr("lang"), links[0].attr("hreflang")), (Some(other), Some(other)));
    });
}

#[test]
fn scr_the_error_summary_comes_first_and_each_link_leads_to_a_field_that_says_the_same() {
    each(|shown, page| {
        let links = select(page, ".govuk-error-summary a");
        assert_eq!(links.len(), shown.errors, "{}", shown.name);
        if shown.errors > 0 {
            let first = select(page, ".govuk-grid-column-two-thirds")[0].child_elements().next().unwrap();
            assert_eq!(first.attr("class"), Some("govuk-error-summary"), "{}", shown.name);
        }
        for link in links {
            let target = link.attr("href").unwrap();
            let field = select(page, target);
            assert_eq!(field.len(), 1, "{} has no {target}", shown.name);
            let message = words(select(page, &format!("{target}-error"))[0]);
            assert!(message.ends_with(&words(link)), "{}: {message}", shown.name);
        }
    });
}

#[test]
fn scr_every_field_has_a_label_and_every_id_is_there_once() {
    each(|shown, page| {
        let mut ids = BTreeSet::new();
        for element in select(page, "[id]") {
            assert!(ids.insert(element.attr("id").unwrap()), "{}: {:?}", shown.name, element.attr("id"));
        }
        for field in select(page, "input:not([type=hidden]):not([hidden]), select, textarea") {
            let id = field.attr("id").unwrap_or_else(|| panic!("{}: a field without id", shown.name));
            let label = select(page, &format!("label[for={id}]"));
            assert_eq!(label.len(), 1, "{}: {id}", shown.name);
            assert!(!words(label[0]).is_empty());
        }
        for element in select(page, "[aria-describedby], [aria-labelledby], [aria-controls]") {
            for name in ["aria-describedby", "aria-labelledby", "aria-controls"] {
                for id in element.attr(name).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{}: {name}={id}", shown.name);
                }
            }
        }
    });
}

#[test]
fn scr_forms_leave_all_checking_to_the_server_and_carry_the_token() {
    each(|shown, page| {
        for form in select(page, "form") {
            assert_eq!(form.attr("method"), Some("post"), "{}", shown.name);
            assert!(form.attr("novalidate").is_some(), "{}", shown.name);
            assert!(form.attr("action").is_some_and(|a| !a.is_empty()), "{}", shown.name);
            let token = form.select(&Selector::parse("input[type=hidden][name=csrf]").unwrap()).count();
            // The answer to the client leaves for another origin, which must not learn our token.
            assert_eq!(token, usize::from(shown.screen != "R51"), "{}", shown.name);
            let submits = form.select(&Selector::parse("button[type=submit]").unwrap()).count();
            assert_eq!(submits, 1, "{}", shown.name);
        }
        for banned in ["required", "maxlength", "pattern", "placeholder", "autofocus", "onpaste", "disabled"] {
            assert!(select(page, &format!("[{banned}]")).is_empty(), "{}: {banned}", shown.name);
        }
    });
}

#[test]
fn scr_buttons_keep_their_ids_and_the_way_out_comes_last() {
    let stable = [
        "sign-in",
        "continue",
        "resend",
        "allow",
        "cancel",
        "sign-out",
        "skip",
        "save",
        "call",
        "email-fallback",
        "generate-codes",
        "download",
        "provider-google",
        "provider-facebook",
        "use-passkey",
        "do-not-link",
        "disown",
    ];
    each(|shown, page| {
        for button in select(page, "button[type=submit]") {
            assert_eq!(button.attr("data-prevent-double-click"), Some("true"), "{}", shown.name);
            assert!(stable.contains(&button.attr("id").unwrap_or_default()), "{}", shown.name);
        }
        let buttons: Vec<_> = select(page, "button[type=submit]").iter().filter_map(|b| b.attr("id")).collect();
        if let Some(at) = buttons.iter().position(|id| *id == "cancel") {
            assert_eq!(at, buttons.len() - 1, "{}", shown.name);
        }
    });
}

#[test]
fn scr_pages_need_no_inline_script_or_style_and_ask_nobody_else() {
    each(|shown, page| {
        assert!(select(page, "style, [style], base, object, embed").is_empty(), "{}", shown.name);
        for script in select(page, "script") {
            assert!(script.attr("src").is_some_and(|src| src.starts_with("/static/")), "{}", shown.name);
            assert_eq!(words(script), "");
        }
        for element in select(page, "*") {
            for (name, value) in element.value().attrs() {
                assert!(!name.starts_with("on"), "{}: {name}", shown.name);
                if ["src", "href", "action", "srcset", "poster"].contains(&name) {
                    let own = value.starts_with('/') && !value.starts_with("//");
                    let allowed = own || value.starts_with('#') || value.starts_with("otpauth://") || value == "data:,";
                    assert!(allowed, "{}: {name}={value}", shown.name);
                }
            }
        }
        assert!(!shown.html.contains("GOV.UK"), "{}", shown.name);
    });
}

#[test]
fn scr_hints_hold_no_links_and_the_svg_has_a_name() {
    each(|shown, page| {
        assert!(select(page, ".govuk-hint a").is_empty(), "{}", shown.name);
        for svg in select(page, "svg") {
            assert_eq!(svg.attr("role"), Some("img"), "{}", shown.name);
            assert!(svg.attr("aria-label").is_some_and(|l| !l.is_empty()), "{}", shown.name);
        }
    });
}

#[test]
fn scr_templates_never_switch_escaping_off() {
    for (path, content) in theme::default_files().filter(|(path, _)| !path.starts_with("locales/")) {
        for banned in ["| safe", "|safe", "filter safe", "<style", " style="] {
            assert!(!content.contains(banned), "{path}: {banned}");
        }
    }
}

#[test]
fn scr_r51_values_from_outside_are_escaped() {
    let shown = gallery("default");
    let page = shown.iter().find(|s| s.screen == "R51").unwrap();
    assert!(!page.html.contains("a\"b<c"));
    let page = Html::parse_document(&page.html);
    assert_eq!(select(&page, "input[name=state]")[0].attr("value"), Some("a\"b<c"));
}
