//! The customers whom a plan looks at: what they are worth, whether they may be contacted, what was left undone.

use decisions::measures::{NeglectRules, OpenMatters, clv_of_forecast, neglect};
use decisions::plan::State as PlanState;
use feature_engineering::State;
use history::{Date, Days, Export};
use scoring::{Model, Scores};

use crate::contacts::Looked;
use crate::exit::UsageError;
use crate::lapsed_value::values_of_lapsed;
use crate::project::PlanRules;

/// One customer, as of the date of the plan.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Number in the export.
    pub(super) customer: u32,
    pub(super) state: PlanState,
    /// Of lapsed customers the probability of not returning.
    pub(super) churn_probability: Option<f64>,
    /// Expected margin over the period that counts, if the customer stays (or returns).
    pub(super) value: f64,
    pub(super) contact_allowed: bool,
    pub(super) last_contact: Option<Date>,
    pub(super) held_out: Option<Date>,
    pub(super) open: OpenMatters,
}

/// All customers that are scored, with what does not change from one to the next.
#[derive(Debug)]
pub(super) struct People {
    pub(super) rows: Vec<Person>,
    /// Days over which margin counts.
    pub(super) value_days: i32,
    /// Where the margin comes from, in words.
    pub(super) margin: String,
}

/// The days of a year, for a discount rate.
const YEAR: f64 = 365.0;

impl People {
    /// # Errors
    /// The export lacks what a plan needs, and the project file does not make up for it; or rows cannot be read.
    pub(super) fn of(rules: &PlanRules, export: &Export, model: &Model, scores: &Scores) -> anyhow::Result<Self> {
        let (factor, margin) = margin_factor(rules, export)?;
        check_permission(rules, export)?;
        let horizon = model.window().horizon;
        let over = rules.value_over.unwrap_or(horizon);
        if over.get() < horizon.get() {
            return Err(UsageError(format!(
                "plan.value_over: expected at least the churn horizon (\"{horizon}\"), found \"{over}\""
            ))
            .into());
        }
        let worth = Worth { horizon, over, discount: rules.discount, factor };
        let history = export.history(scores.as_of());
        let customers: Vec<u32> = scores.rows().iter().map(|row| row.customer).collect();
        let looked = Looked::at(&history, &customers)?;
        let lapsed: Vec<u32> =
            scores.rows().iter().filter(|row| row.state == State::Lapsed).map(|row| row.customer).collect();
        let mut returned = values_of_lapsed(model, export, scores.as_of(), &lapsed)?.into_iter();
        let mut rows = Vec::with_capacity(customers.len());
        for (row, looked) in scores.rows().iter().zip(looked) {
            let (state, churn_probability, of_horizon) = match row.state {
                State::Eligible => {
                    let scored = row.scored.as_ref();
                    let value = scored.map_or(0.0, |scored| scored.expected_value);
                    (PlanState::Eligible, scored.map(|scored| scored.probability), value)
                }
                State::Lapsed => {
                    let value = returned.next().unwrap_or(0.0);
                    (PlanState::Lapsed, row.return_probability.map(|returns| 1.0 - returns), value)
                }
                State::New => (PlanState::New, None, 0.0),
            };
            // Of who returns it is not known yet whether they stay; they are taken to leave as others do not.
            let stays = if state == PlanState::Eligible { 1.0 - churn_probability.unwrap_or(0.0) } else { 0.0 };
            rows.push(Person {
                customer: row.customer,
                state,
                churn_probability,
                value: worth.of(of_horizon, stays)?,
                contact_allowed: rules.everybody_may_be_contacted
                    || history.contact_allowed(row.customer).unwrap_or(false),
                last_contact: looked.last_contact,
                held_out: looked.held_out,
                open: looked.open,
            });
        }
        Ok(Self { rows, value_days: over.get(), margin })
    }
}

/// What turns a value of one horizon into one of the period that counts.
#[derive(Debug, Clone, Copy)]
struct Worth {
    horizon: Days,
    over: Days,
    discount: f64,
    factor: f64,
}

impl Worth {
    /// `value` is the margin of one horizon of a customer who stays; after it, the customer stays through each further one with
    /// probability `stays`. The last one counts for its part.
    fn of(self, value: f64, stays: f64) -> anyhow::Result<f64> {
        let horizons = f64::from(self.over.get()) / f64::from(self.horizon.get());
        let rate = (1.0 + self.discount).powf(f64::from(self.horizon.get()) / YEAR) - 1.0;
        let (mut cumulated, mut so_far, mut weight) = (Vec::new(), 0.0, 1.0);
        let mut left = horizons;
        while left > 1e-9 {
            so_far += weight * left.min(1.0);
            cumulated.push(so_far);
            weight *= stays;
            left -= 1.0;
        }
        Ok(clv_of_forecast(&cumulated, value.max(0.0), self.factor, rate)?)
    }
}

/// The share of a value that is margin, and where that comes from.
fn margin_factor(rules: &PlanRules, export: &Export) -> Result<(f64, String), UsageError> {
    match (export.has_margin(), rules.margin) {
        (true, None) => Ok((1.0, "the export's margins".to_owned())),
        (false, Some(share)) => Ok((share, format!("{:.0} % of the amounts (plan.margin)", 100.0 * share))),
        (true, Some(_)) => Err(UsageError(
            "plan.margin: expected nothing, since the export has margins of its own; take the key out".to_owned(),
        )),
        (false, None) => Err(UsageError(
            "expected margins, found amounts only: map margin or cost in [transactions] columns, or say what share of the \
             amounts is margin, such as [plan] margin = 0.3; weighed against revenue, every offer would look as if it paid"
                .to_owned(),
        )),
    }
}

fn check_permission(rules: &PlanRules, export: &Export) -> Result<(), UsageError> {
    let has = export.undated_attributes().any(|name| name == "contact_allowed");
    if has || rules.everybody_may_be_contacted {
        return Ok(());
    }
    Err(UsageError(
        "nothing says who may be contacted: map contact_allowed in [customers] columns (an empty cell means no), or set [plan] \
         contact_allowed = \"all\" if everybody has agreed"
            .to_owned(),
    ))
}

impl Person {
    /// What was neglected, worst first.
    pub(super) fn neglected(&self, as_of: Date) -> Vec<decisions::measures::Neglect> {
        neglect(&self.open, as_of, &NeglectRules::default())
    }
}
