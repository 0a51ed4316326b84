//! Rows of `COPY ... (FORMAT binary)`.
//!
//! Source: PostgreSQL 15 documentation, "COPY", "Binary Format"; the values' own formats are those of the types' `*_send`
//! functions.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::types::ColumnKind;
use super::{Fetched, numeric};
use crate::cell::Cell;
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::place::Place;
use crate::reject::RejectCode;
use crate::source::{OnRow, Row};

/// What the stream begins with.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// No honest field is longer; the same as in text files.
const MOST_BYTES: usize = 64 << 10;

/// Days and microseconds from 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const DAYS_TO_2000: i32 = 10_957;
const MICROS_TO_2000: i64 = 946_684_800_000_000;

const BUFFER: usize = 1 << 18;

/// Gives every row of an answer, with its number.
///
/// # Errors
/// The answer is not what PostgreSQL writes, or was changed since.
pub(crate) fn read(name: &Path, fetched: &Fetched, on_row: &mut OnRow<'_>) -> Result<(), ReadError> {
    let io = |source| ReadError::Io { path: name.to_owned(), source };
    let file = At { file: Arc::clone(&fetched.file), at: 0 };
    let mut input = BufReader::with_capacity(BUFFER, file);
    let mut rows = Rows::default();
    header(&mut input).map_err(io)?;
    let mut number = 0;
    while rows.next(&mut input, &fetched.kinds).map_err(io)? {
        number += 1;
        let place = Place::of_row(number);
        if rows.too_long {
            on_row(place, Row::Broken(RejectCode::FieldTooLong, "expected fields of at most 64 KiB"))?;
            continue;
        }
        let mut cells = [Cell::Empty; MAX_WANTED];
        for (cell, field) in cells.iter_mut().zip(&rows.fields) {
            *cell = rows.cell(field);
        }
        if let Some(cells) = cells.get(..rows.fields.len()) {
            on_row(place, Row::Cells(cells))?;
        }
    }
    Ok(())
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "expected rows as COPY writes them, found something else")
}

fn header(input: &mut impl Read) -> io::Result<()> {
    let mut start = [0; 19];
    input.read_exact(&mut start)?;
    let word = |at: usize| u32::from_be_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
    let extension = word(15);
    // Bits above the lowest sixteen are about what a reader has to know.
    if !start.starts_with(SIGNATURE) || word(11) >> 16 != 0 || extension > 1 << 16 {
        return Err(malformed());
    }
    io::copy(&mut input.take(u64::from(extension)), &mut io::sink()).map(|_| ())
}

/// One row, whose memory serves for the next one.
#[derive(Debug, Default)]
struct Rows {
    bytes: Vec<u8>,
    /// Texts that are no part of the bytes.
    made: String,
    fields: Vec<Field>,
    too_long: bool,
}

/// A value, or where its text is.
#[derive(Debug, Clone)]
enum Field {
    Empty,
    Bytes(Range<usize>),
    /// A number in digits.
    Digits(Range<usize>),
    Made(Range<usize>),
    Flag(bool),
    Integer(i64),
    Float(f64),
    WallClock(i64),
    Utc(i64),
    Day(i32),
}

impl Rows {
    /// Reads the next row; false behind the last.
    fn next(&mut self, input: &mut impl BufRead, kinds: &[ColumnKind]) -> io::Result<bool> {
        self.bytes.clear();
        self.made.clear();
        self.fields.clear();
        self.too_long = false;
        let mut count = [0; 2];
        input.read_exact(&mut count)?;
        match i16::from_be_bytes(count) {
            -1 => return Ok(false),
            count if usize::try_from(count).is_ok_and(|count| count == kinds.len()) => {}
            _ => return Err(malformed()),
        }
        for kind in kinds {
            let mut length = [0; 4];
            input.read_exact(&mut length)?;
            let length = i32::from_be_bytes(length);
            if length == -1 {
                self.fields.push(Field::Empty);
                continue;
            }
            let length = usize::try_from(length).map_err(|_| malformed())?;
            if length > MOST_BYTES {
                self.too_long = true;
                let skipped = io::copy(&mut input.take(length as u64), &mut io::sink())?;
                if skipped < length as u64 {
                    return Err(malformed());
                }
                self.fields.push(Field::Empty);
                continue;
            }
            let start = self.bytes.len();
            self.bytes.resize(start + length, 0);
            input.read_exact(&mut self.bytes[start..])?;
            let field = self.field(*kind, start..start + length).ok_or_else(malformed)?;
            self.fields.push(field);
        }
        Ok(true)
    }

    fn field(&mut self, kind: ColumnKind, place: Range<usize>) -> Option<Field> {
        let bytes = &self.bytes[place.clone()];
        let long = || bytes.try_into().map(i64::from_be_bytes).ok();
        let int = || bytes.try_into().map(i32::from_be_bytes).ok();
        Some(match kind {
            ColumnKind::Text if place.is_empty() => Field::Empty,
            ColumnKind::Text => Field::Bytes(place),
            ColumnKind::Uuid => {
                let start = self.made.len();
                write_uuid(bytes, &mut self.made)?;
                Field::Made(start..self.made.len())
            }
            ColumnKind::Numeric => {
                let start = self.made.len();
                numeric::write(bytes, &mut self.made)?;
                Field::Digits(start..self.made.len())
            }
            ColumnKind::Flag => Field::Flag(*bytes.first()? != 0),
            ColumnKind::Int2 => Field::Integer(bytes.try_into().map(i16::from_be_bytes).ok()?.into()),
            ColumnKind::Int4 => Field::Integer(int()?.into()),
            ColumnKind::Int8 => Field::Integer(long()?),
            ColumnKind::Float4 => Field::Float(bytes.try_into().map(f32::from_be_bytes).ok()?.into()),
            ColumnKind::Float8 => Field::Float(bytes.try_into().map(f64::from_be_bytes).ok()?),
            // The ends of the scale are infinity, and stay there.
            ColumnKind::Date => Field::Day(int()?.saturating_add(DAYS_TO_2000)),
            ColumnKind::Timestamp => Field::WallClock(long()?.saturating_add(MICROS_TO_2000)),
            ColumnKind::TimestampTz => Field::Utc(long()?.saturating_add(MICROS_TO_2000)),
        })
    }

    fn cell(&self, field: &Field) -> Cell<'_> {
        match field {
            Field::Empty => Cell::Empty,
            Field::Bytes(place) => match std::str::from_utf8(&self.bytes[place.clone()]) {
                Ok(text) if !text.as_bytes().contains(&0) => Cell::Text(text),
                _ => Cell::NotText,
            },
            Field::Made(place) => Cell::Text(&self.made[place.clone()]),
            Field::Digits(place) => Cell::Number(&self.made[place.clone()]),
            Field::Flag(flag) => Cell::Text(if *flag { "true" } else { "false" }),
            Field::Integer(value) => Cell::Integer(*value),
            Field::Float(value) => Cell::Float(*value),
            Field::WallClock(micros) => Cell::WallClock(*micros),
            Field::Utc(micros) => Cell::Utc(*micros),
            Field::Day(day) => Cell::Day(*day),
        }
    }
}

/// `2f1e4fc0-81fd-11da-9156-00036a0f876a`.
fn write_uuid(bytes: &[u8], text: &mut String) -> Option<()> {
    use std::fmt::Write;
    if bytes.len() != 16 {
        return None;
    }
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
    }
    Some(())
}

/// A file that several readers read from its beginning.
struct At {
    file: Arc<File>,
    at: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use super::*;
    use crate::fuzz;

    fn stream(rows: &[&[Option<&[u8]>]]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0; 8]);
        for row in rows {
            bytes.extend((row.len() as i16).to_be_bytes());
            for field in *row {
                match field {
                    None => bytes.extend((-1_i32).to_be_bytes()),
                    Some(field) => {
                        bytes.extend((field.len() as i32).to_be_bytes());
                        bytes.extend(*field);
                    }
                }
            }
        }
        bytes.extend((-1_i16).to_be_bytes());
        bytes
    }

    fn rows_of(bytes: &[u8], kinds: &[ColumnKind]) -> Result<Vec<String>, ReadError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let fetched = Fetched { file: Arc::new(file), kinds: kinds.to_vec(), digest: [0; 32] };
        let mut found = Vec::new();
        read(Path::new("query of [events]"), &fetched, &mut |place, row| {
            found.push(format!("{place}: {row:?}"));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn each_type_is_read_exactly() {
        use ColumnKind as K;
        let kinds =
            [K::Text, K::Uuid, K::Flag, K::Int2, K::Int8, K::Float8, K::Numeric, K::Date, K::Timestamp, K::TimestampTz];
        let uuid: Vec<u8> = (0..16).collect();
        let numeric = [0_i16, 2, 0, 0, 0, 2].iter().skip(1).copied().collect::<Vec<i16>>();
        assert_eq!(numeric.len(), 5);
        let numeric: Vec<u8> = [1_i16, 0, 0, 2, 12].iter().flat_map(|word| word.to_be_bytes()).collect();
        let row: [Option<&[u8]>; 10] = [
            Some("é".as_bytes()),
            Some(&uuid),
            Some(&[1]),
            Some(&[0xff, 0xfe]),
            Some(&i64::MIN.to_be_bytes()),
            Some(&0.1_f64.to_be_bytes()),
            Some(&numeric),
            Some(&0_i32.to_be_bytes()),
            Some(&1_i64.to_be_bytes()),
            Some(&i64::MAX.to_be_bytes()),
        ];
        let found = rows_of(&stream(&[&row, &[None; 10]]), &kinds).unwrap();
        let expected = "row 1: Cells([Text(\"é\"), Text(\"00010203-0405-0607-0809-0a0b0c0d0e0f\"), Text(\"true\"), \
                        Integer(-2), Integer(-9223372036854775808), Float(0.1), Number(\"12.00\"), Day(10957), \
                        WallClock(946684800000001), Utc(9223372036854775807)])";
        assert_eq!(found[0], expected);
        assert!(found[1].starts_with("row 2: Cells([Empty, Empty"));
    }

    #[test]
    fn a_stream_that_ends_early_or_is_something_else_is_an_error_at_every_byte() {
        let whole = stream(&[&[Some(b"a"), Some(&7_i32.to_be_bytes())], &[None, None]]);
        let kinds = [ColumnKind::Text, ColumnKind::Int4];
        assert_eq!(rows_of(&whole, &kinds).unwrap().len(), 2);
        for end in 0..whole.len() {
            assert!(rows_of(&whole[..end], &kinds).is_err(), "{end}");
        }
        assert!(rows_of(&whole, &[ColumnKind::Text]).is_err());
        assert!(rows_of(&whole, &[ColumnKind::Text, ColumnKind::Int8]).is_err());
        let mut other = whole.clone();
        other[3] ^= 1;
        assert!(rows_of(&other, &kinds).is_err());
    }

    #[test]
    fn changed_streams_never_panic() {
        use ColumnKind as K;
        let kinds = [K::Text, K::Uuid, K::Flag, K::Int2, K::Numeric, K::Date, K::Timestamp];
        let numeric: Vec<u8> = [2_i16, 0, 0x4000, 2, 12, 5000].iter().flat_map(|word| word.to_be_bytes()).collect();
        let row: [Option<&[u8]>; 7] =
            [Some(b"a"), Some(&[7; 16]), Some(&[1]), Some(&[0, 7]), Some(&numeric), Some(&[0; 4]), Some(&[0x7f; 8])];
        let corpus = [stream(&[&row, &[None; 7]]), stream(&[&row, &row, &row])];
        fuzz::run("postgres", |mutator| mutator.changed(&corpus), |bytes| drop(rows_of(bytes, &kinds)));
    }

    #[test]
    fn a_field_that_is_too_long_rejects_its_row_alone() {
        let long = vec![b'x'; MOST_BYTES + 1];
        let found = rows_of(&stream(&[&[Some(&long)], &[Some(b"a")], &[Some(&[0xff])]]), &[ColumnKind::Text]).unwrap();
        assert!(found[0].starts_with("row 1: Broken(FieldTooLong"), "{}", found[0]);
        assert_eq!(found[1..], ["row 2: Cells([Text(\"a\")])", "row 3: Cells([NotText])"]);
    }
}
