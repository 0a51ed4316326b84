//! Small dense symmetric matrices, row after row.

use rayon::prelude::*;

/// `L` with `L L' = A`, lower triangle; `None` where `A` is not positive definite.
pub(super) fn cholesky(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let (head, row) = lower.split_at(i * n);
            let left = if i == j {
                a[i * n + i] - row[..j].iter().map(|x| x * x).sum::<f64>()
            } else {
                a[i * n + j] - dot(&row[..j], &head[j * n..j * n + j])
            };
            if i == j {
                if left <= 0.0 || !left.is_finite() {
                    return None;
                }
                lower[i * n + i] = left.sqrt();
            } else {
                lower[i * n + j] = left / lower[j * n + j];
            }
        }
    }
    Some(lower)
}

/// The logarithm of the determinant of `L L'`.
pub(super) fn log_determinant(lower: &[f64], n: usize) -> f64 {
    2.0 * (0..n).map(|i| lower[i * n + i].ln()).sum::<f64>()
}

/// `(L L')^-1`, all of it.
pub(super) fn inverse(lower: &[f64], n: usize) -> Vec<f64> {
    // Rows of L^-1 transposed: row j holds column j of the inverse of L, from its diagonal on.
    let mut columns = vec![0.0; n * n];
    for j in 0..n {
        columns[j * n + j] = 1.0 / lower[j * n + j];
        for i in j + 1..n {
            let inner = dot(&lower[i * n + j..i * n + i], &columns[j * n + j..j * n + i]);
            columns[j * n + i] = -inner / lower[i * n + i];
        }
    }
    let mut whole = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let value = dot(&columns[i * n + i..(i + 1) * n], &columns[j * n + i..(j + 1) * n]);
            whole[i * n + j] = value;
            whole[j * n + i] = value;
        }
    }
    whole
}

/// `A v`.
pub(super) fn times(a: &[f64], v: &[f64]) -> Vec<f64> {
    a.chunks_exact(v.len().max(1)).map(|row| dot(row, v)).collect()
}

/// `sum_r w_r a_ri b_rj` for columns `a` and `b`, row after row; each entry is summed in the order of the rows.
pub(super) fn weighted_products(a: &[Vec<f64>], b: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    a.par_iter()
        .flat_map_iter(|left| {
            let weighted: Vec<f64> = left.iter().zip(weights).map(|(x, w)| x * w).collect();
            b.iter().map(move |right| dot(&weighted, right)).collect::<Vec<f64>>()
        })
        .collect()
}

/// In four sums, which the compiler can keep side by side; their order is fixed.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for at in 0..4 {
            sums[at] += x[at] * y[at];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let n = 7;
        let root: Vec<f64> = (0..n * n).map(|at| ((at * 37 % 11) as f64 - 5.0) / 5.0).collect();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = dot(&root[i * n..(i + 1) * n], &root[j * n..(j + 1) * n]) + f64::from(u8::from(i == j));
            }
        }
        let lower = cholesky(&a, n).unwrap();
        let found = inverse(&lower, n);
        for i in 0..n {
            let column: Vec<f64> = (0..n).map(|k| found[k * n + i]).collect();
            for (j, value) in times(&a, &column).into_iter().enumerate() {
                assert!((value - f64::from(u8::from(i == j))).abs() < 1e-10);
            }
        }
        let twice: Vec<f64> = a.iter().map(|value| 2.0 * value).collect();
        let doubled = log_determinant(&cholesky(&twice, n).unwrap(), n) - log_determinant(&lower, n);
        assert!((doubled - n as f64 * 2.0_f64.ln()).abs() < 1e-10);
        assert_eq!(cholesky(&[1.0, 2.0, 2.0, 1.0], 2), None);
    }
}
