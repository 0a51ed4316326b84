//! Customer lifetime value, simple and by forecasts, and what became of customers by where they came from.

use std::collections::BTreeMap;

use decisions::measures::{Acquired, Cell, ClvVerdict, SimpleClv, acquisition_quality};
use evaluation::Estimate;
use feature_engineering::State;
use reports::{FigureName, FigureUnit, Measure, MeasureName};

use super::customers::Kept;
use super::drivers::Labels;
use super::worth::{Expected, LIFETIME_DAYS, Worth};
use super::{Ground, Told, figure, point};

/// Sums over the customers of today in a group.
#[derive(Debug, Clone, Default)]
struct Sums {
    customers: u64,
    amount: f64,
    margin: f64,
    orders: u64,
    years: f64,
}

pub(super) fn lifetime_value(ground: &Ground<'_>, worth: &Worth, kept: &Kept) -> anyhow::Result<Measure> {
    let name = MeasureName::LifetimeValue;
    let forecast = match &worth.forecast {
        Err(why) if ground.margins().is_none() => return Ok(Measure::not_given(name, why.clone())),
        forecast => forecast,
    };
    let mut sums: Vec<Sums> = ground.by_group();
    for row in worth.rows.iter().filter(|row| ground.is_eligible(row.customer)) {
        for group in ground.groups.each(row.customer) {
            let sums = &mut sums[group];
            sums.customers += 1;
            sums.amount += row.amount_year;
            sums.margin += row.margin_year;
            sums.orders += row.orders_year;
            sums.years += row.years;
        }
    }
    let costs = &ground.sources.project.acquisition_cost;
    let mut measure = Measure::new(name);
    let has_rate = kept.yearly_churn(ground, 0)?.value().is_some();
    measure.rows = ground.rows_by_group(
        None,
        &sums,
        |sums| sums.customers,
        |group, sums| {
            let mut figures = Vec::new();
            if sums.orders > 0 && sums.amount > 0.0 {
                let clv = SimpleClv {
                    order_value: sums.amount / sums.orders as f64,
                    orders_per_year: sums.orders as f64 / sums.years,
                    margin: (sums.margin / sums.amount).min(1.0),
                    lifetime_years: 1.0,
                };
                figures.extend([
                    point(FigureName::OrderValue, FigureUnit::Money, clv.order_value),
                    point(FigureName::OrdersPerYear, FigureUnit::Number, clv.orders_per_year),
                    point(FigureName::Margin, FigureUnit::Share, clv.margin.max(-1.0)),
                ]);
                figures.extend(simple(&clv, kept.yearly_churn(ground, group)?)?);
            }
            if forecast.is_ok() {
                let lifetime = worth.mean(ground, group, Expected::Lifetime)?;
                let chosen = worth.mean(ground, group, Expected::Chosen)?;
                figures.push(figure(FigureName::ForecastClv, FigureUnit::Money, lifetime));
                figures.push(figure(FigureName::ExpectedMargin, FigureUnit::Money, chosen));
            }
            let channel = ground.groups.name(group).filter(|(column, _)| group > 0 && *column == CHANNEL);
            let cost = channel.and_then(|(_, channel)| costs.get(channel));
            let value = figures
                .iter()
                .rfind(|figure| matches!(figure.figure, FigureName::ForecastClv | FigureName::SimpleClv))
                .and_then(|figure| figure.estimate.value);
            let alert = cost.zip(value).is_some_and(|(cost, value)| value < *cost);
            figures.extend(cost.map(|cost| point(FigureName::AcquisitionCost, FigureUnit::Money, *cost)));
            Ok(Told { figures, alert })
        },
    )?;
    if measure.rows.is_empty() {
        return Ok(Measure::not_given(name, "there is no eligible customer"));
    }
    match forecast {
        Ok(with) => measure.notes.push(format!(
            "Forecasts: {with}. The lifetime value counts {LIFETIME_DAYS} days, the expected margin {} days ([plan] value_over).",
            worth.chosen
        )),
        Err(why) => measure.notes.push(format!("By forecasts: not given; {why}.")),
    }
    if !has_rate {
        measure.notes.push(
            "Simple lifetime value: not given; it needs a churn rate of 365 days, so add older rows to [transactions]."
                .to_owned(),
        );
    }
    measure.notes.extend(cost_note(ground));
    Ok(measure)
}

/// The column of acquisition channels.
const CHANNEL: &str = "acquisition_channel";

/// Lifetime and simple value at a churn rate of a year. The interval is that of the rate: what customers spend is taken as given.
fn simple(clv: &SimpleClv, rate: Estimate) -> anyhow::Result<Vec<reports::Figure>> {
    let Some(yearly) = rate.value().filter(|rate| *rate > 0.0) else { return Ok(Vec::new()) };
    let years = |rate: f64| 1.0 / rate;
    let value = |rate: f64| SimpleClv { lifetime_years: years(rate), ..*clv }.value();
    let ends = rate.interval().filter(|(low, _)| *low > 0.0);
    let of_value = match ends {
        Some((low, high)) => {
            let (one, other) = (value(high)?, value(low)?);
            Some((one.min(other), one.max(other)))
        }
        None => None,
    };
    let lifetime = Estimate::new(years(yearly), ends.map(|(low, high)| (years(high), years(low))))?;
    Ok(vec![
        figure(FigureName::LifetimeYears, FigureUnit::Number, lifetime),
        figure(FigureName::SimpleClv, FigureUnit::Money, Estimate::new(value(yearly)?, of_value)?),
    ])
}

fn cost_note(ground: &Ground<'_>) -> Option<String> {
    ground.sources.project.acquisition_cost.is_empty().then(|| {
        "Acquisition cost: not given; add what a customer of each acquisition channel cost to win, such as [report] acquisition_cost = \
         { search = 12.5, social = 8.0 }."
            .to_owned()
    })
}

pub(super) fn acquisition(ground: &Ground<'_>, worth: &Worth, labels: &Labels) -> anyhow::Result<Measure> {
    let name = MeasureName::Acquisition;
    let Some(groups) = ground.groups.column(CHANNEL) else {
        return Ok(Measure::not_given(name, "map acquisition_channel in [customers] columns"));
    };
    if let Err(why) = &worth.forecast {
        return Ok(Measure::not_given(name, why.clone()));
    }
    let project = ground.sources.project;
    let channel: Vec<&str> =
        worth.rows.iter().map(|row| ground.groups.level(CHANNEL, row.customer).unwrap_or_default()).collect();
    let gone: Vec<bool> =
        worth.rows.iter().map(|row| ground.states[row.customer as usize] != Some(State::Eligible)).collect();
    let discount: Vec<bool> = worth.rows.iter().map(|row| row.discount).collect();
    let clv: Vec<f64> = worth.rows.iter().map(super::worth::CustomerWorth::total).collect();
    let acquired = Acquired {
        channel: &channel,
        churned: &gone,
        first_order_discount: &discount,
        clv: &clv,
        cost: &project.acquisition_cost,
    };
    let quality = acquisition_quality(&acquired)?;
    let mut measure = Measure::new(name);
    let mut below: BTreeMap<&str, f64> = BTreeMap::new();
    for group in groups {
        let Some((_, level)) = ground.groups.name(group) else { continue };
        match quality.get(level) {
            None => {}
            Some(Cell::Withheld { customers }) => measure.rows.push(ground.row(None, group, *customers)),
            Some(Cell::Shown(found)) => {
                let mut row = ground.row(None, group, found.customers);
                row.alert = found.verdict == ClvVerdict::BelowCost;
                row.figures = vec![
                    figure(FigureName::ChurnRate, FigureUnit::Share, labels.churn(group)?),
                    figure(FigureName::LostSoFar, FigureUnit::Share, found.churn_rate),
                ];
                if ground.export().has_discount() {
                    row.figures.push(figure(
                        FigureName::FirstOrderDiscount,
                        FigureUnit::Share,
                        found.first_order_discount,
                    ));
                }
                let value = worth.mean(ground, group, Expected::Total)?;
                row.figures.push(figure(FigureName::LifetimeValue, FigureUnit::Money, value));
                if let Some(cost) = project.acquisition_cost.get(level) {
                    row.figures.push(point(FigureName::AcquisitionCost, FigureUnit::Money, *cost));
                    if row.alert {
                        below.insert(level, *cost);
                    }
                }
                measure.rows.push(row);
            }
        }
    }
    measure.alerts.extend(below.iter().map(|(channel, cost)| {
        format!("Customers of {channel} are worth less than the {cost:.2} that each cost to win.")
    }));
    if !ground.export().has_discount() {
        measure.notes.push("First-order discounts: not given; map discount in [transactions] columns.".to_owned());
    }
    measure.notes.extend(cost_note(ground));
    Ok(measure)
}
