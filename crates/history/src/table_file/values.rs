//! The cells of a block of rows, column by column.

use crate::{Date, Money, Timestamp};

/// One column of a block of rows; `None` is an empty cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<Option<String>>),
    /// Text without an allocation for each cell: for the columns of large tables.
    Packed(PackedText),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Whole numbers, none of them missing; of the same type in a file as [`Values::Integer`].
    Count(Vec<u32>),
    /// Floating-point numbers, written in the shortest form that reads back to the same number.
    Float(Vec<Option<f64>>),
    /// Floating-point numbers where NaN is an empty cell; of the same type in a file as [`Values::Float`].
    Number(Vec<f64>),
    /// Amounts of money; a floating-point column in Parquet.
    Money(Vec<Option<Money>>),
    /// Moments of wall-clock time; microseconds without a time zone in Parquet.
    Timestamp(Vec<Option<Timestamp>>),
    /// Dates.
    Date(Vec<Option<Date>>),
    /// True or false.
    Flag(Vec<Option<bool>>),
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Values::Text(v) => v.len(),
            Values::Packed(v) => v.len(),
            Values::Integer(v) => v.len(),
            Values::Count(v) => v.len(),
            Values::Float(v) => v.len(),
            Values::Number(v) => v.len(),
            Values::Money(v) => v.len(),
            Values::Timestamp(v) => v.len(),
            Values::Date(v) => v.len(),
            Values::Flag(v) => v.len(),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Values::Text(_) | Values::Packed(_) => Kind::Text,
            Values::Integer(_) | Values::Count(_) => Kind::Integer,
            Values::Float(_) | Values::Number(_) | Values::Money(_) => Kind::Float,
            Values::Timestamp(_) => Kind::Timestamp,
            Values::Date(_) => Kind::Date,
            Values::Flag(_) => Kind::Flag,
        }
    }
}

/// Type of a column in a file; every block of rows has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Float,
    Timestamp,
    Date,
    Flag,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Integer => "whole numbers",
            Kind::Float => "numbers",
            Kind::Timestamp => "timestamps",
            Kind::Date => "dates",
            Kind::Flag => "flags",
        }
    }
}

/// Cells of text one after the other in one stretch of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackedText {
    text: String,
    /// Where each cell ends in `text`; the end before it is its beginning.
    ends: Vec<usize>,
    /// An empty cell is not the same as a cell with an empty text.
    present: Vec<bool>,
}

impl PackedText {
    /// No cells yet, but room for so many of about `width` bytes each.
    #[must_use]
    pub fn with_capacity(cells: usize, width: usize) -> Self {
        Self {
            text: String::with_capacity(cells.saturating_mul(width)),
            ends: Vec::with_capacity(cells),
            present: Vec::with_capacity(cells),
        }
    }

    /// Appends a cell.
    pub fn push(&mut self, cell: Option<&str>) {
        self.text.push_str(cell.unwrap_or_default());
        self.ends.push(self.text.len());
        self.present.push(cell.is_some());
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell of a row; `None` also where there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        if !*self.present.get(row)? {
            return None;
        }
        let start = row.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(row)?)
    }

    /// The cells in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl<'a> FromIterator<Option<&'a str>> for PackedText {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(cells: I) -> Self {
        let cells = cells.into_iter();
        let mut packed = Self::with_capacity(cells.size_hint().0, 0);
        cells.for_each(|cell| packed.push(cell));
        packed
    }
}

/// A named column of a block of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The column's name, as in the file's header.
    pub name: String,
    /// Its cells.
    pub values: Values,
}

impl Column {
    /// A column with this name and these cells.
    #[must_use]
    pub fn new(name: impl Into<String>, values: Values) -> Self {
        Self { name: name.into(), values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_text_gives_back_its_cells() {
        let cells = [Some("ab"), None, Some(""), Some("ă€"), None];
        let packed: PackedText = cells.into_iter().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), cells);
        assert_eq!((packed.len(), packed.get(3), packed.get(5)), (5, Some("ă€"), None));
        assert!(!packed.is_empty() && PackedText::default().is_empty());
    }
}
