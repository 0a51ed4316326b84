//! The rows of a range of customers, sorted: by customer, and each customer's rows by everything they hold, so that equal
//! rows are interchangeable and nothing depends on the order of the rows in the export.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::columns::{Columns, scatter};

/// SHA-256 of the rows of a range.
pub(crate) type RangeDigest = [u8; 32];

/// The sorted rows of some customers in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RangeRows {
    /// `starts[c]..starts[c + 1]` are the rows of the c-th customer of the range.
    pub(crate) starts: Vec<u32>,
    /// The rows, one behind the other.
    pub(crate) words: Vec<i64>,
}

/// Rows of a range in the order in which they were read, with the customer of each.
pub(crate) type Piece<'a> = (&'a [u32], &'a [i64]);

impl RangeRows {
    /// Sorts rows of the customers of a range, given in pieces. Rows that are sorted already are only copied.
    pub(crate) fn sort(customers: Range<u32>, pieces: &[Piece<'_>], width: usize) -> Self {
        let mut starts = vec![0_u32; customers.len() + 1];
        for customer in pieces.iter().flat_map(|(of_rows, _)| *of_rows) {
            starts[(customer - customers.start) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut words = [vec![0_i64; starts[customers.len()] as usize * width]];
        for (of_rows, rows) in pieces {
            scatter(rows, width, &mut words, |row| {
                let slot = &mut next[(of_rows[row] - customers.start) as usize];
                *slot += 1;
                (0, *slot as usize - 1)
            });
        }
        let [words] = words;
        let mut sorted = Self { starts, words };
        sorted.sort_customers(width);
        sorted
    }

    fn sort_customers(&mut self, width: usize) {
        // Most rows differ in their first word, so that comparing is done without looking at the rows.
        let mut order: Vec<(i64, u32)> = Vec::new();
        let mut moved: Vec<i64> = Vec::new();
        for pair in self.starts.windows(2) {
            let rows = &mut self.words[pair[0] as usize * width..pair[1] as usize * width];
            let row = |at: u32| &rows[at as usize * width..(at as usize + 1) * width];
            let n = pair[1] - pair[0];
            if (1..n).all(|at| row(at - 1)[0] < row(at)[0] || row(at - 1) <= row(at)) {
                continue;
            }
            order.clear();
            order.extend((0..n).map(|at| (row(at)[0], at)));
            order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| row(a.1).cmp(row(b.1))));
            moved.clear();
            order.iter().for_each(|(_, at)| moved.extend_from_slice(row(*at)));
            rows.copy_from_slice(&moved);
        }
    }

    /// How many rows repeat the row before them in everything.
    pub(crate) fn repeated(&self, columns: &Columns) -> u64 {
        let width = columns.width;
        let of_customer = |pair: &[u32]| {
            let rows = &self.words[pair[0] as usize * width..pair[1] as usize * width];
            let pairs = rows.chunks_exact(width).zip(rows.chunks_exact(width).skip(1));
            pairs.filter(|(before, row)| before == row).count() as u64
        };
        self.starts.windows(2).map(of_customer).sum()
    }

    /// SHA-256 of the rows and of whose they are.
    pub(crate) fn digest(&self) -> RangeDigest {
        let mut hash = Sha256::new();
        hash.update(bytemuck::cast_slice::<u32, u8>(&self.starts));
        hash.update(bytemuck::cast_slice::<i64, u8>(&self.words));
        hash.finalize().into()
    }

    pub(crate) fn rows(&self) -> u64 {
        self.starts.last().copied().map_or(0, u64::from)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_sorted_as_a_plain_sort_does_it(
            rows in prop::collection::vec((5_u32..12, -3_i64..3, -3_i64..3), 0..200),
            cut in 0_usize..200,
        ) {
            let customer: Vec<u32> = rows.iter().map(|row| row.0).collect();
            let words: Vec<i64> = rows.iter().flat_map(|row| [row.1, row.2]).collect();
            let cut = cut.min(rows.len());
            let pieces = [(&customer[..cut], &words[..cut * 2]), (&customer[cut..], &words[cut * 2..])];
            let sorted = RangeRows::sort(5..12, &pieces, 2);

            let mut expected = rows.clone();
            expected.sort_unstable();
            prop_assert_eq!(&sorted.words, &expected.iter().flat_map(|row| [row.1, row.2]).collect::<Vec<_>>());
            for (customer, pair) in (5..12).zip(sorted.starts.windows(2)) {
                let count = rows.iter().filter(|row| row.0 == customer).count();
                prop_assert_eq!((pair[1] - pair[0]) as usize, count);
            }
            let columns = Columns { width: 2, ..Columns::default() };
            let repeated = expected.windows(2).filter(|pair| pair[0] == pair[1]).count();
            prop_assert_eq!(sorted.repeated(&columns), repeated as u64);
        }
    }
}
