//! Scores by the embedded engine and by SQL: the same logits, probabilities, bands and values to 1e-9, for random models of
//! random companies: curves, products, forecasts of all three kinds, lines and curves of calibration.

#![allow(clippy::unwrap_used)]

#[path = "../../feature-engineering/tests/common/mod.rs"]
mod common;
mod engine;
mod model;

use std::collections::BTreeMap;

use common::company::spec;
use common::random::{MIDDLE, Random};
use engine::Engine;
use feature_engineering::{Snapshot, available, features, has_all};
use history::Date;
use jiff::tz::TimeZone;
use pushdown::{Query, Relation, Table, Tables, Who, scores};
use scoring::score;

const CASES: u64 = 60;

#[test]
fn engines_and_the_embedded_engine_agree_on_random_models() {
    for mut engine in Engine::all("engines_and_the_embedded_engine_agree_on_random_models") {
        let (mut rows, mut kinds) = (0, BTreeMap::new());
        for seed in 0..CASES {
            let mut random = Random::new(1_000 + seed);
            let company = random.company();
            let folder = tempfile::tempdir().unwrap();
            company.write(folder.path());
            let spec = spec(folder.path(), company.columns, TimeZone::UTC);
            let export = company.read_from(&spec, 0);
            let as_of = Date::from_days(MIDDLE);
            let history = export.history(as_of);
            let known = available(&history);
            let (model, kind) = model::random(&mut random, &history, &known);
            *kinds.entry(kind).or_insert(0) += 1;
            let eligible = Snapshot::take(&history, model.eligibility()).unwrap().eligible;
            let expected = score(&model, &features(&history, &eligible, &model.needed_features()).unwrap()).unwrap();
            let named = |name: &str| Table::of(Relation::Named(vec![name.to_owned()]));
            let tables = Tables {
                transactions: named("transactions"),
                customers: spec.customers.as_ref().map(|_| named("customers")),
                events: spec.events.as_ref().map(|_| named("events")),
                offers: None,
            };
            let query = Query {
                dialect: engine.dialect(),
                spec: &spec,
                tables: &tables,
                dates: &[as_of],
                lookback: None,
                who: Who::Eligible(model.eligibility()),
            };
            assert!(model.features().iter().all(|feature| has_all(&spec, &feature.definition)), "seed {seed}");
            let sql = scores(&query, &model).unwrap();
            let mut files = vec!["transactions"];
            files.extend(spec.customers.as_ref().map(|_| "customers"));
            files.extend(spec.events.as_ref().map(|_| "events"));
            let found = engine.run_scores(folder.path(), (&files, false), &sql, seed);
            assert_eq!(found.len(), expected.len(), "seed {seed}");
            for scored in &expected {
                let id = export.customer_ids()[scored.customer as usize].to_string();
                let row = &found[&id];
                let near = |what: &str, expected: f64| {
                    let value = row.numbers[what];
                    let close = (value - expected).abs() <= 1e-9 * expected.abs().max(1.0);
                    assert!(close, "seed {seed}: {what} of {id}: {value} by the engine, {expected} embedded ({kind})");
                };
                near("logit", scored.logit);
                near("churn_probability", scored.probability);
                near("expected_value", scored.expected_value);
                near("value_at_risk", scored.value_at_risk);
                assert_eq!(row.texts["risk_band"].as_deref(), Some(scored.band.as_str()), "seed {seed}");
                assert_eq!(row.texts["model"].as_deref(), Some(model.version()), "seed {seed}");
                let reasons = model::reasons(&model, &history, scored.customer);
                let told = ["reason_1", "reason_2", "reason_3"].map(|reason| row.texts[reason].clone());
                assert_eq!(told.to_vec(), reasons, "seed {seed}: reasons of {id}");
                rows += 1;
            }
        }
        assert!(rows > CASES, "only {rows} rows");
        assert!(kinds.values().all(|cases| *cases > 5) && kinds.len() == 3, "{kinds:?}");
    }
}
