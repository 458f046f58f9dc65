//! What came of an import: counts, a line for everything that needs somebody's attention, and how far it is.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::output::count;

/// How many lines ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Whether nothing was written.
    pub(super) dry_run: bool,
    /// Lines with anything on them, but for the header.
    pub(super) lines: u64,
    /// People who have an account now and had none.
    pub(super) added: u64,
    /// People who had one that was changed.
    pub(super) updated: u64,
    /// People who had one that was left alone.
    pub(super) present: u64,
    /// Lines about somebody of whom an earlier line is.
    pub(super) duplicates: u64,
    /// Lines that are wrong.
    pub(super) refused: u64,
    /// Numbers that are none, or that as many have as may, of people who are in.
    pub(super) phones_left_out: u64,
    /// Numbers that take calls only, of people who were added or updated.
    pub(super) landlines: u64,
    /// People who were added without a password.
    pub(super) without_password: u64,
    /// People whose password or number was left as it is, because the account is its owner's.
    pub(super) left_to_owners: u64,
}

impl Counts {
    /// In words.
    pub(super) fn in_words(&self) -> String {
        let Self { added, updated, present, refused, .. } = self;
        let dry = if self.dry_run { "A trial: nothing was written. " } else { "" };
        // Nobody has a way in without one, and codes go to no address that nobody speaks for.
        let then = if self.without_password > 0 {
            "\nWho has no password gets in by invitation (idp user invite); their address must be vouched or verified."
        } else {
            ""
        };
        format!(
            "{dry}{}: {added} added, {updated} updated, {present} present already, {}, {refused} refused.\n{} left out, {}, {} without a password, {} left to their owners.{then}",
            count(self.lines, "line"),
            count(self.duplicates, "duplicate"),
            count(self.phones_left_out, "phone number"),
            count(self.landlines, "landline"),
            self.without_password,
            self.left_to_owners,
        )
    }
}

/// Where words about single lines go.
pub(super) struct Report<C> {
    file: Option<BufWriter<File>>,
    bar: ProgressBar,
    pub(super) counts: C,
}

impl<C> Report<C> {
    /// A report to `file`, or to standard error. On a terminal it shows how much of `bytes` is done; of a file of unknown
    /// length, how much it was.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn new(file: Option<&Path>, bytes: Option<u64>, counts: C) -> std::io::Result<Self> {
        let file = file.map(File::create).transpose()?.map(BufWriter::new);
        // It draws on standard error, and only where that is a terminal.
        let bar = bytes.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let template = match bytes {
            Some(_) => "{percent:>3} % [{wide_bar}] {msg}, {eta} to go",
            None => "{spinner} {bytes} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.tick();
        Ok(Self { file, bar, counts })
    }

    /// Says something about a line.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn say(&mut self, line: u64, what: impl Display) -> std::io::Result<()> {
        self.write(format_args!("line {line}: {what}"))
    }

    /// Writes a line of its own.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write(&mut self, what: impl Display) -> std::io::Result<()> {
        match &mut self.file {
            Some(file) => writeln!(file, "{what}"),
            None => self.bar.suspend(|| {
                // Whoever closed standard error does not want to know.
                let _ = writeln!(std::io::stderr(), "{what}");
                Ok(())
            }),
        }
    }

    /// Shows how far it is.
    pub(super) fn progress(&self, lines: u64, bytes: u64) {
        self.bar.set_message(count(lines, "line"));
        self.bar.set_position(bytes);
    }

    /// Takes the bar away and completes the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn finish(mut self) -> std::io::Result<C> {
        self.bar.finish_and_clear();
        if let Some(mut file) = self.file.take() {
            file.flush()?;
        }
        Ok(self.counts)
    }
}

impl Report<Counts> {
    /// Counts a line of which nothing goes in, and says why.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn refuse(&mut self, line: u64, why: impl Display) -> std::io::Result<()> {
        self.counts.refused += 1;
        self.say(line, why)
    }

    /// Counts somebody of whose line these fields are left to the account's owner, if any are, and says so.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn leave_to_owner(&mut self, line: u64, fields: &[&str]) -> std::io::Result<()> {
        if fields.is_empty() {
            return Ok(());
        }
        self.counts.left_to_owners += 1;
        let fields = fields.join(", ");
        self.say(
            line,
            format_args!("{fields}: left to the owner, who has proven the address here or signs in otherwise"),
        )
    }

    /// Counts a number that does not go in with its owner, and says why.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn leave_out(&mut self, line: u64, why: impl Display) -> std::io::Result<()> {
        self.counts.phones_left_out += 1;
        self.say(line, why)
    }
}
