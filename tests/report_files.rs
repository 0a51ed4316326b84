//! The files of the report that people open: the workbook and CSV for spreadsheets. No name runs as a formula in them, they say the
//! same as the scores, and LibreOffice reads the workbook without loss.

#![allow(clippy::print_stderr)] // what is skipped is said

mod common;
#[path = "common/outputs.rs"]
mod outputs;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

use common::{Folder, export, orders, project_until};
use outputs::done;

/// What names begin with, in turn: whatever a spreadsheet takes for a formula, and what is close to it.
const BEGINNINGS: [&str; 8] = ["=", "+", "-", "@", "＝", "'=", "C;\"x\"", "é "];

/// A shop whose customers, regions and file of customers have such names.
fn shop() -> Folder {
    let rename = |row: &String| {
        let number: usize = row[1..4].parse().expect("a number");
        let begin = BEGINNINGS[number % BEGINNINGS.len()].replace('"', "\"\"");
        format!("\"{begin}{}\"{}", &row[..4], &row[4..])
    };
    let rows: Vec<String> = orders().iter().map(rename).collect();
    let folder = Folder::shop(
        &format!(
            "{}[customers]\npath = \"=customers.csv\"\ncolumns = {{ region = \"region\" }}\n[report]\nsegment_by = \"region\"\n",
            project_until("2025-10-01").replace("name = \"shop\"", "name = \"shop\"\ncurrency = \"EUR\"")
        ),
        &export(&rows),
    );
    let mut customers = "customer_id,region\n".to_owned();
    for customer in 0..60 {
        let begin = BEGINNINGS[customer % BEGINNINGS.len()].replace('"', "\"\"");
        let region = ["=HYPERLINK(1)", "-2+3", "@x"][customer % 3];
        writeln!(customers, "\"{begin}C{customer:03}\",{region}").expect("a text takes any text");
    }
    folder.write("=customers.csv", &customers);
    folder
}

/// Rows of a CSV file, with its separator.
fn rows_of(text: &str, separator: u8) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).expect("text")
}

/// Cells of `scores.csv` by customer and column.
fn scores(folder: &Folder) -> BTreeMap<String, BTreeMap<String, String>> {
    let rows = rows_of(&text(folder, "out/scores.csv"), b',');
    let named = |row: &Vec<String>| rows[0].iter().cloned().zip(row.iter().cloned()).collect::<BTreeMap<_, _>>();
    rows[1..].iter().map(|row| (row[0].clone(), named(row))).collect()
}

/// The text that a guarded cell stands for.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '＝']) => rest,
        _ => cell,
    }
}

#[test]
fn csv_for_spreadsheets_holds_no_formula_and_says_what_the_scores_say() {
    let folder = shop();
    done(folder.churn("run", &["--csv-excel"]));
    let names = folder.names("out");
    for name in ["report.xlsx", "excel-customers.csv", "excel-segments.csv", "excel-cohorts.csv", "excel-measures.csv"]
    {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    for name in names.iter().filter(|name| name.starts_with("excel-")) {
        let text = text(&folder, &format!("out/{name}"));
        let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
        assert!(text.ends_with("\r\n"), "{name}");
        for cell in rows_of(text, b';').into_iter().flatten() {
            let number = cell.replace(',', ".").parse::<f64>().is_ok();
            assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝']), "{name}: {cell}");
        }
    }
    let scores = scores(&folder);
    let customers = text(&folder, "out/excel-customers.csv");
    let rows = rows_of(customers.trim_start_matches('\u{feff}'), b';');
    assert_eq!(rows.len(), scores.len() + 1);
    for row in &rows[1..] {
        let score = &scores[unguarded(&row[0])];
        assert_eq!(unguarded(&row[2]), score["segment"]);
        assert!(!row[4].contains('.'), "{row:?}");
        let number = |text: &str| text.replace(',', ".").parse::<f64>().ok();
        assert_eq!(number(&row[4]), number(&score["churn_probability"]), "{row:?}");
        assert_eq!(number(&row[8]), number(&score["value_at_risk"]), "{row:?}");
    }
    // The most value at risk first.
    let at_risk: Vec<f64> = rows[1..].iter().filter_map(|row| row[8].replace(',', ".").parse().ok()).collect();
    assert!(at_risk.len() > 10 && at_risk.is_sorted_by(|a, b| a >= b), "{at_risk:?}");
}

#[test]
fn the_answers_and_the_workbook_are_the_same_bytes_for_the_same_data() {
    let folder = shop();
    done(folder.churn("run", &[]));
    // The report of a training has its warnings too.
    done(folder.churn("report", &[]));
    let first = folder.read("out/report.xlsx");
    done(folder.churn("report", &["--threads", "1"]));
    assert!(first == folder.read("out/report.xlsx"), "the workbook has changed");
    assert!(!folder.path("out/excel-customers.csv").exists(), "only where it is asked for");
}

#[test]
fn who_is_forgotten_stands_in_no_file_for_people() {
    let folder = shop();
    done(folder.churn("run", &["--csv-excel"]));
    let place = folder.path("").display().to_string();
    done(folder.churn_here(&["forget", "--project", &place, "--", "=C000"]));
    assert!(!folder.path("out/report.xlsx").exists() && !folder.path("out/excel-customers.csv").exists());
    assert!(folder.path("out/excel-lift.csv").exists(), "a table without customers stays");
    for name in folder.names("out").iter().filter(|name| name.ends_with(".csv")) {
        assert!(!text(&folder, &format!("out/{name}")).contains("=C000"), "{name}");
    }
}

/// A sheet of the workbook as LibreOffice reads it, cells as they are and not as they are shown; `None` where LibreOffice is missing.
fn by_libreoffice(folder: &Folder, sheet: usize, name: &str) -> Option<Vec<Vec<String>>> {
    let filter = format!("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,{sheet}");
    let home = folder.path("home");
    std::fs::create_dir_all(&home).expect("a folder");
    let ended = Command::new("soffice")
        .env("HOME", &home)
        .args(["--headless", "--convert-to", &filter, "--outdir"])
        .arg(folder.path("converted"))
        .arg(folder.path("out/report.xlsx"))
        .output();
    if let Err(error) = ended {
        assert!(std::env::var_os("CHURN_TEST_LIBREOFFICE").is_none(), "soffice: {error}");
        return None;
    }
    let text = text(folder, &format!("converted/report-{name}.csv"));
    Some(rows_of(&text, b','))
}

/// Whether two cells are the same number, or both empty. LibreOffice writes cells with a format of per cent as per cent.
fn same(found: &str, expected: &str) -> bool {
    let number = |text: &str| match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok().map(|percent| percent / 100.0),
        None => text.parse::<f64>().ok(),
    };
    match (number(found), number(expected)) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        (found, expected) => found == expected,
    }
}

#[test]
fn libreoffice_reads_the_workbook_without_loss() {
    let folder = shop();
    done(folder.churn("run", &[]));
    let Some(rows) = by_libreoffice(&folder, 3, "Customers") else {
        eprintln!("*** SKIPPED: libreoffice_reads_the_workbook_without_loss: soffice is missing ***");
        return;
    };
    let scores = scores(&folder);
    assert_eq!(rows.len(), scores.len() + 1);
    assert_eq!(rows[0][..5], ["customer_id", "state", "segment", "risk_band", "churn_probability"]);
    for row in &rows[1..] {
        let score = scores.get(&row[0]).unwrap_or_else(|| panic!("{row:?}"));
        for (at, column) in [(1, "state"), (2, "segment"), (3, "risk_band"), (9, "reason_1"), (10, "reason_2")] {
            assert_eq!(row[at], score[column], "{column}");
        }
        for (at, column) in [
            (4, "churn_probability"),
            (5, "probability_low"),
            (7, "expected_value"),
            (8, "value_at_risk"),
            (12, "return_probability"),
        ] {
            let same = same(&row[at], &score[column]);
            assert!(same, "{column}: {} is not {}", row[at], score[column]);
        }
    }
    let segments = by_libreoffice(&folder, 2, "Segments").expect("it was there before");
    let mut names: Vec<&str> =
        segments[1..].iter().map(|row| row[0].as_str()).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    assert_eq!(names, ["-2+3", "=HYPERLINK(1)", "@x"]);
}
