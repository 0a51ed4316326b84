//! The design matrix: features clipped, standardised, missing values at the mean; curves and products of them where they
//! help. Each fit has its own.

use rayon::prelude::*;
use scoring::{Shape, Term};

use crate::TrainingError;
use crate::curves::{curves, products};
use crate::rows::Rows;

/// Transformed values are clipped to this part of the training values, so that one wild customer bends no coefficient
/// and the line is never extended far beyond what it was fitted on.
const CLIP: f64 = 0.001;
/// A standard deviation this small against the values is rounding, not difference between customers.
const CONSTANT: f64 = 1e-9;

/// What a design is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recipe {
    /// Which of the rows' columns.
    pub(crate) columns: Vec<usize>,
    pub(crate) shapes: Shapes,
    /// Pairs of these columns whose products the data asked for; one of them twice is a square.
    pub(crate) pairs: Vec<[usize; 2]>,
}

/// What is made of the features beside a line each, from the simplest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shapes {
    Lines,
    Curves,
    CurvesAndProducts,
}

impl Shapes {
    pub(crate) const ALL: [Self; 3] = [Self::Lines, Self::Curves, Self::CurvesAndProducts];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Curves => "curves",
            Self::CurvesAndProducts => "curves and products",
        }
    }
}

impl Recipe {
    pub(crate) fn lines(columns: &[usize]) -> Self {
        Self { columns: columns.to_vec(), shapes: Shapes::Lines, pairs: Vec::new() }
    }

    /// What it is called where designs are compared.
    pub(crate) fn name(&self) -> String {
        match self.pairs.len() {
            0 => self.shapes.as_str().to_owned(),
            found => format!("{} and {found} products found", self.shapes.as_str()),
        }
    }
}

/// How one feature becomes a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// Which of the rows' columns.
    pub(crate) column: usize,
    pub(crate) clip_low: f64,
    pub(crate) clip_high: f64,
    pub(crate) mean: f64,
    pub(crate) sd: f64,
}

/// How rows become a design matrix.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Design {
    pub(crate) scales: Vec<Scale>,
    /// Made of the scaled features; their coefficients are not used here.
    pub(crate) terms: Vec<Term>,
}

impl Design {
    /// Ranges, means and standard deviations of what the recipe asks for over some rows; constant columns are left out.
    pub(crate) fn fit(rows: &Rows, over: &[usize], recipe: &Recipe) -> Result<Self, TrainingError> {
        let scales: Vec<Option<Scale>> =
            recipe.columns.par_iter().map(|column| Scale::fit(rows, over, *column)).collect();
        let scales: Vec<Scale> = scales.into_iter().flatten().collect();
        if scales.is_empty() {
            return Err(TrainingError::NoFeatures { rows: over.len() });
        }
        let mut design = Self { scales, terms: Vec::new() };
        if recipe.shapes > Shapes::Lines || !recipe.pairs.is_empty() {
            let known = design.known(rows, over);
            let names: Vec<&str> =
                design.scales.iter().map(|scale| rows.features[scale.column].name.as_str()).collect();
            let mut shapes = if recipe.shapes > Shapes::Lines { curves(&names, &known) } else { Vec::new() };
            if recipe.shapes == Shapes::CurvesAndProducts {
                shapes.extend(products(&names));
            }
            let place = |column: usize| design.scales.iter().position(|scale| scale.column == column);
            for [a, b] in &recipe.pairs {
                let product = place(*a).zip(place(*b)).map(|(a, b)| Shape::Product { features: [a, b] });
                shapes.extend(product.filter(|product| !shapes.contains(product)));
            }
            let terms: Vec<Option<Term>> =
                shapes.into_par_iter().map(|shape| term(shape, &known, over.len())).collect();
            design.terms = terms.into_iter().flatten().collect();
        }
        Ok(design)
    }

    /// Whether the product of two of the features is a term.
    pub(crate) fn has_product(&self, a: usize, b: usize) -> bool {
        let is_it =
            |shape: &Shape| matches!(shape, Shape::Product { features } if *features == [a, b] || *features == [b, a]);
        self.terms.iter().any(|term| is_it(&term.shape))
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.scales.len() + self.terms.len()
    }

    /// The columns of the design matrix of some rows: features, then terms.
    pub(crate) fn columns(&self, rows: &Rows, of: &[usize]) -> Vec<Vec<f64>> {
        let mut columns = self.known(rows, of);
        let terms: Vec<Vec<f64>> = self
            .terms
            .par_iter()
            .map(|term| (0..of.len()).map(|row| term.standardised(|feature| columns[feature][row])).collect())
            .collect();
        // Only now: to a term, a missing feature is not an average one.
        columns.par_iter_mut().flatten().filter(|value| value.is_nan()).for_each(|value| *value = 0.0);
        columns.extend(terms);
        columns
    }

    /// The standardised features of some rows; NaN where missing.
    fn known(&self, rows: &Rows, of: &[usize]) -> Vec<Vec<f64>> {
        let column = |scale: &Scale| of.iter().map(|row| scale.known(rows.columns[scale.column][*row])).collect();
        self.scales.par_iter().map(column).collect()
    }
}

/// A term standardised over rows, unless it is constant there.
fn term(shape: Shape, known: &[Vec<f64>], rows: usize) -> Option<Term> {
    let values = || (0..rows).map(|row| shape.value(|feature| known[feature][row])).filter(|value| !value.is_nan());
    let n = values().count() as f64;
    let mean = values().sum::<f64>() / n;
    let sd = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
    let largest = values().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    (sd > CONSTANT * largest && sd.is_finite()).then_some(Term { shape, mean, sd, coefficient: 0.0 })
}

impl Scale {
    fn fit(rows: &Rows, over: &[usize], column: usize) -> Option<Self> {
        let values = &rows.columns[column];
        let mut known: Vec<f64> = over.iter().map(|row| values[*row]).filter(|value| !value.is_nan()).collect();
        if known.is_empty() {
            return None;
        }
        let last = known.len() - 1;
        let low_at = (CLIP * last as f64).floor() as usize;
        let clip_low = *known.select_nth_unstable_by(low_at, f64::total_cmp).1;
        let clip_high = *known.select_nth_unstable_by(last - low_at, f64::total_cmp).1;
        // Again in the order of the rows: selection has shuffled them, and sums depend on the order.
        let clipped = || {
            let known = over.iter().map(|row| values[*row]).filter(|value| !value.is_nan());
            known.map(|value| value.clamp(clip_low, clip_high))
        };
        let n = (last + 1) as f64;
        let mean = clipped().sum::<f64>() / n;
        let sd = (clipped().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
        let differs = sd > CONSTANT * clip_low.abs().max(clip_high.abs()) && clip_low < clip_high;
        differs.then_some(Self { column, clip_low, clip_high, mean, sd })
    }

    /// The standardised value; NaN where it is missing.
    fn known(&self, value: f64) -> f64 {
        (value.clamp(self.clip_low, self.clip_high) - self.mean) / self.sd
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use feature_engineering::{by_name, catalogue};

    #[test]
    fn columns_are_standardised_and_constant_ones_left_out() {
        let features = catalogue().iter().take(3).cloned().collect();
        let columns = vec![vec![1.0, 3.0, f64::NAN, 100.0], vec![2.0; 4], vec![f64::NAN; 4]];
        let rows = Rows::toy(features, columns, vec![true, false, true, false]);
        let design = Design::fit(&rows, &[0, 1, 2], &Recipe::lines(&[0, 1, 2])).unwrap();
        assert_eq!(design.scales, [Scale { column: 0, clip_low: 1.0, clip_high: 3.0, mean: 2.0, sd: 1.0 }]);
        // The fourth row was not fitted on: its value counts as the largest that was.
        assert_eq!(design.columns(&rows, &[0, 1, 2, 3]), [[-1.0, 1.0, 0.0, 1.0]]);
        let constant = Design::fit(&rows, &[0, 1], &Recipe::lines(&[1, 2]));
        assert!(matches!(constant, Err(TrainingError::NoFeatures { rows: 2 })));
    }

    #[test]
    fn terms_are_standardised_over_the_rows_where_nothing_is_missing() {
        let features = ["recency_days", "frequency"].map(|name| by_name(name).unwrap().clone()).to_vec();
        let recency: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 101) / 20.0).collect();
        let frequency: Vec<f64> = (0..200).map(|i| if i % 10 == 0 { f64::NAN } else { f64::from(i % 7) }).collect();
        let rows = Rows::toy(features, vec![recency, frequency], (0..200).map(|i| i % 3 == 0).collect());
        let all: Vec<usize> = (0..200).collect();
        let recipe = Recipe { columns: vec![0, 1], shapes: Shapes::CurvesAndProducts, pairs: vec![[0, 1], [1, 1]] };
        let design = Design::fit(&rows, &all, &recipe).unwrap();
        let bends = |feature| {
            let of = |term: &&Term| matches!(term.shape, Shape::Bend { feature: f, .. } if f == feature);
            design.terms.iter().filter(of).count()
        };
        assert_eq!((bends(0), bends(1)), (2, 2), "four knots, two bends each");
        let products: Vec<&Shape> = design.terms[4..].iter().map(|term| &term.shape).collect();
        assert_eq!(products, [&Shape::Product { features: [0, 1] }, &Shape::Product { features: [1, 1] }], "each once");
        let columns = design.columns(&rows, &all);
        assert_eq!(columns.len(), design.len());
        for (at, column) in columns.iter().enumerate() {
            let known: Vec<f64> = column.iter().enumerate().filter(|(row, _)| row % 10 != 0).map(|(_, x)| *x).collect();
            if at == 1 || at >= 4 {
                let (n, sum) = (known.len() as f64, known.iter().sum::<f64>());
                assert!((sum / n).abs() < 1e-12, "{at}");
                assert!((known.iter().map(|x| x * x).sum::<f64>() / n - 1.0).abs() < 1e-12, "{at}");
                assert!(column.iter().step_by(10).all(|x| *x == 0.0), "{at}");
            }
        }
        // Of other rows, a term is what it was fitted to be.
        for (some, all) in design.columns(&rows, &[7, 3]).iter().zip(&columns) {
            assert_eq!(some, &[all[7], all[3]]);
        }
    }
}
