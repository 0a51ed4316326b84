//! The quadratic model with a lasso, minimised one coordinate after the other.
//!
//! Friedman, Hastie & Tibshirani (2010), J. Stat. Softw. 33(1), section 2.2, "covariance updates": the model is
//! `g'd + d'Hd / 2 + sum_j lasso_j |b_j + d_j|`, and each coordinate's minimum is a soft threshold.

use crate::newton::{Objective, Point};

const MAX_SWEEPS: u32 = 10_000;
/// Changes of the model by less than this part of the first sweep's largest end it.
const SMALL: f64 = 1e-22;

/// The step to the minimum of the model.
///
/// # Errors
/// A column without curvature.
pub(crate) fn minimise(hessian: &[f64], point: &Point, objective: &Objective<'_>) -> Result<Vec<f64>, usize> {
    let size = point.parameters.len();
    let symmetric: Vec<f64> = (0..size * size)
        .map(|at| {
            let (i, j) = (at / size, at % size);
            hessian[i.max(j) * size + i.min(j)]
        })
        .collect();
    if let Some(column) = (0..size).find(|j| symmetric[j * size + j].is_nan() || symmetric[j * size + j] <= 0.0) {
        return Err(column);
    }
    let mut step = vec![0.0; size];
    // g + H d.
    let mut slope = point.gradient.clone();
    let mut largest = 0.0_f64;
    let mut only_moving = false;
    for _ in 0..MAX_SWEEPS {
        let mut change = 0.0_f64;
        for j in (0..size).filter(|j| objective.active[*j]) {
            let here = point.parameters[j] + step[j];
            let lasso = objective.penalty.lasso[j];
            if only_moving && here == 0.0 {
                continue;
            }
            let curvature = symmetric[j * size + j];
            let free = curvature * here - slope[j];
            let to = if free.abs() <= lasso { 0.0 } else { (free - lasso * free.signum()) / curvature };
            let moved = to - here;
            if moved != 0.0 {
                step[j] = to - point.parameters[j];
                for (slope, h) in slope.iter_mut().zip(&symmetric[j * size..(j + 1) * size]) {
                    *slope += moved * h;
                }
                change = change.max(curvature * moved * moved);
            }
        }
        largest = largest.max(change);
        if change <= SMALL * largest {
            if !only_moving {
                return Ok(step);
            }
            // One sweep over all of them shows whether a zero should have moved.
            only_moving = false;
        } else {
            only_moving = true;
        }
    }
    Ok(step)
}
