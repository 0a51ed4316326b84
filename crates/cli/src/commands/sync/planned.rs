//! What a dry run writes down: every field that would be written, what it holds and what it would hold.

use std::fmt;
use std::path::Path;

use crm::Old;
use history::{Column, PackedText, TableWriter, Values, WriteError};
use serde::Serialize;

/// Rows that are written at a time.
const ROWS_OF_A_BLOCK: usize = 1 << 13;
/// Fields that are shown.
const SHOWN: usize = 20;

/// What a dry run found.
#[derive(Debug)]
pub(super) struct Planned {
    /// Records that would be written.
    pub(super) records: u64,
    /// The first fields of them.
    pub(super) first: Vec<Shown>,
}

/// One field of one record.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    key: String,
    field: String,
    /// Nothing where it is not known, or where the field is empty: `old_is` says which.
    old: Option<String>,
    new: Option<String>,
    why: &'static str,
    old_is: &'static str,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted =
            |text: &Option<String>| text.as_ref().map_or_else(|| "empty".to_owned(), |text| format!("{text:?}"));
        let old = match self.old_is {
            "held" => quoted(&self.old),
            other => format!("? ({})", other.replace('_', " ")),
        };
        write!(f, "{} {}: {old} -> {} ({})", self.key, self.field, quoted(&self.new), self.why.replace('_', " "))
    }
}

/// Writes the file of a dry run, block by block.
pub(super) struct PlannedFile {
    table: TableWriter,
    block: [PackedText; 6],
    last: Option<String>,
    pub(super) found: Planned,
}

impl PlannedFile {
    /// # Errors
    /// The folder cannot be written.
    pub(super) fn create(path: &Path) -> Result<Self, WriteError> {
        Ok(Self {
            table: TableWriter::create(path)?,
            block: Default::default(),
            last: None,
            found: Planned { records: 0, first: Vec::new() },
        })
    }

    /// # Errors
    /// The file cannot be written.
    pub(super) fn push(&mut self, planned: &crm::Planned<'_>) -> Result<(), WriteError> {
        if self.last.as_deref() != Some(planned.key) {
            self.found.records += 1;
            self.last = Some(planned.key.to_owned());
        }
        let (old_is, old) = match &planned.old {
            Old::NotAsked => ("not_asked", None),
            Old::NotSaid => ("not_said", None),
            Old::Several => ("several_records", None),
            Old::NoRecord => ("no_record", None),
            Old::Holds(value) => ("held", Some(value.text()).filter(|text| !text.is_empty())),
        };
        let new = Some(planned.new.text()).filter(|text| !text.is_empty());
        let (key, field, why) = (planned.key, planned.field, planned.why.as_str());
        let cells = [Some(key), Some(field), old.as_deref(), new.as_deref(), Some(why), Some(old_is)];
        self.block.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        if self.found.first.len() < SHOWN {
            let (key, field) = (key.to_owned(), field.to_owned());
            self.found.first.push(Shown { key, field, old, new, why, old_is });
        }
        if self.block[0].len() >= ROWS_OF_A_BLOCK { self.flush() } else { Ok(()) }
    }

    /// # Errors
    /// The file cannot be written.
    pub(super) fn finish(mut self) -> Result<Planned, WriteError> {
        self.flush()?;
        self.table.finish()?;
        Ok(self.found)
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let names = ["key", "field", "old", "new", "why", "old_is"];
        let block = std::mem::take(&mut self.block);
        let columns: Vec<Column> =
            names.iter().zip(block).map(|(name, cells)| Column::new(*name, Values::Packed(cells))).collect();
        self.table.write(&columns)
    }
}
