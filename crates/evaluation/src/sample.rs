//! The checked input of every metric: predicted probability, outcome and customer of each row.

use crate::EvaluationError;
use crate::tally::{Count, Predictions, Tally};

/// Predictions and outcomes of the same rows, checked: at least one row, columns of one length, every probability
/// finite and within `[0, 1]`.
///
/// One class alone is allowed; metrics that need both are `None` then.
#[derive(Debug, Clone)]
pub struct Sample {
    churned: Vec<bool>,
    cluster: Vec<u32>,
    ranked: Ranked,
    predictions: Predictions,
    counts: Vec<Count>,
    clusters: usize,
}

/// The rows by rising probability. Nothing that is computed depends on the order within a block of ties.
#[derive(Debug, Clone)]
struct Ranked {
    /// Index of the row's cluster among the distinct clusters, rising by id.
    cluster: Vec<u32>,
    churned: Vec<bool>,
    /// Where the block of each distinct probability ends.
    block_end: Vec<usize>,
}

impl Sample {
    /// Checks and ranks the rows.
    ///
    /// * `probability`: predicted probability that the customer churns, within `[0, 1]`, one for each row;
    /// * `churned`: whether the customer did churn;
    /// * `cluster`: the customer. Rows with the same number are resampled together.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Empty`], [`EvaluationError::LengthMismatch`], and [`EvaluationError::NotAProbability`] with
    /// the first row at fault.
    pub fn new(probability: Vec<f64>, churned: Vec<bool>, cluster: Vec<u32>) -> Result<Self, EvaluationError> {
        let rows = probability.len();
        same_length("churned", rows, churned.len())?;
        same_length("cluster", rows, cluster.len())?;
        check_probabilities("probability", &probability)?;

        let (cluster_index, clusters) = number_clusters(&cluster);
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_unstable_by(|&a, &b| probability[a].total_cmp(&probability[b]).then(a.cmp(&b)));

        let mut ranked =
            Ranked { cluster: Vec::with_capacity(rows), churned: Vec::with_capacity(rows), block_end: Vec::new() };
        let mut distinct: Vec<f64> = Vec::new();
        let mut counts: Vec<Count> = Vec::new();
        for (position, &row) in order.iter().enumerate() {
            // Adding zero turns -0.0, which passes the range check, into 0.0.
            let p = probability[row] + 0.0;
            if distinct.last() != Some(&p) {
                if position > 0 {
                    ranked.block_end.push(position);
                }
                distinct.push(p);
                counts.push(Count::default());
            }
            if let Some(count) = counts.last_mut() {
                if churned[row] {
                    count.churned += 1;
                } else {
                    count.stayed += 1;
                }
            }
            ranked.cluster.push(cluster_index[row]);
            ranked.churned.push(churned[row]);
        }
        ranked.block_end.push(rows);

        Ok(Self { churned, cluster, ranked, predictions: Predictions::new(distinct), counts, clusters })
    }

    /// Number of rows, at least 1.
    pub fn rows(&self) -> usize {
        self.churned.len()
    }

    /// Number of rows whose customer churned.
    pub fn churners(&self) -> usize {
        self.churned.iter().filter(|&&churned| churned).count()
    }

    /// Number of distinct customers, at least 1.
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// The sample as it is: every row counts once.
    pub(crate) fn tally(&self) -> Tally<'_> {
        Tally::new(&self.predictions, &self.counts)
    }

    /// The sample with every row counted as often as its cluster was drawn. `weight` has one entry for each cluster,
    /// by rising id; `counts` is scratch space.
    pub(crate) fn resampled<'a>(&'a self, weight: &[u32], counts: &'a mut Vec<Count>) -> Tally<'a> {
        counts.clear();
        let mut start = 0;
        for &end in &self.ranked.block_end {
            let mut count = Count::default();
            let rows = self.ranked.cluster[start..end].iter();
            for (&cluster, &churned) in rows.zip(&self.ranked.churned[start..end]) {
                let drawn = u64::from(weight[cluster as usize]);
                // Arithmetic instead of a branch: outcomes are not predictable, and this loop is the hot one.
                let churned = drawn * u64::from(churned);
                count.churned += churned;
                count.stayed += drawn - churned;
            }
            counts.push(count);
            start = end;
        }
        Tally::new(&self.predictions, counts)
    }

    /// The rows by rising probability: index of the distinct probability, index of the cluster (rising by id), and
    /// whether the row churned.
    pub(crate) fn ranked(&self) -> impl Iterator<Item = (usize, usize, bool)> + '_ {
        let starts = std::iter::once(0).chain(self.ranked.block_end.iter().copied());
        starts.zip(&self.ranked.block_end).enumerate().flat_map(|(block, (start, &end))| {
            let rows = self.ranked.cluster[start..end].iter().zip(&self.ranked.churned[start..end]);
            rows.map(move |(&cluster, &churned)| (block, cluster as usize, churned))
        })
    }

    /// How many clusters have a row that churned, and how many one that did not. A cluster can count in both.
    pub(crate) fn clusters_by_outcome(&self) -> (usize, usize) {
        let mut seen = vec![(false, false); self.clusters];
        for (_, cluster, churned) in self.ranked() {
            let (with_churned, with_stayed) = &mut seen[cluster];
            *with_churned |= churned;
            *with_stayed |= !churned;
        }
        (seen.iter().filter(|s| s.0).count(), seen.iter().filter(|s| s.1).count())
    }

    /// Checks that `other` holds the same outcomes of the same customers in the same order.
    pub(crate) fn check_paired(&self, other: &Self) -> Result<(), EvaluationError> {
        if self.rows() != other.rows() {
            return Err(EvaluationError::UnpairedLengths { model: self.rows(), baseline: other.rows() });
        }
        if let Some(row) = first_difference(&self.cluster, &other.cluster) {
            return Err(EvaluationError::UnpairedRows { column: "cluster", row });
        }
        if let Some(row) = first_difference(&self.churned, &other.churned) {
            return Err(EvaluationError::UnpairedRows { column: "churned", row });
        }
        Ok(())
    }
}

/// Refuses a column of another length than the probabilities.
pub(crate) fn same_length(column: &'static str, expected: usize, found: usize) -> Result<(), EvaluationError> {
    if expected == found { Ok(()) } else { Err(EvaluationError::LengthMismatch { column, expected, found }) }
}

/// Refuses an empty column, and the first value that is NaN, infinite or outside `[0, 1]`.
pub(crate) fn check_probabilities(column: &'static str, values: &[f64]) -> Result<(), EvaluationError> {
    if values.is_empty() {
        return Err(EvaluationError::Empty);
    }
    // A NaN lies in no range, so it is refused here as well.
    match values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(row) => Err(EvaluationError::NotAProbability { column, row, found: values[row] }),
        None => Ok(()),
    }
}

/// Index of each row's cluster among the distinct ids (rising), and how many there are. Rising, so that the order of
/// rows does not decide which random number belongs to which customer.
fn number_clusters(cluster: &[u32]) -> (Vec<u32>, usize) {
    let mut order: Vec<usize> = (0..cluster.len()).collect();
    order.sort_unstable_by_key(|&row| cluster[row]);
    let mut index = vec![0; cluster.len()];
    let mut current = 0;
    for (position, &row) in order.iter().enumerate() {
        if position > 0 && cluster[row] != cluster[order[position - 1]] {
            current += 1;
        }
        index[row] = current;
    }
    (index, current as usize + 1)
}

fn first_difference<T: PartialEq>(a: &[T], b: &[T]) -> Option<usize> {
    a.iter().zip(b).position(|(x, y)| x != y)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn one(probability: f64) -> Result<Sample, EvaluationError> {
        Sample::new(vec![0.5, probability], vec![true, false], vec![0, 1])
    }

    #[test]
    fn refuses_what_is_not_a_probability_and_says_where() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-300, 1.0 + f64::EPSILON] {
            let error = one(bad).unwrap_err();
            assert!(matches!(error, EvaluationError::NotAProbability { row: 1, .. }), "{error}");
        }
        assert!(one(0.0).is_ok() && one(1.0).is_ok() && one(-0.0).is_ok());
    }

    #[test]
    fn refuses_columns_of_different_lengths_and_no_rows() {
        let error = Sample::new(vec![0.5], vec![], vec![1]).unwrap_err();
        assert_eq!(error.to_string(), "expected 1 values of `churned`, one for each probability, found 0");
        let error = Sample::new(vec![0.5], vec![true], vec![1, 2]).unwrap_err();
        assert!(matches!(error, EvaluationError::LengthMismatch { column: "cluster", .. }));
        assert_eq!(Sample::new(vec![], vec![], vec![]).unwrap_err(), EvaluationError::Empty);
    }

    #[test]
    fn negative_zero_ties_with_zero() {
        let sample = Sample::new(vec![0.0, -0.0, 0.0], vec![true, false, true], vec![0, 1, 2]).unwrap();
        assert_eq!(sample.tally().counts, [Count { churned: 2, stayed: 1 }]);
    }

    #[test]
    fn clusters_are_numbered_by_id_and_weights_reach_their_rows() {
        let sample =
            Sample::new(vec![0.2, 0.8, 0.2, 0.5], vec![true, false, false, true], vec![900, 7, 900, 50]).unwrap();
        assert_eq!((sample.rows(), sample.churners(), sample.clusters()), (4, 2, 3));
        let mut scratch = Vec::new();
        // By rising id: customer 7 drawn twice, 50 never, 900 three times.
        let tally = sample.resampled(&[2, 0, 3], &mut scratch);
        let expected =
            [Count { churned: 3, stayed: 3 }, Count { churned: 0, stayed: 0 }, Count { churned: 0, stayed: 2 }];
        assert_eq!(tally.counts, expected);
        assert_eq!((tally.rows, tally.churners), (8, 3));
    }
}
