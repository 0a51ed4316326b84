//! A whole export as plain rows: written to files, read back, and looked at by tests that know nothing of how it is
//! stored.

use std::fmt::Write as _;
use std::path::Path;

use history::{
    CustomersSpec, Date, EventsSpec, Export, ExportSpec, MarginColumn, Returns, TableSpec, Timestamp, TransactionsSpec,
};
use jiff::tz::TimeZone;

/// A row of the transactions. Moments are microseconds of wall-clock time, money is in cents.
#[derive(Debug, Clone, PartialEq)]
pub struct Sale {
    pub customer: String,
    pub at: i64,
    pub cents: i64,
    /// Empty where the row belongs to no order.
    pub order: String,
    pub discount: i64,
    pub margin: i64,
    /// In thousandths.
    pub quantity: i64,
    pub product: String,
    pub category: String,
    pub channel: String,
    pub recorded: i64,
}

impl Sale {
    pub fn new(customer: &str, at: i64, cents: i64) -> Self {
        let none = String::new;
        let (product, category, channel, order) = (none(), none(), none(), none());
        let customer = customer.to_owned();
        Self {
            customer,
            at,
            cents,
            order,
            discount: 0,
            margin: cents / 4,
            quantity: 1_000,
            product,
            category,
            channel,
            recorded: at,
        }
    }
}

/// A row of the events.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub customer: String,
    pub at: i64,
    pub kind: String,
    pub value: Option<f64>,
    /// Empty where there is none.
    pub channel: String,
    pub resolved: Option<i64>,
    pub recorded: i64,
}

impl Event {
    pub fn new(customer: &str, at: i64, kind: &str) -> Self {
        let (customer, kind) = (customer.to_owned(), kind.to_owned());
        Self { customer, at, kind, value: None, channel: String::new(), resolved: None, recorded: at }
    }
}

/// A row of the customers; dates are days since 1970-01-01.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub customer: String,
    pub signup: Option<i32>,
    pub contract_end: Option<i32>,
}

/// Which tables and columns there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Columns {
    pub orders: bool,
    pub discounts: bool,
    pub margins: bool,
    pub quantities: bool,
    pub products: bool,
    pub categories: bool,
    pub channels: bool,
    pub sales_recorded: bool,
    pub events: bool,
    pub events_recorded: bool,
    pub resolved: bool,
    pub people: bool,
    pub returns: Returns,
}

impl Columns {
    pub const ALL: Columns = Columns {
        orders: true,
        discounts: true,
        margins: true,
        quantities: true,
        products: true,
        categories: true,
        channels: true,
        sales_recorded: true,
        events: true,
        events_recorded: true,
        resolved: true,
        people: true,
        returns: Returns::Net,
    };
}

/// An export.
#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    pub columns: Columns,
    pub sales: Vec<Sale>,
    pub events: Vec<Event>,
    pub people: Vec<Person>,
}

impl Company {
    /// A company with these rows and every column of the tables that have any.
    pub fn of(sales: &[Sale], events: &[Event], people: &[Person]) -> Self {
        let columns = Columns { events: !events.is_empty(), people: !people.is_empty(), ..Columns::ALL };
        Self { columns, sales: sales.to_vec(), events: events.to_vec(), people: people.to_vec() }
    }

    /// The export, by way of files in a temporary folder.
    pub fn read(&self) -> Export {
        self.read_in(TimeZone::UTC)
    }

    pub fn read_in(&self, timezone: TimeZone) -> Export {
        let folder = tempfile::tempdir().unwrap();
        self.write(folder.path());
        self.read_from(&spec(folder.path(), self.columns, timezone), 0)
    }

    /// The export of files that were written before; a clock on the wall may show so many days more than they say.
    pub fn read_from(&self, spec: &ExportSpec, days: i32) -> Export {
        // Said to be complete with the last day: random rows have strays that would be refused otherwise.
        let last = self.sales.iter().filter(|sale| sale.cents >= 0).map(|sale| sale.at).max().unwrap();
        Export::read(spec, Some(Timestamp::from_micros(last).date().plus_days(1 + days))).unwrap()
    }

    /// Writes the three files.
    pub fn write(&self, folder: &Path) {
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
        write("transactions.csv", self.transactions_csv());
        write("customers.csv", self.customers_csv());
        write("events.csv", self.events_csv());
    }

    fn transactions_csv(&self) -> String {
        let mut text = String::from(
            "customer_id,timestamp,amount,order_id,discount,margin,quantity,product,category,channel,recorded_at\n",
        );
        for sale in &self.sales {
            let (at, recorded) = (Timestamp::from_micros(sale.at), Timestamp::from_micros(sale.recorded));
            let (amount, discount, margin) = (money(sale.cents), money(sale.discount), money(sale.margin));
            let quantity = sale.quantity as f64 / 1_000.0;
            let Sale { customer, order, product, category, channel, .. } = sale;
            writeln!(
                text,
                "{customer},{at},{amount},{order},{discount},{margin},{quantity},{product},{category},{channel},{recorded}"
            )
            .unwrap();
        }
        text
    }

    fn customers_csv(&self) -> String {
        let mut text = String::from("customer_id,signup_date,contract_end\n");
        let day = |day: Option<i32>| day.map_or_else(String::new, |day| Date::from_days(day).to_string());
        for person in &self.people {
            writeln!(text, "{},{},{}", person.customer, day(person.signup), day(person.contract_end)).unwrap();
        }
        text
    }

    fn events_csv(&self) -> String {
        let mut text = String::from("customer_id,timestamp,type,value,channel,resolved_at,recorded_at\n");
        for event in &self.events {
            let (at, recorded) = (Timestamp::from_micros(event.at), Timestamp::from_micros(event.recorded));
            let value = event.value.map_or_else(String::new, |value| value.to_string());
            let resolved = event.resolved.map_or_else(String::new, |at| Timestamp::from_micros(at).to_string());
            let Event { customer, kind, channel, .. } = event;
            writeln!(text, "{customer},{at},{kind},{value},{channel},{resolved},{recorded}").unwrap();
        }
        text
    }
}

pub fn money(cents: i64) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

/// How the three files of a folder are read.
pub fn spec(folder: &Path, columns: Columns, timezone: TimeZone) -> ExportSpec {
    let table = |name: &str| TableSpec::at(folder.join(name));
    let always = |name: &str| name.to_owned();
    let given = |is_there: bool, name: &str| is_there.then(|| name.to_owned());
    ExportSpec {
        timezone,
        transactions: TransactionsSpec {
            table: table("transactions.csv"),
            customer_id: always("customer_id"),
            timestamp: always("timestamp"),
            amount: always("amount").into(),
            order_id: given(columns.orders, "order_id"),
            discount: given(columns.discounts, "discount"),
            margin: columns.margins.then(|| MarginColumn::Margin("margin".into())),
            recorded_at: given(columns.sales_recorded, "recorded_at"),
            currency: None,
            expected_currency: None,
            returns: columns.returns,
            rules: history::RowRules::default(),
            quantity: given(columns.quantities, "quantity"),
            product: given(columns.products, "product"),
            category: given(columns.categories, "category"),
            channel: given(columns.channels, "channel"),
        },
        customers: columns.people.then(|| CustomersSpec {
            table: table("customers.csv"),
            customer_id: always("customer_id"),
            signup_date: Some(always("signup_date")),
            contract_end: Some(always("contract_end")),
            contact_allowed: None,
            segments: Vec::new(),
        }),
        events: columns.events.then(|| EventsSpec {
            table: table("events.csv"),
            customer_id: always("customer_id"),
            timestamp: always("timestamp"),
            kind: always("type"),
            value: Some(always("value")),
            channel: Some(always("channel")),
            resolved_at: given(columns.resolved, "resolved_at"),
            recorded_at: given(columns.events_recorded, "recorded_at"),
        }),
        departures: None,
        offers: None,
        max_reject_share: 0.0,
    }
}
