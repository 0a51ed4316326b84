//! Random problems from a seed.

#![allow(dead_code, clippy::unwrap_used)]

use logistic_regression::{Fit, Matrix, Options, Penalty, Problem, Response, SolverError};

/// SplitMix64 (Steele, Lea & Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }
}

/// Columns, labels and, perhaps, weights and offsets.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) labels: Vec<bool>,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) offsets: Option<Vec<f64>>,
    pub(crate) truth: Vec<f64>,
}

impl Sample {
    /// Columns of several kinds, correlated; labels of a logistic model.
    pub(crate) fn draw(random: &mut Random, rows: usize, columns: usize) -> Self {
        let shared: Vec<f64> = (0..rows).map(|_| random.normal()).collect();
        let kinds: Vec<usize> = (0..columns).map(|_| random.below(4)).collect();
        let column = |random: &mut Random, kind: usize| -> Vec<f64> {
            let mix = 0.8 * random.uniform();
            let value = |random: &mut Random, shared: f64| {
                let z = mix * shared + (1.0 - mix) * random.normal();
                match kind {
                    0 => z,
                    1 => z.exp(),
                    2 => f64::from(u8::from(z > 0.3)),
                    _ => 50.0 + 7.0 * z,
                }
            };
            shared.iter().map(|shared| value(random, *shared)).collect()
        };
        let columns: Vec<Vec<f64>> = kinds.into_iter().map(|kind| column(random, kind)).collect();
        let sd = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / rows as f64;
            (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / rows as f64).sqrt().max(1e-3)
        };
        let mut truth = vec![random.normal() * 0.5 - 0.5];
        truth.extend(columns.iter().map(|values| random.normal() * 0.5 / sd(values)));
        let centre: f64 = columns.iter().zip(&truth[1..]).map(|(c, b)| b * c.iter().sum::<f64>() / rows as f64).sum();
        truth[0] -= centre;
        let mut labels: Vec<bool> = (0..rows)
            .map(|row| {
                let logit = columns.iter().zip(&truth[1..]).fold(truth[0], |sum, (column, b)| sum + b * column[row]);
                random.uniform() < 1.0 / (1.0 + (-logit).exp())
            })
            .collect();
        labels[0] = true;
        labels[1] = false;
        Self { columns, labels, weights: None, offsets: None, truth }
    }

    pub(crate) fn rows(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn matrix(&self) -> Matrix<'static> {
        let slices: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        Matrix::from_columns(&slices).unwrap()
    }

    pub(crate) fn response(&self, matrix: &Matrix<'_>) -> Response {
        let mut response = Response::new(matrix, &self.labels).unwrap();
        if let Some(weights) = &self.weights {
            response = response.weighted(matrix, weights).unwrap();
        }
        if let Some(offsets) = &self.offsets {
            response = response.with_offsets(matrix, offsets).unwrap();
        }
        response
    }

    pub(crate) fn fit(&self, penalty: &Penalty, options: &Options) -> Result<Fit, SolverError> {
        let matrix = self.matrix();
        Problem::new(&matrix, &self.response(&matrix))?.fit(penalty, options)
    }

    /// The objective and its gradient, the intercept first, written down as the definition says.
    pub(crate) fn objective(&self, fit: &Fit, ridge: &[f64]) -> (f64, Vec<f64>) {
        let mut objective = 0.0;
        let mut gradient = vec![0.0; self.columns.len() + 1];
        for row in 0..self.rows() {
            let x: Vec<f64> = self.columns.iter().map(|column| column[row]).collect();
            let logit = fit.logit(&x) + self.offsets.as_ref().map_or(0.0, |offsets| offsets[row]);
            let weight = self.weights.as_ref().map_or(1.0, |weights| weights[row]);
            let margin = if self.labels[row] { logit } else { -logit };
            objective += weight * ((-margin).max(0.0) + (-margin.abs()).exp().ln_1p());
            let residual = weight * (1.0 / (1.0 + (-logit).exp()) - f64::from(u8::from(self.labels[row])));
            gradient[0] += residual;
            for (sum, x) in gradient[1..].iter_mut().zip(&x) {
                *sum += residual * x;
            }
        }
        for ((slope, b), ridge) in gradient[1..].iter_mut().zip(&fit.coefficients).zip(ridge) {
            *slope += ridge * b;
            objective += 0.5 * ridge * b * b;
        }
        (objective, gradient)
    }
}
