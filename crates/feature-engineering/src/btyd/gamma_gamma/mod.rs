//! The Gamma-Gamma model of spend.

mod likelihood;
mod spend;

use super::error::check_parameters;
use super::newton;
use super::search;
use super::{FitError, InputError, ParameterList};
pub use spend::Spend;
use spend::SpendSample;

/// Parameters of the Gamma-Gamma model; all greater than zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGammaParameters {
    /// Shape of the gamma distribution of a customer's amounts.
    pub p: f64,
    /// Shape of the gamma distribution over customers of the rate of those amounts.
    pub q: f64,
    /// Rate of that distribution, an amount of money: the mean amount over customers is `p gamma / (q - 1)`.
    pub gamma: f64,
}

impl GammaGammaParameters {
    fn from_logs(theta: [f64; 3]) -> Self {
        let [p, q, gamma] = theta.map(f64::exp);
        Self { p, q, gamma }
    }

    fn named(&self) -> [(&'static str, f64); 3] {
        [("p", self.p), ("q", self.q), ("gamma", self.gamma)]
    }
}

impl std::fmt::Display for GammaGammaParameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        ParameterList::new(self.named()).fmt(f)
    }
}

/// A correlation of transactions and mean amount of this size or more, either way, contradicts the model, which holds
/// the two independent: expected spend is then too high for some customers and too low for others.
///
/// It is the size at which clvkit warns.
pub const NOTABLE_CORRELATION: f64 = 0.30;

/// Starting points: logarithms of p, q, gamma (in the mean amount as unit). Even customers; uneven ones; even amounts of
/// uneven customers.
const STARTS: [[f64; 3]; 3] = [[1.5, 1.5, 0.0], [0.0, 0.7, 0.0], [3.0, 1.0, -2.5]];

/// A Gamma-Gamma model: the amounts of a customer vary around a mean of their own, which varies over customers, and has
/// nothing to do with how often they buy.
///
/// Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves for customer base analysis, Journal of Marketing
/// Research 42(4), 415-430; Fader & Hardie (2013), brucehardie.com/notes/025.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    parameters: GammaGammaParameters,
}

impl GammaGamma {
    /// The model with these parameters.
    ///
    /// # Errors
    /// [`InputError::Parameter`] where one is not positive and finite.
    pub fn new(parameters: GammaGammaParameters) -> Result<Self, InputError> {
        check_parameters(parameters.named())?;
        Ok(Self { parameters })
    }

    /// The model under which `spends` are likeliest. Their order has no influence on any digit of the result.
    ///
    /// # Errors
    /// [`FitError`] where there is nobody, or where the search, from several starts, found no maximum that passes the
    /// checks on gradient, curvature and step, or found higher ground elsewhere than at the maximum.
    pub fn fit(spends: &[Spend]) -> Result<Self, FitError> {
        let sample = SpendSample::new(spends).scaled();
        if sample.customers == 0.0 {
            return Err(FitError::NoCustomers);
        }
        let in_unit = |theta| {
            let scaled = GammaGammaParameters::from_logs(theta);
            GammaGammaParameters { gamma: scaled.gamma * sample.unit, ..scaled }
        };
        let at = |theta, sample: &SpendSample| likelihood::expansion(&GammaGammaParameters::from_logs(theta), sample);
        let refused = |end: &newton::Ascent<3>| sample.no_maximum(end, ParameterList::new(in_unit(end.theta).named()));
        let end = search::maximise(&sample, &STARTS, at).map_err(|end| refused(&end))?;
        // Parameters that overflow in the caller's unit of money are no model.
        Self::new(in_unit(end.theta)).map_err(|_| refused(&end))
    }

    /// The parameters; `gamma` in the unit of money of the spends fitted.
    #[must_use]
    pub fn parameters(&self) -> GammaGammaParameters {
        self.parameters
    }

    /// Natural logarithm of the likelihood of `spends` (that of notes/025, summed over customers).
    #[must_use]
    pub fn log_likelihood(&self, spends: &[Spend]) -> f64 {
        likelihood::expansion(&self.parameters, &SpendSample::new(spends)).value
    }

    /// Standard errors of the parameters, at the maximum of the likelihood of `spends`, from its curvature there. None
    /// where the curvature is not that of a maximum.
    #[must_use]
    pub fn standard_errors(&self, spends: &[Spend]) -> Option<ParameterList> {
        let errors = newton::standard_errors(&likelihood::expansion(&self.parameters, &SpendSample::new(spends)))?;
        // By the delta method, from those of the logarithms.
        let named = self.parameters.named();
        Some(ParameterList::new(std::array::from_fn::<_, 3, _>(|i| (named[i].0, named[i].1 * errors[i]))))
    }

    /// Expected amount of the next transactions of a customer with this spend, as in notes/025; of a customer
    /// without any (`None`), the mean over all customers.
    ///
    /// # Errors
    /// [`InputError::InfiniteMean`] where `p x + q` is 1 or less with `x` transactions: so heavy is the tail of the
    /// distribution of means over customers.
    pub fn expected_spend(&self, spend: Option<&Spend>) -> Result<f64, InputError> {
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        let transactions = spend.map_or(0, Spend::transactions);
        let x = f64::from(transactions);
        let shape = p * x + (q - 1.0);
        if shape.is_nan() || shape <= 0.0 {
            return Err(InputError::InfiniteMean { p, q, transactions });
        }
        // The weighted mean of the mean over customers and the customer's own, without the former, which may be infinite.
        Ok(p * (gamma / shape) + spend.map_or(0.0, |spend| p * x / shape * spend.mean()))
    }
}

/// Pearson's correlation over customers of the number of transactions and their mean amount; none where one of them does
/// not vary. See [`NOTABLE_CORRELATION`].
#[must_use]
pub fn spend_correlation(spends: &[Spend]) -> Option<f64> {
    SpendSample::new(spends).scaled().correlation()
}
