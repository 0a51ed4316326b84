//! What is read, what is rejected and what is refused.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use history::{
    Column, CustomersSpec, Export, ExportSpec, MarginColumn, Money, Place, ReadError, RejectCode, Returns, TableSpec,
    TableWriter, Timestamp, TransactionsSpec, Values,
};
use jiff::tz::TimeZone;
use tempfile::TempDir;

fn spec(path: &Path) -> ExportSpec {
    ExportSpec {
        timezone: TimeZone::UTC,
        transactions: TransactionsSpec {
            table: TableSpec::at(path.to_owned()),
            customer_id: "customer_id".into(),
            timestamp: "timestamp".into(),
            amount: "amount".into(),
            order_id: None,
            discount: None,
            margin: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
            recorded_at: None,
            currency: None,
            expected_currency: None,
            returns: Returns::Net,
            rules: history::RowRules::default(),
        },
        customers: None,
        events: None,
        departures: None,
        offers: None,
        max_reject_share: 0.001,
    }
}

fn file(name: &str, contents: impl AsRef<[u8]>) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, contents).unwrap();
    (folder, path)
}

fn read_csv(contents: impl AsRef<[u8]>) -> Result<Export, ReadError> {
    let (_folder, path) = file("t.csv", contents);
    Export::read(&spec(&path), None)
}

fn message(contents: impl AsRef<[u8]>) -> String {
    read_csv(contents).unwrap_err().to_string()
}

const HEADER: &str = "customer_id,timestamp,amount\n";

#[test]
fn files_without_rows_are_refused() {
    assert!(message("").contains("found an empty file"));
    assert!(message(HEADER).contains("expected rows below the header, found none"));
    assert!(message(HEADER.trim_end()).contains("expected rows below the header"));
    let (_folder, path) = file("t.xlsx", "PK");
    assert!(Export::read(&spec(&path), None).unwrap_err().to_string().contains(".parquet"));
    assert!(matches!(Export::read(&spec(Path::new("/nowhere/t.csv")), None), Err(ReadError::Io { .. })));
}

#[test]
fn a_missing_column_is_named_with_the_nearest_header() {
    let found = message("Customer ID,timestamp,amount\na,2026-01-01,1\n");
    assert!(found.contains("expected a column \"customer_id\" (mapped as customer_id)"), "{found}");
    assert!(found.contains("did you mean \"Customer ID\"?"), "{found}");
    let found = message("customer_id,timestamp,amount,amount\na,2026-01-01,1,2\n");
    assert!(found.contains("\"amount\" stands 2 times"), "{found}");
}

#[test]
fn every_row_is_used_or_rejected_with_its_line_and_reason() {
    let mut text = String::from(HEADER);
    for i in 0..8_000 {
        text.push_str(&format!("c{i},2026-01-01,1.50\n"));
    }
    text.push_str("c1,2026-02-30,1\n,2026-01-01,1\nc1,2026-01-01,1.2.3\nc1,2026-01-01\nc1,1900-01-01,2\nc1,2026-01-01,99999999999999999\n");
    text.push_str("\"two\nlines\",2026-01-02,1\nc1,2026-01-01,NaN\n");
    let export = read_csv(&text).unwrap();
    let report = &export.reports()[0];
    assert_eq!((report.rows, report.used, report.rejects.total()), (8_008, 8_001, 7));
    let found: Vec<(u64, &str, &str)> =
        report.rejects.rows().iter().map(|r| (r.line, r.column.as_str(), r.code.as_str())).collect();
    assert_eq!(
        found,
        [
            (8_002, "timestamp", "bad_timestamp"),
            (8_003, "customer_id", "empty_id"),
            (8_004, "amount", "bad_amount"),
            (8_005, "", "field_count"),
            (8_006, "timestamp", "implausible_timestamp"),
            (8_007, "amount", "amount_out_of_range"),
            (8_010, "amount", "bad_amount"), // after a quoted field of two lines
        ]
    );
}

#[test]
fn too_many_rejected_rows_stop_everything_and_say_what_to_do() {
    let found = message(format!("{HEADER}a,05/03/2026,1\nb,06/03/2026,1\nc,2026-01-01,1\n"));
    assert!(found.contains("2 of 3 rows cannot be read, more than the 0.1 % allowed"), "{found}");
    assert!(found.contains("line 2, column \"timestamp\"") && found.contains("set date_format"), "{found}");
    let found = message(format!("{HEADER}a,2026-01-01,\"1,5\"\n"));
    assert!(found.contains("set decimal"), "{found}");
}

#[test]
fn a_stray_quote_does_not_swallow_the_rest_of_the_file() {
    let mut text = format!("{HEADER}a,2026-01-01,1\n\"b,2026-01-01,1\n");
    for i in 0..500 {
        text.push_str(&format!("c{i},2026-01-01,1\n"));
    }
    let found = message(text);
    assert!(found.contains("line 3, byte 44, column \"customer_id\": a quoted field runs on"), "{found}");
}

#[test]
fn a_quote_that_is_never_closed_is_refused_however_near_the_end() {
    let header = "customer_id,timestamp,amount,note\n";
    let rows = |n: usize| (0..n).map(|i| format!("c{i},2026-01-01,1,x\n")).collect::<String>();
    for (after, end) in [(0, ""), (0, "\n"), (1, ""), (50, ""), (96, "\r\n"), (5, "\"\""), (5, "\n\n\n")] {
        // In the last column the number of fields still matches: nothing else would give the lost rows away.
        let found = message(format!("{header}{}b,2026-01-01,1,\"x\n{}{end}", rows(20), rows(after)));
        assert!(
            found.contains("line 22, byte") && found.contains("a quoted field is never closed"),
            "{after}: {found}"
        );
    }
    let found = message(format!("{header}{}b,2026-01-01,1,\"", rows(20)));
    assert!(found.contains("line 22, byte") && found.contains("a quoted field is never closed"), "{found}");
    let found = message(format!("customer_id,timestamp,\"amount,note\n{}", rows(5)));
    assert!(found.contains("line 1, byte 22, column \"number 3\": a quoted field is never closed"), "{found}");

    // Quotes that open nothing, and files that end in odd ways.
    for last in
        ["b,2026-01-01,1,5\" pipe", "b,2026-01-01,1,\"\"", "b,2026-01-01,1,\"a\"\"\"", "b,2026-01-01,1,\"a\" \r"]
    {
        for end in ["", "\n", "\r\n", "\n\n"] {
            let export = read_csv(format!("{header}{}{last}{end}", rows(20))).unwrap();
            assert_eq!((export.reports()[0].rows, export.reports()[0].used), (21, 21), "{last:?} {end:?}");
            assert_eq!(export.reports()[0].multiline, 0);
        }
    }
    assert!(matches!(read_csv("\n\n"), Err(ReadError::Empty { .. })));
    // The mark that stands behind the end, inside a file, hides no row.
    let found = message(format!("{header}\0end of the file\0\n{}", rows(5)));
    assert!(found.contains("line 2"), "{found}");
}

#[test]
fn rows_between_two_stray_quotes_are_refused_and_honest_line_breaks_are_counted() {
    let header = "customer_id,note,timestamp,amount,tail\n";
    let row = "c,x,2026-01-01,1,y\n";
    for (open, close) in [
        ("a,\"x,2026-01-01,1,y\n", "b,x\",2026-01-01,1,y\n"),
        ("a,x,2026-01-01,1,\"y\n", "b,x,2026-01-01,1,y\"\n"),
        ("a,x,2026-01-01,1,\"y\r\n", "y\"\n"),
    ] {
        let found = message(format!("{header}{row}{open}{row}{row}{close}{row}"));
        assert!(
            found.contains("line 3, byte") && found.contains("a quoted field holds what looks like a whole row"),
            "{found}"
        );
    }
    // Neighbours: the last column holds the whole second row.
    let found = message(format!("{header}a,x,2026-01-01,1,\"y\nb,x,2026-01-01,1,y\"\n"));
    assert!(found.contains("line 2, byte") && found.contains("a quoted field holds"), "{found}");

    let honest = [
        "a,\"5 Main St\nBerlin, x\",2026-01-01,1,y\n",
        "\"a\nb\",x,2026-01-01,1,y\n",
        "a,x,2026-01-01,1,\"one,two,three,four,five\none,two,three,four,five\"\n",
        "a,x,2026-01-01,1,\"\n\r\n\"\r\n",
    ];
    let export = read_csv(format!("{header}{row}{}{row}", honest.concat())).unwrap();
    let report = &export.reports()[0];
    assert_eq!((report.rows, report.used, report.multiline), (6, 6, 4));
}

#[test]
fn a_table_of_which_every_row_is_rejected_says_so() {
    let (_folder, path) = file("t.csv", format!("{HEADER}a,2026-01-01,\"1,5\"\nb,2026-01-01,\"2,5\"\n"));
    let mut lenient = spec(&path);
    lenient.max_reject_share = 1.0;
    let found = Export::read(&lenient, None).unwrap_err().to_string();
    assert!(found.contains("all 2 rows were rejected: line 2, column \"amount\""), "{found}");
    assert!(found.contains("decimal comma") && !found.contains("negative"), "{found}");
}

#[test]
fn amounts_whose_sums_would_not_be_exact_are_refused() {
    let row = "a,2026-01-01,300000000000000\n";
    assert!(read_csv(format!("{HEADER}{row}{row}{row}")).is_ok());
    let found = message(format!("{HEADER}{row}{row}{row}b,2026-01-02,-0.01\n"));
    assert!(
        found.contains("line 5, byte")
            && found.contains(": the amounts")
            && found.contains("more than 900000000000000.00"),
        "{found}"
    );

    // A single margin beyond the end of the scale.
    let row = "a,2026-01-01,899999999999999,-899999999999999\n";
    let (_folder, path) = file("t.csv", format!("customer_id,timestamp,amount,cost\n{row}"));
    let mut spec = spec(&path);
    spec.transactions.margin = Some(MarginColumn::Cost("cost".into()));
    assert!(matches!(Export::read(&spec, None), Err(ReadError::SumTooLarge { place: Place { line: 2, .. }, .. })));
}

#[test]
fn layouts_that_have_one_reading_are_read() {
    let expected = read_csv(format!("{HEADER}007,2026-01-01,1.50\nx,2026-01-02,2\n")).unwrap();
    for text in [
        "\u{feff}customer_id,timestamp,amount\n007,2026-01-01,1.50\nx,2026-01-02,2\n",
        "amount;extra;customer_id;timestamp\n1.50;;007;2026-01-01\n2;;x;2026-01-02",
        "customer_id\ttimestamp\tamount\r\n007\t2026-01-01\t1.50\r\n\r\nx\t2026-01-02\t2\r\n",
        " customer_id , timestamp ,amount\n 007 ,2026-01-01, 1.50 \nx,2026-01-02T00:00:00,2.0000\n",
        "customer_id,timestamp,amount\r007,2026-01-01,1.50\rx,2026-01-02,2\r",
        "x|\"timestamp\"|customer_id|amount\n1|2026-01-02|x|2\n1|2026-01-01|007|1.5\n",
    ] {
        let export = read_csv(text).unwrap();
        assert_eq!(export.fingerprint(), expected.fingerprint(), "{text:?}");
        assert_eq!(&export.customer_ids()[0], "007");
    }
}

#[test]
fn text_that_is_not_utf_8_is_rejected_row_by_row_and_never_changed() {
    let mut bytes = Vec::from(HEADER);
    for i in 0..2_000 {
        bytes.extend(format!("c{i},2026-01-01,1\n").bytes());
    }
    bytes.extend(b"caf\xe9,2026-01-01,1\nnul\0,2026-01-01,1\n");
    let export = read_csv(bytes).unwrap();
    assert_eq!(export.reports()[0].rejects.counts()[&RejectCode::NotText], 2);
    assert!(matches!(
        read_csv(b"customer_id,timestamp,amount,caf\xe9\na,2026-01-01,1,\n"),
        Err(ReadError::HeaderNotUtf8 { .. })
    ));
}

#[test]
fn what_cannot_be_mixed_is_refused() {
    let found = message(format!("{HEADER}a,2026-01-01T10:00:00Z,1\nb,2026-01-01T10:00:00,1\n"));
    assert!(found.contains("line 3") && found.contains("with a UTC offset"), "{found}");

    let (_folder, path) = file("t.csv", "customer_id,timestamp,amount,cur\na,2026-01-01,1,EUR\nb,2026-01-01,1,USD\n");
    let mut mixed = spec(&path);
    mixed.transactions.currency = Some("cur".into());
    let found = Export::read(&mixed, None).unwrap_err().to_string();
    assert!(found.contains("line 3") && found.contains("\"EUR\"") && found.contains("\"USD\""), "{found}");

    assert!(message(format!("{HEADER}a,2026-01-01,-1\n")).contains("only rows with negative amounts"));
}

#[test]
fn the_projects_own_currency_is_the_one_expected() {
    let (_folder, path) = file("t.csv", "customer_id,timestamp,amount,cur\na,2026-01-01,1,USD\n");
    let mut other = spec(&path);
    other.transactions.currency = Some("cur".into());
    other.transactions.expected_currency = Some("EUR".into());
    let found = Export::read(&other, None).unwrap_err().to_string();
    assert!(found.contains("expected the currency \"EUR\"") && found.contains("found \"USD\""), "{found}");
}

#[test]
fn rows_that_repeat_each_other_are_kept_and_counted() {
    let rows = "a,2026-01-01,1\nb,2026-01-01,1\na,2026-01-02,2\n";
    assert_eq!(read_csv(format!("{HEADER}{rows}")).unwrap().repeated_rows(), 0);
    assert_eq!(read_csv(format!("{HEADER}{rows}{rows}")).unwrap().repeated_rows(), 3);
}

#[test]
fn csv_and_parquet_with_the_same_content_are_the_same_export() {
    let folder = tempfile::tempdir().unwrap();
    let text = |values: &[&str]| Values::Text(values.iter().map(|v| Some((*v).to_owned())).collect());
    let moments = ["2026-01-01T10:30:00", "2026-01-03T23:59:59", "2026-02-01T00:00:00"].map(|m| {
        let (day, clock) = m.split_at(10);
        let seconds: i64 = clock[1..].split(':').fold(0, |s, part| s * 60 + part.parse::<i64>().unwrap());
        Some(Timestamp::from_micros(day.parse::<history::Date>().unwrap().start().micros() + seconds * 1_000_000))
    });
    let money = |values: [i64; 3]| Values::Money(values.map(|v| Some(Money::from_ten_thousandths(v))).to_vec());
    let columns = [
        Column::new("customer_id", text(&["00123", "123", "00123"])),
        Column::new("timestamp", Values::Timestamp(moments.to_vec())),
        Column::new("amount", money([125_000, 199_900, 30_100])),
        Column::new("order", Values::Integer(vec![Some(1), Some(2), None])),
        Column::new("cost", money([100_000, 100_000, 12_345])),
    ];
    let fingerprints = ["t.csv", "t.parquet"].map(|name| {
        let path = folder.path().join(name);
        let mut writer = TableWriter::create(&path).unwrap();
        writer.write(&columns).unwrap();
        writer.finish().unwrap();
        let mut spec = spec(&path);
        spec.transactions.order_id = Some("order".into());
        spec.transactions.margin = Some(MarginColumn::Cost("cost".into()));
        let export = Export::read(&spec, None).unwrap();
        assert_eq!(export.customer_ids().len(), 2, "00123 and 123 are two customers");
        export.fingerprint().map(str::to_owned).unwrap()
    });
    assert_eq!(fingerprints[0], fingerprints[1]);
}

#[test]
fn the_size_of_row_groups_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<i64> = (0..10_000).collect();
    let fingerprints = [7, 1_000, 10_000].map(|size| {
        let path = folder.path().join("t.parquet");
        let mut writer = TableWriter::create(&path).unwrap();
        for block in rows.chunks(size) {
            let ids = block.iter().map(|i| Some(format!("c{}", i * 7_919 % 501))).collect();
            let moments = block.iter().map(|i| Some(Timestamp::from_micros(1_700_000_000_000_000 + i * 3_600_000_000)));
            let amounts = block.iter().map(|i| Some(Money::from_ten_thousandths(i * 100)));
            writer
                .write(&[
                    Column::new("customer_id", Values::Text(ids)),
                    Column::new("timestamp", Values::Timestamp(moments.collect())),
                    Column::new("amount", Values::Money(amounts.collect())),
                ])
                .unwrap();
        }
        writer.finish().unwrap();
        let export = Export::read(&spec(&path), None).unwrap();
        assert_eq!(export.reports()[0].used, 10_000);
        export.fingerprint().map(str::to_owned).unwrap()
    });
    assert_eq!(fingerprints[0], fingerprints[1]);
    assert_eq!(fingerprints[0], fingerprints[2]);
}

#[test]
fn parquet_files_cut_short_are_refused_at_every_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let mut writer = TableWriter::create(&path).unwrap();
    let rows = 5_000;
    let ids = (0..rows).map(|i| Some(format!("c{i}"))).collect();
    let days = (0..rows).map(|i| Some(history::Date::from_days(20_000 + i % 90))).collect();
    let amounts = (0..rows).map(|i| Some(f64::from(i) * 0.25)).collect();
    writer
        .write(&[
            Column::new("customer_id", Values::Text(ids)),
            Column::new("timestamp", Values::Date(days)),
            Column::new("amount", Values::Float(amounts)),
        ])
        .unwrap();
    writer.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(Export::read(&spec(&path), None).unwrap().purchase_rows(), 5_000);
    for percent in 0..100 {
        std::fs::write(&path, &whole[..whole.len() * percent / 100]).unwrap();
        let error = Export::read(&spec(&path), None).unwrap_err();
        let refused = matches!(error, ReadError::ParquetClaim { .. } | ReadError::Empty { .. });
        assert!(refused, "{percent}: {error}");
    }
}

#[test]
fn a_second_row_of_a_customer_is_rejected() {
    let (folder, path) = file("t.csv", format!("{HEADER}a,2026-01-01,1\n"));
    let mut text = String::from("customer_id,region\na,north\na,south\n");
    for i in 0..2_000 {
        text.push_str(&format!("c{i},\n"));
    }
    let customers = folder.path().join("c.csv");
    std::fs::write(&customers, text).unwrap();
    let mut spec = spec(&path);
    spec.customers = Some(CustomersSpec {
        table: TableSpec::at(customers),
        customer_id: "customer_id".into(),
        signup_date: None,
        contract_end: None,
        contact_allowed: None,
        segments: vec![("region".into(), "region".into())],
    });
    let export = Export::read(&spec, None).unwrap();
    assert_eq!(export.reports()[1].rejects.counts()[&RejectCode::DuplicateCustomer], 1);
    assert_eq!(export.segment_column("region").unwrap()[0].as_deref(), Some("north"));
}

#[test]
fn a_table_that_is_not_finished_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.csv", "t.parquet"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "older").unwrap();
        let mut writer = TableWriter::create(&path).unwrap();
        writer.write(&[Column::new("x", Values::Integer(vec![Some(1)]))]).unwrap();
        let other = writer.write(&[Column::new("y", Values::Integer(vec![Some(1)]))]);
        assert!(other.unwrap_err().to_string().contains("the file has x"));
        drop(writer);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "older");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
