//! How a section of the configuration is declared: once, as a table of keys.
//!
//! [`section!`] turns one declaration into the struct, its defaults, its reader and its documentation, so that the
//! example file and the reference page cannot drift from the code. The most frequent change, a new key, is one doc
//! comment and one line in the section's file, then `IDP_BLESS=1 cargo test -p idp reference`.

use super::source::Reader;

/// One key, as the example file and the reference show it.
#[derive(Clone, Debug)]
pub struct Key {
    /// The name inside its section.
    pub name: &'static str,
    /// The doc comment, one line each, without the leading space.
    pub about: &'static [&'static str],
    /// What a value may be, in words.
    pub kind: String,
    /// The default in TOML; `None` where the key is unset.
    pub default: Option<String>,
    /// A value in TOML to show where there is no default.
    pub sample: Option<&'static str>,
}

/// A table of the configuration file.
pub trait Section: Default {
    /// The table's name.
    const NAME: &'static str;
    /// The section's doc comment.
    const ABOUT: &'static [&'static str];

    /// Every key, in the order of the file.
    fn keys() -> Vec<Key>;

    /// The value of every key in TOML, in the same order; `None` where it is unset or secret.
    fn shown(&self) -> Vec<Option<String>>;

    /// Takes what the sources say, and the default for all else; what cannot be read is a problem of `reader`.
    fn read(reader: &mut Reader) -> Self;
}

/// Declares a section: `key: Type = default => "sample in TOML"`.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident in $section:literal {
            $(
                $(#[doc = $doc:literal])+
                $key:ident: $type:ty = $default:expr $(=> $sample:literal)?
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $key: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        impl $crate::config::section::Section for $name {
            const NAME: &'static str = $section;
            const ABOUT: &'static [&'static str] = &[$($about),+];

            fn keys() -> Vec<$crate::config::section::Key> {
                let default = Self::default();
                vec![$($crate::config::section::Key {
                    name: stringify!($key),
                    about: &[$($doc),+],
                    kind: <$type as $crate::config::setting::Setting>::kind(),
                    default: $crate::config::setting::Setting::show(&default.$key),
                    sample: [$($sample)?].first().copied(),
                }),+]
            }

            fn shown(&self) -> Vec<Option<String>> {
                vec![$($crate::config::setting::Setting::show(&self.$key)),+]
            }

            fn read(reader: &mut $crate::config::source::Reader) -> Self {
                let default = Self::default();
                Self { $($key: reader.take($section, stringify!($key), default.$key),)+ }
            }
        }
    };
}

/// Declares a setting that is one of a few words.
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        pub enum $name:ident {
            $($(#[doc = $doc:literal])+ $variant:ident = $word:literal),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// The word in the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl $crate::config::setting::Setting for $name {
            fn kind() -> String {
                [$(concat!("`", $word, "`")),+].join(" or ")
            }

            fn parse(value: &figment::value::Value) -> Result<Self, String> {
                match value.as_str() {
                    $(Some($word) => Ok(Self::$variant),)+
                    _ => Err(format!("must be {}", <Self as $crate::config::setting::Setting>::kind())),
                }
            }

            fn show(&self) -> Option<String> {
                Some(format!("\"{}\"", self.as_str()))
            }
        }
    };
}

pub(crate) use {choice, section};
