//! One theme: its compiled templates, its texts and its own style sheet.
//!
//! A custom theme is a directory that holds what differs: `layout.html`, `components/*.html`, `pages/*.html`,
//! `locales/{en,cy}/*.ftl`, `theme.css`. Everything else comes from the default theme, file by file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tera::{Kwargs, State, Tera, Value};

use super::assets::Asset;
use super::engine::PageError;
use super::lang::Lang;
use super::message::{Arg, Message};
use super::texts::Texts;

mod built {
    include!(concat!(env!("OUT_DIR"), "/theme.rs"));
}

/// The files of the default theme: `(path, content)`.
#[cfg(test)]
pub(super) fn default_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    built::TEMPLATES.iter().chain(built::LOCALES).copied()
}

pub(super) struct Theme {
    pub(super) tera: Tera,
    pub(super) texts: Arc<Texts>,
    /// The path and content of the theme's own style sheet.
    pub(super) style: Option<(String, Asset)>,
}

impl Theme {
    /// The theme that the binary brings.
    pub(super) fn built_in() -> Result<Self, PageError> {
        Self::assemble("default", &[])
    }

    /// The theme in this directory, over the built-in one.
    pub(super) fn read(name: &str, dir: &Path) -> Result<Self, PageError> {
        let mut paths = Vec::new();
        list(dir, &mut paths)?;
        paths.sort();
        let mut files = Vec::new();
        let mut style = None;
        for path in paths {
            let content = fs::read_to_string(&path).map_err(|e| PageError::file(&path, &e))?;
            let below = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if below == "theme.css" {
                style = Some(style_sheet(&content));
            } else {
                files.push((below, content));
            }
        }
        Ok(Self { style, ..Self::assemble(name, &files)? })
    }

    fn assemble(name: &str, own: &[(String, String)]) -> Result<Self, PageError> {
        let is = |path: &str, ending: &str| Path::new(path).extension().is_some_and(|found| found == ending);
        let mut locales: Vec<(&str, &str)> = built::LOCALES.to_vec();
        locales.extend(own.iter().filter(|(path, _)| is(path, "ftl")).map(|(p, c)| (p.as_str(), c.as_str())));
        let texts = Arc::new(Texts::read(locales)?);

        let mut tera = Tera::default();
        register(&mut tera, &texts);
        tera.set_fallback_prefixes([format!("custom/{name}/"), "default/".to_owned()])?;
        let mut templates: Vec<(String, &str)> =
            built::TEMPLATES.iter().map(|(path, content)| (format!("default/{path}"), *content)).collect();
        for (path, content) in own.iter().filter(|(path, _)| is(path, "html")) {
            templates.push((format!("custom/{name}/{path}"), content));
        }
        tera.add_raw_templates(templates)?;
        Ok(Self { tera, texts, style: None })
    }

    /// Whether there is a template of this name, in the theme or in the default one.
    pub fn has_template(&self, name: &str) -> bool {
        let ending = format!("/{name}");
        self.tera.get_template_names().any(|known| known.ends_with(&ending))
    }
}

fn list(dir: &Path, paths: &mut Vec<PathBuf>) -> Result<(), PageError> {
    for entry in fs::read_dir(dir).map_err(|e| PageError::file(dir, &e))? {
        let path = entry.map_err(|e| PageError::file(dir, &e))?.path();
        if path.is_dir() {
            list(&path, paths)?;
        } else if path.extension().is_some_and(|found| found == "html" || found == "ftl" || found == "css") {
            paths.push(path);
        }
    }
    Ok(())
}

fn style_sheet(content: &str) -> (String, Asset) {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content.as_bytes());
    let hash = data_encoding::HEXLOWER.encode(digest.as_ref().get(..8).unwrap_or_default());
    let asset = Asset {
        content_type: Cow::Borrowed("text/css; charset=utf-8"),
        identity: Cow::Owned(content.as_bytes().to_vec()),
        br: None,
        gzip: None,
    };
    (format!("/static/{hash}/theme.css"), asset)
}

/// The functions that templates call: `t` writes a text by its key, `has_t` asks whether there is one, `say` writes a
/// [`Message`], `error_of` is the error of a field or nothing.
fn register(tera: &mut Tera, texts: &Arc<Texts>) {
    let known = Arc::clone(texts);
    tera.register_function("t", move |kwargs: Kwargs, state: &State<'_>| -> tera::TeraResult<String> {
        let key: &str = kwargs.must_get("key")?;
        let mut args = Vec::new();
        for (name, value) in kwargs.iter() {
            match name.as_str() {
                None | Some("key") => {}
                Some(name) => args.push((name, Cow::Owned(argument(value)?))),
            }
        }
        write(&known, state, key, args)
    });
    let known = Arc::clone(texts);
    tera.register_function("has_t", move |kwargs: Kwargs, state: &State<'_>| -> tera::TeraResult<bool> {
        let (lang, wording) = speech(state)?;
        Ok(known.has(lang, &wording, kwargs.must_get("key")?))
    });
    let known = Arc::clone(texts);
    tera.register_function("say", move |kwargs: Kwargs, state: &State<'_>| -> tera::TeraResult<String> {
        let message: Message = kwargs.must_get::<&Value>("message").and_then(from_value)?;
        write(&known, state, message.key(), message.named_args().collect())
    });
    tera.register_function("error_of", |kwargs: Kwargs, state: &State<'_>| -> tera::TeraResult<String> {
        let field: &str = kwargs.must_get("field")?;
        let errors: BTreeMap<String, String> =
            state.get::<Value>("error_texts")?.as_ref().map_or(Ok(BTreeMap::new()), from_value)?;
        Ok(errors.get(field).cloned().unwrap_or_default())
    });
}

fn from_value<T: serde::de::DeserializeOwned>(value: &Value) -> tera::TeraResult<T> {
    serde_json::to_value(value).and_then(serde_json::from_value).map_err(|e| tera::Error::message(e.to_string()))
}

fn argument(value: &Value) -> tera::TeraResult<Arg> {
    if let Some(text) = value.as_str() {
        return Ok(Arg::Text(text.to_owned()));
    }
    if let Some(number) = value.as_i64() {
        return Ok(Arg::Number(number));
    }
    from_value(value).map(Arg::Time)
}

fn speech(state: &State<'_>) -> tera::TeraResult<(Lang, String)> {
    let text = |name: &str| state.get::<String>(name).map(Option::unwrap_or_default);
    let lang = text("lang")?.parse().map_err(|e: super::lang::UnknownLang| tera::Error::message(e.to_string()))?;
    Ok((lang, text("wording")?))
}

fn write<'a>(
    texts: &Texts,
    state: &State<'_>,
    key: &str,
    mut args: Vec<(&'a str, Cow<'a, Arg>)>,
) -> tera::TeraResult<String> {
    let (lang, wording) = speech(state)?;
    let known = || {
        for name in ["service", "council"] {
            if let Ok(Some(value)) = state.get::<String>(name) {
                args.push((name, Cow::Owned(Arg::Text(value))));
            }
        }
        args
    };
    texts.write(lang, &wording, key, known).map_err(|e| tera::Error::message(e.to_string()))
}
