//! Which features are asked for, and at which as-of dates.

use std::sync::Arc;

use feature_engineering::{FORECASTS, Feature, LEAST_CUSTOMERS, LevelSource, Levels, has_all};
use history::{Date, Export, History};

use super::TableArgs;
use crate::exit::UsageError;
use crate::export::as_of;
use crate::project::{Project, forecasts_named, named, unknown_feature};

/// A table of features that can be written.
#[derive(Debug)]
pub(crate) struct Request {
    /// As-of dates, each once, ascending.
    pub(crate) dates: Vec<Date>,
    /// In the order of the catalogue, own features last.
    pub(crate) features: Vec<Arc<Feature>>,
    /// Names of the forecasts, in their order, behind the features.
    pub(crate) forecasts: Vec<&'static str>,
}

/// Checks the names of the features against the catalogue and the project.
///
/// # Errors
/// A word names neither a feature nor a family.
pub(super) fn check_words(project: &Project, args: &TableArgs) -> Result<(), UsageError> {
    let levels = &project.features.levels;
    let mut known = project.features.all();
    known.extend(levels.iter().flat_map(LevelSource::placeholders).map(Arc::new));
    // Which levels there are is known when the exports are read.
    let is_known =
        |word: &str| !named(word, &known).is_empty() || is_level_of(project, word) || !forecasts_named(word).is_empty();
    let unknown = args.features.iter().find(|word| !is_known(word.trim()));
    unknown.map_or(Ok(()), |word| Err(UsageError(format!("--features: {}", unknown_feature(word.trim(), &known)))))
}

impl Request {
    /// All features that the export has the columns for, as of one date, and the forecasts that the project asks for.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(crate) fn everything(project: &Project, export: &Export, as_of: Date) -> anyhow::Result<Self> {
        let levels = levels(project, export, as_of)?;
        let features = present(project, export, as_of, &levels);
        Ok(Self { dates: vec![as_of], features, forecasts: project.features.forecasts.clone() })
    }

    /// What the command line asks for.
    ///
    /// # Errors
    /// The export cannot show an as-of date, or a feature that is named needs columns that it does not have; or rows cannot
    /// be read.
    pub(super) fn of(args: &TableArgs, project: &Project, export: &Export) -> anyhow::Result<Self> {
        let dates = dates(args, project, export)?;
        let latest = dates.last().copied().unwrap_or(export.complete_through());
        // Levels are those that were known at the first date: later ones decide nothing about its rows.
        let levels = levels(project, export, dates.first().copied().unwrap_or(latest))?;
        // What is there at the latest date is all that is there; a column may be empty at earlier ones.
        let available = present(project, export, latest, &levels);
        let forecasts = project.features.forecasts.clone();
        if args.features.is_empty() {
            return Ok(Self { dates, features: available, forecasts });
        }
        let of_word = |word: &String| forecasts_named(word.trim());
        let asked: Vec<&str> = args.features.iter().flat_map(of_word).collect();
        let forecasts = FORECASTS.into_iter().filter(|name| asked.contains(name)).collect();
        let known = project.features.all_with(&levels);
        let mut wanted: Vec<Arc<Feature>> = Vec::new();
        for word in args.features.iter().filter(|word| forecasts_named(word.trim()).is_empty()) {
            let mut found = named(word.trim(), &known);
            let names = found.iter().any(|feature| feature.name == word.trim());
            found.retain(|feature| available.contains(feature));
            if found.is_empty() {
                if !names && is_level_of(project, word.trim()) {
                    return Err(UsageError(format!(
                        "--features: \"{}\": no level of this name had {LEAST_CUSTOMERS} customers, and half a per cent of all, \
                         before {}",
                        word.trim(),
                        dates.first().copied().unwrap_or(latest)
                    ))
                    .into());
                }
                let what = if names { "" } else { "every feature of the family " };
                return Err(UsageError(format!(
                    "--features: {what}\"{}\" needs a table, a column or events that the export does not have before {latest}; \
                     `churn features --list` says what each is computed from",
                    word.trim()
                ))
                .into());
            }
            wanted.extend(found);
        }
        let features = available.into_iter().filter(|feature| wanted.contains(feature)).collect();
        Ok(Self { dates, features, forecasts })
    }
}

/// The levels of the columns that the project asks for, as they were known at an as-of date.
///
/// # Errors
/// Rows cannot be read.
pub(super) fn levels(project: &Project, export: &Export, as_of: Date) -> anyhow::Result<Vec<Levels>> {
    Ok(Levels::choose(&history(project, export, as_of), &project.features.levels)?)
}

/// All features that the export has the columns for at an as-of date.
fn present(project: &Project, export: &Export, as_of: Date, levels: &[Levels]) -> Vec<Arc<Feature>> {
    let history = history(project, export, as_of);
    let mut features = project.features.all_with(levels);
    features.retain(|feature| has_all(&history, &feature.definition));
    features
}

fn is_level_of(project: &Project, word: &str) -> bool {
    let levels = &project.features.levels;
    levels
        .iter()
        .any(|source| word.starts_with(&source.prefix()) || LevelSource::of_word(word).as_ref() == Some(source))
}

/// What is known at an as-of date, as far back as the project looks.
pub(super) fn history<'a>(project: &Project, export: &'a Export, as_of: Date) -> History<'a> {
    export.history(as_of).with_lookback(project.churn.lookback)
}

fn dates(args: &TableArgs, project: &Project, export: &Export) -> Result<Vec<Date>, UsageError> {
    let mut dates = match (args.as_of.as_slice(), args.dates) {
        ([], None) => vec![as_of(None, export)?],
        (given, None) => given.iter().map(|date| as_of(Some(*date), export)).collect::<Result<_, _>>()?,
        ([] | [_], Some(count)) => {
            let last = as_of(args.as_of.first().copied(), export)?;
            back_from(last, args.every.unwrap_or(project.every).get(), count, export)?
        }
        (given, Some(_)) => {
            let found = given.len();
            let message = format!("--dates: expected one --as-of to go back from, or none, found {found}");
            return Err(UsageError(message));
        }
    };
    dates.sort_unstable();
    dates.dedup();
    Ok(dates)
}

fn back_from(last: Date, every: i32, count: u16, export: &Export) -> Result<Vec<Date>, UsageError> {
    let first_day = export.first_day();
    let most = (last.days_since(first_day) - 1) / every + 1;
    if i32::from(count) > most {
        return Err(UsageError(format!(
            "--dates: expected at most {most}, found {count}: that many as-of dates every {every} days go back from {last} to \
             {}, and the first purchase is on {first_day}",
            last.plus_days(-every * (i32::from(count) - 1)),
        )));
    }
    Ok((0..i32::from(count)).map(|step| last.plus_days(-every * step)).collect())
}
