//! Scores of a model with segments, by hand.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use feature_engineering::{FeatureTable, features};
use history::Export;

use super::{Segment, Segments, mirrored};
use crate::score::{logistic, quadratic_form};
use crate::totals::Totals;
use crate::toy::{as_of, model_file, read};
use crate::{Model, ModelFile, ScoreChange, Scored, ScoringError, score};

/// Customers 0 to 99, of which every fourth is of `north`, `south`, `thin` and none; those from 80 on are of `west`.
fn export() -> Export {
    let start: history::Date = "2026-03-01".parse().unwrap();
    let mut purchases = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    let mut people = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    writeln!(purchases, "id,day,amount").unwrap();
    writeln!(people, "id,region").unwrap();
    for customer in 0..100 {
        let region = if customer >= 80 { "west" } else { ["north", "south", "thin", ""][customer % 4] };
        writeln!(people, "C{customer:03},{region}").unwrap();
        for day in (customer as i32 % 11..122 - customer as i32 / 2).step_by(3 + customer % 9) {
            writeln!(purchases, "C{customer:03},{},{}.00", start.plus_days(day), 5 + customer).unwrap();
        }
    }
    purchases.flush().unwrap();
    people.flush().unwrap();
    read(purchases.path(), Some(people.path()))
}

fn lower(diagonal: [f64; 4]) -> Vec<Vec<f64>> {
    (0..4).map(|i| (0..=i).map(|j| if i == j { diagonal[i] } else { 0.001 }).collect()).collect()
}

fn segment(value: &str, intercept: f64, coefficients: [f64; 3]) -> Segment {
    Segment {
        value: value.into(),
        rows: 90,
        churners: 40,
        fallback: false,
        intercept,
        coefficients: coefficients.to_vec(),
        covariance: lower([0.03, 0.02, 0.05, 0.04]),
    }
}

fn file() -> ModelFile {
    let thin =
        Segment { fallback: true, coefficients: Vec::new(), covariance: Vec::new(), ..segment("thin", 0.0, [0.0; 3]) };
    let values = vec![segment("south", 0.2, [-0.5, 0.3, 0.9]), thin, segment("north", -1.0, [1.5, 0.0, -0.2])];
    ModelFile { segments: Some(Segments { column: "region".into(), strength: 30.0, values }), ..model_file() }
}

fn scored(model: &Model, export: &Export) -> (FeatureTable, Vec<Scored>) {
    let (history, customers) = (export.history(as_of()), (0..100).collect::<Vec<u32>>());
    let table = features(&history, &customers, &model.wanted_features(&history)).unwrap();
    let scored = score(model, &table).unwrap();
    (table, scored)
}

#[test]
fn customers_of_a_segment_have_its_weights_and_all_others_those_of_the_global_model() {
    let export = export();
    let (with, without) = (Model::new(file()).unwrap(), Model::new(model_file()).unwrap());
    let ((table, own), (_, global)) = (scored(&with, &export), scored(&without, &export));
    let design = crate::design::Design::of(&with, &table).unwrap();
    let mut x = Vec::new();
    for (row, (own, global)) in own.iter().zip(&global).enumerate() {
        let place = if row >= 80 { 3 } else { row % 4 };
        let segment = match place {
            0 => &with.file().segments.as_ref().unwrap().values[2],
            1 => &with.file().segments.as_ref().unwrap().values[0],
            _ => {
                assert_eq!(own, global, "{row}");
                continue;
            }
        };
        design.row(row, &mut x).unwrap();
        let logit: f64 = segment.intercept + segment.coefficients.iter().zip(&x[1..]).map(|(c, x)| c * x).sum::<f64>();
        assert!((own.logit - logit).abs() < 1e-12);
        let calibrated = 0.1 + 0.9 * logit;
        assert!((own.probability - logistic(calibrated)).abs() < 1e-12);
        let v = 0.01 + 2.0 * logit * 0.002 + logit * logit * 0.02;
        let half = 1.959_963_984_540_054 * (v + 0.81 * quadratic_form(&mirrored(&segment.covariance), &x)).sqrt();
        let (low, high) = own.interval.unwrap();
        assert!(
            (low - logistic(calibrated - half)).abs() < 1e-12 && (high - logistic(calibrated + half)).abs() < 1e-12
        );
    }
    // Reasons follow the segment's coefficients: recency raises nothing in the south.
    let about = |scored: &Scored, what: &str| scored.reasons.iter().any(|reason| reason.contains(what));
    assert!(!(0..80).filter(|row| row % 4 == 1).any(|row| about(&own[row], "last bought")));
    assert!((0..80).filter(|row| row % 4 == 0).any(|row| about(&own[row], "last bought")));
}

#[test]
fn sums_add_the_errors_of_the_models_up() {
    let (export, model) = (export(), Model::new(file()).unwrap());
    let (table, own) = scored(&model, &export);
    let total = |of: &dyn Fn(usize) -> bool| {
        let customers: Vec<u32> = (0..100).filter(|row| of(*row as usize)).collect();
        let history = export.history(as_of());
        let table = features(&history, &customers, &model.needed_features()).unwrap();
        let mut totals = Totals::new(&model);
        totals.add(&model, &table, &score(&model, &table).unwrap()).unwrap();
        let mean = totals.mean_probability(&model).unwrap();
        let (low, high) = mean.interval.unwrap();
        ((high - low) / 2.0 * customers.len() as f64, mean.value * customers.len() as f64)
    };
    let mut totals = Totals::new(&model);
    totals.add(&model, &table, &own).unwrap();
    let all = total(&|_| true);
    assert!((totals.expected_churners(&model).value - all.1).abs() < 1e-12);
    assert!((all.1 - own.iter().map(|scored| scored.probability).sum::<f64>()).abs() < 1e-9);
    let is = |row: usize, place: usize| row < 80 && row % 4 == place;
    let parts = [total(&|row| is(row, 0)), total(&|row| is(row, 1)), total(&|row| !is(row, 0) && !is(row, 1))];
    let largest = parts.iter().map(|part| part.0).fold(0.0, f64::max);
    assert!(all.0 > largest, "{all:?} {parts:?}");
    assert!(all.0 <= parts.iter().map(|part| part.0).sum::<f64>() * (1.0 + 1e-12), "{all:?} {parts:?}");
}

#[test]
fn parts_of_a_change_add_up_with_segments() {
    let (export, global, own) = (export(), Model::new(model_file()).unwrap(), Model::new(file()).unwrap());
    let (from, to) = (as_of().plus_days(-30), as_of());
    for (champion, challenger) in [(&global, &own), (&own, &global), (&own, &own)] {
        let change = ScoreChange::between(&export, (champion, from), (challenger, to)).unwrap();
        let data: f64 = change.families.iter().map(|family| family.data).sum();
        let model: f64 = change.families.iter().map(|family| family.model).sum();
        assert!((data - change.logit.data).abs() < 1e-12, "{change:?}");
        assert!((model + change.constant - change.logit.model).abs() < 1e-12, "{change:?}");
    }
    let change = ScoreChange::between(&export, (&global, to), (&own, to)).unwrap();
    let (_, of_global) = scored(&global, &export);
    let (_, of_own) = scored(&own, &export);
    let mean = |of: &[Scored]| of.iter().map(|scored| scored.probability).sum::<f64>() / of.len() as f64;
    assert!((change.probability.change - (mean(&of_own) - mean(&of_global))).abs() < 1e-12);
}

#[test]
fn a_table_that_does_not_say_the_segment_is_refused_and_files_read_back() {
    let (export, model) = (export(), Model::new(file()).unwrap());
    let text = model.to_json().unwrap();
    assert_eq!(Model::parse(&text).unwrap(), model);
    assert!(!Model::new(model_file()).unwrap().to_json().unwrap().contains("segments"));
    let wanted: Vec<_> =
        model.needed_features().into_iter().filter(|feature| feature.name != "segment:region").collect();
    let error = score(&model, &features(&export.history(as_of()), &[0], &wanted).unwrap()).unwrap_err();
    assert!(matches!(error, ScoringError::MissingFeature { name } if name == "segment:region"));
}

#[test]
fn impossible_segments_are_named() {
    type Change = fn(&mut ModelFile, fn(&mut ModelFile) -> &mut Segments);
    fn of(file: &mut ModelFile) -> &mut Segments {
        file.segments.as_mut().unwrap()
    }
    let cases: [(Change, &str); 12] = [
        (|f, of| of(f).column.clear(), "segments.column"),
        (|f, of| of(f).strength = f64::INFINITY, "segments.strength"),
        (|f, of| of(f).values.retain(|segment| segment.fallback), "one with a model"),
        (|f, of| of(f).values[0].value = "north".into(), "distinct"),
        (|f, of| of(f).values[0].value = "a".repeat(61), "value of segment 1 to be 1 to 60 characters"),
        (|f, of| of(f).values[1].rows = 29, "rows of segment 2"),
        (|f, of| of(f).values[1].intercept = 0.1, "weights of segment 2"),
        (|f, of| of(f).values[2].coefficients[1] = f64::NAN, "segment 3 to be finite"),
        (|f, of| of(f).values[2].coefficients.truncate(2), "coefficients of segment 3"),
        (|f, of| of(f).values[2].covariance[1].push(0.0), "lower triangle"),
        (|f, of| of(f).values[2].covariance[2][2] = -1.0, "negative variances"),
        (|f, _| f.format_version = 2, "segments to be absent before format version 3"),
    ];
    for (change, expected) in cases {
        let mut changed = file();
        change(&mut changed, of);
        let message = Model::new(changed).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
