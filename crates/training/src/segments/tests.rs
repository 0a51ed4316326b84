//! Segments against a reference, on rows made for them, and in whole training runs.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use feature_engineering::by_name;
use history::Export;
use scoring::{Model, ModelFile, Scores, Segments};

use super::choose::{Pooling, choose};
use super::covariance::{GlobalScores, SegmentScores, covariance};
use super::pooled::{Pooled, added};
use super::{GlobalFit, OwnSegments, SegmentColumn};
use crate::design::{Design, Recipe, Shapes};
use crate::fit::Sample;
use crate::penalty::Choice;
use crate::rows::Rows;
use crate::train_tests::{DAYS, Draws, Purchase, export_of, run, settings};
use crate::{Trained, TrainingError, TrainingSettings};

/// Made by tests/reference/segments.py with numpy 2.4.6.
#[derive(serde::Deserialize)]
struct Fixture {
    alpha: f64,
    strength: f64,
    x: Vec<Vec<f64>>,
    y: Vec<u8>,
    customer: Vec<u32>,
    of_segment: Vec<bool>,
    global: Vec<f64>,
    global_covariance: Vec<Vec<f64>>,
    segment: Vec<f64>,
    covariance: Vec<Vec<f64>>,
}

#[test]
fn weights_and_covariance_agree_with_the_influence_of_every_customer() {
    let fixture: Fixture = serde_json::from_str(include_str!("../../tests/fixtures/segments.json")).unwrap();
    let churned: Vec<bool> = fixture.y.iter().map(|y| *y == 1).collect();
    let sample = Sample::new(&fixture.x, &churned, "training").unwrap();
    let global = sample.fit(fixture.alpha / churned.len() as f64).unwrap();
    assert!((global.intercept() - fixture.global[0]).abs() < 1e-9);
    let inverse_hessian = sample.inverse_hessian(&global).unwrap();
    let of_global = sample.covariance(&global, &fixture.customer).unwrap();
    for (found, expected) in of_global.iter().flatten().zip(fixture.global_covariance.iter().flatten()) {
        assert!((found - expected).abs() < 1e-10, "{found} {expected}");
    }
    let of: Vec<usize> = (0..churned.len()).filter(|row| fixture.of_segment[*row]).collect();
    let columns: Vec<Vec<f64>> = fixture.x.iter().map(|column| of.iter().map(|row| column[*row]).collect()).collect();
    let churned: Vec<bool> = of.iter().map(|row| churned[*row]).collect();
    let customers: Vec<u32> = of.iter().map(|row| fixture.customer[*row]).collect();
    let global_logits = global.logits(&columns);
    let pooled = Pooled::new(&columns, &churned, (&global_logits, None)).unwrap();
    let (deviations, inverse) = pooled.fit(fixture.strength).unwrap();
    let all = std::iter::once(global.intercept()).chain(global.coefficients().iter().copied());
    for ((global, deviation), expected) in all.zip(&deviations).zip(&fixture.segment) {
        assert!((global + deviation - expected).abs() < 1e-9, "{global} {deviation} {expected}");
    }
    assert_eq!(deviations[3], 0.0, "the column is 0 in the segment");
    let path = pooled.path(&[fixture.strength * 10.0, fixture.strength]).unwrap();
    assert!(path[1].iter().zip(&deviations).all(|(a, b)| (a - b).abs() < 1e-5));

    let moved = added(&deviations, &columns, of.len());
    let logits: Vec<f64> = global_logits.iter().zip(moved).map(|(logit, moved)| logit + moved).collect();
    let present: std::collections::BTreeSet<u32> = fixture.customer.iter().copied().collect();
    let found = covariance(
        &SegmentScores {
            columns: &columns,
            churned: &churned,
            customers: &customers,
            logits: &logits,
            global_logits: &global_logits,
            weights: None,
        },
        &inverse,
        fixture.strength,
        &GlobalScores { inverse_hessian: &inverse_hessian, covariance: &of_global, customers: present.len() },
    );
    for (i, row) in found.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            assert!((value - fixture.covariance[i][j]).abs() < 1e-9, "{i} {j}: {value} {}", fixture.covariance[i][j]);
        }
    }
}

type Cells = Vec<Option<Box<str>>>;

/// Customers of one row each, in values by `value` of their number, with the slope that `effect` gives.
fn toy(
    seed: u64,
    n: usize,
    value: impl Fn(usize) -> Option<&'static str>,
    effect: impl Fn(usize) -> f64,
) -> (Rows, Cells) {
    let mut draws = Draws(seed);
    let features = ["recency_days", "frequency"].map(|name| by_name(name).unwrap().clone()).to_vec();
    let mut columns = vec![Vec::new(), Vec::new()];
    let mut churned = Vec::new();
    for customer in 0..n {
        let x = [0, 1].map(|_| 2.0 * draws.next() + 2.0 * draws.next() - 2.0);
        let logit = effect(customer) * x[0] - 0.4 * x[1] - 0.5;
        columns.iter_mut().zip(x).for_each(|(column, x): (&mut Vec<f64>, f64)| column.push(x));
        churned.push(draws.next() < 1.0 / (1.0 + (-logit).exp()));
    }
    (Rows::toy(features, columns, churned), (0..n).map(|customer| value(customer).map(Into::into)).collect())
}

fn by_customers() -> Choice {
    Choice {
        found: Vec::new(),
        shapes: Shapes::Lines,
        lambda: 1e-4,
        dates: None,
        half_life: None,
        designs: Vec::new(),
        penalties: Vec::new(),
        reaches: Vec::new(),
        half_lives: Vec::new(),
        on_a_date: false,
    }
}

fn chosen(rows: &Rows, cells: &Cells) -> Pooling {
    choose(SegmentColumn { name: "region", cells }, rows, &[0, 1], (&by_customers(), None)).unwrap()
}

/// The segments at a strength, with global weights and covariance.
fn at_strength(rows: &Rows, cells: &Cells, strength: f64) -> (Segments, Vec<f64>, Vec<Vec<f64>>) {
    let recipe = Recipe::lines(&[0, 1]);
    let all: Vec<usize> = (0..rows.len()).collect();
    let design = Design::fit(rows, &all, &recipe).unwrap();
    let columns = design.columns(rows, &all);
    let sample = Sample::new(&columns, &rows.churned, "training").unwrap();
    let fitted = sample.fit(1e-4).unwrap();
    let (covariance, inverse) =
        (sample.covariance(&fitted, &rows.customer).unwrap(), sample.inverse_hessian(&fitted).unwrap());
    let pooling = Pooling { strength: Some(strength), ..chosen(rows, cells) };
    let column = SegmentColumn { name: "region", cells };
    let (own, said) = OwnSegments::of(column, rows, &pooling, &design);
    assert!(said.values.iter().any(|of| !of.fallback));
    let global = GlobalFit {
        recipe: &recipe,
        design: &design,
        fitted: &fitted,
        lambda: 1e-4,
        inverse_hessian: &inverse,
        covariance: &covariance,
    };
    let own = own.unwrap();
    // Out of fold as well: the deviations vanish with the strength.
    let logits = own.out_of_fold_logits(rows, &all, &global).unwrap();
    let plain = crate::cross_fit::out_of_fold_logits(rows, &all, &all, (&recipe, Some(&fitted)), 1e-4).unwrap();
    let apart = logits.iter().zip(&plain).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert_eq!(apart < 1e-10, strength > 1e12, "{apart}");
    let weights = std::iter::once(fitted.intercept()).chain(fitted.coefficients().iter().copied()).collect();
    (own.fit(rows, &global).unwrap(), weights, covariance)
}

fn halves(customer: usize) -> Option<&'static str> {
    Some(["north", "south"][customer % 2])
}

#[test]
fn infinite_pooling_is_the_global_model() {
    let (rows, cells) = toy(4, 1_500, halves, |customer| [1.0, -1.0][customer % 2]);
    let (segments, weights, covariance) = at_strength(&rows, &cells, 1e15);
    assert_eq!(segments.values.len(), 2);
    for segment in &segments.values {
        assert!((segment.intercept - weights[0]).abs() < 1e-10);
        assert!(segment.coefficients.iter().zip(&weights[1..]).all(|(a, b)| (a - b).abs() < 1e-10), "{segment:?}");
        for (i, row) in segment.covariance.iter().enumerate() {
            assert!(row.iter().zip(&covariance[i]).all(|(a, b)| (a - b).abs() < 1e-10), "{segment:?}");
        }
    }
    let (weak, ..) = at_strength(&rows, &cells, 10.0);
    let slope = |value: &str| weak.values.iter().find(|segment| segment.value == value).unwrap().coefficients[0];
    assert!(slope("north") > 0.4 && slope("south") < -0.4, "{} {}", slope("north"), slope("south"));
}

#[test]
fn opposite_effects_are_kept_and_equal_ones_are_not() {
    let (rows, cells) = toy(5, 1_500, halves, |customer| [1.0, -1.0][customer % 2]);
    let kept = chosen(&rows, &cells);
    assert!(kept.said.kept && kept.said.gain > kept.said.standard_error, "{:?}", kept.said);
    assert_eq!(kept.said.trials.len(), 11);
    let not_kept = (0..6).filter(|seed| {
        let (rows, cells) = toy(10 + seed, 1_500, halves, |_| 1.0);
        let found = chosen(&rows, &cells);
        assert_eq!(found.strength.is_some(), found.said.kept);
        !found.said.kept
    });
    // A gain of more than a standard error by chance alone is possible, and would be small.
    assert!(not_kept.count() >= 5);
}

#[test]
fn thin_values_fall_back_rare_ones_are_not_named_and_nothing_thin_is_no_segment() {
    let value = |customer: usize| match customer {
        0..80 => Some("thin"),
        80..109 => Some("rare"),
        109..140 => None,
        140..180 => Some("bad\u{202e}name"),
        _ => halves(customer),
    };
    let (rows, cells) = toy(6, 1_500, value, |customer| [1.2, -1.2][customer % 2]);
    let (segments, ..) = at_strength(&rows, &cells, 30.0);
    let named: Vec<(&str, bool)> = segments.values.iter().map(|of| (of.value.as_str(), of.fallback)).collect();
    assert_eq!(named, [("north", false), ("south", false), ("thin", true)]);
    let pooling = chosen(&rows, &cells);
    assert_eq!((pooling.said.other_rows, pooling.said.missing_rows), (29 + 40, 31));
    let words = pooling.said.in_words();
    assert!(
        words.starts_with("2 segments by region") && words.ends_with("the global model scores them: thin"),
        "{words}"
    );

    let (rows, cells) = toy(6, 300, |customer| Some(["a", "b", "c", "d", "e"][customer % 5]), |_| 1.0);
    let pooling = chosen(&rows, &cells);
    assert_eq!((pooling.strength, pooling.said.values.len()), (None, 5));
    assert!(pooling.said.in_words().contains("no value has 50 rows"), "{}", pooling.said.in_words());
}

/// Who buys often leaves soon in one region, and late in the other; a third is steady. Or all are like the first.
fn shop(customers: u32, opposite: bool) -> (Vec<Purchase>, String) {
    let mut draws = Draws(11);
    let (mut purchases, mut people) = (Vec::new(), "id,region,status\n".to_owned());
    for customer in 0..customers {
        let place = if customer < 40 { 2 } else { (draws.next() * 2.0) as usize };
        let region = if customer % 20 == 7 { "" } else { ["north", "south", "steady"][place] };
        writeln!(people, "C{customer:05},{region},").unwrap();
        let is_often = draws.next() < 0.5;
        let rate = if is_often { 0.35 } else { 0.08 };
        let hazard = match place {
            2 if opposite => 0.0,
            1 if opposite => [0.5, 0.04][usize::from(is_often)],
            _ => [0.04, 0.5][usize::from(is_often)],
        };
        let joins = (draws.next() * 330.0) as i32;
        for day in joins..DAYS {
            if (day - joins) % 30 == 29 && draws.next() < hazard {
                break;
            }
            if day == joins || draws.next() < rate {
                purchases.push((customer, day, 500 + (draws.next() * 5_000.0) as u32));
            }
        }
    }
    (purchases, people)
}

fn by_region() -> TrainingSettings {
    TrainingSettings { segment_by: Some("region".into()), ..settings() }
}

fn without_segments(trained: &Trained) -> Model {
    Model::new(ModelFile { segments: None, ..trained.model.file().clone() }).unwrap()
}

fn probabilities(model: &Model, export: &Export) -> Vec<(u32, u64)> {
    let scores = Scores::compute(model, export, export.complete_through()).unwrap();
    let of = scores.rows().iter().filter_map(|row| row.scored.as_ref());
    of.map(|scored| (scored.customer, scored.probability.to_bits())).collect()
}

#[test]
fn segments_with_opposite_effects_win_on_the_test_and_others_are_scored_by_the_global_model() {
    let (purchases, people) = shop(1_500, true);
    let export = export_of(&purchases, &[], &people);
    let (plain, trained) = (run(&export, &settings()).unwrap(), run(&export, &by_region()).unwrap());
    let said = trained.evaluation.segments.as_ref().unwrap();
    assert!(said.kept, "{said:?}");
    let loss = |trained: &Trained| trained.evaluation.model.log_loss.value().unwrap();
    assert!(loss(&trained) < loss(&plain) - 0.01, "{} {}", loss(&trained), loss(&plain));
    let segments = trained.model.file().segments.as_ref().unwrap();
    let fallback = segments.values.iter().map(|of| (of.value.as_str(), of.fallback)).collect::<Vec<_>>();
    assert_eq!(
        fallback.iter().filter(|(value, fallback)| *fallback == (*value == "steady")).count(),
        3,
        "{fallback:?}"
    );
    for text in [trained.card.as_str(), &trained.evaluation.notes.join("\n")] {
        assert!(text.contains("the global model scores them: steady"), "{text}");
    }
    assert!(trained.card.contains("| steady | global (too few rows) |"), "{}", trained.card);
    let tested = &trained.evaluation.by_segment.as_ref().unwrap().segments;
    assert_eq!(tested.iter().map(|of| of.rows).sum::<u64>(), trained.evaluation.test.rows);
    assert_eq!(tested.last().unwrap().kind, "missing");
    assert!(tested.iter().find(|of| of.value.as_deref() == Some("steady")).unwrap().withheld.is_some());
    let north = tested.iter().find(|of| of.value.as_deref() == Some("north")).unwrap();
    assert!(north.own_model && north.roc_auc.value().unwrap() > 0.6, "{north:?}");

    let read = Model::parse(&trained.model.to_json().unwrap()).unwrap();
    assert_eq!(read, trained.model);
    let (own, global) = (probabilities(&read, &export), probabilities(&without_segments(&trained), &export));
    let cell = |customer: u32| export.segment_column("region").unwrap()[customer as usize].as_deref();
    let mut moved = 0;
    for ((customer, own), (_, global)) in own.iter().zip(&global) {
        match cell(*customer) {
            Some("north" | "south") => moved += usize::from(own != global),
            _ => assert_eq!(own, global, "{customer}"),
        }
    }
    assert!(moved > 300, "{moved}");
    // Values that nobody had when the model was trained: nobody is scored. A model that does not know which it has seen takes the
    // global weights.
    let unseen = export_of(&purchases, &[], &people.replace("north", "west").replace("south", "SOUTH"));
    let error = Scores::compute(&read, &unseen, export.complete_through()).unwrap_err();
    assert!(error.to_string().contains("region: 9") && error.to_string().contains("\"SOUTH\" ("), "{error}");
    let old = Model::new(ModelFile { levels: Vec::new(), ..read.file().clone() }).unwrap();
    assert_eq!(probabilities(&old, &unseen), global);
    // Without the column nobody could tell.
    let error = Scores::compute(&read, &export_of(&purchases, &[], ""), export.complete_through()).unwrap_err();
    assert!(error.to_string().contains("segment:region"), "{error}");
}

#[test]
fn segments_that_do_not_differ_leave_the_model_what_it_was() {
    // By chance alone one shop in six seems to differ by more than a standard error; this one does not.
    let (purchases, people) = shop(1_600, false);
    let export = export_of(&purchases, &[], &people);
    let (plain, trained) = (run(&export, &settings()).unwrap(), run(&export, &by_region()).unwrap());
    let said = trained.evaluation.segments.as_ref().unwrap();
    assert!(!said.kept && said.gain.is_some(), "{said:?}");
    assert_eq!(trained.model.to_json().unwrap(), plain.model.to_json().unwrap());
    assert!(!plain.model.to_json().unwrap().contains("segments"));
    assert!(trained.card.contains("were not clearly better than the global model"), "{}", trained.card);
    assert!(trained.evaluation.by_segment.is_some() && plain.evaluation.by_segment.is_none());
    assert!(!serde_json::to_string(&plain.evaluation).unwrap().contains("segment"));
}

#[test]
fn the_number_of_threads_changes_no_bit_and_a_missing_column_is_an_error() {
    let (purchases, people) = shop(700, true);
    let export = export_of(&purchases, &[], &people);
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let trained = pool.install(|| run(&export, &by_region()).unwrap());
        assert!(trained.model.file().segments.is_some());
        (trained.model.to_json().unwrap(), serde_json::to_string(&trained.evaluation).unwrap(), trained.card)
    };
    let expected = of(1);
    for threads in [2, 4, 16] {
        assert!(of(threads) == expected, "{threads} threads");
    }
    let other = TrainingSettings { segment_by: Some("tier".into()), ..settings() };
    let error = run(&export, &other).unwrap_err();
    assert!(matches!(&error, TrainingError::NoSegmentColumn { column } if column == "tier"), "{error}");
}
