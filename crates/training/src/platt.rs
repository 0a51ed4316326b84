//! The calibration line: logistic regression of the outcome on the logit (Platt 1999), by maximum likelihood; where that does
//! not exist since the logits tell the classes apart without an error, of smoothed outcomes.

use logistic_regression::{Matrix, Options, Penalty, Problem, Response};

/// `calibrated logit = intercept + slope * logit`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub(crate) intercept: f64,
    pub(crate) slope: f64,
    /// Inverse of the Hessian of the loss.
    pub(crate) covariance: [[f64; 2]; 2],
}

/// Why there is no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoLine {
    /// A threshold on the logit separates the classes, or one of them is missing.
    Separated,
    /// All logits are equal, or the fit did not converge.
    Undetermined,
}

impl Line {
    pub(crate) fn fit(logits: &[f64], churned: &[bool]) -> Result<Self, NoLine> {
        let range = |class: bool| {
            let of_class = logits.iter().zip(churned).filter(|(_, c)| **c == class).map(|(z, _)| *z);
            of_class.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), z| (low.min(z), high.max(z)))
        };
        let ((churn_low, churn_high), (stay_low, stay_high)) = (range(true), range(false));
        if churn_low.min(stay_low) == churn_high.max(stay_high) {
            return Err(NoLine::Undetermined);
        }
        if churn_low >= stay_high || stay_low >= churn_high {
            return Err(NoLine::Separated);
        }
        Self::of_weights(logits, churned, None)
    }

    /// The line of logits that tell the classes apart: of `(n1 + 1) / (n1 + 2)` in the place of each of the `n1` churners, and of
    /// `1 / (n0 + 2)` in that of each of the `n0` others, which is what as many more rows of either kind would make likely (Platt
    /// 1999, eq. 11 and 12). Its slope is finite, and it takes no probability nearer to 0 or 1 than the rows can know.
    pub(crate) fn smoothed(logits: &[f64], churned: &[bool]) -> Result<Self, NoLine> {
        let of_class = |class: bool| churned.iter().filter(|churned| **churned == class).count() as f64;
        let (churners, stayers) = (of_class(true), of_class(false));
        let differ = logits.iter().any(|logit| *logit != logits[0]);
        if churners == 0.0 || stayers == 0.0 || !differ {
            return Err(NoLine::Undetermined);
        }
        // Each row as a part of a churner and a part of one who stayed.
        let target =
            |churned: &bool| if *churned { (churners + 1.0) / (churners + 2.0) } else { 1.0 / (stayers + 2.0) };
        let parts: Vec<f64> = churned.iter().map(target).collect();
        let rest = parts.iter().map(|part| 1.0 - part);
        let weights: Vec<f64> = parts.iter().copied().chain(rest).collect();
        let labels: Vec<bool> = (0..weights.len()).map(|row| row < churned.len()).collect();
        Self::of_weights(&[logits, logits].concat(), &labels, Some(&weights))
    }

    fn of_weights(logits: &[f64], churned: &[bool], weights: Option<&[f64]>) -> Result<Self, NoLine> {
        // Standardised, so that the scale of the logits costs no digits.
        let n = logits.len() as f64;
        let mean = logits.iter().sum::<f64>() / n;
        let sd = (logits.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / n).sqrt();
        let x: Vec<f64> = logits.iter().map(|z| (z - mean) / sd).collect();
        let fitted = Matrix::from_columns(&[x.as_slice()]).and_then(|matrix| {
            let mut response = Response::new(&matrix, churned)?;
            if let Some(weights) = weights {
                response = response.weighted(&matrix, weights)?;
            }
            let problem = Problem::new(&matrix, &response)?;
            let fit = problem.fit(&Penalty::none(), &Options::exact())?;
            let covariance = problem.covariance(&fit)?;
            Ok((fit, covariance))
        });
        let (fit, inverse) = fitted.map_err(|_| NoLine::Undetermined)?;
        let [slope] = fit.coefficients.as_slice() else { return Err(NoLine::Undetermined) };
        // (a, b) = T (a', b') with T = [[1, -mean/sd], [0, 1/sd]].
        let shift = -mean / sd;
        let v = |i: usize, j: usize| inverse.values()[2 * i + j];
        let (v00, v01, v11) = (v(0, 0), v(0, 1), v(1, 1));
        let c01 = (v01 + shift * v11) / sd;
        Ok(Self {
            intercept: fit.intercept + shift * slope,
            slope: slope / sd,
            covariance: [[v00 + 2.0 * shift * v01 + shift * shift * v11, c01], [c01, v11 / (sd * sd)]],
        })
    }

    /// The calibrated probability of a logit.
    pub(crate) fn probability(&self, logit: f64) -> f64 {
        1.0 / (1.0 + (-(self.intercept + self.slope * logit)).exp())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(serde::Deserialize)]
    struct Fixture {
        platt: Platt,
    }

    /// Made by tests/reference/logistic.py with scikit-learn 1.9.1 and mpmath 1.4.1.
    #[derive(serde::Deserialize)]
    struct Platt {
        z: Vec<f64>,
        y: Vec<u8>,
        a: f64,
        b: f64,
        covariance: [[f64; 2]; 2],
    }

    #[test]
    fn line_and_covariance_agree_with_the_reference() {
        let text = include_str!("../tests/fixtures/logistic.json");
        let platt = serde_json::from_str::<Fixture>(text).unwrap().platt;
        let churned: Vec<bool> = platt.y.iter().map(|y| *y == 1).collect();
        let line = Line::fit(&platt.z, &churned).unwrap();
        assert!((line.intercept - platt.a).abs() < 1e-9, "{line:?}");
        assert!((line.slope - platt.b).abs() < 1e-9, "{line:?}");
        for (found, expected) in line.covariance.iter().flatten().zip(platt.covariance.iter().flatten()) {
            assert!((found - expected).abs() < 1e-9 * expected.abs(), "{line:?}");
        }
    }

    #[test]
    fn separated_logits_have_the_line_of_smoothed_outcomes() {
        // Two logits alone: the line goes through their targets, 3 of 4 and 1 of 4 of the two rows each (here 3 / 4 and 1 / 5).
        let (logits, churned) = ([2.0, 2.0, -1.0, -1.0, -1.0], [true, true, false, false, false]);
        let line = Line::smoothed(&logits, &churned).unwrap();
        assert!((line.probability(2.0) - 3.0 / 4.0).abs() < 1e-9, "{line:?}");
        assert!((line.probability(-1.0) - 1.0 / 5.0).abs() < 1e-9, "{line:?}");
        assert!(line.covariance[0][0] > 0.0 && line.covariance[1][1] > 0.0);
        assert_eq!(Line::fit(&logits, &churned), Err(NoLine::Separated));
        let backwards = Line::smoothed(&logits.map(|logit| -logit), &churned).unwrap();
        assert!((backwards.slope + line.slope).abs() < 1e-9);
        assert_eq!(Line::smoothed(&[0.1, 0.2], &[true; 2]), Err(NoLine::Undetermined));
        assert_eq!(Line::smoothed(&[0.1; 4], &[true, false, true, false]), Err(NoLine::Undetermined));
    }

    #[test]
    fn separated_or_equal_logits_have_no_line() {
        assert_eq!(Line::fit(&[0.1, 0.2, 0.3, 0.4], &[false, false, true, true]), Err(NoLine::Separated));
        assert_eq!(Line::fit(&[0.1, 0.2, 0.3], &[false; 3]), Err(NoLine::Separated));
        assert_eq!(Line::fit(&[0.1; 4], &[false, true, false, true]), Err(NoLine::Undetermined));
    }
}
