//! Segments: the map of value against churn, and the table.

use maud::{Markup, html};

use super::{answer, cell, figure, number_column, table as plain_table, text_column};
use crate::chart::bubble;
use crate::data::{ReportData, Segments};
use crate::error::ReportError;
use crate::number::{MISSING, count, money, money_with_currency, percent, percent_plain};
use crate::text::{T, fill};
use crate::view::{Group, Row, Shown, total_at_risk};

/// The chart of value against churn probability, what its quarters mean, and its numbers.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn map(data: &ReportData, rows: &[Row<'_>], said: &str) -> Result<Markup, ReportError> {
    let segments = &data.segments;
    let currency = &data.header.currency;
    let bubbles = bubble::draw(segments, rows, currency)?;
    Ok(html! {
        (answer(said))
        p.note { (fill(T.map_intro, &[
            ("segment_by", &segments.segment_by),
            ("p", &percent_plain(segments.probability_threshold)),
            ("value", &money_with_currency(Some(segments.value_threshold), currency)),
            ("label", &segments.value_label),
        ])) }
        dl.groups {
            @for group in Group::ALL {
                div class=(class(group)) { dt { (T.group(group)) } dd { (T.group_action(group)) } }
            }
        }
        @match &bubbles {
            None => p.empty { (T.map_empty) },
            Some(bubbles) => {
                (figure(&bubbles.chart, &caption(segments, rows, bubbles), &map_table(segments, rows)))
                @if !bubbles.numbered.is_empty() {
                    p.note { (T.map_numbers) }
                    ol.key { @for (number, name) in &bubbles.numbered { li value=(number) { (name) } } }
                }
            },
        }
    })
}

fn caption(segments: &Segments, rows: &[Row<'_>], bubbles: &bubble::Bubbles) -> String {
    let most = rows.iter().filter(|r| r.group.is_some()).map(|r| r.segment.customers).max().unwrap_or(0);
    let mut caption = fill(T.map_area, &[("n", &count(most))]);
    let (left_out, customers) = bubbles.left_out;
    if left_out > 0 {
        caption.push(' ');
        caption.push_str(&fill(T.map_left_out, &[("n", &left_out.to_string()), ("customers", &count(customers))]));
    }
    let unknown = rows.iter().filter(|r| r.group.is_none()).count();
    if unknown > 0 {
        caption.push(' ');
        let values = [("n", unknown.to_string()), ("min", count(segments.min_customers))];
        caption.push_str(&fill(T.map_unknown, &[("n", &values[0].1), ("min", &values[1].1)]));
    }
    caption
}

fn map_table(segments: &Segments, rows: &[Row<'_>]) -> Markup {
    let columns = [
        text_column(T.segment),
        number_column(T.customers),
        number_column(T.predicted_churn),
        number_column(T.value_per_customer),
        text_column(T.group_heading),
        text_column(T.action_heading),
    ];
    let body: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                name(row),
                cell(count(row.segment.customers)),
                shown(row.churn_probability, segments, percent),
                shown(row.value_per_customer, segments, money),
                cell(row.group.map_or(MISSING, |g| T.group(g))),
                cell(row.group.map_or(MISSING, |g| T.group_brief(g))),
            ]
        })
        .collect();
    html! {
        (plain_table(&fill(T.map_caption, &[("label", &segments.value_label)]), &columns, &body))
        (quadrants(rows))
    }
}

/// The four groups with what to do and who is in them, those that are empty too.
fn quadrants(rows: &[Row<'_>]) -> Markup {
    let columns = [
        text_column(T.group_heading),
        text_column(T.action_heading),
        number_column(T.group_segments),
        number_column(T.customers),
        number_column(T.value_at_risk),
    ];
    let body: Vec<_> = Group::ALL
        .into_iter()
        .map(|group| {
            let of_group = || rows.iter().filter(|row| row.group == Some(group));
            let customers = of_group().fold(0_u64, |sum, row| sum.saturating_add(row.segment.customers));
            // A sum of which a part is missing is no sum.
            let at_risk: Option<f64> = of_group().map(|row| row.value_at_risk).sum();
            vec![
                cell(T.group(group)),
                cell(T.group_action(group)),
                cell(of_group().count().to_string()),
                cell(count(customers)),
                cell(money(at_risk)),
            ]
        })
        .collect();
    plain_table(T.quadrants_caption, &columns, &body)
}

/// The table of segments.
pub(super) fn table(data: &ReportData, rows: &[Row<'_>]) -> Markup {
    let segments = &data.segments;
    if rows.is_empty() {
        return html! { p.empty { (T.segments_empty) } };
    }
    let columns = [
        (T.segment, false),
        (T.customers, true),
        (T.eligible, true),
        (T.observed_churn, true),
        (T.predicted_churn, true),
        (T.value_per_customer, true),
        (T.value_at_risk, true),
        (T.share_at_risk, true),
        (T.group_heading, false),
        (T.top_reason, false),
    ];
    let body: Vec<Vec<(Markup, Option<f64>)>> = rows
        .iter()
        .map(|row| {
            vec![
                (name(row), None),
                (cell(count(row.segment.customers)), Some(row.segment.customers as f64)),
                (cell(count(row.segment.eligible)), Some(row.segment.eligible as f64)),
                (observed(row, segments), row.observed.value().and_then(|churn| churn.rate())),
                (shown(row.churn_probability, segments, percent), row.churn_probability.value()),
                (shown(row.value_per_customer, segments, money), row.value_per_customer.value()),
                (cell(money(row.value_at_risk)), row.value_at_risk),
                (cell(percent(row.share)), row.share),
                (cell(row.group.map_or(MISSING, |g| T.group(g))), None),
                (cell(row.segment.top_reason.as_deref().unwrap_or(MISSING)), None),
            ]
        })
        .collect();
    let caption = fill(
        T.segments_caption,
        &[("segment_by", &segments.segment_by), ("label", &segments.value_label), ("currency", &data.header.currency)],
    );
    html! {
        (sortable(&caption, &columns, &body))
        p.note {
            (fill(T.segments_note, &[("min", &count(segments.min_customers))]))
            @if let Some(total) = total_at_risk(segments) {
                " " (fill(T.segments_total, &[("total", &money_with_currency(Some(total), &data.header.currency))]))
            } @else { " " (T.segments_no_share) }
        }
    }
}

/// A table that the page's script lets the reader sort; numbers are sorted by their unrounded values.
fn sortable(caption: &str, columns: &[(&str, bool)], rows: &[Vec<(Markup, Option<f64>)>]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table.sortable {
                caption { (caption) }
                thead { tr { @for (heading, number) in columns { th scope="col" class=[number.then_some("n")] { (heading) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, ((cell, value), (_, number))) in row.iter().zip(columns).enumerate() {
                                @if i == 0 { th scope="row" { (cell) } }
                                @else if *number { td.n data-v=(value.map_or_else(String::new, |v| v.to_string())) { (cell) } }
                                @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn name(row: &Row<'_>) -> Markup {
    html! { span.name { (row.segment.name) } }
}

fn observed(row: &Row<'_>, segments: &Segments) -> Markup {
    match row.observed {
        Shown::Value(churn) => super::estimate_cell(&churn.into(), percent),
        Shown::Missing => cell(MISSING),
        Shown::Suppressed => few(segments),
    }
}

fn shown(value: Shown<f64>, segments: &Segments, show: impl Fn(Option<f64>) -> String) -> Markup {
    match value {
        Shown::Value(value) => cell(show(Some(value))),
        Shown::Missing => cell(MISSING),
        Shown::Suppressed => few(segments),
    }
}

fn few(segments: &Segments) -> Markup {
    html! { span.few { (fill(T.few_customers, &[("n", &count(segments.min_customers))])) } }
}

fn class(group: Group) -> &'static str {
    match group {
        Group::Save => "save",
        Group::Protect => "protect",
        Group::Grow => "grow",
        Group::LetGo => "letgo",
    }
}
