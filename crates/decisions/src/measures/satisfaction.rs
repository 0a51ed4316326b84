//! Satisfaction index.

use evaluation::Estimate;

use crate::DecisionError;
use crate::measures::mean::mean_with_interval;

/// Below this mean on the 5-point scale is an alert.
pub const SATISFACTION_ALERT: f64 = 4.5;

/// The satisfaction index of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Satisfaction {
    /// Mean rating, 1 to 5, with Student's 95 % interval, which is cut off at the ends of the scale.
    pub index: Estimate,
    /// Ratings in it.
    pub ratings: u64,
    /// Whether the index is below [`SATISFACTION_ALERT`].
    pub alert: bool,
}

/// Mean of after-contact, review and survey ratings, each on a scale from 1 to 5; each rating weighs the same.
///
/// # Errors
/// [`DecisionError::Row`] for a rating outside the scale.
pub fn satisfaction_index(ratings: &[f64]) -> Result<Satisfaction, DecisionError> {
    crate::error::each("rating", "a number from 1 to 5", ratings, |rating| (1.0..=5.0).contains(&rating))?;
    let mean = mean_with_interval(ratings)?;
    let index = match mean.value() {
        Some(value) => {
            let within = mean.interval().map(|(low, high)| (low.max(1.0).min(value), high.min(5.0).max(value)));
            Estimate::new(value, within)?
        }
        None => mean,
    };
    let alert = index.value().is_some_and(|value| value < SATISFACTION_ALERT);
    Ok(Satisfaction { index, ratings: ratings.len() as u64, alert })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mean_below_four_and_a_half_is_an_alert() {
        assert!(!satisfaction_index(&[4.0, 5.0]).unwrap().alert);
        let low = satisfaction_index(&[4.0, 5.0, 4.0]).unwrap();
        assert!(low.alert && (low.index.value().unwrap() - 13.0 / 3.0).abs() < 1e-12);
        assert!(low.index.high().unwrap() <= 5.0);
        let none = satisfaction_index(&[]).unwrap();
        assert_eq!((none.index, none.alert), (Estimate::NONE, false));
        assert!(satisfaction_index(&[0.0]).is_err());
    }
}
