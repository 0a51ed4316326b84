//! What churned customers did or did not do, against those who stayed.
//!
//! These are differences between two groups, not causes: a customer who complained and left may have left for another reason.

use evaluation::Estimate;

use crate::DecisionError;
use crate::error::{each, same_length};
use crate::measures::cell::Cell;
use crate::measures::mean::moments;
use crate::readout::{Counts, newcombe, welch};

/// A behaviour among those who churned and those who stayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    /// Share, or mean, among those who churned.
    pub churned: f64,
    /// Among those who stayed.
    pub stayed: f64,
    /// The first minus the second, with its 95 % interval.
    pub difference: Estimate,
    /// The size of the difference in standard units: Cohen's h for shares, Cohen's d for means. About 0.2 is small, 0.8 large.
    pub effect: f64,
}

/// A thing that customers did or did not do: difference of shares with Newcombe's interval, and Cohen's
/// `h = 2 asin sqrt(p1) - 2 asin sqrt(p2)` (J. Cohen 1988, Statistical Power Analysis, chapter 6). Withheld where fewer than
/// [`MIN_CUSTOMERS`](super::MIN_CUSTOMERS) churned or stayed.
///
/// # Errors
/// [`DecisionError::Length`].
pub fn yes_no_driver(churned: &[bool], did: &[bool]) -> Result<Cell<Driver>, DecisionError> {
    same_length("flags (did it)", churned.len(), did.len())?;
    let among = |outcome: bool| {
        let rows = churned.iter().zip(did).filter(|(churned, _)| **churned == outcome);
        rows.fold(Counts { successes: 0, trials: 0 }, |counts, (_, did)| Counts {
            successes: counts.successes + u64::from(*did),
            trials: counts.trials + 1,
        })
    };
    let (left, stayed) = (among(true), among(false));
    Cell::of(left.trials.min(stayed.trials), || {
        let rate = |counts: Counts| counts.successes as f64 / counts.trials as f64;
        let angle = |counts: Counts| 2.0 * rate(counts).sqrt().asin();
        Ok(Driver {
            churned: rate(left),
            stayed: rate(stayed),
            difference: newcombe(left, stayed, 0.95)?,
            effect: angle(left) - angle(stayed),
        })
    })
}

/// A number that customers have: difference of means with Welch's interval, and Cohen's `d`, the difference over the pooled
/// standard deviation (J. Cohen 1988, chapter 2); 0 where nobody differs. Withheld as in [`yes_no_driver`].
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`].
pub fn numeric_driver(churned: &[bool], value: &[f64]) -> Result<Cell<Driver>, DecisionError> {
    same_length("values", churned.len(), value.len())?;
    each("value", "a finite number", value, |_| true)?;
    let among = |outcome: bool| -> Vec<f64> {
        churned.iter().zip(value).filter(|(churned, _)| **churned == outcome).map(|(_, value)| *value).collect()
    };
    let (left, stayed) = (among(true), among(false));
    Cell::of(left.len().min(stayed.len()) as u64, || {
        let of =
            |values: &[f64]| moments(values).map_or((0.0, 0.0), |(mean, variance)| (mean, variance.unwrap_or(0.0)));
        let ((mean_left, variance_left), (mean_stayed, variance_stayed)) = (of(&left), of(&stayed));
        let (a, b) = (left.len() as f64 - 1.0, stayed.len() as f64 - 1.0);
        let pooled = ((a * variance_left + b * variance_stayed) / (a + b)).sqrt();
        Ok(Driver {
            churned: mean_left,
            stayed: mean_stayed,
            difference: welch(&left, &stayed, 0.95)?,
            effect: if pooled > 0.0 { (mean_left - mean_stayed) / pooled } else { 0.0 },
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn complaints_of_half_against_a_quarter() {
        let churned: Vec<bool> = (0..160).map(|i| i < 80).collect();
        let did: Vec<bool> = (0..160).map(|i| if i < 80 { i % 2 == 0 } else { i % 4 == 0 }).collect();
        let driver = *yes_no_driver(&churned, &did).unwrap().shown().unwrap();
        assert_eq!((driver.churned, driver.stayed, driver.difference.value()), (0.5, 0.25, Some(0.25)));
        // 2 asin sqrt(1/2) - 2 asin sqrt(1/4) = pi/2 - pi/3.
        assert!((driver.effect - std::f64::consts::PI / 6.0).abs() < 1e-12);
        assert_eq!(yes_no_driver(&churned[60..], &did[60..]).unwrap(), Cell::Withheld { customers: 20 });
        assert!(yes_no_driver(&churned, &did[1..]).is_err());
    }

    #[test]
    fn means_differ_in_units_of_their_spread() {
        let churned: Vec<bool> = (0..80).map(|i| i < 40).collect();
        let value: Vec<f64> = (0..80).map(|i| f64::from(i % 4) + if i < 40 { 1.0 } else { 0.0 }).collect();
        let driver = *numeric_driver(&churned, &value).unwrap().shown().unwrap();
        // Both have variance 1.25 * 40 / 39.
        assert!((driver.effect - 1.0 / (1.25_f64 * 40.0 / 39.0).sqrt()).abs() < 1e-12);
        assert!(driver.difference.low().unwrap() > 0.0);
        let same = numeric_driver(&churned, &[3.0; 80]).unwrap();
        assert_eq!(same.shown().unwrap().effect, 0.0);
    }
}
