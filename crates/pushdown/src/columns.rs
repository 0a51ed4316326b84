//! Which features a project maps the columns for. Whether an engine's tables have rows of a kind is known only when they are
//! read; a kind of event that was never recorded is missing then.

use feature_engineering::{Aggregate, Attribute, Column, Condition, Expression, Label, Measure, Rows};
use history::{ExportSpec, Returns};

/// Whether a project maps every column that a feature needs.
#[must_use]
pub fn are_mapped(spec: &ExportSpec, definition: &Expression) -> bool {
    let customers = spec.customers.as_ref();
    let segment = |column: &String| customers.is_some_and(|of| of.segments.iter().any(|(name, _)| name == column));
    !definition.any(&|part| match part {
        Expression::Measure(measure) => !of_measure(spec, measure),
        Expression::Customer(Attribute::DaysSinceSignup) => customers.is_none_or(|of| of.signup_date.is_none()),
        Expression::Customer(Attribute::DaysToContractEnd) => customers.is_none_or(|of| of.contract_end.is_none()),
        Expression::Customer(Attribute::Is(column, _)) => !segment(column),
        Expression::Customer(Attribute::Level { of, .. } | Attribute::Place(of)) => !segment(&of.column),
        _ => false,
    })
}

fn of_measure(spec: &ExportSpec, measure: &Measure) -> bool {
    let (transactions, events) = (&spec.transactions, spec.events.as_ref());
    let is_event = matches!(measure.rows, Rows::Events(_));
    let resolved = events.is_some_and(|of| of.resolved_at.is_some());
    let rows = match &measure.rows {
        Rows::Returns => transactions.returns != Returns::Drop,
        Rows::Lines => transactions.product.is_some() || transactions.category.is_some(),
        Rows::Events(_) => events.is_some(),
        Rows::Offers => spec.offers.is_some(),
        Rows::Purchases | Rows::Sales | Rows::Spending => true,
    };
    let column = |column: &Column| match column {
        Column::Discount => transactions.discount.is_some(),
        Column::Margin => transactions.margin.is_some(),
        Column::Quantity => transactions.quantity.is_some(),
        Column::Amount | Column::Gap | Column::Value => true,
        Column::DaysToResolve => resolved,
    };
    let label = |label: &Label| match label {
        Label::Product => transactions.product.is_some(),
        Label::Category => transactions.category.is_some(),
        Label::Channel => transactions.channel.is_some() || is_event,
        Label::Type | Label::Day | Label::Weekday => true,
    };
    let aggregate = match &measure.aggregate {
        Aggregate::Sum(c) | Aggregate::Mean(c) | Aggregate::Std(c) | Aggregate::Median(c) => column(c),
        Aggregate::Min(c) | Aggregate::Max(c) | Aggregate::First(c) | Aggregate::Last(c) => column(c),
        Aggregate::Distinct(l) | Aggregate::TopShare(l) => label(l),
        Aggregate::Concentration(l, c) => label(l) && column(c),
        Aggregate::Open | Aggregate::Late(_) => resolved,
        Aggregate::Unanswered(..) => events.is_some(),
        Aggregate::NoneAfterSignup(_) => spec.customers.as_ref().is_some_and(|of| of.signup_date.is_some()),
        Aggregate::Count | Aggregate::DaysSinceFirst | Aggregate::DaysSinceLast => true,
    };
    let condition = |condition: &Condition| match condition {
        Condition::Weekend => true,
        Condition::Is(l, _) | Condition::IsNot(l, _) => label(l),
        Condition::AtLeast(c, _) | Condition::Below(c, _) => column(c),
    };
    rows && aggregate && measure.filter.iter().all(condition)
}
