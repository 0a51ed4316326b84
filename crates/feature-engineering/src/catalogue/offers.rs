//! What the company did to keep the customer: offers made before the as-of date. They are there only where somebody was made one, and not
//! among the features that every export has.

use std::sync::{Arc, LazyLock};

use crate::feature::{Family, Feature, Transform, Unit, Use};
use crate::measure::{Aggregate, Rows};
use crate::window::Window;

static OFFERS: LazyLock<Vec<Arc<Feature>>> = LazyLock::new(|| {
    [90_u16, 365]
        .into_iter()
        .map(|days| {
            Arc::new(Feature {
                name: format!("offers_{days}d"),
                label: format!("offers, {days} days"),
                family: Family::Engagement,
                unit: Unit::Count,
                description: format!("Offers that the customer was contacted with in the last {days} days"),
                transform: Transform::Log1p,
                used: Use::Modelled,
                definition: Rows::Offers.get(Aggregate::Count, Window::last(days)),
            })
        })
        .collect()
});

/// Features of the offers that were made: whoever was contacted lately is not like the others, and a model that does not know takes
/// the work of an offer for the customer's own.
#[must_use]
pub fn offer_features() -> &'static [Arc<Feature>] {
    &OFFERS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{by_name, catalogue};

    #[test]
    fn names_and_labels_are_nobody_elses() {
        for feature in offer_features() {
            assert!(catalogue().iter().all(|other| other.name != feature.name && other.label != feature.label));
            assert_eq!(by_name(&feature.name).map(|found| &found.name), Some(&feature.name));
        }
    }
}
