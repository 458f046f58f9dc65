//! `idp user import`: people from another system, from a file of any length, as many times as somebody likes.

mod batch;
mod lines;
mod person;
mod report;
mod seen;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::desk::Desk;
use super::super::failure::Failure;
use crate::cli::client::find as find_client;
use crate::cli::output::count;
use crate::store::contacts::SHARERS;
use batch::{Mode, Outcome, Phone};
use lines::{Format, Lines};
use person::{Person, Problem, Reading, problem};
use report::Report;
use seen::{Earlier, Seen, Tried};

/// People in one write: others may write in between.
const BATCH: usize = 250;

/// What is brought in.
#[derive(Debug, Args)]
pub struct Import {
    /// A CSV file with a header, or JSON lines; `-` reads standard input
    file: PathBuf,
    /// How it is written; by default as its name ends: .csv, .jsonl or .ndjson
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Change people who have an account already, where they have not done so themselves
    #[arg(long)]
    update: bool,
    /// Believe the file where it calls an address or a number verified: somebody has proven it to the other system
    #[arg(long)]
    trust_verified: bool,
    /// The client app whose back office knows people by the column `external_id`
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Write what is wrong with single lines to this file, not to standard error
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    /// The file cannot be read or has columns that nobody knows, or a line of it was refused.
    pub async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let format = match self.format {
            Some(format) => format,
            None => format_of(&self.file)?,
        };
        let cannot = |path: &Path, error: std::io::Error| Failure::failed(format!("{}: {error}", path.display()));
        let (source, bytes): (Box<dyn BufRead>, _) = if self.file == Path::new("-") {
            (Box::new(std::io::stdin().lock()), None)
        } else {
            let file = File::open(&self.file).map_err(|error| cannot(&self.file, error))?;
            let bytes = file.metadata().ok().map(|about| about.len());
            (Box::new(BufReader::new(file)), bytes)
        };
        let lines = Lines::open(source, format).map_err(|error| cannot(&self.file, error))?;
        let mut lines = lines.map_err(|problem| Failure::usage(format!("line 1: {problem}")))?;
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
        let reading = Reading { trust_verified: self.trust_verified, client: self.client.as_deref() };
        let mut report = Report::new(self.errors.as_deref(), bytes, self.dry_run)
            .map_err(|error| cannot(self.errors.as_deref().unwrap_or(Path::new("-")), error))?;
        let mut run = Run {
            desk,
            mode: Mode { update: self.update },
            tried: self.dry_run.then(Tried::default),
            seen: Seen::default(),
            waiting: Vec::with_capacity(BATCH),
        };
        while let Some(line) = lines.next().map_err(|error| cannot(&self.file, error))? {
            report.counts.lines += 1;
            let read = match line.fields {
                Ok(fields) => Person::read(fields, reading)
                    .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
                Err(problem) => Err(problem.to_string()),
            };
            match read.map(|person| (run.seen.meet(&person), person)) {
                Ok((Earlier::None, person)) => run.waiting.push((line.number, person)),
                Ok((Earlier::SamePerson, _)) => {
                    report.counts.duplicates += 1;
                    report.say(line.number, "email: an earlier line is about the same person; this one is left out")?;
                }
                Ok((Earlier::Taken(problem), _)) => report.refuse(line.number, problem)?,
                Err(problems) => report.refuse(line.number, problems)?,
            }
            if run.waiting.len() == BATCH {
                run.settle(&mut report).await?;
                report.progress(lines.bytes());
            }
        }
        run.settle(&mut report).await?;
        let counts = report.finish()?;
        desk.print(&counts, || counts.in_words());
        if counts.refused > 0 {
            let refused = count(counts.refused, "line");
            return Err(Failure::failed(format!("{refused} refused; the others are not affected")));
        }
        Ok(())
    }
}

struct Run<'a> {
    desk: &'a Desk,
    mode: Mode,
    /// In a trial only.
    tried: Option<Tried>,
    seen: Seen,
    waiting: Vec<(u64, Person)>,
}

impl Run<'_> {
    /// Writes whoever waits.
    async fn settle(&mut self, report: &mut Report) -> Result<(), Failure> {
        let (numbers, people): (Vec<_>, Vec<_>) = self.waiting.drain(..).unzip();
        let about: Vec<_> = people.iter().map(About::from).collect();
        let outcomes = match &mut self.tried {
            Some(tried) => batch::rehearse(self.desk, &people, self.mode, tried).await?,
            None => batch::settle(self.desk, people, self.mode).await?,
        };
        for ((outcome, number), about) in outcomes.into_iter().zip(numbers).zip(about) {
            let (added, phone) = match outcome {
                Outcome::Added(phone) => (true, phone),
                Outcome::Updated(phone) => (false, phone),
                Outcome::Present(phone) => {
                    report.counts.present += 1;
                    if phone == Phone::Crowded {
                        report.leave_out(number, crowded())?;
                    }
                    continue;
                }
                Outcome::Refused(problem) => {
                    report.refuse(number, problem)?;
                    continue;
                }
            };
            report.counts.added += u64::from(added);
            report.counts.updated += u64::from(!added);
            report.counts.without_password += u64::from(added && !about.has_password);
            report.counts.landlines += u64::from(about.has_landline && phone == Phone::Taken);
            if let Some(why) = about.phone_left_out.or_else(|| (phone == Phone::Crowded).then(crowded)) {
                report.leave_out(number, why)?;
            }
        }
        Ok(())
    }
}

/// Why a number is left out that others have.
fn crowded() -> Problem {
    problem("phone", format_args!("left out: {SHARERS} people have proven this number already"))
}

/// What is said about a person once they are in.
struct About {
    phone_left_out: Option<Problem>,
    has_landline: bool,
    has_password: bool,
}

impl From<&Person> for About {
    fn from(person: &Person) -> Self {
        Self {
            phone_left_out: person.phone_left_out.clone(),
            has_landline: person.has_landline(),
            has_password: person.phc.is_some(),
        }
    }
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    match ending.as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("jsonl" | "ndjson") => Ok(Format::Jsonl),
        _ => Err(Failure::usage("say --format csv or --format jsonl: the name of the file does not")),
    }
}

/// Refuses a header before anything is written: under a wrong name a whole column would be lost.
fn check(columns: &[String]) -> Result<(), Failure> {
    for (at, column) in columns.iter().enumerate() {
        if !person::fields().any(|known| known == column) {
            let known = person::fields().collect::<Vec<_>>().join(", ");
            return Err(Failure::usage(format!("line 1: {column} is no column of a person; there are {known}")));
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
