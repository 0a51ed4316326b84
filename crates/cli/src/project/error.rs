//! What is wrong with a project file, and where.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A project file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectError {
    path: PathBuf,
    /// Line and column, both from 1; the column counts characters.
    place: Option<(usize, usize)>,
    message: String,
}

impl ProjectError {
    /// An error that has no place within the file.
    pub(super) fn whole_file(path: &Path, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), place: None, message: message.into() }
    }
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        // What was found may hold anything: it is shown as it would be typed, and the message stays one line.
        self.message
            .chars()
            .try_for_each(|c| if c.is_control() { write!(f, "{}", c.escape_default()) } else { f.write_char(c) })
    }
}

impl Error for ProjectError {}

/// The text of a project file, for saying where in it something is wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// An error at these bytes of the text.
    pub(super) fn error(&self, span: &Range<usize>, message: impl Into<String>) -> ProjectError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ProjectError { path: self.path.to_owned(), place: Some((line, column)), message: message.into() }
    }

    /// An error that has no place within the text.
    pub(super) fn whole(&self, message: impl Into<String>) -> ProjectError {
        ProjectError::whole_file(self.path, message)
    }
}
