//! Feature tables: customers by features, computed from a [`History`] alone.

use history::{Date, History, Outcome, PurchaseRow, ReadError, Returns};
use rayon::prelude::*;

use crate::btyd;
use crate::catalogue::{Definition, Feature, catalogue};
use crate::kernel::Tally;

/// Features of customers at an as-of date: one row per customer, one column per feature; NaN is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    as_of: Date,
    customers: Vec<u32>,
    features: Vec<&'static Feature>,
    columns: Vec<Vec<f64>>,
}

/// Customers computed together. Each row depends on its own customer alone, so the size changes no value.
const CUSTOMERS_OF_A_BLOCK: usize = 4_096;

/// Features that an export has the columns for.
#[must_use]
pub fn available(history: &History<'_>) -> Vec<&'static Feature> {
    let has = |feature: &&'static Feature| match feature.definition {
        Definition::DiscountShare => history.has_discount(),
        Definition::Returns | Definition::ReturnShare => history.returns() != Returns::Drop,
        _ => true,
    };
    catalogue().iter().filter(has).collect()
}

/// Computes features of customers from what was known at the history's as-of date.
///
/// # Errors
/// Rows cannot be read.
pub fn features(
    history: &History<'_>,
    customers: &[u32],
    wanted: &[&'static Feature],
) -> Result<FeatureTable, ReadError> {
    let of_part = |part: &[u32]| {
        let (first, last) = part.iter().fold((u32::MAX, 0), |(first, last), c| (first.min(*c), last.max(*c)));
        let block = history.block(first..last + 1)?;
        let mut tally = Tally::new(wanted);
        let mut values = Vec::with_capacity(part.len() * wanted.len());
        for customer in part {
            tally.collect(history, &block, *customer);
            values.extend(wanted.iter().map(|feature| tally.value(history, feature)));
        }
        Ok(values)
    };
    let blocks: Vec<Vec<f64>> =
        customers.par_chunks(CUSTOMERS_OF_A_BLOCK).map(of_part).collect::<Result<_, ReadError>>()?;
    let column =
        |at: usize| blocks.iter().flat_map(|block| block.iter().skip(at).step_by(wanted.len())).copied().collect();
    Ok(FeatureTable {
        as_of: history.as_of(),
        customers: customers.to_vec(),
        features: wanted.to_vec(),
        columns: (0..wanted.len()).into_par_iter().map(column).collect(),
    })
}

impl FeatureTable {
    /// The as-of date.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The customer of each row.
    #[must_use]
    pub fn customers(&self) -> &[u32] {
        &self.customers
    }

    /// The feature of each column.
    #[must_use]
    pub fn features(&self) -> &[&'static Feature] {
        &self.features
    }

    /// The columns, in the order of [`FeatureTable::features`].
    #[must_use]
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The column of the feature of this name.
    #[must_use]
    pub fn column_named(&self, name: &str) -> Option<&[f64]> {
        let at = self.features.iter().position(|feature| feature.name == name)?;
        self.columns.get(at).map(Vec::as_slice)
    }
}

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
