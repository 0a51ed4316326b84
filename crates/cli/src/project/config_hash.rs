//! A hash of the settings that make a model what it is.

use history::{Days, ExportSpec, MarginColumn};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::resolved::Churn;

/// The settings that make a model what it is, in a form that does not change between versions by accident.
#[derive(Debug, Serialize)]
struct Hashed<'a> {
    definition: &'static str,
    horizon: i32,
    lead: u16,
    active_within: i32,
    every: i32,
    seed: u64,
    timezone: &'a str,
    currency: Option<&'a str>,
    returns: &'static str,
    customer_id: &'a str,
    timestamp: &'a str,
    amount: &'a str,
    order_id: Option<&'a str>,
    discount: Option<&'a str>,
    margin: Option<&'a str>,
    cost: Option<&'a str>,
    recorded_at: Option<&'a str>,
}

/// SHA-256 of those settings, in hexadecimal.
pub(super) fn config_hash(
    spec: &ExportSpec,
    timezone: &str,
    currency: Option<&str>,
    churn: Churn,
    every: Days,
    seed: u64,
) -> String {
    let rows = &spec.transactions;
    let (margin, cost) = match &rows.margin {
        Some(MarginColumn::Margin(header)) => (Some(header.as_str()), None),
        Some(MarginColumn::Cost(header)) => (None, Some(header.as_str())),
        None => (None, None),
    };
    let hashed = Hashed {
        definition: "inactivity",
        horizon: churn.window.horizon.get(),
        lead: churn.window.lead,
        active_within: churn.active_within.get(),
        every: every.get(),
        seed,
        timezone,
        currency,
        returns: rows.returns.as_str(),
        customer_id: &rows.customer_id,
        timestamp: &rows.timestamp,
        amount: &rows.amount,
        order_id: rows.order_id.as_deref(),
        discount: rows.discount.as_deref(),
        margin,
        cost,
        recorded_at: rows.recorded_at.as_deref(),
    };
    let text = serde_json::to_vec(&hashed).expect("texts and whole numbers always have a JSON form");
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
