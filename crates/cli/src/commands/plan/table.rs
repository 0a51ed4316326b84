//! The rows of a plan as they stand in files.

use decisions::plan::{NotContacted, Plan, PlanRow, State};
use history::{Column, Date, Money, Values};
use reports::Language;

use super::people::People;
use super::told;
use super::worklists::Named;

/// A row of a plan with what its columns need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) plan: &'a PlanRow,
    pub(super) id: &'a str,
    pub(super) owner: Option<&'a str>,
    pub(super) offer: &'a str,
    pub(super) segment: &'a str,
    pub(super) churn_probability: f64,
    pub(super) value: f64,
}

impl Row<'_> {
    pub(super) fn channel(&self) -> Option<&str> {
        self.plan.channel.as_deref()
    }
}

/// The columns that others build on, in their order.
pub(super) fn columns_of((as_of, language): (Date, Language), rows: &[&Row<'_>]) -> Vec<Column> {
    let numbers =
        |of: &dyn Fn(&Row<'_>) -> f64| Values::Float(rows.iter().map(|row| Some(six_decimals(of(row)))).collect());
    let money = |of: &dyn Fn(&Row<'_>) -> Money| Values::Money(rows.iter().map(|row| Some(of(row))).collect());
    vec![
        Column::new("customer_id", text(rows.iter().map(|row| Some(row.id)))),
        Column::new("as_of", Values::Date(vec![Some(as_of); rows.len()])),
        Column::new("action", text(rows.iter().map(|row| Some(row.plan.group.name())))),
        Column::new("offer", text(rows.iter().map(|row| Some(row.offer)))),
        Column::new("channel", text(rows.iter().map(|row| row.channel()))),
        Column::new("owner", text(rows.iter().map(|row| row.owner))),
        Column::new("churn_probability", numbers(&|row| row.churn_probability)),
        Column::new("uplift", numbers(&|row| row.plan.uplift)),
        Column::new("expected_gain", money(&|row| cents(row.plan.expected_gain))),
        Column::new("cost", money(&|row| row.plan.cost)),
        Column::new("arm", text(rows.iter().map(|row| Some(row.plan.arm.name())))),
        Column::new(
            "priority",
            Values::Integer(rows.iter().map(|row| i64::try_from(row.plan.priority).ok()).collect()),
        ),
        Column::new("reason", Values::Text(rows.iter().map(|row| Some(told::why(language, &row.plan.why))).collect())),
    ]
}

/// What `churn measure` needs to know of the lot, and the other columns do not say.
pub(super) fn lot_columns(rows: &[Row<'_>], planned_cost: &[Money]) -> Vec<Column> {
    vec![
        Column::new("customer_id", text(rows.iter().map(|row| Some(row.id)))),
        Column::new("arm", text(rows.iter().map(|row| Some(row.plan.arm.name())))),
        Column::new("stratum", text(rows.iter().map(|row| Some(row.plan.stratum.as_str())))),
        Column::new("segment", text(rows.iter().map(|row| Some(row.segment)))),
        Column::new("value", Values::Money(rows.iter().map(|row| Some(cents(row.value))).collect())),
        Column::new("planned_cost", Values::Money(planned_cost.iter().copied().map(Some).collect())),
    ]
}

/// Every customer with a group, or the reason for none.
pub(super) fn group_columns(as_of: Date, people: &People, named: &[Named<'_>], found: &Plan) -> Vec<Column> {
    let rows: Vec<usize> = (0..people.rows.len()).collect();
    let state = |at: &usize| match people.rows[*at].state {
        State::Eligible => "eligible",
        State::Lapsed => "lapsed",
        State::New => "new",
    };
    let best = |at: &usize| match &found.not_contacted[*at] {
        Some(NotContacted::NoOfferPays { best } | NotContacted::NotWithinMeans { best }) if best.is_finite() => {
            Some(cents(*best))
        }
        _ => None,
    };
    vec![
        Column::new("customer_id", text(rows.iter().map(|at| Some(named[*at].id)))),
        Column::new("as_of", Values::Date(vec![Some(as_of); rows.len()])),
        Column::new("state", text(rows.iter().map(|at| Some(state(at))))),
        Column::new("action", text(rows.iter().map(|at| found.groups[*at].map(|group| group.name())))),
        Column::new("value", Values::Money(rows.iter().map(|at| Some(cents(people.rows[*at].value))).collect())),
        Column::new("in_plan", Values::Flag(rows.iter().map(|at| Some(found.not_contacted[*at].is_none())).collect())),
        Column::new("not_in_plan_because", text(rows.iter().map(|at| found.not_contacted[*at].as_ref().map(why_not)))),
        Column::new("best_offer_would_earn", Values::Money(rows.iter().map(best).collect())),
    ]
}

/// A word for why a customer is in no plan.
pub(super) fn why_not(reason: &NotContacted) -> &'static str {
    match reason {
        NotContacted::NoPermission => "no_permission",
        NotContacted::CoolingOff { .. } => "contacted_lately",
        NotContacted::HeldOut { .. } => "held_out_before",
        NotContacted::NeverBought => "never_bought",
        NotContacted::NoScore => "no_score",
        NotContacted::NoOfferPays { .. } => "no_offer_pays",
        NotContacted::NotWithinMeans { .. } => "not_within_means",
    }
}

pub(super) fn text<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> Values {
    Values::Packed(cells.collect())
}

pub(super) fn six_decimals(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

/// An estimate in whole cents.
pub(super) fn cents(value: f64) -> Money {
    Money::from_ten_thousandths(((value * 100.0).round() as i64).saturating_mul(100))
}
