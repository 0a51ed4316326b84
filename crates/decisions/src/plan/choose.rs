//! Choosing within the means, and drawing the hold-out.

use std::collections::BTreeMap;

use super::assign::{Assignment, Choice, assign};
use super::candidate::{Candidate, State};
use super::channels::Channels;
use super::lot::Lot;
use super::made::Arm;
use super::settings::{HoldOut, PlanSettings};
use crate::DecisionError;
use crate::readout::{level_of_each, sample_size_for_two_proportions};

/// A customer who was chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Place among the customer's options.
    pub(super) option: usize,
    pub(super) arm: Arm,
    pub(super) stratum: String,
}

/// Customers who were chosen, by their place, and the prices they were chosen at.
pub(super) struct Chosen {
    pub(super) entries: BTreeMap<usize, Entry>,
    pub(super) assignment: Assignment,
}

/// Chooses options and draws the lot. The held out need no means, so the list may be longer than the means allow for all of it, by about the
/// share of the held out; it is then cut where the contacted no longer fit, at the same point for both arms.
pub(super) fn choose(
    order: &[usize],
    candidates: &[Candidate<'_>],
    allowed: &[Vec<Choice>],
    channels: &Channels,
    settings: &PlanSettings,
) -> Result<Chosen, DecisionError> {
    let limits = channels.limits(settings, 0.0);
    let mut assignment = assign(allowed, &limits);
    let first = list(&assignment);
    let mut count = hold_out_count(order, candidates, allowed, &assignment, &first, settings)?;
    let share = count as f64 / first.len().max(1) as f64;
    if share > 0.0 && (limits.budget.is_some() || limits.channels.iter().any(Option::is_some)) {
        let bound = assignment.bound;
        assignment = assign(allowed, &channels.limits(settings, share));
        // The bound of the summary is that of the means as they are.
        assignment.bound = f64::max(bound, 0.0);
        count = hold_out_count(order, candidates, allowed, &assignment, &list(&assignment), settings)?;
    }
    let places = list(&assignment);
    let strata = strata_of(order, candidates, &places);
    let ids: Vec<&str> = places.iter().map(|place| candidates[order[*place]].id).collect();
    let held_out = Lot::new(settings.seed, settings.as_of).held_out(&ids, &strata, count);

    let option_of = |place: usize| assignment.chosen[place].map(|at| (at, allowed[place][at]));
    let beyond = |place: usize| {
        option_of(place).map_or(0.0, |(_, option)| {
            option.gain - assignment.price_of_money * option.cost as f64 - assignment.prices[option.channel]
        })
    };
    let mut by_worth: Vec<usize> = (0..places.len()).collect();
    by_worth.sort_by(|a, b| beyond(places[*b]).total_cmp(&beyond(places[*a])).then(a.cmp(b)));
    let mut entries = BTreeMap::new();
    let mut spent: i128 = 0;
    let mut used = vec![0_u64; limits.channels.len()];
    let mut full = vec![false; limits.channels.len()];
    for at in by_worth {
        let Some((option, choice)) = option_of(places[at]) else { continue };
        if full[choice.channel] {
            continue;
        }
        let arm = if held_out[at] { Arm::HoldOut } else { Arm::Contact };
        if arm == Arm::Contact {
            let with = spent + i128::from(choice.cost);
            if limits.budget.is_some_and(|budget| with > i128::from(budget)) {
                // From here on neither arm goes on: a list that skipped the dear would have hold-outs unlike the contacted.
                break;
            }
            if limits.channels[choice.channel].is_some_and(|limit| used[choice.channel] >= limit) {
                full[choice.channel] = true;
                continue;
            }
            spent = with;
            used[choice.channel] += 1;
        }
        entries.insert(places[at], Entry { option, arm, stratum: strata[at].clone() });
    }
    Ok(Chosen { entries, assignment })
}

/// Places of the customers that got an option.
fn list(assignment: &Assignment) -> Vec<usize> {
    (0..assignment.chosen.len()).filter(|place| assignment.chosen[*place].is_some()).collect()
}

/// The share held out where no share reaches the power asked for: enough for plans that are repeated and measured together.
const WITHOUT_POWER: f64 = 0.1;

fn hold_out_count(
    order: &[usize],
    candidates: &[Candidate<'_>],
    allowed: &[Vec<Choice>],
    assignment: &Assignment,
    places: &[usize],
    settings: &PlanSettings,
) -> Result<u64, DecisionError> {
    let customers = places.len() as u64;
    match settings.hold_out {
        HoldOut::Share(share) => Ok((share * customers as f64).round() as u64),
        HoldOut::ForPower { .. } if customers == 0 => Ok(0),
        HoldOut::ForPower { power, most } => {
            let stays = |place: &usize| 1.0 - candidates[order[*place]].churn_probability.unwrap_or(0.0);
            let uplift = |place: &usize| {
                let option = assignment.chosen[*place].map(|at| allowed[*place][at].offer);
                option.map_or(0.0, |offer| candidates[order[*place]].responses[offer].uplift)
            };
            let without = places.iter().map(stays).sum::<f64>() / customers as f64;
            let with = (without + places.iter().map(uplift).sum::<f64>() / customers as f64).clamp(0.0, 1.0);
            let alpha = 1.0 - level_of_each(0.95);
            let size = sample_size_for_two_proportions(customers, without.clamp(0.0, 1.0), with, power, alpha, most)?;
            if size.power >= power {
                return Ok(size.held_out);
            }
            // Giving up half of a small plan would tell next to nothing.
            Ok((WITHOUT_POWER.min(most) * customers as f64).ceil() as u64)
        }
    }
}

/// State, third of the churn probability within the list, and segment.
fn strata_of(order: &[usize], candidates: &[Candidate<'_>], places: &[usize]) -> Vec<String> {
    let risk = |place: usize| candidates[order[place]].churn_probability.unwrap_or(0.0);
    let mut risks: Vec<f64> = places.iter().map(|place| risk(*place)).collect();
    risks.sort_by(f64::total_cmp);
    let edge = |third: usize| risks.get(risks.len() * third / 3).copied().unwrap_or(0.0);
    let (lower, upper) = (edge(1), edge(2));
    let block = |risk: f64| {
        if risk < lower {
            "low"
        } else if risk < upper {
            "middle"
        } else {
            "high"
        }
    };
    let name = |place: &usize| {
        let candidate = &candidates[order[*place]];
        let state = if candidate.state == State::Lapsed { "lapsed" } else { "eligible" };
        format!("{state}/{}/{}", block(risk(*place)), candidate.segment)
    };
    places.iter().map(name).collect()
}
