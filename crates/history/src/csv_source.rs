//! Delimited text: proves the delimiter, takes rows apart, and stops where a stray quote or another way of writing tables would
//! make it read something else than what was meant.

mod guard;
mod header;
mod lines;
mod records;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::cell::{Cell, Problem};
use crate::error::ReadError;
use crate::place::Place;
use crate::reject::RejectCode;
use crate::source::{IsRow, Noticed, Row, TakeRows, Wanted, locate};
use crate::warning::{Warning, WarningCode};
use guard::row_within;
use header::{MOST_COLUMNS, as_mapped, doubled_delimiter, explain, names, prove_delimiter};
use lines::{FIELD_COUNT, Shape, is_in_single_quotes};
use records::{Broken, Records, Stop};

pub(crate) use lines::{Layout, Lines};

/// Bytes that are asked for at a time, unless it is told otherwise.
pub(crate) const CHUNK: usize = 1 << 18;

/// The most columns that are read from one table.
pub(crate) const MAX_WANTED: usize = 64;

/// A text, and what is known of how it is written.
pub(crate) struct Text<'a, R> {
    pub(crate) path: &'a Path,
    pub(crate) input: R,
    /// Bytes that are asked for at a time; what is read does not depend on it.
    pub(crate) chunk: usize,
    /// Where it begins, behind lines that are skipped.
    pub(crate) first: Place,
    /// The delimiter, where it is declared.
    pub(crate) delimiter: Option<u8>,
}

/// Reads the wanted columns of every row. Once all rows are taken, what comes back must be asked whether they are laid out as
/// the header says.
pub(crate) fn read<R: Read>(
    text: Text<'_, R>,
    wanted: &[Wanted],
    is_row: &IsRow<'_>,
    take: &mut dyn TakeRows,
) -> Result<Noticed, ReadError> {
    let Text { path, input, chunk, first, delimiter } = text;
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    let runaway = |names: &[&str], place, column: usize, what| {
        let column = names.get(column).map_or_else(|| format!("number {}", column + 1), |name| (*name).to_owned());
        ReadError::RunawayQuote { path: path.to_owned(), place, column, what }
    };
    let stopped = |names: &[&str], stop: Stop| match stop {
        Stop::Io(source) => io(source),
        Stop::Runaway(place, column, what) => runaway(names, place, column, what),
        Stop::Backslash(place, column) => {
            let column = names.get(column).copied().unwrap_or_default().to_owned();
            ReadError::BackslashEscapes { path: path.to_owned(), place, column }
        }
    };
    let mut records = Records::new(input, chunk).beginning_at(first);
    let delimiter = match delimiter {
        Some(declared) => declared,
        None => prove_delimiter(path, records.start().map_err(io)?, wanted)?,
    };
    let mut records = records.separated_by(delimiter);
    let kept = Start::of(&mut records).map_err(io)?;
    match records.next() {
        Ok(true) if records.broken().is_none() => {}
        Ok(true) => {
            return Err(ReadError::BrokenHeader { path: path.to_owned(), place: records.place() });
        }
        Ok(false) => return Err(ReadError::Empty { path: path.to_owned() }),
        Err(stop) => return Err(stopped(&[], stop)),
    }
    let header_line = records.place().line;
    let names = names(records.fields()).ok_or(ReadError::HeaderNotUtf8 { path: path.to_owned() })?;
    if names.len() > MOST_COLUMNS {
        let (what, limit) = ("columns", MOST_COLUMNS as u32);
        return Err(ReadError::TooLarge { path: path.to_owned(), what, limit });
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(delimiter) = doubled_delimiter(&names, delimiter) {
        return Err(ReadError::LongDelimiter { path: path.to_owned(), delimiter });
    }
    let mapped = as_mapped(&names, wanted);
    let places = locate(path, &mapped, wanted)
        .map_err(|error| explain(path, (&kept.0, first.line), delimiter, wanted, error))?;
    drop(kept);

    let layout = Arc::new(Layout::new(delimiter, names.len(), places, header_line));
    let mut noticed = Noticed::default();
    let mut shape = Shape::default();
    loop {
        if let Some(lines) = records.lines(&layout).map_err(io)? {
            take.lines(lines)?;
            continue;
        }
        if !records.next().map_err(|stop| stopped(&names, stop))? {
            break;
        }
        let place = records.place();
        if records.has_breaks() {
            noticed.multiline += 1;
            if records.broken().is_none()
                && let Some(field) = row_within(&records, &layout, is_row)
            {
                let what = "holds what looks like a whole row of the table";
                return Err(runaway(&names, records.place_of(field), field, what));
            }
        }
        if let Some((code, reason)) = problem(&records, names.len()) {
            shape.see_misfit();
            take.row(place, Row::Broken(code, reason))?;
            continue;
        }
        // Only a handful of columns is wanted: a small vector per row would be the dearest part of this loop.
        let mut cells = [Cell::Empty; MAX_WANTED];
        let mut is_quoted = false;
        for (cell, column) in cells.iter_mut().zip(&layout.places) {
            let bytes = records.field(*column);
            is_quoted |= is_in_single_quotes(bytes);
            *cell = text_cell(bytes);
        }
        shape.see(place, is_quoted);
        if let Some(cells) = cells.get(..layout.places.len()) {
            take.row(place, Row::Cells(cells))?;
        }
    }
    layout.count(shape);
    noticed.layout = Some(layout);
    noticed.warnings = warnings(path, &names, &mapped, wanted, &records);
    Ok(noticed)
}

/// The first bytes of a text, kept until the header is found to be in order.
struct Start(Vec<u8>);

impl Start {
    fn of<R: Read>(records: &mut Records<R>) -> std::io::Result<Self> {
        Ok(Self(records.start()?.to_vec()))
    }
}

/// Why a record is no row.
fn problem<R: Read>(record: &Records<R>, columns: usize) -> Option<Problem> {
    match record.broken() {
        Some(Broken::FieldTooLong) => {
            Some((RejectCode::FieldTooLong, "expected fields of at most 64 KiB, found a longer one"))
        }
        Some(Broken::RecordTooLong) => {
            Some((RejectCode::RecordTooLong, "expected rows of at most 1 MiB, found a longer one"))
        }
        Some(Broken::TextAfterQuote) => Some((
            RejectCode::TextAfterQuote,
            "expected the end of the field behind its closing quote, found more text; a quote inside a quoted field is doubled",
        )),
        None if record.len() != columns => Some((RejectCode::FieldCount, FIELD_COUNT)),
        None => None,
    }
}

/// What is odd about a text of which all rows were read.
fn warnings<R>(path: &Path, names: &[&str], mapped: &[&str], wanted: &[Wanted], records: &Records<R>) -> Vec<Warning> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let warning = |code, count, message: &str| Warning::new(code, &file, count, message);
    let mut all = Vec::new();
    let is_wanted = |name: &str| wanted.iter().any(|w| w.header == name);
    for (name, mapped) in names.iter().zip(mapped).filter(|(name, mapped)| name != mapped) {
        let message = format!("the header \"{name}\" is read as \"{mapped}\", as the project file writes it");
        all.push(Warning::new(WarningCode::HeaderSpelling, &file, 1, message).in_column(mapped));
    }
    let unmapped: Vec<&str> = mapped.iter().copied().filter(|name| !is_wanted(name)).collect();
    if !unmapped.is_empty() {
        let shown = unmapped.iter().take(12).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let more = if unmapped.len() > 12 { " and others" } else { "" };
        let message = format!("{} columns are not mapped, and nothing reads them: {shown}{more}", unmapped.len());
        all.push(Warning::new(WarningCode::UnmappedColumns, &file, unmapped.len() as u64, message));
    }
    let mut sorted = unmapped;
    sorted.sort_unstable();
    for twice in sorted.chunk_by(|a, b| a == b).filter(|same| same.len() > 1 && !same[0].is_empty()) {
        let message = format!("the header stands {} times; nothing reads these columns", twice.len());
        let warning = Warning::new(WarningCode::DuplicateHeader, &file, twice.len() as u64, message);
        all.push(warning.in_column(twice[0]));
    }
    if let Some(place) = records.line_ends.mixed_from() {
        let message = "lines end in more than one way (LF, CR LF, CR): was the file put together from several?";
        all.push(warning(WarningCode::MixedLineEnds, 1, message).at(place));
    }
    if let Some(place) = records.first_stray {
        let message = "quotes inside fields that are not quoted were taken as they stand";
        all.push(warning(WarningCode::QuoteInField, records.stray_quotes, message).at(place));
    }
    if !records.ends_with_newline {
        let message =
            "the last line has no end: if the file was cut off there, its last row may be another than was meant";
        all.push(warning(WarningCode::NoFinalNewline, 1, message));
    }
    all
}

fn text_cell(bytes: &[u8]) -> Cell<'_> {
    if bytes.is_empty() {
        return Cell::Empty;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => Cell::Text(text),
        _ => Cell::NotText,
    }
}
