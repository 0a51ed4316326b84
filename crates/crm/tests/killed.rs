#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]
//! A run in a process of its own, killed at a random moment, and the runs after it: the target ends as after an unbroken one.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crm::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CUSTOMERS: i64 = 1_500;
/// Calls of an unbroken run: twenty records each, one in a hundred more than there are.
const CALLS: u32 = 76;
const FOLDER: &str = "CRM_KILLED_FOLDER";
/// At which call the process is killed: even numbers before it is done, odd ones after.
const CALL: &str = "CRM_KILLED_CALL";

/// The table with small batches, so that there is much to be killed in.
struct Small {
    table: Sqlite,
    calls: u32,
    killed_at: Option<u32>,
}

impl Small {
    fn moment(&mut self) {
        if self.killed_at == Some(self.calls) {
            let _ = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
        }
        self.calls += 1;
    }
}

impl Target for Small {
    fn name(&self) -> String {
        self.table.name()
    }
    fn identity(&self) -> String {
        "killed".to_owned()
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities { max_batch: 20, ..self.table.capabilities() }
    }
    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        self.table.preflight(mapping)
    }
    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        self.table.read(mapping, keys)
    }
    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        self.moment();
        let outcomes = self.table.write(batch);
        self.moment();
        outcomes
    }
}

fn row(n: i64, day: i64) -> Row {
    let p = (n * 7_919 + day * 1_733) % 10_000;
    let values = vec![Value::Number(Decimal::new(p, 4).unwrap()), Value::Text(format!("band {}", p % 7))];
    Row { key: format!("C-{n}"), values }
}

/// One run of the second night.
fn sync(folder: &Path, day: i64) -> Summary {
    let fields = vec![Field::new("probability", Kind::Number { decimals: 4 }), Field::new("band", Kind::Text)];
    let mapping = Mapping::new(fields, None).unwrap();
    let as_of: jiff::civil::Date = format!("2026-10-{day:02}").parse().unwrap();
    let version = Version { as_of, order: 1, model: "m".to_owned() };
    let table = Table { schema: None, table: "customers".to_owned(), key: "id".to_owned() };
    let killed_at = std::env::var(CALL).ok().and_then(|call| call.parse().ok());
    let table = Sqlite::open(&folder.join("crm.db"), table).unwrap();
    let mut target = Small { table, calls: 0, killed_at };
    let mut ledger = Ledger::open(&folder.join("ledger"), &target.identity()).unwrap();
    let (clock, settings) = (SystemClock::start(), Settings::default());
    let job = Job {
        target: &mut target,
        mapping: &mapping,
        version: &version,
        settings: &settings,
        clock: &clock,
        stop: &|| false,
    };
    // One in a hundred is not there.
    let rows = (0..CUSTOMERS + CUSTOMERS / 100).map(|n| Ok::<_, std::convert::Infallible>(row(n, day)));
    job.run(&mut ledger, rows).unwrap()
}

fn held(folder: &Path) -> Vec<(String, String, String)> {
    let connection = rusqlite::Connection::open(folder.join("crm.db")).unwrap();
    let mut all = connection.prepare("select id, cast(probability as text), band from customers order by id").unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("ledger")).unwrap();
    for name in ["crm.db", "ledger/state", "ledger/journal"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
    for name in ["crm.db-journal", "crm.db-wal"] {
        let _ = std::fs::remove_file(to.join(name));
    }
}

/// What the killed process does; nothing where it is not one.
#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        assert!(sync(Path::new(&folder), 2).complete());
    }
}

fn spawn(folder: &Path, call: Option<u32>) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(FOLDER, folder)
        .envs(call.map(|call| (CALL, call.to_string())))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_process_is_followed_by_one_that_ends_with_the_planned_values() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let start = home.path().join("start");
    std::fs::create_dir_all(&start).unwrap();
    let connection = rusqlite::Connection::open(start.join("crm.db")).unwrap();
    connection
        .execute_batch("create table customers (id text primary key, probability numeric, band text); begin")
        .unwrap();
    for n in 0..CUSTOMERS {
        connection.execute("insert into customers (id) values (?1)", [format!("C-{n}")]).unwrap();
    }
    connection.execute_batch("commit").unwrap();
    drop(connection);
    assert!(sync(&start, 1).complete());
    let unbroken = home.path().join("unbroken");
    copy(&start, &unbroken);
    let begun = Instant::now();
    assert!(spawn(&unbroken, None).wait().unwrap().success());
    let time = begun.elapsed();
    let expected = held(&unbroken);
    let kills = if std::env::var_os("CHURN_LONG_TESTS").is_some() { 200 } else { 25 };
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut unfinished, mut in_doubt) = (0, 0);
    for kill in 0..kills {
        let there = home.path().join("killed");
        copy(&start, &there);
        // Every third run is killed a second time, while it recovers.
        for _ in 0..1 + u32::from(kill % 3 == 0) {
            // By turns at a moment of the clock, and at one of its calls: before it was done, or after.
            let call = (kill % 2 == 1).then(|| random.random_range(0..2 * CALLS));
            let mut child = spawn(&there, call);
            if call.is_none() {
                std::thread::sleep(Duration::from_secs_f64(time.as_secs_f64() * random.random_range(0.0..1.1)));
                let _ = child.kill();
            }
            child.wait().unwrap();
        }
        let recovery = Ledger::open(&there.join("ledger"), "killed").unwrap().recovery();
        assert!(recovery.unfinished || kill % 2 == 0 || kill % 3 == 0, "kill {kill}: it was to end within the run");
        unfinished += u32::from(recovery.unfinished);
        in_doubt += u32::from(recovery.in_doubt > 0);
        let last = sync(&there, 2);
        assert!(last.complete() && last.in_doubt == 0, "kill {kill}: {last:?}");
        assert_eq!(held(&there), expected, "kill {kill}");
        assert_eq!(sync(&there, 2).calls, 1, "kill {kill}: only the records that are not there are asked for again");
        assert_eq!(sync(&there, 1).superseded, CUSTOMERS as u64, "kill {kill}");
    }
    assert!(unfinished > 0, "no kill hit a run: {kills} kills in {time:?}");
    eprintln!("{kills} kills, {unfinished} within a run, {in_doubt} of them with records in doubt");
}
