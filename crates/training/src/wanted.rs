//! Which features a model is offered: those of the catalogue, those that were asked for, and those that follow from the data.

use std::sync::Arc;

use feature_engineering::{Churn, Feature, FittedModels, Levels, Use, by_name, has_all, modelled};
use history::{Date, History};

use crate::rows::Source;
use crate::slices::Slices;
use crate::{TrainingError, TrainingSettings};

/// Features without which there are no baselines and no value of a customer.
pub(crate) const NEEDED: [&str; 3] = ["recency_days", "tenure_days", "monetary_total"];

/// What a model is offered.
pub(crate) struct Wanted {
    /// What the model may use, then what the baselines and the value model go by beside that.
    pub(crate) features: Vec<Arc<Feature>>,
    /// How many of them the model may use: the first ones.
    pub(crate) modelled: usize,
    /// The levels that were found.
    pub(crate) levels: Vec<Levels>,
    /// Names of what was asked for and cannot be made of what was known at the test as-of date.
    pub(crate) absent: Vec<String>,
}

/// Of the catalogue what models use and the export has the columns for, what was asked for, forecasts and levels; without
/// what is to be left out. What was asked for stands in the order of its names, so that the order in which it was asked for
/// decides nothing.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn wanted(
    source: &Source<'_>,
    settings: &TrainingSettings,
    slices: &mut Slices,
) -> Result<Wanted, TrainingError> {
    let (mut features, absent) = of_the_catalogue(settings, &source.history(slices.test));
    features.extend(forecasts(source, settings, slices)?);
    let mut sources = settings.levels.clone();
    sources.sort_unstable();
    let levels = Levels::choose(&source.history(known_by(slices)), &sources)?;
    features.extend(levels.iter().flat_map(Levels::modelled));
    features.retain(|feature| !is_left_out(settings, feature));
    let modelled = features.len();
    let others = NEEDED.into_iter().filter(|name| !features.iter().any(|feature| feature.name == *name));
    let others: Vec<Arc<Feature>> = others.filter_map(by_name).cloned().collect();
    features.extend(others);
    Ok(Wanted { features, modelled, levels, absent })
}

/// What is there, and the names of what is not.
fn of_the_catalogue(settings: &TrainingSettings, history: &History<'_>) -> (Vec<Arc<Feature>>, Vec<String>) {
    let mut features = modelled(history);
    let mut also = settings.also.clone();
    also.sort_by(|a, b| a.name.cmp(&b.name));
    let (there, absent): (Vec<_>, Vec<_>) = also.into_iter().partition(|also| has_all(history, &also.definition));
    features.extend(there);
    (features, absent.into_iter().map(|feature| feature.name.clone()).collect())
}

pub(crate) fn is_left_out(settings: &TrainingSettings, feature: &Feature) -> bool {
    // A word that names a feature and a family means the feature.
    let is_family = |word: &str| word == feature.family.as_str() && by_name(word).is_none();
    settings.without.iter().any(|word| *word == feature.name || is_family(word))
}

/// The forecasts that are features: of the models fitted on what was known when the first choice is made, at the selection
/// as-of date, or at the calibration where there is none. That of silence, unless churn is not a matter of purchases, and those
/// that were asked for; a note says so where one that was asked for cannot be had.
fn forecasts(
    source: &Source<'_>,
    settings: &TrainingSettings,
    slices: &mut Slices,
) -> Result<Vec<Arc<Feature>>, TrainingError> {
    let is_departure = matches!(settings.churn, Churn::Departure { .. });
    if is_departure && settings.forecasts.is_empty() {
        return Ok(Vec::new());
    }
    let known_by = known_by(slices);
    let models = FittedModels::fit(&source.history(known_by))?;
    let mut features = models.map(|models| models.features(settings.window)).unwrap_or_default();
    let is_asked_for = |name: &str| settings.forecasts.contains(&name);
    features.retain(|f| is_asked_for(&f.name) || (f.used == Use::Modelled && !is_departure));
    let is_absent = |name: &&&str| features.iter().all(|feature| feature.name != ***name);
    let absent: Vec<&str> = settings.forecasts.iter().filter(is_absent).copied().collect();
    if !absent.is_empty() {
        slices.notes.push(format!(
            "Without {}: nothing could be fitted to the purchases known before {known_by}.",
            absent.join(", ")
        ));
    }
    Ok(features)
}

/// Whatever a feature takes from the data is what was known when the first choice is made: at the selection as-of date, or at
/// the calibration where there is none.
fn known_by(slices: &Slices) -> Date {
    slices.selection.as_ref().map_or(slices.calibration, |selection| selection.as_of)
}
