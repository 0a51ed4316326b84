//! The read-out of a plan.

use std::collections::BTreeMap;

use evaluation::Estimate;
use history::Money;

use super::difference::{Arms, StratifiedDifference, stratified_difference};
use super::intervals::{Counts, check_level, half_width, newcombe};
use super::looks::{Looks, always_valid};
use crate::DecisionError;
use crate::error::{each, same_length};
use crate::measures::{Cell, tabulate};

/// What became of the customers of a plan, one entry each in every column. Everybody whom the lot put into an arm is in it, reached or not.
#[derive(Debug, Clone, Copy)]
pub struct PlanOutcome<'a> {
    /// Whether the lot said to contact the customer; otherwise held out.
    pub contact: &'a [bool],
    /// The strata within which the lot was drawn.
    pub stratum: &'a [&'a str],
    /// Block of risk, by which effects are shown.
    pub risk_block: &'a [&'a str],
    /// Segment, likewise.
    pub segment: &'a [&'a str],
    /// Did not churn (or, of lapsed customers, returned) within the label window.
    pub retained: &'a [bool],
    /// Margin within it, before the cost of the offer.
    pub margin: &'a [f64],
    /// What was spent on the offer.
    pub cost: &'a [Money],
    /// A number known before the lot was drawn, which explains some of the margin, such as the expected value.
    pub expected_margin: Option<&'a [f64]>,
    /// The churn probability known before the lot was drawn, which explains some of who stayed.
    pub churn_probability: Option<&'a [f64]>,
}

/// What contacting customers did. Money is in units of the currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Customers to contact, as drawn.
    pub contacted: u64,
    /// Customers held out.
    pub held_out: u64,
    /// Share retained of those contacted.
    pub retained_contacted: f64,
    /// Share that would have been retained of them without the offer, from the held out.
    pub retained_held_out: f64,
    /// The first minus the second.
    pub retention: Estimate,
    /// Customers retained because of the offer: that difference times the customers contacted.
    pub customers: Estimate,
    /// Margin gained because of the offer, before its cost.
    pub margin: Estimate,
    /// What was spent on those contacted, exactly.
    pub cost: Money,
    /// Margin gained minus cost; what was spent on the held out by mistake counts as if it had been saved.
    pub profit: Estimate,
    /// Customers of those that a campaign of this kind has to keep to pay for itself, at the mean margin of the retained; none where
    /// nobody was retained.
    pub break_even_customers: Option<f64>,
    /// Strata too small for a difference of their own, and taken together.
    pub strata_pooled: usize,
}

/// What the intervals allow to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval of the profit lies above 0.
    Earned,
    /// It lies below 0.
    Lost,
    /// More customers stayed than would have, but whether that paid cannot be told.
    KeptCustomers,
    /// Fewer stayed than would have.
    DroveAway,
    /// Nothing can be told from chance.
    NotTold,
    /// An arm has too few customers.
    TooFew,
}

/// The read-out of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOut {
    /// Over all customers; none where an arm has fewer than two.
    pub all: Option<Effect>,
    /// By block of risk; small blocks are withheld, and `None` is a block that lacks an arm.
    pub by_risk_block: BTreeMap<String, Cell<Option<Effect>>>,
    /// By segment, likewise. Of many segments one in twenty will look significant by chance.
    pub by_segment: BTreeMap<String, Cell<Option<Effect>>>,
    /// What the effect over all customers allows to say.
    pub verdict: Verdict,
}

/// Reads a plan out by intention to treat. The intervals of retention and of money hold together at the given level (such as 0.95):
/// each of the two has half of what is left to chance (Bonferroni), so that a plan without any effect looks like one with an effect
/// in 5 % of all cases at most, whichever of the two one looks at.
///
/// Differences are those of [`stratified_difference`], the margin's adjusted for `expected_margin`, the retention's for `churn_probability`, where
/// they are given. Intervals for one look are Newcombe's where there is one stratum and nothing to adjust for, else Student's with Satterthwaite's degrees of freedom; for several looks they are always valid
/// ([`always_valid`]).
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`], [`DecisionError::Setting`].
pub fn measure(outcome: &PlanOutcome<'_>, level: f64, looks: Looks) -> Result<ReadOut, DecisionError> {
    check_level(level)?;
    let rows = outcome.contact.len();
    same_length("strata", rows, outcome.stratum.len())?;
    same_length("blocks of risk", rows, outcome.risk_block.len())?;
    same_length("segments", rows, outcome.segment.len())?;
    same_length("flags (retained)", rows, outcome.retained.len())?;
    same_length("margins", rows, outcome.margin.len())?;
    same_length("costs", rows, outcome.cost.len())?;
    each("margin", "a finite number", outcome.margin, |_| true)?;
    if let Some(known) = outcome.expected_margin {
        same_length("expected margins", rows, known.len())?;
    }
    let level = level_of_each(level);
    if let Some(known) = outcome.churn_probability {
        same_length("churn probabilities", rows, known.len())?;
    }
    let everybody: Vec<usize> = (0..rows).collect();
    let all = effect(outcome, &everybody, level, looks)?;
    let verdict = all.as_ref().map_or(Verdict::TooFew, verdict);
    Ok(ReadOut {
        all,
        by_risk_block: tabulate(outcome.risk_block, |rows| effect(outcome, rows, level, looks))?,
        by_segment: tabulate(outcome.segment, |rows| effect(outcome, rows, level, looks))?,
        verdict,
    })
}

/// The level of each of two intervals that hold together at the given level. Hold-outs are sized for it.
pub fn level_of_each(level: f64) -> f64 {
    1.0 - 0.5 * (1.0 - level)
}

fn effect(
    outcome: &PlanOutcome<'_>,
    rows: &[usize],
    level: f64,
    looks: Looks,
) -> Result<Option<Effect>, DecisionError> {
    let contact: Vec<bool> = rows.iter().map(|row| outcome.contact[*row]).collect();
    let stratum: Vec<&str> = rows.iter().map(|row| outcome.stratum[*row]).collect();
    let retained: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(outcome.retained[*row]))).collect();
    let margin: Vec<f64> = rows.iter().map(|row| outcome.margin[*row]).collect();
    let cost: Vec<f64> = rows.iter().map(|row| outcome.cost[*row].to_f64()).collect();
    let known = |column: Option<&[f64]>| -> Option<Vec<f64>> {
        column.map(|column| rows.iter().map(|row| column[*row]).collect())
    };
    let (expected, risk) = (known(outcome.expected_margin), known(outcome.churn_probability));
    let arms = Arms { treated: &contact, stratum: &stratum };
    let (Some(retention), Some(money), Some(spent)) = (
        stratified_difference(&arms, &retained, risk.as_deref())?,
        stratified_difference(&arms, &margin, expected.as_deref())?,
        stratified_difference(&arms, &cost, None)?,
    ) else {
        return Ok(None);
    };
    let contacted = retention.treated as f64;
    let planned = match looks {
        Looks::Once => None,
        Looks::Any { planned_customers } => {
            let now = (retention.treated + retention.held_out) as f64;
            Some(now / (planned_customers as f64).max(1.0))
        }
    };
    let one_stratum = retention.parts.len() == 2 && planned.is_none() && risk.is_none();
    let share = if one_stratum {
        let counts = |arm: bool| {
            let successes = rows.iter().filter(|row| outcome.contact[**row] == arm && outcome.retained[**row]).count();
            let trials = contact.iter().filter(|contact| **contact == arm).count();
            Counts { successes: successes as u64, trials: trials as u64 }
        };
        newcombe(counts(true), counts(false), level)?
    } else {
        interval(&retention, level, planned)?
    };
    let money_interval = interval(&money, level, planned)?;
    let total = |each: Estimate, factor: f64, less: f64| -> Result<Estimate, DecisionError> {
        let of = |value: f64| factor * value - less;
        match each.value() {
            Some(value) => Ok(Estimate::new(of(value), each.interval().map(|(low, high)| (of(low), of(high))))?),
            None => Ok(Estimate::NONE),
        }
    };
    let with_cost = rows.iter().filter(|row| outcome.contact[**row]);
    let cost = with_cost.fold(Money::ZERO, |sum, row| sum.plus(outcome.cost[*row]));
    let of_retained: Vec<f64> =
        rows.iter().filter(|row| outcome.retained[**row]).map(|row| outcome.margin[*row]).collect();
    let mean_retained = of_retained.iter().sum::<f64>() / of_retained.len() as f64;
    Ok(Some(Effect {
        contacted: retention.treated,
        held_out: retention.held_out,
        retained_contacted: retention.treated_mean,
        retained_held_out: retention.held_out_mean,
        retention: share,
        customers: total(share, contacted, 0.0)?,
        margin: total(money_interval, contacted, 0.0)?,
        cost,
        profit: total(money_interval, contacted, contacted * spent.difference)?,
        break_even_customers: (mean_retained > 0.0).then(|| cost.to_f64() / mean_retained),
        strata_pooled: retention.strata_pooled,
    }))
}

/// The interval of a stratified difference, for one look or, with the share of the planned customers, for any.
fn interval(found: &StratifiedDifference, level: f64, planned: Option<f64>) -> Result<Estimate, DecisionError> {
    let difference = found.difference;
    match planned {
        Some(share) if found.variance > 0.0 => {
            always_valid(difference, found.variance.sqrt(), found.variance * share, level)
        }
        _ => {
            let half = half_width(&found.parts, level);
            Ok(Estimate::new(difference, Some((difference - half, difference + half)))?)
        }
    }
}

fn verdict(effect: &Effect) -> Verdict {
    let sign = |estimate: Estimate| match estimate.interval() {
        Some((low, _)) if low > 0.0 => 1,
        Some((_, high)) if high < 0.0 => -1,
        _ => 0,
    };
    match (sign(effect.profit), sign(effect.retention)) {
        (1, _) => Verdict::Earned,
        (-1, _) => Verdict::Lost,
        (_, 1) => Verdict::KeptCustomers,
        (_, -1) => Verdict::DroveAway,
        _ => Verdict::NotTold,
    }
}
