//! What `churn backtest` prints.

use std::path::{Path, PathBuf};

use evaluation::{Comparison, Estimate, Metrics};
use serde::Serialize;
use training::{Backtest, Baselines, Differences, Horizons, Means, Pooled, Skipped, TestedDate};

use super::Found;
use crate::commands::train::shown;

/// The answer for machines.
#[derive(Debug, Serialize)]
pub(super) struct BacktestResult<'a> {
    project: &'a str,
    horizon_days: i32,
    every_days: i32,
    dates: Vec<DateResult<'a>>,
    skipped: Vec<SkippedResult<'a>>,
    means: &'a Means,
    pooled: &'a Pooled,
    horizons: Option<HorizonsResult<'a>>,
    files: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DateResult<'a> {
    as_of: String,
    window_start: &'a str,
    window_end: &'a str,
    model_version: &'a str,
    training_as_of: &'a [String],
    training_rows: u64,
    model: &'a Metrics,
    baselines: &'a Baselines,
    differences: &'a Differences,
    beats_baselines: bool,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct SkippedResult<'a> {
    as_of: String,
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct HorizonsResult<'a> {
    as_of: String,
    declared_days: i32,
    horizons: Vec<HorizonLine<'a>>,
}

#[derive(Debug, Serialize)]
struct HorizonLine<'a> {
    days: i32,
    model: Option<&'a Metrics>,
    against_prevalence: Option<&'a Comparison>,
    customers_compared: Option<u64>,
    top_10_overlap: Option<f64>,
    spearman: Option<f64>,
    skipped: Option<&'a str>,
}

pub(super) fn result<'a>(found: &Found<'a>, files: &[PathBuf]) -> BacktestResult<'a> {
    let Found { project, backtest, horizons, .. } = *found;
    BacktestResult {
        project: &project.name,
        horizon_days: project.churn.window.horizon.get(),
        every_days: backtest.every.get(),
        dates: backtest.tested.iter().map(date).collect(),
        skipped: backtest
            .skipped
            .iter()
            .map(|Skipped { as_of, reason }| SkippedResult { as_of: as_of.to_string(), reason })
            .collect(),
        means: &backtest.means,
        pooled: &backtest.pooled,
        horizons: horizons.map(horizons_result),
        files: files.iter().map(|path| path.display().to_string()).collect(),
    }
}

fn date(tested: &TestedDate) -> DateResult<'_> {
    let TestedDate { as_of, model, evaluation } = tested;
    DateResult {
        as_of: as_of.to_string(),
        window_start: &evaluation.test.window_start,
        window_end: &evaluation.test.window_end,
        model_version: model.version(),
        training_as_of: &model.file().slices.training,
        training_rows: model.file().training_rows,
        model: &evaluation.model,
        baselines: &evaluation.baselines,
        differences: &evaluation.differences,
        beats_baselines: evaluation.beats_baselines,
        notes: &evaluation.notes,
    }
}

fn horizons_result(horizons: &Horizons) -> HorizonsResult<'_> {
    let lines = horizons.results.iter().map(|result| {
        let test = result.test.as_ref().ok();
        let agreement = test.and_then(|test| test.agreement);
        HorizonLine {
            days: result.horizon.get(),
            model: test.map(|test| &test.model),
            against_prevalence: test.map(|test| &test.against_prevalence),
            customers_compared: agreement.map(|agreement| agreement.customers),
            top_10_overlap: agreement.map(|agreement| agreement.top_10_overlap),
            spearman: agreement.and_then(|agreement| agreement.spearman),
            skipped: result.test.as_ref().err().map(String::as_str),
        }
    });
    HorizonsResult {
        as_of: horizons.as_of.to_string(),
        declared_days: horizons.declared.get(),
        horizons: lines.collect(),
    }
}

/// What the tests say together, one sentence a line.
pub(super) fn verdict(backtest: &Backtest) -> Vec<String> {
    let pooled = &backtest.pooled;
    let mut lines = pooled.verdict.clone();
    let better = backtest.tested.iter().filter(|tested| tested.evaluation.beats_baselines).count();
    lines.push(format!(
        "Each date taken alone, the model is better than every simple rule at {better} of {}.",
        pooled.dates
    ));
    if !pooled.beats_baselines {
        lines.push("The model is not clearly better than every simple rule: do not prefer it to them.".to_owned());
    }
    lines
}

/// The answer for people: a line for each date, the dates together, the verdict.
pub(super) fn text(found: &Found<'_>, page: &Path) -> String {
    let Found { backtest, horizons, .. } = *found;
    let pooled = &backtest.pooled;
    let plural = if pooled.dates == 1 { "date" } else { "dates" };
    let mut lines = vec![format!("backtest: {} {plural}, {} apart", pooled.dates, days(backtest.every.get()))];
    lines.push(row("", "customers", "churned", ["ROC AUC (95 %)", "log-loss (95 %)", "slope"]));
    for TestedDate { as_of, evaluation, .. } in &backtest.tested {
        lines.push(metrics_row(&as_of.to_string(), &evaluation.model));
    }
    let means = &backtest.means.model;
    let mean = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let slope = means.calibration_slope.map_or_else(|| "-".to_owned(), |slope| format!("{slope:.2}"));
    lines.push(row("mean", "", "", [&mean(means.roc_auc), &mean(means.log_loss), &slope]));
    lines.push("all dates as one sample".to_owned());
    let baselines = &pooled.baselines;
    for (name, metrics) in [
        ("this model", Some(&pooled.model)),
        ("recency alone", baselines.recency.as_ref()),
        ("BG/NBD", baselines.bg_nbd.as_ref()),
        ("churn rate alone", baselines.prevalence.as_ref()),
    ] {
        lines.extend(metrics.map(|metrics| metrics_row(name, metrics)));
    }
    lines.extend(verdict(backtest));
    lines.extend(backtest.skipped.iter().map(|Skipped { as_of, reason }| format!("not tested {as_of}: {reason}")));
    lines.extend(horizons.into_iter().flat_map(horizons_text));
    lines.push(format!("page: {}", page.display()));
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn metrics_row(name: &str, metrics: &Metrics) -> String {
    let churned = 100.0 * metrics.churners as f64 / metrics.rows as f64;
    let slope = metrics.calibration_slope.value().map_or_else(|| "-".to_owned(), |slope| format!("{slope:.2}"));
    row(
        name,
        &metrics.rows.to_string(),
        &format!("{churned:.1} %"),
        [&shown(metrics.roc_auc), &shown(metrics.log_loss), &slope],
    )
}

fn row(name: &str, customers: &str, churned: &str, [auc, loss, slope]: [&str; 3]) -> String {
    format!("{name:<17} {customers:>9} {churned:>8}  {auc:<23} {loss:<23} {slope}")
}

fn horizons_text(horizons: &Horizons) -> Vec<String> {
    let mut lines = vec![
        format!("other horizons, as of {}", horizons.as_of),
        format!(
            "{:<10} {:>8}  {:<23} {:<25} {:<14} rank correlation",
            "", "churned", "ROC AUC (95 %)", "log-loss less churn rate", "same riskiest"
        ),
    ];
    for result in &horizons.results {
        let name = days(result.horizon.get());
        let test = match &result.test {
            Ok(test) => test,
            Err(reason) => {
                lines.push(format!("not tested {name}: {reason}"));
                continue;
            }
        };
        let churned = format!("{:.1} %", 100.0 * test.model.churners as f64 / test.model.rows as f64);
        let overlap = test.agreement.map_or_else(|| "-".to_owned(), |a| format!("{:.0} %", 100.0 * a.top_10_overlap));
        let spearman = test.agreement.and_then(|a| a.spearman).map_or_else(|| "-".to_owned(), |s| format!("{s:.2}"));
        let gain = signed(test.against_prevalence.log_loss.estimate);
        let auc = shown(test.model.roc_auc);
        lines.push(format!("{name:<10} {churned:>8}  {auc:<23} {gain:<25} {overlap:<14} {spearman}"));
    }
    lines
}

fn signed(estimate: Estimate) -> String {
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:+.3} ({low:+.3} to {high:+.3})"),
        (Some(value), None) => format!("{value:+.3}"),
        (None, _) => "-".to_owned(),
    }
}

fn days(days: i32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
