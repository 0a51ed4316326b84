//! What became of customers, by where they came from.

use std::collections::BTreeMap;

use evaluation::Estimate;

use crate::DecisionError;
use crate::error::same_length;
use crate::measures::cell::{Cell, tabulate};
use crate::measures::churn_rate::share;
use crate::measures::clv::{Clv, ClvVerdict, clv_verdict, mean};

/// Customers, one entry each in every column.
#[derive(Debug, Clone, Copy)]
pub struct Acquired<'a> {
    /// Acquisition channel.
    pub channel: &'a [&'a str],
    /// Churned in the period looked at.
    pub churned: &'a [bool],
    /// Had a discount on the first order.
    pub first_order_discount: &'a [bool],
    /// Lifetime value.
    pub clv: &'a [f64],
    /// What it cost to win a customer of each channel, where that is known.
    pub cost: &'a BTreeMap<String, f64>,
}

/// One acquisition channel.
#[derive(Debug, Clone, PartialEq)]
pub struct AcquisitionQuality {
    /// Customers.
    pub customers: u64,
    /// Their churn rate, with Wilson's 95 % interval.
    pub churn_rate: Estimate,
    /// Share who came for a first-order discount, likewise.
    pub first_order_discount: Estimate,
    /// Their mean lifetime value.
    pub clv: f64,
    /// How that stands to what they cost.
    pub verdict: ClvVerdict,
}

/// Acquisition quality by channel, small channels withheld.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`].
pub fn acquisition_quality(
    acquired: &Acquired<'_>,
) -> Result<BTreeMap<String, Cell<AcquisitionQuality>>, DecisionError> {
    let Acquired { channel, churned, first_order_discount, clv, cost } = *acquired;
    same_length("flags (churned)", channel.len(), churned.len())?;
    same_length("flags (first-order discount)", channel.len(), first_order_discount.len())?;
    same_length("lifetime values", channel.len(), clv.len())?;
    tabulate(channel, |rows| {
        let customers = rows.len() as u64;
        let count = |flags: &[bool]| rows.iter().filter(|row| flags[**row]).count() as u64;
        let values: Vec<f64> = rows.iter().map(|row| clv[*row]).collect();
        let clv = mean("lifetime values", rows.len(), &values)?;
        let acquisition_cost = rows.first().and_then(|row| cost.get(channel[*row])).copied();
        Ok(AcquisitionQuality {
            customers,
            churn_rate: share("churned customers", count(churned), customers)?,
            first_order_discount: share("discounts", count(first_order_discount), customers)?,
            clv,
            verdict: clv_verdict(&Clv { simple: clv, model_based: None, acquisition_cost }),
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_channel_that_costs_more_than_it_brings_is_flagged() {
        let channel: Vec<&str> = (0..100).map(|i| if i < 40 { "affiliate" } else { "search" }).collect();
        let churned: Vec<bool> = (0..100).map(|i| i % 2 == 0).collect();
        let discount: Vec<bool> = (0..100).map(|i| i < 20).collect();
        let clv: Vec<f64> = (0..100).map(|i| if i < 40 { 30.0 } else { 80.0 }).collect();
        let cost = BTreeMap::from([("affiliate".to_owned(), 35.0)]);
        let acquired =
            Acquired { channel: &channel, churned: &churned, first_order_discount: &discount, clv: &clv, cost: &cost };
        let found = acquisition_quality(&acquired).unwrap();
        let affiliate = found["affiliate"].shown().unwrap();
        assert_eq!((affiliate.customers, affiliate.clv, affiliate.verdict), (40, 30.0, ClvVerdict::BelowCost));
        assert_eq!(affiliate.first_order_discount.value(), Some(0.5));
        assert_eq!(found["search"].shown().unwrap().verdict, ClvVerdict::CostUnknown);
        assert!(acquisition_quality(&Acquired { clv: &clv[1..], ..acquired }).is_err());
    }
}
