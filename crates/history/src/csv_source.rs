//! Delimited text. The `csv` crate takes the rows apart; this module proves the delimiter, and stops where a stray quote
//! would make the reader swallow the rest of the file.

use std::io::{BufRead, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use crate::cell::Cell;
use crate::error::ReadError;
use crate::reject::RejectCode;
use crate::source::{IsRow, OnRow, Row, Wanted, locate};
use crate::spec::TableSpec;
use crate::text_file::TextFile;

/// No honest field spans more lines than this, or is longer: a row past either limit has a quote that never closes.
const MAX_LINES_OF_A_ROW: u64 = 100;
const MAX_BYTES_OF_A_ROW: usize = 1 << 20;

/// Stands behind the end of every file. It comes out as a row of its own, unless a quote that never closes takes it in:
/// so the parser itself says whether the file ends inside a quoted field.
const END: &[u8] = b"\0end of the file\0";
const LINE_BREAK_AND_END: &[u8] = b"\n\0end of the file\0";

/// Longest header that is looked at.
const MAX_HEADER_BYTES: usize = 1 << 20;

/// Reads the wanted columns of every row. Returns how many rows span more than one line.
pub(crate) fn read(
    text: TextFile,
    spec: &TableSpec,
    wanted: &[Wanted],
    is_row: &IsRow<'_>,
    on_row: &mut OnRow<'_>,
) -> Result<u64, ReadError> {
    let path = spec.path.as_path();
    let TextFile { reader: mut buffer, skipped_lines, .. } = text;
    // Lines of the file, those that were skipped included.
    let runaway = |line: u64, what| ReadError::RunawayQuote { path: path.to_owned(), line: line + skipped_lines, what };
    let io = |source: std::io::Error| ReadError::Io { path: path.to_owned(), source };
    let delimiter = match spec.delimiter {
        Some(declared) => declared,
        None => prove_delimiter(path, buffer.fill_buf().map_err(io)?, wanted),
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .buffer_capacity(1 << 18)
        .from_reader(buffer.chain(LINE_BREAK_AND_END));

    let header = reader.byte_headers().map_err(|e| io(e.into()))?.clone();
    if header.as_slice() == END {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    if header.as_slice().ends_with(END) {
        return Err(runaway(1, NEVER_CLOSED));
    }
    let names = header
        .iter()
        .map(|name| std::str::from_utf8(name).map(|n| n.trim_start_matches('\u{feff}').trim()))
        .collect::<Result<Vec<&str>, _>>()
        .map_err(|_| ReadError::HeaderNotUtf8 { path: path.to_owned() })?;
    let places = locate(path, &names, wanted)?;

    let mut record = ByteRecord::new();
    let mut line = reader.position().line();
    let mut multiline = 0;
    while reader.read_byte_record(&mut record).map_err(|e| io(e.into()))? {
        // The position before the row may stand on blank lines; the record's own position is where it begins.
        line = record.position().map_or(line, csv::Position::line);
        let end = reader.position().line();
        if end.saturating_sub(line) > MAX_LINES_OF_A_ROW {
            return Err(runaway(line, "runs on for more than 100 lines"));
        }
        if record.as_slice().len() > MAX_BYTES_OF_A_ROW {
            return Err(runaway(line, "runs on for more than 1 MiB"));
        }
        if record.as_slice().ends_with(END) {
            let closed = record.as_slice() == END && !reader.read_byte_record(&mut record).map_err(|e| io(e.into()))?;
            return if closed { Ok(multiline) } else { Err(runaway(line, NEVER_CLOSED)) };
        }
        // Only a quoted field can hold a line break.
        if record.as_slice().contains(&b'\n') || record.as_slice().contains(&b'\r') {
            multiline += 1;
            if holds_a_row(&record, delimiter, names.len(), &places, is_row) {
                return Err(runaway(line, "holds what looks like a whole row of the table"));
            }
        }
        if record.len() != names.len() {
            on_row(
                line + skipped_lines,
                Row::Broken(RejectCode::FieldCount, "expected as many fields as the header has"),
            )?;
            continue;
        }
        // Only a handful of columns is wanted: a small vector per row would be the dearest part of this loop.
        let mut cells = [Cell::Empty; MAX_WANTED];
        for (cell, place) in cells.iter_mut().zip(&places) {
            *cell = text_cell(record.get(*place).unwrap_or_default());
        }
        if let Some(cells) = cells.get(..places.len()) {
            on_row(line + skipped_lines, Row::Cells(cells))?;
        }
    }
    Err(runaway(line, NEVER_CLOSED))
}

const NEVER_CLOSED: &str = "is never closed";

fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Whether a line inside a quoted field is a row of the table by itself: as many fields as the header, and the wanted
/// ones can be read. That is what two stray quotes, some lines apart, leave of the rows between them. The text before
/// the first line break, and what follows the field on its last line, belong to the row itself and prove nothing.
fn holds_a_row(record: &ByteRecord, delimiter: u8, columns: usize, places: &[usize], is_row: &IsRow<'_>) -> bool {
    record.iter().flat_map(|field| field.split(|byte| is_line_break(*byte)).skip(1)).any(|line| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == delimiter).collect();
        fields.len() == columns && {
            let cells: Vec<Cell<'_>> = places.iter().map(|place| text_cell(fields[*place])).collect();
            is_row(&cells)
        }
    })
}

/// The most columns that are read from one table.
pub(crate) const MAX_WANTED: usize = 64;

fn text_cell(bytes: &[u8]) -> Cell<'_> {
    if bytes.is_empty() {
        return Cell::Empty;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => Cell::Text(text),
        _ => Cell::NotText,
    }
}

/// The delimiter under which the header has the wanted columns. Where none has them all, the one that finds most (the
/// comma, if none finds any), so that the error about the missing column shows sensible headers.
fn prove_delimiter(path: &Path, start: &[u8], wanted: &[Wanted]) -> u8 {
    let header = &start[..start.len().min(MAX_HEADER_BYTES)];
    let found = |delimiter: u8| {
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(header);
        let mut record = ByteRecord::new();
        if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
            return (0, 0);
        }
        let names: Vec<&str> = record
            .iter()
            .filter_map(|name| std::str::from_utf8(name).ok())
            .map(|name| name.trim_start_matches('\u{feff}').trim())
            .collect();
        let wanted = wanted.iter().filter(|w| locate(path, &names, std::slice::from_ref(w)).is_ok()).count();
        (wanted, names.len())
    };
    // max_by_key keeps the last of equals: the comma comes last.
    b"|;\t,".iter().copied().max_by_key(|delimiter| found(*delimiter)).unwrap_or(b',')
}
