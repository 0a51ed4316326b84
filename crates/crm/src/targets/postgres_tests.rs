#![allow(clippy::unwrap_used)]
//! Against a real server: `CHURN_TEST_POSTGRES` is the connection string of a database in which tables may be made. Without it
//! what needs no server is tested; with `required` as its value a missing server is a failure.

use super::*;
use crate::sync::Settings;
use crate::sync::tests::memory::{folder, key, mapping, row, rows, run};

#[test]
fn a_server_elsewhere_is_spoken_to_by_tls_alone() {
    let of = |text: &str| {
        let table = Table { schema: None, table: "t".to_owned(), key: "id".to_owned() };
        Postgres::new(&Secret::new(text).unwrap(), table)
    };
    let mode = |text: &str| of(text).unwrap().config.get_ssl_mode();
    assert_eq!(mode("postgres://u:p@db.example.com/d?sslmode=disable"), SslMode::Require);
    assert_eq!(mode("host=localhost,db.example.com dbname=d sslmode=disable"), SslMode::Require);
    assert_eq!(mode("host=localhost hostaddr=10.0.0.1 dbname=d sslmode=disable"), SslMode::Require);
    assert_eq!(mode("postgres://u:p@127.0.0.1/d?sslmode=disable"), SslMode::Disable);
    assert!(of("postgres://u:canary@").is_err());
    let target = of("postgres://u:canary@db.example.com/d").unwrap();
    assert!(!format!("{target:?} {} {}", target.identity(), target.name()).contains("canary"));
    tls().unwrap();
}

fn with_server(test: impl Fn(&Secret, &mut Client)) {
    let text = match std::env::var("CHURN_TEST_POSTGRES") {
        Ok(text) if text != "required" => text,
        Ok(_) => panic!("CHURN_TEST_POSTGRES: expected a connection string, found none"),
        Err(_) => return,
    };
    let mut client = text.parse::<Config>().unwrap().connect(NoTls).unwrap();
    test(&Secret::new(text).unwrap(), &mut client);
}

fn table(name: &str) -> Table {
    Table { schema: Some("public".to_owned()), table: name.to_owned(), key: "id".to_owned() }
}

fn make(client: &mut Client, name: &str, customers: usize) {
    let name = quoted(name);
    client.batch_execute(&format!("drop table if exists {name}; create table {name} (id text primary key, probability numeric, band varchar(20), as_of date)")).unwrap();
    for n in 0..customers {
        client.execute(&format!("insert into {name} (id) values ($1)"), &[&key(n)]).unwrap();
    }
}

#[test]
fn a_table_is_updated_by_key_and_the_second_run_writes_nothing() {
    with_server(|secret, client| {
        make(client, "churn odd \"name", 1_500);
        let home = folder();
        let mut target = Postgres::new(secret, table("churn odd \"name")).unwrap();
        let first = run(&mut target, home.path(), rows(0..1_503, 1), 1, &Settings::default()).unwrap();
        assert_eq!((first.written, first.no_match, first.calls, first.complete()), (1_500, 3, 2, true), "{first:?}");
        assert!(first.read_back.unwrap().different.is_empty());
        let second = run(&mut target, home.path(), rows(0..1_500, 1), 1, &Settings::default()).unwrap();
        assert_eq!((second.unchanged, second.calls), (1_500, 0));
        let full = Settings { full: true, ..Settings::default() };
        assert_eq!(run(&mut target, home.path(), rows(0..1_500, 1), 1, &full).unwrap().held_already, 1_500);
        let upsert = Settings { mode: Mode::Upsert, ..Settings::default() };
        assert_eq!(run(&mut target, home.path(), rows(0..1_503, 1), 1, &upsert).unwrap().created, 3);
        // A connection that the server ends is made anew.
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'churn'";
        client.query(end, &[]).unwrap();
        let next = run(&mut target, home.path(), rows(0..1_503, 2), 2, &Settings::default());
        let next = next.or_else(|_| run(&mut target, home.path(), rows(0..1_503, 2), 2, &Settings::default())).unwrap();
        assert!(next.complete(), "{next:?}");
        let held: String = client
            .query_one("select probability::text from \"churn odd \"\"name\" where id = $1", &[&key(3)])
            .unwrap()
            .get(0);
        assert_eq!(held, row(3, 2).values[0].text());
    });
}

#[test]
fn a_row_that_a_constraint_refuses_is_found_and_the_others_are_written() {
    with_server(|secret, client| {
        make(client, "churn_refusing", 600);
        let refuse = format!("alter table churn_refusing add check (id <> '{}' or band is null)", key(123));
        client.batch_execute(&refuse).unwrap();
        let mut target = Postgres::new(secret, table("churn_refusing")).unwrap();
        let summary = run(&mut target, folder().path(), rows(0..600, 1), 1, &Settings::default()).unwrap();
        assert_eq!((summary.written, summary.rejected, summary.left), (599, 1, 0));
        assert_eq!((summary.rejects[0].key.as_str(), summary.rejects[0].code.as_str()), (key(123).as_str(), "23514"));
    });
}

#[test]
fn nulls_are_skipped_or_cleared_and_missing_columns_made() {
    with_server(|secret, client| {
        client.batch_execute("drop table if exists churn_nulls; create table churn_nulls (id bigint, kept text, cleared text); insert into churn_nulls values (7, 'a', 'b'), (8, 'a', 'b'), (8, 'a', 'b')").unwrap();
        let fields = vec![
            Field::new("kept", Kind::Text),
            Field::new("cleared", Kind::Text).on_null(OnNull::Clear),
            Field::new("made", Kind::Number { decimals: 2 }),
        ];
        let mapping = Mapping::new(fields, None).unwrap();
        let mut target = Postgres::new(secret, table("churn_nulls")).unwrap();
        let found = target.preflight(&mapping).unwrap();
        assert_eq!((found.missing.len(), found.problems.len()), (1, 0));
        target.create_fields(&found.missing).unwrap();
        let number = Value::Number(crate::value::Decimal::new(150, 2).unwrap());
        let rows = ["7", "8", "x"]
            .map(|key| Row { key: key.to_owned(), values: vec![Value::Null, Value::Null, number.clone()] });
        let mut batch = |rows: &[&Row]| target.write(Batch { mapping: &mapping, rows, mode: Mode::UpdateOnly });
        let outcomes = batch(&[&rows[0], &rows[1]]).unwrap();
        assert!(outcomes[0] == Outcome::Written && matches!(outcomes[1], Outcome::Rejected { .. }), "{outcomes:?}");
        assert!(matches!(batch(&[&rows[2]]), Err(Failure::Refused { .. })));
        let held = target.read(&mapping, &["7", "8", "9"]).unwrap();
        let expected = [Value::Text("a".to_owned()), Value::Null, Value::Text("1.50".to_owned())].map(Some).to_vec();
        assert_eq!(held, [Held::Values(expected), Held::Several, Held::Missing]);
    });
    // What needs no server.
    assert!(keeps("numeric(15,4)", Kind::Number { decimals: 4 }) && !keeps("integer", Kind::Number { decimals: 4 }));
    let _ = mapping();
}
