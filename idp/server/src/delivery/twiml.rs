//! What a call says, in Twilio's markup.

use std::fmt::Write as _;

/// A language and voice, as Twilio names them.
#[derive(Clone, Copy, Debug)]
pub struct Voice<'a> {
    /// Such as `cy-GB`.
    pub language: &'a str,
    /// Such as `Polly.Gwyneth`.
    pub name: &'a str,
}

/// Text inside markup: what XML reserves is escaped, what it forbids is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

fn say(voice: Voice<'_>, text: &str) -> String {
    let Voice { language, name } = voice;
    format!(r#"<Say language="{}" voice="{}">{}</Say>"#, escaped(language), escaped(name), escaped(text.trim()))
}

/// A text with the code in it said one character at a time.
#[must_use]
pub fn spelled(text: &str, code: Option<&str>) -> String {
    let Some(code) = code.filter(|code| !code.is_empty()) else { return text.to_owned() };
    let characters: Vec<String> = code.chars().map(String::from).collect();
    text.replace(code, &characters.join(", "))
}

/// A call that says a text, with a pause before each paragraph. How often the code is in it is the text's to decide.
#[must_use]
pub fn read_out(voice: Voice<'_>, text: &str) -> String {
    let mut out = String::from("<Response>");
    for paragraph in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str(r#"<Pause length="1"/>"#);
        out.push_str(&say(voice, paragraph));
    }
    out.push_str("</Response>");
    out
}

/// A call that asks for a key press, twice, and hangs up without one: voicemail presses none. With one, Twilio fetches
/// what to say from `action`.
#[must_use]
pub fn ask_for_a_key(voice: Voice<'_>, prompt: &str, action: &str) -> String {
    let mut out = String::from(r#"<Response><Pause length="1"/>"#);
    for _ in 0..2 {
        let action = escaped(action);
        let _ = write!(out, r#"<Gather numDigits="1" timeout="8" method="POST" action="{action}">"#);
        out.push_str(&say(voice, prompt));
        out.push_str("</Gather>");
    }
    out.push_str("</Response>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELSH: Voice<'_> = Voice { language: "cy-GB", name: "Polly.Gwyneth" };

    #[test]
    fn a_code_is_said_digit_by_digit_in_the_message_s_language_with_a_pause_before_each_paragraph() {
        let text = spelled("Eich cod yw 123456.\n\nEto, 123456.", Some("123456"));
        let markup = read_out(WELSH, &text);
        for said in ["Eich cod yw 1, 2, 3, 4, 5, 6.", "Eto, 1, 2, 3, 4, 5, 6."] {
            let said = format!(r#"<Pause length="1"/><Say language="cy-GB" voice="Polly.Gwyneth">{said}</Say>"#);
            assert_eq!(markup.matches(&said).count(), 1, "{markup}");
        }
        assert!(markup.starts_with("<Response>") && markup.ends_with("</Response>"));
    }

    #[test]
    fn nothing_in_a_name_becomes_markup() {
        let markup = read_out(WELSH, "</Say><Dial>+4490</Dial> Marks & \"Spencer\u{0}'s\u{7}");
        assert!(!markup.contains("<Dial>"), "{markup}");
        assert!(
            markup.contains("&lt;/Say&gt;&lt;Dial&gt;+4490") && markup.contains("Marks &amp; &quot;Spencer&apos;s<")
        );
        let asks = ask_for_a_key(WELSH, "Press a key", "https://id.example/hooks/twilio/call?say=a&b=c");
        assert!(asks.contains("say=a&amp;b=c") && !asks.contains("say=a&b"), "{asks}");
    }
}
