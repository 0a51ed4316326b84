//! Models of formats 3 and 4 with everything that these can hold, as training runs wrote them (`training::golden_tests`): they
//! load, and score the exports beside them as they did then, for ever.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use crate::ModelFile;
use crate::toy::read_until;
use crate::{Contract, Distribution, Model, Scores};

/// Probabilities may differ by rounding between versions, and by no more.
const ROUNDING: f64 = 1e-12;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[test]
fn a_model_of_format_version_3_with_everything_still_loads_and_scores_as_it_did() {
    let model = golden(3);
    assert!(model.file().contract.is_none());
}

#[test]
fn a_model_of_format_version_4_with_everything_still_loads_and_scores_as_it_did() {
    let model = golden(4);
    let contract = model.file().contract.as_ref().unwrap();
    assert!(contract.columns.len() >= 4 && contract.distributions.len() == model.file().features.len());
}

/// The golden file of format 4 is that of format 3 with what the export beside it is remembered by: `CHURN_WRITE_GOLDEN=1` makes it.
#[test]
fn a_model_that_remembers_its_export_scores_as_it_did_without() {
    let old = golden(3);
    let as_of = "2026-02-25".parse().unwrap();
    let (purchases, customers) = (fixture("golden-v3-purchases.csv"), fixture("golden-v3-customers.csv"));
    let export = read_until(&purchases, Some(&customers), as_of);
    let history = old.history(&export, as_of);
    let everybody: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
    let table = feature_engineering::features(&history, &everybody, &old.wanted_features(&history)).unwrap();
    let distribution = |weight: &crate::FeatureWeight| {
        let values = table.column_named(&weight.feature.name).unwrap();
        let values: Vec<f64> = values.iter().map(|value| weight.feature.transform.apply(*value)).collect();
        Distribution::of(&weight.feature.name, &values)
    };
    let distributions = old.file().features.iter().map(distribution).collect();
    let contract = Some(Contract::of(&export, distributions));
    let new = Model::new(ModelFile { format_version: 4, contract, ..old.file().clone() }).unwrap();
    if std::env::var_os("CHURN_WRITE_GOLDEN").is_some() {
        std::fs::write(fixture("golden-v4-model.json"), new.to_json().unwrap()).unwrap();
    }
    let [before, after] = [&old, &new].map(|model| Scores::compute(model, &export, as_of).unwrap());
    assert_eq!(before.rows(), after.rows());
    let too_early = Model::new(ModelFile { format_version: 3, ..new.file().clone() }).unwrap_err().to_string();
    assert!(too_early.contains("contract to be absent before format version 4"), "{too_early}");
}

/// Holds the scores of a golden model against those that it gave when it was made.
fn golden(version: u64) -> Model {
    let named = |name: &str| fixture(&format!("golden-v3-{name}"));
    let text = std::fs::read_to_string(fixture(&format!("golden-v{version}-model.json"))).unwrap();
    let model = Model::parse(&text).unwrap();
    assert_eq!(model.to_json().unwrap(), text);
    let file = model.file();
    assert_eq!((file.format_version, file.horizons.len(), file.levels.len()), (version, 2, 1));
    let segments = file.segments.as_ref().unwrap();
    let own = segments.values.iter().filter(|segment| !segment.fallback).count();
    assert!(own >= 2 && own < segments.values.len() && file.isotonic.is_some() && file.lapsed.is_some());

    let as_of = "2026-02-25".parse().unwrap();
    let (purchases, customers) = (named("purchases.csv"), named("customers.csv"));
    let scores = Scores::compute(&model, &read_until(&purchases, Some(&customers), as_of), as_of).unwrap();
    let curves = scores.curves().unwrap();
    let expected = std::fs::read_to_string(named("scores.csv")).unwrap();
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
    model
}

#[path = "../../../tests/fuzz/mod.rs"]
mod fuzz;

/// Changed model files: refused, or a model that is written and read back as itself and gives probabilities.
/// `tests/fuzz.sh` runs it for as long as it is told.
#[test]
fn changed_model_files_are_refused_or_score() {
    let corpus: Vec<Vec<u8>> = ["model-v5.json", "model-v3.json", "golden-v3-model.json", "model-v2.json"]
        .map(|name| std::fs::read(fixture(name)).unwrap())
        .into();
    let as_of = "2026-02-25".parse().unwrap();
    let (purchases, customers) = (fixture("golden-v3-purchases.csv"), fixture("golden-v3-customers.csv"));
    let export = read_until(&purchases, Some(&customers), as_of);
    fuzz::run(
        "model",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            // As it stands nearly every change breaks the sum; without it what is behind is tried.
            let _ = Model::parse(text);
            let Ok(file) = serde_json::from_str::<ModelFile>(text) else { return };
            let Ok(model) = Model::new(file) else { return };
            let json = model.to_json().unwrap();
            assert_eq!(Model::parse(&json).unwrap(), model);
            if let Ok(scores) = Scores::compute(&model, &export, as_of) {
                let scored = scores.rows().iter().filter_map(|row| row.scored.as_ref());
                assert!(scored.map(|scored| scored.probability).all(|p| (0.0..=1.0).contains(&p)));
            }
        },
    );
}
