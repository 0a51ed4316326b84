//! The data of `backtest.html`.

use evaluation::{Metrics, PointMetrics};
use reports::{BacktestData, BacktestDate, BacktestHorizon, BacktestTest, Estimate, HorizonTest, Role, ScoredModel};
use training::{Baselines, Evaluation, Horizons, Means};

use super::{Found, PREDICTORS, answer};
use crate::report_data::{of_estimate, of_metrics};

pub(super) fn data(found: &Found<'_>) -> anyhow::Result<BacktestData> {
    let Found { project, backtest, horizons, warnings } = found;
    let window = project.churn.window;
    let skipped = backtest.skipped.iter().map(|skipped| (skipped.as_of, Err(skipped.reason.clone())));
    let tested = backtest.tested.iter().map(|tested| (tested.as_of, Ok(test(&tested.evaluation))));
    let mut dates: Vec<_> = skipped.chain(tested).collect();
    dates.sort_by_key(|(as_of, _)| *as_of);
    Ok(BacktestData {
        language: project.language,
        project: project.name.clone(),
        horizon_days: u32::try_from(window.horizon.get())?,
        lead_days: u32::from(window.lead),
        every_days: u32::try_from(backtest.every.get())?,
        churn_definition: project.churn.definition.in_words(window),
        dates: dates.into_iter().map(|(as_of, test)| BacktestDate { as_of: as_of.to_string(), test }).collect(),
        customers: backtest.pooled.customers,
        pooled: models(&backtest.pooled.model, &backtest.pooled.baselines),
        means: means(&backtest.means),
        verdict: answer::verdict(backtest),
        warnings: warnings.to_vec(),
        horizons: horizons.map_or_else(|| Ok(Vec::new()), self::horizons)?,
    })
}

fn test(evaluation: &Evaluation) -> BacktestTest {
    BacktestTest {
        label_until: evaluation.test.window_end.clone(),
        rows: evaluation.test.rows,
        churners: evaluation.test.churners,
        models: models(&evaluation.model, &evaluation.baselines),
        notes: evaluation.notes.clone(),
    }
}

/// The model and its baselines, with their names in words.
fn models(model: &Metrics, baselines: &Baselines) -> Vec<ScoredModel> {
    let metrics = [Some(model), baselines.recency.as_ref(), baselines.bg_nbd.as_ref(), baselines.prevalence.as_ref()];
    named(metrics.map(|metrics| metrics.map(of_metrics)))
}

fn means(means: &Means) -> Vec<ScoredModel> {
    let metrics = [Some(means.model), means.recency, means.bg_nbd, means.prevalence];
    named(metrics.map(|metrics| metrics.map(|metrics| of_means(&metrics))))
}

fn named(metrics: [Option<reports::Metrics>; PREDICTORS.len()]) -> Vec<ScoredModel> {
    let role = |at| if at == 0 { Role::Model } else { Role::Baseline };
    let all = PREDICTORS.iter().zip(metrics).enumerate();
    all.filter_map(|(at, ((_, name), metrics))| {
        Some(ScoredModel { name: (*name).to_owned(), role: role(at), metrics: metrics? })
    })
    .collect()
}

fn of_means(m: &PointMetrics) -> reports::Metrics {
    let of = |value: Option<f64>| Estimate { value, low: None, high: None };
    reports::Metrics {
        roc_auc: of(m.roc_auc),
        average_precision: of(m.average_precision),
        log_loss: of(m.log_loss),
        brier: of(m.brier),
        brier_skill: of(m.brier_skill),
        ece: of(m.ece),
        calibration_slope: of(m.calibration_slope),
        calibration_intercept: of(m.calibration_intercept),
        lift_at_10: of(m.lift_at_10),
    }
}

fn horizons(horizons: &Horizons) -> anyhow::Result<Vec<BacktestHorizon>> {
    let test = |test: &training::HorizonTest| HorizonTest {
        rows: test.model.rows,
        churners: test.model.churners,
        roc_auc: of_estimate(test.model.roc_auc),
        log_loss: of_estimate(test.model.log_loss),
        log_loss_gain: of_estimate(test.against_prevalence.log_loss.estimate),
        top_10_overlap: test.agreement.map(|agreement| agreement.top_10_overlap),
        spearman: test.agreement.and_then(|agreement| agreement.spearman),
    };
    let of = |result: &training::HorizonResult| {
        Ok(BacktestHorizon {
            days: u32::try_from(result.horizon.get())?,
            as_of: horizons.as_of.to_string(),
            test: result.test.as_ref().map(test).map_err(String::clone),
        })
    };
    horizons.results.iter().map(of).collect()
}
