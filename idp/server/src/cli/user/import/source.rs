//! Which file is read, and how: the same for everything that reads people.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;

use super::lines::{Format, Line, Lines};
use super::person::{self, Person, Reading};
use crate::cli::client::find as find_client;
use crate::cli::desk::Desk;
use crate::cli::failure::Failure;

/// A file of people.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// A CSV file with a header, or JSON lines; `-` reads standard input
    file: PathBuf,
    /// How it is written; by default as its name ends: .csv, .jsonl or .ndjson
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The client app whose back office knows people by the column `external_id`
    #[arg(long, value_name = "ID")]
    client: Option<String>,
}

/// A file that was opened.
pub(super) struct People<'a> {
    lines: Lines<Box<dyn BufRead>>,
    file: &'a Path,
    reading: Reading<'a>,
    /// How long it is, where that is known.
    pub(super) bytes: Option<u64>,
}

impl Source {
    /// Opens the file, and refuses one that is none of people before anything is done.
    pub(super) async fn open(&self, desk: &Desk, trust_verified: bool) -> Result<People<'_>, Failure> {
        let format = match self.format {
            Some(format) => format,
            None => format_of(&self.file)?,
        };
        let (source, bytes): (Box<dyn BufRead>, _) = if self.file == Path::new("-") {
            (Box::new(std::io::stdin().lock()), None)
        } else {
            let file = File::open(&self.file).map_err(|error| cannot(&self.file, error))?;
            let bytes = file.metadata().ok().map(|about| about.len());
            (Box::new(BufReader::new(file)), bytes)
        };
        let lines = Lines::open(source, format).map_err(|error| cannot(&self.file, error))?;
        let lines = lines.map_err(|problem| Failure::usage(format!("line 1: {problem}")))?;
        if let Some(columns) = lines.columns() {
            check(columns)?;
            if self.client.is_none() && columns.iter().any(|column| column == "external_id") {
                return Err(Failure::usage(
                    "line 1: external_id needs --client: say which back office's ids these are",
                ));
            }
        }
        if let Some(client) = &self.client {
            find_client(desk, client).await?;
        }
        Ok(People {
            lines,
            file: &self.file,
            reading: Reading { trust_verified, client: self.client.as_deref() },
            bytes,
        })
    }
}

/// The number of a line, and who it is about, or what is wrong with it.
pub(super) type Numbered = (u64, Result<Person, String>);

impl People<'_> {
    /// The next line that is not empty.
    pub(super) fn next(&mut self) -> Result<Option<Numbered>, Failure> {
        let line = self.lines.next().map_err(|error| cannot(self.file, error))?;
        let Some(Line { number, fields }) = line else { return Ok(None) };
        let read = match fields {
            Ok(fields) => Person::read(fields, self.reading)
                .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            Err(problem) => Err(problem.to_string()),
        };
        Ok(Some((number, read)))
    }

    /// How many bytes have been read.
    pub(super) const fn read(&self) -> u64 {
        self.lines.bytes()
    }
}

/// A file that cannot be read or written.
pub(super) fn cannot(path: &Path, error: impl Display) -> Failure {
    Failure::failed(format!("{}: {error}", path.display()))
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    match ending.as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("jsonl" | "ndjson") => Ok(Format::Jsonl),
        Some("json") => Err(Failure::usage(
            "say --format jsonl if there is one object on each line; a list in square brackets cannot be read",
        )),
        _ => Err(Failure::usage("say --format csv or --format jsonl: the name of the file does not")),
    }
}

/// What is wrong with a column that there is not, as far as its name tells. A value is not repeated.
fn no_column(column: &str) -> String {
    if column.contains([';', '\t']) {
        return "separate the columns by commas".to_owned();
    }
    if column.contains('@') {
        return "the first line must name the columns, as email,given_name".to_owned();
    }
    if let Some(meant) = person::fields().find(|known| known.eq_ignore_ascii_case(column.trim())) {
        return format!("{column} is no column of a person: write it {meant}");
    }
    let known = person::fields().collect::<Vec<_>>().join(", ");
    format!("{column} is no column of a person; there are {known}")
}

/// Refuses a header before anything is written: under a wrong name a whole column would be lost.
fn check(columns: &[String]) -> Result<(), Failure> {
    for (at, column) in columns.iter().enumerate() {
        if !person::fields().any(|known| known == column) {
            return Err(Failure::usage(format!("line 1: {}", no_column(column))));
        }
        if columns.iter().take(at).any(|earlier| earlier == column) {
            return Err(Failure::usage(format!("line 1: {column} is there twice")));
        }
    }
    if !columns.iter().any(|column| column == "email") {
        return Err(Failure::usage("line 1: there is no column email"));
    }
    Ok(())
}
