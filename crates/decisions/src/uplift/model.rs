//! The response model: one logistic regression for all arms, its differences between customers shrunk.
//!
//! ```text
//! logit P(retained | x, arm) = a + x'b + Σ_k (1[arm = k] - share_k) (s_k + x'g_k)
//! ```
//!
//! What customers do anyway, `a` and `b`, and the shift `s` of each offer are fitted first, with a ridge on `b` chosen by cross-validation:
//! with this alone, customers differ in what an offer does by their risk only (Kent et al. 2020, Annals of Internal Medicine 172:35, on why
//! that is the baseline). The differences `g` come next, by one step of Newton's method from there, shrunk under several kinds of prior
//! ([`super::shrink`]). Each kind has as weight the likelihood of rows held out under it, over folds (stacking by pseudo-likelihood:
//! Yao et al. 2018, Bayesian Analysis 13:917, section 3.4); predictions are averaged. What comes out is a posterior mean, so the
//! largest of many predictions is not the luckiest of many estimates: the winner's curse is paid already.

use logistic_regression::{Fit, Matrix, Options, Penalty, Problem, Response, cross_validate};
use rayon::prelude::*;

use super::campaign::Campaign;
use super::dense::{dot, times, weighted_products};
use super::prepare::Preparation;
use super::shrink::{Differences, Posterior, Shrinkage, kinds};
use crate::DecisionError;

/// Ridges tried for what customers do anyway, strong to weak; for columns of spread 1 and the summed loss.
const MAIN: [f64; 8] = [3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0];

/// Columns of a campaign as the regression sees them.
#[derive(Debug)]
pub(super) struct Design {
    matrix: Matrix<'static>,
    response: Response,
    /// Prepared features, then strata.
    mains: Vec<Vec<f64>>,
    /// Of each offer: 1 in it and 0 in another arm, minus the share of the stratum.
    arms: Vec<Vec<f64>>,
    retained: Vec<bool>,
    fold: Vec<usize>,
    features: usize,
    shares: Vec<Vec<f64>>,
}

/// What the regression without differences leaves.
#[derive(Debug)]
struct Base {
    /// Intercept, mains, shifts.
    parameters: Vec<f64>,
    covariance: Vec<f64>,
    /// How these move with the differences: a row for each of them.
    moves: Vec<f64>,
    differences: Differences,
}

/// One normal posterior of everything.
#[derive(Debug, Clone)]
struct Component {
    weight: f64,
    parameters: Vec<f64>,
    differences: Vec<f64>,
    covariance: Vec<f64>,
}

/// Average of models under one kind of prior, or under all.
#[derive(Debug, Clone)]
pub(super) struct Average {
    components: Vec<Component>,
    base_covariance: Vec<f64>,
    moves: Vec<f64>,
    features: usize,
    strata: usize,
    offers: usize,
}

/// What a model says of one customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// Probability of staying without an offer.
    pub(super) without: f64,
    /// For each offer what it adds to that, and the standard error (0 where it was not asked for).
    pub(super) uplift: Vec<(f64, f64)>,
}

/// A fitted campaign.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) average: Average,
    /// Kinds of prior with their weights.
    pub(super) kinds: Vec<(Shrinkage, f64)>,
    pub(super) main_strength: f64,
    /// For each row, by models that have not seen its customer.
    pub(super) held_out: Vec<Said>,
}

impl Design {
    /// Rows in the order given, in folds.
    pub(super) fn new(
        campaign: &Campaign<'_>,
        preparation: &Preparation,
        fold: Vec<usize>,
    ) -> Result<Self, DecisionError> {
        let mut mains = preparation.apply(campaign.features)?;
        let features = mains.len();
        let mut strata: Vec<usize> = campaign.stratum.to_vec();
        strata.sort_unstable();
        strata.dedup();
        // Strata may differ in what customers do and in who is treated; without a column each, one would pass for the other.
        for stratum in strata.iter().skip(1) {
            mains.push(campaign.stratum.iter().map(|other| f64::from(u8::from(other == stratum))).collect());
        }
        let shares: Vec<Vec<f64>> = (1..=campaign.offers()).map(|offer| shares_of(campaign, &strata, offer)).collect();
        let arms: Vec<Vec<f64>> = shares
            .iter()
            .zip(1..)
            .map(|(share, offer)| {
                let drawn = campaign.arm.iter().map(|arm| f64::from(u8::from(*arm == offer)));
                drawn.zip(share).map(|(drawn, share)| drawn - share).collect()
            })
            .collect();
        let slices: Vec<&[f64]> = mains.iter().chain(&arms).map(Vec::as_slice).collect();
        let wrong = |source| DecisionError::Fit { what: "what customers do without an offer", source };
        let matrix = Matrix::from_columns_in_groups(&slices, &fold).map_err(wrong)?;
        let response = Response::new(&matrix, campaign.retained).map_err(wrong)?;
        Ok(Self { matrix, response, mains, arms, retained: campaign.retained.to_vec(), fold, features, shares })
    }

    /// Fits everything, and says what models that have not seen a customer say of each.
    pub(super) fn fit(&self) -> Result<Fitted, DecisionError> {
        let main_strength = self.main_strength()?;
        let folds = self.fold.iter().copied().max().unwrap_or(0) + 1;
        let base = self.base(main_strength, None)?;
        let of_folds: Vec<Vec<Average>> = (0..folds)
            .into_par_iter()
            .map(|fold| {
                let base = self.base(main_strength, Some(fold))?;
                Ok(kinds().into_par_iter().map(|kind| self.average(&base, &[(kind, 1.0)])).collect())
            })
            .collect::<Result<_, DecisionError>>()?;
        let rows: Vec<usize> = (0..self.retained.len()).collect();
        let of_row = |row: &usize| -> Vec<(f64, Said)> {
            let (mains, shares) = (self.row(*row), self.shares_of_row(*row));
            let of_kind = |average: &Average| {
                let said = average.say(&mains, &shares, false);
                let stays = average.probability(&mains, &self.arms_of_row(*row));
                (if self.retained[*row] { stays } else { 1.0 - stays }.max(f64::MIN_POSITIVE).ln(), said)
            };
            of_folds[self.fold[*row]].iter().map(of_kind).collect()
        };
        let said: Vec<Vec<(f64, Said)>> = rows.par_iter().map(of_row).collect();
        let log_likelihood = |kind: usize| said.iter().map(|of_row| of_row[kind].0).sum::<f64>();
        let likelihoods: Vec<f64> = (0..kinds().len()).map(log_likelihood).collect();
        let most = likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = likelihoods.iter().map(|one| (one - most).exp()).sum();
        let weights: Vec<f64> = likelihoods.iter().map(|one| (one - most).exp() / total).collect();
        let kinds: Vec<(Shrinkage, f64)> = kinds().into_iter().zip(weights.iter().copied()).collect();
        let held_out =
            said.into_iter().map(|of_row| together(of_row.into_iter().map(|(_, said)| said), &weights)).collect();
        Ok(Fitted { average: self.average(&base, &kinds), kinds, main_strength, held_out })
    }

    /// The ridge on what customers do anyway, by the cross-validated log loss with a free shift for each offer.
    fn main_strength(&self) -> Result<f64, DecisionError> {
        let penalties = MAIN.map(|main| self.penalty(main));
        let found = cross_validate(&self.matrix, &self.response, &penalties, &Options::for_paths())
            .map_err(|source| DecisionError::Fit { what: "what customers do without an offer", source })?;
        Ok(MAIN[found.best()])
    }

    fn penalty(&self, main: f64) -> Penalty {
        let mut strengths = vec![main; self.features];
        strengths.resize(self.mains.len() + self.arms.len(), 0.0);
        Penalty::ridge_of_columns(strengths)
    }

    /// The regression without differences on all rows but those of a fold, and what these rows say of differences.
    fn base(&self, main: f64, without_fold: Option<usize>) -> Result<Base, DecisionError> {
        let wrong = |source| DecisionError::Fit { what: "what customers do without an offer", source };
        let problem = match without_fold {
            Some(fold) => Problem::without_group(&self.matrix, &self.response, fold),
            None => Problem::new(&self.matrix, &self.response),
        }
        .map_err(wrong)?;
        let fit: Fit = problem.fit(&self.penalty(main), &Options::default()).map_err(wrong)?;
        // Parameters left out of the fit (constant columns, such as a feature that is always missing) have no variance: they stay 0.
        let known = problem.covariance(&fit).map_err(wrong)?;
        let covariance: Vec<f64> =
            known.values().iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect();
        let rows: Vec<usize> = (0..self.fold.len()).filter(|row| Some(self.fold[*row]) != without_fold).collect();
        let logits = problem.logits(&fit).map_err(wrong)?;
        let stays: Vec<f64> = rows.iter().map(|row| logistic(logits[*row])).collect();
        let weights: Vec<f64> = stays.iter().map(|p| p * (1.0 - p)).collect();
        let residuals: Vec<f64> =
            rows.iter().zip(&stays).map(|(row, p)| f64::from(u8::from(self.retained[*row])) - p).collect();
        let of_rows = |column: &Vec<f64>| -> Vec<f64> { rows.iter().map(|row| column[*row]).collect() };
        let ones = std::iter::once(vec![1.0; rows.len()]);
        let all: Vec<Vec<f64>> = ones.chain(self.mains.iter().chain(&self.arms).map(of_rows)).collect();
        let arms: Vec<Vec<f64>> = self.arms.iter().map(of_rows).collect();
        let products: Vec<Vec<f64>> = arms
            .iter()
            .flat_map(|arm| {
                let features = &all[1..=self.features];
                features.iter().map(move |feature| arm.iter().zip(feature).map(|(a, x)| a * x).collect())
            })
            .collect();
        // Rows of `crossed` are differences, its columns the parameters of the regression.
        let (size, count) = (all.len(), products.len());
        let crossed = weighted_products(&products, &all, &weights);
        let moves: Vec<f64> = crossed.par_chunks_exact(size).flat_map_iter(|row| times(&covariance, row)).collect();
        let mut information = weighted_products(&products, &products, &weights);
        for i in 0..count {
            for j in 0..count {
                information[i * count + j] -= dot(&crossed[i * size..(i + 1) * size], &moves[j * size..(j + 1) * size]);
            }
        }
        let score = products.iter().map(|product| dot(product, &residuals)).collect();
        let parameters = std::iter::once(fit.intercept).chain(fit.coefficients.iter().copied()).collect();
        Ok(Base { parameters, covariance, moves, differences: Differences { score, information } })
    }

    fn average(&self, base: &Base, kinds: &[(Shrinkage, f64)]) -> Average {
        let size = base.parameters.len();
        let component = |weight: f64, posterior: Posterior| {
            let mut parameters = base.parameters.clone();
            for (difference, moves) in posterior.mean.iter().zip(base.moves.chunks_exact(size)) {
                parameters.iter_mut().zip(moves).for_each(|(parameter, by)| *parameter -= difference * by);
            }
            let Posterior { weight: within, mean, covariance, .. } = posterior;
            Component { weight: weight * within, parameters, differences: mean, covariance }
        };
        let mut components = Vec::new();
        for (kind, weight) in kinds.iter().filter(|(_, weight)| *weight > 1e-6) {
            components
                .extend(base.differences.shrunk(*kind).into_iter().map(|posterior| component(*weight, posterior)));
        }
        Average {
            components,
            base_covariance: base.covariance.clone(),
            moves: base.moves.clone(),
            features: self.features,
            strata: self.mains.len() - self.features,
            offers: self.arms.len(),
        }
    }

    /// The prepared features and strata of a row.
    fn row(&self, row: usize) -> Vec<f64> {
        self.mains.iter().map(|column| column[row]).collect()
    }

    fn arms_of_row(&self, row: usize) -> Vec<f64> {
        self.arms.iter().map(|column| column[row]).collect()
    }

    /// The shares of a row's stratum in each offer.
    pub(super) fn shares_of_row(&self, row: usize) -> Vec<f64> {
        self.shares.iter().map(|share| share[row]).collect()
    }
}

impl Average {
    /// New customers: prepared features, with no stratum told.
    pub(super) fn predict(&self, features: &[Vec<f64>], shares: &[f64], errors: bool) -> Vec<Said> {
        let rows = features.first().map_or(0, Vec::len);
        let of_row = |row: usize| {
            let mut mains: Vec<f64> = features.iter().map(|column| column[row]).collect();
            mains.resize(self.features + self.strata, 0.0);
            self.say(&mains, shares, errors)
        };
        (0..rows).into_par_iter().map(of_row).collect()
    }

    /// What the model says of one row, with the shares that its stratum had.
    fn say(&self, mains: &[f64], shares: &[f64], errors: bool) -> Said {
        let in_arm = |offer: Option<usize>| -> Vec<f64> {
            shares.iter().enumerate().map(|(at, share)| f64::from(u8::from(offer == Some(at))) - share).collect()
        };
        let none = in_arm(None);
        let with: Vec<Vec<f64>> = (0..self.offers).map(|offer| in_arm(Some(offer))).collect();
        let mut said = Said { without: 0.0, uplift: vec![(0.0, 0.0); self.offers] };
        let mut squares = vec![0.0; self.offers];
        for component in &self.components {
            let without = logistic(self.logit(component, mains, &none));
            said.without += component.weight * without;
            for (offer, arms) in with.iter().enumerate() {
                let stays = logistic(self.logit(component, mains, arms));
                let uplift = stays - without;
                said.uplift[offer].0 += component.weight * uplift;
                if errors {
                    let slopes = (stays * (1.0 - stays), without * (1.0 - without));
                    let variance = self.variance(component, mains, (arms, &none), slopes);
                    squares[offer] += component.weight * (uplift * uplift + variance);
                }
            }
        }
        if errors {
            for ((uplift, error), square) in said.uplift.iter_mut().zip(squares) {
                *error = (square - *uplift * *uplift).max(0.0).sqrt();
            }
        }
        said
    }

    /// Probability of staying in the arm that the row is in.
    fn probability(&self, mains: &[f64], arms: &[f64]) -> f64 {
        self.components.iter().map(|component| component.weight * logistic(self.logit(component, mains, arms))).sum()
    }

    fn logit(&self, component: &Component, mains: &[f64], arms: &[f64]) -> f64 {
        let (intercept, rest) = (component.parameters[0], &component.parameters[1..]);
        let anyway = intercept + dot(&rest[..mains.len()], mains) + dot(&rest[mains.len()..], arms);
        let of_offers = component.differences.chunks_exact(self.features.max(1)).zip(arms);
        anyway + of_offers.map(|(differences, arm)| arm * dot(differences, &mains[..self.features])).sum::<f64>()
    }

    /// Of the difference of two probabilities, by the delta method: with the gradient `c` by the parameters and `d` by the differences,
    /// `c' H^-1 c + (d - M c)' Σ (d - M c)`, where the parameters move by `-M'` times the differences.
    fn variance(&self, component: &Component, mains: &[f64], arms: (&[f64], &[f64]), slopes: (f64, f64)) -> f64 {
        let ((with, none), (steep, flat)) = (arms, slopes);
        let change = steep - flat;
        let by_arm: Vec<f64> = with.iter().zip(none).map(|(a, b)| steep * a - flat * b).collect();
        let by_parameter: Vec<f64> =
            std::iter::once(change).chain(mains.iter().map(|x| change * x)).chain(by_arm.iter().copied()).collect();
        let of_parameters = dot(&times(&self.base_covariance, &by_parameter), &by_parameter);
        if component.covariance.is_empty() {
            return of_parameters;
        }
        let moved = times(&self.moves, &by_parameter);
        let features = &mains[..self.features];
        let direct = by_arm.iter().flat_map(|arm| features.iter().map(move |x| arm * x));
        let by_difference: Vec<f64> = direct.zip(moved).map(|(direct, moved)| direct - moved).collect();
        of_parameters + dot(&times(&component.covariance, &by_difference), &by_difference)
    }
}

/// What several models say, with their weights.
fn together(said: impl Iterator<Item = Said>, weights: &[f64]) -> Said {
    let mut sum = Said { without: 0.0, uplift: Vec::new() };
    for (said, weight) in said.zip(weights) {
        sum.without += weight * said.without;
        sum.uplift.resize(said.uplift.len(), (0.0, 0.0));
        sum.uplift.iter_mut().zip(said.uplift).for_each(|(sum, one)| sum.0 += weight * one.0);
    }
    sum
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
