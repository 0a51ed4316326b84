//! A shop whose customers leave for good, and what a table that is filled in afterwards would say of them.
#![allow(dead_code)] // each file of tests uses its own part

use std::fmt::Write;

use history::Date;

/// Days of the export.
pub(crate) const DAYS: i32 = 400;

/// Numbers from 0 up to 1 that look random and are always the same (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A day of the export, from 0.
pub(crate) fn day(number: i32) -> Date {
    "2025-01-01".parse::<Date>().expect("a date").plus_days(number)
}

/// The days on which each customer buys, ascending.
pub(crate) fn purchases(customers: u32) -> Vec<Vec<i32>> {
    let mut numbers = Numbers(11);
    let mut of = |_| {
        let joins = 150.0 * numbers.next();
        let leaves = (joins + 600.0 * numbers.next()).min(f64::from(DAYS));
        let pace = 6.0 + 16.0 * numbers.next();
        let (mut days, mut at) = (Vec::new(), joins);
        while at < leaves || days.is_empty() {
            days.push(at as i32);
            at += 1.0 - pace * (1.0 - numbers.next()).ln();
        }
        days
    };
    (0..customers).map(&mut of).collect()
}

/// The transactions as CSV.
pub(crate) fn orders(purchases: &[Vec<i32>]) -> String {
    let mut numbers = Numbers(5);
    let mut text = String::from("customer_id,timestamp,amount\n");
    for (customer, days) in purchases.iter().enumerate() {
        for number in days {
            let amount = 5.0 + 60.0 * numbers.next();
            writeln!(text, "Q{customer:04},{},{amount:.2}", day(*number)).expect("a text takes any text");
        }
    }
    text
}

/// The project file, with more sections.
pub(crate) fn project(more: &str) -> String {
    format!(
        "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\n[churn]\nhorizon = \"30d\"\nactive_within = \"90d\"\n\
         complete_through = \"{}\"\n{more}",
        day(DAYS)
    )
}
