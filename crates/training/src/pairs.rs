//! Which bends, and which products of two lines or bends, the data ask for: a score test of every one, given a fit without
//! them.
//!
//! For a logistic regression on `Z`, the score statistic of one more column `v`, one step of Newton's from a fit, is
//!
//! ```text
//! (v'r - v'WZ (Z'WZ)⁻¹ Z'r)² / (v'Wv - v'WZ (Z'WZ)⁻¹ Z'Wv)      r = churned - p,  W = diag(p (1 - p))
//! ```
//!
//! (Rao 1948), chi-squared with one degree of freedom if the column has no part in churn; at the fit itself `Z'r` is zero. `Z` should be all columns; here it
//! is the intercept and the two factors themselves (for a bend alone: and the line of its feature), so that the statistic of
//! every pair comes out of four products of matrices. It ranks terms; [`crate::forward`] chooses among those ranked first, and
//! whether these are kept is decided on a slice that the fit never saw.

use ndarray::{Array1, Array2};

use crate::blocks::{Columns, by_block, curvature_and_residuals};
use crate::design::{Found, Part};

/// Most terms ranked.
const MOST: usize = 320;
/// Most of them made of one part: what several pairs say alike would otherwise crowd out the rest.
const MOST_OF_ONE: usize = 32;
/// The least statistic: 5 % for one of 30,000 pairs (Bonferroni).
pub(crate) const LEAST: f64 = 23.0;
/// What is left of a product next to its features must be more than this part of it, else it is only rounding.
const LEFT: f64 = 1e-6;
/// Terms that would improve a fit with these `logits` most, each by itself, best first; made of `parts`, whose columns, of zero
/// mean, `columns` makes. `is_taken` says which are in the design already.
pub(crate) fn promising(
    parts: &[Part],
    columns: &Columns<'_>,
    (logits, churned): (&[f64], &[bool]),
    is_taken: impl Fn(&Found) -> bool,
) -> Vec<Found> {
    let sums = Sums::of(parts.len(), columns, logits, churned);
    let mut ranked: Vec<(f64, Found, [usize; 2])> = Vec::new();
    let mut rank = |statistic: f64, found: Found, made_of| {
        if statistic >= LEAST && !is_taken(&found) {
            ranked.push((statistic, found, made_of));
        }
    };
    for (a, part) in parts.iter().enumerate() {
        if part.bend.is_some() {
            let is_line = |other: &Part| *other == Part { bend: None, ..*part };
            if let Some(line) = parts.iter().position(is_line) {
                rank(sums.of_one(a, line), Found::Bend(*part), [a, a]);
            }
        }
        for (b, other) in parts.iter().enumerate().skip(a) {
            rank(sums.of_product(a, b), Found::Product([*part, *other]), [a, b]);
        }
    }
    // Stable: equal ones stay in the order of the parts.
    ranked.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
    let mut times = vec![0; parts.len()];
    let mut chosen = Vec::new();
    for (_, found, [a, b]) in ranked {
        if chosen.len() < MOST && times[a] < MOST_OF_ONE && times[b] < MOST_OF_ONE {
            times[a] += 1;
            times[b] += usize::from(a != b);
            chosen.push(found);
        }
    }
    chosen
}

/// Sums over rows, weighted by `W` but for the residuals.
struct Sums {
    /// Of the weights.
    weight: f64,
    /// Of the residuals.
    surplus: f64,
    /// Of each column.
    first: Array1<f64>,
    /// Of residual a.
    alone: Array1<f64>,
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
    fn of(size: usize, columns: &Columns<'_>, logits: &[f64], churned: &[bool]) -> Self {
        let mut total = Self {
            weight: 0.0,
            surplus: 0.0,
            first: Array1::zeros(size),
            alone: Array1::zeros(size),
            residual: Array2::zeros((size, size)),
            product: Array2::zeros((size, size)),
            squared: Array2::zeros((size, size)),
            both_squared: Array2::zeros((size, size)),
        };
        let of_block = |rows: std::ops::Range<usize>| {
            let (weights, residuals) = curvature_and_residuals(rows.clone(), logits, churned);
            let x = columns(rows);
            let weighted = &x * &weights;
            let squares = &x * &x;
            Self {
                weight: weights.sum(),
                surplus: residuals.sum(),
                first: x.dot(&weights),
                alone: x.dot(&residuals),
                residual: x.dot(&(&x * &residuals).t()),
                product: x.dot(&weighted.t()),
                squared: squares.dot(&weighted.t()),
                both_squared: squares.dot(&(&weighted * &x).t()),
            }
        };
        by_block(logits.len(), of_block, |sum| {
            total.weight += sum.weight;
            total.surplus += sum.surplus;
            total.first += &sum.first;
            total.alone += &sum.alone;
            total.residual += &sum.residual;
            total.product += &sum.product;
            total.squared += &sum.squared;
            total.both_squared += &sum.both_squared;
        });
        total
    }

    /// The score statistic of one column, given the intercept and another; 0 where nothing is left of it.
    fn of_one(&self, a: usize, given: usize) -> f64 {
        let share = self.covariance(a, given) / self.covariance(given, given);
        let left = self.covariance(a, a) - share * self.covariance(a, given);
        statistic(self.surplus_of(a) - share * self.surplus_of(given), left, self.product[[a, a]])
    }

    /// The score statistic of the product of two columns, given the intercept and both; 0 where nothing is left of it.
    fn of_product(&self, a: usize, b: usize) -> f64 {
        let (whole, sum) = (self.both_squared[[a, b]], self.product[[a, b]]);
        // Of the product with each of them, the intercept taken out.
        let with_a = self.squared[[a, b]] - self.first[a] / self.weight * sum;
        let with_b = self.squared[[b, a]] - self.first[b] / self.weight * sum;
        let surplus = self.residual[[a, b]] - sum / self.weight * self.surplus;
        let (va, vb, vab) = (self.covariance(a, a), self.covariance(b, b), self.covariance(a, b));
        let (of_a, of_b) = match a == b {
            true => (with_a / va, 0.0),
            false => {
                let determinant = va * vb - vab * vab;
                ((with_a * vb - with_b * vab) / determinant, (with_b * va - with_a * vab) / determinant)
            }
        };
        let left = whole - sum * sum / self.weight - of_a * with_a - of_b * with_b;
        statistic(surplus - of_a * self.surplus_of(a) - of_b * self.surplus_of(b), left, whole)
    }

    /// Of two columns with the intercept taken out, weighted.
    fn covariance(&self, a: usize, b: usize) -> f64 {
        self.product[[a, b]] - self.first[a] * self.first[b] / self.weight
    }

    /// Of a column with the residuals, the intercept taken out.
    fn surplus_of(&self, a: usize) -> f64 {
        self.alone[a] - self.first[a] / self.weight * self.surplus
    }
}

fn statistic(score: f64, left: f64, whole: f64) -> f64 {
    let statistic = score * score / left;
    if left > LEFT * whole && statistic.is_finite() { statistic } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::toy::{blocks, noise};

    fn line(column: usize) -> Part {
        Part { column, bend: None }
    }

    #[test]
    fn the_product_that_drives_churn_is_found_and_no_other() {
        let rows = 20_000;
        let x: Vec<Vec<f64>> = (0..5).map(|column| (0..rows).map(|row| noise(row, column)).collect()).collect();
        let churned: Vec<bool> = (0..rows)
            .map(|row| noise(row, 9) * 0.5 + 0.5 < 1.0 / (1.0 + (-x[1][row] * x[3][row] - 0.3).exp()))
            .collect();
        let logits = vec![0.3; rows];
        let parts: Vec<Part> = (0..5).map(line).collect();
        let product = Found::Product([line(1), line(3)]);
        let of = (logits.as_slice(), churned.as_slice());
        assert_eq!(promising(&parts, &blocks(&x), of, |_| false), [product]);
        assert!(promising(&parts, &blocks(&x), of, |found| *found == product).is_empty(), "not twice");
        assert!(promising(&parts[..3], &blocks(&x[..3]), of, |_| false).is_empty(), "of the first columns alone");
    }

    #[test]
    fn a_bend_that_drives_churn_is_found_before_its_products() {
        let rows = 20_000;
        let x: Vec<Vec<f64>> = (0..3).map(|column| (0..rows).map(|row| noise(row, column)).collect()).collect();
        let bent: Vec<f64> = x[1].iter().map(|x| 4.0 * x.max(0.0).powi(2)).collect();
        let churned: Vec<bool> =
            (0..rows).map(|row| noise(row, 9) * 0.5 + 0.5 < 1.0 / (1.0 + (0.7 - bent[row]).exp())).collect();
        let part = Part { column: 1, bend: Some(0) };
        let parts = [line(0), line(1), line(2), part];
        let columns = [x, vec![bent.iter().map(|x| x - 2.0 / 3.0).collect()]].concat();
        let found = promising(&parts, &blocks(&columns), (&vec![0.0; rows], &churned), |_| false);
        assert_eq!(found[0], Found::Bend(part));
    }

    #[test]
    fn the_statistic_is_that_of_weighted_least_squares() {
        let rows = 300;
        let column = |column: usize| (0..rows).map(|row| noise(row, column) + 0.4 * column as f64).collect();
        let x: Vec<Vec<f64>> = (0..2).map(column).collect();
        let logits: Vec<f64> = (0..rows).map(|row| noise(row, 5)).collect();
        let churned: Vec<bool> = (0..rows).map(|row| noise(row, 7) > 0.1).collect();
        let sums = Sums::of(2, &blocks(&x), &logits, &churned);
        for (a, b) in [(0, Some(1)), (0, Some(0)), (0, None)] {
            // Gram and Schmidt over the rows themselves.
            let p: Vec<f64> = logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
            let dot =
                |u: &[f64], v: &[f64]| (0..rows).map(|row| u[row] * v[row] * p[row] * (1.0 - p[row])).sum::<f64>();
            let mut basis: Vec<Vec<f64>> = Vec::new();
            let column = |f: usize| x[f].clone();
            // A product given its factors; a column alone, given the other.
            let v: Vec<f64> = (0..rows).map(|row| x[a][row] * b.map_or(1.0, |b| x[b][row])).collect();
            let mut given = vec![vec![1.0; rows], column(if b.is_some() { a } else { 1 })];
            if let Some(b) = b.filter(|b| *b != a) {
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
            // What is left of the product holds what the residuals say beyond its factors.
            let rest = basis.last().unwrap_or(&v);
            let residual: f64 = (0..rows).map(|row| rest[row] * (f64::from(u8::from(churned[row])) - p[row])).sum();
            let expected = residual * residual / left;
            let found = b.map_or_else(|| sums.of_one(a, 1), |b| sums.of_product(a, b));
            assert!((found / expected - 1.0).abs() < 1e-9, "{a} {b:?}");
        }
    }

    #[test]
    fn a_product_that_its_features_say_already_is_none() {
        let column =
            |column: usize| (0..1_000).map(|row| if (row + column).is_multiple_of(2) { 1.0 } else { -1.0 }).collect();
        let columns: Vec<Vec<f64>> = (0..2).map(column).collect();
        let churned: Vec<bool> = (0..1_000).map(|row| row % 3 == 0).collect();
        let found = promising(&[line(0), line(1)], &blocks(&columns), (&[0.0; 1_000], &churned), |_| false);
        assert!(found.is_empty());
    }
}
