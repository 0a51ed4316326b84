//! Where a window begins and ends, to the microsecond, and on days of 23 and 25 hours.

#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;

use common::company::{Columns, Company, Event, Person, Sale, spec};
use common::random::{DAY, MIDDLE};
use common::{ELIGIBILITY, Line, csv, date, read, read_with};
use feature_engineering::{Churn, Snapshot, features};
use history::{Date, Days, Export, LabelWindow, Returns};
use jiff::tz::TimeZone;

/// Ordinary, leap and daylight-saving days, and the days after them.
const DAYS: [&str; 8] =
    ["2024-10-04", "2024-02-29", "2024-03-01", "2025-01-01", "2026-03-29", "2026-03-30", "2026-10-25", "2026-10-26"];

fn of(export: &Export, as_of: Date, customer: &str, names: &[&str]) -> Vec<f64> {
    let number = export.customer_ids().iter().position(|id| id == customer).unwrap() as u32;
    let wanted: Vec<_> = names.iter().map(|name| feature_engineering::by_name(name).unwrap().clone()).collect();
    let table = features(&export.history(as_of), &[number], &wanted).unwrap();
    table.columns().iter().map(|column| column[0]).collect()
}

fn churned(export: &Export, as_of: Date, window: LabelWindow, customers: &[u32]) -> Vec<bool> {
    let (history, outcome) = (export.history(as_of), export.outcome(as_of, window).unwrap());
    let labels = Churn::Inactivity.labels(&history, &outcome, ELIGIBILITY, customers).unwrap();
    labels.into_iter().map(Option::unwrap).collect()
}

/// A company of one customer who is known, with a purchase and one event of each of two kinds, long before.
fn settled(as_of: Date) -> Company {
    let at = |days: i64| as_of.start().micros() - days * DAY;
    let events = [Event::new("a", at(500), "login"), Event::new("a", at(500), "ticket")];
    Company::of(&[Sale::new("a", at(400), 500)], &events, &[])
}

#[test]
fn a_row_is_seen_if_it_happened_and_was_recorded_before_the_midnight() {
    for as_of in DAYS.map(date) {
        let midnight = as_of.start().micros();
        for (offset, seen) in [(-1, 1.0), (0, 0.0), (1, 0.0)] {
            let moment = midnight + offset;
            let mut company = settled(as_of);
            company.sales.push(Sale::new("a", moment, 700));
            company.events.push(Event::new("a", moment, "login"));
            let found = of(&company.read(), as_of, "a", &["frequency", "purchases_30d", "spend_30d", "logins_30d"]);
            assert_eq!(found, [1.0 + seen, seen, 7.0 * seen, seen], "{offset} at {as_of}");

            let mut company = settled(as_of);
            company.sales.push(Sale { recorded: moment, ..Sale::new("a", midnight - DAY, 700) });
            company.events.push(Event { recorded: moment, ..Event::new("a", midnight - DAY, "login") });
            let found = of(&company.read(), as_of, "a", &["purchases_30d", "spend_30d", "logins_30d"]);
            assert_eq!(found, [seen, 7.0 * seen, seen], "recorded {offset} from {as_of}");

            let mut company = settled(as_of);
            company.events.push(Event { resolved: Some(moment), ..Event::new("a", midnight - DAY, "ticket") });
            let open = of(&company.read(), as_of, "a", &["tickets_open"]);
            assert_eq!(open, [2.0 - seen], "resolved {offset} from {as_of}");
        }
        for (offset, days) in [(-1, 1.0), (0, f64::NAN), (1, f64::NAN)] {
            let signup = Some(as_of.days() + offset);
            let people = [Person { customer: "a".to_owned(), signup, contract_end: None }];
            let company = Company { people: people.to_vec(), ..settled(as_of) };
            let company = Company { columns: Columns { people: true, ..company.columns }, ..company };
            let found = of(&company.read(), as_of, "a", &["days_since_signup"])[0];
            assert_eq!(found.to_bits(), f64::to_bits(days), "signed up {offset} days from {as_of}");
        }
    }
}

#[test]
fn windows_take_their_first_moment_and_leave_their_last() {
    let as_of = Date::from_days(MIDDLE);
    let purchases = [
        (0, "purchases_30d", 30),
        (30, "purchases_30d_before", 60),
        (0, "purchases_90d", 90),
        (90, "purchases_90d_before", 180),
        (0, "purchases_180d", 180),
        (0, "purchases_365d", 365),
        (275, "purchases_season_last_year", 365),
    ];
    let events = [
        (0, "logins_30d", 30),
        (30, "logins_30d_before", 60),
        (0, "logins_90d", 90),
        (0, "tickets_90d", 90),
        (0, "tickets_365d", 365),
    ];
    for (to, name, from) in purchases.into_iter().chain(events) {
        let edges = [(from, -1, 0.0), (from, 0, 1.0), (from, 1, 1.0), (to, -1, 1.0), (to, 0, 0.0), (to, 1, 0.0)];
        for (days, offset, expected) in edges {
            let at = as_of.start().micros() - days * DAY + offset;
            let mut company = settled(as_of);
            company.sales.push(Sale::new("a", at, 700));
            let kind = if name.starts_with("logins") { "login" } else { "ticket" };
            company.events.push(Event::new("a", at, kind));
            assert_eq!(of(&company.read(), as_of, "a", &[name]), [expected], "{name}: {days} days before, {offset}");
        }
    }
}

#[test]
fn eligible_customers_bought_since_the_midnight_that_begins_the_180th_day_before() {
    for as_of in DAYS.map(date) {
        for (offset, expected) in [(-1, 0), (0, 1), (1, 1)] {
            let company = Company::of(&[Sale::new("a", as_of.start().micros() - 180 * DAY + offset, 100)], &[], &[]);
            let export = company.read();
            let snapshot = Snapshot::take(&export.history(as_of), ELIGIBILITY).unwrap();
            assert_eq!(
                (snapshot.eligible.len(), snapshot.lapsed.len()),
                (expected, 1 - expected),
                "{offset} at {as_of}"
            );
        }
    }
}

/// Reads purchases of customers `0`, `1` .. whose moments are given with their offset from UTC.
fn read_moments(moments: &[&str]) -> Export {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("customer_id,timestamp,amount\n");
    moments.iter().enumerate().for_each(|(customer, at)| writeln!(text, "{customer},{at},1.00").unwrap());
    text.push_str("9,2025-09-01T10:00:00Z,1.00\n9,2027-01-10T10:00:00Z,1.00\n");
    std::fs::write(folder.path().join("transactions.csv"), text).unwrap();
    let columns = Columns {
        orders: false,
        discounts: false,
        margins: false,
        quantities: false,
        products: false,
        categories: false,
        channels: false,
        sales_recorded: false,
        events: false,
        people: false,
        returns: Returns::Net,
        ..Columns::ALL
    };
    let spec = spec(folder.path(), columns, TimeZone::get("Europe/Bucharest").unwrap());
    Export::read(&spec, Some(date("2027-01-11"))).unwrap()
}

#[test]
fn days_of_23_and_25_hours_begin_at_their_own_midnights() {
    // In Bucharest 2026-03-29 lasts from 22:00 to 21:00 UTC, and 2026-10-25 from 21:00 to 22:00 UTC.
    for (as_of, midnight_before, midnight) in [
        ("2026-03-29", "2026-03-28T21:59:59.999999Z", "2026-03-28T22:00:00Z"),
        ("2026-03-30", "2026-03-29T20:59:59.999999Z", "2026-03-29T21:00:00Z"),
        ("2026-10-25", "2026-10-24T20:59:59.999999Z", "2026-10-24T21:00:00Z"),
        ("2026-10-26", "2026-10-25T21:59:59.999999Z", "2026-10-25T22:00:00Z"),
    ] {
        let (export, as_of) = (read_moments(&[midnight_before, midnight]), date(as_of));
        assert_eq!(of(&export, as_of, "0", &["frequency"]), [1.0], "{as_of}");
        assert_eq!(of(&export, as_of, "1", &["frequency"]), [0.0], "{as_of}");
        let day = LabelWindow { lead: 0, horizon: Days::new(1).unwrap() };
        assert_eq!(churned(&export, as_of, day, &[0, 1]), [true, false], "{as_of}");
        assert_eq!(churned(&export, as_of.plus_days(-1), day, &[0, 1]), [false, true], "{as_of}");
    }
    // The hour that the clock shows twice is on one day, and a window of 30 days holds 30 dates.
    let export =
        read_moments(&["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-09-25T21:00:00Z", "2026-09-25T20:59:59Z"]);
    let purchases = |customer| of(&export, date("2026-10-26"), customer, &["purchases_30d"])[0];
    assert_eq!(["0", "1", "2", "3"].map(purchases), [1.0, 1.0, 1.0, 0.0]);
}

#[test]
fn labels_see_their_window_from_its_first_moment_to_its_last() {
    for (lead, horizon) in [(0, 30), (7, 30), (0, 1), (3, 90)] {
        let window = LabelWindow { lead, horizon: Days::new(horizon).unwrap() };
        for as_of in DAYS.map(date) {
            let at = |days: u16, offset: i64| as_of.start().micros() + i64::from(days) * DAY + offset;
            for (moment, bought) in [
                (at(lead, -1), false),
                (at(lead, 0), true),
                (at(lead, 1), true),
                (at(lead + horizon, -1), true),
                (at(lead + horizon, 0), false),
            ] {
                let sales =
                    [Sale::new("a", at(0, -30 * DAY), 100), Sale::new("a", moment, 100), Sale::new("b", at(200, 0), 1)];
                let export = Company::of(&sales, &[], &[]).read();
                assert_eq!(churned(&export, as_of, window, &[0]), [!bought], "{as_of}, {lead} + {horizon}");
            }
        }
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

#[test]
fn a_first_call_a_follow_up_and_the_end_of_a_contract_have_their_days_to_the_microsecond() {
    let as_of = Date::from_days(MIDDLE);
    let at = |days: i64, offset: i64| as_of.start().micros() - days * DAY + offset;
    // Days since signing up, and a call: so many days after it, and microseconds.
    for (signup, call, expected) in [
        (29, None, 0.0),
        (30, None, 1.0),
        (31, None, 1.0),
        (60, Some((0, -1)), 1.0),
        (60, Some((0, 0)), 0.0),
        (60, Some((30, -1)), 0.0),
        (60, Some((30, 0)), 1.0),
    ] {
        let mut company = settled(as_of);
        company.columns.people = true;
        let since = Some(MIDDLE - signup as i32);
        company.people.push(Person { customer: "a".to_owned(), signup: since, contract_end: None });
        company.events.push(Event::new("b", at(100, 0), "call"));
        company.events.extend(call.map(|(days, offset)| Event::new("a", at(signup - days, offset), "call")));
        assert_eq!(of(&company.read(), as_of, "a", &["no_first_call"]), [expected], "{signup} days, {call:?}");
    }
    // Days since a request, microseconds from there, and an answer likewise.
    for (request, answer, expected) in [
        ((7, 1), None, 0.0),
        ((7, 0), None, 1.0),
        ((365, 0), None, 1.0),
        ((365, -1), None, 0.0),
        ((20, 0), Some((20, -1)), 1.0),
        ((20, 0), Some((20, 0)), 0.0),
        ((20, 0), Some((13, -1)), 0.0),
        ((20, 0), Some((13, 0)), 1.0),
    ] {
        let mut company = settled(as_of);
        company.events.push(Event::new("b", at(100, 0), "quote_followup"));
        company.events.push(Event::new("a", at(request.0, request.1), "quote_request"));
        company.events.extend(answer.map(|(days, offset)| Event::new("a", at(days, offset), "quote_followup")));
        let found = of(&company.read(), as_of, "a", &["quotes_without_followup"]);
        assert_eq!(found, [expected], "{request:?}, {answer:?}");
    }
    for (left, expected) in [(-1, 0.0), (0, 1.0), (89, 1.0), (90, 0.0)] {
        let mut company = settled(as_of);
        company.columns.people = true;
        let contract_end = Some(MIDDLE + left);
        company.people.push(Person { customer: "a".to_owned(), signup: None, contract_end });
        assert_eq!(of(&company.read(), as_of, "a", &["contract_ends_90d"]), [expected], "{left} days left");
    }
}
