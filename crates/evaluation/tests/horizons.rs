//! Probabilities over horizons, put in order.
#![allow(clippy::unwrap_used)]

use evaluation::*;
use proptest::prelude::*;

const K: usize = 5;

fn horizons(direction: OverHorizons) -> MonotoneHorizons {
    MonotoneHorizons::new(&[30, 60, 90, 180, 365], direction).unwrap()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn neighbours_in_the_wrong_order_share_their_mean() {
    let mut rows = [0.1, 0.3, 0.2, 0.4, 0.9, 0.5, 0.25, 0.75, 0.0, 1.0, 0.0, 0.0, 0.5, 1.0, 1.0];
    assert_eq!(horizons(OverHorizons::Rises).apply(&mut rows), Ok(2));
    // By hand; the second row pools 0.5 with 0.25, then 0.75 with 0, and all four, as both means are 0.375.
    let expected = [0.1, 0.25, 0.25, 0.4, 0.9, 0.375, 0.375, 0.375, 0.375, 1.0, 0.0, 0.0, 0.5, 1.0, 1.0];
    assert_eq!(rows, expected);
    let mut falling = [0.9, 0.4, 0.2, 0.3, 0.1];
    assert_eq!(horizons(OverHorizons::Falls).apply(&mut falling), Ok(1));
    assert_eq!(falling, [0.9, 0.4, 0.25, 0.25, 0.1]);
}

#[test]
fn what_cannot_be_put_in_order_is_refused_and_left_alone() {
    for bad in [vec![], vec![30, 30], vec![60, 30]] {
        let error = MonotoneHorizons::new(&bad, OverHorizons::Rises).unwrap_err();
        assert_eq!(error, EvaluationError::Horizons { found: bad });
    }
    let monotone = horizons(OverHorizons::Rises);
    let mut rows = vec![0.5; 7];
    assert_eq!(monotone.apply(&mut rows), Err(EvaluationError::RowWidth { width: 5, found: 7 }));
    let mut rows = [0.5, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1, f64::NAN, 0.1, 0.1];
    let before = bits(&rows);
    assert!(matches!(monotone.apply(&mut rows), Err(EvaluationError::NotAProbability { row: 7, .. })));
    assert_eq!(bits(&rows), before);
    assert_eq!(monotone.apply(&mut []), Ok(0));
}

/// The nearest rising sequence by its min-max formula: `max over a <= i of min over b >= i of mean(a..=b)`.
fn min_max(row: &[f64]) -> Vec<f64> {
    let mean = |a: usize, b: usize| row[a..=b].iter().sum::<f64>() / (b - a + 1) as f64;
    let least = |a: usize, i: usize| (i..row.len()).map(|b| mean(a, b)).fold(f64::INFINITY, f64::min);
    (0..row.len()).map(|i| (0..=i).map(|a| least(a, i)).fold(f64::NEG_INFINITY, f64::max)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn twice_is_once_and_what_is_in_order_stays_to_the_bit(
        rows in prop::collection::vec(prop_oneof![0.0..=1.0f64, (0u8..=10).prop_map(|i| f64::from(i) / 10.0)], K * 4),
    ) {
        for direction in [OverHorizons::Rises, OverHorizons::Falls] {
            let monotone = horizons(direction);
            let mut once = rows.clone();
            let changed = monotone.apply(&mut once).unwrap();
            let mut twice = once.clone();
            prop_assert_eq!(monotone.apply(&mut twice), Ok(0));
            prop_assert_eq!(bits(&twice), bits(&once));
            let mut differ = 0;
            for (before, after) in rows.chunks(K).zip(once.chunks(K)) {
                let in_order = |pair: &[f64]| match direction {
                    OverHorizons::Rises => pair[0] <= pair[1],
                    OverHorizons::Falls => pair[0] >= pair[1],
                };
                prop_assert!(after.windows(2).all(in_order));
                prop_assert!(after.iter().all(|p| (0.0..=1.0).contains(p)));
                prop_assert!((before.iter().sum::<f64>() - after.iter().sum::<f64>()).abs() < 1e-14);
                if before.windows(2).all(in_order) {
                    prop_assert_eq!(bits(before), bits(after));
                } else {
                    differ += 1;
                }
            }
            prop_assert_eq!(changed, differ);

            let mut sorted = rows.clone();
            sorted.sort_by(f64::total_cmp);
            if direction == OverHorizons::Falls {
                sorted.reverse();
            }
            for row in sorted.chunks(K) {
                let mut kept = row.to_vec();
                prop_assert_eq!(monotone.apply(&mut kept), Ok(0));
                prop_assert_eq!(bits(&kept), bits(row));
            }
        }
    }

    #[test]
    fn equals_the_min_max_formula(row in prop::collection::vec(0.0..=1.0f64, K)) {
        let mut found = row.clone();
        horizons(OverHorizons::Rises).apply(&mut found).unwrap();
        for (found, expected) in found.iter().zip(min_max(&row)) {
            prop_assert!((found - expected).abs() < 1e-14, "{} {}", found, expected);
        }
    }
}
