//! The short sheets, with their charts.

use rust_xlsxwriter::{
    Chart, ChartAxisLabelPosition, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartType, Color,
    ConditionalFormat2ColorScale, Worksheet, XlsxError,
};

use super::cells::{Cell, Cells, Kind, number, text, whole};
use crate::data::{Cohort, Estimate, PeriodKind, ReportData, Role};
use crate::page::questions::Answers;
use crate::text::{T, fill};
use crate::view;
use crate::words::W;

/// Segments in the chart.
const MOST_BARS: u32 = 12;

fn sheet(name: &str, widths: &[f64]) -> Result<Worksheet, XlsxError> {
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

/// A chart of one column against the first, in these rows.
fn bars(kind: ChartType, title: &str, sheet: &str, (first, last): (u32, u32), column: u16, format: &str) -> Chart {
    let mut chart = Chart::new(kind);
    chart
        .add_series()
        .set_categories((sheet, first, 0, last, 0))
        .set_values((sheet, first, column, last, column))
        .set_format(ChartFormat::new().set_solid_fill(&fill_of(0x2B_62A3)));
    chart.title().set_name(title);
    chart.y_axis().set_num_format(format);
    chart.set_alt_text(title).set_width(620).set_height(340);
    chart
}

fn fill_of(colour: u32) -> rust_xlsxwriter::ChartSolidFill {
    let mut fill = rust_xlsxwriter::ChartSolidFill::new();
    fill.set_color(Color::RGB(colour));
    fill
}

fn line(colour: u32, dashed: bool) -> ChartFormat {
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(colour)).set_width(2.0);
    if dashed {
        line.set_dash_type(ChartLineDashType::Dash);
    }
    let mut format = ChartFormat::new();
    format.set_line(&line);
    format
}

/// Lift and gains by tenths, calibration bins, metrics, and the profit curve of the last plan.
pub(super) fn deciles(data: &ReportData, cells: &mut Cells) -> Result<Worksheet, XlsxError> {
    let name = W.sheet_deciles;
    let mut sheet = sheet(name, &[34.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0])?;
    let mut at = 0;
    let mut charts: Vec<Chart> = Vec::new();
    if let Some(quality) = &data.quality {
        let heads = [
            (T.riskiest, Kind::Share),
            (T.customers, Kind::Count),
            (T.churners, Kind::Count),
            (T.lift, Kind::Number),
            (T.captured, Kind::Share),
            (W.random_order, Kind::Share),
        ];
        let rows: Vec<_> = quality
            .lift
            .iter()
            .map(|row| {
                vec![
                    number(row.share),
                    whole(row.customers),
                    whole(row.churners),
                    number(row.lift.value),
                    number(row.captured.value),
                    number(row.share),
                ]
            })
            .collect();
        let first = at + 1;
        at = cells.table(&mut sheet, at, &heads, &rows)?;
        if at > first {
            charts.push(lines(ChartType::Line, W.chart_gains, name, (first, at - 1), &[(4, false), (5, true)], "0%"));
        }
        at += 1;
        if let Some(calibration) = &quality.calibration {
            let heads = [
                (T.mean_prediction, Kind::Share),
                (T.rows, Kind::Count),
                (T.churners, Kind::Count),
                (T.observed_churn, Kind::Share),
                (W.low_95, Kind::Share),
                (W.high_95, Kind::Share),
                (T.calibration_perfect, Kind::Share),
            ];
            let rows: Vec<_> = calibration
                .bins
                .iter()
                .map(|bin| {
                    let observed: Estimate = bin.observed.into();
                    vec![
                        number(bin.predicted),
                        whole(bin.observed.customers),
                        whole(bin.observed.churned),
                        number(observed.value),
                        number(observed.low),
                        number(observed.high),
                        number(bin.predicted),
                    ]
                })
                .collect();
            let first = at + 1;
            at = cells.table(&mut sheet, at, &heads, &rows)?;
            if at > first {
                let series = [(3, false), (6, true)];
                charts.push(lines(ChartType::Scatter, W.chart_calibration, name, (first, at - 1), &series, "0%"));
            }
            at += 1;
        }
        at = metrics(&mut sheet, at, quality, cells)? + 1;
    }
    if let Some(plan) = data.plan.as_ref().filter(|plan| !plan.by_gain.is_empty()) {
        let heads =
            [(W.plan_x, Kind::Count), (T.share, Kind::Share), (W.plan_cost, Kind::Money), (W.plan_profit, Kind::Money)];
        let rows: Vec<_> = plan
            .by_gain
            .iter()
            .map(|point| vec![whole(point.customers), number(point.share), number(point.cost), number(point.profit)])
            .collect();
        let first = at + 1;
        at = cells.table(&mut sheet, at, &heads, &rows)?;
        charts.push(lines(ChartType::Scatter, W.chart_profit, name, (first, at - 1), &[(3, false)], "#,##0"));
    }
    sheet.set_freeze_panes(1, 1)?;
    for (place, chart) in (0_u32..).zip(&charts) {
        sheet.insert_chart(1 + place * 18, 10, chart)?;
    }
    Ok(sheet)
}

fn metrics(
    sheet: &mut Worksheet,
    at: u32,
    quality: &crate::data::ModelQuality,
    cells: &mut Cells,
) -> Result<u32, XlsxError> {
    let role = |role: Role| match role {
        Role::Model => T.role_model,
        Role::Champion => T.role_champion,
        Role::Baseline => T.role_baseline,
    };
    let rows: Vec<Vec<Cell<'_>>> = quality
        .models
        .iter()
        .flat_map(|model| {
            let m = &model.metrics;
            [
                (T.roc_auc, m.roc_auc),
                (T.average_precision, m.average_precision),
                (T.lift_at_10, m.lift_at_10),
                (T.log_loss, m.log_loss),
                (T.brier, m.brier),
                (T.ece, m.ece),
                (T.calibration_slope, m.calibration_slope),
                (T.calibration_intercept, m.calibration_intercept),
            ]
            .map(|(name, e)| {
                let told = format!("{} ({})", model.name, role(model.role));
                vec![text(name), number(e.value), number(e.low), number(e.high), text(told)]
            })
        })
        .collect();
    let heads = [
        (T.metric, Kind::Text),
        (W.value, Kind::Number),
        (W.low_95, Kind::Number),
        (W.high_95, Kind::Number),
        (T.model_version, Kind::Text),
    ];
    cells.table(sheet, at, &heads, &rows)
}

/// Columns of a table as lines against the first column; the dashed ones are what to compare with.
fn lines(
    kind: ChartType,
    title: &str,
    sheet: &str,
    (first, last): (u32, u32),
    columns: &[(u16, bool)],
    format: &str,
) -> Chart {
    let kind = if kind == ChartType::Scatter { ChartType::ScatterStraightWithMarkers } else { kind };
    let mut chart = Chart::new(kind);
    for (column, dashed) in columns {
        let colour = if *dashed { 0x8B_95A5 } else { 0x2B_62A3 };
        chart
            .add_series()
            .set_name((sheet, first - 1, *column))
            .set_categories((sheet, first, 0, last, 0))
            .set_values((sheet, first, *column, last, *column))
            .set_format(&mut line(colour, *dashed));
    }
    chart.title().set_name(title);
    chart.y_axis().set_num_format(format);
    if columns.len() > 1 {
        chart.legend().set_position(ChartLegendPosition::Bottom);
    } else {
        chart.legend().set_hidden();
    }
    chart.set_alt_text(title).set_width(560).set_height(330);
    chart
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
