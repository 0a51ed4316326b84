//! The covariance of fitted parameters when several rows belong to one customer.

use ndarray::{Array1, Array2};

use crate::fit::Fitted;
use crate::newton::{Cholesky, symmetric};

/// `H^-1 B H^-1 G / (G - 1)`: `H` the Hessian of the penalised loss, `B` the sum over the `G` customers of the outer
/// product of their summed scores `x (y - p)` (Liang & Zeger 1986, Biometrika 73:13). Intercept first. `None` where the
/// Hessian is singular or there is one customer alone.
pub(crate) fn covariance(x: &Array2<f64>, churned: &[bool], customer: &[u32], fitted: &Fitted) -> Option<Array2<f64>> {
    let size = x.ncols() + 1;
    let logits = fitted.logits(x);
    let mut order: Vec<usize> = (0..churned.len()).collect();
    order.sort_by_key(|row| customer[*row]);
    let mut meat = Array2::<f64>::zeros((size, size));
    let mut clusters = 0_u64;
    let mut score = Array1::<f64>::zeros(size);
    for rows in order.chunk_by(|a, b| customer[*a] == customer[*b]) {
        clusters += 1;
        score.fill(0.0);
        for row in rows {
            let residual = f64::from(u8::from(churned[*row])) - 1.0 / (1.0 + (-logits[*row]).exp());
            score[0] += residual;
            for (sum, value) in score.iter_mut().skip(1).zip(x.row(*row)) {
                *sum += residual * value;
            }
        }
        for i in 0..size {
            for j in 0..=i {
                meat[[i, j]] += score[i] * score[j];
            }
        }
    }
    for i in 0..size {
        for j in 0..i {
            meat[[j, i]] = meat[[i, j]];
        }
    }
    if clusters < 2 {
        return None;
    }
    let bread = Cholesky::of(&fitted.at_minimum.hessian)?.inverse();
    let correction = clusters as f64 / (clusters - 1) as f64;
    Some(symmetric(&(bread.dot(&meat).dot(&bread) * correction)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fit::fit;
    use ndarray::ShapeBuilder;

    #[test]
    fn the_sandwich_agrees_with_numpy() {
        // Made by tests/reference/logistic.py with numpy 2.4.6 and mpmath 1.4.1.
        let fixture: serde_json::Value = serde_json::from_str(include_str!("../tests/fixtures/logistic.json")).unwrap();
        let case = &fixture["cases"][0];
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let rows: Vec<Vec<f64>> = case["x"].as_array().unwrap().iter().map(numbers).collect();
        let x = Array2::from_shape_fn((rows.len(), rows[0].len()).f(), |(i, j)| rows[i][j]);
        let churned: Vec<bool> = numbers(&case["y"]).into_iter().map(|y| y == 1.0).collect();
        let customer: Vec<u32> = case["cluster"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap()[1..].parse().unwrap())
            .collect();
        let lambda = case["alpha"].as_f64().unwrap() / churned.len() as f64;
        let fitted = fit(&x, &churned, lambda, "training").unwrap();
        let found = covariance(&x, &churned, &customer, &fitted).unwrap();
        for (i, expected) in case["covariance"].as_array().unwrap().iter().enumerate() {
            for (j, expected) in numbers(expected).into_iter().enumerate() {
                assert!((found[[i, j]] - expected).abs() < 1e-9 * found[[i, i]].max(found[[j, j]]), "{i} {j}");
                assert_eq!(found[[i, j]], found[[j, i]]);
            }
        }
    }
}
