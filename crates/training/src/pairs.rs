//! Which products of two features the data ask for: a score test of every pair, given a fit without them.
//!
//! For a logistic regression whose gradient is zero, the score statistic of one more column `v` is
//!
//! ```text
//! (v'r)² / (v'Wv - v'WZ (Z'WZ)⁻¹ Z'Wv)      r = churned - p,  W = diag(p (1 - p))
//! ```
//!
//! (Rao 1948), chi-squared with one degree of freedom if the column has no part in churn. `Z` should be all columns; here it
//! is the intercept and the two features themselves, so that the statistic of every pair comes out of four products of
//! matrices. It ranks pairs; whether those ranked first are kept is decided on a slice that the fit never saw.

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

/// Most products found at a time: with these in the design the next ones are ranked anew.
const MOST: usize = 16;
/// Most products of one feature found at a time: what several pairs say alike would otherwise crowd out the rest.
const MOST_OF_ONE: usize = 2;
/// The least statistic: 5 % for one of 4,000 pairs (Bonferroni).
const LEAST: f64 = 20.0;
/// What is left of a product next to its features must be more than this part of it, else it is only rounding.
const LEFT: f64 = 1e-6;
/// Rows summed at a time. Sums are of blocks of this size, in their order, whatever the number of threads.
const BLOCK: usize = 4_096;

/// Pairs of features, given by the columns of a design, whose products would improve a fit with these `logits` most, best
/// first. `is_taken` says which are in the design already.
pub(crate) fn promising(
    columns: &[Vec<f64>],
    logits: &[f64],
    churned: &[bool],
    is_taken: impl Fn(usize, usize) -> bool,
) -> Vec<[usize; 2]> {
    let features = columns.len();
    let sums = Sums::of(columns, logits, churned);
    let mut ranked: Vec<(f64, [usize; 2])> = Vec::new();
    for a in 0..features {
        for b in a..features {
            let statistic = sums.statistic(a, b);
            if statistic >= LEAST && !is_taken(a, b) {
                ranked.push((statistic, [a, b]));
            }
        }
    }
    // Stable: equal ones stay in the order of the features.
    ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut times = vec![0; features];
    let mut found = Vec::new();
    for (_, [a, b]) in ranked {
        if found.len() < MOST && times[a] < MOST_OF_ONE && times[b] < MOST_OF_ONE {
            times[a] += 1;
            times[b] += usize::from(a != b);
            found.push([a, b]);
        }
    }
    found
}

/// Sums over rows, weighted by `W` but for the residuals.
struct Sums {
    /// Of the weights.
    weight: f64,
    /// Of each feature.
    first: Array1<f64>,
    /// Of residual a b.
    residual: Array2<f64>,
    /// Of a b.
    product: Array2<f64>,
    /// Of a² b.
    squared: Array2<f64>,
    /// Of a² b².
    both_squared: Array2<f64>,
}

impl Sums {
    fn of(columns: &[Vec<f64>], logits: &[f64], churned: &[bool]) -> Self {
        let features = columns.len();
        let none = || Self {
            weight: 0.0,
            first: Array1::zeros(features),
            residual: Array2::zeros((features, features)),
            product: Array2::zeros((features, features)),
            squared: Array2::zeros((features, features)),
            both_squared: Array2::zeros((features, features)),
        };
        let of_block = |from: &usize| {
            let rows = *from..(from + BLOCK).min(logits.len());
            let x = Array2::from_shape_fn((rows.len(), features), |(row, column)| columns[column][from + row]);
            let p = |row: usize| 1.0 / (1.0 + (-logits[row]).exp());
            let weights: Array1<f64> = rows.clone().map(|row| p(row) * (1.0 - p(row))).collect();
            let residuals: Array1<f64> = rows.map(|row| f64::from(u8::from(churned[row])) - p(row)).collect();
            let weighted = &x * &weights.view().insert_axis(Axis(1));
            let squares = &x * &x;
            Self {
                weight: weights.sum(),
                first: weighted.sum_axis(Axis(0)),
                residual: x.t().dot(&(&x * &residuals.insert_axis(Axis(1)))),
                product: x.t().dot(&weighted),
                squared: squares.t().dot(&weighted),
                both_squared: squares.t().dot(&(&weighted * &x)),
            }
        };
        let starts: Vec<usize> = (0..logits.len()).step_by(BLOCK).collect();
        // A few blocks at a time: their sums would otherwise be as large as the rows.
        let mut total = none();
        for some in starts.chunks(16) {
            let sums: Vec<Self> = some.par_iter().map(of_block).collect();
            for sum in sums {
                total.weight += sum.weight;
                total.first += &sum.first;
                total.residual += &sum.residual;
                total.product += &sum.product;
                total.squared += &sum.squared;
                total.both_squared += &sum.both_squared;
            }
        }
        total
    }

    /// The score statistic of the product of two features, given the intercept and both; 0 where nothing is left of it.
    fn statistic(&self, a: usize, b: usize) -> f64 {
        let whole = self.both_squared[[a, b]];
        // The product against the intercept, then against each feature with the intercept taken out of it.
        let with = |feature: usize| match feature {
            f if f == a => self.squared[[a, b]],
            _ => self.squared[[b, a]],
        };
        let mean = |feature: usize| self.first[feature] / self.weight;
        let variance = |f: usize, g: usize| self.product[[f, g]] - mean(f) * self.first[g];
        let against = |feature: usize| with(feature) - mean(feature) * self.product[[a, b]];
        let mut left = whole - self.product[[a, b]] * self.product[[a, b]] / self.weight;
        let (of_a, of_b) = (against(a), against(b));
        let (va, vb, vab) = (variance(a, a), variance(b, b), variance(a, b));
        left -= if a == b {
            of_a * of_a / va
        } else {
            let determinant = va * vb - vab * vab;
            (of_a * of_a * vb - 2.0 * of_a * of_b * vab + of_b * of_b * va) / determinant
        };
        let statistic = self.residual[[a, b]].powi(2) / left;
        if left > LEFT * whole && statistic.is_finite() { statistic } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern, from -1 to 1.
    fn noise(row: usize, column: usize) -> f64 {
        let mut z = (row as u64 * 31 + column as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    #[test]
    fn the_product_that_drives_churn_is_found_and_no_other() {
        let rows = 20_000;
        let x: Vec<Vec<f64>> = (0..5).map(|column| (0..rows).map(|row| noise(row, column)).collect()).collect();
        let churned: Vec<bool> = (0..rows)
            .map(|row| noise(row, 9) * 0.5 + 0.5 < 1.0 / (1.0 + (-x[1][row] * x[3][row] - 0.3).exp()))
            .collect();
        let logits = vec![0.3; rows];
        assert_eq!(promising(&x, &logits, &churned, |_, _| false), [[1, 3]]);
        assert!(promising(&x, &logits, &churned, |a, b| (a, b) == (1, 3)).is_empty(), "not twice");
        assert!(promising(&x[..3], &logits, &churned, |_, _| false).is_empty(), "of the first columns alone");
    }

    #[test]
    fn the_statistic_is_that_of_weighted_least_squares() {
        let rows = 300;
        let column = |column: usize| (0..rows).map(|row| noise(row, column) + 0.4 * column as f64).collect();
        let x: Vec<Vec<f64>> = (0..2).map(column).collect();
        let logits: Vec<f64> = (0..rows).map(|row| noise(row, 5)).collect();
        let churned: Vec<bool> = (0..rows).map(|row| noise(row, 7) > 0.1).collect();
        let sums = Sums::of(&x, &logits, &churned);
        for (a, b) in [(0, 1), (0, 0)] {
            // Gram and Schmidt over the rows themselves.
            let p: Vec<f64> = logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
            let dot =
                |u: &[f64], v: &[f64]| (0..rows).map(|row| u[row] * v[row] * p[row] * (1.0 - p[row])).sum::<f64>();
            let mut basis: Vec<Vec<f64>> = Vec::new();
            let column = |f: usize| x[f].clone();
            let v: Vec<f64> = (0..rows).map(|row| x[a][row] * x[b][row]).collect();
            let mut given = vec![vec![1.0; rows], column(a)];
            if a != b {
                given.push(column(b));
            }
            given.push(v.clone());
            for mut vector in given {
                for other in &basis {
                    let part = dot(&vector, other) / dot(other, other);
                    vector.iter_mut().zip(other).for_each(|(v, o)| *v -= part * o);
                }
                basis.push(vector);
            }
            let left = basis.last().map_or(0.0, |rest| dot(rest, rest));
            let residual: f64 = (0..rows).map(|row| v[row] * (f64::from(u8::from(churned[row])) - p[row])).sum();
            let expected = residual * residual / left;
            assert!((sums.statistic(a, b) / expected - 1.0).abs() < 1e-9, "{a} {b}");
        }
    }

    #[test]
    fn a_product_that_its_features_say_already_is_none() {
        let column =
            |column: usize| (0..1_000).map(|row| if (row + column).is_multiple_of(2) { 1.0 } else { -1.0 }).collect();
        let x: Vec<Vec<f64>> = (0..2).map(column).collect();
        let churned: Vec<bool> = (0..1_000).map(|row| row % 3 == 0).collect();
        assert!(promising(&x, &[0.0; 1_000], &churned, |_, _| false).is_empty());
    }
}
