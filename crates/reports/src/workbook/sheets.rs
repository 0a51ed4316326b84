//! The short sheets, with their charts.

use rust_xlsxwriter::{ChartAxisLabelPosition, ChartType, Color, ConditionalFormat2ColorScale, Worksheet, XlsxError};

use super::cells::{Cell, Cells, Kind, number, text, whole};
use super::charts::{bars, lines};
use crate::data::{Cohort, Estimate, PeriodKind, ReportData};
use crate::page::questions::Answers;
use crate::text::{T, fill};
use crate::view;
use crate::words::W;

/// Segments in the chart.
const MOST_BARS: u32 = 12;

/// An empty sheet in landscape on A4, with columns so wide.
pub(super) fn sheet(name: &str, widths: &[f64]) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    for (column, width) in (0_u16..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_landscape().set_paper_size(9);
    Ok(sheet)
}

fn estimate<'a>(name: &'a str, e: &Estimate) -> Vec<Cell<'a>> {
    vec![text(name), number(e.value), number(e.low), number(e.high)]
}

/// What was scored, the answers, the first numbers; `sheets` are the names of those of the customers, and how many of the plan.
pub(super) fn summary(
    data: &ReportData,
    (customers, plan): (&[String], usize),
    cells: &mut Cells,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = sheet(W.sheet_summary, &[44.0, 26.0, 16.0, 16.0])?;
    let header = &data.header;
    sheet.write_string_with_format(0, 0, super::cells::fitting(&header.project, 255).as_ref(), &cells.title)?;
    let horizon = header.horizon_days.to_string();
    let facts = [
        (T.as_of, header.as_of.as_str()),
        (T.horizon, &fill(T.days, &[("n", &horizon)])),
        (T.churn_means, &header.churn_definition),
        (T.model_version, &header.model_version),
        (T.currency, &header.currency),
    ];
    let mut at = 1;
    for (name, value) in facts {
        cells.text(&mut sheet, at, 0, name)?;
        let cell = if name == T.as_of { Cell::Date(value) } else { text(value) };
        cells.cell(&mut sheet, (at, 1), &cell, Kind::Text)?;
        at += 1;
    }
    let heads = |kind| [(W.what, Kind::Text), (W.value, kind), (W.low_95, kind), (W.high_95, kind)];
    let summary = &data.summary;
    at += 1;
    let states = [
        (T.state_eligible, summary.states.eligible),
        (T.state_lapsed, summary.states.lapsed),
        (T.state_new, summary.states.new),
    ];
    let rows: Vec<_> = states.iter().map(|(name, n)| vec![text(*name), whole(*n)]).collect();
    at = cells.table(&mut sheet, at, &heads(Kind::Count)[..2], &rows)? + 1;
    let expected = [estimate(T.expected_churners, &summary.expected_churners)];
    at = cells.table(&mut sheet, at, &heads(Kind::Count), &expected)?;
    let at_risk = format!("{}, {}", T.value_at_risk, header.currency);
    for (row, kind) in [
        (estimate(&at_risk, &summary.value_at_risk), Kind::Money),
        (estimate(T.mean_probability, &summary.churn_probability), Kind::Share),
    ] {
        for (column, cell) in (0_u16..).zip(&row) {
            cells.cell(&mut sheet, (at, column), cell, kind)?;
        }
        at += 1;
    }
    at += 1;
    let bands = &summary.bands;
    let rows: Vec<_> = [
        (T.band_low, bands.low),
        (T.band_medium, bands.medium),
        (T.band_high, bands.high),
        (T.band_critical, bands.critical),
    ]
    .iter()
    .map(|(name, n)| vec![text(*name), whole(*n)])
    .collect();
    let first = at + 1;
    at = cells.table(&mut sheet, at, &[(T.band, Kind::Text), (T.customers, Kind::Count)], &rows)?;
    let mut chart = bars(ChartType::Column, W.chart_bands, W.sheet_summary, (first, at - 1), 1, "#,##0");
    chart.legend().set_hidden();
    sheet.insert_chart(1, 5, &chart)?;
    at += 1;
    let rows = view::rows(&data.segments);
    let answers = Answers::of(data, &rows);
    cells.heads(&mut sheet, at, &[(W.question, Kind::Text), (W.answer, Kind::Text)])?;
    for (question, answer, _) in answers.list() {
        at += 1;
        cells.wrapped(&mut sheet, at, 0, question)?;
        cells.text(&mut sheet, at, 1, answer)?;
    }
    at += 2;
    for note in notes(data, customers, plan, cells) {
        cells.text(&mut sheet, at, 0, &note)?;
        at += 1;
    }
    Ok(sheet)
}

/// What the reader must know of the numbers, and of this workbook.
fn notes(data: &ReportData, customers: &[String], plan: usize, cells: &Cells) -> Vec<String> {
    let mut notes = data.summary.warnings.clone();
    notes.extend(data.summary.verdict.iter().cloned());
    notes.push(W.book_order.to_owned());
    if let ([first, .., last], n) = (customers, customers.len()) {
        notes.push(fill(W.book_split, &[("n", &n.to_string()), ("first", first), ("last", last)]));
    }
    if plan > 1 {
        notes.push(fill(W.book_plan_split, &[("n", &plan.to_string())]));
    }
    if cells.cut > 0 {
        notes.push(fill(W.book_cut, &[("n", &cells.cut.to_string())]));
    }
    if cells.marked > 0 {
        notes.push(fill(W.book_marks, &[("n", &cells.marked.to_string())]));
    }
    notes
}

/// The segments; small cells are suppressed as on the page.
pub(super) fn segments(data: &ReportData, cells: &mut Cells) -> Result<Worksheet, XlsxError> {
    let mut sheet =
        sheet(W.sheet_segments, &[28.0, 12.0, 12.0, 12.0, 10.0, 10.0, 12.0, 16.0, 16.0, 12.0, 12.0, 40.0, 26.0])?;
    let segments = &data.segments;
    let money = |name: &str| format!("{name}, {}", data.header.currency);
    let heads = [
        (T.segment.to_owned(), Kind::Text),
        (T.customers.to_owned(), Kind::Count),
        (T.eligible.to_owned(), Kind::Count),
        (T.observed_churn.to_owned(), Kind::Share),
        (W.low_95.to_owned(), Kind::Share),
        (W.high_95.to_owned(), Kind::Share),
        (T.predicted_churn.to_owned(), Kind::Share),
        (money(T.value_per_customer), Kind::Money),
        (money(T.value_at_risk), Kind::Money),
        (T.share_at_risk.to_owned(), Kind::Share),
        (T.group_heading.to_owned(), Kind::Text),
        (T.top_reason.to_owned(), Kind::Text),
        (T.backtest_note.to_owned(), Kind::Text),
    ];
    let few = fill(T.few_customers, &[("n", &segments.min_customers.to_string())]);
    let shown = view::rows(segments);
    let rows: Vec<Vec<Cell<'_>>> = shown
        .iter()
        .map(|row| {
            let observed = row.observed.value().map(Estimate::from).unwrap_or_default();
            let suppressed =
                row.observed == view::Shown::Suppressed || row.churn_probability == view::Shown::Suppressed;
            vec![
                text(&row.segment.name),
                whole(row.segment.customers),
                whole(row.segment.eligible),
                number(observed.value),
                number(observed.low),
                number(observed.high),
                number(row.churn_probability.value()),
                number(row.value_per_customer.value()),
                number(row.value_at_risk),
                number(row.share),
                text(row.group.map_or("", |group| T.group(group))),
                text(row.segment.top_reason.as_deref().unwrap_or_default()),
                text(if suppressed { few.as_str() } else { "" }),
            ]
        })
        .collect();
    let end = cells.table(&mut sheet, 0, &heads, &rows)?;
    sheet.set_freeze_panes(1, 1)?;
    if end > 1 {
        sheet.autofilter(0, 0, end - 1, heads.len() as u16 - 1)?;
        let mut chart = bars(ChartType::Bar, W.chart_risk, W.sheet_segments, (1, (end - 1).min(MOST_BARS)), 8, "#,##0");
        chart.y_axis().set_reverse();
        chart.x_axis().set_label_position(ChartAxisLabelPosition::Low);
        chart.legend().set_hidden();
        sheet.insert_chart(end + 1, 0, &chart)?;
    }
    Ok(sheet)
}

/// Cohorts as a table with a colour scale, and the churn rate by as-of date.
pub(super) fn cohorts(data: &ReportData, cells: &mut Cells) -> Result<Worksheet, XlsxError> {
    let mut sheet = sheet(W.sheet_cohorts, &[16.0, 12.0, 10.0, 10.0, 10.0, 10.0])?;
    let mut at = 0;
    if let Some(cohorts) = &data.cohorts {
        let is_shown = |cohort: &&Cohort| cohort.customers >= cohorts.min_customers && !cohort.bought.is_empty();
        let shown: Vec<&Cohort> = cohorts.rows.iter().filter(is_shown).collect();
        let columns = shown.iter().map(|cohort| cohort.bought.len()).max().unwrap_or(0);
        let x = if cohorts.kind == PeriodKind::Month { W.cohorts_x_month } else { W.cohorts_x_quarter };
        let mut heads = vec![(W.cohort.to_owned(), Kind::Text), (T.customers.to_owned(), Kind::Count)];
        heads.extend((1..=columns).map(|n| (n.to_string(), Kind::Share)));
        let rows: Vec<Vec<Cell<'_>>> = shown
            .iter()
            .map(|cohort| {
                let star = if cohort.may_be_older { "*" } else { "" };
                let shares = cohort.bought.iter().map(|n| number(*n as f64 / cohort.customers as f64));
                [text(format!("{}{star}", cohort.name)), whole(cohort.customers)].into_iter().chain(shares).collect()
            })
            .collect();
        if !rows.is_empty() {
            let end = cells.table(&mut sheet, at, &heads, &rows)?;
            let colours = ConditionalFormat2ColorScale::new()
                .set_minimum_color(Color::RGB(0xFF_FFFF))
                .set_maximum_color(Color::RGB(0x95_B0D1));
            sheet.add_conditional_format(1, 2, end - 1, columns as u16 + 1, &colours)?;
            cells.text(&mut sheet, end, 0, x)?;
            let note = fill(W.cohorts_note, &[("min", &cohorts.min_customers.to_string())]);
            cells.text(&mut sheet, end + 1, 0, &note)?;
            let older = if shown.iter().any(|cohort| cohort.may_be_older) { W.cohorts_older } else { "" };
            cells.text(&mut sheet, end + 2, 0, older)?;
            at = end + 4;
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    let heads = [
        (T.as_of, Kind::Date),
        (T.customers_at_start, Kind::Count),
        (T.churned, Kind::Count),
        (T.churn_rate, Kind::Share),
        (W.low_95, Kind::Share),
        (W.high_95, Kind::Share),
    ];
    let rows: Vec<Vec<Cell<'_>>> = data
        .months
        .iter()
        .map(|month| {
            let churn: Estimate = month.churn.into();
            vec![
                Cell::Date(&month.as_of),
                whole(month.churn.customers),
                whole(month.churn.churned),
                number(churn.value),
                number(churn.low),
                number(churn.high),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let first = at + 1;
        at = cells.table(&mut sheet, at, &heads, &rows)?;
        let chart = lines(ChartType::Line, W.chart_months, W.sheet_cohorts, (first, at - 1), &[(3, false)], "0.0%");
        sheet.insert_chart(first, 7, &chart)?;
    }
    Ok(sheet)
}
