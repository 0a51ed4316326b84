//! What customers then did: calibration and lift on labels that have matured since training, the churn rate, and what customers say.

use decisions::measures::{is_rising, satisfaction_index};
use decisions::normal_cdf;
use evaluation::{Estimate, Metrics, wilson_interval};
use history::{Date, Export};
use scoring::Model;
use serde::{Deserialize, Serialize};
use training::{CompareSettings, JudgedDate, TrainingError, future_from, judge};

use super::check::{Finding, Outcome};
use super::natural::Usual;
use super::said::short;
use crate::report_data::labels;

/// The newest dates that are judged.
const MOST_DATES: usize = 6;
/// Observed over expected churners, and the slope, may lie within these: the limits of the gate of training.
const LOWEST: f64 = 0.8;
const HIGHEST: f64 = 1.25;
/// Of what the ranking gained over chance in the test, this much must be left.
const LEAST_GAIN: f64 = 0.75;
/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;
/// Periods of the churn rate that are looked at.
const MOST_PERIODS: usize = 16;
/// Days over which ratings are taken.
const RATING_DAYS: i32 = 90;
/// Fewer ratings say nothing.
const LEAST_RATINGS: usize = 30;
/// The least spread of rises of the churn rate that is believed.
const LEAST_SD: f64 = 0.005;

/// What the monitor reads of a model's `metrics.json`.
#[derive(Debug, Deserialize)]
pub(super) struct TestMetrics {
    pub(super) model: Metrics,
}

/// Dates after the test whose labels have matured, judged, oldest first; or why there are none.
pub(super) fn matured(
    export: &Export,
    model: &Model,
    every: i32,
    settings: &CompareSettings,
) -> anyhow::Result<Result<Vec<JudgedDate>, String>> {
    let reach = model.window().reach();
    let newest = export.labels_through().plus_days(-reach);
    let test = model.test_as_of();
    let from = future_from(model).max(test.plus_days(1));
    if newest < from {
        return Ok(Err(format!(
            "no labels have matured since the model was tested; the first do on {}",
            from.plus_days(reach)
        )));
    }
    let mut dates: Vec<Date> = (0..)
        .map(|back: i32| newest.plus_days(-back * every))
        .take_while(|date| *date >= from)
        .take(MOST_DATES)
        .collect();
    dates.reverse();
    let mut judged = Vec::new();
    let mut why = String::new();
    for date in dates {
        crate::interrupt::check()?;
        match judge(export, model, date, settings) {
            Ok(found) => judged.push(found),
            Err(error @ (TrainingError::OneClass { .. } | TrainingError::TooFew { .. })) => why = error.to_string(),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(if judged.is_empty() { Err(why) } else { Ok(judged) })
}

/// The standard error that an interval stands for.
fn error_of(estimate: &Estimate) -> Option<f64> {
    estimate.interval().map(|(low, high)| (high - low) / (2.0 * Z)).filter(|error| *error > 0.0)
}

/// Observed over expected churners of a date, with its 95 % interval.
pub(super) fn observed_to_expected(date: &JudgedDate) -> Option<(f64, f64, f64)> {
    let expected = date.expected_churners / date.rows as f64;
    let (low, high) = wilson_interval(date.churners, date.rows)?;
    (expected > 0.0).then(|| (date.churners as f64 / date.rows as f64 / expected, low / expected, high / expected))
}

/// Whether as many churn as the model says, and more of those it calls likelier to.
pub(super) fn calibration(matured: &Result<Vec<JudgedDate>, String>) -> Outcome {
    let dates = match matured {
        Ok(dates) => dates,
        Err(why) => return Outcome::NotChecked(why.clone()),
    };
    let Some(newest) = dates.last() else { return Outcome::NotChecked("no labels".to_owned()) };
    // How surely a value is outside what is allowed.
    let outside =
        |value: f64, error: f64| normal_cdf((value - LOWEST) / error).min(normal_cdf((HIGHEST - value) / error));
    let mut findings = Vec::new();
    let mut said = Vec::new();
    if let Some((ratio, low, high)) = observed_to_expected(newest) {
        let text = format!("{ratio:.2} ({low:.2} to {high:.2})");
        let first = first_outside(dates, |date| observed_to_expected(date).map(|(ratio, ..)| ratio));
        said.push(format!("{} churned where {:.0} were expected", newest.churners, newest.expected_churners));
        findings.push(Finding {
            subject: "observed_to_expected".to_owned(),
            p_value: Some(outside(ratio, (high - low) / (2.0 * Z))),
            expected: format!("{LOWEST} to {HIGHEST}"),
            seen: text.clone(),
            since: first,
            sentence: format!(
                "{} customers churned than the model said: of {} scored as of {}, {} churned by {} where {:.0} were expected, {text} times as many.",
                if ratio > 1.0 { "More" } else { "Fewer" },
                newest.rows,
                newest.as_of,
                newest.churners,
                newest.window_end,
                newest.expected_churners
            ),
        });
    }
    let slope = newest.metrics.calibration_slope;
    if let Some((value, error)) = slope.value().zip(error_of(&slope)) {
        said.push(format!("calibration slope {value:.2}"));
        findings.push(Finding {
            subject: "calibration_slope".to_owned(),
            p_value: Some(outside(value, error)),
            expected: format!("{LOWEST} to {HIGHEST}"),
            seen: with_interval(&slope),
            since: first_outside(dates, |date| date.metrics.calibration_slope.value()),
            sentence: format!(
                "The probabilities are too {}: on the labels of {} the calibration slope is {} (1 is right).",
                if value < 1.0 { "bold" } else { "timid" },
                newest.as_of,
                with_interval(&slope)
            ),
        });
    }
    let calm = format!("Of {} customers scored as of {}, {}.", newest.rows, newest.as_of, said.join("; "));
    Outcome::Tested { tests: 2, findings, calm }
}

/// The first of the dates from which on all values lie outside what is allowed.
fn first_outside(dates: &[JudgedDate], of: impl Fn(&JudgedDate) -> Option<f64>) -> Option<String> {
    let outside = |date: &&JudgedDate| of(date).is_some_and(|value| !(LOWEST..=HIGHEST).contains(&value));
    dates.iter().rev().take_while(outside).last().map(|date| date.as_of.clone())
}

fn with_interval(estimate: &Estimate) -> String {
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:.2} ({low:.2} to {high:.2})"),
        (Some(value), None) => format!("{value:.2}"),
        _ => "-".to_owned(),
    }
}

/// Whether the riskiest tenth still holds as many churners as in the test.
pub(super) fn lift(matured: &Result<Vec<JudgedDate>, String>, test: &TestMetrics) -> Outcome {
    let dates = match matured {
        Ok(dates) => dates,
        Err(why) => return Outcome::NotChecked(why.clone()),
    };
    let Some(newest) = dates.last() else { return Outcome::NotChecked("no labels".to_owned()) };
    let (then, now) = (test.model.lift_at_10, newest.metrics.lift_at_10);
    let Some(((before, before_error), (after, after_error))) =
        then.value().zip(error_of(&then)).zip(now.value().zip(error_of(&now)))
    else {
        return Outcome::NotChecked("the lift of the test, or of today, has no interval".to_owned());
    };
    let needed = 1.0 + LEAST_GAIN * (before - 1.0);
    let error = (after_error.powi(2) + (LEAST_GAIN * before_error).powi(2)).sqrt();
    let text = with_interval(&now);
    let finding = Finding {
        subject: "lift_at_10".to_owned(),
        p_value: Some(normal_cdf((after - needed) / error)),
        expected: format!("at least {needed:.2}; {before:.2} in the test"),
        seen: text.clone(),
        since: Some(newest.as_of.clone()),
        sentence: format!(
            "The model ranks worse: the riskiest tenth as of {} held {text} times as many churners as any tenth, {before:.2} times in the test.",
            newest.as_of
        ),
    };
    let calm = format!(
        "The riskiest tenth as of {} held {text} times as many churners as any tenth, {before:.2} times in the test.",
        newest.as_of
    );
    Outcome::Tested { tests: 1, findings: vec![finding], calm }
}

/// The churn rate of one label window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PeriodRate {
    pub(super) from: String,
    pub(super) until: String,
    pub(super) customers: u64,
    pub(super) churned: u64,
    pub(super) churn_rate: f64,
}

/// Churn rates of label windows that follow each other, oldest first; none overlap.
pub(super) fn churn_rates(export: &Export, model: &Model) -> anyhow::Result<Vec<PeriodRate>> {
    let reach = model.window().reach();
    let earliest = export.first_day().plus_days(model.eligibility().active_within.get());
    let mut periods = Vec::new();
    let mut from = export.labels_through().plus_days(-reach);
    while from >= earliest && periods.len() < MOST_PERIODS {
        crate::interrupt::check()?;
        let labels = labels(export, from, model)?;
        let churned = labels.iter().filter(|(_, churned)| *churned).count() as u64;
        if !labels.is_empty() {
            periods.push(PeriodRate {
                from: from.to_string(),
                until: from.plus_days(reach).to_string(),
                customers: labels.len() as u64,
                churned,
                churn_rate: churned as f64 / labels.len() as f64,
            });
        }
        from = from.plus_days(-reach);
    }
    periods.reverse();
    Ok(periods)
}

/// Whether the churn rate has risen three periods running, by more than it usually does.
pub(super) fn churn_rate(periods: &[PeriodRate]) -> Outcome {
    let rates: Vec<Estimate> =
        periods.iter().filter_map(|period| Estimate::new(period.churn_rate, None).ok()).collect();
    let [.., first, _, last] = periods else {
        return Outcome::NotChecked(format!("it takes three label windows; the export has {}", periods.len()));
    };
    let shown =
        |period: &PeriodRate| format!("{:.1} % ({} to {})", 100.0 * period.churn_rate, period.from, period.until);
    if !is_rising(&rates) {
        return Outcome::Tested {
            tests: 1,
            findings: Vec::new(),
            calm: format!("The churn rate is {}, and has not risen three periods running.", shown(last)),
        };
    }
    let rises: Vec<f64> = periods.windows(3).map(|three| three[2].churn_rate - three[0].churn_rate).collect();
    let (rise, past) = (last.churn_rate - first.churn_rate, &rises[..rises.len() - 1]);
    // Rises over two windows overlap by one.
    let Some(usual) = Usual::of(past, past.len() as f64 / 2.0 + 1.0, LEAST_SD) else {
        return Outcome::NotChecked(format!(
            "the churn rate has risen three periods running, from {} to {}; whether that is more than usual cannot be told with {} periods",
            shown(first),
            shown(last),
            periods.len()
        ));
    };
    let sampling = (variance(first) + variance(last)).sqrt();
    let by_chance = 1.0 - normal_cdf(rise / sampling);
    let p_value = usual.p_above(rise).max(by_chance);
    let sentence = format!("The churn rate has risen three periods running, from {} to {}.", shown(first), shown(last));
    Outcome::Tested {
        tests: 1,
        calm: format!("{sentence} Rises like this one have been seen before, so it is no alarm."),
        findings: vec![Finding {
            subject: "churn_rate".to_owned(),
            p_value: Some(p_value),
            expected: format!(
                "changes of up to {:.1} points over two periods",
                100.0 * (usual.mean.abs() + 2.0 * usual.sd)
            ),
            seen: format!("a rise of {:.1} points", 100.0 * rise),
            since: Some(first.until.clone()),
            sentence,
        }],
    }
}

fn variance(period: &PeriodRate) -> f64 {
    period.churn_rate * (1.0 - period.churn_rate) / period.customers.max(1) as f64
}

/// The satisfaction index of the newest ratings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ratings {
    pub(super) index: Estimate,
    pub(super) ratings: u64,
}

/// Whether customers are less satisfied than they should be.
pub(super) fn satisfaction(
    ratings: Option<&[(Date, f64)]>,
    end: Date,
    threshold: f64,
) -> anyhow::Result<(Outcome, Option<Ratings>)> {
    let Some(all) = ratings else {
        let why = "there are no events of type csat or review with a rating from 1 to 5 as value".to_owned();
        return Ok((Outcome::NotChecked(why), None));
    };
    let of = |until: Date| -> Vec<f64> {
        let window = until.plus_days(-RATING_DAYS)..until;
        let mut found: Vec<f64> = all.iter().filter(|(day, _)| window.contains(day)).map(|(_, value)| *value).collect();
        found.sort_by(f64::total_cmp);
        found
    };
    let newest = of(end);
    if newest.len() < LEAST_RATINGS {
        let why = format!("{} ratings in the {RATING_DAYS} days before {end}; it takes {LEAST_RATINGS}", newest.len());
        return Ok((Outcome::NotChecked(why), None));
    }
    let found = satisfaction_index(&newest)?;
    let ratings = Ratings { index: found.index, ratings: found.ratings };
    let Some((value, error)) = found.index.value().zip(spread_of(&newest)) else {
        return Ok((Outcome::NotChecked("all ratings are alike".to_owned()), Some(ratings)));
    };
    let mut since = end.plus_days(-RATING_DAYS);
    while let Some(index) = satisfaction_index(&of(since))?.index.value().filter(|index| *index < threshold) {
        // One that is below in every window began before the first.
        let _ = index;
        since = since.plus_days(-RATING_DAYS);
    }
    let text = with_interval(&found.index);
    let said = format!(
        "The satisfaction index of the {RATING_DAYS} days before {end} is {text}, from {} ratings",
        found.ratings
    );
    let finding = Finding {
        subject: "satisfaction_index".to_owned(),
        p_value: Some(normal_cdf((value - threshold) / error)),
        expected: format!("at least {}", short(threshold)),
        seen: text,
        since: Some(since.to_string()),
        sentence: format!("{said}, below {threshold}; it has been so since {since} or earlier."),
    };
    let calm = format!("{said}; the threshold is {threshold}.");
    Ok((Outcome::Tested { tests: 1, findings: vec![finding], calm }, Some(ratings)))
}

/// The standard error of a mean; none where all are alike.
fn spread_of(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (variance > 0.0).then(|| (variance / n).sqrt())
}
