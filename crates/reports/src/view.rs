//! Segments as they are shown: sorted, grouped, small ones suppressed. Page, chart and CSV all read this one view.

use std::cmp::Ordering;

use crate::data::{ObservedChurn, Segment, Segments, finite};

/// What to do with a segment, by value and churn probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Valuable and likely to churn.
    Save,
    /// Valuable and likely to stay.
    Protect,
    /// Of little value and likely to stay.
    Grow,
    /// Of little value and likely to churn.
    LetGo,
}

impl Group {
    pub(crate) const ALL: [Self; 4] = [Self::Protect, Self::Save, Self::Grow, Self::LetGo];

    fn of(churn_probability: f64, value: f64, segments: &Segments) -> Self {
        match (value >= segments.value_threshold, churn_probability >= segments.probability_threshold) {
            (true, true) => Self::Save,
            (true, false) => Self::Protect,
            (false, false) => Self::Grow,
            (false, true) => Self::LetGo,
        }
    }
}

/// A number that may be held back because too few customers stand behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shown<V> {
    /// The number.
    Value(V),
    /// There is no such number.
    Missing,
    /// Fewer customers than the minimum.
    Suppressed,
}

impl<V> Shown<V> {
    pub(crate) fn value(self) -> Option<V> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Suppressed => None,
        }
    }
}

/// One segment as it is shown.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) observed: Shown<ObservedChurn>,
    pub(crate) churn_probability: Shown<f64>,
    pub(crate) value_per_customer: Shown<f64>,
    pub(crate) value_at_risk: Option<f64>,
    /// Share of the value at risk of all segments.
    pub(crate) share: Option<f64>,
    pub(crate) group: Option<Group>,
}

/// The rows by falling value at risk, then customers, then name.
pub(crate) fn rows(segments: &Segments) -> Vec<Row<'_>> {
    let total = total_at_risk(segments);
    let mut rows: Vec<Row<'_>> = segments.rows.iter().map(|segment| row(segment, segments, total)).collect();
    rows.sort_by(|a, b| {
        descending(a.value_at_risk, b.value_at_risk)
            .then(b.segment.customers.cmp(&a.segment.customers))
            .then_with(|| a.segment.name.cmp(&b.segment.name))
    });
    rows
}

/// Value at risk of all segments together, where every segment has one and none is negative: only then is a share of
/// it a share.
pub(crate) fn total_at_risk(segments: &Segments) -> Option<f64> {
    let mut total = 0.0;
    for segment in &segments.rows {
        total += finite(segment.value_at_risk).filter(|v| *v >= 0.0)?;
    }
    (total > 0.0).then_some(total)
}

fn row<'a>(segment: &'a Segment, segments: &Segments, total: Option<f64>) -> Row<'a> {
    let min = segments.min_customers;
    let scored = |value: Option<f64>| match finite(value) {
        _ if segment.eligible < min || segment.customers < min => Shown::Suppressed,
        Some(value) => Shown::Value(value),
        None => Shown::Missing,
    };
    let observed = match segment.observed {
        _ if segment.customers < min => Shown::Suppressed,
        Some(churn) if churn.customers < min => Shown::Suppressed,
        Some(churn) => Shown::Value(churn),
        None => Shown::Missing,
    };
    let churn_probability = scored(segment.churn_probability);
    let value_per_customer = scored(segment.value_per_customer);
    let value_at_risk = finite(segment.value_at_risk);
    Row {
        segment,
        observed,
        churn_probability,
        value_per_customer,
        value_at_risk,
        share: value_at_risk.zip(total).map(|(part, total)| part / total),
        group: churn_probability.value().zip(value_per_customer.value()).map(|(p, v)| Group::of(p, v, segments)),
    }
}

fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
