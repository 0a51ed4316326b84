//! Whole lines of a text in which nothing is unusual: any thread can take them apart, without what stands before them.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::records::WORD;
use super::text_cell;
use crate::cell::Cell;
use crate::error::ReadError;
use crate::place::Place;
use crate::reject::RejectCode;
use crate::source::{OnRow, Row};

/// How a table is laid out.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(super) delimiter: u8,
    pub(super) columns: usize,
    /// Where each wanted column is among them.
    pub(super) places: Vec<usize>,
    pub(super) header_line: u64,
    shape: Mutex<Shape>,
    /// Memory of lines that were taken apart.
    room: Mutex<Vec<Room>>,
}

/// Memory for lines.
pub(super) type Room = (Vec<u8>, Vec<u64>);

/// What is counted over all rows, and tells that a file is not laid out as its header says.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Shape {
    pub(super) rows: u64,
    /// Rows that could not be taken apart.
    pub(super) misfits: u64,
    /// Rows in which a wanted cell stands between single quotes, and the first of them.
    pub(super) quoted: u64,
    pub(super) first_quoted: Option<Place>,
}

impl Layout {
    pub(super) fn new(delimiter: u8, columns: usize, places: Vec<usize>, header_line: u64) -> Self {
        Self { delimiter, columns, places, header_line, shape: Mutex::default(), room: Mutex::default() }
    }

    pub(super) fn count(&self, counted: Shape) {
        let mut all = lock(&self.shape);
        all.rows += counted.rows;
        all.misfits += counted.misfits;
        all.quoted += counted.quoted;
        all.first_quoted = all.first_quoted.into_iter().chain(counted.first_quoted).min();
    }

    /// Whether the file is laid out as its header says, once all of its rows were taken; how many there were.
    ///
    /// # Errors
    /// Its fields stand between single quotes, or no row is as wide as the header.
    pub(crate) fn check(&self, path: &Path) -> Result<u64, ReadError> {
        let Shape { rows, misfits, quoted, first_quoted } = *lock(&self.shape);
        if let Some(place) = first_quoted
            && quoted * 2 > rows
        {
            return Err(ReadError::SingleQuotes { path: path.to_owned(), line: place.line });
        }
        if misfits > 1 && misfits == rows {
            let (path, header) = (path.to_owned(), self.columns);
            return Err(ReadError::HeaderWidth { path, line: self.header_line, header, rows: misfits });
        }
        Ok(rows)
    }

    /// Memory for lines, used before or new.
    pub(super) fn room(&self) -> Room {
        lock(&self.room).pop().unwrap_or_default()
    }

    pub(super) fn give_back(&self, room: Room) {
        lock(&self.room).push(room);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shape {
    /// Takes in a row that could be taken apart.
    pub(super) fn see(&mut self, place: Place, is_quoted: bool) {
        self.rows += 1;
        if is_quoted {
            self.quoted += 1;
            self.first_quoted.get_or_insert(place);
        }
    }

    /// Takes in a row that could not.
    pub(super) fn see_misfit(&mut self) {
        self.rows += 1;
        self.misfits += 1;
    }
}

/// Whole lines.
#[derive(Debug)]
pub(crate) struct Lines {
    /// They are the bytes from `start` to `end` of this.
    text: Vec<u8>,
    start: usize,
    end: usize,
    /// A bit for each byte from `start` on: whether a field ends there.
    ends: Vec<u64>,
    first: Place,
    count: u64,
    crlf: bool,
    layout: Arc<Layout>,
}

impl Lines {
    pub(super) fn new(
        (text, ends): Room,
        (start, end): (usize, usize),
        (first, count): (Place, u64),
        crlf: bool,
        layout: &Arc<Layout>,
    ) -> Self {
        Self { text, start, end, ends, first, count, crlf, layout: Arc::clone(layout) }
    }

    /// How many they are, empty ones among them.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Bytes of them.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Gives each row, in order.
    pub(crate) fn for_each(&self, on_row: &mut OnRow<'_>) -> Result<(), ReadError> {
        let mut shape = Shape::default();
        let taken = self.take_apart(on_row, &mut shape);
        self.layout.count(shape);
        taken
    }

    fn take_apart(&self, on_row: &mut OnRow<'_>, shape: &mut Shape) -> Result<(), ReadError> {
        let bytes = &self.text[self.start..self.end];
        let texts = Texts::of(bytes);
        let Layout { columns, places, .. } = &*self.layout;
        let mut fields: Vec<(usize, usize)> = Vec::with_capacity(*columns);
        let mut cells = vec![Cell::Empty; places.len()];
        let (mut field, mut record, mut line) = (0, 0, self.first.line);
        for (word, ends) in self.ends.iter().enumerate() {
            let mut ends = *ends;
            while ends != 0 {
                let at = word * WORD + ends.trailing_zeros() as usize;
                ends &= ends.wrapping_sub(1);
                let Some(sign) = bytes.get(at) else { return Ok(()) };
                if *sign != b'\n' {
                    fields.push((field, at));
                    field = at + 1;
                    continue;
                }
                let end = at - usize::from(self.crlf);
                fields.push((field, end));
                let place = Place { line, byte: self.first.byte.map(|byte| byte + record as u64) };
                if end == record {
                    // An empty line is no row.
                } else if fields.len() == *columns {
                    let mut is_quoted = false;
                    for (cell, column) in cells.iter_mut().zip(places) {
                        let (start, end) = without_quotes(bytes, fields[*column]);
                        is_quoted |= is_in_single_quotes(&bytes[start..end]);
                        *cell = texts.cell(start, end);
                    }
                    shape.see(place, is_quoted);
                    on_row(place, Row::Cells(&cells))?;
                } else {
                    shape.see_misfit();
                    on_row(place, Row::Broken(RejectCode::FieldCount, FIELD_COUNT))?;
                }
                fields.clear();
                (field, record, line) = (at + 1, at + 1, line + 1);
            }
        }
        Ok(())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.layout.give_back((std::mem::take(&mut self.text), std::mem::take(&mut self.ends)));
    }
}

pub(super) const FIELD_COUNT: &str = "expected as many fields as the header has";

/// Bytes of which it is known whether they are text.
enum Texts<'a> {
    All(&'a str),
    Some(&'a [u8]),
}

impl<'a> Texts<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if memchr::memchr(0, bytes).is_none() => Texts::All(text),
            _ => Texts::Some(bytes),
        }
    }

    #[inline]
    fn cell(&self, start: usize, end: usize) -> Cell<'a> {
        match self {
            Texts::All(_) if start == end => Cell::Empty,
            Texts::All(text) => Cell::Text(&text[start..end]),
            Texts::Some(bytes) => text_cell(&bytes[start..end]),
        }
    }
}

/// A field that begins with a quote ends with another one.
#[inline]
fn without_quotes(bytes: &[u8], (start, end): (usize, usize)) -> (usize, usize) {
    if start < end && bytes[start] == b'"' { (start + 1, end - 1) } else { (start, end) }
}

/// Whether a cell stands between single quotes.
#[inline]
pub(super) fn is_in_single_quotes(cell: &[u8]) -> bool {
    matches!(cell, [b'\'', .., b'\''])
}
