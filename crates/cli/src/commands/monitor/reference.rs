//! `reference.json` beside a model: what a monitor must know of the export that the model was trained on, and that no later export can
//! tell, since an export may have been changed as a whole. It holds shares and sums, and no customer.

use std::collections::BTreeMap;

use feature_engineering::{LEAST_CUSTOMERS, Snapshot, can_be_shown};
use history::{Date, Export};
use scoring::{Distribution, Model};
use serde::{Deserialize, Serialize};
use training::Drawn;

use super::looks::{self, SCORE, each};
use super::rows::Counted;

/// The format written.
const FORMAT_VERSION: u64 = 1;
/// More texts of a column than this are not named.
const MOST_LEVELS: usize = 200;

/// What stands in `reference.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(super) format_version: u64,
    /// The model that it belongs to.
    pub(super) model: String,
    /// Date at which the customers were looked at: that of the calibration.
    pub(super) as_of: String,
    pub(super) first_day: String,
    pub(super) complete_through: String,
    /// Eligible customers at that date.
    pub(super) eligible: u64,
    /// Share of a larger table's customers that the export was a lot of: its counts are no other export's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) share: Option<f64>,
    /// One for each of the model's features, in their order, then one for the scores.
    pub(super) distributions: Vec<Distribution>,
    /// Mean transformed value of each of them.
    pub(super) means: Vec<Option<f64>>,
    /// Purchases of each whole month.
    pub(super) months: Vec<MonthRows>,
    /// Mean logarithm of the amounts of all purchases.
    pub(super) ln_amount: Option<f64>,
    /// Texts that customers eligible at the date had, column by column.
    pub(super) levels: Vec<LevelCounts>,
    /// Purchases by channel; none where the export names no channels.
    pub(super) channels: Option<BTreeMap<String, u64>>,
}

/// Purchases of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MonthRows {
    /// Its first day.
    pub(super) from: String,
    pub(super) purchases: u64,
}

/// Customers by the text of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LevelCounts {
    pub(super) column: String,
    /// Customers who have a text.
    pub(super) customers: u64,
    /// Those texts that enough customers have.
    pub(super) levels: BTreeMap<String, u64>,
}

impl Reference {
    /// What is to be remembered of the export that a model was trained on, which may have been a lot of a larger table's customers.
    ///
    /// # Errors
    /// Rows cannot be read or scored, or a signal has come.
    pub(crate) fn of(model: &Model, export: &Export, drawn: Option<&Drawn>) -> anyhow::Result<Self> {
        let as_of: Date = model.file().slices.calibration.parse()?;
        let (customers, _) = looks::some(export);
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); model.features().len() + 1];
        each(model, export, &[as_of], &customers, |_, batch| {
            columns.iter_mut().zip(batch).for_each(|(all, of_batch)| all.extend(of_batch));
        })?;
        let names = model.features().iter().map(|feature| feature.name.as_str()).chain([SCORE]);
        let distributions: Vec<Distribution> =
            names.zip(&columns).map(|(name, values)| Distribution::of(name, values)).collect();
        let mean = |values: &Vec<f64>| {
            let (n, sum) = values.iter().filter(|value| !value.is_nan()).fold((0, 0.0), |(n, sum), v| (n + 1, sum + v));
            (n > 0).then(|| sum / f64::from(n))
        };
        let counted = Counted::of(export)?;
        let all = counted.between(counted.first_day, counted.end);
        let eligible = Snapshot::take(&model.history(export, as_of), model.eligibility())?.eligible;
        Ok(Self {
            format_version: FORMAT_VERSION,
            model: model.version().to_owned(),
            as_of: as_of.to_string(),
            first_day: export.first_day().to_string(),
            complete_through: export.complete_through().to_string(),
            eligible: eligible.len() as u64,
            share: drawn.map(|drawn| drawn.share).filter(|share| *share < 1.0),
            means: columns.iter().map(mean).collect(),
            distributions,
            months: counted
                .months(counted.end)
                .into_iter()
                .map(|(from, purchases)| MonthRows { from: from.to_string(), purchases })
                .collect(),
            ln_amount: all.ln_amount(),
            levels: export.segment_columns().map(|column| LevelCounts::of(export, column, &eligible)).collect(),
            channels: export.has_channels().then(|| {
                let rows = |channel: &super::rows::Channel| channel.by_day.values().sum();
                let known = counted.channels.iter().filter(|(_, channel)| channel.customers >= LEAST_CUSTOMERS);
                known.map(|(name, channel)| (name.clone(), rows(channel))).collect()
            }),
        })
    }

    /// Reads the text of a `reference.json` that belongs to a model.
    ///
    /// # Errors
    /// It is of another format or of another model.
    pub(super) fn parse(text: &str, model: &Model) -> anyhow::Result<Self> {
        let found: Self = serde_json::from_str(text)?;
        anyhow::ensure!(
            found.format_version == FORMAT_VERSION,
            "expected format {FORMAT_VERSION}, found {}",
            found.format_version
        );
        anyhow::ensure!(found.model == model.version(), "expected that of {}, found {}", model.version(), found.model);
        let names = model.features().iter().map(|feature| feature.name.as_str()).chain([SCORE]);
        anyhow::ensure!(
            names.eq(found.distributions.iter().map(|distribution| distribution.feature.as_str()))
                && found.means.len() == found.distributions.len()
                && found.distributions.iter().all(|d| d.shares.len() == d.ends.len() + 1),
            "expected the features of the model, found others"
        );
        Ok(found)
    }

    /// It, where its counts can be held against those of an export.
    pub(super) fn with_counts(&self) -> Option<&Self> {
        self.share.is_none().then_some(self)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// A number has no JSON form.
    pub(crate) fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl LevelCounts {
    /// The texts of a column that these customers have; those that fewer than 30 have are not named.
    pub(super) fn of(export: &Export, column: &str, customers: &[u32]) -> Self {
        let cells = export.segment_column(column).unwrap_or_default();
        let mut levels: BTreeMap<&str, u64> = BTreeMap::new();
        let mut with_text = 0;
        for text in customers.iter().filter_map(|customer| cells.get(*customer as usize)?.as_deref()) {
            with_text += 1;
            *levels.entry(text).or_default() += 1;
        }
        let mut named: Vec<(&str, u64)> = levels
            .into_iter()
            .filter(|(text, customers)| *customers >= LEAST_CUSTOMERS && can_be_shown(text))
            .collect();
        named.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        named.truncate(MOST_LEVELS);
        let levels = named.into_iter().map(|(text, customers)| (text.to_owned(), customers)).collect();
        Self { column: column.to_owned(), customers: with_text, levels }
    }
}
