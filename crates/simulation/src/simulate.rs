//! Writing a simulated company to files, block by block.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use history::{Column, TableWriter, write_file};
use rayon::prelude::*;
use serde::Serialize;

use crate::customer::{Customer, State, random_numbers};
use crate::events::event_rows;
use crate::offers::offer_rows;
use crate::orders::order_rows;
use crate::project::project_file;
use crate::tables::Tables;
use crate::validation::validate;
use crate::world::World;
use crate::{Company, SimulationError};

/// Customers of a block unless the destination says otherwise: some 120,000 orders, or 60 MB while in memory.
const BLOCK: NonZeroU32 = NonZeroU32::new(8_192).expect("not zero");

/// Customers that one thread draws at a time.
const CHUNK: u32 = 256;

/// Where the exports go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The folder; made if it does not exist.
    pub folder: PathBuf,
    /// Format of the exports. The truth is always CSV.
    pub format: Format,
    /// Customers in memory at a time. It changes no row and no order of rows; in Parquet it sets the row groups.
    pub block: NonZeroU32,
    /// Replace a project that is already in the folder.
    pub replace: bool,
}

impl Destination {
    /// CSV files in this folder, which must not hold a project.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), format: Format::Csv, block: BLOCK, replace: false }
    }
}

/// Format of the exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Summary {
    /// Rows of the customers table.
    pub customers: u64,
    /// Rows of the transactions table with a positive amount.
    pub purchases: u64,
    /// Rows of the transactions table with a negative amount.
    pub returns: u64,
    /// Rows of the events table.
    pub events: u64,
    /// Rows of the offers table.
    pub offers: u64,
    /// Rows of the truth table.
    pub truth_rows: u64,
    /// Customers eligible at `complete_through`.
    pub eligible: u64,
    /// Their mean churn probability; none if nobody is eligible.
    pub churn_rate: Option<f64>,
}

/// Simulates a company and writes `transactions`, `customers`, `events`, `offers` (`.csv` or `.parquet`), `truth.csv`
/// and `churn.toml`. Rows are ordered by customer, then by time. `progress` hears after each block how many customers
/// are done.
///
/// Each table appears under its name once it is complete, the project file last. The work is spread over the current
/// rayon pool.
///
/// # Errors
/// A setting of the company is outside its range, the folder holds a project that must not be replaced, or a file
/// cannot be written.
pub fn simulate(
    company: &Company,
    destination: &Destination,
    progress: &mut dyn FnMut(u64),
) -> Result<Summary, SimulationError> {
    validate(company)?;
    let folder = &destination.folder;
    let project = folder.join("churn.toml");
    if !destination.replace && project.exists() {
        return Err(SimulationError::ProjectExists { path: project });
    }
    std::fs::create_dir_all(folder).map_err(|source| SimulationError::Folder { path: folder.clone(), source })?;

    let world = World::new(company);
    let ending = destination.format.ending();
    let mut files = Files::create(folder, ending)?;
    let mut summary = Summary::default();
    let mut churn = 0.0;
    let mut first = 0;
    while first < company.customers {
        let after = first.saturating_add(destination.block.get()).min(company.customers);
        let block = block(&world, first, after);
        // A fixed order of additions: by customer, whatever the blocks.
        for probability in &block.eligible {
            churn += probability;
        }
        summary.add(&block);
        files.write(block.tables)?;
        first = after;
        progress(first.into());
    }
    if summary.eligible > 0 {
        summary.churn_rate = Some(churn / summary.eligible as f64);
    }
    files.finish()?;
    write_file(&project, project_file(company, &summary, ending).as_bytes())?;
    Ok(summary)
}

/// A block of customers.
#[derive(Debug, Default)]
struct Block {
    tables: Tables,
    returns: u64,
    /// Churn probabilities of the customers eligible at the end of the period.
    eligible: Vec<f64>,
}

fn block(world: &World, first: u32, after: u32) -> Block {
    let chunks: Vec<u32> = (first..after).step_by(CHUNK as usize).collect();
    let drawn: Vec<Block> =
        chunks.into_par_iter().map(|from| chunk(world, from, from.saturating_add(CHUNK).min(after))).collect();
    let mut block = Block::default();
    for part in drawn {
        block.tables.append(part.tables);
        block.returns += part.returns;
        block.eligible.extend(part.eligible);
    }
    block
}

fn chunk(world: &World, first: u32, after: u32) -> Block {
    let mut block = Block::default();
    for index in first..after {
        let mut rng = random_numbers(world.company.seed, index);
        let customer = Customer::draw(world, &mut rng);
        let orders = order_rows(world, &customer, &mut rng);
        let events = event_rows(world, &customer, &orders, &mut rng);
        let offers = offer_rows(world, &customer, &mut rng);
        block.returns += orders.iter().filter(|row| row.is_return).count() as u64;
        let at_end = customer.truths.iter().filter(|t| t.as_of == world.end && t.state == State::Eligible);
        block.eligible.extend(at_end.map(|t| t.churn_probability));
        block.tables.push(world, index, &customer, &orders, &events, &offers);
    }
    block
}

impl Summary {
    fn add(&mut self, block: &Block) {
        let tables = &block.tables;
        self.customers += tables.customers.customer_id.len() as u64;
        self.purchases += tables.transactions.customer_id.len() as u64 - block.returns;
        self.returns += block.returns;
        self.events += tables.events.customer_id.len() as u64;
        self.offers += tables.offers.customer_id.len() as u64;
        self.truth_rows += tables.truth.customer_id.len() as u64;
        self.eligible += block.eligible.len() as u64;
    }
}

/// The open tables.
struct Files {
    transactions: TableWriter,
    customers: TableWriter,
    events: TableWriter,
    offers: TableWriter,
    truth: TableWriter,
}

impl Files {
    fn create(folder: &Path, ending: &str) -> Result<Self, SimulationError> {
        let open = |table: &str, ending: &str| TableWriter::create(&folder.join(format!("{table}.{ending}")));
        Ok(Self {
            transactions: open("transactions", ending)?,
            customers: open("customers", ending)?,
            events: open("events", ending)?,
            offers: open("offers", ending)?,
            truth: open("truth", "csv")?,
        })
    }

    fn write(&mut self, tables: Tables) -> Result<(), SimulationError> {
        let written: [(&mut TableWriter, Vec<Column>); 5] = [
            (&mut self.transactions, tables.transactions.into_columns()),
            (&mut self.customers, tables.customers.into_columns()),
            (&mut self.events, tables.events.into_columns()),
            (&mut self.offers, tables.offers.into_columns()),
            (&mut self.truth, tables.truth.into_columns()),
        ];
        for (file, columns) in written {
            file.write(&columns)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<(), SimulationError> {
        for file in [self.transactions, self.customers, self.events, self.offers, self.truth] {
            file.finish()?;
        }
        Ok(())
    }
}
