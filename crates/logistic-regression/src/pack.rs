//! From numbers as given, in rows or columns, to the standardised columns of a block.

use fearless_simd::{Level, Simd, SimdBase as _, dispatch, f64x8};

use crate::matrix::{BLOCK_LANES, BLOCK_ROWS, LANES, Lane};
use crate::scale::{Extent, Scale};

/// Where the numbers come from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Columns(&'a [&'a [f64]]),
    /// Row after row, and how many numbers each has.
    Rows(&'a [f64], usize),
}

/// The numbers of a column.
pub(crate) fn values(source: Source<'_>, column: usize, rows: usize) -> impl Iterator<Item = f64> {
    (0..rows).map(move |row| value(source, column, row))
}

/// The first number of a column that cannot be reckoned with.
pub(crate) fn not_finite(source: Source<'_>, column: usize, rows: usize) -> Option<(usize, f64)> {
    values(source, column, rows).enumerate().find(|(_, value)| value.is_nan() || value.abs() > f64::MAX / 4.0)
}

/// Some 1,000 numbers of a column, evenly spread.
pub(crate) fn sample(source: Source<'_>, column: usize, rows: usize) -> Vec<f64> {
    let step = (rows / 1_024).max(1);
    (0..rows).step_by(step).map(|row| value(source, column, row)).collect()
}

/// Standardises some columns of a block, whose rows are given, and says what they span.
pub(crate) fn fill(
    lanes: &mut [Lane],
    source: Source<'_>,
    rows: &[usize; BLOCK_ROWS],
    scales: &[Scale],
    columns: &[usize],
) -> Vec<Extent> {
    dispatch!(Level::new(), simd => {
        match source {
            Source::Columns(slices) => {
                for column in columns {
                    let out = &mut lanes[column * BLOCK_LANES..(column + 1) * BLOCK_LANES];
                    of_column(simd, out, slices[*column], rows, scales[*column]);
                }
            }
            Source::Rows(values, width) => {
                let whole = if columns.len() == width { width / LANES * LANES } else { 0 };
                // 64 rows at a time stay in the first-level cache, while each column gets eight lines in a row.
                for chunk in (0..BLOCK_LANES).step_by(LANES) {
                    for first in (0..whole).step_by(LANES) {
                        for at in chunk..chunk + LANES {
                            let rows: &[usize; LANES] = rows_of_lane(rows, at);
                            eight_columns(simd, lanes, at, &rows.map(|row| &values[row * width + first..][..LANES]), first, scales);
                        }
                    }
                    for column in columns.iter().filter(|column| **column >= whole) {
                        for at in chunk..chunk + LANES {
                            let rows = rows_of_lane(rows, at);
                            lanes[column * BLOCK_LANES + at].0 =
                                rows.map(|row| scales[*column].standardised(values[row * width + column]));
                        }
                    }
                }
            }
        }
        columns.iter().map(|column| Extent::of(simd, &lanes[column * BLOCK_LANES..(column + 1) * BLOCK_LANES])).collect()
    })
}

fn value(source: Source<'_>, column: usize, row: usize) -> f64 {
    match source {
        Source::Columns(columns) => columns[column][row],
        Source::Rows(values, columns) => values[row * columns + column],
    }
}

#[inline(always)]
fn of_column<S: Simd>(simd: S, out: &mut [Lane], values: &[f64], rows: &[usize; BLOCK_ROWS], scale: Scale) {
    let in_order = rows.iter().enumerate().all(|(at, row)| *row == rows[0] + at);
    let contiguous = values.get(rows[0]..rows[0] + BLOCK_ROWS).filter(|_| in_order);
    if let Some(values) = contiguous {
        let (centre, inverse) = (f64x8::splat(simd, scale.centre), f64x8::splat(simd, scale.inverse));
        for (lane, values) in out.iter_mut().zip(values.chunks_exact(LANES)) {
            lane.0 = ((f64x8::from_slice(simd, values) - centre) * inverse).into();
        }
    } else {
        for (lane, rows) in out.iter_mut().zip(rows.chunks_exact(LANES)) {
            lane.0 = std::array::from_fn(|at| scale.standardised(values[rows[at]]));
        }
    }
}

#[inline(always)]
fn rows_of_lane(rows: &[usize; BLOCK_ROWS], lane: usize) -> &[usize; LANES] {
    &rows.as_chunks::<LANES>().0[lane]
}

/// Eight rows of eight columns, turned: three rounds of zipping a vector with the one four places on.
#[inline(always)]
fn eight_columns<S: Simd>(
    simd: S,
    lanes: &mut [Lane],
    at: usize,
    rows: &[&[f64]; LANES],
    first: usize,
    scales: &[Scale],
) {
    let mut square: [f64x8<S>; LANES] = std::array::from_fn(|i| f64x8::from_slice(simd, rows[i]));
    for _ in 0..3 {
        square = std::array::from_fn(|i| {
            let (a, b) = (square[i / 2], square[i / 2 + 4]);
            if i % 2 == 0 { a.zip_low(b) } else { a.zip_high(b) }
        });
    }
    for (j, column) in square.into_iter().enumerate() {
        let scale = scales[first + j];
        let (centre, inverse) = (f64x8::splat(simd, scale.centre), f64x8::splat(simd, scale.inverse));
        lanes[(first + j) * BLOCK_LANES + at].0 = ((column - centre) * inverse).into();
    }
}
