//! One customer from signup to the end of the exports, and the truth at every as-of date.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::life::{Life, Problem, Stage};
use crate::orders;
use crate::outlook::outlooks;
use crate::traits::Traits;
use crate::world::World;

/// What happened to a customer, hidden things included.
#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) traits: Traits,
    pub(crate) signup: i32,
    /// Days with orders within the period, one entry an order.
    pub(crate) orders: Vec<i32>,
    /// Whether the first of them is the first ever.
    pub(crate) first_order_in_period: bool,
    pub(crate) problems: Vec<Problem>,
    /// First day of fading.
    pub(crate) onset: Option<i32>,
    pub(crate) lots: Vec<Lot>,
    pub(crate) truths: Vec<Truth>,
}

/// A campaign that drew a lot for this customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lot {
    /// The day of the campaign.
    pub(crate) day: i32,
    /// Received the offer; otherwise a control.
    pub(crate) treated: bool,
    /// Still buying, fading or not.
    pub(crate) alive: bool,
}

/// A row of the truth table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Truth {
    pub(crate) as_of: i32,
    pub(crate) state: State,
    pub(crate) alive: bool,
    /// Probability of no order within the horizon.
    pub(crate) churn_probability: f64,
    /// What an offer made now would add to it; negative is good.
    pub(crate) offer_effect: f64,
    /// In units of the currency.
    pub(crate) expected_margin: f64,
    /// No order within the horizon; known where the horizon lies within the period.
    pub(crate) churned: Option<bool>,
}

/// Where a customer stands, as the exports show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Eligible,
    Lapsed,
    New,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Eligible => "eligible",
            State::Lapsed => "lapsed",
            State::New => "new",
        }
    }
}

/// The random numbers of one customer: a stream of their own, so that neither threads nor blocks matter.
pub(crate) fn random_numbers(seed: u64, index: u32) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index.into());
    rng
}

impl Customer {
    /// Draws a customer who is one at `start` or signs up later, and lives to the end of the period.
    ///
    /// Signup days are uniform over the stock's days and the period; who is gone before `start` is drawn anew. The
    /// stock then has the very mix of ages and traits that a steady arrival leaves behind.
    pub(crate) fn draw<R: Rng>(world: &World, rng: &mut R) -> Self {
        loop {
            let traits = Traits::draw(world, rng);
            let signup = rng.random_range(world.origin..world.end);
            let Some(lived) = live(world, &traits, signup, rng) else { continue };
            let before = lived.orders.iter().take_while(|day| **day < world.start).count();
            return Self {
                traits,
                signup,
                orders: lived.orders[before..].to_vec(),
                first_order_in_period: before == 0,
                problems: lived.problems,
                onset: lived.onset,
                lots: lived.lots,
                truths: lived.truths,
            };
        }
    }

    /// First day on which the customer is gone, if that day came.
    pub(crate) fn gone(&self, world: &World) -> Option<i32> {
        self.onset.map(|onset| onset + world.fading_days())
    }

    /// Share of the full order rate that is left on a day.
    pub(crate) fn vigour(&self, world: &World, day: i32) -> f64 {
        self.onset.filter(|onset| day >= *onset).map_or(1.0, |onset| world.fading(day - onset))
    }
}

/// What a life leaves behind, from signup on.
struct Lived {
    orders: Vec<i32>,
    problems: Vec<Problem>,
    onset: Option<i32>,
    lots: Vec<Lot>,
    truths: Vec<Truth>,
}

/// Lives through the period; nothing if the customer is gone before it begins.
fn live<R: Rng>(world: &World, traits: &Traits, signup: i32, rng: &mut R) -> Option<Lived> {
    let mut life = Life::begin(world, traits, signup, rng);
    let mut next = signup + 1;
    let mut live_until = |life: &mut Life<'_>, stop: i32, rng: &mut R| {
        while next < stop && life.stage(next) != Stage::Gone {
            life.live(next, rng);
            next += 1;
        }
    };
    live_until(&mut life, world.start, rng);
    if signup < world.start && life.stage(world.start) == Stage::Gone {
        return None;
    }
    let (mut lots, mut truths) = (Vec::new(), Vec::new());
    for &day in world.stops.iter().filter(|day| **day > signup) {
        live_until(&mut life, day, rng);
        let last = life.orders.last().copied().filter(|day| *day >= world.start);
        let alive = life.stage(day) != Stage::Gone;
        if world.as_of.contains(&day) {
            truths.push(truth(world, &life, day, last));
        }
        if world.campaigns.contains(&day) && traits.contact_allowed && world.is_eligible(last, day) {
            let treated = rng.random::<bool>();
            if treated {
                life.offers.push(day);
            }
            lots.push(Lot { day, treated, alive });
        }
    }
    for truth in &mut truths {
        let window = truth.as_of..truth.as_of + world.horizon();
        truth.churned = (window.end <= world.end).then(|| !life.orders.iter().any(|day| window.contains(day)));
    }
    Some(Lived { orders: life.orders, problems: life.problems, onset: life.onset, lots, truths })
}

fn truth(world: &World, life: &Life<'_>, as_of: i32, last: Option<i32>) -> Truth {
    let state = match last {
        None => State::New,
        Some(_) if world.is_eligible(last, as_of) => State::Eligible,
        Some(_) => State::Lapsed,
    };
    let outlooks = outlooks(world, life, as_of);
    Truth {
        as_of,
        state,
        alive: life.stage(as_of) != Stage::Gone,
        churn_probability: outlooks.untreated.no_order,
        offer_effect: outlooks.treated.no_order - outlooks.untreated.no_order,
        expected_margin: outlooks.untreated.orders * orders::expected_margin(world, life.traits),
        churned: None,
    }
}
