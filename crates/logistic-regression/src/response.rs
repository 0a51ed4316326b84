//! What the rows of a matrix answered: labels, weights, offsets.

use std::sync::Arc;

use rayon::prelude::*;

use crate::SolverError;
use crate::layout::Layout;
use crate::matrix::{Matrix, Strip};

/// Labels of the rows of a matrix, with weights and offsets if there are any.
#[derive(Debug, Clone)]
pub struct Response {
    /// +1 where the label is `true`, else -1.
    pub(crate) signs: Vec<Strip>,
    /// 0 in slots that fill up a block.
    pub(crate) weights: Vec<Strip>,
    pub(crate) offsets: Option<Vec<Strip>>,
    /// Whether each weight is 0 or 1.
    pub(crate) unit: bool,
    tallies: Vec<Tally>,
    layout: Arc<Layout>,
}

/// What a block, or many, hold.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Tally {
    /// Rows of positive weight and the label `true`.
    pub(crate) positives: usize,
    pub(crate) negatives: usize,
    pub(crate) positive_weight: f64,
    pub(crate) negative_weight: f64,
}

impl Response {
    /// Labels, all of weight 1.
    ///
    /// # Errors
    /// [`SolverError::Length`].
    pub fn new(matrix: &Matrix<'_>, labels: &[bool]) -> Result<Self, SolverError> {
        same_length(matrix, "labels", labels.len())?;
        let signs = matrix.scatter(1.0, |row| if labels[row] { 1.0 } else { -1.0 });
        let weights = matrix.scatter(0.0, |_| 1.0);
        let mut response = Self {
            signs,
            weights,
            offsets: None,
            unit: true,
            tallies: Vec::new(),
            layout: Arc::clone(matrix.layout()),
        };
        response.count();
        Ok(response)
    }

    /// The same with a weight for each row; rows of weight 0 are as if they were not there.
    ///
    /// # Errors
    /// [`SolverError::OtherMatrix`], [`SolverError::Length`], [`SolverError::BadNumber`] for a weight that is negative or not finite.
    pub fn weighted(mut self, matrix: &Matrix<'_>, weights: &[f64]) -> Result<Self, SolverError> {
        self.check(matrix)?;
        same_length(matrix, "weights", weights.len())?;
        if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            let value = weights[row];
            return Err(SolverError::BadNumber { expected: "a finite weight of 0 or more", row, value });
        }
        self.weights = matrix.scatter(0.0, |row| weights[row]);
        self.unit = weights.iter().all(|weight| *weight == 0.0 || *weight == 1.0);
        self.count();
        Ok(self)
    }

    /// The same with a known part of each row's logit.
    ///
    /// # Errors
    /// [`SolverError::OtherMatrix`], [`SolverError::Length`], [`SolverError::BadNumber`] for an offset that is not finite.
    pub fn with_offsets(mut self, matrix: &Matrix<'_>, offsets: &[f64]) -> Result<Self, SolverError> {
        self.check(matrix)?;
        same_length(matrix, "offsets", offsets.len())?;
        if let Some(row) = offsets.iter().position(|offset| !offset.is_finite()) {
            return Err(SolverError::BadNumber { expected: "a finite offset", row, value: offsets[row] });
        }
        self.offsets = Some(matrix.scatter(0.0, |row| offsets[row]));
        Ok(self)
    }

    /// Whether slots of this response are those of the matrix.
    pub(crate) fn check(&self, matrix: &Matrix<'_>) -> Result<(), SolverError> {
        let same = Arc::ptr_eq(&self.layout, matrix.layout()) || self.layout == *matrix.layout();
        if same { Ok(()) } else { Err(SolverError::OtherMatrix) }
    }

    pub(crate) fn tally(&self, blocks: &[usize]) -> Tally {
        blocks.iter().fold(Tally::default(), |sum, block| sum.and(self.tallies[*block]))
    }

    fn count(&mut self) {
        let blocks = self.signs.par_iter().zip(&self.weights);
        self.tallies = blocks
            .map(|(signs, weights)| {
                let mut tally = Tally::default();
                let signs = signs.iter().flat_map(|lane| lane.0);
                for (sign, weight) in signs.zip(weights.iter().flat_map(|lane| lane.0)) {
                    if sign > 0.0 {
                        tally.positives += usize::from(weight > 0.0);
                        tally.positive_weight += weight;
                    } else {
                        tally.negatives += usize::from(weight > 0.0);
                        tally.negative_weight += weight;
                    }
                }
                tally
            })
            .collect();
    }
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            positives: self.positives + other.positives,
            negatives: self.negatives + other.negatives,
            positive_weight: self.positive_weight + other.positive_weight,
            negative_weight: self.negative_weight + other.negative_weight,
        }
    }

    pub(crate) fn weight(&self) -> f64 {
        self.positive_weight + self.negative_weight
    }
}

fn same_length(matrix: &Matrix<'_>, what: &'static str, found: usize) -> Result<(), SolverError> {
    let expected = matrix.rows();
    if found == expected { Ok(()) } else { Err(SolverError::Length { what, expected, found }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn weights_and_labels_are_counted_by_block() {
        let x: Vec<f64> = (0..600).map(f64::from).collect();
        let matrix = Matrix::from_columns(&[&x]).unwrap();
        let labels: Vec<bool> = (0..600).map(|row| row % 3 == 0).collect();
        let response = Response::new(&matrix, &labels).unwrap();
        assert!(response.unit);
        let all = response.tally(&[0, 1]);
        assert_eq!((all.positives, all.negatives, all.weight()), (200, 400, 600.0));
        let weights: Vec<f64> = (0..600).map(|row| f64::from(row % 2) * 1.5).collect();
        let response = response.weighted(&matrix, &weights).unwrap();
        assert!(!response.unit);
        let last = response.tally(&[1]);
        assert_eq!((last.positives, last.negatives, last.positive_weight), (15, 29, 22.5));
    }

    #[test]
    fn bad_weights_offsets_and_lengths_are_named() {
        let matrix = Matrix::from_columns(&[&[1.0, 2.0, 3.0]]).unwrap();
        let labels = [true, false, true];
        let response = || Response::new(&matrix, &labels).unwrap();
        assert_eq!(
            Response::new(&matrix, &labels[..2]).unwrap_err(),
            SolverError::Length { what: "labels", expected: 3, found: 2 }
        );
        let negative = response().weighted(&matrix, &[1.0, 1.0, -1.0]).unwrap_err();
        assert!(matches!(negative, SolverError::BadNumber { row: 2, value: -1.0, .. }));
        let infinite = response().with_offsets(&matrix, &[1.0, f64::INFINITY, 0.0]).unwrap_err();
        assert!(matches!(infinite, SolverError::BadNumber { row: 1, .. }));
        assert!(matches!(response().weighted(&matrix, &[1.0]), Err(SolverError::Length { found: 1, .. })));
    }
}
