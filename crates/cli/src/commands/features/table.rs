//! Writing the table of features: computed block by block in one pass over all as-of dates, while the block before is
//! being written.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use feature_engineering::{Eligibility, Feature, Panel, PanelRows};
use history::{Column, Date, Export, TableWriter, Values, WriteError};

use super::request::{Request, history};
use super::standing::{Standing, standings};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

/// What stands in the table, and who does not.
#[derive(Debug)]
pub(crate) struct FeaturesFile {
    pub(crate) path: PathBuf,
    /// One for each as-of date, in their order.
    pub(crate) standings: Vec<Standing>,
    pub(crate) rows: u64,
    pub(crate) features: usize,
}

/// Most rows of a block, which bounds the memory: one block is computed, one waits and one is written at a time. In
/// Parquet a block is a row group.
const ROWS_OF_A_BLOCK: usize = 1 << 16;
/// Most cells of a block, for tables of many features.
const CELLS_OF_A_BLOCK: usize = 1 << 22;

/// Writes the features of the customers who are eligible at each date, by customer, then as-of date.
///
/// # Errors
/// Rows cannot be read, or the file cannot be written.
pub(crate) fn write(
    project: &Project,
    export: &Export,
    request: &Request,
    output: &Output,
    progress: &mut Progress,
) -> anyhow::Result<FeaturesFile> {
    let Request { dates, features } = request;
    let path = output.path("features.parquet");
    let table = TableWriter::create(&path)?;
    progress.stage("features: who is eligible");
    let eligibility = Eligibility { active_within: project.churn.active_within };
    let histories: Vec<_> = dates.iter().map(|date| history(project, export, *date)).collect();
    let (standings, customers) = standings(export, &histories, eligibility)?;
    let panel = Panel::new(export, histories, eligibility, features);
    let rows_of_a_block = ROWS_OF_A_BLOCK.min(CELLS_OF_A_BLOCK / features.len().max(1)).max(1);
    let customers_of_a_block = (rows_of_a_block / dates.len().max(1)).max(1);

    let (table, rows) = std::thread::scope(|scope| -> anyhow::Result<(TableWriter, u64)> {
        let (send, receive) = sync_channel::<PanelRows>(1);
        let writer = scope.spawn(|| write_blocks(table, receive, export, dates, features));
        let (mut rows, mut done, total) = (0, 0, customers.len());
        // Without customers the file still has its columns.
        let nobody: &[u32] = &[];
        for block in customers.chunks(customers_of_a_block).chain((total == 0).then_some(nobody)) {
            progress.stage(&format!("features: {done} of {total} customers"));
            let computed = panel.rows(block)?;
            rows += computed.customers.len() as u64;
            done += block.len();
            // A writer that has failed takes no more; why is asked for below.
            if send.send(computed).is_err() {
                break;
            }
        }
        drop(send);
        let table = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok((table, rows))
    })?;
    // Only now, with every block computed and written, does the file get its name.
    table.finish()?;
    Ok(FeaturesFile { path, standings, rows, features: features.len() })
}

fn write_blocks(
    mut table: TableWriter,
    blocks: Receiver<PanelRows>,
    export: &Export,
    dates: &[Date],
    features: &[Arc<Feature>],
) -> Result<TableWriter, WriteError> {
    for block in blocks {
        table.write(&columns(export, dates, features, block))?;
    }
    Ok(table)
}

/// The columns of a block. All that is known about how values are written stands here.
fn columns(export: &Export, dates: &[Date], features: &[Arc<Feature>], rows: PanelRows) -> Vec<Column> {
    let ids = export.customer_ids();
    let id = |customer: &u32| ids.get(*customer as usize).map(|id| id.to_string());
    let date = |date: &u32| dates.get(*date as usize).copied();
    let mut columns = vec![
        Column::new("customer_id", Values::Text(rows.customers.iter().map(id).collect())),
        Column::new("as_of", Values::Date(rows.dates.iter().map(date).collect())),
    ];
    columns.extend(features.iter().zip(rows.columns).map(|(feature, values)| {
        let cells = values.into_iter().map(|value| Some(value).filter(|v| !v.is_nan())).collect();
        Column::new(&feature.name, Values::Float(cells))
    }));
    columns
}
