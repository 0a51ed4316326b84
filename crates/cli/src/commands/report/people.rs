//! The files for people that list customers: the workbook, and CSV for spreadsheets.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::Context;
use feature_engineering::State;
use history::{Export, ReadError, StoredCell, TableRows, WriteError, write_file, write_file_by};
use reports::{
    CustomerRow, CustomerScore, EXCEL_BOM, ExcelCell, PlanRow, ReportData, Workbook, csv_tables, excel_line,
};
use scoring::{RiskBand, ScoreRow, Scores};

use crate::commands::plan::PLAN_FILE;
use crate::interrupt;
use crate::output::Output;
use crate::progress::Progress;

/// The workbook.
pub(crate) const WORKBOOK: &str = "report.xlsx";

/// What the names of CSV files for spreadsheets begin with.
pub(crate) const EXCEL: &str = "excel-";

/// The list of the customers among them.
const CUSTOMERS: &str = "excel-customers.csv";

/// The plan among them.
const PLAN: &str = "excel-plan.csv";

/// Customers between two looks at whether to stop.
const ROWS_BETWEEN_LOOKS: usize = 50_000;

/// Who is listed, and with what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct People<'a> {
    pub(crate) export: &'a Export,
    pub(crate) scores: &'a Scores,
    pub(crate) cells: &'a [Option<Box<str>>],
}

impl People<'_> {
    /// The rows of the scores, those with the most value at risk first, then lapsed customers by their return probability, then
    /// new ones; equals in the order of the ids.
    fn in_order(&self) -> Vec<&ScoreRow> {
        let key = |row: &ScoreRow| match row.state {
            State::Eligible => (0, row.scored.as_ref().map_or(0.0, |scored| scored.value_at_risk)),
            State::Lapsed => (1, row.return_probability.unwrap_or(-1.0)),
            State::New => (2, 0.0),
        };
        let mut rows: Vec<&ScoreRow> = self.scores.rows().iter().collect();
        rows.sort_by(|a, b| {
            let ((group_a, a), (group_b, b)) = (key(a), key(b));
            group_a.cmp(&group_b).then_with(|| b.partial_cmp(&a).unwrap_or(Ordering::Equal))
        });
        rows
    }

    fn row<'r>(&'r self, row: &'r ScoreRow) -> CustomerRow<'r> {
        CustomerRow {
            id: self.export.customer_ids().get(row.customer as usize).unwrap_or_default(),
            state: row.state.as_str(),
            segment: self.cells.get(row.customer as usize).and_then(Option::as_deref),
            score: row.scored.as_ref().map(|scored| CustomerScore {
                probability: rounded(scored.probability, 1e6),
                interval: scored.interval.map(|(low, high)| (rounded(low, 1e6), rounded(high, 1e6))),
                band: RiskBand::as_str(scored.band),
                expected_value: rounded(scored.expected_value, 100.0),
                value_at_risk: rounded(scored.value_at_risk, 100.0),
                reasons: &scored.reasons,
            }),
            return_probability: row.return_probability.map(|p| rounded(p, 1e6)),
        }
    }
}

/// As many digits as in the scores, so that both say the same.
fn rounded(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

/// Writes the workbook.
///
/// # Errors
/// It cannot be written.
pub(crate) fn workbook(
    output: &Output,
    data: &ReportData,
    people: People<'_>,
    progress: &mut Progress,
) -> anyhow::Result<PathBuf> {
    let path = output.path(WORKBOOK);
    progress.stage("writing the workbook");
    let plan = plan_rows(&output.path(PLAN_FILE))?;
    // The library panics where its temporary files cannot be written.
    let made = catch_unwind(AssertUnwindSafe(|| {
        write_file_by(&path, |file| fill(file, output.folder(), data, people, plan, progress))
    }));
    let unwritten = |why: String| WriteError::Io { path: path.clone(), source: std::io::Error::other(why) };
    match made {
        Ok(Ok(())) => Ok(path),
        Ok(Err(error)) => match error.downcast::<reports::ReportError>() {
            Ok(error) => Err(unwritten(error.to_string()).into()),
            Err(error) => Err(error),
        },
        Err(_) => Err(unwritten("its temporary files could not be written; is the disk full?".to_owned()).into()),
    }
}

fn fill(
    file: &mut File,
    scratch: &Path,
    data: &ReportData,
    people: People<'_>,
    plan: Option<PlanRows>,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let mut book = Workbook::new(data, scratch)?;
    let rows = people.in_order();
    for (at, row) in rows.iter().enumerate() {
        if at % ROWS_BETWEEN_LOOKS == 0 {
            interrupt::check()?;
            progress.done("writing the workbook", at, rows.len());
        }
        book.customer(&people.row(row))?;
    }
    for row in plan.into_iter().flatten() {
        book.planned(&row?)?;
    }
    book.save(BufWriter::new(file))?;
    Ok(())
}

/// Writes the tables of the report, the customers and the plan as CSV for spreadsheets.
///
/// # Errors
/// They cannot be written.
pub(crate) fn excel_csv(output: &Output, data: &ReportData, people: People<'_>) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for table in csv_tables(data)? {
        let path = output.path(&format!("{EXCEL}{}", table.file_name));
        write_file(&path, table.for_excel().as_bytes())?;
        files.push(path);
    }
    let path = output.path(CUSTOMERS);
    write_lines(
        &path,
        people.in_order().into_iter().map(|row| Ok(customer_line(&people.row(row)))),
        &CUSTOMER_COLUMNS,
    )?;
    files.push(path);
    match plan_rows(&output.path(PLAN_FILE))? {
        Some(rows) => {
            let path = output.path(PLAN);
            write_lines(&path, rows.map(|row| Ok(plan_line(&row?))), &PLAN_COLUMNS)?;
            files.push(path);
        }
        // It would be that of an earlier plan.
        None => output.remove(PLAN)?,
    }
    Ok(files)
}

const CUSTOMER_COLUMNS: [&str; 13] = [
    "customer_id",
    "state",
    "segment",
    "risk_band",
    "churn_probability",
    "probability_low",
    "probability_high",
    "expected_value",
    "value_at_risk",
    "reason_1",
    "reason_2",
    "reason_3",
    "return_probability",
];

fn customer_line(row: &CustomerRow<'_>) -> String {
    let score = row.score.as_ref();
    let reason = |at: usize| ExcelCell::Text(score.and_then(|s| s.reasons.get(at)).map_or("", String::as_str));
    let number = |of: fn(&CustomerScore<'_>) -> Option<f64>, decimals| ExcelCell::Number(score.and_then(of), decimals);
    excel_line(&[
        ExcelCell::Text(row.id),
        ExcelCell::Text(row.state),
        ExcelCell::Text(row.segment.unwrap_or_default()),
        ExcelCell::Text(score.map_or("", |s| s.band)),
        number(|s| Some(s.probability), 6),
        number(|s| Some(s.interval?.0), 6),
        number(|s| Some(s.interval?.1), 6),
        number(|s| Some(s.expected_value), 2),
        number(|s| Some(s.value_at_risk), 2),
        reason(0),
        reason(1),
        reason(2),
        ExcelCell::Number(row.return_probability, 6),
    ])
}

fn plan_line(row: &PlanRow) -> String {
    excel_line(&[
        ExcelCell::Text(&row.customer_id),
        ExcelCell::Text(&row.action),
        ExcelCell::Text(&row.offer),
        ExcelCell::Text(&row.channel),
        ExcelCell::Text(&row.owner),
        ExcelCell::Number(row.churn_probability, 6),
        ExcelCell::Number(row.uplift, 6),
        ExcelCell::Number(row.expected_gain, 2),
        ExcelCell::Number(row.cost, 2),
        ExcelCell::Text(&row.arm),
        ExcelCell::Number(row.priority.map(|priority| priority as f64), 0),
        ExcelCell::Text(&row.reason),
    ])
}

fn write_lines(
    path: &Path,
    lines: impl Iterator<Item = Result<String, ReadError>>,
    header: &[&str],
) -> anyhow::Result<()> {
    write_file_by(path, |file| {
        let mut file = BufWriter::new(file);
        let io = |source| WriteError::Io { path: path.to_owned(), source };
        file.write_all(format!("{EXCEL_BOM}{}\r\n", header.join(";")).as_bytes()).map_err(io)?;
        for (at, line) in lines.enumerate() {
            if at % ROWS_BETWEEN_LOOKS == 0 {
                interrupt::check()?;
            }
            file.write_all(line?.as_bytes()).map_err(io)?;
        }
        file.flush().map_err(io)?;
        anyhow::Ok(())
    })
}

/// Columns of the plan, as they stand in its file.
const PLAN_COLUMNS: [&str; 12] = [
    "customer_id",
    "action",
    "offer",
    "channel",
    "owner",
    "churn_probability",
    "uplift",
    "expected_gain",
    "cost",
    "arm",
    "priority",
    "reason",
];

/// The rows of the last plan.
#[derive(Debug)]
struct PlanRows(TableRows);

/// The rows of the last plan, if there is one.
fn plan_rows(path: &Path) -> anyhow::Result<Option<PlanRows>> {
    if !path.is_file() {
        return Ok(None);
    }
    let rows = TableRows::open(path, &PLAN_COLUMNS)
        .with_context(|| format!("{}: run churn plan again, or delete it", path.display()))?;
    Ok(Some(PlanRows(rows)))
}

impl Iterator for PlanRows {
    type Item = Result<PlanRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|cells| {
            let text = |at: usize| match cells.get(at) {
                Some(StoredCell::Text(text)) => text.clone(),
                _ => String::new(),
            };
            let number = |at: usize| text(at).parse::<f64>().ok();
            PlanRow {
                customer_id: text(0),
                action: text(1),
                offer: text(2),
                channel: text(3),
                owner: text(4),
                churn_probability: number(5),
                uplift: number(6),
                expected_gain: number(7),
                cost: number(8),
                arm: text(9),
                priority: text(10).parse().ok(),
                reason: text(11),
            }
        }))
    }
}
