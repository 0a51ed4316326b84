//! Scores in batches of customers, in the order of their ids: what is in memory of a customer outside the batch at work is the
//! number and the state, eight bytes.
//!
//! A row depends on its own customer alone, so batches change no value, and some customers of a batch can be scored without the
//! others ([`Batches::score`] takes any of them). The percentile is what depends on everybody; it is put in when all batches are
//! done, with [`crate::Ranks`].

use std::sync::Arc;

use feature_engineering::{Feature, FeatureTable, Snapshot, Standings, State, features, purchase_days};
use history::{Date, Export, History};
use rayon::prelude::*;

use crate::ScoringError;
use crate::contract::{DriftCounts, FeatureDrift, Watched};
use crate::horizons::HorizonCurves;
use crate::model::Model;
use crate::score::{Scored, score};
use crate::scores::{ScoreRow, check_export};
use crate::seen_levels::{self, UnseenLevels};

/// Customers that are scored together.
pub const CUSTOMERS_OF_A_BATCH: usize = 65_536;

/// A customer that is known at the as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The customer's number in the export.
    pub customer: u32,
    /// Where the customer stands.
    pub state: State,
}

/// Everything that can be settled before the first customer is scored.
#[derive(Debug)]
pub struct Batches<'a> {
    model: &'a Model,
    history: History<'a>,
    wanted: Vec<Arc<Feature>>,
    known: Vec<Known>,
    unseen: Vec<UnseenLevels>,
    watched: Watched<'a>,
}

/// Rows of some customers, without the percentile.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// In the order of the customers.
    pub rows: Vec<ScoreRow>,
    /// Of the eligible ones among them, where the model has several horizons.
    pub curves: Option<HorizonCurves>,
    /// Where the values of the eligible ones among them lie, see [`Batches::drift`].
    pub drift: DriftCounts,
}

impl<'a> Batches<'a> {
    /// Finds out who is known at an as-of date, and where they stand: eligible customers are scored by the model, lapsed ones
    /// by their return probability, new ones not at all.
    ///
    /// # Errors
    /// [`ScoringError::OtherExport`], [`ScoringError::ChangedColumn`] and [`ScoringError::OtherIds`] where the export is not like the
    /// one that the model was trained on, and
    /// [`ScoringError::UnseenLevels`] where more than 5 % of the eligible customers have texts that the model has not seen.
    pub fn new(model: &'a Model, export: &'a Export, as_of: Date) -> Result<Self, ScoringError> {
        let history = model.history(export, as_of);
        check_export(model, export, &history)?;
        let snapshot = Snapshot::take(&history, model.eligibility())?;
        let unseen = seen_levels::unseen(model, &history, &snapshot.eligible)?;
        let wanted = model.wanted_features(&history);
        let Snapshot { eligible, lapsed, new, .. } = snapshot;
        let mut known = Vec::with_capacity(eligible.len() + lapsed.len() + new.len());
        for (customers, state) in [(eligible, State::Eligible), (lapsed, State::Lapsed), (new, State::New)] {
            known.extend(customers.into_iter().map(|customer| Known { customer, state }));
        }
        // Customers are numbered in the order of their ids.
        known.par_sort_unstable_by_key(|known| known.customer);
        let distributions = model.file().contract.as_ref().map_or(&[][..], |contract| &contract.distributions);
        let watched = Watched::new(distributions, model.file().features.iter().map(|weight| &weight.feature));
        Ok(Self { model, history, wanted, known, unseen, watched })
    }

    /// How many customers are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nobody is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// How many customers stand where.
    #[must_use]
    pub fn standings(&self) -> Standings {
        let count = |state: State| self.known.iter().filter(|known| known.state == state).count() as u64;
        Standings { eligible: count(State::Eligible), lapsed: count(State::Lapsed), new: count(State::New) }
    }

    /// The customers batch by batch, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[Known]> {
        self.known.chunks(CUSTOMERS_OF_A_BATCH)
    }

    /// The customers, in the order of their ids.
    #[must_use]
    pub fn into_known(self) -> Vec<Known> {
        self.known
    }

    /// What the model sees of the export.
    #[must_use]
    pub fn history(&self) -> &History<'a> {
        &self.history
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Eligible customers with texts that the model has not seen, by column: a few, which are scored as customers of the level
    /// of all others.
    #[must_use]
    pub fn unseen_levels(&self) -> &[UnseenLevels] {
        &self.unseen
    }

    /// Features whose values have moved since training, the farthest first: those with a population stability index above 0.1
    /// that is more than chance. `counts` are those of all batches. None where the model does not know how they were distributed.
    #[must_use]
    pub fn drift(&self, counts: &DriftCounts) -> Vec<FeatureDrift> {
        self.watched.drift(counts)
    }

    /// The rows of these customers, whose numbers ascend; all but the percentile.
    ///
    /// # Errors
    /// Rows cannot be read, and what [`score`] says.
    pub fn score(&self, customers: &[Known]) -> Result<Batch, ScoringError> {
        self.score_and(customers, |_, _| Ok(()))
    }

    /// The same; `look` sees the features and the scores of the eligible ones.
    pub(crate) fn score_and(
        &self,
        customers: &[Known],
        look: impl FnOnce(&FeatureTable, &[Scored]) -> Result<(), ScoringError>,
    ) -> Result<Batch, ScoringError> {
        let of = |state: State| -> Vec<u32> {
            customers.iter().filter(|known| known.state == state).map(|known| known.customer).collect()
        };
        let table = features(&self.history, &of(State::Eligible), &self.wanted)?;
        let scored = score(self.model, &table)?;
        look(&table, &scored)?;
        let mut curves = HorizonCurves::new(self.model);
        curves.as_mut().map_or(Ok(()), |curves| curves.add(self.model, &table, &scored))?;
        let mut eligible = scored.into_iter();
        let mut lapsed = self.return_probabilities(&of(State::Lapsed))?.into_iter();
        let row = |known: &Known| {
            let row = ScoreRow::empty(known.customer, known.state);
            match known.state {
                State::Eligible => ScoreRow { scored: eligible.next(), ..row },
                State::Lapsed => ScoreRow { return_probability: lapsed.next().flatten(), ..row },
                State::New => row,
            }
        };
        Ok(Batch { rows: customers.iter().map(row).collect(), curves, drift: self.watched.count(&table) })
    }

    /// Of lapsed customers, where the model can tell.
    fn return_probabilities(&self, lapsed: &[u32]) -> Result<Vec<Option<f64>>, ScoringError> {
        let file = self.model.file();
        let horizon_days = f64::from(file.churn.horizon_days);
        let Some(returning) = file.lapsed.as_ref() else { return Ok(vec![None; lapsed.len()]) };
        let purchases = purchase_days(&self.history, lapsed)?;
        purchases
            .par_iter()
            .map(|purchases| {
                purchases.as_ref().map(|purchases| returning.return_probability(purchases, horizon_days)).transpose()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{as_of, export, model_file};
    use crate::{Ranks, Scores};

    #[test]
    fn any_batches_are_the_whole() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let whole = Scores::compute(&model, &export, as_of()).unwrap();
        let batches = Batches::new(&model, &export, as_of()).unwrap();
        let known: Vec<Known> = batches.iter().flatten().copied().collect();
        assert_eq!((batches.len(), batches.standings().eligible, batches.standings().lapsed), (200, 198, 2));
        for size in [1, 7, 64, 200] {
            let mut rows: Vec<ScoreRow> =
                known.chunks(size).flat_map(|batch| batches.score(batch).unwrap().rows).collect();
            let ranks = Ranks::of(rows.iter().filter_map(|row| row.scored.as_ref()).map(|s| s.probability).collect());
            for row in &mut rows {
                row.risk_percentile = row.scored.as_ref().map(|scored| ranks.percentile(scored.probability));
            }
            assert_eq!(rows, whole.rows(), "{size}");
        }
        // Some customers without their neighbours.
        let some: Vec<Known> = known.iter().copied().filter(|known| known.customer % 3 == 1).collect();
        let rows = batches.score(&some).unwrap().rows;
        for (row, known) in rows.iter().zip(&some) {
            let expected = &whole.rows()[known.customer as usize];
            assert_eq!((&row.scored, row.return_probability), (&expected.scored, expected.return_probability));
        }
        assert!(batches.score(&[]).unwrap().rows.is_empty());
    }
}
