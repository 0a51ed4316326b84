//! What every feature means, computed the slow way: raw rows are filtered for each customer, date and feature again.

#![allow(dead_code, unreachable_pub)]

mod events;
mod numbers;
mod purchases;
mod seen;

pub use seen::Sight;

use crate::common::company::Company;
use seen::Seen;

/// The value of a feature of a customer; NaN is a missing value.
pub fn value(company: &Company, customer: &str, sight: Sight, name: &str) -> f64 {
    of(&Seen::new(company, customer, sight), name)
}

fn of(seen: &Seen<'_>, name: &str) -> f64 {
    let value = |name: &str| purchases::value(seen, name).or_else(|| events::value(seen, name));
    let flag = || name.strip_suffix("_missing").and_then(value).map(|value| f64::from(u8::from(value.is_nan())));
    value(name).or_else(flag).unwrap_or_else(|| panic!("{name} has no meaning here: add it"))
}
