//! A difference between two arms, taken within strata.

use std::collections::BTreeMap;

use crate::DecisionError;
use crate::error::{each, same_length};

/// Which arm and which stratum each customer is in.
#[derive(Debug, Clone, Copy)]
pub struct Arms<'a> {
    /// Treated, as drawn by lot; otherwise held out.
    pub treated: &'a [bool],
    /// Within which the lot was drawn. One name for all where it was drawn among all.
    pub stratum: &'a [&'a str],
}

/// Difference of means, treated minus held out, averaged over strata by their treated customers: the effect on the treated.
#[derive(Debug, Clone, PartialEq)]
pub struct StratifiedDifference {
    /// Treated customers.
    pub treated: u64,
    /// Held-out customers.
    pub held_out: u64,
    /// Mean of the treated.
    pub treated_mean: f64,
    /// Mean of the held out, each stratum weighing as it does among the treated: what the treated would have had.
    pub held_out_mean: f64,
    /// The first minus the second.
    pub difference: f64,
    /// Its squared standard error.
    pub variance: f64,
    /// Strata that were too small for a difference of their own, and taken together with others.
    pub strata_pooled: usize,
    /// Variance and degrees of freedom of each mean in it.
    pub(crate) parts: Vec<(f64, f64)>,
}

/// Customers of an arm that a stratum needs for a variance of its own.
const MIN_PER_ARM: usize = 2;

/// The difference in `outcome`; `None` where an arm has fewer than two customers.
///
/// With `adjust_for`, a number known before the lot was drawn (such as the expected margin), its slope within strata and arms is
/// taken out of the outcome first: the interval narrows and the estimate stays unbiased, up to terms of order `1/n`. Source: Deng et al.
/// 2013, WSDM (CUPED); Lin 2013, Annals of Applied Statistics 7:295.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`].
pub fn stratified_difference(
    arms: &Arms<'_>,
    outcome: &[f64],
    adjust_for: Option<&[f64]>,
) -> Result<Option<StratifiedDifference>, DecisionError> {
    let rows = arms.treated.len();
    same_length("strata", rows, arms.stratum.len())?;
    same_length("outcomes", rows, outcome.len())?;
    each("outcome", "a finite number", outcome, |_| true)?;
    if let Some(known) = adjust_for {
        same_length("numbers to adjust for", rows, known.len())?;
        each("number to adjust for", "a finite number", known, |_| true)?;
    }
    let mut strata: BTreeMap<&str, [Vec<usize>; 2]> = BTreeMap::new();
    for (row, (stratum, treated)) in arms.stratum.iter().zip(arms.treated).enumerate() {
        strata.entry(stratum).or_default()[usize::from(*treated)].push(row);
    }
    let count = strata.len();
    let (strata, strata_pooled) = pool_small(strata.into_values().collect());
    if strata.is_empty() {
        return Ok(None);
    }
    let adjusted = adjust_for.map(|known| adjusted(&strata, outcome, known));
    let outcome = adjusted.as_deref().unwrap_or(outcome);
    let total = |arm: usize| strata.iter().map(|stratum| stratum[arm].len()).sum::<usize>() as f64;
    let mut found = StratifiedDifference {
        treated: total(1) as u64,
        held_out: total(0) as u64,
        treated_mean: 0.0,
        held_out_mean: 0.0,
        difference: 0.0,
        variance: 0.0,
        strata_pooled: strata_pooled.min(count),
        parts: Vec::with_capacity(2 * strata.len()),
    };
    for stratum in &strata {
        let weight = stratum[1].len() as f64 / total(1);
        let [(held_out, of_held_out), (treated, of_treated)] = [0, 1].map(|arm: usize| {
            let n = stratum[arm].len() as f64;
            let mean = stratum[arm].iter().map(|row| outcome[*row]).sum::<f64>() / n;
            let squares: f64 = stratum[arm].iter().map(|row| (outcome[*row] - mean).powi(2)).sum();
            (mean, (weight * weight * squares / (n - 1.0) / n, n - 1.0))
        });
        found.treated_mean += weight * treated;
        found.held_out_mean += weight * held_out;
        found.variance += of_held_out.0 + of_treated.0;
        found.parts.extend([of_held_out, of_treated]);
    }
    found.difference = found.treated_mean - found.held_out_mean;
    Ok(Some(found))
}

/// Puts strata with too few customers of an arm together, and, if they still have too few, together with the smallest of the
/// others; says how many lost their own difference.
fn pool_small(strata: Vec<[Vec<usize>; 2]>) -> (Vec<[Vec<usize>; 2]>, usize) {
    let is_large = |stratum: &[Vec<usize>; 2]| stratum.iter().all(|arm| arm.len() >= MIN_PER_ARM);
    let (mut large, small): (Vec<_>, Vec<_>) = strata.into_iter().partition(is_large);
    let mut pooled = small.len();
    let mut rest: [Vec<usize>; 2] = Default::default();
    for mut stratum in small {
        rest[0].append(&mut stratum[0]);
        rest[1].append(&mut stratum[1]);
    }
    if rest.iter().all(Vec::is_empty) {
        return (large, 0);
    }
    if !is_large(&rest) {
        let size = |stratum: &[Vec<usize>; 2]| stratum[0].len() + stratum[1].len();
        let Some(smallest) = (0..large.len()).min_by_key(|at| size(&large[*at])) else {
            return (Vec::new(), pooled);
        };
        let mut other = large.remove(smallest);
        rest[0].append(&mut other[0]);
        rest[1].append(&mut other[1]);
        pooled += 1;
    }
    large.push(rest);
    (large, pooled)
}

/// The outcome without what a line in the known number explains, with one slope within all strata and arms.
fn adjusted(strata: &[[Vec<usize>; 2]], outcome: &[f64], known: &[f64]) -> Vec<f64> {
    let (mut together, mut alone) = (0.0, 0.0);
    let mut centre = vec![0.0; outcome.len()];
    for stratum in strata {
        for arm in stratum {
            let mean = |of: &[f64]| arm.iter().map(|row| of[*row]).sum::<f64>() / arm.len() as f64;
            let (mean_known, mean_outcome) = (mean(known), mean(outcome));
            for &row in arm {
                together += (known[row] - mean_known) * (outcome[row] - mean_outcome);
                alone += (known[row] - mean_known) * (known[row] - mean_known);
            }
        }
        let all = stratum[0].len() + stratum[1].len();
        let mean_known = stratum.iter().flatten().map(|row| known[*row]).sum::<f64>() / all as f64;
        for row in stratum.iter().flatten() {
            centre[*row] = mean_known;
        }
    }
    let slope = if alone > 0.0 { together / alone } else { 0.0 };
    (0..outcome.len()).map(|row| outcome[row] - slope * (known[row] - centre[row])).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn shares_that_differ_between_strata_do_not_mislead() {
        // Half of the risky and nine tenths of the calm are treated; nothing has an effect, the risky bring less.
        let (mut treated, mut stratum, mut outcome) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..400 {
            let risky = i < 200;
            treated.push(if risky { i % 2 == 0 } else { i % 10 != 0 });
            stratum.push(if risky { "risky" } else { "calm" });
            outcome.push(if risky { 1.0 } else { 5.0 });
        }
        let found =
            stratified_difference(&Arms { treated: &treated, stratum: &stratum }, &outcome, None).unwrap().unwrap();
        assert!(found.difference.abs() < 1e-12 && (found.treated, found.held_out) == (280, 120));
        let one = vec!["all"; 400];
        let plain = stratified_difference(&Arms { treated: &treated, stratum: &one }, &outcome, None).unwrap().unwrap();
        assert!(plain.difference > 1.0);
    }

    #[test]
    fn strata_weigh_by_their_treated_customers() {
        let treated = [true, true, false, false, true, true, true, true, false, false];
        let stratum = ["a", "a", "a", "a", "b", "b", "b", "b", "b", "b"];
        let outcome = [3.0, 5.0, 1.0, 1.0, 10.0, 10.0, 10.0, 14.0, 4.0, 8.0];
        let found =
            stratified_difference(&Arms { treated: &treated, stratum: &stratum }, &outcome, None).unwrap().unwrap();
        // a: 4 - 1 = 3 with weight 2/6; b: 11 - 6 = 5 with weight 4/6.
        assert!((found.difference - (3.0 / 3.0 + 10.0 / 3.0)).abs() < 1e-12);
        // a: 2/2 + 0; b: 4/4 + 8/2.
        let variance = (1.0 + 0.0) / 9.0 + (1.0 + 4.0) * 4.0 / 9.0;
        assert!((found.variance - variance).abs() < 1e-12);
    }

    #[test]
    fn small_strata_are_pooled_and_too_small_arms_have_no_difference() {
        let treated = [true, true, false, false, true, false];
        let stratum = ["a", "a", "a", "a", "b", "c"];
        let arms = Arms { treated: &treated, stratum: &stratum };
        let found = stratified_difference(&arms, &[1.0, 2.0, 0.0, 1.0, 3.0, 1.0], None).unwrap().unwrap();
        assert_eq!((found.strata_pooled, found.treated, found.held_out), (3, 3, 3));
        assert!((found.difference - (2.0 - 2.0 / 3.0)).abs() < 1e-12);
        let few = Arms { treated: &treated[..3], stratum: &stratum[..3] };
        assert_eq!(stratified_difference(&few, &[1.0; 3], None).unwrap(), None);
        assert!(stratified_difference(&arms, &[1.0; 2], None).is_err());
    }

    #[test]
    fn a_known_number_takes_its_part_of_the_noise_out() {
        let rows = 400;
        let treated: Vec<bool> = (0..rows).map(|i| i % 2 == 0).collect();
        let stratum = vec!["all"; rows];
        let noise = |i: usize| ((i * 7_919) % 101) as f64 / 10.0;
        let known: Vec<f64> = (0..rows).map(|i| noise(i + 13) * 3.0).collect();
        let outcome: Vec<f64> =
            (0..rows).map(|i| 2.0 * known[i] + 0.1 * noise(i) + if treated[i] { 1.0 } else { 0.0 }).collect();
        let arms = Arms { treated: &treated, stratum: &stratum };
        let plain = stratified_difference(&arms, &outcome, None).unwrap().unwrap();
        let found = stratified_difference(&arms, &outcome, Some(&known)).unwrap().unwrap();
        assert!(found.variance < plain.variance / 100.0);
        assert!((found.difference - 1.0).abs() < 4.0 * found.variance.sqrt());
        let constant = stratified_difference(&arms, &outcome, Some(&vec![1.0; rows])).unwrap().unwrap();
        assert_eq!(constant.difference, plain.difference);
    }
}
