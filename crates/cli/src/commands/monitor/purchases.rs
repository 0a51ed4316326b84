//! Purchases over time: how many there are, and what they cost.

use history::Date;

use super::check::{Finding, Outcome};
use super::natural::{LEAST_INDEPENDENT, Usual};
use super::reference::Reference;
use super::rows::{Counted, Day};
use super::said::{STRETCH, percent, short, times};

/// Amounts that are so many times those of training are in another unit, whatever else has changed.
const OTHER_UNIT: f64 = 3.0;
/// The least spread of ratios of amounts and of purchases, in logarithms, that is believed.
const LEAST_SD: f64 = 0.03;

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
