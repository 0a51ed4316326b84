//! Learning what offers do, on campaigns with a known truth.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Effect, World};
use decisions::DecisionError;
use decisions::uplift::{Campaign, UpliftModel, UpliftSettings, fit};

const COST: f64 = 6.0;

fn learn(world: &World) -> UpliftModel {
    fit(&world.campaign(&world.columns()), &UpliftSettings::default()).unwrap()
}

fn contacted(uplift: &[f64], value: &[f64]) -> Vec<bool> {
    uplift.iter().zip(value).map(|(uplift, value)| uplift * value > COST).collect()
}

#[test]
fn differences_between_customers_are_found_and_pay() {
    let world = World::draw(1, 10_000, 10_000, &[Effect::Differs(0.3, 0.5)]);
    let model = learn(&world);
    let check = &model.checks()[0];
    assert!(check.shows_effect() && check.heterogeneity.low().unwrap() > 0.3, "{check:?}");
    assert!((0.7..1.4).contains(&check.heterogeneity.value().unwrap()), "{check:?}");
    assert!(check.ranking.qini.unwrap() > 0.05 && check.deciles.len() == 10);
    // The first half of the ranking keeps more than half of the customers.
    let end = check.curve.last().unwrap();
    let half = check.curve.iter().find(|point| 2 * point.customers >= end.customers).unwrap();
    assert_eq!((check.curve[0].customers, end.customers), (0, check.treated + check.control));
    assert!(half.incremental > 0.55 * end.incremental, "{half:?} {end:?}");
    let columns = world.columns_today();
    let predicted = model.predict_with_errors(&columns).unwrap();
    let ours = world.true_profit(&contacted(&predicted.uplift[0], &world.value), COST);
    let best = world.true_profit(&contacted(&world.uplift[0], &world.value), COST);
    assert!(ours > 0.85 * best, "{ours} of {best}");
    // Errors are about as large as they say: 95 % lie within two of them, give or take what one model's errors have in common.
    let pairs = predicted.uplift[0].iter().zip(&predicted.errors[0]).zip(&world.uplift[0]);
    let within = pairs.filter(|((found, error), truth)| (*found - *truth).abs() < 2.0 * *error).count();
    assert!(within > 8_000, "{within}");
    assert_eq!(model.predict(&columns).unwrap().uplift, predicted.uplift);
}

#[test]
fn one_effect_for_all_is_not_taken_apart() {
    let world = World::draw(2, 10_000, 10_000, &[Effect::Same(0.35)]);
    let model = learn(&world);
    let total: f64 = model.shrinkage().iter().map(|(_, weight)| weight).sum();
    assert!((total - 1.0).abs() < 1e-12, "{:?}", model.shrinkage());
    let predicted = model.predict(&world.columns_today()).unwrap();
    let ours = world.true_profit(&contacted(&predicted.uplift[0], &world.value), COST);
    let best = world.true_profit(&contacted(&world.uplift[0], &world.value), COST);
    assert!(ours > 0.8 * best, "{ours} of {best}");
    assert!(model.checks()[0].effect.low().unwrap() > 0.0);
}

#[test]
fn nothing_is_seldom_taken_for_something() {
    let shown: Vec<bool> = (0..40)
        .map(|seed| {
            let world = World::draw(100 + seed, 2_000, 200, &[Effect::None]);
            let model = learn(&world);
            let predicted = model.predict(&world.columns_today()).unwrap();
            let all_zero = predicted.uplift[0].iter().all(|uplift| *uplift == 0.0);
            assert_eq!(all_zero, !model.checks()[0].shows_effect());
            model.checks()[0].shows_effect()
        })
        .collect();
    let count = shown.iter().filter(|shown| **shown).count();
    // 5 % of 40 are 2; 6 or more have a probability of 1.4 %.
    assert!(count <= 5, "{count} of 40");
}

#[test]
fn the_order_of_rows_changes_no_bit() {
    let world = World::draw(3, 3_000, 50, &[Effect::Differs(0.3, 0.5)]);
    let order: Vec<usize> = (0..3_000).map(|row| (row * 1_009 + 17) % 3_000).collect();
    let features: Vec<Vec<f64>> =
        world.features.iter().map(|column| order.iter().map(|row| column[*row]).collect()).collect();
    let columns: Vec<&[f64]> = features.iter().map(Vec::as_slice).collect();
    let arm: Vec<usize> = order.iter().map(|row| world.arm[*row]).collect();
    let customer: Vec<u64> = order.iter().map(|row| world.customer[*row]).collect();
    let retained: Vec<bool> = order.iter().map(|row| world.retained[*row]).collect();
    let shuffled =
        Campaign { features: &columns, arm: &arm, stratum: &world.stratum, customer: &customer, retained: &retained };
    let today = world.columns_today();
    let one = learn(&world);
    let pool = rayon_pool();
    let other = pool.install(|| fit(&shuffled, &UpliftSettings::default())).unwrap();
    assert_eq!(one.predict_with_errors(&today).unwrap(), other.predict_with_errors(&today).unwrap());
    assert_eq!(one.checks()[0].effect, other.checks()[0].effect);
}

fn rayon_pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap()
}

#[test]
fn columns_that_say_nothing_change_nothing() {
    let mut world = World::draw(8, 6_000, 500, &[Effect::Differs(0.3, 0.5)]);
    let plain = learn(&world).predict(&world.columns_today()).unwrap();
    // Constant, always missing, the same once more, and missing in part of the rows for no reason.
    for (columns, rows) in [(&mut world.features, 6_000), (&mut world.today, 500)] {
        let gaps = (0..rows).map(|row| if row % 5 == 0 { f64::NAN } else { (row % 7) as f64 }).collect();
        columns.extend([vec![3.0; rows], vec![f64::NAN; rows], columns[0].clone(), gaps]);
    }
    let model = learn(&world);
    let found = model.predict_with_errors(&world.columns_today()).unwrap();
    assert!(found.errors[0].iter().all(|error| error.is_finite() && *error > 0.0));
    let far = found.uplift[0].iter().zip(&plain.uplift[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 0.05, "{far}");
}

#[test]
fn a_campaign_of_three_arms_is_read_arm_by_arm() {
    // Like the e-mail campaign of Hillstrom: a control and two offers, one of which does twice as much.
    let world = World::draw(4, 24_000, 1_000, &[Effect::Same(0.2), Effect::Same(0.4)]);
    let model = learn(&world);
    let [first, second] = model.checks() else { panic!("two offers") };
    assert_eq!((first.arm, second.arm), (1, 2));
    assert!(first.shows_effect() && second.shows_effect());
    let mean = |uplift: &[f64]| uplift.iter().sum::<f64>() / uplift.len() as f64;
    let predicted = model.predict(&world.columns_today()).unwrap();
    for offer in 0..2 {
        let (found, truth) = (mean(&predicted.uplift[offer]), mean(&world.uplift[offer]));
        assert!((found - truth).abs() < 0.02, "offer {offer}: {found} {truth}");
        let check = &model.checks()[offer];
        assert!(check.treated + check.control < 24_000 && check.deciles.iter().all(|d| d.observed.low().is_some()));
    }
    assert_eq!(model.balance().len(), 2);
}

#[test]
fn chosen_customers_are_refused_unless_told() {
    let mut world = World::draw(5, 3_000, 10, &[Effect::None]);
    for (arm, x) in world.arm.iter_mut().zip(&world.features[0]) {
        *arm = usize::from(*x > 0.5 || (*arm == 1 && *x > -0.5));
    }
    let columns = world.columns();
    let campaign = world.campaign(&columns);
    let refused = fit(&campaign, &UpliftSettings::default());
    assert!(matches!(refused, Err(DecisionError::NotRandomised { .. })));
    let told = fit(&campaign, &UpliftSettings { not_randomised: true, ..UpliftSettings::default() }).unwrap();
    assert!(!told.is_randomised());
}

#[test]
fn too_little_is_refused_by_name() {
    let world = World::draw(6, 60, 10, &[Effect::None]);
    let columns = world.columns();
    let campaign = world.campaign(&columns);
    assert!(matches!(fit(&campaign, &UpliftSettings::default()), Err(DecisionError::TooFew { needed: 20, .. })));
    let control_only = vec![0; 60];
    let alone = Campaign { arm: &control_only, ..campaign };
    assert!(matches!(fit(&alone, &UpliftSettings::default()), Err(DecisionError::TooFew { what: "arms", .. })));
    let short = Campaign { retained: &world.retained[1..], ..campaign };
    assert!(matches!(fit(&short, &UpliftSettings::default()), Err(DecisionError::Length { .. })));
}
