//! What a workbook must hold, and what it must never do.

use std::collections::BTreeMap;
use std::io::Read;

use super::*;
use crate::data::CustomerScore;
use crate::tests::{HOSTILE, full};

/// The parts of a workbook, unpacked: ZIP's central directory (APPNOTE 4.3.12), stored or deflated.
fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let number = |at: usize, width: usize| {
        bytes[at..at + width].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut parts = BTreeMap::new();
    for _ in 0..count {
        let (method, packed) = (number(at + 10, 2), number(at + 20, 4));
        let (name, extra, comment) = (number(at + 28, 2), number(at + 30, 2), number(at + 32, 2));
        let file = number(at + 42, 4);
        let text = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
        let start = file + 30 + number(file + 26, 2) + number(file + 28, 2);
        let body = &bytes[start..start + packed];
        let mut unpacked = String::new();
        match method {
            0 => unpacked.push_str(std::str::from_utf8(body).unwrap()),
            _ => {
                flate2::read::DeflateDecoder::new(body).read_to_string(&mut unpacked).unwrap();
            }
        }
        parts.insert(text, unpacked);
        at += 46 + name + extra + comment;
    }
    parts
}

fn customer<'a>(text: &'a str, reasons: &'a [String], at: u32) -> CustomerRow<'a> {
    CustomerRow {
        id: text,
        state: "eligible",
        segment: Some(text),
        score: Some(CustomerScore {
            probability: 0.25,
            interval: Some((0.2, 0.3)),
            band: "medium",
            expected_value: 100.0 + f64::from(at),
            value_at_risk: 25.0,
            reasons,
        }),
        return_probability: None,
    }
}

fn made(text: &str, customers: u32, rows_of_a_sheet: u32) -> Vec<u8> {
    let data = full(text);
    let scratch = tempfile::tempdir().unwrap();
    let mut book = Workbook::with_rows(&data, scratch.path(), rows_of_a_sheet).unwrap();
    let reasons = vec![text.to_owned(); 3];
    for at in 0..customers {
        book.customer(&customer(text, &reasons, at)).unwrap();
    }
    let plan = PlanRow {
        customer_id: text.to_owned(),
        priority: Some(1),
        offer: text.to_owned(),
        reason: text.to_owned(),
        churn_probability: Some(0.25),
        cost: Some(4.0),
        ..PlanRow::default()
    };
    book.planned(&plan).unwrap();
    let mut bytes = std::io::Cursor::new(Vec::new());
    book.save(&mut bytes).unwrap();
    bytes.into_inner()
}

fn sheet_names(parts: &BTreeMap<String, String>) -> Vec<String> {
    let of = |piece: &str| piece.split('"').next().unwrap().to_owned();
    parts["xl/workbook.xml"].split("<sheet name=\"").skip(1).map(of).collect()
}

#[test]
fn the_sheets_are_in_their_order_with_filters_and_frozen_headers() {
    let parts = parts(&made("plain", 3, 1_000));
    let names = ["Summary", "Segments", "Customers", "Deciles", "Cohorts", "Plan", "Dictionary"];
    assert_eq!(sheet_names(&parts), names);
    for (sheet, filtered) in [(2, true), (3, true), (6, true), (7, true), (4, false)] {
        let xml = &parts[&format!("xl/worksheets/sheet{sheet}.xml")];
        assert!(xml.contains("state=\"frozen\""), "{sheet}");
        assert_eq!(xml.contains("<autoFilter ref=\"A1:"), filtered, "{sheet}");
    }
    assert!(parts["xl/worksheets/sheet3.xml"].contains("<colorScale>"));
    assert!(parts.keys().filter(|name| name.starts_with("xl/charts/chart")).count() >= 5);
    // Numbers are numbers: no quotes, no percent signs.
    assert!(parts["xl/worksheets/sheet3.xml"].contains("<v>0.25</v>"));
    assert!(parts["xl/styles.xml"].contains("0.0%") && parts["xl/styles.xml"].contains("#,##0.00"));
}

#[test]
fn no_text_becomes_a_formula_or_a_link() {
    for text in [
        HOSTILE,
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1",
        "{=1}",
        "http://x.example",
        "_x0041_",
    ] {
        let parts = parts(&made(text, 2, 1_000));
        for (name, xml) in &parts {
            assert!(!xml.contains("<f>") && !xml.contains("<f "), "{text}: {name}");
            assert!(!xml.contains("<hyperlink") && !name.contains("externalLink"), "{text}: {name}");
            // Charts refer to cells by formulas of their own, which hold names of sheets alone.
            for formula in xml.split("<c:f>").skip(1) {
                let formula = formula.split('<').next().unwrap();
                assert!(formula.contains("!$") && !formula.contains("cmd"), "{formula}");
            }
        }
        let plain = super::tests::parts(&made("plain", 2, 1_000));
        assert_eq!(parts.keys().collect::<Vec<_>>(), plain.keys().collect::<Vec<_>>());
    }
}

#[test]
fn customers_beyond_a_sheet_go_to_the_next_and_the_summary_says_so() {
    let parts = parts(&made("plain", 25, 10));
    let names = sheet_names(&parts);
    assert_eq!(names[2..5], ["Customers", "Customers 2", "Customers 3"]);
    let rows = |sheet: usize| parts[&format!("xl/worksheets/sheet{sheet}.xml")].matches("<row ").count();
    assert_eq!([rows(3), rows(4), rows(5)], [11, 11, 6]);
    assert!(parts["xl/sharedStrings.xml"].contains("they stand on 3 sheets, Customers to Customers 3"));
}

#[test]
fn long_texts_are_cut_to_a_cell_and_counted() {
    let parts = parts(&made(&"😀".repeat(20_000), 1, 10));
    // Each of them is two characters for Excel.
    assert!(parts["xl/worksheets/sheet3.xml"].contains(&format!("{}…", "😀".repeat(16_383))));
    assert!(parts["xl/sharedStrings.xml"].contains("texts were longer than a cell of Excel can be"));
    assert_eq!(cells::fitting("abc", 3), "abc");
    assert_eq!(cells::fitting("abcd", 3), "ab…");
}

#[test]
fn the_same_data_give_the_same_bytes() {
    assert_eq!(made("plain", 5, 3), made("plain", 5, 3));
}
