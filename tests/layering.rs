//! Who may know whom: the layering of docs/architecture.md, held against the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut waiting = vec![root];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            found.push((path, text));
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found
}

/// The lines of code of a folder that name one of `strangers`.
fn strangers_in(folder: &str, strangers: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources(folder) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if strangers.iter().any(|stranger| line.contains(stranger)) {
                found.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    found
}

#[test]
fn layering_factors_providers_and_delivery_know_neither_http_nor_sql() {
    for folder in ["factor", "federation", "delivery"] {
        let found = strangers_in(folder, &["axum", "sqlx", "crate::http", "SELECT ", "INSERT ", "UPDATE "]);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn layering_store_ephemeral_delivery_and_page_know_nothing_of_each_other_or_of_http() {
    let parts = ["store", "ephemeral", "delivery", "page"];
    for folder in parts {
        let others = parts.iter().filter(|part| **part != folder).map(|part| format!("crate::{part}"));
        let strangers = others.chain(["crate::http".to_owned(), "crate::signin".to_owned(), "axum".to_owned()]);
        let strangers = strangers.collect::<Vec<_>>();
        let found = strangers_in(folder, &strangers.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn layering_the_sign_in_knows_nothing_of_http_and_only_the_store_knows_sql() {
    for folder in ["signin", "sync"] {
        let found = strangers_in(folder, &["axum", "crate::http"]);
        assert!(found.is_empty(), "{found:#?}");
    }
    for folder in ["signin", "sync", "http", "factor", "page", "demo", "cli"] {
        let found = strangers_in(folder, &["sqlx::query", "conn.query(", "tx.query("]);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn layering_the_rules_touch_nothing_of_the_world() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("the manifest of the rules");
    let (dependencies, _) = manifest.split_once("[dev-dependencies]").expect("both kinds of dependencies");
    for world in ["tokio", "axum", "sqlx", "reqwest", "redis", "lettre", "rand", "tera"] {
        assert!(!dependencies.lines().any(|line| line.starts_with(world)), "{world}");
    }
}
