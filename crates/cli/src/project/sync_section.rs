//! `[[sync]]` as it was written.

use std::collections::BTreeMap;
use std::fmt;

use crm::RestConfig;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::file::Text;

/// One target. Which of the keys about the system belong together is settled by `target`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyncSection {
    pub(super) name: Option<Text>,
    pub(super) target: Option<Text>,
    pub(super) source: Option<Text>,
    pub(super) key: Option<Text>,
    #[serde(default)]
    pub(super) fields: BTreeMap<Text, Spanned<FieldSection>>,
    pub(super) mode: Option<Text>,
    pub(super) hold_out: Option<Text>,
    pub(super) max_age: Option<Text>,
    pub(super) max_changes: Option<u64>,
    pub(super) min_matched: Option<Spanned<f64>>,
    pub(super) max_rejects: Option<u64>,
    pub(super) read_first: Option<Text>,
    pub(super) read_back: Option<u32>,
    pub(super) attempts: Option<Spanned<u32>>,
    pub(super) timeout: Option<Text>,
    // The system.
    pub(super) key_field: Option<Text>,
    pub(super) path: Option<Text>,
    pub(super) table: Option<Text>,
    pub(super) schema: Option<Text>,
    pub(super) connection: Option<Text>,
    pub(super) address: Option<Text>,
    pub(super) token: Option<Text>,
    pub(super) header: Option<Text>,
    pub(super) prefix: Option<Text>,
    pub(super) webhook: Option<Text>,
    pub(super) object: Option<Text>,
    pub(super) api_version: Option<Text>,
    pub(super) database: Option<Text>,
    pub(super) rest: Option<Spanned<RestConfig>>,
}

/// What a field takes: a column, or a column and how.
#[derive(Debug)]
pub(super) enum FieldSection {
    Column(String),
    Table(FieldTable),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldTable {
    pub(super) column: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) decimals: Option<u8>,
    pub(super) compare: Option<String>,
    pub(super) step: Option<f64>,
    pub(super) on_null: Option<String>,
}

// By hand, since an untagged enum would lose what is wrong and where.
impl<'de> Deserialize<'de> for FieldSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = FieldSection;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, or { column = ..., ... }")
            }

            fn visit_str<E>(self, text: &str) -> Result<FieldSection, E> {
                Ok(FieldSection::Column(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FieldSection, A::Error> {
                FieldTable::deserialize(MapAccessDeserializer::new(map)).map(FieldSection::Table)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
