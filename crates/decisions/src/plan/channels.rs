//! Channels: through which an offer goes, what it earns there, and how often each may be used.

use std::collections::BTreeMap;

use history::Money;

use super::assign::{Assignment, Choice, Limits};
use super::candidate::{Candidate, Offer, State};
use super::money::expected_cost;
use super::settings::{Capacity, PlanSettings};

/// Channels that occur, in the order of their names; the last one stands for none.
pub(super) struct Channels {
    names: Vec<String>,
}

impl Channels {
    pub(super) fn new(offers: &[Offer], candidates: &[Candidate<'_>], settings: &PlanSettings) -> Self {
        let of_offers = offers.iter().flat_map(|offer| offer.channels.iter().map(String::as_str));
        let of_customers = candidates.iter().filter_map(|candidate| candidate.preferred_channel);
        let of_limits = settings.capacity.iter().map(|capacity| capacity.channel.as_str());
        let mut names: Vec<String> = of_offers.chain(of_customers).chain(of_limits).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    pub(super) fn name(&self, at: usize) -> Option<String> {
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
    pub(super) fn options(&self, offers: &[Offer], candidate: &Candidate<'_>, settings: &PlanSettings) -> Vec<Choice> {
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
    pub(super) fn limits(&self, settings: &PlanSettings, share_held_out: f64) -> Limits {
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
                *limit = of_channel(name).map(Capacity::contacts);
            }
            return Limits { budget: settings.budget.map(Money::ten_thousandths), channels };
        }
        Limits { budget, channels }
    }

    pub(super) fn prices(&self, assignment: &Assignment, settings: &PlanSettings) -> BTreeMap<String, f64> {
        let limited = |name: &String| settings.capacity.iter().any(|capacity| capacity.channel == *name);
        let prices = self.names.iter().zip(&assignment.prices).filter(|(name, _)| limited(name));
        prices.map(|(name, price)| (name.clone(), *price)).collect()
    }
}
