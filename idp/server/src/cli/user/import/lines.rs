//! Files of people: CSV with a header, or JSON lines. One line is one person, and one line at a time is in memory.
//!
//! Every line of a CSV is read by itself: a quotation mark that is missing breaks its own line and none after it.

use std::io::{BufRead, Read as _};

use clap::ValueEnum;
use serde_json::{Map, Value};

/// Longest line in bytes.
const LONGEST: usize = 64 * 1024;
/// What some programs write before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How people are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values; the first line names the columns
    Csv,
    /// A JSON object on each line
    Jsonl,
}

/// The fields of one line, by name.
pub(super) type Fields = Map<String, Value>;

/// Why a whole line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineProblem {
    #[error("the line is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the line is not UTF-8: save the file as CSV UTF-8")]
    Encoding,
    #[error(
        "a quotation mark has no second one on this line; double it within a value, and keep each person on one line"
    )]
    Quotes,
    #[error("the line has {0} values, and the header {1}")]
    Columns(usize, usize),
    #[error("the line is no JSON object")]
    Json,
}

/// A line and its number, from 1.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) fields: Result<Fields, LineProblem>,
}

/// Reads a file from its beginning to its end.
pub(super) struct Lines<R> {
    source: R,
    number: u64,
    bytes: u64,
    buffer: Vec<u8>,
    header: Option<Vec<String>>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the header, if the format has one.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn open(source: R, format: Format) -> std::io::Result<Result<Self, LineProblem>> {
        let mut lines = Self { source, number: 0, bytes: 0, buffer: Vec::new(), header: None };
        if format == Format::Csv {
            let header = match lines.advance()? {
                Some(Ok(())) => cells(&lines.buffer),
                Some(Err(problem)) => Err(problem),
                None => Ok(csv::StringRecord::new()),
            };
            match header {
                Ok(cells) => lines.header = Some(cells.iter().map(|name| name.trim().to_owned()).collect()),
                Err(problem) => return Ok(Err(problem)),
            }
        }
        Ok(Ok(lines))
    }

    /// The names of the columns, if there is a header.
    pub(super) fn columns(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// How many bytes have been read.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line that is not empty.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            let fields = match self.advance()? {
                None => return Ok(None),
                Some(Err(problem)) => Err(problem),
                Some(Ok(())) if self.buffer.trim_ascii().is_empty() => continue,
                Some(Ok(())) => match &self.header {
                    Some(header) => row(header, &self.buffer),
                    None => object(&self.buffer),
                },
            };
            return Ok(Some(Line { number: self.number, fields }));
        }
    }

    /// Takes the next line, without its end, into the buffer.
    fn advance(&mut self) -> std::io::Result<Option<Result<(), LineProblem>>> {
        self.buffer.clear();
        let most = LONGEST as u64 + 1;
        let mut read = (&mut self.source).take(most).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes += read as u64;
        if self.number == 1 && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.buffer.drain(..BYTE_ORDER_MARK.len());
        }
        let mut too_long = false;
        while read as u64 == most && self.buffer.last() != Some(&b'\n') {
            too_long = true;
            self.buffer.clear();
            read = (&mut self.source).take(most).read_until(b'\n', &mut self.buffer)?;
            self.bytes += read as u64;
        }
        while matches!(self.buffer.last(), Some(b'\n' | b'\r')) {
            self.buffer.pop();
        }
        Ok(Some(if too_long { Err(LineProblem::TooLong) } else { Ok(()) }))
    }
}

fn cells(line: &[u8]) -> Result<csv::StringRecord, LineProblem> {
    if line.iter().fold(false, |open, byte| open ^ (*byte == b'"')) {
        return Err(LineProblem::Quotes);
    }
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).buffer_capacity(line.len().max(1));
    let mut record = csv::StringRecord::new();
    // Nothing but the encoding can be wrong with a line in memory.
    reader.from_reader(line).read_record(&mut record).map_err(|_| LineProblem::Encoding)?;
    Ok(record)
}

fn row(header: &[String], line: &[u8]) -> Result<Fields, LineProblem> {
    let cells = cells(line)?;
    if cells.len() != header.len() {
        return Err(LineProblem::Columns(cells.len(), header.len()));
    }
    Ok(header.iter().cloned().zip(cells.iter().map(Value::from)).collect())
}

fn object(line: &[u8]) -> Result<Fields, LineProblem> {
    let text = std::str::from_utf8(line).map_err(|_| LineProblem::Encoding)?;
    serde_json::from_str(text).map_err(|_| LineProblem::Json)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all(text: &[u8], format: Format) -> Vec<(u64, Result<Value, LineProblem>)> {
        let mut lines = Lines::open(text, format).unwrap().unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, line.fields.map(Value::Object)));
        }
        assert_eq!(lines.bytes(), text.len() as u64);
        found
    }

    #[test]
    fn no_other_15_a_csv_is_read_with_quotes_marks_and_either_end_of_line() {
        let text = "\u{feff}email,name\r\na@b.example,\"Smith, \"\"Ann\"\"\"\r\n\r\n b@b.example ,\nc@b.example,Zoë";
        let expected = [
            (2, Ok(json!({ "email": "a@b.example", "name": "Smith, \"Ann\"" }))),
            (4, Ok(json!({ "email": " b@b.example ", "name": "" }))),
            (5, Ok(json!({ "email": "c@b.example", "name": "Zoë" }))),
        ];
        assert_eq!(all(text.as_bytes(), Format::Csv), expected);
    }

    #[test]
    fn no_other_15_a_broken_line_breaks_no_other() {
        let mut text = b"email,name\na@b.example,\"Smith\nb@b.example\nc@b.example,\xff\n".to_vec();
        text.extend(b"x".repeat(3 * LONGEST));
        text.extend(b"\nd@b.example,Dee\n");
        let expected = [
            (2, Err(LineProblem::Quotes)),
            (3, Err(LineProblem::Columns(1, 2))),
            (4, Err(LineProblem::Encoding)),
            (5, Err(LineProblem::TooLong)),
            (6, Ok(json!({ "email": "d@b.example", "name": "Dee" }))),
        ];
        assert_eq!(all(&text, Format::Csv), expected);
    }

    #[test]
    fn no_other_15_json_lines_are_objects() {
        let text = "{\"email\":\"a@b.example\"}\n[]\n{\"email\":\n  \n{}";
        let expected = [
            (1, Ok(json!({ "email": "a@b.example" }))),
            (2, Err(LineProblem::Json)),
            (3, Err(LineProblem::Json)),
            (5, Ok(json!({}))),
        ];
        assert_eq!(all(text.as_bytes(), Format::Jsonl), expected);
    }
}
