//! From the features of a customer to the columns that the coefficients weigh: a line for each feature, and terms beyond
//! lines.

use feature_engineering::{Feature, FeatureTable};
use serde::{Deserialize, Serialize};

use crate::ScoringError;
use crate::model::Model;
use crate::model_file::ModelFile;

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

/// What a term is made of: features by their place in the model, standardised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// The part of a restricted cubic spline that begins at one of its knots: with the line of the feature and the parts of
    /// all knots but the last two, a curve of cubic pieces that is straight outside the outer knots (Stone & Koo 1985;
    /// Harrell 2015, Regression Modeling Strategies, eq. 2.25, divided by the squared distance of the outer knots).
    Bend {
        /// Place of the feature.
        feature: usize,
        /// The knots, rising; at least three.
        knots: Vec<f64>,
        /// Place of the knot at which it begins.
        from: usize,
    },
    /// The product of two features.
    Product {
        /// Their places.
        features: [usize; 2],
    },
}

impl Shape {
    /// The value for standardised features; NaN where one that is needed is missing (NaN).
    #[must_use]
    pub fn value(&self, standardised: impl Fn(usize) -> f64) -> f64 {
        match self {
            Self::Bend { feature, knots, from } => bend(standardised(*feature), knots, *from),
            Self::Product { features: [a, b] } => standardised(*a) * standardised(*b),
        }
    }

    /// The features that it is made of; one of them twice is a square.
    #[must_use]
    pub fn features(&self) -> [usize; 2] {
        match self {
            Self::Bend { feature, .. } => [*feature; 2],
            Self::Product { features } => *features,
        }
    }
}

fn bend(x: f64, knots: &[f64], from: usize) -> f64 {
    let [first, .., before_last, last] = knots else { return f64::NAN };
    let Some(knot) = knots.get(from) else { return f64::NAN };
    // f64::max would take 0 for a missing value.
    let cube = |x: f64| if x > 0.0 { x * x * x } else { 0.0 * x };
    let (inner, outer) = (last - before_last, last - first);
    let sum = cube(x - knot) - cube(x - before_last) * ((last - knot) / inner)
        + cube(x - last) * ((before_last - knot) / inner);
    sum / (outer * outer)
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

    /// Made by tests/reference/splines.py with numpy 2.4.6 from the formula of R's Hmisc::rcspline.eval.
    #[test]
    fn a_bend_is_that_of_the_reference() {
        let knots = [-1.5, -0.5, 0.25, 1.75];
        for (x, from, expected) in SPLINE {
            assert!((bend(x, &knots, from) - expected).abs() < 1e-15, "{x} {from}: {}", bend(x, &knots, from));
        }
        assert!(bend(f64::NAN, &knots, 0).is_nan());
    }

    const SPLINE: [(f64, usize, f64); 12] = [
        (-2.0, 0, 0.0),
        (-2.0, 1, 0.0),
        (-1.0, 0, 0.011834319526627219),
        (-1.0, 1, 0.0),
        (0.0, 0, 0.31952662721893493),
        (0.0, 1, 0.011834319526627219),
        (0.75, 0, 1.0527613412228796),
        (0.75, 1, 0.16715976331360946),
        (1.75, 0, 2.5576923076923075),
        (1.75, 1, 0.599112426035503),
        (3.0, 0, 4.576923076923077),
        (3.0, 1, 1.198224852071006),
    ];

    #[test]
    fn a_spline_is_straight_outside_its_knots_and_smooth_at_them() {
        let knots = [-1.0, 0.0, 0.5, 2.0];
        for from in [0, 1] {
            assert_eq!(bend(-3.0, &knots, from), 0.0);
            let at = |x: f64| bend(x, &knots, from);
            assert!((at(5.0) - 2.0 * at(4.0) + at(3.0)).abs() < 1e-12, "straight beyond the last knot");
            for knot in knots {
                let (step, slope) = (1e-5, |x: f64, step: f64| (at(x + step) - at(x)) / step);
                assert!((slope(knot, step) - slope(knot, -step)).abs() < 1e-3, "no corner at {knot}");
            }
        }
    }

    #[test]
    fn what_is_missing_counts_as_the_mean() {
        let term = Term { shape: Shape::Product { features: [0, 1] }, mean: 0.5, sd: 2.0, coefficient: 1.0 };
        assert_eq!(term.standardised(|feature| [3.0, 2.0][feature]), 2.75);
        assert_eq!(term.standardised(|feature| [3.0, f64::NAN][feature]), 0.0);
    }
}
