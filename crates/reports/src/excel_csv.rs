//! CSV for people, as a spreadsheet in a country with decimal commas opens it: UTF-8 with a byte order mark, `;` between
//! cells, decimal commas, lines that end in CR LF. Texts are guarded ([`guard_text`]), numbers are not.

use crate::csv::{CsvTable, guard_text};
use crate::data::finite;

/// What stands at the beginning of such a file, so that Excel takes it for UTF-8.
pub const EXCEL_BOM: &str = "\u{feff}";

/// A cell of a file for people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExcelCell<'a> {
    /// A text, not guarded yet.
    Text(&'a str),
    /// A number with at most so many decimals; missing values are empty.
    Number(Option<f64>, usize),
}

/// A line of such a file, with its end.
pub fn excel_line(cells: &[ExcelCell<'_>]) -> String {
    let cells = cells.iter().map(|cell| match cell {
        ExcelCell::Text(text) => quoted(&guard_text(text)),
        ExcelCell::Number(value, decimals) => finite(*value).map_or_else(String::new, |v| decimal_comma(v, *decimals)),
    });
    cells.collect::<Vec<_>>().join(";") + "\r\n"
}

impl CsvTable {
    /// The table as such a file.
    #[must_use]
    pub fn for_excel(&self) -> String {
        let line = |cells: Vec<String>| cells.join(";") + "\r\n";
        let mut text = EXCEL_BOM.to_owned();
        text.push_str(&line(self.header.iter().map(|name| quoted(name)).collect()));
        for row in &self.rows {
            let cells = row.iter().zip(&self.header).map(|(cell, name)| {
                // Texts are guarded already; what is no text is a number.
                if self.texts.contains(name) { quoted(cell) } else { cell.replace('.', ",") }
            });
            text.push_str(&line(cells.collect()));
        }
        text
    }
}

/// `1234.50` as `1234,5`.
fn decimal_comma(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text {
        "-0" => "0".to_owned(),
        text => text.replace('.', ","),
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_guarded_and_numbers_have_commas() {
        let cells = [
            ExcelCell::Text("=1+1"),
            ExcelCell::Number(Some(-3.25), 2),
            ExcelCell::Number(Some(-0.000_1), 2),
            ExcelCell::Number(None, 2),
            ExcelCell::Number(Some(f64::NAN), 2),
            ExcelCell::Text("a;\"b\""),
            ExcelCell::Number(Some(12.0), 0),
        ];
        assert_eq!(excel_line(&cells), "'=1+1;-3,25;0;;;\"a;\"\"b\"\"\";12\r\n");
    }

    #[test]
    fn a_text_that_looks_like_a_number_keeps_its_point() {
        let table = CsvTable {
            file_name: "t.csv",
            header: vec!["segment", "rate"],
            texts: &["segment"],
            rows: vec![vec!["1.5".to_owned(), "-0.25".to_owned()]],
        };
        assert_eq!(table.for_excel(), "\u{feff}segment;rate\r\n1.5;-0,25\r\n");
    }
}
