//! Customer lifetime value, and what it is held against.

use crate::DecisionError;
use crate::error::{each, same_length, setting};

/// What the simple lifetime value is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimpleClv {
    /// Average order value, in units of the currency.
    pub order_value: f64,
    /// Orders a year.
    pub orders_per_year: f64,
    /// Margin as a share of the order value.
    pub margin: f64,
    /// Average lifetime in years; with a steady yearly churn rate it is `1 / rate`.
    pub lifetime_years: f64,
}

impl SimpleClv {
    /// Average order value x orders per year x average margin x average lifetime in years. Not discounted.
    ///
    /// # Errors
    /// [`DecisionError::Setting`].
    pub fn value(&self) -> Result<f64, DecisionError> {
        setting("average order value", "0 or more", self.order_value, self.order_value >= 0.0)?;
        setting("orders per year", "0 or more", self.orders_per_year, self.orders_per_year >= 0.0)?;
        setting("margin", "a share of at most 1", self.margin, self.margin <= 1.0)?;
        setting("lifetime in years", "0 or more", self.lifetime_years, self.lifetime_years >= 0.0)?;
        Ok(self.order_value * self.orders_per_year * self.margin * self.lifetime_years)
    }
}

/// Lifetime value of one customer from forecasts: `sum_k margin * E[Z] * (E[Y(k)] - E[Y(k-1)]) / (1 + rate)^k`.
///
/// `expected_orders` are the cumulative expected purchases `E[Y(k)]` by the end of each coming period (BG/NBD), `order_value`
/// is `E[Z]` (Gamma-Gamma), `discount_rate` that of one period; purchases count at the end of their period. Source: Fader,
/// Hardie & Lee 2005, Journal of Marketing Research 42:415.
///
/// # Errors
/// [`DecisionError::Setting`]; [`DecisionError::Row`] where expected purchases fall.
pub fn clv_of_forecast(
    expected_orders: &[f64],
    order_value: f64,
    margin: f64,
    discount_rate: f64,
) -> Result<f64, DecisionError> {
    setting("expected order value", "0 or more", order_value, order_value >= 0.0)?;
    setting("margin", "a share of at most 1", margin, margin <= 1.0)?;
    setting("discount rate of a period", "0 or more", discount_rate, discount_rate >= 0.0)?;
    each("expected purchases", "a number of 0 or more", expected_orders, |orders| orders >= 0.0)?;
    let (mut sum, mut before, mut factor) = (0.0, 0.0, 1.0);
    for (row, &orders) in expected_orders.iter().enumerate() {
        if orders < before {
            let (what, expected) = ("cumulative expected purchases", "no less than in the period before");
            return Err(DecisionError::Row { what, expected, row, found: orders });
        }
        factor /= 1.0 + discount_rate;
        sum += (orders - before) * factor;
        before = orders;
    }
    Ok(margin * order_value * sum)
}

/// Mean lifetime values of a segment, side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clv {
    /// By [`SimpleClv`].
    pub simple: f64,
    /// By forecasts, where there are any.
    pub model_based: Option<f64>,
    /// What it cost to win such a customer, where it is known.
    pub acquisition_cost: Option<f64>,
}

/// How a segment's lifetime value stands to what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClvVerdict {
    /// Nobody knows the acquisition cost.
    CostUnknown,
    /// The value covers the cost.
    Pays,
    /// The value is below the cost: the flag.
    BelowCost,
}

/// Holds the model-based value against the acquisition cost, the simple one where there is no other.
pub fn clv_verdict(clv: &Clv) -> ClvVerdict {
    match clv.acquisition_cost {
        None => ClvVerdict::CostUnknown,
        Some(cost) if clv.model_based.unwrap_or(clv.simple) < cost => ClvVerdict::BelowCost,
        Some(_) => ClvVerdict::Pays,
    }
}

/// Mean of lifetime values, each of one customer.
pub(crate) fn mean(what: &'static str, rows: usize, values: &[f64]) -> Result<f64, DecisionError> {
    same_length(what, rows, values.len())?;
    each(what, "a finite number", values, |_| true)?;
    Ok(values.iter().sum::<f64>() / rows.max(1) as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn four_orders_of_fifty_at_thirty_percent_for_three_years_are_180() {
        let clv = SimpleClv { order_value: 50.0, orders_per_year: 4.0, margin: 0.3, lifetime_years: 3.0 };
        assert!((clv.value().unwrap() - 180.0).abs() < 1e-12);
        assert!(SimpleClv { margin: 1.2, ..clv }.value().is_err());
    }

    #[test]
    fn forecasts_are_discounted_period_by_period() {
        // 100 * 0.5 * (2 / 1.1 + 1 / 1.21)
        let expected = 50.0 * (2.0 / 1.1 + 1.0 / 1.21);
        assert!((clv_of_forecast(&[2.0, 3.0], 100.0, 0.5, 0.1).unwrap() - expected).abs() < 1e-12);
        assert_eq!(clv_of_forecast(&[], 100.0, 0.5, 0.1).unwrap(), 0.0);
        assert!(matches!(clv_of_forecast(&[2.0, 1.0], 1.0, 0.5, 0.0), Err(DecisionError::Row { row: 1, .. })));
    }

    #[test]
    fn a_segment_that_costs_more_than_it_brings_is_flagged() {
        let clv = Clv { simple: 180.0, model_based: Some(90.0), acquisition_cost: Some(100.0) };
        assert_eq!(clv_verdict(&clv), ClvVerdict::BelowCost);
        assert_eq!(clv_verdict(&Clv { model_based: None, ..clv }), ClvVerdict::Pays);
        assert_eq!(clv_verdict(&Clv { acquisition_cost: None, ..clv }), ClvVerdict::CostUnknown);
    }
}
