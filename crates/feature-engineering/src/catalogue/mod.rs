//! The catalogue: every feature, defined once as data. It computes them, names them and documents them.

mod buying;
mod contact;
mod labels;
mod offers;
mod service;
mod spending;

use std::sync::{Arc, LazyLock};

pub use offers::offer_features;

use crate::expression::Expression;
use crate::feature::{Family, Feature, Transform, Unit, Use};

static CATALOGUE: LazyLock<Vec<Arc<Feature>>> = LazyLock::new(|| {
    [buying::features(), spending::features(), contact::features(), service::features()]
        .into_iter()
        .flatten()
        .map(Arc::new)
        .collect()
});

/// Every feature, in the order in which models and tables list them.
#[must_use]
pub fn catalogue() -> &'static [Arc<Feature>] {
    &CATALOGUE
}

/// The feature of this name, those of offers included.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Arc<Feature>> {
    CATALOGUE.iter().chain(offer_features()).find(|feature| feature.name == name)
}

/// A feature that models use.
fn feature(
    name: &str,
    (family, unit, transform): (Family, Unit, Transform),
    definition: Expression,
    description: &str,
) -> Feature {
    let (name, description, label) = (name.to_owned(), description.to_owned(), label_of(name));
    Feature { name, family, unit, label, description, transform, used: Use::Modelled, definition }
}

/// Empty for a feature without one, which the tests do not let pass.
fn label_of(name: &str) -> String {
    labels::label(name).unwrap_or_default().to_owned()
}

fn labelled(feature: Feature) -> Feature {
    Feature { label: label_of(&feature.name), ..feature }
}

/// Puts a flag behind each feature that some customers have no value for: a model must not take "never" for "as usual".
fn with_flags(features: Vec<Feature>, flagged: &[&str]) -> Vec<Feature> {
    let with_flag = |feature: Feature| {
        let flag = flagged.contains(&feature.name.as_str()).then(|| labelled(feature.missing_flag()));
        std::iter::once(feature).chain(flag)
    };
    features.into_iter().flat_map(with_flag).collect()
}

impl Feature {
    /// The same feature, for tables and reports only.
    fn described(self) -> Self {
        Self { used: Use::Described, ..self }
    }

    /// The same feature, as one from a column without dates.
    fn undated(self) -> Self {
        Self { used: Use::Undated, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for feature in catalogue() {
            assert_eq!(by_name(&feature.name), Some(feature));
            assert_eq!(catalogue().iter().filter(|f| f.name == feature.name).count(), 1, "{}", feature.name);
            assert!(feature.description.len() > 10, "{}", feature.name);
            assert!(feature.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        }
    }

    #[test]
    fn definitions_are_data_and_read_back_as_written() {
        for feature in catalogue() {
            let text = serde_json::to_string(feature.as_ref()).expect("a feature is plain data");
            let read: Feature = serde_json::from_str(&text).expect("what was written");
            assert_eq!(read, **feature);
        }
    }
}
