//! The cluster bootstrap: customers drawn with replacement, all rows of a customer together.

use rayon::prelude::*;
use serde::Serialize;

use crate::EvaluationError;

/// The usual number of replicates: the ends of a 95 % interval then vary by about a twentieth of its width.
const REPLICATES: u32 = 500;
/// Rows to resample in all, a few seconds of work. Larger samples get fewer replicates: their intervals are narrow,
/// and less depends on the last digit of the ends.
const ROWS_IN_ALL: usize = 150_000_000;
/// Below this the 2.5 % point is an extreme value of the replicates.
const MIN_REPLICATES: u32 = 100;
/// With fewer customers than this their resampling says too little about another set of customers.
const MIN_CLUSTERS: usize = 10;
/// Where a metric does not exist in more of the replicates than this, the others are a selection, not a sample.
const MAX_UNDEFINED: f64 = 0.05;

/// How intervals are computed: percentile intervals of a cluster bootstrap (Davison & Hinkley 1997, ch. 3.8 and 5.3).
///
/// Each replicate draws as many customers as there are, with replacement, and counts all rows of a customer as often as
/// it was drawn. There is no interval where there are fewer than 10 customers, where the metric is undefined in more
/// than 5 % of the replicates (few churners), or where the replicates do not differ (a perfect ranking).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bootstrap {
    replicates: u32,
    seed: u64,
}

impl Bootstrap {
    /// A number of replicates of one's own choosing.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Replicates`] below 100 replicates.
    pub fn new(replicates: u32, seed: u64) -> Result<Self, EvaluationError> {
        if replicates < MIN_REPLICATES {
            return Err(EvaluationError::Replicates { minimum: MIN_REPLICATES, found: replicates });
        }
        Ok(Self { replicates, seed })
    }

    /// The usual number for a sample of this size: 500 replicates up to 300,000 rows, then `150,000,000 / rows`, but
    /// never fewer than 100.
    pub fn for_rows(rows: usize, seed: u64) -> Self {
        let affordable = u32::try_from(ROWS_IN_ALL / rows.max(1)).unwrap_or(REPLICATES);
        Self { replicates: affordable.clamp(MIN_REPLICATES, REPLICATES), seed }
    }

    /// Number of replicates.
    pub fn replicates(&self) -> u32 {
        self.replicates
    }

    /// Seed of the random draws.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// `measure` of each replicate, in order, given how often each of the `clusters` was drawn. Empty where there are
    /// too few clusters.
    ///
    /// The draws of a replicate depend on the seed and its number alone, so threads change nothing.
    pub(crate) fn run<S, T>(&self, clusters: usize, measure: impl Fn(&[u32], &mut S) -> T + Sync) -> Vec<T>
    where
        S: Default + Send,
        T: Send,
    {
        if clusters < MIN_CLUSTERS {
            return Vec::new();
        }
        (0..self.replicates)
            .into_par_iter()
            .map_init(
                || (vec![0; clusters], S::default()),
                |(drawn, scratch), replicate| {
                    draw(self.seed, replicate, drawn);
                    measure(drawn, scratch)
                },
            )
            .collect()
    }
}

/// Percentile interval of the replicates; `None` where they do not support one (see [`Bootstrap`]), except that
/// replicates without any difference give an interval of no width.
pub(crate) fn percentile_interval(replicates: impl ExactSizeIterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let drawn = replicates.len();
    let mut defined: Vec<f64> = replicates.flatten().collect();
    let undefined = drawn - defined.len();
    if defined.is_empty() || undefined as f64 > MAX_UNDEFINED * drawn as f64 {
        return None;
    }
    defined.sort_unstable_by(f64::total_cmp);
    Some((quantile(&defined, 0.025), quantile(&defined, 0.975)))
}

/// Linear interpolation between order statistics (Hyndman & Fan 1996, type 7). `sorted` is not empty.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let position = q * (sorted.len() - 1) as f64;
    let below = sorted[position.floor() as usize];
    let above = sorted[position.ceil() as usize];
    below + (above - below) * position.fract()
}

/// Draws as many clusters as there are, with replacement, and counts them.
fn draw(seed: u64, replicate: u32, drawn: &mut [u32]) {
    let mut state = mix(mix(seed) ^ u64::from(replicate));
    let clusters = drawn.len() as u128;
    drawn.fill(0);
    for _ in 0..drawn.len() {
        state = state.wrapping_add(GOLDEN_GAMMA);
        // The high half of the product is uniform on 0..clusters but for a bias below clusters / 2^64.
        let chosen = (u128::from(mix(state)) * clusters) >> 64;
        drawn[chosen as usize] += 1;
    }
}

/// 2^64 over the golden ratio, odd: the step of SplitMix64.
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA; constants of Stafford's mix 13).
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn generates_the_published_splitmix_sequence() {
        // First outputs of SplitMix64 seeded with 1234567, from the reference C code (prng.di.unimi.it/splitmix64.c).
        let outputs: Vec<u64> =
            (1..=3u64).map(|k| mix(1_234_567u64.wrapping_add(GOLDEN_GAMMA.wrapping_mul(k)))).collect();
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(outputs, published);
    }

    #[test]
    fn draws_as_many_as_there_are_evenly_and_anew_in_each_replicate() {
        let clusters = 50;
        let mut total = vec![0u64; clusters];
        let mut empty = 0;
        let mut seen = Vec::new();
        for replicate in 0..4_000 {
            let mut drawn = vec![7; clusters];
            draw(3, replicate, &mut drawn);
            assert_eq!(drawn.iter().sum::<u32>() as usize, clusters);
            empty += drawn.iter().filter(|&&n| n == 0).count();
            for (sum, &n) in total.iter_mut().zip(&drawn) {
                *sum += u64::from(n);
            }
            seen.push(drawn);
        }
        // Each total is binomial with mean 4,000 and standard deviation 63.
        assert!(total.iter().all(|&n| (3_700..4_300).contains(&n)), "{total:?}");
        // (1 - 1/50)^50 = 0.3642 of the clusters are left out; the standard error here is 0.0007.
        let share = empty as f64 / (4_000.0 * clusters as f64);
        assert!((share - 0.3642).abs() < 0.004, "{share}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 4_000);
    }

    #[test]
    fn large_samples_get_fewer_replicates() {
        let replicates = |rows| Bootstrap::for_rows(rows, 0).replicates();
        assert_eq!([0, 1, 300_000].map(replicates), [500; 3]);
        assert_eq!([600_000, 1_500_001, usize::MAX].map(replicates), [250, 100, 100]);
    }

    #[test]
    fn quantiles_interpolate() {
        // numpy.quantile([1, 2, 4, 8], [0.025, 0.975])
        let (low, high) = percentile_interval([8.0, 1.0, 4.0, 2.0].map(Some).into_iter()).unwrap();
        assert!((low - 1.075).abs() < 1e-12 && (high - 7.7).abs() < 1e-12);
    }

    #[test]
    fn no_interval_where_replicates_are_missing() {
        let missing = |n: usize| (0..100).map(move |i| (i >= n).then_some(i as f64));
        assert!(percentile_interval(missing(5)).is_some());
        assert!(percentile_interval(missing(6)).is_none());
        assert!(percentile_interval(std::iter::empty()).is_none());
        assert!(Bootstrap::new(99, 0).is_err());
        let none: Vec<()> = Bootstrap::for_rows(9, 0).run(9, |_, _: &mut ()| ());
        assert!(none.is_empty());
    }
}
