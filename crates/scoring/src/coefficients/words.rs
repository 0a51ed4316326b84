//! What a feature is called, and which way it goes, in words.

use feature_engineering::{Family, Feature, Unit};

use super::Direction;

/// What the feature says, without what follows a semicolon, beginning with a small letter.
pub(super) fn plain(feature: &Feature) -> String {
    let text = feature.description.split(';').next().unwrap_or_default().trim();
    let text = if text.is_empty() { &feature.name } else { text };
    let mut letters = text.chars();
    let second_is_capital = text.chars().nth(1).is_some_and(char::is_uppercase);
    match letters.next() {
        // "NPS" stays "NPS".
        Some(first) if !second_is_capital => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// What the feature says where that is short and the name of something; else its label, if it has one.
fn in_short(feature: &Feature) -> String {
    const LONG: usize = 60;
    let said = plain(feature);
    let is_odd = said.len() > LONG || ["how ", "1 ", "herfindahl "].iter().any(|start| said.starts_with(start));
    match feature.label.as_str() {
        label if !label.is_empty() && (is_odd || feature.unit == Unit::Flag) => label.to_owned(),
        _ => said,
    }
}

pub(super) fn in_words(feature: &Feature, direction: Direction) -> String {
    let said = in_short(feature);
    if feature.unit == Unit::Flag {
        let condition = ["1 where ", "1 if ", "1 when "].iter().find_map(|start| said.strip_prefix(start));
        let condition = condition.unwrap_or(&said);
        return match direction {
            Direction::Likelier => format!("where it is true ({condition}), churn is likelier"),
            Direction::LessLikely => format!("where it is true ({condition}), churn is less likely"),
            _ => format!("no clear difference where it is true ({condition})"),
        };
    }
    let more = match (said.strip_prefix("days since "), feature.unit) {
        _ if feature.family == Family::Own => format!("higher \"{said}\""),
        (Some(event), _) => format!("longer since {event}"),
        (None, Unit::Count) => format!("more {}", said.strip_prefix("number of ").unwrap_or(&said)),
        _ => {
            format!("higher the {}", ["the ", "a "].iter().find_map(|start| said.strip_prefix(start)).unwrap_or(&said))
        }
    };
    match direction {
        Direction::Likelier => format!("the {more}, the likelier to churn"),
        Direction::LessLikely => format!("the {more}, the less likely to churn"),
        Direction::RisesThenFalls => {
            format!("the {more}, the likelier to churn up to the middle, the less likely beyond")
        }
        Direction::FallsThenRises => {
            format!("the {more}, the less likely to churn up to the middle, the likelier beyond")
        }
        Direction::Unclear => format!("no clear direction: {said}"),
    }
}
