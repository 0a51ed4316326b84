//! The header of delimited text: which delimiter it proves, and what may be wrong where the columns are not in it.

use std::path::Path;

use super::records::Records;
use crate::error::ReadError;
use crate::place::Place;
use crate::source::{Wanted, locate};

/// More columns are refused: a wrong delimiter or a broken file, no table.
pub(super) const MOST_COLUMNS: usize = 4_096;

/// Records that are looked at for a header that does not stand on top.
const LOOKED_THROUGH: usize = 100;

/// The delimiter under which the header has the wanted columns. Where none has them all, the one that finds most (the
/// comma, if none finds any), so that the error about the missing column shows sensible headers. A blank counts only if it
/// finds them all, since headers hold blanks.
///
/// # Errors
/// Two delimiters find all of them.
pub(super) fn prove_delimiter(path: &Path, start: &[u8], wanted: &[Wanted]) -> Result<u8, ReadError> {
    let found = |delimiter: u8| {
        let names = first_record(start, delimiter).unwrap_or_default();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let wanted = wanted.iter().filter(|w| is_there(path, &names, std::slice::from_ref(w))).count();
        (wanted, names.len())
    };
    let candidates = b",\t;|".map(|delimiter| (found(delimiter), delimiter));
    let whole: Vec<u8> = candidates
        .iter()
        .filter(|((wanted_found, names), _)| *wanted_found == wanted.len() && *names > 1)
        .map(|(_, delimiter)| *delimiter)
        .collect();
    match whole[..] {
        [one] => Ok(one),
        [first, second, ..] => Err(ReadError::AmbiguousDelimiter {
            path: path.to_owned(),
            first: char::from(first),
            second: char::from(second),
        }),
        [] if wanted.len() > 1 && found(b' ').0 == wanted.len() => Ok(b' '),
        // A header that cannot be taken apart with one of them is written with it, and the reading says what is wrong.
        [] if let Some(broken) = b",\t;|".iter().find(|one| first_record(start, **one).is_none()) => Ok(*broken),
        // max_by_key keeps the last of equals: the comma comes last.
        [] => Ok(candidates.into_iter().rev().max_by_key(|(found, _)| *found).map_or(b',', |(_, delimiter)| delimiter)),
    }
}

fn is_there(path: &Path, names: &[&str], wanted: &[Wanted]) -> bool {
    locate(path, &as_mapped(names, wanted), wanted).is_ok()
}

/// The names of the first record, if it can be taken apart; none where they are no text.
fn first_record(start: &[u8], delimiter: u8) -> Option<Vec<String>> {
    let mut records = Records::new(start, start.len()).separated_by(delimiter);
    records.next().ok()?;
    Some(names(records.fields()).unwrap_or_default())
}

/// Headers without the blanks around them; nothing where one is no text.
pub(super) fn names<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Option<Vec<String>> {
    fields.map(|name| std::str::from_utf8(name).ok().map(|name| name.trim().to_owned())).collect()
}

/// The headers, each mapped one that is written with other capitals as the project writes it. A header that is there as
/// the project writes it is that one and no other.
pub(super) fn as_mapped<'a>(names: &[&'a str], wanted: &'a [Wanted]) -> Vec<&'a str> {
    let same = |name: &str, header: &str| name.to_lowercase() == header.to_lowercase();
    let mapped = |name: &&'a str| {
        let header = wanted.iter().map(|w| w.header.as_str()).find(|header| same(name, header));
        let alone =
            |header: &&str| !names.contains(header) && names.iter().filter(|other| same(other, header)).count() == 1;
        header.filter(alone).unwrap_or(name)
    };
    names.iter().map(mapped).collect()
}

/// What is wrong with a header that lacks a wanted column: something that is no header, or another way of writing tables.
/// `error` is what is said where nothing of that kind is found. The text begins on the line `first`.
pub(super) fn explain(
    path: &Path,
    (start, first): (&[u8], u64),
    delimiter: u8,
    wanted: &[Wanted],
    error: ReadError,
) -> ReadError {
    let ReadError::MissingColumn { .. } = error else { return error };
    let header = first_record(start, delimiter).unwrap_or_default();
    let there = |names: Vec<&str>| is_there(path, &names, wanted);
    if there(header.iter().map(|name| name.trim_matches('\'')).collect()) {
        return ReadError::SingleQuotes { path: path.to_owned(), line: first };
    }
    if let Some(delimiter) = long_delimiter(start, wanted, &there) {
        return ReadError::LongDelimiter { path: path.to_owned(), delimiter };
    }
    if let Some(line) = header_below(path, (start, first), wanted) {
        return ReadError::HeaderBelow { path: path.to_owned(), line, skip: line - 1 };
    }
    if header.iter().any(|name| is_value(name)) && wanted.iter().all(|w| !header.contains(&w.header)) {
        let row = header.iter().take(12).map(|cell| format!("\"{}\"", masked(cell))).collect::<Vec<_>>().join(", ");
        let columns = wanted.iter().map(|w| format!("\"{}\"", w.header)).collect::<Vec<_>>().join(", ");
        return ReadError::NoHeader { path: path.to_owned(), line: first, row, columns };
    }
    error
}

/// A header with an empty name between each two is one with a delimiter of two bytes.
pub(super) fn doubled_delimiter(names: &[&str], delimiter: u8) -> Option<String> {
    let odd_are_empty = names.iter().skip(1).step_by(2).all(|name| name.is_empty());
    let even_are_not = names.iter().step_by(2).all(|name| !name.is_empty());
    (names.len() > 2 && names.len() % 2 == 1 && odd_are_empty && even_are_not)
        .then(|| [char::from(delimiter); 2].iter().collect())
}

/// What stands between the names of the header, if it is more than one byte.
fn long_delimiter(start: &[u8], wanted: &[Wanted], there: &dyn Fn(Vec<&str>) -> bool) -> Option<String> {
    let mut records = Records::new(start, start.len()).separated_by(0);
    records.next().ok()?;
    let line = std::str::from_utf8(records.field(0)).ok()?;
    let behind = |want: &Wanted| {
        let rest = &line[line.find(&want.header)? + want.header.len()..];
        let end = rest.find(|c: char| c.is_alphanumeric() || c == '_' || c == '"')?;
        Some(&rest[..end]).filter(|between| between.len() > 1 && !between.trim().is_empty())
    };
    let delimiter = wanted.iter().find_map(behind)?;
    there(line.split(delimiter).map(str::trim).collect()).then(|| delimiter.to_owned())
}

/// The line of the first record below that has all wanted columns.
fn header_below(path: &Path, (start, first): (&[u8], u64), wanted: &[Wanted]) -> Option<u64> {
    b",\t;|".iter().find_map(|delimiter| {
        let mut records =
            Records::new(start, start.len()).separated_by(*delimiter).beginning_at(Place::of_text(first, 0));
        for _ in 0..LOOKED_THROUGH {
            if !records.next().ok()? {
                return None;
            }
            let found = names(records.fields()).unwrap_or_default();
            if is_there(path, &found.iter().map(String::as_str).collect::<Vec<_>>(), wanted) {
                return Some(records.place().line);
            }
        }
        None
    })
}

/// A number or a date: what headers are not.
fn is_value(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    digits > 0 && cell.chars().all(|c| c.is_ascii_digit() || " .,:/-+TZ€$£".contains(c))
}

/// The shape of a cell, without what it says: at most 64 signs, digits as 9, letters as x.
pub(super) fn masked(cell: &str) -> String {
    let shape = |c: char| match c {
        c if c.is_numeric() => '9',
        c if c.is_alphabetic() => 'x',
        c if c.is_control() => '?',
        c => c,
    };
    cell.chars().take(64).map(shape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Vec<Wanted> {
        ["customer_id", "timestamp", "amount"].map(|name| Wanted::new(name, name)).into()
    }

    fn proven(header: &str) -> Result<u8, ReadError> {
        prove_delimiter(Path::new("t.csv"), header.as_bytes(), &wanted())
    }

    #[test]
    fn the_delimiter_is_the_one_that_finds_the_columns() {
        for delimiter in [",", ";", "\t", "|", " "] {
            let header = ["customer_id", "timestamp", "x,y;z|w", "amount"].join(delimiter);
            let header = if delimiter == "," { "customer_id,timestamp,amount".to_owned() } else { header };
            let found = proven(&format!("{header}\n")).map(char::from).map_err(|error| error.to_string());
            assert_eq!(found, Ok(delimiter.chars().next().unwrap_or_default()), "{header}");
        }
        assert_eq!(proven("a;b;c\n").map_err(|error| error.to_string()), Ok(b';'));
        assert_eq!(proven("a\n").map_err(|error| error.to_string()), Ok(b','));
    }

    #[test]
    fn headers_in_other_capitals_are_the_mapped_ones_unless_there_are_two() {
        let wanted = wanted();
        assert_eq!(as_mapped(&["Customer_ID", "AMOUNT", "x"], &wanted), ["customer_id", "amount", "x"]);
        assert_eq!(as_mapped(&["Amount", "amount"], &wanted), ["Amount", "amount"]);
        assert_eq!(as_mapped(&["Amount", "AMOUNT"], &wanted), ["Amount", "AMOUNT"]);
    }

    #[test]
    fn a_masked_cell_shows_its_shape_alone() {
        assert_eq!(masked("Ana-17 é\u{7}"), "xxx-99 x?");
        assert_eq!(masked(&"a".repeat(100)).len(), 64);
    }
}
