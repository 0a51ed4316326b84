//! `A'A` of one block, lower triangle: the Hessian's share, in single precision to steer by or in double to report.
//!
//! A tile of 4 x 4 columns keeps its sums in registers while it runs down the block. The number of lanes and the order of the
//! sums are the same on every processor; how many columns a tile has changes no bit.

use fearless_simd::{Level, Simd, SimdBase as _, SimdCombine as _, SimdFloat as _, SimdSplit as _};
use fearless_simd::{f32x4, f32x8, f32x16, f64x8};

use crate::matrix::{BLOCK_LANES, Lane};

/// Sixteen numbers in single precision.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Narrow(pub(crate) [f32; 16]);

impl Narrow {
    pub(crate) const ZERO: Self = Self([0.0; 16]);
}

/// Lanes of a column in single precision.
pub(crate) const NARROW_LANES: usize = BLOCK_LANES / 2;

/// Where `A'A` of `size` columns is added up: row-major, only `[i][j]` with `j <= i` counts.
pub(crate) struct Lower<'a> {
    pub(crate) sums: &'a mut [f64],
    pub(crate) size: usize,
}

/// Adds `A'A` of columns in single precision.
#[inline(always)]
pub(crate) fn add_narrow<S: Simd>(simd: S, columns: &[Narrow], lower: &mut Lower<'_>) {
    // With 32 registers there is room for 16 sums, with 16 for 4.
    if has_many_registers(simd) {
        add_narrow_tiles::<S, 4>(simd, columns, lower);
    } else {
        add_narrow_tiles::<S, 2>(simd, columns, lower);
    }
}

/// Adds `A'A` of columns in double precision.
#[inline(always)]
pub(crate) fn add_double<S: Simd>(simd: S, columns: &[Lane], lower: &mut Lower<'_>) {
    if has_many_registers(simd) {
        add_double_tiles::<S, 4>(simd, columns, lower);
    } else {
        add_double_tiles::<S, 2>(simd, columns, lower);
    }
}

#[inline(always)]
fn has_many_registers<S: Simd>(simd: S) -> bool {
    match simd.level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(_) => true,
        _ => false,
    }
}

#[inline(always)]
fn add_narrow_tiles<S: Simd, const T: usize>(simd: S, columns: &[Narrow], lower: &mut Lower<'_>) {
    for first_row in (0..lower.size).step_by(T) {
        for first_column in (0..=first_row).step_by(T) {
            // Columns beyond the last are the last once more; their sums are not kept.
            let column = |at: usize| {
                let at = at.min(lower.size - 1);
                &columns[at * NARROW_LANES..(at + 1) * NARROW_LANES]
            };
            let left: [&[Narrow]; T] = std::array::from_fn(|i| column(first_row + i));
            let right: [&[Narrow]; T] = std::array::from_fn(|j| column(first_column + j));
            let mut sums = [[f32x16::splat(simd, 0.0); T]; T];
            for at in 0..NARROW_LANES {
                let right: [f32x16<S>; T] = std::array::from_fn(|j| f32x16::load_array_ref(simd, &right[j][at].0));
                for i in 0..T {
                    let left = f32x16::load_array_ref(simd, &left[i][at].0);
                    for j in 0..T {
                        sums[i][j] = left.mul_add_precise(right[j], sums[i][j]);
                    }
                }
            }
            for (i, sums) in sums.iter().enumerate() {
                for (pair, sums) in sums.chunks_exact(2).enumerate() {
                    let pair = 2 * pair;
                    let totals = totals_of_two(sums[0], sums[1]);
                    for (j, total) in totals.into_iter().enumerate() {
                        keep(lower, first_row + i, first_column + pair + j, f64::from(total));
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn add_double_tiles<S: Simd, const T: usize>(simd: S, columns: &[Lane], lower: &mut Lower<'_>) {
    for first_row in (0..lower.size).step_by(T) {
        for first_column in (0..=first_row).step_by(T) {
            let column = |at: usize| {
                let at = at.min(lower.size - 1);
                &columns[at * BLOCK_LANES..(at + 1) * BLOCK_LANES]
            };
            let left: [&[Lane]; T] = std::array::from_fn(|i| column(first_row + i));
            let right: [&[Lane]; T] = std::array::from_fn(|j| column(first_column + j));
            let mut sums = [[f64x8::splat(simd, 0.0); T]; T];
            for at in 0..BLOCK_LANES {
                let right: [f64x8<S>; T] = std::array::from_fn(|j| f64x8::load_array_ref(simd, &right[j][at].0));
                for i in 0..T {
                    let left = f64x8::load_array_ref(simd, &left[i][at].0);
                    for j in 0..T {
                        sums[i][j] = left.mul_add_precise(right[j], sums[i][j]);
                    }
                }
            }
            for (i, sums) in sums.iter().enumerate() {
                for (j, sums) in sums.iter().enumerate() {
                    keep(lower, first_row + i, first_column + j, total((*sums).into()));
                }
            }
        }
    }
}

#[inline(always)]
fn keep(lower: &mut Lower<'_>, row: usize, column: usize, sum: f64) {
    if row < lower.size && column <= row {
        lower.sums[row * lower.size + column] += sum;
    }
}

/// The sum of eight lanes, pairs first.
#[inline(always)]
pub(crate) fn total(lanes: [f64; 8]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// The sums of sixteen lanes of two vectors.
#[inline(always)]
fn totals_of_two<S: Simd>(a: f32x16<S>, b: f32x16<S>) -> [f32; 2] {
    let half = |x: f32x16<S>| -> f32x8<S> {
        let (low, high) = x.split();
        low + high
    };
    let quarter = |x: f32x8<S>| -> f32x4<S> {
        let (low, high) = x.split();
        low + high
    };
    let sums: [f32; 8] = quarter(half(a)).combine(quarter(half(b))).into();
    [(sums[0] + sums[2]) + (sums[1] + sums[3]), (sums[4] + sums[6]) + (sums[5] + sums[7])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::LANES;
    use fearless_simd::dispatch;

    fn number(seed: usize) -> f64 {
        ((seed * 2_654_435_761) % 1_000_003) as f64 / 500_001.5 - 1.0
    }

    fn both(level: Level, size: usize) -> [Vec<f64>; 2] {
        let wide: Vec<Lane> =
            (0..size * BLOCK_LANES).map(|at| Lane(std::array::from_fn(|i| number(at * LANES + i)))).collect();
        let narrow: Vec<Narrow> =
            (0..size * NARROW_LANES).map(|at| Narrow(std::array::from_fn(|i| number(at * 16 + i) as f32))).collect();
        let mut sums = [vec![0.0; size * size], vec![0.0; size * size]];
        let [a, b] = &mut sums;
        dispatch!(level, simd => {
            add_double(simd, &wide, &mut Lower { sums: a, size });
            add_narrow(simd, &narrow, &mut Lower { sums: b, size });
        });
        sums
    }

    #[test]
    fn both_precisions_give_the_lower_triangle() {
        for size in [1, 2, 3, 4, 5, 9] {
            let [double, single] = both(Level::new(), size);
            for i in 0..size {
                for j in 0..size {
                    let exact: f64 = (0..512).map(|row| number(i * 512 + row) * number(j * 512 + row)).sum();
                    let (exact, close) = if j <= i { (exact, 1e-11) } else { (0.0, 0.0) };
                    assert!((double[i * size + j] - exact).abs() <= close, "{i} {j}");
                    assert!((single[i * size + j] - exact).abs() <= close * 1e7, "{i} {j}");
                }
            }
        }
    }

    #[test]
    fn processors_without_wide_vectors_give_the_same_bits() {
        assert_eq!(both(Level::new(), 7), both(Level::baseline(), 7));
    }
}
