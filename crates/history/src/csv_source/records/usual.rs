//! The short way past lines in which nothing is unusual: many at once, for any thread to take apart.

use std::io::{self, Read};
use std::sync::Arc;

use super::line_ends::LineEnd;
use super::structure::{WORD, look};
use super::{Records, State};
use crate::csv_source::lines::{Layout, Lines};

/// Pieces that are looked at together.
const PIECES: usize = 8;
/// Of what is looked at, the share that is worth it.
const LEAST_SHARE: usize = 256;

impl<R: Read> Records<R> {
    /// Goes past the lines that come next, if there is nothing unusual in them and they are many enough to be worth it. Is
    /// asked for between records, behind the header.
    pub(in crate::csv_source) fn lines(&mut self, layout: &Arc<Layout>) -> io::Result<Option<Lines>> {
        self.begin();
        let together = self.chunk.saturating_mul(PIECES);
        if together < WORD {
            return Ok(None);
        }
        if self.filled - self.at < together / 2 {
            while self.filled - self.at < together && self.fill()? {}
        }
        while self.at < self.filled && self.state == State::Between {
            self.skip_line_ends();
        }
        self.begin();
        if self.absolute(self.at) < self.unusual {
            return Ok(None);
        }
        let mut room = layout.room();
        let found = look(&self.buffer[self.at..self.filled], self.delimiter, &mut room.1);
        if found.length <= together / LEAST_SHARE {
            self.unusual = self.absolute(self.at + found.looked_at);
            layout.give_back(room);
            return Ok(None);
        }
        let first = self.here();
        let (start, end) = (self.at, self.at + found.length);
        self.at += found.first_end;
        self.line_ends.see(if found.crlf { LineEnd::CrLf } else { LineEnd::Lf }, self.here());
        self.line += found.lines;
        self.carriage_return = None;
        // What is less to copy is copied: the lines, or what stands behind them.
        let (text, ends) = &mut room;
        let range = if found.length < self.filled - end {
            text.clear();
            text.extend_from_slice(&self.buffer[start..end]);
            self.at = end;
            (0, found.length)
        } else {
            text.resize(text.len().max(self.buffer.len()), 0);
            text[..self.filled - end].copy_from_slice(&self.buffer[end..self.filled]);
            std::mem::swap(&mut self.buffer, text);
            self.before += end as u64;
            self.filled -= end;
            self.at = 0;
            (start, end)
        };
        self.record = self.at;
        let room = (std::mem::take(text), std::mem::take(ends));
        Ok(Some(Lines::new(room, range, (first, found.lines), found.crlf, layout)))
    }
}
