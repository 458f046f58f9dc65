//! `idp user import`: people from another system, from a file of any length, as many times as somebody likes.

mod batch;
mod lines;
pub mod parallel;
mod person;
mod report;
mod seen;
mod source;

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::desk::Desk;
use super::super::failure::Failure;
use crate::cli::output::count;
use crate::store::contacts::SHARERS;
use batch::{Mode, Outcome, Phone};
use person::{Person, Problem, problem};
use report::{Counts, Report};
use seen::{Earlier, Seen, Tried};
use source::{Source, cannot};

/// People in one write: others may write in between.
const BATCH: usize = 250;

/// What is brought in.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    source: Source,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Change people who have an account already, where they have not done so themselves
    #[arg(long)]
    update: bool,
    /// Believe the file where it calls an address or a number verified: somebody has proven it to the other system
    #[arg(long)]
    trust_verified: bool,
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
        let mut people = self.source.open(desk, self.trust_verified).await?;
        let counts = Counts { dry_run: self.dry_run, ..Counts::default() };
        let mut report = Report::new(self.errors.as_deref(), people.bytes, counts)
            .map_err(|error| cannot(self.errors.as_deref().unwrap_or(Path::new("-")), error))?;
        let mut run = Run {
            desk,
            mode: Mode { update: self.update },
            tried: self.dry_run.then(Tried::default),
            seen: Seen::default(),
            waiting: Vec::with_capacity(BATCH),
        };
        while let Some((number, read)) = people.next()? {
            report.counts.lines += 1;
            match read.map(|person| (run.seen.meet(&person), person)) {
                Ok((Earlier::None, person)) => run.waiting.push((number, person)),
                Ok((Earlier::SamePerson, _)) => {
                    report.counts.duplicates += 1;
                    report.say(number, "email: an earlier line is about the same person; this one is left out")?;
                }
                Ok((Earlier::Taken(problem), _)) => report.refuse(number, problem)?,
                Err(problems) => report.refuse(number, problems)?,
            }
            if run.waiting.len() == BATCH {
                run.settle(&mut report).await?;
                report.progress(report.counts.lines, people.read());
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
    async fn settle(&mut self, report: &mut Report<Counts>) -> Result<(), Failure> {
        let (numbers, people): (Vec<_>, Vec<_>) = self.waiting.drain(..).unzip();
        let about: Vec<_> = people.iter().map(About::from).collect();
        let outcomes = match &mut self.tried {
            Some(tried) => batch::rehearse(self.desk, &people, self.mode, tried).await?,
            None => batch::settle(self.desk, people, self.mode).await?,
        };
        for ((outcome, number), about) in outcomes.into_iter().zip(numbers).zip(about) {
            let (added, phone, keeps_number) = match outcome {
                Outcome::Added(phone) => (true, phone, false),
                Outcome::Updated(left) => {
                    report.leave_to_owner(number, &left.owners)?;
                    (false, left.phone, left.owners.contains(&"phone"))
                }
                Outcome::Present(left) => {
                    report.counts.present += 1;
                    report.leave_to_owner(number, &left.owners)?;
                    if left.phone == Phone::Crowded {
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
            report.counts.landlines += u64::from(about.has_landline && phone == Phone::Taken && !keeps_number);
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
