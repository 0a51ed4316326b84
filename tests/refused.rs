//! Exports that nothing can be learnt from: every command that needs a model says why with exit code 3, does not panic,
//! and leaves nothing behind.

mod common;

use common::{Folder, HEADER, export, orders, project_until};

#[track_caller]
fn refused(transactions: &str, words: &str) {
    for command in ["run", "train"] {
        let folder = Folder::shop(&project_until("2026-01-01"), transactions);
        let before = folder.names(".");
        let ended = folder.churn(command, &[]);
        assert_eq!(ended.code, 3, "{command}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{command}: expected \"{words}\" in: {}", ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        assert_eq!(folder.names("."), before, "{command} left something behind");
    }
}

/// A customer who buys on these days of 2025, counted from 0.
fn buys(customer: usize, days: impl Iterator<Item = i32>) -> Vec<String> {
    let start: history::Date = "2025-01-01".parse().expect("a date");
    days.map(|day| format!("C{customer:03},{}T10:00:00,12.50,{customer}-{day}", start.plus_days(day))).collect()
}

#[test]
fn an_empty_file() {
    refused("", "found an empty file");
}

#[test]
fn a_header_only() {
    refused(HEADER, "expected rows below the header");
}

#[test]
fn a_missing_column() {
    refused(&export(&orders()).replacen("amount", "total", 1), "expected a column \"amount\"");
}

#[test]
fn one_purchase_of_each_customer() {
    let rows: Vec<String> = (0..364).flat_map(|c| buys(c, std::iter::once(c as i32))).collect();
    refused(&export(&rows), "customers who bought on more than one day");
}

#[test]
fn nobody_churns() {
    let rows: Vec<String> = (0..80).flat_map(|c| buys(c, (0..365).step_by(5 + c % 3))).collect();
    refused(&export(&rows), "expected both churners and customers who stayed");
}

#[test]
fn everybody_churns() {
    // Two purchases in spring, never again: at later dates nobody is eligible, at earlier ones everybody is lost.
    let rows: Vec<String> = (0..80).flat_map(|c| buys(c, [80 + c as i32 % 10, 100].into_iter())).collect();
    let more = buys(99, [0, 364].into_iter());
    refused(&export(&[rows, more].concat()), "churners");
}

#[test]
fn less_history_than_twice_the_horizon() {
    let rows: Vec<String> = (0..80).flat_map(|c| buys(c, (310..365).step_by(5 + c % 9))).collect();
    refused(&export(&rows), "twice the horizon");
}
