//! Tables are written as they were given, whatever their columns hold.

#![allow(clippy::unwrap_used)]

use std::fs::File;

use history::{Column, TableWriter, Values, WriteError};
use polars::prelude::{DataFrame, DataType};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

fn columns(first: u32) -> [Column; 3] {
    let rows = 0..1_000_u32;
    let some = |row: u32| (row % 7 != 3).then_some(first + row);
    [
        Column::new("count", Values::Count(rows.clone().map(some).collect())),
        Column::new("whole", Values::FloatOrMissing(rows.clone().map(f64::from).collect())),
        Column::new(
            "missing",
            Values::FloatOrMissing(
                rows.map(|row| if row % 7 == 3 { f64::NAN } else { f64::from(row) / 8.0 }).collect(),
            ),
        ),
    ]
}

#[test]
fn missing_numbers_are_empty_cells_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["t.csv", "t.parquet"] {
        let mut writer = TableWriter::create(&path(name)).unwrap();
        for block in 0..20 {
            writer.write(&columns(block * 1_000)).unwrap();
        }
        writer.finish().unwrap();
    }
    let text = std::fs::read_to_string(path("t.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 20_001);
    assert_eq!([lines[0], lines[4], lines[5]], ["count,whole,missing", ",3,", "4,4,0.5"]);

    let frame: DataFrame = ParquetReader::new(File::open(path("t.parquet")).unwrap()).finish().unwrap();
    let types: Vec<DataType> = frame.columns().iter().map(|column| column.dtype().clone()).collect();
    assert_eq!(types, [DataType::UInt32, DataType::Float64, DataType::Float64]);
    let nulls: Vec<usize> = frame.columns().iter().map(|column| column.null_count()).collect();
    assert_eq!(nulls, [2_860, 0, 2_860]);
    let counts = frame.column("count").unwrap().u32().unwrap();
    let expected = (0..20_000_u32).map(|row| (row % 1_000 % 7 != 3).then_some(row));
    assert!(counts.iter().eq(expected), "blocks stand in the order in which they were written");
}

#[test]
fn a_table_dropped_while_blocks_are_being_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let mut writer = TableWriter::create(&path).unwrap();
    for block in 0..5 {
        writer.write(&columns(block)).unwrap();
    }
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let empty = TableWriter::create(&path).unwrap().finish();
    assert!(matches!(empty, Err(WriteError::Encoding { .. })));
}
