//! From a file to the text in it: unpacked, decoded to UTF-8, and within limits. All of it is done on the way, so that
//! memory does not follow the size of the file.

mod ahead;
mod decode;
mod magic;
mod unpack;
mod watch;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::encoding::Encoding;
use crate::error::ReadError;
use crate::place::Place;
use crate::spec::TableSpec;
use ahead::Ahead;
use decode::Decoded;
use unpack::Unpacked;
use watch::Watch;

pub(crate) use magic::refuse_other_formats;
pub(crate) use unpack::{HARMLESS, MOST_TIMES, Packing};
pub(crate) use watch::Content;

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 18;

/// The text of a file, behind the lines that the project skips.
pub(crate) struct TextFile {
    /// The text as UTF-8; of a file whose encoding is not declared, its bytes as they are.
    pub(crate) reader: Box<dyn BufRead + Send>,
    /// Where the text begins, behind what is skipped.
    pub(crate) first: Place,
    /// What may stop the reader.
    pub(crate) watch: Watch,
}

impl TextFile {
    /// Opens a text file of a table. `what` says what the name makes of it, for messages.
    pub(crate) fn open(table: &TableSpec, packing: Packing, what: &'static str) -> Result<Self, ReadError> {
        let path = table.path.as_path();
        let io = |source| ReadError::Io { path: path.to_owned(), source };
        let watch = Watch::new(path);
        let file = File::open(path).map_err(io)?;
        let raw: Box<dyn BufRead + Send> = match packing {
            Packing::None => Box::new(BufReader::with_capacity(BUFFER, file)),
            packing => filled(Unpacked::open(file, packing, table.max_bytes, path, watch.clone())?),
        };
        let mut text = Self { reader: raw, first: Place::of_text(1, 0), watch };
        let start = text.start(path)?;
        if start.is_empty() {
            return Err(ReadError::Empty { path: path.to_owned() });
        }
        refuse_other_formats(path, what, start)?;
        let marked = Encoding::of_mark(start);
        if start.starts_with(&[0xff, 0xfe, 0, 0]) || start.starts_with(&[0, 0, 0xfe, 0xff]) {
            return Err(looks_like(path, what, "UTF-32 text", "save it as UTF-8"));
        }
        let encoding = match (table.encoding, marked) {
            (Some(declared), Some(marked)) if declared != marked => {
                return Err(ReadError::OtherEncoding {
                    path: path.to_owned(),
                    declared: declared.name(),
                    found: marked.name(),
                });
            }
            (None, None) => {
                if let Some(label) = magic::utf_16_without_mark(start) {
                    return Err(ReadError::Utf16WithoutMark { path: path.to_owned(), label });
                }
                None
            }
            // Text that is said to be UTF-8 must be UTF-8 to the last byte.
            (Some(declared), _) => Some(declared),
            (None, marked) => marked.filter(|marked| *marked != Encoding::UTF_8),
        };
        if let Some(encoding) = encoding {
            let Self { reader, watch, .. } = text;
            let decoded = Decoded::new(reader, encoding, watch.clone());
            text = Self { reader: filled(decoded), first: Place::of_text(1, 0), watch };
        }
        text.skip_lines(path, table.skip_rows)?;
        if packing != Packing::None || encoding.is_some() {
            text = text.ahead(path);
        }
        Ok(text)
    }

    /// The same text, unpacked and decoded by another thread.
    fn ahead(self, path: &Path) -> Self {
        let Self { reader, first, watch: told } = self;
        let watch = Watch::new(path);
        match Ahead::new(reader, told.clone(), watch.clone()) {
            Ok(ahead) => Self { reader: Box::new(ahead), first, watch },
            Err(reader) => Self { reader, first, watch: told },
        }
    }

    /// The first bytes, some at least if there are any.
    fn start(&mut self, path: &Path) -> Result<&[u8], ReadError> {
        let watch = &self.watch;
        self.reader.fill_buf().map_err(|source| watch.error(path, source))
    }

    fn skip_lines(&mut self, path: &Path, lines: u64) -> Result<(), ReadError> {
        for _ in 0..lines {
            let skipped = skip_line(&mut self.reader).map_err(|source| self.watch.error(path, source))?;
            if skipped == 0 {
                return Err(ReadError::NothingBehindSkipped { path: path.to_owned(), skip_rows: lines });
            }
            let Place { line, byte } = self.first;
            self.first = Place { line: line + 1, byte: byte.map(|byte| byte + skipped) };
        }
        if lines > 0 && self.start(path)?.is_empty() {
            return Err(ReadError::NothingBehindSkipped { path: path.to_owned(), skip_rows: lines });
        }
        Ok(())
    }
}

/// Buffers a reader, and fills the buffer to the end each time: what is told by the first bytes is told by enough of them.
fn filled(inner: impl Read + Send + 'static) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(BUFFER, Filled { inner, failed: None }))
}

struct Filled<R> {
    inner: R,
    /// What stopped the reader behind the bytes that it gave last.
    failed: Option<io::Error>,
}

impl<R: Read> Read for Filled<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut filled = 0;
        while filled < buffer.len() {
            match self.inner.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if filled == 0 => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(filled)
    }
}

fn looks_like(path: &Path, expected: &'static str, found: &'static str, hint: &'static str) -> ReadError {
    ReadError::LooksLike { path: path.to_owned(), expected, found, hint }
}

/// Goes behind the next line break (`\n`, `\r\n` or `\r`). Says how many bytes there were up to there.
fn skip_line(reader: &mut dyn BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(skipped);
        }
        let Some(at) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            let all = bytes.len();
            skipped += all as u64;
            reader.consume(all);
            continue;
        };
        let is_return = bytes[at] == b'\r';
        skipped += at as u64 + 1;
        reader.consume(at + 1);
        if is_return && reader.fill_buf()?.first() == Some(&b'\n') {
            skipped += 1;
            reader.consume(1);
        }
        return Ok(skipped);
    }
}

/// Counts line breaks on the way.
#[derive(Debug, Default)]
struct Lines {
    feeds: u64,
    returns: u64,
}

impl Lines {
    fn pass(&mut self, bytes: &[u8]) {
        self.feeds += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        // Lines end in a return alone only where no line ends in a line feed.
        if self.feeds == 0 {
            self.returns += bytes.iter().filter(|byte| **byte == b'\r').count() as u64;
        }
    }

    /// The line that what comes next is on.
    fn line(&self) -> u64 {
        1 + if self.feeds > 0 { self.feeds } else { self.returns }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use super::*;

    #[test]
    fn lines_are_skipped_whatever_they_end_in() {
        for capacity in [1, 2, 3, 7, 64] {
            let mut text = BufReader::with_capacity(capacity, Cursor::new(b"a\r\nb\rc\n\nrest"));
            let mut rest = String::new();
            for _ in 0..4 {
                assert!(skip_line(&mut text).unwrap() > 0);
            }
            text.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "rest", "{capacity}");
            assert_eq!(skip_line(&mut text).unwrap(), 0);
        }
    }
}
