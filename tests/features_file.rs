//! The file of features: the same for the same past, whatever else is in the export or how it is read.

mod common;

use common::{Folder, export, orders, project_until};

const AS_OF: &str = "2025-10-01";

/// The features file as of [`AS_OF`].
fn features(project: &str, rows: &[String], options: &[&str]) -> Vec<u8> {
    let folder = Folder::shop(project, &export(rows));
    let ended = folder.churn("features", &[&["--as-of", AS_OF], options].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(folder.names("out"), ["cache", "features.parquet", "rejects.csv"]);
    folder.read("out/features.parquet")
}

fn is_before(row: &str, date: &str) -> bool {
    row.split(',').nth(1).expect("a timestamp") < date
}

#[test]
fn rows_from_the_as_of_date_on_change_nothing() {
    let all = orders();
    let cut: Vec<String> = all.iter().filter(|row| is_before(row, AS_OF)).cloned().collect();
    assert!(cut.len() < all.len());
    let full = features(&project_until("2026-01-01"), &all, &[]);
    assert!(full.starts_with(b"PAR1"));
    assert!(full == features(&project_until(AS_OF), &cut, &[]));
    // The last row before it does.
    let last = cut.iter().max_by_key(|row| row.split(',').nth(1)).expect("a row");
    let without: Vec<String> = all.iter().filter(|row| *row != last).cloned().collect();
    assert!(full != features(&project_until("2026-01-01"), &without, &[]));
}

#[test]
fn the_order_of_the_rows_and_the_number_of_threads_change_nothing() {
    let rows = orders();
    let project = project_until("2026-01-01");
    let expected = features(&project, &rows, &[]);
    let mut shuffled = rows.clone();
    shuffled.sort_by_key(|row| row.bytes().fold(7_u32, |hash, b| hash.wrapping_mul(31).wrapping_add(u32::from(b))));
    assert_ne!(shuffled, rows);
    assert!(expected == features(&project, &shuffled, &[]));
    for threads in ["1", "2", "7"] {
        assert!(expected == features(&project, &rows, &["--threads", threads]), "{threads} threads");
    }
}

#[test]
fn an_as_of_date_that_the_export_cannot_show_is_refused() {
    let folder = Folder::shop(&project_until("2026-01-01"), &export(&orders()));
    for (date, words) in [
        ("2026-01-02", "--as-of: expected a date up to 2026-01-01, through which the export is complete"),
        ("2025-01-01", "--as-of: expected a date after 2025-01-"),
        ("2025-02-30", "expected a date such as 2026-03-05"),
    ] {
        let ended = folder.churn("features", &["--as-of", date]);
        assert_eq!(ended.code, 2, "{date}");
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    assert!(!folder.path("out/features.parquet").exists());
}

#[test]
fn an_export_older_than_it_is_said_to_be_is_refused() {
    let folder = Folder::shop(&project_until("2027-01-01"), &export(&orders()));
    let ended = folder.churn("features", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("without a single purchase every customer would look lost"), "{}", ended.stderr);
    assert!(!folder.path("out").exists());
}

#[test]
fn rejected_rows_stand_in_their_own_file_with_their_place() {
    let mut rows = orders();
    rows[3] = "C001,2025-03-05,12 EUR,x".to_owned();
    let folder = Folder::shop(&project_until("2026-01-01"), &export(&rows));
    let ended = folder.churn("features", &["--max-rejects", "5"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let rejects = String::from_utf8(folder.read("out/rejects.csv")).expect("text");
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines[0], "file,line,column,code,reason");
    assert!(lines[1].starts_with("orders.csv,5,amount,bad_amount,"), "{rejects}");
    assert_eq!(lines.len(), 2);
}

#[test]
fn the_catalogue_needs_no_project() {
    let folder = Folder::empty();
    let markdown = folder.churn("features", &["--list", "--format", "markdown"]);
    assert_eq!(markdown.code, 0);
    let lines: Vec<&str> = markdown.stdout.lines().collect();
    assert_eq!(lines[..2], ["| name | family | unit | window | description |", "|---|---|---|---|---|"]);
    let listed = folder.churn("features", &["--list", "--format", "json"]);
    let entries: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(entries.as_array().expect("a list").len(), lines.len() - 2);
    assert_eq!((&entries[0]["name"], &entries[0]["unit"]), (&"recency_days".into(), &"days".into()));
    assert!(folder.names(".").is_empty());
}
