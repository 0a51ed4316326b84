//! Eight rows at a time: their logits, what each feature contributes to them, the largest contributions, and the variances of the logits.
//!
//! The numbers at work stay in vector registers. Everything is summed in the order in which it would be summed for one row alone, and
//! nothing is multiplied and added in one step: a row has the same bits on every processor, whichever rows it is with. The vectors are
//! written out: left to the compiler, rustc 1.95 makes code for AVX-512 that mixes up the places.

use fearless_simd::{Level, Select as _, Simd, SimdBase as _, dispatch, f64x8};

use crate::segments::Weights;

/// Rows that are gone through together.
pub(crate) const LANES: usize = 8;

/// A number of each of the rows.
pub(crate) type Eight = [f64; LANES];

/// The rows of a matrix that are summed side by side.
const ROWS_OF_A_MATRIX: usize = 4;

/// The three largest of numbers that come one after the other; of equal ones the earlier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Largest<S: Simd> {
    values: [f64x8<S>; 3],
    places: [f64x8<S>; 3],
}

impl<S: Simd> Largest<S> {
    #[inline(always)]
    pub(crate) fn none(simd: S) -> Self {
        Self { values: [f64x8::splat(simd, f64::NEG_INFINITY); 3], places: [f64x8::splat(simd, 0.0); 3] }
    }

    /// The next number, which has this place.
    #[inline(always)]
    pub(crate) fn put(&mut self, simd: S, place: usize, mut value: f64x8<S>) {
        let mut of = f64x8::splat(simd, place as f64);
        // Down the three: what is smaller goes on to the next.
        for (held, of_held) in self.values.iter_mut().zip(&mut self.places) {
            let is_larger = value.simd_gt(*held);
            let smaller = (is_larger.select(*held, value), is_larger.select(*of_held, of));
            (*held, *of_held) = (is_larger.select(value, *held), is_larger.select(of, *of_held));
            (value, of) = smaller;
        }
    }

    /// The places of the largest, of the second, of the third; 0 where there were fewer numbers.
    #[inline(always)]
    pub(crate) fn places(self) -> [Eight; 3] {
        self.places.map(Into::into)
    }

    /// The numbers themselves; negative infinity where there were fewer.
    #[inline(always)]
    pub(crate) fn values(self) -> [Eight; 3] {
        self.values.map(Into::into)
    }
}

/// The logits of rows; `column` gives the values of a coefficient's column, `contributed` hears what each adds.
#[inline(always)]
pub(crate) fn logits<S: Simd>(
    simd: S,
    (coefficients, intercept): (&[f64], f64),
    column: impl Fn(usize) -> f64x8<S>,
    mut contributed: impl FnMut(usize, f64x8<S>),
) -> f64x8<S> {
    let mut logits = f64x8::splat(simd, intercept);
    for (number, coefficient) in coefficients.iter().enumerate() {
        let value = column(number) * f64x8::splat(simd, *coefficient);
        logits += value;
        contributed(number, value);
    }
    logits
}

/// How rows that have the same weights are weighed.
#[derive(Debug)]
pub(crate) struct Weighing<'a> {
    /// Features of the model; what weights there are beyond them are those of terms.
    pub(crate) features: usize,
    /// Of each term the features that share what it contributes.
    pub(crate) of_terms: &'a [[usize; 2]],
    /// For each feature the number of its reason.
    pub(crate) reason_of: &'a [usize],
    /// How many reasons there are.
    pub(crate) reasons: usize,
    /// By which contributions to the logit become contributions to the calibrated one.
    pub(crate) slope: f64,
}

/// What was found of eight rows; kept for the next ones, whose numbers take the same room.
#[derive(Debug, Default)]
pub(crate) struct Weighed {
    /// Before calibration.
    pub(crate) logits: Eight,
    /// `x'Vx` of each row.
    pub(crate) variances: Eight,
    /// What each reason contributes to the calibrated logit.
    pub(crate) reasons: Vec<Eight>,
    /// Numbers of the three reasons that contribute most, the largest first.
    pub(crate) largest: [Eight; 3],
    /// What they contribute; negative infinity where there are fewer reasons.
    pub(crate) contributions: [Eight; 3],
    of_features: Vec<Eight>,
}

impl Weighing<'_> {
    /// Weighs rows: `x` has what the intercept (1) and each coefficient weighs.
    pub(crate) fn weigh(&self, level: Level, weights: &Weights<'_>, x: &[Eight], found: &mut Weighed) {
        dispatch!(level, simd => self.weigh_with(simd, weights, x, found));
    }

    #[inline(always)]
    fn weigh_with<S: Simd>(&self, simd: S, weights: &Weights<'_>, x: &[Eight], found: &mut Weighed) {
        let load = |eight: &Eight| f64x8::load_array(simd, *eight);
        let half = f64x8::splat(simd, 0.5);
        found.of_features.clear();
        found.of_features.resize(self.features, [0.0; LANES]);
        let of_features = &mut found.of_features;
        let columns = &x[1..];
        let logits = logits(
            simd,
            (&weights.coefficients, weights.intercept),
            |number| load(&columns[number]),
            |number, value| {
                if let Some(of_feature) = of_features.get_mut(number) {
                    *of_feature = value.into();
                }
            },
        );
        for ((of, coefficient), x) in
            self.of_terms.iter().zip(&weights.coefficients[self.features..]).zip(&columns[self.features..])
        {
            let value = half * f64x8::splat(simd, *coefficient) * load(x);
            for feature in of {
                of_features[*feature] = (load(&of_features[*feature]) + value).into();
            }
        }
        found.reasons.clear();
        found.reasons.resize(self.reasons, [0.0; LANES]);
        let slope = f64x8::splat(simd, self.slope);
        for (reason, of_feature) in self.reason_of.iter().zip(of_features) {
            found.reasons[*reason] = (load(&found.reasons[*reason]) + slope * load(of_feature)).into();
        }
        let mut largest = Largest::none(simd);
        for (number, reason) in found.reasons.iter().enumerate() {
            largest.put(simd, number, load(reason));
        }
        found.logits = logits.into();
        found.variances = quadratic_forms(simd, &weights.covariance, x).into();
        found.largest = largest.places();
        found.contributions = largest.values();
    }
}

/// `x'Mx` of each row.
#[inline(always)]
fn quadratic_forms<S: Simd>(simd: S, matrix: &[Vec<f64>], x: &[Eight]) -> f64x8<S> {
    let load = |eight: &Eight| f64x8::load_array(simd, *eight);
    let zero = f64x8::splat(simd, 0.0);
    let mut sum = zero;
    let (fours, rest) = matrix.as_chunks::<ROWS_OF_A_MATRIX>();
    for (four, of) in fours.iter().zip(x.chunks_exact(ROWS_OF_A_MATRIX)) {
        let [a, b, c, d] = four;
        let mut inner = [zero; ROWS_OF_A_MATRIX];
        for ((((a, b), c), d), x) in a.iter().zip(b).zip(c).zip(d).zip(x) {
            let x = load(x);
            inner[0] += f64x8::splat(simd, *a) * x;
            inner[1] += f64x8::splat(simd, *b) * x;
            inner[2] += f64x8::splat(simd, *c) * x;
            inner[3] += f64x8::splat(simd, *d) * x;
        }
        for (x, inner) in of.iter().zip(inner) {
            sum += load(x) * inner;
        }
    }
    for (row, of) in rest.iter().zip(&x[matrix.len() - rest.len()..]) {
        let mut inner = zero;
        for (value, x) in row.iter().zip(x) {
            inner += f64x8::splat(simd, *value) * load(x);
        }
        sum += load(of) * inner;
    }
    sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::borrow::Cow;

    use super::*;
    use crate::score::quadratic_form;

    /// Numbers between -2 and 2, some of them equal.
    fn number(a: usize, b: usize) -> f64 {
        ((a * 7_919 + b * 104_729 + a * b) % 401) as f64 / 100.0 - 2.0
    }

    #[test]
    fn eight_rows_have_the_bits_of_each_alone_by_every_level_of_the_processor() {
        for (features, of_terms) in [(1, vec![]), (3, vec![[0, 2], [1, 1]]), (40, vec![[3, 3], [39, 0], [7, 8]])] {
            let parameters = 1 + features + of_terms.len();
            let reason_of: Vec<usize> = (0..features).map(|feature| feature * 5 % 7 % features).collect();
            let weighing = Weighing { features, of_terms: &of_terms, reason_of: &reason_of, reasons: 7, slope: 0.9 };
            let weights = Weights {
                intercept: -0.3,
                coefficients: (1..parameters).map(|at| number(at, 3) / 3.0).collect(),
                covariance: Cow::Owned(
                    (0..parameters)
                        .map(|i| (0..parameters).map(|j| number(i.min(j), i.max(j)) / 7.0).collect())
                        .collect(),
                ),
            };
            let x: Vec<Eight> = (0..parameters)
                .map(|at| std::array::from_fn(|lane| if at == 0 { 1.0 } else { number(at, lane) / 1.1 }))
                .collect();
            for level in [Level::new(), Level::baseline()] {
                let mut found = Weighed::default();
                // Twice: what is left of the rows before changes nothing.
                for _ in 0..2 {
                    weighing.weigh(level, &weights, &x, &mut found);
                }
                for lane in 0..LANES {
                    let x: Vec<f64> = x.iter().map(|eight| eight[lane]).collect();
                    assert_eq!(found.logits[lane].to_bits(), weights.logit(&x).to_bits());
                    assert_eq!(found.variances[lane].to_bits(), quadratic_form(&weights.covariance, &x).to_bits());
                    let (of_features, of_weights) = weights.coefficients.split_at(features);
                    let mut contributions: Vec<f64> = of_features.iter().zip(&x[1..]).map(|(c, x)| c * x).collect();
                    for ((of, coefficient), x) in of_terms.iter().zip(of_weights).zip(&x[1 + features..]) {
                        of.iter().for_each(|feature| contributions[*feature] += 0.5 * coefficient * x);
                    }
                    let mut reasons = [0.0; 7];
                    for (reason, contribution) in reason_of.iter().zip(contributions) {
                        reasons[*reason] += 0.9 * contribution;
                    }
                    for (found, expected) in found.reasons.iter().zip(reasons) {
                        assert_eq!(found[lane].to_bits(), f64::to_bits(expected));
                    }
                    let mut order: Vec<usize> = (0..7).collect();
                    order.sort_by(|a, b| reasons[*b].total_cmp(&reasons[*a]).then(a.cmp(b)));
                    let places = found.largest.map(|places| places[lane] as usize);
                    assert_eq!(places, order[..3], "{reasons:?}");
                    assert_eq!(found.contributions.map(|values| values[lane]), places.map(|place| reasons[place]));
                }
            }
        }
    }

    #[test]
    fn of_fewer_than_three_numbers_the_others_are_infinitely_small() {
        dispatch!(Level::new(), simd => {
            let mut largest = Largest::none(simd);
            largest.put(simd, 4, f64x8::splat(simd, -1.0));
            assert_eq!(largest.values().map(|values| values[7]), [-1.0, f64::NEG_INFINITY, f64::NEG_INFINITY]);
            assert_eq!(largest.places().map(|places| places[7]), [4.0, 0.0, 0.0]);
        });
    }
}
