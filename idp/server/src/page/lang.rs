//! The languages, how one is chosen, and how each writes a time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Europe::London;
use serde::{Deserialize, Serialize};

/// A language that every page exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Welsh.
    Cy,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Cy];

    /// The tag for `lang` attributes and `ui_locales`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Cy => "cy",
        }
    }

    /// The tag in the provider's metadata (`ui_locales_supported`).
    #[must_use]
    pub const fn locale(self) -> &'static str {
        match self {
            Self::En => "en-GB",
            Self::Cy => "cy",
        }
    }

    /// What the language calls itself.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Cy => "Cymraeg",
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text names no language that the pages exist in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no pages in “{0}”")]
pub struct UnknownLang(pub String);

impl FromStr for Lang {
    type Err = UnknownLang;

    /// Takes a BCP 47 tag; only its first subtag counts.
    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| primary.eq_ignore_ascii_case(lang.code()))
            .ok_or_else(|| UnknownLang(tag.to_owned()))
    }
}

/// The language that a tag names, if it is one of those offered.
#[must_use]
pub fn offered(languages: &[Lang], tag: &str) -> Option<Lang> {
    tag.parse().ok().filter(|lang| languages.contains(lang))
}

/// The language of a page, one of those offered: what the client asked for (`OpenID` Connect Core 3.1.2.1,
/// `ui_locales`), else what the resident chose before, else what the browser prefers (RFC 9110 12.5.4), else the first.
#[must_use]
pub fn negotiate(
    languages: &[Lang],
    ui_locales: Option<&str>,
    cookie: Option<&str>,
    accept_language: Option<&str>,
) -> Lang {
    let named = |tag| offered(languages, tag);
    let asked = ui_locales.and_then(|list| list.split_ascii_whitespace().find_map(named));
    let chosen = || cookie.and_then(named);
    let preferred = || accept_language.and_then(|header| most_preferred(languages, header));
    asked.or_else(chosen).or_else(preferred).or_else(|| languages.first().copied()).unwrap_or_default()
}

fn most_preferred(languages: &[Lang], accept_language: &str) -> Option<Lang> {
    let mut best: Option<(u16, Lang)> = None;
    for range in accept_language.split(',') {
        let mut parts = range.split(';');
        let Some(lang) = parts.next().and_then(|tag| offered(languages, tag)) else { continue };
        let weight = parts.find_map(|p| p.trim().strip_prefix("q=")).map_or(Some(1000), thousandths).unwrap_or(0);
        if weight > 0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A quality value (RFC 9110 12.4.2) in thousandths, so that weights compare exactly.
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    Some((whole * 1000 + fraction).min(1000))
}

/// A minute in nanoseconds.
const MINUTE: i64 = 60_000_000_000;

/// A time of day in the United Kingdom, with its date when that is not today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockTime {
    time: NaiveTime,
    date: Option<NaiveDate>,
}

impl ClockTime {
    /// `when` as someone who reads it at `now` wants it. A time that is still to come is rounded up to the minute: who
    /// comes when the clock shows it is never too early.
    #[must_use]
    pub fn at(when: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let begun = TimeDelta::nanoseconds(when.timestamp_nanos_opt().unwrap_or_default().rem_euclid(MINUTE));
        let is_to_come = when > now && begun > TimeDelta::zero();
        let when = if is_to_come { when - begun + TimeDelta::minutes(1) } else { when };
        let local = when.with_timezone(&London);
        let date = local.date_naive();
        let today = now.with_timezone(&London).date_naive();
        Self { time: local.time(), date: (date != today).then_some(date) }
    }

    /// The words: `10:42am`, `midday`, `2:05pm on 5 October 2026`; in Welsh `10:42yb`, `hanner dydd`, `2:05yh ar 5
    /// Hydref 2026`.
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        let time = clock(self.time, lang);
        match (self.date, lang) {
            (None, _) => time,
            (Some(date), Lang::En) => format!("{time} on {}", day(date, lang)),
            (Some(date), Lang::Cy) => format!("{time} ar {}", day(date, lang)),
        }
    }
}

fn clock(time: NaiveTime, lang: Lang) -> String {
    let (pm, hour) = time.hour12();
    match (time.hour(), time.minute(), lang) {
        (0, 0, Lang::En) => "midnight".to_owned(),
        (12, 0, Lang::En) => "midday".to_owned(),
        (0, 0, Lang::Cy) => "hanner nos".to_owned(),
        (12, 0, Lang::Cy) => "hanner dydd".to_owned(),
        (_, minute, lang) => {
            let half = match (lang, pm) {
                (Lang::En, false) => "am",
                (Lang::En, true) => "pm",
                (Lang::Cy, false) => "yb",
                (Lang::Cy, true) => "yh",
            };
            if minute == 0 { format!("{hour}{half}") } else { format!("{hour}:{minute:02}{half}") }
        }
    }
}

/// A date in words, day first: `5 October 2026`, `5 Hydref 2026`.
#[must_use]
pub fn day(date: NaiveDate, lang: Lang) -> String {
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const CY: [&str; 12] = [
        "Ionawr",
        "Chwefror",
        "Mawrth",
        "Ebrill",
        "Mai",
        "Mehefin",
        "Gorffennaf",
        "Awst",
        "Medi",
        "Hydref",
        "Tachwedd",
        "Rhagfyr",
    ];
    let names = if lang == Lang::Cy { CY } else { EN };
    let month = usize::try_from(date.month0()).ok().and_then(|month| names.get(month)).copied().unwrap_or_default();
    format!("{} {month} {}", date.day(), date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    #[test]
    fn scr_the_language_is_what_the_client_asked_then_the_cookie_then_the_browsers_preference() {
        let browser = Some("fr, cy;q=0.8, en-GB;q=0.9");
        let negotiate = |asked, cookie, browser| negotiate(&Lang::ALL, asked, cookie, browser);
        assert_eq!(negotiate(Some("de cy-GB en"), Some("en"), browser), Lang::Cy);
        assert_eq!(negotiate(Some("de fr"), Some("cy"), browser), Lang::Cy);
        assert_eq!(negotiate(None, Some("xx"), browser), Lang::En);
        assert_eq!(negotiate(None, None, Some("en;q=0, cy;q=0.001")), Lang::Cy);
        assert_eq!(negotiate(None, None, Some("cy, en")), Lang::Cy);
        assert_eq!(negotiate(None, None, Some("cy;q=2, ;;, en;q=0.1")), Lang::En);
        assert_eq!(negotiate(None, None, None), Lang::En);
    }

    #[test]
    fn scr_a_language_that_is_not_offered_is_never_chosen_and_the_first_one_is_the_default() {
        assert_eq!(negotiate(&[Lang::En], Some("cy"), Some("cy"), Some("cy, en;q=0.1")), Lang::En);
        assert_eq!(negotiate(&[Lang::Cy], Some("en"), Some("en"), Some("en")), Lang::Cy);
        assert_eq!(negotiate(&[Lang::Cy, Lang::En], None, None, Some("fr")), Lang::Cy);
        assert_eq!(offered(&[Lang::En], "cy"), None);
        assert_eq!(offered(&Lang::ALL, "cy-GB"), Some(Lang::Cy));
    }

    #[test]
    fn scr_r14_a_time_is_written_for_people_in_the_united_kingdom_in_their_language() {
        let now = at("2026-07-01T09:00:00Z");
        let words = |time: &str, lang| ClockTime::at(at(time), now).words(lang);
        // One hour ahead in summer.
        assert_eq!(words("2026-07-01T09:42:00Z", Lang::En), "10:42am");
        assert_eq!(words("2026-07-01T09:42:00Z", Lang::Cy), "10:42yb");
        assert_eq!(words("2026-07-01T14:05:00Z", Lang::En), "3:05pm");
        assert_eq!(words("2026-07-01T14:00:00Z", Lang::Cy), "3yh");
        assert_eq!(words("2026-07-01T11:00:00Z", Lang::En), "midday");
        assert_eq!(words("2026-07-01T11:00:00Z", Lang::Cy), "hanner dydd");
        assert_eq!(words("2026-07-01T23:00:00Z", Lang::En), "midnight on 2 July 2026");
        assert_eq!(words("2026-10-05T09:42:00Z", Lang::Cy), "10:42yb ar 5 Hydref 2026");
        assert_eq!(words("2026-12-05T09:42:00Z", Lang::En), "9:42am on 5 December 2026");
    }
    #[test]
    fn scr_r13_scr_r14_a_time_to_come_is_rounded_up_so_that_nobody_who_waits_for_it_is_too_early() {
        let now = at("2026-01-01T10:41:12Z");
        let words = |time: &str| ClockTime::at(at(time), now).words(Lang::En);
        assert_eq!(words("2026-01-01T10:41:42.5Z"), "10:42am");
        assert_eq!(words("2026-01-01T10:42:00Z"), "10:42am");
        assert_eq!(words("2026-01-01T10:42:00.000001Z"), "10:43am");
        assert_eq!(words("2026-01-01T11:59:30Z"), "midday");
        assert_eq!(words("2026-01-01T23:59:30Z"), "midnight on 2 January 2026");
        // What has happened did so in the minute that the clock showed.
        assert_eq!(words("2026-01-01T10:40:59Z"), "10:40am");
        assert_eq!(words("2026-01-01T10:41:12Z"), "10:41am");
    }
}
