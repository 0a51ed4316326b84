//! What lapsed customers are worth if they return.

use feature_engineering::{by_name, features};
use history::{Date, Export, ReadError};
use scoring::{Model, past_value};

/// What a lapsed customer is expected to bring within the horizon after returning: the past per horizon through the line that
/// was fitted on customers who stayed. The silent time counts as tenure, so it is rather low.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn values_of_lapsed(
    model: &Model,
    export: &Export,
    as_of: Date,
    lapsed: &[u32],
) -> Result<Vec<f64>, ReadError> {
    let history = model.history(export, as_of);
    let wanted: Vec<_> = ["monetary_total", "tenure_days"].into_iter().filter_map(by_name).cloned().collect();
    let table = features(&history, lapsed, &wanted)?;
    let file = model.file();
    let horizon = f64::from(file.churn.horizon_days);
    let (Some(total), Some(tenure)) = (table.column_named("monetary_total"), table.column_named("tenure_days")) else {
        return Ok(vec![0.0; lapsed.len()]);
    };
    let value = |(total, tenure): (&f64, &f64)| {
        // Who bought before the look-back only has no total that could be seen.
        let past =
            past_value(if total.is_nan() { 0.0 } else { *total }, tenure.max(0.0), horizon, file.value.margin_ratio);
        if *total > 0.0 { file.value.expected(past) } else { 0.0 }
    };
    Ok(total.iter().zip(tenure).map(value).collect())
}
