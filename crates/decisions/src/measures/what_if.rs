//! What more retention would earn.

use crate::DecisionError;
use crate::error::setting;

/// A segment, as far as retention is worth something in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetentionEconomics {
    /// Customers at the start of the period.
    pub customers: u64,
    /// Share of them who stay through it, 0 to 1.
    pub retention: f64,
    /// Profit that a customer who stays brings in the period.
    pub profit_per_retained: f64,
}

/// One line of the what-if.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WhatIf {
    /// Percentage points added to retention; fewer than asked for where retention would pass 100 %.
    pub points: f64,
    /// Customers kept more.
    pub customers: f64,
    /// Profit of the period.
    pub profit: f64,
    /// Of it, what the points add.
    pub gain: f64,
}

/// Profit of a period, `customers x (retention + points) x profit_per_retained`, for +1, +2 and +5 points of retention. What it costs to
/// gain the points is not in it: it is the most that may be spent on them.
///
/// # Errors
/// [`DecisionError::Setting`].
pub fn what_if(segment: &RetentionEconomics) -> Result<[WhatIf; 3], DecisionError> {
    let RetentionEconomics { customers, retention, profit_per_retained } = *segment;
    setting("retention rate", "a share from 0 to 1", retention, (0.0..=1.0).contains(&retention))?;
    setting("profit per retained customer", "a finite number", profit_per_retained, true)?;
    Ok([1.0, 2.0, 5.0].map(|asked: f64| {
        let points = asked.min(100.0 * (1.0 - retention));
        let customers = customers as f64;
        let kept_more = customers * points / 100.0;
        WhatIf {
            points,
            customers: kept_more,
            profit: (customers * retention + kept_more) * profit_per_retained,
            gain: kept_more * profit_per_retained,
        }
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_point_of_a_thousand_customers_is_ten_customers() {
        let found =
            what_if(&RetentionEconomics { customers: 1_000, retention: 0.75, profit_per_retained: 80.0 }).unwrap();
        let gains = found.map(|line| (line.points, line.customers, line.gain));
        assert_eq!(gains, [(1.0, 10.0, 800.0), (2.0, 20.0, 1_600.0), (5.0, 50.0, 4_000.0)]);
        assert_eq!(found[2].profit, 64_000.0);
    }

    #[test]
    fn retention_ends_at_all() {
        let found = what_if(&RetentionEconomics { customers: 100, retention: 0.97, profit_per_retained: 1.0 }).unwrap();
        assert!((found[2].points - 3.0).abs() < 1e-9 && (found[2].profit - 100.0).abs() < 1e-9);
    }
}
