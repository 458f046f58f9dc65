//! Every sample of every screen, rendered once; the other tests look at these pages.
//!
//! With `IDP_GALLERY_DIR` set, the pages and static files are also written there, for the browser tests and for eyes:
//! `IDP_GALLERY_DIR=$PWD/target/gallery cargo test -p idp scr_gallery`, then serve the directory.

use std::fs;
use std::path::Path;

use crate::page::screens::{self, Visitor};
use crate::page::{Lang, Page, Pages, assets};

pub(super) struct Shown {
    pub(super) screen: &'static str,
    pub(super) name: String,
    pub(super) lang: Lang,
    pub(super) title: String,
    pub(super) errors: usize,
    pub(super) html: String,
}

struct Render<'a> {
    pages: &'a Pages,
    wording: &'a str,
    shown: Vec<Shown>,
}

impl Visitor for Render<'_> {
    type Error = String;

    fn visit<P: Page>(&mut self) -> Result<(), String> {
        for (i, page) in P::samples().into_iter().enumerate() {
            for lang in Lang::ALL {
                let mut frame = screens::sample_frame(lang);
                self.wording.clone_into(&mut frame.wording);
                let name = format!("{}-{}-{lang}", P::SCREEN, i + 1);
                let html = self.pages.render(&frame, &page).map_err(|e| format!("{name}: {e:?}"))?;
                let title = format!("{:?}", page.title());
                self.shown.push(Shown { screen: P::SCREEN, name, lang, title, errors: page.errors().len(), html });
            }
        }
        Ok(())
    }
}

pub(super) fn gallery(wording: &str) -> Vec<Shown> {
    let pages = Pages::load(None).unwrap();
    let mut render = Render { pages: &pages, wording, shown: Vec::new() };
    screens::every_screen(&mut render).unwrap();
    render.shown
}

#[test]
fn scr_gallery_every_sample_of_every_screen_renders_in_every_language_and_wording() {
    for wording in ["default", "always-on", "staff-app", "authenticator", "sms-first"] {
        let shown = gallery(wording);
        assert!(shown.len() > 80, "{}", shown.len());
        let Ok(dir) = std::env::var("IDP_GALLERY_DIR") else { continue };
        let dir = Path::new(&dir).join(wording);
        fs::create_dir_all(&dir).unwrap();
        for page in &shown {
            fs::write(dir.join(format!("{}.html", page.name)), &page.html).unwrap();
        }
        for name in ["idp.css", "idp.js", "detect.js"] {
            let path = assets::path_of(name).unwrap();
            let file = dir.parent().unwrap().join(path.trim_start_matches('/'));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, &assets::find(path).unwrap().identity).unwrap();
        }
    }
}
