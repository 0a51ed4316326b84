//! Data quality and method.

use maud::{Markup, html};

use super::{cell, number_column, table, text_column};
use crate::data::Method;
use crate::number::{MISSING, count, percent};
use crate::text::T;

/// Rows, dates, slices and the model card.
pub(super) fn section(method: &Method) -> Markup {
    let rejected = method.rejects.iter().fold(0_u64, |sum, r| sum.saturating_add(r.rows));
    let share = (method.rows_read > 0).then(|| rejected as f64 / method.rows_read as f64);
    let date = |date: &Option<String>| date.as_deref().unwrap_or(MISSING).to_owned();
    let facts = [
        (T.rows_read, count(method.rows_read)),
        (T.rows_rejected, format!("{} ({})", count(rejected), percent(share))),
        (T.first_date, date(&method.first_date)),
        (T.last_date, date(&method.last_date)),
        (T.complete_through, date(&method.complete_through)),
    ];
    html! {
        dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
        @if method.rejects.is_empty() { p.note { (T.no_rejects) } } @else { (rejects(method)) }
        @if !method.slices.is_empty() { (slices(method)) }
        @if !method.model_card.is_empty() {
            h3 { (T.model_card) }
            dl.card-lines { @for line in &method.model_card { dt { (line.label) } dd { (line.text) } } }
        }
    }
}

fn rejects(method: &Method) -> Markup {
    let columns = [text_column(T.code), number_column(T.rows), text_column(T.meaning)];
    let rows: Vec<_> = method
        .rejects
        .iter()
        .map(|r| vec![html! { code { (r.code) } }, cell(count(r.rows)), cell(&r.meaning)])
        .collect();
    table(T.rejects_caption, &columns, &rows)
}

fn slices(method: &Method) -> Markup {
    let columns = [
        text_column(T.slice),
        text_column(T.first_as_of),
        text_column(T.last_as_of),
        number_column(T.snapshots),
        number_column(T.rows),
        number_column(T.churners),
        number_column(T.churn_rate),
    ];
    let rows: Vec<_> = method
        .slices
        .iter()
        .map(|s| {
            let rate = (s.rows > 0).then(|| s.churners as f64 / s.rows as f64);
            vec![
                cell(&s.name),
                cell(&s.first_as_of),
                cell(&s.last_as_of),
                cell(count(s.snapshots)),
                cell(count(s.rows)),
                cell(count(s.churners)),
                cell(percent(rate)),
            ]
        })
        .collect();
    table(T.slices_caption, &columns, &rows)
}
