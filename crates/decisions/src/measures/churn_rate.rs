//! Churn rate of a period.

use evaluation::{Estimate, wilson_interval};

use crate::DecisionError;

/// Customers of a period, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChurnPeriod {
    /// Customers at its start.
    pub at_start: u64,
    /// Of them, lost by its end.
    pub lost: u64,
    /// Of those lost, the ones who did not choose to leave (moved away, did not pay); none where nobody knows.
    pub involuntary: Option<u64>,
}

/// Churn rates of a period; voluntary and involuntary add up to all, where both are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChurnRate {
    /// Of all who were lost.
    pub all: Estimate,
    /// Of those who chose to leave.
    pub voluntary: Option<Estimate>,
    /// Of the others.
    pub involuntary: Option<Estimate>,
}

/// `lost / at_start` with Wilson's 95 % interval; no value where there was nobody at the start.
///
/// # Errors
/// [`DecisionError::PartExceedsWhole`].
pub fn churn_rate(period: ChurnPeriod) -> Result<ChurnRate, DecisionError> {
    let ChurnPeriod { at_start, lost, involuntary } = period;
    let unwilling = involuntary.unwrap_or(0);
    if unwilling > lost {
        return Err(DecisionError::PartExceedsWhole { what: "involuntary losses", part: unwilling, whole: lost });
    }
    Ok(ChurnRate {
        all: share("customers lost", lost, at_start)?,
        voluntary: involuntary.map(|unwilling| share("customers lost", lost - unwilling, at_start)).transpose()?,
        involuntary: involuntary.map(|unwilling| share("customers lost", unwilling, at_start)).transpose()?,
    })
}

/// Whether the rate was higher in each of the last two periods than in the one before: rising over three periods, the alert.
/// Periods ascend in time; one without a rate breaks the row.
pub fn is_rising(rates: &[Estimate]) -> bool {
    let [.., first, second, third] = rates else { return false };
    match (first.value(), second.value(), third.value()) {
        (Some(first), Some(second), Some(third)) => first < second && second < third,
        _ => false,
    }
}

/// A share with Wilson's interval.
pub(crate) fn share(what: &'static str, part: u64, whole: u64) -> Result<Estimate, DecisionError> {
    if part > whole {
        return Err(DecisionError::PartExceedsWhole { what, part, whole });
    }
    if whole == 0 {
        return Ok(Estimate::NONE);
    }
    Ok(Estimate::new(part as f64 / whole as f64, wilson_interval(part, whole))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_quarter_of_a_thousand_with_its_interval() {
        let rate = churn_rate(ChurnPeriod { at_start: 1_000, lost: 250, involuntary: Some(50) }).unwrap();
        assert_eq!(rate.all.value(), Some(0.25));
        // scipy.stats.binomtest(250, 1000).proportion_ci(method="wilson"); tests/reference/decisions.py prints it.
        let (low, high) = rate.all.interval().unwrap();
        assert!((low - 0.224_153_099).abs() < 1e-8 && (high - 0.277_760_280).abs() < 1e-8, "{low} {high}");
        assert_eq!((rate.voluntary.unwrap().value(), rate.involuntary.unwrap().value()), (Some(0.2), Some(0.05)));
    }

    #[test]
    fn nobody_at_the_start_is_no_rate_and_more_lost_than_there_were_an_error() {
        let nobody = churn_rate(ChurnPeriod { at_start: 0, lost: 0, involuntary: None }).unwrap();
        assert_eq!((nobody.all, nobody.voluntary), (Estimate::NONE, None));
        for period in [
            ChurnPeriod { at_start: 3, lost: 4, involuntary: None },
            ChurnPeriod { at_start: 9, lost: 4, involuntary: Some(5) },
        ] {
            assert!(matches!(churn_rate(period), Err(DecisionError::PartExceedsWhole { .. })));
        }
    }

    #[test]
    fn three_periods_in_a_row_are_an_alert() {
        let rates = |values: &[f64]| -> Vec<Estimate> {
            values.iter().map(|value| Estimate::new(*value, None).unwrap()).collect()
        };
        assert!(is_rising(&rates(&[0.3, 0.1, 0.11, 0.12])));
        assert!(!is_rising(&rates(&[0.1, 0.11, 0.11])));
        assert!(!is_rising(&rates(&[0.1, 0.2])));
        assert!(!is_rising(&[rates(&[0.1, 0.2]), vec![Estimate::NONE]].concat()));
    }
}
