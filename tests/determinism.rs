//! The whole run on the sample, in ways that must not show: threads, the split into files, the order of rows. With
//! `CHURN_LONG_TESTS=1` on more of each.

mod common;
#[path = "common/sample_run.rs"]
mod sample_run;

use common::Folder;
use sample_run::{everything, same, sample, text};

fn is_long() -> bool {
    std::env::var("CHURN_LONG_TESTS").is_ok_and(|value| value == "1")
}

#[track_caller]
fn ran(folder: &Folder, options: &[&str]) {
    let ended = folder.churn("run", &[options, &["--no-cache"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn numbers_of_threads_that_divide_nothing_evenly() {
    // One, two, four and sixteen are in the tests of the main job.
    let first = sample();
    ran(&first, &["--threads", "3"]);
    let others: &[&str] = if is_long() { &["1", "2", "4", "5", "8", "16"] } else { &["8"] };
    for threads in others {
        let other = sample();
        ran(&other, &["--threads", threads]);
        same(&first, &other);
    }
}

#[test]
fn transactions_in_7_and_in_64_files() {
    let first = sample();
    ran(&first, &[]);
    for files in [7, 64] {
        let split = sample();
        let table = text(&split, "transactions.csv");
        let mut lines = table.lines();
        let header = lines.next().expect("a header");
        let rows: Vec<&str> = lines.collect();
        // Dealt in turn, so that the rows of a customer, and of a day, are in many of them.
        for file in 0..files {
            let part: Vec<&str> = rows.iter().skip(file).step_by(files).copied().collect();
            split.write(&format!("part-{file:02}.csv"), &format!("{header}\n{}\n", part.join("\n")));
        }
        let project = text(&split, "churn.toml").replace("\"transactions.csv\"", "\"part-*.csv\"");
        split.write("churn.toml", &project);
        ran(&split, &[]);
        same(&first, &split);
    }
}

#[test]
fn rows_in_any_order() {
    let first = sample();
    ran(&first, &[]);
    let expected = everything(&first);
    for order in 1..=if is_long() { 20 } else { 2_u64 } {
        let other = sample();
        for name in ["transactions.csv", "customers.csv", "events.csv"] {
            let table = text(&other, name);
            let mut lines: Vec<&str> = table.lines().collect();
            let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            lines[1..].sort_by_key(|line| line.bytes().fold(order.wrapping_mul(0x9e37_79b9_7f4a_7c15), mix));
            other.write(name, &(lines.join("\n") + "\n"));
        }
        ran(&other, &[]);
        assert!(everything(&other) == expected, "order {order}");
    }
}
