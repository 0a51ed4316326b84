//! Bins that hold (nearly) the same number of rows.
//!
//! A cut that goes through a block of ties splits the block in expectation: each side gets its share of the block's
//! rows, churners and predictions, as if tied rows were shuffled and the results averaged.

use crate::tally::{Count, Tally};

/// A run of consecutive distinct probabilities, of which the first and the last may belong only in part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bin {
    first: usize,
    last: usize,
    /// Share of the first block's rows in this bin. Where first and last are one block, this is the share.
    first_share: f64,
    last_share: f64,
}

/// What a bin holds. Fractional where ties were split.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Content {
    pub(crate) rows: f64,
    pub(crate) churners: f64,
    /// Sum of the predicted probabilities.
    pub(crate) predicted: f64,
}

impl Bin {
    /// What `tally` has in this bin.
    pub(crate) fn content(&self, tally: &Tally<'_>) -> Content {
        let mut content = Content::default();
        let blocks = self.first..=self.last;
        let probabilities = &tally.predictions.probability[blocks.clone()];
        for ((index, p), count) in blocks.clone().zip(probabilities).zip(&tally.counts[blocks]) {
            let share = if index == self.first {
                self.first_share
            } else if index == self.last {
                self.last_share
            } else {
                1.0
            };
            let rows = share * count.rows() as f64;
            content.rows += rows;
            content.churners += share * count.churned as f64;
            content.predicted += p * rows;
        }
        content
    }
}

/// Row counts at which `bins` bins of `rows` rows end, the smaller first: `floor(k · rows / bins)`. Never more bins
/// than rows, so that none is empty.
pub(crate) fn cuts(rows: u64, bins: usize) -> Vec<u64> {
    let bins = (bins as u64).min(rows);
    (1..=bins).map(|k| (u128::from(k) * u128::from(rows) / u128::from(bins)) as u64).collect()
}

/// The bins, by rising probability, that end after the row counts in `cuts`: rising strictly, the last one the number of rows.
pub(crate) fn bins_at(counts: &[Count], cuts: &[u64]) -> Vec<Bin> {
    let mut bins = Vec::with_capacity(cuts.len());
    let mut block = 0;
    let mut rows_before_block = 0;
    let mut start = 0;
    for &cut in cuts {
        while rows_before_block + counts[block].rows() <= start {
            rows_before_block += counts[block].rows();
            block += 1;
        }
        let first = block;
        let first_end = rows_before_block + counts[first].rows();
        let first_share = (cut.min(first_end) - start) as f64 / counts[first].rows() as f64;
        while rows_before_block + counts[block].rows() < cut {
            rows_before_block += counts[block].rows();
            block += 1;
        }
        let last_share = (cut - rows_before_block) as f64 / counts[block].rows() as f64;
        bins.push(Bin { first, last: block, first_share, last_share });
        start = cut;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Predictions;

    #[test]
    fn cuts_are_even_and_never_empty() {
        assert_eq!(cuts(20, 5), [4, 8, 12, 16, 20]);
        assert_eq!(cuts(7, 3), [2, 4, 7]);
        assert_eq!(cuts(2, 10), [1, 2]);
    }

    #[test]
    fn a_block_is_split_in_proportion() {
        let predictions = Predictions::new(vec![0.1, 0.5, 0.9]);
        let counts =
            [Count { churned: 0, stayed: 1 }, Count { churned: 3, stayed: 3 }, Count { churned: 1, stayed: 0 }];
        let tally = Tally::new(&predictions, &counts);
        let contents: Vec<Content> = bins_at(&counts, &cuts(8, 4)).iter().map(|bin| bin.content(&tally)).collect();
        let expected = [(0.5, 0.6), (1.0, 1.0), (1.0, 1.0), (1.5, 1.4)];
        for (content, (churners, predicted)) in contents.iter().zip(expected) {
            assert!((content.rows - 2.0).abs() < 1e-15);
            assert!((content.churners - churners).abs() < 1e-15);
            assert!((content.predicted - predicted).abs() < 1e-15);
        }
        assert_eq!(contents.len(), 4);
    }
}
