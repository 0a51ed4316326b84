//! What a project declares about rows that are no purchases of a customer, and amounts that are products.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use history::{
    AmountColumn, Column, Date, Export, ExportSpec, Money, ReadError, RejectCode, Returns, RowRules, TableReport,
    TableSpec, TableWriter, TransactionsSpec, Values, WithoutCustomer,
};
use jiff::tz::TimeZone;

const DROP: WithoutCustomer = WithoutCustomer::Drop;

fn rules(without_customer: WithoutCustomer, cancelled_prefix: Option<&str>) -> RowRules {
    RowRules { without_customer, cancelled_prefix: cancelled_prefix.map(str::to_owned) }
}

fn spec(path: PathBuf, amount: AmountColumn, returns: Returns, rules: RowRules) -> ExportSpec {
    ExportSpec {
        timezone: TimeZone::UTC,
        transactions: TransactionsSpec {
            table: TableSpec::at(path),
            customer_id: "id".into(),
            timestamp: "at".into(),
            amount,
            order_id: Some("order".into()),
            discount: None,
            margin: None,
            quantity: Some("pieces".into()),
            product: None,
            category: None,
            channel: None,
            recorded_at: None,
            currency: None,
            expected_currency: None,
            returns,
            rules,
        },
        customers: None,
        events: None,
        departures: None,
        offers: None,
        max_reject_share: 0.0,
    }
}

/// Id, day, order, price, pieces.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str);

const LINES: [Line; 7] = [
    ("a", "2026-01-01", "1", "2.55", "6"),
    ("", "2026-01-02", "2", "3.00", "1"),
    ("b", "2026-01-03", "3", "0.00125", "10000"),
    ("a", "2026-01-04", "C4", "2.55", "-2"),
    ("a", "2026-01-05", "C5", "1.00", "3"),
    ("  ", "2026-01-06", "C6", "1.00", "-1"),
    ("b", "2026-01-07", "C7", "0.00", "-1"),
];

fn write(path: &Path) {
    if path.extension().is_some_and(|e| e == "csv") {
        let rows = LINES.map(|(id, at, order, price, pieces)| format!("{id},{at},{order},{price},{pieces}\n"));
        return std::fs::write(path, format!("id,at,order,price,pieces\n{}", rows.concat())).unwrap();
    }
    let text = |of: fn(&Line) -> &'static str| {
        Values::Text(LINES.iter().map(|line| Some(of(line).to_owned()).filter(|text| !text.is_empty())).collect())
    };
    let number = |of: fn(&Line) -> &'static str| {
        Values::Float(LINES.iter().map(|line| Some(of(line).parse().unwrap())).collect())
    };
    let mut table = TableWriter::create(path).unwrap();
    table
        .write(&[
            Column::new("id", text(|line| line.0)),
            Column::new("at", text(|line| line.1)),
            Column::new("order", text(|line| line.2)),
            Column::new("price", number(|line| line.3)),
            Column::new("pieces", number(|line| line.4)),
        ])
        .unwrap();
    table.finish().unwrap();
}

fn product() -> AmountColumn {
    AmountColumn::Product { unit_price: "price".into(), quantity: "pieces".into() }
}

/// Reads the lines as CSV and as Parquet: both must say the same.
fn read(amount: AmountColumn, returns: Returns, rules: &RowRules) -> Result<Export, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let mut read = ["csv", "parquet"].map(|format| {
        let path = folder.path().join(format!("orders.{format}"));
        write(&path);
        Export::read(&spec(path, amount.clone(), returns, rules.clone()), Some(complete_through()))
    });
    if let [Ok(csv), Ok(parquet)] = &read {
        assert_eq!(csv.fingerprint(), parquet.fingerprint());
        assert_eq!(counts(csv), counts(parquet));
        assert_eq!(spent(csv), spent(parquet));
    }
    std::mem::replace(&mut read[0], Err(ReadError::NoRows { path: PathBuf::new() }))
}

fn complete_through() -> Date {
    "2026-01-10".parse().unwrap()
}

/// Rows, used, dropped, without a customer, cancelled, rejected.
fn counts(export: &Export) -> [u64; 6] {
    let report: &TableReport = &export.reports()[0];
    let counts = [report.used, report.dropped, report.without_customer, report.rejects.total()];
    assert_eq!(report.rows, counts.iter().sum::<u64>());
    [report.rows, counts[0], counts[1], counts[2], report.cancelled, counts[3]]
}

/// Of every customer, the amounts and the pieces of their rows.
fn spent(export: &Export) -> Vec<(String, Vec<(Money, f64)>)> {
    let history = export.history(complete_through());
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    history
        .map(&everybody, |block, customer| {
            let rows = history.rows(block, customer);
            let rows = rows.map(|row| (row.amount, row.quantity.to_f64())).collect();
            (export.customer_ids().get(customer as usize).unwrap().to_owned(), rows)
        })
        .unwrap()
}

fn money(cents: i64) -> Money {
    Money::from_ten_thousandths(cents * 100)
}

#[test]
fn rows_without_a_customer_are_rejected_unless_the_project_drops_them() {
    let error = read(product(), Returns::Net, &RowRules::default()).unwrap_err().to_string();
    assert!(error.contains("2 of 7 rows cannot be read"), "{error}");
    assert!(error.contains("line 3, column \"id\", byte 47: expected an id, found an empty cell"), "{error}");
    let export = read(product(), Returns::Net, &rules(DROP, None)).unwrap();
    assert_eq!(counts(&export), [7, 5, 0, 2, 0, 0]);
}

#[test]
fn amounts_are_exact_products() {
    let export = read(product(), Returns::Net, &rules(DROP, None)).unwrap();
    let expected = [
        ("a".to_owned(), vec![(money(1_530), 6.0), (money(-510), -2.0), (money(300), 3.0)]),
        // Rounded before it is multiplied, the price would make 13.
        ("b".to_owned(), vec![(money(1_250), 10_000.0), (money(0), -1.0)]),
    ];
    assert_eq!(spent(&export), expected);
}

#[test]
fn cancelled_orders_are_returns_whatever_their_sign() {
    let export = read(product(), Returns::Net, &rules(DROP, Some("C"))).unwrap();
    assert_eq!(counts(&export), [7, 4, 1, 2, 3, 0]);
    let expected = [
        ("a".to_owned(), vec![(money(1_530), 6.0), (money(-510), -2.0), (money(-300), -3.0)]),
        ("b".to_owned(), vec![(money(1_250), 10_000.0)]),
    ];
    assert_eq!(spent(&export), expected);
    let dropped = read(product(), Returns::Drop, &rules(DROP, Some("C"))).unwrap();
    assert_eq!(counts(&dropped), [7, 2, 3, 2, 3, 0]);
    // Nothing of it happens by itself.
    let other = read(product(), Returns::Net, &rules(DROP, Some("X"))).unwrap();
    assert_eq!(counts(&other), [7, 5, 0, 2, 0, 0]);
}

#[test]
fn a_product_that_cannot_be_read_names_its_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    let good: String = (1..=9).map(|day| format!("a,2026-01-0{day},{day},1.50,2\n")).collect();
    std::fs::write(&path, format!("id,at,order,price,pieces\n{good}a,2026-01-10,9,1.5,two\na,2026-01-10,9,,2\n"))
        .unwrap();
    let spec = ExportSpec { max_reject_share: 0.5, ..spec(path, product(), Returns::Net, RowRules::default()) };
    let export = Export::read(&spec, None).unwrap();
    let rejects: Vec<_> =
        export.reports()[0].rejects.rows().iter().map(|r| (r.line, r.column.as_str(), r.code)).collect();
    assert_eq!(rejects, [(11, "pieces", RejectCode::BadQuantity), (12, "price", RejectCode::BadAmount)]);
}
