//! Lapsed customers: the probability of at least one purchase within the horizon.

use feature_engineering::btyd::{BgNbd, Parameters, Purchases};

use crate::ScoringError;
use crate::model_file::ReturnModel;
use crate::score::logistic;

/// The parameters of a BG/NBD model, as in a model file.
pub type BgNbdParameters = Parameters;

/// Probabilities this close to 0 and 1 have no useful logit.
const NEAREST: f64 = 1e-12;

impl ReturnModel {
    /// Probability that a customer with these purchases (days as unit) buys at least once in the horizon.
    ///
    /// # Errors
    /// [`ScoringError::Purchases`] where the parameters or the horizon are not possible.
    pub fn return_probability(&self, purchases: &Purchases, horizon_days: f64) -> Result<f64, ScoringError> {
        let model = BgNbd::new(Parameters { r: self.r, alpha: self.alpha, a: self.a, b: self.b })?;
        let logit = Self::raw_logit(&model, purchases, horizon_days)?;
        Ok(logistic(self.intercept + self.slope * logit))
    }

    /// The logit before recalibration.
    ///
    /// # Errors
    /// [`ScoringError::Purchases`] where the horizon is not possible.
    pub fn raw_logit(model: &BgNbd, purchases: &Purchases, horizon_days: f64) -> Result<f64, ScoringError> {
        let none = model.probability_no_purchase(purchases, horizon_days)?.clamp(NEAREST, 1.0 - NEAREST);
        Ok(((1.0 - none) / none).ln())
    }
}
