//! Files packed with gzip or zstd, unpacked on the way. A file that ends too early or unpacks to absurdly much is refused.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::{BUFFER, Content, Lines, Watch, magic};
use crate::error::ReadError;

/// What a file is packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    fn name(self) -> &'static str {
        match self {
            Packing::None => "plain",
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }
}

/// Tables of purchases shrink to a third, at times to a twentieth; what unpacks to more than this many times its size is
/// made to fill a disk or a memory.
///
/// Source: OWASP, "Application Security Verification Standard" 5.0, requirement 5.2.3, which asks for a limit and sets none.
pub(crate) const MOST_TIMES: u64 = 200;

/// Up to so many bytes it does no harm.
pub(crate) const HARMLESS: u64 = 64 << 20;

/// zstd may ask for a window of this many bytes, as a power of two, and no more.
const WINDOW_LOG: u32 = 27;

/// The bytes of a packed file.
pub(super) struct Unpacked {
    inner: Box<dyn Read + Send>,
    packing: Packing,
    /// Bytes taken from the file.
    taken: Arc<AtomicU64>,
    /// Bytes given.
    given: u64,
    lines: Lines,
    max_bytes: Option<u64>,
    hash: Option<Sha256>,
    watch: Watch,
}

impl Unpacked {
    pub(super) fn open(
        file: File,
        packing: Packing,
        max_bytes: Option<u64>,
        path: &Path,
        watch: Watch,
    ) -> Result<Self, ReadError> {
        let io = |source| ReadError::Io { path: path.to_owned(), source };
        let taken = Arc::new(AtomicU64::new(0));
        let mut packed = BufReader::with_capacity(BUFFER, Counted { inner: file, taken: Arc::clone(&taken) });
        magic::expect_packed(path, packing, packed.fill_buf().map_err(io)?)?;
        let inner: Box<dyn Read + Send> = match packing {
            Packing::None => Box::new(packed),
            Packing::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Packing::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(packed).map_err(io)?;
                decoder.window_log_max(WINDOW_LOG).map_err(io)?;
                Box::new(decoder)
            }
        };
        let lines = Lines::default();
        Ok(Self { inner, packing, taken, given: 0, lines, max_bytes, hash: Some(Sha256::new()), watch })
    }

    /// Refuses what unpacks to too much.
    fn check(&self) -> io::Result<()> {
        let (taken, given) = (self.taken.load(Ordering::Relaxed), self.given);
        match self.max_bytes {
            Some(limit) if given > limit => Err(self.watch.stop(|path| ReadError::TooManyBytes { path, limit })),
            None if given > HARMLESS && given / MOST_TIMES > taken => {
                Err(self.watch.stop(|path| ReadError::Bomb { path, packed: taken, unpacked: given, times: MOST_TIMES }))
            }
            _ => Ok(()),
        }
    }

    fn broken(&self, error: &io::Error) -> io::Error {
        let (line, byte, packing) = (self.lines.line(), self.given, self.packing.name());
        let what = match error.kind() {
            io::ErrorKind::UnexpectedEof => "end too early: the file is cut short".to_owned(),
            _ => format!("are damaged ({error})"),
        };
        self.watch.stop(|path| ReadError::Packed { path, packing, line, byte, what })
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Ok(0) => {
                if let Some(hash) = self.hash.take() {
                    self.watch.read_whole(Content { len: self.given, digest: hash.finalize().into() });
                }
                Ok(0)
            }
            Ok(n) => {
                self.given += n as u64;
                self.lines.pass(&buffer[..n]);
                if let Some(hash) = &mut self.hash {
                    hash.update(&buffer[..n]);
                }
                self.check().map(|()| n)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.broken(&error)),
        }
    }
}

/// Counts the bytes that are taken from a file.
struct Counted {
    inner: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
