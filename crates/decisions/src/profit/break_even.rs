//! From where on an offer pays.

use super::RetentionOffer;
use crate::DecisionError;
use crate::error::setting;

/// What an offer to one customer is expected to earn, where nothing is known of responses but the share of churners who accept:
/// `net = p γ (CLV - d) - (1 - p) d - f`, with churn probability `p`, acceptance `γ`, incentive `d` and contact cost `f`.
///
/// The second term is the cost of those who would have stayed: each of them is taken to accept, and nobody to leave because of
/// the offer. Source: as for [`mpc`](super::mpc), for one customer.
///
/// # Errors
/// [`DecisionError::Setting`].
pub fn net_of_customer(offer: &RetentionOffer, acceptance: f64, churn_probability: f64) -> Result<f64, DecisionError> {
    offer.check()?;
    setting("acceptance", "a share from 0 to 1", acceptance, (0.0..=1.0).contains(&acceptance))?;
    let p = churn_probability;
    setting("churn probability", "a number from 0 to 1", p, (0.0..=1.0).contains(&p))?;
    Ok(p * acceptance * (offer.clv - offer.incentive) - (1.0 - p) * offer.incentive - offer.contact)
}

/// The least of each number, all else equal, at which an offer earns what it costs; none where no possible number will do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakEven {
    /// Churn probability.
    pub churn_probability: Option<f64>,
    /// Share of churners who accept.
    pub acceptance: Option<f64>,
    /// Lifetime value.
    pub clv: Option<f64>,
    /// By how much the offer has to lower the churn probability, whoever takes it, to pay for its expected cost.
    pub uplift: Option<f64>,
}

/// Break-even points of an offer to a customer, each with the other numbers as they are.
///
/// # Errors
/// [`DecisionError::Setting`].
pub fn break_even(offer: &RetentionOffer, acceptance: f64, churn_probability: f64) -> Result<BreakEven, DecisionError> {
    net_of_customer(offer, acceptance, churn_probability)?;
    let RetentionOffer { clv, incentive, contact } = *offer;
    let p = churn_probability;
    // What is paid whether or not a churner is kept.
    let fixed = (1.0 - p) * incentive + contact;
    let share = |numerator: f64, denominator: f64| {
        (denominator > 0.0 && numerator <= denominator).then(|| numerator / denominator)
    };
    let accepted = p * acceptance;
    Ok(BreakEven {
        churn_probability: share(incentive + contact, acceptance * (clv - incentive) + incentive),
        acceptance: share(fixed, p * (clv - incentive)),
        clv: (accepted > 0.0).then(|| incentive + fixed / accepted),
        uplift: share(fixed + accepted * incentive, clv),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_is_earned_at_the_break_even_points() {
        let offer = RetentionOffer::default();
        let found = break_even(&offer, 0.3, 0.2).unwrap();
        let net = |offer: &RetentionOffer, acceptance: f64, p: f64| net_of_customer(offer, acceptance, p).unwrap();
        assert!(net(&offer, 0.3, found.churn_probability.unwrap()).abs() < 1e-12);
        assert!(net(&offer, found.acceptance.unwrap(), 0.2).abs() < 1e-12);
        assert!(net(&RetentionOffer { clv: found.clv.unwrap(), ..offer }, 0.3, 0.2).abs() < 1e-12);
        // uplift * clv = (1 - p) d + f + p gamma d
        assert!((found.uplift.unwrap() * 200.0 - (8.0 + 1.0 + 0.6)).abs() < 1e-12);
        // 0.2 * 0.3 * 190 - 0.8 * 10 - 1
        assert!((net(&offer, 0.3, 0.2) - 2.4).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_reached_has_no_break_even() {
        let offer = RetentionOffer { clv: 30.0, incentive: 20.0, contact: 5.0 };
        let found = break_even(&offer, 0.1, 0.05).unwrap();
        assert_eq!((found.acceptance, found.churn_probability), (None, None));
        assert!(found.clv.unwrap() > 1_000.0);
        assert_eq!(break_even(&offer, 0.0, 0.05).unwrap().clv, None);
        assert!(break_even(&offer, 1.5, 0.05).is_err());
    }
}
