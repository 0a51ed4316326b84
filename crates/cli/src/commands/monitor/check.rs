//! The checks of a monitor, and what becomes of many tests at once.
//!
//! Every check that is a test has a p-value: how often chance alone, without any drift, gives as much as was seen. A check that looks
//! at many things (features, columns) multiplies the smallest by their number (Bonferroni), and the checks together are judged by
//! Holm's procedure (Holm, Scandinavian Journal of Statistics 6:65, 1979): whatever depends on whatever, the chance that any
//! of them raises a false alarm is at most one less the level.

use serde::{Deserialize, Serialize};

/// What is looked at, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckName {
    DataLate,
    DataShrunk,
    Volume,
    Amounts,
    Channels,
    Events,
    Levels,
    History,
    FeatureShift,
    FeatureDrift,
    ScoreDrift,
    Calibration,
    Lift,
    ChurnRate,
    Satisfaction,
}

impl CheckName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::DataLate => "data_late",
            Self::DataShrunk => "data_shrunk",
            Self::Volume => "volume",
            Self::Amounts => "amounts",
            Self::Channels => "channels",
            Self::Events => "events",
            Self::Levels => "levels",
            Self::History => "history",
            Self::FeatureShift => "feature_shift",
            Self::FeatureDrift => "feature_drift",
            Self::ScoreDrift => "score_drift",
            Self::Calibration => "calibration",
            Self::Lift => "lift",
            Self::ChurnRate => "churn_rate",
            Self::Satisfaction => "satisfaction",
        }
    }

    /// What to do about an alarm.
    fn what_to_do(self) -> &'static str {
        match self {
            Self::DataLate => "ask whoever delivers the export; until then scores are those of the last delivery",
            Self::DataShrunk => {
                "see whether a file, a branch or a period is missing from the delivery, and score again when it is there"
            }
            Self::Volume => "see whether the delivery is complete; if customers really buy less, plan for it",
            Self::Amounts => {
                "ask whether the unit, the currency or the tax of the amounts was changed; do not use scores until it is settled"
            }
            Self::Channels => "ask whether the channel was closed, or its rows are missing from the export",
            Self::Events => {
                "ask whether these events are still recorded; without them customers look as if they had lost interest"
            }
            Self::Levels => {
                "train again once these customers have a label window behind them; until then read their scores with care"
            }
            Self::History => {
                "find out what was changed in the export since training; if the change is right, train again"
            }
            Self::FeatureShift => {
                "look for a change in the source systems at that time; if the business has changed, train again"
            }
            Self::FeatureDrift | Self::ScoreDrift => {
                "look at the features named, and train again if the business has changed"
            }
            Self::Calibration => "train again: the probabilities are no longer what happens",
            Self::Lift => "train again, and compare with churn models compare",
            Self::ChurnRate => "see in the report which segments lose customers, and why",
            Self::Satisfaction => "read the latest complaints and ratings",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Ok,
    Alarm,
    NotChecked,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// The feature, column, channel or month.
    pub(crate) subject: String,
    /// By chance alone; none where it is a rule and no test.
    pub(crate) p_value: Option<f64>,
    pub(crate) expected: String,
    pub(crate) seen: String,
    /// First day of it, where that can be told.
    pub(crate) since: Option<String>,
    pub(crate) sentence: String,
}

/// A check that ran, before all are judged together.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// So many tests, and those that may be an alarm; `calm` is what to say if none is.
    Tested { tests: usize, findings: Vec<Finding>, calm: String },
    /// A rule that needs no test: findings are alarms.
    Rule { findings: Vec<Finding>, calm: String },
    /// Why it could not be checked.
    NotChecked(String),
}

/// A check, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) check: CheckName,
    pub(crate) status: Status,
    /// How many things were tested.
    pub(crate) tests: usize,
    /// The smallest of all tests of the check, times their number; none of a rule.
    pub(crate) p_value: Option<f64>,
    /// After all checks were judged together; an alarm is at most one less the level.
    pub(crate) adjusted_p_value: Option<f64>,
    pub(crate) sentence: String,
    pub(crate) what_to_do: Option<String>,
    pub(crate) findings: Vec<Finding>,
}

/// So many findings stand in a sentence.
const MOST_SAID: usize = 3;
/// So many are kept of a check.
const MOST_KEPT: usize = 50;

/// Judges all checks at a level, by Holm's procedure.
pub(crate) fn judge(outcomes: Vec<(CheckName, Outcome)>, level: f64) -> Vec<Check> {
    let alpha = 1.0 - level;
    let smallest = |outcome: &Outcome| match outcome {
        Outcome::Tested { tests, findings, .. } => {
            let least = findings.iter().filter_map(|finding| finding.p_value).fold(1.0, f64::min);
            Some((least * *tests as f64).min(1.0))
        }
        _ => None,
    };
    let p_values: Vec<Option<f64>> = outcomes.iter().map(|(_, outcome)| smallest(outcome)).collect();
    let adjusted = holm(&p_values);
    let family = p_values.iter().flatten().count().max(1) as f64;
    let judged = outcomes.into_iter().zip(p_values).zip(adjusted).map(|(((name, outcome), p_value), adjusted)| {
        let (status, tests, sentence, findings) = match outcome {
            Outcome::NotChecked(why) => (Status::NotChecked, 0, format!("not checked: {why}"), Vec::new()),
            Outcome::Rule { findings, calm } if findings.is_empty() => (Status::Ok, 0, calm, findings),
            Outcome::Rule { findings, .. } => (Status::Alarm, 0, said(&findings), findings),
            Outcome::Tested { tests, mut findings, calm } => {
                findings.sort_by(|a, b| {
                    let p = |finding: &Finding| finding.p_value.unwrap_or(1.0);
                    p(a).total_cmp(&p(b)).then_with(|| a.subject.cmp(&b.subject))
                });
                if adjusted.is_some_and(|p| p <= alpha) {
                    let clear = |finding: &Finding| finding.p_value.unwrap_or(1.0) * tests as f64 * family <= alpha;
                    let kept = findings.iter().filter(|finding| clear(finding)).count().clamp(1, MOST_KEPT);
                    findings.truncate(kept);
                    (Status::Alarm, tests, said(&findings), findings)
                } else {
                    (Status::Ok, tests, calm, Vec::new())
                }
            }
        };
        let what_to_do = (status == Status::Alarm).then(|| name.what_to_do().to_owned());
        Check { check: name, status, tests, p_value, adjusted_p_value: adjusted, sentence, what_to_do, findings }
    });
    judged.collect()
}

/// The sentences of the first findings, and how many more there are.
fn said(findings: &[Finding]) -> String {
    let mut sentences: Vec<String> = findings.iter().take(MOST_SAID).map(|finding| finding.sentence.clone()).collect();
    let more = findings.len().saturating_sub(MOST_SAID);
    sentences.extend((more > 0).then(|| format!("And {more} more, in monitor.json.")));
    sentences.join(" ")
}

/// P-values adjusted by Holm's step-down procedure; those that are not there are not in the family.
pub(crate) fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p_values.iter().enumerate().filter_map(|(at, p)| Some((at, (*p)?))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![None; p_values.len()];
    let (family, mut highest) = (order.len(), 0.0_f64);
    for (rank, (at, p)) in order.into_iter().enumerate() {
        highest = highest.max(p * (family - rank) as f64).min(1.0);
        adjusted[at] = Some(highest);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_is_that_of_the_reference() {
        // statsmodels.stats.multitest.multipletests([0.01, 0.04, 0.03, 0.005], method="holm"); tests/reference/monitor.py.
        let found = holm(&[Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)]);
        let expected = [Some(0.03), Some(0.06), None, Some(0.06), Some(0.02)];
        for (found, expected) in found.iter().zip(expected) {
            match (found, expected) {
                (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12, "{found} {expected}"),
                (found, expected) => assert_eq!(*found, expected),
            }
        }
    }

    fn finding(subject: &str, p: f64) -> Finding {
        Finding {
            subject: subject.to_owned(),
            p_value: Some(p),
            expected: String::new(),
            seen: String::new(),
            since: None,
            sentence: format!("{subject} moved."),
        }
    }

    #[test]
    fn many_tests_count_as_many_and_only_what_is_clear_is_named() {
        let tested = |p: f64, tests| Outcome::Tested {
            tests,
            findings: vec![finding("b", p), finding("a", 0.3)],
            calm: "calm".to_owned(),
        };
        let checks = judge(
            vec![
                (CheckName::History, tested(1e-4, 60)),
                (CheckName::Volume, tested(0.04, 1)),
                (CheckName::Lift, Outcome::NotChecked("no labels".to_owned())),
            ],
            0.95,
        );
        assert_eq!((checks[0].status, checks[0].sentence.as_str()), (Status::Alarm, "b moved."));
        assert_eq!(checks[0].findings.len(), 1);
        assert_eq!(checks[1].status, Status::Alarm, "Holm: the second of two at the whole level");
        assert_eq!((checks[2].status, checks[2].sentence.as_str()), (Status::NotChecked, "not checked: no labels"));
        let calm = judge(vec![(CheckName::History, tested(1e-3, 60)), (CheckName::Volume, tested(0.03, 1))], 0.95);
        assert_eq!((calm[0].status, calm[1].status), (Status::Ok, Status::Ok));
        assert!(calm[0].findings.is_empty() && calm[0].what_to_do.is_none());
    }
}
