//! Why a table could not be written.

use std::path::{Path, PathBuf};

use polars::prelude::PolarsError;

/// A table file that could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The operating system said no.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The Parquet encoder said no.
    #[error("cannot write {}: {message}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        message: String,
    },
    /// Neither `.csv` nor `.parquet`.
    #[error("cannot write {}: expected a name that ends in .csv or .parquet", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A block has other columns than the first block.
    #[error("cannot write {}: a block of rows has the columns {found}, the file has {expected}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Columns of the file, with their types.
        expected: String,
        /// Columns of the block, with their types.
        found: String,
    },
    /// A block has columns of unequal length.
    #[error("cannot write {}: expected columns of one length in a block of rows, found {found}", path.display())]
    Uneven {
        /// The file.
        path: PathBuf,
        /// Columns of the block, with their lengths.
        found: String,
    },
    /// Two columns have one name.
    #[error("cannot write {}: expected columns of different names, found \"{name}\" twice", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
}

pub(super) fn io_error(path: &Path, source: std::io::Error) -> WriteError {
    WriteError::Io { path: path.to_owned(), source }
}

pub(super) fn unfinished(path: &Path) -> WriteError {
    encoder_said(path, "the table has no columns, or an earlier block failed")
}

pub(super) fn encoder_said(path: &Path, message: impl Into<String>) -> WriteError {
    WriteError::Encoding { path: path.to_owned(), message: message.into() }
}

pub(super) fn polars_error(path: &Path, error: PolarsError) -> WriteError {
    match error {
        PolarsError::IO { error, .. } => io_error(path, std::io::Error::new(error.kind(), error.to_string())),
        other => encoder_said(path, other.to_string()),
    }
}
