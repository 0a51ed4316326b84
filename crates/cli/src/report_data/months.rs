//! Observed churn, month by month.

use evaluation::wilson_interval;
use feature_engineering::{Eligibility, Snapshot, churned};
use history::{Date, Export, LabelWindow, ReadError};
use reports::{Month, ObservedChurn};

/// The most months shown.
const MOST_MONTHS: usize = 36;

/// Churn of the customers who were eligible on the first of each month whose label window was over by the as-of date of
/// the report. Months in which the
/// export does not reach back far enough to tell who was active are left out.
///
/// # Errors
/// Rows cannot be read.
pub(super) fn months(
    export: &Export,
    as_of: Date,
    window: LabelWindow,
    eligibility: Eligibility,
) -> Result<Vec<Month>, ReadError> {
    let earliest = export.first_day().plus_days(eligibility.active_within.get());
    let mut start = as_of.plus_days(-window.reach()).month_start();
    let mut months = Vec::new();
    while start >= earliest && months.len() < MOST_MONTHS {
        let snapshot = Snapshot::take(&export.history(start), eligibility)?;
        if let Ok(outcome) = export.outcome(start, window) {
            let lost = churned(&outcome, &snapshot.eligible)?.into_iter().filter(|churned| *churned).count();
            months.push(Month { as_of: start.to_string(), churn: observed(snapshot.eligible.len(), lost) });
        }
        start = month_before(start);
    }
    months.reverse();
    Ok(months)
}

fn month_before(month_start: Date) -> Date {
    month_start.plus_days(-1).month_start()
}

/// Counts with the Wilson interval of their rate.
pub(super) fn observed(customers: usize, churned: usize) -> ObservedChurn {
    let (customers, churned) = (customers as u64, churned as u64);
    let (low, high) = wilson_interval(churned, customers).unzip();
    ObservedChurn { customers, churned, low, high }
}
