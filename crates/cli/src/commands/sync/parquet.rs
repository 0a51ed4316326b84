//! A table in a Parquet file as a target, known by a key column: read, changed and replaced whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crm::{
    Atomicity, Batch, Capabilities, CrmError, Failure, Field, Held, Kind, Mapping, Mode, Outcome, Preflight, Rate, Row,
    Target, UnknownField, Value,
};
use history::{ColumnKind, Date, KeyedTable, ReadError, StoredCell, WriteError};

/// A table in a Parquet file. Columns that are not among the fields keep their types and values.
#[derive(Debug)]
pub(super) struct ParquetTable {
    path: PathBuf,
    key: String,
}

impl ParquetTable {
    /// A table in a file, which need not be there yet where records may be made.
    ///
    /// # Errors
    /// No name of a key column.
    pub(super) fn new(path: &Path, key: &str) -> Result<Self, CrmError> {
        if key.is_empty() {
            return Err(CrmError::Setting {
                place: path.display().to_string(),
                expected: "the name of the key column".to_owned(),
                found: "none".to_owned(),
            });
        }
        Ok(Self { path: path.to_owned(), key: key.to_owned() })
    }

    fn read_table(&self) -> Result<KeyedTable, Failure> {
        KeyedTable::read(&self.path, &self.key).map_err(|error: ReadError| Failure::Stop { why: error.to_string() })
    }

    /// What a row of the table holds of the fields.
    fn held(table: &KeyedTable, mapping: &Mapping, row: usize) -> Result<Vec<Option<Value>>, Failure> {
        let value = |field: &Field| Ok(Some(found(table.cell(&field.name, row).map_err(|error| unwritten(&error))?)));
        mapping.fields().iter().map(value).collect()
    }
}

/// An error before the file was replaced: it is as it was.
fn unwritten(error: &WriteError) -> Failure {
    Failure::Stop { why: error.to_string() }
}

fn column_of(kind: Kind) -> ColumnKind {
    match kind {
        Kind::Text => ColumnKind::Text,
        Kind::Number { .. } => ColumnKind::Float,
        Kind::Integer => ColumnKind::Integer,
        Kind::Bool => ColumnKind::Flag,
        Kind::Date => ColumnKind::Date,
    }
}

/// Whether a column keeps a kind's values as they are.
fn keeps(column: ColumnKind, kind: Kind) -> bool {
    column == column_of(kind) || (column == ColumnKind::Text && kind == Kind::Date)
}

fn found(cell: StoredCell) -> Value {
    match cell {
        StoredCell::Empty => Value::Null,
        StoredCell::Text(text) => Value::Text(text),
        StoredCell::Integer(number) => Value::Integer(number),
        StoredCell::Float(number) => Value::Text(number.to_string()),
        StoredCell::Date(day) => Value::Text(day.to_string()),
    }
}

fn cell(value: &Value, column: ColumnKind) -> StoredCell {
    match value {
        Value::Null => StoredCell::Empty,
        Value::Number(number) => StoredCell::Float(number.to_f64()),
        Value::Integer(number) => StoredCell::Integer(*number),
        Value::Date(date) if column == ColumnKind::Date => {
            let (month, day) = (u32::from(date.month().unsigned_abs()), u32::from(date.day().unsigned_abs()));
            Date::from_year_month_day(i32::from(date.year()), month, day).map_or(StoredCell::Empty, StoredCell::Date)
        }
        other => StoredCell::Text(other.text()),
    }
}

impl Target for ParquetTable {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn identity(&self) -> String {
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        format!("file {} {}", path.display(), self.key)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            // Every call writes the whole file.
            max_batch: 100_000,
            reads: true,
            max_read: 100_000,
            atomicity: Atomicity::Batch,
            update_only: true,
            upsert: true,
            unknown_field: UnknownField::Refused,
            rate: Rate { calls: 1_000, per: Duration::from_secs(1), burst: 1_000 },
        }
    }

    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        let mut told = Preflight::default();
        let table = match KeyedTable::read(&self.path, &self.key) {
            Ok(table) => table,
            Err(error) => {
                told.problems.push(error.to_string());
                return Ok(told);
            }
        };
        for field in mapping.fields() {
            match table.kind(&field.name) {
                None if self.path.exists() => told.missing.push(field.clone()),
                // A table that is made has what is written to it.
                None => {}
                Some(Ok(column)) if keeps(column, field.kind) => {}
                Some(column) => {
                    let has = column.map_or_else(|name| name, |kind| format!("{kind:?}").to_lowercase());
                    let (name, kind) = (&field.name, field.kind);
                    told.problems.push(format!("column {name:?}: expected a type that keeps {kind:?}, found {has}"));
                }
            }
        }
        if table.repeated_keys() > 0 {
            let rows = table.repeated_keys();
            told.problems.push(format!("expected each key in one row, found {rows} rows with a key that came before"));
        }
        Ok(told)
    }

    fn create_fields(&mut self, fields: &[Field]) -> Result<(), Failure> {
        let mut table = self.read_table()?;
        for field in fields {
            table.add_column(&field.name, column_of(field.kind)).map_err(|error| unwritten(&error))?;
        }
        table.write().map_err(|error| unwritten(&error))
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let table = self.read_table()?;
        let held = |key: &&str| match table.row(key) {
            None => Ok(Held::Missing),
            Some(row) => Self::held(&table, mapping, row).map(Held::Values),
        };
        keys.iter().map(held).collect()
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let mut table = self.read_table()?;
        let before = |table: &KeyedTable, row: &&Row| table.row(&row.key).is_some();
        let there: Vec<bool> = batch.rows.iter().map(|row| before(&table, row)).collect();
        if batch.mode == Mode::Upsert {
            let made: Vec<&str> =
                batch.rows.iter().zip(&there).filter(|(_, there)| !**there).map(|(row, _)| row.key.as_str()).collect();
            let fields = batch.mapping.fields().iter();
            let missing: Vec<&Field> = fields.filter(|field| table.kind(&field.name).is_none()).collect();
            for field in missing {
                table.add_column(&field.name, column_of(field.kind)).map_err(|error| unwritten(&error))?;
            }
            table.add_rows(&made).map_err(|error| unwritten(&error))?;
        }
        let mut changes: BTreeMap<&str, BTreeMap<usize, StoredCell>> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(batch.rows.len());
        for (row, there) in batch.rows.iter().zip(there) {
            let Some(at) = table.row(&row.key) else {
                outcomes.push(Outcome::NoMatch);
                continue;
            };
            let mut differs = false;
            for (field, value) in row.sent(batch.mapping) {
                let old = found(table.cell(&field.name, at).map_err(|error| unwritten(&error))?);
                if !self.same(field, value, &old) {
                    let Some(Ok(column)) = table.kind(&field.name) else {
                        return Err(Failure::Stop {
                            why: format!("there is no column {:?} that can be written", field.name),
                        });
                    };
                    changes.entry(&field.name).or_default().insert(at, cell(value, column));
                    differs = true;
                }
            }
            outcomes.push(match (there, differs) {
                (false, _) => Outcome::Created,
                (true, true) => Outcome::Written,
                (true, false) => Outcome::Unchanged,
            });
        }
        for (column, cells) in &changes {
            table.change(column, cells).map_err(|error| unwritten(&error))?;
        }
        if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Created | Outcome::Written)) {
            // The last step is the renaming: whether it is durable is not known where it fails.
            table.write().map_err(|error| Failure::Unclear { why: error.to_string(), wait: None })?;
        }
        Ok(outcomes)
    }
}
