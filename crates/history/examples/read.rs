//! Reads the transactions of a file and lays them out by customer and time, all in memory: what `benches/reading.py` times.
//!
//! ```text
//! read TRANSACTIONS
//! ```
//!
//! The file has the columns customer_id, timestamp, amount and order_id, in any format that is read. Prints how many rows and
//! customers there are.

use std::error::Error;
use std::io::Write;

use history::{Export, ExportSpec, ReadOptions, Returns, TableSpec, TransactionsSpec};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: read TRANSACTIONS")?;
    let spec = ExportSpec {
        timezone: jiff::tz::TimeZone::UTC,
        transactions: TransactionsSpec {
            table: TableSpec::at(path),
            customer_id: "customer_id".into(),
            timestamp: "timestamp".into(),
            amount: "amount".into(),
            order_id: Some("order_id".into()),
            discount: None,
            margin: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
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
        max_reject_share: 0.0,
    };
    let options = ReadOptions { without_fingerprint: true, ..ReadOptions::default() };
    let export = Export::read_with(&spec, None, &options)?;
    let (rows, customers) = (export.reports()[0].used, export.customer_ids().len());
    writeln!(std::io::stdout(), "{rows} rows, {customers} customers")?;
    Ok(())
}
