//! One customer's life, day by day: problems, fading, orders.
//!
//! Order of things within a day: the day's leaving rate may start the fading, then the day's order rate brings orders.
//! Both are drawn as thresholds on an accumulated rate, so a day costs a few additions, and the probability of what
//! comes next has a closed form ([`crate::outlook`]). The comparisons with these thresholds are the only place where
//! the last bits of a floating-point number could change an outcome.

use rand::{Rng, RngExt};
use rand_distr::{Exp1, StandardNormal};

use crate::traits::Traits;
use crate::world::World;

/// An open problem stops getting worse for its customer after this many days.
const OPEN_PROBLEM_DAYS: i32 = 180;

/// Something that went wrong after an order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    /// The day the customer reports it; at least a day after the order.
    pub(crate) day: i32,
    /// The day it is resolved, if ever; at least a day after `day`.
    pub(crate) resolved: Option<i32>,
    /// A complaint; otherwise a ticket.
    pub(crate) is_complaint: bool,
}

impl Problem {
    /// How much it weighs on a day: 1 for an open complaint, half for a ticket, less and less once resolved.
    fn weight(&self, world: &World, day: i32) -> f64 {
        let size = if self.is_complaint { 1.0 } else { 0.5 };
        if day < self.day {
            0.0
        } else if day < self.eased() {
            size
        } else {
            size * world.memory(day - self.eased())
        }
    }

    /// The day from which it is being forgotten.
    fn eased(&self) -> i32 {
        let patience = self.day + OPEN_PROBLEM_DAYS;
        self.resolved.map_or(patience, |day| day.min(patience))
    }
}

/// The weight of problems on a day.
pub(crate) fn grievance(world: &World, problems: &[Problem], day: i32) -> f64 {
    problems.iter().map(|problem| problem.weight(world, day)).sum()
}

/// How a customer stands on the midnight that begins a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Buys at the full rate.
    Active,
    /// Began to fade this many days ago.
    Fading(i32),
    /// Never buys again.
    Gone,
}

/// A customer's state between two days.
#[derive(Debug, Clone)]
pub(crate) struct Life<'a> {
    world: &'a World,
    pub(crate) traits: &'a Traits,
    /// Operational time since the last order, or since signup.
    pub(crate) elapsed: f64,
    gap: f64,
    leaving: f64,
    leaving_limit: f64,
    /// First day of fading.
    pub(crate) onset: Option<i32>,
    /// Offers received: the day from which each is in effect.
    pub(crate) offers: Vec<i32>,
    /// All days with orders, one entry an order, from signup on.
    pub(crate) orders: Vec<i32>,
    /// All problems, from signup on.
    pub(crate) problems: Vec<Problem>,
    /// Problems before this index are forgotten.
    remembered: usize,
}

impl<'a> Life<'a> {
    /// A customer on the day of signup, with or without a first order on it.
    pub(crate) fn begin<R: Rng>(world: &'a World, traits: &'a Traits, signup: i32, rng: &mut R) -> Self {
        let mut life = Self {
            world,
            traits,
            elapsed: 0.0,
            gap: traits.gaps.draw(rng),
            leaving: 0.0,
            leaving_limit: rng.sample(Exp1),
            onset: None,
            offers: Vec::new(),
            orders: Vec::new(),
            problems: Vec::new(),
            remembered: 0,
        };
        if rng.random::<f64>() < world.company.buying.signup_order_share {
            life.order(signup, rng);
        }
        life
    }

    /// The same past with another future: draws the gap that is under way and the end of activity anew, given what has
    /// happened so far.
    #[cfg(test)]
    pub(crate) fn redraw<R: Rng>(&mut self, rng: &mut R) {
        loop {
            self.gap = self.traits.gaps.draw(rng);
            if self.gap > self.elapsed {
                break;
            }
        }
        let ahead: f64 = rng.sample(Exp1);
        self.leaving_limit = self.leaving + ahead;
    }

    /// Lives through one day.
    pub(crate) fn live<R: Rng>(&mut self, day: i32, rng: &mut R) {
        if self.onset.is_none() {
            self.leaving += self.leaving_rate(day, &self.offers);
            if self.leaving >= self.leaving_limit {
                self.onset = Some(day);
            }
        }
        let fading = self.onset.map_or(1.0, |onset| self.world.fading(day - onset));
        self.elapsed += fading * self.full_order_rate(day, &self.offers);
        while self.elapsed >= self.gap {
            self.elapsed -= self.gap;
            self.gap = self.traits.gaps.draw(rng);
            self.order(day, rng);
        }
        let forgotten = |problem: &Problem| self.world.memory(day - problem.eased()) == 0.0 && day > problem.eased();
        while self.problems.get(self.remembered).is_some_and(forgotten) {
            self.remembered += 1;
        }
    }

    /// The stage on the midnight that begins a day, provided that the days before it are lived and the day is not.
    pub(crate) fn stage(&self, day: i32) -> Stage {
        match self.onset {
            None => Stage::Active,
            Some(onset) if day - onset < self.world.fading_days() => Stage::Fading(day - onset),
            Some(_) => Stage::Gone,
        }
    }

    /// Rate of beginning to fade on a day, with these offers received and no further problem.
    pub(crate) fn leaving_rate(&self, day: i32, offers: &[i32]) -> f64 {
        let factor = if self.in_effect(day, offers) { self.traits.response.leaving_rate } else { 1.0 };
        self.traits.leaving_rate * factor * (1.0 + self.world.company.service.open_factor * self.grievance(day))
    }

    /// Order rate of a day for a customer who is not fading, with these offers received.
    pub(crate) fn full_order_rate(&self, day: i32, offers: &[i32]) -> f64 {
        let factor = if self.in_effect(day, offers) { self.traits.response.order_rate } else { 1.0 };
        self.traits.order_rate * factor * self.world.season(day)
    }

    fn grievance(&self, day: i32) -> f64 {
        grievance(self.world, &self.problems[self.remembered..], day)
    }

    fn in_effect(&self, day: i32, offers: &[i32]) -> bool {
        let length = i32::from(self.world.company.campaigns.effect_days);
        offers.iter().any(|from| (*from..from + length).contains(&day))
    }

    fn order<R: Rng>(&mut self, day: i32, rng: &mut R) {
        self.orders.push(day);
        if rng.random::<f64>() >= self.traits.problem_share {
            return;
        }
        let service = &self.world.company.service;
        let day = day + rng.random_range(1..=9);
        let is_complaint = rng.random::<f64>() < service.complaint_share;
        let is_resolved = rng.random::<f64>() >= service.unresolved_share;
        let slow: f64 = rng.sample(StandardNormal);
        let days = (service.median_days_to_resolve * slow.exp()).clamp(1.0, 365.0);
        let resolved = is_resolved.then_some(day + days.round() as i32);
        self.problems.push(Problem { day, resolved, is_complaint });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Company;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn world() -> World {
        World::new(&Company::default())
    }

    #[test]
    fn an_open_complaint_weighs_most_and_is_forgotten_in_the_end() {
        let world = world();
        let complaint = Problem { day: 100, resolved: Some(110), is_complaint: true };
        assert_eq!(complaint.weight(&world, 99), 0.0);
        assert_eq!(complaint.weight(&world, 100), 1.0);
        assert_eq!(complaint.weight(&world, 110), 0.5);
        assert!((complaint.weight(&world, 155) - 0.5 * (-1.0_f64).exp()).abs() < 1e-12);
        assert_eq!(complaint.weight(&world, 1_000), 0.0);
        let ticket = Problem { resolved: None, is_complaint: false, ..complaint };
        assert_eq!(ticket.weight(&world, 279), 0.5);
        assert_eq!(ticket.weight(&world, 280), 0.25);
    }

    #[test]
    fn dropping_forgotten_problems_changes_no_grievance() {
        let world = world();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut traits = Traits::draw(&world, &mut rng);
        (traits.order_rate, traits.problem_share, traits.leaving_rate) = (0.05, 0.5, 0.0);
        let mut life = Life::begin(&world, &traits, world.origin, &mut rng);
        for day in world.origin + 1..world.end {
            life.live(day, &mut rng);
            assert!((life.grievance(day + 1) - grievance(&world, &life.problems, day + 1)).abs() < 1e-12);
        }
        assert!(life.remembered > 10);
    }

    #[test]
    fn nobody_orders_once_gone() {
        let world = world();
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut traits = Traits::draw(&world, &mut rng);
        (traits.order_rate, traits.leaving_rate) = (0.5, 0.01);
        let mut life = Life::begin(&world, &traits, world.origin, &mut rng);
        for day in world.origin + 1..world.end {
            life.live(day, &mut rng);
        }
        let gone = life.onset.expect("rate 0.01 a day over six years") + world.fading_days();
        assert!(life.orders.iter().all(|day| *day < gone));
        assert!(life.orders.iter().any(|day| *day >= gone - 20));
        assert_eq!(life.stage(gone - 1), Stage::Fading(59));
        assert_eq!(life.stage(gone), Stage::Gone);
    }
}
