//! What is odd about rows that can be used.

use super::clock::{ClockChange, ClockChanges};
use super::row::Values;
use super::scale::{Scale, odd_file};
use crate::cell::{Cell, Offset};
use crate::warning::{Warning, WarningCode};
use crate::{Money, Timestamp};

/// Counts over rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Oddities {
    /// Ids with blanks around them.
    pub(crate) padded: u64,
    /// Ids that are written in another way than they are compared.
    pub(crate) normalized: u64,
    /// Times without an offset that the clock skipped, or showed twice.
    pub(crate) gaps: u64,
    pub(crate) folds: u64,
    /// Amounts of zero.
    pub(crate) zeros: u64,
    pub(crate) scale: Scale,
}

impl Oddities {
    /// Adds those of other rows.
    pub(crate) fn append(&mut self, other: &Oddities) {
        self.padded += other.padded;
        self.normalized += other.normalized;
        self.gaps += other.gaps;
        self.folds += other.folds;
        self.zeros += other.zeros;
        self.scale.append(&other.scale);
    }

    /// Takes in the cell of an id, and what was made of it.
    #[inline]
    pub(super) fn take_id(&mut self, cell: Cell<'_>, id: &str) {
        let Cell::Text(text) = cell else { return };
        if text.len() == id.len() && text == id {
            return;
        }
        let trimmed = text.trim();
        self.padded += u64::from(trimmed.len() != text.len());
        self.normalized += u64::from(trimmed != id);
    }

    pub(super) fn take_row(&mut self, values: &Values<'_>, clock: &ClockChanges) {
        self.take(values.timestamp, values.amount, clock);
    }

    /// Takes in the moment and the amount of a row that is used.
    #[inline]
    pub(super) fn take(&mut self, (time, offset): (Timestamp, Offset), amount: Money, clock: &ClockChanges) {
        self.scale.take(time, amount);
        self.zeros += u64::from(amount == Money::ZERO);
        if offset == Offset::Absent {
            match clock.at(time) {
                Some(ClockChange::Gap) => self.gaps += 1,
                Some(ClockChange::Fold) => self.folds += 1,
                None => {}
            }
        }
    }

    /// What they come to in a table of files with these names and sizes of amounts.
    pub(super) fn warnings(
        &self,
        table: &str,
        [id, time, amount]: [&str; 3],
        files: &[(String, &Scale)],
    ) -> Vec<Warning> {
        let counted = |code, count: u64, column: &str, message: &str| {
            let warning = Warning::new(code, table, count, format!("{count} {message}"));
            (count > 0).then(|| warning.in_column(column))
        };
        let gap = "times without an offset were skipped by the clock when daylight saving began; they are taken as they stand";
        let fold =
            "times without an offset came twice when daylight saving ended; each is taken as it stands, on its date";
        [
            counted(WarningCode::PaddedIds, self.padded, id, "ids had blanks around them, which were removed"),
            counted(WarningCode::NormalizedIds, self.normalized, id, "ids were changed as normalize_ids says"),
            counted(WarningCode::ClockGap, self.gaps, time, gap),
            counted(WarningCode::ClockFold, self.folds, time, fold),
            counted(WarningCode::ZeroAmounts, self.zeros, amount, "rows have an amount of zero; each is a purchase"),
            // Where one file is in another unit, months look odd as well.
            odd_file(files).or_else(|| self.scale.change(table)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
