#![allow(clippy::unwrap_used)]
use std::path::PathBuf;

use polars::prelude::{AnyValue, DataFrame, DataType, TimeUnit};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use tempfile::TempDir;

use super::*;
use crate::{Date, Money, Timestamp};

fn read(path: &Path) -> DataFrame {
    ParquetReader::new(File::open(path).unwrap()).finish().unwrap()
}

/// Writes the blocks one after the other, and gives the file's bytes.
fn written(folder: &TempDir, name: &str, blocks: &[Vec<Column>]) -> (PathBuf, Vec<u8>) {
    let path = folder.path().join(name);
    let mut table = TableWriter::create(&path).unwrap();
    blocks.iter().for_each(|block| table.write(block).unwrap());
    table.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

fn every_kind() -> Vec<Column> {
    let moment = |micros| Some(Timestamp::from_micros(micros));
    let text = [Some("ă€ \"x\", y\n"), None, Some(""), Some("a text of more than twelve bytes")];
    vec![
        Column::new("text", Values::Text(text.map(|x| x.map(str::to_owned)).to_vec())),
        Column::new("packed", Values::Packed(text.into_iter().collect())),
        Column::new("integer", Values::Integer(vec![Some(i64::MIN), None, Some(i64::MAX), Some(0)])),
        Column::new("count", Values::Count(vec![0, u32::MAX, 7, 7])),
        Column::new("float", Values::Float(vec![Some(-0.0), Some(5e-324), None, Some(f64::INFINITY)])),
        Column::new("number", Values::Number(vec![0.1 + 0.2, f64::NAN, f64::MAX, -1.0])),
        Column::new("full", Values::Number(vec![1.0, 1.0, 1.0, 1.0])),
        Column::new("money", Values::Money(vec![Some(Money::from_ten_thousandths(123_456)), None, None, None])),
        Column::new("timestamp", Values::Timestamp(vec![moment(-1), None, moment(1_700_000_000_123_456), moment(0)])),
        Column::new("date", Values::Date(vec![Some(Date::from_days(-1)), Some(Date::from_days(20_000)), None, None])),
        Column::new("flag", Values::Flag(vec![Some(true), Some(false), None, Some(true)])),
        Column::new("empty", Values::Number(vec![f64::NAN; 4])),
    ]
}

#[test]
fn parquet_gives_back_every_kind_of_column() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = written(&folder, "t.parquet", &[every_kind(), every_kind()]);
    let frame = read(&path);
    assert_eq!(frame.height(), 8);
    let types: Vec<(&str, &DataType)> = frame.columns().iter().map(|c| (c.name().as_str(), c.dtype())).collect();
    let moment = DataType::Datetime(TimeUnit::Microseconds, None);
    let expected = [
        ("text", &DataType::String),
        ("packed", &DataType::String),
        ("integer", &DataType::Int64),
        ("count", &DataType::Int64),
        ("float", &DataType::Float64),
        ("number", &DataType::Float64),
        ("full", &DataType::Float64),
        ("money", &DataType::Float64),
        ("timestamp", &moment),
        ("date", &DataType::Date),
        ("flag", &DataType::Boolean),
        ("empty", &DataType::Float64),
    ];
    assert_eq!(types, expected);

    let nulls: Vec<usize> = frame.columns().iter().map(|c| c.null_count()).collect();
    assert_eq!(nulls, [2, 2, 2, 0, 2, 2, 0, 6, 2, 4, 2, 8]);
    for offset in [0, 4] {
        let cell = |name: &str, row: usize| frame.column(name).unwrap().get(offset + row).unwrap().into_static();
        for name in ["text", "packed"] {
            assert_eq!(cell(name, 0), AnyValue::String("ă€ \"x\", y\n"));
            assert_eq!(cell(name, 1), AnyValue::Null);
            assert_eq!(cell(name, 2), AnyValue::String(""));
            assert_eq!(cell(name, 3), AnyValue::String("a text of more than twelve bytes"));
        }
        assert_eq!([cell("integer", 0), cell("integer", 2)], [AnyValue::Int64(i64::MIN), AnyValue::Int64(i64::MAX)]);
        assert_eq!(cell("count", 1), AnyValue::Int64(i64::from(u32::MAX)));
        let floats = frame.column("float").unwrap().f64().unwrap();
        let bits = |row: usize| floats.get(offset + row).map(f64::to_bits);
        assert_eq!(
            [bits(0), bits(1), bits(2), bits(3)],
            [Some((-0.0_f64).to_bits()), Some(1), None, Some(f64::INFINITY.to_bits())]
        );
        let numbers = frame.column("number").unwrap().f64().unwrap();
        let numbers: Vec<_> = (0..4).map(|row| numbers.get(offset + row)).collect();
        assert_eq!(numbers, [Some(0.1 + 0.2), None, Some(f64::MAX), Some(-1.0)]);
        assert_eq!(cell("money", 0), AnyValue::Float64(12.3456));
        assert_eq!(cell("timestamp", 0), AnyValue::Datetime(-1, TimeUnit::Microseconds, None));
        assert_eq!(cell("date", 0), AnyValue::Date(-1));
        assert_eq!([cell("flag", 0), cell("flag", 1)], [AnyValue::Boolean(true), AnyValue::Boolean(false)]);
    }
}

#[test]
fn csv_has_a_line_for_each_row() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bytes) = written(&folder, "t.csv", &[every_kind()]);
    let expected = "text,packed,integer,count,float,number,full,money,timestamp,date,flag,empty\n\
        \"ă€ \"\"x\"\", y\n\",\"ă€ \"\"x\"\", y\n\",-9223372036854775808,0,-0,0.30000000000000004,1,12.3456,\
        1969-12-31T23:59:59.999999,1969-12-31,true,\n\
        ,,,4294967295,";
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with(",0,7,inf,-1,1,,1970-01-01T00:00:00,,true,\n"), "{text}");
    assert_eq!(text.matches('\n').count(), 7, "{text}");
}

#[test]
fn packed_and_plain_values_make_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 10_000_u32;
    let numbers: Vec<f64> = (0..rows).map(|i| if i % 7 == 0 { f64::NAN } else { f64::from(i).sqrt() }).collect();
    let texts: Vec<Option<String>> =
        (0..rows).map(|i| (i % 5 != 0).then(|| format!("c{}", i * 7_919 % rows))).collect();
    let lean = vec![
        Column::new("text", Values::Packed(texts.iter().map(Option::as_deref).collect())),
        Column::new("count", Values::Count((0..rows).map(|i| i % 100).collect())),
        Column::new("number", Values::Number(numbers.clone())),
    ];
    let plain = vec![
        Column::new("text", Values::Text(texts)),
        Column::new("count", Values::Integer((0..rows).map(|i| Some(i64::from(i % 100))).collect())),
        Column::new("number", Values::Float(numbers.iter().map(|x| Some(*x).filter(|x| !x.is_nan())).collect())),
    ];
    for ending in ["csv", "parquet"] {
        let lean = written(&folder, &format!("lean.{ending}"), std::slice::from_ref(&lean)).1;
        let plain = written(&folder, &format!("plain.{ending}"), std::slice::from_ref(&plain)).1;
        assert_eq!(lean, plain, "{ending}");
    }
}

/// A block: rows from a number to another. Blocks are of different sizes, so that they are not done in order.
const BLOCKS: [(u32, u32); 7] =
    [(0, 9_000), (9_000, 9_010), (9_010, 9_010), (9_010, 15_000), (15_000, 15_001), (15_001, 15_900), (15_900, 23_456)];

fn block((start, end): &(u32, u32)) -> Vec<Column> {
    let rows = *start..*end;
    vec![
        Column::new(
            "id",
            Values::Packed(
                rows.clone()
                    .map(|i| format!("c{i:06}"))
                    .map(Some)
                    .collect::<Vec<_>>()
                    .iter()
                    .map(Option::as_deref)
                    .collect(),
            ),
        ),
        Column::new("group", Values::Text(rows.clone().map(|i| Some(format!("g{}", i % 13))).collect())),
        Column::new("x", Values::Number(rows.clone().map(|i| f64::from(i) / 7.0).collect())),
        Column::new("n", Values::Count(rows.collect())),
    ]
}

#[test]
fn files_do_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let blocks: Vec<_> = BLOCKS.iter().map(block).collect();
    let expected = ["t.csv", "t.parquet"].map(|name| written(&folder, name, &blocks).1);
    for threads in [1, 2, 5, 16] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let paths = ["u.csv", "u.parquet"].map(|name| folder.path().join(name));
        let mut tables = paths.each_ref().map(|path| TableWriter::create(path).unwrap());
        let mut order = Vec::new();
        let made = |range: &(u32, u32)| Ok::<_, WriteError>(block(range));
        pool.install(|| write_blocks(&mut tables, &BLOCKS, made, |range| order.push(*range))).unwrap();
        assert_eq!(order, BLOCKS);
        for ((table, path), expected) in tables.into_iter().zip(&paths).zip(&expected) {
            table.finish().unwrap();
            assert!(std::fs::read(path).unwrap() == *expected, "{} on {threads} threads", path.display());
        }
    }
    let text = String::from_utf8(expected[0].clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 23_457);
    for i in [0, 4_095, 4_096, 9_005, 15_000, 23_455] {
        assert_eq!(lines[i + 1], format!("c{i:06},g{},{},{i}", i % 13, i as f64 / 7.0));
    }
    let frame = read(&folder.path().join("u.parquet"));
    let counts = frame.column("n").unwrap().i64().unwrap().clone();
    assert!(counts.iter().eq((0..23_456).map(Some)));
}

#[test]
fn of_several_errors_the_one_of_the_first_block_is_returned_and_nothing_is_left() {
    #[derive(Debug)]
    enum Failure {
        Block(u32),
        Write(WriteError),
    }
    impl From<WriteError> for Failure {
        fn from(error: WriteError) -> Self {
            Failure::Write(error)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.csv", "t.parquet"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "older").unwrap();
        let mut table = TableWriter::create(&path).unwrap();
        let mut done = 0;
        let failing =
            |range: &(u32, u32)| if range.0 >= 15_000 { Err(Failure::Block(range.0)) } else { Ok(block(range)) };
        let outcome = write_blocks(std::slice::from_mut(&mut table), &BLOCKS, failing, |_| done += 1);
        assert!(matches!(outcome, Err(Failure::Block(15_000))), "{outcome:?}");
        assert_eq!(done, 4);
        assert!(matches!(table.finish(), Err(WriteError::Encoding { .. })));

        let mut table = TableWriter::create(&path).unwrap();
        let other = |range: &(u32, u32)| Ok(if range.0 < 15_000 { block(range) } else { every_kind() });
        let outcome = write_blocks(std::slice::from_mut(&mut table), &BLOCKS, other, |_| ());
        assert!(matches!(outcome, Err(Failure::Write(WriteError::Shape { .. }))), "{outcome:?}");
        assert!(table.finish().is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "older");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_block_that_does_not_fit_is_refused_and_the_table_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let column = |name: &str| Column::new(name, Values::Count(vec![1]));
    for (name, other) in [("t.csv", "o.parquet"), ("t.parquet", "o.csv")] {
        let foreign = TableWriter::create(&folder.path().join(other)).unwrap().encoder();
        let refused = |block: &[Column]| {
            let mut table = TableWriter::create(&folder.path().join(name)).unwrap();
            table.write(&[column("x")]).unwrap();
            let error = table.write(block).unwrap_err().to_string();
            assert!(table.write(&[column("x")]).is_err());
            assert!(table.finish().is_err());
            error
        };
        let error = refused(&[column("y")]);
        assert!(error.ends_with("has the columns y (whole numbers), the file has x (whole numbers)"), "{error}");
        let error = refused(&[Column::new("x", Values::Number(vec![1.0]))]);
        assert!(error.ends_with("has the columns x (numbers), the file has x (whole numbers)"), "{error}");
        let error = refused(&[column("x"), Column::new("z", Values::Count(Vec::new()))]);
        assert!(error.ends_with("in a block of rows, found x (1 rows), z (0 rows)"), "{error}");

        let mut table = TableWriter::create(&folder.path().join(name)).unwrap();
        let error = table.write_encoded(foreign.encode(&[column("x")]).unwrap()).unwrap_err();
        assert!(error.to_string().ends_with("found another table's"), "{error}");
        assert!(table.finish().is_err());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_table_without_rows_has_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = block(&(0, 0));
    assert_eq!(written(&folder, "t.csv", &[nobody.clone(), nobody.clone()]).1, b"id,group,x,n\n");
    let frame = read(&written(&folder, "t.parquet", &[nobody.clone(), nobody]).0);
    assert_eq!(frame.height(), 0);
    assert_eq!(frame.get_column_names(), ["id", "group", "x", "n"]);
}

/// A device that is always full stands for a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_of_the_operating_system() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.csv", "t.parquet"] {
        for rows in [10, 300_000] {
            let mut table = TableWriter::create(&folder.path().join(name)).unwrap();
            table.sink = Sink::ToBegin(File::options().write(true).open("/dev/full").unwrap());
            // What is small stays in the buffer until the end.
            let error = table.write(&block(&(0, rows))).and_then(|()| table.finish()).unwrap_err();
            assert!(matches!(error, WriteError::Io { .. }), "{name} of {rows} rows: {error:?}");
            assert!(error.to_string().contains("No space left"), "{error}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
