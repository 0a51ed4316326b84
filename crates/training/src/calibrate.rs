//! How the model is calibrated: a line always, and an isotonic curve in its place where the calibration slice says that it is
//! better.

use evaluation::{CalibrationChoice, CalibrationMethod, Calibrator, Isotonic, Sample, choose_calibration};
use history::Date;

use crate::TrainingError;
use crate::platt::{Line, NoLine};

/// What was fitted on the calibration slice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibrated {
    /// Fitted always: intervals go by it.
    pub(crate) line: Line,
    /// In its place in probabilities, where it won.
    pub(crate) isotonic: Option<Isotonic>,
    /// The figures behind that.
    pub(crate) choice: CalibrationChoice,
}

/// Calibrates logits of customers that the models behind them have not seen ([`choose_calibration`]).
///
/// # Errors
/// Those of [`line`].
pub(crate) fn calibrate(
    logits: &[f64],
    churned: Vec<bool>,
    customers: Vec<u32>,
    as_of: Date,
) -> Result<Calibrated, TrainingError> {
    let line = line(logits, &churned, as_of)?;
    let probability = logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
    let sample = Sample::new(probability, churned, customers)?;
    let choice = choose_calibration(&sample);
    let isotonic = match choice.method {
        Some(CalibrationMethod::Isotonic) => match Calibrator::fit(CalibrationMethod::Isotonic, &sample) {
            Some(Calibrator::Isotonic(isotonic)) => Some(isotonic),
            _ => None,
        },
        _ => None,
    };
    Ok(Calibrated { line, isotonic, choice })
}

/// The calibration line.
///
/// # Errors
/// [`TrainingError::Backwards`] and [`TrainingError::Separated`].
pub(crate) fn line(logits: &[f64], churned: &[bool], as_of: Date) -> Result<Line, TrainingError> {
    let rows = logits.len();
    match Line::fit(logits, churned) {
        Ok(line) if line.slope > 0.0 => Ok(line),
        Ok(line) => Err(TrainingError::Backwards { as_of, rows, slope: line.slope }),
        Err(NoLine::Separated) => Err(TrainingError::Separated { rows, feature: String::new(), area: 0.5 }),
        Err(NoLine::Undetermined) => Err(TrainingError::Backwards { as_of, rows, slope: 0.0 }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::train_tests::Draws;

    /// Logits over [-4, 4], and outcomes of a probability that `truth` makes of each.
    fn drawn(rows: u32, truth: fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
        let mut draws = Draws(3);
        (0..rows).map(|_| (8.0 * draws.next() - 4.0, draws.next())).map(|(z, u)| (z, u < truth(z))).unzip()
    }

    fn calibrated(rows: u32, truth: fn(f64) -> f64) -> Calibrated {
        let (logits, churned) = drawn(rows, truth);
        calibrate(&logits, churned, (0..rows).collect(), Date::from_days(0)).unwrap()
    }

    /// Two levels and a sudden step between them: no line in log-odds is anywhere near.
    fn step(z: f64) -> f64 {
        if z < 1.0 { 0.2 } else { 0.8 }
    }

    fn as_said(z: f64) -> f64 {
        1.0 / (1.0 + (0.3 - 0.8 * z).exp())
    }

    #[test]
    fn a_curve_wins_where_no_line_fits_and_keeps_the_ranking() {
        let found = calibrated(20_000, step);
        let isotonic = found.isotonic.unwrap();
        let losses = found.choice.log_loss_isotonic.zip(found.choice.log_loss_intercept_slope).unwrap();
        assert!(losses.0 + 0.01 < losses.1, "{losses:?}");
        // The entropy of 0.2, which the truth itself would have.
        assert!((losses.0 - 0.5004).abs() < 0.015, "{losses:?}");
        let at = |z: f64| 1.0 / (1.0 + (-isotonic.log_odds(z)).exp());
        assert!((at(-1.5) - 0.2).abs() < 0.03 && (at(2.5) - 0.8).abs() < 0.03, "{} {}", at(-1.5), at(2.5));
        let mut logits = drawn(20_000, step).0;
        logits.sort_by(f64::total_cmp);
        logits.dedup();
        assert!(logits.windows(2).all(|two| isotonic.log_odds(two[0]) <= isotonic.log_odds(two[1])));
    }

    #[test]
    fn a_line_stays_where_it_is_right_or_where_customers_are_few() {
        let found = calibrated(20_000, as_said);
        assert_eq!((found.isotonic, found.choice.method), (None, Some(CalibrationMethod::InterceptSlope)));
        assert!(found.choice.log_loss_isotonic.is_some(), "it was considered");
        assert!((found.line.intercept + 0.3).abs() < 0.08 && (found.line.slope - 0.8).abs() < 0.05, "{:?}", found.line);
        let few = calibrated(1_500, step);
        assert_eq!((few.isotonic, few.choice.log_loss_isotonic), (None, None));
    }
}
