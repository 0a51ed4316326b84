//! What offers do to customers: learnt from past campaigns in the offers table, or assumed.

use std::sync::Arc;

use decisions::DecisionError;
use decisions::plan::{Response, State as PlanState};
use decisions::uplift::{AssumedResponse, UpliftModel, UpliftSettings, balance, fit};
use feature_engineering::{Feature, features};
use history::{Date, Export};
use scoring::Model;

use super::campaign::{Past, PastRows};
use super::people::People;
use crate::exit::UsageError;
use crate::progress::Progress;
use crate::project::{PlanRules, Project};

/// Where the responses come from.
#[derive(Debug)]
pub(super) enum Responses {
    /// From campaigns with a control.
    Learnt(Box<Learnt>),
    /// From the project file.
    Assumed { eligible: AssumedResponse, lapsed: Option<AssumedResponse> },
}

/// A model of past campaigns.
#[derive(Debug)]
pub(super) struct Learnt {
    pub(super) model: UpliftModel,
    /// For each arm of the model, from 1 on, the place of its offer in the catalogue.
    pub(super) offer_of_arm: Vec<usize>,
    /// For each arm the share of those with the offer who took it, where the export says so.
    pub(super) accepted: Vec<Option<f64>>,
    pub(super) past: PastRows,
    /// Whether lapsed customers were in the campaigns, so that something is known of them.
    pub(super) knows_lapsed: bool,
    features: Vec<Arc<Feature>>,
}

/// Lapsed customers of the campaigns, in each arm, from which on something is known of them.
const LEAST_LAPSED: usize = 100;

/// Arms that were not drawn by lot.
#[derive(Debug)]
pub(crate) struct NotRandomised(String);

impl std::fmt::Display for NotRandomised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotRandomised {}

impl Responses {
    /// Learns from the campaigns that were over by the as-of date, if there are any, else takes the stated assumption.
    ///
    /// # Errors
    /// There is neither; or the arms of the campaigns were not drawn by lot.
    pub(super) fn of(
        project: &Project,
        rules: &PlanRules,
        export: &Export,
        model: &Model,
        as_of: Date,
        progress: &mut Progress,
    ) -> anyhow::Result<Self> {
        progress.stage("learning what past offers did");
        let past = Past::read(project, rules, export, model, as_of)?;
        for note in past.notes() {
            progress.warn(note);
        }
        let why_not = match past.rows {
            Some(rows) => match learn(rules, rows, progress)? {
                Ok(learnt) => return Ok(Self::Learnt(Box::new(learnt))),
                Err(too_few) => format!("the past campaigns are too small to learn from ({too_few})"),
            },
            None => "there is no past campaign with a control that was over by the as-of date".to_owned(),
        };
        match rules.response {
            Some(eligible) => {
                progress.warn(format!(
                    "{why_not}: this plan rests on the assumption in [plan] response, of which nothing is known; its hold-out \
                     is the experiment that will tell"
                ));
                Ok(Self::Assumed { eligible, lapsed: rules.response_lapsed })
            }
            None => Err(UsageError(format!(
                "nothing says what offers do: {why_not}. Make the offer to a random half of some customers, export who got it \
                 as [offers] with the arms treatment and control, and plan again once the churn horizon is over; or state an \
                 assumption, such as [plan] response = {{ saved = 0.1, taken_anyway = 0.3 }}: of customers who would leave, 10 % \
                 stay for the offer, and of those who would stay, 30 % take it as well"
            ))
            .into()),
        }
    }

    /// What each offer of the catalogue does to each customer, in the order of the customers; a customer of whom nothing is known
    /// has no response to any.
    ///
    /// # Errors
    /// Rows cannot be read, or numbers make no sense.
    pub(super) fn of_customers(
        &self,
        rules: &PlanRules,
        export: &Export,
        model: &Model,
        as_of: Date,
        people: &People,
    ) -> anyhow::Result<Vec<Vec<Response>>> {
        const NONE: Response = Response { uplift: 0.0, uplift_error: 0.0, acceptance: 0.0 };
        let offers = rules.offers.len();
        match self {
            Self::Assumed { eligible, lapsed } => {
                let of = |person: &super::people::Person| -> Result<Vec<Response>, DecisionError> {
                    let assumed = match person.state {
                        PlanState::Eligible => Some(*eligible),
                        PlanState::Lapsed => *lapsed,
                        PlanState::New => None,
                    };
                    let response = match assumed.zip(person.churn_probability) {
                        Some((assumed, p)) => assumed.of_customer(p)?,
                        None => NONE,
                    };
                    Ok(vec![response; offers])
                };
                Ok(people.rows.iter().map(of).collect::<Result<_, _>>()?)
            }
            Self::Learnt(learnt) => {
                let known = |state: PlanState| {
                    state == PlanState::Eligible || (state == PlanState::Lapsed && learnt.knows_lapsed)
                };
                let rows: Vec<usize> = (0..people.rows.len()).filter(|row| known(people.rows[*row].state)).collect();
                let customers: Vec<u32> = rows.iter().map(|row| people.rows[*row].customer).collect();
                let table = features(&model.history(export, as_of), &customers, &learnt.features)?;
                let lapsed: Vec<f64> =
                    rows.iter().map(|row| f64::from(u8::from(people.rows[*row].state == PlanState::Lapsed))).collect();
                let mut columns: Vec<&[f64]> = table.columns().iter().map(Vec::as_slice).collect();
                columns.push(&lapsed);
                let said = match rules.caution > 0.0 {
                    true => learnt.model.predict_with_errors(&columns)?,
                    false => learnt.model.predict(&columns)?,
                };
                let mut responses = vec![vec![NONE; offers]; people.rows.len()];
                for (arm, &offer) in learnt.offer_of_arm.iter().enumerate() {
                    for (at, &row) in rows.iter().enumerate() {
                        let uplift = said.uplift[arm][at];
                        responses[row][offer] = Response {
                            uplift,
                            uplift_error: said.errors.get(arm).map_or(0.0, |errors| errors[at]),
                            // Where nobody knows who takes it, everybody is taken to.
                            acceptance: learnt.accepted[arm].unwrap_or(1.0),
                        };
                    }
                }
                Ok(responses)
            }
        }
    }
}

/// A model of the campaigns; within, why there is too little to make one.
fn learn(rules: &PlanRules, past: PastRows, progress: &mut Progress) -> anyhow::Result<Result<Learnt, DecisionError>> {
    let columns: Vec<&[f64]> = past.columns.iter().map(Vec::as_slice).collect();
    let campaign = past.campaign(&columns);
    let settings = UpliftSettings { not_randomised: rules.not_randomised, ..UpliftSettings::default() };
    let model = match fit(&campaign, &settings) {
        Ok(model) => model,
        Err(error @ DecisionError::TooFew { .. }) => return Ok(Err(error)),
        Err(DecisionError::NotRandomised { .. }) => {
            return Err(NotRandomised(not_randomised(&balance(&campaign)?, &past)).into());
        }
        Err(error) => return Err(error.into()),
    };
    if !model.is_randomised() {
        progress.warn(
            "the arms of the past campaigns were not drawn by lot: what offers seem to do may be the work of whoever chose the \
             customers (plan.not_randomised)",
        );
    }
    for arm in 0..past.offers.len() {
        let name = &rules.offers[past.offers[arm]];
        if name.incentive_cost > history::Money::ZERO && past.accepted[arm].is_none() {
            progress.warn(format!(
                "{}: the offers table does not say who accepted, so everybody who is contacted is taken to take the incentive",
                name.name
            ));
        }
    }
    let lapsed_of = |arm: usize| (0..past.arm.len()).filter(|row| past.arm[*row] == arm && past.lapsed[*row]).count();
    let knows_lapsed = (0..=past.offers.len()).all(|arm| lapsed_of(arm) >= LEAST_LAPSED);
    drop(columns);
    Ok(Ok(Learnt {
        model,
        offer_of_arm: past.offers.clone(),
        accepted: past.accepted.clone(),
        knows_lapsed,
        features: past.features.clone(),
        past,
    }))
}

/// Why arms are not taken to be drawn by lot.
pub(super) fn not_randomised(found: &[decisions::uplift::Balance], past: &PastRows) -> String {
    let worst = found.iter().filter(|balance| !balance.is_randomised()).min_by(|a, b| a.p_value.total_cmp(&b.p_value));
    let detail = worst.map_or_else(String::new, |worst| {
        let most = worst.largest().map_or_else(String::new, |most| {
            let name = past.feature_name(most.feature);
            let of = if most.missing { "whether it is known" } else { "its mean" };
            format!("; {name} differs most ({of}, by {:.2} standard deviations)", most.difference)
        });
        format!(
            ": \"{}\" against its control, chi-square {:.0} with {} degrees of freedom{most}",
            past.names[worst.arm - 1],
            worst.statistic,
            worst.degrees
        )
    });
    format!(
        "expected arms that were drawn by lot, found that customers with the offer differed from the others before they got it{detail}; \
         what such a campaign seems to have done is the work of whoever chose the customers. Export the campaign as it was drawn, or \
         set [plan] not_randomised = true and read every figure with doubt"
    )
}
