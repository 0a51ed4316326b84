//! Cells that are bad as cells: ids, dates and amounts. The numbers are those of the list of bad inputs.

mod cases;
mod common;

use cases::{Case, first_line, good};
use common::{export, orders};

/// A good export of which each row is changed.
fn changed(change: impl Fn(usize, [&str; 4]) -> String) -> String {
    let rows: Vec<String> = orders()
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let cells: Vec<&str> = row.split(',').collect();
            change(at, [cells[0], cells[1], cells[2], cells[3]])
        })
        .collect();
    export(&rows)
}

/// With every timestamp written in another way.
fn dated(write: impl Fn(usize, &str) -> String) -> String {
    changed(|at, [id, time, amount, order]| format!("{id},{},{amount},{order}", write(at, time)))
}

/// Each of these rows is rejected with this code, one file for each.
#[track_caller]
fn each_is_rejected(rows: &[&str], column: &str, code: &str) {
    for row in rows {
        Case::with_rows(&[row]).rejects(&[(first_line(), column, code)]);
    }
}

#[test]
fn a40_leading_zeros() {
    let used = Case::with_rows(&["00123,2025-06-01,1,a", "123,2025-06-02,1,b", "0777,2025-06-02,1,c"]).is_used();
    assert!(["00123", "123", "0777"].iter().all(|id| used.ids().contains(id)));
    used.warns_of(&["leading_zeros"]);
    let warning = used.warning("leading_zeros");
    assert_eq!((warning.count, warning.examples.as_slice()), (1, &["00123 and 123".to_owned()][..]));
    assert!(used.folder.churn("check", &[]).stdout.contains("such as 00123 and 123"));
}

#[test]
fn a42_ids_damaged_by_a_spreadsheet() {
    let long = "12345678901234567";
    let rows = [
        "1.23E+15,2025-06-01,1,a".to_owned(),
        format!("{long},2025-06-01,1,b"),
        format!("{}8,2025-06-01,1,c", &long[..16]),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let used = Case::with_rows(&rows).is_used();
    assert!(["1.23E+15", long, "12345678901234568"].iter().all(|id| used.ids().contains(id)));
    used.warns_of(&["spreadsheet_ids"]);
}

#[test]
fn a43_padded_ids() {
    let used = Case::with_rows(&["  C001\u{a0},2025-06-01,1,a", "C001,2025-06-02,1,b"]).is_used();
    used.warns_of(&["padded_ids"]);
    assert_eq!(used.warning("padded_ids").count, 1);
    assert_eq!(used.ids().len(), Case::of(good()).is_used().ids().len());
}

#[test]
fn a44_composed_and_decomposed_letters() {
    let used = Case::with_rows(&["Jos\u{e9},2025-06-01,1,a", "Jose\u{301},2025-06-02,1,b"]).is_used();
    used.warns_of(&["unicode_forms"]);
    let example = &used.warning("unicode_forms").examples[0];
    assert!(example.contains("Jos\\u{e9}") && example.contains("Jose\\u{301}"), "{example}");
}

#[test]
fn a45_hidden_and_look_alike_characters() {
    let rows = [
        "ab\u{200b}c,2025-06-01,1,a",
        "\u{202e}cba,2025-06-01,1,b",
        "\u{410}dmin,2025-06-01,1,c",
        "Admin,2025-06-01,1,d",
    ];
    let used = Case::with_rows(&rows).is_used();
    used.warns_of(&["hidden_characters", "mixed_scripts"]);
    assert_eq!(used.warning("hidden_characters").examples, ["ab\\u{200b}c", "\\u{202e}cba"]);
    let text = used.folder.churn("check", &[]).stdout;
    assert!(text.contains("ab\\u{200b}c") && !text.contains('\u{200b}') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn a46_empty_ids_and_words_for_nothing() {
    let used = Case::with_rows(&[
        ",2025-06-01,1,a",
        " \u{a0},2025-06-01,1,b",
        "\"\",2025-06-01,1,c",
        "NA,2025-06-01,1,d",
        "None,2025-06-01,1,e",
        "null,2025-06-01,1,f",
    ])
    .rejects(&[
        (first_line(), "customer_id", "empty_id"),
        (first_line() + 1, "customer_id", "empty_id"),
        (first_line() + 2, "customer_id", "empty_id"),
    ]);
    assert!(["NA", "None", "null"].iter().all(|id| used.ids().contains(id)));
}

#[test]
fn a47_mixed_date_formats() {
    each_is_rejected(
        &["C001,13.12.2025,1,a", "C001,Dec 13 2025,1,a", "C001,20250313,1,a"],
        "timestamp",
        "bad_timestamp",
    );
    let mixed = dated(|at, time| if at % 2 == 0 { time.to_owned() } else { "13.12.2025".to_owned() });
    Case::of(mixed).is_refused("too_many_rejects", &["line 3", "bad_timestamp", "date_format"]);
}

#[test]
fn a48_every_day_below_thirteen() {
    let ambiguous = dated(|_, time| format!("{}/{}/2025", &time[5..7], &time[5..7]));
    let words = ["ambiguous_date", "two readings", "set date_format", "\"%d/%m/%Y\"", "\"%m/%d/%Y\""];
    Case::of(ambiguous.clone()).is_refused("too_many_rejects", &words);
    Case::of(ambiguous.replace('/', "-")).is_refused("too_many_rejects", &words);
    // What is declared is read, and nothing else.
    let declared = dated(|_, time| format!("{}/{}/2025", &time[8..10], &time[5..7]));
    let case = Case::of(declared).declaring("date_format = \"%d/%m/%Y\"", |spec| {
        spec.transactions.table.date_format = Some("%d/%m/%Y".into());
    });
    case.is_used();
}

#[test]
fn a49_dates_that_do_not_exist() {
    let rows = ["C001,2025-02-30,1,a", "C001,00/00/0000,1,a", "C001,2025-06-01T24:00,1,a", "C001,2025-13-01,1,a"];
    each_is_rejected(&rows, "timestamp", "bad_timestamp");
}

#[test]
fn a50_days_of_a_spreadsheet() {
    each_is_rejected(&["C001,45293,1,a", "C001,45293.75,1,a"], "timestamp", "spreadsheet_date");
    let words = ["spreadsheet_date", "format the column as a date"];
    Case::of(dated(|at, _| (45_293 + at).to_string())).is_refused("too_many_rejects", &words);
}

#[test]
fn a51_mixed_epochs() {
    let mixed = dated(|at, _| {
        let seconds = 1_735_689_600 + at as u64 * 3_600;
        (seconds * [1, 1_000, 1_000_000][at % 3]).to_string()
    });
    Case::of(mixed).is_refused("too_many_rejects", &["epoch_timestamp", "ISO 8601"]);
}

#[test]
fn a52_years_of_two_digits() {
    each_is_rejected(&["C001,31/12/25,1,a", "C001,01.02.25,1,a"], "timestamp", "two_digit_year");
    let short = dated(|_, time| format!("{}/{}/25", &time[8..10], &time[5..7]));
    Case::of(short.clone()).is_refused("too_many_rejects", &["two_digit_year", "set date_format", "1969 to 2068"]);
    Case::of(short)
        .declaring("date_format = \"%d/%m/%y\"", |spec| {
            spec.transactions.table.date_format = Some("%d/%m/%y".into());
        })
        .is_used();
}

#[test]
fn a53_offsets_and_times_without() {
    let aware = dated(|at, time| format!("{time}{}", ["Z", "+00:00", "+0000", "-00:00"][at % 4]));
    Case::of(aware.clone()).is_used().is_the_same_as(&Case::of(good()).is_used());
    let words = [&format!("line {}", first_line())[..], "byte", "\"timestamp\"", "with a UTC offset"];
    Case::of(aware + "C001,2025-06-01T10:00:00,1,a\n").is_refused("mixed_offsets", &words);
}

#[test]
fn a54_daylight_saving() {
    // In Bucharest 03:30 on 30 March 2025 was skipped, and came twice on 26 October.
    let rows = [
        "C001,2025-03-30T03:30:00,1,a",
        "C001,2025-03-30T02:59:59,1,b",
        "C002,2025-10-26T03:30:00,1,c",
        "C002,2025-10-26T03:30:00,1,d",
        "C002,2025-10-26T04:00:00,1,e",
    ];
    let used = Case::with_rows(&rows).in_zone("Europe/Bucharest").is_used();
    used.warns_of(&["clock_gap", "clock_fold"]);
    assert_eq!((used.warning("clock_gap").count, used.warning("clock_fold").count), (1, 2));
    // No row moves to another day: the days hold as many rows as the export.
    let export = &used.export;
    let history = export.history("2026-01-01".parse().expect("a date"));
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let of_each = history.map(&everybody, |block, customer| {
        history.rows(block, customer).map(|row| row.timestamp.date()).collect::<Vec<_>>()
    });
    let days: Vec<history::Date> = of_each.expect("in memory").into_iter().flatten().collect();
    let on = |day: &str| days.iter().filter(|found| found.to_string() == day).count();
    let there = |day: &str| orders().iter().filter(|row| row.contains(day)).count();
    assert_eq!((on("2025-03-30"), on("2025-10-26")), (2 + there("2025-03-30"), 3 + there("2025-10-26")));
}

#[test]
fn a55_dates_after_the_as_of_date() {
    let used = Case::with_rows(&["C001,2026-01-01T00:00:00,1,a", "C002,2026-01-05T10:00:00,1,b"]).is_used();
    assert_eq!(used.check["result"]["buying"]["rows_after_complete_through"], 2);
    let text = used.folder.churn("check", &[]).stdout;
    assert!(text.contains("2 purchases and returns from 2026-01-01 on are not used"), "{text}");
    // Features of the day before do not see them.
    let features = |rows: &[&str]| {
        let folder = Case::with_rows(rows).is_used().folder;
        let ended = folder.churn("features", &["--as-of", "2026-01-01"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        folder.read("out/features.parquet")
    };
    assert!(features(&["C001,2026-01-01T00:00:00,1,a"]) == features(&["C001,2026-01-01T00:00:01,7,z"]));
}

#[test]
fn a56_dates_that_stand_for_nothing() {
    let rows = ["C001,1900-01-01,1,a", "C001,9999-12-31,1,a", "C001,0001-01-01,1,a"];
    each_is_rejected(&rows, "timestamp", "implausible_timestamp");
}

#[test]
fn a57_decimal_commas() {
    let commas = changed(|_, [id, time, amount, order]| format!("{id};{time};1.{};{order}", amount.replace('.', ",")));
    let commas = commas.replacen("customer_id,timestamp,amount,order_id", "customer_id;timestamp;amount;order_id", 1);
    Case::of(commas.clone()).is_refused("too_many_rejects", &["bad_amount", "set decimal = \",\""]);
    // Declared, they are exact; a point that groups thousands is still refused.
    let plain = commas.replace(";1.", ";1");
    let used = Case::of(plain)
        .declaring("decimal = \",\"", |spec| {
            spec.transactions.table.decimal = b',';
        })
        .is_used();
    let expected = changed(|_, [id, time, amount, order]| format!("{id},{time},1{amount},{order}"));
    used.is_the_same_as(&Case::of(expected).is_used());
}

#[test]
fn a58_amounts_with_signs_of_their_own() {
    let rows = [
        "C001,2025-06-01,\"1,234.50\",a",
        "C001,2025-06-01,$12.50,a",
        "C001,2025-06-01,12 EUR,a",
        "C001,2025-06-01,(12.5),a",
        "C001,2025-06-01,12.5-,a",
        "C001,2025-06-01,\u{2212}12.5,a",
        "C001,2025-06-01,1 234.50,a",
        "C001,2025-06-01,1'234.50,a",
        "C001,2025-06-01,,a",
    ];
    each_is_rejected(&rows, "amount", "bad_amount");
}

#[test]
fn a59_numbers_that_are_none() {
    let rows =
        ["C001,2025-06-01,NaN,a", "C001,2025-06-01,inf,a", "C001,2025-06-01,-Infinity,a", "C001,2025-06-01,1e400,a"];
    each_is_rejected(&rows, "amount", "bad_amount");
    let huge = format!("C001,2025-06-01,1{},a", "0".repeat(400));
    each_is_rejected(&[&huge], "amount", "amount_out_of_range");
}
