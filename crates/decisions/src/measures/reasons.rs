//! Reasons for leaving.

use std::collections::BTreeMap;

use evaluation::{Estimate, wilson_interval};

use crate::DecisionError;
use crate::error::{each, same_length};

/// How often a reason was given, and what left with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasonShare {
    /// The reason, as the export has it.
    pub reason: String,
    /// Whether those customers chose to leave.
    pub voluntary: bool,
    /// Customers who left for it.
    pub customers: u64,
    /// Share of all who left, with Wilson's 95 % interval.
    pub share: Estimate,
    /// The value that left with them.
    pub value: f64,
}

/// The reasons of customers who left, voluntary ones first, then by value lost, most first, then by name. One reason, one flag
/// and one value for each customer.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`] for a value that is not finite.
pub fn reasons_for_leaving(
    reason: &[&str],
    voluntary: &[bool],
    value: &[f64],
) -> Result<Vec<ReasonShare>, DecisionError> {
    same_length("flags (voluntary)", reason.len(), voluntary.len())?;
    same_length("values", reason.len(), value.len())?;
    each("value", "a finite number", value, |_| true)?;
    let mut counted: BTreeMap<(bool, &str), (u64, f64)> = BTreeMap::new();
    for ((reason, voluntary), value) in reason.iter().zip(voluntary).zip(value) {
        let of_reason = counted.entry((!voluntary, reason)).or_default();
        of_reason.0 += 1;
        of_reason.1 += value;
    }
    let all = reason.len() as u64;
    let mut shares = counted
        .into_iter()
        .map(|((involuntary, reason), (customers, value))| {
            let share = Estimate::new(customers as f64 / all as f64, wilson_interval(customers, all))?;
            Ok(ReasonShare { reason: reason.to_owned(), voluntary: !involuntary, customers, share, value })
        })
        .collect::<Result<Vec<_>, DecisionError>>()?;
    shares.sort_by(|a, b| {
        let by_value = b.value.total_cmp(&a.value);
        b.voluntary.cmp(&a.voluntary).then(by_value).then(a.reason.cmp(&b.reason))
    });
    Ok(shares)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn voluntary_reasons_come_first_and_the_dearest_of_them_on_top() {
        let reasons = ["price", "service", "price", "moved", "service"];
        let voluntary = [true, true, true, false, true];
        let found = reasons_for_leaving(&reasons, &voluntary, &[10.0, 50.0, 20.0, 900.0, 5.0]).unwrap();
        let rows: Vec<(&str, bool, u64, f64)> =
            found.iter().map(|row| (row.reason.as_str(), row.voluntary, row.customers, row.value)).collect();
        assert_eq!(rows, [("service", true, 2, 55.0), ("price", true, 2, 30.0), ("moved", false, 1, 900.0)]);
        assert_eq!(found[0].share.value(), Some(0.4));
        assert_eq!(reasons_for_leaving(&[], &[], &[]).unwrap(), []);
        assert!(reasons_for_leaving(&["price"], &[], &[1.0]).is_err());
    }
}
