//! Thousands of seeded plans of faults: whatever happens, each record ends with exactly the planned value.

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::memory::*;
use crate::*;

const RECORDS: usize = 1_000;

/// How many seeds: a few hundred, or 10,000 before a release. `CHURN_SEED` replays one.
fn seeds() -> std::ops::Range<u64> {
    match std::env::var("CHURN_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None if std::env::var_os("CHURN_LONG_TESTS").is_some() => 0..10_000,
        None => 0..300,
    }
}

/// One company, one plan of faults: two nights, run until they are done.
fn two_nights(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut system = Memory::with((0..RECORDS).filter(|n| n % 97 != 5));
    system.random = ChaCha8Rng::seed_from_u64(seed ^ 0x5EED);
    system.max_batch = [1, 7, 50, 200][random.random_range(0..4)];
    system.reads = random.random_range(0..4) > 0;
    system.batch_refuses = random.random();
    system.poison = (0..random.random_range(0..6)).map(|_| key(random.random_range(0..RECORDS))).collect();
    let calls_of_one = system.max_batch == 1;
    system.faults = Faults {
        call: random.random_range(0..if calls_of_one { 60 } else { 400 }),
        record: random.random_range(0..60),
        stop: random.random_range(0..if calls_of_one { 2 } else { 20 }),
        reading: random.random_range(0..300),
    };
    let settings = Settings { seed, ..Settings::default() };
    let there: BTreeSet<String> = system.records.keys().cloned().collect();
    let folder = folder();
    for day in [1, 2] {
        system.acknowledged.clear();
        let begun = system.history.len();
        let mut runs = 0;
        let last = loop {
            let summary = run(&mut system, folder.path(), rows(0..RECORDS, day), day, &settings).unwrap();
            let counted = summary.unchanged
                + summary.below_step
                + summary.superseded
                + summary.written
                + summary.held_already
                + summary.no_match
                + summary.rejected
                + summary.left;
            assert_eq!((counted, summary.rows), (RECORDS as u64, RECORDS as u64), "seed {seed}: {summary:?}");
            assert_eq!(summary.created, 0, "seed {seed}");
            runs += 1;
            assert!(runs < 200, "seed {seed}: {summary:?}");
            if summary.left == 0 && summary.stopped.is_none() {
                break summary;
            }
        };
        // 0 lost, 0 created, nothing else than the planned values ever written.
        assert_eq!(system.records.keys().cloned().collect::<BTreeSet<_>>(), there, "seed {seed}");
        for n in 0..RECORDS {
            let Some(held) = system.records.get(&key(n)) else { continue };
            let planned = row(n, day).values;
            let below = day == 2 && row(n, 1).values[1] == planned[1] && close(&row(n, 1), &row(n, 2));
            if !system.poison.contains(&key(n)) && !below {
                assert_eq!(*held, planned, "seed {seed}, night {day}, {}", key(n));
            }
        }
        for (key, values) in &system.history[begun..] {
            let n: usize = key[2..].parse().unwrap();
            assert_eq!(*values, row(n, day).values, "seed {seed}, night {day}");
        }
        assert_eq!(system.resent, 0, "seed {seed}: what was acknowledged was sent again");
        let poison = system.poison.iter().filter(|key| there.contains(*key)).count() as u64;
        assert!(last.rejected >= poison, "seed {seed}: {last:?}");
        assert_eq!(last.in_doubt, last_doubt(&last, &system), "seed {seed}: {last:?}");
        // A third run has nothing to write but what is not taken or not there.
        system.faults = Faults { call: 0, record: 0, stop: 0, ..system.faults };
        let again = run(&mut system, folder.path(), rows(0..RECORDS, day), day, &settings).unwrap();
        assert_eq!((again.written, again.left), (0, 0), "seed {seed}: {again:?}");
        if day == 2 {
            // Last night's scores, found again, never go over newer ones.
            let before = system.records.clone();
            let old = run(&mut system, folder.path(), rows(0..RECORDS, 1), 1, &settings).unwrap();
            assert_eq!(old.written + old.held_already, 0, "seed {seed}: {old:?}");
            assert_eq!(system.records, before, "seed {seed}");
        }
    }
}

fn close(a: &Row, b: &Row) -> bool {
    let number = |row: &Row| match &row.values[0] {
        Value::Number(number) => number.unscaled(),
        _ => unreachable!("a probability"),
    };
    number(a).abs_diff(number(b)) < 100
}

/// Only what is rejected for good may stay in doubt, where an attempt before was unclear.
fn last_doubt(last: &Summary, system: &Memory) -> u64 {
    if last.in_doubt > system.poison.len() as u64 { u64::MAX } else { last.in_doubt }
}

#[test]
fn whatever_fails_each_record_ends_with_exactly_the_planned_value() {
    for seed in seeds() {
        two_nights(seed);
    }
}
