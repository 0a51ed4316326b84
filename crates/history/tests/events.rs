//! The events, departures and customers tables: what is read, what is rejected, and what can be seen at an as-of date.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use history::{
    Column, CustomersSpec, Date, Days, DepartureKind, DepartureReason, DeparturesSpec, EventKind, EventRow, EventsSpec,
    Export, ExportSpec, History, LabelWindow, ReadError, RejectCode, Returns, TableSpec, TableWriter, Tag, Timestamp,
    TransactionsSpec, Values,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tempfile::TempDir;

const EVENTS: &str = "customer_id,timestamp,type,value,channel,resolved_at,recorded_at\n";
const DEPARTURES: &str = "customer_id,timestamp,kind,reason\n";
const CUSTOMERS: &str = "customer_id,signup_date,contract_end,contact_allowed,owner\n";
/// Two customers who buy; the export is complete through 2026-06-30.
const ORDERS: &str = "customer_id,timestamp,amount\na,2026-01-01,1\nb,2026-03-01,1\na,2026-06-30,1\n";

/// A folder with the tables that are there.
struct Shop {
    folder: TempDir,
    spec: ExportSpec,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("orders.csv"), ORDERS).unwrap();
        let spec = ExportSpec {
            timezone: TimeZone::UTC,
            transactions: TransactionsSpec {
                table: table(&folder.path().join("orders.csv")),
                customer_id: "customer_id".into(),
                timestamp: "timestamp".into(),
                amount: "amount".into(),
                order_id: None,
                discount: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
                margin: None,
                recorded_at: None,
                currency: None,
                expected_currency: None,
                returns: Returns::Net,
            },
            customers: None,
            events: None,
            departures: None,
            max_reject_share: 1.0,
        };
        Self { folder, spec }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn with_events(mut self, rows: &str) -> Self {
        let path = self.file("events.csv", &format!("{EVENTS}{rows}"));
        self.spec.events = Some(events_spec(&path));
        self
    }

    fn with_departures(mut self, rows: &str) -> Self {
        let path = self.file("departures.csv", &format!("{DEPARTURES}{rows}"));
        self.spec.departures = Some(DeparturesSpec {
            table: table(&path),
            customer_id: "customer_id".into(),
            timestamp: "timestamp".into(),
            kind: "kind".into(),
            reason: Some("reason".into()),
        });
        self
    }

    fn with_customers(mut self, rows: &str) -> Self {
        let path = self.file("customers.csv", &format!("{CUSTOMERS}{rows}"));
        self.spec.customers = Some(CustomersSpec {
            table: table(&path),
            customer_id: "customer_id".into(),
            signup_date: Some("signup_date".into()),
            contract_end: Some("contract_end".into()),
            contact_allowed: Some("contact_allowed".into()),
            segments: vec![("owner".into(), "owner".into())],
        });
        self
    }

    fn read(&self) -> Export {
        Export::read(&self.spec, None).unwrap()
    }

    fn refusal(&self) -> ReadError {
        Export::read(&self.spec, None).unwrap_err()
    }
}

fn table(path: &Path) -> TableSpec {
    TableSpec { path: path.to_owned(), date_format: None, decimal: b'.' }
}

fn events_spec(path: &Path) -> EventsSpec {
    EventsSpec {
        table: table(path),
        customer_id: "customer_id".into(),
        timestamp: "timestamp".into(),
        kind: "type".into(),
        value: Some("value".into()),
        channel: Some("channel".into()),
        resolved_at: Some("resolved_at".into()),
        recorded_at: Some("recorded_at".into()),
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn number(export: &Export, id: &str) -> u32 {
    export.customer_ids().iter().position(|known| known == id).unwrap() as u32
}

fn events_of(history: &History<'_>, customer: u32) -> Vec<EventRow> {
    let block = history.block(customer..customer + 1).unwrap();
    history.events(&block, customer).collect()
}

fn rejects(export: &Export, table: usize) -> Vec<(u64, &str, RejectCode)> {
    export.reports()[table].rejects.rows().iter().map(|r| (r.line, r.column.as_str(), r.code)).collect()
}

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
        (4, "timestamp", R::BadTimestamp),
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
    let path = shop.file("e.csv", "customer_id,timestamp,Type\na,2026-02-01,visit\n");
    shop.spec.events =
        Some(EventsSpec { value: None, channel: None, resolved_at: None, recorded_at: None, ..events_spec(&path) });
    let found = shop.refusal().to_string();
    assert!(found.contains("expected a column \"type\" (mapped as type)"), "{found}");
    assert!(found.contains("did you mean \"Type\"?"), "{found}");
    shop.file("e.csv", "customer_id,timestamp,type\n");
    assert!(shop.refusal().to_string().contains("expected rows below the header, found none"));
}

#[test]
fn offsets_are_not_mixed_within_a_column_of_events() {
    let rows = "a,2026-02-01,visit,,,,2026-02-01T00:00:00Z\na,2026-02-01,visit,,,,2026-02-01T00:00:00\n";
    let found = Shop::new().with_events(rows).refusal().to_string();
    assert!(found.contains("line 3: column \"recorded_at\"") && found.contains("with a UTC offset"), "{found}");
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
    assert_eq!(rejects(&export, 1)[2], (7, "signup_date", R::BadTimestamp));
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
        export.fingerprint().to_owned()
    });
    assert_eq!(fingerprints[0], fingerprints[1]);
}

#[test]
fn the_fingerprint_covers_every_column_of_every_table() {
    let fingerprint = |events: &str, departures: &str, customers: &str| {
        let shop = Shop::new().with_events(events).with_departures(departures).with_customers(customers);
        shop.read().fingerprint().to_owned()
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
            (export.fingerprint().to_owned(), seen, export.event_kind_rows().unwrap().to_vec(), export.repeated_events())
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
