//! The calibration curve: observed rate against mean prediction.

use serde::Serialize;

use crate::wilson::wilson_interval;
use crate::{EvaluationError, Sample};

/// Churners and stayers below which a calibration curve says little (Van Calster et al. 2016, J Clin Epidemiol 74:167;
/// Collins et al. 2016, Stat Med 35:214).
pub const MIN_ROWS_PER_CLASS: u64 = 200;

/// Rows with similar predictions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Rows in the bin, at least 1.
    pub rows: u64,
    /// Churners among them.
    pub churners: u64,
    /// Mean predicted probability.
    pub mean_predicted: f64,
    /// Share of the rows that churned.
    pub observed_rate: f64,
    /// Lower end of the 95 % Wilson interval of the observed rate, rows taken as independent.
    pub low: f64,
    /// Upper end of that interval.
    pub high: f64,
}

/// A calibration curve and whether there is enough behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationCurve {
    /// By rising prediction; as many as asked for, or fewer where ties are large.
    pub bins: Vec<CalibrationBin>,
    /// Fewer than [`MIN_ROWS_PER_CLASS`] churners or stayers: say so beside the curve, or leave it out.
    pub too_few: bool,
}

impl CalibrationCurve {
    /// The bins where there is enough behind them to draw a curve, `None` where there are [too
    /// few](MIN_ROWS_PER_CLASS) rows: what a report shows.
    pub fn shown(&self) -> Option<&[CalibrationBin]> {
        (!self.too_few).then_some(self.bins.as_slice())
    }
}

/// The calibration curve over equal-mass bins, which never split ties.
///
/// A block of tied rows goes as a whole to bin `floor(bins · m / N)`, `m` the rank of its middle; bins that get
/// nothing are left out.
///
/// # Errors
///
/// [`EvaluationError::NoBins`] where `bins` is 0.
pub fn calibration_curve(sample: &Sample, bins: usize) -> Result<CalibrationCurve, EvaluationError> {
    if bins == 0 {
        return Err(EvaluationError::NoBins);
    }
    let tally = sample.tally();
    let mut filled: Vec<(u128, Sums)> = Vec::new();
    let mut rows_before: u64 = 0;
    for (p, count) in tally.rising() {
        let twice_middle = 2 * u128::from(rows_before) + u128::from(count.rows());
        let bin = bins as u128 * twice_middle / (2 * u128::from(tally.rows));
        if filled.last().is_none_or(|(last, _)| *last != bin) {
            filled.push((bin, Sums::default()));
        }
        if let Some((_, sums)) = filled.last_mut() {
            sums.rows += count.rows();
            sums.churners += count.churned;
            sums.predicted += p * count.rows() as f64;
        }
        rows_before += count.rows();
    }
    Ok(CalibrationCurve {
        bins: filled.iter().filter_map(|(_, sums)| sums.bin()).collect(),
        too_few: tally.churners.min(tally.stayers()) < MIN_ROWS_PER_CLASS,
    })
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rows: u64,
    churners: u64,
    predicted: f64,
}

impl Sums {
    fn bin(&self) -> Option<CalibrationBin> {
        let (low, high) = wilson_interval(self.churners, self.rows)?;
        let rows = self.rows as f64;
        Some(CalibrationBin {
            rows: self.rows,
            churners: self.churners,
            mean_predicted: (self.predicted / rows).clamp(0.0, 1.0),
            observed_rate: self.churners as f64 / rows,
            low,
            high,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn curve(p: Vec<f64>, y: Vec<bool>) -> CalibrationCurve {
        let cluster = (0..p.len() as u32).collect();
        calibration_curve(&Sample::new(p, y, cluster).unwrap(), 10).unwrap()
    }

    #[test]
    fn distinct_predictions_fill_equal_bins() {
        let p: Vec<f64> = (0..1_000).map(|i| f64::from(i) / 1_000.0).collect();
        let curve = curve(p, (0..1_000).map(|i| i % 2 == 0).collect());
        assert_eq!(curve.bins.iter().map(|b| b.rows).collect::<Vec<_>>(), [100; 10]);
        assert!(!curve.too_few);
        for bin in &curve.bins {
            assert!(bin.low < bin.observed_rate && bin.observed_rate < bin.high);
        }
    }

    #[test]
    fn ties_stay_together() {
        let p: Vec<f64> = [0.1; 60].into_iter().chain([0.2; 5]).chain([0.7; 35]).collect();
        let curve = curve(p, (0..100).map(|i| i % 3 == 0).collect());
        let bins: Vec<(u64, f64)> = curve.bins.iter().map(|b| (b.rows, b.mean_predicted)).collect();
        assert_eq!(bins.len(), 3);
        assert_eq!(bins.iter().map(|b| b.0).collect::<Vec<_>>(), [60, 5, 35]);
        assert!((bins[0].1 - 0.1).abs() < 1e-15 && (bins[2].1 - 0.7).abs() < 1e-15);
        assert!(curve.too_few);
    }

    #[test]
    fn one_row_and_no_bins() {
        let curve = curve(vec![0.0], vec![false]);
        assert_eq!(curve.bins.len(), 1);
        assert_eq!(curve.bins[0].low, 0.0);
        let sample = Sample::new(vec![0.0], vec![false], vec![0]).unwrap();
        assert_eq!(calibration_curve(&sample, 0), Err(EvaluationError::NoBins));
    }
}
