//! A run that ends anywhere, and the run after it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::memory::*;
use crate::*;

type Records = BTreeMap<String, Vec<Value>>;

/// A call: the length of the journal when it was made, how many records it had, what the system held before and after.
type Note = (u64, u64, Records, Records);

/// A system that notes each call.
struct Watched<'a> {
    inner: Memory,
    journal: PathBuf,
    notes: &'a RefCell<Vec<Note>>,
    die_at: u64,
}

impl Target for Watched<'_> {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn identity(&self) -> String {
        self.inner.identity()
    }
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        self.inner.preflight(mapping)
    }
    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        self.inner.read(mapping, keys)
    }
    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let before = self.inner.records.clone();
        let outcomes = self.inner.write(batch);
        let length = std::fs::metadata(&self.journal).unwrap().len();
        self.notes.borrow_mut().push((length, batch.rows.len() as u64, before, self.inner.records.clone()));
        assert!(self.inner.calls < self.die_at, "killed");
        outcomes
    }
}

fn copy(from: &Path, to: &Path) {
    for name in ["state", "journal"] {
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

/// The journal cut at every byte that a kill could cut it at, with what the system held at that moment (the batch in
/// flight arrived, or did not): the next run ends as an unbroken one.
#[test]
fn a_run_killed_at_any_byte_of_its_journal_ends_with_the_planned_values() {
    const RECORDS: usize = 24;
    let settings = Settings { read_back: 0, ..Settings::default() };
    // A night before, so that there is a state to be wrong about.
    let home = folder();
    let mut system = Memory::with(0..RECORDS);
    system.max_batch = 6;
    run(&mut system, home.path(), rows(0..RECORDS, 1), 1, &settings).unwrap();
    let notes = RefCell::new(Vec::new());
    let first = home.path().join("journal");
    let state = folder();
    copy(home.path(), state.path());
    let held_before = system.records.clone();
    let unbroken = {
        let mut reference = Memory::with(0..0);
        reference.records = held_before.clone();
        let other = folder();
        copy(state.path(), other.path());
        run(&mut reference, other.path(), rows(0..RECORDS, 9), 9, &settings).unwrap();
        reference.records
    };
    system.poison = [key(3)].into();
    system.batch_refuses = true;
    // Killed in the last call: the journal stays as it is.
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut watched = Watched { inner: system, journal: first.clone(), notes: &notes, die_at: 12 };
        run(&mut watched, home.path(), rows(0..RECORDS, 9), 9, &settings)
    }));
    assert!(died.is_err());
    let bytes = std::fs::read(&first).unwrap();
    let notes = notes.into_inner();
    assert!(notes.len() == 8, "{}", notes.len());
    for cut in 0..=bytes.len() as u64 {
        // What was there when the state was made is written with it, whole.
        let start = 8 + 4 + 25 + 8;
        if cut < start {
            continue;
        }
        let flight = notes.iter().rposition(|(length, ..)| *length <= cut);
        let moments = match flight {
            None => vec![&held_before],
            Some(at) => {
                // The next call is journalled in a frame of its own, right after what this one was acknowledged with.
                let acknowledged =
                    notes.get(at + 1).is_some_and(|(length, rows, ..)| cut >= length - (4 + 1 + 16 * rows + 8));
                let (.., before, after) = &notes[at];
                if acknowledged { vec![after] } else { vec![before, after] }
            }
        };
        for held in moments {
            let there = folder();
            copy(state.path(), there.path());
            std::fs::write(there.path().join("journal"), &bytes[..cut as usize]).unwrap();
            let mut system = Memory::with(0..0);
            system.records = held.clone();
            system.reads = cut % 2 == 0;
            let summary = run(&mut system, there.path(), rows(0..RECORDS, 9), 9, &settings).unwrap();
            assert!(summary.complete(), "cut at {cut}: {summary:?}");
            assert_eq!(system.records, unbroken, "cut at {cut}");
            for (key, values) in &system.history {
                assert_eq!(*values, row(key[2..].parse().unwrap(), 9).values);
            }
            // And if it is an older night that runs next, what may be newer stays.
            let mut system = Memory::with(0..0);
            system.records = held.clone();
            std::fs::write(there.path().join("journal"), &bytes[..cut as usize]).unwrap();
            copy(state.path(), there.path());
            std::fs::write(there.path().join("journal"), &bytes[..cut as usize]).unwrap();
            run(&mut system, there.path(), rows(0..RECORDS, 5), 5, &settings).unwrap();
            for (key, values) in &system.records {
                let n = key[2..].parse().unwrap();
                if held[key] == row(n, 9).values {
                    assert_eq!(*values, held[key], "cut at {cut}: older over newer");
                }
            }
        }
    }
}

#[test]
fn a_changed_byte_in_a_journal_is_refused_and_nothing_is_written() {
    let home = folder();
    let mut system = Memory::with(0..10);
    let notes = RefCell::new(Vec::new());
    system.max_batch = 3;
    let journal = home.path().join("journal");
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut watched = Watched { inner: system, journal: journal.clone(), notes: &notes, die_at: 3 };
        run(&mut watched, home.path(), rows(0..10, 1), 1, &Settings::default())
    }));
    assert!(died.is_err());
    let bytes = std::fs::read(&journal).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        std::fs::write(&journal, &changed).unwrap();
        let error = Ledger::open(home.path(), "memory").unwrap_err();
        assert!(matches!(error, CrmError::Corrupt { .. }), "byte {at}: {error}");
    }
    std::fs::write(&journal, &bytes).unwrap();
    assert!(Ledger::open(home.path(), "memory").unwrap().recovery().unfinished);
}

#[test]
fn a_second_process_and_another_target_are_refused() {
    let home = folder();
    let first = Ledger::open(home.path(), "memory").unwrap();
    assert!(matches!(Ledger::open(home.path(), "memory"), Err(CrmError::Held { .. })));
    drop(first);
    assert!(matches!(Ledger::open(home.path(), "another"), Err(CrmError::OtherTarget { .. })));
    Ledger::open(home.path(), "memory").unwrap();
}
