//! Comma-separated values (RFC 4180) that a spreadsheet can open without running anything.

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// What people or other systems wrote: neutralised and quoted as needed.
    Text(String),
    /// Our own figures, which may be negative and must stay numbers.
    Figure(String),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A figure that was written by this program: digits, a point and a leading minus. Anything else is a text.
    pub fn figure(figure: &impl ToString) -> Self {
        let figure = figure.to_string();
        let digits = figure.strip_prefix('-').unwrap_or(&figure);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if plain { Self::Figure(figure) } else { Self::Text(figure) }
    }
}

/// One row with its end of line.
#[must_use]
pub fn row(cells: &[Cell]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => quoted(&neutralised(text)),
            Cell::Figure(figure) => figure.clone(),
        })
        .collect();
    cells.join(",") + "\r\n"
}

/// What a spreadsheet would take for a formula gets an apostrophe in front. Spreadsheets skip blanks before they look,
/// and some read full-width signs as the plain ones.
fn neutralised(text: &str) -> String {
    let starts_formula =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}');
    let first = text.chars().next();
    let first_shown = text.trim_start().chars().next();
    if first.is_some_and(|c| matches!(c, '\t' | '\r' | '\n')) || first_shown.is_some_and(starts_formula) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        row(&[Cell::text(text)]).trim_end_matches("\r\n").to_owned()
    }

    #[test]
    fn sec_r47_case_ad4_cells_that_a_spreadsheet_would_run_are_neutralised() {
        for start in ['=', '+', '-', '@', '\t', '\r'] {
            let cell = format!("{start}cmd|'/c calc'!A1");
            assert!(text(&cell).trim_start_matches('"').starts_with('\''), "{cell:?} -> {}", text(&cell));
        }
        assert_eq!(text(" =1+1"), "' =1+1");
        assert_eq!(text("\u{ff1d}1"), "'\u{ff1d}1");
        assert_eq!(text("Anytown"), "Anytown");
    }

    #[test]
    fn case_ad4_quotes_commas_and_newlines_stay_inside_their_cell() {
        assert_eq!(text("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(text("a\nb"), "\"a\nb\"");
        assert_eq!(row(&[Cell::text("a"), Cell::figure(&-9), Cell::figure(&"0.09")]), "a,-9,0.09\r\n");
        // What is no figure is a text, whatever it was called.
        assert_eq!(row(&[Cell::figure(&"-1+cmd")]), "'-1+cmd\r\n");
    }
}
