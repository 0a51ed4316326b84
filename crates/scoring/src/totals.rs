//! Sums over customers, with intervals that know that the same model scored them all.

use feature_engineering::{FeatureTable, features};
use history::{Date, Export};

use crate::ScoringError;
use crate::batches::CUSTOMERS_OF_A_BATCH;
use crate::design::Design;
use crate::model::Model;
use crate::model_file::ModelFile;
use crate::score::{Scored, Z_95, quadratic_form, score};
use crate::segments::{RowWeights, mirrored};

/// A sum over the scored customers and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// The sum.
    pub value: f64,
    /// Lower and upper end; none where the model was not trained: chance alone would make the interval too narrow.
    pub interval: Option<(f64, f64)>,
}

/// Expected churners and value at risk of the scored customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    customers: u64,
    churners: Sum,
    at_risk: Sum,
}

/// A weighted sum of probabilities, with its derivatives.
#[derive(Debug, Clone, PartialEq)]
struct Sum {
    value: f64,
    /// By the intercept and the coefficients of the global model, then of each segment that has its own.
    gradients: Vec<Vec<f64>>,
    /// By intercept and slope of the calibration.
    of_calibration: [f64; 2],
    /// Variance of what happens if every probability is right: each customer decides on their own.
    chance: f64,
}

impl Totals {
    pub(crate) fn new(model: &Model) -> Self {
        let gradients = vec![vec![0.0; model.file().parameters()]; model.file().sets_of_weights()];
        let sum = Sum { value: 0.0, gradients, of_calibration: [0.0; 2], chance: 0.0 };
        Self { customers: 0, churners: sum.clone(), at_risk: sum }
    }

    /// Adds the customers of a table, which `scored` are the scores of.
    pub(crate) fn add(&mut self, model: &Model, table: &FeatureTable, scored: &[Scored]) -> Result<(), ScoringError> {
        each_row(model, table, scored, |scored, slope, x| self.add_customer(scored, slope, x))
    }

    fn add_customer(&mut self, scored: &Scored, slope: f64, x: (usize, &[f64])) {
        self.churners.add(1.0, scored, slope, x);
        self.at_risk.add(scored.expected_value, scored, slope, x);
        self.customers += 1;
    }

    /// How many customers there are.
    #[must_use]
    pub fn customers(&self) -> u64 {
        self.customers
    }

    /// How many of the customers will churn.
    #[must_use]
    pub fn expected_churners(&self, model: &Model) -> Total {
        self.churners.total(model, self.churners.chance, 1.0)
    }

    /// What will be lost with them, in the project's currency. What a customer is worth is taken as given.
    #[must_use]
    pub fn value_at_risk(&self, model: &Model) -> Total {
        self.at_risk.total(model, self.at_risk.chance, 1.0)
    }

    /// The customers' mean churn probability: no chance is in its interval, only what the model does not know. `None`
    /// without customers.
    #[must_use]
    pub fn mean_probability(&self, model: &Model) -> Option<Total> {
        (self.customers > 0).then(|| self.churners.total(model, 0.0, 1.0 / self.customers as f64))
    }
}

/// Sums over the customers of each of some groups, as [`Totals`] of their own. `customers` are eligible at the as-of date, and their
/// numbers ascend; `groups_of` gives the groups that a customer is in, each below `groups`.
///
/// # Errors
/// Rows cannot be read, and what [`score`] says.
pub fn totals_by_group(
    model: &Model,
    export: &Export,
    as_of: Date,
    customers: &[u32],
    groups: usize,
    groups_of: impl Fn(u32) -> Vec<usize>,
) -> Result<Vec<Totals>, ScoringError> {
    let history = model.history(export, as_of);
    let wanted = model.wanted_features(&history);
    let mut totals = vec![Totals::new(model); groups];
    for batch in customers.chunks(CUSTOMERS_OF_A_BATCH) {
        let table = features(&history, batch, &wanted)?;
        let scored = score(model, &table)?;
        each_row(model, &table, &scored, |scored, slope, x| {
            for group in groups_of(scored.customer) {
                totals[group].add_customer(scored, slope, x);
            }
        })?;
    }
    Ok(totals)
}

/// Shows each customer's scores with the slope of the calibration and the row of the design, and by which weights it was scored.
fn each_row(
    model: &Model,
    table: &FeatureTable,
    scored: &[Scored],
    mut show: impl FnMut(&Scored, f64, (usize, &[f64])),
) -> Result<(), ScoringError> {
    let design = Design::of(model, table)?;
    let weights = RowWeights::of(model.file(), table)?;
    let slope = model.file().calibration.slope;
    let mut x = Vec::with_capacity(model.file().parameters());
    for (row, scored) in scored.iter().enumerate() {
        design.row(row, &mut x).map_err(|(feature, value)| ScoringError::NotFinite {
            name: feature.name.clone(),
            customer: scored.customer,
            value,
        })?;
        show(scored, slope, (weights.number(row), &x));
    }
    Ok(())
}

impl Sum {
    fn add(&mut self, weight: f64, scored: &Scored, slope: f64, (of, x): (usize, &[f64])) {
        let p = scored.probability;
        // The derivative of a probability by its calibrated logit.
        let steepness = weight * p * (1.0 - p);
        self.value += weight * p;
        for (sum, x) in self.gradients[of].iter_mut().zip(x) {
            *sum += steepness * slope * x;
        }
        self.of_calibration[0] += steepness;
        self.of_calibration[1] += steepness * scored.logit;
        self.chance += weight * weight * p * (1.0 - p);
    }

    /// The delta method: `g'Vg + c'Cc` for the model and its calibration line (whose slope stands for that of an isotonic
    /// curve as well, see [`crate::ModelFile::calibrated`]), and the chance of the customers' own
    /// decisions. A model that is wrong is wrong about all customers in the same direction of its coefficients, which the
    /// gradient of the sum keeps and a sum of the customers' intervals would not.
    ///
    /// Models of segments share the global model that they are pooled towards, and the file does not say how much: their
    /// standard errors are added up, as if all were wrong together, which is the most it can be (Cauchy-Schwarz).
    fn total(&self, model: &Model, chance: f64, scale: f64) -> Total {
        let file = model.file();
        let [[c00, c01], [c10, c11]] = file.calibration.covariance;
        let [a, b] = self.of_calibration;
        let of_calibration = a * a * c00 + a * b * (c01 + c10) + b * b * c11;
        let variance = self.of_weights(file) + of_calibration + chance;
        let half_width = Z_95 * variance.max(0.0).sqrt();
        Total {
            value: scale * self.value,
            interval: file
                .not_trained
                .is_none()
                .then(|| (scale * (self.value - half_width).max(0.0), scale * (self.value + half_width))),
        }
    }

    /// The variance of the sum by the weights of the models.
    fn of_weights(&self, file: &ModelFile) -> f64 {
        let Some((global, of_segments)) = self.gradients.split_first() else { return 0.0 };
        let of_global = quadratic_form(&file.covariance, global);
        if of_segments.is_empty() {
            return of_global;
        }
        let segments = file.segments.iter().flat_map(|segments| &segments.values).filter(|segment| !segment.fallback);
        let variances =
            segments.zip(of_segments).map(|(of, gradient)| quadratic_form(&mirrored(&of.covariance), gradient));
        // Rounding can push a small variance a little below 0.
        let error: f64 = variances.map(|variance| variance.max(0.0).sqrt()).sum();
        (of_global.max(0.0).sqrt() + error).powi(2)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy;

    #[test]
    fn the_interval_of_one_customer_is_that_of_the_delta_method_on_the_probability() {
        let model = Model::new(toy::curved_model_file()).unwrap();
        let export = toy::export();
        let history = export.history(toy::as_of());
        let eligible = feature_engineering::Snapshot::take(&history, model.eligibility()).unwrap().eligible;
        let table = feature_engineering::features(&history, &eligible, &model.needed_features()).unwrap();
        let scored = crate::score(&model, &table).unwrap();
        let mut totals = Totals::new(&model);
        totals.add(&model, &table, &scored).unwrap();
        // Against differences: move each parameter a little and add up the probabilities again.
        let sum = |file| {
            let model = Model::new(file).unwrap();
            crate::score(&model, &table).unwrap().iter().map(|s| s.probability).sum::<f64>()
        };
        let step = 1e-6;
        let mut up = toy::curved_model_file();
        up.intercept += step;
        let mut down = toy::curved_model_file();
        down.intercept -= step;
        let slope = (sum(up) - sum(down)) / (2.0 * step);
        assert!((totals.churners.gradients[0][0] - slope).abs() < 1e-6, "{} {slope}", totals.churners.gradients[0][0]);
        let file = toy::curved_model_file();
        for at in 0..file.features.len() + file.terms.len() {
            let (mut up, mut down) = (file.clone(), file.clone());
            for (file, step) in [(&mut up, step), (&mut down, -step)] {
                match at.checked_sub(3) {
                    None => file.features[at].coefficient += step,
                    Some(term) => file.terms[term].coefficient += step,
                }
            }
            let slope = (sum(up) - sum(down)) / (2.0 * step);
            assert!((totals.churners.gradients[0][at + 1] - slope).abs() < 1e-6);
        }
        let (mut up, mut down) = (toy::curved_model_file(), toy::curved_model_file());
        up.calibration.slope += step;
        down.calibration.slope -= step;
        let slope = (sum(up) - sum(down)) / (2.0 * step);
        assert!((totals.churners.of_calibration[1] - slope).abs() < 1e-6);

        let mean = totals.mean_probability(&model).unwrap();
        let ((low, high), n) = (mean.interval.unwrap(), scored.len() as f64);
        assert!(low < mean.value && mean.value < high);
        let churners = totals.expected_churners(&model);
        let of_count = churners.interval.unwrap();
        assert!(of_count.1 - of_count.0 > n * (high - low), "chance widens a count");
    }
}
