//! What an engine's tables must hold to is found by the checks, and sound tables pass.

#![allow(clippy::unwrap_used)]

mod engine;

use std::path::Path;

use engine::Engine;
use history::{CustomersSpec, EventsSpec, ExportSpec, Returns, RowRules, TableSpec, TransactionsSpec, WithoutCustomer};
use pushdown::{Query, Relation, Table, Tables, Who, checks};

const SOUND: [(&str, &str); 3] = [
    (
        "transactions",
        "customer_id,timestamp,amount,order_id,discount,quantity,channel,currency\na,2025-01-01,5,o1,0,1,web,EUR\na,2025-01-01,6,o1,,2,web,EUR\nb,2025-02-01,-3,,0,1,,EUR\n",
    ),
    ("customers", "customer_id,signup_date\na,2024-01-01\nb,\n"),
    ("events", "customer_id,timestamp,type,value\na,2025-01-05,nps,9\na,2025-01-06,visit,\n"),
];

fn spec() -> ExportSpec {
    let text = str::to_owned;
    let given = |name: &str| Some(name.to_owned());
    let table = |name: &str| TableSpec::at(Path::new(name));
    ExportSpec {
        timezone: jiff::tz::TimeZone::UTC,
        transactions: TransactionsSpec {
            table: table("transactions"),
            customer_id: text("customer_id"),
            timestamp: text("timestamp"),
            amount: "amount".into(),
            order_id: given("order_id"),
            discount: given("discount"),
            margin: None,
            quantity: given("quantity"),
            product: None,
            category: None,
            channel: given("channel"),
            recorded_at: None,
            currency: given("currency"),
            expected_currency: None,
            returns: Returns::Net,
            rules: RowRules::default(),
        },
        customers: Some(CustomersSpec {
            table: table("customers"),
            customer_id: text("customer_id"),
            signup_date: given("signup_date"),
            contract_end: None,
            contact_allowed: None,
            segments: Vec::new(),
        }),
        events: Some(EventsSpec {
            table: table("events"),
            customer_id: text("customer_id"),
            timestamp: text("timestamp"),
            kind: text("type"),
            value: given("value"),
            channel: None,
            resolved_at: None,
            recorded_at: None,
        }),
        departures: None,
        offers: None,
        max_reject_share: 0.0,
    }
}

/// What is found in the sound tables with these rows added.
fn findings(engine: &mut Engine, spec: &ExportSpec, added: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in SOUND {
        let more = added.iter().filter(|(table, _)| *table == name).map(|(_, row)| format!("{row}\n"));
        let text = format!("{text}{}", more.collect::<String>());
        std::fs::write(folder.path().join(format!("{name}.csv")), text).unwrap();
    }
    let named = |name: &str| Table::of(Relation::Named(vec![name.to_owned()]));
    let tables = Tables {
        transactions: named("transactions"),
        customers: Some(named("customers")),
        events: Some(named("events")),
        offers: None,
    };
    let dates = ["2025-07-01".parse().unwrap()];
    let query =
        Query { dialect: engine.dialect(), spec, tables: &tables, dates: &dates, lookback: None, who: Who::Buyers };
    let mut found = Vec::new();
    for check in checks(&query) {
        let counts = engine.counts(folder.path(), &["transactions", "customers", "events"], &check.sql);
        assert_eq!(counts.len(), check.findings.len());
        let some = counts.into_iter().zip(check.findings).filter(|(count, _)| *count > 0);
        found.extend(some.map(|(count, finding)| format!("{count} {finding}")));
    }
    found
}

#[test]
fn rows_that_mean_nothing_are_counted_and_named() {
    for mut engine in Engine::all("rows_that_mean_nothing_are_counted_and_named") {
        let spec = spec();
        assert_eq!(findings(&mut engine, &spec, &[]), [""; 0]);
        for (table, row, expected) in [
            ("transactions", ",2025-01-01,5,,0,1,,EUR", "1 rows of [transactions] have no customer_id (customer_id)"),
            ("transactions", " ,2025-01-01,5,,0,1,,EUR", "1 rows of [transactions] have no customer_id (customer_id)"),
            ("transactions", "a,,5,,0,1,,EUR", "1 rows of [transactions] have no timestamp (timestamp)"),
            ("transactions", "a,2025-01-01,,,0,1,,EUR", "1 rows of [transactions] have no amount (amount)"),
            ("transactions", "a,2025-01-01,5,,0,,,EUR", "1 rows of [transactions] have no quantity (quantity)"),
            (
                "transactions",
                "a,2025-01-01,5,,0,NaN,,EUR",
                "1 rows of [transactions] have a quantity that is no number, or beyond 90 trillion (quantity)",
            ),
            (
                "transactions",
                "a,2025-01-01,5,o1,0,1,shop,EUR",
                "1 orders of [transactions] name several channels at one moment: which is theirs is not said",
            ),
            (
                "transactions",
                "a,2025-01-01,5,,0,1,,USD",
                "1 further currencies in [transactions] (currency): their amounts cannot be added",
            ),
            ("customers", "a,2024-02-02", "1 customers are listed more than once in [customers]"),
            ("events", "a,2025-01-05,,1", "1 rows of [events] have no type (type)"),
            ("events", "a,2025-01-05,visit,NaN", "1 rows of [events] have a value that is no number (value)"),
        ] {
            assert_eq!(findings(&mut engine, &spec, &[(table, row)]), [expected], "{row}");
        }
        let mut in_dollars = spec.clone();
        in_dollars.transactions.expected_currency = Some("USD".to_owned());
        let expected = "3 rows of [transactions] have another currency than USD (currency)";
        assert_eq!(findings(&mut engine, &in_dollars, &[]), [expected]);
        let mut drops = spec.clone();
        drops.transactions.rules.without_customer = WithoutCustomer::Drop;
        assert_eq!(findings(&mut engine, &drops, &[("transactions", ",2025-01-01,5,,0,1,,EUR")]), [""; 0]);
    }
}
