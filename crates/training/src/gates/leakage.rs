//! The gate on leaks: no feature may tell the outcome so well that it must have been written down after the fact.
//!
//! Each feature is judged on the test rows in two ways, neither of which minds its direction:
//!
//! - alone: the area under the ROC curve of its values, customers without one counted as the lowest and as the highest;
//! - beside what the purchases show: less the tenure, the recency, the number of purchases and what was spent, each by itself,
//!   and in a small model with tenure and recency, fitted on training rows. A total as of the export says little alone, since
//!   most of it is how long ago the customer came; less the total that could be seen at the as-of date, it is what came after.

use std::sync::Arc;

use feature_engineering::{Expression, Family, Feature, FeatureTable, Rows as Of};
use rayon::prelude::*;
use scoring::Model;

use super::{Gate, GateKind, Measured};
use crate::design::{Design, Recipe};
use crate::fit::Sample;
use crate::rows::Rows;

/// Largest area that a feature from events, attributes or a project's own definition may have.
const LIMIT: f64 = 0.95;
/// Largest area of features that are made of the times and amounts of purchases alone. Where customers buy like clockwork,
/// those tell nearly everything; and a purchase cannot lie before the as-of date without having been made by then.
const LIMIT_OF_PURCHASES: f64 = 0.99;
/// Beside what the purchases show, a feature must leave at least this part of the error in ranking that those leave.
const ERROR_LEFT: f64 = 0.5;
/// So many training rows show what is to be seen here.
const ROWS: usize = 20_000;
/// So many test rows give an area to two decimals and more.
const TEST_ROWS: usize = 50_000;
/// Weak enough for a small difference of two large numbers to be weighed, strong enough for separated classes to have a minimum.
const LAMBDA: f64 = 1e-5;

/// How well a feature tells the outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    alone: f64,
    /// Beside what the purchases show; none for features of purchases.
    beside: Option<f64>,
}

/// One gate for each feature that knows too much, or one for all where none does. `table` holds the test rows, of which
/// `churned` are the outcomes, and `rows` those that the model was fitted on.
pub(crate) fn leakage(model: &Model, table: &FeatureTable, churned: &[bool], rows: &Rows) -> Vec<Gate> {
    let known = Known::of(table, churned, rows);
    let without = known.without();
    let limit_beside = LIMIT.max(1.0 - ERROR_LEFT * (1.0 - without));
    let look = |feature: &Arc<Feature>| -> Option<Found> {
        let alone = known.alone(&feature.name)?;
        let suspect = !is_of_purchases(feature);
        let beside = suspect.then(|| known.beside(feature)).flatten();
        Some(Found { alone, beside })
    };
    let found: Vec<Option<Found>> = model.features().par_iter().map(look).collect();
    let found = model.features().iter().zip(found);
    let found: Vec<(&Feature, Found)> = found.filter_map(|(feature, found)| Some((feature.as_ref(), found?))).collect();
    let refused = found.iter().filter_map(|(feature, found)| refuse(feature, *found, without, limit_beside));
    let refused: Vec<Gate> = refused.collect();
    if !refused.is_empty() {
        return refused;
    }
    let highest = found.iter().max_by(|a, b| a.1.alone.total_cmp(&b.1.alone));
    vec![Gate {
        gate: GateKind::Leakage,
        passed: true,
        subject: highest.map_or_else(|| "no feature".to_owned(), |(feature, _)| feature.name.clone()),
        found: highest.map(|(_, found)| Measured::Number(found.alone)),
        limit: highest.map(|(feature, _)| Measured::Number(limit(feature))),
        why: "no feature tells the outcome so well that it would have to know it".to_owned(),
    }]
}

/// The feature that separates churners best by itself among some rows, and its area under the ROC curve.
pub(crate) fn strongest<'a>(rows: &'a Rows, of: &[usize]) -> Option<(&'a str, f64)> {
    let churned = rows.outcomes(of);
    let areas = rows.features.iter().zip(&rows.columns).filter_map(|(feature, column)| {
        let values: Vec<f64> = of.iter().map(|row| column[*row]).collect();
        Some((feature.name.as_str(), area_of_values(&values, &churned)?))
    });
    // The first of equals, so that nothing depends on how equals are compared.
    areas.reduce(|best, other| if other.1 > best.1 { other } else { best })
}

fn limit(feature: &Feature) -> f64 {
    if is_of_purchases(feature) { LIMIT_OF_PURCHASES } else { LIMIT }
}

fn refuse(feature: &Feature, found: Found, without: f64, limit_beside: f64) -> Option<Gate> {
    let name = &feature.name;
    let advice = "if it is filled in, corrected or summed up after the fact, leave it out ([features] without, or take it \
                  from also or own)";
    let (found, limit, why) = if found.alone > limit(feature) {
        let why = format!(
            "the feature \"{name}\" alone tells churners from the others with a ROC AUC of {:.3} on the test: it seems to \
             know the outcome; {advice}",
            found.alone
        );
        (found.alone, limit(feature), why)
    } else {
        let beside = found.beside.filter(|beside| *beside > limit_beside)?;
        let why = format!(
            "the feature \"{name}\", set beside what the purchases show by then, tells churners from the others with a ROC AUC of \
             {beside:.3} on the test, where those have {without:.3} alone: it seems to know the outcome; {advice}"
        );
        (beside, limit_beside, why)
    };
    let (found, limit) = (Some(Measured::Number(found)), Some(Measured::Number(limit)));
    Some(Gate { gate: GateKind::Leakage, passed: false, subject: name.clone(), found, limit, why })
}

/// Whether it is made of nothing but when customers bought and for how much.
fn is_of_purchases(feature: &Feature) -> bool {
    let family = matches!(
        feature.family,
        Family::Recency
            | Family::Tenure
            | Family::Frequency
            | Family::Monetary
            | Family::Cadence
            | Family::Trend
            | Family::Timing
            | Family::Seasonality
            | Family::BuyTillYouDie
    );
    family
        && !feature.definition.any(&|part| match part {
            Expression::Customer(_) => true,
            Expression::Measure(measure) => matches!(measure.rows, Of::Events(_)),
            _ => false,
        })
}

/// The area under the ROC curve of values, the larger one of both directions, and of customers without a value below and
/// above all others. `None` with one class.
fn area_of_values(values: &[f64], churned: &[bool]) -> Option<f64> {
    let churners = churned.iter().filter(|churned| **churned).count() as u128;
    let stayers = churned.len() as u128 - churners;
    if churners == 0 || stayers == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len()).filter(|row| !values[*row].is_nan()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    // Twice the number of pairs with the churner above, ties once.
    let (mut twice, mut stayed_below, mut churned_known) = (0_u128, 0_u128, 0_u128);
    for ties in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let of_ties = ties.iter().filter(|row| churned[**row]).count() as u128;
        let stayed = ties.len() as u128 - of_ties;
        twice += of_ties * (2 * stayed_below + stayed);
        stayed_below += stayed;
        churned_known += of_ties;
    }
    let (churned_unknown, stayed_unknown) = (churners - churned_known, stayers - stayed_below);
    let among_unknown = churned_unknown * stayed_unknown;
    let lowest = twice + among_unknown + 2 * churned_known * stayed_unknown;
    let highest = twice + among_unknown + 2 * churned_unknown * stayed_below;
    let area = |twice: u128| twice as f64 / (2 * churners * stayers) as f64;
    let either = |area: f64| area.max(1.0 - area);
    Some(either(area(lowest)).max(either(area(highest))))
}

/// What the purchases show of training and test rows.
struct Known<'a> {
    table: &'a FeatureTable,
    /// The test rows used.
    test: Vec<usize>,
    test_churned: Vec<bool>,
    rows: &'a Rows,
    /// The training rows used.
    of: Vec<usize>,
}

/// What goes into the small model.
const FITTED: [&str; 2] = ["recency_days", "tenure_days"];
/// What is taken from a feature: totals as of an export have one of these as their visible part.
const TAKEN_FROM: [&str; 4] = ["tenure_days", "recency_days", "frequency", "monetary_total"];

/// Rows spread evenly over all, so many as are needed.
fn every_few(rows: usize, most: usize) -> Vec<usize> {
    (0..rows).step_by(rows.div_ceil(most).max(1)).collect()
}

impl<'a> Known<'a> {
    fn of(table: &'a FeatureTable, churned: &[bool], rows: &'a Rows) -> Self {
        let test = every_few(churned.len(), TEST_ROWS);
        let test_churned = test.iter().map(|row| churned[*row]).collect();
        Self { table, test, test_churned, rows, of: every_few(rows.len(), ROWS) }
    }

    /// The values of a feature on the test rows.
    fn values(&self, name: &str) -> Option<Vec<f64>> {
        let column = self.table.column_named(name)?;
        Some(self.test.iter().map(|row| column[*row]).collect())
    }

    /// The area of a feature by itself.
    fn alone(&self, name: &str) -> Option<f64> {
        area_of_values(&self.values(name)?, &self.test_churned)
    }

    /// The best area without any suspect feature.
    fn without(&self) -> f64 {
        TAKEN_FROM.iter().filter_map(|name| self.alone(name)).chain(self.area(None)).fold(0.5, f64::max)
    }

    /// The best area of a feature beside what the purchases show.
    fn beside(&self, feature: &Feature) -> Option<f64> {
        let values = self.values(&feature.name)?;
        let less = |name: &&str| {
            let shown = self.values(name)?;
            let differences: Vec<f64> = values.iter().zip(shown).map(|(value, shown)| value - shown).collect();
            area_of_values(&differences, &self.test_churned)
        };
        TAKEN_FROM.iter().filter_map(less).chain(self.area(Some(feature))).reduce(f64::max)
    }

    /// The area of a small model of recency, tenure and a feature on the test rows; `None` where it cannot be fitted.
    fn area(&self, feature: Option<&Feature>) -> Option<f64> {
        let names = FITTED.into_iter().chain(feature.map(|feature| feature.name.as_str()));
        let (mut training, mut test) = (Vec::new(), Vec::new());
        for name in names {
            let at = self.rows.features.iter().position(|feature| feature.name == name)?;
            let transform = self.rows.features[at].transform;
            let seen: Vec<f64> = self.of.iter().map(|row| self.rows.columns[at][*row]).collect();
            let raw = self.values(name)?;
            // As the model sees it, as it is, and whether it is there.
            training.push(seen.iter().map(|value| transform.invert(*value)).collect());
            training.push(seen.iter().map(|value| f64::from(u8::from(value.is_nan()))).collect());
            training.push(seen);
            test.push(raw.clone());
            test.push(raw.iter().map(|value| f64::from(u8::from(value.is_nan()))).collect());
            test.push(raw.iter().map(|value| transform.apply(*value)).collect());
        }
        let churned = self.rows.outcomes(&self.of);
        let of = |columns: Vec<Vec<f64>>| Rows { columns, ..Rows::default() };
        let columns: Vec<usize> = (0..training.len()).collect();
        let (training, test) = (of(training), of(test));
        let every = |n: usize| (0..n).collect::<Vec<usize>>();
        let training_rows = every(self.of.len());
        let design = Design::fit(&training, &training_rows, &Recipe::lines(&columns)).ok()?;
        let columns = design.columns(&training, &training_rows);
        let model = Sample::new(&columns, &churned, "training").ok()?.fit(LAMBDA).ok()?;
        let logits = model.logits(&design.columns(&test, &every(self.test_churned.len())));
        area_of_values(&logits, &self.test_churned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_minds_neither_direction_nor_ties_nor_missing_values() {
        let churned = [true, true, false, false];
        assert_eq!(area_of_values(&[4.0, 3.0, 2.0, 1.0], &churned), Some(1.0));
        assert_eq!(area_of_values(&[1.0, 2.0, 3.0, 4.0], &churned), Some(1.0));
        assert_eq!(area_of_values(&[1.0; 4], &churned), Some(0.5));
        assert_eq!(area_of_values(&[f64::NAN; 4], &churned), Some(0.5));
        // Pairs: 2 over 1, 2 over 3 lost, 2 over 1 and 2 over 3: two of four.
        assert_eq!(area_of_values(&[2.0, 2.0, 1.0, 3.0], &churned), Some(0.5));
        // Only those who left have a value: absence tells it, whichever way absence is read.
        assert_eq!(area_of_values(&[7.0, 1.0, f64::NAN, f64::NAN], &churned), Some(1.0));
        // Missing among churners: lowest gives pairs (NaN, 1) lost, (NaN, 2) lost, (3, 1) and (3, 2) won.
        assert_eq!(area_of_values(&[f64::NAN, 3.0, 1.0, 2.0], &churned), Some(1.0));
        assert_eq!(area_of_values(&[1.0, 2.0], &[true, true]), None);
    }

    #[test]
    fn only_features_of_purchases_have_the_higher_limit() {
        let limit_of = |name: &str| feature_engineering::by_name(name).map(|feature| limit(feature));
        assert_eq!(limit_of("recency_days"), Some(LIMIT_OF_PURCHASES));
        assert_eq!(limit_of("monetary_total"), Some(LIMIT_OF_PURCHASES));
        assert_eq!(limit_of("days_since_signup"), Some(LIMIT));
        assert_eq!(limit_of("contract_days_left"), Some(LIMIT));
    }
}
