//! Why a customer's probability is high: the contributions of the features, summed over features that say the same
//! thing, compared with the average training customer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use feature_engineering::reason::{Group, Sentence, sentences};
use feature_engineering::{Attribute, Coding, Expression, Feature, FeatureTable, by_name, has_all};
use history::History;

use crate::ScoringError;
use crate::eight::Weighed;
use crate::model::Model;
use crate::model_file::ModelFile;
use crate::wording::{Facts, Teller, Told};

/// A reason moves the calibrated logit by more than this, about a tenth of the odds; less is not worth an account
/// manager's time.
const LEAST_CONTRIBUTION: f64 = 0.1;
const MOST_REASONS: usize = 3;

/// The features that the reasons of a model with these features are told with, as far as the export has their columns:
/// a model without events needs none.
pub(crate) fn told_with(model: &Model, history: &History<'_>) -> Vec<Arc<Feature>> {
    let groups: BTreeSet<Group> = model.features().iter().map(|feature| Group::of(feature)).collect();
    let mut told: Vec<&'static Arc<Feature>> = Vec::new();
    for sentence in groups.into_iter().flat_map(|group| sentences_of(group, model)) {
        let features: Vec<_> = sentence.features(model.language()).into_iter().filter_map(by_name).collect();
        // With one of its columns missing a sentence cannot be told, and needs none of the others.
        if features.iter().all(|feature| has_all(history, &feature.definition)) {
            told.extend(features);
        }
    }
    // In the order of the catalogue, each once.
    let told = feature_engineering::catalogue().iter().filter(|feature| told.contains(feature)).cloned();
    // The level with which a model compares the others of a column is none of its features, and can be a reason as well.
    told.chain(codings(model).into_iter().flat_map(Coding::features).map(Arc::new)).collect()
}

/// The columns of the customers table of whose levels a model has features, each once.
fn codings(model: &Model) -> Vec<&Coding> {
    let mut codings: Vec<&Coding> = Vec::new();
    for coding in model.features().iter().filter_map(|feature| coding(feature)) {
        if !codings.contains(&coding) {
            codings.push(coding);
        }
    }
    codings
}

fn coding(feature: &Feature) -> Option<&Coding> {
    match &feature.definition {
        Expression::Customer(Attribute::Level { of, .. }) => Some(of),
        _ => None,
    }
}

/// Tells the reasons of the rows of one table.
pub(crate) struct Reasons<'a> {
    /// For each feature of the model the number of its reason.
    reason_of: Vec<usize>,
    /// In the order of the groups, then of the model's features.
    reasons: Vec<(Group, Teller<'a>)>,
}

impl<'a> Reasons<'a> {
    /// Reasons are told with what the table has; sentences that need more are not told.
    ///
    /// # Errors
    /// [`ScoringError::MissingFeature`] where the table lacks a feature of the model.
    pub(crate) fn new(model: &Model, table: &'a FeatureTable) -> Result<Self, ScoringError> {
        // Features of the groups told by feature are a reason each; those of the levels of one column are one together.
        let first_of = |at: usize, feature: &Feature| {
            let of = coding(feature)?;
            model.features()[..at].iter().position(|other| coding(other) == Some(of))
        };
        let mut features: BTreeMap<(Group, usize), Vec<usize>> = BTreeMap::new();
        for (at, feature) in model.features().iter().enumerate() {
            let group = Group::of(feature);
            features
                .entry((group, if group.told_by_feature() { first_of(at, feature).unwrap_or(at) } else { 0 }))
                .or_default()
                .push(at);
        }
        let file = model.file();
        let mut reason_of = vec![0; file.features.len()];
        let language = model.language();
        let facts = Facts { language, column: &|name| table.column_named(name), typical: &|name| typical(file, name) };
        let mut reasons = Vec::with_capacity(features.len());
        for (number, ((group, of), members)) in features.into_iter().enumerate() {
            members.into_iter().for_each(|at| reason_of[at] = number);
            let feature = &model.features()[of];
            let teller = if let Some(coding) = coding(feature) {
                Teller::of_levels(language, coding, table)
            } else if group.told_by_feature() {
                let missing = || ScoringError::MissingFeature { name: feature.name.clone() };
                Teller::of_feature(language, feature, table.column_named(&feature.name).ok_or_else(missing)?)
            } else {
                Teller::Sentences(
                    sentences_of(group, model).filter_map(|sentence| Told::new(sentence, &facts)).collect(),
                )
            };
            reasons.push((group, teller));
        }
        Ok(Self { reason_of, reasons })
    }

    /// For each feature of the model the number of its reason.
    pub(crate) fn of_features(&self) -> &[usize] {
        &self.reason_of
    }

    /// How many reasons there may be.
    pub(crate) fn len(&self) -> usize {
        self.reasons.len()
    }

    /// The reasons of a row, which was weighed among others, weightiest first. A reason that raises the probability and
    /// has nothing to say that plainly speaks for churn is left out: in a model of many related features the sum of a
    /// group can rise for reasons that no sentence about the customer tells.
    pub(crate) fn of(&self, row: usize, weighed: &Weighed, lane: usize) -> Vec<(Group, String)> {
        let told = |reason: usize| {
            let (group, teller) = &self.reasons[reason];
            teller.of(row).map(|sentence| (*group, sentence))
        };
        let raising = (0..MOST_REASONS)
            .take_while(|rank| weighed.contributions[*rank][lane] > LEAST_CONTRIBUTION)
            .map(|rank| weighed.largest[rank][lane] as usize);
        let largest: Vec<usize> = raising.collect();
        let mut reasons: Vec<(Group, String)> = largest.iter().filter_map(|reason| told(*reason)).collect();
        if reasons.len() < largest.len() && largest.len() == MOST_REASONS {
            // One had nothing to say, and there may be others.
            let others = weighed.reasons.iter().map(|reason| reason[lane]).enumerate();
            let mut others: Vec<(usize, f64)> =
                others.filter(|(at, c)| *c > LEAST_CONTRIBUTION && !largest.contains(at)).collect();
            others.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let missing = MOST_REASONS - reasons.len();
            reasons.extend(others.into_iter().filter_map(|(reason, _)| told(reason)).take(missing));
        }
        reasons
    }
}

/// The sentences of a group that are true whatever the model's look-back hides.
fn sentences_of(group: Group, model: &Model) -> impl Iterator<Item = &'static Sentence> + use<> {
    let (lookback, language) = (model.file().lookback_days, model.language());
    sentences().iter().filter(move |sentence| sentence.group == group && sentence.fits(lookback, language))
}

/// The average training customer, as far as the model knows it: the mean of a feature on the scale on which it was
/// standardised. NaN for a feature that the model does not use.
fn typical(file: &ModelFile, name: &str) -> f64 {
    let weight = file.features.iter().find(|weight| weight.feature.name == name);
    weight.map_or(f64::NAN, |weight| weight.feature.transform.invert(weight.mean))
}

#[cfg(test)]
mod tests;
