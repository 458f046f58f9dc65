//! What a browser is called on the pages that list where somebody is signed in: short, and without a place.

use serde::{Deserialize, Serialize};

/// A browser and the system it runs on, as far as its `User-Agent` tells. It is for people to recognise, never to
/// decide by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The browser's name; empty where it is not known.
    pub browser: String,
    /// The system's name; empty where it is not known.
    pub system: String,
}

/// Marks in a `User-Agent` with the names that people know, the more special before the more general: most browsers
/// claim to be others as well.
const BROWSERS: [(&str, &str); 13] = [
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Silk/", "Silk"),
    ("Version/", "Safari"),
    ("Trident/", "Internet Explorer"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

impl Device {
    /// Reads a `User-Agent` header.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let named = |marks: &[(&str, &str)]| {
            let found = marks.iter().find(|(mark, _)| user_agent.contains(mark));
            found.map(|(_, name)| (*name).to_owned()).unwrap_or_default()
        };
        Self { browser: named(&BROWSERS), system: named(&SYSTEMS) }
    }

    /// As it is stored.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{};{}", self.browser, self.system)
    }

    /// From how it is stored.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let (browser, system) = text.split_once(';').unwrap_or((text, ""));
        Self { browser: browser.to_owned(), system: system.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scr_r43_a_device_is_called_what_its_owner_calls_it() {
        for (agent, browser, system) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                "Chrome",
                "Android",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            ("something else", "", ""),
        ] {
            let device = Device::of(agent);
            assert_eq!((device.browser.as_str(), device.system.as_str()), (browser, system), "{agent}");
            assert_eq!(Device::from_text(&device.to_text()), device);
        }
    }
}
