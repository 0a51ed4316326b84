//! Retention rate of a period.

use evaluation::Estimate;

use crate::DecisionError;
use crate::measures::churn_rate::share;

/// Customers of the period before who bought again in this one, over customers of the period before, with Wilson's 95 %
/// interval; no value where there was nobody.
///
/// # Errors
/// [`DecisionError::PartExceedsWhole`].
pub fn retention_rate(bought_again: u64, customers_before: u64) -> Result<Estimate, DecisionError> {
    share("customers who bought again", bought_again, customers_before)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn is_what_churn_leaves() {
        let rate = retention_rate(750, 1_000).unwrap();
        assert_eq!(rate.value(), Some(0.75));
        let (low, high) = rate.interval().unwrap();
        assert!((low - (1.0 - 0.277_760_280)).abs() < 1e-8 && (high - (1.0 - 0.224_153_099)).abs() < 1e-8);
        assert!(retention_rate(2, 1).is_err());
    }
}
