//! Why customers are at risk, and what the last plan says of itself.

use std::collections::BTreeMap;

use feature_engineering::reason::{Group, Language};
use reports::{PlanOutlook, ProfitPoint, ReasonCount, Reasons};
use scoring::{RiskBand, Scores};
use serde_json::Value;

/// First reasons of the customers in the high and the critical band, the most frequent first.
pub(super) fn reasons(scores: &Scores, language: &Language) -> Reasons {
    let mut customers = 0;
    let mut groups: BTreeMap<Group, (u64, f64)> = BTreeMap::new();
    let scored = scores.rows().iter().filter_map(|row| row.scored.as_ref());
    for scored in scored.filter(|scored| scored.band >= RiskBand::High) {
        customers += 1;
        if let Some(group) = scored.reason_groups.first() {
            let (count, at_risk) = groups.entry(*group).or_default();
            *count += 1;
            *at_risk += scored.value_at_risk;
        }
    }
    let mut rows: Vec<ReasonCount> = groups
        .into_iter()
        .map(|(group, (customers, value_at_risk))| ReasonCount {
            reason: language.group(group).to_owned(),
            customers,
            value_at_risk,
        })
        .collect();
    // Stable: equals stay in the order of the groups.
    rows.sort_by_key(|row| std::cmp::Reverse(row.customers));
    Reasons { customers, rows }
}

/// What `plan.json` says; `None` where it is not what this version writes.
pub(super) fn plan(plan: &Value) -> Option<PlanOutlook> {
    let points = |name: &str| {
        let point = |point: &Value| {
            Some(ProfitPoint {
                share: point["share"].as_f64()?,
                customers: point["customers"].as_u64()?,
                cost: point["cost"].as_f64()?,
                profit: point["profit"].as_f64()?,
            })
        };
        plan["profit_curve"][name].as_array().into_iter().flatten().filter_map(point).collect()
    };
    Some(PlanOutlook {
        id: plan["plan"].as_str()?.to_owned(),
        as_of: plan["as_of"].as_str()?.to_owned(),
        assumed: plan["response"]["source"] == "assumed",
        contacted: plan["contacted"].as_u64()?,
        held_out: plan["held_out"].as_u64()?,
        cost: plan["cost"].as_f64(),
        expected_gain: plan["expected_gain"].as_f64(),
        by_gain: points("by_expected_gain"),
        by_risk: points("by_churn_probability"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_is_read_back_and_another_object_is_none() {
        let point = json!({"share": 0.1, "customers": 10, "cost": 40.0, "profit": 90.5, "last_per_cost": null});
        let told = json!({
            "plan": "p1", "as_of": "2026-11-01", "contacted": 10, "held_out": 2, "cost": 40.0, "expected_gain": 90.5,
            "response": {"source": "assumed"}, "profit_curve": {"by_expected_gain": [point], "by_churn_probability": []},
        });
        let found = plan(&told).unwrap();
        assert!(found.assumed && found.by_risk.is_empty());
        assert_eq!((found.by_gain[0].customers, found.expected_gain), (10, Some(90.5)));
        assert_eq!(plan(&json!({"plan": "p1"})), None);
    }
}
