//! `[features.tables]`: what the tables of the project are called in the catalogue of an engine.

use std::collections::BTreeMap;

use pushdown::Relation;

use super::error::{ProjectError, Source};
use super::features_section::FeaturesSection;

/// Tables that features and scores are computed from.
const SECTIONS: [&str; 4] = ["transactions", "customers", "events", "offers"];
/// Catalogue, schema and table.
const MOST_PARTS: usize = 3;

/// The names, by section of the project file, taken apart at the dots; or addresses of Parquet files.
pub(super) fn engine_tables(
    source: &Source<'_>,
    section: &FeaturesSection,
) -> Result<BTreeMap<String, Relation>, ProjectError> {
    let mut tables = BTreeMap::new();
    for (key, name) in &section.tables {
        if !SECTIONS.contains(&key.get_ref().as_str()) {
            let message = format!(
                "features.tables: expected one of {}, found \"{}\"",
                SECTIONS.map(|section| format!("\"{section}\"")).join(", "),
                key.get_ref()
            );
            return Err(source.error(&key.span(), message));
        }
        if name.get_ref().contains("://") && !name.get_ref().chars().any(char::is_control) {
            tables.insert(key.get_ref().clone(), Relation::Parquet(name.get_ref().clone()));
            continue;
        }
        let parts: Vec<String> = name.get_ref().split('.').map(str::to_owned).collect();
        let is_plain = |part: &String| {
            !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
        };
        if parts.len() > MOST_PARTS || !parts.iter().all(is_plain) {
            let message = format!(
                "features.tables.{}: expected an address such as \"s3://bucket/folder\", or a name such as \"sales.purchases\" of at most {MOST_PARTS} parts of letters, digits, \
                 \"_\", \"-\" and \"$\", found \"{}\"",
                key.get_ref(),
                name.get_ref()
            );
            return Err(source.error(&name.span(), message));
        }
        tables.insert(key.get_ref().clone(), Relation::Named(parts));
    }
    Ok(tables)
}

/// The address of the engine that computes features and scores.
pub(super) fn engine(source: &Source<'_>, section: &FeaturesSection) -> Result<Option<String>, ProjectError> {
    let Some(given) = &section.engine else { return Ok(None) };
    let address = given.get_ref();
    if address != "embedded"
        && let Err(error) = spark::Address::parse(address)
    {
        return Err(source.error(&given.span(), format!("features.engine: {error}")));
    }
    Ok(Some(address.clone()))
}
