//! The BG/NBD model and its fit.

use super::forecast;
use super::likelihood::{self, logistic};
use super::newton::{self, Ascent};
use super::sample::Sample;
use super::{InputError, Purchases, check_time};

/// Parameters of the BG/NBD model; all greater than zero.
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
}

impl std::fmt::Display for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { r, alpha, a, b } = self;
        write!(f, "r {r:.6e}, alpha {alpha:.6e}, a {a:.6e}, b {b:.6e}")
    }
}

/// A BG/NBD model: customers buy at random, each at a rate of their own, and after each purchase but the first may
/// leave for good, each with a probability of their own.
///
/// Fader, Hardie & Lee (2005), "Counting your customers" the easy way: an alternative to the Pareto/NBD model,
/// Marketing Science 24(2), 275-284.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    parameters: Parameters,
}

/// Why no model could be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// There is nobody to fit.
    #[error("expected customers with purchases, found none")]
    NoCustomers,
    /// Without repeat purchases the likelihood is highest where nobody ever buys again.
    #[error("expected some repeat purchases, found none among {customers} customers")]
    NoRepeats {
        /// Customers looked at.
        customers: f64,
    },
    /// The likelihood has no maximum inside the range of parameters: the data do not tell the parameters apart.
    #[error(
        "these data do not determine the model: the likelihood of {customers} customers with {repeats} repeat purchases \
         still rises at the edge of the parameter range ({parameters}, log-likelihood {log_likelihood:.6})"
    )]
    NotIdentified {
        /// Customers looked at.
        customers: f64,
        /// Their repeat purchases.
        repeats: f64,
        /// Where the search ended, in the caller's unit of time.
        parameters: Parameters,
        /// The log-likelihood there.
        log_likelihood: f64,
    },
    /// The search ended without a maximum.
    #[error(
        "expected a maximum of the likelihood with a gradient below {tolerance:.3e}, found a gradient of {gradient:.3e} \
         after {steps} steps ({parameters}, log-likelihood {log_likelihood:.6})"
    )]
    NotConverged {
        /// Largest gradient component by the logarithms of the parameters.
        gradient: f64,
        /// What it should have been at most.
        tolerance: f64,
        /// Steps tried from the best start.
        steps: u32,
        /// Where the search ended, in the caller's unit of time.
        parameters: Parameters,
        /// The log-likelihood there.
        log_likelihood: f64,
    },
}

/// Starting points: logarithms of r, alpha (in the sample's own unit), a, b. Uneven customers who leave early; all
/// alike; even customers who stay.
const STARTS: [[f64; 4]; 3] = [[-1.0, -1.0, -0.2, 0.9], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, -1.5, 1.5]];
/// Logarithms of parameters, in the sample's own unit, are searched up to this size (3e-6 to 3e5).
const BOUND: f64 = 12.6;
/// Two log-likelihoods are the same maximum if they differ relatively by less.
const SAME: f64 = 1e-9;

impl BgNbd {
    /// The model with these parameters.
    ///
    /// # Errors
    /// [`InputError::Parameter`] where one is not positive and finite.
    pub fn new(parameters: Parameters) -> Result<Self, InputError> {
        let Parameters { r, alpha, a, b } = parameters;
        for (name, value) in [("r", r), ("alpha", alpha), ("a", a), ("b", b)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(InputError::Parameter { name, value });
            }
        }
        Ok(Self { parameters })
    }

    /// The model under which `purchases` are likeliest. Their order has no influence on any digit of the result.
    ///
    /// # Errors
    /// [`FitError`] where there is nothing to fit, or where the search, from several starts, found no maximum that
    /// passes the checks on gradient, curvature and step, or found higher ground elsewhere than at the maximum.
    pub fn fit(purchases: &[Purchases]) -> Result<Self, FitError> {
        let sample = Sample::new(purchases).scaled();
        let Sample { customers, repeats, unit, .. } = sample;
        if customers == 0.0 {
            return Err(FitError::NoCustomers);
        }
        if repeats == 0.0 {
            return Err(FitError::NoRepeats { customers });
        }
        let weight = customers + repeats;
        let ascents = STARTS.map(|start| {
            newton::ascend(start, BOUND, weight, |theta| likelihood::expansion(&Parameters::from_logs(theta), &sample))
        });
        let [first, rest @ ..] = &ascents;
        let best = rest.iter().fold(first, |best, next| if value(next) > value(best) { next } else { best });
        let level = value(best) - SAME * value(best).abs();
        let in_unit = |ascent: &Ascent| {
            let scaled = Parameters::from_logs(ascent.theta);
            Parameters { alpha: scaled.alpha * unit, ..scaled }
        };
        let maximum = ascents.iter().filter(|ascent| ascent.converged && value(ascent) >= level);
        if let Some(maximum) = maximum.max_by(|p, q| value(p).total_cmp(&value(q)))
            && let Ok(model) = Self::new(in_unit(maximum))
        {
            return Ok(model);
        }
        let parameters = in_unit(best);
        // The density of each repeat purchase is per unit of time.
        let log_likelihood = value(best) - repeats * unit.ln();
        if best.theta.iter().any(|theta| theta.abs() >= 0.99 * BOUND) {
            return Err(FitError::NotIdentified { customers, repeats, parameters, log_likelihood });
        }
        let (gradient, tolerance) = (best.gradient_norm(), newton::GRADIENT_TOLERANCE * weight);
        Err(FitError::NotConverged { gradient, tolerance, steps: best.steps, parameters, log_likelihood })
    }

    /// The parameters; `alpha` in the unit of time of the purchases fitted.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// Natural logarithm of the likelihood of `purchases` (their equation 6, summed over customers).
    #[must_use]
    pub fn log_likelihood(&self, purchases: &[Purchases]) -> f64 {
        likelihood::value(&self.parameters, &Sample::new(purchases))
    }

    /// Probability that the customer has not left by the as-of date. It is 1 without a repeat purchase, since in this
    /// model customers leave after a purchase only: for churn use [`Self::probability_no_purchase`].
    ///
    /// Fader, Hardie & Lee (2008), Computing P(alive) using the BG/NBD model, brucehardie.com/notes/021.
    #[must_use]
    pub fn probability_alive(&self, purchases: &Purchases) -> f64 {
        if purchases.repeat() == 0 { 1.0 } else { logistic(-self.log_odds_left(purchases)) }
    }

    /// Probability that the customer buys nothing in the `horizon` after the as-of date: has left, or is there and
    /// buys nothing. The purchase rate of a customer still there is gamma distributed with shape `r + repeat` and
    /// rate `alpha + age`.
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn probability_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let horizon = check_time("horizon", horizon)?;
        let Parameters { r, alpha, .. } = self.parameters;
        let shape = r + f64::from(purchases.repeat());
        let silent = (-shape * (horizon / (alpha + purchases.age())).ln_1p()).exp();
        let left = if purchases.repeat() == 0 { 0.0 } else { logistic(self.log_odds_left(purchases)) };
        Ok(left + self.probability_alive(purchases) * silent)
    }

    /// Expected number of purchases of the customer in the `horizon` after the as-of date (their equation 10).
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite, [`InputError::HorizonTooLong`] where it is
    /// so long against `alpha + age` that the sum would not end in reasonable time.
    pub fn expected_purchases(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        let horizon = check_time("horizon", horizon)?;
        let if_alive = forecast::purchases_if_alive(&self.parameters, purchases, horizon)?;
        Ok(self.probability_alive(purchases) * if_alive)
    }

    fn log_odds_left(&self, purchases: &Purchases) -> f64 {
        let repeat = f64::from(purchases.repeat());
        likelihood::log_odds_left(&self.parameters, repeat, purchases.recency(), purchases.age())
    }
}

/// Log-likelihood where an ascent ended; not a number counts as the lowest.
fn value(ascent: &Ascent) -> f64 {
    if ascent.expansion.value.is_nan() { f64::NEG_INFINITY } else { ascent.expansion.value }
}
