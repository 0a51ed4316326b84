//! The solver's side of `benches/solver.py`: reads plain binary data, fits, prints one JSON object.
//!
//! ```text
//! solver_bench fit FILE ROWS COLUMNS ALPHA REPEATS [loose]
//! solver_bench grid FILE SEGMENTS ROWS COLUMNS FOLDS ALPHA...
//! ```
//!
//! FILE holds little-endian f64: for each segment (one for `fit`) its rows, number after number, then its labels, 0 or 1.
//! Times of `fit` include the packing of the rows.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::io::Read;
use std::time::Instant;

use logistic_regression::{Matrix, Options, Penalty, Problem, Response, cross_validate};
use rayon::prelude::*;

/// About as near to the minimum as scikit-learn's newton-cholesky comes with its default tolerance: some 1e-10 of the objective.
const LOOSE: Options =
    Options { gradient_tolerance: 1e-6, decrement_tolerance: 1e-10, max_iterations: 100, exact: false };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments[at].parse::<usize>().unwrap();
    let numbers = |from: usize| arguments[from..].iter().map(|a| a.parse::<f64>().unwrap()).collect::<Vec<f64>>();
    match arguments[0].as_str() {
        "fit" => {
            let options = match arguments.get(6).map(String::as_str) {
                None => Options::default(),
                Some("loose") => LOOSE,
                Some(other) => panic!("expected loose, found {other}"),
            };
            fit(&arguments[1], [number(2), number(3)], arguments[4].parse().unwrap(), number(5), &options);
        }
        "grid" => grid(&arguments[1], [number(2), number(3), number(4), number(5)], &numbers(6)),
        other => panic!("expected fit or grid, found {other}"),
    }
}

struct Reader(std::io::BufReader<std::fs::File>);

impl Reader {
    fn open(path: &str) -> Self {
        Self(std::io::BufReader::with_capacity(1 << 20, std::fs::File::open(path).unwrap()))
    }

    fn numbers(&mut self, count: usize) -> Vec<f64> {
        let mut bytes = [0; 8];
        (0..count)
            .map(|_| {
                self.0.read_exact(&mut bytes).unwrap();
                f64::from_le_bytes(bytes)
            })
            .collect()
    }
}

fn fit(path: &str, [rows, columns]: [usize; 2], alpha: f64, repeats: usize, options: &Options) {
    let mut reader = Reader::open(path);
    let x = reader.numbers(rows * columns);
    let labels: Vec<bool> = reader.numbers(rows).into_iter().map(|label| label == 1.0).collect();
    let loaded = resident();
    let mut seconds = Vec::new();
    let mut last = None;
    for _ in 0..repeats {
        let started = Instant::now();
        let matrix = Matrix::from_rows(&x, columns).unwrap();
        let packed = started.elapsed().as_secs_f64();
        let response = Response::new(&matrix, &labels).unwrap();
        let fit = Problem::new(&matrix, &response).unwrap().fit(&Penalty::ridge(alpha), options).unwrap();
        seconds.push([started.elapsed().as_secs_f64(), packed]);
        last = Some(fit);
    }
    let fit = last.unwrap();
    println!(
        "{}",
        serde_json::json!({
            "seconds": seconds.iter().map(|s| s[0]).collect::<Vec<_>>(),
            "packing_seconds": seconds.iter().map(|s| s[1]).collect::<Vec<_>>(),
            "objective": fit.objective,
            "iterations": fit.iterations,
            "trace": fit.trace,
            "intercept": fit.intercept,
            "coefficients": fit.coefficients,
            "loaded_mb": loaded,
            "peak_mb": peak(),
        })
    );
}

fn grid(path: &str, [segments, rows, columns, folds]: [usize; 4], alphas: &[f64]) {
    let mut reader = Reader::open(path);
    let data: Vec<(Vec<f64>, Vec<bool>)> = (0..segments)
        .map(|_| {
            let x = reader.numbers(rows * columns);
            (x, reader.numbers(rows).into_iter().map(|label| label == 1.0).collect())
        })
        .collect();
    let group_of: Vec<usize> = (0..rows).map(|row| row * folds / rows).collect();
    let mut penalties: Vec<f64> = alphas.to_vec();
    penalties.sort_by(|a, b| b.total_cmp(a));
    let penalties: Vec<Penalty> = penalties.into_iter().map(Penalty::ridge).collect();
    let started = Instant::now();
    let losses: Vec<Vec<f64>> = data
        .par_iter()
        .map(|(x, labels)| {
            let matrix = Matrix::from_rows_in_groups(x, columns, &group_of).unwrap();
            let response = Response::new(&matrix, labels).unwrap();
            cross_validate(&matrix, &response, &penalties, &Options::for_paths()).unwrap().log_loss
        })
        .collect();
    let seconds = started.elapsed().as_secs_f64();
    let fits = segments * folds * penalties.len();
    println!(
        "{}",
        serde_json::json!({
            "seconds": seconds,
            "milliseconds_per_fit": 1e3 * seconds / fits as f64,
            "log_loss": losses,
            "peak_mb": peak(),
        })
    );
}

/// Resident memory now and at most, in MB, where the system tells.
fn resident() -> f64 {
    of_status("VmRSS:")
}

fn peak() -> f64 {
    of_status("VmHWM:")
}

fn of_status(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
}
