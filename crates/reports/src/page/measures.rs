//! Retention measures: a table for all customers, and one for each column that they are grouped by.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{cell, estimate_cell, table_of};
use crate::data::{Figure, FigureName, FigureUnit, Measure, MeasureName, MeasureRow, PeriodKind, ReportData};
use crate::number::{MISSING, count, decimal, money, percent};
use crate::text::{T, fill};

/// Rows of a table that stands open; longer ones can be opened.
const MOST_OPEN: usize = 14;

/// All measures but past campaigns, which have a section of their own.
pub(super) fn section(data: &ReportData) -> Markup {
    if data.measures.is_empty() {
        return html! { p.empty { (T.measures_none) } };
    }
    let parts = data.measures.iter().filter(|m| m.measure != MeasureName::OfferResponse).map(|m| one(m, &[]));
    let intro = fill(T.measures_intro, &[("min", &data.segments.min_customers.to_string())]);
    html! {
        p.note { (intro) }
        @for part in parts { (part) }
    }
}

/// A measure: its rule, its charts, its tables.
pub(super) fn one(measure: &Measure, charts: &[Markup]) -> Markup {
    html! {
        div.measure id={ "measure-" (measure.measure.as_str()) } {
            h3 { (measure.measure.heading()) }
            p.note { (measure.measure.rule()) }
            @for alert in &measure.alerts { p.alert { (alert) } }
            @match &measure.not_given {
                Some(why) => p.empty { (T.measures_not_given) ": " (why) },
                None => {
                    @for chart in charts { (chart) }
                    (tables(measure))
                }
            }
            @for note in &measure.notes { p.note { (note) } }
        }
    }
}

/// Tables of all customers by kind of period, then one for each column, of its last period.
fn tables(measure: &Measure) -> Markup {
    let mut of_all: BTreeMap<Option<PeriodKind>, Vec<&MeasureRow>> = BTreeMap::new();
    // What was within a period, and what is so today, are two tables.
    let mut by: Vec<((&str, bool), Vec<&MeasureRow>)> = Vec::new();
    for row in &measure.rows {
        match row.by.as_deref() {
            None => of_all.entry(row.period.as_ref().map(|period| period.kind)).or_default().push(row),
            Some(column) => {
                let key = (column, row.period.is_some());
                match by.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, rows)) => rows.push(row),
                    None => by.push((key, vec![row])),
                }
            }
        }
    }
    html! {
        // The longest periods first: they say most.
        @for (kind, rows) in of_all.iter().rev() {
            @let caption = kind.map_or(T.measures_all, PeriodKind::heading);
            @let first = if kind.is_some() { T.measures_period } else { T.measures_customers };
            (folded(caption, rows.len() > MOST_OPEN, &rows_table(caption, rows, first)))
        }
        @for ((column, _), rows) in &by {
            @let last = rows.last().and_then(|row| row.period.as_ref());
            @let shown: Vec<&MeasureRow> = rows.iter().copied().filter(|row| row.period.as_ref() == last).collect();
            @let column = column.replace('_', " ");
            @let caption = match last {
                Some(period) => fill(T.measures_by_in, &[("column", &column), ("period", &period.name)]),
                None => fill(T.measures_by, &[("column", &column)]),
            };
            (folded(&caption, true, &rows_table(&caption, &shown, &column)))
        }
    }
}

fn folded(caption: &str, fold: bool, table: &Markup) -> Markup {
    html! {
        @if fold { details { summary { (caption) } (table) } }
        @else { (table) }
    }
}

fn rows_table(caption: &str, rows: &[&MeasureRow], first: &str) -> Markup {
    let mut figures: Vec<FigureName> = Vec::new();
    for figure in rows.iter().flat_map(|row| &row.figures) {
        if !figures.contains(&figure.figure) {
            figures.push(figure.figure);
        }
    }
    let items = rows.iter().any(|row| row.item.is_some());
    let named = !items || rows.iter().any(|row| row.segment.is_some() || row.period.is_some());
    let mut columns: Vec<(&str, bool)> = Vec::new();
    columns.extend(named.then_some((first, false)));
    columns.extend(items.then_some((T.measures_item, false)));
    columns.extend(figures.iter().map(|figure| (figure.label(), true)));
    columns.push((T.measures_behind, true));
    let body: Vec<Vec<Markup>> = rows
        .iter()
        .map(|row| {
            let name = row.segment.as_deref().or(row.period.as_ref().map(|period| period.name.as_str()));
            let attention = row.alert.then_some(T.measures_attention);
            let mut cells = Vec::new();
            if named {
                cells.push(name_cell(name.unwrap_or(T.measures_all), attention.filter(|_| !items)));
            }
            if items {
                cells.push(name_cell(row.item.as_deref().unwrap_or_default(), attention));
            }
            cells.extend(figures.iter().map(|name| figure_cell(row, *name)));
            cells.push(match row.withheld {
                true => cell(fill(T.measures_withheld, &[("n", &count(row.count))])),
                false => cell(count(row.count)),
            });
            cells
        })
        .collect();
    table_of(caption, &columns, &body)
}

fn name_cell(name: &str, attention: Option<&str>) -> Markup {
    html! {
        span.name { (name) }
        @if let Some(words) = attention { " " span.flag { (words) } }
    }
}

fn figure_cell(row: &MeasureRow, name: FigureName) -> Markup {
    match row.figures.iter().find(|figure| figure.figure == name) {
        Some(figure) => estimate_cell(&figure.estimate, |value| shown(figure, value)),
        None => cell(MISSING),
    }
}

fn shown(figure: &Figure, value: Option<f64>) -> String {
    match figure.unit {
        FigureUnit::Share | FigureUnit::ShareDifference => percent_of(value),
        FigureUnit::Money => money(value),
        FigureUnit::Count => decimal(value, usize::from(value.is_some_and(|value| value.fract() != 0.0))),
        FigureUnit::Number => decimal(value, 2),
    }
}

/// Shares may be negative here, as differences.
pub(super) fn percent_of(value: Option<f64>) -> String {
    match value {
        Some(value) if value < 0.0 => format!("−{}", percent(Some(-value))),
        value => percent(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Estimate;

    fn row(by: Option<&str>, segment: Option<&str>, withheld: bool) -> MeasureRow {
        let figure = Figure { figure: FigureName::Share, unit: FigureUnit::Share, estimate: Estimate::point(-0.25) };
        MeasureRow {
            by: by.map(str::to_owned),
            segment: segment.map(str::to_owned),
            count: 7,
            withheld,
            figures: if withheld { Vec::new() } else { vec![figure] },
            ..MeasureRow::default()
        }
    }

    #[test]
    fn a_cell_that_is_withheld_says_how_few_there_are() {
        let measure = Measure {
            rows: vec![row(None, None, false), row(Some("region"), Some("north"), true)],
            ..Measure::new(MeasureName::Neglect)
        };
        let page = tables(&measure).into_string();
        assert!(page.contains("−25.0\u{a0}%") && page.contains("By region") && page.contains("too few (7)"), "{page}");
    }

    #[test]
    fn what_is_not_given_is_said() {
        let measure = Measure::not_given(MeasureName::Nps, "add events of type nps");
        let page = one(&measure, &[]).into_string();
        assert!(page.contains("Not given: add events of type nps") && !page.contains("<table"), "{page}");
    }
}
