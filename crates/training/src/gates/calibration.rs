//! The gate on calibration: probabilities that are so far off that money would be spent wrongly.

use evaluation::Metrics;

use super::{Gate, GateKind, Measured};

/// Slopes from 0.8 to its inverse let pass. At 0.8 a predicted 80 % (against an average of 50 %) is a true 75 %: more than
/// that is not noise of rounding decisions but another list of customers.
const LEAST_SLOPE: f64 = 0.8;

/// The calibration slope of the test: refused where it lies outside `[0.8, 1.25]` and its 95 % interval excludes 1. The first
/// keeps large tests from failing over what does not matter, the second keeps small ones from failing by chance.
pub(crate) fn calibration(model: &Metrics) -> Gate {
    let slope = model.calibration_slope;
    let bounds = (LEAST_SLOPE, 1.0 / LEAST_SLOPE);
    let far = slope.value().is_some_and(|slope| slope < bounds.0 || slope > bounds.1);
    let certain = slope.interval().is_some_and(|(low, high)| low > 1.0 || high < 1.0);
    let passed = !(far && certain);
    let said = match (slope.value(), slope.interval()) {
        (Some(slope), Some((low, high))) => format!("{slope:.2} ({low:.2} to {high:.2})"),
        (Some(slope), None) => format!("{slope:.2}"),
        (None, _) => "not defined".to_owned(),
    };
    let above = slope.value().is_some_and(|slope| slope > 1.0);
    let why = match (passed, above) {
        (true, _) => format!("the calibration slope on the test is {said}"),
        (false, true) => format!(
            "the calibration slope on the test is {said}: probabilities are too timid, high ones should be higher and low \
             ones lower; churn at the test differs from churn at the calibration date"
        ),
        (false, false) => format!(
            "the calibration slope on the test is {said}: probabilities are too bold, high ones should be lower and low ones \
             higher; churn at the test differs from churn at the calibration date, or there are too few training rows"
        ),
    };
    let limit = if above { bounds.1 } else { bounds.0 };
    Gate {
        gate: GateKind::Calibration,
        passed,
        subject: "test slice".to_owned(),
        found: slope.value().map(Measured::Number),
        limit: Some(Measured::Number(limit)),
        why,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use evaluation::{Bootstrap, Estimate, Sample};

    fn metrics(slope: Estimate) -> Metrics {
        let sample = Sample::new(vec![0.2, 0.7, 0.4], vec![true, false, true], vec![0, 1, 2]).unwrap();
        Metrics { calibration_slope: slope, ..Metrics::estimate(&sample, Bootstrap::new(100, 1).unwrap()) }
    }

    #[test]
    fn a_slope_is_refused_where_it_is_far_off_and_certainly_so() {
        let passes = |slope, interval| calibration(&metrics(Estimate::new(slope, interval).unwrap())).passed;
        assert!(passes(1.0, Some((0.9, 1.1))));
        assert!(passes(0.85, Some((0.8, 0.9))), "certain, and near enough");
        assert!(passes(0.5, Some((0.1, 1.1))), "far, and perhaps by chance");
        assert!(passes(0.5, None));
        assert!(!passes(0.79, Some((0.6, 0.99))));
        assert!(!passes(1.26, Some((1.01, 1.5))));
        assert!(calibration(&metrics(Estimate::NONE)).passed);
        let gate = calibration(&metrics(Estimate::new(1.5, Some((1.2, 1.8))).unwrap()));
        assert_eq!((gate.found, gate.limit), (Some(Measured::Number(1.5)), Some(Measured::Number(1.25))));
        assert!(gate.why.contains("1.50 (1.20 to 1.80): probabilities are too timid"), "{}", gate.why);
    }
}
