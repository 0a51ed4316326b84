//! The events table: what is read, what is rejected, and what can be seen at an as-of date.

#![allow(clippy::unwrap_used)]

mod shop;

use history::{Days, EventKind, EventsSpec, Export, RejectCode, Tag};
use proptest::prelude::*;
use shop::{Shop, day, events_of, events_spec, number, rejects};

#[test]
fn events_are_seen_with_their_kind_value_and_channel() {
    let rows = "a,2026-02-03T10:00:00,NPS,9.5,email,,2026-02-03\na,2026-02-01,app_crash,,,,2026-02-01\nb,2026-02-02,visit,-3,web,,2026-02-02\n";
    let export = Shop::new().with_events(rows).read();
    let history = export.history(day("2026-05-01"));
    let found = events_of(&history, number(&export, "a"));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].kind, EventKind::Other(Tag::of("app_crash")));
    assert!(found[0].value.is_nan() && found[0].channel.is_none());
    assert_eq!((found[1].kind, found[1].value, found[1].channel), (EventKind::Nps, 9.5, Some(Tag::of("email"))));
    assert_eq!(events_of(&history, number(&export, "b"))[0].value, -3.0);
    let kinds: Vec<EventKind> = history.event_kinds().iter().copied().collect();
    assert_eq!(kinds, [EventKind::Visit, EventKind::Nps, EventKind::Other(Tag::of("app_crash"))]);
    let counted: Vec<(&str, u64, String)> =
        export.event_kind_rows().unwrap().iter().map(|k| (&*k.name, k.rows, k.first.to_string())).collect();
    let expected = [("visit", 1, "2026-02-02"), ("nps", 1, "2026-02-03"), ("app_crash", 1, "2026-02-01")];
    assert_eq!(counted, expected.map(|(name, rows, first)| (name, rows, first.to_owned())));
    assert!(history.has_events() && export.events_from(day("2026-02-02")) == 2);
}

#[test]
fn every_event_is_used_or_rejected_with_its_line_column_and_code() {
    let rows = [
        "a,2026-02-01,visit,,,,2026-02-01",
        ",2026-02-01,visit,,,,2026-02-01",
        "a,01.02.2026,visit,,,,2026-02-01",
        "a,2026-02-01, ,,,,2026-02-01",
        "a,2026-02-01,visit,many,,,2026-02-01",
        "a,2026-02-01,visit,inf,,,2026-02-01",
        "a,2026-02-01,nps,10.1,,,2026-02-01",
        "a,2026-02-01,nps,-1,,,2026-02-01",
        "a,2026-02-01,csat,0,,,2026-02-01",
        "a,2026-02-01,review,5.5,,,2026-02-01",
        "a,2026-02-01T10:00:00,ticket,,,2026-02-01T09:00:00,2026-02-01",
        "a,2026-02-02,ticket,,,2026-02-01,2026-02-02",
        "a,2026-02-02,ticket,,,soon,2026-02-02",
        "a,2026-02-02,visit,,,,",
        "a,2026-02-02,visit,,,",
        "a,2126-02-02,visit,,,,2026-02-02",
    ];
    let export = Shop::new().with_events(&rows.join("\n")).read();
    use RejectCode as R;
    let expected = [
        (3, "customer_id", R::EmptyId),
        (4, "timestamp", R::AmbiguousDate),
        (5, "type", R::EmptyType),
        (6, "value", R::BadValue),
        (7, "value", R::BadValue),
        (8, "value", R::ValueOutOfRange),
        (9, "value", R::ValueOutOfRange),
        (10, "value", R::ValueOutOfRange),
        (11, "value", R::ValueOutOfRange),
        (12, "resolved_at", R::ResolvedBefore),
        (13, "resolved_at", R::ResolvedBefore),
        (14, "resolved_at", R::BadTimestamp),
        (15, "recorded_at", R::BadTimestamp),
        (16, "", R::FieldCount),
        (17, "timestamp", R::ImplausibleTimestamp),
    ];
    assert_eq!(rejects(&export, 1), expected);
    assert_eq!((export.reports()[1].table, export.reports()[1].rows, export.reports()[1].used), ("events", 16, 1));
    let codes: Vec<&str> = [R::EmptyType, R::BadValue, R::ValueOutOfRange, R::ResolvedBefore].map(R::as_str).to_vec();
    assert_eq!(codes, ["empty_type", "bad_value", "value_out_of_range", "resolved_before"]);
}

#[test]
fn too_many_rejected_events_stop_everything() {
    let mut shop = Shop::new().with_events("a,2026-02-01,nps,\"9,5\",,,2026-02-01\na,2026-02-01,nps,9,,,2026-02-01\n");
    shop.spec.max_reject_share = 0.001;
    let found = shop.refusal().to_string();
    assert!(found.contains("events.csv: 1 of 2 rows cannot be read"), "{found}");
    assert!(found.contains("line 2, column \"value\"") && found.contains("decimal = \",\""), "{found}");
}

#[test]
fn a_missing_column_of_the_events_is_named_with_the_nearest_header() {
    let mut shop = Shop::new();
    let path = shop.file("e.csv", "customer_id,timestamp,types\na,2026-02-01,visit\n");
    shop.spec.events =
        Some(EventsSpec { value: None, channel: None, resolved_at: None, recorded_at: None, ..events_spec(&path) });
    let found = shop.refusal().to_string();
    assert!(found.contains("expected a column \"type\" (mapped as type)"), "{found}");
    assert!(found.contains("did you mean \"types\"?"), "{found}");
    shop.file("e.csv", "customer_id,timestamp,type\n");
    assert!(shop.refusal().to_string().contains("expected rows below the header, found none"));
}

#[test]
fn offsets_are_not_mixed_within_a_column_of_events() {
    let rows = "a,2026-02-01,visit,,,,2026-02-01T00:00:00Z\na,2026-02-01,visit,,,,2026-02-01T00:00:00\n";
    let found = Shop::new().with_events(rows).refusal().to_string();
    assert!(
        found.contains("line 3, byte 108: column \"recorded_at\"") && found.contains("with a UTC offset"),
        "{found}"
    );
}

#[test]
fn a_ticket_resolved_later_is_an_open_ticket() {
    let rows = "a,2026-02-01T10:00:00,ticket,,,2026-02-05T00:00:00,2026-02-01\na,2026-02-02,ticket,,,,2026-02-02\n";
    let export = Shop::new().with_events(rows).read();
    let a = number(&export, "a");
    let resolved = |as_of: &str| {
        events_of(&export.history(day(as_of)), a).iter().map(|row| row.resolved_at.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(resolved("2026-02-01"), [false; 0]);
    assert_eq!(resolved("2026-02-02"), [false]);
    assert_eq!(resolved("2026-02-05"), [false, false]);
    assert_eq!(resolved("2026-02-06"), [true, false]);
}

#[test]
fn a_day_of_resolving_without_a_clock_is_not_before_the_event_of_that_day() {
    let export = Shop::new().with_events("a,2026-02-01T10:00:00,ticket,,,2026-02-01,2026-02-01\n").read();
    let row = events_of(&export.history(day("2026-03-01")), number(&export, "a"))[0];
    assert_eq!(row.resolved_at, Some(row.timestamp));
}

#[test]
fn nothing_on_or_after_the_as_of_date_changes_what_is_seen() {
    let known = "a,2026-02-01,ticket,,email,2026-02-03,2026-02-01\nb,2026-02-09,visit,1,web,,2026-02-09\n";
    // Later rows, rows recorded later, and a later end of a ticket that was open.
    let poison = "a,2026-02-10,complaint,9,phone,,2026-02-10\na,2026-02-01,ticket,,email,,2026-02-10\nb,2026-02-05,nps,1,web,,2026-04-01\nc,2026-02-09,visit,,,,2026-02-10\n";
    let open = "b,2026-02-04,complaint,,,{},2026-02-04\n";
    let clean = Shop::new().with_events(&format!("{known}{}", open.replace("{}", ""))).read();
    let poisoned = Shop::new().with_events(&format!("{poison}{known}{}", open.replace("{}", "2026-02-10"))).read();
    let as_of = day("2026-02-10");
    for id in ["a", "b"] {
        let seen = |export: &Export| format!("{:?}", events_of(&export.history(as_of), number(export, id)));
        assert_eq!(seen(&clean), seen(&poisoned));
    }
    let c = number(&poisoned, "c");
    assert!(!poisoned.history(as_of).is_known(c));
    assert!(poisoned.history(day("2026-02-11")).is_known(c));
}

#[test]
fn a_limited_look_back_hides_older_events_and_departures_stay_in_sight() {
    let rows = "a,2026-02-01,visit,,,,2026-02-01\na,2026-02-09,visit,,,,2026-02-09\n";
    let export = Shop::new().with_events(rows).with_departures("a,2025-01-01,voluntary,\n").read();
    let a = number(&export, "a");
    let history = export.history(day("2026-02-10")).with_lookback(Days::new(5));
    assert_eq!(events_of(&history, a).len(), 1);
    let block = history.block(a..a + 1).unwrap();
    assert_eq!(history.events(&block, a).next_back().unwrap().timestamp.date(), day("2026-02-09"));
    assert!(history.departure(&block, a).is_some());
}

#[test]
fn customers_known_from_events_alone_are_known_from_the_first_on() {
    let export = Shop::new().with_events("z,2026-02-01T12:00:00,visit,,,,2026-02-03\n").read();
    let z = number(&export, "z");
    let known = ["2026-02-01", "2026-02-03", "2026-02-04"].map(|date| export.history(day(date)).is_known(z));
    assert_eq!(known, [false, false, true]);
}

#[test]
fn events_that_stop_early_are_noticed_and_seldom_ones_are_not() {
    // Visits every day until March, calls every ten days until the middle of June, one training; complete to 06-30.
    let mut rows = String::new();
    let start = day("2025-10-01");
    for at in 0..272_i32 {
        let date = start.plus_days(at);
        if date < day("2026-03-01") {
            rows.push_str(&format!("a,{date},visit,,,,{date}\n"));
        }
        if at % 10 == 0 && date < day("2026-06-15") {
            rows.push_str(&format!("a,{date},call,,,,{date}\n"));
        }
        if at % 2 == 0 {
            rows.push_str(&format!("b,{date},login,,,,{date}\n"));
        }
    }
    rows.push_str("a,2025-10-01,training,,,,2025-10-01\n");
    let found = Shop::new().with_events(&rows).read().event_silences();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind, found[0].last, found[0].days), (Some(EventKind::Visit), day("2026-02-28"), 121));
    let until: String = rows.lines().filter(|line| !line.contains(",login,")).map(|line| format!("{line}\n")).collect();
    let until: String = until.lines().filter(|line| !line.contains(",call,")).map(|line| format!("{line}\n")).collect();
    let found = Shop::new().with_events(&until).read().event_silences();
    assert_eq!((found.len(), found[0].kind, found[0].last), (1, None, day("2026-02-28")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_order_of_the_rows_changes_no_bit(
        cells in prop::collection::vec((0_u8..4, 0_i32..20, 0_usize..5, 0_u8..4, 0_u8..3, 0_i32..4), 1..60),
        seed in any::<u64>(),
    ) {
        let kinds = ["visit", "NPS", "nps", "zeta", "alpha"];
        let mut rows: Vec<String> = cells.iter().map(|(customer, at, kind, value, channel, resolved)| {
            let date = day("2026-02-01").plus_days(*at);
            let value = if *value == 0 { String::new() } else { value.to_string() };
            let channel = ["", "web", "app"][usize::from(*channel)];
            let resolved = if *resolved == 0 { String::new() } else { date.plus_days(*resolved).to_string() };
            format!("c{customer},{date},{},{value},{channel},{resolved},{date}\n", kinds[*kind])
        }).collect();
        let read = |rows: &[String]| {
            let export = Shop::new().with_events(&rows.concat()).read();
            let history = export.history(day("2026-02-15"));
            let seen: Vec<String> =
                (0..history.n_customers()).map(|customer| format!("{:?}", events_of(&history, customer))).collect();
            (export.fingerprint().map(str::to_owned), seen, export.event_kind_rows().unwrap().to_vec(), export.repeated_events())
        };
        let first = read(&rows);
        let mut state = seed;
        for at in (1..rows.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rows.swap(at, (state >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(read(&rows), first);
    }
}
