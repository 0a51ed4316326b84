//! What another horizon would mean: how many churn within it, how well they are found, and whether they are the same
//! customers.

use std::collections::BTreeMap;

use evaluation::{Comparison, Metrics, spearman, top_overlap};
use feature_engineering::Churn;
use history::{Date, Days, Export, LabelWindow};

use crate::step::{Step, part};
use crate::train::train_alone;
use crate::{Evaluation, ModelContext, TestPredictions, TrainingError, TrainingSettings};

/// The part of the ranking whose customers are compared.
const TOP_SHARE: f64 = 0.1;

/// Models for several horizons, tested as of the same date.
#[derive(Debug, Clone)]
pub struct Horizons {
    /// The test as-of date: the newest that has a label for all of them.
    pub as_of: Date,
    /// The horizon that the others are compared with: that of the settings.
    pub declared: Days,
    /// A model for each horizon, the shortest first; the declared one is among them.
    pub results: Vec<HorizonResult>,
}

/// The model of one horizon.
#[derive(Debug, Clone)]
pub struct HorizonResult {
    /// The horizon.
    pub horizon: Days,
    /// Its test, or why there is none.
    pub test: Result<HorizonTest, String>,
}

/// The test of a horizon's model.
#[derive(Debug, Clone)]
pub struct HorizonTest {
    /// Metrics of the model.
    pub model: Metrics,
    /// Model minus the churn rate alone. Log-losses of two horizons cannot be compared, since other customers churn; what
    /// each gains on its own churn rate can, with care.
    pub against_prevalence: Comparison,
    /// How its ranking agrees with that of the declared horizon; none where that has no model.
    pub agreement: Option<Agreement>,
}

/// Agreement of two rankings of the same customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Customers in both tests.
    pub customers: u64,
    /// Share of the riskiest tenth by the declared horizon who are in the riskiest tenth by this one.
    pub top_10_overlap: f64,
    /// Rank correlation of the probabilities; none where one of the models says the same of everybody.
    pub spearman: Option<f64>,
}

/// Trains and tests a model for each of the horizons and the declared one, all as of the newest date that has a label for
/// the longest of them. `progress` is told what is being done.
///
/// A horizon for which the data lack something stands there with the reason.
///
/// # Errors
/// Any [`TrainingError`] that is not about the data.
pub fn horizons(
    export: &Export,
    settings: &TrainingSettings,
    context: &ModelContext,
    asked: &[Days],
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Horizons, TrainingError> {
    let declared = settings.window.horizon;
    let mut wanted = asked.to_vec();
    wanted.push(declared);
    wanted.sort_unstable();
    wanted.dedup();
    let longest = wanted.last().copied().unwrap_or(declared);
    let with = |horizon| LabelWindow { horizon, ..settings.window };
    let as_of = export.labels_through().plus_days(-with(longest).reach());
    let mut tested = Vec::new();
    let count = wanted.len();
    for (number, horizon) in wanted.into_iter().enumerate() {
        if let Some(reason) = impossible(settings.churn, horizon) {
            tested.push((horizon, Err(reason)));
            continue;
        }
        let settings = TrainingSettings {
            window: with(horizon),
            test_as_of: Some(as_of),
            horizons: Vec::new(),
            ..settings.clone()
        };
        let at = |done: usize| done as f64 / count as f64;
        let mut of_all = part(progress, at(number), at(number + 1));
        let mut stage = |step: Step<'_>| of_all(Step { text: &format!("horizon {horizon}: {}", step.text), ..step });
        tested.push(match train_alone(export, &settings, context, &mut stage) {
            Ok(trained) => {
                let Evaluation { model, differences, .. } = trained.evaluation;
                let against = differences.prevalence.ok_or_else(|| "there is no churn rate to compare with".to_owned());
                (horizon, against.map(|against| (model, against, trained.predictions)))
            }
            Err(error) if error.is_about_data() => (horizon, Err(error.to_string())),
            Err(error) => return Err(error),
        });
    }
    let reference = tested.iter().find(|(horizon, _)| *horizon == declared);
    let reference = reference.and_then(|(_, test)| test.as_ref().ok()).map(|(_, _, predictions)| predictions.clone());
    let results = tested.into_iter().map(|(horizon, test)| {
        let test = match test {
            Ok((model, against_prevalence, predictions)) => {
                let agreement = reference.as_ref().map(|reference| agreement(reference, &predictions)).transpose()?;
                Ok(HorizonTest { model, against_prevalence, agreement: agreement.flatten() })
            }
            Err(reason) => Err(reason),
        };
        Ok(HorizonResult { horizon, test })
    });
    Ok(Horizons { as_of, declared, results: results.collect::<Result<_, TrainingError>>()? })
}

/// Why there can be no labels of a horizon.
fn impossible(churn: Churn, horizon: Days) -> Option<String> {
    match churn {
        Churn::Cadence { min, .. } if min > horizon => Some(format!(
            "expected a horizon of at least {min}, the shortest period of the definition (churn.min), found {horizon}"
        )),
        _ => None,
    }
}

/// Agreement over the customers of both tests: who neither churned nor stayed within a horizon is in none. None where
/// there is no such customer.
fn agreement(declared: &TestPredictions, other: &TestPredictions) -> Result<Option<Agreement>, TrainingError> {
    let declared: BTreeMap<u32, f64> = declared.customers.iter().copied().zip(declared.model.iter().copied()).collect();
    let both = other.customers.iter().zip(&other.model);
    let both = both.filter_map(|(customer, probability)| Some((*declared.get(customer)?, *probability)));
    let (a, b): (Vec<f64>, Vec<f64>) = both.unzip();
    if a.is_empty() {
        return Ok(None);
    }
    let top_10_overlap = top_overlap(&a, &b, TOP_SHARE)?;
    Ok(Some(Agreement { customers: a.len() as u64, top_10_overlap, spearman: spearman(&a, &b)? }))
}
