//! Why customers left, and who of them came back.

use decisions::measures::{MIN_CUSTOMERS, reasons_for_leaving};
use feature_engineering::State;
use history::{Block, DepartureKind, Money};
use reports::{FigureName, FigureUnit, Measure, MeasureName};

use super::customers::Kept;
use super::{CUSTOMERS_AT_ONCE, Cells, Ground, Told, count, figure, point, share};
use crate::lapsed_value::values_of_lapsed;

/// Days before the departure whose margin is the value that left.
const VALUE_DAYS: i32 = 365;
const NO_REASON: &str = "not given";

/// Departures of a cell, one entry each in every column.
#[derive(Debug, Clone, Default)]
struct Left {
    reason: Vec<&'static str>,
    voluntary: Vec<bool>,
    value: Vec<f64>,
}

pub(super) fn reasons(ground: &Ground<'_>) -> anyhow::Result<Measure> {
    let name = MeasureName::ReasonsForLeaving;
    let export = ground.export();
    if !export.has_departures() {
        let why = "add [departures] with customer_id, timestamp, kind (voluntary or involuntary) and reason (price, service, product, \
                   forgot, no_need, competitor or other)";
        return Ok(Measure::not_given(name, why));
    }
    let mut cells: Cells<Left> = ground.by_period();
    for customers in ground.everybody.chunks(CUSTOMERS_AT_ONCE) {
        let found = ground.history.map(customers, |block, customer| departures(ground, block, customer))?;
        for (customer, departures) in customers.iter().zip(found) {
            for (period, (reason, voluntary, value)) in departures {
                cells.each(&ground.groups, period, *customer, |left| {
                    left.reason.push(reason);
                    left.voluntary.push(voluntary);
                    left.value.push(value);
                });
            }
        }
    }
    let mut measure = Measure::new(name);
    for column in ground.groups.columns() {
        for (period, of_period) in ground.periods.iter().zip(&cells.0) {
            for group in column.clone().filter(|group| *group == 0 || period.is_crossed()) {
                let left = &of_period[group];
                let row = ground.row(Some(period), group, left.reason.len() as u64);
                if row.count == 0 || row.withheld {
                    measure.rows.extend((row.count > 0).then_some(row));
                    continue;
                }
                for reason in reasons_for_leaving(&left.reason, &left.voluntary, &left.value)? {
                    let mut row = row.clone();
                    let kind = if reason.voluntary { "voluntary" } else { "involuntary" };
                    row.item = Some(format!("{} ({kind})", reason.reason.replace('_', " ")));
                    row.figures = vec![
                        count(FigureName::Customers, reason.customers),
                        figure(FigureName::Share, FigureUnit::Share, reason.share),
                        point(FigureName::ValueLost, FigureUnit::Money, reason.value),
                    ];
                    measure.rows.push(row);
                }
            }
        }
    }
    if measure.rows.is_empty() {
        return Ok(Measure::not_given(name, "[departures] has no row within the months and quarters that are over"));
    }
    if !export.has_margin() {
        measure.notes.push("The value that left is revenue: the export has no margins.".to_owned());
    }
    Ok(measure)
}

/// The last departure of a customer in each period: reason, whether by choice, and what the customer brought before.
fn departures(ground: &Ground<'_>, block: &Block<'_>, customer: u32) -> Vec<(usize, (&'static str, bool, f64))> {
    let in_period = |(at, period): (usize, &super::Period)| {
        let history = ground.export().history(period.until);
        let left = history.departure(block, customer)?;
        let day = left.timestamp.date();
        if day < period.from {
            return None;
        }
        let before = ground.history.rows(block, customer).filter(|row| {
            let bought = row.timestamp.date();
            bought < day && bought >= day.plus_days(-VALUE_DAYS)
        });
        let value = before.fold(Money::ZERO, |sum, row| sum.plus(row.margin)).to_f64();
        let reason = left.reason.map_or(NO_REASON, history::DepartureReason::as_str);
        Some((at, (reason, left.kind == DepartureKind::Voluntary, value)))
    };
    ground.periods.iter().enumerate().filter_map(in_period).collect()
}

/// Lapsed customers of a group as of today.
#[derive(Debug, Clone, Default)]
struct Lapsed {
    customers: u64,
    told: u64,
    probability: f64,
    expected: f64,
}

pub(super) fn win_back(ground: &Ground<'_>, kept: &Kept) -> anyhow::Result<Measure> {
    let name = MeasureName::WinBack;
    let mut measure = Measure::new(name);
    measure.rows = ground.rows(
        &kept.cells,
        |tally| tally.lapsed,
        |_, _, tally| {
            let returned = share(tally.returned, tally.lapsed)?;
            Ok(Told::from(vec![figure(FigureName::Returned, FigureUnit::Share, returned)]))
        },
    )?;
    let sources = &ground.sources;
    let lapsed: Vec<(u32, Option<f64>)> = sources
        .scores
        .rows()
        .iter()
        .filter(|row| row.state == State::Lapsed)
        .map(|row| (row.customer, row.return_probability))
        .collect();
    let customers: Vec<u32> = lapsed.iter().map(|(customer, _)| *customer).collect();
    let values = values_of_lapsed(sources.model, ground.export(), ground.as_of, &customers)?;
    let factor = ground.margins().unwrap_or(1.0);
    let mut cells: Vec<Lapsed> = ground.by_group();
    for ((customer, returns), value) in lapsed.iter().zip(values) {
        for group in ground.groups.each(*customer) {
            let cell = &mut cells[group];
            cell.customers += 1;
            if let Some(returns) = returns {
                cell.told += 1;
                cell.probability += returns;
                cell.expected += returns * factor * value;
            }
        }
    }
    let now = ground.rows_by_group(
        None,
        &cells,
        |cell| cell.customers,
        |_, cell| {
            if cell.told == 0 {
                return Ok(Told::default());
            }
            Ok(Told::from(vec![
                point(FigureName::ReturnProbability, FigureUnit::Share, cell.probability / cell.told as f64),
                point(FigureName::ExpectedReturn, FigureUnit::Money, cell.expected),
            ]))
        },
    )?;
    if lapsed.iter().all(|(_, returns)| returns.is_none()) && !lapsed.is_empty() {
        measure
            .notes
            .push("Return probabilities: not given; too few customers who lapsed came back to learn from.".to_owned());
    }
    let by_segment = measure.rows.iter().position(|row| row.by.is_some()).unwrap_or(measure.rows.len());
    let (of_all, of_segments): (Vec<_>, Vec<_>) = now.into_iter().partition(|row| row.by.is_none());
    measure.rows.splice(by_segment..by_segment, of_all);
    measure.rows.extend(of_segments);
    if measure.rows.is_empty() {
        return Ok(Measure::not_given(
            name,
            format!("nobody has lapsed (at least {MIN_CUSTOMERS} customers make a figure)"),
        ));
    }
    Ok(measure)
}
