//! Samples at the edge: one class, ties, constants, exact 0s and 1s, one row. `None` or a typed error, never a NaN,
//! never a panic.
#![allow(clippy::unwrap_used)]

use evaluation::*;
use proptest::prelude::*;

fn sample(p: &[f64], y: &[bool]) -> Sample {
    Sample::new(p.to_vec(), y.to_vec(), (0..p.len() as u32).collect()).unwrap()
}

fn estimates(m: &Metrics) -> [Estimate; 9] {
    [
        m.roc_auc,
        m.average_precision,
        m.log_loss,
        m.brier,
        m.brier_skill,
        m.ece,
        m.calibration_slope,
        m.calibration_intercept,
        m.lift_at_10,
    ]
}

/// Every number that comes out of the crate for a sample.
fn all_numbers(s: &Sample) -> Vec<f64> {
    let plan = Bootstrap::new(100, 1).unwrap();
    let metrics = Metrics::estimate(s, plan);
    let mut numbers: Vec<Option<f64>> = Vec::new();
    for e in estimates(&metrics) {
        numbers.extend([e.value(), e.low(), e.high()]);
        assert!(e.value().is_some() || e.interval().is_none());
    }
    let comparison = paired_difference(s, s, plan).unwrap();
    for d in [comparison.log_loss, comparison.roc_auc] {
        numbers.extend([d.estimate.value(), d.estimate.low(), d.estimate.high()]);
        assert_ne!(d.verdict, Some(Verdict::Better));
        assert_ne!(d.verdict, Some(Verdict::Worse));
    }
    numbers.extend([Some(mean_predicted(s)), Some(observed_rate(s)), observed_to_expected(s)]);
    numbers.push(calibration_in_the_large(s));
    for share in [1e-300, 0.1, 0.5, 1.0] {
        numbers.extend([lift_at(s, share).unwrap(), lift_ceiling(s, share).unwrap()]);
    }
    for parts in [1, 2, 10, 1_000] {
        for r in lift_table(s, parts).unwrap() {
            numbers.extend([r.churners, r.mean_predicted, r.observed_rate, r.cumulative_share].map(Some));
            numbers.extend([r.lift, r.cumulative_gain, r.cumulative_lift]);
        }
        for b in calibration_curve(s, parts).unwrap().bins {
            numbers.extend([b.mean_predicted, b.observed_rate, b.low, b.high].map(Some));
            assert!(b.low <= b.observed_rate && b.observed_rate <= b.high);
        }
        for g in gains_curve(s, parts).unwrap().unwrap_or_default() {
            numbers.extend([g.share_of_rows, g.share_of_churners, g.best_possible].map(Some));
        }
    }
    let area = delong(s);
    let difference = delong_difference(s, s).unwrap();
    for e in [area.auc, difference.roc_auc.estimate] {
        numbers.extend([e.value(), e.low(), e.high()]);
    }
    numbers.extend([area.standard_error, difference.standard_error, difference.z]);
    assert_eq!(area.auc.value(), roc_auc(s));
    for on in [FittedOn::TheseRows, FittedOn::OtherRows] {
        numbers
            .extend(hosmer_lemeshow(s, 10, on).unwrap().into_iter().flat_map(|t| [t.statistic, t.p_value].map(Some)));
    }
    let choice = choose_calibration(s);
    numbers.extend([choice.log_loss_as_predicted, choice.log_loss_intercept_slope, choice.log_loss_isotonic]);
    for method in [CalibrationMethod::InterceptSlope, CalibrationMethod::Isotonic] {
        if let Some(calibrator) = Calibrator::fit(method, s) {
            let ends = [0.0, f64::from_bits(1), 0.3, 1.0 - f64::EPSILON / 2.0, 1.0];
            let calibrated = calibrator.apply(&ends).unwrap();
            assert!(calibrated.iter().all(|&p| 0.0 < p && p < 1.0));
            assert!(calibrated.is_sorted());
        }
    }
    numbers.into_iter().flatten().collect()
}

#[test]
fn one_class_has_no_ranking_and_no_calibration_line() {
    for class in [false, true] {
        let s = sample(&[0.1, 0.5, 0.9], &[class; 3]);
        assert_eq!(roc_auc(&s), None);
        assert_eq!(average_precision(&s), None);
        assert_eq!(brier_skill(&s), None);
        assert_eq!(calibration(&s), None);
        assert_eq!(calibration_in_the_large(&s), None);
        assert_eq!(lift_at(&s, 0.5).unwrap().is_some(), class);
        assert!(log_loss(&s).is_some() && brier(&s).is_some() && ece(&s).is_some());
    }
}

#[test]
fn constant_predictions_rank_nothing() {
    let y: Vec<bool> = (0..40).map(|i| i % 4 == 0).collect();
    let m = Metrics::estimate(&sample(&[0.25; 40], &y), Bootstrap::for_rows(40, 1));
    assert_eq!(m.roc_auc, Estimate::new(0.5, None).unwrap());
    assert_eq!(m.average_precision.value(), Some(0.25));
    assert_eq!(m.brier_skill.value(), Some(0.0));
    assert_eq!(m.ece.value(), Some(0.0));
    assert_eq!(m.lift_at_10.value(), Some(1.0));
    assert_eq!(m.calibration_slope, Estimate::NONE);
    assert!(m.log_loss.low() < m.log_loss.value() && m.log_loss.value() < m.log_loss.high());
}

#[test]
fn a_perfect_ranking_has_a_value_and_no_interval() {
    let y: Vec<bool> = (0..40).map(|i| i >= 30).collect();
    let p: Vec<f64> = (0..40).map(|i| f64::from(i) / 40.0).collect();
    let m = Metrics::estimate(&sample(&p, &y), Bootstrap::for_rows(40, 1));
    assert_eq!(m.roc_auc, Estimate::new(1.0, None).unwrap());
    assert_eq!(m.calibration_slope, Estimate::NONE);
}

#[test]
fn zeros_and_ones_everywhere() {
    let y = [true, false, true, false];
    let s = sample(&[0.0; 4], &y);
    assert_eq!(observed_to_expected(&s), None);
    assert_eq!(brier(&s), Some(0.5));
    let s = sample(&[1.0; 4], &y);
    assert_eq!(observed_to_expected(&s), Some(0.5));
    assert_eq!(mean_predicted(&s), 1.0);
    let smallest = f64::from_bits(1);
    assert_eq!(observed_to_expected(&sample(&[smallest], &[true])), None);
}

#[test]
fn few_churners_have_no_interval_where_replicates_lose_them() {
    // One churner in 60 rows is missing from more than a third of the replicates.
    let p: Vec<f64> = (0..60).map(|i| f64::from(i * 7 % 60) / 60.0).collect();
    let y: Vec<bool> = (0..60).map(|i| i == 30).collect();
    let m = Metrics::estimate(&sample(&p, &y), Bootstrap::for_rows(60, 1));
    assert!(m.roc_auc.value().is_some());
    assert_eq!(m.roc_auc.interval(), None);
    assert_eq!(m.lift_at_10.interval(), None);
    assert!(m.brier.interval().is_some());
}

/// What `serde` is told about the fields of a struct.
#[test]
fn metrics_have_the_keys_of_the_metrics_file() {
    use serde::Deserialize;
    struct Fields<'a>(&'a mut &'static [&'static str]);
    impl<'de> serde::Deserializer<'de> for Fields<'_> {
        type Error = serde::de::value::Error;
        fn deserialize_struct<V: serde::de::Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            Err(serde::de::Error::custom("fields read"))
        }
        fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("not a struct"))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut fields: &[&str] = &[];
    assert!(Metrics::deserialize(Fields(&mut fields)).is_err());
    let keys = [
        "rows",
        "churners",
        "roc_auc",
        "average_precision",
        "log_loss",
        "brier",
        "brier_skill",
        "ece",
        "calibration_slope",
        "calibration_intercept",
        "lift_at_10",
    ];
    assert_eq!(fields, keys);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_sample_gives_a_number_that_is_not_finite(
        rows in prop::collection::vec(
            (
                prop_oneof![
                    Just(0.0), Just(1.0), Just(0.5), Just(f64::MIN_POSITIVE), Just(f64::from_bits(1)),
                    Just(1.0 - f64::EPSILON / 2.0), Just(f64::EPSILON), 0.0..=1.0f64,
                ],
                any::<bool>(),
                0u32..15,
            ),
            1..40,
        ),
    ) {
        let s = Sample::new(
            rows.iter().map(|r| r.0).collect(),
            rows.iter().map(|r| r.1).collect(),
            rows.iter().map(|r| r.2).collect(),
        )
        .unwrap();
        for number in all_numbers(&s) {
            prop_assert!(number.is_finite());
        }
        // Thirty times over, so that groups are not withheld.
        let many = rows.repeat(30);
        let column = |of: fn(&(f64, bool, u32)) -> u32| many.iter().map(of).collect::<Vec<_>>();
        let p: Vec<f64> = many.iter().map(|r| r.0).collect();
        let y: Vec<bool> = many.iter().map(|r| r.1).collect();
        for g in by_group(&p, &y, &column(|r| r.2), &column(|r| r.2 % 2)).unwrap() {
            for e in [g.observed_rate, g.roc_auc, g.observed_to_expected] {
                prop_assert!([e.value(), e.low(), e.high()].into_iter().flatten().all(f64::is_finite));
                prop_assert!(e.interval().is_none_or(|(low, high)| low < high));
                prop_assert!(e.value().is_none() || g.withheld.is_none());
            }
        }
    }

    #[test]
    fn doubling_every_row_changes_no_metric(
        rows in prop::collection::vec((0u8..30, any::<bool>()), 10..60)
    ) {
        // Multiples of ten rows, so that the ten bins of the calibration error are cut at the same rows.
        let rows = &rows[..rows.len() / 10 * 10];
        let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 29.0).collect();
        let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
        let one = PointMetrics::of(&sample(&p, &y));
        let two = PointMetrics::of(&sample(&p.repeat(2), &y.repeat(2)));
        for (a, b) in [
            (one.roc_auc, two.roc_auc),
            (one.average_precision, two.average_precision),
            (one.log_loss, two.log_loss),
            (one.brier_skill, two.brier_skill),
            (one.ece, two.ece),
            (one.calibration_slope, two.calibration_slope),
            (one.lift_at_10, two.lift_at_10),
        ] {
            prop_assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!((a - b).abs() <= 1e-10 * (1.0 + a.abs()), "{} {}", a, b);
            }
        }
    }
}
