//! What metrics, card and screen say of segments.

use std::fmt::Write;

use evaluation::{Estimate, Withheld};
use feature_engineering::Coding;
use serde::Serialize;

use super::SegmentColumn;
use super::values::{LEAST_OF_A_KIND, Values};
use crate::TrainingError;

/// Whether segments have models of their own, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentChoice {
    /// The column of the customers table.
    pub column: String,
    /// Whether segments have models of their own.
    pub kept: bool,
    /// Strength of the pooling; none where the global model alone is kept.
    pub strength: Option<f64>,
    /// Log-loss of the global model at the choice; none where no value had enough rows to try.
    pub global_log_loss: Option<f64>,
    /// Log-loss with the best pooling: the strongest that ties with the lowest.
    pub log_loss: Option<f64>,
    /// How much lower that is than with the global model.
    pub gain: Option<f64>,
    /// Standard error of the gain, over customers.
    pub standard_error: Option<f64>,
    /// The strengths tried, strongest first.
    pub trials: Vec<StrengthTrial>,
    /// The values with enough customers to be named, most training rows first.
    pub values: Vec<SegmentCounts>,
    /// Training rows of other values.
    pub other_rows: u64,
    /// Training rows of customers without a value.
    pub missing_rows: u64,
}

/// One strength of pooling that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StrengthTrial {
    /// Ridge on the deviations, against the summed loss.
    pub strength: f64,
    /// Mean log-loss on what the models had not seen.
    pub log_loss: f64,
}

/// Training rows of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentCounts {
    /// The text.
    pub value: String,
    /// Customers; 30 at least.
    pub customers: u64,
    /// Rows.
    pub rows: u64,
    /// Rows that churned.
    pub churners: u64,
    /// Whether fewer than 50 rows churned, or fewer than 50 stayed: the global model scores such customers.
    pub fallback: bool,
}

impl SegmentChoice {
    pub(super) fn of(values: &Values) -> Self {
        Self {
            column: values.coding.column.clone(),
            kept: false,
            strength: None,
            global_log_loss: None,
            log_loss: None,
            gain: None,
            standard_error: None,
            trials: Vec::new(),
            values: values.counts.clone(),
            other_rows: values.other_rows,
            missing_rows: values.missing_rows,
        }
    }

    /// The same of other rows.
    pub(super) fn with_values(&self, values: &Values) -> Self {
        Self {
            values: values.counts.clone(),
            other_rows: values.other_rows,
            missing_rows: values.missing_rows,
            ..self.clone()
        }
    }

    /// One line for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let fallback: Vec<&str> = self.values.iter().filter(|of| of.fallback).map(|of| of.value.as_str()).collect();
        let own = self.values.len() - fallback.len();
        let gained = || {
            let gain = self.gain.unwrap_or(f64::NAN);
            let error = self.standard_error.map_or_else(|| "-".to_owned(), |error| format!("{error:.5}"));
            format!("log-loss lower by {gain:.5} at the choice (standard error {error})")
        };
        let mut line = match self.strength {
            Some(strength) => {
                format!(
                    "{own} segments by {} have models of their own, pooled with strength {strength:.3e}: {}",
                    self.column,
                    gained()
                )
            }
            None if self.trials.is_empty() || own == 0 => format!(
                "no segments by {}: no value has {LEAST_OF_A_KIND} rows that churned and {LEAST_OF_A_KIND} that stayed; the \
                 global model scores all customers",
                self.column
            ),
            None => format!(
                "no segments by {}: models of their own were not clearly better than the global model, which scores all \
                 customers: {}",
                self.column,
                gained()
            ),
        };
        if self.kept && !fallback.is_empty() {
            push(
                &mut line,
                format_args!(
                    "; too few churned or stayed, so that the global model scores them: {}",
                    fallback.join(", ")
                ),
            );
        }
        line
    }
}

/// The test of each segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BySegment {
    /// The column of the customers table.
    pub column: String,
    /// Named values in their order, then all others together, then customers without a value.
    pub segments: Vec<SegmentMetrics>,
}

/// The test rows of a segment; see [`evaluation::GroupMetrics`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentMetrics {
    /// The value; `null` for the two groups at the end.
    pub value: Option<String>,
    /// `value`, `other` or `missing`.
    pub kind: &'static str,
    /// Whether the segment has a model of its own.
    pub own_model: bool,
    /// Test rows, one for each customer.
    pub rows: u64,
    /// How many of them churned.
    pub churners: u64,
    /// Why there are no figures, if there are none.
    pub withheld: Option<Withheld>,
    /// Share that churned.
    pub observed_rate: Estimate,
    /// Area under the ROC curve within the segment.
    pub roc_auc: Estimate,
    /// Churners over expected churners.
    pub observed_to_expected: Estimate,
}

/// The metrics of the segments on the test rows.
pub(crate) fn by_segment(
    column: SegmentColumn<'_>,
    said: &SegmentChoice,
    (customers, churned, predicted): (&[u32], &[bool], &[f64]),
) -> Result<BySegment, TrainingError> {
    let named: Vec<String> = said.values.iter().map(|of| of.value.clone()).collect();
    let (other, missing) = (named.len() as u32, named.len() as u32 + 1);
    let coding = Coding { column: column.name.to_owned(), named };
    let group = |customer: &u32| match column.cells[*customer as usize].as_deref() {
        Some(cell) => coding.place(Some(cell)).map_or(other, |place| place as u32),
        None => missing,
    };
    let groups: Vec<u32> = customers.iter().map(group).collect();
    let metrics = evaluation::by_group(predicted, churned, customers, &groups)?;
    let segment = |of: evaluation::GroupMetrics| {
        let counts = said.values.get(of.group as usize);
        SegmentMetrics {
            value: counts.map(|counts| counts.value.clone()),
            kind: if of.group < other { "value" } else { ["other", "missing"][usize::from(of.group == missing)] },
            own_model: said.kept && counts.is_some_and(|counts| !counts.fallback),
            rows: of.rows,
            churners: of.churners,
            withheld: of.withheld,
            observed_rate: of.observed_rate,
            roc_auc: of.roc_auc,
            observed_to_expected: of.observed_to_expected,
        }
    };
    Ok(BySegment { column: column.name.to_owned(), segments: metrics.into_iter().map(segment).collect() })
}

/// What stands in the notes of the metrics, the card and the report.
pub(crate) fn note(said: &SegmentChoice) -> String {
    let risk = " The column has no dates: customers are of the segment that the export gives today, also in the training and \
                the test, so that the test looks better than the model will be if churn changes the column.";
    let words = said.in_words();
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.{}", letters.as_str(), if said.kept { risk } else { "" })
}

/// The section of the card; `plain` makes texts harmless, `number` writes a metric.
pub(crate) fn card(
    (said, tested): (&SegmentChoice, &BySegment),
    plain: fn(&str) -> String,
    number: fn(&Estimate) -> String,
) -> String {
    let mut text = format!("## Segments\n\n{}.\n\n", plain(&said.in_words()));
    if said.kept {
        text.push_str(
            "The table of coefficients is that of the global model, which scores all others. Segments have the same features; \
             their coefficients are in the model file.\n\n",
        );
    }
    push(
        &mut text,
        format_args!(
            "| {} | model | training rows | churned | customers of the test | churned | ROC AUC | observed / expected \
             churners |\n|---|---|---|---|---|---|---|---|\n",
            plain(&tested.column)
        ),
    );
    for segment in &tested.segments {
        let counts = segment.value.as_ref().and_then(|value| said.values.iter().find(|of| of.value == *value));
        let name = match (&segment.value, segment.kind) {
            (Some(value), _) => plain(value),
            (None, "other") => "(other values)".to_owned(),
            (None, _) => "(not known)".to_owned(),
        };
        let model = match (segment.own_model, said.kept && counts.is_some_and(|counts| counts.fallback)) {
            (true, _) => "own",
            (false, true) => "global (too few rows)",
            (false, false) => "global",
        };
        let trained =
            counts.map_or_else(|| "- | -".to_owned(), |counts| format!("{} | {}", counts.rows, counts.churners));
        let figures = match segment.withheld {
            Some(why) => format!("{why} | -"),
            None => format!("{} | {}", number(&segment.roc_auc), number(&segment.observed_to_expected)),
        };
        push(
            &mut text,
            format_args!("| {name} | {model} | {trained} | {} | {} | {figures} |\n", segment.rows, segment.churners),
        );
    }
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String accepts any text");
}
