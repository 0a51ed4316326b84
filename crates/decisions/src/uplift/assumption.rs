//! Where no campaign was ever measured: a stated assumption, and what hangs on it.

use crate::DecisionError;
use crate::error::{each, same_length, setting};
use crate::plan::Response;

/// What is assumed about the response to an offer. Nothing of it is known; an experiment (a plan with a hold-out) would tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AssumedResponse {
    /// Share of the customers who would churn and stay for the offer: they take the incentive.
    pub saved: f64,
    /// Share of the customers who would stay anyway and take the incentive as well.
    pub taken_anyway: f64,
}

impl AssumedResponse {
    /// Response of a customer with a churn probability: uplift `saved x p`, acceptance `saved x p + taken_anyway x (1 - p)`. Nobody is
    /// taken to leave because of the offer.
    ///
    /// # Errors
    /// [`DecisionError::Setting`].
    pub fn of_customer(&self, churn_probability: f64) -> Result<Response, DecisionError> {
        let p = churn_probability;
        setting("churn probability", "a number from 0 to 1", p, (0.0..=1.0).contains(&p))?;
        for (name, share) in [("share saved", self.saved), ("share who take it anyway", self.taken_anyway)] {
            setting(name, "a share from 0 to 1", share, (0.0..=1.0).contains(&share))?;
        }
        let uplift = self.saved * p;
        Ok(Response { uplift, uplift_error: 0.0, acceptance: (uplift + self.taken_anyway * (1.0 - p)).min(1.0) })
    }
}

/// A line of the sensitivity table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SensitivityRow {
    /// Share saved, if it is really this.
    pub saved: f64,
    /// Customers for whom the offer would pay then.
    pub customers: u64,
    /// What contacting those would earn.
    pub best_gain: f64,
    /// What contacting the customers chosen under the stated assumption would earn, if the share were this.
    pub gain_of_the_plan: f64,
}

/// What a plan under an assumption is worth if the assumption is wrong: a row for each share saved. Costs are in units of the currency;
/// budget, rules and hold-outs are left out.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`], [`DecisionError::Setting`].
pub fn sensitivity(
    assumed: &AssumedResponse,
    churn_probability: &[f64],
    value: &[f64],
    contact_cost: f64,
    incentive_cost: f64,
    shares_saved: &[f64],
) -> Result<Vec<SensitivityRow>, DecisionError> {
    same_length("values", churn_probability.len(), value.len())?;
    each("value", "a finite number", value, |_| true)?;
    setting("contact cost", "0 or more", contact_cost, contact_cost >= 0.0)?;
    setting("incentive", "0 or more", incentive_cost, incentive_cost >= 0.0)?;
    let gains = |assumed: AssumedResponse| -> Result<Vec<f64>, DecisionError> {
        let gain = |(p, value): (&f64, &f64)| {
            let response = assumed.of_customer(*p)?;
            Ok(response.uplift * value - contact_cost - response.acceptance * incentive_cost)
        };
        churn_probability.iter().zip(value).map(gain).collect()
    };
    let planned = gains(*assumed)?;
    let row = |saved: &f64| {
        let if_true = gains(AssumedResponse { saved: *saved, ..*assumed })?;
        let paying: Vec<f64> = if_true.iter().copied().filter(|gain| *gain > 0.0).collect();
        let of_plan = if_true.iter().zip(&planned).filter(|(_, planned)| **planned > 0.0);
        Ok(SensitivityRow {
            saved: *saved,
            customers: paying.len() as u64,
            best_gain: paying.iter().sum(),
            gain_of_the_plan: of_plan.map(|(gain, _)| gain).sum(),
        })
    };
    shares_saved.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::profit::{RetentionOffer, net_of_customer};

    #[test]
    fn with_all_stayers_taking_it_the_gain_is_that_of_the_profit_formula() {
        let assumed = AssumedResponse { saved: 0.3, taken_anyway: 1.0 };
        let response = assumed.of_customer(0.2).unwrap();
        let gain = response.uplift * 200.0 - 1.0 - response.acceptance * 10.0;
        let formula = net_of_customer(&RetentionOffer::default(), 0.3, 0.2).unwrap();
        assert!((gain - formula).abs() < 1e-12);
    }

    #[test]
    fn a_plan_on_too_high_hopes_loses_money() {
        let assumed = AssumedResponse { saved: 0.3, taken_anyway: 0.2 };
        let p: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
        let found = sensitivity(&assumed, &p, &[100.0; 100], 4.0, 10.0, &[0.0, 0.1, 0.3, 0.5]).unwrap();
        assert!(found[0].customers == 0 && found[0].gain_of_the_plan < 0.0);
        assert!(found.iter().all(|row| row.gain_of_the_plan <= row.best_gain + 1e-9));
        assert_eq!(found[2].gain_of_the_plan, found[2].best_gain);
        assert!(found.windows(2).all(|pair| pair[0].best_gain <= pair[1].best_gain));
        assert!(sensitivity(&assumed, &p, &[1.0], 4.0, 10.0, &[0.1]).is_err());
        assert!(AssumedResponse { saved: 1.5, taken_anyway: 0.0 }.of_customer(0.2).is_err());
    }
}
