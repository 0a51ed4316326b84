//! The design matrix: features clipped, standardised, missing values at the mean; curves and products of them where they
//! help. Each fit has its own.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;
use rayon::prelude::*;
use scoring::{Factor, Shape, Term};

use crate::TrainingError;
use crate::curves::{bends, curves, knots, products};
use crate::rows::Rows;

/// Transformed values are clipped to this part of the training values, so that one wild customer bends no coefficient
/// and the line is never extended far beyond what it was fitted on.
const CLIP: f64 = 0.001;
/// A standard deviation this small against the values is rounding, not difference between customers.
const CONSTANT: f64 = 1e-9;

/// What a design is made of, and how much rows of what age count in a fit of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recipe {
    /// Which of the rows' columns.
    pub(crate) columns: Vec<usize>,
    pub(crate) shapes: Shapes,
    /// Terms that the data asked for.
    pub(crate) found: Vec<Found>,
    /// In how many days the weight of a row halves, where older ones count less; see [`crate::forgetting`].
    pub(crate) half_life: Option<u16>,
}

/// A term that the data asked for, whatever the rows that a design is fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Found {
    /// A bend by itself.
    Bend(Part),
    /// A product of two; one of them twice is a square.
    Product([Part; 2]),
}

/// A column as it is, or bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    /// Which of the rows' columns.
    pub(crate) column: usize,
    /// Which bend of its curve, where it is not the line.
    pub(crate) bend: Option<usize>,
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
        Self { columns: columns.to_vec(), shapes: Shapes::Lines, found: Vec::new(), half_life: None }
    }

    /// What it is called where designs are compared.
    pub(crate) fn name(&self) -> String {
        match self.found.len() {
            0 => self.shapes.as_str().to_owned(),
            found => format!("{} and {found} terms found", self.shapes.as_str()),
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
        if recipe.shapes > Shapes::Lines || !recipe.found.is_empty() {
            let known = design.known(rows, over);
            let names: Vec<&str> =
                design.scales.iter().map(|scale| rows.features[scale.column].name.as_str()).collect();
            let mut shapes = if recipe.shapes > Shapes::Lines { curves(&names, &known) } else { Vec::new() };
            if recipe.shapes == Shapes::CurvesAndProducts {
                shapes.extend(products(&names));
            }
            for found in design.shapes(&recipe.found, &known) {
                if !shapes.contains(&found) {
                    shapes.push(found);
                }
            }
            let terms: Vec<Option<Term>> =
                shapes.into_par_iter().map(|shape| term(shape, &known, over.len())).collect();
            design.terms = terms.into_iter().flatten().collect();
        }
        Ok(design)
    }

    /// What the terms asked for are over some rows; what has no curve there, or no column, is left out.
    fn shapes(&self, found: &[Found], known: &[Vec<f64>]) -> Vec<Shape> {
        let parts = found.iter().flat_map(|found| match found {
            Found::Bend(part) => vec![*part],
            Found::Product(parts) => parts.to_vec(),
        });
        // Each curve is looked at once, however many terms are made of it.
        let parts: BTreeSet<Part> = parts.collect();
        let mut by_column: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
        parts.into_iter().for_each(|part| by_column.entry(part.column).or_default().push(part));
        let of_column = |(column, parts): (usize, Vec<Part>)| {
            let Some(feature) = self.scales.iter().position(|scale| scale.column == column) else { return Vec::new() };
            let bent = parts.iter().any(|part| part.bend.is_some());
            let knots = if bent { knots(&known[feature]) } else { Vec::new() };
            let factor = |part: Part| match part.bend {
                None => Some((part, Factor::Line { feature })),
                Some(from) => Some((part, factor((feature, from), &knots, &known[feature])?)),
            };
            parts.into_iter().filter_map(factor).collect()
        };
        let factors: Vec<Vec<(Part, Factor)>> = by_column.into_par_iter().map(of_column).collect();
        let factors: BTreeMap<Part, Factor> = factors.into_iter().flatten().collect();
        let shape = |found: &Found| match found {
            Found::Bend(part) => match factors.get(part)?.clone() {
                Factor::Line { .. } => None,
                Factor::Bend { feature, knots, from, .. } => Some(Shape::Bend { feature, knots, from }),
            },
            Found::Product([a, b]) => Some(match [factors.get(a)?.clone(), factors.get(b)?.clone()] {
                [Factor::Line { feature: a }, Factor::Line { feature: b }] => Shape::Product { features: [a, b] },
                factors => Shape::BentProduct { factors },
            }),
        };
        found.iter().filter_map(shape).collect()
    }

    /// Every part that a term can be made of, the lines first, as learnt over some rows.
    pub(crate) fn parts(&self, rows: &Rows, over: &[usize]) -> Vec<(Part, Factor)> {
        let part = |feature: usize, bend| Part { column: self.scales[feature].column, bend };
        let line = |feature| (part(feature, None), Factor::Line { feature });
        let known = self.known(rows, over);
        let bent = |(feature, values): (usize, &Vec<f64>)| -> Vec<(Part, Factor)> {
            let knots = knots(values);
            let of = |from| Some((part(feature, Some(from)), factor((feature, from), &knots, values)?));
            bends(&knots).filter_map(of).collect()
        };
        let bent: Vec<Vec<(Part, Factor)>> = known.par_iter().enumerate().map(bent).collect();
        (0..self.scales.len()).map(line).chain(bent.into_iter().flatten()).collect()
    }

    /// The values of parts, with a row for each; where a feature is missing it counts as its mean.
    pub(crate) fn values(&self, parts: &[(Part, Factor)], rows: &Rows, of: &[usize]) -> Array2<f64> {
        let known = self.known(rows, of);
        Array2::from_shape_fn((parts.len(), of.len()), |(part, row)| {
            let value = parts[part].1.value(|feature| known[feature][row]);
            if value.is_nan() { 0.0 } else { value }
        })
    }

    /// The same with terms that are asked for, learnt over some rows; and which of them there are.
    pub(crate) fn with(&self, rows: &Rows, over: &[usize], asked: &[Found]) -> (Self, Vec<Found>) {
        let known = self.known(rows, over);
        let found = |found: &Found| {
            let shape = self.shapes(std::slice::from_ref(found), &known).pop()?;
            Some((*found, term(shape, &known, over.len())?))
        };
        let found: Vec<Option<(Found, Term)>> = asked.par_iter().map(found).collect();
        let (found, terms): (Vec<Found>, Vec<Term>) = found.into_iter().flatten().unzip();
        (Self { terms: [self.terms.clone(), terms].concat(), ..self.clone() }, found)
    }

    /// The terms, as they could be asked for.
    pub(crate) fn found(&self) -> Vec<Found> {
        let line = |feature: usize| Part { column: self.scales[feature].column, bend: None };
        let bend = |feature: usize, from: usize| Part { bend: Some(from), ..line(feature) };
        let part = |factor: &Factor| match factor {
            Factor::Line { feature } => line(*feature),
            Factor::Bend { feature, from, .. } => bend(*feature, *from),
        };
        let of = |term: &Term| match &term.shape {
            Shape::Bend { feature, from, .. } => Found::Bend(bend(*feature, *from)),
            Shape::Product { features } => Found::Product(features.map(line)),
            Shape::BentProduct { factors } => Found::Product(factors.each_ref().map(part)),
        };
        self.terms.iter().map(of).collect()
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

/// A bend of a feature standardised over rows, unless there is no such bend or it is constant there.
fn factor((feature, from): (usize, usize), knots: &[f64], values: &[f64]) -> Option<Factor> {
    let knots = knots.to_vec();
    let shape = bends(&knots).contains(&from).then_some(Shape::Bend { feature, knots: knots.clone(), from })?;
    let (mean, sd) = moments(|| values.iter().map(|value| shape.value(|_| *value)))?;
    Some(Factor::Bend { feature, knots, from, mean, sd })
}

/// A term standardised over rows, unless it is constant there.
fn term(shape: Shape, known: &[Vec<f64>], rows: usize) -> Option<Term> {
    let (mean, sd) = moments(|| (0..rows).map(|row| shape.value(|feature| known[feature][row])))?;
    Some(Term { shape, mean, sd, coefficient: 0.0 })
}

/// Mean and standard deviation of the values that are not missing, unless they are all the same.
fn moments<I: Iterator<Item = f64>>(values: impl Fn() -> I) -> Option<(f64, f64)> {
    let values = || values().filter(|value| !value.is_nan());
    let n = values().count() as f64;
    let mean = values().sum::<f64>() / n;
    let sd = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
    let largest = values().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    (sd > CONSTANT * largest && sd.is_finite()).then_some((mean, sd))
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
        let line = |column| Part { column, bend: None };
        let bend = |column, from| Part { column, bend: Some(from) };
        let found = vec![
            Found::Product([line(0), line(1)]),
            Found::Product([line(1), line(1)]),
            Found::Bend(bend(0, 1)),
            Found::Product([line(0), bend(1, 0)]),
            Found::Product([bend(1, 1), bend(0, 1)]),
            Found::Product([line(0), bend(1, 2)]),
            Found::Bend(bend(2, 0)),
        ];
        let recipe =
            Recipe { columns: vec![0, 1], shapes: Shapes::CurvesAndProducts, found: found.clone(), half_life: None };
        let design = Design::fit(&rows, &all, &recipe).unwrap();
        // Four knots, two bends each; each term once; a third bend and the curve of a column that is not there are none.
        let curves = [bend(0, 0), bend(0, 1), bend(1, 0), bend(1, 1)].map(Found::Bend);
        let products = [found[0], found[1], found[3], found[4]];
        assert_eq!(design.found(), [curves, products].concat());
        let Shape::BentProduct { factors: [_, Factor::Bend { knots, from: 0, mean, sd, .. }] } = &design.terms[6].shape
        else {
            panic!("{:?}", design.terms[6]);
        };
        let parts = design.parts(&rows, &all);
        let named: Vec<Part> = parts.iter().map(|(part, _)| *part).collect();
        assert_eq!(named, [line(0), line(1), bend(0, 0), bend(0, 1), bend(1, 0), bend(1, 1)]);
        let values = design.values(&parts, &rows, &all);
        for (row, value) in values.row(4).iter().enumerate() {
            let shape = Shape::Bend { feature: 0, knots: knots.clone(), from: 0 };
            let expected = if row % 10 == 0 { 0.0 } else { (shape.value(|_| values[[1, row]]) - mean) / sd };
            assert!((value - expected).abs() < 1e-12, "{row}: {value} {expected}");
        }
        let lines = Design { terms: Vec::new(), ..design.clone() };
        let (wider, there) = lines.with(&rows, &all, &found);
        assert_eq!((wider.found(), there), (found[..5].to_vec(), found[..5].to_vec()));
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
