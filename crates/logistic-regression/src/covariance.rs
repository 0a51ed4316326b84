//! How uncertain fitted coefficients are.
//!
//! All from the Hessian in double precision, at the fit's parameters. With `H` the Hessian of the penalised loss, `J` that of the
//! loss alone:
//!
//! - `H^-1`, the curvature of the objective: for a ridge the posterior covariance under a normal prior; without a penalty
//!   the inverse of Fisher's information.
//! - `H^-1 J H^-1`, how estimates would scatter over samples, if the model is right; smaller, as the ridge holds them.
//! - `H^-1 B H^-1 G / (G - 1)`, the same if rows of a cluster depend on each other: `B` is the sum over the `G` clusters of
//!   the outer product of their summed scores `w x (y - p)` (Liang & Zeger 1986, Biometrika 73:13). With a cluster for each
//!   row it is White's.
//!
//! A ridge biases coefficients towards zero, which none of them shows. With a lasso they hold for the columns it left in, as
//! if it had known them before.

use crate::cholesky::{Cholesky, DEPENDENT};
use crate::fit::intercept_first;
use crate::matrix::{BLOCK_ROWS, LANES};
use crate::pass::{self, Want};
use crate::problem::Problem;
use crate::{Fit, SolverError};

/// A covariance of parameters, the intercept first. Of columns that were left out of the fit it is not a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    values: Vec<f64>,
    size: usize,
}

impl Covariance {
    /// How many parameters there are: columns and the intercept.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Of two parameters; 0 is the intercept, 1 the first column. `None` beyond the last.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<f64> {
        (i < self.size && j < self.size).then(|| self.values[i * self.size + j])
    }

    /// All of it, row after row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The roots of the diagonal, the intercept's first.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        (0..self.size).map(|i| self.values[i * self.size + i].sqrt()).collect()
    }

    /// The standard error of the logit of a row.
    #[must_use]
    pub fn error_of_logit(&self, row: &[f64]) -> f64 {
        let x: Vec<f64> = std::iter::once(1.0).chain(row.iter().copied()).collect();
        let of_row = |i: usize| -> f64 { self.values[i * self.size..].iter().zip(&x).map(|(c, x)| c * x).sum() };
        x.iter().enumerate().map(|(i, x)| x * of_row(i)).sum::<f64>().sqrt()
    }
}

impl Problem<'_> {
    /// `H^-1`, the inverse of the penalised Hessian.
    ///
    /// # Errors
    /// [`SolverError::Length`] where the fit had other columns, [`SolverError::Singular`], [`SolverError::NotFinite`].
    pub fn covariance(&self, fit: &Fit) -> Result<Covariance, SolverError> {
        let bread = self.bread(fit)?;
        self.as_given(&bread, bread.inverse.clone())
    }

    /// `H^-1 J H^-1`, without the penalty in the middle.
    ///
    /// # Errors
    /// As for [`Problem::covariance`].
    pub fn sandwich(&self, fit: &Fit) -> Result<Covariance, SolverError> {
        let bread = self.bread(fit)?;
        let filling = bread.around(&bread.information);
        self.as_given(&bread, filling)
    }

    /// `H^-1 B H^-1 G / (G - 1)`, with a cluster for each row of the matrix, in its order.
    ///
    /// # Errors
    /// As for [`Problem::covariance`], and [`SolverError::Length`], [`SolverError::TooFewClusters`].
    pub fn cluster_robust(&self, fit: &Fit, clusters: &[u64]) -> Result<Covariance, SolverError> {
        let (expected, found) = (self.matrix().rows(), clusters.len());
        if expected != found {
            return Err(SolverError::Length { what: "clusters of rows", expected, found });
        }
        let bread = self.bread(fit)?;
        let data = self.data()?;
        let residuals = pass::residuals(data, &bread.parameters);
        // Rows with weight by cluster, and then by their place, so that sums have one order.
        let mut rows: Vec<(u64, usize, usize, f64)> = Vec::with_capacity(self.matrix().rows());
        for (block, residuals) in self.blocks().iter().zip(residuals.chunks_exact(BLOCK_ROWS)) {
            let weights = &self.response().weights[*block];
            for (at, row) in self.matrix().rows_of_block(*block).iter().enumerate() {
                if let Some(row) = row.filter(|_| weights[at / LANES].0[at % LANES] > 0.0) {
                    rows.push((clusters[row], *block, at, residuals[at]));
                }
            }
        }
        rows.sort_unstable_by_key(|(cluster, block, at, _)| (*cluster, *block, *at));
        let size = bread.size;
        let mut middle = vec![0.0; size * size];
        let mut count = 0_usize;
        let (mut score, mut numbers) = (vec![0.0; size], vec![0.0; size - 1]);
        for rows in rows.chunk_by(|a, b| a.0 == b.0) {
            count += 1;
            score.fill(0.0);
            for (_, block, at, residual) in rows {
                self.matrix().slot(*block, *at, data.scales, &mut numbers);
                score[0] += residual;
                for (sum, x) in score[1..].iter_mut().zip(&numbers) {
                    *sum += residual * x;
                }
            }
            for (i, row) in middle.chunks_exact_mut(size).enumerate() {
                for (sum, value) in row.iter_mut().zip(&score) {
                    *sum += score[i] * value;
                }
            }
        }
        if count < 2 {
            return Err(SolverError::TooFewClusters { found: count });
        }
        let correction = count as f64 / (count - 1) as f64;
        let mut covariance = bread.around(&middle);
        for value in &mut covariance {
            *value *= correction;
        }
        self.as_given(&bread, covariance)
    }

    fn bread(&self, fit: &Fit) -> Result<Bread, SolverError> {
        let parameters = self.parameters_of(fit)?;
        let size = parameters.len();
        let lower = pass::sums(self.data()?, &parameters, Want::Hessian).hessian;
        let information = intercept_first(&lower, size);
        let lasso_left_out = |column: usize| fit.has_lasso && fit.coefficients[column] == 0.0;
        let active: Vec<bool> = std::iter::once(true)
            .chain((0..size - 1).map(|column| fit.active[column] && !lasso_left_out(column)))
            .collect();
        let mut penalised = information.clone();
        for (column, (ridge, scale)) in fit.ridge.iter().zip(self.matrix().scales()?).enumerate() {
            penalised[(column + 1) * (size + 1)] += ridge / scale.unit / scale.unit;
        }
        for i in 0..size {
            for j in 0..size {
                if !(active[i] && active[j]) {
                    penalised[i * size + j] = if i == j { 1.0 } else { 0.0 };
                }
            }
        }
        let cholesky = Cholesky::of(&penalised, size, DEPENDENT)
            .map_err(|dependent| SolverError::Singular { column: dependent.column.saturating_sub(1) })?;
        let mut inverse = cholesky.inverse();
        for i in (0..size).filter(|i| !active[*i]) {
            inverse[i * size + i] = 0.0;
        }
        Ok(Bread { parameters, information, inverse, active, size })
    }

    /// A covariance of parameters of stored columns, for the columns as given: `b_j = stored_j / unit_j` and
    /// `b_0 = stored_0 - sum centre_j b_j`.
    fn as_given(&self, bread: &Bread, mut values: Vec<f64>) -> Result<Covariance, SolverError> {
        let size = bread.size;
        let scales = self.matrix().scales()?;
        let centres: Vec<f64> = scales.iter().map(|scale| scale.centre / scale.unit).collect();
        for j in 0..size {
            let moved: f64 = (1..size).map(|k| centres[k - 1] * values[k * size + j]).sum();
            values[j] -= moved;
        }
        for i in 0..size {
            let moved: f64 = (1..size).map(|k| centres[k - 1] * values[i * size + k]).sum();
            values[i * size] -= moved;
        }
        let unit = |i: usize| if i == 0 { 1.0 } else { scales[i - 1].unit };
        for i in 0..size {
            for j in 0..size {
                values[i * size + j] = if bread.active[i] && bread.active[j] {
                    values[i * size + j] / unit(i) / unit(j)
                } else {
                    f64::NAN
                };
            }
        }
        // Rounding has left the two halves apart.
        for i in 0..size {
            for j in 0..i {
                values[j * size + i] = values[i * size + j];
            }
        }
        Ok(Covariance { values, size })
    }
}

/// The outer parts of the sandwich, of stored columns, the intercept first.
struct Bread {
    /// As the pass takes them: the intercept last.
    parameters: Vec<f64>,
    information: Vec<f64>,
    inverse: Vec<f64>,
    active: Vec<bool>,
    size: usize,
}

impl Bread {
    fn around(&self, middle: &[f64]) -> Vec<f64> {
        let size = self.size;
        let product = |a: &[f64], b: &[f64]| -> Vec<f64> {
            let mut c = vec![0.0; size * size];
            for i in 0..size {
                for k in 0..size {
                    let factor = a[i * size + k];
                    for j in 0..size {
                        c[i * size + j] += factor * b[k * size + j];
                    }
                }
            }
            c
        };
        product(&product(&self.inverse, middle), &self.inverse)
    }
}
