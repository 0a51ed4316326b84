//! The BG/NBD model.

use super::beta_geometric::{BetaGeometric, Dropout};
use super::sample::Sample;
use super::{FitError, InputError, ParameterList, Parameters, Purchases};

/// A BG/NBD model: customers buy at random, each at a rate of their own, and after each purchase but the first may
/// leave for good, each with a probability of their own.
///
/// Fader, Hardie & Lee (2005), "Counting your customers" the easy way: an alternative to the Pareto/NBD model,
/// Marketing Science 24(2), 275-284.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd(BetaGeometric);

impl BgNbd {
    /// The model with these parameters.
    ///
    /// # Errors
    /// [`InputError::Parameter`] where one is not positive and finite.
    pub fn new(parameters: Parameters) -> Result<Self, InputError> {
        BetaGeometric::new(Dropout::AfterRepeats, parameters).map(Self)
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
        BetaGeometric::fit(Dropout::AfterRepeats, scaled).map(Self)
    }

    pub(super) fn core(&self) -> &BetaGeometric {
        &self.0
    }

    /// The parameters; `alpha` in the unit of time of the purchases fitted.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        self.0.parameters()
    }

    /// Natural logarithm of the likelihood of `purchases` (their equation 6, summed over customers).
    #[must_use]
    pub fn log_likelihood(&self, purchases: &[Purchases]) -> f64 {
        self.0.log_likelihood(&Sample::new(purchases))
    }

    /// Standard errors of the parameters, at the maximum of the likelihood of `purchases`, from its curvature there.
    /// None where the curvature is not that of a maximum.
    #[must_use]
    pub fn standard_errors(&self, purchases: &[Purchases]) -> Option<ParameterList> {
        self.0.standard_errors(&Sample::new(purchases))
    }

    /// Probability that the customer has not left by the as-of date. It is 1 without a repeat purchase, since in this
    /// model customers leave after a purchase only: for churn use [`Self::probability_no_purchase`].
    ///
    /// Fader, Hardie & Lee (2008), Computing P(alive) using the BG/NBD model, brucehardie.com/notes/021.
    #[must_use]
    pub fn probability_alive(&self, purchases: &Purchases) -> f64 {
        self.0.probability_alive(purchases)
    }

    /// Probability that the customer buys nothing in the `horizon` after the as-of date: has left, or is there and
    /// buys nothing. The purchase rate of a customer still there is gamma distributed with shape `r + repeat` and
    /// rate `alpha + age`.
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn probability_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        self.0.probability_no_purchase(purchases, horizon)
    }

    /// The logit of [`Self::probability_no_purchase`], exact also where that is near 0 or 1.
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn logit_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        self.0.logit_no_purchase(purchases, horizon)
    }

    /// Probability that the customer buys nothing in the `horizon` that begins a `lead` after the as-of date: what happens in
    /// the lead may be a purchase, and the end. With no lead it is [`Self::probability_no_purchase`].
    ///
    /// # Errors
    /// [`InputError::Time`] where a time is negative or not finite, [`InputError::HorizonTooLong`] where the lead is
    /// so long against `alpha + age` that the sum would not end in reasonable time.
    pub fn probability_no_purchase_after(
        &self,
        purchases: &Purchases,
        lead: f64,
        horizon: f64,
    ) -> Result<f64, InputError> {
        self.0.probability_no_purchase_after(purchases, lead, horizon)
    }

    /// Expected number of purchases of the customer in the `horizon` after the as-of date (their equation 10).
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite, [`InputError::HorizonTooLong`] where it is
    /// so long against `alpha + age` that the sum would not end in reasonable time.
    pub fn expected_purchases(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        self.0.expected_purchases(purchases, horizon)
    }
}
