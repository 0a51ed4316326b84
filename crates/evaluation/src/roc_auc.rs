//! Area under the ROC curve.

use crate::Sample;
use crate::tally::Tally;

/// Probability that a churner is ranked above a stayer, ties counted half; `None` with one class.
///
/// `U / (n1 · n0)` with the Mann–Whitney `U = #{p_i > p_j} + #{p_i = p_j} / 2` over all pairs of a churner `i` and a
/// stayer `j` (Hanley & McNeil 1982, Radiology 143:29). `2U` is counted in integers, so the only rounding is that of
/// the final division.
pub fn roc_auc(sample: &Sample) -> Option<f64> {
    of(&sample.tally())
}

pub(crate) fn of(tally: &Tally<'_>) -> Option<f64> {
    if !tally.has_both_classes() {
        return None;
    }
    let mut twice_u: u128 = 0;
    let mut stayers_below: u64 = 0;
    for count in tally.counts {
        twice_u += u128::from(count.churned) * u128::from(2 * stayers_below + count.stayed);
        stayers_below += count.stayed;
    }
    let twice_pairs = 2 * u128::from(tally.churners) * u128::from(tally.stayers());
    Some(twice_u as f64 / twice_pairs as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn sample(p: &[f64], y: &[bool]) -> Sample {
        Sample::new(p.to_vec(), y.to_vec(), (0..p.len() as u32).collect()).unwrap()
    }

    /// Every pair of a churner and a stayer, looked at one by one.
    fn by_pairs(p: &[f64], y: &[bool]) -> Option<f64> {
        let (mut twice_u, mut pairs) = (0u128, 0u128);
        for i in (0..p.len()).filter(|&i| y[i]) {
            for j in (0..p.len()).filter(|&j| !y[j]) {
                pairs += 1;
                twice_u += if p[i] > p[j] { 2 } else { u128::from(p[i] == p[j]) };
            }
        }
        (pairs > 0).then(|| twice_u as f64 / (2 * pairs) as f64)
    }

    #[test]
    fn all_ties_are_one_half_and_one_class_is_none() {
        assert_eq!(roc_auc(&sample(&[0.3; 5], &[true, false, true, false, false])), Some(0.5));
        assert_eq!(roc_auc(&sample(&[0.3, 0.4], &[true, true])), None);
        assert_eq!(roc_auc(&sample(&[0.3], &[false])), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn equals_the_count_over_all_pairs_to_the_bit(
            rows in prop::collection::vec((0u8..12, any::<bool>()), 1..60)
        ) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 11.0).collect();
            let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let (ours, pairs) = (roc_auc(&sample(&p, &y)), by_pairs(&p, &y));
            prop_assert_eq!(ours.map(f64::to_bits), pairs.map(f64::to_bits));
        }

        #[test]
        fn a_monotone_transform_changes_nothing(
            rows in prop::collection::vec((0u8..40, any::<bool>()), 2..60)
        ) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 40.0).collect();
            let q: Vec<f64> = p.iter().map(|p| p.powi(3) / 2.0 + 0.1).collect();
            let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
            prop_assert_eq!(roc_auc(&sample(&p, &y)), roc_auc(&sample(&q, &y)));
        }
    }
}
