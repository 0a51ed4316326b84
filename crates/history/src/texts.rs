//! Tables of texts that this program wrote itself, such as a plan, read back.

use std::path::Path;

use crate::csv_source::CHUNK;
use crate::error::ReadError;
use crate::read::{name_of, text_of};
use crate::reject::{Reject, Rejects};
use crate::source::{Row, Wanted, read_rows};
use crate::spec::TableSpec;

/// The cells of these columns of a CSV, TSV or NDJSON file, row by row, blanks around them taken off; `None` is an empty cell.
///
/// # Errors
/// The file cannot be read or lacks a column, or a row of it cannot be taken apart.
pub fn read_texts(path: &Path, columns: &[&str]) -> Result<Vec<Vec<Option<Box<str>>>>, ReadError> {
    let wanted: Vec<Wanted> = columns.iter().map(|column| Wanted::new(column, column)).collect();
    let mut rows = Vec::new();
    let mut rejects = Rejects::default();
    read_rows(&TableSpec::at(path), &wanted, &|_| false, CHUNK, &mut |place, row| {
        let (column, (code, reason)) = match row {
            Row::Cells(cells) => {
                rows.push(cells.iter().map(|cell| text_of(*cell)).collect());
                return Ok(());
            }
            Row::Broken(code, reason) => (String::new(), (code, reason)),
            Row::BrokenCell(at, code, reason) => (columns[at].to_owned(), (code, reason)),
        };
        let (file, reason) = (name_of(path), reason.to_owned());
        rejects.add(Reject { file, line: place.line, byte: place.byte, column, code, reason });
        Ok(())
    })?;
    if rejects.total() == 0 {
        return Ok(rows);
    }
    Err(ReadError::TooManyRejects {
        path: path.to_owned(),
        rejected: rejects.total(),
        rows: rows.len() as u64 + rejects.total(),
        allowed: 0.0,
        examples: rejects.examples(path),
        hint: rejects.hint().to_owned(),
    })
}
