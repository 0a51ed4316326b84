//! Two models on the same rows, at a date that is future for both.

use evaluation::{Bootstrap, Comparison, Difference, Estimate, Metrics, Sample, Verdict, paired_difference};
use feature_engineering::{Snapshot, features};
use history::{Date, Export};
use scoring::{Model, check_export, score};
use serde::Serialize;

use crate::TrainingError;
use crate::acted_on::{ActedOn, repeated};
use crate::customers::{CustomerHashes, Share};
use crate::gates::{Gate, GateKind, Measured};
use crate::rows::check_events;

/// Customers whose features are in memory at one time.
const CUSTOMERS_OF_A_BLOCK: usize = 65_536;

/// How two models are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompareSettings {
    /// The as-of date; the latest with a label where none is given.
    pub as_of: Option<Date>,
    /// Seed of the bootstrap, and of which customers are left out where there are too many.
    pub seed: u64,
    /// Most rows to compare on. Beyond it customers are left out at random.
    pub max_rows: usize,
    /// Bootstrap replicates; the usual number for the rows where none is given.
    pub replicates: Option<u32>,
}

/// Two models on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelComparison {
    /// The as-of date.
    pub as_of: String,
    /// First day of the label window.
    pub window_start: String,
    /// First day after it.
    pub window_end: String,
    /// Customers eligible by the rules of both models, with a label.
    pub rows: u64,
    /// How many of them churned.
    pub churners: u64,
    /// Customers eligible by both rules who neither churned nor stayed.
    pub unlabelled: u64,
    /// Customers whom only the champion scores.
    pub only_champion: u64,
    /// Customers whom only the challenger scores.
    pub only_challenger: u64,
    /// Share of the customers that were used.
    pub share: f64,
    /// The champion.
    pub champion: Compared,
    /// The challenger.
    pub challenger: Compared,
    /// Challenger less champion, on the same rows, with the same customers drawn for both.
    pub difference: Comparison,
    /// How the challenger stands to the champion.
    pub standing: Standing,
    /// The same in words, a line for each measure.
    pub verdict: Vec<String>,
    /// How the intervals were computed.
    pub bootstrap: Bootstrap,
}

/// A model in a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// Its version.
    pub version: String,
    /// Its metrics on the common rows, calibration among them.
    pub metrics: Metrics,
}

/// How a challenger stands to the champion, by log-loss (are its probabilities right?) and by the area under the ROC curve (does
/// it rank well?), each with its whole 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Better in one of them, worse in neither.
    Better,
    /// Clear in neither.
    NoClearDifference,
    /// Worse in one of them, whatever the other says: what it would cost is certain, and somebody relies on either.
    Worse,
}

/// Compares two models at a date that neither has learnt from.
///
/// A model has learnt from its training, selection and calibration dates with their label windows; the date compared at must
/// not lie before the end of the last of these. Its own test date does not: the test was read once, and nothing was fitted on
/// it. Rows are the customers who are eligible by the rules of both models, so that both are asked about the same people.
///
/// # Errors
/// [`TrainingError::NotFuture`] and [`TrainingError::NoCommonFuture`] where one of the models knows what happened then,
/// [`TrainingError::Immature`] where nobody knows it yet, [`TrainingError::OneClass`] and [`TrainingError::TooFew`] where too
/// little happened, and what [`Model::check_comparable`] and [`check_export`] refuse.
pub fn compare(
    export: &Export,
    champion: &Model,
    challenger: &Model,
    settings: &CompareSettings,
) -> Result<ModelComparison, TrainingError> {
    champion.check_comparable(challenger)?;
    let as_of = date(export, [champion, challenger], settings.as_of)?;
    for model in [champion, challenger] {
        check_export(model, export, &model.history(export, as_of))?;
    }
    let outcome = export.outcome(as_of, champion.window())?;
    let eligible = |model: &Model| Snapshot::take(&model.history(export, as_of), model.eligibility());
    let (ours, theirs) = (eligible(champion)?.eligible, eligible(challenger)?.eligible);
    let mut both: Vec<u32> = ours.iter().copied().filter(|customer| theirs.binary_search(customer).is_ok()).collect();
    let (only_champion, only_challenger) = ((ours.len() - both.len()) as u64, (theirs.len() - both.len()) as u64);
    let share = Share::of_rows(both.len(), settings.max_rows);
    let hashes = CustomerHashes::of(export, settings.seed);
    both.retain(|customer| hashes.is_in(*customer, share));
    // As in the tests of the models: what an offer did is not theirs to predict.
    let both = repeated(&both, &ActedOn::of(export).count(&outcome, &both, &hashes).0);

    // The label is the same for both models: they would not be comparable else.
    let history = champion.history(export, as_of);
    let labels = champion.churn().labels(&history, &outcome, champion.eligibility(), &both)?;
    let labelled = both.iter().zip(&labels).filter_map(|(customer, label)| Some((*customer, (*label)?)));
    let (customers, churned): (Vec<u32>, Vec<bool>) = labelled.unzip();
    check_events("comparison", churned.iter().copied())?;

    let sample = |model: &Model| {
        let probability = probabilities(model, export, as_of, &customers)?;
        Ok::<_, TrainingError>(Sample::new(probability, churned.clone(), customers.clone())?)
    };
    let (of_champion, of_challenger) = (sample(champion)?, sample(challenger)?);
    let bootstrap = match settings.replicates {
        Some(replicates) => Bootstrap::new(replicates, settings.seed)?,
        None => Bootstrap::for_rows(customers.len(), settings.seed),
    };
    let difference = paired_difference(&of_challenger, &of_champion, bootstrap)?;
    let compared = |model: &Model, sample: &Sample| Compared {
        version: model.version().to_owned(),
        metrics: Metrics::estimate(sample, bootstrap),
    };
    let (window_start, window_end) = outcome.window();
    Ok(ModelComparison {
        as_of: as_of.to_string(),
        window_start: window_start.to_string(),
        window_end: window_end.to_string(),
        rows: customers.len() as u64,
        churners: of_champion.churners() as u64,
        unlabelled: (both.len() - customers.len()) as u64,
        only_champion,
        only_challenger,
        share: share.get(),
        champion: compared(champion, &of_champion),
        challenger: compared(challenger, &of_challenger),
        standing: standing(&difference),
        verdict: verdict(&difference, (challenger.version(), champion.version())),
        difference,
        bootstrap,
    })
}

impl ModelComparison {
    /// The gate of the champion: a challenger that is clearly worse does not take its place.
    #[must_use]
    pub fn gate(&self) -> Gate {
        let passed = self.standing != Standing::Worse;
        let (challenger, champion) = (&self.challenger.version, &self.champion.version);
        let why = if passed {
            format!("{challenger} is not clearly worse than the champion {champion}")
        } else {
            format!("{challenger} is clearly worse than the champion {champion}: {}", self.verdict.join(" "))
        };
        // Where the probabilities are not clearly worse the ranking is, and then that is what was found.
        let by_ranking = !passed && self.difference.log_loss.verdict != Some(Verdict::Worse);
        let found = if by_ranking { self.difference.roc_auc } else { self.difference.log_loss };
        Gate {
            gate: GateKind::Champion,
            passed,
            subject: champion.clone(),
            found: found.estimate.value().map(Measured::Number),
            limit: Some(Measured::Number(0.0)),
            why,
        }
    }
}

/// The first as-of date at which a model can be judged: no label window that it has learnt from reaches past it.
#[must_use]
pub fn future_from(model: &Model) -> Date {
    let slices = &model.file().slices;
    let dates = slices.training.iter().chain(&slices.selection_training).chain(&slices.selection);
    let dates = dates.chain([&slices.calibration]).filter_map(|date| date.parse::<Date>().ok());
    // A model's dates were checked when it was read; without any, it is judged from its test on.
    dates.map(|date| date.plus_days(model.window().reach())).max().unwrap_or_else(|| model.test_as_of())
}

fn date(export: &Export, models: [&Model; 2], asked: Option<Date>) -> Result<Date, TrainingError> {
    let latest = export.labels_through().plus_days(-models[0].window().reach());
    for model in models {
        let from = future_from(model);
        let version = model.version().to_owned();
        match asked {
            Some(as_of) if as_of < from => return Err(TrainingError::NotFuture { as_of, from, version }),
            None if latest < from => return Err(TrainingError::NoCommonFuture { latest, from, version }),
            _ => {}
        }
    }
    Ok(asked.unwrap_or(latest))
}

pub(crate) fn probabilities(
    model: &Model,
    export: &Export,
    as_of: Date,
    customers: &[u32],
) -> Result<Vec<f64>, TrainingError> {
    let (history, wanted) = (model.history(export, as_of), model.needed_features());
    let mut probabilities = Vec::with_capacity(customers.len());
    for block in customers.chunks(CUSTOMERS_OF_A_BLOCK) {
        let table = features(&history, block, &wanted)?;
        probabilities.extend(score(model, &table)?.into_iter().map(|scored| scored.probability));
    }
    Ok(probabilities)
}

fn standing(difference: &Comparison) -> Standing {
    let verdicts = [difference.log_loss.verdict, difference.roc_auc.verdict];
    if verdicts.contains(&Some(Verdict::Worse)) {
        Standing::Worse
    } else if verdicts.contains(&Some(Verdict::Better)) {
        Standing::Better
    } else {
        Standing::NoClearDifference
    }
}

fn verdict(difference: &Comparison, (challenger, champion): (&str, &str)) -> Vec<String> {
    let line = |name: &str, difference: &Difference| {
        let said = match difference.verdict {
            Some(Verdict::Better) => "better than",
            Some(Verdict::Worse) => "worse than",
            Some(Verdict::NoClearDifference) | None => "not clearly different from",
        };
        format!("{challenger} is {said} {champion} in {name}: {}.", shown(&difference.estimate))
    };
    vec![
        line("log-loss", &difference.log_loss),
        line("ROC AUC", &difference.roc_auc),
        line("Brier score", &difference.brier),
        line("lift at 10 %", &difference.lift_at_10),
    ]
}

fn shown(estimate: &Estimate) -> String {
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:+.4} ({low:+.4} to {high:+.4})"),
        (Some(value), None) => format!("{value:+.4} (no interval)"),
        (None, _) => "not defined".to_owned(),
    }
}
