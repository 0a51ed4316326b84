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
    /// Whether the logits tell churners from the others without an error: then the line is that of smoothed outcomes.
    pub(crate) is_separated: bool,
    /// In its place in probabilities, where it won.
    pub(crate) isotonic: Option<Isotonic>,
    /// The figures behind that.
    pub(crate) choice: CalibrationChoice,
}

/// Calibrates logits of customers that the models behind them have not seen ([`choose_calibration`]).
///
/// # Errors
/// [`TrainingError::Backwards`].
pub(crate) fn calibrate(
    logits: &[f64],
    churned: Vec<bool>,
    customers: Vec<u32>,
    as_of: Date,
) -> Result<Calibrated, TrainingError> {
    let (line, is_separated) = line(logits, &churned, as_of)?;
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
    Ok(Calibrated { line, is_separated, isotonic, choice })
}

/// The calibration line, and whether the logits tell churners from the others without an error: then it is that of smoothed
/// outcomes ([`Line::smoothed`]).
///
/// # Errors
/// [`TrainingError::Backwards`].
pub(crate) fn line(logits: &[f64], churned: &[bool], as_of: Date) -> Result<(Line, bool), TrainingError> {
    let (line, is_separated) = match Line::fit(logits, churned) {
        Err(NoLine::Separated) => (Line::smoothed(logits, churned), true),
        other => (other, false),
    };
    let slope = line.map_or(0.0, |line| line.slope);
    match line {
        Ok(line) if slope > 0.0 => Ok((line, is_separated)),
        _ => Err(TrainingError::Backwards { as_of, rows: logits.len(), slope }),
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
    fn logits_without_an_error_are_calibrated_all_the_same_and_said_to_be_so() {
        let logits: Vec<f64> = (0..400).map(|row| f64::from(row) / 50.0 - 4.0).collect();
        let churned: Vec<bool> = logits.iter().map(|logit| *logit >= 1.0).collect();
        let found = calibrate(&logits, churned.clone(), (0..400).collect(), Date::from_days(0)).unwrap();
        assert!(found.is_separated && found.line.slope > 1.0 && found.line.slope.is_finite(), "{:?}", found.line);
        let backwards: Vec<bool> = churned.iter().map(|churned| !churned).collect();
        let error = calibrate(&logits, backwards, (0..400).collect(), Date::from_days(0)).unwrap_err();
        assert!(matches!(error, TrainingError::Backwards { slope, .. } if slope < 0.0), "{error}");
        assert!(!calibrated(20_000, as_said).is_separated);
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
