//! How much a first visit loads.

use std::io::Write as _;

use super::gallery::gallery;
use crate::page::assets;

fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn scr_r1_the_first_visit_is_four_requests_and_at_most_30_kilobytes() {
    let shown = gallery("default");
    let page = shown.iter().find(|s| s.name == "R1-2-en").unwrap();
    let html = gzip(page.html.as_bytes());
    assert!(html <= 8_000, "{html}");
    let names = ["idp.css", "idp.js", "detect.js"];
    let files: usize =
        names.iter().map(|name| assets::find(assets::path_of(name).unwrap()).unwrap().br.as_ref().unwrap().len()).sum();
    assert!(html + files <= 30_000, "{html} + {files}");
    assert_eq!(page.html.matches("/static/").count(), names.len());
}

#[test]
fn scr_the_style_sheet_asks_for_nothing_and_has_no_foreign_font() {
    let css = &assets::find(assets::path_of("idp.css").unwrap()).unwrap().identity;
    let css = std::str::from_utf8(css).unwrap();
    for banned in ["GDS Transport", "@font-face", "govuk-crest", "sourceMappingURL", "@import"] {
        assert!(!css.contains(banned), "{banned}");
    }
    // Only small drawings inside the sheet itself.
    assert_eq!(css.matches("url(").count(), css.matches("url(\"data:").count() + css.matches("url(data:").count());
    assert!(css.contains("var(--idp-font,\"Helvetica Neue\",Helvetica,Arial,sans-serif)"));
    assert!(css.contains("--govuk-brand-colour: var(--idp-brand"));
}

#[test]
fn scr_the_compressed_files_hold_the_same_bytes() {
    for name in ["idp.css", "idp.js", "detect.js"] {
        let asset = assets::find(assets::path_of(name).unwrap()).unwrap();
        let mut plain = Vec::new();
        let mut decoder = flate2::write::GzDecoder::new(&mut plain);
        decoder.write_all(asset.gzip.as_ref().unwrap()).unwrap();
        decoder.finish().unwrap();
        assert_eq!(plain, asset.identity.as_ref(), "{name}");
    }
    assert!(assets::find("/static/0000000000000000/idp.css").is_none());
}
