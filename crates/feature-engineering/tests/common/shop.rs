//! Shops with customers enough to fit a model on: each buys at a pace of their own until they leave.

use super::company::{Columns, Company, Sale};
use super::random::{DAY, FIRST_DAY, MIDDLE, Random};

/// What shops differ in.
#[derive(Debug, Clone, Copy)]
pub struct Shop {
    pub customers: u32,
    /// Whether orders have ids, some of which come in parts.
    pub has_orders: bool,
    /// Whether rows say when they were recorded, some of them late.
    pub is_recorded: bool,
}

/// Customers come from the first day on, and buy until some months after every as-of date.
pub fn shop(seed: u64, shop: Shop) -> Company {
    let mut random = Random::new(seed);
    let mut sales = vec![Sale::new("c0", i64::from(FIRST_DAY) * DAY, 1_000)];
    for number in 0..shop.customers {
        let customer = format!("c{number}");
        // Paces and means that differ between customers by the square of a uniform number.
        let skewed = |random: &mut Random| (random.between(1, 1_001) as f64 / 1_000.0).powi(2);
        let (pace, usual) = (3.0 + 150.0 * skewed(&mut random), 300.0 + 9_000.0 * skewed(&mut random));
        // Some only ever take what is free.
        let usual = if random.percent(4) { 0.0 } else { usual };
        let leaves = random.between(2, 25);
        let mut at = random.moment(FIRST_DAY..MIDDLE);
        while at < i64::from(MIDDLE + 100) * DAY {
            buy(&mut sales, &customer, at, usual, &mut random);
            if random.percent(leaves) {
                break;
            }
            let wait = -(random.between(1, 1_000_001) as f64 / 1e6).ln() * pace;
            // Often at the same midnight, or on the same day.
            at += match random.between(0, 8) {
                0 => (wait.ceil() as i64) * DAY,
                1 => random.between(0, DAY / 4),
                _ => (wait * DAY as f64) as i64,
            };
        }
    }
    let columns = Columns {
        orders: shop.has_orders,
        sales_recorded: shop.is_recorded,
        events: false,
        people: false,
        ..Columns::ALL
    };
    Company { columns, sales, events: Vec::new(), people: Vec::new() }
}

/// A purchase, here and there with a further part or a return.
fn buy(sales: &mut Vec<Sale>, customer: &str, at: i64, usual: f64, random: &mut Random) {
    let cents = match random.between(0, 25) {
        0 => 0,
        _ => (usual * random.between(500, 1_500) as f64 / 1_000.0) as i64,
    };
    let order = format!("{customer}-{}", sales.len());
    let late = |random: &mut Random, at: i64| if random.percent(10) { at + random.between(0, 40 * DAY) } else { at };
    sales.push(Sale { order: order.clone(), recorded: late(random, at), ..Sale::new(customer, at, cents) });
    if random.percent(10) {
        let then = at + random.between(0, 20 * DAY);
        sales.push(Sale { order, recorded: late(random, then), ..Sale::new(customer, then, cents / 2) });
    }
    if random.percent(10) {
        let then = at + random.between(1, 30 * DAY);
        sales.push(Sale {
            order: String::new(),
            recorded: late(random, then),
            ..Sale::new(customer, then, -cents - 1)
        });
    }
}
