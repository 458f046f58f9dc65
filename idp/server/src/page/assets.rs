//! The style sheet and scripts, ready to be sent.
//!
//! The build makes them (see `build.rs`); a path holds the hash of its content, so an answer may be cached for ever.

use std::borrow::Cow;

/// One file as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The value for `Content-Type`.
    pub content_type: Cow<'static, str>,
    /// The bytes as they are.
    pub identity: Cow<'static, [u8]>,
    /// The bytes compressed for `Content-Encoding: br`, where the build made them.
    pub br: Option<Cow<'static, [u8]>>,
    /// The bytes compressed for `Content-Encoding: gzip`, where the build made them.
    pub gzip: Option<Cow<'static, [u8]>>,
}

mod built {
    use std::borrow::Cow;

    use super::Asset;

    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

/// The built-in file at `/static/{hash}/{name}`; an old or wrong hash is not found.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    built::ASSETS.iter().find(|(_, at, _)| *at == path).map(|(_, _, asset)| asset)
}

/// The path of the built-in file `idp.css`, `idp.js` or `detect.js`.
#[must_use]
pub fn path_of(name: &str) -> Option<&'static str> {
    built::ASSETS.iter().find(|(found, _, _)| *found == name).map(|(_, at, _)| *at)
}
