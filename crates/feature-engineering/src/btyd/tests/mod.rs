//! The models as wholes: against independent implementations, on data that leave nothing to fit, on any history at all,
//! and on customers whose parameters are known.
#![allow(clippy::unwrap_used)]

mod bg_nbd;
mod cdnow;
mod hardness;
mod properties;
mod recovery;
mod reference;
mod simulated;

use super::{BgNbd, Kind, MbgNbd, Model, Parameters, ParetoNbd, ParetoParameters};

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

/// The model of this kind with these parameters, in the order of its paper.
fn model(kind: Kind, at: &[f64]) -> Model {
    let [first, second, third, fourth] = *at else { panic!("{at:?}") };
    let parameters = Parameters { r: first, alpha: second, a: third, b: fourth };
    match kind {
        Kind::BgNbd => Model::BgNbd(BgNbd::new(parameters).unwrap()),
        Kind::MbgNbd => Model::MbgNbd(MbgNbd::new(parameters).unwrap()),
        Kind::ParetoNbd => {
            let parameters = ParetoParameters { r: first, alpha: second, s: third, beta: fourth };
            Model::ParetoNbd(ParetoNbd::new(parameters).unwrap())
        }
    }
}
