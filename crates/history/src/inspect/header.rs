//! The headers of a file.

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use crate::error::ReadError;
use crate::{ndjson_source, parquet_source};

/// What stands above the rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Headers {
    pub(super) delimiter: Option<char>,
    /// Headers of columns that can be read.
    pub(super) headers: Vec<String>,
    pub(super) unusable: Vec<String>,
    /// Headers among those that can be read, of timestamps of which nothing says what they are.
    pub(super) int96: Vec<String>,
}

/// Objects of more keys than this are no rows of a table.
const MOST_KEYS: usize = 4_096;

/// So many rows must agree on a delimiter.
const ROWS: usize = 50;

/// Delimiters, the likeliest first: of two that explain the rows equally well the first is taken.
const DELIMITERS: [u8; 4] = *b",;\t|";

pub(super) fn of_csv(path: &Path, start: &[u8]) -> Result<Headers, ReadError> {
    let (delimiter, names) = delimiter_of(text_of(path, start)?);
    if names.iter().all(String::is_empty) {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    Ok(sort(Some(char::from(delimiter)), names.into_iter().map(|name| (name, true))))
}

/// The keys of the first objects, in the order in which they come up.
pub(super) fn of_ndjson(path: &Path, start: &[u8]) -> Result<Headers, ReadError> {
    let mut names: Vec<String> = Vec::new();
    for key in text_of(path, start)?.lines().flat_map(|line| ndjson_source::keys(line, MOST_KEYS)) {
        if names.len() < MOST_KEYS && !names.contains(&key) {
            names.push(key);
        }
    }
    Ok(sort(None, names.into_iter().map(|name| (name, true))))
}

pub(super) fn of_parquet(path: &Path) -> Result<Headers, ReadError> {
    let columns = parquet_source::headers(path)?;
    let int96: Vec<String> = columns.iter().filter(|column| column.int96).map(|column| column.name.clone()).collect();
    let headers = sort(None, columns.into_iter().map(|column| (column.name, column.readable)));
    Ok(Headers { int96, ..headers })
}

/// The start of a file as text. Its end may lie within a character, or bytes that are no UTF-8 may come later.
fn text_of<'a>(path: &Path, start: &'a [u8]) -> Result<&'a str, ReadError> {
    let valid = match std::str::from_utf8(start) {
        Ok(text) => Some(text),
        Err(error) => start.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()),
    };
    let header = valid.filter(|valid| valid.len() == start.len() || valid.contains(['\n', '\r']));
    let header = header.ok_or_else(|| ReadError::HeaderNotUtf8 { path: path.to_owned() })?;
    Ok(header.trim_start_matches('\u{feff}'))
}

/// The delimiter under which most of the first rows have as many fields as the header, then the one that makes most columns. A
/// delimiter that leaves the header in one piece explains nothing.
fn delimiter_of(start: &str) -> (u8, Vec<String>) {
    let under = |delimiter: u8| {
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(start.as_bytes());
        let mut records = Vec::new();
        let mut record = ByteRecord::new();
        while records.len() <= ROWS && matches!(reader.read_byte_record(&mut record), Ok(true)) {
            records.push(record.clone());
        }
        // The last of them may be cut where the start ends.
        if records.len() > 2 && records.len() <= ROWS {
            records.pop();
        }
        let names: Vec<String> = records
            .first()
            .map(|header| header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect())
            .unwrap_or_default();
        let agreeing = records.iter().skip(1).filter(|record| record.len() == names.len()).count();
        ((names.len() > 1, agreeing, names.len()), names)
    };
    let mut best = (DELIMITERS[0], under(DELIMITERS[0]));
    for delimiter in DELIMITERS.into_iter().skip(1) {
        let found = under(delimiter);
        if found.0 > best.1.0 {
            best = (delimiter, found);
        }
    }
    (best.0, best.1.1)
}

/// Sets headers apart that stand twice, that are empty, or whose columns cannot be read.
fn sort(delimiter: Option<char>, columns: impl Iterator<Item = (String, bool)>) -> Headers {
    let columns: Vec<(String, bool)> = columns.collect();
    let is_usable = |(name, readable): &(String, bool)| {
        *readable && !name.is_empty() && columns.iter().filter(|(other, _)| other == name).count() == 1
    };
    let (usable, unusable): (Vec<_>, Vec<_>) = columns.iter().partition(|column| is_usable(column));
    let names = |columns: Vec<&(String, bool)>| columns.into_iter().map(|(name, _)| name.clone()).collect();
    let mut unusable: Vec<String> = names(unusable);
    unusable.dedup();
    Headers { delimiter, headers: names(usable), unusable, int96: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_the_rows_agree_on() {
        let found = |text: &str| {
            let (delimiter, names) = delimiter_of(text);
            (char::from(delimiter), names.len())
        };
        assert_eq!(found("a,b,c\n1,2,3\n"), (',', 3));
        assert_eq!(found("id;date;sum\n1;01.02.2026;1,50\n2;01.02.2026;2,50\n"), (';', 3));
        assert_eq!(found("Sum, net;Date;Id\n1,50;x;1\n2,50;y;2\n"), (';', 3));
        assert_eq!(found("a\tb\n1\t2\n"), ('\t', 2));
        assert_eq!(found("a|b\n1|2\n"), ('|', 2));
        assert_eq!(found("only\n1\n"), (',', 1));
        assert_eq!(found("a,b"), (',', 2));
        assert_eq!(found(""), (',', 0));
    }

    #[test]
    fn headers_that_cannot_be_mapped_are_set_apart() {
        let columns = [("id", true), ("sum", true), ("sum", true), ("", true), ("list", false)];
        let found = sort(None, columns.into_iter().map(|(name, readable)| (name.to_owned(), readable)));
        assert_eq!(
            (found.headers, found.unusable),
            (vec!["id".to_owned()], ["sum", "", "list"].map(str::to_owned).into())
        );
    }
}
