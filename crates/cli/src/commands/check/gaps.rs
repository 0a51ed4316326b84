//! How often customers buy, and the churn period that this supports.

use feature_engineering::purchase_days;
use history::{Export, PurchaseRow, ReadError};
use rayon::prelude::*;
use serde::Serialize;

/// Customers and purchases before `complete_through`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Buying {
    /// Customers with a purchase.
    pub(super) customers: u64,
    /// Of those, customers who bought on two days or more.
    pub(super) repeat_customers: u64,
    pub(super) purchases: u64,
    pub(super) returns: u64,
    /// Purchases and returns on or after `complete_through`, which nothing uses.
    pub(super) rows_after_complete_through: u64,
}

/// Days between one purchase day of a customer and the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Gaps {
    /// How many there are.
    pub(super) count: u64,
    /// The shortest length that is not exceeded by 50 %, 75 %, 80 %, 90 % and 95 % of the gaps, in days.
    pub(super) days_50: u32,
    pub(super) days_75: u32,
    pub(super) days_80: u32,
    pub(super) days_90: u32,
    pub(super) days_95: u32,
}

/// Customers per task; whole numbers are added, so the size changes nothing.
const CUSTOMERS_OF_A_BLOCK: usize = 4_096;

/// # Errors
/// Rows cannot be read.
pub(super) fn buying(export: &Export) -> Result<Buying, ReadError> {
    let history = export.history(export.complete_through());
    let later = export.history(export.last_day().plus_days(1));
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let of_each = history.map(&everybody, |block, customer| {
        let mut buying = Buying::default();
        let mut rows = 0;
        for row in history.rows(block, customer) {
            buying.purchases += u64::from(row.is_purchase());
            buying.returns += u64::from(row.is_return());
            rows += 1;
        }
        buying.rows_after_complete_through = (later.rows(block, customer).count() as u64).saturating_sub(rows);
        buying
    })?;
    let mut total = of_each.into_iter().fold(Buying::default(), Buying::plus);
    for purchases in purchase_days(&history, &everybody)?.into_iter().flatten() {
        total.customers += 1;
        total.repeat_customers += u64::from(purchases.repeat() > 0);
    }
    Ok(total)
}

impl Buying {
    fn plus(self, other: Self) -> Self {
        Self {
            customers: self.customers + other.customers,
            repeat_customers: self.repeat_customers + other.repeat_customers,
            purchases: self.purchases + other.purchases,
            returns: self.returns + other.returns,
            rows_after_complete_through: self.rows_after_complete_through + other.rows_after_complete_through,
        }
    }
}

/// The lengths of the gaps before `complete_through`; none if no customer bought on two days.
///
/// # Errors
/// Rows cannot be read.
pub(super) fn gaps(export: &Export) -> Result<Option<GapLengths>, ReadError> {
    let history = export.history(export.complete_through());
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    // The gaps are whole days from the first purchase to the last at most, so they are counted by length.
    let lengths = usize::try_from(export.last_day().days_since(export.first_day())).unwrap_or(0) + 1;
    let of_part = |part: &[u32]| {
        let mut counts = vec![0_u64; lengths];
        let Some((first, last)) = part.first().zip(part.last()) else { return Ok(counts) };
        let block = history.block(*first..*last + 1)?;
        for customer in part {
            let mut last = None;
            for row in history.rows(&block, *customer).filter(PurchaseRow::is_purchase) {
                let day = row.timestamp.date();
                let gap = last.replace(day).map_or(0, |last| day.days_since(last));
                if let (1.., Some(count)) = (gap, usize::try_from(gap).ok().and_then(|gap| counts.get_mut(gap))) {
                    *count += 1;
                }
            }
        }
        Ok(counts)
    };
    let plus = |a: Vec<u64>, b: Vec<u64>| Ok(a.iter().zip(&b).map(|(a, b)| a + b).collect());
    let counts: Vec<u64> =
        everybody.par_chunks(CUSTOMERS_OF_A_BLOCK).map(of_part).try_reduce(|| vec![0; lengths], plus)?;
    Ok(counts.iter().any(|count| *count > 0).then_some(GapLengths(counts)))
}

/// How many gaps there are of each length in days; at least one.
#[derive(Debug)]
pub(super) struct GapLengths(Vec<u64>);

impl GapLengths {
    pub(super) fn summary(&self) -> Gaps {
        Gaps {
            count: self.0.iter().sum(),
            days_50: self.quantile(50),
            days_75: self.quantile(75),
            days_80: self.quantile(80),
            days_90: self.quantile(90),
            days_95: self.quantile(95),
        }
    }

    /// The smallest length that at least `percent` of the gaps do not exceed.
    pub(super) fn quantile(&self, percent: u64) -> u32 {
        let total: u64 = self.0.iter().sum();
        let mut seen = 0;
        let length = self.0.iter().position(|count| {
            seen += count;
            u128::from(seen) * 100 >= u128::from(total) * u128::from(percent)
        });
        length.map_or(0, |length| length as u32)
    }

    /// Share of the gaps that are not longer than so many days.
    pub(super) fn share_within(&self, days: i32) -> f64 {
        let lengths = usize::try_from(days).map_or(0, |days| days.saturating_add(1)).min(self.0.len());
        self.0[..lengths].iter().sum::<u64>() as f64 / self.0.iter().sum::<u64>() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        // Ten gaps: eight of 1 day, one of 5, one of 40.
        let mut counts = vec![0; 41];
        counts[1] = 8;
        counts[5] = 1;
        counts[40] = 1;
        let gaps = GapLengths(counts);
        assert_eq!([80, 81, 90, 91, 95].map(|p| gaps.quantile(p)), [1, 5, 5, 40, 40]);
        assert_eq!(
            [-1, 0, 1, 4, 5, 39, 40, 900].map(|d| gaps.share_within(d)),
            [0.0, 0.0, 0.8, 0.8, 0.9, 0.9, 1.0, 1.0]
        );
    }
}
