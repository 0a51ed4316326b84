//! What the caller decides about training.

use std::sync::Arc;

use feature_engineering::{Churn, Eligibility, Feature, LevelSource};
use history::{Date, Days, LabelWindow};
use serde::Serialize;

/// Settings of a training run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingSettings {
    /// Who churned.
    pub churn: Churn,
    /// The label window.
    pub window: LabelWindow,
    /// Whom the model speaks about.
    pub eligibility: Eligibility,
    /// How far back features see; as far as the export goes where none is given. Dates before which there is less history
    /// than that are trained on only where there are too few others.
    pub lookback: Option<Days>,
    /// Features that the model uses beside those of the catalogue that models use.
    pub also: Vec<Arc<Feature>>,
    /// Columns of whose levels the model has features as well, as far as the export has them.
    pub levels: Vec<LevelSource>,
    /// Names of forecasts that the model uses beside that of silence ([`feature_engineering::FORECASTS`]).
    pub forecasts: Vec<&'static str>,
    /// Names of features, or of families, that the model does without; a word that is both means the feature.
    pub without: Vec<String>,
    /// Column of the customers table for each of whose values there is a model of its own, pooled towards the global one, if
    /// that is better.
    pub segment_by: Option<String>,
    /// Days between training as-of dates.
    pub every: Days,
    /// The test as-of date; the latest with a label where none is given.
    pub test_as_of: Option<Date>,
    /// Seed of everything random: which customers are left out where there are too many, folds, bootstrap.
    pub seed: u64,
    /// Most rows to fit on, and to test on. Beyond it customers are left out at random, whole.
    pub max_rows: usize,
    /// Most training as-of dates; the newest are kept.
    pub max_dates: usize,
    /// How many of them the model is fitted on.
    pub dates: TrainingDates,
    /// Further horizons that the model speaks about, of at most [`scoring::MAX_HORIZONS`] that are not its own; each customer
    /// then has a curve of probabilities.
    pub horizons: Vec<Days>,
    /// Bootstrap replicates; the usual number for the size of the test where none is given.
    pub replicates: Option<u32>,
}

impl TrainingSettings {
    /// The usual settings: as-of dates every 30 days, at most 24 of them and 300,000 rows, seed 1, no limit to the look-back.
    /// Eligible customers bought in the last `active_within` days.
    #[must_use]
    pub fn new(churn: Churn, window: LabelWindow, active_within: Days) -> Self {
        Self {
            churn,
            window,
            eligibility: Eligibility::new(active_within, churn),
            lookback: None,
            also: Vec::new(),
            levels: Vec::new(),
            forecasts: Vec::new(),
            without: Vec::new(),
            segment_by: None,
            every: Days::new(30).expect("30 days is a valid length"),
            test_as_of: None,
            seed: 1,
            max_rows: 2_000_000,
            max_dates: 24,
            dates: TrainingDates::ChosenOnSelection,
            horizons: Vec::new(),
            replicates: None,
        }
    }
}

/// How many of the training as-of dates the model is fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainingDates {
    /// All of them.
    All,
    /// As many of the newest as are not clearly worse than the best number on the selection slice, and at least 3. How
    /// far back it pays to look depends on the shop: where customers change, as in a single cohort that ages, old
    /// snapshots mislead. The usual setting.
    ChosenOnSelection,
}

/// What a model should know about where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelContext {
    /// Name of the project.
    pub name: String,
    /// Time zone of timestamps without an offset.
    pub timezone: String,
    /// Currency of all amounts.
    pub currency: String,
    /// Hash of the settings.
    pub config_hash: String,
    /// Where the export is a lot of the customers of a larger table.
    pub drawn: Option<Drawn>,
}

/// The customers of an export that an engine drew from its tables, each with the same chance and all its rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drawn {
    /// Share of the customers, above 0 and at most 1.
    pub share: f64,
    /// Customers of the whole table who are eligible at `as_of`.
    pub eligible: u64,
    /// The day through which the tables are complete.
    pub as_of: String,
    /// Seed of the lot.
    pub seed: u64,
    /// The engine.
    pub from: String,
}

impl Drawn {
    /// One sentence, for the notes of a model and for whoever trains it.
    #[must_use]
    pub fn note(&self) -> String {
        let Self { share, eligible, as_of, seed, from } = self;
        if *share >= 1.0 {
            return format!("All customers of the tables at {from}, of whom {eligible} were eligible as of {as_of}.");
        }
        format!(
            "A random {:.2} % of the customers of the tables at {from}, of whom {eligible} were eligible as of {as_of}: drawn by their ids \
             (seed {seed}), each with the same chance, so every row weighs the same.",
            100.0 * share
        )
    }
}
