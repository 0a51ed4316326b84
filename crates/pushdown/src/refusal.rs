//! What cannot be said in SQL with the same meaning.

use std::fmt;

/// Something that has no rendering: what it is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The feature, or the key of the project file.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
}

impl Refusal {
    pub(crate) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Everything that was refused of one query. Nothing was rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be computed by an engine with the same meaning: {}", .0.iter().map(Refusal::to_string).collect::<Vec<_>>().join("; "))]
pub struct Refused(pub Vec<Refusal>);
