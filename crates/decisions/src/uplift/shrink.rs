//! How much customers differ in what an offer does: shrinking the differences.
//!
//! Around the model without differences the log-likelihood of the differences `g` is about `S'g - g'G g / 2`, with the score `S` and the
//! information `G`, both after what customers do anyway has been allowed for. With a normal prior of variances `v` the posterior is
//! normal, with mean `(G + V^-1)^-1 S`.
//!
//! Two kinds of prior, since campaigns differ in kind:
//!
//! - *even*: one variance for all. A little of the difference lies in each of many features. The variance is averaged over, with its
//!   marginal likelihood as weight (D. J. C. MacKay 1992, Neural Computation 4:415).
//! - *sparse*: each feature has a variance of its own, itself drawn from an inverse gamma distribution (together Student's distribution):
//!   the difference lies in few features, and the others are shrunk to nothing. The variances are found by expectation and
//!   maximisation (M. E. Tipping 2001, Journal of Machine Learning Research 1:211).
//!
//! Which of them is believed is decided by rows held out ([`super::model`]).

use super::dense::{cholesky, dot, inverse, log_determinant, times};

/// Variances tried for all features together; of the shift in the logit for one standard deviation of a feature.
const EVEN: [f64; 8] = [0.0, 1e-5, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1];
/// Scales of the inverse gamma distribution, of shape 1/2: twice the scale over four is the least variance of a feature.
const SPARSE: [f64; 3] = [5e-4, 1.5e-4, 5e-5];
/// Posterior weight below which a variance is left out.
const NEGLIGIBLE: f64 = 1e-3;
/// Steps of expectation and maximisation, and the relative change at which they end.
const STEPS: usize = 60;
const CHANGE: f64 = 1e-2;

/// A kind of prior on the differences between customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shrinkage {
    /// One variance for all features.
    Even,
    /// A variance for each, with this scale.
    Sparse {
        /// Of the inverse gamma distribution that they are drawn from.
        scale: f64,
    },
}

/// What the data say of the differences.
#[derive(Debug, Clone)]
pub(super) struct Differences {
    pub(super) score: Vec<f64>,
    /// Row after row.
    pub(super) information: Vec<f64>,
}

/// A posterior, normal.
#[derive(Debug, Clone)]
pub(super) struct Posterior {
    pub(super) weight: f64,
    pub(super) mean: Vec<f64>,
    /// Row after row; empty where there is no uncertainty: differences taken to be 0.
    pub(super) covariance: Vec<f64>,
    log_evidence: f64,
}

/// All kinds of prior, in their order.
pub(super) fn kinds() -> Vec<Shrinkage> {
    std::iter::once(Shrinkage::Even).chain(SPARSE.map(|scale| Shrinkage::Sparse { scale })).collect()
}

impl Differences {
    /// The posterior under a kind of prior, as an average of normal ones whose weights add up to 1.
    pub(super) fn shrunk(&self, kind: Shrinkage) -> Vec<Posterior> {
        match kind {
            Shrinkage::Even => self.even(),
            Shrinkage::Sparse { scale } => vec![self.sparse(scale)],
        }
    }

    fn even(&self) -> Vec<Posterior> {
        let mut tried: Vec<Posterior> =
            EVEN.iter().map(|variance| self.posterior(&vec![*variance; self.score.len()])).collect();
        let most = tried.iter().map(|one| one.log_evidence).fold(f64::NEG_INFINITY, f64::max);
        let weight = |one: &Posterior| (one.log_evidence - most).exp();
        let total: f64 = tried.iter().map(weight).sum();
        tried.retain(|one| weight(one) / total >= NEGLIGIBLE);
        let kept: f64 = tried.iter().map(weight).sum();
        for one in &mut tried {
            one.weight = (one.log_evidence - most).exp() / kept;
        }
        tried
    }

    fn sparse(&self, scale: f64) -> Posterior {
        let n = self.score.len();
        let mut variances = vec![3e-3; n];
        let mut found = self.posterior(&variances);
        for _ in 0..STEPS {
            // Nothing to learn from: differences stay 0.
            if found.covariance.is_empty() {
                break;
            }
            let mut change = 0.0_f64;
            for (at, variance) in variances.iter_mut().enumerate() {
                let square = found.mean[at] * found.mean[at] + found.covariance[at * n + at];
                // The mode of the inverse gamma distribution of shape 1/2 + 1/2 + 1 and scale (square + 2 scale) / 2.
                let next = (square + 2.0 * scale) / 4.0;
                change = change.max((next / *variance).ln().abs());
                *variance = next;
            }
            found = self.posterior(&variances);
            if change < CHANGE {
                break;
            }
        }
        found
    }

    /// With these prior variances, all of them above 0 or all 0.
    fn posterior(&self, variances: &[f64]) -> Posterior {
        let n = self.score.len();
        let none = Posterior { weight: 1.0, mean: vec![0.0; n], covariance: Vec::new(), log_evidence: 0.0 };
        if variances.contains(&0.0) {
            return none;
        }
        let mut precision = self.information.clone();
        for (at, variance) in variances.iter().enumerate() {
            precision[at * n + at] += 1.0 / variance;
        }
        // The information is positive semidefinite up to rounding, which the precision of the prior outweighs.
        let Some(lower) = cholesky(&precision, n) else { return none };
        let covariance = inverse(&lower, n);
        let mean = times(&covariance, &self.score);
        let log_variances: f64 = variances.iter().map(|variance| variance.ln()).sum();
        let log_evidence = 0.5 * (dot(&mean, &self.score) - log_determinant(&lower, n) - log_variances);
        Posterior { weight: 1.0, mean, covariance, log_evidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Independent features with information 1,000 each, and these estimates.
    fn independent(estimates: &[f64]) -> Differences {
        let n = estimates.len();
        let mut information = vec![0.0; n * n];
        (0..n).for_each(|at| information[at * n + at] = 1_000.0);
        Differences { score: estimates.iter().map(|one| 1_000.0 * one).collect(), information }
    }

    fn mean(of: &[Posterior]) -> Vec<f64> {
        let n = of[0].mean.len();
        (0..n).map(|at| of.iter().map(|one| one.weight * one.mean[at]).sum()).collect()
    }

    #[test]
    fn one_large_difference_among_noise_survives_the_sparse_prior_only() {
        // The standard error of each is 0.032.
        let mut estimates = vec![0.03, -0.02, 0.025, -0.03, 0.01, 0.02, -0.01, 0.03, -0.025, 0.0];
        estimates[3] = 0.3;
        let differences = independent(&estimates);
        let (even, sparse) =
            (differences.shrunk(Shrinkage::Even), differences.shrunk(Shrinkage::Sparse { scale: 5e-5 }));
        let (even, sparse) = (mean(&even), mean(&sparse));
        assert!(sparse[3] > 0.27 && sparse[3] > even[3]);
        assert!(sparse[0].abs() < 0.004 && even[0] > 0.02);
    }

    #[test]
    fn noise_alone_is_shrunk_to_little_and_weights_add_up() {
        let noise: Vec<f64> = (0..20).map(|i| 0.03 * f64::from(i * 7 % 11 - 5) / 3.2).collect();
        let found = independent(&noise).shrunk(Shrinkage::Even);
        assert!((found.iter().map(|one| one.weight).sum::<f64>() - 1.0).abs() < 1e-12);
        let largest = mean(&found).into_iter().fold(0.0, |most: f64, one| most.max(one.abs()));
        assert!(largest < 0.02, "{largest}");
    }

    #[test]
    fn the_posterior_of_one_number_is_the_textbook_one() {
        let found = independent(&[0.2]).posterior(&[0.01]);
        // Precision 1000 + 100.
        assert!((found.mean[0] - 200.0 / 1_100.0).abs() < 1e-12);
        assert!((found.covariance[0] - 1.0 / 1_100.0).abs() < 1e-15);
        // The estimate is normal around 0 with variance 0.001 + 0.01; its density against that with variance 0.001.
        let density = |variance: f64| -0.5 * (variance.ln() + 0.04 / variance);
        assert!((found.log_evidence - (density(0.011) - density(0.001))).abs() < 1e-9);
    }
}
