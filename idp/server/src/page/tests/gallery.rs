//! Every sample of every screen, rendered once; the other tests look at these pages.

use std::collections::BTreeSet;

use crate::page::gallery::{self, WORDINGS};
use crate::page::{Lang, Pages};

pub(super) use crate::page::gallery::Shown;

pub(super) fn gallery(wording: &str) -> Vec<Shown> {
    gallery::gallery(&Pages::load(None).unwrap(), "default", wording).unwrap()
}

#[test]
fn scr_gallery_every_sample_of_every_screen_renders_in_every_language_and_wording() {
    for wording in WORDINGS {
        let shown = gallery(wording);
        assert!(shown.len() > 80, "{}", shown.len());
        let names: BTreeSet<_> = shown.iter().map(|page| page.name.as_str()).collect();
        assert_eq!(names.len(), shown.len(), "each has a name of its own");
    }
}

#[test]
fn scr_gallery_is_written_with_what_its_pages_load() {
    let folder = tempfile::tempdir().unwrap();
    let written = gallery::write(&Pages::load(None).unwrap(), "default", folder.path()).unwrap();
    assert_eq!(written, WORDINGS.len() * gallery("default").len());
    let page = std::fs::read_to_string(folder.path().join("authenticator/R5-1-cy.html")).unwrap();
    let loaded: Vec<_> = page.split('"').filter(|part| part.starts_with("/static/")).collect();
    assert_eq!(loaded.len(), 3, "{loaded:?}");
    for path in loaded {
        assert!(folder.path().join(path.trim_start_matches('/')).is_file(), "{path}");
    }
    assert!(page.contains(&format!("lang=\"{}\"", Lang::Cy)));
}
