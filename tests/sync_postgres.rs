//! `churn sync` into a table in PostgreSQL, by a server of the test's own.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/postgres.rs"]
#[allow(dead_code)]
mod server;
#[path = "common/synced.rs"]
mod synced;

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::Folder;
use serde_json::Value;
use server::Server;
use synced::{declare, score_rows, with_targets};

const SECTION: &str = r#"
[[sync]]
name = "warehouse"
target = "postgres"
connection = "env:CRM_PG"
schema = "crm"
table = "customers"
key_field = "id"

[sync.fields]
churn = { column = "churn_probability", step = 0.01, on_null = "clear" }
band = { column = "risk_band", on_null = "clear" }
value = "value_at_risk"
scored = { column = "as_of", compare = "along" }
"#;

fn run(folder: &Folder, connection: &str, options: &[&str]) -> (i32, Value, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_churn"))
        .arg("sync")
        .arg(folder.path(""))
        .arg("--json")
        .args(options)
        .env("CRM_PG", connection)
        .output()
        .expect("the program can be started");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!stdout.contains("canary") && !stderr.contains("canary"), "{stdout}{stderr}");
    let said: Value = serde_json::from_str(&stdout).expect("JSON");
    (output.status.code().expect("no signal"), said["result"]["targets"][0].clone(), stderr.into_owned())
}

#[test]
fn a_table_takes_the_scores_once_and_exactly() {
    let Some(mut server) = Server::start("a_table_takes_the_scores_once_and_exactly") else { return };
    let folder = with_targets(SECTION);
    let rows = score_rows(&folder);
    let mut client = server.client();
    client
        .batch_execute("create schema crm; create table crm.customers (id text primary key, churn numeric, band text, value numeric(12,2), scored date, note text default 'kept')")
        .unwrap();
    for row in rows.iter().skip(1) {
        client.execute("insert into crm.customers (id) values ($1)", &[&row[0]]).unwrap();
    }
    let connection = server.text();

    let (code, said, stderr) = run(&folder, &connection, &["--dry-run"]);
    assert_eq!((code, &said["would_write"], &said["no_match"]), (0, &299.into(), &1.into()), "{said}{stderr}");
    let (code, said, stderr) = run(&folder, &connection, &[]);
    assert_eq!((code, &said["written"], &said["no_match"]), (0, &299.into(), &1.into()), "{said}{stderr}");
    let held = client
        .query("select id, churn::text, band, value::text, scored::text, note from crm.customers order by id", &[])
        .unwrap();
    assert_eq!(held.len(), 299);
    for row in &rows[1..] {
        let found = held.iter().find(|found| found.get::<_, &str>(0) == row[0]).expect("a record");
        let text = |at: usize| found.get::<_, Option<String>>(at).unwrap_or_default();
        let number =
            |text: &str, decimals: usize| text.parse::<f64>().map_or(String::new(), |n| format!("{n:.decimals$}"));
        assert_eq!(text(1), number(&row[4], 4), "{row:?}");
        assert_eq!((text(2), text(3), text(4)), (row[7].clone(), number(&row[10], 2), row[1].clone()));
        assert_eq!(text(5), "kept");
    }

    let (code, said, _) = run(&folder, &connection, &[]);
    assert_eq!((code, &said["unchanged"], &said["calls"]), (0, &299.into(), &1.into()), "{said}");

    // A column that is missing, and made; one of the wrong type.
    declare(&folder, &SECTION.replace("value =", "percentile = \"risk_percentile\"\nvalue ="));
    let (code, _, stderr) = run(&folder, &connection, &[]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("field \"percentile\" is missing"), "{stderr}");
    let (code, said, stderr) = run(&folder, &connection, &["--create-fields"]);
    assert_eq!((code, &said["fields_made"][0]), (0, &"percentile".into()), "{said}{stderr}");
    // Customers without a score hold what they should already: the new column is empty.
    let scored = rows[1..].iter().filter(|row| row[3] == "eligible").count();
    assert_eq!((&said["written"], &said["held_already"]), (&scored.into(), &(299 - scored).into()), "{said}");
    declare(&folder, &SECTION.replace("value =", "note = \"risk_percentile\"\nvalue ="));
    assert_eq!(run(&folder, &connection, &[]).0, 2);

    // A password that is wrong; a server that is gone: nothing was written, nothing is shown, and it can be run again.
    declare(&folder, SECTION);
    let (code, _, stderr) = run(&folder, &server.text_with("canary-wrong", ""), &["--full"]);
    assert_eq!(code, 6, "{stderr}");
    drop(client);
    server.kill();
    let (code, said, stderr) = run(&folder, &connection, &["--full"]);
    assert_eq!((code, &said["error"]["kind"]), (6, &"remote".into()), "{said}{stderr}");
    assert_eq!(run(&folder, "not a connection string", &[]).0, 2);
}

/// Runs that end within a transaction, by a kill of ours or of the server's side of the connection: the next run settles what was in doubt.
#[test]
fn a_run_that_ends_within_its_transaction_is_resumed() {
    let Some(server) = Server::start("a_run_that_ends_within_its_transaction_is_resumed") else { return };
    let folder = with_targets(SECTION);
    let rows = score_rows(&folder);
    let mut client = server.client();
    client
        .batch_execute(
            "create schema crm; create table crm.customers (id text primary key, churn numeric, band text, value numeric(12,2), scored date);
             create function crm.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.003); return new; end';
             create trigger slow before update on crm.customers for each row execute function crm.slow()",
        )
        .unwrap();
    for row in rows.iter().skip(1) {
        client.execute("insert into crm.customers (id) values ($1)", &[&row[0]]).unwrap();
    }
    let connection = server.text();
    let spawn = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_churn"));
        command.arg("sync").arg(folder.path("")).args(["--json", "--quiet"]).env("CRM_PG", &connection);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program can be started")
    };
    let updating = "select count(*) from pg_stat_activity where application_name = 'churn' and state = 'active' and query like 'update%'";
    for killed in [true, false, true] {
        let mut child = spawn();
        while client.query_one(updating, &[]).unwrap().get::<_, i64>(0) == 0 {
            assert!(child.try_wait().expect("a child").is_none(), "it is to be met within its transaction");
            std::thread::sleep(Duration::from_millis(5));
        }
        if killed {
            child.kill().expect("it runs");
            child.wait().expect("it ran");
        } else {
            let end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'churn'";
            client.query(end, &[]).unwrap();
            let output = child.wait_with_output().expect("ended");
            let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            // Written anew within the run, over another connection.
            assert_eq!(
                (output.status.code(), &said["result"]["targets"][0]["written"]),
                (Some(0), &299.into()),
                "{said}"
            );
            client.execute("update crm.customers set churn = null, band = null", &[]).unwrap();
            std::fs::remove_dir_all(folder.path("out/sync")).expect("there");
        }
    }
    client.batch_execute("drop trigger slow on crm.customers").unwrap();
    let (code, said, stderr) = run(&folder, &connection, &[]);
    assert_eq!((code, &said["left"], &said["in_doubt"]), (0, &0.into(), &0.into()), "{said}{stderr}");
    let held = client.query("select id, band from crm.customers", &[]).unwrap();
    for row in &rows[1..] {
        let found = held.iter().find(|found| found.get::<_, &str>(0) == row[0]).expect("a record");
        assert_eq!(found.get::<_, Option<String>>(1).unwrap_or_default(), row[7]);
    }
    let (code, said, _) = run(&folder, &connection, &[]);
    assert_eq!((code, &said["unchanged"]), (0, &299.into()), "{said}");
}
