#![allow(clippy::unwrap_used)]

pub(crate) mod memory;

mod faults;
mod kills;
mod rules;
