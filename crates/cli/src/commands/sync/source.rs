//! The table that is written to a target: which file it is, whether it may be written, and its rows as the target takes them.

use std::fmt;
use std::path::{Path, PathBuf};

use crm::{Decimal, Kind, Row, Value, Version};
use history::{Date, ReadError, StoredCell, TableRows};

use super::tables::{Files, Tables};
use crate::exit::UsageError;
use crate::model_store::is_version;
use crate::output::Output;
use crate::project::{SyncField, SyncSource, SyncSpec, did_you_mean};

/// A table that is not written to a target.
#[derive(Debug)]
pub(crate) struct SourceRefused(pub(crate) String);

impl fmt::Display for SourceRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceRefused {}

/// A row that cannot be sent, without its values.
#[derive(Debug)]
pub(super) enum RowError {
    Read(ReadError),
    Refused(SourceRefused),
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowError::Read(error) => error.fmt(f),
            RowError::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RowError {}

/// What was counted on the way.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    pub(super) eligible: u64,
    pub(super) lapsed: u64,
    pub(super) new: u64,
    /// Customers of the plan who are held out, and left out here.
    pub(super) held_out: u64,
    /// Empty cells, field by field.
    pub(super) empty: Vec<u64>,
}

/// Where among the cells of a row the columns are that have a meaning here.
#[derive(Debug, Clone)]
struct Places {
    key: usize,
    as_of: usize,
    model: Option<usize>,
    state: Option<usize>,
    arm: Option<usize>,
    fields: Vec<usize>,
}

/// The rows of a table, one as-of date and one model throughout.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) version: Version,
    pub(super) as_of: Date,
    pub(super) tally: Tally,
    fields: Vec<SyncField>,
    places: Places,
    table: Tables,
    first: Option<Vec<StoredCell>>,
    /// As-of date and model of the first row, as cells.
    same: (StoredCell, Option<StoredCell>),
    row: u64,
    without_hold_out: bool,
    /// Nobody writes another table while this one is read.
    lock: Option<Output>,
}

/// A table that was opened.
#[derive(Debug)]
pub(super) enum Opened {
    Rows(Box<Source>),
    /// A plan in which nobody is.
    Empty(PathBuf),
}

impl Source {
    /// Opens the table of a target and looks at its first row.
    ///
    /// # Errors
    /// There is no such table, or scores without a row, or it has not the columns that are asked for.
    pub(super) fn open(output: Output, spec: &SyncSpec) -> anyhow::Result<Opened> {
        let Files { shown: path, parts } = Files::find(&output, spec.source)?;
        let first = parts.first().ok_or_else(|| SourceRefused(format!("{}: expected a part", path.display())))?;
        let (columns, places) = columns(first, spec)?;
        let mut table = Tables::new(parts, columns);
        let shown = path.display();
        let first = match table.next() {
            Some(first) => first?,
            // Nobody is to be contacted. That nobody was scored is another matter.
            None if spec.source == SyncSource::Plan => return Ok(Opened::Empty(path)),
            None => {
                return Err(SourceRefused(format!("{shown}: expected rows, found none; nothing was written")).into());
            }
        };
        let as_of = day(&first[places.as_of]).ok_or_else(|| {
            SourceRefused(format!("{shown}: row 1, column as_of: expected a date, found something else"))
        })?;
        let model = places.model.map(|at| first[at].clone());
        let version = version(&path, as_of, model.as_ref())?;
        Ok(Opened::Rows(Box::new(Self {
            path,
            version,
            as_of,
            tally: Tally { empty: vec![0; spec.fields.len()], ..Tally::default() },
            fields: spec.fields.clone(),
            same: (first[places.as_of].clone(), model),
            places,
            table,
            first: Some(first),
            row: 0,
            without_hold_out: spec.without_hold_out,
            lock: Some(output),
        })))
    }

    fn row(&mut self, cells: &[StoredCell]) -> Result<Option<Row>, SourceRefused> {
        let refused = |column: &str, what: &str| {
            SourceRefused(format!("{}: row {}, column {column}: {what}", self.path.display(), self.row))
        };
        if cells[self.places.as_of] != self.same.0 {
            return Err(refused("as_of", "expected one as-of date in the whole table, found another"));
        }
        if self.places.model.is_some_and(|at| self.same.1.as_ref() != Some(&cells[at])) {
            return Err(refused("model", "expected one model in the whole table, found another"));
        }
        let held_out = self.places.arm.is_some_and(|at| cells[at] == StoredCell::Text("hold_out".to_owned()));
        if self.without_hold_out && held_out {
            self.tally.held_out += 1;
            return Ok(None);
        }
        match self.places.state.map(|at| &cells[at]) {
            Some(StoredCell::Text(state)) => match state.as_str() {
                "eligible" => self.tally.eligible += 1,
                "lapsed" => self.tally.lapsed += 1,
                "new" => self.tally.new += 1,
                _ => return Err(refused("state", "expected eligible, lapsed or new, found another text")),
            },
            Some(_) => return Err(refused("state", "expected eligible, lapsed or new, found none")),
            None => {}
        }
        let key = match &cells[self.places.key] {
            StoredCell::Text(text) => text.clone(),
            StoredCell::Integer(number) => number.to_string(),
            StoredCell::Empty => return Err(refused("key", "expected a key, found none")),
            _ => return Err(refused("key", "expected a key as text or whole number, found another type")),
        };
        let mut values = Vec::with_capacity(self.fields.len());
        for (at, field) in self.fields.iter().enumerate() {
            let value = value(field.field.kind, &cells[self.places.fields[at]]);
            let value = value.map_err(|expected| refused(&field.column, &expected))?;
            self.tally.empty[at] += u64::from(value == Value::Null);
            values.push(value);
        }
        Ok(Some(Row { key, values }))
    }
}

impl Iterator for Source {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let cells = match self.first.take() {
                Some(first) => first,
                None => match self.table.next() {
                    Some(Ok(cells)) => cells,
                    Some(Err(error)) => return Some(Err(RowError::Read(error))),
                    None => {
                        drop(self.lock.take());
                        return None;
                    }
                },
            };
            self.row += 1;
            match self.row(&cells) {
                Ok(Some(row)) => return Some(Ok(row)),
                Ok(None) => {}
                Err(error) => return Some(Err(RowError::Refused(error))),
            }
        }
    }
}

/// The columns that are read, each once, and where each is among them.
fn columns(path: &Path, spec: &SyncSpec) -> anyhow::Result<(Vec<String>, Places)> {
    let has = TableRows::columns(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut wanted: Vec<String> = Vec::new();
    let mut place = |column: &str| {
        wanted.iter().position(|known| known == column).unwrap_or_else(|| {
            wanted.push(column.to_owned());
            wanted.len() - 1
        })
    };
    let asked = |what: &str, column: &str| {
        if has.iter().any(|known| known == column) {
            return Ok(());
        }
        let hint = did_you_mean(column, has.iter().map(String::as_str));
        Err(UsageError(format!(
            "sync \"{}\": {what}: expected a column of {name}, found \"{column}\"{hint}; its columns are {}",
            spec.name,
            has.join(", ")
        )))
    };
    asked("key", &spec.key)?;
    let key = place(&spec.key);
    let mut fields = Vec::with_capacity(spec.fields.len());
    for field in &spec.fields {
        asked(&format!("fields.{}", field.field.name), &field.column)?;
        fields.push(place(&field.column));
    }
    let scores = spec.source == SyncSource::Scores;
    let there = |column: &str| has.iter().any(|known| known == column);
    let own: &[&str] = if scores { &["as_of", "model", "state"] } else { &["as_of"] };
    if let Some(missing) = own.iter().find(|column| !there(column)) {
        return Err(
            SourceRefused(format!("{name}: expected a column {missing}, found none; nothing was written")).into()
        );
    }
    let as_of = place("as_of");
    let (model, state) = if scores { (Some(place("model")), Some(place("state"))) } else { (None, None) };
    let arm = (!scores && there("arm")).then(|| place("arm"));
    if spec.without_hold_out && arm.is_none() {
        return Err(
            SourceRefused(format!("{name}: expected a column arm, which says who is held out, found none")).into()
        );
    }
    Ok((wanted, Places { key, as_of, model, state, arm, fields }))
}

/// Of which scores a table is; models are ordered by the date of their test.
fn version(path: &Path, as_of: Date, model: Option<&StoredCell>) -> Result<Version, SourceRefused> {
    let as_of = civil(as_of).ok_or_else(|| SourceRefused(format!("{}: as_of lies too far off", path.display())))?;
    match model {
        None => Ok(Version { as_of, order: 0, model: "plan".to_owned() }),
        Some(StoredCell::Text(model)) if is_version(model) => {
            let tested = model.rsplit_once('-').and_then(|(date, _)| date.parse::<Date>().ok());
            let order = tested.and_then(|date| u64::try_from(date.days()).ok()).unwrap_or(0);
            Ok(Version { as_of, order, model: model.clone() })
        }
        Some(_) => Err(SourceRefused(format!(
            "{}: row 1, column model: expected the version of a model, found something else",
            path.display()
        ))),
    }
}

fn civil(date: Date) -> Option<jiff::civil::Date> {
    let (year, month, day) = date.year_month_day();
    jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

pub(super) fn day(cell: &StoredCell) -> Option<Date> {
    match cell {
        StoredCell::Date(date) => Some(*date),
        StoredCell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// A cell as a field takes it; what was expected where it cannot.
fn value(kind: Kind, cell: &StoredCell) -> Result<Value, String> {
    let number = || match cell {
        StoredCell::Float(number) => Some(*number),
        StoredCell::Integer(number) => Some(*number as f64),
        StoredCell::Text(text) => text.parse().ok(),
        _ => None,
    };
    let rounded = |decimals: u8| {
        let number = number().ok_or_else(|| "expected a number, found something else".to_owned())?;
        Decimal::round(number, decimals)
            .map_err(|_| "expected a finite number of at most 15 digits, found another".to_owned())
    };
    Ok(match (kind, cell) {
        (_, StoredCell::Empty) => Value::Null,
        (Kind::Text, StoredCell::Text(text)) if text.is_empty() => Value::Null,
        (Kind::Text, StoredCell::Text(text)) if !text.contains('\0') => Value::Text(text.clone()),
        (Kind::Text, StoredCell::Integer(number)) => Value::Text(number.to_string()),
        (Kind::Text, _) => {
            return Err("expected text, found numbers or dates; say kind and decimals in the project file".to_owned());
        }
        (Kind::Number { decimals }, _) => Value::Number(rounded(decimals)?),
        (Kind::Integer, StoredCell::Integer(number)) => Value::Integer(*number),
        (Kind::Integer, _) => Value::Integer(rounded(0)?.unscaled()),
        (Kind::Bool, StoredCell::Text(text)) => match text.as_str() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return Err("expected true or false, found another text".to_owned()),
        },
        (Kind::Bool, _) => return Err("expected true or false, found something else".to_owned()),
        (Kind::Date, cell) => match day(cell).and_then(civil) {
            Some(date) => Value::Date(date),
            None => return Err("expected a date, found something else".to_owned()),
        },
    })
}
