//! Tables of many files: case A83 of the list of bad inputs, and the part of A67 that is about whole files.

#![allow(clippy::unwrap_used)]

mod exports;

use exports::{Folder, csv, gzip, ndjson, read, read_spec, refused, rows, spec, zstd};
use history::{
    Column, CustomersSpec, DeparturesSpec, EventsSpec, ExportSpec, ReadError, TableSpec, TableWriter, Values,
};

/// The transactions of `orders-*`, and each other table of its own pattern.
fn shop(folder: &Folder) -> ExportSpec {
    let mut spec = spec(TableSpec::at(folder.path("orders-*")));
    spec.customers = Some(CustomersSpec {
        table: TableSpec::at(folder.path("customers-*")),
        customer_id: "customer_id".into(),
        signup_date: None,
        contract_end: None,
        contact_allowed: None,
        segments: vec![("region".into(), "region".into())],
    });
    spec.events = Some(EventsSpec {
        table: TableSpec::at(folder.path("events-*")),
        customer_id: "customer_id".into(),
        timestamp: "timestamp".into(),
        kind: "type".into(),
        value: None,
        channel: None,
        resolved_at: None,
        recorded_at: None,
    });
    spec.departures = Some(DeparturesSpec {
        table: TableSpec::at(folder.path("departures-*")),
        customer_id: "customer_id".into(),
        timestamp: "timestamp".into(),
        kind: "kind".into(),
        reason: None,
    });
    spec
}

/// Each table in three files of different formats.
fn filled() -> Folder {
    let folder = Folder::new();
    let rows = rows(900);
    folder.file("orders-1.csv", csv(&rows[..300]));
    folder.file("orders-2.csv.gz", gzip(csv(&rows[300..600])));
    folder.file("orders-3.ndjson.zst", zstd(ndjson(&rows[600..])));
    folder.file("customers-1.csv", "customer_id,region\n00001,north\n");
    folder.file("customers-2.tsv.gz", gzip("region\tcustomer_id\nsouth\t00002\n"));
    folder.file("customers-3.ndjson", "{\"customer_id\":\"00003\",\"region\":null}\n");
    folder.file("events-1.csv", "customer_id,timestamp,type\n00001,2026-01-01,visit\n");
    folder.file("events-2.csv", "customer_id,timestamp,type\n");
    folder.file("events-3.csv.zst", zstd("type,timestamp,customer_id\nvisit,2026-01-02,00009\n"));
    folder.file("departures-1.csv", "customer_id,timestamp,kind\n00001,2026-02-01,voluntary\n");
    folder.file("departures-2.csv", "customer_id,timestamp,kind\n00002,2026-02-01,involuntary\n");
    folder
}

#[test]
fn every_table_may_be_many_files() {
    let folder = filled();
    let export = read_spec(&shop(&folder)).unwrap();
    let found: Vec<(&str, &str, u64)> =
        export.reports().iter().map(|report| (report.table, report.file.as_str(), report.used)).collect();
    assert_eq!(
        found,
        [
            ("transactions", "orders-*", 900),
            ("customers", "customers-*", 3),
            ("events", "events-*", 2),
            ("departures", "departures-*", 2)
        ]
    );
    // One file with all the rows is the same export.
    let whole = Folder::new();
    whole.file("orders-1.csv", csv(&rows(900)));
    whole.file("customers-1.csv", "customer_id,region\n00001,north\n00002,south\n00003,\n");
    whole.file("events-1.csv", "customer_id,timestamp,type\n00001,2026-01-01,visit\n00009,2026-01-02,visit\n");
    whole.file(
        "departures-1.csv",
        "customer_id,timestamp,kind\n00001,2026-02-01,voluntary\n00002,2026-02-01,involuntary\n",
    );
    assert_eq!(read_spec(&shop(&whole)).unwrap().fingerprint(), export.fingerprint());
}

#[test]
fn a83_a_pattern_that_matches_nothing() {
    for table in ["orders", "customers", "events", "departures"] {
        let folder = filled();
        for number in 1..=3 {
            for ending in ["csv", "csv.gz", "csv.zst", "tsv.gz", "ndjson", "ndjson.zst"] {
                let _ = std::fs::remove_file(folder.path(&format!("{table}-{number}.{ending}")));
            }
        }
        let pattern = folder.path(&format!("{table}-*"));
        refused(read_spec(&shop(&folder)), &pattern, &["no file matches this pattern"]);
    }
}

#[test]
fn a83_a_column_that_one_file_lacks_names_both_files() {
    for (name, bytes, with) in [
        ("orders-9.csv", "customer_id,timestamp,total\na,2026-01-01,1\n", "orders-1.csv"),
        ("orders-0.csv", "customer_id,timestamp,total\na,2026-01-01,1\n", "orders-1.csv"),
        ("orders-4.ndjson", "{\"customer_id\":\"a\",\"timestamp\":\"2026-01-01\"}\n", "orders-1.csv"),
        ("customers-9.csv", "customer_id,Regions\na,north\n", "customers-1.csv"),
        ("events-0.csv", "customer_id,timestamp,kind\na,2026-01-01,visit\n", "events-1.csv"),
        ("departures-3.csv", "customer_id,date,kind\na,2026-01-01,voluntary\n", "departures-1.csv"),
    ] {
        let folder = filled();
        let path = folder.file(name, bytes);
        let read = read_spec(&shop(&folder));
        assert!(matches!(read, Err(ReadError::MixedColumns { .. })), "{name}: {read:?}");
        refused(read, &path, &["expected a column", &folder.path(with).display().to_string(), "found \"customer_id\""]);
    }
}

fn parquet(folder: &Folder, name: &str, id: Values, amount: Values) {
    let at = Values::Text(vec![Some("2026-01-01".to_owned()), Some("2026-01-02".to_owned())]);
    let mut writer = TableWriter::create(&folder.path(name)).unwrap();
    let columns = [Column::new("customer_id", id), Column::new("timestamp", at), Column::new("amount", amount)];
    writer.write(&columns).unwrap();
    writer.finish().unwrap();
}

#[test]
fn a83_a_column_of_two_types_names_both_files() {
    let text = || Values::Text(vec![Some("00123".to_owned()), Some("7".to_owned())]);
    let whole = || Values::Integer(vec![Some(123), Some(7)]);
    let money = || Values::Float(vec![Some(1.5), Some(2.0)]);
    let folder = Folder::new();
    parquet(&folder, "orders-1.parquet", text(), money());
    parquet(&folder, "orders-2.parquet", whole(), money());
    let pattern = folder.path("orders-*.parquet");
    let read = read(&pattern);
    let words = ["column \"customer_id\": expected text as in", "orders-1.parquet", "found whole numbers"];
    refused(read, &folder.path("orders-2.parquet"), &words);
    parquet(&folder, "orders-2.parquet", text(), money());
    // A file next to text has no types to compare.
    folder.file("orders-3.csv", csv(&rows(3)));
    std::fs::remove_file(folder.path("orders-2.parquet")).unwrap();
    assert!(exports::read(&folder.path("orders-*")).is_ok());
}

#[test]
fn a67_the_same_file_twice_is_refused_whatever_it_is_packed_in() {
    let text = csv(&rows(100));
    for (first, second) in [
        (("orders-1.csv", text.clone().into_bytes()), ("orders-2.csv", text.clone().into_bytes())),
        (("orders-1.csv", text.clone().into_bytes()), ("orders-2.csv.gz", gzip(&text))),
        (("orders-1.csv.gz", gzip(&text)), ("orders-2.csv.zst", zstd(&text))),
        (("orders-1.csv.gz", [gzip(&text[..99]), gzip(&text[99..])].concat()), ("orders-2.csv.gz", gzip(&text))),
    ] {
        let folder = Folder::new();
        let path = folder.file(first.0, first.1);
        let other = folder.file(second.0, second.1);
        let read = read(&folder.path("orders-*"));
        assert!(matches!(read, Err(ReadError::SameFileTwice { .. })), "{read:?}");
        refused(read, &path, &[&other.display().to_string(), "have the same content"]);
    }
    let folder = filled();
    let path = folder.file("customers-4.csv.gz", gzip("customer_id,region\n00001,north\n"));
    refused(read_spec(&shop(&folder)), &path, &["have the same content"]);
}

#[test]
fn a67_a_packed_copy_of_what_the_cache_holds_is_noticed() {
    let folder = Folder::new();
    let text = csv(&rows(100));
    folder.file("orders-1.csv.gz", gzip(&text));
    folder.file("orders-2.csv", csv(&rows(200)[100..]));
    let spec = spec(TableSpec::at(folder.path("orders-*")));
    let cache = history::CacheFolder { path: folder.path("cache"), read_only: false };
    let options = history::ReadOptions { cache: Some(cache), ..history::ReadOptions::default() };
    let export = history::Export::read_with(&spec, None, &options).unwrap();
    assert!(export.keep_rows().is_none());
    drop(export);
    let again = history::Export::read_with(&spec, None, &options).unwrap();
    assert_eq!(again.rows_from(), history::RowsFrom::Cache);
    drop(again);
    let path = folder.file("orders-3.csv.zst", zstd(&text));
    refused(history::Export::read_with(&spec, None, &options), &path, &["have the same content"]);
}
