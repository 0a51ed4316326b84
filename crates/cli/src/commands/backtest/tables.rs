//! `backtest.csv` and `backtest_horizons.csv`.

use std::path::Path;

use evaluation::{Comparison, Estimate, Metrics, PointMetrics};
use history::{Column, TableWriter, Values, WriteError};
use training::{Backtest, Baselines, Differences, Horizons};

use super::PREDICTORS;

const METRICS: [&str; 9] = [
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "brier_skill",
    "ece",
    "calibration_slope",
    "calibration_intercept",
    "lift_at_10",
];
const DIFFERENCES: [&str; 2] = ["log_loss_difference", "roc_auc_difference"];

/// A value with the ends of its interval.
type Three = [Option<f64>; 3];

fn three(estimate: Estimate) -> Three {
    [estimate.value(), estimate.low(), estimate.high()]
}

/// A line of `backtest.csv`.
#[derive(Debug, Default)]
struct Line {
    date: String,
    predictor: Option<&'static str>,
    model: Option<String>,
    window_end: Option<String>,
    rows: Option<u64>,
    churners: Option<u64>,
    metrics: [Three; METRICS.len()],
    differences: [Three; DIFFERENCES.len()],
    skipped: Option<String>,
}

impl Line {
    fn of(date: &str, predictor: &'static str, metrics: &Metrics, difference: Option<&Comparison>) -> Self {
        Self {
            date: date.to_owned(),
            predictor: Some(predictor),
            rows: Some(metrics.rows),
            churners: Some(metrics.churners),
            metrics: [
                metrics.roc_auc,
                metrics.average_precision,
                metrics.log_loss,
                metrics.brier,
                metrics.brier_skill,
                metrics.ece,
                metrics.calibration_slope,
                metrics.calibration_intercept,
                metrics.lift_at_10,
            ]
            .map(three),
            differences: difference.map_or_else(Default::default, |difference| {
                [difference.log_loss.estimate, difference.roc_auc.estimate].map(three)
            }),
            ..Self::default()
        }
    }

    fn of_means(predictor: &'static str, m: &PointMetrics) -> Self {
        let metrics = [
            m.roc_auc,
            m.average_precision,
            m.log_loss,
            m.brier,
            m.brier_skill,
            m.ece,
            m.calibration_slope,
            m.calibration_intercept,
            m.lift_at_10,
        ];
        Self {
            date: "mean".to_owned(),
            predictor: Some(predictor),
            metrics: metrics.map(|value| [value, None, None]),
            ..Self::default()
        }
    }
}

/// The model and its baselines on the same rows.
fn lines(date: &str, model: &Metrics, baselines: &Baselines, differences: &Differences) -> Vec<Line> {
    let of = [
        (Some(model), None),
        (baselines.recency.as_ref(), differences.recency.as_ref()),
        (baselines.bg_nbd.as_ref(), differences.bg_nbd.as_ref()),
        (baselines.prevalence.as_ref(), differences.prevalence.as_ref()),
    ];
    let of = PREDICTORS.iter().zip(of);
    of.filter_map(|((name, _), (metrics, difference))| Some(Line::of(date, name, metrics?, difference))).collect()
}

fn dates(backtest: &Backtest) -> Vec<Line> {
    let skipped = backtest.skipped.iter().map(|skipped| {
        let date = skipped.as_of.to_string();
        (skipped.as_of, vec![Line { date, skipped: Some(skipped.reason.clone()), ..Line::default() }])
    });
    let tested = backtest.tested.iter().map(|tested| {
        let test = &tested.evaluation;
        let mut lines = lines(&tested.as_of.to_string(), &test.model, &test.baselines, &test.differences);
        for line in &mut lines {
            line.window_end = Some(test.test.window_end.clone());
        }
        lines[0].model = Some(tested.model.version().to_owned());
        (tested.as_of, lines)
    });
    let mut all: Vec<_> = skipped.chain(tested).collect();
    all.sort_by_key(|(as_of, _)| *as_of);
    all.into_iter().flat_map(|(_, lines)| lines).collect()
}

fn means(backtest: &Backtest) -> impl Iterator<Item = Line> {
    let means = backtest.means;
    let of = [Some(means.model), means.recency, means.bg_nbd, means.prevalence];
    PREDICTORS.iter().zip(of).filter_map(|((name, _), metrics)| Some(Line::of_means(name, &metrics?)))
}

/// Writes a line for each date and predictor, the oldest date first; then the means over the dates, and all rows pooled.
pub(super) fn write_dates(backtest: &Backtest, path: &Path) -> Result<(), WriteError> {
    let pooled = &backtest.pooled;
    let mut all = dates(backtest);
    all.extend(means(backtest));
    all.extend(lines("pooled", &pooled.model, &pooled.baselines, &pooled.differences));
    let text = |cell: fn(&Line) -> Option<String>| Values::Text(all.iter().map(cell).collect());
    let count = |cell: fn(&Line) -> Option<u64>| whole(all.iter().map(cell));
    let mut columns = vec![
        Column::new("date", text(|line| Some(line.date.clone()))),
        Column::new("predictor", text(|line| line.predictor.map(str::to_owned))),
        Column::new("model", text(|line| line.model.clone())),
        Column::new("window_end", text(|line| line.window_end.clone())),
        Column::new("rows", count(|line| line.rows)),
        Column::new("churners", count(|line| line.churners)),
    ];
    for (at, name) in METRICS.iter().enumerate() {
        columns.extend(with_interval(name, || all.iter().map(move |line| line.metrics[at])));
    }
    for (at, name) in DIFFERENCES.iter().enumerate() {
        columns.extend(with_interval(name, || all.iter().map(move |line| line.differences[at])));
    }
    columns.push(Column::new("skipped", text(|line| line.skipped.clone())));
    write(path, &columns)
}

/// Writes a line for each horizon, the shortest first.
pub(super) fn write_horizons(horizons: &Horizons, path: &Path) -> Result<(), WriteError> {
    let results = &horizons.results;
    let tests = || results.iter().map(|result| result.test.as_ref().ok());
    let agreement = || tests().map(|test| test.and_then(|test| test.agreement));
    let estimate = |of: fn(&training::HorizonTest) -> Estimate| {
        move || results.iter().map(move |result| three(result.test.as_ref().map_or(Estimate::NONE, of)))
    };
    let as_of = vec![Some(horizons.as_of); results.len()];
    let days = results.iter().map(|result| Some(i64::from(result.horizon.get())));
    let declared = results.iter().map(|result| Some(result.horizon == horizons.declared));
    let mut columns = vec![
        Column::new("horizon_days", Values::Integer(days.collect())),
        Column::new("declared", Values::Flag(declared.collect())),
        Column::new("as_of", Values::Date(as_of)),
        Column::new("rows", whole(tests().map(|test| test.map(|test| test.model.rows)))),
        Column::new("churners", whole(tests().map(|test| test.map(|test| test.model.churners)))),
        Column::new(
            "churn_rate",
            Values::Float(tests().map(|t| t.map(|t| t.model.churners as f64 / t.model.rows as f64)).collect()),
        ),
    ];
    columns.extend(with_interval("roc_auc", estimate(|test| test.model.roc_auc)));
    columns.extend(with_interval("log_loss", estimate(|test| test.model.log_loss)));
    columns.extend(with_interval("log_loss_difference", estimate(|t| t.against_prevalence.log_loss.estimate)));
    let customers = whole(agreement().map(|agreement| agreement.map(|agreement| agreement.customers)));
    let overlap = agreement().map(|agreement| agreement.map(|agreement| agreement.top_10_overlap));
    let spearman = agreement().map(|agreement| agreement.and_then(|agreement| agreement.spearman));
    columns.extend([
        Column::new("customers_compared", customers),
        Column::new("top_10_overlap", Values::Float(overlap.collect())),
        Column::new("spearman", Values::Float(spearman.collect())),
        Column::new("skipped", Values::Text(results.iter().map(|result| result.test.clone().err()).collect())),
    ]);
    write(path, &columns)
}

fn whole(values: impl Iterator<Item = Option<u64>>) -> Values {
    Values::Integer(values.map(|value| value.and_then(|value| i64::try_from(value).ok())).collect())
}

/// Columns of a value and of the ends of its interval.
fn with_interval<I: Iterator<Item = Three>>(name: &str, values: impl Fn() -> I) -> [Column; 3] {
    let column = |name: String, at: usize| Column::new(name, Values::Float(values().map(|three| three[at]).collect()));
    [column(name.to_owned(), 0), column(format!("{name}_low"), 1), column(format!("{name}_high"), 2)]
}

fn write(path: &Path, columns: &[Column]) -> Result<(), WriteError> {
    let mut table = TableWriter::create(path)?;
    table.write(columns)?;
    table.finish()
}
