//! The Pareto/NBD model.

mod likelihood;
mod silence;

use super::error::{check_parameters, check_time};
use super::expansion::logistic;
use super::newton;
use super::sample::Sample;
use super::search;
use super::{FitError, InputError, ParameterList, Purchases};
use silence::Silence;

/// Parameters of the Pareto/NBD model; all greater than zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoParameters {
    /// Shape of the gamma distribution of purchase rates over customers.
    pub r: f64,
    /// Rate of that distribution, a time: the mean purchase rate is `r / alpha`.
    pub alpha: f64,
    /// Shape of the gamma distribution of the rates at which customers leave.
    pub s: f64,
    /// Rate of that distribution, a time: the mean leaving rate is `s / beta`.
    pub beta: f64,
}

impl ParetoParameters {
    fn from_logs(theta: [f64; 4]) -> Self {
        let [r, alpha, s, beta] = theta.map(f64::exp);
        Self { r, alpha, s, beta }
    }

    fn named(&self) -> [(&'static str, f64); 4] {
        let Self { r, alpha, s, beta } = *self;
        [("r", r), ("alpha", alpha), ("s", s), ("beta", beta)]
    }
}

impl std::fmt::Display for ParetoParameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        ParameterList::new(self.named()).fmt(f)
    }
}

/// Starting points: logarithms of r, alpha, s, beta (times in the sample's own unit). Uneven customers who leave slowly;
/// all alike; customers who leave early.
const STARTS: [[f64; 4]; 3] = [[-0.6, 0.0, -0.5, 0.6], [0.0, 0.0, 0.0, 0.0], [0.3, 0.5, -1.0, -1.0]];

/// A Pareto/NBD model: customers buy at random, each at a rate of their own, and leave for good at random, each at a rate of
/// their own, whether they buy or not.
///
/// Schmittlein, Morrison & Colombo (1987), Counting your customers: who are they and what will they do next?, Management
/// Science 33(1), 1-24; Fader & Hardie (2005), A note on deriving the Pareto/NBD model, brucehardie.com/notes/009.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    parameters: ParetoParameters,
}

impl ParetoNbd {
    /// The model with these parameters.
    ///
    /// # Errors
    /// [`InputError::Parameter`] where one is not positive and finite.
    pub fn new(parameters: ParetoParameters) -> Result<Self, InputError> {
        check_parameters(parameters.named())?;
        Ok(Self { parameters })
    }

    /// The model under which `purchases` are likeliest. Their order has no influence on any digit of the result.
    ///
    /// # Errors
    /// [`FitError`] where there is nothing to fit, or where the search, from several starts, found no maximum that
    /// passes the checks on gradient, curvature and step, or found higher ground elsewhere than at the maximum.
    pub fn fit(purchases: &[Purchases]) -> Result<Self, FitError> {
        Self::fit_sample(&Sample::new(purchases).scaled())
    }

    pub(super) fn fit_sample(scaled: &Sample) -> Result<Self, FitError> {
        scaled.check()?;
        let in_unit = |theta| {
            let p = ParetoParameters::from_logs(theta);
            ParetoParameters { alpha: p.alpha * scaled.unit, beta: p.beta * scaled.unit, ..p }
        };
        let at = |theta, sample: &Sample| likelihood::expansion(&ParetoParameters::from_logs(theta), sample);
        let refused =
            |end: &_, parameters: ParetoParameters| scaled.no_maximum(end, ParameterList::new(parameters.named()));
        let end = search::maximise(scaled, &STARTS, at).map_err(|end| refused(&end, in_unit(end.theta)))?;
        // Parameters that overflow in the caller's unit of time are no model.
        Self::new(in_unit(end.theta)).map_err(|_| refused(&end, in_unit(end.theta)))
    }

    /// The parameters; `alpha` and `beta` in the unit of time of the purchases fitted.
    #[must_use]
    pub fn parameters(&self) -> ParetoParameters {
        self.parameters
    }

    pub(super) fn parameter_list(&self) -> ParameterList {
        ParameterList::new(self.parameters.named())
    }

    /// Natural logarithm of the likelihood of `purchases` (that of notes/009, summed over customers).
    #[must_use]
    pub fn log_likelihood(&self, purchases: &[Purchases]) -> f64 {
        self.log_likelihood_of_sample(&Sample::new(purchases))
    }

    pub(super) fn log_likelihood_of_sample(&self, sample: &Sample) -> f64 {
        likelihood::value(&self.parameters, sample)
    }

    /// Standard errors of the parameters, at the maximum of the likelihood of `purchases`, from its curvature there.
    /// None where the curvature is not that of a maximum.
    #[must_use]
    pub fn standard_errors(&self, purchases: &[Purchases]) -> Option<ParameterList> {
        let errors = newton::standard_errors(&likelihood::expansion(&self.parameters, &Sample::new(purchases)))?;
        // By the delta method, from those of the logarithms.
        let named = self.parameters.named();
        Some(ParameterList::new(std::array::from_fn::<_, 4, _>(|i| (named[i].0, named[i].1 * errors[i]))))
    }

    /// Probability that the customer has not left by the as-of date.
    #[must_use]
    pub fn probability_alive(&self, purchases: &Purchases) -> f64 {
        logistic(-self.log_odds_left(purchases))
    }

    /// Probability that the customer buys nothing in the `horizon` after the as-of date: has left, or leaves before
    /// buying, or is there all the time and buys nothing. It is the likelihood of the same purchases at the age
    /// `age + horizon` over that at `age`; its relative error is below 1e-12.
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn probability_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let horizon = check_time("horizon", horizon)?;
        let log_odds_left = self.log_odds_left(purchases);
        let ahead = Silence::new(&self.parameters, f64::from(purchases.repeat()), purchases.age(), horizon);
        // Both terms are summed as they are: a difference from 1 would lose the digits of small probabilities.
        let silent = logistic(log_odds_left) + logistic(-log_odds_left) * ahead.ln_probability().exp();
        Ok(silent.min(1.0))
    }

    /// The logit of [`Self::probability_no_purchase`], exact also where that is near 0 or 1.
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn logit_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let silent = self.probability_no_purchase(purchases, horizon)?;
        let ahead = Silence::new(&self.parameters, f64::from(purchases.repeat()), purchases.age(), horizon);
        let bought = logistic(-self.log_odds_left(purchases)) * -ahead.ln_probability().exp_m1();
        Ok(silent.ln() - bought.ln())
    }

    /// Probability that the customer buys nothing in the `horizon` that begins a `lead` after the as-of date. Customers leave
    /// whether they buy or not: one who is there at the as-of date is there at the end of the lead with probability
    /// `((beta+T)/(beta+T+l))^s`, and then leaves at a gamma(s, beta+T+l) rate while the purchase rate is what it was.
    ///
    /// # Errors
    /// [`InputError::Time`] where a time is negative or not finite.
    pub fn probability_no_purchase_after(
        &self,
        purchases: &Purchases,
        lead: f64,
        horizon: f64,
    ) -> Result<f64, InputError> {
        let (lead, horizon) = (check_time("lead", lead)?, check_time("horizon", horizon)?);
        let log_odds_left = self.log_odds_left(purchases);
        let repeat = f64::from(purchases.repeat());
        let ahead = Silence::new(&self.parameters, repeat, purchases.age(), horizon).of_those_there_after(lead);
        let log_stays = -self.parameters.s * (lead / (self.parameters.beta + purchases.age())).ln_1p();
        // All terms are positive: gone already, gone in the lead, there and silent.
        let if_alive = -log_stays.exp_m1() + log_stays.exp() * ahead.ln_probability().exp();
        Ok((logistic(log_odds_left) + logistic(-log_odds_left) * if_alive).min(1.0))
    }

    /// Expected number of purchases of the customer in the `horizon` after the as-of date (as in notes/009; at `s = 1`
    /// its limit).
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn expected_purchases(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let horizon = check_time("horizon", horizon)?;
        let ParetoParameters { r, alpha, s, beta } = self.parameters;
        let rate = (r + f64::from(purchases.repeat())) / (alpha + purchases.age());
        let exposure = beta + purchases.age();
        // Expected time to be there, in units of the exposure: (1 - (1 + t/exposure)^(1-s)) / (s-1).
        let log_growth = (horizon / exposure).ln_1p();
        let power = (s - 1.0) * log_growth;
        let time = if power == 0.0 { log_growth } else { log_growth * (-(-power).exp_m1() / power) };
        Ok(self.probability_alive(purchases) * rate * exposure * time)
    }

    fn log_odds_left(&self, purchases: &Purchases) -> f64 {
        let (repeat, recency) = (f64::from(purchases.repeat()), purchases.recency());
        Silence::new(&self.parameters, repeat, recency, purchases.age() - recency).log_odds_left()
    }
}
