//! What customers brought, and what a buy-till-you-die model with Gamma-Gamma expects of them.

use evaluation::Estimate;
use feature_engineering::FittedModels;
use feature_engineering::btyd::{GammaGamma, Kind, Model, Purchases, Spend, Valuation, customer_lifetime_value};
use history::{Block, Date, Days, Money};
use rayon::prelude::*;

use super::{CUSTOMERS_AT_ONCE, Ground};

/// Days of the lifetime value: beyond them a forecast of purchases is guesswork.
pub(super) const LIFETIME_DAYS: i32 = 3 * YEAR;
pub(super) const YEAR: i32 = 365;
/// Money is discounted for each stretch of at most so many days.
const LONGEST_STEP: f64 = 365.0 / 2.0;
/// The parts of which each is left out once (delete-a-group jackknife), and the quantile of Student's distribution with one degree
/// of freedom less than parts: `scipy.stats.t.ppf(0.975, 9)`.
const PARTS: usize = 10;
const STUDENT_9: f64 = 2.262_157_162_740_992;
/// With fewer customers of a group in the sample there is no interval.
const LEAST_SAMPLED: u64 = 10;
/// So many customers are enough for the width of an interval, which shrinks with the root of their number.
const MOST_SAMPLED: usize = 5_000;

/// What is expected of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Expected {
    /// Margin over [`LIFETIME_DAYS`].
    Lifetime,
    /// Margin over the period that the project chose.
    Chosen,
    /// Margin so far, and over [`LIFETIME_DAYS`].
    Total,
}

/// What a customer did, with what is expected.
#[derive(Debug, Clone, Copy)]
pub(super) struct CustomerWorth {
    pub(super) customer: u32,
    pub(super) amount_year: f64,
    pub(super) margin_year: f64,
    pub(super) orders_year: u64,
    /// Years of the last one in which the customer was there.
    pub(super) years: f64,
    /// The first order had a discount.
    pub(super) discount: bool,
    so_far: f64,
    purchases: Purchases,
    spend: Option<Spend>,
    /// Margin of an amount, the customer's own shrunken towards that of all.
    ratio: f64,
    /// By [`Expected`]: over the lifetime, over the period chosen.
    expected: [f64; 2],
}

/// The customers who ever bought, and the forecast.
#[derive(Debug)]
pub(super) struct Worth {
    pub(super) rows: Vec<CustomerWorth>,
    /// What the forecast is made with, in words; or why there is none.
    pub(super) forecast: Result<String, String>,
    /// Days of the period chosen.
    pub(super) chosen: i32,
    /// Means with a part of the customers left out: by part, group, and what is expected.
    left_out: Vec<Vec<[f64; 3]>>,
    /// Share of the customers whom the parts are made of.
    sampled: f64,
}

/// Models of purchases and of spend.
#[derive(Debug, Clone, Copy)]
struct Forecast {
    purchases: Model,
    spend: GammaGamma,
}

impl Worth {
    pub(super) fn of(ground: &Ground<'_>) -> anyhow::Result<Self> {
        let chosen = ground.sources.project.plan.value_over.map_or(YEAR, Days::get);
        let mut worth =
            Self { rows: rows(ground)?, forecast: Err(String::new()), chosen, left_out: Vec::new(), sampled: 1.0 };
        if ground.margins().is_none() {
            let why = "map margin or cost in [transactions] columns, or say what share of the amounts is margin, such as [plan] margin = 0.3";
            worth.forecast = Err(why.to_owned());
            return Ok(worth);
        }
        let fitted = match FittedModels::fit_or_say(&ground.history)? {
            Ok(fitted) => fitted,
            Err(why) => {
                worth.forecast = Err(format!("no forecast of purchases could be fitted ({why})"));
                return Ok(worth);
            }
        };
        let Some(spend) = fitted.spend else {
            worth.forecast =
                Err("no forecast of spend could be fitted: too few customers bought more than once".to_owned());
            return Ok(worth);
        };
        let forecast = Forecast { purchases: fitted.purchases, spend };
        let discount = ground.sources.project.plan.discount;
        worth.rows.par_iter_mut().for_each(|row| row.expected = forecast.expects(row, chosen, discount));
        let kind = fitted.purchases.kind();
        worth.leave_out(ground, kind, fitted.without_left_censored, discount);
        let discounted = match 100.0 * discount {
            0.0 => "not discounted".to_owned(),
            percent => format!("discounted at {percent:.1} % a year"),
        };
        worth.forecast = Ok(format!(
            "{} and Gamma-Gamma, fitted on {} customers; {discounted} ([plan] discount)",
            kind.name(),
            fitted.customers
        ));
        Ok(worth)
    }

    /// The mean of what is expected of the customers of a group who are wanted, with its interval: parameters and customers vary
    /// together, with one part of ten left out at a time (Wolter 2007, Introduction to Variance Estimation, chapter 4).
    pub(super) fn mean(&self, ground: &Ground<'_>, group: usize, what: Expected) -> anyhow::Result<Estimate> {
        let of_group = |row: &&CustomerWorth| {
            row.counts(ground, what) && ground.groups.each(row.customer).any(|other| other == group)
        };
        let (mut sum, mut customers) = (0.0, 0_u64);
        for row in self.rows.iter().filter(of_group) {
            sum += row.value(what);
            customers += 1;
        }
        if customers == 0 {
            return Ok(Estimate::NONE);
        }
        let mean = sum / customers as f64;
        let parts: Vec<f64> = self.left_out.iter().map(|groups| groups[group][what as usize]).collect();
        if parts.is_empty() || parts.iter().any(|part| part.is_nan()) {
            return Ok(Estimate::new(mean, None)?);
        }
        let middle = parts.iter().sum::<f64>() / PARTS as f64;
        let squares: f64 = parts.iter().map(|part| (part - middle) * (part - middle)).sum();
        let variance = squares * (PARTS - 1) as f64 / PARTS as f64 * self.sampled;
        let half = STUDENT_9 * variance.sqrt();
        Ok(Estimate::new(mean, Some((mean - half, mean + half)))?)
    }

    fn leave_out(&mut self, ground: &Ground<'_>, kind: Kind, without_left_censored: bool, discount: f64) {
        let every = self.rows.len().div_ceil(MOST_SAMPLED).max(1);
        let sample: Vec<CustomerWorth> = self.rows.iter().step_by(every).copied().collect();
        self.sampled = sample.len() as f64 / self.rows.len().max(1) as f64;
        let known = f64::from(ground.as_of.days_since(ground.history.first_visible_day()) - FIRST_DAYS);
        let chosen = self.chosen;
        let of_part = |part: usize| -> Option<Vec<[f64; 3]>> {
            let kept: Vec<&CustomerWorth> =
                sample.iter().enumerate().filter(|(at, _)| at % PARTS != part).map(|(_, row)| row).collect();
            let fit_on: Vec<&&CustomerWorth> =
                kept.iter().filter(|row| !without_left_censored || row.purchases.age() <= known).collect();
            let purchases: Vec<Purchases> = fit_on.iter().map(|row| row.purchases).collect();
            let spends: Vec<Spend> = fit_on.iter().filter_map(|row| row.spend).collect();
            let forecast =
                Forecast { purchases: Model::fit(kind, &purchases).ok()?, spend: GammaGamma::fit(&spends).ok()? };
            let mut sums = vec![[(0.0, 0_u64); 3]; ground.groups.len()];
            for row in kept {
                let row = CustomerWorth { expected: forecast.expects(row, chosen, discount), ..*row };
                for group in ground.groups.each(row.customer) {
                    for what in [Expected::Lifetime, Expected::Chosen, Expected::Total] {
                        if row.counts(ground, what) {
                            let (sum, customers) = &mut sums[group][what as usize];
                            *sum += row.value(what);
                            *customers += 1;
                        }
                    }
                }
            }
            let mean = |(sum, n): (f64, u64)| if n < LEAST_SAMPLED { f64::NAN } else { sum / n as f64 };
            Some(sums.into_iter().map(|sums| sums.map(mean)).collect())
        };
        let parts: Option<Vec<_>> = (0..PARTS).into_par_iter().map(of_part).collect();
        self.left_out = parts.unwrap_or_default();
    }
}

/// A first purchase within so many days of the first day of the export may not be the first; as in [`FittedModels`].
const FIRST_DAYS: i32 = 30;

impl CustomerWorth {
    /// Of today's customers the future counts; of what it was worth to win them, everybody's.
    fn counts(&self, ground: &Ground<'_>, what: Expected) -> bool {
        what == Expected::Total || ground.is_eligible(self.customer)
    }

    fn value(&self, what: Expected) -> f64 {
        match what {
            Expected::Lifetime => self.expected[0],
            Expected::Chosen => self.expected[1],
            Expected::Total => self.so_far + self.expected[0],
        }
    }

    /// Margin so far, and over the lifetime.
    pub(super) fn total(&self) -> f64 {
        self.value(Expected::Total)
    }
}

impl Forecast {
    /// Expected margin over the lifetime and over the period chosen; 0 where numbers leave their range.
    fn expects(&self, row: &CustomerWorth, chosen: i32, discount: f64) -> [f64; 2] {
        let Ok(spend) = self.spend.expected_spend(row.spend.as_ref()) else { return [0.0; 2] };
        [LIFETIME_DAYS, chosen].map(|days| {
            let periods = (f64::from(days) / LONGEST_STEP).ceil();
            let period = f64::from(days) / periods;
            let valuation = Valuation {
                margin: row.ratio,
                periods: periods as u32,
                period,
                discount: (1.0 + discount).powf(period / f64::from(YEAR)) - 1.0,
            };
            let value = customer_lifetime_value(&self.purchases, &row.purchases, spend, &valuation);
            value.ok().filter(|value| value.is_finite()).unwrap_or(0.0)
        })
    }
}

/// Sums of a customer's purchases.
#[derive(Debug, Clone, Copy)]
struct Sums {
    purchases: Purchases,
    sales: Money,
    amount: Money,
    margin: Money,
    amount_year: Money,
    margin_year: Money,
    orders: u64,
    orders_year: u64,
    discount: bool,
}

fn rows(ground: &Ground<'_>) -> anyhow::Result<Vec<CustomerWorth>> {
    let mut sums: Vec<(u32, Sums)> = Vec::new();
    for customers in ground.everybody.chunks(CUSTOMERS_AT_ONCE) {
        let found = ground.history.map(customers, |block, customer| sums_of(ground, block, customer))?;
        sums.extend(customers.iter().zip(found).filter_map(|(customer, sums)| Some((*customer, sums?))));
    }
    let factor = ground.margins().unwrap_or(1.0);
    let total = |of: fn(&Sums) -> Money| sums.iter().fold(Money::ZERO, |sum, (_, s)| sum.plus(of(s))).to_f64();
    let (amount, margin) = (total(|sums| sums.amount), total(|sums| sums.margin));
    let orders: u64 = sums.iter().map(|(_, sums)| sums.orders).sum();
    let of_all = if amount > 0.0 { margin / amount } else { 0.0 };
    // Each customer's own margin share counts against one order of the mean value with the share of all.
    let prior = amount.max(0.0) / orders.max(1) as f64;
    let row = |(customer, sums): (u32, Sums)| {
        let own = sums.amount.to_f64().max(0.0);
        let ratio =
            if own + prior > 0.0 { (sums.margin.to_f64().min(own) + prior * of_all) / (own + prior) } else { of_all };
        CustomerWorth {
            customer,
            amount_year: sums.amount_year.to_f64(),
            margin_year: factor * sums.margin_year.to_f64(),
            orders_year: sums.orders_year,
            years: sums.purchases.age().clamp(f64::from(LEAST_DAYS), f64::from(YEAR)) / f64::from(YEAR),
            discount: sums.discount,
            so_far: factor * sums.margin.to_f64(),
            purchases: sums.purchases,
            spend: Spend::of_total(sums.purchases.repeat() + 1, sums.sales).ok(),
            ratio: factor * ratio,
            expected: [0.0; 2],
        }
    };
    Ok(sums.into_iter().map(row).collect())
}

/// A customer of fewer days counts as one of so many.
const LEAST_DAYS: i32 = 30;

fn sums_of(ground: &Ground<'_>, block: &Block<'_>, customer: u32) -> Option<Sums> {
    let year_ago = ground.as_of.plus_days(-YEAR);
    let mut days: Option<(Date, Date, u32)> = None;
    let mut sums: Option<Sums> = None;
    for row in ground.history.rows(block, customer) {
        let day = row.timestamp.date();
        if row.is_purchase() {
            days = Some(match days {
                None => (day, day, 0),
                Some((first, last, repeat)) => (first, day.max(last), repeat + u32::from(day > last)),
            });
        }
        let found = sums.get_or_insert(Sums {
            purchases: Purchases::new(0, 0.0, 0.0).ok()?,
            sales: Money::ZERO,
            amount: Money::ZERO,
            margin: Money::ZERO,
            amount_year: Money::ZERO,
            margin_year: Money::ZERO,
            orders: 0,
            orders_year: 0,
            discount: row.discount > Money::ZERO,
        });
        if !row.is_return() {
            found.sales = found.sales.plus(row.amount);
        }
        found.amount = found.amount.plus(row.amount);
        found.margin = found.margin.plus(row.margin);
        found.orders += u64::from(row.is_purchase());
        if day >= year_ago {
            found.amount_year = found.amount_year.plus(row.amount);
            found.margin_year = found.margin_year.plus(row.margin);
            found.orders_year += u64::from(row.is_purchase());
        }
    }
    let ((first, last, repeat), found) = (days?, sums?);
    let since = |day: Date| f64::from(ground.as_of.days_since(day));
    let purchases = Purchases::new(repeat, since(first) - since(last), since(first)).ok()?;
    Some(Sums { purchases, ..found })
}
