//! `idp user parallel-run`: the sign-in before and this one side by side. A later file of the old system against the accounts
//! here: who is the same, who differs in what, who is missing on either side, and who has moved already. It writes nothing.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::person::Person;
use super::report::Report;
use super::seen::{Digests, Earlier, Seen};
use super::source::{Source, cannot};
use crate::cli::desk::Desk;
use crate::cli::failure::Failure;
use crate::cli::output::count;
use crate::hashing::is_foreign;
use crate::store::imports::{self, Known};
use crate::store::parallel_runs::{self, Imported};
use crate::store::{Conn, StoreError, external_ids};

/// Lines between two looks at how far it is.
const STEP: u64 = 250;
/// Accounts that are asked for at once.
const PAGE: i64 = 1_000;

/// What is compared.
#[derive(Debug, Args)]
pub struct ParallelRun {
    #[command(flatten)]
    source: Source,
    /// Write the list of differences to this file, not to standard error
    #[arg(long, value_name = "FILE")]
    differences: Option<PathBuf>,
}

/// In what people differ. Who differs in two things counts in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Differing {
    /// The address; they are known by an id.
    email: u64,
    phone: u64,
    /// A name, an address or another claim.
    profile: u64,
    locale: u64,
    /// A password that was changed there, of somebody who has not signed in here.
    password: u64,
}

impl Differing {
    const fn add(&mut self, what: What) {
        *match what {
            What::Email => &mut self.email,
            What::Phone => &mut self.phone,
            What::Profile => &mut self.profile,
            What::Locale => &mut self.locale,
            What::Password => &mut self.password,
        } += 1;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Email,
    Phone,
    Profile,
    Locale,
    Password,
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Profile => "profile",
            Self::Locale => "locale",
            Self::Password => "password",
        }
    }
}

/// How many people are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    lines: u64,
    /// All that the file says is so here.
    same: u64,
    differ: u64,
    differing: Differing,
    /// In the file, and without an account here.
    new_there: u64,
    /// Brought in once, and not in the file.
    gone_there: u64,
    /// In the file twice.
    duplicates: u64,
    /// Lines that are wrong.
    refused: u64,
    /// Of those who are in both: have signed in here.
    signed_in_here: u64,
    /// Their password is hashed as we do, and in the file as another system does.
    hashed_anew: u64,
    /// Have a second factor here.
    with_second_factor: u64,
}

impl Counts {
    fn in_words(&self) -> String {
        let Self { same, differ, new_there, gone_there, duplicates, refused, .. } = self;
        let Differing { email, phone, profile, locale, password } = self.differing;
        format!(
            "{}: {same} the same, {differ} differ, {new_there} new there, {}, {refused} refused; {gone_there} gone there.\n\
             Differ in: email {email}, phone {phone}, profile {profile}, locale {locale}, password {password}.\n\
             Of those in both: {} signed in here, {} with a hash made anew, {} with a second factor.",
            count(self.lines, "line"),
            count(*duplicates, "duplicate"),
            self.signed_in_here,
            self.hashed_anew,
            self.with_second_factor,
        )
    }
}

impl ParallelRun {
    /// Runs the command.
    ///
    /// # Errors
    /// The file cannot be read or has columns that nobody knows, or a line of it is wrong.
    pub async fn run(self, desk: &Desk) -> Result<(), Failure> {
        // Nothing is written: the file may call verified what it likes.
        let mut people = self.source.open(desk, true).await?;
        let report = Report::new(self.differences.as_deref(), people.bytes, Counts::default())
            .map_err(|error| cannot(self.differences.as_deref().unwrap_or(Path::new("-")), error))?;
        let mut comparison = Comparison { json: desk.answers_in_json(), report, met: Digests::default() };
        let mut seen = Seen::default();
        while let Some((number, read)) = people.next()? {
            comparison.report.counts.lines += 1;
            match read.map(|person| (seen.meet(&person), person)) {
                Ok((Earlier::None, person)) => {
                    let mut conn = desk.db.read().await?;
                    let known = find(&mut conn, &person).await?;
                    comparison.compare(&mut conn, number, &person, known).await?;
                }
                Ok((Earlier::SamePerson, _)) => comparison.report.counts.duplicates += 1,
                Ok((Earlier::Taken(problem), _)) => comparison.refuse(number, &problem.to_string())?,
                Err(problems) => comparison.refuse(number, &problems)?,
            }
            if comparison.report.counts.lines.is_multiple_of(STEP) {
                comparison.report.progress(comparison.report.counts.lines, people.read());
            }
        }
        comparison.missing(desk).await?;
        let counts = comparison.report.finish()?;
        desk.print(&counts, || counts.in_words());
        if counts.refused > 0 {
            let refused = count(counts.refused, "line");
            return Err(Failure::failed(format!("{refused} refused; the others were compared")));
        }
        Ok(())
    }
}

/// The account of a person: by their id in the back office, else by their address.
async fn find(conn: &mut Conn, person: &Person) -> Result<Option<Known>, StoreError> {
    if let Some(office) = &person.office
        && let Some(id) = external_ids::holder(conn, &office.client, &office.external_id).await?
    {
        return imports::by_id(conn, id).await;
    }
    imports::find(conn, person.class, &person.email).await
}

struct Comparison {
    json: bool,
    report: Report<Counts>,
    /// The accounts of those who are in the file.
    met: Digests,
}

impl Comparison {
    async fn compare(
        &mut self,
        conn: &mut Conn,
        number: u64,
        person: &Person,
        known: Option<Known>,
    ) -> Result<(), Failure> {
        let Some(known) = known else {
            self.report.counts.new_there += 1;
            return self.list(number, "new_there", &[]);
        };
        self.met.put(known.id);
        let done = parallel_runs::done_here(conn, known.id).await?;
        let anew =
            person.phc.as_deref().is_some_and(is_foreign) && known.phc.as_deref().is_some_and(|phc| !is_foreign(phc));
        let counts = &mut self.report.counts;
        counts.signed_in_here += u64::from(done.signed_in);
        counts.hashed_anew += u64::from(anew);
        counts.with_second_factor += u64::from(done.second_factor);
        let differences = differences(person, &known);
        if differences.is_empty() {
            counts.same += 1;
            return Ok(());
        }
        counts.differ += 1;
        for what in &differences {
            counts.differing.add(*what);
        }
        self.list(number, "differs", &differences)
    }

    /// Says what of a line is not as it is here, without saying how it is: the list may be passed on.
    fn list(&mut self, number: u64, outcome: &str, what: &[What]) -> Result<(), Failure> {
        let names = what.iter().map(|what| what.name()).collect::<Vec<_>>();
        Ok(match (self.json, names.is_empty()) {
            (true, true) => self.report.write(json!({ "line": number, "is": outcome })),
            (true, false) => self.report.write(json!({ "line": number, "is": outcome, "in": names })),
            (false, true) => self.report.say(number, outcome.replace('_', " ")),
            (false, false) => self.report.say(number, format_args!("{outcome}: {}", names.join(", "))),
        }?)
    }

    fn refuse(&mut self, number: u64, why: &str) -> Result<(), Failure> {
        self.report.counts.refused += 1;
        Ok(match self.json {
            true => self.report.write(json!({ "line": number, "is": "refused", "why": why })),
            false => self.report.say(number, why),
        }?)
    }

    /// Lists who was brought in and is not in the file.
    async fn missing(&mut self, desk: &Desk) -> Result<(), Failure> {
        let mut after = Uuid::nil();
        loop {
            let page = parallel_runs::imported(&mut desk.db.read().await?, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for Imported { id, sub } in page {
                if self.met.has(id) {
                    continue;
                }
                self.report.counts.gone_there += 1;
                match self.json {
                    true => self.report.write(json!({ "sub": sub, "is": "gone_there" })),
                    false => self.report.write(format_args!("subject {sub}: gone there")),
                }?;
            }
        }
    }
}

/// In what the file differs from the account. What it leaves empty is not compared.
fn differences(person: &Person, known: &Known) -> Vec<What> {
    let phone = person.phone.as_ref().map(|(phone, _)| phone.as_str());
    let claims = known.profile();
    let has_changed = |phc: &String| known.phc.as_ref().is_none_or(|known| is_foreign(known) && known != phc);
    let table = [
        (What::Email, known.email.as_deref() != Some(person.email.as_str())),
        (What::Phone, phone.is_some() && known.phone.as_deref() != phone),
        (What::Profile, person.profile.iter().any(|(name, value)| claims.get(name) != Some(value))),
        (What::Locale, person.locale.is_some() && person.locale != known.locale),
        (What::Password, person.phc.as_ref().is_some_and(has_changed)),
    ];
    table.into_iter().filter_map(|(what, differs)| differs.then_some(what)).collect()
}
