//! The meaning of every feature of events, of the customers table and of the calendar, by name.

use super::numbers::{against, flag, mean, ratio};
use super::purchases::{weekday, within};
use super::seen::{Seen, at_the_edge, days};
use crate::common::company::Event;
use crate::common::random::DAY;
use history::{Date, Timestamp};

/// The value of a feature; `None` where the name is none of these.
pub fn value(seen: &Seen<'_>, name: &str) -> Option<f64> {
    customer(seen, name)
        .or_else(|| engagement(seen, name))
        .or_else(|| e_mails(seen, name))
        .or_else(|| contacts(seen, name))
        .or_else(|| signs_of_life(seen, name))
        .or_else(|| service(seen, name))
        .or_else(|| answers(seen, name))
}

fn of<'a>(seen: &Seen<'a>, kinds: &[&str]) -> Vec<&'a Event> {
    seen.events.iter().filter(|event| kinds.is_empty() || kinds.contains(&event.kind.as_str())).copied().collect()
}

/// Missing where nothing of the kind was ever recorded of anybody.
fn count(seen: &Seen<'_>, kinds: &[&str], from: i64, to: i64) -> f64 {
    if seen.is_recorded(kinds) { within(seen, &of(seen, kinds), from, to).len() as f64 } else { f64::NAN }
}

fn since_last(seen: &Seen<'_>, kinds: &[&str]) -> f64 {
    of(seen, kinds).iter().map(|event| event.at).max().map_or(f64::NAN, |at| days(seen.sight.as_of - at))
}

fn customer(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let as_of = seen.sight.as_of;
    let left = seen.contract_end.map_or(f64::NAN, |end| days(end - as_of));
    let date = Timestamp::from_micros(as_of).date();
    let (year, ..) = date.year_month_day();
    let january = |year| Date::from_year_month_day(year, 1, 1).unwrap();
    let angle = std::f64::consts::TAU * f64::from(date.days_since(january(year)))
        / f64::from(january(year + 1).days_since(january(year)));
    Some(match name {
        "days_since_signup" => seen.signup.map_or(f64::NAN, |signup| days(as_of - signup)),
        "contract_days_left" => left,
        "contract_ends_90d" if left.is_nan() => f64::NAN,
        "contract_ends_90d" => flag((0.0..90.0).contains(&left)),
        "as_of_year_cosine" => angle.cos(),
        "as_of_year_sine" => angle.sin(),
        _ => return None,
    })
}

fn engagement(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let kinds = [("visit", "visits"), ("login", "logins"), ("training", "trainings")];
    let found = kinds.iter().find_map(|(kind, plural)| {
        let rest = name.strip_prefix(plural).or(name.strip_suffix(kind).filter(|rest| *rest == "days_since_"))?;
        Some((*kind, rest))
    });
    let (kind, rest) = found?;
    Some(match rest {
        "_30d" => count(seen, &[kind], 30, 0),
        "_30d_before" => count(seen, &[kind], 60, 30),
        "_90d" => count(seen, &[kind], 90, 0),
        "_trend_30d" => against(count(seen, &[kind], 30, 0), count(seen, &[kind], 60, 30)),
        "days_since_" => since_last(seen, &[kind]),
        _ => return None,
    })
}

/// Events old enough, after which none of the answers came within so many days.
fn unanswered(seen: &Seen<'_>, kind: &str, answer: &str, from: i64, span: i64) -> f64 {
    if !seen.is_recorded(&[kind]) || !seen.is_recorded(&[answer]) {
        return f64::NAN;
    }
    let asked = within(seen, &of(seen, &[kind]), from, 0);
    let answers = of(seen, &[answer]);
    let is_silent = |asked: &&&Event| {
        let end = asked.at + span * DAY;
        end <= seen.sight.as_of && answers.iter().all(|answer| answer.at < asked.at || answer.at >= end)
    };
    asked.iter().filter(is_silent).count() as f64
}

fn e_mails(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let of_90 = |kind| count(seen, &[kind], 90, 0);
    let change = |kind| against(of_90(kind), count(seen, &[kind], 180, 90));
    let share = ratio(of_90("email_open"), of_90("email_sent"));
    Some(match name {
        "emails_sent_90d" => of_90("email_sent"),
        "emails_opened_90d" => of_90("email_open"),
        "emails_clicked_90d" => of_90("email_click"),
        "email_open_share_90d" if share > 1.0 => 1.0,
        "email_open_share_90d" => share,
        "email_open_trend_90d" => change("email_open") - change("email_sent"),
        "days_since_email_open" => since_last(seen, &["email_open"]),
        "emails_unopened_90d" => unanswered(seen, "email_sent", "email_open", 90, 14),
        _ => return None,
    })
}

fn signs_of_life(seen: &Seen<'_>, name: &str) -> Option<f64> {
    if !matches!(name, "days_since_sign_of_life" | "expected_signs_since_last") {
        return None;
    }
    let kinds = ["visit", "login", "training", "email_open", "call", "quote_request"];
    let bought = seen.bought.iter().map(|bill| bill.at);
    let moments: Vec<i64> = of(seen, &kinds).iter().map(|event| event.at).chain(bought).collect();
    let (Some(first), Some(last), false) = (moments.iter().min(), moments.iter().max(), seen.bought.is_empty()) else {
        return Some(f64::NAN);
    };
    if !seen.is_recorded(&kinds) {
        return Some(f64::NAN);
    }
    let silent = days(seen.sight.as_of - last);
    let known = days(seen.sight.as_of - first);
    Some(if name == "days_since_sign_of_life" { silent } else { moments.len() as f64 / (known + 90.0) * silent })
}

fn contacts(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let contacts =
        ["visit", "login", "email_open", "email_click", "call", "quote_request", "quote_followup", "training"];
    Some(match name {
        "days_since_contact" => since_last(seen, &contacts),
        "calls_90d" => count(seen, &["call"], 90, 0),
        "days_since_call" => since_last(seen, &["call"]),
        "quote_requests_365d" => count(seen, &["quote_request"], 365, 0),
        "days_since_quote_request" => since_last(seen, &["quote_request"]),
        "days_since_quote_followup" => since_last(seen, &["quote_followup"]),
        "quotes_without_followup" => unanswered(seen, "quote_request", "quote_followup", 365, 7),
        "no_first_call" => match seen.signup {
            Some(signup) if signup >= seen.first_day && seen.is_recorded(&["call"]) => {
                let mut calls = of(seen, &["call"]).into_iter().map(|call| call.at);
                let end = signup + 30 * DAY;
                flag(end <= seen.sight.as_of && !calls.any(|at| (signup..end).contains(&at)))
            }
            _ => f64::NAN,
        },
        "events_90d" => count(seen, &[], 90, 0),
        "days_since_event" => since_last(seen, &[]),
        _ => return None,
    })
}

/// Whether the working days promised, counted from the day after the event, were over before the day of the resolution, or
/// before the as-of date.
fn is_late(seen: &Seen<'_>, event: &Event) -> bool {
    let mut promised = if event.channel == "third_party" { 3 } else { 1 };
    let mut day = event.at.div_euclid(DAY);
    while promised > 0 {
        day += 1;
        promised -= i32::from(weekday(day * DAY) < 5);
    }
    seen.resolved(event).unwrap_or(seen.sight.as_of).div_euclid(DAY) > day
}

fn service(seen: &Seen<'_>, name: &str) -> Option<f64> {
    for (kind, plural) in [("complaint", "complaints"), ("ticket", "tickets")] {
        if name == format!("days_since_{kind}") {
            return Some(since_last(seen, &[kind]));
        }
        match name.strip_prefix(plural) {
            Some("_90d") => return Some(count(seen, &[kind], 90, 0)),
            Some("_365d") => return Some(count(seen, &[kind], 365, 0)),
            Some("_open") if !seen.is_recorded(&[kind]) => return Some(f64::NAN),
            Some("_open") => {
                let open = of(seen, &[kind]).into_iter().filter(|event| seen.resolved(event).is_none());
                return Some(open.count() as f64);
            }
            _ => {}
        }
    }
    let both = ["complaint", "ticket"];
    let problems = within(seen, &of(seen, &both), 365, 0);
    let late = problems.iter().filter(|event| is_late(seen, event)).count() as f64;
    Some(match name {
        "days_to_resolve" => {
            let times: Vec<f64> =
                problems.iter().filter_map(|event| Some(days(seen.resolved(event)? - event.at))).collect();
            mean(&times)
        }
        "promises_broken" if !seen.is_recorded(&both) => f64::NAN,
        "promises_broken" => late,
        "promises_broken_share" => ratio(late, problems.len() as f64),
        _ => return None,
    })
}

fn answers(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let values = |events: &[&Event]| events.iter().filter_map(|event| event.value).collect::<Vec<f64>>();
    let last = |events: &[&Event]| at_the_edge(events.iter().filter_map(|event| Some((event.at, event.value?))), true);
    let (nps, csat) = (of(seen, &["nps"]), of(seen, &["csat"]));
    let ratings = of(seen, &["csat", "review"]);
    let of_year = values(&within(seen, &ratings, 365, 0));
    Some(match name {
        "nps_last" => last(&nps),
        "nps_trend" => last(&nps) - mean(&values(&nps)),
        "nps_detractor" if values(&nps).is_empty() => f64::NAN,
        "nps_detractor" => flag(last(&nps) < 7.0),
        "csat_last" => last(&csat),
        "satisfaction_index" => mean(&of_year),
        "satisfaction_trend" => last(&ratings) - mean(&values(&ratings)),
        "low_ratings_365d" if !seen.is_recorded(&["csat", "review"]) => f64::NAN,
        "low_ratings_365d" => of_year.iter().filter(|value| **value < 3.0).count() as f64,
        "days_since_nps" => since_last(seen, &["nps"]),
        "renewals" => count(seen, &["renewal"], 36_500, 0),
        "days_since_renewal" => since_last(seen, &["renewal"]),
        _ => return None,
    })
}
