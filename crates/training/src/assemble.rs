//! The content of a model file: what was fitted, with where it comes from.

use evaluation::Isotonic;
use rayon::prelude::*;
use scoring::{
    Calibration, ChurnDefinition, Contract, Distribution, FORMAT_VERSION, FeatureWeight, Fingerprints, HorizonModel,
    ModelFile, NotTrained, Penalty, ReturnModel, RiskThresholds, SeenLevels, Segments, Term, ValueModel,
};

use crate::customers::Share;
use crate::rows::{Rows, Source};
use crate::slices::Slices;
use crate::{ModelContext, TrainingError, TrainingSettings};

/// What was fitted; see the fields of [`ModelFile`].
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) features: Vec<FeatureWeight>,
    pub(crate) terms: Vec<Term>,
    pub(crate) intercept: f64,
    /// Against the mean loss.
    pub(crate) lambda: f64,
    pub(crate) covariance: Vec<Vec<f64>>,
    pub(crate) calibration: Calibration,
    pub(crate) value: ValueModel,
    pub(crate) lapsed: Option<ReturnModel>,
}

/// What a model may have beside its weights.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) isotonic: Option<Isotonic>,
    pub(crate) horizons: Vec<HorizonModel>,
    pub(crate) segments: Option<Segments>,
    pub(crate) levels: Vec<SeenLevels>,
    pub(crate) separating: Vec<String>,
    pub(crate) not_trained: Option<NotTrained>,
}

/// Where a model comes from.
#[derive(Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) settings: &'a TrainingSettings,
    pub(crate) context: &'a ModelContext,
    pub(crate) slices: &'a Slices,
    /// Whether the penalty was chosen on the selection date.
    pub(crate) selected_on_a_date: bool,
    /// The rows that it was fitted on, or, for a forecast, that labels were looked for in.
    pub(crate) rows: &'a Rows,
    /// Of the customers.
    pub(crate) share: Share,
}

impl Origin<'_> {
    /// The model file; its version and its sum are filled in by [`scoring::Model::new`].
    ///
    /// # Errors
    /// [`TrainingError::NoFingerprint`].
    pub(crate) fn model_file(&self, weights: Weights, beside: Beside) -> Result<ModelFile, TrainingError> {
        let Self { source, settings, context, slices, rows, .. } = self;
        let export = source.export;
        let data = export.fingerprint().ok_or(TrainingError::NoFingerprint)?.to_owned();
        let training_rows = rows.len() as u64;
        let contract = Contract::of(export, self.distributions(&weights.features));
        Ok(ModelFile {
            format_version: FORMAT_VERSION,
            name: context.name.clone(),
            version: String::new(),
            content_sha256: String::new(),
            churn: ChurnDefinition {
                definition: settings.churn,
                horizon_days: settings.window.horizon.get() as u16,
                lead_days: settings.window.lead,
            },
            active_within_days: settings.eligibility.active_within.get() as u16,
            lookback_days: settings.lookback.map(|days| days.get() as u16),
            timezone: context.timezone.clone(),
            currency: context.currency.clone(),
            returns: export.returns().as_str().to_owned(),
            has_margin: export.has_margin(),
            slices: slices.dates(export.first_day(), self.selected_on_a_date),
            training_rows,
            training_share: self.share.get(),
            features: weights.features,
            terms: weights.terms,
            intercept: weights.intercept,
            penalty: Penalty { lambda: weights.lambda, alpha: weights.lambda * rows.len() as f64 },
            covariance: weights.covariance,
            calibration: weights.calibration,
            isotonic: beside.isotonic,
            horizons: beside.horizons,
            risk_bands: RiskThresholds::default(),
            value: weights.value,
            lapsed: weights.lapsed,
            fingerprints: Fingerprints { data, config: context.config_hash.clone() },
            not_trained: beside.not_trained,
            segments: beside.segments,
            levels: beside.levels,
            separating: beside.separating,
            contract: Some(contract),
        })
    }

    /// How the features were distributed over the customers of the calibration date, the newest that there are labels of before the
    /// test.
    fn distributions(&self, features: &[FeatureWeight]) -> Vec<Distribution> {
        let newest = self.rows.on(&[self.slices.calibration]);
        let of = |weight: &FeatureWeight| {
            let at = self.rows.features.iter().position(|feature| feature.name == weight.feature.name)?;
            let column = self.rows.columns.get(at)?;
            let values: Vec<f64> = newest.iter().map(|row| column[*row]).collect();
            Some(Distribution::of(&weight.feature.name, &values))
        };
        features.par_iter().filter_map(of).collect()
    }
}
