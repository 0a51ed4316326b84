//! A fitted calibration: a map from predicted to calibrated probabilities, as it is kept with a model.

use serde::{Deserialize, Serialize};

use crate::isotonic::{log_odds, probability};
use crate::sample::check_probabilities;
use crate::{EvaluationError, Isotonic, Sample, calibration};

/// How predictions are recalibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationMethod {
    /// Logistic recalibration: intercept and slope on the log-odds (Platt 1999; Cox 1958).
    InterceptSlope,
    /// Isotonic regression, see [`Isotonic`].
    Isotonic,
}

/// `logit p' = intercept + slope · logit p`, with a slope above 0: it changes no ranking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct InterceptSlope {
    intercept: f64,
    slope: f64,
}

impl InterceptSlope {
    /// # Errors
    ///
    /// [`EvaluationError::Line`] unless both are finite and the slope is above 0.
    pub fn new(intercept: f64, slope: f64) -> Result<Self, EvaluationError> {
        if intercept.is_finite() && slope.is_finite() && slope > 0.0 {
            Ok(Self { intercept, slope })
        } else {
            Err(EvaluationError::Line { intercept, slope })
        }
    }

    /// Calibrated log-odds at a prediction of one half.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Calibrated log-odds for each unit of predicted log-odds, above 0.
    pub fn slope(&self) -> f64 {
        self.slope
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    intercept: f64,
    slope: f64,
}

impl TryFrom<Unchecked> for InterceptSlope {
    type Error = EvaluationError;

    fn try_from(line: Unchecked) -> Result<Self, Self::Error> {
        Self::new(line.intercept, line.slope)
    }
}

/// A fitted calibration. Both kinds keep the ranking and never give exactly 0 or 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// Logistic recalibration.
    InterceptSlope(InterceptSlope),
    /// Isotonic regression.
    Isotonic(Isotonic),
}

impl Calibrator {
    /// Fits to out-of-sample predictions. `None` where the calibration does not exist: one class, one distinct
    /// prediction, classes that a threshold separates (intercept and slope), or a ranking that the outcomes do not bear
    /// out (a slope of 0 or less; fewer than two isotonic blocks). The last calls for another model, not a calibration.
    pub fn fit(method: CalibrationMethod, sample: &Sample) -> Option<Self> {
        match method {
            CalibrationMethod::InterceptSlope => {
                let line = calibration(sample)?;
                InterceptSlope::new(line.intercept, line.slope).ok().map(Self::InterceptSlope)
            }
            CalibrationMethod::Isotonic => {
                let distinct = &sample.tally().predictions.probability;
                let (p, y): (Vec<f64>, Vec<bool>) = sample.ranked().map(|(at, _, y)| (distinct[at], y)).unzip();
                Isotonic::fit(&p, &y, None).ok().flatten().map(Self::Isotonic)
            }
        }
    }

    /// Which kind it is.
    pub fn method(&self) -> CalibrationMethod {
        match self {
            Self::InterceptSlope(_) => CalibrationMethod::InterceptSlope,
            Self::Isotonic(_) => CalibrationMethod::Isotonic,
        }
    }

    /// Calibrated log-odds of a prediction in log-odds.
    pub fn log_odds(&self, log_odds: f64) -> f64 {
        match self {
            Self::InterceptSlope(line) => line.intercept + line.slope * log_odds,
            Self::Isotonic(isotonic) => isotonic.log_odds(log_odds),
        }
    }

    /// Calibrated probabilities, within `[2^-52, 1 - 2^-52]`, of predicted ones.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Empty`] and [`EvaluationError::NotAProbability`].
    pub fn apply(&self, predicted: &[f64]) -> Result<Vec<f64>, EvaluationError> {
        check_probabilities("predicted", predicted)?;
        Ok(predicted.iter().map(|&p| self.calibrated(p)).collect())
    }

    /// As [`Calibrator::apply`], of one probability that has been checked.
    pub(crate) fn calibrated(&self, predicted: f64) -> f64 {
        probability(self.log_odds(log_odds(predicted)))
    }
}
