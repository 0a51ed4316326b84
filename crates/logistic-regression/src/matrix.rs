//! The packed design: blocks of 512 rows, column after column within a block, each column centred and scaled.
//!
//! Every sum of a fit runs down the columns of one block after the other, so the numbers of a block stay in the cache and
//! vectors fill without gathering. Columns are stored as `(x - centre) / unit`, where the unit is a power of two and the
//! division exact: a column of N(1e6, 1) is then as good as one of N(0, 1).

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::SolverError;
use crate::pack::{Source, fill, not_finite, sample, values};
use crate::scale::{Extent, Scale};

pub(crate) const LANES: usize = 8;
pub(crate) const BLOCK_ROWS: usize = 512;
pub(crate) const BLOCK_LANES: usize = BLOCK_ROWS / LANES;

/// Eight numbers that fill one line of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(crate) struct Lane(pub(crate) [f64; LANES]);

impl Lane {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);
}

/// A design matrix, without an intercept column: the solver adds it.
///
/// Rows may be in groups, such as the folds of a cross-validation. Each group has blocks of its own, so a fit without a
/// group passes it over and nothing is copied.
#[derive(Debug, Clone)]
pub struct Matrix {
    blocks: Vec<Box<[Lane]>>,
    rows: usize,
    scales: Vec<Scale>,
    layout: Arc<Layout>,
}

/// Which row stands where.
#[derive(Debug, PartialEq)]
pub(crate) struct Layout {
    rows: usize,
    /// The blocks of each group.
    groups: Vec<Range<usize>>,
    /// The row in each slot, groups one after the other and each of them filled up to whole blocks with `usize::MAX`; none
    /// where there is one group, and slots are rows.
    row_of: Option<Vec<usize>>,
}

impl Matrix {
    /// Packs columns of equal length.
    ///
    /// # Errors
    /// [`SolverError::NoRows`] also where there is no column, as nothing then says how many rows there are (see
    /// [`Matrix::without_columns`]), [`SolverError::Length`], [`SolverError::NotFinite`].
    pub fn from_columns(columns: &[&[f64]]) -> Result<Self, SolverError> {
        let rows = rows_of(columns)?;
        Self::pack(Source::Columns(columns), columns.len(), Layout::plain(rows))
    }

    /// Packs columns, with `group_of` each row: 0, 1, 2 ...
    ///
    /// # Errors
    /// As for [`Matrix::from_columns`].
    pub fn from_columns_in_groups(columns: &[&[f64]], group_of: &[usize]) -> Result<Self, SolverError> {
        let rows = rows_of(columns)?;
        Self::pack(Source::Columns(columns), columns.len(), Layout::grouped(rows, group_of)?)
    }

    /// Packs rows that follow each other in `values`, each of `columns` numbers, of which there is at least one (else see
    /// [`Matrix::without_columns`]).
    ///
    /// # Errors
    /// [`SolverError::NoRows`], [`SolverError::Length`], [`SolverError::NotFinite`].
    pub fn from_rows(values: &[f64], columns: usize) -> Result<Self, SolverError> {
        let rows = rows_in(values, columns)?;
        Self::pack(Source::Rows(values, columns), columns, Layout::plain(rows))
    }

    /// Packs rows, with `group_of` each of them: 0, 1, 2 ...
    ///
    /// # Errors
    /// As for [`Matrix::from_rows`].
    pub fn from_rows_in_groups(values: &[f64], columns: usize, group_of: &[usize]) -> Result<Self, SolverError> {
        let rows = rows_in(values, columns)?;
        Self::pack(Source::Rows(values, columns), columns, Layout::grouped(rows, group_of)?)
    }

    /// A matrix of rows without columns: a fit on it is that of the intercept.
    ///
    /// # Errors
    /// [`SolverError::NoRows`].
    pub fn without_columns(rows: usize) -> Result<Self, SolverError> {
        Self::pack(Source::Columns(&[]), 0, Layout::plain(rows))
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are, without the intercept.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.scales.len()
    }

    /// How many groups of rows there are: 1 where none were given.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.layout.groups.len()
    }

    pub(crate) fn scales(&self) -> &[Scale] {
        &self.scales
    }

    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    pub(crate) fn block(&self, block: usize) -> &[Lane] {
        &self.blocks[block]
    }

    pub(crate) fn blocks_of_group(&self, group: usize) -> Range<usize> {
        self.layout.groups[group].clone()
    }

    /// The row in each slot of a block, `None` in those that fill it up.
    pub(crate) fn rows_of_block(&self, block: usize) -> [Option<usize>; BLOCK_ROWS] {
        std::array::from_fn(|at| self.layout.row(block * BLOCK_ROWS + at))
    }

    fn pack(source: Source<'_>, columns: usize, layout: Layout) -> Result<Self, SolverError> {
        if layout.rows == 0 {
            return Err(SolverError::NoRows);
        }
        let all: Vec<usize> = (0..columns).collect();
        let mut scales: Vec<Scale> =
            all.par_iter().map(|column| Scale::guess(&sample(source, *column, layout.rows))).collect();
        let count = layout.blocks();
        let packed: Vec<(Box<[Lane]>, Vec<Extent>)> = (0..count)
            .into_par_iter()
            .map(|block| {
                let mut lanes = vec![Lane::ZERO; columns * BLOCK_LANES].into_boxed_slice();
                let extents = fill(&mut lanes, source, &layout.rows_or_first(block), &scales, &all);
                (lanes, extents)
            })
            .collect();
        let (mut blocks, extents): (Vec<Box<[Lane]>>, Vec<Vec<Extent>>) = packed.into_iter().unzip();
        let total = |extents: &[Vec<Extent>], at: usize| {
            extents.iter().map(|of_block| of_block[at]).reduce(Extent::and).expect("there is a block")
        };
        let totals: Vec<Extent> = all.iter().map(|column| total(&extents, *column)).collect();
        drop(extents);

        // Columns of which the sample told too little: once more, from the exact mean and standard deviation.
        let again: Vec<usize> = all.iter().copied().filter(|column| !totals[*column].is_standard()).collect();
        for column in &again {
            if let Some((row, value)) = not_finite(source, *column, layout.rows) {
                return Err(SolverError::NotFinite { column: *column, row, value });
            }
            scales[*column] = Scale::of(|| values(source, *column, layout.rows), layout.rows);
        }
        if !again.is_empty() {
            blocks.par_iter_mut().enumerate().for_each(|(block, lanes)| {
                fill(lanes, source, &layout.rows_or_first(block), &scales, &again);
            });
        }
        for (scale, extent) in scales.iter_mut().zip(&totals) {
            scale.constant |= extent.is_constant();
        }
        Ok(Self { blocks, rows: layout.rows, scales, layout: Arc::new(layout) })
    }

    /// Puts one number of each row into its slot; slots that fill up a block get `filling`.
    pub(crate) fn scatter(&self, filling: f64, number_of: impl Fn(usize) -> f64 + Sync) -> Vec<Lane> {
        let per_block = |block: usize| {
            let at = move |slot: usize| block * BLOCK_ROWS + slot;
            (0..BLOCK_LANES).map(move |lane| (lane, at)).collect::<Vec<_>>()
        };
        let number_of = &number_of;
        (0..self.blocks())
            .into_par_iter()
            .flat_map_iter(|block| {
                per_block(block).into_iter().map(move |(lane, at)| {
                    Lane(std::array::from_fn(|i| self.layout.row(at(lane * LANES + i)).map_or(filling, number_of)))
                })
            })
            .collect()
    }

    /// The other way: one number for each row, from its slot.
    pub(crate) fn gather(&self, slots: &[f64]) -> Vec<f64> {
        let mut numbers = vec![0.0; self.rows];
        for (slot, number) in slots.iter().enumerate() {
            if let Some(row) = self.layout.row(slot) {
                numbers[row] = *number;
            }
        }
        numbers
    }
}

impl Layout {
    fn plain(rows: usize) -> Self {
        Self { rows, groups: std::iter::once(0..rows.div_ceil(BLOCK_ROWS)).collect(), row_of: None }
    }

    fn grouped(rows: usize, group_of: &[usize]) -> Result<Self, SolverError> {
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

    fn blocks(&self) -> usize {
        self.row_of.as_ref().map_or(self.rows, Vec::len).div_ceil(BLOCK_ROWS)
    }

    fn row(&self, slot: usize) -> Option<usize> {
        match &self.row_of {
            None => (slot < self.rows).then_some(slot),
            Some(row_of) => row_of.get(slot).copied().filter(|row| *row != usize::MAX),
        }
    }

    /// The rows of a block, the first of them also where it is filled up.
    fn rows_or_first(&self, block: usize) -> [usize; BLOCK_ROWS] {
        let first = self.row(block * BLOCK_ROWS).unwrap_or(0);
        std::array::from_fn(|at| self.row(block * BLOCK_ROWS + at).unwrap_or(first))
    }
}

fn rows_of(columns: &[&[f64]]) -> Result<usize, SolverError> {
    let rows = columns.first().map_or(0, |column| column.len());
    match columns.iter().find(|column| column.len() != rows) {
        Some(other) => Err(SolverError::Length { what: "numbers in each column", expected: rows, found: other.len() }),
        None => Ok(rows),
    }
}

fn rows_in(values: &[f64], columns: usize) -> Result<usize, SolverError> {
    if columns == 0 || values.is_empty() {
        return Err(SolverError::NoRows);
    }
    let rows = values.len() / columns;
    if rows * columns == values.len() {
        Ok(rows)
    } else {
        Err(SolverError::Length { what: "numbers in whole rows", expected: (rows + 1) * columns, found: values.len() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn stored(matrix: &Matrix, row_block: usize, column: usize, at: usize) -> f64 {
        let scale = matrix.scales()[column];
        matrix.block(row_block)[column * BLOCK_LANES + at / LANES].0[at % LANES] * scale.unit + scale.centre
    }

    #[test]
    fn rows_and_columns_pack_alike() {
        let (rows, columns) = (1_300, 3);
        let values: Vec<f64> = (0..rows * columns).map(|i| ((i * 37 + i / 11) % 101) as f64 - 50.0).collect();
        let by_column: Vec<Vec<f64>> =
            (0..columns).map(|j| (0..rows).map(|i| values[i * columns + j]).collect()).collect();
        let slices: Vec<&[f64]> = by_column.iter().map(Vec::as_slice).collect();
        let (a, b) = (Matrix::from_rows(&values, columns).unwrap(), Matrix::from_columns(&slices).unwrap());
        assert_eq!(a.blocks, b.blocks);
        assert_eq!((a.rows(), a.columns(), a.blocks(), a.groups()), (1_300, 3, 3, 1));
        for row in 0..rows {
            for (column, values) in by_column.iter().enumerate() {
                assert!((stored(&a, row / 512, column, row % 512) - values[row]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn each_group_has_blocks_of_its_own() {
        let values: Vec<f64> = (0..1_200).map(f64::from).collect();
        let groups: Vec<usize> = (0..1_200).map(|row| if row < 600 { 1 } else { 0 }).collect();
        let matrix = Matrix::from_columns_in_groups(&[&values], &groups).unwrap();
        assert_eq!((matrix.blocks_of_group(0), matrix.blocks_of_group(1)), (0..2, 2..4));
        assert!((stored(&matrix, 0, 0, 0) - 600.0).abs() < 1e-9 && (stored(&matrix, 2, 0, 5) - 5.0).abs() < 1e-9);
        assert_eq!(matrix.rows_of_block(1).iter().flatten().count(), 88);
        let lanes = matrix.scatter(-1.0, |row| row as f64);
        assert_eq!((lanes[0].0[0], lanes[127].0[7], lanes.len()), (600.0, -1.0, 256));
        let slots: Vec<f64> = lanes.iter().flat_map(|lane| lane.0).collect();
        assert_eq!(matrix.gather(&slots), values);
        let wild = Matrix::from_columns_in_groups(&[&values], &vec![usize::MAX; 1_200]);
        assert!(matches!(wild, Err(SolverError::BadNumber { row: 0, .. })));
    }

    #[test]
    fn what_cannot_be_packed_is_named() {
        let mut values = vec![1.0; 3_000];
        values[2_999] = f64::NAN;
        let good: Vec<f64> = (0..3_000).map(f64::from).collect();
        let found = Matrix::from_columns(&[&good, &values]);
        assert!(matches!(found, Err(SolverError::NotFinite { column: 1, row: 2_999, value }) if value.is_nan()));
        values[2_999] = f64::NEG_INFINITY;
        assert!(matches!(Matrix::from_columns(&[&values]), Err(SolverError::NotFinite { column: 0, row: 2_999, .. })));
        assert_eq!(Matrix::from_columns(&[]).unwrap_err(), SolverError::NoRows);
        assert_eq!(Matrix::from_columns(&[&[]]).unwrap_err(), SolverError::NoRows);
        assert_eq!(
            Matrix::from_columns(&[&good, &good[1..]]).unwrap_err(),
            SolverError::Length { what: "numbers in each column", expected: 3_000, found: 2_999 }
        );
        assert!(matches!(Matrix::from_rows(&good[..7], 3), Err(SolverError::Length { expected: 9, found: 7, .. })));
    }

    #[test]
    fn a_column_whose_sample_says_nothing_is_scaled_by_all_of_it() {
        let mut values = vec![7.0; 100_000];
        for at in [5_001, 77_777] {
            values[at] = 1e12;
        }
        let constant = vec![0.1; 100_000];
        let huge: Vec<f64> = (0..100_000).map(|i| 1e300 * f64::from(i % 7)).collect();
        let matrix = Matrix::from_columns(&[&values, &constant, &huge]).unwrap();
        assert!(matrix.scales()[0].unit > 1e8 && !matrix.scales()[0].constant);
        assert!(matrix.scales()[1].constant);
        assert!(!matrix.scales()[2].constant && matrix.blocks.iter().flatten().all(|lane| lane.0[0].is_finite()));
    }
}
