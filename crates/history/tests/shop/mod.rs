//! A small shop in a temporary folder, with the tables that a test gives it.

#![allow(dead_code)] // each file of tests uses its own part

use std::path::{Path, PathBuf};

use history::{
    CustomersSpec, Date, DeparturesSpec, EventRow, EventsSpec, Export, ExportSpec, History, ReadError, RejectCode,
    Returns, TableSpec, TransactionsSpec,
};
use jiff::tz::TimeZone;
use tempfile::TempDir;

const EVENTS: &str = "customer_id,timestamp,type,value,channel,resolved_at,recorded_at\n";
const DEPARTURES: &str = "customer_id,timestamp,kind,reason\n";
const CUSTOMERS: &str = "customer_id,signup_date,contract_end,contact_allowed,owner\n";
/// Two customers who buy; the export is complete through 2026-06-30.
const ORDERS: &str = "customer_id,timestamp,amount\na,2026-01-01,1\nb,2026-03-01,1\na,2026-06-30,1\n";

/// A folder with the tables that are there.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    pub(crate) spec: ExportSpec,
}

impl Shop {
    pub(crate) fn new() -> Self {
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
                rules: history::RowRules::default(),
            },
            customers: None,
            events: None,
            departures: None,
            offers: None,
            max_reject_share: 1.0,
        };
        Self { folder, spec }
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn with_events(mut self, rows: &str) -> Self {
        let path = self.file("events.csv", &format!("{EVENTS}{rows}"));
        self.spec.events = Some(events_spec(&path));
        self
    }

    pub(crate) fn with_departures(mut self, rows: &str) -> Self {
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

    pub(crate) fn with_customers(mut self, rows: &str) -> Self {
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

    pub(crate) fn read(&self) -> Export {
        Export::read(&self.spec, None).unwrap()
    }

    pub(crate) fn refusal(&self) -> ReadError {
        Export::read(&self.spec, None).unwrap_err()
    }
}

pub(crate) fn table(path: &Path) -> TableSpec {
    TableSpec::at(path.to_owned())
}

pub(crate) fn events_spec(path: &Path) -> EventsSpec {
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

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn number(export: &Export, id: &str) -> u32 {
    export.customer_ids().iter().position(|known| known == id).unwrap() as u32
}

pub(crate) fn events_of(history: &History<'_>, customer: u32) -> Vec<EventRow> {
    let block = history.block(customer..customer + 1).unwrap();
    history.events(&block, customer).collect()
}

pub(crate) fn rejects(export: &Export, table: usize) -> Vec<(u64, &str, RejectCode)> {
    export.reports()[table].rejects.rows().iter().map(|r| (r.line, r.column.as_str(), r.code)).collect()
}
