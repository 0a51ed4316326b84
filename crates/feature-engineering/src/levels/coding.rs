//! A column of the customers table as flags, one for each level.

use serde::{Deserialize, Serialize};

use super::names::{MISSING, OTHER, of_levels, plain};
use crate::expression::{Attribute, Expression};
use crate::feature::{Family, Feature, Transform, Unit, Use};

/// A column of the customers table, and the texts in it that are levels of their own. Any other text is of the level
/// [`Level::Other`], also one that nobody had when the texts were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coding {
    /// The column.
    pub column: String,
    /// The texts.
    pub named: Vec<String>,
}

/// A level of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A text that is named.
    Text(String),
    /// Any other text.
    Other,
    /// No text.
    Missing,
}

impl Coding {
    /// The levels, in the order of the texts, then other texts, then none.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        self.named.iter().cloned().map(Level::Text).chain([Level::Other, Level::Missing])
    }

    /// Whether a cell is of a level.
    #[must_use]
    pub fn is(&self, level: &Level, cell: Option<&str>) -> bool {
        match (level, cell) {
            (Level::Text(text), Some(cell)) => text == cell,
            (Level::Other, Some(cell)) => !self.named.iter().any(|text| text == cell),
            (Level::Missing, None) => true,
            _ => false,
        }
    }

    /// A flag for each level; they add up to 1.
    #[must_use]
    pub fn features(&self) -> Vec<Feature> {
        let names = of_levels(&self.named).into_iter().chain([OTHER, MISSING].map(str::to_owned));
        self.levels().zip(names).map(|(level, name)| self.feature(level, &name)).collect()
    }

    /// The place of a cell among the named texts.
    #[must_use]
    pub fn place(&self, cell: Option<&str>) -> Option<usize> {
        let cell = cell?;
        self.named.iter().position(|text| text == cell)
    }

    /// The place of each customer's cell among the named texts as a column of a feature table; missing for other texts, and
    /// for none. It is no number that a model could weigh: models with weights of their own for each text are told by it
    /// which weights are a customer's. No other feature has a colon in its name.
    #[must_use]
    pub fn place_feature(&self) -> Feature {
        let column = in_words(&self.column);
        Feature {
            name: format!("segment:{}", self.column),
            family: Family::Attributes,
            unit: Unit::Count,
            label: format!("segment by {column}"),
            description: format!(
                "Place of {column}, as the export has it today, among the texts that are segments, from 0"
            ),
            transform: Transform::Identity,
            used: Use::Undated,
            definition: Expression::Customer(Attribute::Place(self.clone())),
        }
    }

    fn feature(&self, level: Level, name: &str) -> Feature {
        let column = in_words(&self.column);
        let (label, description) = match &level {
            Level::Text(text) => (
                format!("{column}: {text}"),
                format!("1 where {column}, as the export has it today, is \"{text}\", else 0"),
            ),
            Level::Other => (
                format!("{column}: another"),
                format!(
                    "1 where {column}, as the export has it today, is none of those that have a feature of their own, else 0"
                ),
            ),
            Level::Missing => {
                (format!("{column}: not known"), format!("1 where the export gives no {column} today, else 0"))
            }
        };
        Feature {
            name: format!("{}{name}", prefix(&self.column)),
            family: Family::Attributes,
            unit: Unit::Flag,
            label,
            description,
            transform: Transform::Identity,
            used: Use::Undated,
            definition: Expression::Customer(Attribute::Level { of: self.clone(), is: level }),
        }
    }
}

/// What the names of the flags of a column begin with.
pub(super) fn prefix(column: &str) -> String {
    let name = plain(column);
    format!("{}_is_", if name.is_empty() { "column" } else { &name })
}

/// A column's name as it is read aloud.
pub(crate) fn in_words(column: &str) -> String {
    column.replace('_', " ")
}

pub(super) fn placeholders(column: &str) -> Vec<Feature> {
    let coding = Coding { column: column.to_owned(), named: vec!["<level>".to_owned()] };
    coding.levels().zip(["<level>", OTHER, MISSING]).map(|(level, name)| coding.feature(level, name)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_cell_is_of_one_level() {
        let coding = Coding { column: "region".into(), named: vec!["north".into(), "south".into()] };
        for (cell, at) in [(Some("north"), 0), (Some("south"), 1), (Some("North"), 2), (Some("x"), 2), (None, 3)] {
            let is: Vec<bool> = coding.levels().map(|level| coding.is(&level, cell)).collect();
            assert_eq!(is.iter().filter(|is| **is).count(), 1, "{cell:?}");
            assert!(is[at], "{cell:?}");
        }
    }

    #[test]
    fn a_place_is_that_of_the_text_alone() {
        let coding = Coding { column: "region".into(), named: vec!["north".into(), "south".into()] };
        let places = [Some("south"), Some("north"), Some("South"), Some(""), None].map(|cell| coding.place(cell));
        assert_eq!(places, [Some(1), Some(0), None, None, None]);
    }

    #[test]
    fn definitions_are_data_that_read_back() {
        let coding = Coding { column: "home \"region\"".into(), named: vec!["a, \"b\" <i>".into()] };
        for feature in coding.features().into_iter().chain([coding.place_feature()]) {
            let text = serde_json::to_string(&feature).unwrap();
            assert_eq!(serde_json::from_str::<Feature>(&text).unwrap(), feature);
        }
        assert!(serde_json::from_str::<Coding>(r#"{"column":"a","named":[],"more":1}"#).is_err());
    }
}
