//! The contract of each kind of field, as data: password managers, code autofill and phone keyboards rely on it.

use scraper::{Html, Selector};

use super::gallery::gallery;

type Attributes = &'static [(&'static str, &'static str)];

const EMAIL: Attributes = &[("type", "email"), ("spellcheck", "false"), ("autocapitalize", "none")];
const PASSWORD: Attributes = &[("type", "password"), ("spellcheck", "false"), ("autocapitalize", "none")];
const CODE: Attributes = &[
    ("type", "text"),
    ("inputmode", "numeric"),
    ("autocomplete", "one-time-code"),
    ("spellcheck", "false"),
    ("class", "govuk-input govuk-input--width-5 govuk-input--extra-letter-spacing"),
];

const PHONE: Attributes = &[("type", "tel"), ("class", "govuk-input govuk-input--width-20")];
const BACKUP: Attributes = &[
    ("type", "text"),
    ("autocomplete", "off"),
    ("spellcheck", "false"),
    ("autocapitalize", "none"),
    ("class", "govuk-input govuk-input--width-10"),
];

/// Screen, sample (counted from 1), field, attributes, `autocomplete` where the kind leaves it open.
const TABLE: &[(&str, usize, &str, Attributes, &str)] = &[
    ("R1", 1, "email", EMAIL, "username webauthn"),
    ("R3", 1, "password", PASSWORD, "current-password"),
    ("R4", 1, "password", PASSWORD, "current-password"),
    ("R6-R9", 1, "code", CODE, ""),
    ("R6-R9", 2, "code", CODE, ""),
    ("R6-R9", 4, "code", CODE, ""),
    ("R6-R9", 5, "code", CODE, ""),
    ("R10", 1, "code", BACKUP, ""),
    ("R16", 1, "phone", PHONE, "tel"),
    ("R18", 1, "code", CODE, ""),
    ("R39", 1, "email", EMAIL, "email"),
    ("R40", 1, "phone", PHONE, "tel"),
    ("R41", 1, "current_password", PASSWORD, "current-password"),
    ("R41", 1, "new_password", PASSWORD, "new-password"),
    ("A0", 1, "email", EMAIL, "username"),
    ("A0", 1, "password", PASSWORD, "new-password"),
    ("A0b", 1, "code", CODE, ""),
];

fn page(screen: &str, sample: usize) -> Html {
    let name = format!("{screen}-{sample}-en");
    let shown = gallery("default");
    Html::parse_document(&shown.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("no {name}")).html)
}

fn attribute(page: &Html, selector: &str, name: &str) -> Option<String> {
    page.select(&Selector::parse(selector).unwrap()).next()?.attr(name).map(str::to_owned)
}

#[test]
fn scr_fields_have_the_attributes_of_their_kind() {
    for (screen, sample, field, attributes, autocomplete) in TABLE {
        let page = page(screen, *sample);
        let selector = format!("input#{field}[name={field}]");
        for (name, value) in *attributes {
            assert_eq!(attribute(&page, &selector, name).as_deref(), Some(*value), "{screen} {field} {name}");
        }
        if !autocomplete.is_empty() {
            let found = attribute(&page, &selector, "autocomplete");
            assert_eq!(found.as_deref(), Some(*autocomplete), "{screen} {field}");
        }
    }
}

#[test]
fn scr_r6_a_code_with_letters_has_a_letter_keyboard() {
    let page = page("R6-R9", 3);
    assert_eq!(attribute(&page, "#code", "inputmode"), None);
    assert_eq!(attribute(&page, "#code", "autocapitalize").as_deref(), Some("characters"));
    assert_eq!(attribute(&page, "#code", "autocomplete").as_deref(), Some("one-time-code"));
    let label = page.select(&Selector::parse("label[for=code]").unwrap()).next().unwrap();
    assert_eq!(label.text().collect::<String>().trim(), "6 character code");
}

#[test]
fn scr_r3_a_password_field_is_accompanied_by_the_user_name() {
    for screen in ["R3", "R4"] {
        let page = page(screen, 1);
        let selector = "form input[autocomplete=username][readonly][hidden]";
        assert_eq!(attribute(&page, selector, "value").as_deref(), Some("resident@example.org"), "{screen}");
    }
}

#[test]
fn scr_r3_the_show_button_is_hidden_until_a_script_runs() {
    let page = page("R3", 1);
    let selector = "[data-module=govuk-password-input] button[type=button][aria-controls=password]";
    assert!(attribute(&page, selector, "hidden").is_some());
    assert_eq!(attribute(&page, selector, "aria-label").as_deref(), Some("Show password"));
}

#[test]
fn scr_r5_the_methods_are_factor_ids_and_only_the_one_used_last_is_chosen() {
    let page = page("R5", 1);
    let radios = Selector::parse("input[type=radio][name=method]").unwrap();
    let found: Vec<_> = page.select(&radios).map(|r| (r.attr("value").unwrap(), r.attr("checked").is_some())).collect();
    let expected = [
        ("email", true),
        ("sms", false),
        ("voice", false),
        ("totp", false),
        ("passkey", false),
        ("backup", false),
        ("remote:smart-card", false),
    ];
    assert_eq!(found, expected);
    assert_eq!(attribute(&page, "fieldset legend h1", "class").as_deref(), Some("govuk-fieldset__heading"));
}

#[test]
fn scr_r1_each_provider_is_a_form_of_its_own() {
    let page = page("R1", 2);
    for provider in ["google", "facebook"] {
        let selector = format!("form[action*={provider}] button#provider-{provider}");
        assert!(page.select(&Selector::parse(&selector).unwrap()).next().is_some(), "{provider}");
    }
    assert!(page.select(&Selector::parse("a[href*=guest]").unwrap()).next().is_some());
}

#[test]
fn scr_r29_optional_scopes_are_ticked_boxes_and_offline_access_is_text() {
    let page = page("R29", 2);
    let boxes = Selector::parse("input[type=checkbox][name=scope]").unwrap();
    assert!(page.select(&boxes).all(|b| b.attr("checked").is_some()));
    assert_eq!(page.select(&boxes).count(), 3);
    assert!(page.select(&Selector::parse("input[value=offline_access]").unwrap()).next().is_none());
    assert!(page.select(&Selector::parse("button#allow").unwrap()).next().is_some());
}

#[test]
fn scr_r18_the_key_is_shown_and_never_posted_back() {
    let shown = gallery("default");
    for page in shown.iter().filter(|s| s.screen == "R18") {
        let html = Html::parse_document(&page.html);
        for field in html.select(&Selector::parse("input[type=hidden]").unwrap()) {
            assert_eq!(field.attr("name"), Some("csrf"), "{}", page.name);
        }
    }
    let page = page("R18", 1);
    let key = page.select(&Selector::parse("#app-key").unwrap()).next().unwrap();
    assert_eq!(key.text().collect::<String>(), "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP");
}
