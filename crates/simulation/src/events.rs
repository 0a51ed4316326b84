//! Everything a customer does, and is sent, besides buying.
//!
//! Visits, logins and opened e-mails thin out as the customer fades, and end when the customer is gone; newsletters go
//! on for a year. Service events follow the problems that drive customers away; surveys show the mood.

use history::MICROS_PER_DAY;
use rand::{Rng, RngExt};
use rand_distr::{Exp1, StandardNormal};

use crate::customer::Customer;
use crate::life::{Problem, grievance};
use crate::orders::{OrderRow, moment};
use crate::world::{DAYS_PER_YEAR, World};

/// Shares of visits, logins and newsletters among the engagement events.
const VISITS: f64 = 0.45;
const LOGINS: f64 = 0.15;
const NEWSLETTERS: f64 = 0.4;

/// Share of newsletters opened by an average active customer, and by one who is gone; share of the opened with a click.
const OPENED: f64 = 0.4;
const OPENED_ONCE_GONE: f64 = 0.03;
const CLICKED: f64 = 0.2;

/// Newsletters end this many days after the customer is gone.
const NEWSLETTERS_ONCE_GONE: i32 = 365;

/// Shares of orders followed by a question for the NPS, and by a review.
const NPS_SHARE: f64 = 0.05;
const REVIEW_SHARE: f64 = 0.03;

/// Share of resolved problems followed by a satisfaction survey.
const CSAT_SHARE: f64 = 0.5;

/// Calls and quote requests a year, of businesses; consumers are called seldom and request no quotes.
const BUSINESS_CALLS: f64 = 1.5;
const CONSUMER_CALLS: f64 = 0.06;
const QUOTES: f64 = 0.6;
const FOLLOWED_UP: f64 = 0.7;

/// A row of the events table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EventRow {
    /// Microseconds of wall-clock time.
    pub(crate) at: i64,
    pub(crate) kind: &'static str,
    pub(crate) value: Option<f64>,
    pub(crate) channel: Option<&'static str>,
    /// Microseconds of wall-clock time.
    pub(crate) resolved_at: Option<i64>,
}

/// A customer's events within the period, ascending in time.
pub(crate) fn event_rows<R: Rng>(
    world: &World,
    customer: &Customer,
    orders: &[OrderRow],
    rng: &mut R,
) -> Vec<EventRow> {
    let mut events = Events { world, customer, rng, rows: Vec::new() };
    events.engagement();
    for problem in &customer.problems {
        events.service(problem);
    }
    for order in orders.iter().filter(|order| !order.is_return) {
        events.surveys(order);
    }
    events.contacts();
    let mut rows = events.rows;
    rows.sort_by_key(|row| (row.at, row.kind));
    rows
}

struct Events<'a, R> {
    world: &'a World,
    customer: &'a Customer,
    rng: &'a mut R,
    rows: Vec<EventRow>,
}

impl<R: Rng> Events<'_, R> {
    fn engagement(&mut self) {
        let per_day = self.world.company.engagement_events_per_year / DAYS_PER_YEAR;
        let rate = per_day * self.customer.traits.engagement;
        for (kind, share) in [("visit", VISITS), ("login", LOGINS)] {
            for day in self.arrivals(rate * share, self.world.end) {
                if self.happens(self.customer.vigour(self.world, day)) {
                    let app = self.happens(self.customer.traits.app_share);
                    self.add(day, kind, None, Some(if app { "app" } else { "web" }));
                }
            }
        }
        if !self.customer.traits.contact_allowed {
            return;
        }
        let gone = self.customer.gone(self.world).unwrap_or(self.world.end);
        for day in self.arrivals(per_day * NEWSLETTERS, gone + NEWSLETTERS_ONCE_GONE) {
            let sent = self.add(day, "email_sent", None, Some("email"));
            let vigour = self.customer.vigour(self.world, day) * self.customer.traits.engagement.min(2.0);
            if !self.happens((OPENED * vigour).max(OPENED_ONCE_GONE)) {
                continue;
            }
            // Opened within six hours of the same day or by 23:30, clicked within the next ten minutes.
            let midnight = i64::from(day) * MICROS_PER_DAY;
            let last = midnight + 84_600 * 1_000_000;
            let opened = (sent + 1_000_000 * self.rng.random_range(60..21_600_i64)).min(last);
            self.add_at(opened, "email_open", None, Some("email"), None);
            if self.happens(CLICKED) {
                let clicked = opened + 1_000_000 * self.rng.random_range(5..600_i64);
                self.add_at(clicked, "email_click", None, Some("email"), None);
            }
        }
    }

    fn service(&mut self, problem: &Problem) {
        let kind = if problem.is_complaint { "complaint" } else { "ticket" };
        let reported = moment(problem.day, self.rng);
        let resolved = problem.resolved.map(|day| (day, moment(day, self.rng)));
        let asked = self.happens(CSAT_SHARE);
        let luck: f64 = self.rng.sample(StandardNormal);
        if (self.world.start..self.world.end).contains(&problem.day) {
            let known = resolved.filter(|(day, _)| *day < self.world.end).map(|(_, at)| at);
            self.add_at(reported, kind, None, Some(self.customer.traits.contact), known);
        }
        if let (Some((day, _)), true) = (resolved, asked) {
            let waited = f64::from(day - problem.day);
            let mood = 4.6 - 0.7 * waited.ln() + 0.3 * self.customer.traits.satisfaction + 0.6 * luck;
            self.add(day + 1, "csat", Some(mood.round().clamp(1.0, 5.0)), Some("email"));
        }
    }

    fn surveys(&mut self, order: &OrderRow) {
        let asked = i32::try_from(order.at / MICROS_PER_DAY).unwrap_or(i32::MAX - 30) + self.rng.random_range(3..=14);
        let mood =
            self.customer.traits.satisfaction - 1.5 * grievance(self.world, &self.customer.problems, asked).min(2.0);
        let luck: f64 = self.rng.sample(StandardNormal);
        if self.happens(NPS_SHARE) {
            let value = (8.0 + 1.4 * mood + 1.1 * luck).round().clamp(0.0, 10.0);
            self.add(asked, "nps", Some(value), Some("email"));
        }
        if self.happens(REVIEW_SHARE) {
            let value = (4.3 + 0.6 * mood + 0.6 * luck).round().clamp(1.0, 5.0);
            self.add(asked, "review", Some(value), Some("web"));
        }
    }

    fn contacts(&mut self) {
        let is_business = self.customer.traits.business;
        let calls = if is_business { BUSINESS_CALLS } else { CONSUMER_CALLS };
        for day in self.arrivals(calls / DAYS_PER_YEAR, self.world.end) {
            if self.happens(self.customer.vigour(self.world, day)) {
                self.add(day, "call", None, Some("phone"));
            }
        }
        if !is_business {
            return;
        }
        for day in self.arrivals(QUOTES / DAYS_PER_YEAR, self.world.end) {
            if !self.happens(self.customer.vigour(self.world, day)) {
                continue;
            }
            self.add(day, "quote_request", None, Some("email"));
            let later = day + self.rng.random_range(1..=7);
            if self.happens(FOLLOWED_UP) {
                self.add(later, "quote_followup", None, Some("phone"));
            }
        }
    }

    /// Days at which something comes at random, with this rate a day, from signup or the start on.
    fn arrivals(&mut self, rate: f64, until: i32) -> Vec<i32> {
        let from = self.customer.signup.max(self.world.start);
        let length = f64::from(until.min(self.world.end) - from);
        let mut days = Vec::new();
        if rate <= 0.0 {
            return days;
        }
        let mut at = 0.0;
        loop {
            let gap: f64 = self.rng.sample(Exp1);
            at += gap / rate;
            if at >= length {
                return days;
            }
            days.push(from + at as i32);
        }
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.rng.random::<f64>() < probability
    }

    /// Adds an event at some moment of a day, and returns the moment. Days outside the period are left out.
    fn add(&mut self, day: i32, kind: &'static str, value: Option<f64>, channel: Option<&'static str>) -> i64 {
        let at = moment(day, self.rng);
        if (self.world.start..self.world.end).contains(&day) {
            self.add_at(at, kind, value, channel, None);
        }
        at
    }

    fn add_at(
        &mut self,
        at: i64,
        kind: &'static str,
        value: Option<f64>,
        channel: Option<&'static str>,
        resolved_at: Option<i64>,
    ) {
        self.rows.push(EventRow { at, kind, value, channel, resolved_at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Company;
    use crate::customer::random_numbers;

    #[test]
    fn events_lie_in_the_period_and_after_signup() {
        let world = World::new(&Company::default());
        let mut kinds = std::collections::BTreeSet::new();
        for index in 0..2_000 {
            let mut rng = random_numbers(2, index);
            let customer = Customer::draw(&world, &mut rng);
            let orders = crate::orders::order_rows(&world, &customer, &mut rng);
            let rows = event_rows(&world, &customer, &orders, &mut rng);
            let from = i64::from(world.start.max(customer.signup)) * MICROS_PER_DAY;
            let until = i64::from(world.end) * MICROS_PER_DAY;
            assert!(rows.is_sorted_by_key(|row| row.at));
            for row in rows {
                assert!((from..until).contains(&row.at), "{row:?}");
                assert!(row.resolved_at.is_none_or(|at| row.at < at && at < until), "{row:?}");
                kinds.insert(row.kind);
            }
        }
        let expected = [
            "call",
            "complaint",
            "csat",
            "email_click",
            "email_open",
            "email_sent",
            "login",
            "nps",
            "quote_followup",
            "quote_request",
            "review",
            "ticket",
            "visit",
        ];
        assert!(kinds.iter().eq(expected.iter()), "{kinds:?}");
    }

    #[test]
    fn fading_customers_visit_less_and_gone_ones_never() {
        let world = World::new(&Company { engagement_events_per_year: 60.0, ..Company::default() });
        let (mut before, mut fading, mut after) = (0, 0, 0);
        for index in 0..2_000 {
            let mut rng = random_numbers(3, index);
            let customer = Customer::draw(&world, &mut rng);
            let Some(onset) = customer.onset else { continue };
            if onset - 60 < customer.signup.max(world.start) || onset + 60 > world.end {
                continue;
            }
            for row in event_rows(&world, &customer, &[], &mut rng).iter().filter(|row| row.kind == "visit") {
                match (row.at / MICROS_PER_DAY) as i32 - onset {
                    -60..0 => before += 1,
                    0..60 => fading += 1,
                    60.. => after += 1,
                    _ => {}
                }
            }
        }
        assert!(before > 1_000 && after == 0);
        let left = f64::from(fading) / f64::from(before); // (1 - 1/60 .. 0.15 in a straight line): 0.568 on average
        assert!((left - 0.568).abs() < 0.08, "{left}");
    }
}
