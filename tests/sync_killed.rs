//! `churn sync` killed at random moments: the runs after it end with what an unbroken run would have written, and no record is
//! written twice.

mod common;
#[path = "common/synced.rs"]
mod synced;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Folder;
use synced::{CRM, count_writes, crm, held, score_rows, sync, with_targets, writes};

const CUSTOMERS: usize = 20_000;

/// Scores of many customers by a model of the project, as of a day; of the second day all differ from those of the first.
fn write_scores(folder: &Folder, model: &str, day: usize) {
    let header = "customer_id,as_of,model,state,churn_probability,probability_low,probability_high,risk_band,risk_percentile,\
                  expected_value,value_at_risk,segment,reason_1,reason_2,reason_3,return_probability\n";
    let mut text = header.to_owned();
    for n in 0..CUSTOMERS {
        let p = (n * 7_919 + day * 3_333) % 10_000;
        let band = ["low", "medium", "high", "critical"][p / 2_500];
        text += &format!("C{n:06},2026-07-{day:02},{model},eligible,0.{p:04},,,{band},,,{p}.50,,reason {},,,\n", p % 9);
    }
    folder.write("out/scores.csv", &text);
    let _ = std::fs::remove_file(folder.path("out/scores.parquet"));
}

const KEPT: [&str; 3] = ["crm.db", "out/sync/crm/state", "out/sync/crm/journal"];

/// The database and the memory of it, as they are.
fn kept(folder: &Folder) -> Vec<Vec<u8>> {
    KEPT.iter().map(|name| folder.read(name)).collect()
}

fn restore(folder: &Folder, kept: &[Vec<u8>]) {
    // What a killed process was about to undo is of another database.
    let _ = std::fs::remove_file(folder.path("crm.db-journal"));
    for (name, bytes) in KEPT.iter().zip(kept) {
        std::fs::write(folder.path(name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

fn spawn(folder: &Path) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_churn"))
        .arg("sync")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be started")
}

#[test]
fn killed_runs_end_as_an_unbroken_one_and_write_no_record_twice() {
    let kills = if std::env::var_os("CHURN_LONG_TESTS").is_some() { 200 } else { 20 };
    let folder = with_targets(CRM);
    let model = score_rows(&folder)[0][2].clone();
    let database = folder.path("crm.db");
    std::fs::remove_file(&database).expect("it was there");
    let ids: Vec<String> = (0..CUSTOMERS).map(|n| format!("C{n:06}")).collect();
    crm(&database, ids.iter().map(String::as_str));
    write_scores(&folder, &model, 1);
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["written"]), (0, &CUSTOMERS.into()), "{said}");
    // The second night: every record changes.
    write_scores(&folder, &model, 2);
    count_writes(&database);
    let before = kept(&folder);

    let begun = Instant::now();
    let (ended, said) = sync(&folder, &[]);
    let took = begun.elapsed();
    assert_eq!((ended.code, &said["written"]), (0, &CUSTOMERS.into()), "{said}");
    let planned = held(&database);
    assert_eq!(writes(&database), ids);

    let mut random: u64 = 88_172_645_463_325_252;
    let (mut killed, mut within) = (0, 0);
    while killed < kills {
        restore(&folder, &before);
        // Up to three kills in a row.
        for _ in 0..3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut child = spawn(&folder.path(""));
            std::thread::sleep(Duration::from_micros(random % (took.as_micros() as u64 + 1)));
            let was_running = child.try_wait().expect("a child").is_none();
            child.kill().expect("killed");
            child.wait().expect("ended");
            killed += usize::from(was_running);
        }
        within += usize::from(!matches!(writes(&database).len(), 0 | CUSTOMERS));
        let (ended, said) = sync(&folder, &[]);
        assert_eq!((ended.code, &said["in_doubt"]), (0, &0.into()), "{said}");
        assert_eq!(held(&database), planned);
        assert_eq!(writes(&database), ids, "each record once");
        assert_eq!(sync(&folder, &[]).1["unchanged"], CUSTOMERS, "and nothing is left to do");
    }
    assert!(within > 0, "no kill came while records were written");
}
