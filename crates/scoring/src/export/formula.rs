//! What an exported model has to say: everything between the raw features and the probability.

use crate::design::Term;
use crate::model_file::{
    Calibration, ChurnDefinition, FeatureWeight, Fingerprints, ModelFile, Penalty, RiskThresholds,
};
use crate::{Model, ScoringError};

/// The parts of a model file that its probabilities are made of, and what says which model they are of.
#[derive(Debug)]
pub(super) struct Formula<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) content_sha256: &'a str,
    /// What it means to have churned.
    pub(super) churned: String,
    pub(super) active_within_days: u16,
    pub(super) features: &'a [FeatureWeight],
    pub(super) terms: &'a [Term],
    pub(super) intercept: f64,
    pub(super) calibration: Calibration,
    pub(super) risk_bands: RiskThresholds,
    /// What there is instead of training.
    pub(super) not_trained: Option<String>,
}

impl<'a> Formula<'a> {
    /// Takes a model file apart, field by field. A new field of the file does not compile here until somebody has said what
    /// becomes of it: a field that changes probabilities and has no place in [`Formula`] is refused (see [`refused`]).
    ///
    /// # Errors
    /// [`ScoringError::NotExportable`] naming what the format cannot hold.
    pub(super) fn of(model: &'a Model, format: &'static str) -> Result<Self, ScoringError> {
        let ModelFile {
            name,
            version,
            content_sha256,
            churn: ChurnDefinition { definition: _, horizon_days: _, lead_days: _ },
            active_within_days,
            features,
            terms,
            intercept,
            calibration,
            risk_bands,
            not_trained,
            segments,
            isotonic,
            // What features are made of, and how the model came about: the raw features are the input, and these say
            // nothing about what is done with them.
            format_version: _,
            lookback_days: _,
            timezone: _,
            currency: _,
            returns: _,
            has_margin: _,
            slices: _,
            training_rows: _,
            training_share: _,
            penalty: Penalty { lambda: _, alpha: _ },
            fingerprints: Fingerprints { data: _, config: _ },
            // Intervals, values, lapsed customers and further horizons: what stands in the scores beside the probability.
            covariance: _,
            value: _,
            lapsed: _,
            horizons: _,
            // What is said before there are scores, and of coefficients.
            levels: _,
            separating: _,
            contract: _,
        } = model.file();
        if segments.is_some() {
            return Err(refused(format, "models of segments"));
        }
        if isotonic.is_some() {
            return Err(refused(format, "a calibration curve (isotonic)"));
        }
        for FeatureWeight { feature, clip_low: _, clip_high: _, mean: _, sd: _, coefficient: _ } in features {
            if feature.name.is_empty() || feature.name.chars().any(char::is_control) {
                return Err(refused(format, format!("a feature called {:?}", feature.name)));
            }
        }
        Ok(Self {
            name,
            version,
            content_sha256,
            churned: model.churn_in_words(),
            active_within_days: *active_within_days,
            features,
            terms,
            intercept: *intercept,
            calibration: *calibration,
            risk_bands: *risk_bands,
            not_trained: not_trained.as_ref().map(crate::NotTrained::in_words),
        })
    }

    /// What the model is, in a few sentences.
    pub(super) fn description(&self) -> String {
        let kind = match &self.not_trained {
            None => "Calibrated logistic regression".to_owned(),
            Some(words) => format!("This is {words}"),
        };
        let missing = match self.not_trained {
            None => "A missing value counts as the average customer's",
            Some(_) => "A missing value has no probability",
        };
        format!(
            "{kind}. Churned means: {}. It speaks of customers who bought in the {} days before the as-of date, and of nobody \
             else. {missing}; an infinite one has no probability.",
            self.churned, self.active_within_days
        )
    }
}

/// The error for what a format has no place for: `what` names the field of the model file.
pub(super) fn refused(format: &'static str, what: impl Into<String>) -> ScoringError {
    ScoringError::NotExportable { format, what: what.into() }
}
