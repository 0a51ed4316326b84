//! What a simulated company is like: every number that shapes it, with its unit.

use history::Date;

/// A retail company with known truth.
///
/// Customers arrive at a steady pace, buy at a rate of their own, and at some point begin to fade: they buy less and
/// less for [`Leaving::fading_days`] and then never again. Bad service brings that point closer; an offer may put it
/// off or bring it closer. The defaults look like a mid-sized shop with about fifteen orders per customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    /// Name of the company, in the project file: letters, digits, `-`, `_` and spaces.
    pub name: String,
    /// Seed of everything that is random. The same seed and settings give the same bytes.
    pub seed: u64,
    /// Number of customers, 1 to 100 million: the ones who were customers at `start` or signed up later.
    pub customers: u32,
    /// First day of the exports.
    pub start: Date,
    /// First day that is not in the exports. All purchases, events and offers lie before it.
    pub complete_through: Date,
    /// Customers at `start` signed up at a steady pace during this many days before it; 0 to 3650.
    pub stock_days: u16,
    /// Length of the window in which a customer who buys nothing has churned, in days; 1 to 365.
    pub horizon_days: u16,
    /// A customer is eligible who bought during this many days before the as-of date; 1 to 3650.
    pub active_within_days: u16,
    /// As-of dates of the truth table besides `complete_through`; ascending, after `start`, before
    /// `complete_through`.
    pub truth_as_of: Vec<Date>,
    /// How often customers buy.
    pub buying: Buying,
    /// How customers leave.
    pub leaving: Leaving,
    /// What goes wrong, and how it is put right.
    pub service: Service,
    /// What an order is worth.
    pub baskets: Baskets,
    /// Past randomised offers.
    pub campaigns: Campaigns,
    /// Mean number of visits, logins and e-mails a year that the export keeps of an active customer. It thins
    /// the events table and touches nothing else of what customers do; 0 to 1000.
    pub engagement_events_per_year: f64,
}

/// How often customers buy.
#[derive(Debug, Clone, PartialEq)]
pub struct Buying {
    /// Mean order rate of customers who are not fading, in orders a year; the personal rates are gamma distributed.
    pub orders_per_year: f64,
    /// Shape of that gamma distribution: the smaller, the more uneven the customers.
    pub rate_shape: f64,
    /// Share of consumers who buy at regular distances (Erlang-2 gaps); the others' gaps are exponential. Of
    /// businesses, twice this share, at most all.
    pub regular_share: f64,
    /// Strength of the seasons: 0 none, 1 a Christmas peak of about a quarter above the rest of the year; up to 2. A
    /// strong season makes churn itself seasonal: what was calibrated on one quarter is off in the next.
    pub seasonality: f64,
    /// Share of customers whose first order falls on the day they sign up.
    pub signup_order_share: f64,
}

/// How customers leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaving {
    /// Mean rate at which customers begin to fade, per year, before acquisition channel, first-order discount, service
    /// and offers change it.
    pub hazard_per_year: f64,
    /// Standard deviation of the logarithm of the personal rates.
    pub hazard_spread: f64,
    /// Factor on the rate of customers who came for a first-order discount; at least 0.1.
    pub promotion_factor: f64,
    /// Days from the first day of fading to the day on which the customer is gone; 0 to 365.
    pub fading_days: u16,
    /// Share of the order rate that is left on the last day of fading; falls to it in a straight line.
    pub fading_floor: f64,
}

/// What goes wrong, and how it is put right. Every problem follows an order by some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Mean share of orders that a problem follows.
    pub problem_share: f64,
    /// Share of the problems that are complaints; the others are tickets, which weigh half as much.
    pub complaint_share: f64,
    /// Share of the problems that are never resolved.
    pub unresolved_share: f64,
    /// Median time to resolve the others, in days.
    pub median_days_to_resolve: f64,
    /// What an open complaint adds to the factor on the leaving rate; 3 makes it four times as high.
    pub open_factor: f64,
    /// After it is resolved, half of that is left, and shrinks by 1/e in this many days; 1 to 365.
    pub memory_days: u16,
}

/// What an order is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Baskets {
    /// Median over consumers of their mean order value before discounts, in units of the currency.
    pub median_order_value: f64,
    /// Standard deviation of the logarithm of the personal mean order values.
    pub spread_between_customers: f64,
    /// Standard deviation of the logarithm of one customer's order values.
    pub spread_within_customer: f64,
    /// Mean share of orders with a discount of 5 to 30 %; the personal shares are uneven.
    pub discount_share: f64,
    /// Share of orders that come back whole, 3 to 25 days later.
    pub return_share: f64,
}

/// Past offers to randomly chosen halves of the eligible customers who may be contacted.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaigns {
    /// Dates of the campaigns, at most 8, ascending, at least `effect_days` apart, within the period.
    pub dates: Vec<Date>,
    /// Name of the offer: letters, digits, `-`, `_` and spaces.
    pub offer: String,
    /// Cost of one offer, in whole hundredths of the currency unit.
    pub cost_hundredths: u32,
    /// For how many days, from the day of the campaign, an offer changes what its receiver does; 30 to 365.
    pub effect_days: u16,
    /// What it does to those who can be persuaded: 20 % of the customers who use discounts least, 60 % of those who use
    /// them most.
    pub on_persuadable: OfferFactors,
    /// What it does to those better left alone: 14 % down to 4 %, likewise. The others don't mind.
    pub on_sleeping_dog: OfferFactors,
}

/// Factors while an offer is in effect; 1 changes nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfferFactors {
    /// On the order rate, fading or not.
    pub order_rate: f64,
    /// On the rate at which customers begin to fade.
    pub leaving_rate: f64,
}

impl Default for Company {
    /// 50,000 customers from 2024-01-01 up to 2026-07-01.
    fn default() -> Self {
        Self {
            name: "acme".to_owned(),
            seed: 1,
            customers: 50_000,
            start: date(2024, 1, 1),
            complete_through: date(2026, 7, 1),
            stock_days: 1_460,
            horizon_days: 90,
            active_within_days: 180,
            truth_as_of: Vec::new(),
            buying: Buying::default(),
            leaving: Leaving::default(),
            service: Service::default(),
            baskets: Baskets::default(),
            campaigns: Campaigns::default(),
            engagement_events_per_year: 6.0,
        }
    }
}

impl Company {
    /// The company of the sample data: 2,500 customers, some three megabytes of CSV.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            customers: 2_500,
            start: date(2024, 7, 1),
            buying: Buying { orders_per_year: 6.2, ..Buying::default() },
            campaigns: Campaigns { dates: vec![date(2025, 9, 8)], ..Campaigns::default() },
            ..Self::default()
        }
    }
}

impl Default for Buying {
    fn default() -> Self {
        Self { orders_per_year: 13.5, rate_shape: 1.6, regular_share: 0.3, seasonality: 0.3, signup_order_share: 0.85 }
    }
}

impl Default for Leaving {
    fn default() -> Self {
        Self { hazard_per_year: 0.5, hazard_spread: 0.6, promotion_factor: 1.5, fading_days: 60, fading_floor: 0.15 }
    }
}

impl Default for Service {
    fn default() -> Self {
        Self {
            problem_share: 0.06,
            complaint_share: 0.35,
            unresolved_share: 0.08,
            median_days_to_resolve: 1.5,
            open_factor: 3.0,
            memory_days: 45,
        }
    }
}

impl Default for Baskets {
    fn default() -> Self {
        Self {
            median_order_value: 45.0,
            spread_between_customers: 0.6,
            spread_within_customer: 0.5,
            discount_share: 0.25,
            return_share: 0.06,
        }
    }
}

impl Default for Campaigns {
    fn default() -> Self {
        Self {
            dates: vec![date(2024, 9, 9), date(2025, 2, 10), date(2025, 9, 8)],
            offer: "voucher-10".to_owned(),
            cost_hundredths: 400,
            effect_days: 60,
            on_persuadable: OfferFactors { order_rate: 1.6, leaving_rate: 0.3 },
            on_sleeping_dog: OfferFactors { order_rate: 0.75, leaving_rate: 1.8 },
        }
    }
}

fn date(year: i32, month: u32, day: u32) -> Date {
    Date::from_year_month_day(year, month, day).expect("the dates written in this file exist")
}
