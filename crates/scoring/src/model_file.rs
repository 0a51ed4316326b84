//! The model file: JSON, in the order of the fields below. Dates are written `2026-03-05`.
//!
//! `content_sha256` is the sum of the file's content without itself and without `version`, and `version` is made of the
//! test as-of date and the first 8 digits of that sum: the same data and settings give the same version.

use evaluation::Isotonic;
use feature_engineering::{Churn, Feature};
use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::design::Term;
use crate::horizons::HorizonModel;
use crate::seen_levels::SeenLevels;
use crate::segments::Segments;

/// The format written. Older ones are read as well, back to [`OLDEST_FORMAT_VERSION`]: what they lack is what was not
/// there.
pub const FORMAT_VERSION: u64 = 5;
/// The oldest format read.
pub const OLDEST_FORMAT_VERSION: u64 = 2;

/// What stands in a model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// [`FORMAT_VERSION`], or an older one.
    pub format_version: u64,
    /// Name of the project.
    pub name: String,
    /// `<test as-of date>-<8 hexadecimal digits>`; filled in by [`Model::new`](crate::Model::new).
    pub version: String,
    /// SHA-256 of the content; filled in by [`Model::new`](crate::Model::new).
    pub content_sha256: String,
    /// What churn means here.
    pub churn: ChurnDefinition,
    /// Eligible customers bought in this many days before the as-of date.
    pub active_within_days: u16,
    /// Features see so many days before the as-of date; all there are where it is not given.
    pub lookback_days: Option<u16>,
    /// Time zone of timestamps without an offset.
    pub timezone: String,
    /// Currency of all amounts.
    pub currency: String,
    /// What negative amounts mean: `net`, `drop` or `separate`.
    pub returns: String,
    /// Whether the export said what each purchase earned; then values are margins, else revenue.
    pub has_margin: bool,
    /// As-of dates of the slices.
    pub slices: SliceDates,
    /// Rows the coefficients were fitted on.
    pub training_rows: u64,
    /// Share of the customers that were used for fitting.
    pub training_share: f64,
    /// Weights, in the order in which they are summed.
    pub features: Vec<FeatureWeight>,
    /// Columns beyond a line for each feature. From format 3; products with a bent factor from format 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// The logit of the average training customer.
    pub intercept: f64,
    /// Strength of the penalty.
    pub penalty: Penalty,
    /// Covariance of (intercept, coefficients of the features, of the terms), robust to several rows of one customer.
    pub covariance: Vec<Vec<f64>>,
    /// The calibration line. Where there is an `isotonic`, it is what intervals go by.
    pub calibration: Calibration,
    /// The calibration curve that takes the place of the line in probabilities, where it was chosen: log-odds before (`x`) and
    /// after (`y`). From format 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isotonic: Option<Isotonic>,
    /// Weights of further horizons, the shortest first, the model's own not among them. From format 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub horizons: Vec<HorizonModel>,
    /// Where the risk bands begin.
    pub risk_bands: RiskThresholds,
    /// What a customer who stays brings.
    pub value: ValueModel,
    /// Probability that a lapsed customer comes back; none where the data could not support it.
    pub lapsed: Option<ReturnModel>,
    /// What the model was made from.
    pub fingerprints: Fingerprints,
    /// Why the model is a forecast of purchases alone, which nobody trained on churners; none for a trained model, whose file
    /// does not have the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_trained: Option<NotTrained>,
    /// Models of segments beside the global one; none where there are none, as in files that do not have the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<Segments>,
    /// The texts that training customers had in the columns whose levels the model tells apart. From format 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<SeenLevels>,
    /// Names of features that tell churners from the others in the training rows, by themselves or all together, without
    /// an error: the penalty alone holds their coefficients, and standard errors of them mean nothing. From format 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub separating: Vec<String>,
    /// What the export was like: its columns, its ids, and how the features were distributed. From format 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
}

/// A model that is a forecast: its one feature is the logit of the probability of no purchase in the label window, and the
/// churn probability is that probability. No coefficient was fitted, so that there is no covariance and no interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotTrained {
    /// The slice that had too few of a kind: `training`, `selection`, `calibration` or `test`.
    pub slice: String,
    /// Churners found there.
    pub churners: u64,
    /// Customers found there who stayed.
    pub stayers: u64,
    /// The smallest number of each that a model is trained and tested with.
    pub needed: u64,
    /// The forecast was fitted on purchases that were known before this date.
    pub fitted_before: String,
    /// Customers that it was fitted on.
    pub customers: u64,
    /// How many of them had bought on more than one day.
    pub came_back: u64,
}

impl NotTrained {
    /// What to say wherever the model is shown: "a forecast, not trained: 3 churners were found, 10 are needed (training
    /// slice)".
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { slice, churners, stayers, needed, .. } = self;
        let found = match (churners < needed, stayers < needed) {
            (true, false) => format!("{churners} churners were found, {needed} are needed"),
            (false, true) => format!("{stayers} customers who stayed were found, {needed} are needed"),
            _ => format!(
                "{churners} churners and {stayers} customers who stayed were found, {needed} of each are needed"
            ),
        };
        format!("a forecast, not trained: {found} (in the {slice} slice)")
    }
}

/// What churn means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChurnDefinition {
    /// Who churned: `"inactivity"`, `{"cadence": {"multiple": 3.0, "min_days": 30}}` or
    /// `{"departure": {"include_involuntary": false}}`.
    pub definition: Churn,
    /// Length of the label window, in days.
    pub horizon_days: u16,
    /// Days between the as-of date and the label window.
    pub lead_days: u16,
}

/// As-of dates of the slices, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SliceDates {
    /// Day of the first purchase in the export: with `lookback_days`, how far back the features of each date could look.
    pub first_day: String,
    /// Dates whose rows the coefficients were fitted on.
    pub training: Vec<String>,
    /// Dates fitted on when the penalty was chosen.
    pub selection_training: Vec<String>,
    /// Date on which the penalty was chosen; empty where it was chosen by leaving out customers.
    pub selection: Option<String>,
    /// Date of the calibration.
    pub calibration: String,
    /// Date of the test.
    pub test: String,
}

/// One feature: transformed, clipped to the range seen in training, standardised, weighted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureWeight {
    /// The feature, with its definition: a model means by a name what it meant when it was trained.
    pub feature: Feature,
    /// Smallest transformed value used; smaller ones count as this one.
    pub clip_low: f64,
    /// Largest transformed value used; larger ones count as this one.
    pub clip_high: f64,
    /// Mean of the transformed and clipped training values that are not missing.
    pub mean: f64,
    /// Their standard deviation (divided by n). Missing values become 0 after standardisation.
    pub sd: f64,
    /// Change of the logit per standard deviation.
    pub coefficient: f64,
}

/// Strength of the ridge penalty; the intercept is free.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// Weight against the mean loss: `mean loss + lambda / 2 * |coefficients|^2`.
    pub lambda: f64,
    /// Weight against the summed loss, `lambda * rows`.
    pub alpha: f64,
}

/// The calibrated logit is `intercept + slope * logit` (Platt 1999).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Intercept of the line.
    pub intercept: f64,
    /// Slope of the line, greater than 0.
    pub slope: f64,
    /// Covariance of (intercept, slope).
    pub covariance: [[f64; 2]; 2],
}

/// Probabilities at which the risk bands begin; below `medium` the risk is low.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskThresholds {
    /// Medium from here.
    pub medium: f64,
    /// High from here.
    pub high: f64,
    /// Critical from here.
    pub critical: f64,
}

impl Default for RiskThresholds {
    fn default() -> Self {
        Self { medium: 0.25, high: 0.5, critical: 0.75 }
    }
}

/// What a customer who stays brings within the horizon: `intercept + slope * past value`, between 0 and `highest`.
///
/// The past value is `margin_ratio * monetary_total / max(tenure_days, horizon) * horizon`, at most `past_high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueModel {
    /// Intercept of the least-squares line.
    pub intercept: f64,
    /// Slope of the line.
    pub slope: f64,
    /// Margin per unit of revenue in training; 1 where the export has no margins.
    pub margin_ratio: f64,
    /// Largest past value used; larger ones count as this one.
    pub past_high: f64,
    /// Largest value ever predicted: the line is not extended beyond what it was fitted on.
    pub highest: f64,
    /// Customers who stayed, on whom the line was fitted.
    pub rows: u64,
}

/// Probability that a lapsed customer buys in the horizon: BG/NBD, recalibrated on lapsed customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnModel {
    /// Parameters of the BG/NBD model, days as unit of time.
    pub r: f64,
    /// See `r`.
    pub alpha: f64,
    /// See `r`.
    pub a: f64,
    /// See `r`.
    pub b: f64,
    /// The calibrated logit is `intercept + slope * logit`.
    pub intercept: f64,
    /// See `intercept`; greater than 0.
    pub slope: f64,
    /// Lapsed customers of the calibration slice.
    pub rows: u64,
    /// How many of them came back.
    pub returned: u64,
}

/// What the model was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprints {
    /// Of the checked export.
    pub data: String,
    /// Of the settings.
    pub config: String,
}
