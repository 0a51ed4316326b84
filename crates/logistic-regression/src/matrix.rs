//! The design in blocks of 512 rows, column after column within a block, each column centred and scaled.
//!
//! Every sum of a fit runs down the columns of one block after the other, so the numbers of a block stay in the cache and
//! vectors fill without gathering. Columns are stored as `(x - centre) / unit`, where the unit is a power of two and the
//! division exact: a column of N(1e6, 1) is then as good as one of N(0, 1). Blocks are kept, or made in the cache by each
//! pass.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::SolverError;
use crate::layout::Layout;
use crate::pack::{Source, fill, guess, joined, settle, widen};
use crate::scale::{Extent, Scale};
use crate::tasks::in_tasks;

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

/// One number for each slot of a block.
pub(crate) type Strip = [Lane; BLOCK_LANES];

/// Room for one block that is not kept: each task of a pass has its own.
#[derive(Debug, Default)]
pub(crate) struct Room(Vec<Lane>);

/// A design matrix, without an intercept column: the solver adds it.
///
/// It is packed (`from_...`) or lies over numbers that stay where they are (`over_...`). Fits on either are the same, bit for
/// bit. Which to use:
///
/// - **Packed** for many fits on the same rows: cross-validation, long paths of penalties. Packing copies the numbers.
/// - **Over rows or columns** for one fit, or a few, of a matrix that is large: it takes no memory to speak of, and a fit is
///   nearly done in the time that packing takes. Each pass standardises the numbers again, a block at a time; from columns
///   that costs next to nothing.
///
/// Rows may be in groups, such as the folds of a cross-validation. Each group has blocks of its own, so a fit without a
/// group passes it over and nothing is copied. Such matrices are packed.
#[derive(Debug, Clone)]
pub struct Matrix<'a> {
    store: Store<'a>,
    /// From some of the rows.
    guess: Vec<Scale>,
    /// From all rows, once a pass has seen them.
    scales: OnceLock<Vec<Scale>>,
    layout: Arc<Layout>,
}

/// Where the numbers are.
#[derive(Debug, Clone)]
enum Store<'a> {
    /// Here, standardised, block after block.
    Packed(Vec<Box<[Lane]>>),
    /// With somebody else.
    Lent(Source<'a>),
}

impl Matrix<'static> {
    /// Packs columns of equal length.
    ///
    /// # Errors
    /// [`SolverError::NoRows`] also where there is no column, as nothing then says how many rows there are (see
    /// [`Matrix::without_columns`]), [`SolverError::Length`], [`SolverError::NotFinite`].
    pub fn from_columns(columns: &[&[f64]]) -> Result<Self, SolverError> {
        let rows = rows_of(columns)?;
        Self::pack(&Source::Columns(columns.to_vec()), Layout::plain(rows))
    }

    /// Packs columns, with `group_of` each row: 0, 1, 2 ...
    ///
    /// # Errors
    /// As for [`Matrix::from_columns`].
    pub fn from_columns_in_groups(columns: &[&[f64]], group_of: &[usize]) -> Result<Self, SolverError> {
        let rows = rows_of(columns)?;
        Self::pack(&Source::Columns(columns.to_vec()), Layout::grouped(rows, group_of)?)
    }

    /// Packs rows that follow each other in `values`, each of `columns` numbers, of which there is at least one (else see
    /// [`Matrix::without_columns`]).
    ///
    /// # Errors
    /// [`SolverError::NoRows`], [`SolverError::Length`], [`SolverError::NotFinite`].
    pub fn from_rows(values: &[f64], columns: usize) -> Result<Self, SolverError> {
        let rows = rows_in(values, columns)?;
        Self::pack(&Source::Rows(values, columns), Layout::plain(rows))
    }

    /// Packs rows, with `group_of` each of them: 0, 1, 2 ...
    ///
    /// # Errors
    /// As for [`Matrix::from_rows`].
    pub fn from_rows_in_groups(values: &[f64], columns: usize, group_of: &[usize]) -> Result<Self, SolverError> {
        let rows = rows_in(values, columns)?;
        Self::pack(&Source::Rows(values, columns), Layout::grouped(rows, group_of)?)
    }

    /// A matrix of rows without columns: a fit on it is that of the intercept.
    ///
    /// # Errors
    /// [`SolverError::NoRows`].
    pub fn without_columns(rows: usize) -> Result<Self, SolverError> {
        Self::pack(&Source::Columns(Vec::new()), Layout::plain(rows))
    }

    fn pack(source: &Source<'_>, layout: Layout) -> Result<Self, SolverError> {
        let mut scales = guess(source, layout.rows())?;
        let all: Vec<usize> = (0..layout.blocks()).collect();
        let task = |blocks: &[usize]| {
            let mut extents = vec![Extent::NONE; scales.len()];
            let pack = |block: &usize| {
                let mut lanes = vec![Lane::ZERO; scales.len() * BLOCK_LANES].into_boxed_slice();
                fill(&mut lanes, source, &layout.slots(*block), &scales);
                widen(&mut extents, &lanes);
                lanes
            };
            (blocks.iter().map(pack).collect::<Vec<_>>(), extents)
        };
        let join = |(mut blocks, extents): (Vec<Box<[Lane]>>, _), next: (Vec<_>, _)| {
            blocks.extend(next.0);
            (blocks, joined(extents, next.1))
        };
        let (mut blocks, extents) = in_tasks(&all, task, join).expect("there is a block, as there is a row");
        if settle(&mut scales, &extents, source, layout.rows())? {
            blocks.par_iter_mut().enumerate().for_each(|(block, lanes)| {
                fill(lanes, source, &layout.slots(block), &scales);
            });
        }
        let (store, guess) = (Store::Packed(blocks), scales.clone());
        Ok(Self { store, guess, scales: OnceLock::from(scales), layout: Arc::new(layout) })
    }
}

impl<'a> Matrix<'a> {
    /// Lies over columns of equal length, and copies nothing. Whether all numbers are finite shows in the first pass over
    /// them: [`SolverError::NotFinite`] is an error of the first fit.
    ///
    /// # Errors
    /// [`SolverError::NoRows`] also where there is no column (see [`Matrix::without_columns`]), [`SolverError::Length`].
    pub fn over_columns(columns: &[&'a [f64]]) -> Result<Self, SolverError> {
        let rows = rows_of(columns)?;
        Self::over(Source::Columns(columns.to_vec()), rows)
    }

    /// Lies over rows that follow each other in `values`, each of `columns` numbers, and copies nothing. Whether all numbers
    /// are finite shows in the first pass over them: [`SolverError::NotFinite`] is an error of the first fit.
    ///
    /// # Errors
    /// [`SolverError::NoRows`], [`SolverError::Length`].
    pub fn over_rows(values: &'a [f64], columns: usize) -> Result<Self, SolverError> {
        let rows = rows_in(values, columns)?;
        Self::over(Source::Rows(values, columns), rows)
    }

    fn over(source: Source<'a>, rows: usize) -> Result<Self, SolverError> {
        let guess = guess(&source, rows)?;
        let layout = Arc::new(Layout::plain(rows));
        Ok(Self { store: Store::Lent(source), guess, scales: OnceLock::new(), layout })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.layout.rows()
    }

    /// How many columns there are, without the intercept.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.guess.len()
    }

    /// How many groups of rows there are: 1 where none were given.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.layout.groups().len()
    }

    /// The scale of each column, for which all numbers are looked at unless a pass has seen them.
    ///
    /// # Errors
    /// [`SolverError::NotFinite`].
    pub(crate) fn scales(&self) -> Result<&[Scale], SolverError> {
        if let Some(scales) = self.known_scales() {
            return Ok(scales);
        }
        let all: Vec<usize> = (0..self.blocks()).collect();
        let task = |blocks: &[usize]| {
            let (mut room, mut extents) = (Room::default(), vec![Extent::NONE; self.columns()]);
            for block in blocks {
                widen(&mut extents, self.block(*block, &self.guess, &mut room));
            }
            extents
        };
        let extents = in_tasks(&all, task, joined).expect("there is a block, as there is a row");
        self.seen(&extents)
    }

    /// The scale of each column, if all numbers have been seen.
    pub(crate) fn known_scales(&self) -> Option<&[Scale]> {
        self.scales.get().map(Vec::as_slice)
    }

    /// What the scales probably are.
    pub(crate) fn guessed_scales(&self) -> &[Scale] {
        &self.guess
    }

    /// The scale of each column, from what all blocks span by the guess.
    ///
    /// # Errors
    /// [`SolverError::NotFinite`].
    pub(crate) fn seen(&self, extents: &[Extent]) -> Result<&[Scale], SolverError> {
        let mut scales = self.guess.clone();
        if let Store::Lent(source) = &self.store {
            settle(&mut scales, extents, source, self.rows())?;
        }
        Ok(self.scales.get_or_init(|| scales))
    }

    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(crate) fn blocks(&self) -> usize {
        self.layout.blocks()
    }

    /// The columns of a block standardised by these scales: as they are kept, or made in the room.
    pub(crate) fn block<'s>(&'s self, block: usize, scales: &[Scale], room: &'s mut Room) -> &'s [Lane] {
        match &self.store {
            Store::Packed(blocks) => &blocks[block],
            Store::Lent(source) => {
                room.0.resize(self.columns() * BLOCK_LANES, Lane::ZERO);
                fill(&mut room.0, source, &self.layout.slots(block), scales);
                &room.0
            }
        }
    }

    /// The numbers of one slot of a block, in which there is a row, standardised by these scales.
    pub(crate) fn slot(&self, block: usize, at: usize, scales: &[Scale], numbers: &mut [f64]) {
        match &self.store {
            Store::Packed(blocks) => {
                for (number, column) in numbers.iter_mut().zip(blocks[block].chunks_exact(BLOCK_LANES)) {
                    *number = column[at / LANES].0[at % LANES];
                }
            }
            Store::Lent(source) => {
                let row = self.layout.row(block * BLOCK_ROWS + at).expect("there is a row in the slot");
                for (column, (number, scale)) in numbers.iter_mut().zip(scales).enumerate() {
                    *number = scale.standardised(source.value(column, row));
                }
            }
        }
    }

    pub(crate) fn blocks_of_group(&self, group: usize) -> Range<usize> {
        self.layout.groups()[group].clone()
    }

    /// The row in each slot of a block, `None` in those that fill it up.
    pub(crate) fn rows_of_block(&self, block: usize) -> [Option<usize>; BLOCK_ROWS] {
        std::array::from_fn(|at| self.layout.row(block * BLOCK_ROWS + at))
    }

    /// Puts one number of each row into its slot; slots that fill up a block get `filling`.
    pub(crate) fn scatter(&self, filling: f64, number_of: impl Fn(usize) -> f64 + Sync) -> Vec<Strip> {
        let number = |slot: usize| self.layout.row(slot).map_or(filling, &number_of);
        let lane = |first: usize| Lane(std::array::from_fn(|at| number(first + at)));
        let strip = |block: usize| std::array::from_fn(|at| lane(block * BLOCK_ROWS + at * LANES));
        (0..self.blocks()).into_par_iter().map(strip).collect()
    }

    /// The other way: one number for each row, from its slot.
    pub(crate) fn gather(&self, slots: &[f64]) -> Vec<f64> {
        let mut numbers = vec![0.0; self.rows()];
        for (slot, number) in slots.iter().enumerate() {
            if let Some(row) = self.layout.row(slot) {
                numbers[row] = *number;
            }
        }
        numbers
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

    fn block(matrix: &Matrix<'_>, block: usize) -> Vec<Lane> {
        matrix.block(block, matrix.scales().unwrap(), &mut Room::default()).to_vec()
    }

    fn stored(matrix: &Matrix<'_>, row_block: usize, column: usize, at: usize) -> f64 {
        let scale = matrix.scales().unwrap()[column];
        block(matrix, row_block)[column * BLOCK_LANES + at / LANES].0[at % LANES] * scale.unit + scale.centre
    }

    #[test]
    fn rows_and_columns_packed_or_not_are_the_same_blocks() {
        for (rows, columns) in [(1_300, 3), (1_024, 8), (513, 19)] {
            let values: Vec<f64> = (0..rows * columns).map(|i| ((i * 37 + i / 11) % 101) as f64 - 50.0).collect();
            let by_column: Vec<Vec<f64>> =
                (0..columns).map(|j| (0..rows).map(|i| values[i * columns + j]).collect()).collect();
            let slices: Vec<&[f64]> = by_column.iter().map(Vec::as_slice).collect();
            let groups = vec![0; rows];
            let packed = Matrix::from_rows(&values, columns).unwrap();
            assert_eq!((packed.rows(), packed.columns(), packed.groups()), (rows, columns, 1));
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))).step_by(17) {
                let found = stored(&packed, row / 512, column, row % 512);
                assert!((found - by_column[column][row]).abs() < 1e-12);
            }
            for other in [
                Matrix::from_columns(&slices),
                Matrix::from_rows_in_groups(&values, columns, &groups),
                Matrix::from_columns_in_groups(&slices, &groups),
                Matrix::over_rows(&values, columns),
                Matrix::over_columns(&slices),
            ] {
                let other = other.unwrap();
                assert_eq!(packed.scales(), other.scales());
                assert_eq!((packed.rows(), packed.blocks()), (other.rows(), other.blocks()));
                assert!((0..packed.blocks()).all(|at| block(&packed, at) == block(&other, at)));
                let [mut found, mut expected] = [vec![0.0; columns], vec![0.0; columns]];
                packed.slot(1, 0, packed.scales().unwrap(), &mut expected);
                other.slot(1, 0, other.scales().unwrap(), &mut found);
                assert_eq!(found, expected);
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
        assert_eq!((lanes[0][0].0[0], lanes[1][63].0[7], lanes.len()), (600.0, -1.0, 4));
        let slots: Vec<f64> = lanes.iter().flatten().flat_map(|lane| lane.0).collect();
        assert_eq!(matrix.gather(&slots), values);
        let wild = Matrix::from_columns_in_groups(&[&values], &vec![usize::MAX; 1_200]);
        assert!(matches!(wild, Err(SolverError::BadNumber { row: 0, .. })));
    }

    #[test]
    fn what_cannot_be_fitted_on_is_named() {
        let mut values = vec![1.0; 3_000];
        values[2_999] = f64::NAN;
        let good: Vec<f64> = (0..3_000).map(f64::from).collect();
        let found = Matrix::from_columns(&[&good, &values]);
        assert!(matches!(found, Err(SolverError::NotFinite { column: 1, row: 2_999, value }) if value.is_nan()));
        let seen = |over: Result<Matrix<'_>, SolverError>| over.unwrap().scales().unwrap_err();
        assert!(matches!(seen(Matrix::over_columns(&[&good, &values])), SolverError::NotFinite { column: 1, .. }));
        assert!(matches!(seen(Matrix::over_rows(&values, 3)), SolverError::NotFinite { column: 2, row: 999, .. }));
        assert_eq!(Matrix::over_columns(&[]).unwrap_err(), SolverError::NoRows);
        assert!(matches!(Matrix::over_rows(&good[..7], 3), Err(SolverError::Length { expected: 9, found: 7, .. })));
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
        let columns = [values.as_slice(), &constant, &huge];
        let (matrix, over) = (Matrix::from_columns(&columns).unwrap(), Matrix::over_columns(&columns).unwrap());
        let scales = matrix.scales().unwrap();
        assert!(scales[0].unit > 1e8 && !scales[0].constant && scales[1].constant && !scales[2].constant);
        assert_eq!(scales, over.scales().unwrap());
        for at in 0..matrix.blocks() {
            let packed = block(&matrix, at);
            assert!(packed.iter().all(|lane| lane.0.iter().all(|x| x.is_finite())) && packed == block(&over, at));
        }
    }
}
