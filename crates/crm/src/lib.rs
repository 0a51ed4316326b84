//! Scores and plans into CRM systems: once, exactly, and resumable.
//!
//! A [`Job`] takes rows of values by key, finds out which of them changed since the target accepted them last, asks its
//! guards, and writes them through an adapter ([`Target`]). Each record ends with one outcome. What was sent and what was
//! accepted is kept in a [`Ledger`], so that a run which is killed anywhere can be run again and ends with exactly the planned
//! values. `docs/sync.md` says what each system guarantees and what it does not.

mod clock;
mod error;
mod fingerprint;
mod http;
mod ledger;
mod limiter;
mod mapping;
pub mod rejects;
mod retry;
mod sync;
mod target;
mod targets;
mod value;

pub use clock::{Clock, SystemClock};
pub use error::CrmError;
pub use http::{Address, Authorization, Method, Network, NoAnswer, Renew, Request, Response, Secret, Transport};
pub use ledger::{Ledger, Recovery};
pub use limiter::{Pace, Rate};
pub use mapping::{Compare, Field, Kind, Mapping, OnNull, Row, Version};
pub use retry::Patience;
pub use sync::{Job, Old, Planned, ReadBack, ReadFirst, Reject, Settings, Stopped, Summary, Why};
pub use target::{Atomicity, Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target, UnknownField};
pub use targets::bitrix24::{Bitrix24, Bitrix24Config};
pub use targets::file::{FileFormat, FileTable};
pub use targets::hubspot::{HubSpot, HubSpotConfig};
pub use targets::postgres::Postgres;
pub use targets::presets;
pub use targets::rest::Rest;
pub use targets::rest_config::{Answer, Predicate, ReadCall, RestConfig, WriteCall};
pub use targets::salesforce::{Salesforce, SalesforceConfig};
pub use targets::salesforce_bulk::SalesforceBulk;
pub use targets::sql::Table;
pub use targets::sqlite::Sqlite;
pub use value::{Decimal, Value, same_value};
