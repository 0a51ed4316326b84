//! Scores of eligible customers.

use fearless_simd::Level;
use feature_engineering::FeatureTable;
use feature_engineering::reason::Group;
use rayon::prelude::*;

use crate::ScoringError;
use crate::design::Design;
use crate::eight::{Eight, LANES, Weighed, Weighing};
use crate::model::Model;
use crate::model_file::{FeatureWeight, ModelFile, RiskThresholds};
use crate::reasons::Reasons;
use crate::segments::RowWeights;
use crate::value::ValueColumns;

/// Rows scored together by one thread. Each row depends on itself alone, so the size changes no value.
const ROWS_OF_A_BLOCK: usize = 4_096;
/// The 97.5 % point of the standard normal distribution.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// The score of one eligible customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The customer's number in the export.
    pub customer: u32,
    /// The model's logit before calibration.
    pub logit: f64,
    /// Calibrated probability to churn.
    pub probability: f64,
    /// Lower and upper end of its 95 % interval; none where the model was not trained, since nothing is known then of how
    /// far off its probabilities are.
    pub interval: Option<(f64, f64)>,
    /// How that probability is called.
    pub band: RiskBand,
    /// What the customer brings within the horizon if they stay, in the project's currency.
    pub expected_value: f64,
    /// `probability * expected_value`.
    pub value_at_risk: f64,
    /// At most three reasons why the probability is higher than that of the average training customer, weightiest first.
    pub reasons: Vec<String>,
    /// What each reason is about.
    pub reason_groups: Vec<Group>,
}

/// How a probability is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RiskBand {
    /// Below the first threshold.
    Low,
    /// From the first threshold.
    Medium,
    /// From the second.
    High,
    /// From the third.
    Critical,
}

impl RiskBand {
    /// The band's name, as in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RiskBand::Low => "low",
            RiskBand::Medium => "medium",
            RiskBand::High => "high",
            RiskBand::Critical => "critical",
        }
    }

    /// The band of a probability.
    #[must_use]
    pub fn of(probability: f64, thresholds: &RiskThresholds) -> Self {
        match probability {
            p if p >= thresholds.critical => RiskBand::Critical,
            p if p >= thresholds.high => RiskBand::High,
            p if p >= thresholds.medium => RiskBand::Medium,
            _ => RiskBand::Low,
        }
    }
}

impl FeatureWeight {
    /// The value as the model sees it: transformed by `transform`, clipped, standardised; 0 where it is missing.
    #[must_use]
    pub fn standardised(&self, transform: feature_engineering::Transform, value: f64) -> f64 {
        let known = self.known(transform, value);
        if known.is_nan() { 0.0 } else { known }
    }

    /// The same; NaN where it is missing.
    pub(crate) fn known(&self, transform: feature_engineering::Transform, value: f64) -> f64 {
        // NaN stays NaN.
        (transform.apply(value).clamp(self.clip_low, self.clip_high) - self.mean) / self.sd
    }
}

/// Scores the customers of a table, in its order; columns are found by name.
///
/// The interval is that of the calibrated logit by the delta method, `[1 z] C [1 z]' + slope^2 x'Vx` with `C` the
/// covariance of the calibration, `V` that of the coefficients and `x` the standardised features and terms, taken through the
/// logistic function. Where the calibration is isotonic, the interval has that same width in log-odds, around the calibrated
/// logit of the curve. It says how sure the model is of the probability, not whether the customer will churn.
///
/// A model with segments scores each customer with the weights of the segment that the table says is theirs, by the column
/// that is among [`Model::needed_features`].
///
/// Reasons are told with the columns that the table has: a table of [`Model::needed_features`] gives the same numbers as
/// one of [`Model::wanted_features`], and fewer reasons.
///
/// # Errors
/// [`ScoringError::MissingFeature`] where the table lacks one of [`Model::needed_features`], and
/// [`ScoringError::NotFinite`] where a value is infinite, or missing in a model that has nothing else to go by.
pub fn score(model: &Model, table: &FeatureTable) -> Result<Vec<Scored>, ScoringError> {
    let scorer = Scorer {
        file: model.file(),
        table,
        design: Design::of(model, table)?,
        weights: RowWeights::of(model.file(), table)?,
        of_terms: model.file().terms.iter().map(|term| term.shape.features()).collect(),
        value_columns: ValueColumns::of(table)?,
        reasons: Reasons::new(model, table)?,
        level: Level::new(),
    };
    let rows: Vec<usize> = (0..table.customers().len()).collect();
    let blocks: Result<Vec<Vec<(usize, Scored)>>, ScoringError> =
        rows.par_chunks(ROWS_OF_A_BLOCK).map(|block| scorer.block(block)).collect();
    Ok(blocks?.into_iter().flatten().map(|(_, scored)| scored).collect())
}

/// Everything that the rows of a table are scored with.
struct Scorer<'a> {
    file: &'a ModelFile,
    table: &'a FeatureTable,
    design: Design<'a>,
    weights: RowWeights<'a>,
    /// Of each term the features that it is made of.
    of_terms: Vec<[usize; 2]>,
    value_columns: ValueColumns<'a>,
    reasons: Reasons<'a>,
    level: Level,
}

impl Scorer<'_> {
    /// The scores of some rows, in their order.
    fn block(&self, rows: &[usize]) -> Result<Vec<(usize, Scored)>, ScoringError> {
        let (mut scratch, mut scores) = (Scratch::default(), Vec::with_capacity(rows.len()));
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| self.weights.number(*row));
        for rows in rows.chunk_by(|a, b| self.weights.number(*a) == self.weights.number(*b)) {
            for rows in rows.chunks(LANES) {
                self.weigh(rows, &mut scratch)?;
                let scored =
                    rows.iter().enumerate().map(|(lane, row)| (*row, self.scored(*row, lane, &scratch.weighed)));
                scores.extend(scored);
            }
        }
        scores.sort_by_key(|(row, _)| *row);
        Ok(scores)
    }

    /// Weighs rows that have the same weights, at most eight.
    fn weigh(&self, rows: &[usize], Scratch { x, eight, weighed }: &mut Scratch) -> Result<(), ScoringError> {
        eight.clear();
        eight.resize(self.file.parameters(), [0.0; LANES]);
        for (lane, row) in rows.iter().enumerate() {
            self.design.row(*row, x).map_err(|(feature, value)| ScoringError::NotFinite {
                name: feature.name.clone(),
                customer: self.table.customers()[*row],
                value,
            })?;
            eight.iter_mut().zip(x.iter()).for_each(|(eight, x)| eight[lane] = *x);
        }
        let weighing = Weighing {
            features: self.file.features.len(),
            of_terms: &self.of_terms,
            reason_of: self.reasons.of_features(),
            reasons: self.reasons.len(),
            slope: self.file.calibration.slope,
        };
        if let Some(first) = rows.first() {
            weighing.weigh(self.level, self.weights.at(*first), eight, weighed);
        }
        Ok(())
    }

    /// The score of a row that was weighed among others.
    fn scored(&self, row: usize, lane: usize, weighed: &Weighed) -> Scored {
        let (file, calibration) = (self.file, &self.file.calibration);
        let logit = weighed.logits[lane];
        let calibrated = file.calibrated(logit);
        let [[c00, c01], [c10, c11]] = calibration.covariance;
        let of_calibration = c00 + logit * (c01 + c10) + logit * logit * c11;
        let variance = of_calibration + calibration.slope.powi(2) * weighed.variances[lane];
        // Rounding can push the variance of a well-known logit a little below 0.
        let half_width = Z_95 * variance.max(0.0).sqrt();
        let probability = logistic(calibrated);
        let horizon_days = f64::from(file.churn.horizon_days);
        let expected_value =
            file.value.expected(self.value_columns.past_value(row, horizon_days, file.value.margin_ratio));
        let (reason_groups, reasons) = self.reasons.of(row, weighed, lane).into_iter().unzip();
        Scored {
            customer: self.table.customers()[row],
            logit,
            probability,
            interval: file
                .not_trained
                .is_none()
                .then(|| (logistic(calibrated - half_width), logistic(calibrated + half_width))),
            band: RiskBand::of(probability, &file.risk_bands),
            expected_value,
            value_at_risk: probability * expected_value,
            reasons,
            reason_groups,
        }
    }
}

/// What is at hand while rows are weighed.
#[derive(Debug, Default)]
struct Scratch {
    /// What a row's coefficients weigh.
    x: Vec<f64>,
    /// The same of eight rows.
    eight: Vec<Eight>,
    weighed: Weighed,
}

/// `1 / (1 + exp(-logit))`, without overflow.
pub(crate) fn logistic(logit: f64) -> f64 {
    if logit >= 0.0 {
        1.0 / (1.0 + (-logit).exp())
    } else {
        let e = logit.exp();
        e / (1.0 + e)
    }
}

pub(crate) fn quadratic_form(matrix: &[Vec<f64>], x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (row, xi) in matrix.iter().zip(x) {
        let mut inner = 0.0;
        for (value, xj) in row.iter().zip(x) {
            inner += value * xj;
        }
        sum += xi * inner;
    }
    sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{as_of, bent_model_file, curved_model_file, export, model_file};
    use feature_engineering::features;

    #[test]
    fn a_score_by_hand() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let history = export.history(as_of());
        let table = features(&history, &[9], &model.wanted_features(&history)).unwrap();
        let at = |name| table.column_named(name).unwrap()[0];
        let standardised =
            |value: f64, low: f64, high: f64, mean: f64, sd: f64| (value.ln_1p().clamp(low, high) - mean) / sd;
        let x = [
            1.0,
            standardised(at("recency_days"), 0.0, 4.5, 2.5, 0.9),
            standardised(at("gap_mean_days"), 1.0, 4.0, 2.8, 0.7),
            standardised(at("purchases_90d"), 0.0, 3.2, 1.6, 0.6),
        ];
        let logit = -0.3 + 0.8 * x[1] - 0.1 * x[2] - 0.7 * x[3];
        let v = &model.file().covariance;
        let mut variance = 0.01 + 2.0 * logit * 0.002 + logit * logit * 0.02;
        for i in 0..4 {
            for j in 0..4 {
                variance += 0.81 * x[i] * v[i][j] * x[j];
            }
        }
        let inverse = |z: f64| 1.0 / (1.0 + (-z).exp());
        let (calibrated, half_width) = (0.1 + 0.9 * logit, 1.959_963_984_540_054 * variance.sqrt());

        let scored = &score(&model, &table).unwrap()[0];
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(scored.logit, logit);
        near(scored.probability, inverse(calibrated));
        let (low, high) = scored.interval.unwrap();
        near(low, inverse(calibrated - half_width));
        near(high, inverse(calibrated + half_width));
        let past = at("monetary_total") / at("tenure_days") * 30.0;
        near(scored.expected_value, 4.0 + 0.5 * past);
        near(scored.value_at_risk, scored.probability * scored.expected_value);
        assert_eq!(scored.band, RiskBand::of(scored.probability, &RiskThresholds::default()));
    }

    #[test]
    fn terms_add_to_the_logit_and_the_contributions_of_their_features() {
        let (export, model) = (export(), Model::new(curved_model_file()).unwrap());
        let history = export.history(as_of());
        let customers: Vec<u32> = (0..198).collect();
        let table = features(&history, &customers, &model.wanted_features(&history)).unwrap();
        let lines = Model::new(model_file()).unwrap();
        let (curved, straight) = (score(&model, &table).unwrap(), score(&lines, &table).unwrap());
        let design = Design::of(&model, &table).unwrap();
        let (mut x, mut contributions) = (Vec::new(), Vec::new());
        let mut moved = 0;
        for (row, (curved, straight)) in curved.iter().zip(&straight).enumerate() {
            design.row(row, &mut x).unwrap();
            let terms = &model.file().terms;
            let known = |feature: usize| x[feature + 1];
            let product = 0.3 * (known(0) * known(2) + 0.2) / 0.8;
            let mut expected = straight.logit + product;
            // A customer without a gap between purchases has no curve of it.
            if table.column_named("gap_mean_days").unwrap()[row].is_nan() {
                assert_eq!(x[5..], [0.0, 0.0]);
            } else {
                let bends =
                    terms[1..].iter().map(|term| term.coefficient * (term.shape.value(known) - term.mean) / 0.8);
                expected += bends.sum::<f64>();
            }
            assert!((curved.logit - expected).abs() < 1e-12, "{row}");
            let coefficients: Vec<f64> = model.file().coefficients().collect();
            model.file().contributions(&coefficients, &x, &mut contributions);
            let sum = model.file().intercept + contributions.iter().sum::<f64>();
            assert!((curved.logit - sum).abs() < 1e-12, "{row}");
            moved += usize::from((contributions[1] - -0.1 * x[2]).abs() > 1e-3);
        }
        assert!(moved > 100, "{moved}");
    }

    #[test]
    fn bent_products_are_shared_by_the_two_features() {
        let (export, model) = (export(), Model::new(bent_model_file()).unwrap());
        let history = export.history(as_of());
        let customers: Vec<u32> = (0..198).collect();
        let table = features(&history, &customers, &model.wanted_features(&history)).unwrap();
        let design = Design::of(&model, &table).unwrap();
        let (file, mut x, mut of_all, mut of_first) = (model.file(), Vec::new(), Vec::new(), Vec::new());
        let all: Vec<f64> = file.coefficients().collect();
        // Without the third of the bent products, that of a feature and its own bend.
        let mut without = all.clone();
        without[8] = 0.0;
        for row in 0..customers.len() {
            design.row(row, &mut x).unwrap();
            file.contributions(&all, &x, &mut of_all);
            file.contributions(&without, &x, &mut of_first);
            let known = |feature: usize| x[feature + 1];
            let cube = |x: f64| x.max(0.0).powi(3);
            let [first, second, third, last] = [-1.2, -0.1, 0.4, 1.6];
            let cubes = cube(known(2) - second) - cube(known(2) - third) * (last - second) / (last - third)
                + cube(known(2) - last) * (third - second) / (last - third);
            let bend: f64 = cubes / (last - first) * (1.0 / (last - first));
            let expected = 0.12 * ((bend - 0.1) / 0.4 * known(2) - 0.6) / 0.7;
            let moved: Vec<f64> = of_all.iter().zip(&of_first).map(|(all, first)| all - first).collect();
            assert!(moved[0] == 0.0 && moved[1] == 0.0 && (moved[2] - expected).abs() < 1e-12, "{row}: {moved:?}");
        }
    }

    #[test]
    fn one_by_one_and_together_give_the_same_bits_whatever_the_order_of_rows_and_columns() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let history = export.history(as_of());
        let customers: Vec<u32> = (0..198).collect();
        let together =
            score(&model, &features(&history, &customers, &model.wanted_features(&history)).unwrap()).unwrap();
        for (customer, expected) in customers.iter().zip(&together) {
            let alone =
                score(&model, &features(&history, &[*customer], &model.wanted_features(&history)).unwrap()).unwrap();
            assert_eq!(&alone[0], expected);
            assert_eq!(alone[0].probability.to_bits(), expected.probability.to_bits());
        }
        let backwards: Vec<u32> = customers.iter().rev().copied().collect();
        let columns: Vec<_> = feature_engineering::catalogue().iter().rev().cloned().collect();
        let mut reversed = score(&model, &features(&history, &backwards, &columns).unwrap()).unwrap();
        reversed.reverse();
        assert_eq!(reversed, together);
        let read = Model::parse(&model.to_json().unwrap()).unwrap();
        assert_eq!(
            score(&read, &features(&history, &customers, &model.wanted_features(&history)).unwrap()).unwrap(),
            together
        );
    }

    #[test]
    fn a_missing_column_is_named() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let columns: Vec<_> = model.needed_features().into_iter().filter(|f| f.name != "gap_mean_days").collect();
        let error = score(&model, &features(&export.history(as_of()), &[0], &columns).unwrap()).unwrap_err();
        assert!(matches!(error, ScoringError::MissingFeature { name } if name == "gap_mean_days"));
    }

    #[test]
    fn reasons_raise_the_probability_and_the_weightiest_comes_first() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let history = export.history(as_of());
        let customers: Vec<u32> = (0..198).collect();
        let scored = score(&model, &features(&history, &customers, &model.wanted_features(&history)).unwrap()).unwrap();
        // Silent for months, and hardly a purchase in the last 90 days.
        let silent = scored.iter().max_by(|a, b| a.probability.total_cmp(&b.probability)).unwrap();
        // -0.63 times (0 - 1.6) / 0.6 outweighs 0.72 times (4.5 - 2.5) / 0.9.
        assert!(silent.reasons[0].starts_with("no purchase in the last 90 days"), "{:?}", silent.reasons);
        assert!(silent.reasons[1].starts_with("last bought "), "{:?}", silent.reasons);
        let busy = scored.iter().min_by(|a, b| a.probability.total_cmp(&b.probability)).unwrap();
        assert!(!busy.reasons.iter().any(|reason| reason.contains("in the last 90 days")), "{:?}", busy.reasons);
        let is_inside = |s: &Scored| s.interval.is_some_and(|(low, high)| low < s.probability && s.probability < high);
        assert!(scored.iter().all(|s| s.reasons.len() <= 3 && is_inside(s)));
    }

    #[test]
    fn missing_values_count_as_the_mean_and_extreme_ones_as_the_end_of_the_range() {
        let weight = &model_file().features[0];
        let log1p = feature_engineering::Transform::Log1p;
        assert_eq!(weight.standardised(log1p, f64::NAN), 0.0);
        assert_eq!(weight.standardised(log1p, 1e300), (4.5 - 2.5) / 0.9);
        assert_eq!(weight.standardised(log1p, 0.0), (0.0 - 2.5) / 0.9);
    }

    #[test]
    fn bands_begin_at_their_thresholds() {
        let bands = [0.2499, 0.25, 0.5, 0.7499, 0.75].map(|p| RiskBand::of(p, &RiskThresholds::default()).as_str());
        assert_eq!(bands, ["low", "medium", "high", "high", "critical"]);
        assert!(logistic(-800.0) == 0.0 && logistic(800.0) == 1.0 && logistic(0.0) == 0.5);
    }
}
