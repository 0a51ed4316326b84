//! Features of a purchase log at several as-of dates, straight into memory, as training takes them: what
//! `benches/features.py` times beside the table that is written.
//!
//! ```text
//! panel TRANSACTIONS.parquet FEATURE,FEATURE,... AS_OF...
//! ```
//!
//! The log has the columns customer_id, timestamp, amount and discount; every customer who ever bought is eligible. Prints
//! how many rows there are, and the sum of the values that are not missing.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use feature_engineering::{Churn, Eligibility, Feature, Panel, by_name};
use history::{Date, Days, Export, ExportSpec, History, ReadOptions, Returns, TableSpec, TransactionsSpec};
use rayon::prelude::*;

/// Customers whose rows are computed together.
const CUSTOMERS_OF_A_BLOCK: usize = 1 << 13;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: panel TRANSACTIONS.parquet FEATURE,FEATURE,... AS_OF...";
    let path: PathBuf = arguments.next().ok_or(usage)?.into();
    let names = arguments.next().ok_or(usage)?;
    let dates: Vec<Date> = arguments.map(|date| date.parse()).collect::<Result<_, _>>()?;
    let feature = |name: &str| by_name(name).cloned().ok_or_else(|| format!("no feature is called \"{name}\""));
    let features: Vec<Arc<Feature>> = names.split(',').map(feature).collect::<Result<_, _>>()?;

    let options = ReadOptions { without_fingerprint: true, ..ReadOptions::default() };
    let export = Export::read_with(&spec(path), dates.last().copied(), &options)?;
    let histories: Vec<History<'_>> = dates.iter().map(|date| export.history(*date)).collect();
    let active_within = Days::new(3_650).ok_or("ten years are days")?;
    let churn = Churn::Inactivity;
    let panel = Panel::new(&export, histories, Eligibility::new(active_within, churn), &features);
    let everybody: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
    let mut columns: Vec<Vec<f64>> =
        features.iter().map(|_| Vec::with_capacity(everybody.len() * dates.len())).collect();
    for customers in everybody.chunks(CUSTOMERS_OF_A_BLOCK) {
        let rows = panel.rows(customers)?;
        columns.par_iter_mut().zip(rows.columns).for_each(|(all, of_block)| all.extend(of_block));
    }
    let rows = columns.first().map_or(0, Vec::len);
    let of_column = |column: &Vec<f64>| column.iter().filter(|value| !value.is_nan()).sum::<f64>();
    let sums: Vec<f64> = columns.par_iter().map(of_column).collect();
    writeln!(std::io::stdout(), "{rows} rows, sum {}", sums.iter().sum::<f64>())?;
    Ok(())
}

fn spec(path: PathBuf) -> ExportSpec {
    ExportSpec {
        timezone: jiff::tz::TimeZone::UTC,
        transactions: TransactionsSpec {
            table: TableSpec::at(path),
            customer_id: "customer_id".into(),
            timestamp: "timestamp".into(),
            amount: "amount".into(),
            order_id: None,
            discount: Some("discount".into()),
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
    }
}
