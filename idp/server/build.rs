//! Turns `themes/` into what the binary embeds: the style sheet and script (stripped, joined, compressed, named by
//! their content), the default theme's templates and its texts.
//!
//! The design system comes from npm and is never committed. This script runs `npm ci` when the pinned version is not
//! there; `IDP_GOVUK_DIR` names a directory that holds the package for builds without a network.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest as _, Sha256};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The behaviours that our pages use; the rest of the package's script stays unused but is not worth a bundler.
const BEHAVIOURS: &[&str] = &[
    "createAll",
    "Button",
    "Checkboxes",
    "ErrorSummary",
    "NotificationBanner",
    "PasswordInput",
    "Radios",
    "ServiceNavigation",
    "SkipLink",
    "Tabs",
];

/// What the stripped style sheet uses instead of the font that only one domain may use.
const FONT: &str = "var(--idp-font,\"Helvetica Neue\",Helvetica,Arial,sans-serif)";

const NOTICE: &str = "/*! Contains GOV.UK Frontend 6.6.0, copyright (c) 2017 Crown Copyright (Government Digital \
                      Service), MIT License. Fonts and crest removed. */\n";

/// The program is position independent, and at its start every address in its tables is relocated. Packed, that list is a
/// few dozen kilobytes and not two megabytes, all of which would stay in memory. Needs glibc 2.36.
fn pack_relocations() -> Outcome<()> {
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" && env::var("CARGO_CFG_TARGET_ENV")? == "gnu" {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let themes = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../themes");
    let themes = themes.canonicalize().map_err(|e| format!("{}: {e}", themes.display()))?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=IDP_GOVUK_DIR");
    for watched in ["package.json", "package-lock.json", "default"] {
        println!("cargo::rerun-if-changed={}", themes.join(watched).display());
    }

    pack_relocations()?;
    let govuk = design_system(&themes)?;
    println!("cargo::rustc-env=IDP_GOVUK_PACKAGE={}", govuk.display());
    let css = fs::read_to_string(govuk.join("dist/govuk/govuk-frontend.min.css"))?;
    let js = fs::read_to_string(govuk.join("dist/govuk/govuk-frontend.min.js"))?;
    let own = themes.join("default");
    let style = format!("{NOTICE}{}{}", strip_css(&css)?, fs::read_to_string(own.join("styles/idp.css"))?);
    let own_script = |name: &str| fs::read_to_string(own.join("scripts").join(name));
    let script = format!("{NOTICE}{}{}{}", wrap_module(&js)?, own_script("idp.js")?, own_script("passkeys.js")?);
    let detect = fs::read_to_string(own.join("scripts/detect.js"))?;

    let mut code = String::from("pub(super) static ASSETS: &[(&str, &str, Asset)] = &[\n");
    for (name, content_type, content) in [
        ("idp.css", "text/css; charset=utf-8", style),
        ("idp.js", "text/javascript; charset=utf-8", script),
        ("detect.js", "text/javascript; charset=utf-8", detect),
    ] {
        embed_asset(&mut code, &out, name, content_type, content.as_bytes())?;
    }
    code.push_str("];\n");
    fs::write(out.join("assets.rs"), code)?;

    let mut code = String::new();
    embed_texts(&mut code, "TEMPLATES", &own, "html")?;
    embed_texts(&mut code, "LOCALES", &own, "ftl")?;
    fs::write(out.join("theme.rs"), code)?;
    Ok(())
}

/// The directory of the pinned package, installed first if need be.
fn design_system(themes: &Path) -> Outcome<PathBuf> {
    if let Ok(dir) = env::var("IDP_GOVUK_DIR") {
        println!("cargo::rerun-if-changed={dir}/package.json");
        return Ok(Path::new(&dir).canonicalize().map_err(|e| format!("IDP_GOVUK_DIR={dir}: {e}"))?);
    }
    let wanted = json_at(&themes.join("package.json"), "/dependencies/govuk-frontend")
        .ok_or("themes/package.json does not pin govuk-frontend")?;
    let package = themes.join("node_modules/govuk-frontend");
    let installed = || json_at(&package.join("package.json"), "/version");
    if installed().as_ref() != Some(&wanted) {
        let status = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(themes)
            .status()
            .map_err(|e| {
                format!(
                    "the pages need govuk-frontend {wanted} from npm, and npm could not be started ({e}). Install \
                     Node.js with npm, or set IDP_GOVUK_DIR to a directory that holds the package"
                )
            })?;
        if !status.success() || installed().as_ref() != Some(&wanted) {
            return Err(format!("`npm ci` in {} did not install govuk-frontend {wanted}", themes.display()).into());
        }
    }
    Ok(package)
}

fn json_at(file: &Path, pointer: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    Some(value.pointer(pointer)?.as_str()?.to_owned())
}

/// Takes out the font, its notice, the crest and the source map; every step must find what it removes, so that an
/// upgrade cannot bring them back unseen.
fn strip_css(css: &str) -> Outcome<String> {
    let mut css = css.to_owned();
    remove_all(&mut css, "/*! Copyright (c) 2011 by Margaret Calvert", "*/")?;
    remove_all(&mut css, "@font-face{", "}")?;
    remove_all(&mut css, "/*# sourceMappingURL=", "*/")?;
    while let Some(at) = css.find("govuk-crest.svg") {
        let start = css.get(..at).and_then(|before| before.rfind('{')).ok_or("the crest is in no rule")?;
        let start = css.get(..start).and_then(|before| before.rfind(['}', '{', ';'])).map_or(0, |i| i + 1);
        let length = css.get(start..).and_then(|rest| rest.find('}')).ok_or("the crest's rule has no end")?;
        css.replace_range(start..=start + length, "");
    }
    let css = css.replace("font-family:GDS Transport,arial,sans-serif", &format!("font-family:{FONT}"));
    for forbidden in ["GDS Transport", "url(/assets", "sourceMappingURL"] {
        if css.contains(forbidden) {
            return Err(format!("the style sheet still contains “{forbidden}”").into());
        }
    }
    Ok(css)
}

fn remove_all(text: &mut String, from: &str, to: &str) -> Outcome<()> {
    if !text.contains(from) {
        return Err(format!("the style sheet has no “{from}” any more: look at what changed").into());
    }
    while let Some(start) = text.find(from) {
        let length = text.get(start..).and_then(|rest| rest.find(to)).ok_or("unfinished comment or rule")?;
        text.replace_range(start..start + length + to.len(), "");
    }
    Ok(())
}

/// Makes the package's ES module a constant named `govuk`, so that page and behaviours are one request.
fn wrap_module(js: &str) -> Outcome<String> {
    let at = js.rfind("export{").ok_or("the script exports nothing")?;
    let (body, exports) = js.split_at(at);
    let names = exports.trim_start_matches("export{").split('}').next().unwrap_or_default();
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    for wanted in BEHAVIOURS {
        if !names.contains(wanted) {
            return Err(format!("the script does not export {wanted} any more").into());
        }
    }
    Ok(format!("const govuk=(()=>{{{body}return{{{}}}}})();\n", BEHAVIOURS.join(",")))
}

fn embed_asset(code: &mut String, out: &Path, name: &str, content_type: &str, content: &[u8]) -> Outcome<()> {
    let mut hash = String::new();
    for byte in Sha256::digest(content).iter().take(8) {
        write!(hash, "{byte:02x}")?;
    }
    fs::write(out.join(name), content)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(content)?;
    fs::write(out.join(format!("{name}.gz")), gzip.finish()?)?;
    let mut br = Vec::new();
    let options = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*content, &mut br, &options)?;
    fs::write(out.join(format!("{name}.br")), br)?;
    let file = |suffix: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}{suffix}\"))");
    writeln!(
        code,
        "    ({name:?}, \"/static/{hash}/{name}\", Asset {{ content_type: Cow::Borrowed({content_type:?}), identity: \
         Cow::Borrowed({}), br: Some(Cow::Borrowed({})), gzip: Some(Cow::Borrowed({})) }}),",
        file(""),
        file(".br"),
        file(".gz"),
    )?;
    Ok(())
}

/// A list of (path below the theme's directory, text), sorted by path.
fn embed_texts(code: &mut String, list: &str, root: &Path, extension: &str) -> Outcome<()> {
    let mut files = Vec::new();
    collect(root, extension, &mut files)?;
    files.sort();
    writeln!(code, "pub(super) static {list}: &[(&str, &str)] = &[")?;
    for file in files {
        let name = file.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({name:?}, include_str!({:?})),", file.display().to_string())?;
    }
    code.push_str("];\n");
    Ok(())
}

fn collect(dir: &Path, extension: &str, files: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    Ok(())
}
