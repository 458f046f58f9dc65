//! Our components give the same HTML as the design system's.

use super::fixtures::{Component, To, compare};

macro_rules! component {
    ($test:ident, $name:literal, $ours:literal, $compared:literal, [$($option:literal => $to:expr),* $(,)?],
     unsupported: [$($unsupported:literal),* $(,)?] $(, without: [$($without:literal),* $(,)?])?) => {
        #[test]
        fn $test() {
            compare(&Component {
                name: $name,
                ours: $ours,
                options: &[$(($option, $to)),*],
                unsupported: &[$($unsupported),*],
                without: &[$($($without),*)?],
                compared: $compared,
            });
        }
    };
}

component!(scr_component_button, "button", "button", 32, [
    "text" => To::Text("text"),
    "id" => To::Text("id"),
    "name" => To::Text("name"),
    "value" => To::Text("value"),
    "type" => To::Text("type"),
    "classes" => To::Text("classes"),
    "href" => To::Text("href"),
    "disabled" => To::Arg("disabled"),
    "preventDoubleClick" => To::Text("prevent_double_click"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["attributes with options", "html", "isStartButton"]);

component!(scr_component_input, "input", "input", 37, [
    "name" => To::Text("name"),
    "id" => To::Text("id"),
    "type" => To::Text("type"),
    "value" => To::Text("value"),
    "label.text" => To::Text("label"),
    "label.classes" => To::Text("label_classes"),
    "label.isPageHeading" => To::Arg("label_heading"),
    "hint.text" => To::Text("hint"),
    "errorMessage.text" => To::Text("error"),
    "classes" => To::Text("classes"),
    "describedBy" => To::Text("described_by"),
    "autocomplete" => To::Text("autocomplete"),
    "inputmode" => To::Text("inputmode"),
    "autocapitalize" => To::Text("autocapitalize"),
    "spellcheck" => To::Text("spellcheck"),
    "disabled" => To::Arg("disabled"),
    "prefix.text" => To::Text("prefix"),
    "suffix.text" => To::Text("suffix"),
    "formGroup.classes" => To::Text("group_classes"),
    "formGroup.attributes" => To::Arg("group_attributes"),
    "attributes" => To::Arg("attributes"),
], unsupported: [
    "inputWrapper.attributes", "inputWrapper.classes", "label.html", "pattern", "prefix.attributes",
    "prefix.classes", "prefix.html", "suffix.attributes", "suffix.classes", "suffix.html",
]);

component!(scr_component_password_input, "password-input", "password_input", 12, [
    "name" => To::Text("name"),
    "id" => To::Text("id"),
    "value" => To::Text("value"),
    "label.text" => To::Text("label"),
    "label.classes" => To::Text("label_classes"),
    "label.isPageHeading" => To::Arg("label_heading"),
    "hint.text" => To::Text("hint"),
    "errorMessage.text" => To::Text("error"),
    "classes" => To::Text("classes"),
    "describedBy" => To::Text("described_by"),
    "autocomplete" => To::Text("autocomplete"),
    "attributes" => To::Arg("attributes"),
    "showPasswordText" => To::Text("show"),
    "hidePasswordText" => To::Text("hide"),
    "showPasswordAriaLabelText" => To::Text("show_label"),
    "hidePasswordAriaLabelText" => To::Text("hide_label"),
    "passwordShownAnnouncementText" => To::Text("shown"),
    "passwordHiddenAnnouncementText" => To::Text("hidden"),
], unsupported: []);

component!(scr_component_radios, "radios", "radios", 25, [
    "name" => To::Text("name"),
    "idPrefix" => To::Text("id_prefix"),
    "items" => To::Items("items", CHOICES),
    "fieldset.legend.text" => To::Text("legend"),
    "fieldset.legend.classes" => To::Text("legend_classes"),
    "fieldset.legend.isPageHeading" => To::Arg("legend_heading"),
    "fieldset.describedBy" => To::Text("described_by"),
    "hint.text" => To::Text("hint"),
    "errorMessage.text" => To::Text("error"),
    "classes" => To::Text("classes"),
    "formGroup.classes" => To::Text("group_classes"),
], unsupported: [
    "attributes", "fieldset.attributes", "fieldset.classes", "fieldset.legend.html", "items[] that is no item",
    "items[].attributes", "items[].conditional.html", "items[].html", "items[].label.attributes",
    "items[].label.classes", "value",
]);

component!(scr_component_checkboxes, "checkboxes", "checkboxes", 25, [
    "name" => To::Text("name"),
    "idPrefix" => To::Text("id_prefix"),
    "items" => To::Items("items", CHOICES),
    "fieldset.legend.text" => To::Text("legend"),
    "fieldset.legend.classes" => To::Text("legend_classes"),
    "fieldset.legend.isPageHeading" => To::Arg("legend_heading"),
    "fieldset.describedBy" => To::Text("described_by"),
    "describedBy" => To::Text("described_by"),
    "hint.text" => To::Text("hint"),
    "errorMessage.text" => To::Text("error"),
    "classes" => To::Text("classes"),
    "formGroup.classes" => To::Text("group_classes"),
], unsupported: [
    "attributes", "fieldset.attributes", "fieldset.classes", "fieldset.legend.html", "items[] that is no item",
    "items[].attributes", "items[].conditional.html", "items[].html", "items[].label.attributes",
    "items[].label.classes", "values",
]);

const CHOICES: &[(&str, &str)] = &[
    ("value", "value"),
    ("text", "text"),
    ("hint.text", "hint"),
    ("checked", "checked"),
    ("disabled", "disabled"),
    ("id", "id"),
    ("name", "name"),
    ("divider", "divider"),
    ("behaviour", "behaviour"),
];

component!(scr_component_error_summary, "error-summary", "error_summary", 12, [
    "titleText" => To::Text("title"),
    "errorList" => To::Items("errors", &[("text", "text"), ("href", "href")]),
    "descriptionText" => To::Text("description"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: [
    "descriptionHtml", "disableAutoFocus", "errorList[].attributes", "errorList[].html", "titleHtml",
]);

component!(scr_component_error_message, "error-message", "error_message", 7, [
    "text" => To::Text("text"),
    "id" => To::Text("id"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
    "visuallyHiddenText" => To::Words("error_prefix"),
], unsupported: ["html"]);

component!(scr_component_hint, "hint", "hint", 5, [
    "text" => To::Text("text"),
    "id" => To::Text("id"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["html"]);

component!(scr_component_label, "label", "label", 16, [
    "text" => To::Text("text"),
    "for" => To::Text("target"),
    "classes" => To::Text("classes"),
    "isPageHeading" => To::Arg("heading"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["html"]);

component!(scr_component_fieldset, "fieldset", "fieldset", 17, [
    "legend.text" => To::Text("legend"),
    "legend.classes" => To::Text("legend_classes"),
    "legend.isPageHeading" => To::Arg("legend_heading"),
    "describedBy" => To::Text("described_by"),
    "classes" => To::Text("classes"),
    "role" => To::Text("role"),
    "attributes" => To::Arg("attributes"),
    "html" => To::BodyHtml,
], unsupported: ["legend.html"]);

component!(scr_component_details, "details", "details", 9, [
    "summaryText" => To::Text("summary"),
    "text" => To::Body,
    "html" => To::BodyHtml,
    "id" => To::Text("id"),
    "open" => To::Arg("open"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["summaryHtml"]);

component!(scr_component_inset_text, "inset-text", "inset_text", 6, [
    "text" => To::Body,
    "html" => To::BodyHtml,
    "id" => To::Text("id"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: []);

component!(scr_component_panel, "panel", "panel", 9, [
    "titleText" => To::Text("title"),
    "text" => To::Body,
    "html" => To::BodyHtml,
    "headingLevel" => To::Arg("heading_level"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["actions.attributes with options", "actions.classes", "actions.items", "titleHtml"]);

component!(scr_component_warning_text, "warning-text", "warning_text", 8, [
    "text" => To::Body,
    "html" => To::BodyHtml,
    "iconFallbackText" => To::Text("warning_prefix"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: []);

component!(scr_component_notification_banner, "notification-banner", "notification_banner", 17, [
    "titleText" => To::Text("title"),
    "text" => To::Text("text"),
    "html" => To::BodyHtml,
    "type" => To::Text("type"),
    "role" => To::Text("role"),
    "titleId" => To::Text("title_id"),
    "titleHeadingLevel" => To::Arg("heading_level"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["attributes with options", "disableAutoFocus", "titleHtml"]);

component!(scr_component_back_link, "back-link", "back_link", 6, [
    "text" => To::Text("text"),
    "href" => To::Text("href"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["html"]);

component!(scr_component_skip_link, "skip-link", "skip_link", 8, [
    "text" => To::Text("text"),
    "href" => To::Text("href"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["html"]);

component!(scr_component_generic_header, "generic-header", "generic_header", 4, [
    "logoText" => To::Text("text"),
    "url" => To::Text("url"),
    "classes" => To::Text("classes"),
    "containerClasses" => To::Text("container_classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["logoHtml"]);

component!(scr_component_language_navigation, "language-navigation", "language_navigation", 8, [
    "items" => To::Items("items", &[
        ("text", "text"), ("href", "href"), ("lang", "lang"), ("current", "current"),
        ("languageDescriptionText", "description"),
    ]),
    "ariaLabel" => To::Text("label"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["items[].attributes", "items[].classes", "items[].dir", "items[].html"]);

component!(scr_component_phase_banner, "phase-banner", "phase_banner", 5, [
    "tag.text" => To::Text("tag"),
    "text" => To::Body,
    "html" => To::BodyHtml,
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: ["tag.classes", "tag.html"]);

component!(scr_component_footer, "footer", "footer", 15, [
    "meta.items" => To::Items("items", &[("text", "text"), ("href", "href")]),
    "meta.visuallyHiddenTitle" => To::Text("title"),
    "meta.text" => To::Body,
    "meta.html" => To::BodyHtml,
    "contentLicence" => To::Nothing,
    "copyright" => To::Nothing,
    "classes" => To::Text("classes"),
    "containerClasses" => To::Text("container_classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: [
    "meta that is empty", "meta.items that is empty", "meta.items[].attributes", "navigation",
    "navigation that is empty",
], without: [
    "govuk-footer__crown", "govuk-footer__licence-logo", "govuk-footer__licence-description", "govuk-footer__meta-item",
]);

component!(scr_component_summary_list, "summary-list", "summary_list", 6, [
    "rows" => To::Items("rows", &[
        ("key.text", "key"), ("value.text", "value"), ("classes", "classes"), ("actions.items", "actions"),
        ("actions.items[].href", "href"), ("actions.items[].text", "text"),
        ("actions.items[].visuallyHiddenText", "hidden"), ("actions.items[].classes", "classes"),
    ]),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: [
    "card.actions.items", "card.attributes", "card.classes", "card.title.headingLevel", "card.title.html",
    "card.title.text", "rows[] that is no item", "rows[].actions.classes", "rows[].actions.items[].attributes",
    "rows[].actions.items[].html", "rows[].key.classes", "rows[].key.html", "rows[].value.classes",
    "rows[].value.html",
]);

component!(scr_component_table, "table", "table", 13, [
    "head" => To::Items("head", CELLS),
    "rows" => To::Rows("rows", CELLS),
    "caption" => To::Text("caption"),
    "captionClasses" => To::Text("caption_classes"),
    "firstCellIsHeader" => To::Arg("first_cell_is_header"),
    "classes" => To::Text("classes"),
    "attributes" => To::Arg("attributes"),
], unsupported: [
    "head[].attributes", "head[].colspan", "head[].html", "head[].rowspan", "rows[].attributes",
    "rows[].colspan", "rows[].html", "rows[].rowspan",
]);

const CELLS: &[(&str, &str)] = &[("text", "text"), ("format", "format"), ("classes", "classes")];
