//! NDJSON: one JSON object a line, its keys in any order. Numbers keep their text, so that money never passes through a
//! floating-point number. A line that is no object is rejected, and the lines behind it are read.

mod object;

use std::io::BufRead;
use std::path::Path;

use crate::cell::Cell;
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::place::Place;
use crate::reject::RejectCode;
use crate::source::{OnRow, Row, Wanted, missing_column};
use crate::text_file::TextFile;
pub(crate) use object::keys;
use object::{Object, Trouble, Value};

/// No honest line is longer.
const MAX_BYTES_OF_A_LINE: usize = 1 << 20;

/// Most keys of the first object that a message shows.
const KEYS_SHOWN: usize = 64;

/// Reads the wanted keys of every object. A key that an object lacks is an empty cell.
///
/// # Errors
/// A wanted key is in no object of the file, or the file is one large JSON value.
pub(crate) fn read(text: TextFile, path: &Path, wanted: &[Wanted], on_row: &mut OnRow<'_>) -> Result<(), ReadError> {
    let TextFile { mut reader, first, .. } = text;
    let io = |source: std::io::Error| ReadError::Io { path: path.to_owned(), source };
    let mut objects = Object::new(wanted.iter().map(|want| want.header.as_str()));
    let mut seen = vec![false; objects.keys().len()];
    let mut first_keys: Option<Vec<String>> = None;
    let (mut line, mut byte) = (first.line - 1, first.byte.unwrap_or(0));
    let mut bytes = Vec::new();
    let mut begun = false;
    while let Some(length) = next_line(&mut reader, &mut bytes).map_err(io)? {
        line += 1;
        let at = byte;
        let place = Place::of_text(line, at);
        byte += length;
        let mut content = bytes.as_slice();
        if !begun {
            content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        }
        if content.trim_ascii().is_empty() {
            continue;
        }
        if !begun && content.trim_ascii_start().first() == Some(&b'[') {
            return Err(ReadError::NotLines { path: path.to_owned(), line, byte: at, found: "a JSON array" });
        }
        begun = true;
        if length > MAX_BYTES_OF_A_LINE as u64 {
            on_row(place, Row::Broken(RejectCode::BadJson, "expected a line of at most 1 MiB"))?;
            continue;
        }
        let Ok(content) = std::str::from_utf8(content) else {
            on_row(place, Row::Broken(RejectCode::NotText, "expected UTF-8 text, found other bytes"))?;
            continue;
        };
        match objects.read(content) {
            Ok(()) => {}
            Err(Trouble::NotJson(reason)) => {
                on_row(place, Row::Broken(RejectCode::BadJson, reason))?;
                continue;
            }
            Err(Trouble::DuplicateKey(key)) => {
                let reason = "expected each key once in an object, found it twice";
                on_row(place, Row::BrokenCell(objects.place_of(key), RejectCode::DuplicateKey, reason))?;
                continue;
            }
        }
        if first_keys.is_none() {
            first_keys = Some(keys(content, KEYS_SHOWN));
        }
        let mut cells = [Cell::Empty; MAX_WANTED];
        let mut nested = None;
        for (column, cell) in cells.iter_mut().enumerate().take(wanted.len()) {
            let key = objects.key_of(column);
            seen[key] |= !matches!(objects.value(key), Value::Absent);
            match objects.value(key) {
                Value::Absent | Value::Null => {}
                Value::Text("") => {}
                Value::Text(text) if text.as_bytes().contains(&0) => *cell = Cell::NotText,
                Value::Text(text) => *cell = Cell::Text(text),
                Value::Number(text) => *cell = Cell::Number(text),
                Value::Flag(flag) => *cell = Cell::Text(if flag { "true" } else { "false" }),
                Value::Nested => nested = nested.or(Some(column)),
            }
        }
        if let Some(column) = nested {
            let reason = "expected a value, found a JSON array or object";
            on_row(place, Row::BrokenCell(column, RejectCode::NestedValue, reason))?;
        } else if let Some(cells) = cells.get(..wanted.len()) {
            on_row(place, Row::Cells(cells))?;
        }
    }
    // Where no line is an object, that is the trouble, and not the keys.
    let Some(first_keys) = first_keys else { return Ok(()) };
    match (0..wanted.len()).find(|place| !seen[objects.key_of(*place)]) {
        Some(place) => {
            let keys: Vec<&str> = first_keys.iter().map(String::as_str).collect();
            Err(missing_column(path, &keys, &wanted[place]))
        }
        None => Ok(()),
    }
}

/// Reads the next line, of which no more than [`MAX_BYTES_OF_A_LINE`] are kept. Returns its length with the line break.
fn next_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<Option<u64>> {
    line.clear();
    let mut length = 0_u64;
    loop {
        let bytes = match reader.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            return Ok((length > 0).then_some(length));
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |at| at + 1);
        let room = MAX_BYTES_OF_A_LINE.saturating_sub(line.len());
        line.extend(&bytes[..end.unwrap_or(bytes.len()).min(room)]);
        length += taken as u64;
        reader.consume(taken);
        if end.is_some() {
            return Ok(Some(length));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::{BufReader, Cursor};

    use super::*;

    #[test]
    fn lines_come_whole_whatever_the_buffer() {
        let text = b"{\"a\":1}\r\n\n  \nlast".repeat(3);
        for capacity in [1, 2, 7, 64] {
            let mut reader = BufReader::with_capacity(capacity, Cursor::new(&text));
            let (mut lines, mut line, mut all) = (Vec::new(), Vec::new(), 0);
            while let Some(length) = next_line(&mut reader, &mut line).unwrap() {
                lines.push(String::from_utf8(line.clone()).unwrap());
                all += length;
            }
            assert_eq!(lines[..4], ["{\"a\":1}\r", "", "  ", "last{\"a\":1}\r"]);
            assert_eq!(all, text.len() as u64);
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_memory_than_the_limit() {
        let mut reader = BufReader::new(std::io::Read::take(std::io::repeat(b'x'), 5 << 20));
        let mut line = Vec::new();
        assert_eq!(next_line(&mut reader, &mut line).unwrap(), Some(5 << 20));
        assert_eq!(line.len(), MAX_BYTES_OF_A_LINE);
    }
}
