//! The read-out of a plan, for people, for machines, and as a table.

use decisions::measures::Cell;
use decisions::readout::{Effect, ReadOut, Verdict};
use evaluation::Estimate;
use history::{Column, Values};
use serde_json::{Value, json};

use super::outcome::{Outcomes, Returned};
use super::plan_file::PlanFile;

/// Everything that is told of a read-out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) plan: &'a PlanFile,
    pub(super) outcomes: &'a Outcomes,
    pub(super) returned: &'a Returned,
    pub(super) read_out: &'a ReadOut,
    pub(super) early_looks: usize,
    /// Days of the horizon that were looked at.
    pub(super) days: i32,
    /// Days of the whole horizon.
    pub(super) of_days: i32,
    pub(super) currency: &'a str,
}

/// A line of the read-out: what it is about, and the effect; or why there is none.
enum Line<'a> {
    Effect(&'a Effect),
    Withheld(u64),
    OneArm,
}

impl Told<'_> {
    fn lines(&self) -> Vec<(&'static str, &str, Line<'_>)> {
        let whole = self.read_out.all.as_ref().map_or(Line::OneArm, Line::Effect);
        let mut lines = vec![("all", "all", whole)];
        for (by, cells) in [("risk_block", &self.read_out.by_risk_block), ("segment", &self.read_out.by_segment)] {
            for (name, cell) in cells {
                let line = match cell {
                    Cell::Shown(Some(effect)) => Line::Effect(effect),
                    Cell::Shown(None) => Line::OneArm,
                    Cell::Withheld { customers } => Line::Withheld(*customers),
                };
                lines.push((by, name, line));
            }
        }
        lines
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Earned => "earned",
        Verdict::Lost => "lost",
        Verdict::KeptCustomers => "kept_customers",
        Verdict::DroveAway => "drove_away",
        Verdict::NotTold => "not_told",
        Verdict::TooFew => "too_few",
    }
}

fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Earned => "the plan earned money: more than it cost, beyond what chance explains",
        Verdict::Lost => "the plan lost money: it cost more than it brought, beyond what chance explains",
        Verdict::KeptCustomers => {
            "more customers stayed because of the plan; whether that paid cannot be told from chance"
        }
        Verdict::DroveAway => "fewer customers stayed because of the plan; what that cost cannot be told from chance",
        Verdict::NotTold => {
            "no effect can be told from chance: it may have earned or lost anything within the intervals below"
        }
        Verdict::TooFew => "too few customers in an arm to say anything",
    }
}

pub(super) fn page(told: &Told<'_>) -> Vec<String> {
    let Told { plan, outcomes, returned, currency, .. } = told;
    let over = if told.days < told.of_days {
        format!("the first {} of {} days; EARLY: what stayed so far may still leave", told.days, told.of_days)
    } else {
        format!("{} days", told.days)
    };
    let mut lines = vec![format!("plan of {} ({}), read out over {over}", plan.as_of, plan.path.display())];
    lines.push(verdict_words(told.read_out.verdict).to_owned());
    lines.push(String::new());
    if let Some(effect) = &told.read_out.all {
        let money = |estimate: &Estimate| range(estimate, 1.0, 2, currency);
        lines.push(format!(
            "customers to contact: {}, held out: {}; all of them count where the lot put them, reached or not",
            effect.contacted, effect.held_out
        ));
        if let Some(reached) = outcomes.reached {
            lines.push(format!("contacted, as the offers table says: {reached} of {}", effect.contacted));
        }
        lines.push(format!(
            "stayed: {:.1} % of those to contact; without the plan it would have been {:.1} % of them",
            100.0 * effect.retained_contacted,
            100.0 * effect.retained_held_out
        ));
        lines.push(format!("difference: {}", range(&effect.retention, 100.0, 1, "points")));
        lines.push(format!("customers kept: {}", range(&effect.customers, 1.0, 0, "")));
        lines.push(format!("margin gained: {}", money(&effect.margin)));
        let costs = if outcomes.actual_costs {
            "as the offers table says"
        } else {
            "as planned: the offers table does not say what was spent since"
        };
        lines.push(format!("cost: {} {currency} ({costs})", effect.cost));
        lines.push(format!("profit: {}", money(&effect.profit)));
        if let Some(customers) = effect.break_even_customers {
            lines.push(format!("to pay for itself, a plan of this cost has to keep {customers:.1} customers"));
        }
    }
    lines.push(match told.early_looks {
        0 => "intervals hold at 95 % together (retention and money), for one look".to_owned(),
        looks => format!(
            "intervals hold at 95 % together, however often one looks ({looks} early so far), and are wider for it"
        ),
    });
    for (title, key) in [
        ("By risk", "risk_block"),
        ("By segment (of many segments one in twenty will look good, or bad, by chance)", "segment"),
    ] {
        let rows: Vec<_> = told.lines().into_iter().filter(|(by, ..)| *by == key).collect();
        if rows.len() < 2 {
            continue;
        }
        lines.push(String::new());
        lines.push(title.to_owned());
        for (_, name, line) in rows {
            lines.push(match line {
                Line::Effect(effect) => format!(
                    "  {name}: {} more stay; profit {}",
                    range(&effect.retention, 100.0, 1, "points"),
                    range(&effect.profit, 1.0, 0, currency)
                ),
                Line::Withheld(customers) => format!("  {name}: only {customers} customers, withheld"),
                Line::OneArm => format!("  {name}: one arm has fewer than two customers"),
            });
        }
    }
    if returned.lapsed > 0 {
        lines.push(String::new());
        lines.push(format!(
            "Lapsed customers who bought again: {} of {}",
            range(&returned.all, 100.0, 1, "%"),
            returned.lapsed
        ));
        if returned.contacted.0 + returned.held_out.0 > 0 {
            lines.push(format!(
                "  of the plan: {} of {} to contact, {} of {} held out",
                range(&returned.contacted.1, 100.0, 1, "%"),
                returned.contacted.0,
                range(&returned.held_out.1, 100.0, 1, "%"),
                returned.held_out.0
            ));
        }
    }
    lines
}

/// A value with its interval.
fn range(estimate: &Estimate, factor: f64, digits: usize, unit: &str) -> String {
    // A small negative number would be written as -0.
    let of = |value: f64| {
        let text = format!("{:.digits$}", factor * value);
        if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) {
            text.trim_start_matches('-').to_owned()
        } else {
            text
        }
    };
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{}{unit} ({} to {})", of(value), of(low), of(high)),
        (Some(value), None) => format!("{}{unit}", of(value)),
        (None, _) => "not known".to_owned(),
    }
}

pub(super) fn answer(told: &Told<'_>) -> Value {
    let Told { plan, outcomes, returned, read_out, .. } = told;
    let cells: Vec<Value> = told
        .lines()
        .into_iter()
        .map(|(by, name, line)| {
            let mut value = match line {
                Line::Effect(effect) => effect_json(effect),
                Line::Withheld(customers) => json!({"withheld": true, "customers": customers}),
                Line::OneArm => json!({"one_arm": true}),
            };
            value["by"] = by.into();
            value["name"] = name.into();
            value
        })
        .collect();
    let share = |(customers, share): &(u64, Estimate)| json!({"customers": customers, "returned": estimate(share)});
    json!({
        "plan": plan.path.display().to_string(),
        "as_of": plan.as_of.to_string(),
        "days": told.days,
        "horizon_days": told.of_days,
        "final": told.days >= told.of_days,
        "early_looks": told.early_looks,
        "verdict": verdict_name(read_out.verdict),
        "verdict_in_words": verdict_words(read_out.verdict),
        "effect": read_out.all.as_ref().map(effect_json),
        "level": 0.95,
        "costs": if outcomes.actual_costs { "offers table" } else { "planned" },
        "reached": outcomes.reached,
        "held_out_contacted_by_mistake": outcomes.contacted_by_mistake,
        "cells": cells,
        "lapsed": {"customers": returned.lapsed, "returned": estimate(&returned.all), "to_contact": share(&returned.contacted), "held_out": share(&returned.held_out)},
        "currency": told.currency,
    })
}

fn estimate(found: &Estimate) -> Value {
    json!({"value": found.value(), "low": found.low(), "high": found.high()})
}

fn effect_json(effect: &Effect) -> Value {
    json!({
        "to_contact": effect.contacted, "held_out": effect.held_out, "stayed_to_contact": effect.retained_contacted,
        "stayed_without_plan": effect.retained_held_out, "retention": estimate(&effect.retention),
        "customers_kept": estimate(&effect.customers), "margin_gained": estimate(&effect.margin), "cost": effect.cost.to_f64(),
        "profit": estimate(&effect.profit), "break_even_customers": effect.break_even_customers, "strata_pooled": effect.strata_pooled,
    })
}

/// The table: a line for the whole plan, each block of risk and each segment.
pub(super) fn columns(told: &Told<'_>) -> Vec<Column> {
    let lines = told.lines();
    let effects: Vec<Option<&Effect>> =
        lines.iter().map(|(_, _, line)| if let Line::Effect(effect) = line { Some(*effect) } else { None }).collect();
    let rounded = |value: f64, scale: f64| (value * scale).round() / scale + 0.0;
    let number = |scale: f64, of: &dyn Fn(&Effect) -> Option<f64>| {
        Values::Float(effects.iter().map(|effect| effect.and_then(of).map(|value| rounded(value, scale))).collect())
    };
    let count = |of: &dyn Fn(&Effect) -> u64| {
        Values::Integer(effects.iter().map(|effect| effect.and_then(|effect| i64::try_from(of(effect)).ok())).collect())
    };
    let words = |of: &dyn Fn(usize) -> String| Values::Text((0..lines.len()).map(|at| Some(of(at))).collect());
    let note = |at: usize| match &lines[at].2 {
        Line::Effect(_) => String::new(),
        Line::Withheld(customers) => format!("withheld: only {customers} customers"),
        Line::OneArm => "one arm has fewer than two customers".to_owned(),
    };
    let mut columns = vec![
        Column::new("by", words(&|at| lines[at].0.to_owned())),
        Column::new("name", words(&|at| lines[at].1.to_owned())),
        Column::new("to_contact", count(&|effect| effect.contacted)),
        Column::new("held_out", count(&|effect| effect.held_out)),
        Column::new("stayed_to_contact", number(1e6, &|effect| Some(effect.retained_contacted))),
        Column::new("stayed_without_plan", number(1e6, &|effect| Some(effect.retained_held_out))),
    ];
    type Of = fn(&Effect) -> Estimate;
    let estimates: [(&str, f64, Of); 4] = [
        ("retention_difference", 1e6, |effect| effect.retention),
        ("customers_kept", 1e3, |effect| effect.customers),
        ("margin_gained", 1e2, |effect| effect.margin),
        ("profit", 1e2, |effect| effect.profit),
    ];
    for (name, scale, of) in estimates {
        columns.push(Column::new(name, number(scale, &|effect| of(effect).value())));
        columns.push(Column::new(format!("{name}_low"), number(scale, &|effect| of(effect).low())));
        columns.push(Column::new(format!("{name}_high"), number(scale, &|effect| of(effect).high())));
    }
    columns.push(Column::new("cost", number(1e2, &|effect| Some(effect.cost.to_f64()))));
    columns.push(Column::new("note", words(&note)));
    columns
}
