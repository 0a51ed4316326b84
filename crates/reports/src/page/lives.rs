//! The churn period, cohorts, and how long customers stay.

use maud::{Markup, html};

use super::{answer, cell, figure, number_column, table, table_of};
use crate::chart::Axis;
use crate::chart::curves::{Curve, Curves, Mark};
use crate::chart::heat::{Heat, MOST_COLUMNS, MOST_ROWS};
use crate::data::{Cohort, EndsBy, Estimate, PeriodKind, ReportData, Survival};
use crate::error::ReportError;
use crate::number::{count, decimal, interval, percent};
use crate::text::{T, fill};
use crate::words::W;

/// Days of the table of gaps and of the description.
const DAYS: [u32; 10] = [7, 14, 30, 60, 90, 120, 180, 270, 365, 730];

/// Days between purchases against the horizon.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn gaps(data: &ReportData, said: &str) -> Result<Markup, ReportError> {
    let Some(gaps) = data.gaps.as_ref().filter(|gaps| gaps.points.len() > 1) else {
        return Ok(html! { p.empty { (W.gaps_empty) } });
    };
    let share_at = |days: u32| gaps.points.iter().rev().find(|point| point.days <= days).map(|point| point.share);
    let last = gaps.points.last().map_or(1, |point| point.days);
    let days: Vec<u32> = DAYS.into_iter().filter(|days| *days < last).chain([last]).collect();
    let items: Vec<String> = days
        .iter()
        .filter_map(|days| {
            let share = percent(Some(share_at(*days)?));
            Some(fill(W.gaps_desc_item, &[("share", &share), ("days", &days.to_string())]))
        })
        .collect();
    let horizon = data.header.horizon_days;
    let mark = |at: u32, name: &str| Mark { at: f64::from(at), name: fill(name, &[("days", &at.to_string())]) };
    let chart = Curves {
        id: "gaps",
        title: W.gaps_title,
        desc: format!("{} {}", W.gaps_desc, items.join("; ")),
        left: 62,
        x: days_axis(W.gaps_x, last.max(horizon)),
        y: Axis::fraction(W.gaps_y, 1.0),
        curves: vec![Curve {
            name: W.gaps_title,
            points: gaps.points.iter().map(|point| (f64::from(point.days), point.share)).collect(),
            ..Curve::default()
        }],
        marks: vec![mark(horizon, W.gaps_horizon), mark(gaps.nine_in_ten_days, W.gaps_nine)],
    };
    let rows: Vec<_> = days.iter().map(|days| vec![cell(days.to_string()), cell(percent(share_at(*days)))]).collect();
    let below = table(W.gaps_title, &[number_column(W.gaps_days), number_column(W.gaps_y)], &rows);
    let note = fill(W.gaps_note, &[("count", &count(gaps.count))]);
    Ok(html! { (answer(said)) (figure(&chart.draw()?, &note, &below)) })
}

/// A whole number of days on the x axis.
fn days_axis(title: &str, last: u32) -> Axis {
    let high = f64::from(last.max(1));
    Axis::new(title, (0.0, high), 8, (0.0, high), |v| decimal(Some(v), 0)).without_grid()
}

/// Who of each cohort bought again.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn cohorts(data: &ReportData) -> Result<Markup, ReportError> {
    let empty = || html! { p.empty { (W.cohorts_empty) } };
    let Some(cohorts) = &data.cohorts else { return Ok(empty()) };
    let is_shown = |cohort: &&Cohort| cohort.customers >= cohorts.min_customers && !cohort.bought.is_empty();
    let shown: Vec<&Cohort> = cohorts.rows.iter().filter(is_shown).collect();
    let left_out = cohorts.rows.iter().filter(|cohort| !cohort.bought.is_empty()).count() - shown.len();
    let shown = &shown[shown.len().saturating_sub(MOST_ROWS)..];
    let (title, x_title) = match cohorts.kind {
        PeriodKind::Month => (W.cohorts_title_month, W.cohorts_x_month),
        _ => (W.cohorts_title_quarter, W.cohorts_x_quarter),
    };
    let share = |cohort: &Cohort, at: usize| Some(*cohort.bought.get(at)? as f64 / cohort.customers as f64);
    let name = |cohort: &Cohort| format!("{}{} ({})", cohort.name, star(cohort), count(cohort.customers));
    let first: Vec<String> = shown
        .iter()
        .map(|cohort| fill(W.cohorts_desc_item, &[("share", &percent(share(cohort, 0))), ("name", &cohort.name)]))
        .collect();
    let heat = Heat {
        id: "cohorts",
        title,
        desc: format!("{} {}", W.cohorts_desc, first.join("; ")),
        x_title,
        y_title: W.cohorts_y,
        rows: shown
            .iter()
            .map(|cohort| (name(cohort), (0..cohort.bought.len()).filter_map(|at| share(cohort, at)).collect()))
            .collect(),
    };
    let Some(chart) = heat.draw()? else { return Ok(empty()) };
    let columns = shown.iter().map(|cohort| cohort.bought.len()).max().unwrap_or(0).min(MOST_COLUMNS);
    let headings: Vec<String> = (1..=columns).map(|at| at.to_string()).collect();
    let mut heads: Vec<(&str, bool)> = vec![(W.cohort, false), (T.customers, true)];
    heads.extend(headings.iter().map(|heading| (heading.as_str(), true)));
    let rows: Vec<_> = shown
        .iter()
        .map(|cohort| {
            let cells = (0..columns).map(|at| match share(cohort, at) {
                Some(share) => cell(percent(Some(share))),
                None => cell(""),
            });
            let name = format!("{}{}", cohort.name, star(cohort));
            [cell(name), cell(count(cohort.customers))].into_iter().chain(cells).collect()
        })
        .collect();
    let mut note = fill(W.cohorts_note, &[("min", &count(cohorts.min_customers))]);
    if shown.iter().any(|cohort| cohort.may_be_older) {
        note = format!("{note} {}", W.cohorts_older);
    }
    if left_out > 0 {
        note = format!("{note} {}", fill(W.cohorts_left_out, &[("n", &left_out.to_string())]));
    }
    Ok(figure(&chart, &note, &table_of(title, &heads, &rows)))
}

fn star(cohort: &Cohort) -> &'static str {
    if cohort.may_be_older { "*" } else { "" }
}

/// The survival curve.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn survival(data: &ReportData) -> Result<Markup, ReportError> {
    let Some(survival) = &data.survival else { return Ok(html! { p.empty { (W.survival_empty) } }) };
    let at = |day: u32| survival.points.iter().rev().find(|point| point.day <= day);
    let days: Vec<u32> =
        DAYS.into_iter().filter(|days| *days >= 30 && *days < survival.last_day).chain([survival.last_day]).collect();
    let share = |day: u32| percent(Some(at(day).map_or(1.0, |point| point.survival)));
    let items: Vec<String> = days
        .iter()
        .map(|day| fill(W.survival_desc_item, &[("share", &share(*day)), ("days", &day.to_string())]))
        .collect();
    let ends = |of: fn(f64, f64, f64) -> (f64, f64)| {
        let start = std::iter::once(of(0.0, 1.0, 1.0));
        let steps = survival
            .points
            .iter()
            .map(move |p| of(f64::from(p.day), p.low.unwrap_or(p.survival), p.high.unwrap_or(p.survival)));
        start.chain(steps).collect::<Vec<_>>()
    };
    let last = f64::from(survival.last_day);
    let mut points: Vec<(f64, f64)> = vec![(0.0, 1.0)];
    points.extend(survival.points.iter().map(|p| (f64::from(p.day), p.survival)));
    points.extend(points.last().map(|(_, survival)| (last, *survival)));
    let (low, high) = (ends(|x, low, _| (x, low)), ends(|x, _, high| (x, high)));
    let mut band: Vec<(f64, f64, f64)> = low.iter().zip(&high).map(|((x, low), (_, high))| (*x, *low, *high)).collect();
    band.extend(band.last().map(|(_, low, high)| (last, *low, *high)));
    let chart = Curves {
        id: "survival",
        title: W.survival_title,
        desc: format!("{} {}", W.survival_desc, items.join("; ")),
        left: 62,
        x: days_axis(W.survival_x, survival.last_day),
        y: Axis::fraction(W.survival_y, 1.0),
        curves: vec![Curve { name: W.survival_title, points, band, steps: true, ..Curve::default() }],
        marks: Vec::new(),
    };
    let columns = [
        number_column(W.gaps_days),
        number_column(W.at_risk_then),
        number_column(W.still_there),
        number_column(T.interval_heading),
    ];
    let rows: Vec<_> = days
        .iter()
        .map(|day| {
            let point = at(*day);
            let found =
                point.map_or(Estimate::default(), |p| Estimate { value: Some(p.survival), low: p.low, high: p.high });
            vec![
                cell(day.to_string()),
                cell(count(point.map_or(survival.customers, |p| p.at_risk))),
                cell(share(*day)),
                cell(interval(&found, percent).unwrap_or_default()),
            ]
        })
        .collect();
    Ok(html! {
        (answer(&median(survival)))
        (figure(&chart.draw()?, &method(survival), &table(W.survival_title, &columns, &rows)))
    })
}

fn median(survival: &Survival) -> String {
    let Some(median) = survival.median else {
        return fill(W.survival_no_median, &[("days", &survival.last_day.to_string())]);
    };
    let interval = median.low.map(|low| match median.high {
        Some(high) => fill(T.interval, &[("low", &low.to_string()), ("high", &high.to_string())]),
        None => fill(W.survival_median_from, &[("low", &low.to_string())]),
    });
    let interval =
        interval.map_or_else(String::new, |interval| fill(W.survival_median_interval, &[("interval", &interval)]));
    fill(W.survival_median, &[("days", &median.days.to_string()), ("interval", &interval)])
}

fn method(survival: &Survival) -> String {
    let (template, days) = match survival.ends_by {
        EndsBy::Silence { days } => (W.survival_silence, days.to_string()),
        EndsBy::Departure => (W.survival_departure, String::new()),
    };
    fill(
        template,
        &[
            ("customers", &count(survival.customers)),
            ("left", &count(survival.left)),
            ("from", &survival.first_purchase_from),
            ("days", &days),
        ],
    )
}
