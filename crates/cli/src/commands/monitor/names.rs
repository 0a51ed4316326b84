//! What the data call things: channels and kinds of events that have gone silent, texts that nobody knew.

use std::collections::BTreeMap;

use decisions::chi_square_tail;
use feature_engineering::{LEAST_CUSTOMERS, can_be_shown};
use history::{Date, EventKind, Export};

use super::check::{Finding, Outcome};
use super::reference::Reference;
use super::rows::Counted;
use super::said::{STRETCH, percent, rule};

/// A channel that has stopped must have been expected to have so many purchases since.
const EXPECTED_OF_A_CHANNEL: f64 = 20.0;
/// Days over which the pace of a channel is taken.
const PACE_DAYS: i32 = 182;
/// A channel that training did not name may have had so many customers there, and half as many more since.
const UNNAMED: f64 = 1.5 * (LEAST_CUSTOMERS - 1) as f64;

/// Channels of purchases that have gone silent, or are new.
pub(super) fn channels(export: &Export, counted: &Counted, reference: Option<&Reference>) -> Outcome {
    if !export.has_channels() {
        return Outcome::NotChecked("the project maps no column channel in [transactions]".to_owned());
    }
    let trained_until = reference.and_then(|reference| reference.complete_through.parse::<Date>().ok());
    let mut findings = Vec::new();
    for (name, channel) in &counted.channels {
        let days: Vec<i32> = channel.by_day.keys().copied().collect();
        let Some(last) = days.last().copied() else { continue };
        let end = counted.end.days_since(counted.first_day);
        let silence = end - last - 1;
        let pauses = days.windows(2).filter(|two| two[1] > last - 2 * PACE_DAYS).map(|two| two[1] - two[0] - 1);
        let longest = pauses.max().unwrap_or(0);
        let recent: u64 = channel.by_day.range(last - PACE_DAYS + 1..).map(|(_, rows)| rows).sum();
        let pace = recent as f64 / f64::from(PACE_DAYS.min(last - days[0] + 1).max(1));
        let last_day = counted.first_day.plus_days(last);
        // What had stopped before the model was trained, the model knows.
        let known = trained_until.is_some_and(|until| last_day < until.plus_days(-STRETCH));
        let missing = pace * f64::from(silence);
        if !known && silence >= 7 && silence > 2 * longest && missing >= EXPECTED_OF_A_CHANNEL {
            let since = last_day.plus_days(1);
            findings.push(Finding {
                subject: name.clone(),
                p_value: Some((-missing / 2.0).exp()),
                expected: format!("about {missing:.0} purchases since {since}"),
                seen: "none".to_owned(),
                since: Some(since.to_string()),
                sentence: format!(
                    "Channel \"{name}\" has no rows since {since}: about {missing:.0} purchases were to be expected by {}.",
                    counted.end
                ),
            });
        }
        let unknown =
            reference.and_then(|reference| reference.channels.as_ref()).is_some_and(|known| !known.contains_key(name));
        if unknown && channel.customers >= LEAST_CUSTOMERS {
            let first = counted.first_day.plus_days(days[0]);
            findings.push(Finding {
                subject: name.clone(),
                p_value: Some(poisson_tail(channel.customers, UNNAMED)),
                expected: format!("fewer than {LEAST_CUSTOMERS} customers, as in training"),
                seen: format!("{} customers", channel.customers),
                since: Some(first.to_string()),
                sentence: format!(
                    "Channel \"{name}\" was not in training: {} customers have bought through it, the first on {first}.",
                    channel.customers
                ),
            });
        }
    }
    let tests = counted.channels.len().max(1);
    Outcome::Tested {
        tests,
        findings,
        calm: format!("All {} channels have purchases, and none is new.", counted.channels.len()),
    }
}

/// Events that have stopped.
pub(super) fn events(export: &Export) -> Outcome {
    if export.event_kind_rows().is_none() {
        return Outcome::NotChecked("the project has no [events]".to_owned());
    }
    let silences = export.event_silences();
    let findings = silences.iter().map(|silence| {
        let kind = silence.kind.and_then(EventKind::name);
        let what = kind.map_or_else(|| "any event".to_owned(), |kind| format!("an event of the type {kind}"));
        let since = silence.last.plus_days(1);
        rule(
            kind.unwrap_or("events"),
            "events as often as before".to_owned(),
            format!("none in {} days", silence.days),
            Some(since),
            format!("There has not been {what} since {since}, for {} days.", silence.days),
        )
    });
    Outcome::Rule { findings: findings.collect(), calm: "Events of all types come as often as before.".to_owned() }
}

/// Texts of columns that training did not see, and columns that are gone.
pub(super) fn levels(export: &Export, as_of: Date, eligible: &[u32], reference: &Reference) -> Outcome {
    if reference.levels.is_empty() {
        return Outcome::NotChecked("the customers table of the training export had no text columns".to_owned());
    }
    let (mut findings, mut tests) = (Vec::new(), 0);
    for known in &reference.levels {
        let Some(cells) = export.segment_column(&known.column) else {
            findings.push(Finding {
                p_value: Some(0.0),
                ..rule(
                    &known.column,
                    "the column".to_owned(),
                    "no such column".to_owned(),
                    None,
                    format!("The column {} of [customers] was there in training and is no longer.", known.column),
                )
            });
            continue;
        };
        let mut now: BTreeMap<&str, u64> = BTreeMap::new();
        let mut with_text = 0_u64;
        for text in eligible.iter().filter_map(|customer| cells.get(*customer as usize)?.as_deref()) {
            with_text += 1;
            *now.entry(text).or_default() += 1;
        }
        let grown = with_text as f64 / known.customers.max(1) as f64;
        for (text, customers) in now.iter().filter(|(text, _)| !known.levels.contains_key(**text) && can_be_shown(text))
        {
            tests += 1;
            if *customers < LEAST_CUSTOMERS {
                continue;
            }
            findings.push(Finding {
                subject: format!("{}: {text}", known.column),
                p_value: Some(poisson_tail(*customers, UNNAMED * grown.max(1.0))),
                expected: format!("fewer than {LEAST_CUSTOMERS} customers, as in training"),
                seen: format!("{customers} of {with_text} eligible customers"),
                since: None,
                sentence: format!(
                    "{} \"{text}\" was not in training: {customers} of {with_text} eligible customers ({}) have it as of {as_of}.",
                    capital(&known.column.replace('_', " ")),
                    percent(*customers as f64 / with_text as f64)
                ),
            });
        }
        for (text, before) in &known.levels {
            tests += 1;
            let expected = *before as f64 * grown;
            if !now.contains_key(text.as_str()) && with_text > 0 {
                findings.push(Finding {
                    subject: format!("{}: {text}", known.column),
                    p_value: Some((-expected / 10.0).exp()),
                    expected: format!("about {expected:.0} eligible customers"),
                    seen: "none".to_owned(),
                    since: None,
                    sentence: format!(
                        "{} \"{text}\" is gone: nobody eligible has it as of {as_of}, about {expected:.0} were to be expected.",
                        capital(&known.column.replace('_', " "))
                    ),
                });
            }
        }
    }
    let columns: Vec<&str> = reference.levels.iter().map(|known| known.column.as_str()).collect();
    let calm = format!("Customers have the texts that training saw: {}.", columns.join(", "));
    Outcome::Tested { tests: tests.max(1), findings, calm }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `P(X >= k)` of a Poisson variable: `P(chi-squared with 2k degrees <= 2 mean)` (Johnson, Kemp and Kotz 2005, 4.2).
fn poisson_tail(k: u64, mean: f64) -> f64 {
    1.0 - chi_square_tail(2.0 * mean, 2.0 * k.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_poisson_tail_agrees_with_scipy() {
        // scipy.stats.poisson.sf(k - 1, mean); tests/reference/monitor.py prints them.
        for (k, mean, tail) in
            [(3, 2.0, 0.323_323_583_816_936_54), (55, 29.0, 1.103_08e-5), (1, 0.5, 0.393_469_340_287_366_6)]
        {
            let found = poisson_tail(k, mean);
            assert!((found - tail).abs() < 1e-3 * tail + 1e-9, "{k} {mean}: {found}");
        }
    }
}
