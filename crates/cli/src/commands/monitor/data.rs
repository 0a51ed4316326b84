//! The delivery itself: late, shrunk, in other units, without a channel, with texts that nobody knew.

use std::collections::BTreeMap;

use decisions::chi_square_tail;
use feature_engineering::{LEAST_CUSTOMERS, can_be_shown};
use history::{Date, EventKind, Export};
use serde_json::Value;

use super::check::{Finding, Outcome};
use super::drift::{short, times};
use super::natural::{LEAST_INDEPENDENT, Usual};
use super::reference::Reference;
use super::rows::{Counted, Day};

/// Days of the stretches over which purchases are compared: four weeks, so that each has the same days of the week.
const STRETCH: i32 = 28;
/// Months with fewer purchases than this in training are not compared one by one.
const LEAST_OF_A_MONTH: u64 = 200;
/// So many standard errors fewer, and this share at least, is a loss; chance gives it once in some thirty thousand runs.
const ERRORS: f64 = 4.0;
const LEAST_LOSS: f64 = 0.05;
/// A file of the same company may shrink by this share from run to run: people are forgotten on request.
const LEAST_LOSS_OF_A_RUN: f64 = 0.005;
/// Amounts that are so many times those of training are in another unit, whatever else has changed.
const OTHER_UNIT: f64 = 3.0;
/// The least spread of ratios of amounts and of purchases, in logarithms, that is believed.
const LEAST_SD: f64 = 0.03;

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn days(days: i32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn rule(subject: &str, expected: String, seen: String, since: Option<Date>, sentence: String) -> Finding {
    let since = since.map(|day| day.to_string());
    Finding { subject: subject.to_owned(), p_value: None, expected, seen, since, sentence }
}

/// Whether the data are older than they may be.
pub(super) fn late(export: &Export, today: Date, late_after: i32) -> Outcome {
    let through = export.complete_through();
    let age = today.days_since(through);
    let calm = format!("The export is complete up to {through}, {} before {today}.", days(age.max(0)));
    let finding = (age > late_after).then(|| {
        rule(
            "complete_through",
            format!("at most {late_after} days before {today}"),
            format!("{through}, {age} days before"),
            Some(through),
            format!(
                "The data are late: the export is complete up to {through}, {age} days before {today}; expected at most {late_after} days ([monitor] late_after)."
            ),
        )
    });
    Outcome::Rule { findings: finding.into_iter().collect(), calm }
}

/// Whether rows or customers are missing that training, or the run before, saw.
pub(super) fn shrunk(
    export: &Export,
    counted: &Counted,
    reference: Option<&Reference>,
    eligible_then: Option<u64>,
    before: Option<&Value>,
) -> Outcome {
    if reference.is_none() && before.is_none() {
        return Outcome::NotChecked(
            "neither the model nor an earlier run of the monitor says how much there was".to_owned(),
        );
    }
    let mut findings = Vec::new();
    if let Some((reference, now)) = reference.zip(eligible_then) {
        let (then, now) = (reference.eligible as f64, now as f64);
        if now < then - ERRORS * (then + now).sqrt() && now < (1.0 - LEAST_LOSS) * then {
            findings.push(rule(
                "customers",
                format!("{then} eligible customers as of {}", reference.as_of),
                format!("{now} as of the same day"),
                None,
                format!(
                    "Customers are missing: as of {} the export shows {now} eligible customers; training saw {then} on that same day ({} fewer).",
                    reference.as_of,
                    percent(1.0 - now / then)
                ),
            ));
        }
    }
    if let Some(reference) = reference {
        findings.extend(missing_months(counted, reference));
    }
    if let Some(before) = before {
        findings.extend(less_than_before(export, before));
    }
    let calm = format!(
        "{} purchases of {} customers: no fewer than before.",
        export.purchase_rows(),
        export.customer_ids().len()
    );
    Outcome::Rule { findings, calm }
}

/// Months of which the export has fewer purchases than training saw, for the same months.
fn missing_months(counted: &Counted, reference: &Reference) -> Vec<Finding> {
    let now: BTreeMap<Date, u64> = counted.months(counted.end).into_iter().collect();
    let then: Vec<(Date, u64)> = reference
        .months
        .iter()
        .filter_map(|month| Some((month.from.parse().ok()?, month.purchases)))
        .filter(|(from, purchases)| *from >= counted.first_day.month_start() && *purchases > 0)
        .collect();
    let found = |from: &Date| now.get(from).copied().unwrap_or(0);
    let mut ratios: Vec<f64> = then.iter().map(|(from, then)| found(from) as f64 / *then as f64).collect();
    ratios.sort_by(f64::total_cmp);
    let Some(median) = ratios.get(ratios.len() / 2).copied() else { return Vec::new() };
    let mut findings = Vec::new();
    // Customers differ in how often they buy: totals of two sets of n customers differ by about 2 / sqrt(n) of their mean.
    let allowed = (ERRORS * 2.0 / (reference.eligible.max(1) as f64).sqrt()).max(2.0 * LEAST_LOSS);
    if median < 1.0 - allowed {
        findings.push(rule(
            "purchases",
            "as many purchases of each month as in training".to_owned(),
            format!("{} of them in the middle month", percent(median)),
            None,
            format!(
                "Rows are missing: of the months that training saw, the export now has {} of the purchases (middle month).",
                percent(median)
            ),
        ));
    }
    for (from, then) in then.iter().filter(|(_, then)| *then >= LEAST_OF_A_MONTH) {
        let (now, expected) = (found(from) as f64, median * *then as f64);
        // Purchases of a month come in clusters of customers: twice and a half the spread of independent ones.
        if now < 0.5 * expected && expected - now > ERRORS * (2.5 * (expected + now)).sqrt() {
            let (year, month, _) = from.year_month_day();
            findings.push(rule(
                &format!("{year}-{month:02}"),
                format!("about {expected:.0} purchases"),
                format!("{now} purchases"),
                Some(*from),
                format!("Rows are missing: {year}-{month:02} has {now} purchases, training saw {then}."),
            ));
        }
    }
    findings
}

/// What there was at the last run of the monitor, and is no longer.
fn less_than_before(export: &Export, before: &Value) -> Vec<Finding> {
    let data = &before["data"];
    let as_of = before["as_of"].as_str().unwrap_or_default();
    let first_before: Option<Date> = data["first_day"].as_str().and_then(|day| day.parse().ok());
    // An export of a rolling window loses its oldest rows, and should.
    if first_before.is_none_or(|first| export.first_day() > first) {
        return Vec::new();
    }
    let counts = [
        ("purchases", export.purchase_rows() as u64, &data["purchases"]),
        ("customers", export.customer_ids().len() as u64, &data["customers"]),
    ];
    let fewer = counts.into_iter().filter_map(|(what, now, before)| {
        let before = before.as_u64()?;
        let loss = 1.0 - now as f64 / before.max(1) as f64;
        (loss > LEAST_LOSS_OF_A_RUN).then(|| {
            rule(
                what,
                format!("at least {before} {what}, as at the run as of {as_of}"),
                format!("{now}"),
                None,
                format!(
                    "The export has shrunk: {now} {what}, {before} at the run of the monitor as of {as_of} ({} fewer).",
                    percent(loss)
                ),
            )
        })
    });
    fewer.collect()
}

/// Whether customers have begun to buy much less, or rows are missing: the purchases of each stretch since training against those of the one
/// before.
pub(super) fn volume(counted: &Counted, reference: Option<&Reference>) -> Outcome {
    let stretches = counted.stretches(STRETCH);
    let ratios: Vec<f64> = stretches
        .windows(2)
        .map(|two| ((two[1].1.purchases as f64 + 0.5) / (two[0].1.purchases as f64 + 0.5)).ln())
        .collect();
    let known = known_steps(&stretches, ratios.len(), reference);
    let (past, new) = ratios.split_at(known);
    let Some(last) = stretches.last() else { return Outcome::NotChecked(too_short()) };
    let Some(usual) = Usual::of(past, past.len() as f64, LEAST_SD) else { return Outcome::NotChecked(too_short()) };
    let limits = [-2.0, 2.0].map(|sds| percent((usual.mean + sds * usual.sd).exp()));
    let findings = new.iter().enumerate().map(|(at, ratio)| {
        let (before, now) = (&stretches[known + at], &stretches[known + at + 1]);
        let (from, until) = (now.0, now.0.plus_days(STRETCH));
        Finding {
            subject: "purchases".to_owned(),
            p_value: Some(usual.p_below(*ratio)),
            expected: format!("{} to {} of the {STRETCH} days before", limits[0], limits[1]),
            seen: percent(ratio.exp()),
            since: Some(from.to_string()),
            sentence: format!(
                "Purchases have fallen to {} of what they were: {} from {from} to {until}, {} in the {STRETCH} days before; {} to {} is usual.",
                percent(ratio.exp()),
                now.1.purchases,
                before.1.purchases,
                limits[0],
                limits[1]
            ),
        }
    });
    let calm = format!(
        "{} purchases in the {STRETCH} days up to {}: as many as is usual after the days before.",
        last.1.purchases, counted.end
    );
    Outcome::Tested { tests: new.len().max(1), findings: findings.collect(), calm }
}

/// How many of the steps from stretch to stretch ended while the model was trained, and say what is usual; without a model all but the
/// newest.
fn known_steps(stretches: &[(Date, Day)], steps: usize, reference: Option<&Reference>) -> usize {
    let until = reference.and_then(|reference| reference.complete_through.parse::<Date>().ok());
    let before = |until: Date| stretches.iter().filter(|(start, _)| start.plus_days(STRETCH) <= until).count();
    until.map_or(steps, |until| before(until).saturating_sub(1)).min(steps.saturating_sub(1))
}

fn too_short() -> String {
    format!("it takes {} stretches of {STRETCH} days to know what is usual", LEAST_INDEPENDENT + 2.0)
}

/// Whether amounts are in another unit than before: in the whole export, or from some day on.
pub(super) fn amounts(counted: &Counted, reference: Option<&Reference>) -> Outcome {
    let mut findings = Vec::new();
    let trained_until = reference.and_then(|reference| reference.complete_through.parse::<Date>().ok());
    if let Some((reference, until)) = reference.zip(trained_until)
        && let Some((then, now)) = reference.ln_amount.zip(counted.between(counted.first_day, until).ln_amount())
    {
        let ratio = (now - then).exp();
        if !(1.0 / OTHER_UNIT..=OTHER_UNIT).contains(&ratio) {
            findings.push(Finding {
                subject: "amount".to_owned(),
                p_value: Some(0.0),
                expected: format!("amounts of about {}", short(then.exp())),
                seen: format!("about {} for the same days", short(now.exp())),
                since: None,
                sentence: format!(
                    "Amounts are {} those of training: purchases of before {until} cost about {} when the model was trained, and about {} in this export.",
                    times(ratio),
                    short(then.exp()),
                    short(now.exp())
                ),
            });
        }
    }
    let stretches = counted.stretches(STRETCH);
    let means: Vec<f64> = stretches.iter().filter_map(|(_, days)| days.ln_amount()).collect();
    let steps: Vec<f64> = means.windows(2).map(|two| (two[1] - two[0]).abs()).collect();
    let past = known_steps(&stretches, steps.len(), reference);
    let logs: Vec<f64> = steps[..past].iter().map(|step| step.max(1e-3).ln()).collect();
    let Some(usual) = Usual::of(&logs, logs.len() as f64, 0.5) else {
        return match findings.is_empty() {
            true => Outcome::NotChecked(too_short()),
            false => Outcome::Rule { findings, calm: String::new() },
        };
    };
    let new = &steps[past..];
    if means.len() == stretches.len() {
        for (at, step) in new.iter().enumerate() {
            let place = past + at;
            let (from, until) = (stretches[place].0, stretches[place + 1].0.plus_days(STRETCH));
            let since = turned(counted, from, until, (means[place], means[place + 1]));
            // What a purchase cost before and after that day, whichever stretch it lies in.
            let mean = |from: Date, until: Date, else_: f64| counted.between(from, until).ln_amount().unwrap_or(else_);
            let before = mean(since.plus_days(-STRETCH), since, means[place]);
            let now = mean(since, since.plus_days(STRETCH), means[place + 1]);
            findings.push(Finding {
                subject: "amount".to_owned(),
                p_value: Some(usual.p_above(step.max(1e-3).ln())),
                expected: format!("about {}", short(before.exp())),
                seen: format!("about {}", short(now.exp())),
                since: Some(since.to_string()),
                sentence: format!(
                    "Amounts have jumped: since about {since} a purchase costs {} what it cost before (about {} then, {} now).",
                    times((now - before).exp()),
                    short(before.exp()),
                    short(now.exp())
                ),
            });
        }
    }
    let calm = format!(
        "A purchase costs about {}, as before.",
        means.last().map_or_else(|| "-".to_owned(), |m| short(m.exp()))
    );
    Outcome::Tested { tests: new.len().max(1) + usize::from(reference.is_some()), findings, calm }
}

/// The first day, of those between two days, from which on a week's mean is nearer to what came after than to what was before, and that
/// day's own as well.
fn turned(counted: &Counted, from: Date, until: Date, (before, now): (f64, f64)) -> Date {
    let nearer = |day: Date, days: i32| {
        let found = counted.between(day, day.plus_days(days)).ln_amount();
        found.is_some_and(|found| (found - now).abs() < (found - before).abs())
    };
    let days = (0..until.days_since(from)).map(|later| from.plus_days(later));
    days.clone().find(|day| nearer(*day, 7) && nearer(*day, 1)).unwrap_or(from)
}

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
