//! What can go wrong.

use std::path::PathBuf;

use history::{Date, WriteError};

/// A company that cannot be simulated, or exports that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// A setting lies outside its range.
    #[error("{setting} is {found}, expected {expected}")]
    OutOfRange {
        /// The setting, as a path within [`Company`](crate::Company).
        setting: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// Two dates are in the wrong order, or too close.
    #[error("{later} is {found}, expected a date from {earliest} on")]
    Order {
        /// The setting whose date is too early.
        later: &'static str,
        /// The first date allowed.
        earliest: Date,
        /// What was given.
        found: Date,
    },
    /// A date that must lie before another does not.
    #[error("{earlier} is {found}, expected a date before {limit}")]
    TooLate {
        /// The setting whose date is too late.
        earlier: &'static str,
        /// The first date that is too late.
        limit: Date,
        /// What was given.
        found: Date,
    },
    /// A name has characters that the files it goes into could read otherwise.
    #[error("{setting} is {found:?}, expected letters, digits, \"-\", \"_\" or spaces, 1 to 64 of them")]
    BadName {
        /// The setting.
        setting: &'static str,
        /// What was given.
        found: String,
    },
    /// The folder already holds a project.
    #[error("{} is already there; expected a folder without a project, or leave to replace it", path.display())]
    ProjectExists {
        /// The project file.
        path: PathBuf,
    },
    /// The folder cannot be made.
    #[error("cannot make the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
