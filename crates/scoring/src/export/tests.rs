//! The exported models against [`crate::score`].

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fmt::Write;
use std::process::Command;

use super::*;
use crate::design::Design;
use crate::score::logistic;
use crate::toy::{bent_model_file, curved_model_file, model_file};
use crate::{FeatureWeight, Model, ModelFile, Shape, Term};

/// The toy model with every transform, every kind of term, and terms in no particular order.
fn everything() -> Model {
    let mut file = bent_model_file();
    for (name, mean, sd, coefficient) in [("own_change", 0.4, 1.3, 0.25), ("own_share", 0.3, 0.2, -0.4)] {
        let mut weight = file.features[0].clone();
        weight.feature.name = name.into();
        weight.feature.transform = if sd > 1.0 {
            feature_engineering::Transform::SignedLog1p
        } else {
            feature_engineering::Transform::Identity
        };
        file.features.push(FeatureWeight { clip_low: -3.0, clip_high: 4.0, mean, sd, coefficient, ..weight });
    }
    file.terms.push(Term { shape: Shape::Product { features: [3, 3] }, mean: 0.9, sd: 1.1, coefficient: -0.2 });
    let size = 1 + file.features.len() + file.terms.len();
    file.covariance = (0..size).map(|i| (0..size).map(|j| if i == j { 0.01 } else { 0.0 }).collect()).collect();
    Model::new(file).unwrap()
}

/// Rows with everything that a feature can be: missing, far out, tiny, at the ends of its range, and in between.
fn columns(features: usize) -> Vec<Vec<f64>> {
    let odd =
        [f64::NAN, 0.0, -0.0, 1e-18, 1e-9, 0.3, -0.3, 1.0, -1.0, 59.0, 89.017, -2000.5, 1e15, -1e15, 1e300, f64::MAX];
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        // xorshift64* (Marsaglia 2003; Vigna 2016).
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    };
    let mut value = || match next() % 8 {
        0 => f64::NAN,
        1 => odd[(next() % odd.len() as u64) as usize],
        2 => -(next() as f64 / 9e15) * 40.0,
        n => next() as f64 / 9e15 * 10.0_f64.powi(n as i32 - 4),
    };
    (0..features).map(|_| (0..2_000).map(|_| value()).collect()).collect()
}

/// A row for each customer: the features, the logit, the probability.
fn table(model: &Model) -> String {
    let file = model.file();
    let columns = columns(file.features.len());
    let design = Design::of_columns(model, &columns);
    let (mut text, mut x) = (String::new(), Vec::new());
    let names = file.features.iter().map(|weight| weight.feature.name.as_str());
    writeln!(text, "{},logit,probability", names.collect::<Vec<_>>().join(",")).unwrap();
    for row in 0..columns[0].len() {
        columns.iter().for_each(|column| write!(text, "{:?},", column[row]).unwrap());
        let (logit, probability) = match design.row(row, &mut x) {
            Err(_) => (f64::NAN, f64::NAN),
            Ok(()) => {
                let logit = file.coefficients().zip(&x[1..]).fold(file.intercept, |sum, (c, x)| sum + c * x);
                (logit, logistic(file.calibration.intercept + file.calibration.slope * logit))
            }
        };
        writeln!(text, "{logit:?},{probability:?}").unwrap();
    }
    text
}

fn models() -> [(&'static str, Model); 5] {
    let forecast = crate::not_trained_tests::forecast();
    let of = |file: ModelFile| Model::new(file).unwrap();
    [
        ("lines", of(model_file())),
        ("curved", of(curved_model_file())),
        ("bent", of(bent_model_file())),
        ("everything", everything()),
        ("forecast", of(forecast)),
    ]
}

/// The bytes that tests/reference/exported_models.py saw onnxruntime 1.31.1 and JPMML-Evaluator 1.7.7 agree on with
/// [`crate::score`]. They are written anew with `CHURN_WRITE_EXPORTS=1`; run the script on what was written.
#[test]
fn exports_are_those_that_other_programs_were_seen_to_agree_with() {
    for (name, model) in models() {
        let files = [("onnx", onnx(&model).unwrap()), ("pmml", pmml(&model).unwrap().into_bytes())];
        for (ending, bytes) in files {
            let path = format!("{}/tests/fixtures/exports/{name}.{ending}", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("CHURN_WRITE_EXPORTS").is_some() {
                std::fs::write(&path, &bytes).unwrap();
            }
            assert!(std::fs::read(&path).unwrap() == bytes, "{path}: another model");
        }
    }
}

/// Runs only with `CHURN_TEST_PYTHON`, the path of a Python with onnx, onnxruntime, jpmml-evaluator and xmlschema.
#[test]
fn other_programs_agree_on_rows_with_missing_clipped_and_extreme_values() {
    let Some(python) = std::env::var_os("CHURN_TEST_PYTHON") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, model) in models() {
        let write = |ending: &str, bytes: &[u8]| {
            std::fs::write(folder.path().join(format!("{name}.{ending}")), bytes).unwrap();
        };
        write("onnx", &onnx(&model).unwrap());
        write("pmml", pmml(&model).unwrap().as_bytes());
        write("csv", table(&model).as_bytes());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/exported_models.py");
    let ended = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    println!("{said}");
}

#[test]
fn what_a_format_has_no_place_for_is_named() {
    let named = |name: &str| {
        let mut file = model_file();
        file.features[0].feature.name = name.into();
        Model::new(file).unwrap()
    };
    let message = pmml(&named("churn_probability")).unwrap_err().to_string();
    assert!(message.contains("PMML") && message.contains("churn_probability"), "{message}");
    for error in [onnx(&named("a\nb")).unwrap_err(), pmml(&named("a\nb")).unwrap_err()] {
        assert!(error.to_string().contains(r#"a feature called "a\nb""#), "{error}");
    }
}
