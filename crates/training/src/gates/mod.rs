//! Gates: what must hold before a new model may score. Each names what it looked at, what it found and what it would have
//! allowed, so that a refusal can be acted upon.

mod calibration;
pub(crate) mod leakage;
mod windows;

#[cfg(test)]
mod clean_tests;

use evaluation::{Comparison, Metrics, Verdict};
use scoring::NotTrained;
use serde::{Serialize, Serializer};

pub(crate) use calibration::calibration;
pub(crate) use windows::label_windows;

use crate::evaluation_file::Differences;

/// What a gate looked at, and what it said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// Which gate.
    pub gate: GateKind,
    /// Whether it lets the model pass.
    pub passed: bool,
    /// What it looked at: a feature, a slice, a baseline, a model.
    pub subject: String,
    /// What it found; none where that is not defined.
    pub found: Option<Measured>,
    /// The last value that it would let pass; none where there is no single one.
    pub limit: Option<Measured>,
    /// The verdict in words.
    pub why: String,
}

/// The gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GateKind {
    /// No feature knows the outcome.
    Leakage,
    /// No model is better than what people can know.
    TooGood,
    /// What is fitted has seen no label from after the test as-of date.
    LabelWindows,
    /// The model beats the baselines.
    Baselines,
    /// There were enough of both kinds to train on, so that the model is one.
    TooFew,
    /// Predicted probabilities are neither far too bold nor far too timid.
    Calibration,
    /// The model is not clearly worse than the champion.
    Champion,
}

/// A number, or a date.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// A number.
    Number(f64),
    /// A date, as text.
    Date(String),
}

impl Serialize for Measured {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Date(date) => serializer.serialize_str(date),
        }
    }
}

impl Gate {
    /// Whether the model may score as far as these gates are concerned.
    #[must_use]
    pub fn all_passed(gates: &[Gate]) -> bool {
        gates.iter().all(|gate| gate.passed)
    }
}

/// One gate for each baseline: the model's log-loss is lower, with its whole 95 % interval.
pub(crate) fn baselines(differences: &Differences) -> Vec<Gate> {
    let comparisons = [
        ("the churn rate alone", differences.prevalence.as_ref()),
        ("recency alone", differences.recency.as_ref()),
        ("BG/NBD", differences.bg_nbd.as_ref()),
    ];
    let gate = |(name, comparison): (&str, Option<&Comparison>)| {
        let difference = comparison?.log_loss;
        let passed = difference.verdict == Some(Verdict::Better);
        let found = difference.estimate.high().or(difference.estimate.value());
        let why = match found {
            Some(high) if passed => {
                format!("the model's log-loss is lower than that of {name} by at least {:.4}", -high)
            }
            Some(high) => format!(
                "the model is not clearly better than {name}: its log-loss may be up to {:.4} higher",
                high.max(0.0)
            ),
            None => format!("the model cannot be compared with {name}"),
        };
        let (found, limit) = (found.map(Measured::Number), Some(Measured::Number(0.0)));
        Some(Gate { gate: GateKind::Baselines, passed, subject: name.to_owned(), found, limit, why })
    };
    comparisons.into_iter().filter_map(gate).collect()
}

/// A forecast in place of a model does not pass: too few of a kind were there to train and test one.
pub(crate) fn too_few(not_trained: &NotTrained) -> Gate {
    Gate {
        gate: GateKind::TooFew,
        passed: false,
        subject: format!("the {} slice", not_trained.slice),
        found: Some(Measured::Number(not_trained.churners.min(not_trained.stayers) as f64)),
        limit: Some(Measured::Number(not_trained.needed as f64)),
        why: format!("this is {}", not_trained.in_words()),
    }
}

/// A model that leaves less than this part of recency's error in ranking, above [`GOOD`], is too good to be true.
const ERROR_LEFT: f64 = 1.0 / 3.0;
/// Areas up to this raise no question.
const GOOD: f64 = 0.97;

/// The whole model: an area under the ROC curve that people who know the customers would not believe. What a model of
/// recency alone achieves is the measure, since there are shops whose customers are that easy to tell apart.
pub(crate) fn too_good(model: &Metrics, recency: &Metrics) -> Gate {
    let found = model.roc_auc.value();
    let known = recency.roc_auc.value().unwrap_or(0.5).max(0.5);
    let limit = GOOD.max(1.0 - ERROR_LEFT * (1.0 - known));
    let passed = found.is_none_or(|found| found <= limit);
    let said = found.map_or_else(|| "not defined".to_owned(), |found| format!("{found:.3}"));
    let why = if passed {
        format!("the model's ROC AUC on the test, {said}, is nothing that would need another explanation than learning")
    } else {
        format!(
            "the model's ROC AUC on the test, {said}, is too good to be true where recency alone has {known:.3}: something it \
             learns from knows the outcome; look for columns that are filled in or corrected after the fact"
        )
    };
    let (found, limit) = (found.map(Measured::Number), Some(Measured::Number(limit)));
    Gate { gate: GateKind::TooGood, passed, subject: "the model".to_owned(), found, limit, why }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use evaluation::{Bootstrap, Difference, Estimate, Sample};

    fn metrics(roc_auc: f64) -> Metrics {
        let sample = Sample::new(vec![0.2, 0.7, 0.4], vec![true, false, true], vec![0, 1, 2]).unwrap();
        let roc_auc = Estimate::new(roc_auc, None).unwrap();
        Metrics { roc_auc, ..Metrics::estimate(&sample, Bootstrap::new(100, 1).unwrap()) }
    }

    #[test]
    fn too_good_is_measured_by_what_recency_achieves() {
        let passes = |model, recency| too_good(&metrics(model), &metrics(recency)).passed;
        assert!(passes(0.97, 0.7) && !passes(0.975, 0.7));
        // Customers like clockwork: 0.95 by recency alone leaves 0.05, of which a model may take two thirds.
        assert!(passes(0.983, 0.95) && !passes(0.984, 0.95));
        assert!(passes(0.6, 0.5) && passes(0.97, 0.3), "a recency that misleads is one that says nothing");
    }

    #[test]
    fn each_baseline_is_a_gate_of_its_own() {
        let difference = |value, low, high, verdict| Difference {
            estimate: Estimate::new(value, Some((low, high))).unwrap(),
            verdict: Some(verdict),
        };
        let (better, unclear) = (
            difference(-0.02, -0.03, -0.01, Verdict::Better),
            difference(-0.001, -0.004, 0.002, Verdict::NoClearDifference),
        );
        let comparison = |log_loss| Comparison { log_loss, roc_auc: better, brier: better, lift_at_10: better };
        let differences =
            Differences { prevalence: Some(comparison(better)), recency: Some(comparison(unclear)), bg_nbd: None };
        let gates = baselines(&differences);
        let said: Vec<(&str, bool)> = gates.iter().map(|gate| (gate.subject.as_str(), gate.passed)).collect();
        assert_eq!(said, [("the churn rate alone", true), ("recency alone", false)]);
        assert_eq!(gates[1].found, Some(Measured::Number(0.002)));
        assert!(!Gate::all_passed(&gates) && Gate::all_passed(&gates[..1]));
        assert_eq!(serde_json::to_value(&gates[0]).unwrap()["found"], -0.01);
    }
}
