//! Groups and economics of the last plan, from what it says of itself.

use reports::{FigureName, FigureUnit, Measure, MeasureName, MeasureRow};
use serde_json::Value;

use super::{count, point};

const NO_PLAN: &str = "run churn plan: what can be offered, and what it costs, stands in [[offers.catalogue]]";

/// The two measures of a plan; `plan` is the object in `plan.json`.
pub(super) fn planned(plan: Option<&Value>) -> [Measure; 2] {
    let Some(plan) = plan else {
        return [MeasureName::Groups, MeasureName::OfferEconomics].map(|name| Measure::not_given(name, NO_PLAN));
    };
    let note = format!("Plan {}.", plan["plan"].as_str().unwrap_or_default());
    let (mut groups, mut economics) = (Measure::new(MeasureName::Groups), Measure::new(MeasureName::OfferEconomics));
    groups.notes.push(note.clone());
    economics.notes.push(note);
    for (group, customers) in plan["groups"].as_object().into_iter().flatten() {
        let customers = customers.as_u64().unwrap_or(0);
        let contacted = plan["groups_contacted"][group].as_u64().unwrap_or(0);
        groups.rows.push(MeasureRow {
            item: Some(group.replace('_', " ")),
            count: customers,
            figures: vec![count(FigureName::Customers, customers), count(FigureName::Contacted, contacted)],
            ..MeasureRow::default()
        });
    }
    let figure = |name: FigureName, unit: FigureUnit, value: &Value| Some(point(name, unit, value.as_f64()?));
    let contacted = plan["contacted"].as_u64().unwrap_or(0);
    let whole = [
        figure(FigureName::Contacted, FigureUnit::Count, &plan["contacted"]),
        figure(FigureName::HeldOut, FigureUnit::Count, &plan["held_out"]),
        figure(FigureName::Cost, FigureUnit::Money, &plan["cost"]),
        figure(FigureName::ExpectedGain, FigureUnit::Money, &plan["expected_gain"]),
    ];
    economics.rows.push(MeasureRow {
        item: Some("the plan".to_owned()),
        count: contacted,
        figures: whole.into_iter().flatten().collect(),
        ..MeasureRow::default()
    });
    for offer in plan["by_churn_probability_alone"]["offers"].as_array().into_iter().flatten() {
        let of = [
            figure(FigureName::Mpc, FigureUnit::Money, &offer["mpc"]["profit_per_customer"]),
            figure(FigureName::Empc, FigureUnit::Money, &offer["empc"]["profit_per_customer"]),
            figure(FigureName::BreakEvenUplift, FigureUnit::Number, &offer["break_even"]["uplift"]),
        ];
        economics.rows.push(MeasureRow {
            item: Some(offer["offer"].as_str().unwrap_or_default().to_owned()),
            count: contacted,
            figures: of.into_iter().flatten().collect(),
            ..MeasureRow::default()
        });
    }
    [groups, economics]
}
