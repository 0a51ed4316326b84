//! Which row of a matrix stands where.

use std::ops::Range;

use crate::SolverError;
use crate::matrix::BLOCK_ROWS;

/// Rows in slots: blocks of 512, groups one after the other, each of them filled up to whole blocks.
#[derive(Debug, PartialEq)]
pub(crate) struct Layout {
    rows: usize,
    /// The blocks of each group.
    groups: Vec<Range<usize>>,
    /// The row in each slot, `usize::MAX` where none is; `None` where there is one group, and slots are rows.
    row_of: Option<Vec<usize>>,
}

/// The rows that a block is filled from.
#[derive(Debug, PartialEq)]
pub(crate) enum Slots {
    /// One after the other, from this one on.
    From(usize),
    /// Each of them; those that fill up the block are its first.
    Each(Box<[usize; BLOCK_ROWS]>),
}

impl Layout {
    pub(crate) fn plain(rows: usize) -> Self {
        Self { rows, groups: std::iter::once(0..rows.div_ceil(BLOCK_ROWS)).collect(), row_of: None }
    }

    pub(crate) fn grouped(rows: usize, group_of: &[usize]) -> Result<Self, SolverError> {
        if group_of.len() != rows {
            return Err(SolverError::Length { what: "groups of rows", expected: rows, found: group_of.len() });
        }
        // Groups have numbers below the number of rows, so that a wild one asks for no memory.
        if let Some(row) = group_of.iter().position(|group| *group >= rows) {
            let value = group_of[row] as f64;
            return Err(SolverError::BadNumber { expected: "a group below the number of rows", row, value });
        }
        let count = group_of.iter().max().map_or(0, |last| last + 1);
        let mut members = vec![Vec::new(); count];
        for (row, group) in group_of.iter().enumerate() {
            members[*group].push(row);
        }
        let (mut groups, mut row_of) = (Vec::with_capacity(count), Vec::new());
        for rows in members {
            let start = row_of.len() / BLOCK_ROWS;
            row_of.extend(rows);
            row_of.resize(row_of.len().next_multiple_of(BLOCK_ROWS), usize::MAX);
            groups.push(start..row_of.len() / BLOCK_ROWS);
        }
        Ok(Self { rows, groups, row_of: Some(row_of) })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }

    pub(crate) fn blocks(&self) -> usize {
        self.row_of.as_ref().map_or(self.rows, Vec::len).div_ceil(BLOCK_ROWS)
    }

    pub(crate) fn row(&self, slot: usize) -> Option<usize> {
        match &self.row_of {
            None => (slot < self.rows).then_some(slot),
            Some(row_of) => row_of.get(slot).copied().filter(|row| *row != usize::MAX),
        }
    }

    pub(crate) fn slots(&self, block: usize) -> Slots {
        let slots = block * BLOCK_ROWS..(block + 1) * BLOCK_ROWS;
        let in_order = match &self.row_of {
            None => slots.end <= self.rows,
            Some(row_of) => row_of[slots.clone()].windows(2).all(|two| two[0].checked_add(1) == Some(two[1])),
        };
        let first = self.row(slots.start).unwrap_or(0);
        if in_order {
            Slots::From(first)
        } else {
            Slots::Each(Box::new(std::array::from_fn(|at| self.row(slots.start + at).unwrap_or(first))))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn groups_have_blocks_of_their_own() {
        let layout = Layout::grouped(700, &(0..700).map(|row| usize::from(row % 7 == 0)).collect::<Vec<_>>()).unwrap();
        assert_eq!((layout.groups(), layout.blocks()), (&[0..2, 2..3][..], 3));
        assert_eq!((layout.row(0), layout.row(599), layout.row(600)), (Some(1), Some(699), None));
        assert_eq!((layout.row(1_024), layout.row(1_025), layout.row(1_124)), (Some(0), Some(7), None));
    }

    #[test]
    fn rows_in_order_are_told_from_others() {
        let plain = Layout::plain(1_300);
        assert_eq!((plain.slots(0), plain.slots(1)), (Slots::From(0), Slots::From(512)));
        let Slots::Each(last) = plain.slots(2) else { panic!("filled up") };
        assert_eq!((last[0], last[275], last[276], last[511]), (1_024, 1_299, 1_024, 1_024));

        let halves: Vec<usize> = (0..1_300).map(|row| usize::from(row >= 520)).collect();
        let grouped = Layout::grouped(1_300, &halves).unwrap();
        assert_eq!((grouped.slots(0), grouped.slots(2)), (Slots::From(0), Slots::From(520)));
        assert!(matches!(grouped.slots(1), Slots::Each(_)));
        let mixed = Layout::grouped(1_300, &(0..1_300).map(|row| row % 2).collect::<Vec<_>>()).unwrap();
        assert!(matches!(mixed.slots(0), Slots::Each(rows) if rows[511] == 1_022));
    }
}
