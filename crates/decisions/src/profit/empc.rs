//! Maximum profit, and expected maximum profit, of a churn campaign.

use super::RetentionOffer;
use super::ranking::Ranking;
use crate::DecisionError;
use crate::error::setting;
use crate::numbers::beta_cdf;

/// The best that a threshold on a score can earn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaximumProfit {
    /// Profit for each customer of the base, contacted or not, in units of the currency; never below 0, which contacting nobody earns.
    pub profit: f64,
    /// Share of customers to contact for it.
    pub contact_share: f64,
}

/// What is believed about the share of would-be churners who stay when they are offered the incentive: a beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcceptanceBelief {
    /// First parameter, above 0.
    pub alpha: f64,
    /// Second parameter, above 0.
    pub beta: f64,
}

impl Default for AcceptanceBelief {
    /// Mean 0.3, as if from 20 customers (Verbraken, Verbeke & Baesens 2013).
    fn default() -> Self {
        Self { alpha: 6.0, beta: 14.0 }
    }
}

/// Maximum profit at a known share `acceptance` of churners who accept, over all thresholds on the score.
///
/// Contacting everybody above a threshold earns `P = CLV (γ (1 - δ) - φ) π0 F0 - CLV (δ + φ) π1 F1` for each customer of the base,
/// with `δ = incentive / CLV`, `φ = contact / CLV`, `π0, π1` the shares of churners and stayers, and `F0, F1` the shares of them above
/// the threshold. Source: Verbeke et al. 2012, European Journal of Operational Research 218:211. Everyone who would have stayed
/// is taken to accept, and nobody to leave because of the offer. Of equal profits, the one that contacts fewer.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`], [`DecisionError::Setting`], [`DecisionError::TooFew`].
pub fn mpc(
    churned: &[bool],
    score: &[f64],
    offer: &RetentionOffer,
    acceptance: f64,
) -> Result<MaximumProfit, DecisionError> {
    offer.check()?;
    setting("acceptance", "a share from 0 to 1", acceptance, (0.0..=1.0).contains(&acceptance))?;
    let ranking = Ranking::new(churned, score)?;
    let rows = ranking.rows as f64;
    let mut best = MaximumProfit { profit: 0.0, contact_share: 0.0 };
    for &(churners, stayers) in &ranking.points {
        let profit = profit_at(offer, acceptance, churners as f64 / rows, stayers as f64 / rows);
        if profit > best.profit {
            best = MaximumProfit { profit, contact_share: (churners + stayers) as f64 / rows };
        }
    }
    Ok(best)
}

/// Expected maximum profit: the mean of [`mpc`] over what is believed about the share who accept, each share with the best
/// threshold for it.
///
/// The optimum lies on the convex hull of the ROC curve; between two of its corners it changes at
/// `γ = (π1 (δ + φ) ΔF1 + π0 φ ΔF0) / (π0 (1 - δ) ΔF0)`, so the integral is a sum of beta distribution functions. Source:
/// Verbraken, Verbeke & Baesens 2013, IEEE Transactions on Knowledge and Data Engineering 25:961.
///
/// # Errors
/// As for [`mpc`].
pub fn empc(
    churned: &[bool],
    score: &[f64],
    offer: &RetentionOffer,
    belief: &AcceptanceBelief,
) -> Result<MaximumProfit, DecisionError> {
    offer.check()?;
    let AcceptanceBelief { alpha, beta } = *belief;
    setting("alpha of the acceptance", "a number above 0", alpha, alpha > 0.0)?;
    setting("beta of the acceptance", "a number above 0", beta, beta > 0.0)?;
    let ranking = Ranking::new(churned, score)?;
    let rows = ranking.rows as f64;
    let corners: Vec<(f64, f64)> =
        ranking.hull().into_iter().map(|(churners, stayers)| (churners as f64 / rows, stayers as f64 / rows)).collect();
    // From which acceptance on it pays to go from each corner to the next.
    let turns = corners.windows(2).map(|pair| {
        let (more_churners, more_stayers) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        let cost = more_stayers * (offer.incentive + offer.contact) + more_churners * offer.contact;
        if more_churners > 0.0 { (cost / (more_churners * (offer.clv - offer.incentive))).min(1.0) } else { 1.0 }
    });
    let ends: Vec<f64> = std::iter::once(0.0).chain(turns).chain(std::iter::once(1.0)).collect();
    let mean = alpha / (alpha + beta);
    let mut expected = MaximumProfit { profit: 0.0, contact_share: 0.0 };
    for (&(churners, stayers), between) in corners.iter().zip(ends.windows(2)) {
        let weight = beta_cdf(between[1], alpha, beta) - beta_cdf(between[0], alpha, beta);
        // The mean of the acceptance over this piece, times the weight of the piece.
        let accepted = mean * (beta_cdf(between[1], alpha + 1.0, beta) - beta_cdf(between[0], alpha + 1.0, beta));
        let cost = offer.contact * churners + (offer.incentive + offer.contact) * stayers;
        expected.profit += (offer.clv - offer.incentive) * churners * accepted - cost * weight;
        expected.contact_share += (churners + stayers) * weight;
    }
    Ok(expected)
}

/// For each customer of the base, with the shares of the base that are churners and stayers above the threshold.
fn profit_at(offer: &RetentionOffer, acceptance: f64, churners: f64, stayers: f64) -> f64 {
    let of_churner = acceptance * (offer.clv - offer.incentive) - offer.contact;
    of_churner * churners - (offer.incentive + offer.contact) * stayers
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const TOY: ([u8; 8], [f64; 8]) = ([0, 1, 0, 1, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9]);
    const TIED: ([u8; 20], [f64; 20]) = (
        [1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        [0.9, 0.85, 0.8, 0.7, 0.7, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.05, 0.01],
    );

    fn churned(labels: &[u8]) -> Vec<bool> {
        labels.iter().map(|label| *label == 1).collect()
    }

    #[test]
    fn maximum_profit_agrees_with_published_values() {
        // The documentation of the Python package empulse, and the formula evaluated at every threshold.
        let offer = RetentionOffer::default();
        let found = mpc(&churned(&TOY.0), &TOY.1, &offer, 0.3).unwrap();
        assert!((found.profit - 23.875).abs() < 1e-12 && found.contact_share == 0.875);
        let found = mpc(&churned(&TIED.0), &TIED.1, &offer, 0.3).unwrap();
        assert!((found.profit - 9.6).abs() < 1e-12 && (found.contact_share - 0.65).abs() < 1e-12);
        let small = RetentionOffer { clv: 60.0, ..offer };
        let found = mpc(&churned(&TIED.0), &TIED.1, &small, 0.3).unwrap();
        assert!((found.profit - 1.0).abs() < 1e-12 && found.contact_share == 0.25);
    }

    #[test]
    fn expected_maximum_profit_agrees_with_published_values_and_quadrature() {
        let (offer, belief) = (RetentionOffer::default(), AcceptanceBelief::default());
        let found = empc(&churned(&TOY.0), &TOY.1, &offer, &belief).unwrap();
        // empulse prints 23.8755934; mpmath's quadrature with 25 digits gives more of them.
        assert!((found.profit - 23.875_593_418_348_126).abs() < 1e-10, "{found:?}");
        assert!((found.contact_share - 0.874_37).abs() < 5e-6, "{found:?}");
        let found = empc(&churned(&TIED.0), &TIED.1, &offer, &belief).unwrap();
        assert!((found.profit - 9.744_447).abs() < 1e-6 && (found.contact_share - 0.575_787).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn an_offer_that_never_pays_is_made_to_nobody() {
        let dear = RetentionOffer { clv: 11.0, incentive: 10.0, contact: 5.0 };
        assert_eq!(
            mpc(&churned(&TOY.0), &TOY.1, &dear, 0.3).unwrap(),
            MaximumProfit { profit: 0.0, contact_share: 0.0 }
        );
        let found = empc(&churned(&TOY.0), &TOY.1, &dear, &AcceptanceBelief::default()).unwrap();
        assert_eq!((found.profit, found.contact_share), (0.0, 0.0));
        let wrong = RetentionOffer { clv: 10.0, ..dear };
        assert!(matches!(mpc(&[true], &[0.5], &wrong, 0.3), Err(DecisionError::Setting { .. })));
        assert!(mpc(&[true], &[f64::NAN], &dear, 0.3).is_err());
        let belief = AcceptanceBelief { alpha: 0.0, beta: 1.0 };
        assert!(empc(&[true], &[0.5], &dear, &belief).is_err());
    }

    proptest! {
        #[test]
        fn the_expectation_is_the_mean_of_the_maxima(
            rows in prop::collection::vec((0_u8..15, any::<bool>()), 2..60), clv in 15.0..400.0_f64, contact in 0.0..5.0_f64
        ) {
            let score: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let offer = RetentionOffer { clv, incentive: 10.0, contact };
            let belief = AcceptanceBelief::default();
            let steps = 2_000;
            let cdf = |at: i32| beta_cdf(f64::from(at) / f64::from(steps), belief.alpha, belief.beta);
            let by_hand: f64 = (0..steps)
                .map(|at| {
                    let middle = (f64::from(at) + 0.5) / f64::from(steps);
                    (cdf(at + 1) - cdf(at)) * mpc(&labels, &score, &offer, middle).unwrap().profit
                })
                .sum();
            let found = empc(&labels, &score, &offer, &belief).unwrap();
            prop_assert!((found.profit - by_hand).abs() < 1e-4 * clv, "{} {}", found.profit, by_hand);
        }
    }
}
