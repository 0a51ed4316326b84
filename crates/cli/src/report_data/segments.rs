//! What each segment is worth, and how likely its customers are to churn.

use std::collections::BTreeMap;

use feature_engineering::purchase_days;
use feature_engineering::reason::{Group, Language};
use history::{Date, Export, ReadError};
use reports::{Segment, Segments};
use scoring::{Model, ScoreRow, Scores};

use super::months::{labels, latest_label, observed};

/// Rates of fewer customers than this are not shown.
pub(super) const MIN_CUSTOMERS: u64 = 30;

/// The segment of customers of whom the customers table does not say it.
const NOT_KNOWN: &str = "(not known)";

/// How customers are put into segments.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SegmentBy<'a> {
    /// By a column of the customers table.
    Column(&'a str),
    /// By how many days with a purchase they had, where the project names no column.
    Purchases,
}

impl SegmentBy<'_> {
    /// What makes the segments, in words.
    fn words(self) -> String {
        match self {
            SegmentBy::Column(name) => name.replace('_', " "),
            SegmentBy::Purchases => "number of purchase days".to_owned(),
        }
    }

    /// The segment of some customers of the export as of a date; `None` where it is not known.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(crate) fn cells_of<'a>(
        self,
        export: &'a Export,
        as_of: Date,
        customers: &[u32],
    ) -> Result<Vec<Option<&'a str>>, ReadError> {
        Ok(match self {
            SegmentBy::Column(name) => {
                let cells = export.segment_column(name);
                customers.iter().map(|customer| cells?.get(*customer as usize)?.as_deref()).collect()
            }
            SegmentBy::Purchases => {
                let days = purchase_days(&export.history(as_of), customers)?;
                days.iter().map(|p| p.map(|p| band(p.repeat() + 1))).collect()
            }
        })
    }

    /// The segment of every customer of the export as of a date; `None` where it is not known.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(crate) fn cells(self, export: &Export, as_of: Date) -> Result<Vec<Option<Box<str>>>, ReadError> {
        Ok(match self {
            SegmentBy::Column(name) => match export.segment_column(name) {
                Some(cells) => cells.to_vec(),
                None => vec![None; export.customer_ids().len()],
            },
            SegmentBy::Purchases => {
                let history = export.history(as_of);
                let everybody: Vec<u32> = (0..history.n_customers()).collect();
                purchase_days(&history, &everybody)?.iter().map(|p| p.map(|p| band(p.repeat() + 1).into())).collect()
            }
        })
    }
}

/// The segment of a number of days with a purchase.
fn band(days: u32) -> &'static str {
    match days {
        0..=1 => "1 purchase",
        2..=3 => "2 to 3 purchases",
        4..=9 => "4 to 9 purchases",
        _ => "10 purchases or more",
    }
}

#[derive(Debug, Default)]
struct Tally {
    customers: u64,
    eligible: u64,
    probability: f64,
    value: f64,
    at_risk: f64,
    first_reasons: BTreeMap<Group, u64>,
    was_eligible: usize,
    churned: usize,
}

/// The segment table. `cells` are the segments as of the scores.
pub(super) fn segments(
    export: &Export,
    model: &Model,
    scores: &Scores,
    by: SegmentBy<'_>,
    cells: &[Option<Box<str>>],
) -> Result<Segments, ReadError> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    for row in scores.rows() {
        let segment = cells.get(row.customer as usize).and_then(Option::as_deref).unwrap_or(NOT_KNOWN);
        all.add(row);
        tallies.entry(segment).or_default().add(row);
    }
    let latest = latest_label(export, scores.as_of(), model);
    let cells_then = by.cells(export, latest)?;
    for (customer, churned) in labels(export, latest, model)? {
        let segment = cells_then.get(customer as usize).and_then(Option::as_deref).unwrap_or(NOT_KNOWN);
        if let Some(tally) = tallies.get_mut(segment) {
            tally.was_eligible += 1;
            tally.churned += usize::from(churned);
        }
    }
    let what = if model.file().has_margin { "margin" } else { "revenue" };
    Ok(Segments {
        segment_by: by.words(),
        value_label: format!("{what} per customer over {} days if they stay", model.window().horizon.get()),
        probability_threshold: all.mean(all.probability).unwrap_or(0.5),
        value_threshold: all.mean(all.value).unwrap_or(0.0),
        min_customers: MIN_CUSTOMERS,
        rows: tallies.into_iter().map(|(name, tally)| tally.segment(name, model.language())).collect(),
    })
}

impl Tally {
    fn add(&mut self, row: &ScoreRow) {
        self.customers += 1;
        let Some(scored) = &row.scored else { return };
        self.eligible += 1;
        self.probability += scored.probability;
        self.value += scored.expected_value;
        self.at_risk += scored.value_at_risk;
        if let Some(group) = scored.reason_groups.first() {
            *self.first_reasons.entry(*group).or_default() += 1;
        }
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.eligible > 0).then(|| sum / self.eligible as f64)
    }

    fn segment(&self, name: &str, language: &Language) -> Segment {
        // The first of equals, in the order of the groups.
        let top = self.first_reasons.iter().rev().max_by_key(|(_, count)| **count).map(|(group, _)| *group);
        Segment {
            name: name.to_owned(),
            customers: self.customers,
            eligible: self.eligible,
            observed: (self.was_eligible > 0).then(|| observed(self.was_eligible, self.churned)),
            churn_probability: self.mean(self.probability),
            value_per_customer: self.mean(self.value),
            value_at_risk: Some(self.at_risk),
            top_reason: top.map(|group| language.group(group).to_owned()),
        }
    }
}
