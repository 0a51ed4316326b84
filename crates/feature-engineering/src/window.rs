//! Windows of time before an as-of date.

use std::fmt;

use history::MICROS_PER_DAY;
use serde::{Deserialize, Serialize};

/// A stretch of days that ends at or before the as-of date; half-open, in whole days of wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Everything before the as-of date, as far as the look-back goes.
    AllTime,
    /// `[as_of - from, as_of - to)`, in days; `to` is 0 for a window that ends at the as-of date.
    Days {
        /// Days from the window's start to the as-of date.
        from: u16,
        /// Days from the window's end to the as-of date.
        to: u16,
    },
}

impl Window {
    /// The last `days` days before the as-of date.
    #[must_use]
    pub const fn last(days: u16) -> Self {
        Window::Days { from: days, to: 0 }
    }

    /// The `days` days before the last `days` days.
    #[must_use]
    pub const fn before_last(days: u16) -> Self {
        Window::Days { from: 2 * days, to: days }
    }

    /// The shortest window that holds both.
    #[must_use]
    pub fn wider(self, other: Self) -> Self {
        match (self, other) {
            (Window::Days { from: a, to: b }, Window::Days { from: c, to: d }) => {
                Window::Days { from: a.max(c), to: b.min(d) }
            }
            _ => Window::AllTime,
        }
    }

    /// The microseconds before the as-of date at which the window begins (included; `None` without a beginning) and
    /// ends (excluded).
    #[must_use]
    pub(crate) fn micros(self) -> (Option<i64>, i64) {
        match self {
            Window::AllTime => (None, 0),
            Window::Days { from, to } => (Some(i64::from(from) * MICROS_PER_DAY), i64::from(to) * MICROS_PER_DAY),
        }
    }

    /// Whether a moment this many microseconds before the as-of date (at least 1) lies in the window.
    #[must_use]
    pub fn contains(self, micros_before_as_of: i64) -> bool {
        match self {
            Window::AllTime => true,
            Window::Days { from, to } => {
                micros_before_as_of <= i64::from(from) * MICROS_PER_DAY
                    && micros_before_as_of > i64::from(to) * MICROS_PER_DAY
            }
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Window::AllTime => write!(f, "all time"),
            Window::Days { from, to: 0 } => write!(f, "last {from} days"),
            Window::Days { from, to } => write!(f, "{to} to {from} days ago"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_half_open_and_meet_without_a_gap() {
        let day = MICROS_PER_DAY;
        let (last, before) = (Window::last(30), Window::before_last(30));
        // The midnight that begins the 30th day before the as-of date belongs to the later window.
        assert!(last.contains(30 * day) && !before.contains(30 * day));
        assert!(before.contains(30 * day + 1) && !last.contains(30 * day + 1));
        assert!(before.contains(60 * day) && !before.contains(60 * day + 1));
        assert!(last.contains(1));
    }
}
