//! The models of purchases under one roof, and the choice between them.

use super::sample::Sample;
use super::{BgNbd, FitError, InputError, MbgNbd, ParameterList, Parameters, ParetoNbd, ParetoParameters, Purchases};

/// A kind of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// [`BgNbd`].
    BgNbd,
    /// [`MbgNbd`].
    MbgNbd,
    /// [`ParetoNbd`].
    ParetoNbd,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::BgNbd, Self::MbgNbd, Self::ParetoNbd];

    /// The name in the literature.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "BG/NBD",
            Self::MbgNbd => "MBG/NBD",
            Self::ParetoNbd => "Pareto/NBD",
        }
    }
}

/// A model of purchases of any kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// Customers may leave after each purchase but the first.
    BgNbd(BgNbd),
    /// Customers may leave after each purchase.
    MbgNbd(MbgNbd),
    /// Customers may leave at any time.
    ParetoNbd(ParetoNbd),
}

impl Model {
    /// The model of this kind with these parameters, in the order of its paper, which is that of [`Self::parameters`]:
    /// `r, alpha, a, b` or `r, alpha, s, beta`.
    ///
    /// # Errors
    /// [`InputError::Parameter`] where one is not positive and finite.
    pub fn new(kind: Kind, parameters: [f64; 4]) -> Result<Self, InputError> {
        let [r, alpha, third, fourth] = parameters;
        let parameters = Parameters { r, alpha, a: third, b: fourth };
        match kind {
            Kind::BgNbd => BgNbd::new(parameters).map(Self::BgNbd),
            Kind::MbgNbd => MbgNbd::new(parameters).map(Self::MbgNbd),
            Kind::ParetoNbd => {
                ParetoNbd::new(ParetoParameters { r, alpha, s: third, beta: fourth }).map(Self::ParetoNbd)
            }
        }
    }

    /// The model of this kind under which `purchases` are likeliest.
    ///
    /// # Errors
    /// [`FitError`], as for [`BgNbd::fit`].
    pub fn fit(kind: Kind, purchases: &[Purchases]) -> Result<Self, FitError> {
        Self::fit_sample(kind, &Sample::new(purchases).scaled())
    }

    fn fit_sample(kind: Kind, scaled: &Sample) -> Result<Self, FitError> {
        match kind {
            Kind::BgNbd => BgNbd::fit_sample(scaled).map(Self::BgNbd),
            Kind::MbgNbd => MbgNbd::fit_sample(scaled).map(Self::MbgNbd),
            Kind::ParetoNbd => ParetoNbd::fit_sample(scaled).map(Self::ParetoNbd),
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::BgNbd(_) => Kind::BgNbd,
            Self::MbgNbd(_) => Kind::MbgNbd,
            Self::ParetoNbd(_) => Kind::ParetoNbd,
        }
    }

    /// The parameters, by the names of its paper; times in the unit of the purchases fitted.
    #[must_use]
    pub fn parameters(&self) -> ParameterList {
        match self {
            Self::BgNbd(model) => model.core().parameter_list(),
            Self::MbgNbd(model) => model.core().parameter_list(),
            Self::ParetoNbd(model) => model.parameter_list(),
        }
    }

    /// Natural logarithm of the likelihood of `purchases`. Comparable between kinds on the same purchases.
    #[must_use]
    pub fn log_likelihood(&self, purchases: &[Purchases]) -> f64 {
        self.log_likelihood_of_sample(&Sample::new(purchases))
    }

    fn log_likelihood_of_sample(&self, sample: &Sample) -> f64 {
        match self {
            Self::BgNbd(model) => model.core().log_likelihood(sample),
            Self::MbgNbd(model) => model.core().log_likelihood(sample),
            Self::ParetoNbd(model) => model.log_likelihood_of_sample(sample),
        }
    }

    /// Standard errors of the parameters, at the maximum of the likelihood of `purchases`, from its curvature there. None
    /// where the curvature is not that of a maximum.
    #[must_use]
    pub fn standard_errors(&self, purchases: &[Purchases]) -> Option<ParameterList> {
        match self {
            Self::BgNbd(model) => model.standard_errors(purchases),
            Self::MbgNbd(model) => model.standard_errors(purchases),
            Self::ParetoNbd(model) => model.standard_errors(purchases),
        }
    }

    /// Probability that the customer has not left by the as-of date. Under BG/NBD it is 1 without a repeat purchase: for
    /// churn use [`Self::probability_no_purchase`].
    #[must_use]
    pub fn probability_alive(&self, purchases: &Purchases) -> f64 {
        match self {
            Self::BgNbd(model) => model.probability_alive(purchases),
            Self::MbgNbd(model) => model.probability_alive(purchases),
            Self::ParetoNbd(model) => model.probability_alive(purchases),
        }
    }

    /// Probability that the customer buys nothing in the `horizon` after the as-of date.
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn probability_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        match self {
            Self::BgNbd(model) => model.probability_no_purchase(purchases, horizon),
            Self::MbgNbd(model) => model.probability_no_purchase(purchases, horizon),
            Self::ParetoNbd(model) => model.probability_no_purchase(purchases, horizon),
        }
    }

    /// The logit of [`Self::probability_no_purchase`], exact also where that is near 0 or 1.
    ///
    /// # Errors
    /// [`InputError::Time`] where the horizon is negative or not finite.
    pub fn logit_no_purchase(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        match self {
            Self::BgNbd(model) => model.logit_no_purchase(purchases, horizon),
            Self::MbgNbd(model) => model.logit_no_purchase(purchases, horizon),
            Self::ParetoNbd(model) => model.logit_no_purchase(purchases, horizon),
        }
    }

    /// Probability that the customer buys nothing in the `horizon` that begins a `lead` after the as-of date.
    ///
    /// # Errors
    /// As for [`BgNbd::probability_no_purchase_after`].
    pub fn probability_no_purchase_after(
        &self,
        purchases: &Purchases,
        lead: f64,
        horizon: f64,
    ) -> Result<f64, InputError> {
        match self {
            Self::BgNbd(model) => model.probability_no_purchase_after(purchases, lead, horizon),
            Self::MbgNbd(model) => model.probability_no_purchase_after(purchases, lead, horizon),
            Self::ParetoNbd(model) => model.probability_no_purchase_after(purchases, lead, horizon),
        }
    }

    /// Expected number of purchases of the customer in the `horizon` after the as-of date. For somebody who has just made
    /// a first purchase it is that of any new customer.
    ///
    /// # Errors
    /// As for [`BgNbd::expected_purchases`].
    pub fn expected_purchases(&self, purchases: &Purchases, horizon: f64) -> Result<f64, InputError> {
        match self {
            Self::BgNbd(model) => model.expected_purchases(purchases, horizon),
            Self::MbgNbd(model) => model.expected_purchases(purchases, horizon),
            Self::ParetoNbd(model) => model.expected_purchases(purchases, horizon),
        }
    }
}

/// A model with its log-likelihood on the purchases it was fitted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// The model.
    pub model: Model,
    /// Natural logarithm of the likelihood.
    pub log_likelihood: f64,
}

/// The fits of all kinds of model to the same purchases.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidates {
    /// Each kind with its fit, in the order of [`Kind::ALL`].
    pub fits: [(Kind, Result<Fitted, FitError>); 3],
}

impl Candidates {
    /// Fits a model of each kind.
    #[must_use]
    pub fn fit(purchases: &[Purchases]) -> Self {
        let sample = Sample::new(purchases);
        let scaled = sample.clone().scaled();
        let fits = Kind::ALL.map(|kind| {
            let fitted = Model::fit_sample(kind, &scaled)
                .map(|model| Fitted { model, log_likelihood: model.log_likelihood_of_sample(&sample) });
            (kind, fitted)
        });
        Self { fits }
    }

    /// The fit with the highest likelihood; all kinds have four parameters, so it is the best by AIC and BIC too. Of equal
    /// ones the first. None where no kind could be fitted.
    #[must_use]
    pub fn best(&self) -> Option<&Fitted> {
        let fitted = self.fits.iter().filter_map(|(_, fit)| fit.as_ref().ok());
        fitted.reduce(|best, next| if next.log_likelihood > best.log_likelihood { next } else { best })
    }
}
