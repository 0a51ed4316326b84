//! What BG/NBD and MBG/NBD share: customers who may leave after a purchase, each with a probability of their own.
//!
//! The two differ in one thing only, whether the first purchase is such a chance to leave ([`Dropout`]).

mod ahead;
mod forecast;
mod likelihood;

use super::error::{check_parameters, check_time};
use super::expansion::logistic;
use super::newton;
use super::sample::{Reached, Sample};
use super::search;
use super::{FitError, InputError, ParameterList, Purchases};

/// Parameters of the BG/NBD and MBG/NBD models; all greater than zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Shape of the gamma distribution of purchase rates over customers.
    pub r: f64,
    /// Rate of that distribution, a time: the mean purchase rate is `r / alpha`.
    pub alpha: f64,
    /// First shape of the beta distribution of the probability to leave after a purchase, whose mean is `a / (a + b)`.
    pub a: f64,
    /// Second shape of that distribution.
    pub b: f64,
}

impl Parameters {
    /// From the logarithms of `r, alpha, a, b`.
    pub(super) fn from_logs(theta: [f64; 4]) -> Self {
        let [r, alpha, a, b] = theta.map(f64::exp);
        Self { r, alpha, a, b }
    }

    fn named(&self) -> [(&'static str, f64); 4] {
        let Self { r, alpha, a, b } = *self;
        [("r", r), ("alpha", alpha), ("a", a), ("b", b)]
    }
}

impl std::fmt::Display for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        ParameterList::new(self.named()).fmt(f)
    }
}

/// When customers may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropout {
    /// After each purchase but the first: BG/NBD.
    AfterRepeats,
    /// After each purchase: MBG/NBD.
    AfterEvery,
}

impl Dropout {
    /// Chances to leave of a customer with so many repeat purchases.
    fn chances(self, repeat: f64) -> f64 {
        match self {
            Self::AfterRepeats => repeat,
            Self::AfterEvery => repeat + 1.0,
        }
    }

    /// Customers by how many chances to leave they had.
    fn reached(self, sample: &Sample) -> Vec<Reached> {
        match self {
            Self::AfterRepeats => sample.reached.clone(),
            Self::AfterEvery => {
                let first = Reached { from: 0, to: 1, customers: sample.customers };
                let later = sample.reached.iter().map(|r| Reached { from: r.from + 1, to: r.to + 1, ..*r });
                std::iter::once(first).chain(later).collect()
            }
        }
    }
}

/// Starting points: logarithms of r, alpha (in the sample's own unit), a, b. Uneven customers who leave early; all
/// alike; even customers who stay.
const STARTS: [[f64; 4]; 3] = [[-1.0, -1.0, -0.2, 0.9], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, -1.5, 1.5]];

/// Odds whose logarithm is larger are no nearer to certainty.
const LARGEST_EXPONENT: f64 = 700.0;

/// A BG/NBD or MBG/NBD model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BetaGeometric {
    dropout: Dropout,
    parameters: Parameters,
}

impl BetaGeometric {
    pub(super) fn new(dropout: Dropout, parameters: Parameters) -> Result<Self, InputError> {
        check_parameters(parameters.named())?;
        Ok(Self { dropout, parameters })
    }

    /// The maximum of the likelihood of `sample`, which is [`Sample::scaled`].
    pub(super) fn fit(dropout: Dropout, sample: &Sample) -> Result<Self, FitError> {
        sample.check()?;
        let in_unit = |theta| {
            let scaled = Parameters::from_logs(theta);
            Parameters { alpha: scaled.alpha * sample.unit, ..scaled }
        };
        let at = |theta, sample: &Sample| likelihood::expansion(&Parameters::from_logs(theta), dropout, sample);
        let refused = |end: &_, parameters: Parameters| sample.no_maximum(end, ParameterList::new(parameters.named()));
        let end = search::maximise(sample, &STARTS, at).map_err(|end| refused(&end, in_unit(end.theta)))?;
        // Parameters that overflow in the caller's unit of time are no model.
        Self::new(dropout, in_unit(end.theta)).map_err(|_| refused(&end, in_unit(end.theta)))
    }

    pub(super) fn parameters(&self) -> Parameters {
        self.parameters
    }

    pub(super) fn parameter_list(&self) -> ParameterList {
        ParameterList::new(self.parameters.named())
    }

    pub(super) fn log_likelihood(&self, sample: &Sample) -> f64 {
        likelihood::value(&self.parameters, self.dropout, sample)
    }

    pub(super) fn standard_errors(&self, sample: &Sample) -> Option<ParameterList> {
        let errors = newton::standard_errors(&likelihood::expansion(&self.parameters, self.dropout, sample))?;
        // By the delta method, from those of the logarithms.
        let named = self.parameters.named();
        Some(ParameterList::new(std::array::from_fn::<_, 4, _>(|i| (named[i].0, named[i].1 * errors[i]))))
    }

    pub(super) fn probability_alive(&self, purchases: &Purchases) -> f64 {
        self.log_odds_left(purchases).map_or(1.0, |log_odds| logistic(-log_odds))
    }

    pub(super) fn probability_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let horizon = check_time("horizon", horizon)?;
        let Parameters { r, alpha, .. } = self.parameters;
        let shape = r + f64::from(purchases.repeat());
        let silent = (-shape * (horizon / (alpha + purchases.age())).ln_1p()).exp();
        let left = self.log_odds_left(purchases).map_or(0.0, logistic);
        Ok((left + self.probability_alive(purchases) * silent).min(1.0))
    }

    /// With the odds `o` of having left and the probability `q` of silence if alive, the probability of no purchase is
    /// `(o + q) / (1 + o)` and that of one `(1 - q) / (1 + o)`: neither is a difference of two numbers near 1.
    pub(super) fn logit_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let horizon = check_time("horizon", horizon)?;
        let Parameters { r, alpha, .. } = self.parameters;
        let ln_silent = -(r + f64::from(purchases.repeat())) * (horizon / (alpha + purchases.age())).ln_1p();
        let odds_left = self.log_odds_left(purchases).map_or(0.0, |log_odds| log_odds.min(LARGEST_EXPONENT).exp());
        Ok((odds_left + ln_silent.exp()).ln() - (-ln_silent.exp_m1()).ln())
    }

    pub(super) fn probability_no_purchase_after(
        &self,
        purchases: &Purchases,
        lead: f64,
        horizon: f64,
    ) -> Result<f64, InputError> {
        let (lead, horizon) = (check_time("lead", lead)?, check_time("horizon", horizon)?);
        let chances = self.dropout.chances(f64::from(purchases.repeat()));
        let silent = ahead::silence_if_alive(&self.parameters, chances, purchases, (lead, horizon))?;
        let left = self.log_odds_left(purchases).map_or(0.0, logistic);
        Ok((left + self.probability_alive(purchases) * silent).min(1.0))
    }

    pub(super) fn expected_purchases(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let horizon = check_time("horizon", horizon)?;
        let chances = self.dropout.chances(f64::from(purchases.repeat()));
        let if_alive = forecast::purchases_if_alive(&self.parameters, chances, purchases, horizon)?;
        Ok(self.probability_alive(purchases) * if_alive)
    }

    /// None where there was no chance to leave yet.
    fn log_odds_left(&self, purchases: &Purchases) -> Option<f64> {
        let repeat = f64::from(purchases.repeat());
        let chances = self.dropout.chances(repeat);
        let odds =
            || likelihood::log_odds_left(&self.parameters, repeat, chances, purchases.recency(), purchases.age());
        (chances > 0.0).then(odds)
    }
}
