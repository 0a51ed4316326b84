//! Exports that are queries: the same results as from files, and what becomes of a server that does not do its part.
#![allow(clippy::unwrap_used)]

#[path = "common/mod.rs"]
mod common;
#[path = "common/postgres.rs"]
mod server;

use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use common::Folder;
use postgres::Client;
use server::Server;

const VARIABLE: &str = "CHURN_PG";

fn start(folder: &Folder, command: &str, options: &[&str], connection: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_churn"))
        .arg(command)
        .arg(folder.path(""))
        .args(options)
        .env(VARIABLE, connection)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started")
}

fn churn(folder: &Folder, command: &str, options: &[&str], connection: &str) -> Output {
    start(folder, command, options, connection).wait_with_output().expect("the program ends")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn refused(output: &Output, code: &str, words: &[&str]) {
    let text = text(output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains(&format!("[{code}]")), "{code}: {text}");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("canary"), "{text}");
}

/// Every file below a folder with what is in it.
fn content(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.path("")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => all.push((path.display().to_string(), std::fs::read(&path).unwrap())),
            }
        }
    }
    all.sort();
    all
}

/// Purchases of 60 customers over two years, with a row number for each.
fn make_orders(client: &mut Client) {
    client
        .batch_execute(
            "create table orders (id bigint primary key, customer_id text, timestamp timestamp, amount numeric);
             insert into orders select n, 'C' || lpad((n % 60)::text, 4, '0'),
               timestamp '2024-01-01 08:00' + (n * interval '11 hours'), round(5 + (n * 7919 % 3000) / 100.0, 2)
               from generate_series(1, 1500) n;",
        )
        .unwrap();
}

fn project(query: &str) -> Folder {
    let folder = Folder::empty();
    folder.write(
        "churn.toml",
        &format!(
            "[transactions]\nquery = \"\"\"{query}\"\"\"\nsource = \"env:{VARIABLE}\"\n[churn]\nhorizon = \"60d\"\n"
        ),
    );
    folder
}

#[test]
fn the_same_company_from_files_and_from_queries_has_the_same_scores_byte_by_byte() {
    let Some(server) = Server::start("the_same_company_from_files_and_from_queries") else { return };
    let files = Folder::empty();
    let made = files.churn_here(&["simulate", "company", "--customers", "1500"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let mut client = server.client();
    client
        .batch_execute(
            "create type channel as enum ('web', 'store', 'app', 'phone', 'email', 'partner', 'marketplace');
             create domain money_of_ours as numeric(12, 2);
             create table transactions (customer_id varchar(20), timestamp timestamp, amount money_of_ours, order_id text,
               quantity integer, discount double precision, margin numeric, product char(4), category text, channel text);
             create table customers (customer_id text, signup_date date, acquisition_channel text, region text, segment text,
               preferred_channel text, contact_allowed boolean, owner text);
             create table events (customer_id text, timestamp timestamp, type text, value real, channel text,
               resolved_at timestamp);
             create table offers (customer_id text, timestamp timestamp, offer text, arm text, cost numeric(12, 2), accepted timestamp,
               contacted_at timestamp);",
        )
        .unwrap();
    for table in ["transactions", "customers", "events", "offers"] {
        use std::io::Write;
        let csv = std::fs::read(files.path(&format!("company/{table}.csv"))).unwrap();
        let mut copy = client.copy_in(&format!("copy {table} from stdin (format csv, header)")).unwrap();
        copy.write_all(&csv).unwrap();
        copy.finish().unwrap();
    }
    let mut text = String::from_utf8(files.read("company/churn.toml")).unwrap();
    for table in ["transactions", "customers", "events", "offers"] {
        let query = format!("query = \"select * from {table} -- all of it\"\nsource = \"file:pg\"");
        text = text.replace(&format!("path = \"{table}.csv\""), &query);
    }
    let queries = Folder::empty();
    queries.write("churn.toml", &text);
    queries.write("pg", &server.text());
    std::fs::set_permissions(queries.path("pg"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let from_files = files.churn_here(&["run", "company"]);
    let from_queries = queries.churn("run", &[]);
    assert_eq!((from_files.code, from_queries.code), (0, 0), "{} {}", from_files.stderr, from_queries.stderr);
    for name in ["scores.csv", "scores.parquet", "features.parquet", "rejects.csv"] {
        assert!(files.read(&format!("company/out/{name}")) == queries.read(&format!("out/{name}")), "{name}");
    }
    // What was laid out is known again by what the query answered.
    let again = queries.churn("score", &["--log", "text"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(files.read("company/out/scores.csv") == queries.read("out/scores.csv"));
    let checked = queries.churn("check", &["--json"]);
    assert!(checked.code == 0 && checked.stdout.contains("query of [transactions]"), "{}", checked.stdout);
}

#[test]
fn a84_values_that_are_none_are_rejected_by_row_and_the_others_used() {
    let Some(server) = Server::start("a84_values_that_are_none") else { return };
    let mut client = server.client();
    make_orders(&mut client);
    client
        .batch_execute(
            "update orders set amount = 'NaN' where id = 3;
             update orders set amount = 'Infinity' where id = 4;
             update orders set timestamp = 'infinity' where id = 5;
             update orders set timestamp = '-infinity' where id = 6;
             update orders set customer_id = null where id = 7;
             update orders set customer_id = ' ' where id = 8;
             update orders set amount = null where id = 9;
             update orders set timestamp = '1900-01-01' where id = 10;",
        )
        .unwrap();
    for (zone, name) in [("", "wall clock"), ("at time zone 'UTC'", "instant")] {
        let query = format!("select customer_id, timestamp {zone} as timestamp, amount from orders order by id;");
        let folder = project(&query);
        let ended = churn(&folder, "features", &["--max-rejects", "1"], &server.text());
        assert_eq!(ended.status.code(), Some(0), "{name}: {}", text(&ended));
        let rejects = String::from_utf8(folder.read("out/rejects.csv")).unwrap();
        let found: Vec<(&str, &str)> = rejects
            .lines()
            .skip(1)
            .map(|line| {
                assert!(line.starts_with("query of [transactions],"), "{line}");
                let cells: Vec<&str> = line.split(',').collect();
                (cells[1], cells[4])
            })
            .collect();
        let expected = [
            ("3", "bad_amount"),
            ("4", "bad_amount"),
            ("5", "implausible_timestamp"),
            ("6", "implausible_timestamp"),
            ("7", "empty_id"),
            ("8", "empty_id"),
            ("9", "bad_amount"),
            ("10", "implausible_timestamp"),
        ];
        assert_eq!(found, expected, "{name}");
        // Eight in fifteen hundred are more than one in a thousand.
        refused(
            &churn(&folder, "features", &[], &server.text()),
            "too_many_rejects",
            &["8 of 1500 rows cannot be read"],
        );
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_nothing_is_written() {
    let Some(mut server) = Server::start("what_is_wrong_is_said_with_its_place") else { return };
    let mut client = server.client();
    make_orders(&mut client);
    client.batch_execute("create table odd (customer_id text, timestamp date, amount jsonb)").unwrap();
    let folder = project("select * from orders order by id");
    let first = churn(&folder, "features", &[], &server.text());
    assert_eq!(first.status.code(), Some(0), "{}", text(&first));
    let before = content(&folder);
    let good = String::from_utf8(folder.read("churn.toml")).unwrap();

    let with_query = |query: &str| {
        folder.write("churn.toml", &good.replace("select * from orders order by id", query));
        let ended = churn(&folder, "features", &[], &server.text());
        folder.write("churn.toml", &good);
        ended
    };
    let cases: [(&str, &str, &[&str]); 8] = [
        (
            "select *\nfrom ordrs",
            "query_refused",
            &["line 2, column 6 of the query", "\"ordrs\" does not exist", "[42P01]"],
        ),
        ("select customer, timestamp from orders", "query_refused", &["line 1, column 8 of the query", "[42703]"]),
        (
            "select customer_id, timestamp, amount as total from orders",
            "missing_column",
            &["\"amount\" (mapped as amount)"],
        ),
        ("select *, 1 as amount from orders", "duplicate_column", &["\"amount\" stands 2 times"]),
        ("select * from odd", "column_type", &["column \"amount\"", "found the type jsonb", "cast it in the query"]),
        ("select * from orders where id = 0", "no_rows", &[]),
        ("delete from orders returning *", "query_refused", &[]),
        ("select customer_id, timestamp, 1 / (id - 700) as amount from orders", "query_failed", &["22012"]),
    ];
    for (query, code, words) in cases {
        refused(&with_query(query), code, words);
        assert!(content(&folder) == before, "{query}");
    }
    let with_text = |connection: &str| churn(&folder, "features", &[], connection);
    refused(&with_text(&server.text_with("another-canary", "")), "database_login", &["env:CHURN_PG", "28P01"]);
    refused(
        &with_text("postgres://u:canary@127.0.0.1:1/d"),
        "database_unreachable",
        &["cannot connect", "is it running"],
    );
    refused(&with_text("postgres://u:canary@h:port/d"), "bad_connection", &["env:CHURN_PG"]);
    let timeout = server.text_with("canary-7351", "options='-c statement_timeout=300ms'");
    folder.write("churn.toml", &good.replace("from orders", "from orders, pg_sleep(30)"));
    refused(&churn(&folder, "features", &[], &timeout), "query_timeout", &["57014", "statement_timeout"]);
    folder.write("churn.toml", &good);
    server.kill();
    refused(&with_text(&server.text()), "database_unreachable", &[]);
    assert!(content(&folder) == before, "nothing was written");
    let none =
        Command::new(env!("CARGO_BIN_EXE_churn")).arg("check").arg(folder.path("")).env_remove(VARIABLE).output();
    let none = none.unwrap();
    assert!(none.status.code() == Some(2) && text(&none).contains("CHURN_PG is not set"), "{}", text(&none));
}

/// Waits until the program is in the middle of its answer.
fn while_it_sleeps(client: &mut Client) {
    let sleeping = "select count(*) from pg_stat_activity where application_name = 'churn' and wait_event = 'PgSleep'";
    for _ in 0..600 {
        if client.query_one(sleeping, &[]).unwrap().get::<_, i64>(0) > 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the program never asked");
}

#[test]
fn a84_a_backend_that_is_killed_midway_leaves_everything_as_it_was() {
    let Some(server) = Server::start("a84_a_backend_that_is_killed_midway") else { return };
    let mut client = server.client();
    make_orders(&mut client);
    let folder = project("select * from orders order by id");
    assert_eq!(churn(&folder, "features", &[], &server.text()).status.code(), Some(0));
    let good = String::from_utf8(folder.read("churn.toml")).unwrap();
    let asks = "select customer_id || coalesce(case when id = 1200 then pg_sleep(60)::text end, '') as customer_id, \
                timestamp, amount from orders";
    folder.write("churn.toml", &good.replace("select * from orders order by id", asks));
    let before = content(&folder);
    let run = start(&folder, "features", &[], &server.text());
    while_it_sleeps(&mut client);
    client
        .execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'churn'", &[])
        .unwrap();
    refused(&run.wait_with_output().unwrap(), "database_gone", &["run again"]);
    assert!(content(&folder) == before, "nothing was written");
    folder.write("churn.toml", &good);
    assert_eq!(churn(&folder, "features", &[], &server.text()).status.code(), Some(0));
}

#[test]
fn a84_all_tables_are_of_one_moment_whatever_is_written_or_renamed_midway() {
    let Some(server) = Server::start("a84_all_tables_are_of_one_moment") else { return };
    let mut client = server.client();
    make_orders(&mut client);
    client
        .batch_execute(
            "create table customers as select distinct customer_id, date '2024-01-01' as signup_date from orders",
        )
        .unwrap();
    let folder = Folder::empty();
    let project = |sleep: &str| {
        format!(
            "[transactions]\nquery = \"\"\"select customer_id || coalesce({sleep}, '') as customer_id, timestamp, amount \
             from orders order by id\"\"\"\nsource = \"env:{VARIABLE}\"\n\
             [customers]\nquery = \"select * from customers\"\nsource = \"env:{VARIABLE}\"\n\
             columns = {{ signup_date = \"signup_date\" }}\n"
        )
    };
    folder.write("churn.toml", &project("case when id = 1200 then pg_sleep(3)::text end"));
    let run = start(&folder, "check", &["--json"], &server.text());
    while_it_sleeps(&mut client);
    client.batch_execute("insert into customers values ('new', date '2024-01-01')").unwrap();
    // The tables of all queries are held: a column cannot be renamed under the program's feet.
    let rename = "set lock_timeout = '200ms'; alter table customers rename column signup_date to since";
    let error = client.batch_execute(rename).unwrap_err();
    assert_eq!(error.code().map(|code| code.code()), Some("55P03"));
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended));
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert!(report.to_string().contains("\"rows\":60"), "the new customer came after the snapshot: {report}");
    client.batch_execute("set lock_timeout = 0; alter table customers rename column signup_date to since").unwrap();
    folder.write("churn.toml", &project("null"));
    let renamed = churn(&folder, "check", &[], &server.text());
    refused(&renamed, "missing_column", &["query of [customers]", "\"signup_date\"", "\"since\""]);
}
