//! What a customer is expected to bring within the horizon if they stay.
//!
//! The past says most: what the customer brought per horizon so far, in margin where the export has it, else in
//! revenue. A straight line, fitted on customers who stayed, turns it into what they brought next; it pulls
//! both very large and very small pasts towards the middle. Limits: it knows nothing of seasons, of prices, or of a customer's
//! plans, and its error for one customer is large; sums over groups of customers are what it is good for.

use crate::ScoringError;
use crate::model_file::ValueModel;

/// Value per horizon so far: `margin_ratio * monetary_total / max(tenure_days, horizon_days) * horizon_days`. A tenure
/// shorter than the horizon counts as one horizon, so that one purchase yesterday is not taken for a daily habit.
#[must_use]
pub fn past_value(monetary_total: f64, tenure_days: f64, horizon_days: f64, margin_ratio: f64) -> f64 {
    margin_ratio * monetary_total / tenure_days.max(horizon_days) * horizon_days
}

impl ValueModel {
    /// Value expected within the horizon if the customer stays, from the [`past_value`].
    #[must_use]
    pub fn expected(&self, past_value: f64) -> f64 {
        (self.intercept + self.slope * past_value.min(self.past_high)).min(self.highest).max(0.0)
    }
}

/// What the value model needs of a row.
pub(crate) struct ValueColumns<'a> {
    monetary_total: &'a [f64],
    tenure_days: &'a [f64],
}

impl<'a> ValueColumns<'a> {
    pub(crate) fn of(table: &'a feature_engineering::FeatureTable) -> Result<Self, ScoringError> {
        let column =
            |name: &str| table.column_named(name).ok_or_else(|| ScoringError::MissingFeature { name: name.to_owned() });
        Ok(Self { monetary_total: column("monetary_total")?, tenure_days: column("tenure_days")? })
    }

    pub(crate) fn past_value(&self, row: usize, horizon_days: f64, margin_ratio: f64) -> f64 {
        past_value(self.monetary_total[row], self.tenure_days[row], horizon_days, margin_ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_value_follows_the_line_between_its_ends() {
        // 400 over 200 days is 180 per 90 days; with a margin of 25 % that is 45.
        assert_eq!(past_value(400.0, 200.0, 90.0, 0.25), 45.0);
        assert_eq!(past_value(400.0, 3.0, 90.0, 1.0), 400.0);
        let line =
            ValueModel { intercept: 5.0, slope: 0.5, margin_ratio: 1.0, past_high: 100.0, highest: 55.0, rows: 10 };
        assert_eq!(line.expected(45.0), 27.5);
        assert_eq!(line.expected(1e9), 55.0);
        assert_eq!(line.expected(-1e9), 0.0);
    }
}
