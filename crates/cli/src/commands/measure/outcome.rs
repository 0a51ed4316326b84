//! What became of the customers of a plan.

use std::collections::HashMap;

use evaluation::{Estimate, wilson_interval};
use feature_engineering::Snapshot;
use history::{Date, Export, LabelWindow, Money};

use super::plan_file::PlanFile;
use crate::exit::UsageError;
use crate::project::Project;

/// One entry each for every customer of the plan of whom it is known what became of them.
#[derive(Debug)]
pub(super) struct Outcomes {
    /// Places in the plan.
    pub(super) rows: Vec<usize>,
    pub(super) contact: Vec<bool>,
    pub(super) retained: Vec<bool>,
    pub(super) margin: Vec<f64>,
    pub(super) cost: Vec<Money>,
    pub(super) churn_probability: Vec<f64>,
    pub(super) expected_margin: Option<Vec<f64>>,
    /// Whether costs are those of the offers table; else those that were planned.
    pub(super) actual_costs: bool,
    /// Of those to contact, how many the offers table says were contacted; none where it says nothing since the plan.
    pub(super) reached: Option<u64>,
    /// Of those held out, how many were contacted all the same.
    pub(super) contacted_by_mistake: Option<u64>,
    unknown: usize,
    neither: usize,
}

impl Outcomes {
    /// # Errors
    /// The export lacks margins, the window is not over, or rows cannot be read.
    pub(super) fn of(project: &Project, export: &Export, plan: &PlanFile, window: LabelWindow) -> anyhow::Result<Self> {
        let factor = match (export.has_margin(), project.plan.margin) {
            (true, _) => 1.0,
            (false, Some(share)) => share,
            (false, None) => {
                return Err(UsageError(
                    "expected margins, found amounts only: map margin or cost in [transactions] columns, or set [plan] margin"
                        .to_owned(),
                )
                .into());
            }
        };
        let outcome = export.outcome(plan.as_of, window)?;
        let numbers: HashMap<&str, u32> = export.customer_ids().iter().zip(0..).collect();
        let mut wanted: Vec<(u32, usize)> = Vec::with_capacity(plan.rows.len());
        for (at, row) in plan.rows.iter().enumerate() {
            wanted.extend(numbers.get(row.customer_id.as_ref()).map(|customer| (*customer, at)));
        }
        let unknown = plan.rows.len() - wanted.len();
        wanted.sort_unstable();
        let customers: Vec<u32> = wanted.iter().map(|(customer, _)| *customer).collect();
        let known = project.churn.history(export, plan.as_of);
        let eligibility = project.churn.eligibility();
        let snapshot = Snapshot::of(&known, eligibility, &customers)?;
        let labels = project.churn.definition.labels(&known, &outcome, eligibility, &snapshot.eligible)?;
        let bought = outcome.map(&customers, |block, customer| outcome.bought(block, customer))?;
        let values = outcome.map(&customers, |block, customer| outcome.value(block, customer))?;
        let since = Contacts::since(export, plan.as_of, &customers);
        let planned = planned_costs(plan);
        let mut found = Self {
            rows: Vec::new(),
            contact: Vec::new(),
            retained: Vec::new(),
            margin: Vec::new(),
            cost: Vec::new(),
            churn_probability: Vec::new(),
            expected_margin: None,
            actual_costs: since.as_ref().is_some_and(|since| since.costs.is_some()),
            reached: since.as_ref().map(|_| 0),
            contacted_by_mistake: since.as_ref().map(|_| 0),
            unknown,
            neither: 0,
        };
        let mut expected = Vec::new();
        for (place, (customer, at)) in wanted.iter().enumerate() {
            let retained = match snapshot.eligible.binary_search(customer) {
                Ok(eligible) => labels[eligible].map(|churned| !churned),
                Err(_) => Some(bought[place]),
            };
            let Some(retained) = retained else {
                found.neither += 1;
                continue;
            };
            let row = &plan.rows[*at];
            found.rows.push(*at);
            found.contact.push(row.contact);
            found.retained.push(retained);
            found.margin.push(factor * values[place].to_f64());
            let actual = since.as_ref().and_then(|since| since.costs.as_ref()).map(|costs| costs[place]);
            found.cost.push(actual.unwrap_or(if row.contact { planned[*at] } else { Money::ZERO }));
            found.churn_probability.push(row.churn_probability);
            expected.push(row.value.map(|value| value * (1.0 - row.churn_probability)));
            if let Some(since) = &since {
                let count = if row.contact { &mut found.reached } else { &mut found.contacted_by_mistake };
                *count = count.map(|count| count + u64::from(since.contacted[place]));
            }
        }
        found.expected_margin = expected.into_iter().collect();
        Ok(found)
    }

    /// What the user should know.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.unknown > 0 {
            notes.push(format!(
                "{} customers of the plan are not in the export: they are left out of both arms (is it the export of this company?)",
                self.unknown
            ));
        }
        if self.neither > 0 {
            notes.push(format!(
                "{} customers neither churned nor stayed (they left for another reason), and are left out",
                self.neither
            ));
        }
        if let Some(mistakes) = self.contacted_by_mistake.filter(|count| *count > 0) {
            notes.push(format!(
                "{mistakes} customers who were held out got an offer all the same: they count as held out, as the lot had it, which makes the \
                 effect look smaller than it is"
            ));
        }
        notes
    }
}

/// A plan's own costs.
fn planned_costs(plan: &PlanFile) -> Vec<Money> {
    plan.rows.iter().map(|row| row.cost).collect()
}

/// What the offers table says of contacts since the plan.
struct Contacts {
    contacted: Vec<bool>,
    costs: Option<Vec<Money>>,
}

impl Contacts {
    /// `None` where the table says nothing about anybody since the plan.
    fn since(export: &Export, as_of: Date, customers: &[u32]) -> Option<Self> {
        let history = export.history(export.complete_through());
        let (mut contacted, mut costs) = (vec![false; customers.len()], vec![Money::ZERO; customers.len()]);
        let mut any = false;
        for (at, customer) in customers.iter().enumerate() {
            for row in history.offers(*customer).filter(|row| row.timestamp.date() >= as_of && row.treated) {
                any = true;
                contacted[at] |= !export.has_contacted_at() || row.contacted_at.is_some();
                costs[at] = costs[at].plus(row.cost.unwrap_or(Money::ZERO));
            }
        }
        any.then(|| Self { contacted, costs: export.has_offer_costs().then_some(costs) })
    }
}

/// Lapsed customers who bought again within the window.
#[derive(Debug)]
pub(super) struct Returned {
    /// Among all who had lapsed at the plan's date: how many, and the share that returned.
    pub(super) lapsed: u64,
    pub(super) all: Estimate,
    /// Among those of the plan that were to be contacted, and held out.
    pub(super) contacted: (u64, Estimate),
    pub(super) held_out: (u64, Estimate),
}

impl Returned {
    /// # Errors
    /// Rows cannot be read.
    pub(super) fn of(project: &Project, export: &Export, plan: &PlanFile, window: LabelWindow) -> anyhow::Result<Self> {
        let outcome = export.outcome(plan.as_of, window)?;
        let known = project.churn.history(export, plan.as_of);
        let lapsed = Snapshot::take(&known, project.churn.eligibility())?.lapsed;
        let bought = outcome.map(&lapsed, |block, customer| outcome.bought(block, customer))?;
        let arm_of: HashMap<&str, bool> = plan.rows.iter().map(|row| (row.customer_id.as_ref(), row.contact)).collect();
        let ids = export.customer_ids();
        let share = |wanted: &dyn Fn(Option<bool>) -> bool| -> anyhow::Result<(u64, Estimate)> {
            let of = |customer: u32| ids.get(customer as usize).and_then(|id| arm_of.get(id)).copied();
            let rows: Vec<bool> = lapsed
                .iter()
                .zip(&bought)
                .filter(|(customer, _)| wanted(of(**customer)))
                .map(|(_, bought)| *bought)
                .collect();
            let (all, returned) = (rows.len() as u64, rows.iter().filter(|bought| **bought).count() as u64);
            if all == 0 {
                return Ok((0, Estimate::NONE));
            }
            Ok((all, Estimate::new(returned as f64 / all as f64, wilson_interval(returned, all))?))
        };
        let (count, all) = share(&|_| true)?;
        Ok(Self {
            lapsed: count,
            all,
            contacted: share(&|arm| arm == Some(true))?,
            held_out: share(&|arm| arm == Some(false))?,
        })
    }
}
