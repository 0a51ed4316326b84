//! The sections `[plan]` and `[[offers.catalogue]]`: what can be offered, and within which means and rules.

use std::collections::BTreeMap;

use decisions::plan::{Capacity, HoldOut, Offer};
use decisions::uplift::AssumedResponse;
use history::{Days, Money};
use serde::Deserialize;
use toml::Spanned;

use super::error::{ProjectError, Source};
use super::file::{CatalogueOffer, Text};
use super::values;

/// What the project says about plans.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlanRules {
    /// What can be offered.
    pub(crate) offers: Vec<Offer>,
    /// The most that a plan may cost.
    pub(crate) budget: Option<Money>,
    /// Limits of channels.
    pub(crate) capacity: Vec<Capacity>,
    /// Days after a contact within which there is no other.
    pub(crate) cooling_off: u32,
    /// Who is left alone by lot.
    pub(crate) hold_out: HoldOut,
    /// How much of the coming margin counts; the churn horizon where nothing is said.
    pub(crate) value_over: Option<Days>,
    /// Margin as a share of the amount, where the export has no margins.
    pub(crate) margin: Option<f64>,
    /// Discount rate of a year.
    pub(crate) discount: f64,
    /// Standard errors by which uplifts are lowered.
    pub(crate) caution: f64,
    /// The project says that everybody may be contacted; otherwise only those of whom the customers table says so.
    pub(crate) everybody_may_be_contacted: bool,
    /// Campaigns are used although their arms were not drawn by lot.
    pub(crate) not_randomised: bool,
    /// What is assumed of customers who buy, where no campaign says it.
    pub(crate) response: Option<AssumedResponse>,
    /// What is assumed of lapsed customers.
    pub(crate) response_lapsed: Option<AssumedResponse>,
    /// Seed of the lot.
    pub(crate) seed: u64,
}

/// `[plan]` as it was written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanSection {
    budget: Option<Spanned<f64>>,
    days: Option<Spanned<i64>>,
    #[serde(default)]
    capacity: BTreeMap<Text, Spanned<i64>>,
    cooling_off: Option<Text>,
    hold_out: Option<Spanned<f64>>,
    power: Option<Spanned<f64>>,
    value_over: Option<Text>,
    margin: Option<Spanned<f64>>,
    discount: Option<Spanned<f64>>,
    caution: Option<Spanned<f64>>,
    contact_allowed: Option<Text>,
    not_randomised: Option<bool>,
    response: Option<ResponseSection>,
    response_lapsed: Option<ResponseSection>,
    seed: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseSection {
    saved: Spanned<f64>,
    taken_anyway: Spanned<f64>,
}

const DEFAULT_COOLING_OFF: u16 = 30;
const DEFAULT_POWER: f64 = 0.9;
const DEFAULT_DAYS: i64 = 20;
/// Where offers hardly pay, plans without any lose on average; where offers pay, it costs some per cent (docs/decisions.md).
const DEFAULT_CAUTION: f64 = 1.0;
/// Of a plan at most this share is left alone.
const MOST_HELD_OUT: f64 = 0.5;
const MOST_MONEY: f64 = 9e14;

pub(super) fn plan_rules(
    source: &Source<'_>,
    section: &PlanSection,
    catalogue: &[CatalogueOffer],
) -> Result<PlanRules, ProjectError> {
    let number = |key: &str, given: Option<&Spanned<f64>>, expected: &str, good: &dyn Fn(f64) -> bool| {
        let Some(given) = given else { return Ok(None) };
        let value = *given.get_ref();
        if value.is_finite() && good(value) {
            return Ok(Some(value));
        }
        Err(source.error(&given.span(), format!("{key}: expected {expected}, found {value}")))
    };
    let share = |key: &str, given: Option<&Spanned<f64>>, most: f64| {
        number(key, given, &format!("a share from 0 to {most}"), &|value| (0.0..=most).contains(&value))
    };
    let amount = |key: &str, given: Option<&Spanned<f64>>| {
        number(key, given, "an amount of 0 or more", &|value| (0.0..MOST_MONEY).contains(&value))
    };
    let assumed = |key: &str, given: Option<&ResponseSection>| -> Result<Option<AssumedResponse>, ProjectError> {
        let Some(given) = given else { return Ok(None) };
        let saved = share(&format!("plan.{key}.saved"), Some(&given.saved), 1.0)?;
        let taken_anyway = share(&format!("plan.{key}.taken_anyway"), Some(&given.taken_anyway), 1.0)?;
        Ok(saved.zip(taken_anyway).map(|(saved, taken_anyway)| AssumedResponse { saved, taken_anyway }))
    };
    let whole = |key: &str, given: &Spanned<i64>, least: i64| {
        u64::try_from(*given.get_ref()).ok().filter(|_| *given.get_ref() >= least).ok_or_else(|| {
            let found = given.get_ref();
            source.error(&given.span(), format!("{key}: expected a whole number of {least} or more, found {found}"))
        })
    };
    if let (Some(given), Some(_)) = (&section.power, &section.hold_out) {
        let message =
            "plan.power: expected either hold_out (a share) or power (a share that is sized for it), found both";
        return Err(source.error(&given.span(), message));
    }
    let power = number("plan.power", section.power.as_ref(), "a number above 0 and below 1, such as 0.9", &|power| {
        power > 0.0 && power < 1.0
    })?;
    let hold_out = match share("plan.hold_out", section.hold_out.as_ref(), MOST_HELD_OUT)? {
        Some(share) => HoldOut::Share(share),
        None => HoldOut::ForPower { power: power.unwrap_or(DEFAULT_POWER), most: MOST_HELD_OUT },
    };
    let days = section.days.as_ref().map(|days| whole("plan.days", days, 1)).transpose()?;
    let days = days.unwrap_or(DEFAULT_DAYS as u64);
    let capacity = section.capacity.iter().map(|(channel, per_day)| {
        let per_day = whole(&format!("plan.capacity.{}", channel.get_ref()), per_day, 0)?;
        Ok(Capacity { channel: channel.get_ref().clone(), per_day, days })
    });
    let cooling_off = values::read(
        source,
        "plan.cooling_off",
        section.cooling_off.as_ref(),
        DEFAULT_COOLING_OFF,
        values::days_or_none,
    )?;
    let value_over = values::read(source, "plan.value_over", section.value_over.as_ref(), None, |text| {
        values::days(text).map(Some)
    })?;
    let word = section.contact_allowed.as_ref();
    if let Some(given) = word.filter(|given| given.get_ref() != "all") {
        let message = format!(
            "plan.contact_allowed: expected \"all\" (everybody may be contacted), or nothing and the column contact_allowed of \
             [customers], found \"{}\"",
            given.get_ref()
        );
        return Err(source.error(&given.span(), message));
    }
    Ok(PlanRules {
        offers: offers(source, catalogue, &amount)?,
        budget: amount("plan.budget", section.budget.as_ref())?.map(money),
        capacity: capacity.collect::<Result<_, ProjectError>>()?,
        cooling_off: u32::from(cooling_off),
        hold_out,
        value_over,
        margin: number("plan.margin", section.margin.as_ref(), "a share above 0, up to 1", &|share| {
            share > 0.0 && share <= 1.0
        })?,
        discount: share("plan.discount", section.discount.as_ref(), 1.0)?.unwrap_or(0.0),
        caution: number("plan.caution", section.caution.as_ref(), "0 or more standard errors", &|value| value >= 0.0)?
            .unwrap_or(DEFAULT_CAUTION),
        everybody_may_be_contacted: word.is_some(),
        not_randomised: section.not_randomised.unwrap_or(false),
        response: assumed("response", section.response.as_ref())?,
        response_lapsed: assumed("response_lapsed", section.response_lapsed.as_ref())?,
        seed: section.seed.unwrap_or(1),
    })
}

type Amount<'a> = dyn Fn(&str, Option<&Spanned<f64>>) -> Result<Option<f64>, ProjectError> + 'a;

fn offers(source: &Source<'_>, catalogue: &[CatalogueOffer], amount: &Amount<'_>) -> Result<Vec<Offer>, ProjectError> {
    let mut offers: Vec<Offer> = Vec::new();
    for entry in catalogue {
        let name = entry.name.get_ref().trim();
        if name.is_empty() {
            return Err(source.error(&entry.name.span(), "offers.catalogue: expected a name, found none"));
        }
        if offers.iter().any(|other| other.name == name) {
            let message = format!("offers.catalogue: expected each offer once, found \"{name}\" twice");
            return Err(source.error(&entry.name.span(), message));
        }
        let cost = amount(&format!("offers.catalogue: cost of \"{name}\""), Some(&entry.cost))?;
        let incentive = amount(&format!("offers.catalogue: incentive of \"{name}\""), entry.incentive.as_ref())?;
        offers.push(Offer {
            name: name.to_owned(),
            contact_cost: money(cost.unwrap_or(0.0)),
            incentive_cost: money(incentive.unwrap_or(0.0)),
            channels: entry.channels.iter().map(|channel| channel.get_ref().trim().to_owned()).collect(),
        });
    }
    Ok(offers)
}

/// An amount below [`MOST_MONEY`], to ten-thousandths.
pub(crate) fn money(units: f64) -> Money {
    Money::from_ten_thousandths((units * 10_000.0).round() as i64)
}
