//! The penalised logistic loss with its gradient and Hessian, and Newton's method on it.
//!
//! linfa's L-BFGS stops where a summed gradient falls below an absolute tolerance or its iterations run out, and says
//! neither. From where it stops, a few Newton steps reach the minimum to the last digits, and the gradient proves it.
//!
//! Sums run over fixed blocks of rows, added in order: same data, same bits, whatever the number of threads.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice};
use rayon::prelude::*;

/// Rows per block: a block of 30 columns fits into the second-level cache.
const ROWS_OF_A_BLOCK: usize = 1_024;
/// Norm of the gradient of the minimum, per row.
const GRADIENT_PER_ROW: f64 = 1e-9;
const MAX_STEPS: u32 = 100;
const MAX_HALVINGS: u32 = 40;

/// `sum of log-losses + alpha / 2 * |coefficients|^2`; the intercept is free.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem<'a> {
    /// (rows, columns).
    pub(crate) x: ArrayView2<'a, f64>,
    pub(crate) churned: &'a [bool],
    pub(crate) alpha: f64,
    /// How the Hessian is summed.
    pub(crate) sums: Sums,
}

/// How the Hessian is summed. The gradient, which says where the minimum is, is summed alike in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sums {
    /// In one order on every processor, so that the last digits of the minimum are the same everywhere.
    Alike,
    /// By the processor's widest multiplications, many times faster: for fits of which only the losses count.
    Fast,
}

/// The loss around a point. Intercept first.
#[derive(Debug, Clone)]
pub(crate) struct Expansion {
    pub(crate) loss: f64,
    pub(crate) gradient: Array1<f64>,
    pub(crate) hessian: Array2<f64>,
}

/// Where Newton's method ended without a minimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stuck {
    pub(crate) gradient: f64,
    pub(crate) tolerance: f64,
    pub(crate) steps: u32,
}

impl Problem<'_> {
    /// The minimum, from a starting point; intercept first.
    pub(crate) fn minimise(&self, start: Array1<f64>) -> Result<(Array1<f64>, Expansion), Stuck> {
        let tolerance = GRADIENT_PER_ROW * self.churned.len() as f64;
        let mut parameters = start;
        let mut here = self.expand(&parameters);
        let mut steps = 0;
        loop {
            let gradient = norm(&here.gradient);
            if gradient <= tolerance {
                return Ok(self.polished(parameters, here));
            }
            let stuck = Stuck { gradient, tolerance, steps };
            if steps == MAX_STEPS || !gradient.is_finite() {
                return Err(stuck);
            }
            let Some(factor) = Cholesky::of(&here.hessian) else { return Err(stuck) };
            let step = factor.solve(&here.gradient);
            (parameters, here) = self.step(&parameters, &here, &step).ok_or(stuck)?;
            steps += 1;
        }
    }

    /// One more step from a minimum within tolerance: convergence is quadratic, so it gives all digits there are.
    fn polished(&self, parameters: Array1<f64>, here: Expansion) -> (Array1<f64>, Expansion) {
        let Some(factor) = Cholesky::of(&here.hessian) else { return (parameters, here) };
        let to = &parameters - &factor.solve(&here.gradient);
        let there = self.expand(&to);
        if norm(&there.gradient) < norm(&here.gradient) { (to, there) } else { (parameters, here) }
    }

    /// The first of the full step, half of it, and so on, that does not raise the loss beyond rounding.
    fn step(&self, from: &Array1<f64>, here: &Expansion, step: &Array1<f64>) -> Option<(Array1<f64>, Expansion)> {
        let allowance = 1e-13 * here.loss.abs().max(1.0);
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let to = from - &(step * length);
            let there = self.expand(&to);
            if there.loss <= here.loss + allowance {
                return Some((to, there));
            }
            length /= 2.0;
        }
        None
    }

    /// Loss, gradient and Hessian at a point.
    pub(crate) fn expand(&self, parameters: &Array1<f64>) -> Expansion {
        let size = self.x.ncols() + 1;
        let starts: Vec<usize> = (0..self.churned.len()).step_by(ROWS_OF_A_BLOCK).collect();
        let blocks: Vec<Expansion> = starts.par_iter().map(|start| self.expand_block(parameters, *start)).collect();
        let mut sum = Expansion { loss: 0.0, gradient: Array1::zeros(size), hessian: Array2::zeros((size, size)) };
        for block in blocks {
            sum.loss += block.loss;
            sum.gradient += &block.gradient;
            sum.hessian += &block.hessian;
        }
        for i in 1..size {
            sum.loss += self.alpha / 2.0 * parameters[i].powi(2);
            sum.gradient[i] += self.alpha * parameters[i];
            sum.hessian[[i, i]] += self.alpha;
        }
        for i in 0..size {
            for j in 0..i {
                sum.hessian[[j, i]] = sum.hessian[[i, j]];
            }
        }
        sum
    }

    fn expand_block(&self, parameters: &Array1<f64>, start: usize) -> Expansion {
        let end = (start + ROWS_OF_A_BLOCK).min(self.churned.len());
        let (x, churned) = (self.x.slice_axis(Axis(0), Slice::from(start..end)), &self.churned[start..end]);
        let size = x.ncols() + 1;
        let mut logit = vec![parameters[0]; churned.len()];
        for (column, coefficient) in x.columns().into_iter().zip(parameters.iter().skip(1)) {
            for (logit, value) in logit.iter_mut().zip(column) {
                *logit += coefficient * value;
            }
        }
        let mut loss = 0.0;
        let mut residual = Vec::with_capacity(churned.len());
        let mut weight = Vec::with_capacity(churned.len());
        for (logit, churned) in logit.iter().zip(churned) {
            let (log_loss, probability, variance) = at(*logit, *churned);
            loss += log_loss;
            residual.push(probability - f64::from(u8::from(*churned)));
            weight.push(variance);
        }
        let mut gradient = Array1::zeros(size);
        let mut hessian = Array2::zeros((size, size));
        gradient[0] = residual.iter().sum::<f64>();
        hessian[[0, 0]] = weight.iter().sum::<f64>();
        let mut weighted = vec![0.0; churned.len()];
        for (i, column) in x.columns().into_iter().enumerate() {
            gradient[i + 1] = column.iter().zip(&residual).map(|(value, residual)| value * residual).sum::<f64>();
            for ((weighted, value), weight) in weighted.iter_mut().zip(column).zip(&weight) {
                *weighted = value * weight;
            }
            hessian[[i + 1, 0]] = weighted.iter().sum::<f64>();
            if self.sums == Sums::Fast {
                continue;
            }
            for (j, other) in x.columns().into_iter().enumerate().take(i + 1) {
                hessian[[i + 1, j + 1]] = dot(&weighted, other);
            }
        }
        if self.sums == Sums::Fast {
            let weights = ArrayView1::from(&weight);
            let weighted = &x * &weights.insert_axis(Axis(1));
            let rows = Slice::from(1..);
            let mut below = hessian.slice_axis_mut(Axis(0), rows);
            below.slice_axis_mut(Axis(1), rows).assign(&weighted.t().dot(&x));
        }
        Expansion { loss, gradient, hessian }
    }
}

/// The dot product in eight lanes, added in a fixed order: fast, and the same bits everywhere.
fn dot(a: &[f64], b: ndarray::ArrayView1<'_, f64>) -> f64 {
    let Some(b) = b.as_slice() else { return a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let mut lanes = [0.0; 8];
    let (chunks_a, chunks_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Log-loss, probability to churn and `p (1 - p)` at a logit, without overflow or cancellation.
fn at(logit: f64, churned: bool) -> (f64, f64, f64) {
    let small = (-logit.abs()).exp();
    let probability = if logit >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    let against = if churned { -logit } else { logit };
    (against.max(0.0) + small.ln_1p(), probability, small / (1.0 + small).powi(2))
}

/// The Euclidean norm.
pub(crate) fn norm(vector: &Array1<f64>) -> f64 {
    vector.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// The lower triangular factor of a symmetric positive definite matrix.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky(Array2<f64>);

impl Cholesky {
    /// `None` where the matrix is not positive definite.
    pub(crate) fn of(matrix: &Array2<f64>) -> Option<Self> {
        let n = matrix.nrows();
        let mut l = Array2::<f64>::zeros((n, n));
        for i in 0..n {
            for j in 0..=i {
                let sum = matrix[[i, j]] - (0..j).map(|k| l[[i, k]] * l[[j, k]]).sum::<f64>();
                if i == j {
                    if !(sum.is_finite() && sum > 1e-14 * matrix[[i, i]].abs()) {
                        return None;
                    }
                    l[[i, i]] = sum.sqrt();
                } else {
                    l[[i, j]] = sum / l[[j, j]];
                }
            }
        }
        Some(Self(l))
    }

    pub(crate) fn solve(&self, right: &Array1<f64>) -> Array1<f64> {
        let (l, n) = (&self.0, right.len());
        let mut x = right.clone();
        for i in 0..n {
            let known: f64 = (0..i).map(|k| l[[i, k]] * x[k]).sum();
            x[i] = (x[i] - known) / l[[i, i]];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| l[[k, i]] * x[k]).sum();
            x[i] = (x[i] - known) / l[[i, i]];
        }
        x
    }

    /// The inverse of the matrix, exactly symmetric.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.0.nrows();
        let mut inverse = Array2::zeros((n, n));
        for i in 0..n {
            let mut unit = Array1::zeros(n);
            unit[i] = 1.0;
            inverse.column_mut(i).assign(&self.solve(&unit));
        }
        symmetric(&inverse)
    }
}

/// The mean of a matrix and its transpose.
pub(crate) fn symmetric(matrix: &Array2<f64>) -> Array2<f64> {
    (matrix + &matrix.t()) / 2.0
}
