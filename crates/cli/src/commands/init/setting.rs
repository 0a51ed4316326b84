//! One key of the project file that is being proposed.

use super::question::By;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setting {
    /// Its value, and where that comes from.
    Value { value: String, why: String },
    /// The key is left out, for this reason.
    Absent { why: String },
    /// The question of this key has no answer yet.
    Open(String),
}

impl Setting {
    pub(super) fn proven(value: impl Into<String>, why: impl Into<String>) -> Self {
        Setting::Value { value: value.into(), why: why.into() }
    }

    pub(super) fn absent(why: impl Into<String>) -> Self {
        Setting::Absent { why: why.into() }
    }

    pub(super) fn answered(value: impl Into<String>, by: By) -> Self {
        let why = match by {
            By::User => "answered",
            By::Yes => "taken with --yes, not proven",
        };
        Setting::proven(value, why)
    }

    /// The value, where there is one.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Setting::Value { value, .. } => Some(value),
            Setting::Absent { .. } | Setting::Open(_) => None,
        }
    }
}
