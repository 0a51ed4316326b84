//! Which of many terms to add to a design: one after the other, each the best given the design and those chosen before it.
//!
//! Near a fit the penalised log-likelihood is quadratic. With the design `Z` and its coefficients `b`, `r = churned - p`, `W =
//! diag(p (1 - p))` and the ridge `L`, adding the column `v` raises it by half of
//!
//! ```text
//! (v'r - v'WZ (Z'WZ + L)⁻¹ (Z'r - L b))² / (v'Wv + L - v'WZ (Z'WZ + L)⁻¹ Z'Wv)
//! ```
//!
//! the score statistic (Rao 1948) given the whole design; `Z'r - L b` is zero but for being of some of the rows of the fit. Eliminating the columns of `Z` from the matrix of all products, and
//! then each column that is chosen, keeps these numerators and denominators up to date (forward selection by sweeping: Goodnight
//! 1979, The American Statistician 33:149).

use ndarray::{Array1, Array2, Axis, concatenate};

use crate::blocks::{Columns, by_block, curvature_and_residuals};

/// Most columns chosen.
const MOST: usize = 96;
/// The least statistic of a column that is chosen. Akaike (1974) asks for 2; the slice that decides says whether it was too little.
const LEAST: f64 = 3.0;
/// What is left of a column next to the others must be more than this part of it, else it is only rounding.
const LEFT: f64 = 1e-6;

/// Which of the `offered` columns to add to those that are `there`, by their places among them, best first, each with its
/// statistic; by a fit that gave the coefficients of those that are `there`, and `logits`, with the penalty `lambda` against the
/// mean loss. `columns` makes those that are there, then those offered.
pub(crate) fn forward(
    (there, offered): (&[f64], usize),
    columns: &Columns<'_>,
    (logits, churned): (&[f64], &[bool]),
    lambda: f64,
) -> Vec<(usize, f64)> {
    let size = 1 + there.len() + offered;
    let (mut matrix, mut scores) = products(size, columns, logits, churned);
    let ridge = lambda * logits.len() as f64;
    // The intercept is first, and not penalised.
    for at in 1..size {
        matrix[[at, at]] += ridge;
    }
    let whole = matrix.diag().to_owned();
    let first = 1 + there.len();
    for (at, coefficient) in there.iter().enumerate() {
        scores[1 + at] -= ridge * coefficient;
    }
    for at in 0..first {
        if matrix[[at, at]] > LEFT * whole[at] {
            eliminate(&mut matrix, &mut scores, at);
        }
    }
    let mut left: Vec<usize> = (first..size).collect();
    let mut chosen = Vec::new();
    while chosen.len() < MOST {
        let statistic = |at: usize| match matrix[[at, at]] {
            rest if rest > LEFT * whole[at] => scores[at] * scores[at] / rest,
            _ => 0.0,
        };
        // Of equal ones the first.
        let best = left.iter().copied().rev().max_by(|a, b| statistic(*a).total_cmp(&statistic(*b)));
        let Some(best) = best.filter(|best| statistic(*best) >= LEAST) else { break };
        chosen.push((best - first, statistic(best)));
        eliminate(&mut matrix, &mut scores, best);
        left.retain(|at| *at != best);
    }
    chosen
}

/// Takes out of all columns what one of them says.
fn eliminate(matrix: &mut Array2<f64>, scores: &mut Array1<f64>, at: usize) {
    let (row, pivot, score) = (matrix.row(at).to_owned(), matrix[[at, at]], scores[at]);
    for (mut to, value) in matrix.rows_mut().into_iter().zip(&row) {
        to.scaled_add(-value / pivot, &row);
    }
    scores.iter_mut().zip(&row).for_each(|(to, value)| *to -= value / pivot * score);
}

/// `X'WX` and `X'r` of the columns with the intercept before them.
fn products(size: usize, columns: &Columns<'_>, logits: &[f64], churned: &[bool]) -> (Array2<f64>, Array1<f64>) {
    let of_block = |rows: std::ops::Range<usize>| {
        let (weights, residuals) = curvature_and_residuals(rows.clone(), logits, churned);
        let intercept = Array2::ones((1, rows.len()));
        let x = concatenate![Axis(0), intercept, columns(rows)];
        (x.dot(&(&x * &weights).t()), x.dot(&residuals))
    };
    let mut total = (Array2::zeros((size, size)), Array1::zeros(size));
    by_block(logits.len(), of_block, |(matrix, scores)| {
        total.0 += &matrix;
        total.1 += &scores;
    });
    total
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::blocks::toy::{blocks, noise};
    use crate::fit::{Fitted, Sample};

    fn chosen(there: &[Vec<f64>], offered: &[Vec<f64>], churned: &[bool], lambda: f64) -> (Fitted, Vec<(usize, f64)>) {
        let fitted = Sample::new(there, churned, "training").unwrap().fit(lambda).unwrap();
        let columns = [there, offered].concat();
        let of = (fitted.coefficients(), offered.len());
        let chosen = forward(of, &blocks(&columns), (&fitted.logits(there), churned), lambda);
        (fitted, chosen)
    }

    fn column(rows: usize, of: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..rows).map(of).collect()
    }

    #[test]
    fn what_others_say_already_is_not_chosen_again() {
        let rows = 20_000;
        let there = [column(rows, |row| noise(row, 0))];
        let drives = |row: usize| 1.2 * noise(row, 1) - 0.8 * noise(row, 2);
        let offered = [
            column(rows, |row| noise(row, 3)),
            // The second and the fourth say nearly the same; what is there and the third make up the fifth.
            column(rows, |row| noise(row, 1) + 0.05 * noise(row, 4)),
            column(rows, |row| noise(row, 2)),
            column(rows, |row| noise(row, 1)),
            column(rows, |row| noise(row, 2) + noise(row, 0)),
            vec![0.0; rows],
        ];
        let churned: Vec<bool> =
            (0..rows).map(|row| noise(row, 9) * 0.5 + 0.5 < 1.0 / (1.0 + (-drives(row)).exp())).collect();
        let places = |offered: &[Vec<f64>]| -> Vec<usize> {
            chosen(&there, offered, &churned, 1e-6).1.into_iter().map(|(place, _)| place).collect()
        };
        assert_eq!(places(&offered), [3, 2]);
        assert!(places(&offered[..1]).is_empty());
    }

    #[test]
    fn the_second_choice_is_the_best_given_the_first() {
        let rows = 2_000;
        let there = [column(rows, |row| noise(row, 0))];
        let offered: Vec<Vec<f64>> =
            (0..6).map(|at| column(rows, |row| noise(row, at + 1) + 0.7 * noise(row, (at + 1) % 6 + 1))).collect();
        let churned: Vec<bool> = (0..rows)
            .map(|row| noise(row, 9) * 0.5 + 0.5 < 1.0 / (1.0 + (-offered[1][row] - 0.6 * offered[4][row]).exp()))
            .collect();
        let (fitted, chosen) = chosen(&there, &offered, &churned, 1e-3);
        let logits = fitted.logits(&there);
        assert!(chosen.len() >= 2, "{chosen:?}");
        // By Gram and Schmidt over the rows themselves, with a row for each penalty.
        let p: Vec<f64> = logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
        let ridge = 1e-3 * rows as f64;
        let all = [there.to_vec(), offered.clone()].concat();
        let extended = |at: Option<usize>| -> Vec<f64> {
            let root = |row: usize| (p[row] * (1.0 - p[row])).sqrt();
            let value = |row: usize| root(row) * at.map_or(1.0, |at| all[at][row]);
            let penalty = |other: usize| if at == Some(other) { ridge.sqrt() } else { 0.0 };
            (0..rows).map(value).chain((0..all.len()).map(penalty)).collect()
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let rest = |mut vector: Vec<f64>, basis: &[Vec<f64>]| {
            for other in basis {
                let part = dot(&vector, other) / dot(other, other);
                vector.iter_mut().zip(other).for_each(|(v, o)| *v -= part * o);
            }
            vector
        };
        let mut basis = vec![extended(None)];
        basis.push(rest(extended(Some(0)), &basis));
        // Residuals against the roots of the weights, and those of the penalties: a coefficient is drawn to 0.
        let residual = |row: usize| (f64::from(u8::from(churned[row])) - p[row]) / (p[row] * (1.0 - p[row])).sqrt();
        let mut r: Vec<f64> = (0..rows).map(residual).chain(vec![0.0; all.len()]).collect();
        r[rows] = -ridge.sqrt() * fitted.coefficients()[0];
        let by_hand = |basis: &[Vec<f64>], r: &[f64]| {
            let statistic = |at: usize| {
                let left = rest(extended(Some(at + 1)), basis);
                dot(&left, r).powi(2) / dot(&left, &left)
            };
            let best = (0..offered.len()).max_by(|a, b| statistic(*a).total_cmp(&statistic(*b))).unwrap();
            (best, statistic(best))
        };
        let same = |by_hand: (usize, f64), (place, statistic): (usize, f64)| {
            assert!(
                by_hand.0 == place && (by_hand.1 / statistic - 1.0).abs() < 1e-6,
                "{by_hand:?} {place} {statistic}"
            );
        };
        same(by_hand(&basis, &r), chosen[0]);
        let first = rest(extended(Some(chosen[0].0 + 1)), &basis);
        r = rest(r, std::slice::from_ref(&first));
        basis.push(first);
        same(by_hand(&basis, &r), chosen[1]);
    }
}
