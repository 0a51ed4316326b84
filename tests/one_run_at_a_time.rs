//! Two runs never write to one folder.

mod common;

use std::fs::File;

use common::{Folder, export, orders, project_until};

#[test]
fn a_second_run_is_refused_and_names_the_holder_until_the_lock_is_free() {
    let folder = Folder::shop(&project_until("2026-01-01"), &export(&orders()));
    std::fs::create_dir(folder.path("out")).expect("a new folder");
    folder.write("out/.churn.lock", "4242\n");
    let held = File::open(folder.path("out/.churn.lock")).expect("the lock file");
    held.lock().expect("nobody else has it");

    let ended = folder.churn("features", &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("error: another run (process 4242) is writing to "), "{}", ended.stderr);
    assert_eq!(folder.names("out"), [".churn.lock"]);

    // `check` writes nothing and may look at any time; another folder is another matter.
    assert_eq!(folder.churn("check", &[]).code, 0);
    let elsewhere = folder.path("elsewhere").display().to_string();
    assert_eq!(folder.churn("features", &["--out", &elsewhere]).code, 0);

    drop(held);
    assert_eq!(folder.churn("features", &[]).code, 0);
}

#[test]
fn what_a_killed_run_left_behind_is_removed_and_nothing_else() {
    let folder = Folder::shop(&project_until("2026-01-01"), &export(&orders()));
    std::fs::create_dir(folder.path("out")).expect("a new folder");
    folder.write("out/.churn-Ab12Cd.tmp", "half a file");
    folder.write("out/notes.tmp", "mine");
    assert_eq!(folder.churn("features", &[]).code, 0);
    assert_eq!(folder.names("out"), ["cache", "features.parquet", "notes.tmp", "rejects.csv"]);
}
