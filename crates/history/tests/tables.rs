//! Departures and attributes of customers, and what holds for all tables together.

#![allow(clippy::unwrap_used)]

mod shop;

use history::{
    Column, Days, DepartureKind, DepartureReason, Export, LabelWindow, RejectCode, TableWriter, Timestamp, Values,
};
use shop::{Shop, day, events_of, events_spec, number, rejects};

#[test]
fn an_export_without_the_tables_has_none_of_them() {
    let export = Shop::new().read();
    let history = export.history(day("2026-05-01"));
    assert!(!history.has_events() && !history.has_departures() && history.event_kinds().is_empty());
    assert!(events_of(&history, 0).is_empty());
    assert!(export.event_kind_rows().is_none() && export.departure_counts().is_none());
    let block = history.block(0..1).unwrap();
    assert!(history.departure(&block, 0).is_none());
    assert_eq!((history.signup(0), history.contract_end(0), history.contact_allowed(0)), (None, None, None));
}

#[test]
fn departures_are_read_and_told_by_kind_and_reason() {
    let rows = "a,2026-02-01,Voluntary,price\na,2026-04-01,involuntary,\nb,2026-04-02,voluntary,no_need\nb,2026-02-01,fired,\nb,2026-02-01,voluntary,tired\nb,2026-02-01,,price\nb,yesterday,voluntary,\n";
    let export = Shop::new().with_departures(rows).read();
    use RejectCode as R;
    let expected = [
        (5, "kind", R::UnknownKind),
        (6, "reason", R::UnknownReason),
        (7, "kind", R::UnknownKind),
        (8, "timestamp", R::BadTimestamp),
    ];
    assert_eq!(rejects(&export, 1), expected);
    assert_eq!([R::UnknownKind, R::UnknownReason].map(R::as_str), ["unknown_kind", "unknown_reason"]);
    let counts: Vec<_> = export.departure_counts().unwrap().into_iter().collect();
    assert_eq!(
        counts,
        [
            ((DepartureKind::Voluntary, Some(DepartureReason::Price)), 1),
            ((DepartureKind::Voluntary, Some(DepartureReason::NoNeed)), 1),
            ((DepartureKind::Involuntary, None), 1),
        ]
    );
    let a = number(&export, "a");
    let last = |as_of: &str| {
        let history = export.history(day(as_of));
        let block = history.block(a..a + 1).unwrap();
        history.departure(&block, a).map(|departure| departure.kind)
    };
    let expected = [None, Some(DepartureKind::Voluntary), Some(DepartureKind::Involuntary)];
    assert_eq!(["2026-02-01", "2026-02-02", "2026-04-02"].map(last), expected);
}

#[test]
fn a_departure_counts_in_its_window_and_in_no_other() {
    let rows =
        "a,2026-04-01,involuntary,\na,2026-04-10,voluntary,price\nb,2026-03-31,voluntary,\nb,2026-05-01,voluntary,\n";
    let export = Shop::new().with_departures(rows).read();
    let window = LabelWindow { lead: 0, horizon: Days::new(30).unwrap() };
    let departed = |as_of: &str, id: &str, include: bool| {
        let outcome = export.outcome(day(as_of), window).unwrap();
        let customer = number(&export, id);
        let block = outcome.block(customer..customer + 1).unwrap();
        let first = outcome.departure(&block, customer, include).map(|d| d.timestamp.date().to_string());
        assert_eq!(outcome.departed(&block, customer, include), first.is_some());
        first
    };
    // [2026-04-01, 2026-05-01): the first day counts, the day after the last does not.
    assert_eq!(departed("2026-04-01", "a", true).as_deref(), Some("2026-04-01"));
    assert_eq!(departed("2026-04-01", "a", false).as_deref(), Some("2026-04-10"));
    assert_eq!(departed("2026-04-01", "b", true), None);
    assert_eq!(departed("2026-04-02", "b", false).as_deref(), Some("2026-05-01"));
    assert_eq!(departed("2026-02-28", "a", true), None);
    let other = LabelWindow { lead: 7, ..window };
    let outcome = export.outcome(day("2026-03-25"), other).unwrap();
    let block = outcome.block(0..1).unwrap();
    assert!(outcome.departed(&block, number(&export, "a"), true));
}

#[test]
fn attributes_of_customers_are_what_the_export_says() {
    let rows = "a,2026-01-05,2027-01-01,yes,Ann\nb,,,0,\nc,2026-05-01, ,TRUE, Bob \nd,2026-01-01,never,yes,x\ne,2026-01-01,,perhaps,x\nf,05/01/2026,,,\n";
    let export = Shop::new().with_customers(rows).read();
    use RejectCode as R;
    let expected = [(5, "contract_end", R::BadTimestamp), (6, "contact_allowed", R::BadFlag)];
    assert_eq!(rejects(&export, 1)[..2], expected);
    assert_eq!(rejects(&export, 1)[2], (7, "signup_date", R::AmbiguousDate));
    assert_eq!(R::BadFlag.as_str(), "bad_flag");
    let history = export.history(day("2026-05-01"));
    let [a, b, c] = ["a", "b", "c"].map(|id| number(&export, id));
    assert_eq!([a, b, c].map(|customer| history.signup(customer)), [Some(day("2026-01-05")), None, None]);
    assert_eq!(export.history(day("2026-05-02")).signup(c), Some(day("2026-05-01")));
    assert_eq!([a, b, c].map(|customer| history.contract_end(customer)), [Some(day("2027-01-01")), None, None]);
    assert_eq!([a, b, c].map(|customer| history.contact_allowed(customer)), [Some(true), Some(false), Some(true)]);
    assert_eq!([a, b, c].map(|customer| history.attribute("owner", customer)), [Some("Ann"), None, Some("Bob")]);
    assert_eq!(history.attribute("colour", a), None);
    assert!(history.has_signup() && history.has_contract_end());
    let undated: Vec<&str> = export.undated_attributes().collect();
    assert_eq!(undated, ["contract_end", "contact_allowed", "owner"]);
}

#[test]
fn csv_and_parquet_with_the_same_tables_are_the_same_export() {
    let shop = Shop::new();
    let texts = |values: &[&str]| {
        Values::Text(values.iter().map(|v| Some((*v).to_owned()).filter(|v| !v.is_empty())).collect())
    };
    let moment = |micros: i64| Some(Timestamp::from_micros(1_770_000_000_000_000 + micros));
    let fingerprints = ["csv", "parquet"].map(|ending| {
        let write = |name: &str, columns: &[Column]| {
            let path = shop.folder.path().join(format!("{name}.{ending}"));
            let mut writer = TableWriter::create(&path).unwrap();
            writer.write(columns).unwrap();
            writer.finish().unwrap();
            path
        };
        let events = write(
            "events",
            &[
                Column::new("customer_id", texts(&["b", "a", "z"])),
                Column::new("timestamp", Values::Timestamp(vec![moment(0), moment(5_500_000), moment(7)])),
                Column::new("type", texts(&["nps", "own type", "ticket"])),
                Column::new("value", Values::Float(vec![Some(9.25), None, Some(1e-7)])),
                Column::new("channel", texts(&["email", "", "phone"])),
                Column::new("resolved_at", Values::Timestamp(vec![None, None, moment(9_000_000)])),
                Column::new("recorded_at", Values::Timestamp(vec![moment(1), moment(2), moment(3)])),
            ],
        );
        let customers = write(
            "customers",
            &[
                Column::new("customer_id", texts(&["a", "b"])),
                Column::new("signup_date", Values::Date(vec![Some(day("2025-01-01")), None])),
                Column::new("contract_end", Values::Date(vec![None, Some(day("2027-01-01"))])),
                Column::new("contact_allowed", Values::Flag(vec![Some(true), Some(false)])),
                Column::new("owner", texts(&["", "Ann"])),
            ],
        );
        let departures = write(
            "departures",
            &[
                Column::new("customer_id", texts(&["b", "a"])),
                Column::new("timestamp", Values::Date(vec![Some(day("2026-02-01")); 2])),
                Column::new("kind", texts(&["voluntary", "involuntary"])),
                Column::new("reason", texts(&["price", ""])),
            ],
        );
        let mut spec = Shop::new().with_customers("").with_departures("").spec;
        spec.transactions.table = shop.spec.transactions.table.clone();
        spec.events = Some(events_spec(&events));
        if let (Some(table), Some(other)) = (&mut spec.customers, &mut spec.departures) {
            (table.table.path, other.table.path) = (customers, departures);
        }
        let export = Export::read(&spec, None).unwrap();
        assert!(export.reports().iter().all(|report| report.rejects.total() == 0), "{:?}", export.reports());
        export.fingerprint().map(str::to_owned).unwrap()
    });
    assert_eq!(fingerprints[0], fingerprints[1]);
}

#[test]
fn the_fingerprint_covers_every_column_of_every_table() {
    let fingerprint = |events: &str, departures: &str, customers: &str| {
        let shop = Shop::new().with_events(events).with_departures(departures).with_customers(customers);
        shop.read().fingerprint().map(str::to_owned).unwrap()
    };
    let events = "a,2026-02-01,ticket,1,web,2026-02-02,2026-02-01\n";
    let (departures, customers) = ("a,2026-02-01,voluntary,price\n", "a,2026-01-01,2027-01-01,yes,Ann\n");
    let base = fingerprint(events, departures, customers);
    let mut all = vec![base.clone()];
    for (from, to) in [
        ("a,", "b,"),
        ("02-01,t", "02-02,t"),
        ("ticket", "call"),
        (",1,", ",2,"),
        ("web", "app"),
        ("02-02,", "02-03,"),
        ("02-01\n", "02-02\n"),
    ] {
        all.push(fingerprint(&events.replace(from, to), departures, customers));
    }
    for (from, to) in [("a,", "b,"), ("02-01", "02-02"), ("voluntary", "involuntary"), ("price", "other")] {
        all.push(fingerprint(events, &departures.replace(from, to), customers));
    }
    for (from, to) in [("2027", "2028"), ("yes", "no"), ("yes", ""), ("Ann", "Bob"), ("2026", "2025")] {
        all.push(fingerprint(events, departures, &customers.replace(from, to)));
    }
    let n = all.len();
    all.sort();
    all.dedup();
    assert_eq!((n, all.len()), (17, 17));
    assert_eq!(fingerprint(&events.replace("web", " web "), departures, customers), base);
}
