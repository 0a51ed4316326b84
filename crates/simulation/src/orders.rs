//! What an order looks like in the export: amount, discount, margin, product, channel; and orders that come back.

use history::{MICROS_PER_DAY, Money};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::customer::Customer;
use crate::traits::{CATEGORIES, FAVOURITE_SHARE, Traits, pick};
use crate::world::World;

/// Discounts of an order that has one, in hundredths, each equally likely.
const DISCOUNTS: [i64; 6] = [5, 10, 15, 20, 25, 30];

/// The discount on the first order of customers who came for one, in hundredths.
const FIRST_ORDER_DISCOUNT: i64 = 20;

/// Products of each category.
const PRODUCTS: usize = 20;

/// Orders by hour of the day, from 7:00 on, in thousandths.
const HOURS: [u32; 16] = [22, 40, 62, 80, 84, 82, 64, 56, 54, 56, 66, 80, 92, 86, 52, 24];

/// A row of the transactions table.
#[derive(Debug, Clone)]
pub(crate) struct OrderRow {
    /// Microseconds of wall-clock time.
    pub(crate) at: i64,
    /// Number among the customer's exported orders, from 1 on.
    pub(crate) number: u32,
    /// This row takes the order back: amount, quantity and margin are negative, the discount is zero.
    pub(crate) is_return: bool,
    /// After the discount.
    pub(crate) amount: Money,
    pub(crate) quantity: i64,
    pub(crate) discount: Money,
    pub(crate) margin: Money,
    pub(crate) product: usize,
    pub(crate) category: &'static str,
    pub(crate) channel: &'static str,
}

/// A customer's rows, ascending in time.
pub(crate) fn order_rows<R: Rng>(world: &World, customer: &Customer, rng: &mut R) -> Vec<OrderRow> {
    let baskets = &world.company.baskets;
    let mut rows = Vec::with_capacity(customer.orders.len() + 1);
    for (number, day) in (1_u32..).zip(&customer.orders) {
        let is_first = number == 1 && customer.first_order_in_period;
        let row = order_row(world, &customer.traits, number, *day, is_first, rng);
        if rng.random::<f64>() < baskets.return_share {
            let back = *day + rng.random_range(3..=25);
            let at = moment(back, rng);
            if back < world.end {
                rows.push(taken_back(&row, at));
            }
        }
        rows.push(row);
    }
    rows.sort_by_key(|row| (row.at, row.number, row.is_return));
    rows
}

/// Expected margin of an order, less that of orders which come back, in units of the currency. The discount on a first
/// order is left out of it.
pub(crate) fn expected_margin(world: &World, traits: &Traits) -> f64 {
    let mean_discount = DISCOUNTS.iter().sum::<i64>() as f64 / (100 * DISCOUNTS.len()) as f64;
    let general: f64 = CATEGORIES.iter().map(|(_, share, cost)| share * cost).sum();
    let cost = FAVOURITE_SHARE * CATEGORIES[traits.favourite].2 + (1.0 - FAVOURITE_SHARE) * general;
    let kept = 1.0 - world.company.baskets.return_share;
    traits.order_value * (1.0 - traits.discount_share * mean_discount - cost) * kept
}

/// A moment of a day, between 7:00 and 23:00, which no change of the clock touches.
pub(crate) fn moment<R: Rng>(day: i32, rng: &mut R) -> i64 {
    let mut left = rng.random_range(0..HOURS.iter().sum::<u32>());
    let mut hour = 7;
    for weight in HOURS {
        if left < weight {
            break;
        }
        left -= weight;
        hour += 1;
    }
    let seconds = hour * 3_600 + rng.random_range(0..3_600_i64);
    i64::from(day) * MICROS_PER_DAY + seconds * 1_000_000
}

fn order_row<R: Rng>(world: &World, traits: &Traits, number: u32, day: i32, is_first: bool, rng: &mut R) -> OrderRow {
    let at = moment(day, rng);
    let spread = world.company.baskets.spread_within_customer;
    let luck: f64 = rng.sample(StandardNormal);
    let price = cents(traits.order_value * (spread * luck - spread * spread / 2.0).exp()).max(100);
    let is_favourite = rng.random::<f64>() < FAVOURITE_SHARE;
    let other = pick(rng, CATEGORIES.iter().map(|c| c.1));
    let category = if is_favourite { traits.favourite } else { other };
    let usual = rng.random::<f64>() < traits.discount_share;
    let rate = DISCOUNTS[rng.random_range(0..DISCOUNTS.len())];
    let rate = match (is_first && traits.promotion, usual) {
        (true, _) => FIRST_ORDER_DISCOUNT,
        (false, true) => rate,
        (false, false) => 0,
    };
    let discount = (price * rate + 50) / 100;
    let (name, _, cost_share) = CATEGORIES[category];
    let cost = cents(price as f64 / 100.0 * cost_share);
    let popular: f64 = rng.random();
    let product = category * PRODUCTS + (popular * popular * PRODUCTS as f64) as usize + 1;
    let mut quantity = 1;
    while quantity < 6 && rng.random::<f64>() < 0.35 {
        quantity += 1;
    }
    let (in_store, in_app) = (rng.random::<f64>() < traits.source.store, rng.random::<f64>() < traits.app_share);
    let channel = match (in_store, in_app) {
        (true, _) => "store",
        (false, true) => "app",
        (false, false) => "web",
    };
    OrderRow {
        at,
        number,
        is_return: false,
        amount: money(price - discount),
        quantity,
        discount: money(discount),
        margin: money(price - discount - cost),
        product,
        category: name,
        channel,
    }
}

fn taken_back(row: &OrderRow, at: i64) -> OrderRow {
    OrderRow {
        at,
        is_return: true,
        amount: Money::ZERO.minus(row.amount),
        quantity: -row.quantity,
        discount: Money::ZERO,
        margin: Money::ZERO.minus(row.margin),
        ..row.clone()
    }
}

/// Whole cents: what a libm does to the last bits of a price stays below that in all but freak cases.
fn cents(units: f64) -> i64 {
    (units * 100.0).round() as i64
}

/// Validation keeps prices far below what overflows.
fn money(cents: i64) -> Money {
    Money::from_ten_thousandths(cents * 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Company;
    use crate::customer::random_numbers;

    #[test]
    fn the_mean_margin_is_the_expected_one() {
        let world = World::new(&Company::default());
        let mut rng = random_numbers(1, 0);
        let traits = Traits { discount_share: 0.6, ..Traits::draw(&world, &mut rng) };
        let orders = 100_000;
        let sum: f64 =
            (0..orders).map(|_| order_row(&world, &traits, 2, 20_000, false, &mut rng).margin.to_f64()).sum();
        let kept = 1.0 - world.company.baskets.return_share;
        let ratio = sum / f64::from(orders) * kept / expected_margin(&world, &traits);
        // The margin's coefficient of variation is below 1: 1 % is more than three standard errors.
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn amounts_and_margins_add_up_and_returns_undo_them() {
        let world = World::new(&Company::default());
        let mut seen_returns = 0;
        for index in 0..300 {
            let mut rng = random_numbers(1, index);
            let customer = Customer::draw(&world, &mut rng);
            let rows = order_rows(&world, &customer, &mut rng);
            assert!(rows.is_sorted_by_key(|row| row.at));
            for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.is_return) {
                seen_returns += 1;
                let order = rows[..at].iter().find(|other| other.number == row.number);
                let order = order.expect("a return follows its order");
                assert_eq!(order.amount.plus(row.amount), Money::ZERO);
                assert_eq!(order.margin.plus(row.margin), Money::ZERO);
            }
            for row in rows.iter().filter(|row| !row.is_return) {
                assert!(row.amount > Money::ZERO && row.margin < row.amount);
                assert!(row.discount >= Money::ZERO && row.discount.to_f64() <= 0.31 * row.amount.to_f64() / 0.69);
            }
        }
        assert!(seen_returns > 100);
    }
}
