//! A session against a real server of Spark Connect.
//!
//! `CHURN_TEST_SPARK` says which: `host:port` of one that listens, whose files are this machine's; `skip`, or nothing at all, skips these tests and says so by name;
//! `required` without an address fails them, so that a job that means to run them cannot lose them silently.
//! `tests/spark/` starts servers. One test after the other (`--test-threads=1`): a long statement takes a small server whole.

#![cfg(feature = "connect")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use spark::{Address, EngineError, Settings, SqlEngine, Value, open};

/// Something that takes minutes: a sum that no engine knows a short way to.
const LONG: &str = "SELECT SUM(CAST(SHA2(CAST(a.id * 31 + b.id AS STRING), 256) LIKE '00%' AS INT)) AS n FROM RANGE(100000) a CROSS JOIN RANGE(100000) b";

/// Work in proportion to `rows` with a shuffle, a join and 65,536 rows as the result.
fn heavy(rows: u64) -> String {
    format!(
        "SELECT g.k, h.v, g.n, g.s FROM (SELECT SUBSTR(SHA2(CAST(id AS STRING), 256), 1, 4) AS k, COUNT(*) AS n, SUM(id) AS s FROM RANGE(0, {rows}, 1, 16) GROUP BY 1) g \
         JOIN (SELECT LPAD(LOWER(HEX(id)), 4, '0') AS k, id AS v FROM RANGE(65536)) h ON g.k = h.k"
    )
}

/// Whether the result of [`heavy`] at this path is whole.
fn assert_whole(engine: &dyn SqlEngine, path: &str, rows: u64) {
    let found =
        engine.rows(&format!("SELECT COUNT(*), COUNT(DISTINCT v), SUM(n), SUM(s) FROM parquet.`{path}`"), 1).unwrap();
    let whole =
        [65_536, 65_536, rows, rows * (rows - 1) / 2].map(|number| Value::Integer(i64::try_from(number).unwrap()));
    assert_eq!(found, [whole]);
}

fn server(test: &str) -> Option<Address> {
    match std::env::var("CHURN_TEST_SPARK").unwrap_or_default().as_str() {
        "" | "skip" => {
            eprintln!("*** SKIPPED: {test}: CHURN_TEST_SPARK names no server ***");
            None
        }
        "required" => panic!("{test}: CHURN_TEST_SPARK is `required`, but has no address"),
        address => Some(Address::parse(&format!("spark://{address}")).unwrap()),
    }
}

fn session(address: &Address) -> Box<dyn SqlEngine> {
    open(address, &Settings::default()).unwrap()
}

/// A path that nothing is at, under a folder that goes away with the guard.
fn new_path() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result").to_str().unwrap().to_owned();
    (folder, path)
}

fn parquet_files(path: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "parquet"))
        .collect()
}

#[test]
fn a_session_has_a_version_and_the_settings_that_answers_depend_on() {
    let Some(address) = server("a_session_has_a_version_and_the_settings_that_answers_depend_on") else { return };
    let engine = session(&address);
    assert!(engine.version().unwrap().starts_with(|sign: char| sign.is_ascii_digit()), "{:?}", engine.version());
    let rows = engine.rows("SELECT unix_micros(CAST('2024-07-01 00:00:00' AS TIMESTAMP)) AS t", 1).unwrap();
    assert_eq!(rows, [[Value::Integer(1_719_792_000_000_000)]]);
    let divided = engine.rows("SELECT id / (id - id) AS x FROM RANGE(1, 2)", 1).unwrap_err();
    assert!(matches!(divided, EngineError::Failed { .. }), "{divided:?}");
}

#[test]
fn columns_are_known_without_running_the_query() {
    let Some(address) = server("columns_are_known_without_running_the_query") else { return };
    let before = Instant::now();
    let columns = session(&address).columns(&format!("SELECT CAST(n AS BIGINT) AS n, 1.5E0 AS x, 'a' AS t, TRUE AS b, CAST(1 AS DECIMAL(18,2)) AS m, CAST(1 AS INT) AS i FROM ({LONG})"));
    let expected =
        [("n", "bigint"), ("x", "double"), ("t", "string"), ("b", "boolean"), ("m", "decimal(18,2)"), ("i", "int")];
    assert_eq!(columns.unwrap(), expected.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
    assert!(before.elapsed() < Duration::from_secs(60), "it was run");
}

#[test]
fn rows_come_with_every_kind_of_value() {
    let Some(address) = server("rows_come_with_every_kind_of_value") else { return };
    let engine = session(&address);
    let rows = engine
        .rows(
            "SELECT * FROM (VALUES (1, CAST(-9223372036854775807 AS BIGINT), 0.1E0, CAST(0.5 AS FLOAT), 'é\\'\n', TRUE), (2, NULL, NULL, NULL, NULL, NULL)) AS v(i, l, d, f, t, b) ORDER BY i",
            2,
        )
        .unwrap();
    let full = [
        Value::Integer(1),
        Value::Integer(-9_223_372_036_854_775_807),
        Value::Number(0.1),
        Value::Number(0.5),
        Value::Text("é'\n".to_owned()),
        Value::Boolean(true),
    ];
    let empty = [Value::Integer(2), Value::Null, Value::Null, Value::Null, Value::Null, Value::Null];
    assert_eq!(rows, [full, empty]);
    assert_eq!(engine.rows("SELECT NULL AS nothing", 1).unwrap(), [[Value::Null]]);
    assert_eq!(engine.rows("SELECT id FROM RANGE(5) WHERE id > 7", 0).unwrap(), Vec::<Vec<Value>>::new());
    let Value::Number(nan) = engine.rows("SELECT CAST('NaN' AS DOUBLE) AS x", 1).unwrap()[0][0] else {
        panic!("no number")
    };
    assert!(nan.is_nan());
    let refused = engine.rows("SELECT CAST(1 AS DECIMAL(18,2)) AS money", 1).unwrap_err();
    assert!(matches!(&refused, EngineError::ColumnType { column, .. } if column == "money"), "{refused:?}");
}

#[test]
fn a_result_that_is_not_small_is_refused() {
    let Some(address) = server("a_result_that_is_not_small_is_refused") else { return };
    let engine = session(&address);
    assert_eq!(engine.rows("SELECT id FROM RANGE(1000)", 1000).unwrap().len(), 1000);
    let refused = engine.rows("SELECT id FROM RANGE(1001)", 1000).unwrap_err();
    assert!(matches!(refused, EngineError::TooManyRows { most: 1000 }), "{refused:?}");
    assert!(matches!(engine.rows("SELECT id FROM RANGE(1000000000)", 10), Err(EngineError::TooManyRows { .. })));
}

#[test]
fn what_is_written_can_be_read_back_and_is_never_written_over() {
    let Some(address) = server("what_is_written_can_be_read_back_and_is_never_written_over") else { return };
    let engine = session(&address);
    let (_folder, path) = new_path();
    engine
        .write_parquet("SELECT id, id * 0.5E0 AS half, CAST(id AS STRING) AS name FROM RANGE(100000)", &path)
        .unwrap();
    assert!(!parquet_files(&path).is_empty());
    let read = format!("SELECT COUNT(*), SUM(id), SUM(half), COUNT(DISTINCT name) FROM parquet.`{path}`");
    let sums = [[
        Value::Integer(100_000),
        Value::Integer(4_999_950_000),
        Value::Number(2_499_975_000.0),
        Value::Integer(100_000),
    ]];
    assert_eq!(engine.rows(&read, 1).unwrap(), sums);
    let refused = engine.write_parquet("SELECT 1 AS id", &path).unwrap_err();
    assert!(matches!(&refused, EngineError::PathExists { uri } if *uri == path), "{refused:?}");
    assert_eq!(engine.rows(&read, 1).unwrap(), sums);
}

#[test]
fn a_statement_that_fails_is_told_in_one_line_and_the_session_goes_on() {
    let Some(address) = server("a_statement_that_fails_is_told_in_one_line_and_the_session_goes_on") else { return };
    let engine = session(&address);
    let (_folder, path) = new_path();
    for sql in [
        "SELEC 1",
        "SELECT nowhere FROM RANGE(1)",
        "SELECT * FROM no_such_table",
        "SELECT CAST('x' || id AS BIGINT) AS n FROM RANGE(3)",
    ] {
        for refused in [engine.rows(sql, 10).unwrap_err(), engine.write_parquet(sql, &path).unwrap_err()] {
            let told = refused.to_string();
            eprintln!("{sql}: {told}");
            assert!(matches!(refused, EngineError::Failed { .. }), "{refused:?}");
            assert!(!told.contains('\n') && !told.contains("+-") && told.len() < 800, "{told}");
        }
    }
    assert!(matches!(engine.columns("SELECT nowhere FROM RANGE(1)"), Err(EngineError::Failed { .. })));
    assert!(matches!(engine.write_parquet("SELECT 1 AS a", " "), Err(EngineError::Setting { .. })));
    assert_eq!(engine.rows("SELECT 1 AS a", 1).unwrap(), [[Value::Integer(1)]]);
}

#[test]
fn a_cancelled_statement_ends_here_and_on_the_server() {
    let Some(address) = server("a_cancelled_statement_ends_here_and_on_the_server") else { return };
    let engine = session(&address);
    let canceller = engine.canceller();
    let before = Instant::now();
    let cancelling = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(3));
        canceller.cancel()
    });
    let (_folder, path) = new_path();
    let ended = engine.write_parquet(LONG, &path);
    assert!(matches!(ended, Err(EngineError::Cancelled)), "{ended:?}");
    assert!(before.elapsed() < Duration::from_secs(30), "{:?}", before.elapsed());
    cancelling.join().unwrap().unwrap();
    assert!(parquet_files(&path).is_empty(), "something was written");
    assert!(matches!(engine.rows("SELECT 1 AS a", 1), Err(EngineError::Cancelled)));
    // The server has its cores again: something short does not wait for the long statement.
    let before = Instant::now();
    assert_eq!(
        session(&address).rows("SELECT COUNT(*) AS n FROM RANGE(1000000)", 1).unwrap(),
        [[Value::Integer(1_000_000)]]
    );
    assert!(before.elapsed() < Duration::from_secs(60), "{:?}", before.elapsed());
}

/// Spark ends the stream of answers every two minutes, and the servers of `tests/spark/` every two seconds: a client that takes the end of a stream for the end
/// of the statement finds half a result here, or none.
#[test]
fn a_statement_is_over_when_it_is_complete_and_not_when_a_stream_ends() {
    let Some(address) = server("a_statement_is_over_when_it_is_complete_and_not_when_a_stream_ends") else { return };
    let engine = session(&address);
    let (_folder, path) = new_path();
    let furthest = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&furthest);
    engine.on_progress(Box::new(move |progress| {
        assert!(progress.done <= progress.tasks);
        told.fetch_max(progress.tasks, Ordering::SeqCst);
    }));
    let before = Instant::now();
    engine.write_parquet(&heavy(5_000_000), &path).unwrap();
    eprintln!("written after {:?}, {} tasks heard of", before.elapsed(), furthest.load(Ordering::SeqCst));
    assert_whole(engine.as_ref(), &path, 5_000_000);
    // By Python's hashlib: the numbers below five million whose SHA-256, of their decimal digits, begins with 00.
    let zeros = engine.rows(&format!("SELECT SUM(n), SUM(s) FROM parquet.`{path}` WHERE k LIKE '00%'"), 1).unwrap();
    assert_eq!(zeros, [[Value::Integer(19637), Value::Integer(49052025695)]]);
}

/// For `tests/spark/killed.sh`: `CHURN_TEST_SPARK_ROWS` makes the statement long enough to kill a worker meanwhile.
#[test]
#[ignore = "takes minutes; tests/spark/killed.sh kills workers meanwhile"]
fn a_result_is_whole_whatever_was_killed_on_the_way() {
    let address = server("a_result_is_whole_whatever_was_killed_on_the_way").expect("a cluster");
    let rows = std::env::var("CHURN_TEST_SPARK_ROWS").map_or(60_000_000, |text| text.parse().unwrap());
    let engine = session(&address);
    let (_folder, path) = new_path();
    let before = Instant::now();
    engine.write_parquet(&heavy(rows), &path).unwrap();
    eprintln!("written after {:?}", before.elapsed());
    assert_whole(engine.as_ref(), &path, rows);
}

#[test]
fn a_session_can_be_used_inside_an_async_runtime_and_from_several_threads() {
    let Some(address) = server("a_session_can_be_used_inside_an_async_runtime_and_from_several_threads") else {
        return;
    };
    let engine = session(&address);
    let engine = &engine;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_i64)
            .map(|n| {
                scope.spawn(move || engine.rows(&format!("SELECT SUM(id) + {n} AS s FROM RANGE(1000)"), 1).unwrap())
            })
            .collect();
        for (n, thread) in (0_i64..).zip(threads) {
            assert_eq!(thread.join().unwrap(), [[Value::Integer(499_500 + n)]]);
        }
    });
}

#[test]
fn a_port_where_nothing_listens_is_told_at_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let before = Instant::now();
    let refused =
        open(&Address::parse(&format!("spark://127.0.0.1:{port}")).unwrap(), &Settings::default()).unwrap_err();
    assert!(matches!(refused, EngineError::Unreachable { .. }), "{refused:?}");
    assert!(before.elapsed() < Duration::from_secs(5));
    let refused =
        open(&Address::parse("spark://no-such-host.invalid:15002").unwrap(), &Settings::default()).unwrap_err();
    assert!(matches!(refused, EngineError::Unreachable { .. }), "{refused:?}");
}

#[test]
fn a_port_where_something_else_listens_is_told_within_the_wait() {
    let settings = Settings { wait: Duration::from_secs(2), ..Settings::default() };
    // One that never says anything, and one that speaks HTTP/1.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [silent.local_addr().unwrap().port(), web.local_addr().unwrap().port()];
    std::thread::spawn(move || {
        for stream in web.incoming() {
            let _ = std::io::Write::write_all(
                &mut stream.unwrap(),
                b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
            );
        }
    });
    for port in ports {
        let address = Address::parse(&format!("spark://127.0.0.1:{port}")).unwrap();
        for tls in [false, true] {
            let before = Instant::now();
            let refused = open(&address, &Settings { tls, ..settings.clone() }).unwrap_err();
            eprintln!("{refused}");
            assert!(matches!(refused, EngineError::NotSpark { .. }), "{refused:?}");
            assert!(before.elapsed() < Duration::from_secs(10));
        }
    }
}

/// For `tests/spark/lost.sh`: `CHURN_TEST_SPARK_KILL` is the process that is the server, and it is killed; `CHURN_TEST_SPARK_SCRIPT` starts it anew.
#[test]
#[ignore = "kills the server; tests/spark/lost.sh runs it"]
fn a_server_that_dies_within_a_statement_is_lost_within_seconds() {
    let address = server("a_server_that_dies_within_a_statement_is_lost_within_seconds").expect("a server to kill");
    let victim = std::env::var("CHURN_TEST_SPARK_KILL").expect("the id of the server's process");
    let engine = session(&address);
    let (_folder, path) = new_path();
    let killing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(4));
        assert!(std::process::Command::new("kill").args(["-9", &victim]).status().unwrap().success());
        Instant::now()
    });
    let lost = engine.write_parquet(LONG, &path).unwrap_err();
    let told_after = killing.join().unwrap().elapsed();
    eprintln!("{lost}, after {told_after:?}");
    assert!(matches!(lost, EngineError::Lost { .. }), "{lost:?}");
    assert!(told_after < Duration::from_secs(15), "{told_after:?}");
    assert!(parquet_files(&path).is_empty());
    assert!(matches!(engine.rows("SELECT 1 AS a", 1), Err(EngineError::Lost { .. })));
    assert!(matches!(open(&address, &Settings::default()), Err(EngineError::Unreachable { .. })));

    // A server that is back knows nothing of the session and its settings: the run is over, a new one is not.
    let script = std::env::var("CHURN_TEST_SPARK_SCRIPT").expect("the script that starts the server");
    for what in ["stop", "start"] {
        assert!(std::process::Command::new(&script).arg(what).status().unwrap().success());
    }
    let again = engine.rows("SELECT 1 AS a", 1);
    assert!(matches!(again, Err(EngineError::Lost { .. })), "{again:?}");
    assert_eq!(session(&address).rows("SELECT 1 AS a", 1).unwrap(), [[Value::Integer(1)]]);
}
