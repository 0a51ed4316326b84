//! A hash of the settings that make a model what it is.

use feature_engineering::{Churn as Definition, Expression, LevelSource, Transform};
use history::{AmountColumn, Days, ExportSpec, MarginColumn, WithoutCustomer};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::churn::Churn;
use super::features::ProjectFeatures;

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
    /// Empty where the amount is a product.
    amount: &'a str,
    order_id: Option<&'a str>,
    discount: Option<&'a str>,
    margin: Option<&'a str>,
    cost: Option<&'a str>,
    recorded_at: Option<&'a str>,
    // What came later is left out where it is not used, so that older hashes stay what they were.
    /// Headers of the unit price and of the quantity, where the amount is their product.
    #[serde(skip_serializing_if = "Option::is_none")]
    product_of: Option<(&'a str, &'a str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    without_customer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_prefix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<[bool; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customers: Option<HashedCustomers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cadence: Option<(f64, i32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_involuntary: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lookback: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<HashedEvents<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    departures: Option<HashedDepartures<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<HashedFeature<'a>>,
    /// Word and header of each column whose levels are features.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    levels: Vec<(String, Option<&'a str>)>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    without: &'a [String],
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    forecasts: &'a [&'static str],
    /// Name and header of the column whose values are segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    segment_by: Option<(&'a str, Option<&'a str>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    horizons: Vec<i32>,
}

/// The customers, where features know their dates; columns of texts stand with the levels that are asked for.
#[derive(Debug, Serialize)]
struct HashedCustomers<'a> {
    customer_id: &'a str,
    signup_date: Option<&'a str>,
    contract_end: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct HashedEvents<'a> {
    customer_id: &'a str,
    timestamp: &'a str,
    kind: &'a str,
    value: Option<&'a str>,
    channel: Option<&'a str>,
    resolved_at: Option<&'a str>,
    recorded_at: Option<&'a str>,
}

/// The departures, where they say who churned; elsewhere they change no model.
#[derive(Debug, Serialize)]
struct HashedDepartures<'a> {
    customer_id: &'a str,
    timestamp: &'a str,
    kind: &'a str,
}

/// A feature that models use because the project says so. Its description changes no model's numbers.
#[derive(Debug, Serialize)]
struct HashedFeature<'a> {
    name: &'a str,
    transform: Transform,
    definition: &'a Expression,
}

/// What the project says about training.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trained<'a> {
    pub(super) every: Days,
    pub(super) seed: u64,
    pub(super) features: &'a ProjectFeatures,
    pub(super) segment_by: Option<&'a str>,
    pub(super) horizons: &'a [Days],
}

/// The header of a column whose levels are features.
fn header<'a>(spec: &'a ExportSpec, levels: &LevelSource) -> Option<&'a str> {
    match levels {
        LevelSource::Channel => spec.transactions.channel.as_deref(),
        LevelSource::Attribute(column) => header_of_customers(spec, column),
    }
}

/// The header of a text column of the customers table.
fn header_of_customers<'a>(spec: &'a ExportSpec, column: &str) -> Option<&'a str> {
    let columns = spec.customers.iter().flat_map(|customers| &customers.segments);
    columns.into_iter().find(|(name, _)| name == column).map(|(_, header)| header.as_str())
}

/// SHA-256 of those settings, in hexadecimal.
pub(super) fn config_hash(
    spec: &ExportSpec,
    timezone: &str,
    currency: Option<&str>,
    churn: Churn,
    Trained { every, seed, features, segment_by, horizons }: Trained<'_>,
) -> String {
    let rows = &spec.transactions;
    let (margin, cost) = match &rows.margin {
        Some(MarginColumn::Margin(header)) => (Some(header.as_str()), None),
        Some(MarginColumn::Cost(header)) => (None, Some(header.as_str())),
        None => (None, None),
    };
    let (amount, product_of) = match &rows.amount {
        AmountColumn::Amount(header) => (header.as_str(), None),
        AmountColumn::Product { unit_price, quantity } => ("", Some((unit_price.as_str(), quantity.as_str()))),
    };
    let drops_strangers = rows.rules.without_customer == WithoutCustomer::Drop;
    let (cadence, include_involuntary) = match churn.definition {
        Definition::Inactivity => (None, None),
        Definition::Cadence { multiple, min } => (Some((multiple, min.get())), None),
        Definition::Departure { include_involuntary } => (None, Some(include_involuntary)),
    };
    let hashed = Hashed {
        definition: churn.definition.as_str(),
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
        amount,
        product_of,
        without_customer: drops_strangers.then_some(WithoutCustomer::Drop.as_str()),
        cancelled_prefix: rows.rules.cancelled_prefix.as_deref(),
        ids: Some(rows.table.ids).filter(|ids| !ids.is_none()).map(|ids| [ids.nfc, ids.lower_case, ids.without_zeros]),
        order_id: rows.order_id.as_deref(),
        discount: rows.discount.as_deref(),
        margin,
        cost,
        recorded_at: rows.recorded_at.as_deref(),
        quantity: rows.quantity.as_deref(),
        product: rows.product.as_deref(),
        category: rows.category.as_deref(),
        channel: rows.channel.as_deref(),
        customers: spec.customers.as_ref().map(|customers| HashedCustomers {
            customer_id: &customers.customer_id,
            signup_date: customers.signup_date.as_deref(),
            contract_end: customers.contract_end.as_deref(),
        }),
        cadence,
        include_involuntary,
        lookback: churn.lookback.map(Days::get),
        events: spec.events.as_ref().map(|events| HashedEvents {
            customer_id: &events.customer_id,
            timestamp: &events.timestamp,
            kind: &events.kind,
            value: events.value.as_deref(),
            channel: events.channel.as_deref(),
            resolved_at: events.resolved_at.as_deref(),
            recorded_at: events.recorded_at.as_deref(),
        }),
        departures: spec.departures.as_ref().filter(|_| include_involuntary.is_some()).map(|rows| HashedDepartures {
            customer_id: &rows.customer_id,
            timestamp: &rows.timestamp,
            kind: &rows.kind,
        }),
        also: features
            .also
            .iter()
            .map(|also| HashedFeature { name: &also.name, transform: also.transform, definition: &also.definition })
            .collect(),
        levels: features.levels.iter().map(|levels| (levels.to_string(), header(spec, levels))).collect(),
        without: &features.without,
        forecasts: &features.forecasts,
        segment_by: segment_by.map(|column| (column, header_of_customers(spec, column))),
        horizons: horizons.iter().map(|horizon| horizon.get()).collect(),
    };
    let text = serde_json::to_vec(&hashed).expect("texts and whole numbers always have a JSON form");
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
