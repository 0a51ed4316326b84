//! A table in a CSV or NDJSON file, known by a key column: read, changed and replaced whole, so a reader sees the old
//! table or the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value as Json;

use crate::error::CrmError;
use crate::ledger::replace;
use crate::limiter::Rate;
use crate::mapping::{Mapping, Row};
use crate::target::{Atomicity, Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target, UnknownField};
use crate::value::Value;

/// How a file holds a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// A table in a file. Columns and members that are not among the fields stay as they are.
#[derive(Debug, Clone)]
pub struct FileTable {
    path: PathBuf,
    format: FileFormat,
    key: String,
}

/// One row of the file.
enum Line {
    Csv(csv::StringRecord),
    /// The members, and the line as it stood.
    Json(serde_json::Map<String, Json>, String),
}

impl FileTable {
    /// A table in a file, which need not be there yet where records may be made.
    ///
    /// # Errors
    /// No name of a key column.
    pub fn new(path: &Path, format: FileFormat, key: &str) -> Result<Self, CrmError> {
        if key.is_empty() {
            return Err(CrmError::Setting {
                place: format!("{}", path.display()),
                expected: "the name of the key column".to_owned(),
                found: "none".to_owned(),
            });
        }
        Ok(Self { path: path.to_owned(), format, key: key.to_owned() })
    }

    /// Reads the file row by row: the columns of a CSV first, then each row with its key.
    fn each(
        &self,
        mut head: impl FnMut(&csv::StringRecord) -> Result<(), Failure>,
        mut row: impl FnMut(&str, Line) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let stop = |what: &str| Failure::Stop { why: format!("{}: {what}", self.path.display()) };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(stop(&format!("it cannot be read ({})", error.kind()))),
        };
        match self.format {
            FileFormat::Csv => {
                let mut reader = csv::Reader::from_reader(BufReader::new(file));
                let columns = reader.headers().map_err(|_| stop("its header cannot be read"))?.clone();
                let key = columns.iter().position(|column| column == self.key);
                let key = key.ok_or_else(|| stop(&format!("expected a column {:?}, found none", self.key)))?;
                head(&columns)?;
                for record in reader.into_records() {
                    let record = record.map_err(|error| {
                        let line = error.position().map_or(0, csv::Position::line);
                        stop(&format!("line {line} cannot be read"))
                    })?;
                    let text = record.get(key).unwrap_or_default().to_owned();
                    row(&text, Line::Csv(record))?;
                }
            }
            FileFormat::Ndjson => {
                for (number, line) in BufReader::new(file).lines().enumerate() {
                    let unread = || stop(&format!("line {} is no JSON object with {:?}", number + 1, self.key));
                    let line = line.map_err(|_| unread())?;
                    if line.trim().is_empty() {
                        continue;
                    }
                    let members: serde_json::Map<String, Json> = serde_json::from_str(&line).map_err(|_| unread())?;
                    let text = Value::from_json(members.get(&self.key).ok_or_else(unread)?).text();
                    row(&text, Line::Json(members, line))?;
                }
            }
        }
        Ok(())
    }

    fn changed(&self, batch: Batch<'_>, mut out: impl Write) -> Result<BTreeMap<String, Outcome>, Failure> {
        let stop = |_| Failure::Stop { why: format!("{}: it cannot be written", self.path.display()) };
        let wanted: BTreeMap<&str, &Row> = batch.rows.iter().map(|row| (row.key.as_str(), *row)).collect();
        let mut outcomes = BTreeMap::new();
        let mut columns = csv::StringRecord::new();
        let mut writer = csv::Writer::from_writer(&mut out);
        let mut json = BufWriter::new(Vec::new());
        let mut lines = Vec::new();
        self.each(
            |found| {
                columns = found.clone();
                Ok(())
            },
            |key, line| {
                lines.push((key.to_owned(), line));
                Ok(())
            },
        )?;
        if self.format == FileFormat::Csv {
            if columns.is_empty() {
                columns.push_field(&self.key);
                batch.mapping.fields().iter().for_each(|field| columns.push_field(&field.name));
            }
            writer.write_record(&columns).map_err(|_| stop(()))?;
        }
        let new = wanted.iter().filter(|_| batch.mode == Mode::Upsert);
        let there: BTreeSet<String> = lines.iter().map(|(key, _)| key.clone()).collect();
        let made: Vec<(String, Line)> = new
            .filter(|(key, _)| !there.contains(**key))
            .map(|(key, _)| {
                let line = match self.format {
                    FileFormat::Csv => {
                        Line::Csv(columns.iter().map(|column| if column == self.key { key } else { "" }).collect())
                    }
                    FileFormat::Ndjson => {
                        Line::Json([(self.key.clone(), Json::from(*key))].into_iter().collect(), String::new())
                    }
                };
                ((*key).to_owned(), line)
            })
            .collect();
        for (key, line) in lines.into_iter().chain(made) {
            let row = wanted.get(key.as_str());
            let differs = match line {
                Line::Csv(record) => {
                    let cells: Vec<String> = match row {
                        None => record.iter().map(str::to_owned).collect(),
                        Some(row) => {
                            let new = |column: &str| row.sent(batch.mapping).find(|(field, _)| field.name == column);
                            let cell =
                                |(column, old): (&str, &str)| new(column).map_or(old.to_owned(), |(_, v)| v.text());
                            columns.iter().zip(&record).map(cell).collect()
                        }
                    };
                    writer.write_record(&cells).map_err(|_| stop(()))?;
                    !record.iter().eq(cells.iter().map(String::as_str))
                }
                // What is not written is not read and written either: numbers keep all their digits.
                Line::Json(_, line) if row.is_none() => {
                    writeln!(json, "{line}").map_err(|_| stop(()))?;
                    false
                }
                Line::Json(old, _) => {
                    let mut members = old.clone();
                    for (field, value) in row.into_iter().flat_map(|row| row.sent(batch.mapping)) {
                        members.insert(field.name.clone(), value.json());
                    }
                    let differs = members != old;
                    writeln!(json, "{}", Json::Object(members)).map_err(|_| stop(()))?;
                    differs
                }
            };
            if row.is_some() {
                let outcome = match (there.contains(&key), differs) {
                    (false, _) => Outcome::Created,
                    (true, true) => Outcome::Written,
                    (true, false) => Outcome::Unchanged,
                };
                outcomes.insert(key, outcome);
            }
        }
        writer.flush().map_err(|_| stop(()))?;
        drop(writer);
        let json = json.into_inner().map_err(|_| stop(()))?;
        out.write_all(&json).map_err(|_| stop(()))?;
        Ok(outcomes)
    }
}

impl Target for FileTable {
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
        let mut found = Preflight::default();
        if mapping.fields().iter().any(|field| field.name == self.key) {
            found.problems.push(format!("{:?} is the key and cannot be a field", self.key));
        }
        let (mut several, mut seen) = (0_u64, BTreeSet::new());
        self.each(
            |columns| {
                let missing =
                    mapping.fields().iter().filter(|field| !columns.iter().any(|column| column == field.name));
                found.missing = missing.cloned().collect();
                Ok(())
            },
            |key, _| {
                several += u64::from(!seen.insert(crate::fingerprint::KeyHash::of(key)));
                Ok(())
            },
        )?;
        if several > 0 {
            found
                .problems
                .push(format!("expected each key in one row, found {several} rows with a key that came before"));
        }
        Ok(found)
    }

    fn create_fields(&mut self, fields: &[crate::mapping::Field]) -> Result<(), Failure> {
        if self.format == FileFormat::Ndjson {
            return Ok(());
        }
        let mut rows: Vec<csv::StringRecord> = Vec::new();
        let mut head = csv::StringRecord::new();
        self.each(
            |columns| {
                head = columns.clone();
                Ok(())
            },
            |_, line| {
                if let Line::Csv(record) = line {
                    rows.push(record);
                }
                Ok(())
            },
        )?;
        fields.iter().for_each(|field| head.push_field(&field.name));
        rows.iter_mut().for_each(|row| fields.iter().for_each(|_| row.push_field("")));
        let write = |file: &mut File| {
            let mut writer = csv::Writer::from_writer(BufWriter::new(file));
            writer.write_record(&head)?;
            rows.iter().try_for_each(|row| writer.write_record(row))?;
            writer.flush()
        };
        replace(&self.path, write).map_err(|error| Failure::Stop { why: error.to_string() })
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let wanted: BTreeSet<&str> = keys.iter().copied().collect();
        let mut columns = csv::StringRecord::new();
        let mut held: BTreeMap<String, Held> = BTreeMap::new();
        let mut lines = Vec::new();
        self.each(
            |found| {
                columns = found.clone();
                Ok(())
            },
            |key, line| {
                if wanted.contains(key) {
                    lines.push((key.to_owned(), line));
                }
                Ok(())
            },
        )?;
        for (key, line) in lines {
            let value = |name: &str| match &line {
                Line::Csv(record) => {
                    let at = columns.iter().position(|column| column == name)?;
                    Some(Value::Text(record.get(at)?.to_owned()))
                }
                Line::Json(members, _) => Some(members.get(name).map_or(Value::Null, Value::from_json)),
            };
            let values = Held::Values(mapping.fields().iter().map(|field| value(&field.name)).collect());
            held.entry(key).and_modify(|held| *held = Held::Several).or_insert(values);
        }
        Ok(keys.iter().map(|key| held.get(*key).cloned().unwrap_or(Held::Missing)).collect())
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = Err(Failure::Stop { why: format!("{}: it cannot be written", self.path.display()) });
        let written = replace(&self.path, |file| {
            // Who may read the old table may read the new one.
            if let Ok(old) = std::fs::metadata(&self.path) {
                file.set_permissions(old.permissions())?;
            }
            outcomes = self.changed(batch, BufWriter::new(file));
            match &outcomes {
                Ok(_) => Ok(()),
                // Nothing is put in the place of the old file.
                Err(_) => Err(std::io::Error::other("the table could not be changed")),
            }
        });
        let outcomes = outcomes?;
        written.map_err(|error| Failure::Unclear { why: error.to_string(), wait: None })?;
        Ok(batch.rows.iter().map(|row| outcomes.get(&row.key).cloned().unwrap_or(Outcome::NoMatch)).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sync::Settings;
    use crate::sync::tests::memory::{folder, rows, run};

    #[test]
    fn rows_of_a_csv_are_changed_in_place_and_everything_else_stays() {
        let home = folder();
        let path = home.path().join("crm.csv");
        let before =
            "name,id,band,probability,as_of\n\"Ann, \"\"A\"\"\",C-000000,,,\nBo,X,low,0.5,\n=1+1,C-000002,,,\n";
        std::fs::write(&path, before).unwrap();
        let mut target = FileTable::new(&path, FileFormat::Csv, "id").unwrap();
        let ledger = home.path().join("ledger");
        let summary = run(&mut target, &ledger, rows(0..4, 1), 1, &Settings::default()).unwrap();
        assert_eq!((summary.written, summary.no_match, summary.complete()), (2, 2, true), "{summary:?}");
        let after = "name,id,band,probability,as_of\n\"Ann, \"\"A\"\"\",C-000000,low,0.1733,2026-10-01\nBo,X,low,0.5,\n\
                     =1+1,C-000002,high,0.7571,2026-10-01\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        let upsert = Settings { mode: Mode::Upsert, ..Settings::default() };
        let summary = run(&mut target, &ledger, rows(0..4, 1), 1, &upsert).unwrap();
        assert_eq!((summary.created, summary.unchanged, summary.complete()), (2, 2, true));
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .ends_with(",C-000001,high,0.9652,2026-10-01\n,C-000003,medium,0.5490,2026-10-01\n")
        );
    }

    #[test]
    fn lines_of_ndjson_keep_their_other_members() {
        let home = folder();
        let path = home.path().join("crm.ndjson");
        std::fs::write(&path, "{\"id\":\"C-000000\",\"x\":{\"y\":[1]}}\n\n{\"id\":\"other\",\"a\": 1.00}\n").unwrap();
        let mut target = FileTable::new(&path, FileFormat::Ndjson, "id").unwrap();
        let summary = run(&mut target, &home.path().join("ledger"), rows(0..1, 1), 1, &Settings::default()).unwrap();
        assert_eq!((summary.written, summary.complete()), (1, true), "{summary:?}");
        let after = std::fs::read_to_string(&path).unwrap();
        let first: Json = serde_json::from_str(after.lines().next().unwrap()).unwrap();
        assert_eq!(first["x"]["y"][0], 1);
        assert_eq!(first["probability"], 0.1733);
        assert_eq!(after.lines().nth(1), Some("{\"id\":\"other\",\"a\": 1.00}"));
        assert_eq!(after.lines().count(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_left_as_it_is() {
        let home = folder();
        for (text, format) in [
            ("id,band\nC-000000,x\n", FileFormat::Csv),
            ("a,b\n1,2\n", FileFormat::Csv),
            ("id,probability,band,as_of\na,b\n", FileFormat::Csv),
            ("id,probability,band,as_of\na,,,\na,,,\n", FileFormat::Csv),
            ("{\"id\":1}\n{\"id\":", FileFormat::Ndjson),
            ("{\"x\":1}\n", FileFormat::Ndjson),
        ] {
            let path = home.path().join("table");
            std::fs::write(&path, text).unwrap();
            let mut target = FileTable::new(&path, format, "id").unwrap();
            assert!(
                run(&mut target, &home.path().join("ledger"), rows(0..1, 1), 1, &Settings::default()).is_err(),
                "{text}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
