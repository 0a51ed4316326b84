//! linfa-logistic's side of `benches/solver.py`: `linfa_bench linfa FILE ROWS COLUMNS ALPHA REPEATS`, on contiguous columns.
//!
//! FILE as for `solver_bench` of the crate `logistic-regression`. The copy into columns is not in its time.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use linfa::prelude::*;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2, ShapeBuilder};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let number = |at: usize| arguments[at].parse::<usize>().unwrap();
    let (rows, columns, alpha, repeats) = (number(1), number(2), arguments[3].parse::<f64>().unwrap(), number(4));
    let bytes = std::fs::read(&arguments[0]).unwrap();
    let all: Vec<f64> = bytes.chunks_exact(8).map(|some| f64::from_le_bytes(some.try_into().unwrap())).collect();
    let x = Array2::from_shape_fn((rows, columns).f(), |(i, j)| all[i * columns + j]);
    let labels: Array1<bool> = all[rows * columns..].iter().map(|label| *label == 1.0).collect();
    let dataset = Dataset::new(x, labels);
    let mut seconds = Vec::new();
    let mut objective = f64::NAN;
    for _ in 0..repeats {
        let started = Instant::now();
        let fitted = LogisticRegression::default().alpha(alpha).fit(&dataset).unwrap();
        seconds.push(started.elapsed().as_secs_f64());
        let logits = dataset.records().dot(fitted.params()) + fitted.intercept();
        let positive = fitted.labels().pos.class;
        let loss = |(logit, label): (&f64, &bool)| {
            let margin = if *label == positive { *logit } else { -logit };
            (-margin).max(0.0) + (-margin.abs()).exp().ln_1p()
        };
        let losses: f64 = logits.iter().zip(dataset.targets()).map(loss).sum();
        objective = losses + 0.5 * alpha * fitted.params().dot(fitted.params());
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0;
    println!("{}", serde_json::json!({ "seconds": seconds, "objective": objective, "peak_mb": peak }));
}
