//! Text in a declared encoding, decoded on the way. A byte that the encoding does not know stops everything: nothing is
//! ever replaced.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult};

use super::{BUFFER, Lines, Watch};
use crate::encoding::Encoding;
use crate::error::ReadError;

/// The text of a reader as UTF-8.
pub(super) struct Decoded {
    inner: Box<dyn BufRead + Send>,
    decoder: Decoder,
    encoding: Encoding,
    /// What is decoded, and how much of it is given.
    text: Vec<u8>,
    at: usize,
    /// Bytes taken.
    taken: u64,
    lines: Lines,
    ended: bool,
    watch: Watch,
}

impl Decoded {
    pub(super) fn new(inner: Box<dyn BufRead + Send>, encoding: Encoding, watch: Watch) -> Self {
        let (decoder, lines) = (encoding.decoder(), Lines::default());
        Self { inner, decoder, encoding, text: Vec::new(), at: 0, taken: 0, lines, ended: false, watch }
    }

    /// Decodes what comes next.
    fn fill(&mut self) -> io::Result<()> {
        let bytes = self.inner.fill_buf()?;
        let last = bytes.is_empty();
        self.text.resize(BUFFER, 0);
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.text, last);
        self.inner.consume(read);
        self.taken += read as u64;
        self.text.truncate(written);
        self.at = 0;
        self.lines.pass(&self.text);
        match result {
            DecoderResult::InputEmpty => self.ended = last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, behind) => {
                let byte = self.taken.saturating_sub(u64::from(length) + u64::from(behind));
                let (line, encoding) = (self.lines.line(), self.encoding.name());
                return Err(self.watch.stop(|path| ReadError::NotInEncoding { path, line, byte, encoding }));
            }
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.at == self.text.len() && !self.ended {
            self.fill()?;
        }
        let n = buffer.len().min(self.text.len() - self.at);
        buffer[..n].copy_from_slice(&self.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
