//! Making a plan.

use std::collections::BTreeMap;

use history::Money;

use super::assign::{Assignment, Choice, Limits, assign};
use super::candidate::{Candidate, Offer, State};
use super::groups::{Group, GroupRules};
use super::lot::Lot;
use super::money::expected_cost;
use super::rules::{NotContacted, contact_rule};
use super::settings::{HoldOut, PlanSettings};
use super::why::Why;
use crate::DecisionError;
use crate::readout::{level_of_each, power_of_two_proportions, sample_size_for_two_proportions};

/// What the lot says of a customer of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// Contact.
    Contact,
    /// Leave alone, to be measured against.
    HoldOut,
}

impl Arm {
    /// As in the column `arm` of a plan.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::HoldOut => "hold_out",
        }
    }
}

/// A row of a plan: a customer for whom an offer pays, within rules and means.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRow {
    /// The customer's place among the candidates.
    pub customer: usize,
    /// The group: the column `action`.
    pub group: Group,
    /// The offer's place in the catalogue.
    pub offer: usize,
    /// The channel; none where neither the offer nor the customer names one.
    pub channel: Option<String>,
    /// What the lot says.
    pub arm: Arm,
    /// Within what the lot was drawn, for [`measure`](crate::readout::measure).
    pub stratum: String,
    /// What the offer adds to the probability of staying.
    pub uplift: f64,
    /// What it is expected to earn, cost deducted, in units of the currency. Of the held out, what it would be expected to earn.
    pub expected_gain: f64,
    /// What it is expected to cost; nothing for the held out.
    pub cost: Money,
    /// 1 is first: the largest expected gain. The held out are numbered with the others.
    pub priority: u64,
    /// Why.
    pub why: Why,
}

/// How the hold-out was sized.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldOutReport {
    /// Customers contacted.
    pub contacted: u64,
    /// Customers held out.
    pub held_out: u64,
    /// Probability of staying of the plan's customers, if left alone.
    pub without_offer: f64,
    /// The same with the offers.
    pub with_offer: f64,
    /// Probability that the read-out will find that difference, if it is there.
    pub power: f64,
    /// What the held out would have been expected to earn: the price of knowing.
    pub gain_forgone: f64,
}

/// A plan in numbers. Money in floating point is in units of the currency.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSummary {
    /// Expected gain of those contacted, cost deducted.
    pub expected_gain: f64,
    /// What they are expected to cost: the exact sum of the rows.
    pub cost: Money,
    /// No plan of these offers within budget and channels could be expected to earn more than this, held-outs included.
    pub bound: f64,
    /// What the next unit of the budget would earn; 0 where it does not bind.
    pub next_unit_earns: f64,
    /// What one contact more would earn, for each channel with a limit.
    pub next_contact_earns: BTreeMap<String, f64>,
    /// Customers in each group, contacted or not.
    pub groups: BTreeMap<Group, u64>,
    /// Where the groups begin.
    pub group_rules: GroupRules,
    /// Of the hold-out; none where nobody is in the plan.
    pub hold_out: Option<HoldOutReport>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Whom to contact, and whom to leave alone by lot; by priority. Nobody else is in it.
    pub rows: Vec<PlanRow>,
    /// For each candidate the group; none of customers who never bought or have no score.
    pub groups: Vec<Option<Group>>,
    /// For each candidate why there is no row; none for those in the plan.
    pub not_contacted: Vec<Option<NotContacted>>,
    /// The plan in numbers.
    pub summary: PlanSummary,
}

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
        .map(|(row, options)| match contact_rule(&candidates[*row], settings.as_of, settings.cooling_off_days) {
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
                let rule = contact_rule(candidate, settings.as_of, settings.cooling_off_days);
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

/// A customer who was chosen.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    option: usize,
    arm: Arm,
    stratum: String,
}

struct Chosen {
    entries: BTreeMap<usize, Entry>,
    assignment: Assignment,
}

/// Chooses options and draws the lot. The held out need no means, so the list may be longer than the means allow for all of it, by about the
/// share of the held out; it is then cut where the contacted no longer fit, at the same point for both arms.
fn choose(
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

/// Channels that occur, in the order of their names; the last one stands for none.
struct Channels {
    names: Vec<String>,
}

impl Channels {
    fn new(offers: &[Offer], candidates: &[Candidate<'_>], settings: &PlanSettings) -> Self {
        let of_offers = offers.iter().flat_map(|offer| offer.channels.iter().map(String::as_str));
        let of_customers = candidates.iter().filter_map(|candidate| candidate.preferred_channel);
        let of_limits = settings.capacity.iter().map(|capacity| capacity.channel.as_str());
        let mut names: Vec<String> = of_offers.chain(of_customers).chain(of_limits).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    fn name(&self, at: usize) -> Option<String> {
        self.names.get(at).cloned()
    }

    fn channel(&self, offer: &Offer, candidate: &Candidate<'_>) -> usize {
        let preferred = candidate
            .preferred_channel
            .filter(|preferred| offer.channels.is_empty() || offer.channels.iter().any(|channel| channel == preferred));
        let name = preferred.or_else(|| offer.channels.first().map(String::as_str));
        name.and_then(|name| self.names.binary_search_by(|other| other.as_str().cmp(name)).ok())
            .unwrap_or(self.names.len())
    }

    /// What each offer is expected to earn with a customer, whether or not that is above 0.
    fn options(&self, offers: &[Offer], candidate: &Candidate<'_>, settings: &PlanSettings) -> Vec<Choice> {
        if candidate.churn_probability.is_none() || candidate.state == State::New {
            return Vec::new();
        }
        let option = |(at, offer): (usize, &Offer)| {
            let response = &candidate.responses[at];
            let cost = expected_cost(offer, response.acceptance);
            let uplift = response.uplift - settings.caution * response.uplift_error;
            let gain = uplift * candidate.value - cost.to_f64();
            Choice { offer: at, gain, cost: cost.ten_thousandths(), channel: self.channel(offer, candidate) }
        };
        offers.iter().enumerate().map(option).collect()
    }

    /// The means for a list of which this share is held out.
    fn limits(&self, settings: &PlanSettings, share_held_out: f64) -> Limits {
        let longer = 1.0 / (1.0 - share_held_out);
        let budget = settings.budget.map(|budget| (budget.ten_thousandths() as f64 * longer).min(9e18) as i64);
        let of_channel = |name: &str| settings.capacity.iter().find(|capacity| capacity.channel == name);
        let mut channels: Vec<Option<u64>> = self
            .names
            .iter()
            .map(|name| of_channel(name).map(|capacity| (capacity.contacts() as f64 * longer).ceil() as u64))
            .collect();
        channels.push(None);
        if share_held_out == 0.0 {
            // Exact, where floating point might not be.
            for (limit, name) in channels.iter_mut().zip(&self.names) {
                *limit = of_channel(name).map(super::settings::Capacity::contacts);
            }
            return Limits { budget: settings.budget.map(Money::ten_thousandths), channels };
        }
        Limits { budget, channels }
    }

    fn prices(&self, assignment: &Assignment, settings: &PlanSettings) -> BTreeMap<String, f64> {
        let limited = |name: &String| settings.capacity.iter().any(|capacity| capacity.channel == *name);
        let prices = self.names.iter().zip(&assignment.prices).filter(|(name, _)| limited(name));
        prices.map(|(name, price)| (name.clone(), *price)).collect()
    }
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
