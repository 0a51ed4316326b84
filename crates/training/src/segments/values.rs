//! Which values of a column are segments.

use std::collections::{BTreeMap, BTreeSet};

use feature_engineering::{Coding, LEAST_CUSTOMERS, can_be_shown};

use super::SegmentColumn;
use super::said::SegmentCounts;
use crate::rows::Rows;

/// With fewer rows that churned, or fewer that stayed, a segment has no model of its own.
pub(super) const LEAST_OF_A_KIND: u64 = 50;
/// So many values of the column can be segments.
const MOST_SEGMENTS: usize = 50;
/// So many entries the covariances of all segments may have together: a model file is read as a whole.
const MOST_ENTRIES: usize = 1_000_000;

/// The values that are named, most rows first, and how many rows are of none of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values {
    pub(super) coding: Coding,
    pub(super) counts: Vec<SegmentCounts>,
    /// Rows of values that are not named.
    pub(super) other_rows: u64,
    /// Rows of customers of whom the export does not give the value.
    pub(super) missing_rows: u64,
}

impl Values {
    /// The values with the most rows that have the customers to be named, as many as a model of so many parameters has room
    /// for.
    pub(super) fn choose(column: SegmentColumn<'_>, rows: &Rows, over: &[usize], parameters: usize) -> Self {
        let mut of_value: BTreeMap<&str, (BTreeSet<u32>, u64, u64)> = BTreeMap::new();
        let mut missing_rows = 0;
        for row in over {
            let customer = rows.customer[*row];
            let Some(value) = column.cells[customer as usize].as_deref() else {
                missing_rows += 1;
                continue;
            };
            let (customers, n, churners) = of_value.entry(value).or_default();
            customers.insert(customer);
            *n += 1;
            *churners += u64::from(rows.churned[*row]);
        }
        let mut counts: Vec<SegmentCounts> = of_value
            .into_iter()
            .filter(|(value, (customers, ..))| customers.len() as u64 >= LEAST_CUSTOMERS && can_be_shown(value))
            .map(|(value, (customers, rows, churners))| SegmentCounts {
                value: value.to_owned(),
                customers: customers.len() as u64,
                rows,
                churners,
                fallback: churners.min(rows - churners) < LEAST_OF_A_KIND,
            })
            .collect();
        counts.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.value.cmp(&b.value)));
        let room = MOST_ENTRIES / (parameters * (parameters + 1) / 2).max(1);
        counts.truncate(MOST_SEGMENTS.min(room.max(1)));
        let named: u64 = counts.iter().map(|of| of.rows).sum();
        let coding =
            Coding { column: column.name.to_owned(), named: counts.iter().map(|of| of.value.clone()).collect() };
        Self { coding, counts, other_rows: over.len() as u64 - named - missing_rows, missing_rows }
    }

    /// Places of the values that have enough rows for a model.
    pub(super) fn own(&self) -> Vec<usize> {
        (0..self.counts.len()).filter(|at| !self.counts[*at].fallback).collect()
    }

    /// The place of the value of each row.
    pub(super) fn places(&self, column: SegmentColumn<'_>, rows: &Rows) -> Vec<Option<usize>> {
        let place = |customer: &u32| self.coding.place(column.cells[*customer as usize].as_deref());
        rows.customer.iter().map(place).collect()
    }
}
