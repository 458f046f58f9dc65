//! The example file and the reference page, made from the sections' own declarations.

use std::fmt::Write as _;

use super::section::Key;
use super::{SectionDoc, section_docs, source};

/// A configuration file with every key, its documentation and its default, all commented out.
#[must_use]
pub fn example() -> String {
    let mut text = String::from(
        "# Configuration of the identity provider. Every key is shown with its default, or with an example where it\n\
         # has none. Remove the # of a key to set it. A key can also be set by an environment variable:\n\
         # IDP_SERVER__LISTEN is `listen` in [server].\n",
    );
    for SectionDoc { name, about, keys } in section_docs() {
        text.push('\n');
        comment(&mut text, about);
        let _ = writeln!(text, "[{name}]");
        for key in keys {
            text.push('\n');
            comment(&mut text, key.about);
            let _ = writeln!(text, "#{} = {}", key.name, shown(&key));
        }
    }
    text
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{}", line.trim_end());
    }
}

fn shown(key: &Key) -> String {
    key.sample.map(str::to_owned).or_else(|| key.default.clone()).unwrap_or_else(|| "\"\"".to_owned())
}

/// The reference page in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# Configuration reference\n\n\
         <!-- Made by `IDP_BLESS=1 cargo test -p idp reference` from the doc comments in idp/server/src/config. -->\n\n\
         `idp serve --config FILE` reads a TOML file. Each key can also be set by the environment variable named\n\
         beside it, which goes before the file; lists are separated by commas there, and tables are written in JSON.\n\
         An unknown key is refused. A key ending in `_file` names a file that contains the value, for secrets.\n\
         `idp config example` prints a file with every key, `idp config check` names everything that is wrong.\n",
    );
    for SectionDoc { name, about, keys } in section_docs() {
        let _ = write!(text, "\n## `[{name}]`\n\n{}\n", prose(about));
        for key in keys {
            let _ = write!(text, "\n### `{name}.{}`\n\n{}\n\n", key.name, prose(key.about));
            let _ = writeln!(text, "- Value: {}", key.kind);
            match (&key.default, key.sample) {
                (Some(default), _) => drop(writeln!(text, "- Default: `{default}`")),
                (None, Some(sample)) => drop(writeln!(text, "- Default: not set. Example: `{sample}`")),
                (None, None) => text.push_str("- Default: not set\n"),
            }
            let _ = writeln!(text, "- Environment: `{}`", source::variable(name, key.name));
        }
    }
    text
}

fn prose(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    #[test]
    fn the_committed_reference_is_what_the_code_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        if std::env::var_os("IDP_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("docs");
            std::fs::write(&path, reference()).expect("the reference is written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == reference(), "docs/configuration.md differs: run IDP_BLESS=1 cargo test -p idp reference");
    }

    #[test]
    fn the_example_as_printed_is_the_default_configuration() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("idp.toml");
        std::fs::write(&path, example()).expect("written");
        let config = Config::from_sources(Some(&path), std::iter::empty()).expect("valid");
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn every_line_of_the_example_is_a_key_with_a_readable_value_once_its_mark_is_removed() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("idp.toml");
        let live: String = example()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') && rest.contains(" = ") => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        std::fs::write(&path, live).expect("written");
        let error = Config::from_sources(Some(&path), std::iter::empty()).expect_err("samples contradict each other");
        for problem in &error.problems {
            let about_shape = ["is not a key", "is not TOML", "must be a whole number from", "must be text in"];
            assert!(!about_shape.iter().any(|text| problem.message.contains(text)), "{problem}");
        }
        assert!(error.problems.iter().all(|problem| problem.key.contains('.')), "{error}");
    }
}
