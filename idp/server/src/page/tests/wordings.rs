//! The screen and button names that the source systems document.

use super::gallery::gallery;

fn page(wording: &str, name: &str) -> String {
    let shown = gallery(wording);
    shown.into_iter().find(|s| s.name == name).unwrap_or_else(|| panic!("no {name}")).html
}

fn has_all(html: &str, texts: &[&str]) {
    for text in texts {
        assert!(html.contains(text), "“{text}” is not in {html}");
    }
}

#[test]
fn req_s1_8_the_chooser_is_called_choose_verification_method() {
    let html = page("always-on", "R5-1-en");
    has_all(&html, &["<title>Choose Verification Method - ", "Send to Email", "Send to SMS"]);
}

#[test]
fn req_s3_4_the_authenticator_is_set_up_by_configure_next_verify_and_enable_mfa() {
    has_all(&page("authenticator", "R15-2-en"), &["Enable MFA for your account", "Configure\n"]);
    has_all(&page("authenticator", "R18-4-en"), &["Next\n"]);
    has_all(&page("authenticator", "R18-5-en"), &["Verify\n"]);
    has_all(&page("authenticator", "R23-1-en"), &["Enable MFA\n"]);
}

#[test]
fn req_s4_7_the_number_is_asked_for_on_update_phone_number() {
    has_all(&page("sms-first", "R16-1-en"), &["Update Phone Number</h1>", "+447546", "Send Verification Code\n"]);
}

#[test]
fn req_s4_8_the_code_is_verified_with_verify_code_and_asked_for_with_send_verification_code() {
    has_all(&page("sms-first", "R6-R9-2-en"), &["Verify Code\n", "6 digit code"]);
    has_all(&page("sms-first", "R13-1-en"), &["Send Verification Code\n"]);
}

#[test]
fn req_s4_11_the_code_page_offers_to_send_the_code_to_email() {
    has_all(&page("sms-first", "R6-R9-2-en"), &["Send code to email\n"]);
}

#[test]
fn req_s2_12_staff_see_how_the_microsoft_app_scans() {
    has_all(&page("staff-app", "R18-1-en"), &["choose “Work or school account”, then the camera"]);
}

#[test]
fn scr_the_usual_words_stay_where_a_wording_says_nothing() {
    has_all(&page("always-on", "R1-1-en"), &["Sign in to Report a missed bin"]);
    has_all(&page("default", "R5-1-en"), &["How do you want to get a security code?", "number ending 900"]);
}
