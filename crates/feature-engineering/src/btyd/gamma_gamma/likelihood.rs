//! The log-likelihood of the Gamma-Gamma model with its first two derivatives.
//!
//! Fader & Hardie (2013), The Gamma-Gamma model of monetary value, brucehardie.com/notes/025, written so that
//! nothing overflows and large terms do not cancel. With `x` transactions of mean `z`:
//!
//! ```text
//! ln f(z | x) = -ln z - px ln(1 + gamma/(xz)) - q ln(1 + xz/gamma) - ln B(px, q)
//! ```
//!
//! Derivatives are taken by the logarithms of the parameters, in the order `p, q, gamma`.

use super::super::expansion::{BLOCK, Expansion};
use super::super::special::{digamma, ln_beta, trigamma};
use super::GammaGammaParameters;
use super::spend::{Row, SpendSample};
use rayon::prelude::*;

/// Log-likelihood of `sample` with its derivatives, in the unit of money of its rows.
pub(super) fn expansion(p: &GammaGammaParameters, sample: &SpendSample) -> Expansion<3> {
    let of_block = |rows: &[Row]| {
        let mut sum = Expansion::ZERO;
        // Rows are sorted by transactions: what depends on these alone is computed once.
        for same in rows.chunk_by(|p, q| p.transactions == q.transactions) {
            add_rows(p, same, &mut sum);
        }
        sum
    };
    let blocks: Vec<Expansion<3>> = sample.rows.par_chunks(BLOCK).map(of_block).collect();
    blocks.iter().fold(Expansion::ZERO, |mut total, block| {
        total.add(1.0, block);
        total
    })
}

/// Adds rows with equally many transactions.
fn add_rows(parameters: &GammaGammaParameters, rows: &[Row], sum: &mut Expansion<3>) {
    let GammaGammaParameters { p, q, gamma } = *parameters;
    let Some(&Row { transactions, .. }) = rows.first() else { return };
    let px = p * transactions;
    let of_counts = counts(px, q);
    for &Row { mean, customers: n, .. } in rows {
        // gamma / (gamma + xz) and its complement.
        let ratio = gamma / mean / transactions;
        let (prior, own) = (1.0 / (1.0 + 1.0 / ratio), 1.0 / (1.0 + ratio));
        let (by_p, by_q) = (px * ratio.ln_1p(), q * (1.0 / ratio).ln_1p());
        sum.add(n, &of_counts);
        sum.value -= n * (mean.ln() + by_p + by_q);
        sum.gradient[0] -= n * by_p;
        sum.gradient[1] -= n * by_q;
        sum.gradient[2] += n * (q * own - px * prior);
        sum.hessian[0][0] -= n * by_p;
        sum.hessian[1][1] -= n * by_q;
        sum.hessian[2][0] -= n * px * prior;
        sum.hessian[2][1] += n * q * own;
        sum.hessian[2][2] -= n * (px + q) * prior * own;
    }
}

/// `-ln B(px, q)`.
fn counts(px: f64, q: f64) -> Expansion<3> {
    let mut found = Expansion::ZERO;
    let (both, both_slope) = (digamma(px + q), trigamma(px + q));
    found.value = -ln_beta(px, q);
    found.gradient = [px * (both - digamma(px)), q * (both - digamma(q)), 0.0];
    found.hessian[0][0] = found.gradient[0] + px * px * (both_slope - trigamma(px));
    found.hessian[1][0] = px * q * both_slope;
    found.hessian[1][1] = found.gradient[1] + q * q * (both_slope - trigamma(q));
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::super::super::expansion::assert_derivatives;
    use super::super::Spend;
    use super::*;

    fn at(theta: [f64; 3], spends: &[(u32, f64)]) -> Expansion<3> {
        let spends: Vec<Spend> = spends.iter().map(|&(x, z)| Spend::new(x, z).unwrap().times(x.min(9))).collect();
        expansion(&GammaGammaParameters::from_logs(theta), &SpendSample::new(&spends))
    }

    #[test]
    fn derivatives_equal_central_differences() {
        let spends = [(1, 0.4), (1, 3.0), (2, 1.2), (7, 0.05), (40, 11.0)];
        for theta in [[1.8, 1.3, 0.5], [-1.0, 0.2, 3.0], [3.0, -0.5, -2.0]] {
            assert_derivatives(theta, |theta| at(theta, &spends));
        }
    }

    #[test]
    fn extreme_spends_stay_finite() {
        let spends = [(1, 1e-300), (12_907, 1e6), (1_000_000, 0.01), (1, 1e300)];
        for theta in [[12.6, -12.6, 12.6], [-12.6, 12.6, -12.6], [0.0; 3]] {
            let found = at(theta, &spends);
            assert!(found.value.is_finite(), "{theta:?}: {found:?}");
            assert!(found.gradient.iter().chain(found.hessian.iter().flatten()).all(|v| v.is_finite()), "{found:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn derivatives_equal_central_differences_anywhere(
            theta in prop::array::uniform3(-3.0..3.0f64),
            spends in prop::collection::vec((1u32..60, 0.01..50.0f64), 1..9),
        ) {
            assert_derivatives(theta, |theta| at(theta, &spends));
        }
    }
}
