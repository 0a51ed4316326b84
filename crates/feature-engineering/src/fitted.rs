//! Features that a buy-till-you-die model computes. Its parameters were fitted once, on purchases from before a date, and
//! stand in the definition: a model that uses such a feature means the same by it wherever it is scored.

use std::sync::Arc;

use history::{History, LabelWindow, Money, PurchaseRow, ReadError};
use serde::{Deserialize, Serialize};

use crate::btyd::{Candidates, FitError, GammaGamma, GammaGammaParameters, InputError, Kind, Model, Purchases, Spend};
use crate::expression::Expression;
use crate::feature::{Family, Feature, Transform, Unit, Use};
use crate::label::purchase_days;

/// A forecast of a fitted model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parameters", into = "Parameters")]
pub struct Fitted {
    model: Model,
    spend: Option<GammaGamma>,
    forecast: Forecast,
}

/// What is forecast. Days are counted from the as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forecast {
    /// The probability that the customer has not left.
    Alive,
    /// The logit of the probability of no purchase within so many days.
    Silence(u16),
    /// The logit of the probability of no purchase in the days of a window that begins later.
    SilenceAfter {
        /// Days before the window begins.
        lead: u16,
        /// Days of the window.
        days: u16,
    },
    /// The expected number of days with a purchase within so many days.
    Purchases(u16),
    /// What the purchases expected within so many days bring, in units of the currency.
    Spend(u16),
}

/// A probability is no nearer to 0 or 1 than this before its logit is taken.
const LEAST_PROBABILITY: f64 = 1e-9;
/// The logit of that: ln((1 - 1e-9) / 1e-9).
pub const LARGEST_LOGIT: f64 = 20.723_265_835_946_41;

/// Names of the features of forecasts, which no other feature may have.
pub const FORECASTS: [&str; 4] = ["silence_logit", "p_alive", "expected_purchases", "expected_spend"];

/// What a list of features says of a forecast, which has a definition only once it is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedForecast {
    /// The name.
    pub name: &'static str,
    /// The unit of the values.
    pub unit: Unit,
    /// Whether models use it without being told to.
    pub used: Use,
    /// How a linear model sees it.
    pub transform: Transform,
    /// What it says.
    pub description: &'static str,
}

/// The forecasts, in the order of [`FORECASTS`].
#[must_use]
pub fn listed_forecasts() -> [ListedForecast; 4] {
    let [silence, alive, purchases, spend] = FORECASTS;
    let of = |name, unit, used, transform, description| ListedForecast { name, unit, used, transform, description };
    let (modelled, described) = (Use::Modelled, Use::Described);
    let (identity, log) = (Transform::Identity, Transform::Log1p);
    [
        of(silence, Unit::Ratio, modelled, identity, "Logit of the probability of no purchase in the label window"),
        of(alive, Unit::Share, described, identity, "Probability that the customer has not left"),
        of(
            purchases,
            Unit::Count,
            described,
            log,
            "Expected number of days with a purchase, from the as-of date to the end of the label window",
        ),
        of(spend, Unit::Currency, described, log, "Money that these purchases are expected to bring"),
    ]
}

/// The fitted models of one history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedModels {
    /// The likeliest model of purchases.
    pub purchases: Model,
    /// The model of spend; none where it could not be fitted.
    pub spend: Option<GammaGamma>,
    /// Customers that they were fitted on.
    pub customers: usize,
    /// How many of them had bought on more than one day.
    pub came_back: usize,
    /// Whether those who may have bought before the export begins were left out.
    pub without_left_censored: bool,
}

/// Fewer customers whose first purchase is known for sure are too few to fit on alone.
const ENOUGH_CUSTOMERS: usize = 1_000;
/// A first purchase within so many days of the first day of the history may not be the first.
const FIRST_DAYS: i32 = 30;

impl FittedModels {
    /// Fits the models on what was known at an as-of date: on the customers whose first purchase is surely their first where
    /// there are a thousand of them, else on all. `None` where no model of purchases could be fitted.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn fit(history: &History<'_>) -> Result<Option<Self>, ReadError> {
        Ok(Self::fit_or_say(history)?.ok())
    }

    /// The same, or why no model of purchases could be fitted: what BG/NBD says, the first of them.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn fit_or_say(history: &History<'_>) -> Result<Result<Self, FitError>, ReadError> {
        let everybody: Vec<u32> = (0..history.n_customers()).collect();
        let purchases = purchase_days(history, &everybody)?;
        let bought: Vec<(u32, Purchases)> =
            everybody.iter().zip(purchases).filter_map(|(customer, purchases)| Some((*customer, purchases?))).collect();
        let known = f64::from(history.as_of().days_since(history.first_visible_day()) - FIRST_DAYS);
        let sure: Vec<(u32, Purchases)> = bought.iter().copied().filter(|(_, p)| p.age() <= known).collect();
        let without_left_censored = sure.len() >= ENOUGH_CUSTOMERS;
        let of = if without_left_censored { sure } else { bought };
        let purchases: Vec<Purchases> = of.iter().map(|(_, purchases)| *purchases).collect();
        let candidates = Candidates::fit(&purchases);
        let Some(best) = candidates.best().map(|fitted| fitted.model) else {
            let [(_, first), ..] = candidates.fits;
            return Ok(Err(first.err().unwrap_or(FitError::NoCustomers)));
        };
        let customers: Vec<u32> = of.iter().map(|(customer, _)| *customer).collect();
        let totals = history.map(&customers, |block, customer| {
            let sales = history.rows(block, customer).filter(|row: &PurchaseRow| !row.is_return());
            sales.fold(Money::ZERO, |sum, row| sum.plus(row.amount))
        })?;
        // Free purchases have no place in the spend model.
        let spends: Vec<Spend> =
            purchases.iter().zip(totals).filter_map(|(p, total)| Spend::of_total(p.repeat() + 1, total).ok()).collect();
        let spend = GammaGamma::fit(&spends).ok();
        let came_back = purchases.iter().filter(|purchases| purchases.repeat() > 0).count();
        Ok(Ok(Self { purchases: best, spend, customers: of.len(), came_back, without_left_censored }))
    }

    /// The features that models use of it, for a label window: the logit of the probability of no purchase in it.
    #[must_use]
    pub fn modelled(&self, window: LabelWindow) -> Vec<Arc<Feature>> {
        vec![Arc::new(self.feature(Forecast::silence(window), Use::Modelled))]
    }

    /// All features, for tables: the silence is that of the label window, purchases and spend are counted from the as-of date
    /// to its end.
    #[must_use]
    pub fn features(&self, window: LabelWindow) -> Vec<Arc<Feature>> {
        let days = days_of(window.reach());
        let mut features = self.modelled(window);
        let mut forecasts = vec![Forecast::Alive, Forecast::Purchases(days)];
        forecasts.extend(self.spend.map(|_| Forecast::Spend(days)));
        features.extend(forecasts.into_iter().map(|forecast| Arc::new(self.feature(forecast, Use::Described))));
        features
    }

    fn feature(&self, forecast: Forecast, used: Use) -> Feature {
        let fitted = Fitted { model: self.purchases, spend: self.spend, forecast };
        let (name, label, unit, transform, says) = forecast.words();
        Feature {
            name: name.to_owned(),
            label: label.to_owned(),
            family: Family::BuyTillYouDie,
            unit,
            description: format!("{says}, by {} fitted at training", self.purchases.kind().name()),
            transform,
            used,
            definition: Expression::Fitted(Box::new(fitted)),
        }
    }
}

/// Lengths of label windows are at most 3,650 days, and so are leads.
fn days_of(days: i32) -> u16 {
    u16::try_from(days).unwrap_or(u16::MAX)
}

impl Forecast {
    /// The forecast of no purchase in a label window.
    fn silence(window: LabelWindow) -> Self {
        match window.lead {
            0 => Self::Silence(days_of(window.horizon.get())),
            lead => Self::SilenceAfter { lead, days: days_of(window.horizon.get()) },
        }
    }

    /// Name, label, unit, transform and meaning of the feature.
    fn words(self) -> (&'static str, &'static str, Unit, Transform, String) {
        match self {
            Forecast::Alive => {
                let says = "Probability that the customer has not left".to_owned();
                ("p_alive", "chance of being alive", Unit::Share, Transform::Identity, says)
            }
            Forecast::Silence(days) => (
                "silence_logit",
                "forecast of silence",
                Unit::Ratio,
                Transform::Identity,
                format!("Logit of the probability of no purchase within {days} days"),
            ),
            Forecast::SilenceAfter { lead, days } => (
                "silence_logit",
                "forecast of silence",
                Unit::Ratio,
                Transform::Identity,
                format!(
                    "Logit of the probability of no purchase in the {days} days from {lead} days after the as-of date on"
                ),
            ),
            Forecast::Purchases(days) => (
                "expected_purchases",
                "forecast of purchases",
                Unit::Count,
                Transform::Log1p,
                format!("Expected number of days with a purchase within {days} days"),
            ),
            Forecast::Spend(days) => (
                "expected_spend",
                "forecast of spend",
                Unit::Currency,
                Transform::Log1p,
                format!("Money that the purchases expected within {days} days bring"),
            ),
        }
    }
}

impl Fitted {
    /// The model of purchases.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What is forecast.
    #[must_use]
    pub fn forecast(&self) -> Forecast {
        self.forecast
    }

    /// The forecast for a customer with so many days with a purchase (at least one), the first and the last of them so many
    /// whole days ago, who spent so much a day on average; NaN where it is not defined.
    pub(crate) fn value(&self, days: f64, since_first: f64, since_last: f64, mean_spend: f64) -> f64 {
        if days.is_nan() || days < 1.0 {
            return f64::NAN;
        }
        let repeat = days as u32 - 1;
        let Ok(purchases) = Purchases::new(repeat, since_first - since_last, since_first) else { return f64::NAN };
        let value = match self.forecast {
            Forecast::Alive => Ok(self.model.probability_alive(&purchases)),
            Forecast::Silence(horizon) => self
                .model
                .logit_no_purchase(&purchases, f64::from(horizon))
                .map(|logit| logit.clamp(-LARGEST_LOGIT, LARGEST_LOGIT)),
            Forecast::SilenceAfter { lead, days } => {
                let (lead, days) = (f64::from(lead), f64::from(days));
                self.model.probability_no_purchase_after(&purchases, lead, days).map(logit)
            }
            Forecast::Purchases(horizon) => self.model.expected_purchases(&purchases, f64::from(horizon)),
            Forecast::Spend(horizon) => self.expected_spend(&purchases, f64::from(horizon), mean_spend),
        };
        value.ok().filter(|value| value.is_finite()).unwrap_or(f64::NAN)
    }

    fn expected_spend(&self, purchases: &Purchases, horizon: f64, mean: f64) -> Result<f64, InputError> {
        let Some(model) = &self.spend else { return Ok(f64::NAN) };
        let spend = Spend::new(purchases.repeat() + 1, mean).ok();
        Ok(self.model.expected_purchases(purchases, horizon)? * model.expected_spend(spend.as_ref())?)
    }
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
    (p / (1.0 - p)).ln()
}

/// A fitted forecast in files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    model: String,
    parameters: [f64; 4],
    spend: Option<[f64; 3]>,
    forecast: Forecast,
}

impl From<Fitted> for Parameters {
    fn from(fitted: Fitted) -> Self {
        let mut parameters = [f64::NAN; 4];
        for (slot, (_, value)) in parameters.iter_mut().zip(fitted.model.parameters().iter()) {
            *slot = value;
        }
        let spend = fitted.spend.map(|spend| {
            let GammaGammaParameters { p, q, gamma } = spend.parameters();
            [p, q, gamma]
        });
        Self { model: fitted.model.kind().name().to_owned(), parameters, spend, forecast: fitted.forecast }
    }
}

impl TryFrom<Parameters> for Fitted {
    type Error = String;

    fn try_from(from: Parameters) -> Result<Self, String> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == from.model);
        let kind = kind.ok_or_else(|| format!("expected BG/NBD, MBG/NBD or Pareto/NBD, found \"{}\"", from.model))?;
        let model = Model::new(kind, from.parameters).map_err(|error| error.to_string())?;
        let spend = from.spend.map(|[p, q, gamma]| GammaGamma::new(GammaGammaParameters { p, q, gamma }));
        let spend = spend.transpose().map_err(|error| error.to_string())?;
        Ok(Self { model, spend, forecast: from.forecast })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fitted(forecast: Forecast) -> Fitted {
        // CDNOW, in weeks turned into days: Fader, Hardie & Lee 2005, table 2.
        let model = Model::new(Kind::BgNbd, [0.243, 4.414 * 7.0, 0.793, 2.426]).unwrap();
        let spend = GammaGamma::new(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 }).unwrap();
        Fitted { model, spend: Some(spend), forecast }
    }

    #[test]
    fn forecasts_are_those_of_the_models() {
        // Three days with a purchase, the last 59 days ago, the first 272 days ago.
        let purchases = Purchases::new(2, 213.0, 272.0).unwrap();
        let of = |forecast| fitted(forecast).value(3.0, 272.0, 59.0, 40.0);
        let model = fitted(Forecast::Alive).model;
        assert_eq!(of(Forecast::Alive), model.probability_alive(&purchases));
        let none = model.probability_no_purchase(&purchases, 90.0).unwrap();
        assert!((of(Forecast::Silence(90)) - (none / (1.0 - none)).ln()).abs() < 1e-12);
        // Half a year of silence after two purchases a day is certain: the logit is the largest there is.
        assert_eq!(fitted(Forecast::Silence(90)).value(300.0, 480.0, 180.0, 40.0), LARGEST_LOGIT);
        assert!(
            (logit(1.0) - LARGEST_LOGIT).abs() < 1e-6
                && ((1.0 - 1e-9_f64).ln() - 1e-9_f64.ln() - LARGEST_LOGIT).abs() < 1e-14
        );
        let later = model.probability_no_purchase_after(&purchases, 14.0, 30.0).unwrap();
        assert!((of(Forecast::SilenceAfter { lead: 14, days: 30 }) - (later / (1.0 - later)).ln()).abs() < 1e-12);
        let expected = model.expected_purchases(&purchases, 90.0).unwrap();
        assert_eq!(of(Forecast::Purchases(90)), expected);
        // (p gamma + p x mean) / (p x + q - 1), notes/025.
        let mean = (6.25 * 15.44 + 6.25 * 3.0 * 40.0) / (6.25 * 3.0 + 3.74 - 1.0);
        assert!((of(Forecast::Spend(90)) - expected * mean).abs() < 1e-9);
        assert!(fitted(Forecast::Alive).value(0.0, f64::NAN, f64::NAN, f64::NAN).is_nan());
    }

    #[test]
    fn what_is_written_reads_back_and_impossible_parameters_are_refused() {
        let after = fitted(Forecast::SilenceAfter { lead: 14, days: 30 });
        assert_eq!(serde_json::from_str::<Fitted>(&serde_json::to_string(&after).unwrap()).unwrap(), after);
        let fitted = fitted(Forecast::Spend(90));
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<Fitted>(&text).unwrap(), fitted);
        for (from, to) in [("BG/NBD", "XX"), ("0.243", "-1"), ("6.25", "0"), ("\"spend\"", "\"spent\"")] {
            assert!(text.contains(from));
            assert!(serde_json::from_str::<Fitted>(&text.replacen(from, to, 1)).is_err(), "{from}");
        }
    }
}
