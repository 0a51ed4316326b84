//! Which features may bend, and which may work together.
//!
//! Log-odds of churn are seldom a line of how long a customer has been silent: the first weeks say little, and after a
//! year another week says nothing. The list is short on purpose: every candidate is fitted whenever it is asked for, and
//! whether the whole set is kept is decided on a slice that none of them saw.

use scoring::Shape;

/// Features that get a restricted cubic spline.
const CURVED: [&str; 8] = [
    "recency_days",
    "recency_over_gap",
    "tenure_days",
    "frequency",
    "silence_logit",
    "purchases_90d",
    "days_since_sign_of_life",
    "expected_signs_since_last",
];

/// Features of which the product is taken: silence weighs more the more often, the longer and the more regularly a
/// customer has bought.
const TOGETHER: [(&str, &str); 4] = [
    ("recency_days", "frequency"),
    ("recency_days", "gap_mean_days"),
    ("recency_days", "tenure_days"),
    ("silence_logit", "frequency"),
];

/// Where the knots lie, as shares of the rows: four of them, after Harrell (2015), Regression Modeling Strategies, table
/// 2.3.
const KNOTS: [f64; 4] = [0.05, 0.35, 0.65, 0.95];
/// Two knots nearer than this, in standard deviations, are one.
const NEAREST: f64 = 1e-6;

/// The bends of the features of these names, whose standardised values (NaN where missing) say where the knots lie.
/// Features with fewer than three different knots have none.
pub(crate) fn curves(names: &[&str], known: &[Vec<f64>]) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for name in CURVED {
        let Some(feature) = names.iter().position(|found| *found == name) else { continue };
        let knots = knots(&known[feature]);
        for from in bends(&knots) {
            shapes.push(Shape::Bend { feature, knots: knots.clone(), from });
        }
    }
    shapes
}

/// The bends of a curve, each by the knot at which it begins; none where there are fewer than three knots.
pub(crate) fn bends(knots: &[f64]) -> std::ops::Range<usize> {
    0..knots.len().saturating_sub(2)
}

/// The products of the features of these names.
pub(crate) fn products(names: &[&str]) -> Vec<Shape> {
    let place = |name: &str| names.iter().position(|found| *found == name);
    let product = |(a, b): &(&str, &str)| Some(Shape::Product { features: [place(a)?, place(b)?] });
    TOGETHER.iter().filter_map(product).collect()
}

/// Where the knots of a curve of these values lie (NaN where missing).
pub(crate) fn knots(values: &[f64]) -> Vec<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let last = known.len() - 1;
    let mut knots = Vec::with_capacity(KNOTS.len());
    for share in KNOTS {
        let at = (share * last as f64).round() as usize;
        knots.push(*known.select_nth_unstable_by(at, f64::total_cmp).1);
    }
    knots.dedup_by(|b, a| *b - *a < NEAREST);
    knots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knots_lie_at_quantiles_and_equal_ones_are_one() {
        let values: Vec<f64> = (0..=100).map(|i| f64::from(i * 37 % 101)).chain([f64::NAN]).collect();
        assert_eq!(knots(&values), [5.0, 35.0, 65.0, 95.0]);
        let flags: Vec<f64> = (0..100).map(|i| f64::from(i32::from(i < 30))).collect();
        assert_eq!(knots(&flags), [0.0, 1.0]);
        assert!(knots(&[f64::NAN; 3]).is_empty());
    }

    #[test]
    fn only_features_that_are_there_are_bent_and_multiplied() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        let flags: Vec<f64> = (0..=100).map(|i| f64::from(i % 2)).collect();
        let shapes = curves(&["monetary_total", "tenure_days", "frequency"], &[values.clone(), values, flags]);
        let of_tenure = |shape: &Shape| matches!(shape, Shape::Bend { feature: 1, .. });
        assert!(shapes.len() == 2 && shapes.iter().all(of_tenure), "{shapes:?}");
        assert_eq!(products(&["frequency", "silence_logit"]), [Shape::Product { features: [1, 0] }]);
    }
}
