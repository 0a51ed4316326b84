//! The systems that scores are written to, one adapter each.

pub(crate) mod bitrix24;
pub(crate) mod file;
pub(crate) mod hubspot;
pub(crate) mod postgres;
pub mod presets;
pub(crate) mod rest;
pub(crate) mod rest_config;
pub(crate) mod salesforce;
pub(crate) mod salesforce_bulk;
pub(crate) mod sql;
pub(crate) mod sqlite;
mod template;
