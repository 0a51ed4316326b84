//! Files that are bad as files: their header, their lines, their quotes. The numbers are those of the list of bad inputs.

mod cases;
mod common;

use cases::{Case, first_line, good, good_and};
use common::{HEADER, export, orders};

/// A good export, line by line.
fn lines() -> Vec<String> {
    good().lines().map(str::to_owned).collect()
}

fn with_last(rows: &[&str], last: &str) -> String {
    format!("{}{last}", good_and(rows))
}

#[test]
fn a01_zero_byte_file() {
    Case::of("").is_refused("empty_file", &["found an empty file"]);
    Case::of("\n\r\n\n").is_refused("empty_file", &[]);
    Case::of("\u{feff}").is_refused("empty_file", &[]);
}

#[test]
fn a02_header_only() {
    Case::of(HEADER).is_refused("no_rows", &["expected rows below the header"]);
    Case::of(format!("{HEADER}\n\n")).is_refused("no_rows", &[]);
}

#[test]
fn a03_no_header() {
    let rows = orders().join("\n");
    let words = ["line 1", "\"customer_id\"", "\"x999\", \"9999-99-99x99:99:99\"", "write the names of the columns"];
    Case::of(rows).is_refused("no_header", &words);
}

#[test]
fn a04_preamble() {
    let words = ["the header stands on line 4", "skip_rows = 3"];
    Case::of(format!("Orders of 2025\nmade by hand, twice\n\n{}", good())).is_refused("header_below", &words);
    Case::of(format!("Orders,,,\r\n,,,\r\n\"a\r\nb\",,,\r\n{}", good())).is_refused("header_below", &["line 5"]);
}

#[test]
fn a05_footer() {
    Case::with_rows(&["Total,,28.50,"]).rejects(&[(first_line(), "timestamp", "bad_timestamp")]);
}

#[test]
fn a06_two_headers_or_tables() {
    let case = Case::with_rows(&[HEADER, "C001,2025-06-01,1.00,x"]);
    case.rejects(&[(first_line(), "amount", "bad_amount")]);
    let second: Vec<String> = (0..300).map(|i| format!("{i},a,b,c,d,e")).collect();
    let rows: Vec<&str> = second.iter().map(String::as_str).collect();
    Case::with_rows(&rows).is_refused("too_many_rejects", &["field_count", "300 of "]);
}

#[test]
fn a07_duplicate_header() {
    let twice = good().replacen("order_id", "amount", 1);
    Case::of(twice).mapping("order_id", "amount").is_refused("duplicate_column", &["\"amount\" stands 2 times"]);
    let text: String =
        good().lines().enumerate().map(|(i, l)| format!("{l},{}\n", if i == 0 { "x,x" } else { "1,2" })).collect();
    Case::of(text).is_used().warns_of(&["unmapped_columns", "duplicate_header"]);
}

#[test]
fn a08_required_column_missing() {
    let text = good().replacen("amount", "amuont", 1);
    Case::of(text).is_refused("missing_column", &["expected a column \"amount\"", "did you mean \"amuont\"?"]);
}

#[test]
fn a09_extra_column() {
    let text: String =
        good().lines().enumerate().map(|(i, l)| format!("{l},{}\n", if i == 0 { "note" } else { "x" })).collect();
    let used = Case::of(text).is_used();
    used.warns_of(&["unmapped_columns"]);
    assert!(
        used.warning("unmapped_columns").message.contains("1 columns are not mapped, and nothing reads them: \"note\"")
    );
    used.is_the_same_as(&Case::of(good()).is_used());
}

#[test]
fn a10_reordered_and_padded_headers() {
    let turned = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
    let mut text: Vec<String> = lines().iter().map(|line| turned(line)).collect();
    text[0] = " Order_ID ,\tAMOUNT, timestamp , Customer_Id ".to_owned();
    let used = Case::of(text.join("\n") + "\n").is_used();
    used.warns_of(&["header_spelling", "header_spelling", "header_spelling"]);
    used.is_the_same_as(&Case::of(good()).is_used());
}

#[test]
fn a11_byte_order_mark() {
    let expected = Case::of(good()).is_used();
    let quoted = good().replacen("customer_id", "\"customer_id\"", 1);
    for text in [good(), quoted] {
        let used = Case::of(format!("\u{feff}{text}")).is_used();
        used.warns_of(&[]);
        used.is_the_same_as(&expected);
    }
    let mut bad = b"\xef\xbb\xbf".to_vec();
    bad.extend(good_and(&["C001,2025-06-01,x,1"]).bytes());
    Case::of(bad).rejects(&[(first_line(), "amount", "bad_amount")]);
}

#[test]
fn a14_bad_utf_8_in_the_middle() {
    let mut bytes = good().into_bytes();
    bytes.extend(b"C00\xc3,2025-06-01,1.00,x\nC001,2025-06-01,2.00,\xff\xfe\n");
    bytes.extend("Jos\u{e9},2025-06-01,1.00,y\n".bytes());
    // Of the order's id only a tag is kept, but bytes that are no text are none.
    let used = Case::of(bytes);
    used.rejects(&[(first_line(), "customer_id", "not_text"), (first_line() + 1, "order_id", "not_text")]);
}

#[test]
fn a15_nul_byte() {
    Case::with_rows(&["C00\0,2025-06-01,1.00,x", "C001,2025-06-01,1.00,y"]).rejects(&[(
        first_line(),
        "customer_id",
        "not_text",
    )]);
}

#[test]
fn a16_cr_only_lines() {
    let used = Case::of(good().replace('\n', "\r")).is_used();
    used.warns_of(&[]);
    used.is_the_same_as(&Case::of(good()).is_used());
    Case::of(good_and(&["C001,2025-06-01,x,1"]).replace('\n', "\r")).rejects(&[(first_line(), "amount", "bad_amount")]);
}

#[test]
fn a17_mixed_line_ends() {
    let ends = ["\n", "\r\n", "\r"];
    let text: String = lines().iter().enumerate().map(|(i, line)| format!("{line}{}", ends[i % 3])).collect();
    let used = Case::of(text.clone()).is_used();
    used.warns_of(&["mixed_line_ends"]);
    used.is_the_same_as(&Case::of(good()).is_used());
    let place = used.warning("mixed_line_ends").place.expect("a place");
    let first_two = lines()[..2].iter().map(String::len).sum::<usize>() as u64 + 1;
    assert_eq!((place.line, place.byte), (2, Some(first_two)));
    Case::of(text + "C001,2025-06-01,x,1\n").rejects(&[(first_line(), "amount", "bad_amount")]);
}

#[test]
fn a18_no_final_newline_and_blank_lines() {
    let expected = Case::of(good()).is_used();
    let used = Case::of(good().trim_end()).is_used();
    used.warns_of(&["no_final_newline"]);
    used.is_the_same_as(&expected);
    let used = Case::of(format!("\n\r\n{}\n\n\n", good().replace("\nC002", "\n\n\nC002"))).is_used();
    used.is_the_same_as(&expected);
    used.warns_of(&["mixed_line_ends"]);
}

#[test]
fn a19_delimiters() {
    let expected = Case::of(good()).is_used();
    for delimiter in [";", "\t", "|", " "] {
        let used = Case::of(good().replace(',', delimiter)).is_used();
        used.warns_of(&[]);
        used.is_the_same_as(&expected);
    }
    let words = ["both with ',' and with '\\t' as the delimiter"];
    Case::of(good().replace(',', "\t,\t")).is_refused("ambiguous_delimiter", &words);
}

#[test]
fn a20_delimiter_of_two_bytes() {
    for delimiter in ["||", "::", ";;", ",,", "~|~", "<>"] {
        let words = [&format!("separated by \"{delimiter}\"")[..], "expected one character"];
        Case::of(good().replace(',', delimiter)).is_refused("long_delimiter", &words);
    }
}

#[test]
fn a21_short_row() {
    Case::with_rows(&["C001,2025-06-01,1.00", "C001"])
        .rejects(&[(first_line(), "", "field_count"), (first_line() + 1, "", "field_count")]);
    // No row fits: it is the header that is wrong.
    let words = ["line 1: the header has 5 fields, and none of the ", " rows below has as many"];
    Case::of(good().replacen("order_id", "order_id,more", 1)).is_refused("header_width", &words);
}

#[test]
fn a22_long_row() {
    Case::with_rows(&["C001,2025-06-01,1,50,x"]).rejects(&[(first_line(), "", "field_count")]);
}

#[test]
fn a23_unterminated_quote_in_the_last_column() {
    let mut rows = lines();
    rows[41] = "C001,2025-06-01,1.00,\"x".to_owned();
    let byte = rows[..41].iter().map(|row| row.len() + 1).sum::<usize>() + 21;
    let place = format!("line 42, byte {byte}, column \"order_id\": a quoted field");
    Case::of(rows.join("\n") + "\n").is_refused("runaway_quote", &[&place]);
    // Near the end nothing but the end of the file gives it away.
    let line = format!("line {}, byte", first_line());
    Case::with_rows(&["C001,2025-06-01,1.00,\"x"]).is_refused("runaway_quote", &[&line, "is never closed"]);
    let late = with_last(&["C001,2025-06-01,1.00,\"x", "y", "z"], "w");
    Case::of(late).is_refused("runaway_quote", &[&line, "is never closed"]);
}

#[test]
fn a24_two_stray_quotes_far_apart() {
    let rows = |n: usize| {
        (0..n)
            .map(|i| format!("C{:03},2025-{:02}-{:02},1.00,n{i}\n", i % 60, i % 12 + 1, i % 28 + 1))
            .collect::<String>()
    };
    let (before, between, behind) = (good(), rows(10_000), rows(10));
    let line = format!("line {}, byte {}, column \"order_id\"", first_line(), good().len() + 21);
    for close in ["x\"\n", "C001,2025-06-01,1.00,x\"\n", "C001,2025-06-01,1.00,\"x\n"] {
        let text = format!("{before}C001,2025-06-01,1.00,\"x\n{between}{close}{behind}");
        Case::of(text).is_refused("runaway_quote", &[&line, "a quoted field"]);
    }
    // Nearer ones: the rows between them give them away, or the row that they cut in two.
    for between in [rows(20), rows(1), String::new()] {
        let text = format!("{before}C001,2025-06-01,1.00,\"x\n{between}C001,2025-06-01,1.00,x\"\n{behind}");
        Case::of(text).is_refused("runaway_quote", &[&line, "holds what looks like a whole row"]);
        let text = format!("{before}\"C001,2025-06-01,1.00,x\n{between}C002\",2025-06-01,1.00,x\n{behind}");
        let line = format!("line {}, byte {}, column \"customer_id\"", first_line(), good().len());
        Case::of(text).is_refused("runaway_quote", &[&line, "holds what looks like a whole row"]);
    }
}

#[test]
fn a25_quote_inside_a_field() {
    let used = Case::with_rows(&["C001,2025-06-01,1.00,10\"1", "C001,2025-06-02,1.00,5\" x 3\""]).is_used();
    used.warns_of(&["quote_in_field"]);
    let warning = used.warning("quote_in_field");
    assert_eq!((warning.count, warning.place.expect("a place").line), (3, first_line()));
}

#[test]
fn a26_quoted_newline() {
    let case = Case::with_rows(&[
        "C001,2025-06-01,1.00,\"two\nlines\"",
        "C001,2025-06-02,1.00,\"three\r\n\rlines\"",
        "C001,2025-06-02,x,1",
    ]);
    let used = case.rejects(&[(first_line() + 5, "amount", "bad_amount")]);
    assert_eq!(used.export.reports()[0].multiline, 2);
}

#[test]
fn a27_backslash_escapes_and_single_quotes() {
    let line = format!("line {}, byte {}, column \"order_id\"", first_line(), good().len() + 21);
    for field in [r#""5\" pipe""#, r#""say \"hi\" twice""#] {
        let row = format!("C001,2025-06-01,1.00,{field}");
        let words = [line.as_str(), "a backslash before it"];
        Case::with_rows(&[&row]).is_refused("backslash_escapes", &words);
    }
    // A backslash at the end of a field escapes nothing.
    Case::with_rows(&[r#"C001,2025-06-01,1.00,"C:\""#]).is_used().warns_of(&[]);
    let quoted = |line: &String| line.split(',').map(|field| format!("'{field}'")).collect::<Vec<_>>().join(",");
    let all: Vec<String> = lines().iter().map(quoted).collect();
    Case::of(all.join("\n")).is_refused("single_quotes", &["line 1", "single quotes"]);
    let text = |line: &String| {
        let (id, rest) = line.split_once(',').expect("a comma");
        format!("'{id}',{rest}")
    };
    let mut ids: Vec<String> = lines().iter().map(text).collect();
    ids[0] = HEADER.to_owned();
    Case::of(ids.join("\n")).is_refused("single_quotes", &["line 2", "single quotes"]);
    // A name may begin and end with one.
    Case::with_rows(&["'secret',2025-06-01,1.00,1"]).is_used().warns_of(&[]);
}

#[test]
fn a28_giant_fields_and_lines() {
    let long = |bytes: usize| "x".repeat(bytes);
    let rows = [
        format!("C001,2025-06-01,1.00,{}", long(65_536)),
        format!("C001,2025-06-01,1.00,{}", long(65_537)),
        format!("C001,2025-06-01,1.00,{}", long(2_000_000)),
        format!("C001,2025-06-01,1.00,x{}", vec![long(60_000); 18].join(",")),
        "C001,2025-06-01,x,1".to_owned(),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let first = first_line();
    Case::with_rows(&rows).rejects(&[
        (first + 1, "", "field_too_long"),
        (first + 2, "", "field_too_long"),
        (first + 3, "", "record_too_long"),
        (first + 4, "amount", "bad_amount"),
    ]);
    let quoted = format!("C001,2025-06-01,1.00,\"{}\"", long(65_537));
    Case::with_rows(&[&quoted]).is_refused("runaway_quote", &["runs on for more than 64 KiB"]);
    let quoted = format!("C001,2025-06-01,1.00,\"{}\"", long(65_536));
    Case::with_rows(&[&quoted]).is_used();
    let quoted = format!("C001,2025-06-01,1.00,\"{}\"", "x\n".repeat(101));
    Case::with_rows(&[&quoted]).is_refused("runaway_quote", &["runs on for more than 100 lines"]);
    let quoted = format!("C001,2025-06-01,1.00,\"{}\"", "x\n".repeat(100));
    Case::with_rows(&[&quoted]).is_used();
}

#[test]
fn a29_a_hundred_thousand_columns() {
    let columns = |n: usize| {
        let header: String = (4..n).map(|i| format!(",c{i}")).collect();
        let cells = ",1".repeat(n - 4);
        lines()
            .iter()
            .enumerate()
            .map(|(i, l)| format!("{l}{}\n", if i == 0 { &header } else { &cells }))
            .collect::<String>()
    };
    let wide: String = columns(100_000).lines().take(3).map(|line| format!("{line}\n")).collect();
    Case::of(wide).is_refused("too_large", &["more than 4096 columns"]);
    let mut at_limit = columns(4_096);
    Case::of(at_limit.clone()).is_used().warns_of(&["unmapped_columns"]);
    at_limit.insert_str(HEADER.len(), ",one_more");
    Case::of(at_limit).is_refused("too_large", &["more than 4096 columns"]);
}

#[test]
fn a30_last_row_cut() {
    let text = good();
    let cut = &text[..text.trim_end().rfind(',').expect("a comma")];
    let last = first_line() - 1;
    Case::of(cut).rejects(&[(last, "", "field_count")]).warns_of(&["no_final_newline"]);
    // Inside the last field nothing but the missing line end gives it away.
    let cut = &text[..text.len() - 2];
    Case::of(cut).is_used().warns_of(&["no_final_newline"]);
    // A whole export whose rows are all good says nothing.
    Case::of(export(&orders())).is_used().warns_of(&[]);
}
