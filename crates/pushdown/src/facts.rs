//! What must be known of an engine's tables before a table of features is asked for: which kinds of events, and whether any offer,
//! had been recorded. What never was is no column, as for exports.

use feature_engineering::{Aggregate, Expression, Measure, Rows};
use history::EventKind;

use crate::query::Query;

/// The statement that lists the kinds of events that were known before the last date; none where there is no table of events.
/// The kinds stand in the column `kind`; no honest table has more than [`MOST_KINDS`].
#[must_use]
pub fn kinds(query: &Query<'_>) -> Option<String> {
    let (dialect, spec, table) = (query.dialect, query.spec.events.as_ref()?, query.tables.events.as_ref()?);
    let zone = query.spec.timezone.iana_name().unwrap_or("UTC");
    let before = query.dates.iter().max()?.start().micros();
    let micros = |header: &String| dialect.micros(&dialect.name(header), &table.clock(header, zone));
    let recorded =
        spec.recorded_at.as_ref().map_or_else(String::new, |header| format!(" AND {} < {before}", micros(header)));
    Some(format!(
        "SELECT {} AS kind FROM {} WHERE {} < {before}{recorded} GROUP BY 1",
        dialect.id(&dialect.name(&spec.kind)),
        table.relation.sql(dialect),
        micros(&spec.timestamp),
    ))
}

/// The statement that counts the offers that were made before the last date, as `n`; none where there is no table of offers.
#[must_use]
pub fn offers_made(query: &Query<'_>) -> Option<String> {
    let (dialect, spec, table) = (query.dialect, query.spec.offers.as_ref()?, query.tables.offers.as_ref()?);
    let zone = query.spec.timezone.iana_name().unwrap_or("UTC");
    let before = query.dates.iter().max()?.start().micros();
    let header = spec.contacted_at.as_ref().unwrap_or(&spec.timestamp);
    Some(format!(
        "SELECT COUNT(*) AS n FROM {} WHERE LOWER({}) = 'treatment' AND {} < {before}",
        table.relation.sql(dialect),
        dialect.id(&dialect.name(&spec.arm)),
        dialect.micros(&dialect.name(header), &table.clock(header, zone)),
    ))
}

/// More kinds of events than this are no kinds.
pub const MOST_KINDS: usize = 10_000;

/// Whether something is known of all that a feature looks at: of one of the kinds of each of its measures.
#[must_use]
pub fn is_recorded(definition: &Expression, kinds: &[EventKind], any_offer: bool) -> bool {
    let known = |of: &[String]| {
        if of.is_empty() { !kinds.is_empty() } else { of.iter().any(|text| kinds.contains(&EventKind::of(text))) }
    };
    !definition.any(&|part| match part {
        Expression::Measure(Measure { rows: Rows::Offers, .. }) => !any_offer,
        Expression::Measure(Measure { rows, aggregate, .. }) => {
            let rows = matches!(rows, Rows::Events(of) if !known(of));
            let answer = matches!(aggregate, Aggregate::Unanswered(kind, _) if !known(std::slice::from_ref(kind)));
            rows || answer
        }
        _ => false,
    })
}
