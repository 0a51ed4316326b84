//! From the features of a customer to the columns that the coefficients weigh: a line for each feature, and terms beyond
//! lines.

use feature_engineering::{Feature, FeatureTable};
use serde::{Deserialize, Serialize};

use crate::ScoringError;
use crate::model::Model;
use crate::model_file::ModelFile;
use crate::shape::Shape;

/// A column made of the standardised features, itself standardised. Where a feature that it needs is missing, it counts as
/// its mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What it is made of.
    pub shape: Shape,
    /// Mean over the training rows where nothing is missing.
    pub mean: f64,
    /// Standard deviation (divided by n) over the same rows.
    pub sd: f64,
    /// Change of the logit per standard deviation.
    pub coefficient: f64,
}

impl Term {
    /// The standardised value for standardised features (NaN where missing); 0 where one that is needed is missing.
    #[must_use]
    pub fn standardised(&self, features: impl Fn(usize) -> f64) -> f64 {
        let value = self.shape.value(features);
        if value.is_nan() { 0.0 } else { (value - self.mean) / self.sd }
    }
}

/// The columns of a table that a model needs, in the order of its features.
pub(crate) struct Design<'a> {
    file: &'a ModelFile,
    columns: Vec<(&'a Feature, &'a [f64])>,
}

impl<'a> Design<'a> {
    /// # Errors
    /// [`ScoringError::MissingFeature`].
    pub(crate) fn of(model: &'a Model, table: &'a FeatureTable) -> Result<Self, ScoringError> {
        let column = |feature: &'a std::sync::Arc<Feature>| {
            let missing = || ScoringError::MissingFeature { name: feature.name.clone() };
            Ok((feature.as_ref(), table.column_named(&feature.name).ok_or_else(missing)?))
        };
        let columns = model.features().iter().map(column).collect::<Result<_, ScoringError>>()?;
        Ok(Self { file: model.file(), columns })
    }

    /// The design of columns given in the order of the model's features.
    #[cfg(test)]
    pub(crate) fn of_columns(model: &'a Model, columns: &'a [Vec<f64>]) -> Self {
        let columns =
            model.features().iter().zip(columns).map(|(feature, column)| (feature.as_ref(), column.as_slice()));
        Self { file: model.file(), columns: columns.collect() }
    }

    /// Fills `x` with what the intercept and the coefficients weigh: 1, the features, the terms.
    ///
    /// # Errors
    /// The feature that is infinite, or missing in a model that has nothing else to go by; and its value.
    pub(crate) fn row(&self, row: usize, x: &mut Vec<f64>) -> Result<(), (&'a Feature, f64)> {
        x.clear();
        x.push(1.0);
        for (weight, (feature, column)) in self.file.features.iter().zip(&self.columns) {
            let value = column[row];
            if value.is_infinite() || (value.is_nan() && self.file.not_trained.is_some()) {
                return Err((feature, value));
            }
            x.push(weight.known(feature.transform, value));
        }
        let features = x.len();
        for term in &self.file.terms {
            let value = term.standardised(|feature| x[feature + 1]);
            x.push(value);
        }
        // Only now: to a term, a missing feature is not an average one.
        x[..features].iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = 0.0);
        Ok(())
    }
}

impl ModelFile {
    /// How many parameters there are: the intercept, and a coefficient for each feature and term.
    pub(crate) fn parameters(&self) -> usize {
        1 + self.features.len() + self.terms.len()
    }

    /// The coefficients, in the order in which they are summed.
    pub(crate) fn coefficients(&self) -> impl Iterator<Item = f64> {
        let terms = self.terms.iter().map(|term| term.coefficient);
        self.features.iter().map(|weight| weight.coefficient).chain(terms)
    }

    /// What each feature contributes to the logit with some coefficients: its line, its bends, and half of each product.
    pub(crate) fn contributions(&self, coefficients: &[f64], x: &[f64], out: &mut Vec<f64>) {
        let (of_features, of_terms) = coefficients.split_at(self.features.len());
        out.clear();
        out.extend(of_features.iter().zip(&x[1..]).map(|(coefficient, x)| coefficient * x));
        for ((term, coefficient), x) in self.terms.iter().zip(of_terms).zip(&x[1 + of_features.len()..]) {
            for feature in term.shape.features() {
                out[feature] += 0.5 * coefficient * x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_counts_as_the_mean() {
        let term = Term { shape: Shape::Product { features: [0, 1] }, mean: 0.5, sd: 2.0, coefficient: 1.0 };
        assert_eq!(term.standardised(|feature| [3.0, 2.0][feature]), 2.75);
        assert_eq!(term.standardised(|feature| [3.0, f64::NAN][feature]), 0.0);
    }
}
