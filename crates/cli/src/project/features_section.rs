//! `[features]` as it was written; what it means is settled in [`super::features`] and [`super::own_feature`].

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use super::file::Text;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeaturesSection {
    #[serde(default)]
    pub(super) also: Vec<Text>,
    #[serde(default)]
    pub(super) without: Vec<Text>,
    #[serde(default)]
    pub(super) own: Vec<OwnSection>,
    /// Where features and scores are computed.
    pub(super) engine: Option<Text>,
    /// Names of tables in an engine's catalogue.
    #[serde(default)]
    pub(super) tables: BTreeMap<Text, Text>,
}

/// `[[features.own]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnSection {
    pub(super) name: Text,
    pub(super) table: Text,
    #[serde(rename = "type")]
    pub(super) kind: Option<Spanned<OneOrMany>>,
    pub(super) aggregate: Text,
    pub(super) column: Option<Text>,
    #[serde(rename = "where")]
    pub(super) conditions: Option<Spanned<WhereSection>>,
    pub(super) window: Option<Spanned<WindowSection>>,
    pub(super) transform: Option<Text>,
    pub(super) description: Option<Text>,
}

/// What rows must be like; all of it must hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhereSection {
    pub(super) weekend: Option<bool>,
    pub(super) product: Option<Text>,
    pub(super) not_product: Option<Spanned<OneOrMany>>,
    pub(super) category: Option<Text>,
    pub(super) not_category: Option<Spanned<OneOrMany>>,
    pub(super) channel: Option<Text>,
    pub(super) not_channel: Option<Spanned<OneOrMany>>,
    pub(super) amount_at_least: Option<Spanned<f64>>,
    pub(super) amount_below: Option<Spanned<f64>>,
    pub(super) discount_at_least: Option<Spanned<f64>>,
    pub(super) discount_below: Option<Spanned<f64>>,
    pub(super) margin_at_least: Option<Spanned<f64>>,
    pub(super) margin_below: Option<Spanned<f64>>,
    pub(super) quantity_at_least: Option<Spanned<f64>>,
    pub(super) quantity_below: Option<Spanned<f64>>,
    pub(super) value_at_least: Option<Spanned<f64>>,
    pub(super) value_below: Option<Spanned<f64>>,
}

/// A text, or a list of texts.
#[derive(Debug)]
pub(super) struct OneOrMany(pub(super) Vec<String>);

/// `"90d"`, `"all"`, or `{ from = "180d", to = "90d" }`.
#[derive(Debug)]
pub(super) enum WindowSection {
    Text(String),
    Range(WindowRange),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowRange {
    pub(super) from: Text,
    pub(super) to: Text,
}

// Written out, and not as untagged enums, which would lose the places of the values within.
impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<OneOrMany, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(texts)).map(OneOrMany)
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

impl<'de> Deserialize<'de> for WindowSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Window;
        impl<'de> Visitor<'de> for Window {
            type Value = WindowSection;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"all\", a number of days such as \"90d\", or { from = \"180d\", to = \"90d\" }")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<WindowSection, E> {
                Ok(WindowSection::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, range: A) -> Result<WindowSection, A::Error> {
                WindowRange::deserialize(MapAccessDeserializer::new(range)).map(WindowSection::Range)
            }
        }
        deserializer.deserialize_any(Window)
    }
}
