//! How much memory a run may take, and what it remembers of the run before: neither changes a byte of what it writes.

mod common;

use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Folder, export, orders, project_until};

const UNTIL: &str = "2026-01-01";

/// So many rows that a limit of one megabyte does not hold them.
fn many() -> String {
    let rows: Vec<String> = (0..60_000)
        .map(|at: u32| {
            let day = at % 330;
            let date = format!("2025-{:02}-{:02}T{:02}:00:00", 1 + day / 30, 1 + day % 28, at % 24);
            format!("c{},{date},{}.{:02},{}", at.wrapping_mul(7_919) % 3_001, at % 97, at % 100, at / 3)
        })
        .collect();
    export(&rows)
}

fn features(folder: &Folder, options: &[&str]) -> Vec<u8> {
    let ended = folder.churn("features", &[&["--as-of", "2025-11-01"], options].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    folder.read("out/features.parquet")
}

#[test]
fn memory_and_the_cache_change_no_byte_of_the_features() {
    let folder = Folder::shop(&project_until("2025-11-20"), &many());
    let expected = features(&folder, &["--no-cache"]);
    assert_eq!(folder.names("out"), ["features.parquet", "rejects.csv"]);
    for options in [&["--no-cache", "--memory", "1MB"][..], &["--memory", "1MB"], &["--memory", "1MB"], &[]] {
        assert!(expected == features(&folder, options), "{options:?}");
    }
    assert_eq!(folder.names("out"), ["cache", "features.parquet", "rejects.csv"]);
    assert_eq!(folder.names("out/cache"), ["transactions.rows"]);
}

#[test]
fn many_files_are_one_export() {
    let rows = orders();
    let whole = Folder::shop(&project_until(UNTIL), &export(&rows));
    let expected = features(&whole, &[]);
    let project = project_until(UNTIL).replace("orders.csv", "exports/o-*.csv");
    let parts = Folder::shop(&project, "");
    std::fs::create_dir(parts.path("exports")).expect("a new folder");
    for (at, part) in rows.chunks(rows.len().div_ceil(3)).enumerate() {
        parts.write(&format!("exports/o-{at}.csv"), &export(part));
    }
    for _ in 0..2 {
        assert!(expected == features(&parts, &[]));
    }
    parts.write("exports/o-8.csv", &export(&rows[..5]));
    parts.write("exports/o-9.csv", &export(&rows[..5]));
    let ended = parts.churn("features", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("o-8.csv and ") && ended.stderr.contains("o-9.csv have the same content"));
}

#[test]
fn a_damaged_cache_is_said_and_made_again() {
    let folder = Folder::shop(&project_until(UNTIL), &export(&orders()));
    let expected = features(&folder, &[]);
    folder.write("out/cache/transactions.rows", "rows of another kind");
    let ended = folder.churn("features", &["--as-of", "2025-11-01"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains("transactions.rows: damaged, or of another version; the exports were read instead"));
    assert!(expected == folder.read("out/features.parquet"));
    assert!(expected == features(&folder, &[]));
}

#[test]
fn a_run_that_is_killed_harms_no_run_after_it() {
    let folder = Folder::shop(&project_until("2025-11-20"), &many());
    let expected = features(&folder, &["--no-cache"]);
    for milliseconds in (0..60).step_by(3) {
        let _ = std::fs::remove_dir_all(folder.path("out"));
        let mut run = Command::new(env!("CARGO_BIN_EXE_churn"));
        run.arg("features").arg(folder.path(".")).args(["--memory", "1MB"]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program can be started");
        std::thread::sleep(Duration::from_millis(milliseconds));
        run.kill().expect("it can be killed");
        run.wait().expect("it has ended");
        assert!(expected == features(&folder, &[]), "killed after {milliseconds} ms");
        assert_eq!(folder.names("out/cache"), ["transactions.rows"]);
    }
}

#[test]
fn looking_at_an_export_keeps_nothing_of_it() {
    let folder = Folder::shop(&project_until(UNTIL), &export(&orders()));
    let before = folder.names(".");
    assert_eq!(folder.churn("check", &[]).code, 0);
    assert_eq!(folder.names("."), before);
}

#[test]
fn sizes_of_memory_have_a_unit() {
    let folder = Folder::shop(&project_until(UNTIL), &export(&orders()));
    let ended = folder.churn("check", &["--memory", "lots"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("expected a size from 1MB, such as 512MB"), "{}", ended.stderr);
}
