//! What single screens must have beyond the rules for all of them: their buttons and ways on.

use scraper::{Html, Selector};

use super::gallery::gallery;

/// Whether every English sample of a screen has something for each selector; at least one sample is looked at.
fn every_sample_has(screen: &str, selectors: &[&str]) {
    let shown = gallery("default");
    let samples = shown.iter().filter(|s| s.screen == screen).collect::<Vec<_>>();
    assert!(!samples.is_empty(), "{screen}");
    for sample in samples {
        let page = Html::parse_document(&sample.html);
        for selector in selectors {
            let parsed = Selector::parse(selector).unwrap();
            assert!(page.select(&parsed).next().is_some(), "{}: {selector}", sample.name);
        }
    }
}

#[test]
fn scr_r2_an_account_is_chosen_by_radio_and_another_is_a_link() {
    every_sample_has("R2", &["input[type=radio][name=account]", "button#continue", "main a[href^='/sign-in?']"]);
}

#[test]
fn scr_r4_confirming_it_is_you_lets_somebody_else_sign_in() {
    every_sample_has("R4", &["main form", "main a[href]"]);
}

#[test]
fn scr_r9_the_codes_of_an_app_are_digits_from_the_one_time_code_autofill() {
    let selectors =
        ["input#code[name=code][type=text][autocomplete=one-time-code]", "label[for=code]", "button#continue"];
    every_sample_has("R6-R9", &selectors);
}

#[test]
fn scr_r13_another_code_is_asked_for_by_a_form_and_not_by_coming_here() {
    every_sample_has("R13", &["form[method=post][action]"]);
}

#[test]
fn scr_r15_every_second_step_has_its_radio() {
    let shown = gallery("default");
    let radio = Selector::parse("input[type=radio][name=method][value=totp]").unwrap();
    let pages = shown.iter().filter(|s| s.screen == "R15").map(|s| Html::parse_document(&s.html)).collect::<Vec<_>>();
    assert!(pages.iter().any(|page| page.select(&radio).next().is_some()));
}

#[test]
fn scr_r23_the_end_of_a_set_up_leads_on() {
    every_sample_has("R23", &["form[method=post] button#continue"]);
}

#[test]
fn scr_r46_signing_out_is_a_form_and_staying_a_link() {
    let shown = gallery("default");
    let button = Selector::parse("form[method=post] button#sign-out").unwrap();
    let pages = shown.iter().filter(|s| s.screen == "R46").map(|s| Html::parse_document(&s.html)).collect::<Vec<_>>();
    assert!(pages.iter().any(|page| page.select(&button).next().is_some()));
}

#[test]
fn scr_r48_the_reference_is_shown_and_the_details_wait_for_the_developer() {
    every_sample_has("R48", &["details", "main"]);
    for sample in gallery("default").iter().filter(|s| s.screen == "R48") {
        assert!(sample.html.contains("0197f2a4-6d3c-7c11-9b6e-5d1f0c8a7e42"), "{}", sample.name);
    }
}

#[test]
fn scr_r54_the_cookies_page_is_a_table_with_headings() {
    let shown = gallery("default");
    let table = Selector::parse("table caption, table th[scope=col]").unwrap();
    let pages = shown.iter().filter(|s| s.screen == "R54").map(|s| Html::parse_document(&s.html)).collect::<Vec<_>>();
    assert!(pages.iter().any(|page| page.select(&table).count() >= 4));
}
