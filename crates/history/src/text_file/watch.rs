//! What a reader of bytes has to tell besides bytes: why it stopped, and what went through it. An `io::Error` carries
//! neither a place nor advice, and those who read may wrap it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::ReadError;

/// What a packed file holds: its length and SHA-256 after unpacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Content {
    pub(crate) len: u64,
    pub(crate) digest: [u8; 32],
}

/// Shared by the layers of a reader and by the one who reads.
#[derive(Debug, Clone)]
pub(crate) struct Watch(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    path: PathBuf,
    stopped: Option<ReadError>,
    content: Option<Content>,
}

impl Watch {
    pub(super) fn new(path: &Path) -> Self {
        Self(Arc::new(Mutex::new(State { path: path.to_owned(), stopped: None, content: None })))
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes why nothing more is read. The error that comes back stands for it.
    pub(super) fn stop(&self, error: impl FnOnce(PathBuf) -> ReadError) -> io::Error {
        self.with(|state| {
            let path = state.path.clone();
            state.stopped.get_or_insert_with(|| error(path));
        });
        io::Error::other("reading was stopped")
    }

    /// Why nothing more was read.
    pub(crate) fn stopped(&self) -> Option<ReadError> {
        self.with(|state| state.stopped.take())
    }

    /// What was read, if all of it was, and the file is packed.
    pub(crate) fn content(&self) -> Option<Content> {
        self.with(|state| state.content)
    }

    pub(super) fn read_whole(&self, content: Content) {
        self.with(|state| state.content = Some(content));
    }

    /// Why a layer stopped, or else what the operating system said.
    pub(crate) fn error(&self, path: &Path, source: io::Error) -> ReadError {
        self.stopped().unwrap_or(ReadError::Io { path: path.to_owned(), source })
    }
}
