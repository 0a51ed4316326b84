//! Which features an export has the columns for. A table or column that a project lacks costs nothing: what would be
//! computed from it is absent, not zero.

use std::sync::Arc;

use history::{EventKind, History, Returns};

use crate::catalogue::{catalogue, offer_features};
use crate::expression::{Attribute, Expression};
use crate::feature::{Feature, Use};
use crate::measure::{Aggregate, Column, Condition, Label, Measure, Rows};

/// Features of the catalogue that an export has the columns for, and those of offers once somebody was made one: before that they
/// would be the same for everybody.
#[must_use]
pub fn available(history: &History<'_>) -> Vec<Arc<Feature>> {
    let of_offers = if history.knows_of_offers() { offer_features() } else { &[] };
    let features = catalogue().iter().chain(of_offers);
    features.filter(|feature| has_all(history, &feature.definition)).cloned().collect()
}

/// Those of them that models use without being told to.
#[must_use]
pub fn modelled(history: &History<'_>) -> Vec<Arc<Feature>> {
    let mut features = available(history);
    features.retain(|feature| feature.used == Use::Modelled);
    features
}

/// Whether the export has every column that an expression needs.
#[must_use]
pub fn has_all(history: &History<'_>, definition: &Expression) -> bool {
    !definition.any(&|part| match part {
        Expression::Measure(measure) => !has(history, measure),
        Expression::Customer(Attribute::DaysSinceSignup) => !history.has_signup(),
        Expression::Customer(Attribute::DaysToContractEnd) => !history.has_contract_end(),
        Expression::Customer(Attribute::Is(column, _)) => !history.has_attribute(column),
        Expression::Customer(Attribute::Level { of, .. } | Attribute::Place(of)) => !history.has_attribute(&of.column),
        _ => false,
    })
}

fn has(history: &History<'_>, measure: &Measure) -> bool {
    let rows = match &measure.rows {
        Rows::Returns => history.returns() != Returns::Drop,
        Rows::Lines => history.has_products() || history.has_categories(),
        Rows::Events(kinds) => {
            history.has_event_of(&kinds.iter().map(|kind| EventKind::of(kind)).collect::<Vec<EventKind>>())
        }
        Rows::Offers => history.has_offers(),
        Rows::Purchases | Rows::Sales | Rows::Spending => true,
    };
    let column = |column: &Column| match column {
        Column::Discount => history.has_discount(),
        Column::Margin => history.has_margin(),
        Column::Quantity => history.has_quantity(),
        Column::Amount | Column::Gap | Column::Value => true,
        Column::DaysToResolve => history.has_resolved_at(),
    };
    let label = |label: &Label| match label {
        Label::Product => history.has_products(),
        Label::Category => history.has_categories(),
        Label::Channel => history.has_channels() || matches!(measure.rows, Rows::Events(_)),
        Label::Type | Label::Day | Label::Weekday => true,
    };
    let aggregate = match &measure.aggregate {
        Aggregate::Sum(c) | Aggregate::Mean(c) | Aggregate::Std(c) | Aggregate::Median(c) => column(c),
        Aggregate::Min(c) | Aggregate::Max(c) | Aggregate::First(c) | Aggregate::Last(c) => column(c),
        Aggregate::Distinct(l) | Aggregate::TopShare(l) => label(l),
        Aggregate::Concentration(l, c) => label(l) && column(c),
        Aggregate::Open | Aggregate::Late(_) => history.has_resolved_at(),
        Aggregate::Unanswered(kind, _) => history.has_event_of(&[EventKind::of(kind)]),
        Aggregate::NoneAfterSignup(_) => history.has_signup(),
        Aggregate::Count | Aggregate::DaysSinceFirst | Aggregate::DaysSinceLast => true,
    };
    let condition = |condition: &Condition| match condition {
        Condition::Weekend => true,
        Condition::Is(l, _) | Condition::IsNot(l, _) => label(l),
        Condition::AtLeast(c, _) | Condition::Below(c, _) => column(c),
    };
    rows && aggregate && measure.filter.iter().all(condition)
}
