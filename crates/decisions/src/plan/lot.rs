//! The lot that decides who is left alone.

use history::Date;
use sha2::{Digest, Sha256};

/// Draws lots for one plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lot {
    seed: u64,
    as_of: Date,
}

impl Lot {
    pub(super) fn new(seed: u64, as_of: Date) -> Self {
        Self { seed, as_of }
    }

    /// A number from 0 up to 1 for a text, the same whatever else is in the plan: the first 53 bits of the SHA-256 of seed, date and text.
    pub(super) fn number(&self, text: &str) -> f64 {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(self.as_of.days().to_le_bytes());
        hash.update(text.as_bytes());
        let digest = hash.finalize();
        let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Which of the customers are held out: a systematic sample with a random start of the customers in the order of strata and, within
    /// them, of their lots. Everybody has the same chance, and each stratum has its share, give or take one.
    pub(super) fn held_out(&self, ids: &[&str], strata: &[String], count: u64) -> Vec<bool> {
        let numbers: Vec<f64> = ids.iter().map(|id| self.number(id)).collect();
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by(|a, b| {
            strata[*a].cmp(&strata[*b]).then(numbers[*a].total_cmp(&numbers[*b])).then(ids[*a].cmp(ids[*b]))
        });
        let mut held_out = vec![false; ids.len()];
        // In whole numbers: the customer at `place` is held out where the running total of `count / customers` passes a whole number.
        let customers = ids.len() as u128;
        let start = (self.number("\u{0}start") * customers as f64) as u128;
        for (place, row) in order.into_iter().enumerate() {
            let total = |places: u128| (places * u128::from(count) + start) / customers;
            held_out[row] = total(place as u128 + 1) > total(place as u128);
        }
        held_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("C{i:05}")).collect()
    }

    fn strata(count: usize) -> Vec<String> {
        (0..count).map(|i| ["high", "low", "middle"][i % 3].to_owned()).collect()
    }

    #[test]
    fn every_stratum_has_its_share_and_the_count_is_kept() {
        let (ids, strata) = (ids(3_000), strata(3_000));
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let held_out = Lot::new(7, Date::from_days(20_000)).held_out(&ids, &strata, 301);
        assert_eq!(held_out.iter().filter(|held_out| **held_out).count(), 301);
        for stratum in 0..3 {
            let count = (0..3_000).filter(|i| i % 3 == stratum && held_out[*i]).count();
            assert!((100..=101).contains(&count), "{count}");
        }
    }

    #[test]
    fn the_order_of_customers_changes_nothing_and_the_seed_does() {
        let (ids, strata) = (ids(500), strata(500));
        let forward: Vec<&str> = ids.iter().map(String::as_str).collect();
        let lot = Lot::new(7, Date::from_days(20_000));
        let found = lot.held_out(&forward, &strata, 50);
        let backward: Vec<&str> = forward.iter().rev().copied().collect();
        let backward_strata: Vec<String> = strata.iter().rev().cloned().collect();
        let mut reversed = lot.held_out(&backward, &backward_strata, 50);
        reversed.reverse();
        assert_eq!(found, reversed);
        assert_ne!(found, Lot::new(8, Date::from_days(20_000)).held_out(&forward, &strata, 50));
        assert_ne!(found, Lot::new(7, Date::from_days(20_001)).held_out(&forward, &strata, 50));
    }

    #[test]
    fn everybody_has_the_same_chance() {
        let (ids, strata) = (ids(30), strata(30));
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut times = vec![0; 30];
        for seed in 0..6_000 {
            let held_out = Lot::new(seed, Date::from_days(20_000)).held_out(&ids, &strata, 7);
            for (times, held_out) in times.iter_mut().zip(held_out) {
                *times += i32::from(held_out);
            }
        }
        // 1,400 expected; five standard errors are 164.
        assert!(times.iter().all(|times| (1_236..=1_564).contains(times)), "{times:?}");
    }
}
