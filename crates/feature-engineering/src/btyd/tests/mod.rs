//! The models as wholes: against independent implementations, on data that leave nothing to fit, on any history at all,
//! and on customers whose parameters are known.
#![allow(clippy::unwrap_used)]

mod bg_nbd;
mod cdnow;
mod hardness;
mod lead;
mod properties;
mod recovery;
mod reference;
mod simulated;

use super::{Kind, Model};

/// Fields of each line that is neither a comment nor the header.
fn lines(csv: &str) -> impl Iterator<Item = Vec<&str>> {
    csv.lines().filter(|line| !line.starts_with('#')).skip(1).map(|line| line.split(',').collect())
}

fn numbers(fields: &[&str]) -> Vec<f64> {
    fields.iter().map(|field| field.parse().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, expected: f64, relative: f64, what: &str) {
    let tolerance = relative * expected.abs();
    assert!((found - expected).abs() <= tolerance, "{what}: found {found:?}, expected {expected:?}");
}

/// The model of this kind with these four parameters.
fn model(kind: Kind, at: &[f64]) -> Model {
    Model::new(kind, at.try_into().unwrap()).unwrap()
}
