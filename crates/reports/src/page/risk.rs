//! What churn costs, who is leaving, why, and what the last plan would earn.

use maud::{Markup, html};

use super::{Column, answer, cell, figure, number_column, table, text_column};
use crate::chart::Axis;
use crate::chart::bars::{Bar, Bars};
use crate::chart::curves::{Curve, Curves, Mark};
use crate::data::{PlanOutlook, ProfitPoint, ReasonCount, ReportData};
use crate::error::ReportError;
use crate::number::{count, decimal, money, money_with_currency, percent, percent_plain};
use crate::text::{T, fill};
use crate::view::Row;
use crate::words::W;

fn whole(value: f64) -> String {
    decimal(Some(value), usize::from(value.fract() != 0.0))
}

/// Bars below the answer, with their numbers in a table; `empty` stands there where there is nothing to draw.
fn barred(
    said: &str,
    bars: &Bars<'_>,
    (note, empty): (&str, &str),
    columns: &[Column],
    body: &[Vec<Markup>],
) -> Result<Markup, ReportError> {
    let chart = bars.draw()?;
    Ok(html! {
        (answer(said))
        @match chart {
            Some(chart) => (figure(&chart, note, &table(bars.title, columns, body))),
            None => @if !empty.is_empty() { p.empty { (empty) } },
        }
    })
}

/// The first cells of a segment: its name and its eligible customers.
fn segment_cells(row: &Row<'_>) -> [Markup; 2] {
    [html! { span.name { (row.segment.name) } }, cell(count(row.segment.eligible))]
}

/// Segments with their value at risk, the most first, where enough customers are behind it.
pub(super) fn by_value<'a, 'b>(data: &ReportData, rows: &'a [Row<'b>]) -> Vec<(&'a Row<'b>, f64)> {
    let min = data.segments.min_customers;
    rows.iter()
        .filter(|row| row.segment.customers >= min && row.segment.eligible >= min)
        .filter_map(|row| Some((row, row.value_at_risk?)))
        .collect()
}

/// Value at risk by segment.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn cost(data: &ReportData, rows: &[Row<'_>], said: &str) -> Result<Markup, ReportError> {
    let known = by_value(data, rows);
    let bar = |(row, value): &(&Row<'_>, f64)| Bar {
        name: row.segment.name.clone(),
        value: *value,
        shown: money(Some(*value)),
    };
    let bars = Bars {
        id: "cost",
        title: W.cost_title,
        axis: &format!("{}, {}", T.value_at_risk, data.header.currency),
        rows: known.iter().map(bar).collect(),
        tick: whole,
    };
    let columns = [
        text_column(T.segment),
        number_column(T.eligible),
        number_column(T.value_at_risk),
        number_column(T.share_at_risk),
    ];
    let figures = |(row, value): &(&Row<'_>, f64)| {
        segment_cells(row).into_iter().chain([cell(money(Some(*value))), cell(percent(row.share))]).collect()
    };
    let body: Vec<_> = known.iter().map(figures).collect();
    let min = count(data.segments.min_customers);
    let note = fill(W.cost_note, &[("currency", &data.header.currency), ("min", &min)]);
    barred(said, &bars, (&note, W.cost_empty), &columns, &body)
}

/// Expected churners of a segment, where enough customers are behind it.
pub(super) fn expected(row: &Row<'_>) -> Option<f64> {
    Some(row.churn_probability.value()? * row.segment.eligible as f64)
}

/// Segments by expected churners, the most first.
pub(super) fn by_expected<'a, 'b>(rows: &'a [Row<'b>]) -> Vec<(&'a Row<'b>, f64)> {
    let mut known: Vec<_> = rows.iter().filter_map(|row| Some((row, expected(row)?))).collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.segment.name.cmp(&b.0.segment.name)));
    known
}

/// Expected churners by segment.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn who(data: &ReportData, rows: &[Row<'_>], said: &str) -> Result<Markup, ReportError> {
    let known = by_expected(rows);
    let rate = |row: &Row<'_>| percent(row.churn_probability.value());
    let bar = |(row, value): &(&Row<'_>, f64)| Bar {
        name: row.segment.name.clone(),
        value: *value,
        shown: format!("{} ({})", decimal(Some(*value), 0), rate(row)),
    };
    let bars =
        Bars { id: "who", title: W.who_title, axis: W.expected, rows: known.iter().map(bar).collect(), tick: whole };
    let columns = [
        text_column(T.segment),
        number_column(T.eligible),
        number_column(T.predicted_churn),
        number_column(W.expected),
    ];
    let figures = |(row, value): &(&Row<'_>, f64)| {
        segment_cells(row).into_iter().chain([cell(rate(row)), cell(decimal(Some(*value), 0))]).collect()
    };
    let body: Vec<_> = known.iter().map(figures).collect();
    let note = fill(W.who_note, &[("min", &count(data.segments.min_customers))]);
    barred(said, &bars, (&note, W.who_empty), &columns, &body)
}

/// First reasons of customers at high and critical risk.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn why(data: &ReportData, said: &str) -> Result<Markup, ReportError> {
    let reasons = &data.reasons;
    let share = |n: u64| percent((reasons.customers > 0).then(|| n as f64 / reasons.customers as f64));
    let bar = |row: &ReasonCount| Bar {
        name: row.reason.clone(),
        value: row.customers as f64,
        shown: format!("{} ({})", count(row.customers), share(row.customers)),
    };
    let bars = Bars {
        id: "why",
        title: W.why_title,
        axis: T.customers,
        rows: reasons.rows.iter().map(bar).collect(),
        tick: whole,
    };
    let columns = [
        text_column(W.reason),
        number_column(T.customers),
        number_column(W.share_of_them),
        number_column(T.value_at_risk),
    ];
    let figures = |row: &ReasonCount| {
        let name = html! { span.name { (row.reason) } };
        vec![name, cell(count(row.customers)), cell(share(row.customers)), cell(money(Some(row.value_at_risk)))]
    };
    let body: Vec<_> = reasons.rows.iter().map(figures).collect();
    // The answer says already that there is none.
    barred(said, &bars, (W.why_note, ""), &columns, &body)
}

/// The last plan: its profit curves, and where it stands on them.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn plan(data: &ReportData, said: &str) -> Result<Markup, ReportError> {
    let Some(plan) = &data.plan else { return Ok(html! { p.empty { (W.plan_empty) } }) };
    let currency = &data.header.currency;
    let facts = [
        (W.plan_contacts, count(plan.contacted)),
        (W.plan_held_out, count(plan.held_out)),
        (W.plan_cost, money_with_currency(plan.cost, currency)),
        (W.plan_gain, money_with_currency(plan.expected_gain, currency)),
    ];
    let dates = [("as_of", plan.as_of.as_str()), ("report", data.header.as_of.as_str()), ("plan", plan.id.as_str())];
    Ok(html! {
        (answer(said))
        @if plan.as_of != data.header.as_of { p.alert { (fill(W.plan_other_date, &dates)) } }
        dl.facts { @for (name, value) in &facts { div { dt { (name) } dd { (value) } } } }
        @match profit(plan, currency)? {
            Some(chart) => (figure(&chart, &fill(W.plan_note, &dates), &profit_table(plan))),
            None => p.empty { (W.plan_no_curve) },
        }
    })
}

fn best(points: &[ProfitPoint]) -> Option<&ProfitPoint> {
    points.iter().max_by(|a, b| a.profit.total_cmp(&b.profit).then(b.customers.cmp(&a.customers)))
}

/// The points up to where so much is lost that nobody would go there: the top of the curve is what matters, and it would be
/// flat beside the losses of contacting everybody.
pub(super) fn worth_drawing(points: &[ProfitPoint]) -> &[ProfitPoint] {
    let most = best(points).map_or(0.0, |best| best.profit);
    let end = points.iter().position(|point| most > 0.0 && point.profit < -0.5 * most);
    &points[..end.map_or(points.len(), |end| end + 1)]
}

fn profit(plan: &PlanOutlook, currency: &str) -> Result<Option<crate::chart::Chart>, ReportError> {
    let both = [(W.plan_by_gain, &plan.by_gain[..]), (W.plan_by_risk, &plan.by_risk[..])];
    let both = both.map(|(name, points)| (name, worth_drawing(points)));
    let all = || both.iter().flat_map(|(_, points)| points.iter());
    let most = all().map(|p| p.customers).max().unwrap_or(0);
    if most == 0 {
        return Ok(None);
    }
    let items: Vec<String> = both
        .iter()
        .filter_map(|(name, points)| {
            let best = best(points)?;
            let profit = money_with_currency(Some(best.profit), currency);
            Some(fill(W.plan_desc_item, &[("name", name), ("profit", &profit), ("customers", &count(best.customers))]))
        })
        .collect();
    let low = all().map(|p| p.profit).fold(0.0, f64::min);
    let high = all().map(|p| p.profit).fold(0.0, f64::max);
    let room = (high - low) * 0.06;
    let curve = |(name, points): &(&'static str, &[ProfitPoint])| Curve {
        name,
        points: points.iter().map(|p| (p.customers as f64, p.profit)).collect(),
        ..Curve::default()
    };
    let y = fill(W.plan_y, &[("currency", currency)]);
    let high_x = most as f64;
    let chart = Curves {
        id: "profit",
        title: W.plan_heading,
        desc: format!("{} {}", W.plan_desc, items.join("; ")),
        left: 96,
        x: Axis::new(W.plan_x, (0.0, high_x), 8, (0.0, high_x), |v| decimal(Some(v), 0)).without_grid(),
        y: Axis::new(&y, (low - room, high + room), 6, (f64::MIN, f64::MAX), |v| decimal(Some(v), 0)),
        curves: both.iter().map(curve).collect(),
        marks: vec![Mark { at: plan.contacted as f64, name: fill(W.plan_here, &[("n", &count(plan.contacted))]) }],
    };
    Ok(Some(Curves { title: W.plan_title, ..chart }.draw()?))
}

fn profit_table(plan: &PlanOutlook) -> Markup {
    let columns = [
        number_column(T.share),
        number_column(T.customers),
        number_column(W.plan_by_gain),
        number_column(W.plan_by_risk),
    ];
    let rows: Vec<_> = plan
        .by_gain
        .iter()
        .map(|point| {
            let other = plan.by_risk.iter().find(|other| other.customers == point.customers).map(|other| other.profit);
            vec![
                cell(percent_plain(point.share)),
                cell(count(point.customers)),
                cell(money(Some(point.profit))),
                cell(money(other)),
            ]
        })
        .collect();
    table(W.plan_title, &columns, &rows)
}
