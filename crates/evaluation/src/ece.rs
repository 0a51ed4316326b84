//! Expected calibration error.

use crate::Sample;
use crate::equal_mass::{Bin, bins_at, cuts};
use crate::tally::Tally;

/// Number of bins of the expected calibration error.
pub const ECE_BINS: usize = 10;

/// Expected calibration error over [`ECE_BINS`] equal-mass bins: `Σ_b n_b/N · |ȳ_b - p̄_b|`, with observed rate `ȳ_b`
/// and mean prediction `p̄_b` of bin `b` (Naeini et al. 2015, AAAI, with equal-mass bins). 0 is ideal.
///
/// Bins end after `floor(k · N / 10)` rows by rising probability; ties across an end are split in expectation. With
/// fewer than ten rows each row is a bin. It is biased upwards in small samples: noise in a bin counts as error.
pub fn ece(sample: &Sample) -> Option<f64> {
    let tally = sample.tally();
    of(&tally, &EceBins::new(&tally, ECE_BINS))
}

/// The bins of a sample with the gap `ȳ - p̄` in each: fixed once, then used for every bootstrap replicate.
#[derive(Debug, Clone)]
pub(crate) struct EceBins {
    bins: Vec<(Bin, f64)>,
}

impl EceBins {
    pub(crate) fn new(tally: &Tally<'_>, bins: usize) -> Self {
        let bins = bins_at(tally.counts, &cuts(tally.rows, bins))
            .into_iter()
            .map(|bin| {
                let content = bin.content(tally);
                let gap = (content.churners - content.predicted) / content.rows;
                (bin, gap)
            })
            .collect();
        Self { bins }
    }
}

pub(crate) fn of(tally: &Tally<'_>, bins: &EceBins) -> Option<f64> {
    mean_gap(tally, bins, |_| 0.0)
}

/// How far the gaps of a replicate lie from those of the sample: `Σ_b n_b/N · |gap*_b - gap_b|`, the noise from which
/// the interval of the error is made.
pub(crate) fn noise_of(tally: &Tally<'_>, bins: &EceBins) -> Option<f64> {
    mean_gap(tally, bins, |gap| gap)
}

fn mean_gap(tally: &Tally<'_>, bins: &EceBins, centre: impl Fn(f64) -> f64) -> Option<f64> {
    let sum = bins
        .bins
        .iter()
        .map(|(bin, gap)| {
            let content = bin.content(tally);
            (content.churners - content.predicted - content.rows * centre(*gap)).abs()
        })
        .sum();
    tally.per_row(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn five_bins_of_twenty_tied_rows() {
        // Reference vector V2, computed with numpy over a stable sort.
        let p = [
            0.9, 0.85, 0.8, 0.7, 0.7, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.05, 0.01,
        ];
        let y = [1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0].map(|y| y == 1);
        let sample = Sample::new(p.to_vec(), y.to_vec(), (0..20).collect()).unwrap();
        let tally = sample.tally();
        let error = of(&tally, &EceBins::new(&tally, 5)).unwrap();
        assert!((error - 0.164).abs() < 1e-15, "{error}");
    }

    #[test]
    fn of_a_constant_it_is_the_distance_to_the_rate() {
        let y: Vec<bool> = (0..37).map(|i| i % 4 == 0).collect();
        let sample = Sample::new(vec![0.4; 37], y, (0..37).collect()).unwrap();
        assert!((ece(&sample).unwrap() - (0.4_f64 - 10.0 / 37.0).abs()).abs() < 1e-14);
    }
}
