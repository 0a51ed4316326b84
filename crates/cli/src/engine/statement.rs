//! The statements: what the command line asks for, rendered.

use std::sync::Arc;

use feature_engineering::{Feature, has_all};
use history::{Date, Days};
use pushdown::{Dialect, Query, Tables, Who};
use scoring::Model;

use super::tables::tables;
use crate::exit::UsageError;
use crate::project::{Project, forecasts_named, named, unknown_feature};

/// As-of dates and features that are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// As-of dates that are given.
    pub(crate) as_of: &'a [Date],
    /// How many dates there are in all, and their distance, where they go back from one.
    pub(crate) back: Option<(u16, Days)>,
    /// Features or families; all that the project maps the columns for where none is given.
    pub(crate) features: &'a [String],
}

/// The statement of a table of features.
///
/// # Errors
/// A date or a feature is missing or unknown, or has no SQL of the same meaning.
pub(crate) fn features(project: &Project, dialect: Dialect, asked: &Asked<'_>) -> anyhow::Result<(String, usize)> {
    let dates = dates(project, asked)?;
    let wanted = wanted(project, asked.features)?;
    let tables = tables(project)?;
    let query = Query {
        lookback: project.churn.lookback,
        who: Who::Eligible(project.churn.eligibility()),
        ..query(project, dialect, &tables, &dates)
    };
    Ok((pushdown::features(&query, &wanted)?, wanted.len()))
}

/// The statement of the scores of a model.
///
/// # Errors
/// There is no date, or a part of the model has no SQL of the same meaning.
pub(crate) fn scores(
    project: &Project,
    model: &Model,
    dialect: Dialect,
    as_of: Option<Date>,
) -> anyhow::Result<String> {
    let dates = dates(project, &Asked { as_of: as_of.as_slice(), back: None, features: &[] })?;
    let tables = tables(project)?;
    let query = Query {
        lookback: model.lookback(),
        who: Who::Eligible(model.eligibility()),
        ..query(project, dialect, &tables, &dates)
    };
    Ok(pushdown::scores(&query, model)?)
}

fn query<'a>(project: &'a Project, dialect: Dialect, tables: &'a Tables, dates: &'a [Date]) -> Query<'a> {
    Query { dialect, spec: project.spec(), tables, dates, lookback: None, who: Who::Buyers }
}

/// The as-of dates. Nothing is read, so nothing but the project file and the command line says through which day the data is
/// complete.
pub(super) fn dates(project: &Project, asked: &Asked<'_>) -> Result<Vec<Date>, UsageError> {
    let mut dates = asked.as_of.to_vec();
    dates.extend(project.churn.complete_through.filter(|_| dates.is_empty()));
    let Some(last) = dates.iter().copied().max() else {
        return Err(UsageError(
            "expected --as-of, or complete_through in the project file: the data is not read here, so that nothing else \
             says through which day it is complete"
                .to_owned(),
        ));
    };
    if let Some((count, every)) = asked.back {
        if asked.as_of.len() > 1 {
            let found = asked.as_of.len();
            return Err(UsageError(format!("--dates: expected one --as-of to go back from, or none, found {found}")));
        }
        dates.extend((1..i32::from(count)).map(|step| last.plus_days(-every.get() * step)));
    }
    if let Some(limit) = project.churn.complete_through
        && let Some(late) = dates.iter().find(|date| **date > limit)
    {
        return Err(UsageError(format!("--as-of: expected a date up to complete_through, {limit}, found {late}")));
    }
    dates.sort_unstable();
    dates.dedup();
    Ok(dates)
}

/// The features that are asked for, as far as the project maps their columns.
pub(super) fn wanted(project: &Project, words: &[String]) -> Result<Vec<Arc<Feature>>, UsageError> {
    let spec = project.spec();
    let known = project.features.all();
    if words.is_empty() {
        return Ok(known.into_iter().filter(|feature| has_all(spec, &feature.definition)).collect());
    }
    let mut wanted: Vec<Arc<Feature>> = Vec::new();
    for word in words.iter().map(|word| word.trim()) {
        if !forecasts_named(word).is_empty() {
            return Err(UsageError(format!(
                "--features: \"{word}\" is a forecast, whose model is fitted to the data: it has no SQL before it is fitted"
            )));
        }
        let found = named(word, &known);
        if found.is_empty() {
            return Err(UsageError(format!("--features: {}", unknown_feature(word, &known))));
        }
        if let Some(lacking) = found.iter().find(|feature| !has_all(spec, &feature.definition)) {
            return Err(UsageError(format!(
                "--features: \"{}\" needs a table or a column that the project file does not map",
                lacking.name
            )));
        }
        wanted.extend(found);
    }
    Ok(known.into_iter().filter(|feature| wanted.contains(feature)).collect())
}
