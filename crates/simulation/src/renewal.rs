//! The gaps between one customer's orders.
//!
//! Time is *operational*: it runs at the customer's current order rate, so that the mean gap is 1 whatever the season
//! and however fast the customer fades. Source: D. R. Cox, "Renewal Theory" (1962), sections 1.4 and 4.

use rand::{Rng, RngExt};
use rand_distr::Exp1;

/// The distribution of the gaps; mean 1 in both cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// Exponential: orders come at random (a Poisson process).
    Random,
    /// Erlang with two phases of rate 2: orders come at more even distances.
    Regular,
}

impl Gaps {
    /// One gap.
    pub(crate) fn draw<R: Rng>(self, rng: &mut R) -> f64 {
        match self {
            Gaps::Random => rng.sample(Exp1),
            Gaps::Regular => {
                let (first, second): (f64, f64) = (rng.sample(Exp1), rng.sample(Exp1));
                (first + second) / 2.0
            }
        }
    }

    /// Probability of no order within the next `ahead`, given none during the `elapsed` since the last one.
    pub(crate) fn no_order(self, elapsed: f64, ahead: f64) -> f64 {
        match self {
            Gaps::Random => (-ahead).exp(),
            Gaps::Regular => (-2.0 * ahead).exp() * (1.0 + 2.0 * (elapsed + ahead)) / (1.0 + 2.0 * elapsed),
        }
    }

    /// Expected number of orders within the next `ahead`, given none during the `elapsed` since the last one.
    ///
    /// Regular gaps: after `elapsed` the customer is in the second phase with probability `2e / (1 + 2e)`. From the
    /// first phase the number expected is `t - 1/4 + exp(-4t)/4`, from the second `t + 1/4 - exp(-4t)/4`.
    pub(crate) fn expected_orders(self, elapsed: f64, ahead: f64) -> f64 {
        match self {
            Gaps::Random => ahead,
            Gaps::Regular => {
                let second_phase = 2.0 * elapsed / (1.0 + 2.0 * elapsed);
                ahead + (second_phase - 0.5) * 0.5 * (1.0 - (-4.0 * ahead).exp())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Draws, among gaps longer than `elapsed`, how often nothing follows within `ahead`, and how many orders follow.
    fn replay(gaps: Gaps, elapsed: f64, ahead: f64) -> (f64, f64) {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let (mut kept, mut none, mut orders) = (0.0, 0.0, 0.0);
        for _ in 0..400_000 {
            let first = gaps.draw(&mut rng);
            if first <= elapsed {
                continue;
            }
            kept += 1.0;
            let mut at = first - elapsed;
            none += f64::from(u8::from(at > ahead));
            while at <= ahead {
                orders += 1.0;
                at += gaps.draw(&mut rng);
            }
        }
        (none / kept, orders / kept)
    }

    #[test]
    fn probabilities_and_counts_agree_with_drawn_gaps() {
        for gaps in [Gaps::Random, Gaps::Regular] {
            for (elapsed, ahead) in [(0.0, 0.4), (0.0, 2.5), (0.7, 0.4), (1.6, 3.0)] {
                let (none, orders) = replay(gaps, elapsed, ahead);
                // Five standard errors: at least 60,000 draws are kept, the variance of a count is at most its mean.
                let error = 5.0 * (orders.max(0.25) / 60_000.0).sqrt();
                assert!((none - gaps.no_order(elapsed, ahead)).abs() < error, "{gaps:?} {elapsed} {ahead}");
                assert!((orders - gaps.expected_orders(elapsed, ahead)).abs() < error, "{gaps:?} {elapsed} {ahead}");
            }
        }
    }
}
