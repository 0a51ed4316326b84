//! Exports written to a temporary folder and read back, as a user's would be.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

pub mod company;
pub mod future;
pub mod known;
pub mod random;
pub mod shop;

use std::fmt::Write as _;

use company::money;
use feature_engineering::{Eligibility, Snapshot, available, features};
use history::{
    CustomersSpec, Date, Days, Export, ExportSpec, ReadError, Returns, TableSpec, Timestamp, TransactionsSpec,
};
use jiff::tz::TimeZone;

/// One line of a transactions export.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub customer: String,
    pub timestamp: Timestamp,
    pub cents: i64,
    pub order: Option<String>,
    pub discount_cents: i64,
    pub recorded_at: Option<Timestamp>,
}

impl Line {
    pub fn new(customer: &str, moment: &str, cents: i64) -> Self {
        Line {
            customer: customer.into(),
            timestamp: moment_of(moment),
            cents,
            order: None,
            discount_cents: 0,
            recorded_at: None,
        }
    }
}

/// `2026-03-05` or `2026-03-05T14:22:10.000001`.
pub fn moment_of(text: &str) -> Timestamp {
    let (date, clock) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().unwrap()).collect();
    let seconds = parts[0] * 3_600 + parts[1] * 60 + parts[2];
    let start = date.parse::<Date>().unwrap().start().micros();
    Timestamp::from_micros(start + seconds * 1_000_000 + fraction.parse::<i64>().unwrap())
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn csv(lines: &[Line]) -> String {
    let recorded = lines.iter().any(|line| line.recorded_at.is_some());
    let ordered = lines.iter().any(|line| line.order.is_some());
    let mut text = String::from("customer_id,timestamp,amount,discount");
    text.push_str(if ordered { ",order_id" } else { "" });
    text.push_str(if recorded { ",recorded_at\n" } else { "\n" });
    for line in lines {
        write!(text, "{},{},{},{}", line.customer, line.timestamp, money(line.cents), money(line.discount_cents))
            .unwrap();
        if ordered {
            write!(text, ",{}", line.order.as_deref().unwrap_or("")).unwrap();
        }
        if recorded {
            write!(text, ",{}", line.recorded_at.unwrap()).unwrap();
        }
        text.push('\n');
    }
    text
}

pub fn spec(folder: &std::path::Path, lines: &[Line], returns: Returns) -> ExportSpec {
    let table = |name: &str| TableSpec::at(folder.join(name));
    let column = |name: &str| name.to_owned();
    ExportSpec {
        timezone: TimeZone::UTC,
        transactions: TransactionsSpec {
            table: table("transactions.csv"),
            customer_id: column("customer_id"),
            timestamp: column("timestamp"),
            amount: column("amount").into(),
            order_id: lines.iter().any(|line| line.order.is_some()).then(|| column("order_id")),
            discount: Some(column("discount")),
            margin: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
            recorded_at: lines.iter().any(|line| line.recorded_at.is_some()).then(|| column("recorded_at")),
            currency: None,
            expected_currency: None,
            returns,
            rules: history::RowRules::default(),
        },
        customers: None,
        events: None,
        departures: None,
        offers: None,
        max_reject_share: 0.0,
    }
}

pub fn read_with(lines: &[Line], returns: Returns, complete_through: Option<Date>) -> Result<Export, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("transactions.csv"), csv(lines)).unwrap();
    Export::read(&spec(folder.path(), lines, returns), complete_through)
}

pub fn read(lines: &[Line]) -> Export {
    // Said to be complete with the last day: random lines have strays that would be refused otherwise.
    let last = lines.iter().filter(|line| line.cents >= 0).map(|line| line.timestamp.date().plus_days(1)).max();
    read_with(lines, Returns::Net, last).unwrap()
}

/// An export with a customers table whose column `signup` says when each customer signed up.
pub fn read_with_customers(lines: &[Line], customers: &str) -> Export {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("transactions.csv"), csv(lines)).unwrap();
    std::fs::write(folder.path().join("customers.csv"), customers).unwrap();
    let mut spec = spec(folder.path(), lines, Returns::Net);
    spec.customers = Some(CustomersSpec {
        table: TableSpec::at(folder.path().join("customers.csv")),
        customer_id: "customer_id".into(),
        signup_date: Some("signup".into()),
        contract_end: None,
        contact_allowed: None,
        segments: vec![("region".into(), "region".into())],
    });
    Export::read(&spec, None).unwrap()
}

pub const ELIGIBILITY: Eligibility = Eligibility {
    active_within: match Days::new(180) {
        Some(days) => days,
        None => panic!("180 days are a length of time"),
    },
    excludes_departed: false,
};

/// Eligible customers' ids and the bits of their features: equal exactly if the tables are equal to the last bit.
pub fn table_bits(export: &Export, as_of: Date) -> Vec<(String, Vec<u64>)> {
    let history = export.history(as_of);
    let snapshot = Snapshot::take(&history, ELIGIBILITY).unwrap();
    let table = features(&history, &snapshot.eligible, &available(&history)).unwrap();
    let bits = |row: usize| table.columns().iter().map(|column| column[row].to_bits()).collect();
    let id = |customer: &u32| export.customer_ids()[*customer as usize].to_string();
    table.customers().iter().enumerate().map(|(row, customer)| (id(customer), bits(row))).collect()
}

/// A feature of one customer, by names.
pub fn value(export: &Export, as_of: Date, customer: &str, feature: &str) -> f64 {
    let history = export.history(as_of);
    let number = export.customer_ids().iter().position(|id| id == customer).unwrap() as u32;
    let wanted = feature_engineering::by_name(feature).unwrap().clone();
    features(&history, &[number], &[wanted]).unwrap().columns()[0][0]
}
