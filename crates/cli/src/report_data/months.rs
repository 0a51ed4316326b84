//! Observed churn, month by month.

use evaluation::wilson_interval;
use feature_engineering::Snapshot;
use history::{Date, Export, ReadError};
use reports::{Month, ObservedChurn};
use scoring::Model;

/// The most months shown.
const MOST_MONTHS: usize = 36;

/// Churn, as the model means it, of the customers who were eligible on the first of each month whose label window was over
/// by the as-of date of the report. Customers who neither churned nor stayed are not counted. Months in which the export
/// does not reach back far enough to tell who was active are left out.
///
/// # Errors
/// Rows cannot be read.
pub(super) fn months(export: &Export, as_of: Date, model: &Model) -> Result<Vec<Month>, ReadError> {
    let earliest = export.first_day().plus_days(model.eligibility().active_within.get());
    let mut start = latest_label(export, as_of, model).month_start();
    let mut months = Vec::new();
    while start >= earliest && months.len() < MOST_MONTHS {
        let labels: Vec<bool> = labels(export, start, model)?.into_iter().map(|(_, churned)| churned).collect();
        let lost = labels.iter().filter(|churned| **churned).count();
        months.push(Month { as_of: start.to_string(), churn: observed(labels.len(), lost) });
        start = month_before(start);
    }
    months.reverse();
    Ok(months)
}

/// The latest as-of date whose label window was over, and recorded, by the as-of date of the report.
pub(crate) fn latest_label(export: &Export, as_of: Date, model: &Model) -> Date {
    as_of.min(export.labels_through()).plus_days(-model.window().reach())
}

/// The customers who were eligible at a date and churned or stayed; nobody where the window was not over.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn labels(export: &Export, as_of: Date, model: &Model) -> Result<Vec<(u32, bool)>, ReadError> {
    let Ok(outcome) = export.outcome(as_of, model.window()) else { return Ok(Vec::new()) };
    let history = model.history(export, as_of);
    let eligible = Snapshot::take(&history, model.eligibility())?.eligible;
    let labels = model.churn().labels(&history, &outcome, model.eligibility(), &eligible)?;
    Ok(eligible.into_iter().zip(labels).filter_map(|(customer, label)| Some((customer, label?))).collect())
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
