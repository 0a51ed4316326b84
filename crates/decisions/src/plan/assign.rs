//! Which offer for whom, within a budget and the limits of channels.
//!
//! Each customer gets at most one option; the options taken may cost no more than the budget together, and no channel may be used more
//! often than its limit: a multiple-choice knapsack with a few constraints more. It is solved by prices (Lagrangian relaxation): with a
//! price on money and one on a contact through each channel, every customer takes the option that earns most beyond what it costs at
//! these prices; each price is the lowest at which its limit is kept. With a budget alone this is the greedy rule of Sinha & Zoltners
//! 1979 (Operations Research 27:503): gain for each unit of cost, offers of one customer compared by what the dearer one adds. The
//! options found are then taken in the order of what they earn beyond prices, in exact amounts, as long as they fit, and what is left
//! of the means is used up by what fits. The prices also give a bound that no plan can exceed (weak duality).

use rayon::prelude::*;

/// An offer to a customer that is expected to earn more than it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    /// Index of the offer.
    pub(super) offer: usize,
    /// Expected gain, cost deducted; above 0.
    pub(super) gain: f64,
    /// In ten-thousandths of the currency unit; 0 or more.
    pub(super) cost: i64,
    /// Index of the channel.
    pub(super) channel: usize,
}

/// Means.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limits {
    /// In ten-thousandths.
    pub(super) budget: Option<i64>,
    /// Contacts of each channel.
    pub(super) channels: Vec<Option<u64>>,
}

/// Which options are taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assignment {
    /// For each customer the index of the option, if any.
    pub(super) chosen: Vec<Option<usize>>,
    /// What they are expected to earn.
    pub(super) gain: f64,
    /// No plan within the limits can be expected to earn more.
    pub(super) bound: f64,
    /// What one ten-thousandth more of the budget would earn.
    pub(super) price_of_money: f64,
    /// What one contact more through each channel would earn.
    pub(super) prices: Vec<f64>,
}

/// Times that the prices are gone over; each pass can only lower the bound.
const PASSES: usize = 12;
/// Halvings in the search of a price.
const HALVINGS: usize = 60;

/// Chooses options for customers, in their order.
pub(super) fn assign(options: &[Vec<Choice>], limits: &Limits) -> Assignment {
    let mut prices = Prices { money: 0.0, channels: vec![0.0; limits.channels.len()] };
    let mut bound = f64::INFINITY;
    let mut best = prices.clone();
    for _ in 0..PASSES {
        let before = prices.clone();
        for (channel, limit) in limits.channels.iter().enumerate() {
            if let Some(limit) = limit {
                lower_until_full(options, &mut prices, Some(channel), i128::from(*limit));
            }
        }
        if let Some(budget) = limits.budget {
            lower_until_full(options, &mut prices, None, i128::from(budget));
        }
        let found = bound_at(options, &prices, limits);
        if found < bound {
            bound = found;
            best = prices.clone();
        }
        if prices == before {
            break;
        }
    }
    take(options, limits, &best, bound)
}

#[derive(Debug, Clone, PartialEq)]
struct Prices {
    money: f64,
    channels: Vec<f64>,
}

impl Prices {
    fn beyond(&self, option: &Choice) -> f64 {
        option.gain - self.money * option.cost as f64 - self.channels[option.channel]
    }

    /// The option that earns most beyond these prices, if one earns anything; the first of equals.
    fn best(&self, options: &[Choice]) -> Option<(usize, f64)> {
        let mut best = None;
        for (at, option) in options.iter().enumerate() {
            let beyond = self.beyond(option);
            if beyond > 0.0 && best.is_none_or(|(_, most)| beyond > most) {
                best = Some((at, beyond));
            }
        }
        best
    }
}

/// Sets the price of a channel (or of money) to the lowest, to some sixteen digits, at which its limit is kept, the other prices as they are.
fn lower_until_full(options: &[Vec<Choice>], prices: &mut Prices, channel: Option<usize>, limit: i128) {
    let used = |price: f64| -> i128 {
        let mut at = prices.clone();
        match channel {
            Some(channel) => at.channels[channel] = price,
            None => at.money = price,
        }
        let of_customer = |options: &Vec<Choice>| match (at.best(options), channel) {
            (None, _) => 0,
            (Some((taken, _)), Some(channel)) => i128::from(options[taken].channel == channel),
            (Some((taken, _)), None) => i128::from(options[taken].cost),
        };
        options.par_iter().map(of_customer).sum()
    };
    let price = if used(0.0) <= limit {
        0.0
    } else {
        let most = |option: &Choice| match channel {
            Some(_) => option.gain,
            None => option.gain / (option.cost.max(1)) as f64,
        };
        let (mut low, mut high) = (0.0, options.iter().flatten().map(most).fold(0.0, f64::max));
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if used(middle) <= limit {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    };
    match channel {
        Some(channel) => prices.channels[channel] = price,
        None => prices.money = price,
    }
}

/// The value of the relaxed problem at these prices.
fn bound_at(options: &[Vec<Choice>], prices: &Prices, limits: &Limits) -> f64 {
    let beyond: f64 = options.iter().filter_map(|options| prices.best(options)).map(|(_, beyond)| beyond).sum();
    let of_channels: f64 = prices
        .channels
        .iter()
        .zip(&limits.channels)
        .filter_map(|(price, limit)| Some(price * limit.map(|l| l as f64)?))
        .sum();
    beyond + of_channels + limits.budget.map_or(0.0, |budget| prices.money * budget as f64)
}

/// What is left of the means.
struct Left {
    money: i128,
    channels: Vec<u64>,
}

impl Left {
    fn of(limits: &Limits) -> Self {
        let channels = limits.channels.iter().map(|limit| limit.unwrap_or(u64::MAX)).collect();
        Self { money: limits.budget.map_or(i128::MAX, i128::from), channels }
    }

    /// Takes an option in place of another, if the means allow it.
    fn exchange(&mut self, old: Option<&Choice>, new: &Choice) -> bool {
        let money = self.money - i128::from(new.cost) + old.map_or(0, |old| i128::from(old.cost));
        let frees = old.is_some_and(|old| old.channel == new.channel);
        if money < 0 || (self.channels[new.channel] == 0 && !frees) {
            return false;
        }
        self.money = money;
        if let Some(old) = old {
            self.channels[old.channel] += 1;
        }
        self.channels[new.channel] -= 1;
        true
    }
}

fn take(options: &[Vec<Choice>], limits: &Limits, prices: &Prices, bound: f64) -> Assignment {
    let mut chosen: Vec<Option<usize>> = vec![None; options.len()];
    let mut left = Left::of(limits);
    let mut wanted: Vec<(usize, usize, f64)> = options
        .iter()
        .enumerate()
        .filter_map(|(customer, options)| prices.best(options).map(|(at, beyond)| (customer, at, beyond)))
        .collect();
    wanted.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    for (customer, at, _) in wanted {
        if left.exchange(None, &options[customer][at]) {
            chosen[customer] = Some(at);
        }
    }
    // What is left goes to what earns most beyond the prices of those who have none, or a smaller option; until nothing fits.
    loop {
        let mut more: Vec<(usize, usize, f64)> = Vec::new();
        for (customer, options) in options.iter().enumerate() {
            let now = chosen[customer].map(|at| &options[at]);
            let (gain, beyond) = now.map_or((0.0, 0.0), |now| (now.gain, prices.beyond(now)));
            for (at, option) in options.iter().enumerate() {
                if option.gain > gain {
                    more.push((customer, at, prices.beyond(option) - beyond));
                }
            }
        }
        more.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)).then(a.1.cmp(&b.1)));
        let mut changed = false;
        for (customer, at, _) in more {
            let now = chosen[customer].map(|at| options[customer][at]);
            let better = options[customer][at].gain > now.map_or(0.0, |now| now.gain);
            if better && left.exchange(now.as_ref(), &options[customer][at]) {
                chosen[customer] = Some(at);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let gain = options.iter().zip(&chosen).filter_map(|(options, at)| at.map(|at| options[at].gain)).sum();
    Assignment {
        chosen,
        gain,
        bound: f64::max(bound, gain),
        price_of_money: prices.money,
        prices: prices.channels.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn choice(offer: usize, gain: f64, cost: i64, channel: usize) -> Choice {
        Choice { offer, gain, cost, channel }
    }

    fn within(options: &[Vec<Choice>], limits: &Limits, chosen: &[Option<usize>]) -> bool {
        let taken: Vec<Choice> =
            options.iter().zip(chosen).filter_map(|(options, at)| at.map(|at| options[at])).collect();
        let money: i64 = taken.iter().map(|choice| choice.cost).sum();
        let of_channel = |channel| taken.iter().filter(|choice| choice.channel == channel).count() as u64;
        limits.budget.is_none_or(|budget| money <= budget)
            && (0..)
                .zip(&limits.channels)
                .all(|(channel, limit)| limit.is_none_or(|limit| of_channel(channel) <= limit))
    }

    /// The best of all assignments, tried one after the other.
    fn best_of_all(options: &[Vec<Choice>], limits: &Limits) -> f64 {
        fn further(options: &[Vec<Choice>], limits: &Limits, chosen: &mut Vec<Option<usize>>) -> f64 {
            let customer = chosen.len();
            if customer == options.len() {
                let gain = |(options, at): (&Vec<Choice>, &Option<usize>)| at.map_or(0.0, |at| options[at].gain);
                return if within(options, limits, chosen) {
                    options.iter().zip(chosen).map(|(o, c)| gain((o, c))).sum()
                } else {
                    0.0
                };
            }
            let mut best = 0.0;
            for at in std::iter::once(None).chain((0..options[customer].len()).map(Some)) {
                chosen.push(at);
                best = f64::max(best, further(options, limits, chosen));
                chosen.pop();
            }
            best
        }
        further(options, limits, &mut Vec::new())
    }

    fn random(rng: &mut ChaCha8Rng, customers: usize, offers: usize) -> (Vec<Vec<Choice>>, Limits) {
        let options = (0..customers)
            .map(|_| {
                let mut options = Vec::new();
                for offer in 0..offers {
                    if rng.random::<f64>() < 0.8 {
                        let (gain, cost) = (rng.random_range(0.01..30.0), rng.random_range(0..120_000));
                        options.push(choice(offer, gain, cost, rng.random_range(0..2)));
                    }
                }
                options
            })
            .collect();
        let maybe = |rng: &mut ChaCha8Rng, most: u64| (rng.random::<f64>() < 0.7).then(|| rng.random_range(0..most));
        let budget = maybe(rng, 60_000 * customers as u64).map(|budget| i64::try_from(budget).unwrap());
        let channels = vec![maybe(rng, customers as u64), maybe(rng, customers as u64)];
        (options, Limits { budget, channels })
    }

    #[test]
    fn no_limit_is_ever_exceeded_and_no_bound_is_ever_passed() {
        let mut rng = ChaCha8Rng::seed_from_u64(21);
        let (mut ours, mut best) = (0.0, 0.0);
        for _ in 0..1_000 {
            let (options, limits) = random(&mut rng, 6, 2);
            let found = assign(&options, &limits);
            let all = best_of_all(&options, &limits);
            assert!(within(&options, &limits, &found.chosen), "{options:?} {limits:?}");
            assert!(found.gain <= all + 1e-9 && all <= found.bound + 1e-9, "{all} {found:?}");
            ours += found.gain;
            best += all;
        }
        // Six customers are the hardest case: whole customers hardly fit a budget for three.
        assert!(ours > 0.97 * best, "{}", ours / best);
    }

    #[test]
    fn many_customers_come_close_to_the_bound() {
        let mut rng = ChaCha8Rng::seed_from_u64(22);
        for _ in 0..20 {
            let (options, limits) = random(&mut rng, 2_000, 3);
            let found = assign(&options, &limits);
            assert!(within(&options, &limits, &found.chosen));
            assert!(found.gain >= 0.995 * found.bound, "{} {} {limits:?}", found.gain, found.bound);
        }
    }

    #[test]
    fn a_budget_alone_goes_by_gain_for_each_unit_of_cost() {
        let options: Vec<Vec<Choice>> = vec![
            vec![choice(0, 10.0, 100_000, 0)],
            vec![choice(0, 6.0, 20_000, 0), choice(1, 8.0, 70_000, 0)],
            vec![choice(0, 4.0, 40_000, 0)],
        ];
        let limits = Limits { budget: Some(60_000), channels: vec![None] };
        let found = assign(&options, &limits);
        assert_eq!((found.chosen, found.gain), (vec![None, Some(0), Some(0)], 10.0));
        // The next unit goes to the third customer's cost, or the first one's, both at one for one.
        assert!((found.price_of_money * 10_000.0 - 1.0).abs() < 1e-6);
        let free = assign(&options, &Limits { budget: None, channels: vec![None] });
        assert_eq!((free.chosen, free.gain, free.price_of_money), (vec![Some(0), Some(1), Some(0)], 22.0, 0.0));
        let nothing = assign(&options, &Limits { budget: Some(0), channels: vec![None] });
        assert_eq!(nothing.chosen, [None, None, None]);
        let closed = assign(&options, &Limits { budget: None, channels: vec![Some(0)] });
        assert_eq!(closed.chosen, [None, None, None]);
    }
}
