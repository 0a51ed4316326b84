//! Learning from a campaign what offers do, and holding it against rows that were not learnt from.

use std::collections::BTreeSet;

use evaluation::Estimate;

use super::balance::{Balance, balance, refuse_if_not_randomised};
use super::campaign::Campaign;
use super::deciles::{UpliftDecile, uplift_by_decile};
use super::model::{Average, Design, Fitted, Said};
use super::prepare::Preparation;
use super::qini::{QiniPoint, UpliftRanking, qini_curve, uplift_ranking};
use super::selection::share_kept;
use super::shrink::Shrinkage;
use crate::DecisionError;
use crate::numbers::normal_cdf;
use crate::readout::{Arms, stratified_difference};

/// How the response is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpliftSettings {
    /// Folds of customers for everything that is held out; 2 or more.
    pub folds: usize,
    /// Seed of the folds.
    pub seed: u64,
    /// Go on although the arms were not drawn by lot. What is found is then marked, and may be the work of whoever chose the customers.
    pub not_randomised: bool,
}

impl Default for UpliftSettings {
    /// Five folds, seed 1, randomised campaigns only.
    fn default() -> Self {
        Self { folds: 5, seed: 1, not_randomised: false }
    }
}

/// What a campaign shows of an offer, on rows held out.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferCheck {
    /// The arm: 1 and up.
    pub arm: usize,
    /// Rows with the offer.
    pub treated: u64,
    /// Rows without any.
    pub control: u64,
    /// Difference in the share retained, averaged over strata by their treated rows, with its 95 % interval.
    pub effect: Estimate,
    /// By how much customers differ in what the offer does, as far as the model can tell them apart: the slope of the observed on the
    /// predicted differences, held out. 1 is as predicted, 0 is nothing. Source: the best linear predictor of Chernozhukov et al. 2018
    /// (NBER 24678).
    pub heterogeneity: Estimate,
    /// Probability of so clear a sign of any effect, be it on all (two-sided) or on some (a slope above 0), if there were none; both looked at.
    pub p_value: f64,
    /// The share of what the model predicts that is left once it is allowed for that only what passes the test is believed: near 1 for clear
    /// effects, a quarter for one that passes by a hair, 0 for one that does not pass.
    pub kept: f64,
    /// Ranking by predicted uplift, held out; against the controls.
    pub ranking: UpliftRanking,
    /// Uplift by tenths of the predictions, held out.
    pub deciles: Vec<UpliftDecile>,
    /// The Qini curve of that ranking, from nobody to everybody: a point for each distinct prediction.
    pub curve: Vec<QiniPoint>,
}

/// Error rate of the claim that an offer does anything. Offers that cannot be told from nothing get an uplift of 0, so that no plan rests on
/// chance.
pub const NO_EFFECT: f64 = 0.05;

impl OfferCheck {
    /// Whether the campaign shows that the offer does anything.
    pub fn shows_effect(&self) -> bool {
        self.p_value < NO_EFFECT
    }
}

/// What offers do, learnt from a campaign.
#[derive(Debug, Clone)]
pub struct UpliftModel {
    preparation: Preparation,
    average: Average,
    shares: Vec<f64>,
    kinds: Vec<(Shrinkage, f64)>,
    main_strength: f64,
    balance: Vec<Balance>,
    checks: Vec<OfferCheck>,
}

/// What each of some customers would do.
#[derive(Debug, Clone, PartialEq)]
pub struct UpliftPrediction {
    /// Probability of staying without an offer, as in the campaign; a churn model that has seen more is the better source.
    pub without: Vec<f64>,
    /// For each offer and customer what it adds to the probability of staying, corrected for having passed the test
    /// ([`OfferCheck::kept`]): 0 for an offer that shows no effect.
    pub uplift: Vec<Vec<f64>>,
    /// Standard errors of it, from the posterior; empty where they were not asked for.
    pub errors: Vec<Vec<f64>>,
}

/// Learns from a campaign. The order of the rows changes no bit.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`], [`DecisionError::Setting`], [`DecisionError::TooFew`]; [`DecisionError::NotRandomised`] where the
/// arms differ by more than chance before the campaign, unless told that they may; [`DecisionError::Fit`].
pub fn fit(campaign: &Campaign<'_>, settings: &UpliftSettings) -> Result<UpliftModel, DecisionError> {
    campaign.check()?;
    crate::error::setting("folds", "2 or more", settings.folds as f64, settings.folds >= 2)?;
    let order = canonical(campaign);
    let sorted = Sorted::of(campaign, &order);
    let columns: Vec<&[f64]> = sorted.features.iter().map(Vec::as_slice).collect();
    let campaign = sorted.campaign(&columns);

    let balance = balance(&campaign)?;
    if !settings.not_randomised {
        refuse_if_not_randomised(&balance)?;
    }
    let preparation = Preparation::fit(campaign.features);
    let fold: Vec<usize> = campaign.customer.iter().map(|customer| fold_of(*customer, settings)).collect();
    let design = Design::new(&campaign, &preparation, fold)?;
    let Fitted { average, kinds, main_strength, held_out } = design.fit()?;
    let checks =
        (1..=campaign.offers()).map(|arm| check(&campaign, &design, &held_out, arm)).collect::<Result<_, _>>()?;
    let rows = campaign.rows() as f64;
    let shares = (1..=campaign.offers()).map(|arm| campaign.rows_of_arm(arm) as f64 / rows).collect();
    Ok(UpliftModel { preparation, average, shares, kinds, main_strength, balance, checks })
}

impl UpliftModel {
    /// What each offer would do to customers, from the columns of features that the campaign had, in the same order.
    ///
    /// # Errors
    /// [`DecisionError::Length`], [`DecisionError::Row`].
    pub fn predict(&self, features: &[&[f64]]) -> Result<UpliftPrediction, DecisionError> {
        self.say(features, false)
    }

    /// The same with standard errors, which take longer.
    ///
    /// # Errors
    /// As for [`UpliftModel::predict`].
    pub fn predict_with_errors(&self, features: &[&[f64]]) -> Result<UpliftPrediction, DecisionError> {
        self.say(features, true)
    }

    /// What the campaign shows of each offer.
    pub fn checks(&self) -> &[OfferCheck] {
        &self.checks
    }

    /// How the arms differed before the campaign.
    pub fn balance(&self) -> &[Balance] {
        &self.balance
    }

    /// Whether the arms look as if drawn by lot; where not, what is predicted is to be marked.
    pub fn is_randomised(&self) -> bool {
        self.balance.iter().all(Balance::is_randomised)
    }

    /// How differences between customers were shrunk: each kind of prior with its weight, which rows held out gave it.
    pub fn shrinkage(&self) -> &[(Shrinkage, f64)] {
        &self.kinds
    }

    /// The ridge on what customers do without an offer.
    pub fn main_strength(&self) -> f64 {
        self.main_strength
    }

    fn say(&self, features: &[&[f64]], errors: bool) -> Result<UpliftPrediction, DecisionError> {
        let prepared = self.preparation.apply(features)?;
        let said = self.average.predict(&prepared, &self.shares, errors);
        let of = |offer: usize, pick: &dyn Fn((f64, f64)) -> f64| -> Vec<f64> {
            let shown = self.checks[offer].shows_effect();
            said.iter().map(|said| if shown { pick(said.uplift[offer]) } else { 0.0 }).collect()
        };
        let offers = 0..self.checks.len();
        Ok(UpliftPrediction {
            without: said.iter().map(|said| said.without).collect(),
            uplift: offers.clone().map(|offer| of(offer, &|(uplift, _)| self.checks[offer].kept * uplift)).collect(),
            errors: if errors { offers.map(|offer| of(offer, &|(_, error)| error)).collect() } else { Vec::new() },
        })
    }
}

fn check(campaign: &Campaign<'_>, design: &Design, held_out: &[Said], arm: usize) -> Result<OfferCheck, DecisionError> {
    // Controls of strata in which nobody got the offer are nobody's controls.
    let made: BTreeSet<usize> =
        (0..campaign.rows()).filter(|row| campaign.arm[*row] == arm).map(|row| campaign.stratum[row]).collect();
    let compared =
        |row: &usize| campaign.arm[*row] == arm || (campaign.arm[*row] == 0 && made.contains(&campaign.stratum[*row]));
    let rows: Vec<usize> = (0..campaign.rows()).filter(compared).collect();
    let treated: Vec<bool> = rows.iter().map(|row| campaign.arm[*row] == arm).collect();
    let retained: Vec<bool> = rows.iter().map(|row| campaign.retained[*row]).collect();
    let predicted: Vec<f64> = rows.iter().map(|row| held_out[*row].uplift[arm - 1].0).collect();
    let names: Vec<String> = rows.iter().map(|row| campaign.stratum[*row].to_string()).collect();
    let stratum: Vec<&str> = names.iter().map(String::as_str).collect();
    let outcome: Vec<f64> = retained.iter().map(|retained| f64::from(u8::from(*retained))).collect();
    let arms = Arms { treated: &treated, stratum: &stratum };
    let without: Vec<f64> = rows.iter().map(|row| held_out[*row].without).collect();
    let difference = stratified_difference(&arms, &outcome, Some(&without))?;
    let (effect, z_effect) = match difference {
        Some(found) if found.variance > 0.0 => {
            let half = crate::numbers::normal_quantile(0.975) * found.variance.sqrt();
            let around = (found.difference - half, found.difference + half);
            (Estimate::new(found.difference, Some(around))?, found.difference / found.variance.sqrt())
        }
        _ => (Estimate::NONE, 0.0),
    };
    let shares: Vec<f64> = rows.iter().map(|row| share_against_control(design, *row, arm)).collect();
    let (heterogeneity, z_slope) = slope(&treated, &shares, &outcome, &without, &predicted)?;
    let on_all = 2.0 * normal_cdf(-z_effect.abs());
    let on_some = normal_cdf(-z_slope);
    let p_value = (2.0 * on_all.min(on_some)).min(1.0);
    Ok(OfferCheck {
        arm,
        treated: treated.iter().filter(|treated| **treated).count() as u64,
        control: treated.iter().filter(|treated| !**treated).count() as u64,
        effect,
        heterogeneity,
        p_value,
        kept: share_kept(p_value, NO_EFFECT),
        ranking: uplift_ranking(&predicted, &treated, &retained)?,
        deciles: uplift_by_decile(&predicted, &treated, &retained)?,
        curve: qini_curve(&predicted, &treated, &retained)?,
    })
}

/// The share of the row's stratum in an arm, of those in it or in the control.
fn share_against_control(design: &Design, row: usize, arm: usize) -> f64 {
    let shares = design.shares_of_row(row);
    let control = 1.0 - shares.iter().sum::<f64>();
    let treated = shares[arm - 1];
    if treated + control > 0.0 { treated / (treated + control) } else { 0.5 }
}

/// The slope `β` of `outcome - without = c + α (w - e) + β (w - e)(τ - mean τ)`, with errors that allow for other variances in other rows
/// (HC0, White 1980), and its z value. `NONE` and 0 where predictions do not differ.
fn slope(
    treated: &[bool],
    shares: &[f64],
    outcome: &[f64],
    without: &[f64],
    predicted: &[f64],
) -> Result<(Estimate, f64), DecisionError> {
    let rows = treated.len();
    let mean = predicted.iter().sum::<f64>() / rows as f64;
    let spread = predicted.iter().map(|tau| (tau - mean).powi(2)).sum::<f64>() / rows as f64;
    // Below a tenth of a point there is nothing to tell apart.
    if spread.sqrt() < 1e-3 {
        return Ok((Estimate::NONE, 0.0));
    }
    let column = |row: usize| {
        let w = f64::from(u8::from(treated[row])) - shares[row];
        [1.0, w, w * (predicted[row] - mean)]
    };
    let mut cross = [[0.0; 3]; 3];
    let mut with_outcome = [0.0; 3];
    for row in 0..rows {
        let x = column(row);
        for i in 0..3 {
            with_outcome[i] += x[i] * (outcome[row] - without[row]);
            for j in 0..3 {
                cross[i][j] += x[i] * x[j];
            }
        }
    }
    let Some(inverse) = inverse(&cross) else { return Ok((Estimate::NONE, 0.0)) };
    let times = |v: [f64; 3]| -> [f64; 3] { std::array::from_fn(|i| (0..3).map(|j| inverse[i][j] * v[j]).sum()) };
    let found = times(with_outcome);
    let variance: f64 = (0..rows)
        .map(|row| {
            let x = column(row);
            let fitted: f64 = (0..3).map(|i| x[i] * found[i]).sum();
            let influence = times(x)[2] * (outcome[row] - without[row] - fitted);
            influence * influence
        })
        .sum();
    let error = variance.sqrt();
    if error <= 0.0 {
        return Ok((Estimate::NONE, 0.0));
    }
    let half = crate::numbers::normal_quantile(0.975) * error;
    Ok((Estimate::new(found[2], Some((found[2] - half, found[2] + half)))?, found[2] / error))
}

/// By cofactors.
fn inverse(m: &[[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let minor = |i: usize, j: usize| {
        let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
    let size: f64 = (0..3).map(|i| m[i][i].abs()).product();
    (determinant.abs() > 1e-12 * size)
        .then(|| std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) / determinant)))
}

/// The fold of a customer: SplitMix64 of the number and the seed (Steele, Lea & Flood 2014).
fn fold_of(customer: u64, settings: &UpliftSettings) -> usize {
    let mut bits = customer ^ settings.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    ((u128::from(bits) * settings.folds as u128) >> 64) as usize
}

/// An order that depends on what rows hold alone.
fn canonical(campaign: &Campaign<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..campaign.rows()).collect();
    let key = |row: usize| (campaign.customer[row], campaign.stratum[row], campaign.arm[row], campaign.retained[row]);
    order.sort_by(|a, b| {
        let features = campaign.features.iter().map(|column| column[*a].total_cmp(&column[*b]));
        key(*a).cmp(&key(*b)).then_with(|| features.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then))
    });
    order
}

/// A campaign in another order.
struct Sorted {
    features: Vec<Vec<f64>>,
    arm: Vec<usize>,
    stratum: Vec<usize>,
    customer: Vec<u64>,
    retained: Vec<bool>,
}

impl Sorted {
    fn of(campaign: &Campaign<'_>, order: &[usize]) -> Self {
        Self {
            features: campaign.features.iter().map(|column| order.iter().map(|row| column[*row]).collect()).collect(),
            arm: order.iter().map(|row| campaign.arm[*row]).collect(),
            stratum: order.iter().map(|row| campaign.stratum[*row]).collect(),
            customer: order.iter().map(|row| campaign.customer[*row]).collect(),
            retained: order.iter().map(|row| campaign.retained[*row]).collect(),
        }
    }

    fn campaign<'a>(&'a self, features: &'a [&'a [f64]]) -> Campaign<'a> {
        Campaign {
            features,
            arm: &self.arm,
            stratum: &self.stratum,
            customer: &self.customer,
            retained: &self.retained,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let m = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]];
        let inverse = inverse(&m).expect("positive definite");
        for (i, row) in m.iter().enumerate() {
            let product = |j: usize| (0..3).map(|k| row[k] * inverse[k][j]).sum::<f64>();
            let expected = |j: usize| f64::from(u8::from(i == j));
            assert!((0..3).all(|j| (product(j) - expected(j)).abs() < 1e-12));
        }
        assert!(super::inverse(&[[1.0; 3]; 3]).is_none());
    }

    #[test]
    fn folds_are_about_even_and_a_customer_stays_in_one() {
        let settings = UpliftSettings::default();
        let mut counts = [0; 5];
        for customer in 0..10_000 {
            counts[fold_of(customer, &settings)] += 1;
        }
        assert!(counts.iter().all(|count| (1_800..2_200).contains(count)), "{counts:?}");
        assert_eq!(fold_of(7, &settings), fold_of(7, &settings));
    }
}
