//! Printing. A reader that has gone away, as in `idp client list | head -1`, is no failure.

use std::io::Write as _;

use serde::Serialize;

/// Prints a line of data.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes data that has its own ends of lines.
pub fn write(data: &str) {
    let _ = std::io::stdout().write_all(data.as_bytes());
}

/// Prints a line about a failure.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "idp: {text}");
}

/// Prints `value` as JSON, or `text` where nobody asked for that.
pub fn print(json: bool, value: &impl Serialize, text: impl FnOnce() -> String) {
    if json {
        say(&serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}")));
    } else {
        say(text().trim_end_matches('\n'));
    }
}

/// Each text with `before` in front of it.
#[must_use]
pub fn lines(before: &str, texts: impl Iterator<Item = String>) -> String {
    texts.fold(String::new(), |all, text| all + before + &text)
}

/// A number of things: “1 row”, “2 rows”.
#[must_use]
pub fn count(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or_default();
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Rows under each other, each column as wide as its longest cell.
#[must_use]
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = head.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let body = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    std::iter::once(line(head)).chain(body).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_no_plural() {
        assert_eq!(
            (count(1_u64, "row"), count(0_i64, "row"), count(2_usize, "row")),
            ("1 row".into(), "0 rows".into(), "2 rows".into())
        );
    }

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = [["a".to_owned(), "long cell".to_owned(), "x".to_owned()]];
        assert_eq!(table(["id", "name", "end"], &rows), "id  name       end\na   long cell  x");
    }
}
