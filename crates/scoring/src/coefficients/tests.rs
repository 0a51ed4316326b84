//! The coefficients of toy models, by hand.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::toy::{curved_model_file, model_file};
use crate::{Shape, Term};

fn of(file: ModelFile) -> Coefficients {
    coefficients(&Model::new(file).unwrap()).unwrap()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{found} {expected}");
}

#[test]
fn a_line_has_its_coefficient_per_standard_deviation_and_twice_that_over_a_typical_change() {
    let found = of(model_file());
    let recency = &found.features[0];
    assert_eq!((recency.feature.as_str(), recency.direction), ("recency_days", Direction::Likelier));
    assert_eq!(recency.in_words, "the longer since the last purchase, the likelier to churn");
    near(recency.per_sd.log_odds, 0.9 * 0.8);
    near(recency.per_sd.standard_error.unwrap(), 0.9 * 0.03_f64.sqrt());
    near(recency.per_sd.low.unwrap(), (0.9 * (0.8 - 1.959_963_984_540_054 * 0.03_f64.sqrt())).exp());
    near(recency.typical.log_odds, 2.0 * 0.9 * 0.8);
    near(recency.from, (2.5_f64 - 0.9).exp_m1());
    near(recency.to, (2.5_f64 + 0.9).exp_m1());
    let [frequency, gap] = [&found.features[1], &found.features[2]];
    assert_eq!(frequency.in_words, "the more purchases in the last 90 days, the less likely to churn");
    assert_eq!((gap.feature.as_str(), gap.direction), ("gap_mean_days", Direction::Unclear));
    assert_eq!(gap.in_words, "no clear direction: mean number of days between purchases");
    assert!(found.features.iter().all(|effect| effect.curve.is_none() && effect.depends_on.is_empty()));
    assert!(found.read_together.is_empty());
}

#[test]
fn a_curve_is_told_with_its_feature_by_the_delta_method() {
    let file = curved_model_file();
    let found = of(file.clone());
    assert_eq!(found.features.len(), 3, "no line for a term");
    let gap = found.features.iter().find(|effect| effect.feature == "gap_mean_days").unwrap();
    let bend = |x: f64| [1, 2].map(|term| file.terms[term].shape.value(|_| x) / 0.8);
    let ([below, above], mut variance) = ([bend(-1.0), bend(1.0)], 4.0 * 0.05);
    let mut log_odds = 2.0 * -0.1;
    for (at, coefficient) in [-0.25, 0.2].into_iter().enumerate() {
        log_odds += coefficient * (above[at] - below[at]);
        variance += 0.006 * (above[at] - below[at]).powi(2);
    }
    near(gap.typical.log_odds, 0.9 * log_odds);
    near(gap.typical.standard_error.unwrap(), 0.9 * variance.sqrt());
    let [first, second] = gap.curve.unwrap();
    near(first.log_odds + second.log_odds, gap.typical.log_odds);
    // A product says whom to ask, and nothing where the other feature is at its mean.
    let recency = &found.features[0];
    assert_eq!(recency.depends_on, ["purchases_90d"]);
    near(recency.typical.log_odds, 2.0 * 0.9 * 0.8);
}

#[test]
fn a_square_rises_and_falls() {
    let mut file = curved_model_file();
    file.terms[0] = Term { shape: Shape::Product { features: [0, 0] }, mean: 1.0, sd: 1.0, coefficient: -3.0 };
    let effect = of(file).features[0].clone();
    assert_eq!(effect.direction, Direction::RisesThenFalls);
    assert!(effect.in_words.ends_with("the likelier to churn up to the middle, the less likely beyond"));
    assert!(effect.depends_on.is_empty());
}

#[test]
fn features_that_hang_together_are_one_group_even_over_others() {
    let mut file = model_file();
    for (i, j, value) in [(1, 2, -0.75 * (0.03_f64 * 0.05).sqrt()), (2, 3, 0.8 * (0.05_f64 * 0.04).sqrt())] {
        file.covariance[i][j] = value;
        file.covariance[j][i] = value;
    }
    let found = of(file);
    assert_eq!(found.read_together, [["recency_days", "gap_mean_days", "purchases_90d"]]);
    assert_eq!(found.read_with("gap_mean_days"), ["recency_days", "purchases_90d"]);
}

#[test]
fn a_flag_goes_from_no_to_yes_and_a_forecast_has_no_coefficients() {
    let mut file = model_file();
    let feature = feature_engineering::by_name("gap_mean_days").unwrap().missing_flag();
    file.features[1] = FeatureWeight { feature, clip_low: 0.0, clip_high: 1.0, mean: 0.2, sd: 0.4, coefficient: 1.0 };
    let found = of(file);
    let flag = found.features.iter().find(|effect| effect.feature == "gap_mean_days_missing").unwrap();
    assert_eq!((flag.from, flag.to), (0.0, 1.0));
    near(flag.typical.log_odds, 0.9 / 0.4);
    near(flag.per_sd.log_odds, 0.9);
    assert_eq!(flag.in_words, "where it is true (gap_mean_days is missing), churn is likelier");
    assert_eq!(coefficients(&Model::new(crate::not_trained_tests::forecast()).unwrap()), None);
}

#[test]
fn what_separates_has_an_odds_ratio_and_a_direction_but_no_standard_error() {
    let found = of(ModelFile { separating: vec!["recency_days".into()], ..model_file() });
    let [recency, frequency] = [&found.features[0], &found.features[1]];
    let ratio = recency.typical;
    assert_eq!((ratio.low, ratio.high, ratio.standard_error), (None, None, None));
    near(ratio.log_odds, 2.0 * 0.9 * 0.8);
    assert_eq!((recency.direction, ratio.to_string().as_str()), (Direction::Likelier, "4.221 (no interval)"));
    assert_eq!(*frequency, of(model_file()).features[1], "the others have theirs");
}
