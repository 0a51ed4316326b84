#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]
//! A million rows of which one in a hundred changed: what it takes. A tenth of that, unless `CHURN_LONG_TESTS` is set.

use std::process::Command;
use std::time::Duration;

use crm::*;

const FOLDER: &str = "CRM_MILLION_FOLDER";

/// A system that takes everything and keeps nothing.
struct Taking {
    batch: usize,
    records: u64,
}

impl Target for Taking {
    fn name(&self) -> String {
        "taking".to_owned()
    }
    fn identity(&self) -> String {
        "taking".to_owned()
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_batch: self.batch,
            reads: false,
            max_read: 1,
            atomicity: Atomicity::Record,
            update_only: true,
            upsert: false,
            unknown_field: UnknownField::Refused,
            rate: Rate { calls: 1_000_000, per: Duration::from_secs(1), burst: 1_000_000 },
        }
    }
    fn preflight(&mut self, _: &Mapping) -> Result<Preflight, Failure> {
        Ok(Preflight::default())
    }
    fn read(&mut self, _: &Mapping, _: &[&str]) -> Result<Vec<Held>, Failure> {
        Err(Failure::Stop { why: "it cannot be read".to_owned() })
    }
    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        self.records += batch.rows.len() as u64;
        Ok(vec![Outcome::Written; batch.rows.len()])
    }
}

fn customers() -> i64 {
    if std::env::var_os("CHURN_LONG_TESTS").is_some() { 1_000_000 } else { 100_000 }
}

fn sync(folder: &std::path::Path, night: i64, batch: usize) -> (Summary, u64) {
    let step = Compare::Within(Decimal::new(100, 4).unwrap());
    let fields = vec![
        Field::new("churn_probability", Kind::Number { decimals: 4 }).compare(step),
        Field::new("risk_band", Kind::Text),
        Field::new("reason_1", Kind::Text),
        Field::new("reason_2", Kind::Text),
        Field::new("value_at_risk", Kind::Number { decimals: 2 }),
        Field::new("as_of", Kind::Date).compare(Compare::Along),
    ];
    let mapping = Mapping::new(fields, Some("as_of")).unwrap();
    let as_of: jiff::civil::Date = format!("2026-10-{night:02}").parse().unwrap();
    let version = Version { as_of, order: 1, model: "m".to_owned() };
    let row = |n: i64| {
        // The first night, or another night for one in a hundred; small changes for the others.
        let changed = if n % 100 == 0 { night } else { 1 };
        let p = (n * 7_919 + changed * 4_000) % 9_900;
        let values = vec![
            Value::Number(Decimal::new(p + night % 2, 4).unwrap()),
            Value::Text(["low", "medium", "high", "critical"][(p / 2_500) as usize].to_owned()),
            Value::Text(format!("has not bought for {} days", p % 400)),
            Value::Text("opens fewer mails".to_owned()),
            Value::Number(Decimal::new(p * 3, 2).unwrap()),
            Value::Date(as_of),
        ];
        Ok::<_, std::convert::Infallible>(Row { key: format!("customer-{n:09}"), values })
    };
    let mut target = Taking { batch, records: 0 };
    let mut ledger = Ledger::open(folder, "taking").unwrap();
    let (clock, settings) = (SystemClock::start(), Settings::default());
    let job = Job {
        target: &mut target,
        mapping: &mapping,
        version: &version,
        settings: &settings,
        clock: &clock,
        stop: &|| false,
    };
    let summary = job.run(&mut ledger, (0..customers()).map(row)).unwrap();
    (summary, target.records)
}

/// The most memory that this process had, in KiB.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// What is measured, in a process of its own; nothing where it is not one.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let before = std::time::Instant::now();
    // A batch of one is the worst for the journal.
    let (summary, records) = sync(folder.as_ref(), 2, 1);
    let changed = customers() as u64 / 100;
    assert_eq!((summary.planned, summary.written, records), (changed, changed, changed), "{summary:?}");
    assert_eq!(summary.below_step, customers() as u64 - changed);
    let a_record = summary.journal_bytes as f64 / changed as f64;
    assert!(a_record < 100.0, "{a_record} bytes of journal a record");
    let memory = most_memory();
    eprintln!(
        "{} rows, {changed} written: {memory:?} KiB, {a_record:.1} bytes of journal a record, {:?}",
        customers(),
        before.elapsed()
    );
    assert!(memory.is_none_or(|memory| memory < 200 << 10), "{memory:?} KiB");
}

#[test]
fn a_night_on_which_one_in_a_hundred_changed_costs_as_many_writes_and_little_memory() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (summary, _) = sync(home.path(), 1, 1_000);
    assert_eq!(summary.written, customers() as u64);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stdout));
    eprint!("{said}");
}
