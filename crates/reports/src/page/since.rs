//! What has changed since another run.

use maud::{Markup, html};

use super::{Column, cell, number_column, table, text_column};
use crate::data::{ChangedFigure, ReportData, RunComparison};
use crate::language::data::tell;
use crate::language::date;
use crate::number::{MISSING, count, decimal, money, money_with_currency, percent};
use crate::text::{T, fill};
use crate::words::W;

/// One sentence for the summary; none without another run.
pub(super) fn in_short(data: &ReportData) -> Option<String> {
    let compared = data.compare.as_ref()?;
    let find = |name: &str| compared.figures.iter().find(|figure| figure.figure == name);
    let change = |figure: &str, name: &str, show: &dyn Fn(Option<f64>) -> String| {
        let figure = find(figure)?;
        let (before, now) = (figure.before?, figure.now?);
        let template = match now.total_cmp(&before) {
            std::cmp::Ordering::Greater => W.since_up,
            std::cmp::Ordering::Less => W.since_down,
            std::cmp::Ordering::Equal => W.since_unchanged,
        };
        Some(fill(template, &[("name", name), ("before", &show(Some(before))), ("now", &show(Some(now)))]))
    };
    let parts = [
        change("value_at_risk", W.since_value_at_risk, &money).map(|text| format!("{text} {}", data.header.currency)),
        change("expected_churners", W.since_churners, &|v| decimal(v, 0)),
        change("churn_probability", W.since_probability, &percent),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let model = if compared.model == compared.model_before { "" } else { W.since_other_model };
    (!parts.is_empty()).then(|| {
        let values = [("date", date(&compared.as_of_before)), ("parts", parts.join(", ")), ("model", model.to_owned())];
        fill(W.since_short, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
    })
}

/// By how much the value at risk has changed since the other run, and what it was; none without one.
pub(super) fn at_risk(data: &ReportData) -> Option<(String, String)> {
    let compared = data.compare.as_ref()?;
    let figure = compared.figures.iter().find(|figure| figure.figure == "value_at_risk")?;
    let before = money_with_currency(figure.before, &data.header.currency);
    let from = fill(W.since_tile_from, &[("before", &before), ("date", &date(&compared.as_of_before))]);
    Some((relative(figure), from))
}

/// A change in per cent of what was.
fn relative(figure: &ChangedFigure) -> String {
    match (figure.before, figure.now) {
        (Some(before), Some(now)) if before.abs() > 0.0 => {
            format!("{}\u{a0}%", signed(100.0 * (now / before - 1.0), 1))
        }
        _ => MISSING.to_owned(),
    }
}

/// Two runs side by side.
pub(super) fn compare(compared: &RunComparison, currency: &str) -> Markup {
    let columns = [
        text_column(W.since_figure),
        number_column(W.since_before),
        number_column(W.since_now),
        number_column(W.since_change),
    ];
    let rows: Vec<Vec<Markup>> = compared.figures.iter().map(|figure| row_of(figure, currency)).collect();
    html! {
        p { (fill(W.since_runs, &[
            ("as_of", &date(&compared.as_of)),
            ("model", &compared.model),
            ("before", &date(&compared.as_of_before)),
            ("model_before", &compared.model_before),
        ])) }
        @for note in &compared.notes { p.note { (tell(note)) } }
        (table(W.since_figures, &columns, &rows))
        @if let Some(band) = &compared.high_band {
            h3 { (W.since_band_heading) }
            p { (fill(W.since_band_said, &[
                ("entered", &count(band.rose + band.came)),
                ("left", &count(band.fell + band.went)),
            ])) }
            (table(W.since_band, &[text_column(T.customers), number_column(W.since_number)], &[
                vec![cell(W.since_in_before), cell(count(band.before()))],
                vec![cell(W.since_in_both), cell(count(band.stayed))],
                vec![cell(W.since_rose), cell(count(band.rose))],
                vec![cell(W.since_came), cell(count(band.came))],
                vec![cell(W.since_fell), cell(count(band.fell))],
                vec![cell(W.since_went), cell(count(band.went))],
                vec![cell(W.since_in_now), cell(count(band.now()))],
            ]))
        }
        @if !compared.segments.is_empty() { (segments(compared, currency)) }
        @if !compared.why.is_empty() {
            h3 { (W.since_why_heading) }
            (table(W.since_parts, &[text_column(W.since_part), number_column(W.since_points)], &compared.why.iter().map(|part| {
                let name = match part.part.as_str() {
                    "leaving" => W.since_leaving,
                    "data" => W.since_data,
                    "model" => W.since_model,
                    "entering" => W.since_entering,
                    other => other,
                };
                vec![cell(name), cell(signed(100.0 * part.change, 2))]
            }).collect::<Vec<_>>()))
        }
    }
}

fn row_of(figure: &ChangedFigure, currency: &str) -> Vec<Markup> {
    let (name, show): (String, fn(Option<f64>) -> String) = match figure.figure.as_str() {
        "eligible" => (W.since_eligible.to_owned(), |v| decimal(v, 0)),
        "high_band" => (W.since_in_high_band.to_owned(), |v| decimal(v, 0)),
        "expected_churners" => (T.expected_churners.to_owned(), |v| decimal(v, 0)),
        "churn_probability" => (W.since_mean_probability.to_owned(), percent),
        "value_at_risk" => (format!("{}, {currency}", T.value_at_risk), money),
        other => (other.to_owned(), |v| decimal(v, 2)),
    };
    vec![cell(name), cell(show(figure.before)), cell(show(figure.now)), cell(relative(figure))]
}

/// A number with its sign, a true minus included.
fn signed(value: f64, decimals: usize) -> String {
    let text = decimal(Some(value), decimals);
    if value > 0.0 { format!("+{text}") } else { text }
}

fn segments(compared: &RunComparison, currency: &str) -> Markup {
    let columns = [
        Column(T.segment, false),
        number_column(W.since_customers_before),
        number_column(W.since_customers_now),
        number_column(W.since_probability_before),
        number_column(W.since_probability_now),
        number_column(W.since_risk_before),
        number_column(W.since_risk_now),
    ];
    let rows: Vec<Vec<Markup>> = compared
        .segments
        .iter()
        .map(|row| {
            let figures = if row.withheld {
                vec![cell(W.since_few); 6]
            } else {
                vec![
                    cell(count(row.customers_before)),
                    cell(count(row.customers)),
                    cell(percent(row.probability_before)),
                    cell(percent(row.probability)),
                    cell(money(row.value_at_risk_before)),
                    cell(money(row.value_at_risk)),
                ]
            };
            std::iter::once(cell(row.segment.as_deref().unwrap_or(W.since_not_known))).chain(figures).collect()
        })
        .collect();
    html! {
        h3 { (W.since_segments_heading) }
        (table(&fill(W.since_segments, &[("currency", currency)]), &columns, &rows))
    }
}
