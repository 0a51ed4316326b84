//! The churn probability of each customer over several horizons: a curve in order, which never contradicts the model.

use evaluation::{MonotoneHorizons, OverHorizons};
use feature_engineering::{Churn, FeatureTable};
use history::{Column, CustomerIds, Date, Values};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ScoringError;
use crate::design::Design;
use crate::model::Model;
use crate::model_file::{Calibration, ModelFile};
use crate::score::{Scored, logistic};

/// Customers whose curves one thread computes together; each curve depends on its customer alone.
const ROWS_OF_A_BLOCK: usize = 4_096;

/// The weights of one more horizon: on the features and terms of the model, standardised as there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HorizonModel {
    /// Length of the label window, in days; not that of the model itself.
    pub days: u16,
    /// Rows the coefficients were fitted on.
    pub rows: u64,
    /// How many of them churned within this horizon.
    pub churners: u64,
    /// As-of date of the calibration: the newest training date whose label window ends by the test as-of date.
    pub calibrated_on: String,
    /// The logit of the average training customer of the model.
    pub intercept: f64,
    /// Of the features, then of the terms.
    pub coefficients: Vec<f64>,
    /// The calibration line.
    pub calibration: Calibration,
}

impl HorizonModel {
    /// Calibrated probability for a row of the design, whose first entry is the 1 of the intercept; before any curve is put in
    /// order.
    fn probability(&self, x: &[f64]) -> f64 {
        let terms = self.coefficients.iter().zip(x.iter().skip(1));
        let logit = terms.fold(self.intercept, |sum, (coefficient, x)| sum + coefficient * x);
        logistic(self.calibration.intercept + self.calibration.slope * logit)
    }
}

/// Which way the probability of churn goes as the horizon grows.
///
/// - `inactivity`: it falls. No purchase in 90 days includes no purchase in the first 30 of them.
/// - `departure`: it rises. Who has left within 30 days has left within 90.
/// - `cadence`: it falls. The customer's own pause `D` (see [`Churn::periods`]) depends on the horizon only in being cut
///   off by it, so a longer horizon means the same pause or a longer one, and churn is no purchase throughout it. Beyond the
///   pause a customer is judged by anyway, the truth no longer changes.
#[must_use]
pub fn over_horizons(churn: Churn) -> OverHorizons {
    match churn {
        Churn::Departure { .. } => OverHorizons::Rises,
        Churn::Inactivity | Churn::Cadence { .. } => OverHorizons::Falls,
    }
}

/// Curves of scored customers.
///
/// The models of the horizons are fitted apart, so that what they say of a customer may be out of order. The probability of the model
/// itself is what stands in the scores, and is not touched: at its horizon the curve goes through it. On each side of it,
/// neighbours in the wrong order are replaced by their mean ([`MonotoneHorizons`]), and whatever then lies on the
/// wrong side of the model's own probability is moved to it. The two steps in this order give the nearest curve, in squares, of
/// those that are in order and go through that point (isotonic regression with bounds is the regression without them, cut off at
/// the bounds).
#[derive(Debug, Clone, PartialEq)]
pub struct HorizonCurves {
    days: Vec<u16>,
    customers: Vec<u32>,
    /// Customer after customer, the shortest horizon first.
    probabilities: Vec<f64>,
}

impl HorizonCurves {
    /// Nobody's curves yet; `None` where the model has one horizon alone.
    #[must_use]
    pub fn new(model: &Model) -> Option<Self> {
        let file = model.file();
        if file.horizons.is_empty() {
            return None;
        }
        let mut days: Vec<u16> = file.horizons.iter().map(|horizon| horizon.days).collect();
        days.push(file.churn.horizon_days);
        days.sort_unstable();
        Some(Self { days, customers: Vec::new(), probabilities: Vec::new() })
    }

    /// Adds the customers of a table, which `scored` are the scores of.
    ///
    /// # Errors
    /// [`ScoringError::MissingFeature`] and [`ScoringError::NotFinite`], as for the scores themselves.
    pub fn add(&mut self, model: &Model, table: &FeatureTable, scored: &[Scored]) -> Result<(), ScoringError> {
        let file = model.file();
        let design = Design::of(model, table)?;
        let (shorter, longer) =
            file.horizons.split_at(file.horizons.partition_point(|h| h.days < file.churn.horizon_days));
        let direction = over_horizons(file.churn.definition);
        let blocks: Vec<(usize, &[Scored])> =
            scored.chunks(ROWS_OF_A_BLOCK).enumerate().map(|(at, block)| (at * ROWS_OF_A_BLOCK, block)).collect();
        let curves = blocks.into_par_iter().map(|(first, block)| {
            let (mut before, mut after) = (Vec::new(), Vec::new());
            let mut x = Vec::with_capacity(file.parameters());
            for (row, scored) in block.iter().enumerate() {
                design.row(first + row, &mut x).map_err(|(feature, value)| ScoringError::NotFinite {
                    name: feature.name.clone(),
                    customer: scored.customer,
                    value,
                })?;
                before.extend(shorter.iter().map(|horizon| horizon.probability(&x)));
                after.extend(longer.iter().map(|horizon| horizon.probability(&x)));
            }
            put_in_order(shorter, direction, &mut before)?;
            put_in_order(longer, direction, &mut after)?;
            let mut curves = Vec::with_capacity(block.len() * (file.horizons.len() + 1));
            for (row, scored) in block.iter().enumerate() {
                let own = scored.probability;
                // Where the shorter horizons may lie, and the longer ones.
                let ((low, high), (low_after, high_after)) = match direction {
                    OverHorizons::Falls => ((own, 1.0), (0.0, own)),
                    OverHorizons::Rises => ((0.0, own), (own, 1.0)),
                };
                let of_row = |side: &[HorizonModel]| row * side.len()..(row + 1) * side.len();
                curves.extend(before[of_row(shorter)].iter().map(|p| p.clamp(low, high)));
                curves.push(own);
                curves.extend(after[of_row(longer)].iter().map(|p| p.clamp(low_after, high_after)));
            }
            Ok::<_, ScoringError>(curves)
        });
        let curves: Vec<Vec<f64>> = curves.collect::<Result<_, _>>()?;
        self.customers.extend(scored.iter().map(|scored| scored.customer));
        self.probabilities.extend(curves.into_iter().flatten());
        Ok(())
    }

    /// Adds the customers of others, of the same model.
    pub(crate) fn append(&mut self, others: &Self) {
        self.customers.extend_from_slice(&others.customers);
        self.probabilities.extend_from_slice(&others.probabilities);
    }

    /// Adds a customer with the curve that was computed before: a probability for each of [`HorizonCurves::days`].
    ///
    /// # Panics
    /// The curve has another length.
    pub fn push(&mut self, customer: u32, curve: &[f64]) {
        assert_eq!(curve.len(), self.days.len(), "a curve has a probability for each horizon");
        self.customers.push(customer);
        self.probabilities.extend_from_slice(curve);
    }

    /// The horizons in days, the shortest first; the model's own is among them.
    #[must_use]
    pub fn days(&self) -> &[u16] {
        &self.days
    }

    /// The customers, in the order in which they were added.
    #[must_use]
    pub fn customers(&self) -> &[u32] {
        &self.customers
    }

    /// The curve of each customer: a probability for each of [`HorizonCurves::days`].
    pub fn curves(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.probabilities.chunks_exact(self.days.len())
    }

    /// The columns of the horizons table for a stretch of the customers: a row for each customer and horizon. `model` is
    /// the version; `ids` are those of the export that was scored.
    #[must_use]
    pub fn columns(&self, of: std::ops::Range<usize>, as_of: Date, model: &str, ids: &CustomerIds) -> Vec<Column> {
        let width = self.days.len();
        let (customers, rows) = (&self.customers[of.clone()], of.len() * width);
        let each = customers.iter().flat_map(|customer| std::iter::repeat_n(ids.get(*customer as usize), width));
        let days = std::iter::repeat_n(&self.days, of.len()).flatten().map(|days| Some(i64::from(*days)));
        let probabilities = &self.probabilities[of.start * width..of.end * width];
        // As many digits as in the scores, so that both say the same. Rounding keeps the order.
        let rounded = |p: &f64| Some((p * 1e6).round() / 1e6);
        vec![
            Column::new("customer_id", Values::Packed(each.collect())),
            Column::new("as_of", Values::Date(vec![Some(as_of); rows])),
            Column::new("model", Values::Packed(std::iter::repeat_n(Some(model), rows).collect())),
            Column::new("horizon_days", Values::Integer(days.collect())),
            Column::new("churn_probability", Values::Float(probabilities.iter().map(rounded).collect())),
        ]
    }
}

/// Puts rows of probabilities of some horizons in order.
fn put_in_order(of: &[HorizonModel], direction: OverHorizons, rows: &mut [f64]) -> Result<(), ScoringError> {
    if of.is_empty() {
        return Ok(());
    }
    let days: Vec<u32> = of.iter().map(|horizon| u32::from(horizon.days)).collect();
    MonotoneHorizons::new(&days, direction)?.apply(rows)?;
    Ok(())
}

/// What must hold of the horizons of a model file: `Err` is the field, what was expected, and what was found.
pub(crate) fn check(file: &ModelFile) -> Result<(), (String, &'static str, String)> {
    let horizons = &file.horizons;
    let no = |field: &str, expected: &'static str, found: String| Err((field.to_owned(), expected, found));
    if horizons.is_empty() {
        return Ok(());
    }
    if file.format_version < 3 {
        return no("horizons", "absent before format version 3", horizons.len().to_string());
    }
    if file.not_trained.is_some() {
        return no("horizons", "absent in a model that was not trained", horizons.len().to_string());
    }
    if horizons.len() > MAX_HORIZONS {
        return no("horizons", "at most 8", horizons.len().to_string());
    }
    if horizons.windows(2).any(|two| two[0].days >= two[1].days) {
        let found: Vec<u16> = horizons.iter().map(|horizon| horizon.days).collect();
        return no("horizons", "rising and distinct", format!("{found:?}"));
    }
    for horizon in horizons {
        let field = |what: &str| format!("{what} of the horizon of {} days", horizon.days);
        let no = |what: &str, expected, found: String| Err((field(what), expected, found));
        if history::Days::new(horizon.days).is_none() || horizon.days == file.churn.horizon_days {
            return no("days", "between 1 and 3650, and another number than the model's own", horizon.days.to_string());
        }
        if let Churn::Cadence { min, .. } = file.churn.definition
            && min.get() > i32::from(horizon.days)
        {
            return no("days", "at least churn.definition.cadence.min_days", horizon.days.to_string());
        }
        if horizon.churners == 0 || horizon.churners >= horizon.rows {
            return no(
                "churners",
                "some of the rows, and not all",
                format!("{} of {}", horizon.churners, horizon.rows),
            );
        }
        if horizon.calibrated_on.len() > 20 || horizon.calibrated_on.parse::<Date>().is_err() {
            return no("calibrated_on", "a date such as 2026-03-05", horizon.calibrated_on.clone());
        }
        if horizon.coefficients.len() + 1 != file.parameters() {
            return no("coefficients", "one for each feature and term", horizon.coefficients.len().to_string());
        }
        let line = &horizon.calibration;
        let numbers = horizon.coefficients.iter().chain([&horizon.intercept, &line.intercept, &line.slope]);
        if let Some(number) = numbers.chain(line.covariance.iter().flatten()).find(|number| !number.is_finite()) {
            return no("numbers", "finite", number.to_string());
        }
        if line.slope <= 0.0 {
            return no("calibration.slope", "greater than 0", line.slope.to_string());
        }
    }
    Ok(())
}

/// Most horizons beside the model's own.
pub const MAX_HORIZONS: usize = 8;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{as_of, export, model_file};
    use crate::{Scores, score};

    /// A horizon whose logit is `shift` for everybody.
    fn flat(days: u16, shift: f64) -> HorizonModel {
        HorizonModel {
            days,
            rows: 300,
            churners: 100,
            calibrated_on: "2026-03-01".into(),
            intercept: shift,
            coefficients: vec![0.0; 3],
            calibration: Calibration { intercept: 0.0, slope: 1.0, covariance: [[0.01, 0.0], [0.0, 0.01]] },
        }
    }

    fn log_odds(p: f64) -> f64 {
        (p / (1.0 - p)).ln()
    }

    fn with(horizons: Vec<HorizonModel>) -> ModelFile {
        ModelFile { horizons, ..model_file() }
    }

    #[test]
    fn curves_by_hand() {
        // Own horizon 30. Shorter ones say 0.5 and 0.7, which are out of order for inactivity: both become 0.6, and the
        // model's own probability where that is higher. Longer ones say 0.4 and 0.2, or the model's own where that is lower.
        let shorter = [flat(10, log_odds(0.5)), flat(20, log_odds(0.7))];
        let longer = [flat(60, log_odds(0.4)), flat(90, log_odds(0.2))];
        let model = Model::new(with(shorter.into_iter().chain(longer).collect())).unwrap();
        let scores = Scores::compute(&model, &export(), as_of()).unwrap();
        let curves = scores.curves().unwrap();
        assert_eq!(curves.days(), [10, 20, 30, 60, 90]);
        let scored: Vec<&Scored> = scores.rows().iter().filter_map(|row| row.scored.as_ref()).collect();
        assert_eq!(curves.curves().len(), scored.len());
        let mut sides = [0, 0, 0];
        for ((customer, curve), scored) in curves.customers().iter().zip(curves.curves()).zip(scored) {
            let own = scored.probability;
            assert_eq!(
                (*customer, curve[2].to_bits()),
                (scored.customer, own.to_bits()),
                "the model's own is not touched"
            );
            let expected = [own.max(0.6), own.max(0.6), own, own.min(0.4), own.min(0.2)];
            for (found, expected) in curve.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{curve:?}");
            }
            sides[usize::from(own > 0.2) + usize::from(own > 0.6)] += 1;
        }
        assert!(sides.iter().all(|customers| *customers > 5), "{sides:?}");
    }

    #[test]
    fn departures_rise_with_the_horizon() {
        let mut file = with(vec![flat(10, log_odds(0.5)), flat(60, log_odds(0.4)), flat(90, log_odds(0.2))]);
        file.churn.definition = Churn::Departure { include_involuntary: false };
        let model = Model::new(ModelFile { lapsed: None, ..file }).unwrap();
        let export = export();
        let history = export.history(as_of());
        let customers: Vec<u32> = (0..198).collect();
        let table = feature_engineering::features(&history, &customers, &model.needed_features()).unwrap();
        let scored = score(&model, &table).unwrap();
        let mut curves = HorizonCurves::new(&model).unwrap();
        curves.add(&model, &table, &scored).unwrap();
        for (curve, scored) in curves.curves().zip(&scored) {
            let own = scored.probability;
            // 0.4 and 0.2 are out of order: 0.3 both.
            for (found, expected) in curve.iter().zip([own.min(0.5), own, own.max(0.3), own.max(0.3)]) {
                assert!((found - expected).abs() < 1e-12, "{curve:?}");
            }
        }
    }

    #[test]
    fn weights_count_and_no_number_of_threads_changes_a_bit() {
        let slanted = HorizonModel { coefficients: vec![0.5, 0.3, -0.9], ..flat(60, -1.0) };
        let model = Model::new(with(vec![slanted, flat(90, 0.0)])).unwrap();
        let compute = || Scores::compute(&model, &export(), as_of()).unwrap();
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let alone = pool(1).install(compute);
        let distinct: std::collections::BTreeSet<u64> =
            alone.curves().unwrap().curves().map(|curve| curve[1].to_bits()).collect();
        assert!(distinct.len() > 50, "{}", distinct.len());
        assert!(alone.curves().unwrap().curves().all(|curve| curve.windows(2).all(|two| two[0] >= two[1])));
        for threads in [2, 4, 16] {
            assert_eq!(pool(threads).install(compute), alone, "{threads} threads");
        }
        let columns = alone.curves().unwrap().columns(0..2, as_of(), "v", export().customer_ids());
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["customer_id", "as_of", "model", "horizon_days", "churn_probability"]);
        assert_eq!(columns[3].values, Values::Integer([30, 60, 90, 30, 60, 90].map(Some).to_vec()));
        assert_eq!(Model::parse(&model.to_json().unwrap()).unwrap(), model);
        let one = Model::new(model_file()).unwrap();
        assert!(Scores::compute(&one, &export(), as_of()).unwrap().curves().is_none());
        assert!(!one.to_json().unwrap().contains("horizons"));
    }

    #[test]
    fn impossible_horizons_are_refused_by_name() {
        type Change = fn(&mut ModelFile);
        let cases: [(Change, &str); 9] = [
            (|f| f.horizons[1].days = 60, "horizons to be rising and distinct"),
            (|f| f.horizons[0].days = 30, "days of the horizon of 30 days"),
            (|f| f.horizons[0].days = 0, "days of the horizon of 0 days"),
            (|f| f.horizons[0].coefficients.push(1.0), "coefficients of the horizon of 60 days"),
            (|f| f.horizons[0].coefficients[0] = f64::NAN, "numbers of the horizon of 60 days"),
            (|f| f.horizons[0].calibration.slope = 0.0, "calibration.slope of the horizon of 60 days"),
            (|f| f.horizons[0].churners = 300, "churners of the horizon of 60 days"),
            (|f| f.horizons[0].calibrated_on = "soon".into(), "calibrated_on of the horizon of 60 days"),
            (|f| f.format_version = 2, "horizons to be absent before format version 3"),
        ];
        for (change, expected) in cases {
            let mut file = with(vec![flat(60, 0.0), flat(90, 0.0)]);
            change(&mut file);
            let message = Model::new(file).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let many = (0..9).map(|at| flat(40 + at, 0.0)).collect();
        assert!(Model::new(with(many)).unwrap_err().to_string().contains("at most 8"));
    }
}
