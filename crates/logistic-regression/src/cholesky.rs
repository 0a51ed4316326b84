//! Cholesky factors of small symmetric matrices.

/// Pivots below this part of their diagonal are rounding: the column is explained by the ones before it.
pub(crate) const DEPENDENT: f64 = 1e-11;

/// `L` with `LL' = A`, row-major, of a matrix that has been scaled to a diagonal of ones.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    lower: Vec<f64>,
    /// `1 / sqrt(A[i][i])`.
    scale: Vec<f64>,
    size: usize,
}

/// A column that the ones before it explain, to rounding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dependent {
    pub(crate) column: usize,
    /// The others and their shares, in units of both columns' lengths.
    pub(crate) by: Vec<(usize, f64)>,
}

impl Cholesky {
    /// Factors the lower triangle of `a`, row-major; a pivot of less than `least` of its diagonal ends it.
    ///
    /// # Errors
    /// The first column that the ones before it explain.
    pub(crate) fn of(a: &[f64], size: usize, least: f64) -> Result<Self, Dependent> {
        // Over- and underflow of A[i][i] are kept apart by the scale; a column of zeros has no pivot.
        let scale: Vec<f64> = (0..size).map(|i| 1.0 / a[i * size + i].sqrt()).collect();
        let mut lower = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                lower[i * size + j] = a[i * size + j] * scale[i] * scale[j];
            }
        }
        let mut column = vec![0.0; size];
        for k in 0..size {
            let pivot = lower[k * size + k];
            // Also where it is not a number.
            if !(pivot > least && scale[k].is_finite()) {
                return Err(dependent(&lower, size, k));
            }
            let root = pivot.sqrt();
            lower[k * size + k] = root;
            for i in k + 1..size {
                lower[i * size + k] /= root;
                column[i] = lower[i * size + k];
            }
            for i in k + 1..size {
                let factor = column[i];
                for (value, of_column) in lower[i * size + k + 1..=i * size + i].iter_mut().zip(&column[k + 1..=i]) {
                    *value -= factor * of_column;
                }
            }
        }
        Ok(Self { lower, scale, size })
    }

    /// `A^-1 b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let (size, lower) = (self.size, &self.lower);
        let mut x: Vec<f64> = b.iter().zip(&self.scale).map(|(b, scale)| b * scale).collect();
        for i in 0..size {
            let row = &lower[i * size..i * size + i];
            let known: f64 = row.iter().zip(&x).map(|(l, x)| l * x).sum();
            x[i] = (x[i] - known) / lower[i * size + i];
        }
        for i in (0..size).rev() {
            x[i] /= lower[i * size + i];
            let (above, rest) = x.split_at_mut(i);
            for (x, l) in above.iter_mut().zip(&lower[i * size..i * size + i]) {
                *x -= l * rest[0];
            }
        }
        x.iter().zip(&self.scale).map(|(x, scale)| x * scale).collect()
    }

    /// `A^-1`, row-major, symmetric to the last bit.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let size = self.size;
        let mut inverse = vec![0.0; size * size];
        let mut unit = vec![0.0; size];
        for j in 0..size {
            unit[j] = 1.0;
            for (i, value) in self.solve(&unit).into_iter().enumerate() {
                inverse[i * size + j] = value;
            }
            unit[j] = 0.0;
        }
        for i in 0..size {
            for j in 0..i {
                let mean = 0.5 * (inverse[i * size + j] + inverse[j * size + i]);
                inverse[i * size + j] = mean;
                inverse[j * size + i] = mean;
            }
        }
        inverse
    }
}

/// How the columns before `k`, of which the factors are complete, make up column `k`: `L' c = l`.
fn dependent(lower: &[f64], size: usize, k: usize) -> Dependent {
    let mut shares = lower[k * size..k * size + k].to_vec();
    for i in (0..k).rev() {
        shares[i] /= lower[i * size + i];
        let (above, rest) = shares.split_at_mut(i);
        for (share, l) in above.iter_mut().zip(&lower[i * size..i * size + i]) {
            *share -= l * rest[0];
        }
    }
    let by = shares.into_iter().enumerate().filter(|(_, share)| share.abs() > 1e-6).collect();
    Dependent { column: k, by }
}

/// Every column that the ones before it explain, in order; those are left out of the explanations of later ones.
pub(crate) fn dependents(a: &[f64], size: usize) -> Vec<Dependent> {
    let mut kept: Vec<usize> = (0..size).filter(|i| a[i * size + i] > 0.0).collect();
    let mut found = Vec::new();
    loop {
        let some = kept.len();
        let part: Vec<f64> = kept.iter().flat_map(|i| kept.iter().map(|j| a[i.max(j) * size + i.min(j)])).collect();
        match Cholesky::of(&part, some, DEPENDENT) {
            Ok(_) => return found,
            Err(Dependent { column, by }) => {
                let by = by.into_iter().map(|(i, share)| (kept[i], share)).collect();
                found.push(Dependent { column: kept.remove(column), by });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn product(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
        let entry = |at: usize| (0..size).map(|k| a[at / size * size + k] * b[k * size + at % size]).sum();
        (0..size * size).map(entry).collect()
    }

    #[test]
    fn the_inverse_inverts_a_badly_scaled_matrix() {
        let size = 5;
        let powers = [1.0, 1e8, 1e-8, 1e3, 1e-30];
        let a: Vec<f64> = (0..size * size)
            .map(|at| {
                let (i, j) = (at / size, at % size);
                powers[i] * powers[j] / (i + j + 1) as f64
            })
            .collect();
        let cholesky = Cholesky::of(&a, size, 0.0).unwrap();
        let identity = product(&a, &cholesky.inverse(), size);
        for (at, value) in identity.iter().enumerate() {
            let (i, j) = (at / size, at % size);
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((value * powers[j] / powers[i] - expected).abs() < 1e-9, "{i} {j} {value}");
        }
        let solved = cholesky.solve(&[1.0, 0.0, 0.0, 0.0, 0.0]);
        assert!((solved[0] - 25.0).abs() < 1e-8);
    }

    #[test]
    fn dependent_columns_are_explained() {
        // Columns a, b, c = a + 2 b, d = 3 a; in lengths: |a| = |b| = 1, c has sqrt(5), d has 3.
        let rows = [[1.0, 0.0, 1.0, 3.0], [0.0, 1.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]];
        let gram: Vec<f64> = (0..16).map(|at| rows.iter().map(|row| row[at / 4] * row[at % 4]).sum()).collect();
        let found = dependents(&gram, 4);
        assert_eq!(found.iter().map(|f| f.column).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(found[0].by.iter().map(|by| by.0).collect::<Vec<_>>(), [0, 1]);
        assert!((found[0].by[1].1 - 2.0 / 5.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(found[1].by, [(0, 1.0)]);
        assert!(Cholesky::of(&[0.0], 1, DEPENDENT).is_err() && Cholesky::of(&[f64::NAN], 1, DEPENDENT).is_err());
    }
}
