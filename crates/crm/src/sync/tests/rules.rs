//! What is written and what is not, one rule a test.

use std::time::Duration;

use super::memory::*;
use crate::clock::TestClock;
use crate::*;

fn settings() -> Settings {
    Settings::default()
}

#[test]
fn a_second_run_writes_nothing_and_a_full_one_everything() {
    let (home, mut system) = (folder(), Memory::with(0..100));
    let first = run(&mut system, home.path(), rows(0..100, 1), 1, &settings()).unwrap();
    assert_eq!((first.written, first.calls, first.complete()), (100, 2, true));
    assert_eq!(first.read_back.unwrap().records, 25); // five of the first batch, twenty of all
    let second = run(&mut system, home.path(), rows(0..100, 1), 1, &settings()).unwrap();
    assert_eq!((second.unchanged, second.calls, second.complete()), (100, 0, true));
    let full = run(&mut system, home.path(), rows(0..100, 1), 1, &Settings { full: true, ..settings() }).unwrap();
    assert_eq!(full.held_already, 100);
}

#[test]
fn a_rejected_row_has_no_fingerprint_and_comes_again() {
    let (home, mut system) = (folder(), Memory::with(0..20));
    system.poison = [key(4)].into();
    let first = run(&mut system, home.path(), rows(0..20, 1), 1, &settings()).unwrap();
    assert_eq!((first.written, first.rejected, first.complete()), (19, 1, false));
    assert_eq!(first.rejects[0].key, key(4));
    system.poison.clear();
    let second = run(&mut system, home.path(), rows(0..20, 1), 1, &settings()).unwrap();
    assert_eq!((second.written, second.unchanged, second.complete()), (1, 19, true));
}

#[test]
fn one_poison_row_costs_few_calls_and_no_other_row() {
    let (home, mut system) = (folder(), Memory::with(0..560));
    (system.max_batch, system.batch_refuses) = (560, true);
    system.poison = [key(123)].into();
    let summary = run(&mut system, home.path(), rows(0..560, 1), 1, &settings()).unwrap();
    assert_eq!((summary.written, summary.rejected, summary.left), (559, 1, 0));
    // One call for the whole, at most two for each halving of 560.
    assert!(summary.calls <= 1 + 2 * 10, "{}", summary.calls);
}

#[test]
fn a_record_that_is_not_there_is_not_made_unless_asked_for_and_is_asked_for_again() {
    let (home, mut system) = (folder(), Memory::with(0..10));
    let first = run(&mut system, home.path(), rows(0..12, 1), 1, &settings()).unwrap();
    assert_eq!((first.written, first.no_match, first.complete(), system.records.len()), (10, 2, true, 10));
    let upsert = Settings { mode: Mode::Upsert, ..settings() };
    run(&mut system, home.path(), rows(0..12, 1), 1, &upsert).unwrap();
    assert_eq!(system.records.len(), 12);
}

#[test]
fn a_system_that_refuses_what_is_not_there_is_asked_which_it_is() {
    for (batch_refuses, max_batch) in [(false, 50), (true, 4), (true, 1)] {
        let (home, mut system) = (folder(), Memory::with(0..10));
        (system.refuses_missing, system.batch_refuses, system.max_batch) = (true, batch_refuses, max_batch);
        system.poison = [key(3)].into();
        let always = Settings { read_first: ReadFirst::Always, ..settings() };
        let summary = run(&mut system, home.path(), rows(0..12, 1), 1, &always).unwrap();
        assert_eq!((summary.written, summary.no_match, summary.rejected), (9, 2, 1), "{summary:?}");
        assert_eq!((summary.rejects[0].key.clone(), system.records.len()), (key(3), 10));
        // Not looked at before, nobody can tell.
        let summary = run(&mut system, home.path(), rows(10..12, 1), 1, &settings()).unwrap();
        assert_eq!((summary.no_match, summary.rejected), (0, 2));
    }
}

#[test]
fn a_record_that_was_deleted_and_made_anew_is_written_again() {
    let (home, mut system) = (folder(), Memory::with(0..3));
    run(&mut system, home.path(), rows(0..3, 1), 1, &settings()).unwrap();
    system.records.remove(&key(1));
    run(&mut system, home.path(), rows(0..3, 2), 2, &settings()).unwrap();
    system.records.insert(key(1), vec![Value::Null; 3]);
    run(&mut system, home.path(), rows(0..3, 2), 2, &settings()).unwrap();
    assert_eq!(system.records[&key(1)], row(1, 2).values);
}

#[test]
fn guards_say_no_before_anything_is_written() {
    let (home, mut system) = (folder(), Memory::with(0..10));
    let most = Settings { max_changes: Some(9), ..settings() };
    let error = run(&mut system, home.path(), rows(0..10, 1), 1, &most).unwrap_err().to_string();
    assert!(error.contains("at most 9 records") && error.contains("found 10"), "{error}");
    let matched = Settings { min_matched: Some(0.9), ..settings() };
    let error = run(&mut system, home.path(), rows(5..15, 1), 1, &matched).unwrap_err().to_string();
    assert!(error.contains("5 records"), "{error}");
    system.reads = false;
    assert!(matches!(run(&mut system, home.path(), rows(0..10, 1), 1, &matched), Err(CrmError::Setting { .. })));
    assert_eq!(system.calls, 0);
}

#[test]
fn a_key_twice_and_a_row_that_cannot_be_read_stop_the_run_before_anything_is_written() {
    let (home, mut system) = (folder(), Memory::with(0..10));
    let twice = [rows(0..5, 1), rows(3..4, 1)].concat();
    let error = run(&mut system, home.path(), twice, 1, &settings()).unwrap_err().to_string();
    assert!(error.contains("row 6") && !error.contains(&key(3)), "{error}");
    let broken = std::iter::once(Err(std::io::Error::other("line 9 is cut")));
    let mut ledger = Ledger::open(home.path(), "memory").unwrap();
    let (mapping, version, settings) = (mapping(), version(1), settings());
    let clock = TestClock::default();
    let job = Job {
        target: &mut system,
        mapping: &mapping,
        version: &version,
        settings: &settings,
        clock: &clock,
        stop: &|| false,
    };
    assert!(matches!(job.run(&mut ledger, broken), Err(CrmError::Rows(_))));
    assert_eq!(system.calls, 0);
}

#[test]
fn a_field_that_the_system_drops_is_found_after_one_batch() {
    let (home, mut system) = (folder(), Memory::with(0..500));
    system.drops = Some(0);
    let summary = run(&mut system, home.path(), rows(0..500, 1), 1, &settings()).unwrap();
    assert_eq!((summary.calls, summary.written, summary.left), (1, 50, 450));
    assert_eq!(summary.stopped, Some(Stopped::NotHeld));
    assert_eq!(summary.read_back.unwrap().different[0].1, "probability");
    // The whole batch is in doubt, and written once the field is there.
    assert_eq!(summary.in_doubt, 50);
    system.drops = None;
    let summary = run(&mut system, home.path(), rows(0..500, 1), 1, &settings()).unwrap();
    assert!(summary.complete() && summary.in_doubt == 0, "{summary:?}");
}

#[test]
fn newer_scores_stay_even_where_only_the_system_knows_of_them() {
    let (home, mut system) = (folder(), Memory::with(0..10));
    system.records.insert(key(2), row(2, 9).values);
    let always = Settings { read_first: ReadFirst::Always, ..settings() };
    let summary = run(&mut system, home.path(), rows(0..10, 5), 5, &always).unwrap();
    assert_eq!((summary.written, summary.superseded), (9, 1));
    assert_eq!(system.records[&key(2)], row(2, 9).values);
}

#[test]
fn a_question_that_is_refused_rejects_no_record() {
    let (home, mut system) = (folder(), Memory::with(0..10));
    system.refuses_reading = true;
    let always = Settings { read_first: ReadFirst::Always, ..settings() };
    let summary = run(&mut system, home.path(), rows(0..10, 1), 1, &always).unwrap();
    assert_eq!((summary.rejected, summary.left, summary.calls), (0, 10, 0));
    assert!(matches!(summary.stopped, Some(Stopped::Refused(_))));
    // Where reading is for comparison only, its refusal is told and the records are written.
    let summary = run(&mut system, home.path(), rows(0..10, 1), 1, &settings()).unwrap();
    assert_eq!((summary.written, summary.read_back), (10, None));
    assert!(summary.not_known[0].contains("reading back failed"), "{:?}", summary.not_known);
}

#[test]
fn a_storm_ends_the_run_early_with_few_calls_and_the_next_run_resumes() {
    let (home, mut system) = (folder(), Memory::with(0..1_000));
    system.faults.call = 1_000;
    let summary = run(&mut system, home.path(), rows(0..1_000, 1), 1, &settings()).unwrap();
    assert!(summary.stopped.is_some() && !summary.complete() && summary.left > 0, "{summary:?}");
    assert!(summary.calls <= 12, "{}", summary.calls);
    system.faults.call = 0;
    assert!(run(&mut system, home.path(), rows(0..1_000, 1), 1, &settings()).unwrap().complete());
}

#[test]
fn the_rate_is_kept() {
    let (home, mut system) = (folder(), Memory::with(0..1_000));
    system.max_batch = 1;
    let summary =
        run(&mut system, home.path(), rows(0..1_000, 1), 1, &Settings { read_back: 0, ..settings() }).unwrap();
    // Ten calls at once, 990 at ten a second.
    assert_eq!((summary.calls, summary.waited.as_secs()), (1_000, 99));
}

#[test]
fn a_run_that_is_told_to_stop_finishes_its_batch_and_leaves_the_rest() {
    let (home, mut system) = (folder(), Memory::with(0..500));
    let (mapping, version, settings, clock) = (mapping(), version(1), settings(), TestClock::default());
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 8
    };
    let mut ledger = Ledger::open(home.path(), "memory").unwrap();
    let job = Job {
        target: &mut system,
        mapping: &mapping,
        version: &version,
        settings: &settings,
        clock: &clock,
        stop: &stop,
    };
    let summary = job.run(&mut ledger, rows(0..500, 1)).unwrap();
    assert_eq!(summary.stopped, Some(Stopped::Interrupted));
    assert_eq!((summary.written + summary.left, summary.in_doubt), (500, 0));
    assert!(summary.written > 0 && summary.left > 0);
}

#[test]
fn a_dry_run_tells_old_and_new_and_what_it_cannot_know_and_writes_nothing() {
    let (home, mut system) = (folder(), Memory::with(0..3));
    system.records.insert(key(0), row(0, 1).values);
    let (mapping, version, settings, clock) = (mapping(), version(1), settings(), TestClock::default());
    let ledger = Ledger::open(home.path(), "memory").unwrap();
    for ask in [false, true] {
        let mut lines = Vec::new();
        let job = Job {
            target: &mut system,
            mapping: &mapping,
            version: &version,
            settings: &settings,
            clock: &clock,
            stop: &|| false,
        };
        let summary = job
            .dry_run(&ledger, rows(0..4, 1), ask, &mut |planned| {
                lines.push((planned.key.to_owned(), planned.field.to_owned(), planned.old.clone()));
                Ok(())
            })
            .unwrap();
        assert_eq!(summary.planned, 4);
        if ask {
            assert_eq!((lines.len(), summary.held_already, summary.no_match), (6, 1, 1));
            assert_eq!(lines[0], (key(1), "probability".to_owned(), Old::Holds(Value::Null)));
            assert!(summary.not_known.is_empty());
        } else {
            assert_eq!(lines.len(), 12);
            assert!(lines.iter().all(|(.., old)| *old == Old::NotAsked));
            assert_eq!(summary.not_known.len(), 1);
        }
    }
    assert_eq!(system.calls, 0);
}

#[test]
fn only_the_keys_that_were_asked_for_and_no_more_than_the_limit() {
    let (home, mut system) = (folder(), Memory::with(0..100));
    let only = Settings { only_keys: Some([key(7), key(8)].into()), ..settings() };
    let summary = run(&mut system, home.path(), rows(0..100, 1), 1, &only).unwrap();
    assert_eq!((summary.written, summary.not_selected), (2, 98));
    let limit = Settings { limit: Some(10), ..settings() };
    let summary = run(&mut system, home.path(), rows(0..100, 1), 1, &limit).unwrap();
    assert_eq!((summary.written, summary.held_back, summary.unchanged), (10, 88, 2));
}

#[test]
fn a_forgotten_customer_leaves_nothing_behind() {
    let (home, mut system) = (folder(), Memory::with(0..10));
    run(&mut system, home.path(), rows(0..10, 1), 1, &settings()).unwrap();
    let mut ledger = Ledger::open(home.path(), "memory").unwrap();
    assert_eq!(ledger.forget([key(3).as_str(), "unknown"]).unwrap(), 1);
    assert_eq!(ledger.len(), 9);
    drop(ledger);
    let hash = crate::fingerprint::KeyHash::of(&key(3)).0;
    for name in ["state", "journal"] {
        let bytes = std::fs::read(home.path().join(name)).unwrap();
        for wanted in [hash.to_be_bytes(), hash.to_le_bytes()] {
            assert!(!bytes.windows(16).any(|window| window == wanted), "{name}");
        }
    }
}

#[test]
fn a_run_has_an_end() {
    let (home, mut system) = (folder(), Memory::with(0..1_000));
    system.max_batch = 1;
    let patience = Patience { whole_run: Duration::from_secs(10), ..Patience::default() };
    let summary = run(&mut system, home.path(), rows(0..1_000, 1), 1, &Settings { patience, ..settings() }).unwrap();
    assert_eq!(summary.stopped, Some(Stopped::OutOfTime));
    assert!((100..120).contains(&summary.written), "{}", summary.written);
}
