//! Why a customer's probability is high: the contributions of the features, summed over features that say the same
//! thing, compared with the average training customer.

use std::sync::Arc;

use feature_engineering::{Feature, FeatureTable, by_name};

use crate::ScoringError;
use crate::model::Model;
use crate::wording::{Facts, sentence};

/// A reason moves the calibrated logit by more than this, about a tenth of the odds; less is not worth an account
/// manager's time.
const LEAST_CONTRIBUTION: f64 = 0.1;
const MOST_REASONS: usize = 3;

/// Features that together are one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Group {
    /// How long the customer has been silent, and their own rhythm.
    Silence,
    /// How often the customer bought, and since when: few purchases are few for the time they took.
    Frequency,
    /// Purchases and spending lately, against before.
    Activity,
    /// Money spent in all, on average and last.
    Spend,
    /// What went back.
    Returns,
    /// Buying at a discount.
    Discounts,
    /// When in the week the customer buys.
    Timing,
}

const GROUPS: [Group; 7] =
    [Group::Silence, Group::Frequency, Group::Activity, Group::Spend, Group::Returns, Group::Discounts, Group::Timing];

impl Group {
    /// What customers of whom this is a reason have in common, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Group::Silence => "silent for long, or buy seldom",
            Group::Frequency => "have bought few times",
            Group::Activity => "bought little lately",
            Group::Spend => "what they spend",
            Group::Returns => "what they send back",
            Group::Discounts => "how they use discounts",
            Group::Timing => "when in the week they buy",
        }
    }

    /// The group of a feature.
    #[must_use]
    pub fn of(feature: &Feature) -> Self {
        use feature_engineering::Family;
        match (feature.name.as_str(), feature.family) {
            ("frequency" | "purchase_rate" | "gap_mean_missing" | "gap_std_missing", _) => Group::Frequency,
            ("monetary_total" | "monetary_mean" | "monetary_std" | "monetary_last" | "last_over_mean", _) => {
                Group::Spend
            }
            (_, Family::Recency | Family::Cadence) => Group::Silence,
            (_, Family::Tenure) => Group::Frequency,
            (_, Family::Frequency | Family::Monetary | Family::Trend) => Group::Activity,
            (_, Family::Returns) => Group::Returns,
            (_, Family::Discounts) => Group::Discounts,
            // Families that come later say when and how a customer buys until they get a group of their own.
            _ => Group::Timing,
        }
    }
}

/// Names of the features that reasons and values are told with, whatever the model uses.
const TOLD_WITH: [&str; 11] = [
    "recency_days",
    "tenure_days",
    "frequency",
    "monetary_total",
    "monetary_mean",
    "monetary_last",
    "gap_mean_days",
    "purchases_90d",
    "purchases_90d_before",
    "spend_90d",
    "spend_90d_before",
];

/// The features that reasons and values are told with.
pub(crate) fn told_with() -> impl Iterator<Item = &'static Arc<Feature>> {
    TOLD_WITH.into_iter().filter_map(by_name)
}

/// Tells the reasons of the rows of one table.
pub(crate) struct Reasons<'a> {
    /// Group and weight (coefficient times calibration slope) of each feature of the model.
    weights: Vec<(Group, f64)>,
    facts: Facts<'a>,
}

impl<'a> Reasons<'a> {
    pub(crate) fn new(model: &Model, table: &'a FeatureTable) -> Result<Self, ScoringError> {
        let slope = model.file().calibration.slope;
        let weights = model.features().iter().zip(&model.file().features);
        Ok(Self {
            weights: weights.map(|(feature, weight)| (Group::of(feature), slope * weight.coefficient)).collect(),
            facts: Facts::of(model.file(), table)?,
        })
    }

    /// The reasons of a row with these standardised features, weightiest first. A group that raises the probability and
    /// has nothing to say that plainly speaks for churn is left out: in a model of many related features the sum of a
    /// group can rise for reasons that no sentence about the customer tells.
    pub(crate) fn of(&self, row: usize, standardised: &[f64]) -> Vec<(Group, String)> {
        let mut contributions = [0.0; GROUPS.len()];
        for ((group, weight), x) in self.weights.iter().zip(standardised) {
            contributions[*group as usize] += weight * x;
        }
        let mut raising: Vec<(Group, f64)> =
            GROUPS.into_iter().zip(contributions).filter(|(_, c)| *c > LEAST_CONTRIBUTION).collect();
        raising.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let facts = self.facts.row(row);
        let told = |(group, _): (Group, f64)| sentence(group, &facts).map(|sentence| (group, sentence));
        raising.into_iter().filter_map(told).take(MOST_REASONS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use feature_engineering::catalogue;

    #[test]
    fn every_feature_is_in_the_group_that_talks_about_it() {
        for (name, group) in [
            ("recency_days", Group::Silence),
            ("tenure_days", Group::Frequency),
            ("recency_over_gap", Group::Silence),
            ("silence_evidence", Group::Silence),
            ("purchases_30d_before", Group::Activity),
            ("purchases_trend_90d", Group::Activity),
            ("spend_trend_90d", Group::Activity),
            ("spend_30d", Group::Activity),
            ("monetary_std", Group::Spend),
            ("gap_std_days", Group::Silence),
            ("gap_std_missing", Group::Frequency),
            ("returns_share", Group::Returns),
            ("discount_share", Group::Discounts),
            ("weekend_share", Group::Timing),
        ] {
            assert_eq!(by_name(name).map(|feature| Group::of(feature)), Some(group), "{name}");
        }
        let used: std::collections::BTreeSet<Group> = catalogue().iter().map(|feature| Group::of(feature)).collect();
        assert_eq!(used.into_iter().collect::<Vec<_>>(), GROUPS);
        assert_eq!(told_with().count(), TOLD_WITH.len());
        for (at, group) in GROUPS.into_iter().enumerate() {
            assert_eq!(group as usize, at);
        }
    }
}
