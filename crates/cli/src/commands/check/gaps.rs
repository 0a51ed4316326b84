//! How often customers buy, and the churn period that this supports.

use feature_engineering::purchase_days;
use history::{Export, History, PurchaseRow};
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
    /// The shortest length that is not exceeded by 80 %, 90 % and 95 % of the gaps, in days.
    pub(super) days_80: u32,
    pub(super) days_90: u32,
    pub(super) days_95: u32,
}

/// Customers per task; whole numbers are added, so the size changes nothing.
const CUSTOMERS_OF_A_BLOCK: usize = 4_096;

pub(super) fn buying(export: &Export) -> Buying {
    let history = export.history(export.complete_through());
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let of_block = |block: &[u32]| {
        let mut buying = Buying::default();
        for customer in block {
            for row in history.rows(*customer) {
                buying.purchases += u64::from(row.is_purchase());
                buying.returns += u64::from(row.is_return());
            }
        }
        for purchases in purchase_days(&history, block).into_iter().flatten() {
            buying.customers += 1;
            buying.repeat_customers += u64::from(purchases.repeat() > 0);
        }
        buying
    };
    let mut total = everybody.par_chunks(CUSTOMERS_OF_A_BLOCK).map(of_block).reduce(Buying::default, Buying::plus);
    let later = export.history(export.last_day().plus_days(1));
    let rows = |history: &History<'_>| {
        everybody.par_iter().map(|customer| history.rows(*customer).count() as u64).sum::<u64>()
    };
    total.rows_after_complete_through = rows(&later).saturating_sub(rows(&history));
    total
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

/// The gaps before `complete_through`; none if no customer bought on two days.
pub(super) fn gaps(export: &Export) -> Option<Gaps> {
    let history = export.history(export.complete_through());
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    // The gaps are whole days from the first purchase to the last at most, so they are counted by length.
    let lengths = usize::try_from(export.last_day().days_since(export.first_day())).unwrap_or(0) + 1;
    let of_block = |block: &[u32]| {
        let mut counts = vec![0_u64; lengths];
        for customer in block {
            let mut last = None;
            for row in history.rows(*customer).filter(PurchaseRow::is_purchase) {
                let day = row.timestamp.date();
                let gap = last.replace(day).map_or(0, |last| day.days_since(last));
                if let (1.., Some(count)) = (gap, usize::try_from(gap).ok().and_then(|gap| counts.get_mut(gap))) {
                    *count += 1;
                }
            }
        }
        counts
    };
    let counts = everybody
        .par_chunks(CUSTOMERS_OF_A_BLOCK)
        .map(of_block)
        .reduce(|| vec![0; lengths], |a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect());
    let count: u64 = counts.iter().sum();
    (count > 0).then(|| Gaps {
        count,
        days_80: quantile(&counts, 80),
        days_90: quantile(&counts, 90),
        days_95: quantile(&counts, 95),
    })
}

/// The smallest length that at least `percent` of the counted values do not exceed.
fn quantile(counts: &[u64], percent: u64) -> u32 {
    let total: u64 = counts.iter().sum();
    let mut seen = 0;
    let length = counts.iter().position(|count| {
        seen += count;
        u128::from(seen) * 100 >= u128::from(total) * u128::from(percent)
    });
    length.map_or(0, |length| length as u32)
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
        assert_eq!([80, 81, 90, 91, 95].map(|p| quantile(&counts, p)), [1, 5, 5, 40, 40]);
    }
}
