//! Rows of a file, whatever its format, with the place of each.

use std::fs::File;
use std::path::Path;

use crate::cell::Cell;
use crate::csv_source::Text;
use crate::error::ReadError;
use crate::place::Place;
use crate::reject::RejectCode;
use crate::spec::TableSpec;
use crate::warning::Warning;
use crate::{csv_source, parquet_source};

/// A column that is looked for: its header, and what the project file calls it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) header: String,
    pub(crate) role: String,
}

impl Wanted {
    pub(crate) fn new(header: &str, role: &str) -> Self {
        Self { header: header.to_owned(), role: role.to_owned() }
    }
}

/// One row of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row<'a> {
    /// The wanted cells, in the order in which they were asked for.
    Cells(&'a [Cell<'a>]),
    /// A row that could not be taken apart.
    Broken(RejectCode, &'static str),
}

/// What is done with each row, and where it stands.
pub(crate) type OnRow<'f> = dyn FnMut(Place, Row<'_>) -> Result<(), ReadError> + 'f;

/// What was noticed in a file beside its rows.
#[derive(Debug, Default)]
pub(crate) struct Noticed {
    /// Rows that span more than one line of a text file.
    pub(crate) multiline: u64,
    pub(crate) warnings: Vec<Warning>,
}

/// Whether the wanted cells are so surely those of a row of this table that no text inside a field looks like them.
pub(crate) type IsRow<'f> = dyn Fn(&[Cell<'_>]) -> bool + 'f;

/// Reads the wanted columns of every row. Text is read in pieces of `chunk` bytes, which changes nothing that is read.
pub(crate) fn read_rows(
    spec: &TableSpec,
    wanted: &[Wanted],
    is_row: &IsRow<'_>,
    chunk: usize,
    on_row: &mut OnRow<'_>,
) -> Result<Noticed, ReadError> {
    let path = spec.path.as_path();
    let format = format_of(path)?;
    let mut rows = 0_u64;
    let mut counted = |place: Place, row: Row<'_>| {
        rows += 1;
        on_row(place, row)
    };
    let noticed = match format {
        Format::Text => {
            let input = File::open(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
            let text = Text { path, input, chunk, skip_lines: 0, delimiter: None };
            csv_source::read(text, wanted, is_row, &mut counted)?
        }
        Format::Parquet => {
            parquet_source::read(path, wanted, &mut counted)?;
            Noticed::default()
        }
    };
    if rows == 0 {
        return Err(ReadError::NoRows { path: path.to_owned() });
    }
    Ok(noticed)
}

/// How a file is to be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Delimited text.
    Text,
    Parquet,
}

/// The format that a file's name ends in.
///
/// # Errors
/// The ending names none, or the file is empty or cannot be looked at.
pub(crate) fn format_of(path: &Path) -> Result<Format, ReadError> {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let format = match extension.as_deref() {
        Some("csv" | "tsv" | "txt") => Format::Text,
        Some("parquet") => Format::Parquet,
        _ => return Err(ReadError::UnknownFormat { path: path.to_owned() }),
    };
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(io)?.len() == 0 {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    Ok(format)
}

/// The positions of the wanted columns among the headers of a file.
pub(crate) fn locate(path: &Path, headers: &[&str], wanted: &[Wanted]) -> Result<Vec<usize>, ReadError> {
    wanted
        .iter()
        .map(|want| {
            let mut places = headers.iter().enumerate().filter(|(_, h)| **h == want.header).map(|(i, _)| i);
            match (places.next(), places.count()) {
                (Some(place), 0) => Ok(place),
                (Some(_), more) => Err(ReadError::DuplicateColumn {
                    path: path.to_owned(),
                    column: want.header.clone(),
                    times: more + 1,
                }),
                (None, _) => Err(ReadError::MissingColumn {
                    path: path.to_owned(),
                    column: want.header.clone(),
                    role: want.role.clone(),
                    found: describe_headers(headers),
                    hint: nearest(headers, &want.header)
                        .map_or_else(String::new, |n| format!("; did you mean \"{n}\"?")),
                }),
            }
        })
        .collect()
}

fn describe_headers(headers: &[&str]) -> String {
    let shown: Vec<String> = headers.iter().take(12).map(|h| format!("\"{h}\"")).collect();
    let more = headers.len().saturating_sub(shown.len());
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// The header nearest to a name, if it is near enough to be a slip: compared without case, blanks and signs.
fn nearest<'a>(headers: &[&'a str], name: &str) -> Option<&'a str> {
    let plain = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let name = plain(name);
    headers
        .iter()
        .map(|header| (strsim::levenshtein(&plain(header), &name), *header))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= name.chars().count() / 3)
        .map(|(_, header)| header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_header_is_named() {
        let headers = ["Customer ID", "InvoiceDate", "Total"];
        assert_eq!(nearest(&headers, "customer_id"), Some("Customer ID"));
        assert_eq!(nearest(&headers, "Invoice Dat"), Some("InvoiceDate"));
        assert_eq!(nearest(&headers, "amount"), None);
    }
}
