//! Scores rows of a file for `benches/scoring.py`: probabilities, calibrated, and the three weightiest features of each.
//!
//!     explain_rows MODEL FILE ROWS COLUMNS OUT [REPEATS]
//!
//! `FILE` has the columns one after the other (f64, little-endian), standardised; `MODEL` has intercept and slope of the
//! calibration, the intercept of the model, and a coefficient for each column. The probabilities (f64) and then the places
//! of the features (three u16 each) go to `OUT`. Prints the seconds of each repeat, without reading and writing, as JSON.

use std::io::Write;
use std::time::Instant;

use feature_engineering::{Churn, Feature, catalogue};
use scoring::{
    Calibration, ChurnDefinition, Explained, FORMAT_VERSION, FeatureWeight, Fingerprints, Model, ModelFile, Penalty,
    RiskThresholds, SliceDates, ValueModel, explain,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, file, rows, columns, out, more @ ..] = arguments.as_slice() else {
        return Err("expected MODEL FILE ROWS COLUMNS OUT [REPEATS]".into());
    };
    let (rows, columns) = (rows.parse::<usize>()?, columns.parse::<usize>()?);
    let repeats = more.first().map_or(Ok(1), |repeats| repeats.parse::<usize>())?;
    let model = model_of(&numbers(model)?, columns)?;
    let data = numbers(file)?;
    if data.len() != rows * columns {
        return Err(format!("expected {rows} rows of {columns} columns, found {} numbers", data.len()).into());
    }
    let columns: Vec<&[f64]> = data.chunks_exact(rows).collect();
    let mut explained = vec![Explained::default(); rows];
    let mut seconds = Vec::new();
    for _ in 0..repeats {
        let began = Instant::now();
        explain(&model, &columns, &mut explained)?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    let mut bytes: Vec<u8> = explained.iter().flat_map(|row| row.probability.to_le_bytes()).collect();
    bytes.extend(explained.iter().flat_map(|row| row.features).flat_map(u16::to_le_bytes));
    std::fs::write(out, bytes)?;
    writeln!(std::io::stdout(), "{{\"seconds\": {seconds:?}}}")?;
    Ok(())
}

fn numbers(path: &str) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect())
}

fn model_of(numbers: &[f64], columns: usize) -> Result<Model, Box<dyn std::error::Error>> {
    let [calibration, slope, intercept, coefficients @ ..] = numbers else {
        return Err("expected a model of three numbers and the coefficients".into());
    };
    if coefficients.len() != columns || catalogue().len() < columns {
        return Err(format!("expected {columns} coefficients, found {}", coefficients.len()).into());
    }
    let weight = |(feature, coefficient): (&std::sync::Arc<Feature>, &f64)| FeatureWeight {
        feature: Feature::clone(feature),
        clip_low: -1e9,
        clip_high: 1e9,
        mean: 0.0,
        sd: 1.0,
        coefficient: *coefficient,
    };
    let parameters = columns + 1;
    let date = |text: &str| text.to_owned();
    Ok(Model::new(ModelFile {
        format_version: FORMAT_VERSION,
        name: "bench".into(),
        churn: ChurnDefinition { definition: Churn::Inactivity, horizon_days: 90, lead_days: 0 },
        active_within_days: 180,
        timezone: "UTC".into(),
        currency: "EUR".into(),
        returns: "net".into(),
        slices: SliceDates {
            first_day: date("2024-01-01"),
            training: vec![date("2026-03-01"), date("2026-04-01")],
            selection_training: Vec::new(),
            selection: None,
            calibration: date("2026-04-01"),
            test: date("2026-05-01"),
        },
        features: catalogue().iter().zip(coefficients).map(weight).collect(),
        intercept: *intercept,
        covariance: vec![vec![0.0; parameters]; parameters],
        calibration: Calibration { intercept: *calibration, slope: *slope, covariance: [[0.0; 2]; 2] },
        version: String::new(),
        content_sha256: String::new(),
        lookback_days: None,
        has_margin: false,
        training_rows: 1_000,
        training_share: 1.0,
        terms: Vec::new(),
        penalty: Penalty { lambda: 1.0, alpha: 1.0 },
        isotonic: None,
        horizons: Vec::new(),
        risk_bands: RiskThresholds::default(),
        value: ValueModel { intercept: 0.0, slope: 1.0, margin_ratio: 1.0, past_high: 1.0, highest: 1.0, rows: 1_000 },
        lapsed: None,
        fingerprints: Fingerprints { data: String::new(), config: String::new() },
        not_trained: None,
        segments: None,
        levels: Vec::new(),
        contract: None,
        separating: Vec::new(),
    })?)
}
