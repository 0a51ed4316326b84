//! From numbers as given, in rows or columns, to the standardised columns of a block, and by which scales.

use fearless_simd::{Level, Simd, SimdBase as _, dispatch, f64x8};
use rayon::prelude::*;

use crate::SolverError;
use crate::layout::Slots;
use crate::matrix::{BLOCK_LANES, BLOCK_ROWS, LANES, Lane};
use crate::scale::{Extent, Scale};

/// Numbers beyond this cannot be reckoned with.
const LARGEST: f64 = f64::MAX / 4.0;

/// Where the numbers come from.
#[derive(Debug, Clone)]
pub(crate) enum Source<'a> {
    Columns(Vec<&'a [f64]>),
    /// Row after row, and how many numbers each has.
    Rows(&'a [f64], usize),
}

impl Source<'_> {
    fn columns(&self) -> usize {
        match self {
            Self::Columns(columns) => columns.len(),
            Self::Rows(_, columns) => *columns,
        }
    }

    #[inline(always)]
    pub(crate) fn value(&self, column: usize, row: usize) -> f64 {
        match self {
            Self::Columns(columns) => columns[column][row],
            Self::Rows(values, columns) => values[row * columns + column],
        }
    }

    fn values(&self, column: usize, rows: usize) -> impl Iterator<Item = f64> {
        (0..rows).map(move |row| self.value(column, row))
    }
}

/// A scale for each column, from some 1,000 numbers, evenly spread.
///
/// # Errors
/// [`SolverError::NoRows`].
pub(crate) fn guess(source: &Source<'_>, rows: usize) -> Result<Vec<Scale>, SolverError> {
    if rows == 0 {
        return Err(SolverError::NoRows);
    }
    let step = (rows / 1_024).max(1);
    let sample = |column: usize| (0..rows).step_by(step).map(|row| source.value(column, row)).collect::<Vec<f64>>();
    Ok((0..source.columns()).into_par_iter().map(|column| Scale::guess(&sample(column))).collect())
}

/// What blocks span, given what they were found to span before.
pub(crate) fn widen(extents: &mut [Extent], lanes: &[Lane]) {
    dispatch!(Level::new(), simd => {
        for (extent, column) in extents.iter_mut().zip(lanes.chunks_exact(BLOCK_LANES)) {
            *extent = extent.and(Extent::of(simd, column));
        }
    });
}

/// What two ranges of blocks span.
pub(crate) fn joined(extents: Vec<Extent>, next: Vec<Extent>) -> Vec<Extent> {
    extents.into_iter().zip(next).map(|(extent, next)| extent.and(next)).collect()
}

/// Corrects guessed scales by what the standardised columns span, and says whether one has changed: columns of which the
/// guess saw too little get their exact mean and standard deviation.
///
/// # Errors
/// [`SolverError::NotFinite`].
pub(crate) fn settle(
    scales: &mut [Scale],
    extents: &[Extent],
    source: &Source<'_>,
    rows: usize,
) -> Result<bool, SolverError> {
    let again: Vec<usize> = (0..scales.len()).filter(|column| !extents[*column].is_standard()).collect();
    let exact = |column: &usize| {
        let odd = |value: &f64| value.is_nan() || value.abs() > LARGEST;
        match source.values(*column, rows).enumerate().find(|(_, value)| odd(value)) {
            Some((row, value)) => Err(SolverError::NotFinite { column: *column, row, value }),
            None => Ok(Scale::of(|| source.values(*column, rows), rows)),
        }
    };
    let exact: Vec<Result<Scale, SolverError>> = again.par_iter().map(exact).collect();
    for (column, scale) in again.iter().zip(exact) {
        scales[*column] = scale?;
    }
    for (scale, extent) in scales.iter_mut().zip(extents) {
        scale.constant |= extent.is_constant();
    }
    Ok(!again.is_empty())
}

/// Standardises the columns of a block.
pub(crate) fn fill(lanes: &mut [Lane], source: &Source<'_>, slots: &Slots, scales: &[Scale]) {
    dispatch!(Level::new(), simd => match (source, slots) {
        (Source::Columns(columns), Slots::From(first)) => {
            for ((out, values), scale) in lanes.chunks_exact_mut(BLOCK_LANES).zip(columns).zip(scales) {
                of_column(simd, out, &values[*first..*first + BLOCK_ROWS], *scale);
            }
        }
        (Source::Columns(columns), Slots::Each(rows)) => {
            for ((out, values), scale) in lanes.chunks_exact_mut(BLOCK_LANES).zip(columns).zip(scales) {
                for (lane, rows) in out.iter_mut().zip(rows.chunks_exact(LANES)) {
                    lane.0 = std::array::from_fn(|at| scale.standardised(values[rows[at]]));
                }
            }
        }
        (Source::Rows(values, width), Slots::From(first)) => {
            let values = &values[first * width..(first + BLOCK_ROWS) * width];
            of_rows(simd, lanes, |slot| &values[slot * width..(slot + 1) * width], scales);
        }
        (Source::Rows(values, width), Slots::Each(rows)) => {
            of_rows(simd, lanes, |slot| &values[rows[slot] * width..(rows[slot] + 1) * width], scales);
        }
    });
}

#[inline(always)]
fn of_column<S: Simd>(simd: S, out: &mut [Lane], values: &[f64], scale: Scale) {
    let (centre, inverse) = (f64x8::splat(simd, scale.centre), f64x8::splat(simd, scale.inverse));
    for (lane, values) in out.iter_mut().zip(values.chunks_exact(LANES)) {
        lane.0 = ((f64x8::from_slice(simd, values) - centre) * inverse).into();
    }
}

/// Rows of all slots, whose numbers are given. Eight of them at a time, from end to end: so memory is read in its order, which
/// takes the time in matrices that are larger than the cache.
#[inline(always)]
fn of_rows<'a, S: Simd>(simd: S, lanes: &mut [Lane], row: impl Fn(usize) -> &'a [f64], scales: &[Scale]) {
    let whole = scales.len() / LANES * LANES;
    for at in 0..BLOCK_LANES {
        let rows: [&[f64]; LANES] = std::array::from_fn(|i| row(at * LANES + i));
        for first in (0..whole).step_by(LANES) {
            let rows = std::array::from_fn(|i| &rows[i][first..first + LANES]);
            eight_columns(simd, &mut lanes[first * BLOCK_LANES + at..], &rows, &scales[first..first + LANES]);
        }
        for (column, scale) in scales.iter().enumerate().skip(whole) {
            lanes[column * BLOCK_LANES + at].0 = std::array::from_fn(|i| scale.standardised(rows[i][column]));
        }
    }
}

/// Eight rows of eight columns, turned: three rounds of zipping a vector with the one four places on.
#[inline(always)]
fn eight_columns<S: Simd>(simd: S, lanes: &mut [Lane], rows: &[&[f64]; LANES], scales: &[Scale]) {
    let mut square: [f64x8<S>; LANES] = std::array::from_fn(|i| f64x8::from_slice(simd, rows[i]));
    for _ in 0..3 {
        square = std::array::from_fn(|i| {
            let (a, b) = (square[i / 2], square[i / 2 + 4]);
            if i % 2 == 0 { a.zip_low(b) } else { a.zip_high(b) }
        });
    }
    for (j, (column, scale)) in square.into_iter().zip(scales).enumerate() {
        let (centre, inverse) = (f64x8::splat(simd, scale.centre), f64x8::splat(simd, scale.inverse));
        lanes[j * BLOCK_LANES].0 = ((column - centre) * inverse).into();
    }
}
