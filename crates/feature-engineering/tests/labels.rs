//! Labels by every churn definition against a plain computation, and the time rule for them.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write;

use common::{Line, csv, moment_of, spec};
use feature_engineering::{Churn, Eligibility, Snapshot, State};
use history::{Date, Days, DeparturesSpec, Export, LabelWindow, Returns, TableSpec, Timestamp};
use proptest::prelude::*;

const AS_OF: i32 = 20_000; // 2024-10-04
const HORIZON: u16 = 40;
const ACTIVE_WITHIN: i32 = 120;
const CUSTOMERS: u8 = 8;

/// A departure: customer, moment, voluntary.
type Gone = (u8, Timestamp, bool);

fn as_of() -> Date {
    Date::from_days(AS_OF)
}

fn days(days: u16) -> Days {
    Days::new(days).unwrap()
}

fn window(lead: u16) -> LabelWindow {
    LabelWindow { lead, horizon: days(HORIZON) }
}

fn eligibility(churn: Churn) -> Eligibility {
    Eligibility::new(days(ACTIVE_WITHIN as u16), churn)
}

/// An export of some lines and departures. A purchase of another customer, long after the windows, makes it complete.
fn read(lines: &[Line], gone: &[Gone]) -> Export {
    let folder = tempfile::tempdir().unwrap();
    let end = Date::from_days(AS_OF + 150);
    let recorded_at = lines.iter().any(|line| line.recorded_at.is_some()).then(|| end.start());
    let mut lines = lines.to_vec();
    // A shop that sells every few days, whatever else the lines are.
    for day in (-300..150).step_by(5) {
        let timestamp = Date::from_days(AS_OF + day).start();
        let recorded_at = recorded_at.map(|_| timestamp);
        lines.push(Line { timestamp, recorded_at, ..Line::new("z", "2020-01-01", 100) });
    }
    std::fs::write(folder.path().join("transactions.csv"), csv(&lines)).unwrap();
    // A table without rows is refused; `z` left once, and came back.
    let mut text = format!("customer_id,timestamp,kind\nz,{},voluntary\n", moment(-299, 0));
    for (customer, moment, voluntary) in gone {
        writeln!(text, "c{customer},{moment},{}", if *voluntary { "voluntary" } else { "involuntary" }).unwrap();
    }
    std::fs::write(folder.path().join("departures.csv"), text).unwrap();
    let mut spec = spec(folder.path(), &lines, Returns::Net);
    spec.departures = Some(DeparturesSpec {
        table: TableSpec::at(folder.path().join("departures.csv")),
        customer_id: "customer_id".into(),
        timestamp: "timestamp".into(),
        kind: "kind".into(),
        reason: None,
    });
    Export::read(&spec, Some(end)).unwrap()
}

/// The eligible customers but `z`, each with its label.
fn found(export: &Export, churn: Churn, lead: u16, lookback: Option<Days>) -> Vec<(String, Option<bool>)> {
    let history = export.history(as_of()).with_lookback(lookback);
    let outcome = export.outcome(as_of(), window(lead)).unwrap();
    let eligible = Snapshot::take(&history, eligibility(churn)).unwrap().eligible;
    let labels = churn.labels(&history, &outcome, eligibility(churn), &eligible).unwrap();
    let id = |customer: &u32| export.customer_ids()[*customer as usize].to_string();
    eligible.iter().map(id).zip(labels).filter(|(id, _)| id != "z").collect()
}

/// The same the slow way: a scan over all lines for every question.
fn expected(
    lines: &[Line],
    gone: &[Gone],
    churn: Churn,
    lead: u16,
    lookback: Option<Days>,
) -> Vec<(String, Option<bool>)> {
    let midnight = as_of().start();
    let from = lookback.map_or(i64::MIN, |days| as_of().plus_days(-days.get()).start().micros());
    let seen = |id: &str| -> Vec<Timestamp> {
        let visible = |line: &&Line| {
            line.customer == id && line.cents >= 0 && line.timestamp < midnight && line.timestamp.micros() >= from
        };
        let mut moments: Vec<Timestamp> = lines.iter().filter(visible).map(|line| line.timestamp).collect();
        moments.sort_unstable();
        moments
    };
    let departures = |id: &str| -> Vec<(Timestamp, bool)> {
        let own = gone.iter().filter(|(customer, _, _)| format!("c{customer}") == id);
        own.map(|(_, moment, voluntary)| (*moment, *voluntary)).collect()
    };
    let eligible: Vec<String> = (0..CUSTOMERS)
        .map(|customer| format!("c{customer}"))
        .filter(|id| {
            let Some(last) = seen(id).last().copied() else { return false };
            let left = departures(id).iter().any(|(moment, _)| *moment < midnight && *moment >= last);
            let departs = matches!(churn, Churn::Departure { .. });
            last >= as_of().plus_days(-ACTIVE_WITHIN).start() && !(departs && left)
        })
        .collect();
    let gaps = |id: &str| -> Vec<i32> {
        let purchase_days: BTreeSet<Date> = seen(id).iter().map(|moment| moment.date()).collect();
        let purchase_days: Vec<Date> = purchase_days.into_iter().collect();
        purchase_days.windows(2).map(|pair| pair[1].days_since(pair[0])).collect()
    };
    // The customer `z` is eligible too: a purchase every five days within sight.
    let of_z = (-300..0).step_by(5).filter(|day| Date::from_days(AS_OF + day).start().micros() >= from).count() - 1;
    let mut pooled: Vec<i32> = vec![5; of_z];
    eligible.iter().for_each(|id| pooled.extend(gaps(id)));
    let mean = pooled.iter().map(|gap| f64::from(*gap)).sum::<f64>() / pooled.len() as f64;
    let start = as_of().plus_days(i32::from(lead));
    let bought_within = |id: &str, days: i32| {
        lines.iter().any(|line| {
            line.customer == id
                && line.cents >= 0
                && line.timestamp >= start.start()
                && line.timestamp < start.plus_days(days).start()
        })
    };
    let label = |id: &str| match churn {
        Churn::Inactivity => Some(!bought_within(id, i32::from(HORIZON))),
        Churn::Cadence { multiple, min } => {
            let own = gaps(id);
            let sum: f64 = own.iter().map(|gap| f64::from(*gap)).sum();
            let usual = (sum + 3.0 * mean) / (own.len() as f64 + 3.0);
            let period = (multiple * usual).ceil().clamp(f64::from(min.get()), f64::from(HORIZON));
            Some(!bought_within(id, period as i32))
        }
        Churn::Departure { include_involuntary } => {
            let end = start.plus_days(i32::from(HORIZON)).start();
            let own = departures(id);
            let counts = |(moment, voluntary): &(Timestamp, bool)| {
                *moment >= start.start() && *moment < end && (*voluntary || include_involuntary)
            };
            let any = |(moment, _): &(Timestamp, bool)| *moment >= midnight && *moment < end;
            if own.iter().any(counts) {
                Some(true)
            } else if own.iter().any(any) {
                None
            } else {
                Some(false)
            }
        }
    };
    eligible.into_iter().map(|id| (id.clone(), label(&id))).collect()
}

fn moment(day: i32, micros: i64) -> Timestamp {
    Timestamp::from_micros(Date::from_days(AS_OF + day).start().micros() + micros)
}

prop_compose! {
    fn line()(customer in 0..CUSTOMERS, day in -250..60_i32, micros in prop_oneof![Just(0_i64), 0..86_400_000_000_i64],
              cents in -500_i64..5_000) -> Line {
        Line { timestamp: moment(day, micros), ..Line::new(&format!("c{customer}"), "2020-01-01", cents) }
    }
}

prop_compose! {
    fn departure()(customer in 0..CUSTOMERS, day in -150..60_i32, micros in prop_oneof![Just(0_i64), 0..86_400_000_000_i64],
                   voluntary in any::<bool>()) -> Gone {
        (customer, moment(day, micros), voluntary)
    }
}

fn churn() -> impl Strategy<Value = Churn> {
    prop_oneof![
        Just(Churn::Inactivity),
        (1.0..6.0_f64, 1_u16..=HORIZON).prop_map(|(multiple, min)| Churn::Cadence { multiple, min: days(min) }),
        any::<bool>().prop_map(|include_involuntary| Churn::Departure { include_involuntary }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn labels_are_those_of_a_plain_computation(
        lines in prop::collection::vec(line(), 1..120), gone in prop::collection::vec(departure(), 0..14), churn in churn(),
        lead in prop_oneof![Just(0_u16), 1..20_u16], lookback in prop::option::of(120_u16..300),
    ) {
        let lookback = lookback.map(days);
        prop_assert_eq!(
            found(&read(&lines, &gone), churn, lead, lookback), expected(&lines, &gone, churn, lead, lookback)
        );
    }

    #[test]
    fn what_happens_after_the_window_changes_no_label_and_what_happens_after_the_date_no_period(
        lines in prop::collection::vec(line(), 1..80), gone in prop::collection::vec(departure(), 0..10), churn in churn(),
        later in prop::collection::vec(line(), 1..20),
    ) {
        let original = read(&lines, &gone);
        let past_the_window = |line: Line| Line { timestamp: moment(i32::from(HORIZON), line.timestamp.micros().rem_euclid(1 << 30)), ..line };
        let mut poisoned = lines.clone();
        poisoned.extend(later.iter().cloned().map(past_the_window));
        let mut gone_later = gone.clone();
        gone_later.extend((0..CUSTOMERS).map(|customer| (customer, moment(i32::from(HORIZON), 0), true)));
        prop_assert_eq!(found(&read(&poisoned, &gone_later), churn, 0, None), found(&original, churn, 0, None));

        // Other purchases in the window: the periods by which they are judged stay what they were.
        let mut poisoned: Vec<Line> = lines.iter().filter(|line| line.timestamp < as_of().start()).cloned().collect();
        poisoned.extend(later.into_iter().filter(|line| line.timestamp >= as_of().start()));
        let of = |export: &Export| {
            let history = export.history(as_of());
            let eligible = Snapshot::take(&history, eligibility(churn)).unwrap().eligible;
            let ids: Vec<String> = eligible.iter().map(|c| export.customer_ids()[*c as usize].to_owned()).collect();
            (ids, churn.periods(&history, eligibility(churn), days(HORIZON), &eligible).unwrap())
        };
        prop_assert_eq!(of(&read(&poisoned, &gone)), of(&original));
    }

    #[test]
    fn rows_recorded_later_can_only_turn_a_churned_customer_into_one_who_stayed(
        lines in prop::collection::vec(line(), 1..80), late in prop::collection::vec(any::<bool>(), 80),
        multiple in 1.0..6.0_f64, min in 1_u16..=HORIZON, by_cadence in any::<bool>(),
    ) {
        let churn = if by_cadence { Churn::Cadence { multiple, min: days(min) } } else { Churn::Inactivity };
        // What is late became known 60 days after the as-of date; all else at once. A lag of 100 days leaves the window over.
        let recorded: Vec<Line> = lines.iter().zip(&late).map(|(line, late)| {
            let late = *late && line.timestamp >= moment(-40, 0);
            let recorded = if late { moment(60, 0) } else { line.timestamp };
            Line { recorded_at: Some(recorded), ..line.clone() }
        }).collect();
        let early: Vec<Line> = recorded.iter().filter(|line| line.recorded_at == Some(line.timestamp)).cloned().collect();
        prop_assume!(!early.is_empty());
        let (before, after) = (found(&read(&early, &[]), churn, 0, None), found(&read(&recorded, &[]), churn, 0, None));
        prop_assert_eq!(before.len(), after.len());
        for ((id, before), (same, after)) in before.iter().zip(&after) {
            prop_assert_eq!(id, same);
            prop_assert!(before == after || (*before == Some(true) && *after == Some(false)), "{}", id);
        }
    }
}

#[test]
fn a_departed_customer_is_lapsed_until_the_next_purchase() {
    let lines = [
        Line::new("c0", "2024-09-01T10:00:00", 500),
        Line::new("c1", "2024-09-01T10:00:00", 500),
        Line::new("c1", "2024-09-21T10:00:00", 500),
        Line::new("c2", "2024-09-20", 500),
    ];
    let left = moment_of("2024-09-20");
    let export = read(&lines, &[(0, left, false), (1, left, true), (2, left, true)]);
    let history = export.history(as_of());
    let state = |id: &str, churn: Churn| {
        let number = export.customer_ids().iter().position(|known| *known == *id).unwrap() as u32;
        eligibility(churn).state(&history, &history.block(number..number + 1).unwrap(), number).unwrap()
    };
    let departure = Churn::Departure { include_involuntary: false };
    // On the day of the departure itself nothing was bought since.
    assert_eq!(["c0", "c1", "c2"].map(|id| state(id, departure)), [State::Lapsed, State::Eligible, State::Lapsed]);
    assert_eq!(["c0", "c1", "c2"].map(|id| state(id, Churn::Inactivity)), [State::Eligible; 3]);
}

#[test]
fn who_bought_before_the_look_back_is_lapsed_and_not_unknown() {
    let export = read(&[Line::new("c0", "2024-01-01", 500)], &[]);
    let history = export.history(as_of()).with_lookback(Some(days(150)));
    let snapshot = Snapshot::take(&history, eligibility(Churn::Inactivity)).unwrap();
    assert_eq!((snapshot.lapsed.as_slice(), snapshot.new.len()), (&[0][..], 0));
}

#[test]
fn labels_wait_until_purchases_are_recorded() {
    // 99 of 100 purchases and more are recorded within 12 days.
    let lines: Vec<Line> = (0..200)
        .map(|n| {
            let timestamp = moment(-200 + n, 0);
            Line { timestamp, recorded_at: Some(moment(-188 + n, 0)), ..Line::new("c0", "2020-01-01", 100) }
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("transactions.csv"), csv(&lines)).unwrap();
    let export = Export::read(&spec(folder.path(), &lines, Returns::Net), Some(as_of())).unwrap();
    assert_eq!((export.recording_lag_days(), export.labels_through()), (Some(12), as_of().plus_days(-12)));
    assert!(export.outcome(as_of().plus_days(-52), window(0)).is_ok());
    let error = export.outcome(as_of().plus_days(-51), window(0)).unwrap_err();
    assert_eq!((error.latest, error.recording_lag_days), (as_of().plus_days(-52), 12));
    let words = "complete only through 2024-10-04, and it takes 12 days until 99 % of the purchases are recorded";
    assert!(error.to_string().contains(words), "{error}");
}
