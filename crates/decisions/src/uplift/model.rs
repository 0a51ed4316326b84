//! The response model: one logistic regression for all arms, its differences between arms shrunk together.
//!
//! ```text
//! logit P(retained | x, arm) = a + x'b + Σ_k (1[arm = k] - share_k) (s_k + x'g_k)
//! ```
//!
//! with a ridge on `b` and one on all `g`; shifts `s` are free. With a strong ridge on `g` every customer has the same shift, and the
//! uplift still differs by risk; with a quarter of the ridge on `b` (and two arms of one size) the arms are models of their own, the
//! two-model learner. In between, data decide: each strength has a posterior weight, its marginal likelihood by Laplace's approximation
//! (`g` being normal with the inverse strength as variance), and predictions are averaged with these weights. So a campaign that shows
//! little difference between customers gives nearly the same shift to all, and what is left is a posterior mean, which does not suffer
//! from the winner's curse as the largest of many estimates does. Source: D. J. C. MacKay 1992, Neural Computation 4:415 (evidence);
//! Kent et al. 2020, Annals of Internal Medicine 172:35 (why effects are modelled with the risk).

use logistic_regression::{Covariance, Fit, Matrix, Options, Penalty, Problem, Response, cross_validate};
use rayon::prelude::*;

use super::campaign::Campaign;
use super::prepare::Preparation;
use crate::DecisionError;

/// Ridges tried for what customers do without an offer, strong to weak; for columns of spread 1 and the summed loss.
const MAIN: [f64; 8] = [3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0];
/// Ridges tried for what offers change, strong to weak; a quarter of the main one follows.
const EFFECT: [f64; 7] = [100_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0];
/// Posterior weight below which a strength is left out.
const NEGLIGIBLE: f64 = 0.005;

/// Columns of a campaign as the regression sees them.
#[derive(Debug)]
pub(super) struct Design {
    matrix: Matrix,
    response: Response,
    /// Prepared features and strata.
    mains: Vec<Vec<f64>>,
    features: usize,
    offers: usize,
    /// Of each row and offer: the share of the row's stratum that was drawn into it.
    pub(super) shares: Vec<Vec<f64>>,
}

/// A fitted model with one strength.
#[derive(Debug, Clone)]
struct Candidate {
    strength: f64,
    weight: f64,
    fit: Fit,
    covariance: Covariance,
}

/// Posterior average over strengths.
#[derive(Debug, Clone)]
pub(super) struct Average {
    candidates: Vec<Candidate>,
    features: usize,
    strata: usize,
    offers: usize,
}

/// What a model says of one customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// Probability of staying without an offer.
    pub(super) without: f64,
    /// For each offer what it adds to that, and the standard error.
    pub(super) uplift: Vec<(f64, f64)>,
}

impl Design {
    /// Rows in the order given, in folds.
    pub(super) fn new(
        campaign: &Campaign<'_>,
        preparation: &Preparation,
        fold: &[usize],
    ) -> Result<Self, DecisionError> {
        let mut mains = preparation.apply(campaign.features)?;
        let features = mains.len();
        let offers = campaign.offers();
        let mut strata: Vec<usize> = campaign.stratum.to_vec();
        strata.sort_unstable();
        strata.dedup();
        // Strata may differ in what customers do and in who is treated; without a column each, one would pass for the other.
        for stratum in strata.iter().skip(1) {
            mains.push(campaign.stratum.iter().map(|other| f64::from(u8::from(other == stratum))).collect());
        }
        let shares: Vec<Vec<f64>> = (1..=offers).map(|offer| shares_of(campaign, &strata, offer)).collect();
        let mut columns = mains.clone();
        let centred: Vec<Vec<f64>> = shares
            .iter()
            .zip(1..)
            .map(|(share, offer)| {
                let drawn = campaign.arm.iter().map(|arm| f64::from(u8::from(*arm == offer)));
                drawn.zip(share).map(|(drawn, share)| drawn - share).collect()
            })
            .collect();
        columns.extend(centred.iter().cloned());
        for offer in &centred {
            for feature in &mains[..features] {
                columns.push(offer.iter().zip(feature).map(|(a, x)| a * x).collect());
            }
        }
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let wrong = |source| DecisionError::Fit { what: "the response to offers", source };
        let matrix = Matrix::from_columns_in_groups(&slices, fold).map_err(wrong)?;
        let response = Response::new(&matrix, campaign.retained).map_err(wrong)?;
        Ok(Self { matrix, response, mains, features, offers, shares })
    }

    /// The ridge on what customers do without an offer, by the cross-validated log loss with an unpenalised shift for each offer.
    pub(super) fn main_strength(&self) -> Result<f64, DecisionError> {
        let penalties = MAIN.map(|main| self.penalty(main, EFFECT[0]));
        let found = cross_validate(&self.matrix, &self.response, &penalties, &Options::for_paths())
            .map_err(|source| DecisionError::Fit { what: "what customers do without an offer", source })?;
        Ok(MAIN[found.best()])
    }

    /// The average fitted on all rows, or on all but those of a fold.
    pub(super) fn fit(&self, main: f64, without_fold: Option<usize>) -> Result<Average, DecisionError> {
        let wrong = |source| DecisionError::Fit { what: "the response to offers", source };
        let problem = match without_fold {
            Some(fold) => Problem::without_group(&self.matrix, &self.response, fold),
            None => Problem::new(&self.matrix, &self.response),
        }
        .map_err(wrong)?;
        let mut strengths: Vec<f64> = EFFECT.to_vec();
        strengths.push(0.25 * main);
        strengths.sort_by(|a, b| b.total_cmp(a));
        strengths.dedup();
        let penalties: Vec<Penalty> = strengths.iter().map(|strength| self.penalty(main, *strength)).collect();
        let fits = problem.path(&penalties, &Options::for_paths()).map_err(wrong)?;
        let mut candidates = Vec::new();
        let mut evidence = Vec::new();
        for (fit, strength) in fits.into_iter().zip(strengths) {
            let covariance = problem.covariance(&fit).map_err(wrong)?;
            let first_effect = 1 + self.mains.len() + self.offers;
            let in_fit = |at: &usize| covariance.get(*at, *at).is_some_and(|variance| variance > 0.0);
            let effects = (first_effect..covariance.size()).filter(in_fit).count() as f64;
            let spread = log_determinant(&covariance);
            evidence.push(-fit.objective + 0.5 * effects * strength.ln() + 0.5 * spread);
            candidates.push(Candidate { strength, weight: 0.0, fit, covariance });
        }
        let most = evidence.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = evidence.iter().map(|one| (one - most).exp()).sum();
        for (candidate, one) in candidates.iter_mut().zip(&evidence) {
            candidate.weight = (one - most).exp() / total;
        }
        candidates.retain(|candidate| candidate.weight >= NEGLIGIBLE);
        let kept: f64 = candidates.iter().map(|candidate| candidate.weight).sum();
        for candidate in &mut candidates {
            candidate.weight /= kept;
        }
        let (features, offers) = (self.features, self.offers);
        Ok(Average { candidates, features, strata: self.mains.len() - features, offers })
    }

    /// The prepared features and strata of a row.
    pub(super) fn row(&self, row: usize) -> Vec<f64> {
        self.mains.iter().map(|column| column[row]).collect()
    }

    /// The shares of a row's stratum in each offer.
    pub(super) fn shares_of_row(&self, row: usize) -> Vec<f64> {
        self.shares.iter().map(|share| share[row]).collect()
    }

    fn penalty(&self, main: f64, effect: f64) -> Penalty {
        let strata = self.mains.len() - self.features;
        let mut strengths = vec![main; self.features];
        strengths.extend(vec![0.0; strata + self.offers]);
        strengths.extend(vec![effect; self.offers * self.features]);
        Penalty::ridge_of_columns(strengths)
    }
}

impl Average {
    /// Strengths with their posterior weights, strong to weak.
    pub(super) fn weights(&self) -> Vec<(f64, f64)> {
        self.candidates.iter().map(|candidate| (candidate.strength, candidate.weight)).collect()
    }

    /// Rows of new customers: prepared features, with no stratum told.
    pub(super) fn predict(&self, features: &[Vec<f64>], shares: &[f64], errors: bool) -> Vec<Said> {
        let rows = features.first().map_or(0, Vec::len);
        (0..rows)
            .into_par_iter()
            .map(|row| {
                let mut mains: Vec<f64> = features.iter().map(|column| column[row]).collect();
                mains.resize(self.features + self.strata, 0.0);
                self.say(&mains, shares, errors)
            })
            .collect()
    }

    /// What the model says of one row, with the shares that its stratum had.
    pub(super) fn say(&self, mains: &[f64], shares: &[f64], errors: bool) -> Said {
        let mut said = Said { without: 0.0, uplift: vec![(0.0, 0.0); self.offers] };
        let none = self.columns(mains, shares, None);
        let with: Vec<Vec<f64>> = (0..self.offers).map(|offer| self.columns(mains, shares, Some(offer))).collect();
        let mut square = vec![0.0; self.offers];
        for Candidate { weight, fit, covariance, .. } in &self.candidates {
            let without = logistic(fit.logit(&none));
            said.without += weight * without;
            for (offer, columns) in with.iter().enumerate() {
                let retained = logistic(fit.logit(columns));
                let uplift = retained - without;
                said.uplift[offer].0 += weight * uplift;
                if errors {
                    let (steep, flat) = (retained * (1.0 - retained), without * (1.0 - without));
                    let gradient: Vec<f64> = std::iter::once(steep - flat)
                        .chain(columns.iter().zip(&none).map(|(a, b)| steep * a - flat * b))
                        .collect();
                    square[offer] += weight * (uplift * uplift + quadratic(covariance, &gradient));
                }
            }
        }
        if errors {
            for ((uplift, error), square) in said.uplift.iter_mut().zip(square) {
                *error = (square - *uplift * *uplift).max(0.0).sqrt();
            }
        }
        said
    }

    /// The columns of a row if it were in an arm.
    fn columns(&self, mains: &[f64], shares: &[f64], arm: Option<usize>) -> Vec<f64> {
        let centred = |offer: usize| f64::from(u8::from(arm == Some(offer))) - shares[offer];
        let mut columns = mains.to_vec();
        columns.extend((0..self.offers).map(centred));
        for offer in 0..self.offers {
            columns.extend(mains[..self.features].iter().map(|x| centred(offer) * x));
        }
        columns
    }
}

/// Of each row the share of its stratum in an arm.
fn shares_of(campaign: &Campaign<'_>, strata: &[usize], arm: usize) -> Vec<f64> {
    let place = |stratum: &usize| strata.binary_search(stratum).unwrap_or(0);
    let mut counts = vec![(0_u64, 0_u64); strata.len()];
    for (stratum, other) in campaign.stratum.iter().zip(campaign.arm) {
        let count = &mut counts[place(stratum)];
        count.0 += u64::from(*other == arm);
        count.1 += 1;
    }
    let share = |stratum: &usize| counts[place(stratum)].0 as f64 / counts[place(stratum)].1 as f64;
    campaign.stratum.iter().map(share).collect()
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

fn quadratic(covariance: &Covariance, vector: &[f64]) -> f64 {
    let (size, values) = (covariance.size(), covariance.values());
    let of_row = |(i, v): (usize, &f64)| {
        let row = &values[i * size..(i + 1) * size];
        v * row.iter().zip(vector).map(|(a, b)| a * b).sum::<f64>()
    };
    vector.iter().enumerate().map(of_row).sum()
}

/// The logarithm of the determinant, by Cholesky; parameters without variance (columns left out of the fit) are passed over.
fn log_determinant(covariance: &Covariance) -> f64 {
    let (n, values) = (covariance.size(), covariance.values());
    let used: Vec<usize> = (0..n).filter(|i| values[i * n + i] > 0.0).collect();
    let size = used.len();
    let mut lower = vec![0.0; size * size];
    let mut sum = 0.0;
    for i in 0..size {
        for j in 0..=i {
            let (head_i, head_j) = (&lower[i * size..i * size + j], &lower[j * size..j * size + j]);
            let inner: f64 = head_i.iter().zip(head_j).map(|(a, b)| a * b).sum();
            let left = values[used[i] * n + used[j]] - inner;
            if i == j {
                // Rounding alone could make it vanish; the smallest number keeps the sum finite.
                let left = left.max(f64::MIN_POSITIVE);
                sum += left.ln();
                lower[i * size + i] = left.sqrt();
            } else {
                lower[i * size + j] = left / lower[j * size + j];
            }
        }
    }
    sum
}
