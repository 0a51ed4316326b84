//! Which customers are used, and into which fold each falls: by a hash of the id, so that neither depends on who else
//! is in the export, nor on the order of its rows.

use history::{Date, Export};

/// Folds for predicting customers by models that never saw them.
pub(crate) const FOLDS: u8 = 5;

/// A hash for each customer of an export.
#[derive(Debug)]
pub(crate) struct CustomerHashes(Vec<u64>);

/// A random part of the customers: those whose hash, as a number from 0 to 1, lies in a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    from: f64,
    to: f64,
}

impl Share {
    /// So many customers that `rows` become about `max_rows`.
    pub(crate) fn of_rows(rows: usize, max_rows: usize) -> Self {
        Self { from: 0.0, to: if rows <= max_rows { 1.0 } else { max_rows as f64 / rows as f64 } }
    }

    /// Other customers than these, so many that `rows` of all customers become about `max_rows`; nobody where these are all.
    pub(crate) fn of_the_others(self, rows: usize, max_rows: usize) -> Self {
        Self { from: self.to, to: (self.to + Self::of_rows(rows, max_rows).get()).min(1.0) }
    }

    pub(crate) fn get(self) -> f64 {
        self.to - self.from
    }
}

/// About `most` customers of an export, drawn at random by their ids, and the share of all that they are; all of them
/// where there are no more. For looking at customers, not for judging a model.
#[must_use]
pub fn some_customers(export: &Export, most: usize, seed: u64) -> (Vec<u32>, f64) {
    let hashes = CustomerHashes::of(export, seed);
    let share = Share::of_rows(export.customer_ids().len(), most);
    let everybody = 0..export.customer_ids().len() as u32;
    (everybody.filter(|customer| hashes.is_in(*customer, share)).collect(), share.get())
}

impl CustomerHashes {
    pub(crate) fn of(export: &Export, seed: u64) -> Self {
        Self(export.customer_ids().iter().map(|id| hash(id, seed)).collect())
    }

    pub(crate) fn is_in(&self, customer: u32, share: Share) -> bool {
        // 53 bits: as many as a float holds.
        let (hash, all) = ((self.0[customer as usize] >> 11) as f64, (1_u64 << 53) as f64);
        share.from * all <= hash && (share.to >= 1.0 || hash < share.to * all)
    }

    /// A number from 0 to 1 that is the customer's own at a date.
    pub(crate) fn uniform(&self, customer: u32, day: Date) -> f64 {
        let mixed = mix(self.0[customer as usize] ^ mix(0x9e6c_63d0_76cc_4291 ^ u64::from(day.days().cast_unsigned())));
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn fold(&self, customer: u32) -> u8 {
        // Mixed again: which customers are used must not say in which fold they are.
        (mix(self.0[customer as usize] ^ 0x5bd1_e995_7b93_1c4d) % u64::from(FOLDS)) as u8
    }
}

/// FNV-1a over the id, then mixed with the seed.
fn hash(id: &str, seed: u64) -> u64 {
    let fnv = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(fnv ^ mix(seed))
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_folds_are_even_and_independent() {
        let hashes = CustomerHashes((0..50_000).map(|i| hash(&format!("C{i:05}"), 7)).collect());
        let share = Share::of_rows(1_000, 300);
        let mut used = [0_u32; FOLDS as usize];
        for customer in (0..50_000).filter(|customer| hashes.is_in(*customer, share)) {
            used[hashes.fold(customer) as usize] += 1;
        }
        // 3,000 expected in each fold, standard deviation 53.
        assert!(used.iter().all(|n| (2_800..3_200).contains(n)), "{used:?}");
        assert!((0..50_000).all(|customer| hashes.is_in(customer, Share::of_rows(10, 10))));
        assert_ne!(hash("a", 1), hash("a", 2));
        let others = share.of_the_others(1_000, 500);
        assert!((others.get() - 0.5).abs() < 1e-12 && (share.of_the_others(10, 10).get() - 0.7).abs() < 1e-12);
        let both = |customer: &u32| hashes.is_in(*customer, share) && hashes.is_in(*customer, others);
        assert_eq!((0..50_000).filter(both).count(), 0, "nobody is in both");
        let found = (0..50_000).filter(|customer| hashes.is_in(*customer, others)).count();
        assert!((24_500..25_500).contains(&found), "{found}");
        assert!(!(0..50_000).any(|customer| hashes.is_in(customer, Share::of_rows(1, 1).of_the_others(1, 1))));
    }
}
