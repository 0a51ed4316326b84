//! The signs of a record one after the other: what each of them means follows from those before it in the same record.

use std::io::Read;

use super::line_ends::LineEnd;
use super::{Broken, MAX_FIELD, MAX_RECORD, QUOTE, Records, State, Stop};

/// A quoted field with more line breaks stops the reading.
const MAX_LINES_OF_A_FIELD: u64 = 100;

const NEVER_CLOSED: &str = "is never closed";
const RUNS_ON: &str = "runs on for more than 64 KiB";

impl<R: Read> Records<R> {
    /// Goes through what is in the buffer; says whether it came to the end of the record.
    pub(super) fn scan(&mut self) -> Result<bool, Stop> {
        while self.at < self.filled {
            match self.state {
                State::Between => self.skip_line_ends(),
                State::Before => {
                    if self.broken.is_none() && self.plain_fields() {
                        return Ok(true);
                    }
                    if self.at == self.filled {
                        continue;
                    }
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

    /// The short way through fields in which nothing is unusual; says whether it came to the end of the record. Where
    /// something is, it stops before the field.
    #[inline]
    fn plain_fields(&mut self) -> bool {
        let (buffer, special) = (&self.buffer[..self.filled], &self.special);
        let mut field = self.at;
        while let Some(length) = buffer[field..].iter().position(|byte| special[usize::from(*byte)]) {
            let end = field + length;
            let byte = buffer[end];
            if byte == QUOTE || length > MAX_FIELD || end - self.record > MAX_RECORD {
                break;
            }
            self.fields.push(((field - self.record) as u32, (end - self.record) as u32));
            self.at = end;
            if byte != self.delimiter {
                self.end_line(byte);
                return true;
            }
            field = end + 1;
            self.at = field;
        }
        false
    }

    /// Between records: line ends are skipped, anything else begins a record.
    pub(super) fn skip_line_ends(&mut self) {
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
    pub(super) fn check_length(&mut self) -> Result<(), Stop> {
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
    pub(super) fn end(&mut self) -> Result<bool, Stop> {
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
}
