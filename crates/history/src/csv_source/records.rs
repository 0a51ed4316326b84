//! Records of delimited text, one after the other, in memory that does not grow with the file or with anything in it.
//!
//! Quoting is that of RFC 4180: a field that begins with a quote ends with one, and a quote inside it is doubled. A quote inside a
//! field that does not begin with one is taken as it stands. Text between a closing quote and the next delimiter breaks the
//! record; blanks there do not. A line ends with LF, CR LF or CR; empty lines are no records.

use std::io::{self, Read};

use crate::place::Place;

/// A field that is longer breaks its record, or the file where it is quoted: no honest field is.
pub(super) const MAX_FIELD: usize = 64 << 10;
/// A longer record is broken.
pub(super) const MAX_RECORD: usize = 1 << 20;
/// A quoted field with more line breaks stops the reading.
const MAX_LINES_OF_A_FIELD: u64 = 100;
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

/// How lines end, and the first place of each way.
#[derive(Debug, Default)]
pub(super) struct LineEnds {
    seen: [Option<Place>; 3],
}

#[derive(Debug, Clone, Copy)]
enum LineEnd {
    Lf,
    Cr,
    CrLf,
}

impl LineEnds {
    fn see(&mut self, end: LineEnd, place: Place) {
        self.seen[end as usize].get_or_insert(place);
    }

    /// Where the second way of ending lines begins, if there is one.
    pub(super) fn mixed_from(&self) -> Option<Place> {
        let mut places: Vec<Place> = self.seen.iter().copied().flatten().collect();
        places.sort_unstable();
        places.get(1).copied()
    }
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
        self.state = State::Between;
        self.fields.clear();
        self.broken = None;
        self.breaks_in_record = false;
        self.record = self.at;
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

    /// Goes through what is in the buffer; says whether it came to the end of the record.
    fn scan(&mut self) -> Result<bool, Stop> {
        while self.at < self.filled {
            match self.state {
                State::Between => self.skip_line_ends(),
                State::Before => {
                    (self.field, self.doubled) = (self.at, false);
                    if self.buffer[self.at] == QUOTE {
                        self.quote = self.here();
                        self.lines_in_field = 0;
                        self.at += 1;
                        self.state = State::Quoted;
                    } else {
                        self.state = State::Plain;
                    }
                }
                State::Plain => {
                    let special = &self.special;
                    let rest = &self.buffer[self.at..self.filled];
                    let Some(length) = rest.iter().position(|byte| special[usize::from(*byte)]) else {
                        self.at = self.filled;
                        return Ok(false);
                    };
                    self.at += length;
                    let byte = self.buffer[self.at];
                    if byte == QUOTE {
                        self.check_length()?;
                        if self.broken.is_none() {
                            self.stray_quotes += 1;
                            let here = self.here();
                            self.first_stray.get_or_insert(here);
                        }
                        self.at += 1;
                    } else {
                        self.push_plain();
                        if self.separate(byte) {
                            return Ok(true);
                        }
                    }
                }
                State::Quoted => self.go_on_in_quotes()?,
                State::Quote if self.buffer[self.at] == QUOTE => {
                    self.doubled = true;
                    self.at += 1;
                    self.state = State::Quoted;
                }
                State::Quote | State::Blanks => {
                    let byte = self.buffer[self.at];
                    if byte == self.delimiter || byte == b'\n' || byte == b'\r' {
                        self.push_quoted();
                        if self.separate(byte) {
                            return Ok(true);
                        }
                    } else if byte == b' ' || byte == b'\t' {
                        self.at += 1;
                        self.state = State::Blanks;
                    } else {
                        self.text_after_quote()?;
                    }
                }
            }
        }
        Ok(false)
    }

    /// Between records: line ends are skipped, anything else begins a record.
    fn skip_line_ends(&mut self) {
        let byte = self.buffer[self.at];
        let after_cr = self.carriage_return == Some(self.absolute(self.at));
        match (byte, self.pending.take()) {
            (b'\n', Some(place)) if after_cr => self.line_ends.see(LineEnd::CrLf, place),
            (_, Some(place)) => self.line_ends.see(LineEnd::Cr, place),
            _ => {}
        }
        match byte {
            b'\n' if after_cr => self.at += 1,
            b'\n' | b'\r' => self.end_line(byte),
            _ => {
                self.place = self.here();
                (self.record, self.state) = (self.at, State::Before);
                return;
            }
        }
        self.record = self.at;
    }

    /// Goes past a delimiter or the end of a line; says whether the record ends there.
    fn separate(&mut self, byte: u8) -> bool {
        if self.broken.is_none() && self.at - self.record > MAX_RECORD {
            self.broken = Some(Broken::RecordTooLong);
        }
        if byte == self.delimiter {
            self.at += 1;
            self.state = State::Before;
            return false;
        }
        self.end_line(byte);
        true
    }

    fn end_line(&mut self, byte: u8) {
        let place = self.here();
        self.at += 1;
        self.line += 1;
        if byte == b'\r' {
            self.carriage_return = Some(self.absolute(self.at));
            self.pending = Some(place);
        } else {
            self.line_ends.see(LineEnd::Lf, place);
        }
    }

    /// In a quoted field: up to a quote, a line break or the end of the buffer.
    fn go_on_in_quotes(&mut self) -> Result<(), Stop> {
        let rest = &self.buffer[self.at..self.filled];
        let Some(length) = rest.iter().position(|byte| matches!(*byte, QUOTE | b'\n' | b'\r')) else {
            self.at = self.filled;
            return Ok(());
        };
        self.at += length;
        self.check_length()?;
        let byte = self.buffer[self.at];
        if byte == QUOTE {
            self.closed = self.at;
            self.at += 1;
            self.state = State::Quote;
            return Ok(());
        }
        let after_cr = self.carriage_return == Some(self.absolute(self.at));
        self.at += 1;
        if byte == b'\r' {
            self.carriage_return = Some(self.absolute(self.at));
        }
        if !(byte == b'\n' && after_cr) {
            self.line += 1;
            self.lines_in_field += 1;
            self.breaks_in_record = true;
            if self.lines_in_field > MAX_LINES_OF_A_FIELD {
                return Err(Stop::Runaway(self.quote, self.fields.len(), "runs on for more than 100 lines"));
            }
        }
        Ok(())
    }

    /// The quote that seemed to end a field did not.
    fn text_after_quote(&mut self) -> Result<(), Stop> {
        if self.lines_in_field > 0 {
            return Err(Stop::Runaway(self.quote, self.fields.len(), "ends in the middle of a line of another row"));
        }
        self.check_length()?;
        if self.broken.is_none() && self.buffer[self.closed.saturating_sub(1)] == b'\\' {
            return Err(Stop::Backslash(self.quote, self.fields.len()));
        }
        self.broken.get_or_insert(Broken::TextAfterQuote);
        self.state = State::Plain;
        Ok(())
    }

    /// What is too long is not kept. What is found does not depend on where this is asked in a field: of two limits the one
    /// that was passed first counts.
    fn check_length(&mut self) -> Result<(), Stop> {
        let in_quotes = match self.state {
            State::Quoted => 1,
            State::Quote => 2,
            _ => 0,
        };
        let long = self.absolute(self.at) - self.quote.byte.unwrap_or(0);
        if in_quotes > 0 && long > MAX_FIELD as u64 + in_quotes {
            return Err(Stop::Runaway(self.quote, self.fields.len(), RUNS_ON));
        }
        if self.broken.is_none() && self.state != State::Between {
            let field = if self.state == State::Plain { self.field } else { self.at };
            self.broken = self.too_long(field);
        }
        Ok(())
    }

    /// Which limit was passed first, if one was, in a field that is not quoted, or nothing but the record's.
    fn too_long(&self, field: usize) -> Option<Broken> {
        let (of_field, of_record) = (field + MAX_FIELD, self.record + MAX_RECORD);
        match (self.at > of_field, self.at > of_record) {
            (true, true) if of_record < of_field => Some(Broken::RecordTooLong),
            (true, _) => Some(Broken::FieldTooLong),
            (false, true) => Some(Broken::RecordTooLong),
            (false, false) => None,
        }
    }

    /// Ends a field that is not quoted.
    fn push_plain(&mut self) {
        if self.broken.is_none() {
            self.broken = self.too_long(self.field);
            self.push(self.field, self.at);
        }
    }

    fn push(&mut self, start: usize, end: usize) {
        if self.broken.is_none() {
            self.fields.push(((start - self.record) as u32, (end - self.record) as u32));
        }
    }

    fn push_quoted(&mut self) {
        if self.broken.is_some() {
            return;
        }
        let (start, mut end) = (self.field + 1, self.closed);
        if self.doubled {
            let mut to = start;
            let mut from = start;
            while from < self.closed {
                self.buffer[to] = self.buffer[from];
                from += if self.buffer[from] == QUOTE { 2 } else { 1 };
                to += 1;
            }
            end = to;
        }
        self.push(start, end);
    }

    /// What the end of the file makes of what was read.
    fn end(&mut self) -> Result<bool, Stop> {
        if let Some(place) = self.pending.take() {
            self.line_ends.see(LineEnd::Cr, place);
        }
        match self.state {
            State::Between => return Ok(false),
            State::Quoted => return Err(Stop::Runaway(self.quote, self.fields.len(), NEVER_CLOSED)),
            State::Before => self.push(self.at, self.at),
            State::Plain => self.push_plain(),
            State::Quote | State::Blanks => self.push_quoted(),
        }
        self.ends_with_newline = false;
        self.state = State::Between;
        Ok(true)
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
const NEVER_CLOSED: &str = "is never closed";
const RUNS_ON: &str = "runs on for more than 64 KiB";
