//! What past campaigns show, whether or not there is anything to plan: for the report.

use decisions::DecisionError;
use decisions::plan::Offer;
use decisions::uplift::{OfferCheck, UpliftModel, UpliftSettings, balance, fit};
use history::{Date, Export, Money};
use scoring::Model;

use super::campaign::Past;
use super::response::not_randomised;
use crate::project::{PlanRules, Project};

/// What the offers table shows.
#[derive(Debug)]
pub(crate) enum Observed {
    /// What offers did.
    Learnt(Box<ObservedResponse>),
    /// Nothing, and why.
    Nothing(String),
}

/// A model of the past campaigns, all offers that were ever made included.
#[derive(Debug)]
pub(crate) struct ObservedResponse {
    model: UpliftModel,
    names: Vec<String>,
    notes: Vec<String>,
}

impl ObservedResponse {
    /// What was found of each offer on rows held out, with its name.
    pub(crate) fn checks(&self) -> impl Iterator<Item = (&OfferCheck, &str)> {
        self.model.checks().iter().zip(self.names.iter().map(String::as_str))
    }

    /// Whether the arms were drawn by lot.
    pub(crate) fn is_randomised(&self) -> bool {
        self.model.is_randomised()
    }

    /// What the user should know about rows that were not used.
    pub(crate) fn notes(&self) -> impl Iterator<Item = String> {
        self.notes.iter().cloned()
    }
}

/// Learns from the campaigns that were over by a date.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn observed(project: &Project, export: &Export, model: &Model, as_of: Date) -> anyhow::Result<Observed> {
    let mut rules = PlanRules { offers: Vec::new(), ..project.plan.clone() };
    rules.offers.extend(export.offer_names().map(|name| Offer {
        name: name.to_owned(),
        contact_cost: Money::ZERO,
        incentive_cost: Money::ZERO,
        channels: Vec::new(),
    }));
    let past = Past::read(project, &rules, export, model, as_of)?;
    let notes = past.notes();
    let Some(rows) = past.rows else {
        return Ok(Observed::Nothing(
            "[offers] has no campaign with a control whose churn horizon was over by the as-of date".to_owned(),
        ));
    };
    let columns: Vec<&[f64]> = rows.columns.iter().map(Vec::as_slice).collect();
    let campaign = rows.campaign(&columns);
    let settings = UpliftSettings { not_randomised: rules.not_randomised, ..UpliftSettings::default() };
    match fit(&campaign, &settings) {
        Ok(model) => {
            let names = rows.names.clone();
            Ok(Observed::Learnt(Box::new(ObservedResponse { model, names, notes })))
        }
        Err(error @ DecisionError::TooFew { .. }) => {
            Ok(Observed::Nothing(format!("the past campaigns are too small to learn from ({error})")))
        }
        Err(DecisionError::NotRandomised { .. }) => Ok(Observed::Nothing(not_randomised(&balance(&campaign)?, &rows))),
        Err(error) => Err(error.into()),
    }
}
