//! The design matrix: clipped, standardised, missing values at the mean; each fit has its own.

use ndarray::{Array2, ShapeBuilder};
use rayon::prelude::*;

use crate::TrainingError;
use crate::rows::Rows;

/// Transformed values are clipped to this part of the training values, so that one wild customer bends no coefficient
/// and the line is never extended far beyond what it was fitted on.
const CLIP: f64 = 0.001;
/// A standard deviation this small against the values is rounding, not difference between customers.
const CONSTANT: f64 = 1e-9;

/// How one feature becomes a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// Which of the rows' columns.
    pub(crate) column: usize,
    pub(crate) clip_low: f64,
    pub(crate) clip_high: f64,
    pub(crate) mean: f64,
    pub(crate) sd: f64,
}

/// How rows become a design matrix.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scaler {
    pub(crate) scales: Vec<Scale>,
}

impl Scaler {
    /// Ranges, means and standard deviations of the `columns` over some rows; constant columns are left out.
    pub(crate) fn fit(rows: &Rows, over: &[usize], columns: &[usize]) -> Result<Self, TrainingError> {
        let scales: Vec<Option<Scale>> = columns.par_iter().map(|column| Scale::fit(rows, over, *column)).collect();
        let scales: Vec<Scale> = scales.into_iter().flatten().collect();
        if scales.is_empty() {
            return Err(TrainingError::NoFeatures { rows: over.len() });
        }
        Ok(Self { scales })
    }

    /// The design matrix of some rows, (rows, features), columns contiguous: linfa's passes over it are several times
    /// faster than over contiguous rows.
    pub(crate) fn matrix(&self, rows: &Rows, of: &[usize]) -> Array2<f64> {
        let columns: Vec<Vec<f64>> = self
            .scales
            .par_iter()
            .map(|scale| of.iter().map(|row| scale.standardised(rows.columns[scale.column][*row])).collect())
            .collect();
        Array2::from_shape_vec((of.len(), self.scales.len()).f(), columns.concat())
            .expect("every column has a value for each row")
    }
}

impl Scale {
    fn fit(rows: &Rows, over: &[usize], column: usize) -> Option<Self> {
        let values = &rows.columns[column];
        let mut known: Vec<f64> = over.iter().map(|row| values[*row]).filter(|value| !value.is_nan()).collect();
        if known.is_empty() {
            return None;
        }
        let last = known.len() - 1;
        let low_at = (CLIP * last as f64).floor() as usize;
        let clip_low = *known.select_nth_unstable_by(low_at, f64::total_cmp).1;
        let clip_high = *known.select_nth_unstable_by(last - low_at, f64::total_cmp).1;
        // Again in the order of the rows: selection has shuffled them, and sums depend on the order.
        let clipped = || {
            let known = over.iter().map(|row| values[*row]).filter(|value| !value.is_nan());
            known.map(|value| value.clamp(clip_low, clip_high))
        };
        let n = (last + 1) as f64;
        let mean = clipped().sum::<f64>() / n;
        let sd = (clipped().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
        let differs = sd > CONSTANT * clip_low.abs().max(clip_high.abs()) && clip_low < clip_high;
        differs.then_some(Self { column, clip_low, clip_high, mean, sd })
    }

    fn standardised(&self, value: f64) -> f64 {
        if value.is_nan() { 0.0 } else { (value.clamp(self.clip_low, self.clip_high) - self.mean) / self.sd }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use feature_engineering::catalogue;

    #[test]
    fn columns_are_standardised_and_constant_ones_left_out() {
        let features = catalogue().iter().take(3).cloned().collect();
        let columns = vec![vec![1.0, 3.0, f64::NAN, 100.0], vec![2.0; 4], vec![f64::NAN; 4]];
        let rows = Rows::toy(features, columns, vec![true, false, true, false]);
        let scaler = Scaler::fit(&rows, &[0, 1, 2], &[0, 1, 2]).unwrap();
        assert_eq!(scaler.scales, [Scale { column: 0, clip_low: 1.0, clip_high: 3.0, mean: 2.0, sd: 1.0 }]);
        // The fourth row was not fitted on: its value counts as the largest that was.
        let matrix = scaler.matrix(&rows, &[0, 1, 2, 3]);
        assert_eq!(matrix.iter().copied().collect::<Vec<_>>(), [-1.0, 1.0, 0.0, 1.0]);
        assert!(matrix.t().is_standard_layout());
        assert!(matches!(Scaler::fit(&rows, &[0, 1], &[1, 2]), Err(TrainingError::NoFeatures { rows: 2 })));
    }
}
