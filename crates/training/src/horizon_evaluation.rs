//! What the test said of the further horizons, as it stands in `metrics.json` and in the card.

use std::fmt::Write;

use evaluation::{Estimate, Metrics};
use serde::Serialize;

use crate::Evaluation;

/// One horizon beside the model's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonEvaluation {
    /// Its length in days.
    pub days: u16,
    /// What its model was fitted on; none where there is no model of it.
    pub fitted: Option<HorizonFit>,
    /// The test; none where there is no model, or where the label window from the test as-of date is not over.
    pub test: Option<HorizonTested>,
    /// Why there is no model, or no test.
    pub why_not: Option<String>,
}

/// What the model of a horizon was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonFit {
    /// As-of dates whose label window of this length ends by the test as-of date.
    pub training_dates: u64,
    /// Rows of these dates.
    pub rows: u64,
    /// How many of them churned.
    pub churners: u64,
    /// The newest of the dates, on which it was calibrated.
    pub calibrated_on: String,
    /// Rows of that date.
    pub calibration_rows: u64,
    /// How many of them churned.
    pub calibration_churners: u64,
    /// Slope of the calibration line: 1 where predictions needed no stretching.
    pub calibration_slope: f64,
    /// Whether its predictions told churners from the others without an error: then the line is that of smoothed outcomes.
    pub calibration_is_separated: bool,
}

/// The test of a horizon, on probabilities as they are delivered: in order over the horizons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonTested {
    /// First day after the label window.
    pub window_end: String,
    /// Eligible customers tested on.
    pub rows: u64,
    /// How many of them churned.
    pub churners: u64,
    /// Eligible customers left out because they neither churned nor stayed.
    pub unlabelled: u64,
    /// Share that churned.
    pub churn_rate: f64,
    /// Area under the ROC curve.
    pub roc_auc: Estimate,
    /// Mean log-loss. Those of two horizons cannot be compared, since another share churns.
    pub log_loss: Estimate,
    /// Calibration slope: below 1, probabilities are too bold.
    pub calibration_slope: Estimate,
}

/// The table of the card; nothing where no horizon was asked for.
pub(crate) fn markdown(evaluation: &Evaluation, own_days: u16) -> String {
    if evaluation.horizons.is_empty() {
        return String::new();
    }
    let mut text = "\n## Horizons\n\nProbabilities of other horizons, on the same features and with the same penalty, each with labels, \
                    calibration and test of its own. A customer's probabilities are put in order over the horizons, and go through \
                    the model's own. Log-losses of two horizons cannot be compared.\n\n\
                    | days | training rows | tested | churned | ROC AUC | log-loss | calibration slope |\n|---|---|---|---|---|---|---|\n"
        .to_owned();
    let own = &evaluation.model;
    let mut lines: Vec<(u16, String)> = evaluation.horizons.iter().map(|h| (h.days, line_of(h))).collect();
    let rows = evaluation.slices.training.rows;
    let (tested, churned) = (evaluation.test.rows, evaluation.test.churners);
    lines.push((own_days, line(own_days, " (the model)", rows, (tested, churned), estimates_of(own))));
    lines.sort();
    lines.iter().for_each(|(_, line)| text.push_str(line));
    text
}

fn estimates_of(metrics: &Metrics) -> [&Estimate; 3] {
    [&metrics.roc_auc, &metrics.log_loss, &metrics.calibration_slope]
}

fn line_of(horizon: &HorizonEvaluation) -> String {
    let rows = horizon.fitted.as_ref().map(|fit| fit.rows);
    match (&horizon.test, rows) {
        (Some(test), Some(rows)) => {
            let estimates = [&test.roc_auc, &test.log_loss, &test.calibration_slope];
            line(horizon.days, "", rows, (test.rows, test.churners), estimates)
        }
        (_, rows) => {
            let (rows, what) = rows.map_or(("none".to_owned(), "no model"), |rows| (rows.to_string(), "not tested"));
            let why = horizon.why_not.as_deref().unwrap_or_default();
            format!("| {} | {rows} | {what}: {why} | | | | |\n", horizon.days)
        }
    }
}

fn line(days: u16, which: &str, rows: u64, (tested, churned): (u64, u64), estimates: [&Estimate; 3]) -> String {
    let mut text =
        format!("| {days}{which} | {rows} | {tested} | {churned} ({:.1} %) |", 100.0 * churned as f64 / tested as f64);
    for estimate in estimates {
        write!(text, " {} |", crate::card::number(estimate)).expect("a String accepts any text");
    }
    text.push('\n');
    text
}
