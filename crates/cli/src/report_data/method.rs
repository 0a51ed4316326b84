//! What drives the scores, and where the numbers come from.

use feature_engineering::reason::{ENGLISH, Language};
use feature_engineering::{Feature, Unit};
use history::{Export, RejectCode};
use reports::{Driver, Estimate, Method, ModelCardLine, RejectCount, Slice};
use scoring::{Direction, FeatureEffect, Model, ModelFile};

use super::metrics_file::MetricsFile;

/// The odds ratio of every feature for one standard deviation more, after calibration, with its cluster-robust interval: on
/// average along its curve, where it has one.
pub(super) fn drivers(model: &Model) -> Vec<Driver> {
    // Of a forecast nothing was weighed: the weight of its feature was not found in data.
    let Some(coefficients) = scoring::coefficients(model) else { return Vec::new() };
    let language = model.language();
    let label = |name: &str| {
        model.features().iter().find(|feature| feature.name == name).map(|feature| short(feature, language))
    };
    let labels = |names: &[&str]| names.iter().filter_map(|name| label(name)).collect::<Vec<_>>().join(", ");
    let driver = |effect: &FeatureEffect| {
        let ratio = &effect.per_sd;
        let mut reading =
            if *language == ENGLISH { effect.in_words.clone() } else { direction(effect, model).to_owned() };
        if !effect.depends_on.is_empty() {
            let others: Vec<&str> = effect.depends_on.iter().map(String::as_str).collect();
            reading.push_str(&format!("; how much depends on {}", labels(&others)));
        }
        let together = coefficients.read_with(&effect.feature);
        if !together.is_empty() {
            reading.push_str(&format!("; to be read together with {}", labels(&together)));
        }
        Driver {
            family: effect.family.as_str().to_owned(),
            feature: label(&effect.feature).unwrap_or_else(|| effect.feature.clone()),
            odds_ratio: Estimate { value: Some(ratio.value), low: ratio.low, high: ratio.high },
            reading,
        }
    };
    coefficients.features.iter().map(driver).collect()
}

/// The feature's label, or what it says where the project gave it none.
fn short(feature: &Feature, language: &Language) -> String {
    match language.label(feature).as_str() {
        "" => lower_first(feature.description.split(';').next().unwrap_or(&feature.name)),
        label => label.to_owned(),
    }
}

/// Which way a feature goes, without its name, which other languages would have to decline.
fn direction(effect: &FeatureEffect, model: &Model) -> &'static str {
    let is_flag = model.features().iter().any(|f| f.name == effect.feature && f.unit == Unit::Flag);
    match (effect.direction, is_flag) {
        (Direction::Likelier, true) => "where it is so, churn is likelier",
        (Direction::LessLikely, true) => "where it is so, churn is less likely",
        (_, true) => "no clear difference",
        (Direction::Likelier, false) => "the more, the likelier to churn",
        (Direction::LessLikely, false) => "the more, the less likely to churn",
        (Direction::RisesThenFalls, false) => {
            "the more, the likelier to churn up to the middle, the less likely beyond"
        }
        (Direction::FallsThenRises, false) => {
            "the more, the less likely to churn up to the middle, the likelier beyond"
        }
        (Direction::Unclear, false) => "no clear direction",
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

pub(super) fn method(export: &Export, model: &Model, metrics: &MetricsFile) -> Method {
    let rejects = export.reports().iter().flat_map(|table| {
        table.rejects.counts().iter().map(|(code, rows)| RejectCount {
            code: code.as_str().to_owned(),
            meaning: format!("{} ({})", meaning(*code), table.file),
            rows: *rows,
        })
    });
    Method {
        rows_read: export.reports().iter().map(|table| table.rows).sum(),
        rejects: rejects.collect(),
        first_date: Some(export.first_day().to_string()),
        last_date: Some(export.last_day().to_string()),
        complete_through: Some(export.complete_through().to_string()),
        slices: slices(model.file(), metrics),
        model_card: card(model.file(), metrics),
    }
}

fn meaning(code: RejectCode) -> &'static str {
    match code {
        RejectCode::FieldCount => "fewer or more fields than the header",
        RejectCode::NotText => "bytes that are not UTF-8 text",
        RejectCode::EmptyId => "no customer id",
        RejectCode::BadId => "an id that is neither text nor a whole number",
        RejectCode::BadTimestamp => "not a date or timestamp",
        RejectCode::ImplausibleTimestamp => "a date before 1950 or after 2099",
        RejectCode::BadAmount => "not an amount of money",
        RejectCode::AmountOutOfRange => "an amount beyond any purchase",
        RejectCode::DuplicateCustomer => "a second row of a customer",
        _ => "see the list of codes",
    }
}

fn slices(file: &ModelFile, metrics: &MetricsFile) -> Vec<Slice> {
    let slice = |name: &str, dates: &[String], rows: u64, churners: u64| {
        dates.first().zip(dates.last()).map(|(first, last)| Slice {
            name: name.to_owned(),
            first_as_of: first.clone(),
            last_as_of: last.clone(),
            snapshots: dates.len() as u64,
            rows,
            churners,
        })
    };
    let counted = &metrics.slices;
    let selection: Vec<String> = file.slices.selection.iter().cloned().collect();
    [
        slice("train", &file.slices.training, counted.training.rows, counted.training.churners),
        slice("selection", &selection, counted.selection.rows, counted.selection.churners),
        slice(
            "calibration",
            std::slice::from_ref(&file.slices.calibration),
            counted.calibration.rows,
            counted.calibration.churners,
        ),
        slice("test", std::slice::from_ref(&file.slices.test), metrics.test.rows, metrics.test.churners),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn still_there(file: &ModelFile) -> &'static str {
    if file.churn.definition.is_about_purchases() { "" } else { " and have not departed since they last bought" }
}

fn card(file: &ModelFile, metrics: &MetricsFile) -> Vec<ModelCardLine> {
    let line = |label: &str, text: String| ModelCardLine { label: label.to_owned(), text };
    let mut lines = vec![
        line("Model", format!("{}, version {}", file.name, file.version)),
        line(
            "Kind",
            match &file.not_trained {
                None => format!(
                    "logistic regression with a ridge penalty of {:.2e} per row, {} features, fitted on {} rows",
                    file.penalty.lambda,
                    file.features.len(),
                    file.training_rows
                ),
                Some(not_trained) => format!(
                    "{}: the probability of no purchase by a model of the purchases of {} customers before {}",
                    not_trained.in_words(),
                    not_trained.customers,
                    not_trained.fitted_before
                ),
            },
        ),
        line(
            "Who is scored",
            format!(
                "customers who bought in the {} days before the as-of date{}",
                file.active_within_days,
                still_there(file)
            ),
        ),
        line(
            "What they are scored by",
            match file.lookback_days {
                Some(days) => format!("what happened in the {days} days before the as-of date"),
                None => "what happened before the as-of date, as far as the export goes".to_owned(),
            },
        ),
        line(
            "Calibration",
            match file.not_trained {
                None if file.isotonic.is_some() => {
                    "an isotonic curve, which was better than a line on customers it was not fitted on".to_owned()
                }
                None => {
                    format!("logit = {:.3} + {:.3} x model logit", file.calibration.intercept, file.calibration.slope)
                }
                Some(_) => "none".to_owned(),
            },
        ),
        line(
            "Meant for",
            "ranking and counting customers who may stop buying; it does not say whether an offer would keep them"
                .to_owned(),
        ),
        line("Data", format!("fingerprint {}", file.fingerprints.data)),
        line("Settings", format!("fingerprint {}", file.fingerprints.config)),
    ];
    lines.extend(metrics.notes.iter().map(|note| line("Note", note.clone())));
    lines
}
