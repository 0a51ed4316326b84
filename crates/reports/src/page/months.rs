//! Observed churn by month.

use maud::{Markup, html};

use super::{answer, cell, figure, number_column, table, text_column};
use crate::chart::months;
use crate::data::{Month, ObservedChurn, ReportData};
use crate::error::ReportError;
use crate::number::{MISSING, count, interval, percent};
use crate::text::{T, fill};

/// A churn rate that rose in each of so many periods is worth a warning.
const RISING_PERIODS: usize = 3;

/// Rates with intervals, and a warning where they keep rising.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn section(data: &ReportData, said: &str) -> Result<Markup, ReportError> {
    let Some(chart) = months::draw(&data.months)? else {
        return Ok(html! { p.empty { (T.months_empty) } });
    };
    let note = fill(T.months_note, &[("days", &data.header.horizon_days.to_string())]);
    Ok(html! {
        (answer(said))
        @if let Some(text) = rising(&data.months) { p.alert { (text) } }
        (figure(&chart, &note, &rates(&data.months)))
    })
}

fn rates(months: &[Month]) -> Markup {
    let columns = [
        text_column(T.as_of),
        number_column(T.customers_at_start),
        number_column(T.churned),
        number_column(T.churn_rate),
        number_column(T.interval_heading),
    ];
    let rows: Vec<_> = months
        .iter()
        .map(|m| {
            vec![
                cell(&m.as_of),
                cell(count(m.churn.customers)),
                cell(count(m.churn.churned)),
                cell(percent(m.churn.rate())),
                cell(interval(&m.churn.into(), percent).unwrap_or_else(|| MISSING.to_owned())),
            ]
        })
        .collect();
    table(T.months_title, &columns, &rows)
}

/// The sentence for a rate that rose in each of the last three periods.
fn rising(months: &[Month]) -> Option<String> {
    let tail = months.get(months.len().checked_sub(RISING_PERIODS + 1)?..)?;
    let rates: Vec<f64> = tail.iter().filter_map(|m| m.churn.rate()).collect();
    if rates.len() != tail.len() || !rates.is_sorted_by(|a, b| a < b) {
        return None;
    }
    let (first, last) = (tail.first()?, tail.last()?);
    let text = fill(
        T.rising,
        &[
            ("n", &RISING_PERIODS.to_string()),
            ("from", &percent(first.churn.rate())),
            ("first", &first.as_of),
            ("to", &percent(last.churn.rate())),
            ("last", &last.as_of),
        ],
    );
    let certain =
        apart(&first.churn, &last.churn).map_or("", |apart| if apart { T.rising_clear } else { T.rising_unsure });
    Some(format!("{text} {certain}").trim_end().to_owned())
}

/// Whether the intervals of two rates do not overlap.
fn apart(first: &ObservedChurn, last: &ObservedChurn) -> Option<bool> {
    let ((_, high), (low, _)) = (first.interval()?, last.interval()?);
    Some(low > high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(churned: &[u64]) -> Vec<Month> {
        churned
            .iter()
            .enumerate()
            .map(|(i, churned)| Month {
                as_of: format!("2026-0{}-01", i + 1),
                churn: ObservedChurn { customers: 100, churned: *churned, low: None, high: None },
            })
            .collect()
    }

    #[test]
    fn three_rises_in_a_row_are_an_alert() {
        assert!(rising(&months(&[30, 20, 21, 22, 23])).is_some_and(|t| t.contains("2026-02-01")));
    }

    #[test]
    fn fewer_rises_or_a_pause_are_none() {
        assert_eq!(rising(&months(&[20, 21, 22])), None);
        assert_eq!(rising(&months(&[20, 21, 21, 22])), None);
        assert_eq!(rising(&months(&[])), None);
    }
}
