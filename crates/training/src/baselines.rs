//! Predictions without a model, or with a much simpler one, on the rows that the model is tested on.

use feature_engineering::btyd::{BgNbd, Purchases};
use feature_engineering::{FeatureTable, purchase_days};
use history::Date;

use crate::TrainingError;
use crate::cross_fit::out_of_fold_logits;
use crate::design::{Design, Recipe};
use crate::evaluation_file::RecencyRule;
use crate::fit::Sample;
use crate::platt::Line;
use crate::rows::{Rows, Source};

/// With one feature there is nothing to shrink.
const LAMBDA: f64 = 1e-6;

/// Recency alone: predictions for the test rows, fitted and calibrated as the model is.
pub(crate) fn recency(rows: &Rows, calibration: &[usize], test_recency: &[f64]) -> Result<Vec<f64>, TrainingError> {
    let column = recency_column(rows)?;
    let all: Vec<usize> = (0..rows.len()).collect();
    let rate = churn_rate(rows, calibration);
    let recipe = Recipe::lines(&[column]);
    let design = match Design::fit(rows, &all, &recipe) {
        Ok(design) => design,
        // Everybody bought on the same day: recency says nothing, and the churn rate is its prediction.
        Err(TrainingError::NoFeatures { .. }) => return Ok(vec![rate; test_recency.len()]),
        Err(error) => return Err(error),
    };
    let model = Sample::new(&design.columns(rows, &all), &rows.churned, "training")?.fit(LAMBDA)?;
    let logits = out_of_fold_logits(rows, &all, calibration, (&recipe, None), LAMBDA)?;
    let Ok(line) = Line::fit(&logits, &rows.outcomes(calibration)) else {
        return Ok(vec![rate; test_recency.len()]);
    };
    let transform = rows.features[column].transform;
    let test = Rows {
        columns: (0..rows.columns.len())
            .map(|at| {
                if at == column { test_recency.iter().map(|days| transform.apply(*days)).collect() } else { Vec::new() }
            })
            .collect(),
        ..Rows::default()
    };
    let of: Vec<usize> = (0..test_recency.len()).collect();
    Ok(model.logits(&design.columns(&test, &of)).into_iter().map(|logit| line.probability(logit)).collect())
}

/// The churn rate of some rows.
pub(crate) fn churn_rate(rows: &Rows, of: &[usize]) -> f64 {
    of.iter().filter(|row| rows.churned[**row]).count() as f64 / of.len() as f64
}

/// The threshold on recency with the highest balanced accuracy on the calibration slice, and how it does on the test.
pub(crate) fn recency_rule(calibration: (&[f64], &[bool]), test: (&[f64], &[bool])) -> RecencyRule {
    let (days, calibration_balanced_accuracy) = best_threshold(calibration.0, calibration.1);
    let test_balanced_accuracy = balanced_accuracy(test.0, test.1, days);
    RecencyRule { days, calibration_balanced_accuracy, test_balanced_accuracy }
}

/// P(no purchase in the period that makes a churner) of each test customer: the horizon, or, for `cadence`, the customer's
/// own period. As if it began at the as-of date.
pub(crate) fn bg_nbd(
    model: &BgNbd,
    source: &Source<'_>,
    as_of: Date,
    customers: &[u32],
) -> Result<Vec<f64>, TrainingError> {
    let history = source.history(as_of);
    let periods = source.churn.periods(&history, source.eligibility, source.window.horizon, customers)?;
    let purchases = purchase_days(&history, customers)?;
    let of = |(purchases, days): (Option<Purchases>, i32)| match purchases {
        Some(purchases) => {
            let none =
                model.probability_no_purchase(&purchases, f64::from(days)).map_err(scoring::ScoringError::from)?;
            Ok(none.clamp(0.0, 1.0))
        }
        // Eligible customers have bought; one without purchases would certainly not buy by this model.
        None => Ok(1.0),
    };
    purchases.into_iter().zip(periods).map(of).collect()
}

/// Days since the last purchase of each row of a table.
pub(crate) fn recency_of(table: &FeatureTable) -> Result<&[f64], TrainingError> {
    let name = "recency_days";
    Ok(table.column_named(name).ok_or_else(|| scoring::ScoringError::MissingFeature { name: name.to_owned() })?)
}

pub(crate) fn recency_column(rows: &Rows) -> Result<usize, TrainingError> {
    let name = "recency_days";
    let at = rows.features.iter().position(|feature| feature.name == name);
    Ok(at.ok_or_else(|| scoring::ScoringError::MissingFeature { name: name.to_owned() })?)
}

/// The smallest recency from which on to predict churn, in whole days, and its balanced accuracy.
fn best_threshold(recency: &[f64], churned: &[bool]) -> (f64, f64) {
    let mut order: Vec<usize> = (0..recency.len()).collect();
    order.sort_unstable_by(|a, b| recency[*a].total_cmp(&recency[*b]));
    let churners = churned.iter().filter(|churned| **churned).count() as f64;
    let stayers = churned.len() as f64 - churners;
    let (mut churners_below, mut stayers_below) = (0.0, 0.0);
    let mut best = (0.0, 0.5);
    for rows in order.chunk_by(|a, b| recency[*a].floor() == recency[*b].floor()) {
        let accuracy = ((churners - churners_below) / churners + stayers_below / stayers) / 2.0;
        if accuracy > best.1 {
            best = (recency[rows[0]].floor(), accuracy);
        }
        for row in rows {
            *(if churned[*row] { &mut churners_below } else { &mut stayers_below }) += 1.0;
        }
    }
    best
}

fn balanced_accuracy(recency: &[f64], churned: &[bool], days: f64) -> f64 {
    let rate = |class: bool, predicted: bool| {
        let of_class = || recency.iter().zip(churned).filter(move |(_, churned)| **churned == class);
        let right = of_class().filter(|(recency, _)| (**recency >= days) == predicted).count();
        right as f64 / of_class().count().max(1) as f64
    };
    (rate(true, true) + rate(false, false)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_splits_where_most_are_right() {
        let recency = [1.0, 5.2, 5.9, 30.0, 40.0, 41.5];
        let churned = [false, false, true, true, false, true];
        let (days, accuracy) = best_threshold(&recency, &churned);
        // From day 5: all churners and one of three stayers. From day 30: two of three each.
        assert_eq!(days, 5.0);
        assert!((accuracy - (1.0 + 1.0 / 3.0) / 2.0).abs() < 1e-12);
        assert!((balanced_accuracy(&recency, &churned, days) - accuracy).abs() < 1e-12);
        assert_eq!(best_threshold(&[3.0, 9.0], &[true, false]), (0.0, 0.5));
    }
}
