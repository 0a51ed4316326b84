//! What a customer will do, given everything about the customer that exists: the truth that models are held against.
//!
//! Problems follow orders. So as long as no order comes, nothing new goes wrong, and the leaving rate of every coming
//! day is known. The probability of no order within the horizon is then a plain sum over the day on which the customer
//! begins to fade:
//!
//! ```text
//! P = sum over u of  P(fading begins on day u) * P(no order | full rate before u, fading from u on)
//!     + P(no fading) * P(no order | full rate)
//! ```
//!
//! with the second factor from [`Gaps::no_order`](crate::renewal::Gaps::no_order) at the operational time that the path
//! takes. This is exact for the simulation: it moves in days too. Campaigns that begin within the horizon are drawn by
//! lot, so the sum is averaged over both outcomes of each.

use crate::life::{Life, Stage};
use crate::world::World;

/// Expectations over the horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outlook {
    /// Probability of no order.
    pub(crate) no_order: f64,
    /// Expected number of orders. Problems that would follow the coming orders are left out of it, so it is high by
    /// a percent or two.
    pub(crate) orders: f64,
}

/// What becomes of a customer who is left alone, and of one who receives an offer today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outlooks {
    pub(crate) untreated: Outlook,
    pub(crate) treated: Outlook,
}

/// The outlook on the midnight that begins `as_of`; the days before it are lived.
pub(crate) fn outlooks(world: &World, life: &Life<'_>, as_of: i32) -> Outlooks {
    if life.stage(as_of) == Stage::Gone {
        let nothing = Outlook { no_order: 1.0, orders: 0.0 };
        return Outlooks { untreated: nothing, treated: nothing };
    }
    let coming: Vec<i32> = coming_campaigns(world, life, as_of);
    let no_effect = life.traits.response.order_rate == 1.0 && life.traits.response.leaving_rate == 1.0;
    if no_effect || coming.is_empty() {
        let untreated = outlook(world, life, as_of, &life.offers);
        let treated = if no_effect {
            untreated
        } else {
            outlook(world, life, as_of, &[life.offers.as_slice(), &[as_of]].concat())
        };
        return Outlooks { untreated, treated };
    }
    let mut sums = [Outlook { no_order: 0.0, orders: 0.0 }; 2];
    let lots = 1_u32 << coming.len();
    for lot in 0..lots {
        let mut offers = life.offers.clone();
        offers.extend(coming.iter().enumerate().filter(|(at, _)| lot >> at & 1 == 1).map(|(_, day)| *day));
        for sum in &mut sums {
            let one = outlook(world, life, as_of, &offers);
            sum.no_order += one.no_order / f64::from(lots);
            sum.orders += one.orders / f64::from(lots);
            offers.push(as_of);
        }
    }
    Outlooks { untreated: sums[0], treated: sums[1] }
}

/// Days of the campaigns within the horizon whose lot this customer will be in without another order.
fn coming_campaigns(world: &World, life: &Life<'_>, as_of: i32) -> Vec<i32> {
    let last = life.orders.last().copied().filter(|day| *day >= world.start);
    let horizon = as_of..as_of + world.horizon();
    let in_lot = |day: &&i32| horizon.contains(day) && life.traits.contact_allowed && world.is_eligible(last, **day);
    world.campaigns.iter().filter(in_lot).copied().collect()
}

fn outlook(world: &World, life: &Life<'_>, as_of: i32, offers: &[i32]) -> Outlook {
    let days = as_of..as_of + world.horizon();
    let rates: Vec<f64> = days.clone().map(|day| life.full_order_rate(day, offers)).collect();
    let (gaps, elapsed) = (life.traits.gaps, life.elapsed);
    if let Stage::Fading(since) = life.stage(as_of) {
        let ahead = faded(world, &rates, since);
        return Outlook { no_order: gaps.no_order(elapsed, ahead), orders: gaps.expected_orders(elapsed, ahead) };
    }
    let mut total = Outlook { no_order: 0.0, orders: 0.0 };
    let mut add = |probability: f64, ahead: f64| {
        total.no_order += probability * gaps.no_order(elapsed, ahead);
        total.orders += probability * gaps.expected_orders(elapsed, ahead);
    };
    let (mut still_active, mut lived) = (1.0, 0.0);
    for (at, day) in days.enumerate() {
        let stays = (-life.leaving_rate(day, offers)).exp();
        add(still_active * (1.0 - stays), lived + faded(world, &rates[at..], 0));
        still_active *= stays;
        lived += rates[at];
    }
    add(still_active, lived);
    total
}

/// Operational time of days with these full rates, the first of them `since` days after the fading began.
fn faded(world: &World, rates: &[f64], since: i32) -> f64 {
    (since..world.fading_days()).zip(rates).map(|(days, rate)| rate * world.fading(days)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Company;
    use crate::renewal::Gaps;
    use crate::traits::Traits;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// A customer half a year old, with a complaint reported and another under way.
    fn halfway<'a>(world: &'a World, traits: &'a Traits, rng: &mut ChaCha8Rng) -> Life<'a> {
        let as_of = world.start + 250;
        let mut life = Life::begin(world, traits, as_of - 180, rng);
        for day in as_of - 179..as_of {
            life.live(day, rng);
        }
        life.onset = None;
        life.orders.push(as_of - 30);
        for day in [as_of - 5, as_of + 4] {
            life.problems.push(crate::life::Problem { day, resolved: Some(day + 20), is_complaint: true });
        }
        life
    }

    #[test]
    fn the_probability_is_the_share_of_lives_without_an_order() {
        let world = World::new(&Company { campaigns: crate::Campaigns::default(), ..Company::default() });
        let as_of = world.start + 250; // 2024-09-07: the first campaign begins two days later
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for gaps in [Gaps::Random, Gaps::Regular] {
            let mut traits = Traits::draw(&world, &mut rng);
            (traits.gaps, traits.order_rate, traits.leaving_rate) = (gaps, 1.0 / 60.0, 0.004);
            (traits.contact_allowed, traits.response) = (true, world.company.campaigns.on_persuadable);
            // Only the drawn gap and the drawn end are hidden from the outlook; draw them anew for every life.
            let life = halfway(&world, &traits, &mut rng);
            let expected = outlooks(&world, &life, as_of);
            let lives = 40_000;
            let (mut none, mut none_treated) = (0, 0);
            for _ in 0..lives {
                for treated in [false, true] {
                    let mut life = life.clone();
                    life.redraw(&mut rng);
                    if treated {
                        life.offers.push(as_of);
                    }
                    let before = life.orders.len();
                    for day in as_of..as_of + world.horizon() {
                        let in_lot =
                            world.campaigns.contains(&day) && world.is_eligible(life.orders.last().copied(), day);
                        if in_lot && rand::RngExt::random::<bool>(&mut rng) {
                            life.offers.push(day);
                        }
                        life.live(day, &mut rng);
                    }
                    let nothing = i32::from(life.orders.len() == before);
                    if treated { none_treated += nothing } else { none += nothing }
                }
            }
            let close = |count: i32, p: f64| {
                let error = 4.0 * (p * (1.0 - p) / f64::from(lives)).sqrt();
                assert!((f64::from(count) / f64::from(lives) - p).abs() < error, "{gaps:?} {count} {p}");
            };
            close(none, expected.untreated.no_order);
            close(none_treated, expected.treated.no_order);
            assert!(expected.treated.no_order < expected.untreated.no_order - 0.02);
        }
    }

    #[test]
    fn a_fading_customer_buys_less_and_a_gone_one_nothing() {
        let world = World::new(&Company::default());
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        let traits = Traits::draw(&world, &mut rng);
        let mut life = halfway(&world, &traits, &mut rng);
        let as_of = world.start + 250;
        let active = outlooks(&world, &life, as_of).untreated;
        life.onset = Some(as_of - 30);
        let fading = outlooks(&world, &life, as_of).untreated;
        life.onset = Some(as_of - 60);
        let gone = outlooks(&world, &life, as_of).untreated;
        assert!(active.no_order < fading.no_order && fading.no_order < 1.0);
        assert!(active.orders > fading.orders && fading.orders > 0.0);
        assert_eq!(gone, Outlook { no_order: 1.0, orders: 0.0 });
    }
}
