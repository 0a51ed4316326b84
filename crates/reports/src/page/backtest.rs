//! The page on a backtest.

use maud::{Markup, html};

use super::quality::metrics_table;
use super::{cell, estimate_cell, figure, number_column, shell, table, text_column};
use crate::chart::over_dates::{Line, OverDates};
use crate::data::{BacktestData, BacktestDate, BacktestHorizon, BacktestTest, Estimate, HorizonTest, Metrics, Role};
use crate::error::ReportError;
use crate::number::{count, decimal, percent};
use crate::text::{T, fill};

/// The whole page.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn page(data: &BacktestData) -> Result<String, ReportError> {
    let mut sections = vec![
        ("verdict", T.backtest_verdict_heading, verdict(data)),
        ("dates", T.backtest_charts_heading, charts(data)?),
        ("tests", T.backtest_tests_heading, tests(data)),
        ("together", T.backtest_together_heading, together(data)),
    ];
    if !data.horizons.is_empty() {
        sections.push(("horizons", T.backtest_horizons_heading, horizons(data)));
    }
    let title = fill(T.backtest_page_title, &[("project", &data.project)]);
    Ok(shell(&title, &header(data), &sections, T.backtest_footer, false))
}

fn header(data: &BacktestData) -> Markup {
    let tested: Vec<&str> = tests_of(data).map(|(as_of, _)| as_of).collect();
    let dates = match tested.as_slice() {
        [] => T.backtest_no_dates.to_owned(),
        [one] => (*one).to_owned(),
        [first, .., last] => {
            fill(T.backtest_dates, &[("n", &tested.len().to_string()), ("first", first), ("last", last)])
        }
    };
    let days = |n: u32| fill(T.days, &[("n", &n.to_string())]);
    let horizon = match data.lead_days {
        0 => days(data.horizon_days),
        lead => fill(T.days_after_lead, &[("n", &data.horizon_days.to_string()), ("lead", &lead.to_string())]),
    };
    let facts = [
        (T.backtest_as_of_dates, dates),
        (T.backtest_every, days(data.every_days)),
        (T.horizon, horizon),
        (T.churn_means, data.churn_definition.clone()),
    ];
    html! {
        header {
            p.kicker { (T.backtest_name) }
            h1 { (data.project) }
            dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
        }
    }
}

fn verdict(data: &BacktestData) -> Markup {
    html! {
        @if !data.warnings.is_empty() {
            div.warnings {
                h3 { (T.warnings_heading) }
                ul { @for warning in &data.warnings { li { (warning) } } }
            }
        }
        ul { @for line in &data.verdict { li { (line) } } }
        p.note { (T.backtest_intro) }
    }
}

/// Dates with a test.
fn tests_of(data: &BacktestData) -> impl Iterator<Item = (&str, &BacktestTest)> {
    data.dates.iter().filter_map(|date| Some((date.as_of.as_str(), date.test.as_ref().ok()?)))
}

/// The dates from the first tested one to the last, those without a test between them included.
fn dates_in_view(data: &BacktestData) -> &[BacktestDate] {
    let tested = |date: &BacktestDate| date.test.is_ok();
    match (data.dates.iter().position(tested), data.dates.iter().rposition(tested)) {
        (Some(first), Some(last)) => &data.dates[first..=last],
        _ => &[],
    }
}

/// A metric of each model that has it at a date in view, one value for each of these dates.
fn over(data: &BacktestData, metric: fn(&Metrics) -> Estimate) -> Vec<Line<'_>> {
    let at = |date: &BacktestDate, name: &str| {
        let models = date.test.as_ref().ok().map(|test| test.models.iter());
        let model = models.into_iter().flatten().find(|model| model.name == name);
        model.map_or_else(Estimate::default, |model| metric(&model.metrics))
    };
    // Of all dates together every model is there, also one that the first date does not have.
    let lines = data.pooled.iter().enumerate().map(|(place, model)| Line {
        name: &model.name,
        place,
        values: dates_in_view(data).iter().map(|date| at(date, &model.name)).collect(),
    });
    lines.filter(|line| line.values.iter().any(|value| value.finite().is_some())).collect()
}

fn charts(data: &BacktestData) -> Result<Markup, ReportError> {
    let dates: Vec<&str> = dates_in_view(data).iter().map(|date| date.as_of.as_str()).collect();
    let mut auc = over(data, |m| m.roc_auc);
    // One probability for everybody ranks nobody, and always has this area.
    auc.retain(|line| line.values.iter().filter_map(Estimate::finite).any(|value| value != 0.5));
    let charts = [
        (
            OverDates {
                id: "roc-auc",
                title: T.backtest_auc_title,
                axis: T.backtest_auc_axis,
                across: T.as_of_axis,
                words: (T.over_dates_desc, T.over_dates_desc_item),
                limits: (0.0, 1.0),
                ideal: None,
                dates: &dates,
                models: auc,
            },
            3,
            T.backtest_auc_note,
        ),
        (
            OverDates {
                id: "log-loss",
                title: T.backtest_loss_title,
                axis: T.backtest_loss_axis,
                across: T.as_of_axis,
                words: (T.over_dates_desc, T.over_dates_desc_item),
                limits: (0.0, f64::MAX),
                ideal: None,
                dates: &dates,
                models: over(data, |m| m.log_loss),
            },
            3,
            T.backtest_loss_note,
        ),
        (
            OverDates {
                id: "slope",
                title: T.backtest_slope_title,
                axis: T.backtest_slope_axis,
                across: T.as_of_axis,
                words: (T.over_dates_desc, T.over_dates_desc_item),
                limits: (f64::MIN, f64::MAX),
                ideal: Some((1.0, T.backtest_slope_ideal)),
                dates: &dates,
                models: over(data, |m| m.calibration_slope),
            },
            2,
            T.backtest_slope_note,
        ),
    ];
    let mut figures = Vec::new();
    for (chart, decimals, note) in charts {
        if let Some(drawn) = chart.draw()? {
            figures.push(figure(&drawn, note, &values_table(&chart, decimals)));
        }
    }
    Ok(html! {
        @for figure in &figures { (figure) }
        @if figures.is_empty() { p.empty { (T.backtest_no_dates) } }
    })
}

/// The numbers of a chart.
fn values_table(chart: &OverDates<'_>, decimals: usize) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                caption { (chart.title) }
                thead { tr {
                    th scope="col" { (T.as_of) }
                    @for line in &chart.models { th.n scope="col" { (line.name) } }
                } }
                tbody {
                    @for (i, date) in chart.dates.iter().enumerate() {
                        tr {
                            th scope="row" { (date) }
                            @for line in &chart.models {
                                td.n { (estimate_cell(&line.values[i], |v| decimal(v, decimals))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The model at each date, and the dates without one.
fn tests(data: &BacktestData) -> Markup {
    let columns = [
        text_column(T.as_of),
        text_column(T.backtest_until),
        number_column(T.rows),
        number_column(T.churn_rate),
        number_column(T.backtest_auc),
        number_column(T.backtest_loss),
        number_column(T.backtest_slope),
        number_column(T.backtest_lift),
    ];
    let rows: Vec<Vec<Markup>> = tests_of(data)
        .map(|(as_of, test)| {
            let model = test.models.iter().find(|model| model.role == Role::Model);
            let value = |metric: fn(&Metrics) -> Estimate, decimals| {
                let estimate = model.map_or_else(Estimate::default, |model| metric(&model.metrics));
                estimate_cell(&estimate, |v| decimal(v, decimals))
            };
            vec![
                cell(as_of),
                cell(&test.label_until),
                cell(count(test.rows)),
                cell(percent(rate(test.churners, test.rows))),
                value(|m| m.roc_auc, 3),
                value(|m| m.log_loss, 3),
                value(|m| m.calibration_slope, 2),
                value(|m| m.lift_at_10, 2),
            ]
        })
        .collect();
    let skipped: Vec<(&str, &str)> =
        data.dates.iter().filter_map(|d| Some((d.as_of.as_str(), d.test.as_ref().err()?.as_str()))).collect();
    let notes: Vec<(&str, &str)> =
        tests_of(data).flat_map(|(as_of, test)| test.notes.iter().map(move |note| (as_of, note.as_str()))).collect();
    html! {
        (table(T.backtest_tests_caption, &columns, &rows))
        @if !notes.is_empty() {
            details {
                summary { (T.backtest_notes) }
                (reasons(T.backtest_notes, T.backtest_note, &notes))
            }
        }
        @if !skipped.is_empty() {
            h3 { (T.backtest_skipped_heading) }
            (reasons(T.backtest_skipped_caption, T.backtest_reason, &skipped))
        }
    }
}

/// Sentences on dates or horizons.
fn reasons(caption: &str, heading: &'static str, said: &[(&str, &str)]) -> Markup {
    let rows: Vec<Vec<Markup>> = said.iter().map(|(of, text)| vec![cell(of), cell(text)]).collect();
    table(caption, &[text_column(T.backtest_of), text_column(heading)], &rows)
}

fn together(data: &BacktestData) -> Markup {
    let customers = fill(T.backtest_pooled_note, &[("customers", &count(data.customers))]);
    html! {
        (metrics_table(T.backtest_means_caption, &data.means))
        (metrics_table(T.backtest_pooled_caption, &data.pooled))
        p.note { (customers) }
    }
}

fn horizons(data: &BacktestData) -> Markup {
    let columns = [
        text_column(T.horizon),
        number_column(T.rows),
        number_column(T.churn_rate),
        number_column(T.backtest_auc),
        number_column(T.backtest_loss),
        number_column(T.backtest_loss_gain),
        number_column(T.backtest_overlap),
        number_column(T.backtest_spearman),
    ];
    let tested = data.horizons.iter().filter_map(|horizon| Some((horizon, horizon.test.as_ref().ok()?)));
    let rows: Vec<Vec<Markup>> = tested.map(|(horizon, test)| horizon_row(data, horizon, test)).collect();
    let names: Vec<(String, &str)> = data
        .horizons
        .iter()
        .filter_map(|h| Some((fill(T.days, &[("n", &h.days.to_string())]), h.test.as_ref().err()?.as_str())))
        .collect();
    let skipped: Vec<(&str, &str)> = names.iter().map(|(name, why)| (name.as_str(), *why)).collect();
    let as_of = data.horizons.first().map_or("", |horizon| &horizon.as_of);
    html! {
        (table(&fill(T.backtest_horizons_caption, &[("as_of", as_of)]), &columns, &rows))
        p.note { (T.backtest_horizons_note) }
        @if !skipped.is_empty() {
            h3 { (T.backtest_skipped_heading) }
            (reasons(T.backtest_skipped_caption, T.backtest_reason, &skipped))
        }
    }
}

fn horizon_row(data: &BacktestData, horizon: &BacktestHorizon, test: &HorizonTest) -> Vec<Markup> {
    let days = fill(T.days, &[("n", &horizon.days.to_string())]);
    let name = if horizon.days == data.horizon_days { fill(T.backtest_declared, &[("days", &days)]) } else { days };
    vec![
        cell(name),
        cell(count(test.rows)),
        cell(percent(rate(test.churners, test.rows))),
        estimate_cell(&test.roc_auc, |v| decimal(v, 3)),
        estimate_cell(&test.log_loss, |v| decimal(v, 3)),
        estimate_cell(&test.log_loss_gain, |v| decimal(v, 3)),
        cell(percent(test.top_10_overlap)),
        cell(decimal(test.spearman, 2)),
    ]
}

fn rate(churners: u64, rows: u64) -> Option<f64> {
    (rows > 0).then(|| churners as f64 / rows as f64)
}
