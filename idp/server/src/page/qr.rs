//! A QR code as the path of an inline SVG: no image request, no `data:` address, nothing for a script to do.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;

/// A drawing for `<svg viewBox="0 0 size size"><path d="path"/></svg>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Qr {
    /// Width and height in modules, the quiet zone of 4 included.
    pub size: i32,
    /// The dark modules.
    pub path: String,
}

/// The text holds more than the largest QR code can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct TooLong;

const QUIET: i32 = 4;

/// Draws `text` with medium error correction.
///
/// # Errors
/// [`TooLong`] beyond 2,331 bytes.
pub fn svg_path(text: &str) -> Result<Qr, TooLong> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| TooLong)?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{}v1h-{}z", start + QUIET, y + QUIET, x - start, x - start);
            }
            x += 1;
        }
    }
    Ok(Qr { size: code.size() + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scr_r18_the_drawing_starts_with_a_finder_pattern_inside_the_quiet_zone() {
        let qr = svg_path("otpauth://totp/Example:a?secret=ABC").unwrap();
        assert!(qr.path.starts_with("M4 4h7v1h-7z"), "{}", qr.path);
        assert!(svg_path(&"x".repeat(5000)).is_err());
    }
}
