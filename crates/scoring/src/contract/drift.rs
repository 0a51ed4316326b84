//! How far features are from where they were in training: the population stability index.
//!
//! Source: Siddiqi, "Credit Risk Scorecards" (2006): the index, and what is made of it (below 0.1 nothing, above 0.25 a clear
//! shift). Yurdakul and Naranjo, "Statistical properties of the population stability index", Journal of Risk Model Validation
//! 14 (2020): without a shift the index is about `(1/n + 1/m)` times a chi-squared variable.

use feature_engineering::{Aggregate, Expression, Family, Feature, FeatureTable, Measure, Window};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ScoringError;
use crate::model_checks::invalid;

/// Bins of about equal numbers of customers, one for missing values aside.
const BINS: usize = 10;
/// An index above this is told.
const NOTABLE: f64 = 0.1;
/// An index above this is warned of.
const CLEAR: f64 = 0.25;
/// Quantile of the normal distribution at 0.9999: of a hundred features without a shift one in a hundred exports tells of one.
const Z: f64 = 3.719_016_485_455_709;
/// Values that the bins are made of; of more, as many at equal distances.
const MOST_VALUES: usize = 1 << 16;

/// How a feature was distributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// Name of the feature.
    pub feature: String,
    /// Customers.
    pub customers: u64,
    /// Where bins end, in transformed values: a bin holds what is above the end before and up to its own. Behind the last is one bin
    /// more.
    pub ends: Vec<f64>,
    /// Share of the customers in each bin.
    pub shares: Vec<f64>,
    /// Share of the customers without a value.
    pub missing: f64,
}

/// A feature whose values have moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureDrift {
    /// Name of the feature.
    pub feature: String,
    /// The population stability index against the customers of training.
    pub psi: f64,
    /// Whether it is above 0.25; else it is above 0.1.
    pub clear: bool,
}

/// Whether a feature moves by itself as time goes by: time as a customer, totals since the first purchase, and what the calendar
/// says. That those are larger than in training says nothing about the customers.
#[must_use]
pub fn moves_by_itself(feature: &Feature) -> bool {
    let of_all_time = |measure: &Measure| {
        let grows = matches!(
            measure.aggregate,
            Aggregate::Count | Aggregate::Sum(_) | Aggregate::Distinct(_) | Aggregate::DaysSinceFirst
        );
        grows && measure.window == Window::AllTime
    };
    feature.family == Family::Tenure
        || match &feature.definition {
            Expression::Measure(measure) => of_all_time(measure),
            Expression::Calendar(_) => true,
            _ => false,
        }
}

fn bin(ends: &[f64], value: f64) -> usize {
    ends.partition_point(|end| *end < value)
}

impl Distribution {
    /// The distribution of transformed values; NaN is missing.
    #[must_use]
    pub fn of(feature: &str, values: &[f64]) -> Self {
        let step = values.len().div_ceil(MOST_VALUES).max(1);
        let values: Vec<f64> = values.iter().copied().step_by(step).collect();
        let mut there: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        there.sort_unstable_by(f64::total_cmp);
        let mut ends: Vec<f64> = (1..BINS).filter_map(|part| there.get(part * there.len() / BINS).copied()).collect();
        ends.dedup();
        // A last bin that holds nothing says nothing.
        if ends.last().is_some_and(|end| there.last() == Some(end)) {
            ends.pop();
        }
        let mut counts = vec![0_u64; ends.len() + 1];
        there.iter().for_each(|value| counts[bin(&ends, *value)] += 1);
        let share = |count: u64| count as f64 / values.len().max(1) as f64;
        let missing = share((values.len() - there.len()) as u64);
        let shares = counts.into_iter().map(share).collect();
        Self { feature: feature.to_owned(), customers: values.len() as u64, ends, shares, missing }
    }

    /// The bin of a transformed value; missing values (NaN) are in the last, of their own.
    #[must_use]
    pub fn bin(&self, value: f64) -> usize {
        if value.is_nan() { self.shares.len() } else { bin(&self.ends, value) }
    }

    /// Customers in each bin, those without a value last.
    #[must_use]
    pub fn counts(&self) -> Vec<u64> {
        let count = |share: &f64| (share * self.customers as f64).round() as u64;
        self.shares.iter().chain([&self.missing]).map(count).collect()
    }

    pub(super) fn check(&self) -> Result<(), ScoringError> {
        let field = |what: &str| format!("{what} of the distribution of {}", self.feature);
        if self.shares.len() != self.ends.len() + 1 || self.ends.len() >= BINS {
            return Err(invalid(field("shares"), "one more than ends, which are at most 9", self.shares.len()));
        }
        if self.ends.iter().any(|end| !end.is_finite()) || self.ends.windows(2).any(|two| two[0] >= two[1]) {
            return Err(invalid(field("ends"), "finite and in order", "others"));
        }
        match self.shares.iter().chain([&self.missing]).find(|share| !(0.0..=1.0).contains(*share)) {
            Some(share) => Err(invalid(field("shares"), "between 0 and 1", share)),
            None => Ok(()),
        }
    }

    /// The index of counts in the bins, the last of them the missing ones; and what chance alone seldom exceeds.
    fn psi(&self, counts: &[u64]) -> (f64, f64) {
        let now: u64 = counts.iter().sum();
        let (n, m) = (self.customers as f64, now as f64);
        let bins = counts.len() as f64;
        // Half a customer more in each bin, so that an empty one has a logarithm.
        let smooth = |count: f64, all: f64| (count + 0.5) / (all + 0.5 * bins);
        let before = self.shares.iter().chain([&self.missing]).map(|share| smooth(share * n, n));
        let psi = before
            .zip(counts)
            .map(|(before, count)| {
                let now = smooth(*count as f64, m);
                (now - before) * (now / before).ln()
            })
            .sum();
        let used =
            self.shares.iter().chain([&self.missing]).zip(counts).filter(|(share, count)| **share > 0.0 || **count > 0);
        let freedom = (used.count().max(2) - 1) as f64;
        // Wilson and Hilferty (1931): the cube root of a chi-squared variable is nearly normal.
        let part = 2.0 / (9.0 * freedom);
        let quantile = freedom * (1.0 - part + Z * part.sqrt()).powi(3);
        (psi, (1.0 / n.max(1.0) + 1.0 / m.max(1.0)) * quantile)
    }
}

/// The features of a model whose values are held against those it was trained on.
#[derive(Debug)]
pub(crate) struct Watched<'a>(Vec<(&'a Distribution, &'a Feature)>);

/// Customers in the bins of these features.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DriftCounts(Vec<Vec<u64>>);

impl DriftCounts {
    /// Adds other customers, counted by the same model.
    pub fn append(&mut self, other: &Self) {
        self.0.resize_with(self.0.len().max(other.0.len()), Vec::new);
        for (counts, more) in self.0.iter_mut().zip(&other.0) {
            counts.resize(counts.len().max(more.len()), 0);
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
    }
}

impl<'a> Watched<'a> {
    pub(crate) fn new(distributions: &'a [Distribution], features: impl Iterator<Item = &'a Feature> + Clone) -> Self {
        let watched = distributions.iter().filter_map(|distribution| {
            let feature = features.clone().find(|feature| feature.name == distribution.feature)?;
            (!moves_by_itself(feature)).then_some((distribution, feature))
        });
        Self(watched.collect())
    }

    pub(crate) fn count(&self, table: &FeatureTable) -> DriftCounts {
        let count = |(distribution, feature): &(&Distribution, &Feature)| {
            let last = distribution.shares.len();
            let mut counts = vec![0; last + 1];
            for value in table.column_named(&feature.name).unwrap_or_default() {
                let value = feature.transform.apply(*value);
                counts[if value.is_nan() { last } else { bin(&distribution.ends, value) }] += 1;
            }
            counts
        };
        DriftCounts(self.0.par_iter().map(count).collect())
    }

    /// The features that have moved, those farthest first.
    pub(crate) fn drift(&self, counts: &DriftCounts) -> Vec<FeatureDrift> {
        let mut moved: Vec<FeatureDrift> = self
            .0
            .iter()
            .zip(&counts.0)
            .filter_map(|((distribution, feature), counts)| {
                let (psi, chance) = distribution.psi(counts);
                let name = feature.name.clone();
                (psi > NOTABLE.max(chance)).then_some(FeatureDrift { feature: name, psi, clear: psi > CLEAR })
            })
            .collect();
        moved.sort_by(|a, b| b.psi.total_cmp(&a.psi).then_with(|| a.feature.cmp(&b.feature)));
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(n: usize, shift: f64) -> Vec<f64> {
        (0..n).map(|at| (at as f64 + 0.5) / n as f64 + shift).collect()
    }

    fn counts(distribution: &Distribution, values: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; distribution.shares.len() + 1];
        let last = counts.len() - 1;
        values.iter().for_each(|v| counts[if v.is_nan() { last } else { bin(&distribution.ends, *v) }] += 1);
        counts
    }

    #[test]
    fn the_index_is_that_of_its_definition() {
        // Ten bins of 100, against 40 in the first and 160 in the last; by hand: (0.04 - 0.1) ln 0.4 + (0.16 - 0.1) ln 1.6 = 0.0832.
        let distribution = Distribution::of("x", &spread(100_000, 0.0));
        assert_eq!((distribution.ends.len(), distribution.shares.len(), distribution.missing), (9, 10, 0.0));
        let mut now = vec![10_000; 10];
        (now[0], now[9]) = (4_000, 16_000);
        now.push(0);
        let (psi, _) = distribution.psi(&now);
        assert!((psi - 0.083_178).abs() < 2e-4, "{psi}");
        let (same, _) = distribution.psi(&counts(&distribution, &spread(5_000, 0.0)));
        assert!(same < 1e-3, "{same}");
    }

    #[test]
    fn a_shift_is_told_and_chance_is_not() {
        let distribution = Distribution::of("x", &spread(2_000, 0.0));
        let (psi, chance) = distribution.psi(&counts(&distribution, &spread(2_000, 0.3)));
        assert!(psi > CLEAR && psi > chance, "{psi} {chance}");
        // Thirty customers are spread unevenly by chance.
        let few: Vec<f64> = (0..30_u64).map(|at| (at * at * 7 % 31) as f64 / 31.0).collect();
        let (psi, chance) = distribution.psi(&counts(&distribution, &few));
        assert!(psi < chance, "{psi} {chance}");
        let missing = vec![f64::NAN; 2_000];
        assert!(distribution.psi(&counts(&distribution, &missing)).0 > 1.0);
    }

    #[test]
    fn what_grows_as_time_goes_by_is_not_compared() {
        let moves = |name: &str| moves_by_itself(feature_engineering::by_name(name).expect("in the catalogue"));
        for name in ["tenure_days", "days_since_signup", "frequency", "monetary_total", "purchase_days"] {
            assert!(moves(name), "{name}");
        }
        for name in ["recency_days", "purchases_90d", "monetary_mean", "gap_mean_days"] {
            assert!(!moves(name), "{name}");
        }
    }

    #[test]
    fn bins_of_equal_values_and_of_none_are_made_all_the_same() {
        for values in [vec![], vec![f64::NAN; 9], vec![1.0; 50], [vec![0.0; 95], spread(5, 1.0)].concat()] {
            let distribution = Distribution::of("x", &values);
            assert!(distribution.check().is_ok(), "{distribution:?}");
            assert_eq!(counts(&distribution, &values).iter().sum::<u64>(), values.len() as u64);
        }
        assert_eq!(Distribution::of("x", &[1.0; 50]).shares, [1.0]);
    }
}
