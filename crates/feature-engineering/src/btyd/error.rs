//! What cannot be: inputs that no customer, parameter or forecast can have, and fits without a maximum.

use super::MAX_REPEAT;

/// A number that no purchase history, parameter or forecast can have.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A time is negative, infinite or not a number.
    #[error("{name} must be finite and not negative, found {value}")]
    Time {
        /// Which time.
        name: &'static str,
        /// What was found.
        value: f64,
    },
    /// The last purchase lies after the as-of date.
    #[error(
        "recency (first to last purchase) must not exceed age (first purchase to as-of date), found recency {recency}, age {age}"
    )]
    RecencyBeyondAge {
        /// Time from the first purchase to the last.
        recency: f64,
        /// Time from the first purchase to the as-of date.
        age: f64,
    },
    /// Repeat purchases without any time for them, or time without repeat purchases.
    #[error(
        "recency must be zero exactly where there is no repeat purchase (purchases at the same time count as one), found {repeat} repeat purchases, recency {recency}"
    )]
    RecencyContradictsRepeats {
        /// Number of repeat purchases.
        repeat: u32,
        /// Time from the first purchase to the last.
        recency: f64,
    },
    /// More repeat purchases than one customer can have.
    #[error("expected at most {MAX_REPEAT} repeat purchases of one customer, found {repeat}")]
    TooManyRepeats {
        /// Number of repeat purchases.
        repeat: u32,
    },
    /// A parameter of a model is not positive and finite.
    #[error("parameter {name} must be finite and greater than zero, found {value}")]
    Parameter {
        /// Which parameter.
        name: &'static str,
        /// What was found.
        value: f64,
    },
    /// The horizon is so long that the forecast cannot be summed in reasonable time.
    #[error(
        "horizon {horizon} is too long against alpha + age = {exposure}: the forecast would need more than {terms} terms"
    )]
    HorizonTooLong {
        /// The horizon asked for.
        horizon: f64,
        /// `alpha + age` of the customer, in the same unit.
        exposure: f64,
        /// The most terms that are summed.
        terms: u32,
    },
    /// The mean of a customer's purchases is not an amount above zero.
    #[error("mean spend must be finite and greater than zero, found {value}")]
    Spend {
        /// What was found.
        value: f64,
    },
    /// A customer without transactions has no mean spend.
    #[error("expected at least one transaction behind a mean spend, found none")]
    NoTransactions,
    /// The spend of the customer has a distribution without a mean.
    #[error(
        "mean spend is infinite under this model: expected p x transactions + q above 1, found q {q}, p {p}, \
         {transactions} transactions"
    )]
    InfiniteMean {
        /// First shape.
        p: f64,
        /// Second shape.
        q: f64,
        /// Transactions of the customer.
        transactions: u32,
    },
    /// A discount rate, margin or value is not what it can be.
    #[error("{name} must be finite{and}, found {value}")]
    Valuation {
        /// Which number.
        name: &'static str,
        /// What else it must be.
        and: &'static str,
        /// What was found.
        value: f64,
    },
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
        /// Where the search ended, in the caller's units.
        parameters: ParameterList,
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
        /// Where the search ended, in the caller's units.
        parameters: ParameterList,
        /// The log-likelihood there.
        log_likelihood: f64,
    },
}

/// Parameters of any model, by the names of its paper and in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterList(Vec<(&'static str, f64)>);

impl ParameterList {
    /// Of these names and values.
    pub(super) fn new<const N: usize>(named: [(&'static str, f64); N]) -> Self {
        Self(named.to_vec())
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.0.iter().copied()
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl std::fmt::Display for ParameterList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (name, value)) in self.iter().enumerate() {
            write!(f, "{}{name} {value:.6e}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// `value`, if it can be a length of time.
pub(super) fn check_time(name: &'static str, value: f64) -> Result<f64, InputError> {
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err(InputError::Time { name, value }) }
}

/// Refuses parameters that are not positive and finite.
pub(super) fn check_parameters<const N: usize>(named: [(&'static str, f64); N]) -> Result<(), InputError> {
    match named.into_iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
        Some((name, value)) => Err(InputError::Parameter { name, value }),
        None => Ok(()),
    }
}
