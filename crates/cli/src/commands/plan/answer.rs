//! The plan for machines: every figure.

use std::collections::BTreeMap;

use decisions::plan::{Arm, Group, HoldOut, Plan};
use decisions::profit::{DepthPoint, MaximumProfit};
use decisions::uplift::{OfferCheck, SensitivityRow};
use evaluation::Estimate;
use history::{Date, Money};
use scoring::Model;
use serde_json::{Value, json};

use super::economics::{ByRisk, Curve};
use super::people::People;
use super::response::{Learnt, Responses};
use super::table::{Row, why_not};
use crate::project::PlanRules;

/// Everything that is told of a plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) as_of: Date,
    pub(super) model: &'a Model,
    pub(super) currency: &'a str,
    pub(super) rules: &'a PlanRules,
    pub(super) people: &'a People,
    pub(super) responses: &'a Responses,
    pub(super) found: &'a Plan,
    pub(super) rows: &'a [Row<'a>],
    pub(super) by_risk: &'a [ByRisk],
    pub(super) test_as_of: Option<Date>,
    pub(super) curve: &'a Curve,
    pub(super) sensitivity: &'a [(String, Vec<SensitivityRow>)],
    pub(super) id: &'a str,
}

impl Told<'_> {
    /// Customers who are in no plan, by reason.
    pub(super) fn not_contacted(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for reason in self.found.not_contacted.iter().flatten() {
            *counts.entry(why_not(reason)).or_insert(0) += 1;
        }
        counts
    }

    /// Customers, cost and expected gain of the contacted, by offer and channel.
    pub(super) fn parts(&self) -> BTreeMap<(&str, &str), (u64, Money, f64)> {
        let mut parts = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.plan.arm == Arm::Contact) {
            let part =
                parts.entry((row.offer, row.channel().unwrap_or("any channel"))).or_insert((0, Money::ZERO, 0.0));
            *part = (part.0 + 1, part.1.plus(row.plan.cost), part.2 + row.plan.expected_gain);
        }
        parts
    }
}

pub(super) fn answer(told: &Told<'_>) -> anyhow::Result<Value> {
    let Told { found, rules, model, .. } = told;
    let summary = &found.summary;
    let count = |arm: Arm| found.rows.iter().filter(|row| row.arm == arm).count();
    let groups: BTreeMap<&str, u64> = summary.groups.iter().map(|(group, count)| (group.name(), *count)).collect();
    let contacted: BTreeMap<&str, usize> =
        summary.groups.keys().map(|group| (group.name(), contacted_of(found, *group))).collect();
    let parts: Vec<Value> = told
        .parts()
        .into_iter()
        .map(|((offer, channel), (customers, cost, gain))| {
            json!({"offer": offer, "channel": channel, "customers": customers, "cost": cost.to_f64(), "expected_gain": gain})
        })
        .collect();
    let hold_out = summary.hold_out.map(|report| {
        json!({
            "contacted": report.contacted, "held_out": report.held_out, "stay_without_offer": report.without_offer,
            "stay_with_offer": report.with_offer, "power": report.power, "expected_gain_forgone": report.gain_forgone,
        })
    });
    let file = model.file();
    Ok(json!({
        "plan": told.id,
        "as_of": told.as_of.to_string(),
        "model": model.version(),
        "scores": "made now",
        "churn": {"horizon_days": file.churn.horizon_days, "lead_days": file.churn.lead_days},
        "currency": told.currency,
        "value": {"days": told.people.value_days, "margin": told.people.margin, "discount_rate_of_a_year": rules.discount},
        "settings": {
            "budget": rules.budget.map(Money::to_f64), "cooling_off_days": rules.cooling_off, "caution": rules.caution,
            "seed": rules.seed, "hold_out": hold_out_asked(rules.hold_out),
            "capacity": rules.capacity.iter().map(|c| json!({"channel": c.channel, "per_day": c.per_day, "days": c.days, "contacts": c.contacts()})).collect::<Vec<_>>(),
            "offers": rules.offers.iter().map(|o| json!({"name": o.name, "cost": o.contact_cost.to_f64(), "incentive": o.incentive_cost.to_f64(), "channels": o.channels})).collect::<Vec<_>>(),
        },
        "contacted": count(Arm::Contact),
        "held_out": count(Arm::HoldOut),
        "cost": summary.cost.to_f64(),
        "expected_gain": summary.expected_gain,
        "most_that_any_plan_could_earn": summary.bound,
        "next_unit_of_budget_earns": summary.next_unit_earns,
        "next_contact_earns": summary.next_contact_earns,
        "by_offer_and_channel": parts,
        "hold_out": hold_out,
        "groups": groups,
        "groups_contacted": contacted,
        "group_rules": {"at_risk_from": summary.group_rules.at_risk_from, "valuable_from": summary.group_rules.valuable_from},
        "not_in_plan": told.not_contacted(),
        "response": response(told.responses),
        "sensitivity": told.sensitivity.iter().map(|(offer, rows)| json!({"offer": offer, "rows": rows.iter().map(sensitivity_row).collect::<Vec<_>>()})).collect::<Vec<_>>(),
        "by_churn_probability_alone": {
            "test_as_of": told.test_as_of.map(|day| day.to_string()),
            "offers": told.by_risk.iter().map(by_risk).collect::<Vec<_>>(),
        },
        "profit_curve": {"by_expected_gain": points(&told.curve.by_gain), "by_churn_probability": points(&told.curve.by_risk)},
    }))
}

pub(super) fn contacted_of(found: &Plan, group: Group) -> usize {
    found.rows.iter().filter(|row| row.group == group && row.arm == Arm::Contact).count()
}

fn hold_out_asked(hold_out: HoldOut) -> Value {
    match hold_out {
        HoldOut::Share(share) => json!({"share": share}),
        HoldOut::ForPower { power, most } => json!({"power": power, "most": most}),
    }
}

fn response(responses: &Responses) -> Value {
    match responses {
        Responses::Assumed { eligible, lapsed } => {
            let of = |assumed: &decisions::uplift::AssumedResponse| json!({"saved": assumed.saved, "taken_anyway": assumed.taken_anyway});
            json!({"source": "assumed", "eligible": of(eligible), "lapsed": lapsed.as_ref().map(of)})
        }
        Responses::Learnt(learnt) => {
            let Learnt { model, past, accepted, .. } = learnt.as_ref();
            let offers = model.checks().iter().zip(&past.names).zip(accepted);
            json!({
                "source": "campaigns",
                "days": past.days.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "customers": past.arm.len(),
                "randomised": model.is_randomised(),
                "knows_lapsed_customers": learnt.knows_lapsed,
                "qini_convention": "area between the Qini curve and the straight line to its end, over that of a perfect ranking (scikit-uplift)",
                "offers": offers.map(|((check, name), accepted)| offer(check, name, *accepted)).collect::<Vec<_>>(),
                "balance": model.balance().iter().zip(&past.names).map(|(balance, name)| json!({
                    "offer": name, "chi_square": balance.statistic, "degrees_of_freedom": balance.degrees, "p_value": balance.p_value,
                    "largest_difference": balance.largest().map(|most| json!({
                        "feature": past.feature_name(most.feature), "missing": most.missing, "standard_deviations": most.difference,
                    })),
                })).collect::<Vec<_>>(),
            })
        }
    }
}

fn offer(check: &OfferCheck, name: &str, accepted: Option<f64>) -> Value {
    json!({
        "offer": name, "with_offer": check.treated, "control": check.control, "accepted": accepted,
        "effect": estimate(&check.effect), "heterogeneity": estimate(&check.heterogeneity), "p_value": check.p_value,
        "shows_effect": check.shows_effect(), "kept": check.kept,
        "qini": check.ranking.qini, "auuc": check.ranking.auuc, "qini_causalml": check.ranking.qini_causalml,
        "tenths": check.deciles.iter().map(|tenth| json!({
            "tenth": tenth.decile, "with_offer": tenth.treated, "control": tenth.control, "predicted": tenth.predicted,
            "observed": estimate(&tenth.observed),
        })).collect::<Vec<_>>(),
    })
}

pub(crate) fn estimate(estimate: &Estimate) -> Value {
    json!({"value": estimate.value(), "low": estimate.low(), "high": estimate.high()})
}

fn sensitivity_row(row: &SensitivityRow) -> Value {
    json!({"saved": row.saved, "customers": row.customers, "best_gain": row.best_gain, "gain_of_the_plan": row.gain_of_the_plan})
}

fn by_risk(found: &ByRisk) -> Value {
    let profit = |found: &Option<MaximumProfit>| {
        found.map(|found| json!({"profit_per_customer": found.profit, "contact_share": found.contact_share}))
    };
    json!({
        "offer": found.offer, "acceptance": found.acceptance, "mean_value": found.value,
        "mpc": profit(&found.mpc), "empc": profit(&found.empc),
        "break_even": {
            "churn_probability": found.break_even.churn_probability, "acceptance": found.break_even.acceptance,
            "value": found.break_even.clv, "uplift": found.break_even.uplift,
        },
    })
}

fn points(points: &[DepthPoint]) -> Vec<Value> {
    let point = |point: &DepthPoint| json!({"share": point.share, "customers": point.customers, "cost": point.cost, "profit": point.profit, "last_per_cost": point.last_per_cost});
    points.iter().map(point).collect()
}
