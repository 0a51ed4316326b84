//! Making a plan.

use std::collections::BTreeMap;

use history::Money;

use super::assign::Choice;
use super::candidate::{Candidate, Offer};
use super::channels::Channels;
use super::choose::{Entry, choose};
use super::groups::{Group, GroupRules};
use super::made::{Arm, HoldOutReport, Plan, PlanRow, PlanSummary};
use super::rules::{NotContacted, contact_rule};
use super::settings::PlanSettings;
use super::why::Why;
use crate::DecisionError;
use crate::readout::{level_of_each, power_of_two_proportions};

/// Makes a plan: for every customer the offer with the largest expected gain, `uplift x value - expected cost`, if that is above 0 and rules,
/// budget and channels allow it; then sets a hold-out aside by lot.
///
/// The expected cost has the incentive of everybody who takes it in it, those who would have stayed included. Budget and capacity are
/// those of the contacted. The order of the candidates changes nothing but the places in the answer, as long as ids are unique.
///
/// # Errors
/// [`DecisionError::Setting`], [`DecisionError::Row`], [`DecisionError::Length`], [`DecisionError::Name`] for an id, an offer or a channel that
/// is there twice.
pub fn plan(offers: &[Offer], candidates: &[Candidate<'_>], settings: &PlanSettings) -> Result<Plan, DecisionError> {
    settings.check()?;
    check_offers(offers)?;
    for (row, candidate) in candidates.iter().enumerate() {
        candidate.check(row, offers.len())?;
    }
    let order = by_id(candidates)?;
    let channels = Channels::new(offers, candidates, settings);
    let options: Vec<Vec<Choice>> =
        order.iter().map(|row| channels.options(offers, &candidates[*row], settings)).collect();
    let allowed: Vec<Vec<Choice>> = order
        .iter()
        .zip(&options)
        .map(|(row, options)| match contact_rule(&candidates[*row], settings) {
            None => options.iter().copied().filter(|option| option.gain > 0.0).collect(),
            Some(_) => Vec::new(),
        })
        .collect();
    let chosen = choose(&order, candidates, &allowed, &channels, settings)?;

    let rules = settings.groups.unwrap_or_else(|| GroupRules::from_customers(&reordered(&order, candidates)));
    let mut found = Plan {
        rows: Vec::new(),
        groups: vec![None; candidates.len()],
        not_contacted: vec![None; candidates.len()],
        summary: PlanSummary {
            expected_gain: 0.0,
            cost: Money::ZERO,
            bound: chosen.assignment.bound,
            next_unit_earns: chosen.assignment.price_of_money * 10_000.0,
            next_contact_earns: channels.prices(&chosen.assignment, settings),
            groups: BTreeMap::new(),
            group_rules: rules,
            hold_out: None,
        },
    };
    for (place, &row) in order.iter().enumerate() {
        let candidate = &candidates[row];
        let best = options[place].iter().map(|option| option.gain).fold(f64::NEG_INFINITY, f64::max);
        let group = rules.group(candidate, best > 0.0);
        found.groups[row] = group;
        if let Some(group) = group {
            *found.summary.groups.entry(group).or_default() += 1;
        }
        let entry = chosen.entries.get(&place);
        match (entry, group) {
            (Some(entry), Some(group)) => {
                let option = allowed[place][entry.option];
                found.rows.push(row_of(row, candidate, group, &offers[option.offer], option, entry, &channels));
            }
            _ => {
                let rule = contact_rule(candidate, settings);
                let means =
                    if best > 0.0 { NotContacted::NotWithinMeans { best } } else { NotContacted::NoOfferPays { best } };
                found.not_contacted[row] = Some(rule.unwrap_or(means));
            }
        }
    }
    // Rows are in the order of ids so far, which settles ties.
    found.rows.sort_by(|a, b| b.expected_gain.total_cmp(&a.expected_gain));
    for (row, priority) in found.rows.iter_mut().zip(1..) {
        row.priority = priority;
    }
    summarise(&mut found, candidates)?;
    Ok(found)
}

fn row_of(
    row: usize,
    candidate: &Candidate<'_>,
    group: Group,
    offer: &Offer,
    option: Choice,
    entry: &Entry,
    channels: &Channels,
) -> PlanRow {
    let cost = Money::from_ten_thousandths(option.cost);
    let held_out = entry.arm == Arm::HoldOut;
    let uplift = candidate.responses[option.offer].uplift;
    PlanRow {
        customer: row,
        group,
        offer: option.offer,
        channel: channels.name(option.channel),
        arm: entry.arm,
        stratum: entry.stratum.clone(),
        uplift,
        expected_gain: option.gain,
        cost: if held_out { Money::ZERO } else { cost },
        priority: 0,
        why: Why {
            state: candidate.state,
            churn_probability: candidate.churn_probability.unwrap_or(0.0),
            value: candidate.value,
            offer: offer.name.clone(),
            uplift,
            // The gain is that of what counts: counted x value - cost.
            counted: if candidate.value > 0.0 { (option.gain + cost.to_f64()) / candidate.value } else { uplift },
            gain: option.gain,
            cost,
            held_out,
        },
    }
}

fn summarise(found: &mut Plan, candidates: &[Candidate<'_>]) -> Result<(), DecisionError> {
    let (mut contacted, mut held_out, mut forgone, mut without, mut uplift) = (0, 0, 0.0, 0.0, 0.0);
    for row in &found.rows {
        without += 1.0 - candidates[row.customer].churn_probability.unwrap_or(0.0);
        uplift += row.uplift;
        match row.arm {
            Arm::Contact => {
                contacted += 1;
                found.summary.expected_gain += row.expected_gain;
                found.summary.cost = found.summary.cost.plus(row.cost);
            }
            Arm::HoldOut => {
                held_out += 1;
                forgone += row.expected_gain;
            }
        }
    }
    if !found.rows.is_empty() {
        let rows = found.rows.len() as f64;
        let without = (without / rows).clamp(0.0, 1.0);
        let with = (without + uplift / rows).clamp(0.0, 1.0);
        let power = power_of_two_proportions((without, held_out), (with, contacted), 1.0 - level_of_each(0.95))?;
        let (without_offer, with_offer, gain_forgone) = (without, with, forgone);
        found.summary.hold_out =
            Some(HoldOutReport { contacted, held_out, without_offer, with_offer, power, gain_forgone });
    }
    Ok(())
}

/// Places of the candidates in the order of their ids.
fn by_id(candidates: &[Candidate<'_>]) -> Result<Vec<usize>, DecisionError> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|row| candidates[*row].id);
    match order.windows(2).find(|pair| candidates[pair[0]].id == candidates[pair[1]].id) {
        Some(pair) => {
            let expected = "each customer id once";
            Err(DecisionError::Name { expected, found: candidates[pair[0]].id.to_owned() })
        }
        None => Ok(order),
    }
}

fn reordered<'a>(order: &[usize], candidates: &[Candidate<'a>]) -> Vec<Candidate<'a>> {
    order.iter().map(|row| candidates[*row]).collect()
}

fn check_offers(offers: &[Offer]) -> Result<(), DecisionError> {
    for (at, offer) in offers.iter().enumerate() {
        if offers[..at].iter().any(|other| other.name == offer.name) {
            return Err(DecisionError::Name { expected: "each offer once", found: offer.name.clone() });
        }
        let costs = [("contact cost of an offer", offer.contact_cost), ("incentive of an offer", offer.incentive_cost)];
        for (setting, cost) in costs {
            crate::error::setting(setting, "0 or more", cost.to_f64(), cost >= Money::ZERO)?;
        }
    }
    Ok(())
}
