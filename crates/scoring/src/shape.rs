//! What terms beyond lines are made of: bends of features, and products.

use serde::{Deserialize, Serialize};

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
    /// The product of two factors of which one at least is bent: what one feature does changes within the range of the other.
    /// From format 5.
    BentProduct {
        /// The factors.
        factors: [Factor; 2],
    },
}

/// A factor of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Factor {
    /// A feature as it is.
    Line {
        /// Its place.
        feature: usize,
    },
    /// A [`Shape::Bend`], standardised.
    Bend {
        /// Place of the feature.
        feature: usize,
        /// The knots, rising; at least three.
        knots: Vec<f64>,
        /// Place of the knot at which it begins.
        from: usize,
        /// Mean of the bend over the training rows where the feature is not missing.
        mean: f64,
        /// Standard deviation (divided by n) over the same rows.
        sd: f64,
    },
}

impl Shape {
    /// The value for standardised features; NaN where one that is needed is missing (NaN).
    #[must_use]
    pub fn value(&self, standardised: impl Fn(usize) -> f64) -> f64 {
        match self {
            Self::Bend { feature, knots, from } => bend(standardised(*feature), knots, *from),
            Self::Product { features: [a, b] } => standardised(*a) * standardised(*b),
            Self::BentProduct { factors: [a, b] } => a.value(&standardised) * b.value(&standardised),
        }
    }

    /// The features that it is made of; one of them twice is a bend, a square, or a product of a feature with its own bend.
    #[must_use]
    pub fn features(&self) -> [usize; 2] {
        match self {
            Self::Bend { feature, .. } => [*feature; 2],
            Self::Product { features } => *features,
            Self::BentProduct { factors } => factors.each_ref().map(Factor::feature),
        }
    }

    /// The knots of each bend in it, with the place at which it begins.
    pub(crate) fn bends(&self) -> impl Iterator<Item = (&[f64], usize)> {
        let of = match self {
            Self::Bend { knots, from, .. } => [Some((knots.as_slice(), *from)), None],
            Self::Product { .. } => [None, None],
            Self::BentProduct { factors: [a, b] } => [a.bend(), b.bend()],
        };
        of.into_iter().flatten()
    }

    /// Mean and standard deviation of each bent factor.
    pub(crate) fn scales(&self) -> impl Iterator<Item = (f64, f64)> {
        let factors = match self {
            Self::BentProduct { factors } => factors.as_slice(),
            Self::Bend { .. } | Self::Product { .. } => &[],
        };
        factors.iter().filter_map(|factor| match factor {
            Factor::Line { .. } => None,
            Factor::Bend { mean, sd, .. } => Some((*mean, *sd)),
        })
    }
}

impl Factor {
    /// The value for standardised features; NaN where its own is missing (NaN).
    #[must_use]
    pub fn value(&self, standardised: impl Fn(usize) -> f64) -> f64 {
        match self {
            Self::Line { feature } => standardised(*feature),
            Self::Bend { feature, knots, from, mean, sd } => (bend(standardised(*feature), knots, *from) - mean) / sd,
        }
    }

    fn bend(&self) -> Option<(&[f64], usize)> {
        match self {
            Self::Line { .. } => None,
            Self::Bend { knots, from, .. } => Some((knots, *from)),
        }
    }

    /// The place of its feature.
    #[must_use]
    pub fn feature(&self) -> usize {
        match self {
            Self::Line { feature } | Self::Bend { feature, .. } => *feature,
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
    fn a_bent_product_is_the_product_of_its_standardised_factors() {
        let knots = vec![-1.5, -0.5, 0.25, 1.75];
        let bent = Factor::Bend { feature: 1, knots: knots.clone(), from: 1, mean: 0.1, sd: 0.5 };
        let shape = Shape::BentProduct { factors: [Factor::Line { feature: 0 }, bent] };
        let value = shape.value(|feature| [2.0, 0.75][feature]);
        assert!((value - 2.0 * (0.16715976331360946 - 0.1) / 0.5).abs() < 1e-15, "{value}");
        assert_eq!((shape.features(), shape.bends().count()), ([0, 1], 1));
        assert_eq!(shape.bends().next(), Some((knots.as_slice(), 1)));
        for missing in [[f64::NAN, 0.75], [2.0, f64::NAN]] {
            assert!(shape.value(|feature| missing[feature]).is_nan());
        }
    }
}
