//! The value model: what customers who stayed brought, against what they brought before, by least squares.

use history::{Export, Money, ReadError};
use scoring::ValueModel;

use crate::rows::Rows;

/// Past values are clipped to, and predictions never exceed, this part of the training values.
const HIGHEST: f64 = 0.999;

/// Fits the line on the rows of customers who did not churn. `margin_ratio` turns past revenue into past value.
pub(crate) fn fit(rows: &Rows, margin_ratio: f64) -> ValueModel {
    let stayed = (0..rows.len()).filter(|row| !rows.churned[*row]);
    let points: Vec<(f64, f64)> =
        stayed.map(|row| (margin_ratio * rows.past_revenue[row], rows.outcome_value[row])).collect();
    let past_high = quantile(points.iter().map(|(past, _)| *past));
    let highest = quantile(points.iter().map(|(_, value)| *value)).max(0.0);
    let n = points.len().max(1) as f64;
    let clipped = || points.iter().map(|(past, value)| (past.min(past_high), *value));
    let (sum_x, sum_y) = clipped().fold((0.0, 0.0), |(x, y), (past, value)| (x + past, y + value));
    let (mean_x, mean_y) = (sum_x / n, sum_y / n);
    let (mut xx, mut xy) = (0.0, 0.0);
    for (past, value) in clipped() {
        xx += (past - mean_x).powi(2);
        xy += (past - mean_x) * (value - mean_y);
    }
    // Where everybody's past is alike, the mean is all that can be said.
    let slope = if xx > 1e-12 * n * mean_x.powi(2) && xx > 0.0 { xy / xx } else { 0.0 };
    let intercept = mean_y - slope * mean_x;
    ValueModel { intercept, slope, margin_ratio, past_high, highest, rows: points.len() as u64 }
}

/// The line of a value that goes on as before: nobody, or hardly anybody, is known who stayed and brought something.
pub(crate) fn as_before(rows: &Rows, margin_ratio: f64) -> ValueModel {
    let past = || rows.past_revenue.iter().map(|past| margin_ratio * past);
    let (past_high, highest) = (quantile(past()), quantile(past()).max(0.0));
    ValueModel { intercept: 0.0, slope: 1.0, margin_ratio, past_high, highest, rows: 0 }
}

/// Margin per unit of revenue of some customers' purchases before a date; 1 where the export has no margins.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn margin_ratio(export: &Export, as_of: history::Date, customers: &[u32]) -> Result<f64, ReadError> {
    if !export.has_margin() {
        return Ok(1.0);
    }
    let history = export.history(as_of);
    let nets = export.returns() == history::Returns::Net;
    let zero = (Money::ZERO, Money::ZERO);
    let add = |a: (Money, Money), b: (Money, Money)| (a.0.plus(b.0), a.1.plus(b.1));
    let of_each = history.map(customers, |block, customer| {
        let rows = history.rows(block, customer).filter(|row| nets || !row.is_return());
        rows.fold(zero, |sums, row| add(sums, (row.margin, row.amount)))
    })?;
    let (margin, amount) = of_each.into_iter().fold(zero, add);
    let (margin, amount) = (margin.to_f64(), amount.to_f64());
    Ok(if amount > 0.0 { margin / amount } else { 0.0 })
}

/// The nearest-rank quantile; 0 of nothing.
fn quantile(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    if values.is_empty() {
        return 0.0;
    }
    let at = (HIGHEST * (values.len() - 1) as f64).ceil() as usize;
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(past: &[f64], value: &[f64], churned: &[bool]) -> Rows {
        Rows {
            past_revenue: past.to_vec(),
            outcome_value: value.to_vec(),
            ..Rows::toy(Vec::new(), Vec::new(), churned.to_vec())
        }
    }

    #[test]
    fn the_line_is_fitted_on_those_who_stayed() {
        let toy = rows(&[10.0, 20.0, 30.0, 999.0], &[8.0, 9.0, 13.0, 0.0], &[false, false, false, true]);
        let line = fit(&toy, 2.0);
        // Past values 20, 40, 60: slope 100 / 800, mean 10 at 40.
        assert!((line.slope - 0.125).abs() < 1e-12 && (line.intercept - 5.0).abs() < 1e-12, "{line:?}");
        assert_eq!((line.past_high, line.highest, line.rows), (60.0, 13.0, 3));
        assert_eq!(line.expected(40.0), 10.0);
        assert_eq!(line.expected(1e6), 12.5);
    }

    #[test]
    fn without_customers_who_stayed_the_past_goes_on() {
        let line = as_before(&rows(&[10.0, 20.0], &[0.0, 0.0], &[true, true]), 0.5);
        assert_eq!([line.expected(7.0), line.expected(1e6), line.expected(-3.0)], [7.0, 10.0, 0.0]);
        assert_eq!(line.rows, 0);
    }

    #[test]
    fn equal_pasts_give_the_mean_and_nobody_gives_nothing() {
        let line = fit(&rows(&[5.0, 5.0], &[1.0, 3.0], &[false, false]), 1.0);
        assert_eq!((line.slope, line.intercept), (0.0, 2.0));
        let nobody = fit(&rows(&[5.0], &[0.0], &[true]), 1.0);
        assert_eq!(nobody.expected(5.0), 0.0);
    }
}
