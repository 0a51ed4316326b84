//! Money lost to churn.

use evaluation::Estimate;

use crate::DecisionError;
use crate::error::{each, same_length, setting};

/// Revenue lost a month: average monthly spend of a customer x customers x churn rate, with the interval of the rate.
///
/// A customer who leaves is counted with one month of spend, as the measure has it; it is the loss of each further month as
/// well, until somebody takes the customer's place.
///
/// # Errors
/// [`DecisionError::Setting`].
pub fn revenue_lost(monthly_spend: f64, customers: u64, churn_rate: Estimate) -> Result<Estimate, DecisionError> {
    setting("monthly spend", "0 or more", monthly_spend, monthly_spend >= 0.0)?;
    let lost = |rate: f64| monthly_spend * customers as f64 * rate;
    match churn_rate.value() {
        Some(rate) => Ok(Estimate::new(lost(rate), churn_rate.interval().map(|(low, high)| (lost(low), lost(high))))?),
        None => Ok(Estimate::NONE),
    }
}

/// Value at risk of each customer: churn probability x value.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`].
pub fn value_at_risk(churn_probability: &[f64], value: &[f64]) -> Result<Vec<f64>, DecisionError> {
    same_length("values", churn_probability.len(), value.len())?;
    each("churn probability", "a number from 0 to 1", churn_probability, |p| (0.0..=1.0).contains(&p))?;
    each("value", "a finite number", value, |_| true)?;
    Ok(churn_probability.iter().zip(value).map(|(p, value)| p * value).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn two_thousand_a_month_of_a_thousand_customers_at_a_quarter_is_half_a_million() {
        let rate = Estimate::new(0.25, Some((0.2, 0.3))).unwrap();
        let lost = revenue_lost(2_000.0, 1_000, rate).unwrap();
        assert_eq!(lost, Estimate::new(500_000.0, Some((400_000.0, 600_000.0))).unwrap());
        assert_eq!(revenue_lost(2_000.0, 1_000, Estimate::NONE).unwrap(), Estimate::NONE);
        assert!(revenue_lost(f64::NAN, 1, rate).is_err());
    }

    #[test]
    fn value_at_risk_is_probability_times_value() {
        assert_eq!(value_at_risk(&[0.5, 0.0], &[120.0, 80.0]).unwrap(), [60.0, 0.0]);
        assert!(matches!(value_at_risk(&[1.5], &[1.0]), Err(DecisionError::Row { row: 0, .. })));
        assert!(matches!(value_at_risk(&[0.5], &[]), Err(DecisionError::Length { .. })));
    }
}
