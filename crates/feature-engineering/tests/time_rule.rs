//! The time rule: nothing at or after the as-of date, and nothing recorded at or after it, reaches a feature.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Line, csv, date, moment_of, read, read_with, table_bits, value};
use history::{Date, Days, LabelWindow, Returns, Timestamp};
use proptest::prelude::*;

const AS_OF: i32 = 20_000; // 2024-10-04

fn as_of() -> Date {
    Date::from_days(AS_OF)
}

prop_compose! {
    /// A purchase or return of one of six customers, up to 300 days before the as-of date or 100 after.
    fn line()(customer in 0..6_u8, day in AS_OF - 300..AS_OF + 100, micros in 0..86_400_000_000_i64,
              cents in -2_000_i64..20_000, order in prop::option::of(0..12_u8), discount_cents in 0..500_i64) -> Line {
        Line {
            customer: format!("c{customer}"),
            timestamp: Timestamp::from_micros(Date::from_days(day).start().micros() + micros),
            cents,
            order: order.map(|order| format!("o{order}")),
            discount_cents,
            recorded_at: None,
        }
    }
}

/// Lines of which at least one is a purchase from before the as-of date, so that there is an export at all.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(line(), 1..60).prop_map(|mut lines| {
        lines.push(Line::new("c0", "2024-09-01T10:00:00", 1_000));
        lines
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn rows_at_or_after_the_as_of_date_change_no_bit(lines in lines(), others in prop::collection::vec(line(), 0..30)) {
        let original = table_bits(&read(&lines), as_of());
        let past = |line: &&Line| line.timestamp < as_of().start();
        let future = |line: &&Line| line.timestamp >= as_of().start();

        let deleted: Vec<Line> = lines.iter().filter(past).cloned().collect();
        // The deleted future may have held the only rows with an order id; the column must stay mapped.
        let keep_columns = |mut changed: Vec<Line>| {
            if lines.iter().any(|line| line.order.is_some()) {
                changed.push(Line { order: Some("later".into()), ..Line::new("c9", "2025-01-10", 100) });
            }
            changed
        };
        prop_assert_eq!(&table_bits(&read(&keep_columns(deleted.clone())), as_of()), &original);

        let edited = lines.iter().cloned().map(|mut line| {
            if line.timestamp >= as_of().start() {
                line.cents = -line.cents + 7;
                line.customer = "c3".into();
                line.discount_cents += 1;
            }
            line
        });
        prop_assert_eq!(&table_bits(&read(&keep_columns(edited.collect())), as_of()), &original);

        let mut added = lines.clone();
        added.extend(others.iter().filter(future).cloned().map(|line| Line {
            order: if lines.iter().any(|l| l.order.is_some()) { line.order } else { None },
            ..line
        }));
        prop_assert_eq!(&table_bits(&read(&added), as_of()), &original);
    }

    #[test]
    fn rows_recorded_at_or_after_the_as_of_date_change_no_bit(lines in lines(), late in prop::collection::vec(any::<bool>(), 61)) {
        let mut marked: Vec<Line> = lines.iter().zip(&late).map(|(line, late)| {
            let recorded = if *late { as_of().start() } else { line.timestamp };
            Line { recorded_at: Some(recorded), ..line.clone() }
        }).collect();
        marked.push(Line { recorded_at: Some(moment_of("2024-09-01T10:00:00")), order: marked[0].order.clone().map(|_| "own".into()), ..Line::new("c0", "2024-09-01T10:00:00", 1_000) });
        let kept: Vec<Line> = marked.iter().filter(|line| line.recorded_at.unwrap() < as_of().start()).cloned().collect();
        let with_columns = |mut lines: Vec<Line>| {
            lines.push(Line { recorded_at: Some(moment_of("2025-01-10")), order: Some("later".into()), ..Line::new("c9", "2025-01-10", 100) });
            lines
        };
        prop_assert_eq!(table_bits(&read(&with_columns(marked)), as_of()), table_bits(&read(&with_columns(kept)), as_of()));
    }

    #[test]
    fn shuffled_rows_change_no_bit_and_no_fingerprint(lines in lines(), seed in any::<u64>()) {
        let mut shuffled = lines.clone();
        let mut state = seed;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let (a, b) = (read(&lines), read(&shuffled));
        prop_assert_eq!(a.fingerprint(), b.fingerprint());
        prop_assert_eq!(table_bits(&a, as_of()), table_bits(&b, as_of()));
    }

    #[test]
    fn the_number_of_threads_changes_no_bit(lines in lines()) {
        let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
            .install(|| table_bits(&read(&lines), as_of()));
        let one = with(1);
        for threads in [2, 3, 8] {
            prop_assert_eq!(&with(threads), &one);
        }
    }

    #[test]
    fn scaling_money_scales_only_money(lines in lines()) {
        let scaled: Vec<Line> = lines.iter()
            .map(|line| Line { cents: line.cents * 8, discount_cents: line.discount_cents * 8, ..line.clone() }).collect();
        let history = read(&lines);
        let features = feature_engineering::available(&history.history(as_of()));
        for (a, b) in table_bits(&history, as_of()).iter().zip(table_bits(&read(&scaled), as_of())) {
            for ((a, b), feature) in a.1.iter().zip(b.1).zip(&features) {
                let (a, b) = (f64::from_bits(*a), f64::from_bits(b));
                let factor = if feature.unit == feature_engineering::Unit::Currency { 8.0 } else { 1.0 };
                prop_assert!(a.is_nan() && b.is_nan() || (a * factor - b).abs() <= 1e-9 * b.abs().max(1.0), "{}: {a} {b}", feature.name);
            }
        }
    }
}

#[test]
fn features_of_the_full_export_equal_those_of_the_export_cut_at_the_date() {
    // One line a customer and day, over two years; every 17th day serves as an as-of date.
    let lines: Vec<Line> = (0..700)
        .flat_map(|day| {
            (0..5).filter(move |c| (day * 7 + c * 13) % (11 + 3 * c) == 0).map(move |c| Line {
                timestamp: Timestamp::from_micros(
                    Date::from_days(19_000 + day).start().micros() + i64::from(day) * 1_234_567,
                ),
                ..Line::new(&format!("c{c}"), "2020-01-01", i64::from(day % 40) * 100 - 150)
            })
        })
        .collect();
    let full = read(&lines);
    for day in (19_050..19_700).step_by(17) {
        let as_of = Date::from_days(day);
        let cut: Vec<Line> = lines.iter().filter(|line| line.timestamp < as_of.start()).cloned().collect();
        assert_eq!(table_bits(&full, as_of), table_bits(&read(&cut), as_of), "{as_of}");
    }
}

#[test]
fn the_as_of_midnight_divides_features_from_labels() {
    let window = LabelWindow { lead: 0, horizon: Days::new(30).unwrap() };
    let as_of = date("2024-10-04");
    for (moment, seen, labelled) in [
        ("2024-10-03T23:59:59.999999", true, false),
        ("2024-10-04T00:00:00", false, true),
        ("2024-10-04T00:00:00.000001", false, true),
        ("2024-11-02T23:59:59.999999", false, true),
        ("2024-11-03T00:00:00", false, false),
    ] {
        let lines = [Line::new("a", "2024-09-01", 500), Line::new("a", moment, 700), Line::new("b", "2025-01-01", 100)];
        let export = read(&lines);
        let expected = if seen { 2.0 } else { 1.0 };
        assert_eq!(value(&export, as_of, "a", "frequency"), expected, "{moment}");
        assert_eq!(
            export.outcome(as_of, window).unwrap().bought(&export.block(0..1).unwrap(), 0),
            labelled,
            "{moment}"
        );
    }
}

#[test]
fn a_lead_time_moves_the_window_and_not_the_features() {
    let window = LabelWindow { lead: 7, horizon: Days::new(30).unwrap() };
    let lines =
        [Line::new("a", "2024-09-01", 500), Line::new("a", "2024-10-05", 700), Line::new("b", "2025-01-01", 100)];
    let export = read(&lines);
    let outcome = export.outcome(date("2024-10-04"), window).unwrap();
    assert_eq!(outcome.window(), (date("2024-10-11"), date("2024-11-10")));
    assert!(!outcome.bought(&outcome.block(0..1).unwrap(), 0));
}

#[test]
fn an_immature_label_is_an_error_and_not_a_zero() {
    let window = LabelWindow { lead: 0, horizon: Days::new(90).unwrap() };
    let lines = [Line::new("a", "2024-01-01", 500), Line::new("a", "2024-12-31T12:00:00", 700)];
    let export = read_with(&lines, Returns::Net, Some(date("2025-01-01"))).unwrap();
    assert!(export.outcome(date("2024-10-03"), window).is_ok());
    let error = export.outcome(date("2024-10-04"), window).unwrap_err();
    assert_eq!(error.latest, date("2024-10-03"));
    assert!(error.to_string().contains("ends on 2025-01-02"), "{error}");
}

#[test]
fn the_last_day_of_an_export_is_not_taken_as_complete_unless_it_is_said_to_be() {
    let lines = [Line::new("a", "2024-01-01", 500), Line::new("a", "2024-12-31T12:00:00", 700)];
    assert_eq!(read_with(&lines, Returns::Net, None).unwrap().complete_through(), date("2024-12-31"));
    assert!(csv(&lines).lines().count() == 3);
}
