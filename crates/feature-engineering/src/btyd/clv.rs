//! Customer lifetime value.

use super::error::check_time;
use super::{InputError, Model, Purchases};

/// How the value of future purchases is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Valuation {
    /// Share of an amount that is earned, such as 0.3; may be negative.
    pub margin: f64,
    /// Number of periods that are counted.
    pub periods: u32,
    /// Length of a period, in the model's unit of time.
    pub period: f64,
    /// By how much a period lowers the value of money, such as 0.01; at least 0.
    pub discount: f64,
}

/// Discounted value of the expected purchases of a customer in the periods after the as-of date, in the currency of
/// `mean_spend`, the expected amount of each ([`super::GammaGamma::expected_spend`]):
///
/// ```text
/// sum_{k=1}^{periods} margin mean_spend (E[Y(k period)] - E[Y((k-1) period)]) / (1 + discount)^k
/// ```
///
/// Earnings of a period count as if they came at its end. What the customer spent so far is no part of it.
///
/// # Errors
/// [`InputError::Valuation`] where a number of the valuation or the mean spend is not finite, or the discount or the mean
/// spend negative, [`InputError::Time`] for a period that is no length of time, and whatever
/// [`Model::expected_purchases`] refuses.
pub fn customer_lifetime_value(
    model: &Model,
    purchases: &Purchases,
    mean_spend: f64,
    valuation: &Valuation,
) -> Result<f64, InputError> {
    let Valuation { margin, periods, period, discount } = *valuation;
    let period = check_time("period", period)?;
    for (name, value, lowest) in
        [("margin", margin, f64::NEG_INFINITY), ("discount", discount, 0.0), ("mean spend", mean_spend, 0.0)]
    {
        if !(value.is_finite() && value >= lowest) {
            let and = if lowest == 0.0 { " and not negative" } else { "" };
            return Err(InputError::Valuation { name, and, value });
        }
    }
    let (mut value, mut until_now, mut worth) = (0.0, 0.0, 1.0);
    for k in 1..=periods {
        let expected = model.expected_purchases(purchases, f64::from(k) * period)?;
        worth /= 1.0 + discount;
        // Rounding must not make a period of no purchases one of negative purchases.
        value += f64::max(expected - until_now, 0.0) * worth;
        until_now = expected;
    }
    Ok(margin * mean_spend * value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{ParetoNbd, ParetoParameters};
    use super::*;

    fn model() -> Model {
        let parameters = ParetoParameters { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
        Model::ParetoNbd(ParetoNbd::new(parameters).unwrap())
    }

    #[test]
    fn without_discount_periods_add_up_to_the_whole_horizon() {
        let customer = Purchases::new(7, 29.43, 38.86).unwrap();
        let valuation = Valuation { margin: 0.25, periods: 39, period: 1.0, discount: 0.0 };
        let found = customer_lifetime_value(&model(), &customer, 40.0, &valuation).unwrap();
        let expected = 10.0 * model().expected_purchases(&customer, 39.0).unwrap();
        assert!((found - expected).abs() < 1e-12 * expected, "{found} {expected}");
    }

    #[test]
    fn each_period_is_discounted_as_at_its_end() {
        let customer = Purchases::new(2, 30.43, 38.86).unwrap();
        let valuation = Valuation { margin: 1.0, periods: 2, period: 13.0, discount: 0.1 };
        let found = customer_lifetime_value(&model(), &customer, 1.0, &valuation).unwrap();
        let (one, two) = (
            model().expected_purchases(&customer, 13.0).unwrap(),
            model().expected_purchases(&customer, 26.0).unwrap(),
        );
        assert!((found - (one / 1.1 + (two - one) / 1.21)).abs() < 1e-14);
        let none = Valuation { periods: 0, ..valuation };
        assert_eq!(customer_lifetime_value(&model(), &customer, 1.0, &none), Ok(0.0));
    }

    #[test]
    fn impossible_valuations_are_refused() {
        let customer = Purchases::new(2, 30.43, 38.86).unwrap();
        let good = Valuation { margin: 1.0, periods: 2, period: 13.0, discount: 0.1 };
        let refused = |spend, valuation| customer_lifetime_value(&model(), &customer, spend, &valuation).unwrap_err();
        assert_eq!(
            refused(1.0, Valuation { discount: -0.1, ..good }).to_string(),
            "discount must be finite and not negative, found -0.1"
        );
        assert!(matches!(refused(f64::NAN, good), InputError::Valuation { name: "mean spend", .. }));
        assert!(matches!(
            refused(1.0, Valuation { margin: f64::INFINITY, ..good }),
            InputError::Valuation { name: "margin", .. }
        ));
        assert!(matches!(refused(1.0, Valuation { period: -1.0, ..good }), InputError::Time { name: "period", .. }));
    }
}
