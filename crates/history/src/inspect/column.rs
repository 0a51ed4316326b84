//! What a column's cells are, whatever its header says.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::dates::DateLook;
use super::numbers::NumberLook;
use crate::cell::Cell;

/// One column of a file, all of its cells looked at.
#[derive(Debug, Clone)]
pub struct ColumnLook {
    /// Its header, without blanks around it.
    pub header: String,
    /// Cells with something in them.
    pub filled: u64,
    /// Cells with nothing but blanks in them.
    pub empty: u64,
    /// Cells whose bytes are no text.
    pub not_text: u64,
    /// Cells with letters that are none of ASCII.
    pub not_ascii: u64,
    /// What is known of its dates.
    pub dates: DateLook,
    /// What is known of its numbers.
    pub numbers: NumberLook,
    /// Its texts and how often each is there; none where they are many or long.
    pub levels: Option<BTreeMap<String, u64>>,
    /// How many texts differ, counted up to [`ColumnLook::MOST_DISTINCT`].
    pub distinct: usize,
    /// Whether a text came a second time before there were [`ColumnLook::MOST_DISTINCT`] of them.
    pub repeats: bool,
    hashes: HashSet<u64>,
}

/// What most cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// There are no cells, or empty ones alone.
    Nothing,
    /// Dates or moments.
    Dates,
    /// Numbers, of which some are not whole.
    Numbers,
    /// Whole numbers.
    WholeNumbers,
    /// Anything else.
    Texts,
}

impl CellKind {
    /// The kind in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CellKind::Nothing => "nothing",
            CellKind::Dates => "dates",
            CellKind::Numbers => "numbers",
            CellKind::WholeNumbers => "whole numbers",
            CellKind::Texts => "texts",
        }
    }
}

/// Texts are told apart up to so many levels, and up to so many bytes each.
const MOST_LEVELS: usize = 50;
const LONGEST_LEVEL: usize = 64;

/// A column is one of dates or numbers if so large a share of its cells are.
const NEARLY_ALL: f64 = 0.95;

impl ColumnLook {
    /// So many different texts are counted.
    pub const MOST_DISTINCT: usize = 10_000;

    pub(super) fn new(header: &str) -> Self {
        Self {
            header: header.to_owned(),
            filled: 0,
            empty: 0,
            not_text: 0,
            not_ascii: 0,
            dates: DateLook::default(),
            numbers: NumberLook::default(),
            levels: Some(BTreeMap::new()),
            distinct: 0,
            repeats: false,
            hashes: HashSet::new(),
        }
    }

    /// What nearly all of its cells are. This tells columns apart; it proves nothing about how they are to be read.
    #[must_use]
    pub fn kind(&self) -> CellKind {
        let most = |cells: u64| cells as f64 >= NEARLY_ALL * self.filled as f64;
        match self.filled {
            0 => CellKind::Nothing,
            _ if most(self.dates.cells()) => CellKind::Dates,
            _ if most(self.numbers.whole) => CellKind::WholeNumbers,
            _ if most(self.numbers.cells()) => CellKind::Numbers,
            _ => CellKind::Texts,
        }
    }

    /// Whether no text came twice, as far as they were counted.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.filled > 0 && !self.repeats
    }

    /// Whether every filled cell is one of these words, in any case of letters.
    #[must_use]
    pub fn holds_only(&self, words: &[&str]) -> bool {
        let levels = self.levels.as_ref().filter(|levels| !levels.is_empty());
        levels
            .is_some_and(|levels| levels.keys().all(|level| words.iter().any(|word| word.eq_ignore_ascii_case(level))))
    }

    pub(super) fn take(&mut self, line: u64, cell: Cell<'_>) {
        match cell {
            _ if is_blank(cell) => {
                self.empty += 1;
                return;
            }
            Cell::NotText => {
                self.filled += 1;
                self.not_text += 1;
                return;
            }
            Cell::Text(text) | Cell::Number(text) => {
                let text = text.trim();
                self.not_ascii += u64::from(!text.is_ascii());
                self.count(text);
                self.take_level(text);
            }
            Cell::Integer(value) => {
                self.count(&value);
                self.take_level(&value.to_string());
            }
            Cell::Float(_) | Cell::WallClock(_) | Cell::Utc(_) | Cell::Day(_) | Cell::Empty => self.levels = None,
        }
        self.filled += 1;
        self.dates.take(line, cell);
        self.numbers.take(line, cell);
    }

    fn count(&mut self, value: &(impl Hash + ?Sized)) {
        if self.hashes.len() >= Self::MOST_DISTINCT {
            return;
        }
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        self.repeats |= !self.hashes.insert(hasher.finish());
        self.distinct = self.hashes.len();
    }

    fn take_level(&mut self, text: &str) {
        let Some(levels) = &mut self.levels else { return };
        if let Some(count) = levels.get_mut(text) {
            *count += 1;
        } else if levels.len() < MOST_LEVELS && text.len() <= LONGEST_LEVEL {
            levels.insert(text.to_owned(), 1);
        } else {
            self.levels = None;
        }
    }
}

/// Nothing, or nothing but blanks.
pub(super) fn is_blank(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Empty => true,
        Cell::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn column(cells: &[&str]) -> ColumnLook {
        let mut column = ColumnLook::new("x");
        for (at, text) in cells.iter().enumerate() {
            column.take(at as u64 + 2, if text.is_empty() { Cell::Empty } else { Cell::Text(text) });
        }
        column
    }

    #[test]
    fn a_column_is_what_nearly_all_of_its_cells_are() {
        assert_eq!(column(&["", " "]).kind(), CellKind::Nothing);
        assert_eq!(column(&["05/03/2026", "2026-03-05", ""]).kind(), CellKind::Dates);
        assert_eq!(column(&["1", "20"]).kind(), CellKind::WholeNumbers);
        assert_eq!(column(&["1", "20.5"]).kind(), CellKind::Numbers);
        let mut cells = vec!["12.50"; 30];
        cells.push("Total");
        assert_eq!(column(&cells).kind(), CellKind::Numbers);
        assert_eq!(column(&["C12", "20.5"]).kind(), CellKind::Texts);
    }

    #[test]
    fn levels_and_repeats_are_counted() {
        let found = column(&["yes", "No", "yes", ""]);
        assert_eq!((found.filled, found.empty, found.distinct, found.is_unique()), (3, 1, 2, false));
        assert!(found.holds_only(&["YES", "no"]) && !found.holds_only(&["yes"]));
        assert!(column(&["a", "b"]).is_unique());
        let many: Vec<String> = (0..60).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!((column(&many).levels, column(&many).distinct), (None, 60));
        assert!(!column(&[]).holds_only(&["yes"]));
    }
}
