//! What can go wrong before, beside and after the writing itself.

use std::path::PathBuf;

use thiserror::Error;

/// A synchronisation that could not be done, or not be begun. What a single record came to is no error but its
/// [`Outcome`](crate::Outcome); what ended a run early is told by [`Summary::stopped`](crate::Summary).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CrmError {
    /// A number that no field can hold.
    #[error("expected {expected}, found {found}")]
    Number {
        /// What a number has to be.
        expected: &'static str,
        /// What it was.
        found: String,
    },
    /// The declaration of a target, a field or a setting is wrong.
    #[error("{place}: expected {expected}, found {found}")]
    Setting {
        /// Which one.
        place: String,
        /// What it has to be.
        expected: String,
        /// What it was.
        found: String,
    },
    /// A row that cannot be sent; nothing was written.
    #[error("row {row}: expected {expected}, found {found}; nothing was written")]
    Row {
        /// Its number, from 1.
        row: u64,
        /// What a row has to be.
        expected: String,
        /// What it was, without customers' values.
        found: String,
    },
    /// The rows could not be read to their end; nothing was written.
    #[error("the rows could not be read to their end; nothing was written")]
    Rows(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The target is not ready for these fields; nothing was written.
    #[error("{target} is not ready: {}; nothing was written", problems.join("; "))]
    NotReady {
        /// The target's name.
        target: String,
        /// What is missing or of the wrong type.
        problems: Vec<String>,
    },
    /// A guard said no; nothing was written.
    #[error("{guard}: expected {expected}, found {found}; nothing was written")]
    Guard {
        /// Which one, and how to change it.
        guard: &'static str,
        /// What it allows.
        expected: String,
        /// What the run would do.
        found: String,
    },
    /// The target could not be asked what has to be known before writing; nothing was written.
    #[error("{target}: {why}; nothing was written")]
    Unreachable {
        /// The target's name.
        target: String,
        /// What it said.
        why: String,
    },
    /// Somebody else works with the same journal.
    #[error("another run holds the journal in {}; wait until it is done", folder.display())]
    Held {
        /// The journal's folder.
        folder: PathBuf,
    },
    /// The journal is that of another target.
    #[error(
        "{}: this is the memory of another target: its address, table or key field was another; where the target only moved, \
         move this folder away and run with --full, which writes every record again",
        folder.display()
    )]
    OtherTarget {
        /// The journal's folder.
        folder: PathBuf,
    },
    /// A journal or state file does not hold what was written to it.
    #[error(
        "{}: expected {expected} at byte {offset}, found {found}; restore the folder from a copy, or move it away and \
         run with --full, which writes every record again",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What has to stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// A file could not be read or written.
    #[error("{}: {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl CrmError {
    pub(crate) fn io(path: &std::path::Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> CrmError {
        let path = path.to_owned();
        move |source| CrmError::Io { path, doing, source }
    }
}
