//! Feature tables: customers by features, computed from a [`History`] alone.

use std::sync::Arc;

use history::{Date, Export, History, ReadError};
use rayon::prelude::*;

use crate::feature::Feature;
use crate::kernel::{Part, Plan, Who, compute};
use crate::snapshot::{Eligibility, Standings};

/// Features of customers at an as-of date: one row per customer, one column per feature; NaN is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    as_of: Date,
    customers: Vec<u32>,
    features: Vec<Arc<Feature>>,
    columns: Vec<Vec<f64>>,
}

/// Customers computed together. Each row depends on its own customer alone, so the size changes no value.
const CUSTOMERS_OF_A_PART: usize = 1_024;

/// Computes features of customers from what was known at the history's as-of date.
///
/// # Errors
/// Rows cannot be read.
pub fn features(history: &History<'_>, customers: &[u32], wanted: &[Arc<Feature>]) -> Result<FeatureTable, ReadError> {
    let plan = Plan::new(wanted);
    let of_part = |part: &[u32]| {
        let (first, last) = part.iter().fold((u32::MAX, 0), |(first, last), c| (first.min(*c), last.max(*c)));
        let block = history.block(first..last + 1)?;
        Ok(compute(&plan, std::slice::from_ref(history), history, &block, part, Who::Everybody))
    };
    let parts: Vec<Part> = customers.par_chunks(CUSTOMERS_OF_A_PART).map(of_part).collect::<Result<_, ReadError>>()?;
    let column = |at: usize| parts.iter().flat_map(|part| &part.columns[at]).copied().collect();
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
    pub fn features(&self) -> &[Arc<Feature>] {
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

/// Eligible customers at several as-of dates, computed in one pass over the rows.
#[derive(Debug)]
pub struct Panel<'a> {
    histories: Vec<History<'a>>,
    spanning: History<'a>,
    eligibility: Eligibility,
    features: Vec<Arc<Feature>>,
    plan: Plan,
}

/// Some rows of a panel, by customer, then as-of date.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PanelRows {
    /// The customer of each row.
    pub customers: Vec<u32>,
    /// The place of each row's as-of date among the panel's histories.
    pub dates: Vec<u32>,
    /// One column per feature; NaN is a missing value.
    pub columns: Vec<Vec<f64>>,
    /// Where the customers stand at each as-of date, those without rows included.
    pub standings: Vec<Standings>,
}

impl<'a> Panel<'a> {
    /// A panel of the as-of dates of `histories`, which must be of one export and in ascending order.
    #[must_use]
    pub fn new(
        export: &'a Export,
        histories: Vec<History<'a>>,
        eligibility: Eligibility,
        features: &[Arc<Feature>],
    ) -> Self {
        let spanning = export.spanning(&histories);
        Self { spanning, histories, eligibility, plan: Plan::new(features), features: features.to_vec() }
    }

    /// The features, in the order of the columns.
    #[must_use]
    pub fn features(&self) -> &[Arc<Feature>] {
        &self.features
    }

    /// What was known at each as-of date.
    #[must_use]
    pub fn histories(&self) -> &[History<'a>] {
        &self.histories
    }

    /// The rows of one date, by its place among the histories, as a table.
    ///
    /// # Panics
    /// There is no such date, or the rows are of another panel.
    #[must_use]
    pub fn table(&self, rows: &PanelRows, date: usize) -> FeatureTable {
        let of_date: Vec<usize> = (0..rows.dates.len()).filter(|row| rows.dates[*row] as usize == date).collect();
        let pick = |column: &Vec<f64>| of_date.iter().map(|row| column[*row]).collect();
        FeatureTable {
            as_of: self.histories[date].as_of(),
            customers: of_date.iter().map(|row| rows.customers[*row]).collect(),
            features: self.features.clone(),
            columns: rows.columns.iter().map(pick).collect(),
        }
    }

    /// The rows of some customers, ascending, at all dates at which they were eligible.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn rows(&self, customers: &[u32]) -> Result<PanelRows, ReadError> {
        let of_part = |part: &[u32]| {
            let (Some(first), Some(last)) = (part.first(), part.last()) else { return Ok(None) };
            let block = self.spanning.block(*first..*last + 1)?;
            let who = Who::Eligible(self.eligibility);
            Ok(Some(compute(&self.plan, &self.histories, &self.spanning, &block, part, who)))
        };
        // Many dates make many rows of a customer; what is computed together should stay in the processor's cache.
        let together = (CUSTOMERS_OF_A_PART / self.histories.len().max(1)).max(64);
        let parts: Vec<Option<Part>> = customers.par_chunks(together).map(of_part).collect::<Result<_, ReadError>>()?;
        let parts: Vec<Part> = parts.into_iter().flatten().collect();
        let column = |at: usize| {
            let mut column = Vec::with_capacity(parts.iter().map(|part| part.rows.len()).sum());
            parts.iter().for_each(|part| column.extend_from_slice(&part.columns[at]));
            column
        };
        let mut standings = vec![Standings::default(); self.histories.len()];
        for part in &parts {
            standings.iter_mut().zip(&part.standings).for_each(|(all, of_part)| all.add(of_part));
        }
        Ok(PanelRows {
            standings,
            customers: parts.iter().flat_map(|part| &part.rows).map(|(customer, _)| *customer).collect(),
            dates: parts.iter().flat_map(|part| &part.rows).map(|(_, date)| *date).collect(),
            columns: (0..self.features.len()).into_par_iter().map(column).collect(),
        })
    }
}
