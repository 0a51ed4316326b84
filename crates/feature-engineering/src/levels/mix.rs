//! Shares of a customer's purchases by channel.

use super::names::{OTHER, of_levels};
use crate::expression::Expression;
use crate::feature::{Family, Feature, Transform, Unit, Use};
use crate::measure::{Aggregate, Condition, Label, Measure, Rows};
use crate::window::Window;

/// What the names of the features begin with; none of the catalogue does.
pub(super) const PREFIX: &str = "channel_share_";
/// Windows, the ends of names, and how they are read.
pub(super) const WINDOWS: [(Window, &str, &str); 2] =
    [(Window::AllTime, "", ""), (Window::Days { from: 90, to: 0 }, "_90d", " of the last 90 days")];

/// For each channel, then for all others together, its share in each window.
pub(super) fn features(channels: &[String]) -> Vec<Feature> {
    let names = of_levels(channels).into_iter().chain([OTHER.to_owned()]);
    let levels = channels.iter().map(Some).chain([None]);
    levels.zip(names).flat_map(|(level, name)| of_level(channels, level, &name)).collect()
}

pub(super) fn placeholders() -> Vec<Feature> {
    let level = ["<level>".to_owned()];
    let named = of_level(&level, level.first(), "<level>");
    named.into_iter().chain(of_level(&level, None, OTHER)).collect()
}

fn of_level(channels: &[String], level: Option<&String>, name: &str) -> Vec<Feature> {
    let is = |text: &String| Condition::Is(Label::Channel, text.clone());
    let is_not = |text: &str| Condition::IsNot(Label::Channel, text.to_owned());
    let filter = match level {
        Some(text) => vec![is(text)],
        None => channels.iter().map(|text| is_not(text)).collect(),
    };
    let (through, label) = match level {
        Some(text) => (format!("through \"{text}\""), format!("share through {text}")),
        None => ("through channels that have no feature of their own".to_owned(), "share through others".to_owned()),
    };
    let feature = |(window, end, of): (Window, &str, &str)| {
        let count = |filter: Vec<Condition>| {
            Expression::Measure(Measure { rows: Rows::Purchases, filter, window, aggregate: Aggregate::Count })
        };
        Feature {
            name: format!("{PREFIX}{name}{end}"),
            family: Family::Channel,
            unit: Unit::Share,
            label: format!("{label}{}", if end.is_empty() { "" } else { ", 90 days" }),
            description: format!("Share of the purchases{of} {through}; missing where none of them names a channel"),
            transform: Transform::Identity,
            used: Use::Described,
            // Any text but the empty one: purchases that name no channel are of no share.
            definition: count(filter.clone()) / count(vec![is_not("")]),
        }
    };
    WINDOWS.into_iter().map(feature).collect()
}
