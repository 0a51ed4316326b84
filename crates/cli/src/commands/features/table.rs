//! Writing the table of features: computed block by block in one pass over all as-of dates, while the block before is
//! being written.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use feature_engineering::{Feature, Panel, PanelRows, Standings};
use history::{Column, Date, Export, TableWriter, Values, write_blocks};

use super::forecasts::Forecasts;
use super::request::{Request, history};
use super::standing::Standing;
use crate::interrupt;
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
    let most = ROWS_OF_A_BLOCK.min(CELLS_OF_A_BLOCK / request.features.len().max(1));
    write_to(output.path("features.parquet"), most, project, export, request, progress)
}

/// Writes the table to a file, at most so many rows at a time (or those of one customer).
fn write_to(
    path: PathBuf,
    rows_of_a_block: usize,
    project: &Project,
    export: &Export,
    request: &Request,
    progress: &mut Progress,
) -> anyhow::Result<FeaturesFile> {
    let Request { dates, features, forecasts } = request;
    let forecasts = Forecasts::fit(project, export, (dates, forecasts), progress)?;
    let mut table = TableWriter::create(&path)?;
    let histories: Vec<_> = dates.iter().map(|date| history(project, export, *date)).collect();
    let panel = Panel::new(export, histories, project.churn.eligibility(), features);
    let customers_of_a_block = (rows_of_a_block / dates.len().max(1)).max(1);

    let customers: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
    let total = customers.len();
    let blocks: Vec<&[u32]> = customers.chunks(customers_of_a_block).collect();
    let standings = Mutex::new(vec![Standings::default(); dates.len()]);
    let of_block = |block: &&[u32]| -> anyhow::Result<Vec<Column>> {
        interrupt::check()?;
        let computed = panel.rows(block)?;
        let mut standings = standings.lock().unwrap_or_else(PoisonError::into_inner);
        standings.iter_mut().zip(&computed.standings).for_each(|(all, of_block)| all.add(of_block));
        drop(standings);
        let of_forecasts = forecasts.columns(block, &computed)?;
        let mut columns = columns(export, dates, features, computed);
        columns.extend(of_forecasts);
        Ok(columns)
    };
    let mut done = 0;
    write_blocks(std::slice::from_mut(&mut table), &blocks, of_block, |block| {
        done += block.len();
        progress.done("features", done, total);
    })?;
    // Only now, with every block computed and written, does the file get its name.
    table.finish()?;
    let standings = standings.into_inner().unwrap_or_else(PoisonError::into_inner);
    let rows = standings.iter().map(|standings| standings.eligible).sum();
    let standings = dates.iter().zip(&standings).map(|(date, standings)| Standing::of(*date, standings)).collect();
    Ok(FeaturesFile { path, standings, rows, features: features.len() + forecasts.len() })
}

/// The columns of a block. All that is known about how values are written stands here.
fn columns(export: &Export, dates: &[Date], features: &[Arc<Feature>], rows: PanelRows) -> Vec<Column> {
    let ids = export.customer_ids();
    let id = |customer: &u32| ids.get(*customer as usize);
    let date = |date: &u32| dates.get(*date as usize).copied();
    let mut columns = vec![
        Column::new("customer_id", Values::Packed(rows.customers.iter().map(id).collect())),
        Column::new("as_of", Values::Date(rows.dates.iter().map(date).collect())),
    ];
    let numbers = features.iter().zip(rows.columns);
    columns.extend(numbers.map(|(feature, values)| Column::new(&feature.name, Values::Number(values))));
    columns
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use feature_engineering::has_all;

    use super::*;
    use crate::args::ConsoleArgs;

    const PROJECT: &str = r#"
[transactions]
path = "orders.csv"
columns = { order_id = "order_id", discount = "discount" }
[events]
path = "events.csv"
columns = { value = "value", resolved_at = "resolved_at" }
[churn]
horizon = "30d"
active_within = "60d"
complete_through = "2025-12-01"
[[features.own]]
name = "webinar_points_90d"
table = "events"
type = "webinar"
aggregate = "mean"
column = "value"
window = "90d"
[[features.own]]
name = "small_purchases_before"
table = "purchases"
aggregate = "count"
where = { amount_below = 40 }
window = { from = "120d", to = "30d" }
"#;

    /// A year of 40 customers: purchases in parts, returns, webinars and tickets; each at its own pace, some stop.
    fn folder() -> tempfile::TempDir {
        let mut orders = String::from("customer_id,timestamp,amount,order_id,discount\n");
        let mut events = String::from("customer_id,timestamp,type,value,resolved_at\n");
        let day = |day: u32| Date::from_days(20_089 + day as i32);
        for customer in 0..40_u32 {
            let mut at = customer * 7 % 60;
            let stops = if customer % 3 == 0 { 100 + 5 * customer } else { 400 };
            while at < stops.min(330) {
                let amount = (customer * 31 + at * 17) % 90;
                orders += &format!("c{customer:02},{},{amount}.25,{customer}-{at},{}.5\n", day(at), at % 4);
                if at % 5 == 0 {
                    orders += &format!("c{customer:02},{},7.10,{customer}-{at},0\n", day(at + 3));
                    orders += &format!("c{customer:02},{},-3.10,,0\n", day(at + 9));
                }
                if at % 3 == 0 {
                    events += &format!("c{customer:02},{},webinar,{}.125,\n", day(at + 1), at % 11);
                    events += &format!("c{customer:02},{},ticket,,{}\n", day(at + 2), day(at + 2 + at % 20));
                }
                at += 5 + (customer * 3 + at) % 23;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("churn.toml", PROJECT), ("orders.csv", &orders), ("events.csv", &events)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn quiet() -> Progress {
        Progress::new(&ConsoleArgs { json: false, threads: None, log: None, quiet: true })
    }

    /// The table in CSV, where numbers stand in the shortest form that reads back to the same bits.
    fn text(folder: &Path, rows_of_a_block: usize, request: &Request) -> (String, FeaturesFile) {
        let project = Project::open(folder).unwrap();
        let export = project.read(0.0, None, &history::ReadOptions::default()).unwrap();
        let path = folder.join("features.csv");
        let file = write_to(path.clone(), rows_of_a_block, &project, &export, request, &mut quiet()).unwrap();
        (std::fs::read_to_string(path).unwrap(), file)
    }

    #[test]
    fn many_dates_are_single_dates_bit_for_bit_whatever_the_blocks() {
        let folder = folder();
        let project = Project::open(folder.path()).unwrap();
        let export = project.read(0.0, None, &history::ReadOptions::default()).unwrap();
        let dates: Vec<Date> = (2..12).map(|step| Date::from_days(20_089 + 27 * step)).collect();
        let last = export.history(dates[9]);
        let mut features = project.features.all();
        features.retain(|feature| has_all(&last, &feature.definition));
        assert!(features.len() > 60 && features.iter().any(|feature| feature.name == "small_purchases_before"));

        let forecasts = feature_engineering::FORECASTS.to_vec();
        let many = Request { dates: dates.clone(), features: features.clone(), forecasts: forecasts.clone() };
        let (together, file) = text(folder.path(), 1 << 16, &many);
        for rows_of_a_block in [1, 7, 100] {
            assert_eq!(text(folder.path(), rows_of_a_block, &many).0, together, "{rows_of_a_block}");
        }
        let lines: Vec<&str> = together.lines().collect();
        assert_eq!(file.rows, lines.len() as u64 - 1);
        assert_eq!(file.standings.iter().map(|standing| standing.eligible).sum::<u64>(), file.rows);
        let keys: Vec<Vec<&str>> = lines[1..].iter().map(|line| line.split(',').take(2).collect()).collect();
        assert!(keys.is_sorted(), "rows stand by customer, then as-of date");
        for (date, standing) in dates.into_iter().zip(&file.standings) {
            let (alone, single) = text(
                folder.path(),
                1 << 16,
                &Request { dates: vec![date], features: features.clone(), forecasts: forecasts.clone() },
            );
            let of_date = format!(",{date},");
            let mine = lines.iter().enumerate().filter(|(at, line)| *at == 0 || line.contains(&of_date));
            let mine: Vec<&str> = mine.map(|(_, line)| *line).collect();
            assert!(mine.len() > 10, "{date}: {} rows", mine.len());
            assert_eq!(mine, alone.lines().collect::<Vec<_>>(), "{date}");
            assert_eq!(single.standings, std::slice::from_ref(standing));
        }
    }

    #[test]
    fn nobody_makes_a_table_of_columns_alone() {
        let folder = folder();
        let project = Project::open(folder.path()).unwrap();
        let only = |date| Request { dates: vec![date], features: project.features.own.clone(), forecasts: Vec::new() };
        let (nobody, file) = text(folder.path(), 10, &only(Date::from_days(20_089)));
        let header = "customer_id,as_of,webinar_points_90d,webinar_points_90d_missing,small_purchases_before\n";
        assert_eq!((nobody.as_str(), file.rows), (header, 0));
    }

    #[test]
    fn a_table_that_cannot_be_written_is_an_error_and_no_file() {
        let folder = folder();
        let project = Project::open(folder.path()).unwrap();
        let export = project.read(0.0, None, &history::ReadOptions::default()).unwrap();
        // Two columns of one name: the encoder refuses them.
        let twice = vec![Arc::clone(&project.features.own[0]), Arc::clone(&project.features.own[0])];
        let request = Request { dates: vec![Date::from_days(20_389)], features: twice, forecasts: Vec::new() };
        let path = folder.path().join("features.parquet");
        assert!(write_to(path.clone(), 5, &project, &export, &request, &mut quiet()).is_err());
        assert!(!path.exists());
    }
}
