//! Random models, and why they score as they do.

#![allow(unreachable_pub, clippy::unwrap_used)]

use std::sync::Arc;

use feature_engineering::reason::Group;
use feature_engineering::{Churn, Expression, Family, Feature, Fitted, Transform, Unit, Use, features};
use history::History;
use scoring::{
    Calibration, ChurnDefinition, FORMAT_VERSION, Factor, FeatureWeight, Fingerprints, Model, ModelFile, Penalty,
    RiskThresholds, Shape, SliceDates, Term, ValueModel,
};
use serde_json::json;

use crate::common::random::Random;

/// A model of some of these features and a forecast, and the kind of that forecast.
pub fn random(random: &mut Random, history: &History<'_>, known: &[Arc<Feature>]) -> (Model, &'static str) {
    let kind = *random.pick(&["BG/NBD", "MBG/NBD", "Pareto/NBD"]);
    let mut chosen: Vec<Feature> = vec![forecast(random, kind)];
    for feature in known {
        if chosen.len() < 30 && random.percent(25) && feature.used == Use::Modelled {
            chosen.push(Feature::clone(feature));
        }
    }
    let arcs: Vec<Arc<Feature>> = chosen.iter().cloned().map(Arc::new).collect();
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let table = features(history, &everybody, &arcs).unwrap();
    let weights: Vec<FeatureWeight> = chosen
        .iter()
        .zip(table.columns())
        .map(|(feature, column)| {
            let known: Vec<f64> =
                column.iter().map(|value| feature.transform.apply(*value)).filter(|value| !value.is_nan()).collect();
            let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
            let high = known.iter().copied().fold(mean + 1e-3, f64::max);
            let low = known.iter().copied().fold(mean - 1e-3, f64::min);
            FeatureWeight {
                feature: feature.clone(),
                // Some values lie outside.
                clip_low: low + 0.1 * (mean - low),
                clip_high: high - 0.1 * (high - mean),
                mean,
                sd: ((high - low) / 3.0).max(1e-3),
                coefficient: small(random),
            }
        })
        .collect();
    let n = weights.len();
    let terms = (0..12).map(|_| term(random, n)).collect::<Vec<Term>>();
    let size = 1 + n + terms.len();
    let unit = |row: usize| (0..size).map(|column| if row == column { 0.01 } else { 0.0 }).collect();
    let text = str::to_owned;
    let file = ModelFile {
        format_version: FORMAT_VERSION,
        name: text("random"),
        version: String::new(),
        content_sha256: String::new(),
        churn: ChurnDefinition { definition: Churn::Inactivity, horizon_days: 90, lead_days: 0 },
        active_within_days: 180,
        lookback_days: None,
        timezone: text("UTC"),
        currency: text("EUR"),
        returns: text(history.returns().as_str()),
        has_margin: history.has_margin(),
        slices: SliceDates {
            first_day: text("2022-07-06"),
            training: vec![text("2023-01-01")],
            selection_training: Vec::new(),
            selection: None,
            calibration: text("2023-06-01"),
            test: text("2023-12-01"),
        },
        training_rows: 1_000,
        training_share: 1.0,
        features: weights,
        terms,
        intercept: small(random),
        penalty: Penalty { lambda: 1e-3, alpha: 1.0 },
        covariance: (0..size).map(unit).collect(),
        calibration: Calibration { intercept: 0.1, slope: 0.9, covariance: [[0.01, 0.0], [0.0, 0.02]] },
        isotonic: random.percent(40).then(|| {
            serde_json::from_value(json!({"x": [-2.0, -0.5, 0.5, 2.0], "y": [-1.0, -0.9, 1.5, 1.6]})).unwrap()
        }),
        horizons: Vec::new(),
        risk_bands: RiskThresholds::default(),
        value: ValueModel { intercept: 4.0, slope: 0.5, margin_ratio: 1.0, past_high: 120.0, highest: 50.0, rows: 100 },
        lapsed: None,
        fingerprints: Fingerprints { data: "0".repeat(64), config: "0".repeat(64) },
        not_trained: None,
        segments: None,
        levels: Vec::new(),
        separating: Vec::new(),
        contract: None,
    };
    (Model::new(file).unwrap(), kind)
}

fn small(random: &mut Random) -> f64 {
    random.between(-100, 101) as f64 / 150.0
}

fn forecast(random: &mut Random, kind: &str) -> Feature {
    let between = |random: &mut Random, from: i64, to: i64| random.between(from, to) as f64 / 100.0;
    let parameters =
        [between(random, 20, 300), between(random, 500, 9_000), between(random, 20, 300), between(random, 80, 9_000)];
    let what = if random.percent(80) { json!({ "silence": 90 }) } else { json!("alive") };
    let fitted: Fitted =
        serde_json::from_value(json!({ "model": kind, "parameters": parameters, "spend": null, "forecast": what }))
            .unwrap();
    Feature {
        name: "forecast".to_owned(),
        family: Family::BuyTillYouDie,
        unit: Unit::Ratio,
        label: "forecast".to_owned(),
        description: "A forecast of a random model".to_owned(),
        transform: Transform::Identity,
        used: Use::Modelled,
        definition: Expression::Fitted(Box::new(fitted)),
    }
}

fn term(random: &mut Random, features: usize) -> Term {
    let place = |random: &mut Random| random.between(0, features as i64) as usize;
    let knots = vec![-1.0, -0.2, 0.4, 1.3];
    let shape = match random.between(0, 3) {
        0 => Shape::Bend { feature: place(random), knots, from: random.between(0, 2) as usize },
        1 => Shape::Product { features: [place(random), place(random)] },
        _ => {
            let bend = Factor::Bend { feature: place(random), knots, from: 1, mean: 0.2, sd: 0.7 };
            let line = Factor::Line { feature: place(random) };
            Shape::BentProduct { factors: if random.percent(50) { [bend, line] } else { [bend.clone(), bend] } }
        }
    };
    Term { shape, mean: small(random), sd: 0.8, coefficient: small(random) / 2.0 }
}

/// What raises the probability of a customer, by hand: groups by the sum of what their features add to the calibrated logit.
pub fn reasons(model: &Model, history: &History<'_>, customer: u32) -> Vec<Option<String>> {
    let file = model.file();
    let table = features(history, &[customer], model.features()).unwrap();
    let x: Vec<f64> = file
        .features
        .iter()
        .zip(table.columns())
        .map(|(weight, column)| {
            let value = weight.feature.transform.apply(column[0]);
            (value.clamp(weight.clip_low, weight.clip_high) - weight.mean) / weight.sd
        })
        .collect();
    let or_zero = |value: f64| if value.is_nan() { 0.0 } else { value };
    let mut of_feature: Vec<f64> =
        file.features.iter().zip(&x).map(|(weight, x)| weight.coefficient * or_zero(*x)).collect();
    for term in &file.terms {
        let value = or_zero((term.shape.value(|at| x[at]) - term.mean) / term.sd);
        for at in term.shape.features() {
            of_feature[at] += 0.5 * term.coefficient * value;
        }
    }
    let mut of_group: Vec<(Group, String, f64)> = Vec::new();
    for (weight, adds) in file.features.iter().zip(of_feature) {
        let group = Group::of(&weight.feature);
        match of_group.iter_mut().find(|(known, ..)| *known == group) {
            Some((.., sum)) => *sum += adds,
            None => of_group.push((group, group.as_str().to_owned(), adds)),
        }
    }
    of_group.retain(|(.., sum)| file.calibration.slope * sum > 0.1);
    of_group.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut names: Vec<Option<String>> = of_group.into_iter().take(3).map(|(_, name, _)| Some(name)).collect();
    names.resize(3, None);
    names
}
