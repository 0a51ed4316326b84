//! Labels, and the purchases of customers as buy-till-you-die models see them.

use history::{History, Outcome, PurchaseRow, ReadError};

use crate::btyd;

/// The label of `inactivity` churn: no purchase in the label window.
///
/// # Errors
/// Rows cannot be read.
pub fn churned(outcome: &Outcome<'_>, customers: &[u32]) -> Result<Vec<bool>, ReadError> {
    outcome.map(customers, |block, customer| !outcome.bought(block, customer))
}

/// Each customer's purchases as the buy-till-you-die models see them: days with a purchase, in days since the first.
/// Customers without a purchase have no age: `None`.
///
/// # Errors
/// Rows cannot be read.
pub fn purchase_days(history: &History<'_>, customers: &[u32]) -> Result<Vec<Option<btyd::Purchases>>, ReadError> {
    history.map(customers, |block, customer| {
        let mut days = history.rows(block, customer).filter(PurchaseRow::is_purchase).map(|row| row.timestamp.date());
        let first = days.next()?;
        let (last, repeat) = days.fold((first, 0), |(last, n), day| if day > last { (day, n + 1) } else { (last, n) });
        let (recency, age) = (f64::from(last.days_since(first)), f64::from(history.as_of().days_since(first)));
        Some(
            btyd::Purchases::new(repeat, recency, age)
                .expect("visible rows lie before the as-of date, on plausible days"),
        )
    })
}
