//! A system in memory that fails by a seeded plan, and everything a test needs around it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::clock::TestClock;
use crate::*;

/// Where tests keep journals: in memory where there is such a place, since every record is synced.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn mapping() -> Mapping {
    let step = Compare::Within(Decimal::new(100, 4).unwrap());
    let fields = vec![
        Field::new("probability", Kind::Number { decimals: 4 }).compare(step),
        Field::new("band", Kind::Text),
        Field::new("as_of", Kind::Date).compare(Compare::Along),
    ];
    Mapping::new(fields, Some("as_of")).unwrap()
}

pub(crate) fn version(day: i8) -> Version {
    Version { as_of: jiff::civil::date(2026, 10, day), order: 1, model: "m1".to_owned() }
}

pub(crate) fn key(n: usize) -> String {
    format!("C-{n:06}")
}

/// The score of a customer at a date: another at each.
pub(crate) fn row(n: usize, day: i8) -> Row {
    let p = (n as i64 * 7_919 + i64::from(day) * 1_733) % 10_000;
    let band = ["low", "medium", "high"][(p / 3_334) as usize];
    let values =
        vec![Value::Number(Decimal::new(p, 4).unwrap()), Value::Text(band.to_owned()), Value::Date(version(day).as_of)];
    Row { key: key(n), values }
}

pub(crate) type Never = std::convert::Infallible;

pub(crate) fn rows(keys: impl Iterator<Item = usize>, day: i8) -> Vec<Result<Row, Never>> {
    keys.map(|n| Ok(row(n, day))).collect()
}

/// Runs once with a clock of its own.
pub(crate) fn run(
    target: &mut dyn Target,
    folder: &Path,
    rows: Vec<Result<Row, Never>>,
    day: i8,
    settings: &Settings,
) -> Result<Summary, CrmError> {
    let mut ledger = Ledger::open(folder, &target.identity())?;
    let (mapping, version, clock) = (mapping(), version(day), TestClock::default());
    Job { target, mapping: &mapping, version: &version, settings, clock: &clock, stop: &|| false }
        .run(&mut ledger, rows)
}

/// How likely each fault is, in a thousand calls.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) call: u32,
    pub(crate) record: u32,
    pub(crate) stop: u32,
    pub(crate) reading: u32,
}

/// A system in memory.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) records: BTreeMap<String, Vec<Value>>,
    /// Records that it will never take.
    pub(crate) poison: BTreeSet<String>,
    /// Whether one of them refuses its batch.
    pub(crate) batch_refuses: bool,
    pub(crate) max_batch: usize,
    pub(crate) reads: bool,
    pub(crate) faults: Faults,
    pub(crate) random: ChaCha8Rng,
    /// Every assignment, in order.
    pub(crate) history: Vec<(String, Vec<Value>)>,
    /// What it has said yes to.
    pub(crate) acknowledged: BTreeSet<String>,
    /// Records that came again after that.
    pub(crate) resent: u64,
    pub(crate) calls: u64,
    /// What it has dropped silently.
    pub(crate) drops: Option<usize>,
    /// Whether it refuses to be read.
    pub(crate) refuses_reading: bool,
    /// Whether it says of a record that is not there only that it is refused.
    pub(crate) refuses_missing: bool,
}

impl Memory {
    pub(crate) fn with(keys: impl Iterator<Item = usize>) -> Self {
        let nothing = vec![Value::Null; mapping().fields().len()];
        Self {
            records: keys.map(|n| (key(n), nothing.clone())).collect(),
            poison: BTreeSet::new(),
            batch_refuses: false,
            max_batch: 50,
            reads: true,
            faults: Faults::default(),
            random: ChaCha8Rng::seed_from_u64(0),
            history: Vec::new(),
            acknowledged: BTreeSet::new(),
            resent: 0,
            calls: 0,
            drops: None,
            refuses_reading: false,
            refuses_missing: false,
        }
    }

    fn happens(&mut self, thousandths: u32) -> bool {
        self.random.random_range(0..1_000) < thousandths
    }

    fn wait(&mut self) -> Option<Duration> {
        match self.random.random_range(0..4) {
            0 => None,
            1 => Some(Duration::from_secs(self.random.random_range(0..400))),
            _ => Some(Duration::from_secs(self.random.random_range(0..30))),
        }
    }

    fn assign(&mut self, row: &Row) {
        let mut values = row.values.clone();
        if let Some(dropped) = self.drops {
            values[dropped] = Value::Null;
        }
        self.history.push((row.key.clone(), values.clone()));
        self.records.insert(row.key.clone(), values);
    }

    fn outcomes(&mut self, batch: Batch<'_>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for row in batch.rows {
            outcomes.push(if self.poison.contains(&row.key) {
                Outcome::Rejected { code: "POISON".to_owned(), message: "never".to_owned() }
            } else if self.happens(self.faults.record) {
                match self.random.random_range(0..3) {
                    0 => Outcome::Busy { code: "LOCKED".to_owned() },
                    done => {
                        if done == 1 && self.records.contains_key(&row.key) {
                            self.assign(row);
                        }
                        Outcome::Unknown { why: "no answer for this record".to_owned() }
                    }
                }
            } else if !self.records.contains_key(&row.key) && batch.mode == Mode::UpdateOnly {
                match self.refuses_missing {
                    true => {
                        Outcome::Rejected { code: "UserError".to_owned(), message: "no right, or no record".to_owned() }
                    }
                    false => Outcome::NoMatch,
                }
            } else if self.records.get(&row.key) == Some(&row.values) {
                self.acknowledged.insert(row.key.clone());
                Outcome::Unchanged
            } else {
                self.assign(row);
                self.acknowledged.insert(row.key.clone());
                Outcome::Written
            });
        }
        outcomes
    }
}

impl Target for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn identity(&self) -> String {
        "memory".to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_batch: self.max_batch,
            reads: self.reads,
            max_read: 40,
            atomicity: Atomicity::Either,
            update_only: true,
            upsert: true,
            unknown_field: UnknownField::Refused,
            rate: Rate { calls: 10, per: Duration::from_secs(1), burst: 10 },
        }
    }

    fn preflight(&mut self, _: &Mapping) -> Result<Preflight, Failure> {
        Ok(Preflight::default())
    }

    fn read(&mut self, _: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        if self.refuses_reading {
            return Err(Failure::Refused { code: "400".to_owned(), message: "no such field".to_owned() });
        }
        if self.happens(self.faults.reading) {
            return Err(Failure::Unclear { why: "reading failed".to_owned(), wait: None });
        }
        let held = |key: &&str| match self.records.get(*key) {
            Some(values) => Held::Values(values.iter().cloned().map(Some).collect()),
            None => Held::Missing,
        };
        Ok(keys.iter().map(held).collect())
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        self.calls += 1;
        assert!(batch.rows.len() <= self.max_batch);
        self.resent += batch.rows.iter().filter(|row| self.acknowledged.contains(&row.key)).count() as u64;
        if self.happens(self.faults.stop) {
            return Err(Failure::Stop { why: "forbidden today".to_owned() });
        }
        if self.happens(self.faults.call) {
            let wait = self.wait();
            let before = self.acknowledged.clone();
            let failure = match self.random.random_range(0..6) {
                0 => Failure::NotDone { why: "429".to_owned(), wait },
                1 => Failure::Credentials { why: "401".to_owned() },
                2 => Failure::Unclear { why: "cut before".to_owned(), wait },
                3 => {
                    self.outcomes(batch);
                    Failure::Unclear { why: "timeout after".to_owned(), wait: None }
                }
                4 => {
                    let half = Batch { rows: &batch.rows[..batch.rows.len() / 2], ..batch };
                    self.outcomes(half);
                    Failure::Unclear { why: "500 in between".to_owned(), wait }
                }
                _ => {
                    let mut outcomes = self.outcomes(batch);
                    outcomes.pop();
                    self.acknowledged = before;
                    return Ok(outcomes);
                }
            };
            self.acknowledged = before;
            return Err(failure);
        }
        if self.batch_refuses && batch.rows.iter().any(|row| self.poison.contains(&row.key)) {
            return Err(Failure::Refused { code: "400".to_owned(), message: "one of them".to_owned() });
        }
        Ok(self.outcomes(batch))
    }
}
