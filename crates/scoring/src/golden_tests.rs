//! A model of format 3 with segments, further horizons and a calibration curve, as a training run wrote it
//! (`training::golden_tests`): it loads, and scores the export beside it as it did then, for ever.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use crate::toy::read_until;
use crate::{Model, Scores};

/// Probabilities may differ by rounding between versions, and by no more.
const ROUNDING: f64 = 1e-12;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[test]
fn a_model_of_format_version_3_with_everything_still_loads_and_scores_as_it_did() {
    let text = std::fs::read_to_string(fixture("golden-v3-model.json")).unwrap();
    let model = Model::parse(&text).unwrap();
    assert_eq!(model.to_json().unwrap(), text);
    let file = model.file();
    assert_eq!((file.format_version, file.horizons.len(), file.levels.len()), (3, 2, 1));
    let segments = file.segments.as_ref().unwrap();
    let own = segments.values.iter().filter(|segment| !segment.fallback).count();
    assert!(own >= 2 && own < segments.values.len() && file.isotonic.is_some() && file.lapsed.is_some());

    let as_of = "2026-02-25".parse().unwrap();
    let (purchases, customers) = (fixture("golden-v3-purchases.csv"), fixture("golden-v3-customers.csv"));
    let scores = Scores::compute(&model, &read_until(&purchases, Some(&customers), as_of), as_of).unwrap();
    let curves = scores.curves().unwrap();
    let expected = std::fs::read_to_string(fixture("golden-v3-scores.csv")).unwrap();
    let mut expected = expected.lines();
    let days: Vec<String> = curves.days().iter().map(|days| format!("within_{days}")).collect();
    assert_eq!(expected.next().unwrap(), format!("customer,probability,low,high,{}", days.join(",")));
    let scored: Vec<_> = scores.rows().iter().filter_map(|row| row.scored.as_ref()).collect();
    let mut places = std::collections::BTreeSet::new();
    for ((scored, curve), line) in scored.iter().zip(curves.curves()).zip(expected.by_ref()) {
        let line: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let (low, high) = scored.interval.unwrap();
        let found = [&[f64::from(scored.customer), scored.probability, low, high], curve].concat();
        assert_eq!(found.len(), line.len());
        for (found, expected) in found.iter().zip(&line) {
            assert!((found - expected).abs() <= ROUNDING, "customer {}: {found} {expected}", scored.customer);
        }
        places.insert(scored.probability.to_bits());
    }
    assert_eq!(expected.next(), None, "every line has its customer");
    assert!(scored.len() > 10 && places.len() > 5, "{} customers, {} probabilities", scored.len(), places.len());
}
