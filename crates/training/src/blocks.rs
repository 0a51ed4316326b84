//! Sums over the rows of a design, made and summed a block at a time: the whole design need not be in memory.

use std::ops::Range;

use ndarray::{Array1, Array2};
use rayon::prelude::*;

/// Rows of a block. Blocks are summed in their order, so that sums are the same for any number of threads.
const BLOCK: usize = 4_096;
/// Blocks whose sums are in memory at one time.
const AT_A_TIME: usize = 8;

/// Makes the columns of some rows: an array with a row for each column.
pub(crate) type Columns<'a> = dyn Fn(Range<usize>) -> Array2<f64> + Sync + 'a;

/// Hands what `of_block` makes of each block of rows to `add`, in the order of the blocks.
pub(crate) fn by_block<T: Send>(rows: usize, of_block: impl Fn(Range<usize>) -> T + Sync, mut add: impl FnMut(T)) {
    let starts: Vec<usize> = (0..rows).step_by(BLOCK).collect();
    for some in starts.chunks(AT_A_TIME) {
        let sums: Vec<T> = some.par_iter().map(|from| of_block(*from..(from + BLOCK).min(rows))).collect();
        sums.into_iter().for_each(&mut add);
    }
}

/// For some rows of a fit that gave `logits`: `p (1 - p)` and `churned - p`.
pub(crate) fn curvature_and_residuals(
    rows: Range<usize>,
    logits: &[f64],
    churned: &[bool],
) -> (Array1<f64>, Array1<f64>) {
    let p = |row: usize| 1.0 / (1.0 + (-logits[row]).exp());
    let curvature = rows.clone().map(|row| p(row) * (1.0 - p(row))).collect();
    (curvature, rows.map(|row| f64::from(u8::from(churned[row])) - p(row)).collect())
}

#[cfg(test)]
pub(crate) mod toy {
    use super::*;

    /// Numbers without a pattern, from -1 to 1.
    pub(crate) fn noise(row: usize, column: usize) -> f64 {
        let mut z = (row as u64 * 31 + column as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// Columns that are in memory.
    pub(crate) fn blocks(columns: &[Vec<f64>]) -> impl Fn(Range<usize>) -> Array2<f64> + Sync {
        |rows| Array2::from_shape_fn((columns.len(), rows.len()), |(column, row)| columns[column][rows.start + row])
    }

    #[test]
    fn blocks_come_in_their_order_and_hold_every_row() {
        let (rows, mut seen) = (20 * BLOCK + 3, 0..0);
        by_block(
            rows,
            |block| block,
            |block| {
                seen = {
                    assert_eq!(seen.end, block.start);
                    0..block.end
                }
            },
        );
        assert_eq!(seen.end, rows);
    }
}
