//! Calibration slope and intercept: the logistic regression of the outcome on the log-odds of the prediction.

use serde::Serialize;

use crate::sample::{check_probabilities, same_length};
use crate::tally::{Tally, clip, logit_of_clipped};
use crate::{EvaluationError, Sample};

/// Newton's method takes fewer than ten steps where a solution exists; this many means that it does not.
const MAX_STEPS: usize = 100;
/// A last step this small (on predictors of unit variance) leaves an error of the order of its square.
const STEP_TOLERANCE: f64 = 1e-9;

/// `logit P(churned) = intercept + slope · logit p`. Ideal: intercept 0, slope 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationLine {
    /// Where the line stands at `p = 0.5`, in log-odds.
    pub intercept: f64,
    /// Below 1: predictions are too extreme (overfitted). Above 1: too timid.
    pub slope: f64,
}

/// The calibration line of a sample by maximum likelihood, intercept and slope together (Cox 1958, Biometrika 45:562;
/// "weak calibration" of Van Calster et al. 2019, BMC Medicine 17:230).
///
/// Probabilities are clipped to `[2^-52, 1 - 2^-52]` first, as in [`log_loss`](crate::log_loss); exact 0s and 1s enter
/// with log-odds of ±36 and weigh heavily. `None` where the line does not exist: one class, one distinct probability,
/// or classes that a threshold separates.
pub fn calibration(sample: &Sample) -> Option<CalibrationLine> {
    of(&sample.tally(), None)
}

/// The calibration line for outcomes that are themselves probabilities, such as the true probabilities of simulated
/// customers; 0 and 1 give the same line as [`calibration`]. `Ok(None)` where the line does not exist.
///
/// # Errors
///
/// [`EvaluationError::Empty`], [`EvaluationError::LengthMismatch`], or [`EvaluationError::NotAProbability`].
pub fn calibration_line(probability: &[f64], outcome: &[f64]) -> Result<Option<CalibrationLine>, EvaluationError> {
    same_length("outcome", probability.len(), outcome.len())?;
    check_probabilities("probability", probability)?;
    check_probabilities("outcome", outcome)?;
    let mut rows: Vec<(f64, f64)> = probability.iter().copied().zip(outcome.iter().copied()).collect();
    // Sums run in a fixed order, so that the order of rows does not show in the last digits.
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let points = rows.iter().map(|&(p, y)| Point { logit: logit_of_clipped(clip(p)), churned: y, stayed: 1.0 - y });
    Ok(fit(points, None))
}

/// Calibration-in-the-large: the intercept when the slope is held at 1, in log-odds. Positive: churn was
/// underestimated. `None` with one class. (Van Calster et al. 2019, "mean calibration".)
pub fn calibration_in_the_large(sample: &Sample) -> Option<f64> {
    let tally = sample.tally();
    if !tally.has_both_classes() {
        return None;
    }
    let rate = tally.churners as f64 / tally.rows as f64;
    let logits = &tally.predictions.logit;
    let target = logit_of_clipped(rate);
    // With this shift the mean fitted probability lies between those of the extreme predictions.
    let (mut low, mut high) = (target - logits.last()?, target - logits.first()?);
    let mut shift = target - logit_of_clipped(clip(tally.per_row(tally.expected_churners())?));
    for _ in 0..MAX_STEPS {
        shift = if low < shift && shift < high { shift } else { (low + high) / 2.0 };
        let (mut missing, mut curvature) = (tally.churners as f64, 0.0);
        for (logit, count) in logits.iter().zip(tally.counts) {
            let fitted = Logistic::at(logit + shift);
            missing -= count.rows() as f64 * fitted.probability;
            curvature += count.rows() as f64 * fitted.variance;
        }
        if missing > 0.0 {
            low = shift;
        } else {
            high = shift;
        }
        let step = missing / curvature;
        if step.abs() <= STEP_TOLERANCE || high - low <= f64::EPSILON * shift.abs() {
            return Some(shift + if step.abs() <= STEP_TOLERANCE { step } else { 0.0 });
        }
        shift += step;
    }
    None
}

/// As [`calibration`], on any counts. `start` saves steps and does not change the result beyond rounding.
pub(crate) fn of(tally: &Tally<'_>, start: Option<CalibrationLine>) -> Option<CalibrationLine> {
    let points = tally.predictions.logit.iter().zip(tally.counts).map(|(&logit, n)| Point {
        logit,
        churned: n.churned as f64,
        stayed: n.stayed as f64,
    });
    fit(points, start)
}

/// A predictor with the weights of both outcomes.
#[derive(Debug, Clone, Copy)]
struct Point {
    logit: f64,
    churned: f64,
    stayed: f64,
}

fn fit(points: impl Iterator<Item = Point> + Clone, start: Option<CalibrationLine>) -> Option<CalibrationLine> {
    let scale = Scale::of(points.clone())?;
    let mut line = match start {
        Some(line) => scale.standardised(line),
        None => CalibrationLine { intercept: scale.base_rate_logit, slope: 0.0 },
    };
    let mut state = Likelihood::at(points.clone(), scale, line);
    for _ in 0..MAX_STEPS {
        let (mut step_intercept, mut step_slope) = state.newton_step()?;
        if step_intercept.abs().max(step_slope.abs()) <= STEP_TOLERANCE {
            line.intercept += step_intercept;
            line.slope += step_slope;
            return scale.original(line);
        }
        // The likelihood is concave: a full step that lowers it was too long, and a shorter one will do.
        let allowance = 1e-12 * (1.0 + state.log_likelihood.abs());
        let mut halvings = 0;
        loop {
            let next = CalibrationLine { intercept: line.intercept + step_intercept, slope: line.slope + step_slope };
            let reached = Likelihood::at(points.clone(), scale, next);
            if reached.log_likelihood >= state.log_likelihood - allowance {
                (line, state) = (next, reached);
                break;
            }
            if halvings == 50 {
                return None;
            }
            halvings += 1;
            step_intercept /= 2.0;
            step_slope /= 2.0;
        }
    }
    None
}

/// Mean and spread of the predictor: Newton's equations are well conditioned once it has mean 0 and variance 1.
#[derive(Debug, Clone, Copy)]
struct Scale {
    mean: f64,
    deviation: f64,
    base_rate_logit: f64,
}

impl Scale {
    /// `None` where the likelihood has no maximum: the predictors of one outcome have to reach over those of the
    /// other on both sides (Albert & Anderson 1984, Biometrika 71:1).
    fn of(points: impl Iterator<Item = Point> + Clone) -> Option<Self> {
        let (mut churned, mut stayed) = (Reach::NONE, Reach::NONE);
        let (mut weight, mut sum, mut churners) = (0.0, 0.0, 0.0);
        for point in points.clone() {
            churned.extend(point.logit, point.churned);
            stayed.extend(point.logit, point.stayed);
            let w = point.churned + point.stayed;
            weight += w;
            sum += w * point.logit;
            churners += point.churned;
        }
        if !(churned.high > stayed.low && stayed.high > churned.low) {
            return None;
        }
        let mean = sum / weight;
        let squares: f64 = points.map(|q| (q.churned + q.stayed) * (q.logit - mean).powi(2)).sum();
        let deviation = (squares / weight).sqrt();
        (deviation > 0.0).then(|| Self { mean, deviation, base_rate_logit: logit_of_clipped(clip(churners / weight)) })
    }

    fn standardised(&self, line: CalibrationLine) -> CalibrationLine {
        CalibrationLine { intercept: line.intercept + line.slope * self.mean, slope: line.slope * self.deviation }
    }

    fn original(&self, line: CalibrationLine) -> Option<CalibrationLine> {
        let slope = line.slope / self.deviation;
        let intercept = line.intercept - slope * self.mean;
        (slope.is_finite() && intercept.is_finite()).then_some(CalibrationLine { intercept, slope })
    }
}

/// Smallest and largest predictor at which an outcome was seen.
#[derive(Debug, Clone, Copy)]
struct Reach {
    low: f64,
    high: f64,
}

impl Reach {
    const NONE: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    fn extend(&mut self, logit: f64, weight: f64) {
        if weight > 0.0 {
            self.low = self.low.min(logit);
            self.high = self.high.max(logit);
        }
    }
}

/// Log-likelihood of a line with its gradient and (negative) second derivatives.
#[derive(Debug, Clone, Copy, Default)]
struct Likelihood {
    log_likelihood: f64,
    gradient: [f64; 2],
    /// Intercept-intercept, intercept-slope, slope-slope.
    information: [f64; 3],
}

impl Likelihood {
    fn at(points: impl Iterator<Item = Point>, scale: Scale, line: CalibrationLine) -> Self {
        let mut sums = Self::default();
        for point in points {
            let weight = point.churned + point.stayed;
            if weight == 0.0 {
                continue;
            }
            let x = (point.logit - scale.mean) / scale.deviation;
            let log_odds = line.intercept + line.slope * x;
            let fitted = Logistic::at(log_odds);
            sums.log_likelihood += point.churned * log_odds - weight * fitted.softplus();
            let missing = point.churned - weight * fitted.probability;
            sums.gradient[0] += missing;
            sums.gradient[1] += missing * x;
            let v = weight * fitted.variance;
            sums.information[0] += v;
            sums.information[1] += v * x;
            sums.information[2] += v * x * x;
        }
        sums
    }

    /// `None` where the information has vanished, as it does on the way to an infinite slope.
    fn newton_step(&self) -> Option<(f64, f64)> {
        let [ii, is, ss] = self.information;
        let [gi, gs] = self.gradient;
        let determinant = ii * ss - is * is;
        let step = ((ss * gi - is * gs) / determinant, (ii * gs - is * gi) / determinant);
        (determinant > 0.0 && step.0.is_finite() && step.1.is_finite()).then_some(step)
    }
}

/// The logistic function, without overflow on either side.
#[derive(Debug, Clone, Copy)]
struct Logistic {
    log_odds: f64,
    /// `exp(-|log_odds|)`.
    decay: f64,
    probability: f64,
    variance: f64,
}

impl Logistic {
    fn at(log_odds: f64) -> Self {
        let decay = (-log_odds.abs()).exp();
        let larger = 1.0 / (1.0 + decay);
        Self {
            log_odds,
            decay,
            probability: if log_odds >= 0.0 { larger } else { decay * larger },
            variance: decay * larger * larger,
        }
    }

    /// `ln(1 + exp(log_odds))`.
    fn softplus(&self) -> f64 {
        self.log_odds.max(0.0) + self.decay.ln_1p()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sample(p: &[f64], y: &[bool]) -> Sample {
        Sample::new(p.to_vec(), y.to_vec(), (0..p.len() as u32).collect()).unwrap()
    }

    fn logistic(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn recovers_a_line_planted_in_true_probabilities() {
        let p: Vec<f64> = (1..400).map(|i| f64::from(i) / 400.0).collect();
        for (a, b) in [(0.0, 1.0), (0.7, 0.5), (-1.3, 2.0), (0.2, -0.4), (3.0, 0.0)] {
            let truth: Vec<f64> = p.iter().map(|&p| logistic(a + b * (p / (1.0 - p)).ln())).collect();
            let line = calibration_line(&p, &truth).unwrap().unwrap();
            assert!((line.intercept - a).abs() < 1e-11, "{a} {b}: {line:?}");
            assert!((line.slope - b).abs() < 1e-11, "{a} {b}: {line:?}");
        }
    }

    #[test]
    fn certain_outcomes_give_the_line_of_the_sample() {
        let p: Vec<f64> = (0..50).map(|i| f64::from(i * 13 % 41) / 41.0).collect();
        let y: Vec<bool> = (0..50).map(|i| i * 13 % 41 + i % 7 * 5 > 30).collect();
        let outcome: Vec<f64> = y.iter().map(|&y| f64::from(u8::from(y))).collect();
        let (a, b) = (calibration(&sample(&p, &y)).unwrap(), calibration_line(&p, &outcome).unwrap().unwrap());
        assert!((a.slope - b.slope).abs() < 1e-11 && (a.intercept - b.intercept).abs() < 1e-11);
    }

    #[test]
    fn a_start_elsewhere_ends_at_the_same_line() {
        let p: Vec<f64> = (0..60).map(|i| f64::from(i * 17 % 59 + 1) / 61.0).collect();
        let y: Vec<bool> = (0..60).map(|i| (i * 29 % 60) < i * 17 % 59).collect();
        let sample = sample(&p, &y);
        let cold = calibration(&sample).unwrap();
        for start in [(0.0, 1.0), (5.0, -3.0), (-20.0, 30.0)] {
            let start = CalibrationLine { intercept: start.0, slope: start.1 };
            let warm = of(&sample.tally(), Some(start)).unwrap();
            assert!((warm.slope - cold.slope).abs() < 1e-11, "{warm:?} {cold:?}");
            assert!((warm.intercept - cold.intercept).abs() < 1e-11, "{warm:?} {cold:?}");
        }
    }

    #[test]
    fn none_where_no_line_exists() {
        let cases: [(&[f64], &[bool]); 6] = [
            (&[0.1, 0.9], &[true, true]),
            (&[0.4, 0.4, 0.4], &[true, false, true]),
            (&[0.1, 0.2, 0.8, 0.9], &[false, false, true, true]),
            (&[0.1, 0.2, 0.8, 0.9], &[true, true, false, false]),
            // Classes that meet in one value only: the slope is infinite as well.
            (&[0.1, 0.5, 0.5, 0.9], &[false, true, false, true]),
            (&[0.5], &[true]),
        ];
        for (p, y) in cases {
            assert_eq!(calibration(&sample(p, y)), None, "{p:?} {y:?}");
        }
        assert_eq!(calibration_line(&[0.2, 0.2], &[0.3, 0.4]), Ok(None));
    }

    #[test]
    fn fractional_outcomes_are_checked() {
        assert_eq!(calibration_line(&[], &[]), Err(EvaluationError::Empty));
        let error = calibration_line(&[0.5, 0.5], &[0.5, f64::NAN]).unwrap_err();
        assert!(matches!(error, EvaluationError::NotAProbability { column: "outcome", row: 1, .. }));
        let error = calibration_line(&[0.5], &[]).unwrap_err();
        assert!(matches!(error, EvaluationError::LengthMismatch { column: "outcome", .. }));
    }

    #[test]
    fn in_the_large_matches_the_observed_count() {
        let cases: [(&[f64], &[bool]); 4] = [
            (&[0.1, 0.5, 0.5, 0.9, 0.3], &[false, true, false, true, true]),
            (&[0.0, 0.0, 0.0, 1.0], &[true, false, true, false]),
            (&[1e-12, 1e-9, 1e-3], &[true, true, false]),
            (&[0.25; 4], &[true, true, false, false]),
        ];
        for (p, y) in cases {
            let sample = sample(p, y);
            let shift = calibration_in_the_large(&sample).unwrap();
            let fitted: f64 = p.iter().map(|&p| logistic(logit_of_clipped(clip(p)) + shift)).sum();
            assert!((fitted - sample.churners() as f64).abs() < 1e-9, "{p:?}: {shift} gives {fitted}");
        }
        assert_eq!(calibration_in_the_large(&sample(&[0.3], &[true])), None);
    }
}
