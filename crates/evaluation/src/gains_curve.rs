//! The cumulative gains curve.

use serde::Serialize;

use crate::lift::share_of_churners;
use crate::{EvaluationError, Sample};

/// One point of the gains curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GainsPoint {
    /// Share of all rows, taken from the highest probability down.
    pub share_of_rows: f64,
    /// Share of all churners among them.
    pub share_of_churners: f64,
    /// What a perfect ranking would reach.
    pub best_possible: f64,
}

/// Share of the churners reached by contacting the top 0, 1/steps, 2/steps, … 1 of the ranking: `steps + 1` points
/// from (0, 0) to (1, 1). Ties count in expectation, which makes them a straight piece. `None` without churners.
///
/// The number of points is the caller's, not the number of rows, so that a chart of millions of rows stays small.
///
/// # Errors
///
/// [`EvaluationError::NoBins`] where `steps` is 0.
pub fn gains_curve(sample: &Sample, steps: usize) -> Result<Option<Vec<GainsPoint>>, EvaluationError> {
    if steps == 0 {
        return Err(EvaluationError::NoBins);
    }
    let tally = sample.tally();
    if tally.churners == 0 {
        return Ok(None);
    }
    let rate = tally.churners as f64 / tally.rows as f64;
    let shares: Vec<f64> = (0..=steps).map(|k| k as f64 / steps as f64).collect();
    let points = shares.iter().zip(share_of_churners(&tally, &shares)).map(|(&share_of_rows, share_of_churners)| {
        GainsPoint { share_of_rows, share_of_churners, best_possible: (share_of_rows / rate).min(1.0) }
    });
    Ok(Some(points.collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rises_from_zero_to_one_below_the_best_possible() {
        let p: Vec<f64> = (0..200).map(|i| ((i * 7) % 13) as f64 / 13.0).collect();
        let y: Vec<bool> = (0..200).map(|i| (i * 7) % 13 > 8 || i % 9 == 0).collect();
        let sample = Sample::new(p, y, (0..200).collect()).unwrap();
        let curve = gains_curve(&sample, 100).unwrap().unwrap();
        assert_eq!(curve.len(), 101);
        assert_eq!((curve[0].share_of_churners, curve[100].share_of_churners), (0.0, 1.0));
        assert!(curve.windows(2).all(|w| w[0].share_of_churners <= w[1].share_of_churners));
        assert!(curve.iter().all(|c| c.share_of_churners <= c.best_possible + 1e-12));
    }

    #[test]
    fn a_constant_gives_the_diagonal() {
        let sample = Sample::new(vec![0.3; 4], vec![true, false, false, true], vec![0, 1, 2, 3]).unwrap();
        for point in gains_curve(&sample, 7).unwrap().unwrap() {
            assert!((point.share_of_rows - point.share_of_churners).abs() < 1e-15);
        }
        let none = Sample::new(vec![0.3], vec![false], vec![0]).unwrap();
        assert_eq!(gains_curve(&none, 7), Ok(None));
        assert_eq!(gains_curve(&none, 0), Err(EvaluationError::NoBins));
    }
}
