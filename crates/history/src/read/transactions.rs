//! The files of the transactions: read side by side, and refused where they cannot be used together.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use rayon::prelude::*;

use super::batch::{Batch, ROWS_OF_A_CHUNK, Stopped};
use super::clock::ClockChanges;
use super::columnar;
use super::hand_over::{HandOver, Job};
use super::row::{AMOUNT, ID, Places, TIMESTAMP, Values, parse, wanted_of};
use super::scale::Scale;
use super::tally::{Tally, Unfit, Uniform, most_together};
use super::{Book, LIMIT, TableReport, is_blank, reading};
use crate::cell::Reading;
use crate::csv_source::Lines;
use crate::error::ReadError;
use crate::files;
use crate::manifest;
use crate::parquet_source::{ParquetTable, Part, TypedColumn, read_columns};
use crate::place::Place;
use crate::source::{Format, IsRow, Noticed, Row, TakeRows, Wanted, explain_missing, format_of, read_into, read_rows};
use crate::spec::{ExportSpec, Returns, TableSpec, WithoutCustomer};
use crate::store::{Columns, Interner, RawRows};
use crate::warning::together;
use crate::{Money, Quantity};

/// How the transactions of an export are read.
pub(crate) struct Plan<'a> {
    spec: &'a ExportSpec,
    pub(super) wanted: Vec<Wanted>,
    pub(super) places: Places<'a>,
    pub(super) reading: Reading<'a>,
    pub(super) clock: ClockChanges,
    pub(super) chunk: usize,
    /// Blocks of rows, of all files, that no thread has begun to read.
    pub(super) waiting: AtomicUsize,
}

/// A file could not be read, or holds what cannot be used.
pub(super) enum Failed {
    Unfit,
    Error(ReadError),
}

impl From<Unfit> for Failed {
    fn from(_: Unfit) -> Self {
        Failed::Unfit
    }
}

impl From<ReadError> for Failed {
    fn from(error: ReadError) -> Self {
        Failed::Error(error)
    }
}

impl<'a> Plan<'a> {
    /// `chunk` bytes of a text file are read at a time.
    pub(crate) fn new(spec: &'a ExportSpec, chunk: usize) -> Self {
        let (wanted, places) = wanted_of(&spec.transactions);
        let clock = ClockChanges::of(&spec.timezone);
        let (reading, waiting) = (reading(spec, &spec.transactions.table), AtomicUsize::new(0));
        Self { spec, wanted, places, reading, clock, chunk, waiting }
    }

    /// The columns that are looked for.
    pub(crate) fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// The words of a row.
    pub(crate) fn columns(&self) -> Columns {
        Columns::of(&self.spec.transactions)
    }

    /// Reads files. Customers get the numbers that `ids` gives them, and the rows go to `raw` as those of the files
    /// numbered from `first`. Says what was counted in each file.
    pub(crate) fn read(
        &self,
        files: &[PathBuf],
        first: usize,
        ids: &Interner,
        raw: &RawRows,
    ) -> Result<Vec<Tally>, ReadError> {
        let one_of_many = first + files.len() > 1;
        let read = |(at, path): (usize, &PathBuf)| {
            let is_query = self.spec.transactions.table.query.is_some();
            let format = if is_query { None } else { Some(format_of(path)?) };
            let tally = match format {
                None | Some(Format::Csv(_) | Format::Ndjson(_)) => self.read_rows(path, first + at, ids, raw),
                Some(Format::Parquet) => self.read_parquet(&self.table(path), first + at, ids, raw),
            };
            match tally {
                // A day without orders is a file without rows, among others.
                Err(Failed::Error(ReadError::NoRows { .. })) if one_of_many => Ok(Tally::default()),
                other => other,
            }
        };
        let tallies: Vec<Result<Tally, Failed>> = files.par_iter().enumerate().map(read).collect();
        let tallies: Result<Vec<Tally>, Failed> = tallies.into_iter().collect();
        tallies.map_err(|failed| match failed {
            Failed::Error(error) => explain_missing(error, &self.spec.transactions.table, files),
            Failed::Unfit => self.explain(files),
        })
    }

    /// Puts the counts of all files together, and refuses what cannot be used.
    pub(crate) fn close(&self, files: &[PathBuf], tallies: Vec<Tally>) -> Result<TableReport, ReadError> {
        let path = self.path();
        manifest::check_rows(&self.spec.transactions.table, files.iter().zip(tallies.iter().map(|tally| tally.rows)))?;
        files::check_contents(files, tallies.iter().map(|tally| tally.content))?;
        let mut all = Tally::default();
        all.uniform.currency = self.expected_currency();
        let scales: Vec<(String, Scale)> = match tallies.len() {
            0 | 1 => Vec::new(),
            _ => files.iter().map(|path| name_of(path)).zip(tallies.iter().map(|t| t.oddities.scale.clone())).collect(),
        };
        for tally in tallies {
            all.append(tally).map_err(|Unfit| self.explain(files))?;
        }
        if all.rows == 0 {
            return Err(ReadError::NoRows { path: path.to_owned() });
        }
        if all.used > u64::from(LIMIT) {
            return Err(ReadError::TooLarge { path: path.to_owned(), what: "rows", limit: LIMIT });
        }
        let mut book = Book::new("transactions", path);
        (book.rows, book.used, book.dropped, book.rejects) = (all.rows, all.used, all.dropped, all.rejects);
        (book.without_customer, book.cancelled) = (all.without_customer, all.cancelled);
        let found = [("timestamp", all.uniform.timestamp), ("recorded_at", all.uniform.recorded)];
        book.offsets = found.into_iter().filter_map(|(name, offset)| Some((name.to_owned(), offset?))).collect();
        let scales: Vec<(String, &Scale)> = scales.iter().map(|(name, scale)| (name.clone(), scale)).collect();
        let mut warnings = together(all.warnings);
        let columns = [ID, TIMESTAMP, AMOUNT].map(|place| self.wanted[place].header.as_str());
        warnings.extend(all.oddities.warnings(&book.file, columns, &scales));
        let noticed = Noticed { multiline: all.multiline, warnings, ..Noticed::default() };
        let report = book.close(path, self.spec.max_reject_share, noticed)?;
        if report.rejects.total() == report.rows {
            let (examples, hint) = (report.rejects.examples(path), report.rejects.hint().to_owned());
            return Err(ReadError::AllRejected { path: path.to_owned(), rows: report.rows, examples, hint });
        }
        if !all.sells {
            return Err(ReadError::NoPurchases { path: path.to_owned() });
        }
        Ok(report)
    }

    /// The path in the project file: a file, or a pattern.
    pub(crate) fn path(&self) -> &Path {
        &self.spec.transactions.table.path
    }

    /// Header of the order's id, if it is mapped.
    pub(crate) fn order_id(&self) -> Option<&str> {
        self.spec.transactions.order_id.as_deref()
    }

    fn expected_currency(&self) -> Option<Box<str>> {
        self.spec.transactions.expected_currency.as_deref().map(Into::into)
    }

    fn table(&self, path: &Path) -> TableSpec {
        TableSpec { path: path.to_owned(), ..self.spec.transactions.table.clone() }
    }

    pub(super) fn drops_returns(&self) -> bool {
        self.spec.transactions.returns == Returns::Drop
    }

    fn drops_without_customer(&self) -> bool {
        self.spec.transactions.rules.without_customer == WithoutCustomer::Drop
    }

    /// Whether a row that can be read is left out.
    fn leaves_out(&self, values: &Values<'_>) -> bool {
        let nothing_cancelled = values.cancelled && values.amount == Money::ZERO;
        nothing_cancelled || (self.drops_returns() && values.amount < Money::ZERO)
    }

    /// Reads a text, or the answer to a query.
    fn read_rows(&self, path: &Path, file: usize, ids: &Interner, raw: &RawRows) -> Result<Tally, Failed> {
        let is_row: &IsRow<'_> = &|cells| parse(&self.reading, cells, self.places, &mut String::new()).is_ok();
        let table = self.table(path);
        let read_into = |take: &mut dyn TakeRows| read_into(&table, &self.wanted, is_row, self.chunk, take);
        let job = Job::new(self, (path, file), ids, raw);
        let (mut all, read) = if rayon::current_num_threads() == 1 {
            let mut rows = job.rows(0);
            let read = read_into(&mut rows);
            (rows.finish(Ok(()))?, read)
        } else {
            let read = rayon::in_place_scope(|scope| {
                let mut hand_over = HandOver::new(scope, &job);
                let read = read_into(&mut hand_over);
                hand_over.flush();
                read
            });
            (job.tally()?, read)
        };
        let noticed = read?.checked(path, all.rows)?;
        (all.multiline, all.content, all.warnings) = (noticed.multiline, noticed.content, noticed.warnings);
        Ok(all)
    }

    fn read_parquet(&self, spec: &TableSpec, file: usize, ids: &Interner, raw: &RawRows) -> Result<Tally, Failed> {
        let table = ParquetTable::open(spec, &self.wanted)?;
        let parts = table.parts();
        if parts.is_empty() {
            return Err(Failed::Error(ReadError::NoRows { path: spec.path.clone() }));
        }
        let tallies: Vec<Result<Tally, Failed>> =
            parts.par_iter().map(|part| self.read_part(&table, part, file, ids, raw)).collect();
        let mut all = Tally::default();
        for tally in tallies {
            all.append(tally?)?;
        }
        Ok(all)
    }

    fn read_part(
        &self,
        table: &ParquetTable<'_>,
        part: &Part,
        file: usize,
        ids: &Interner,
        raw: &RawRows,
    ) -> Result<Tally, Failed> {
        let columns = table.decode(part)?;
        let mut all = Tally::default();
        for start in (0..columns[ID].len()).step_by(ROWS_OF_A_CHUNK) {
            let block: Vec<TypedColumn> = columns.iter().map(|column| column.slice(start, ROWS_OF_A_CHUNK)).collect();
            // Chunks are numbered by the row they begin with.
            let first_row = part.first_row + start as u64;
            let batch = || Batch::new(ids, raw, file, first_row);
            let whole = columnar::read(self, &block, batch()).map_err(|stopped| self.stopped(table.path(), stopped))?;
            all.append(match whole {
                Some(tally) => tally,
                None => {
                    let mut rows = Rows::new(self, table.path(), batch());
                    let read = read_columns(&block, first_row, &mut |at, row| rows.row(at, row));
                    rows.finish(read)?
                }
            })?;
        }
        Ok(all)
    }

    fn stopped(&self, path: &Path, stopped: Stopped) -> ReadError {
        match stopped {
            Stopped::Error(error) => error,
            Stopped::TooMany => ReadError::TooLarge { path: path.to_owned(), what: "customers", limit: LIMIT },
        }
    }

    /// Why these files cannot be used: reads them again one after the other, row by row, up to the row at fault.
    fn explain(&self, files: &[PathBuf]) -> ReadError {
        let mut all = Tally::default();
        all.uniform.currency = self.expected_currency();
        let mut scratch = String::new();
        for path in files {
            let is_row: &IsRow<'_> = &|cells| parse(&self.reading, cells, self.places, &mut String::new()).is_ok();
            let read = read_rows(&self.table(path), &self.wanted, is_row, self.chunk, &mut |at, row| {
                let Row::Cells(cells) = row else { return Ok(()) };
                let Ok(values) = parse(&self.reading, cells, self.places, &mut scratch) else { return Ok(()) };
                let before = all.uniform.clone();
                if all.uniform.take(&values).is_err() {
                    return Err(self.mixed(path, at, &before, &values));
                }
                if self.leaves_out(&values) {
                    return Ok(());
                }
                all.use_row(&values, &self.clock).map_err(|Unfit| {
                    let (path, limit) = (path.clone(), Money::MOST_TOGETHER);
                    if all.money > most_together() {
                        return ReadError::SumTooLarge { path, place: at, limit };
                    }
                    let limit = Quantity::from_ten_thousandths(limit.ten_thousandths());
                    ReadError::QuantitiesTooLarge { path, place: at, limit }
                })
            });
            match read {
                Ok(_) | Err(ReadError::NoRows { .. }) => {}
                Err(error) => return error,
            }
        }
        // The rows at fault are gone.
        ReadError::Changed { path: self.path().to_owned() }
    }

    fn mixed(&self, path: &Path, place: Place, before: &Uniform, values: &Values<'_>) -> ReadError {
        let path = path.to_owned();
        let header = |column: usize| self.wanted[column].header.clone();
        if before.timestamp.is_some_and(|seen| seen != values.timestamp.1) {
            return ReadError::MixedOffsets { path, place, column: header(TIMESTAMP) };
        }
        let recorded = before.recorded.zip(values.recorded_at).is_some_and(|(seen, (_, found))| seen != found);
        if let (true, Some(column)) = (recorded, self.places.recorded_at) {
            return ReadError::MixedOffsets { path, place, column: header(column) };
        }
        let text = |currency: Option<&str>| currency.unwrap_or_default().to_owned();
        let (expected, found) = (text(before.currency.as_deref()), text(values.currency.as_deref()));
        ReadError::MixedCurrencies { path, place, expected, found }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Takes the rows of a file one by one.
pub(super) struct Rows<'p, 'b> {
    plan: &'p Plan<'p>,
    path: &'p Path,
    batch: Batch<'b>,
    book: Book,
    tally: Tally,
    scratch: String,
    failed: Option<Failed>,
}

impl<'p, 'b> Rows<'p, 'b> {
    pub(super) fn new(plan: &'p Plan<'p>, path: &'p Path, batch: Batch<'b>) -> Self {
        let (book, tally) = (Book::new("transactions", path), Tally::default());
        Self { plan, path, batch, book, tally, scratch: String::new(), failed: None }
    }

    /// Makes room for so many rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.batch.reserve(rows);
    }

    /// Of what fails the first is kept, and what follows is not looked at.
    pub(super) fn take_cells(&mut self, at: Place, row: Row<'_>) {
        if self.failed.is_none()
            && let Err(failed) = self.take_row(at, row)
        {
            self.failed = Some(failed);
        }
    }

    fn take_row(&mut self, at: Place, row: Row<'_>) -> Result<(), Failed> {
        let Self { plan, book, scratch, tally, .. } = self;
        if let Row::Cells(cells) = row
            && plan.drops_without_customer()
            && is_blank(cells[ID])
        {
            book.rows += 1;
            tally.without_customer += 1;
            return Ok(());
        }
        let parsed = book.take(at, row, &plan.wanted, |cells| parse(&plan.reading, cells, plan.places, scratch));
        let Some(values) = parsed else { return Ok(()) };
        tally.uniform.take(&values)?;
        if let Row::Cells(cells) = row {
            tally.oddities.take_id(cells[ID], values.id);
        }
        tally.cancelled += u64::from(values.cancelled);
        if plan.leaves_out(&values) {
            tally.dropped += 1;
            return Ok(());
        }
        tally.use_row(&values, &plan.clock)?;
        self.batch.push(&values).map_err(|stopped| plan.stopped(self.path, stopped).into())
    }

    /// What was counted, if all rows could be `read`.
    pub(super) fn finish(self, read: Result<(), ReadError>) -> Result<Tally, Failed> {
        let Self { plan, path, batch, book, mut tally, failed, .. } = self;
        if let Some(failed) = failed {
            return Err(failed);
        }
        read?;
        batch.finish().map_err(|stopped| plan.stopped(path, stopped))?;
        tally.close(book);
        Ok(tally)
    }
}

impl TakeRows for Rows<'_, '_> {
    fn row(&mut self, at: Place, row: Row<'_>) -> Result<(), ReadError> {
        self.take_cells(at, row);
        Ok(())
    }

    fn lines(&mut self, lines: Lines) -> Result<(), ReadError> {
        lines.for_each(&mut |at, row| self.row(at, row))
    }
}
