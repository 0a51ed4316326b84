//! The same bits for any number of threads.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, Sample};
use logistic_regression::{Matrix, Options, Penalty, Problem, Response, cross_validate};

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn the_number_of_threads_shows_in_no_bit() {
    // Enough rows for samples and for many tasks.
    let sample = Sample::draw(&mut Random(7), 70_000, 6);
    let found: Vec<_> = [1, 2, 4, 16]
        .into_iter()
        .map(|threads| {
            in_pool(threads, || {
                let matrix = sample.matrix();
                let response = sample.response(&matrix);
                let problem = Problem::new(&matrix, &response).unwrap();
                let fit = problem.fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
                let errors = problem.covariance(&fit).unwrap().standard_errors();
                (fit.intercept, fit.coefficients.clone(), fit.objective, fit.trace.clone(), errors)
            })
        })
        .collect();
    assert!(found[0].3.len() > 2 && found.iter().all(|other| *other == found[0]));
}

#[test]
fn cross_validation_in_parallel_is_that_of_one_thread() {
    let sample = Sample::draw(&mut Random(8), 3_000, 4);
    let slices: Vec<&[f64]> = sample.columns.iter().map(Vec::as_slice).collect();
    let groups: Vec<usize> = (0..3_000).map(|row| row % 5).collect();
    let matrix = Matrix::from_columns_in_groups(&slices, &groups).unwrap();
    let response = Response::new(&matrix, &sample.labels).unwrap();
    let penalties: Vec<Penalty> = [100.0, 10.0, 1.0].map(Penalty::ridge).to_vec();
    let run = || cross_validate(&matrix, &response, &penalties, &Options::for_paths()).unwrap();
    let found: Vec<_> = [1, 2, 4, 16].map(|threads| in_pool(threads, run)).to_vec();
    assert!(found.iter().all(|other| *other == found[0]));
}
