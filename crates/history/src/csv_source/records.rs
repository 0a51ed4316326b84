//! Records of delimited text, one after the other, in memory that does not grow with the file or with anything in it.
//!
//! Quoting is that of RFC 4180: a field that begins with a quote ends with one, and a quote inside it is doubled. A quote inside a
//! field that does not begin with one is taken as it stands. Text between a closing quote and the next delimiter breaks the
//! record; blanks there do not. A line ends with LF, CR LF or CR; empty lines are no records.

mod line_ends;
mod scan;
mod structure;
mod usual;

use std::io::{self, Read};

use crate::place::Place;
use line_ends::LineEnds;

pub(super) use structure::WORD;

/// A field that is longer breaks its record, or the file where it is quoted: no honest field is.
pub(super) const MAX_FIELD: usize = 64 << 10;
/// A longer record is broken.
pub(super) const MAX_RECORD: usize = 1 << 20;
/// How much of a file is looked at before anything is read.
pub(super) const LOOKED_AT: usize = 1 << 20;

const QUOTE: u8 = b'"';

/// Why a record cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    FieldTooLong,
    RecordTooLong,
    TextAfterQuote,
}

/// Why nothing can be read from here on.
#[derive(Debug)]
pub(super) enum Stop {
    Io(io::Error),
    /// A quoted field that begins here, in the column of this number, ends too late, or not at all.
    Runaway(Place, usize, &'static str),
    /// A quote inside a quoted field has a backslash before it.
    Backslash(Place, usize),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a record.
    Between,
    /// Before a field.
    Before,
    /// In a field that does not begin with a quote.
    Plain,
    Quoted,
    /// Behind a quote in a quoted field: its end, or the first half of a doubled one.
    Quote,
    /// Blanks behind the end of a quoted field.
    Blanks,
}

/// Reads records.
pub(super) struct Records<R> {
    input: R,
    /// Bytes that are asked for at a time.
    chunk: usize,
    /// Bytes that end a plain field, and the quote.
    special: [bool; 256],
    delimiter: u8,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are filled.
    filled: usize,
    /// Bytes of the file before the buffer, and before all that is read.
    before: u64,
    first: u64,
    at_end: bool,
    state: State,
    /// The next byte to be looked at.
    at: usize,
    /// Line of that byte.
    line: u64,
    /// Where the record and the field begin in the buffer. Of a broken record nothing is kept.
    record: usize,
    field: usize,
    place: Place,
    /// Beginning and end of each field, from the beginning of the record on.
    fields: Vec<(u32, u32)>,
    broken: Option<Broken>,
    /// The quote that opened the quoted field, the lines in it, and whether there are doubled quotes in it.
    quote: Place,
    lines_in_field: u64,
    doubled: bool,
    /// Where a quoted field ends, without its quote.
    closed: usize,
    breaks_in_record: bool,
    /// The last byte was a CR; what it ends, and whether a line ends there.
    carriage_return: Option<u64>,
    pending: Option<Place>,
    /// Byte of the file up to which something is known to be unusual.
    unusual: u64,
    pub(super) line_ends: LineEnds,
    /// Quotes inside plain fields, and the first of them.
    pub(super) stray_quotes: u64,
    pub(super) first_stray: Option<Place>,
    /// Whether the last line has an end.
    pub(super) ends_with_newline: bool,
}

impl<R: Read> Records<R> {
    /// Reads `chunk` bytes at a time; what comes out does not depend on it.
    pub(super) fn new(input: R, chunk: usize) -> Self {
        Self {
            input,
            chunk: chunk.max(1),
            special: [false; 256],
            delimiter: b',',
            buffer: Vec::new(),
            filled: 0,
            before: 0,
            first: 0,
            at_end: false,
            state: State::Between,
            at: 0,
            line: 1,
            record: 0,
            field: 0,
            place: Place::of_text(1, 0),
            fields: Vec::new(),
            broken: None,
            quote: Place::of_text(1, 0),
            lines_in_field: 0,
            doubled: false,
            closed: 0,
            breaks_in_record: false,
            carriage_return: None,
            pending: None,
            unusual: 0,
            line_ends: LineEnds::default(),
            stray_quotes: 0,
            first_stray: None,
            ends_with_newline: true,
        }
        .separated_by(b',')
    }

    /// Of a text that begins at this place of its file.
    pub(super) fn beginning_at(self, first: Place) -> Self {
        Self { line: first.line, before: first.byte.unwrap_or(0), first: first.byte.unwrap_or(0), ..self }
    }

    /// With this delimiter.
    pub(super) fn separated_by(mut self, delimiter: u8) -> Self {
        self.special = [false; 256];
        for byte in [delimiter, QUOTE, b'\n', b'\r'] {
            self.special[usize::from(byte)] = true;
        }
        self.delimiter = delimiter;
        self
    }

    /// The first [`LOOKED_AT`] bytes of a file of which nothing has been read yet, or all of it.
    pub(super) fn start(&mut self) -> io::Result<&[u8]> {
        while self.filled < LOOKED_AT && !self.at_end {
            self.fill()?;
        }
        Ok(&self.buffer[..self.filled])
    }

    /// Goes to the next record; says whether there is one.
    pub(super) fn next(&mut self) -> Result<bool, Stop> {
        self.begin();
        if self.before == self.first && self.at == 0 {
            while self.filled < MARK.len() && !self.at_end {
                self.fill()?;
            }
            if self.buffer[..self.filled].starts_with(MARK) {
                self.at = MARK.len();
                self.record = self.at;
            }
        }
        loop {
            if self.scan()? {
                return Ok(true);
            }
            self.check_length()?;
            if !self.fill()? {
                return self.end();
            }
        }
    }

    fn begin(&mut self) {
        self.state = State::Between;
        self.fields.clear();
        self.broken = None;
        self.breaks_in_record = false;
        self.record = self.at;
    }

    /// Where the record begins.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Where a quoted field of the record begins.
    pub(super) fn place_of(&self, field: usize) -> Place {
        let bytes = self.fields.get(field).map_or(0, |(start, _)| u64::from(*start).saturating_sub(1));
        let before = self.record..(self.record + bytes as usize).min(self.filled);
        let text = &self.buffer[before];
        let ends = text.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => *at == 0 || text[at - 1] != b'\r',
            b'\r' => true,
            _ => false,
        });
        let Place { line, byte } = self.place;
        Place { line: line + ends.count() as u64, byte: byte.map(|byte| byte + bytes) }
    }

    /// Why the record cannot be used, if it cannot.
    pub(super) fn broken(&self) -> Option<Broken> {
        self.broken
    }

    /// Whether a quoted field of the record holds a line break.
    pub(super) fn has_breaks(&self) -> bool {
        self.breaks_in_record
    }

    /// How many fields the record has.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field of the record; nothing where it has no such field.
    pub(super) fn field(&self, at: usize) -> &[u8] {
        let Some((start, end)) = self.fields.get(at) else { return &[] };
        &self.buffer[self.record + *start as usize..self.record + *end as usize]
    }

    /// All fields of the record.
    pub(super) fn fields(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.fields.len()).map(|at| self.field(at))
    }

    /// Bytes of memory that are held.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.buffer.capacity() + self.fields.capacity() * size_of::<(u32, u32)>()
    }

    /// Brings more of the file into the buffer; says whether there was more. What stands before the record is given up,
    /// and of a broken one everything.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at_end {
            return Ok(false);
        }
        let keep = if self.broken.is_some() { self.at } else { self.record.min(self.at) };
        if keep > 0 {
            self.buffer.copy_within(keep..self.filled, 0);
            self.before += keep as u64;
            self.filled -= keep;
            self.at -= keep;
            for place in [&mut self.record, &mut self.field, &mut self.closed] {
                *place = place.saturating_sub(keep);
            }
        }
        if self.filled + self.chunk > self.buffer.len() {
            self.buffer.resize(self.filled + self.chunk.max(1 << 12), 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.filled..self.filled + self.chunk]) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.filled += read;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn absolute(&self, at: usize) -> u64 {
        self.before + at as u64
    }

    fn here(&self) -> Place {
        Place::of_text(self.line, self.absolute(self.at))
    }
}

const MARK: &[u8] = b"\xef\xbb\xbf";
