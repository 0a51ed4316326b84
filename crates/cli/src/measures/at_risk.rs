//! What may be lost, and what more retention would earn, by segment.

use decisions::measures::{RetentionEconomics, mean_with_interval, what_if as points_of};
use evaluation::Estimate;
use reports::{FigureName, FigureUnit, Measure, MeasureName};
use scoring::{ScoreRow, Scored, Total, totals_by_group};

use super::{Ground, Told, figure, point};

/// The scored customers: number, scores.
fn scored<'a>(ground: &Ground<'a>) -> impl Iterator<Item = (u32, &'a Scored)> + use<'a> {
    ground.sources.scores.rows().iter().filter_map(|row: &ScoreRow| Some((row.customer, row.scored.as_ref()?)))
}

/// Churn probability x value, with the interval of what the model does not know and of chance.
pub(super) fn value_at_risk(ground: &Ground<'_>) -> anyhow::Result<Measure> {
    let model = ground.sources.model;
    let customers: Vec<u32> = scored(ground).map(|(customer, _)| customer).collect();
    if customers.is_empty() {
        return Ok(Measure::not_given(MeasureName::ValueAtRisk, "there is no eligible customer"));
    }
    let groups = |customer: u32| ground.groups.each(customer).collect();
    let totals = totals_by_group(model, ground.export(), ground.as_of, &customers, ground.groups.len(), groups)?;
    let mut measure = Measure::new(MeasureName::ValueAtRisk);
    let estimate = |total: Total| Estimate::new(total.value, total.interval);
    measure.rows = ground.rows_by_group(
        None,
        &totals,
        |totals| totals.customers(),
        |_, totals| {
            Ok(Told::from(vec![
                figure(FigureName::ExpectedChurners, FigureUnit::Count, estimate(totals.expected_churners(model))?),
                figure(FigureName::ValueAtRisk, FigureUnit::Money, estimate(totals.value_at_risk(model))?),
            ]))
        },
    )?;
    if !model.file().has_margin {
        measure.notes.push("Values are revenue: map margin or cost in [transactions] columns for margins.".to_owned());
    }
    Ok(measure)
}

/// Profit for +1, +2 and +5 points of retention over the horizon.
pub(super) fn what_if(ground: &Ground<'_>) -> anyhow::Result<Measure> {
    let mut measure = Measure::new(MeasureName::WhatIf);
    let factor = ground.margins();
    for column in ground.groups.columns() {
        let mut cells: Vec<(f64, Vec<f64>)> = vec![(0.0, Vec::new()); column.len()];
        for (customer, scored) in scored(ground) {
            for group in ground.groups.each(customer).filter(|group| column.contains(group)) {
                let (churners, values) = &mut cells[group - column.start];
                *churners += scored.probability;
                values.push(factor.unwrap_or(1.0) * scored.expected_value);
            }
        }
        for (group, (churners, values)) in column.zip(&cells) {
            let customers = values.len() as u64;
            let row = ground.row(None, group, customers);
            if customers == 0 || row.withheld {
                measure.rows.extend((customers > 0).then_some(row));
                continue;
            }
            let retention = (1.0 - churners / customers as f64).clamp(0.0, 1.0);
            let profit = mean_with_interval(values)?;
            let economics =
                RetentionEconomics { customers, retention, profit_per_retained: profit.value().unwrap_or(0.0) };
            for (asked, line) in [1, 2, 5].into_iter().zip(points_of(&economics)?) {
                let times = |each: f64| Estimate::new(each * line.customers, scaled(profit, line.customers));
                let mut row = row.clone();
                row.item = Some(format!("{asked} {} more", if asked == 1 { "point" } else { "points" }));
                row.figures = vec![
                    point(FigureName::Retention, FigureUnit::Share, retention),
                    figure(FigureName::ProfitPerRetained, FigureUnit::Money, profit),
                    point(FigureName::CustomersKept, FigureUnit::Count, line.customers),
                    point(FigureName::Profit, FigureUnit::Money, line.profit),
                    figure(FigureName::Gain, FigureUnit::Money, times(economics.profit_per_retained)?),
                ];
                measure.rows.push(row);
            }
        }
    }
    if measure.rows.is_empty() {
        return Ok(Measure::not_given(MeasureName::WhatIf, "there is no eligible customer"));
    }
    if factor.is_none() {
        measure.notes.push(
            "Profit is revenue here: map margin or cost in [transactions] columns, or set [plan] margin.".to_owned(),
        );
    }
    Ok(measure)
}

/// The interval of an estimate times a number of 0 or more.
fn scaled(estimate: Estimate, times: f64) -> Option<(f64, f64)> {
    estimate.interval().map(|(low, high)| (low * times, high * times))
}
