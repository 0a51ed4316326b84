//! What the kernel makes of orders, returns and states of customers.

#![allow(clippy::unwrap_used)]

mod common;

use common::known::Known;
use common::random::Random;
use common::{ELIGIBILITY, Line, date, read, read_with, read_with_customers, value};
use feature_engineering::Snapshot;
use history::Returns;

#[test]
fn rows_of_one_order_are_one_purchase_and_without_order_ids_rows_of_one_moment_are() {
    let line = |moment: &str, cents, order: &str| Line { order: Some(order.into()), ..Line::new("a", moment, cents) };
    let as_of = date("2024-10-04");
    let export = read(&[
        line("2024-09-01T10:00:00", 500, "1"),
        line("2024-09-01T10:00:00", 700, "1"),
        line("2024-09-01T10:00:00", -200, "1"), // a voucher within the order
        line("2024-09-01T10:00:00", 300, "2"),
        line("2024-09-03T10:00:00", 400, "1"), // sent later
    ]);
    assert_eq!(value(&export, as_of, "a", "frequency"), 2.0);
    assert_eq!(value(&export, as_of, "a", "monetary_total"), 17.0);
    assert_eq!(value(&export, as_of, "a", "returns_count"), 0.0);
    assert_eq!(value(&export, as_of, "a", "recency_days"), 32.0 + 14.0 / 24.0);

    let plain = |moment: &str, cents| Line::new("a", moment, cents);
    let export = read(&[
        plain("2024-09-01", 500),
        plain("2024-09-01", 700),
        plain("2024-09-01", -200),
        plain("2024-09-02", 100),
    ]);
    assert_eq!(value(&export, as_of, "a", "frequency"), 2.0);
    assert_eq!(value(&export, as_of, "a", "monetary_mean"), 6.5);
    assert_eq!(value(&export, as_of, "a", "returns_count"), 1.0);
}

#[test]
fn returns_are_netted_kept_apart_or_dropped_as_the_project_says() {
    let lines =
        [Line::new("a", "2024-09-01", 5_000), Line::new("a", "2024-09-05", -2_000), Line::new("b", "2024-09-02", 100)];
    let as_of = date("2024-10-04");
    let total = |returns| value(&read_with(&lines, returns, None).unwrap(), as_of, "a", "monetary_total");
    assert_eq!(total(Returns::Net), 30.0);
    assert_eq!(total(Returns::Separate), 50.0);
    assert_eq!(total(Returns::Drop), 50.0);
    let dropped = read_with(&lines, Returns::Drop, None).unwrap();
    let report = &dropped.reports()[0];
    assert_eq!((report.rows, report.used, report.dropped), (3, 2, 1));
    let features = feature_engineering::available(&dropped.history(as_of));
    let has = |name: &str| features.iter().any(|feature| feature.name == name);
    assert!(!has("returns_count") && has("discount_share"));
}

#[test]
fn customers_are_eligible_lapsed_new_or_not_known_yet() {
    let export = read_with_customers(
        &[
            Line::new("active", "2024-09-01", 100),
            Line::new("edge", "2024-04-07", 100), // 180 days before the as-of date: the first day that counts
            Line::new("gone", "2024-04-06T23:59:59.999999", 100),
            Line::new("later", "2024-12-01", 100),
            Line::new("only-returned", "2024-09-01", -100),
        ],
        "customer_id,signup,region\nactive,2024-01-01,north\nsigned-up,2024-10-03,south\nsigns-up-later,2024-10-04,south\n",
    );
    let snapshot = Snapshot::take(&export.history(date("2024-10-04")), ELIGIBILITY).unwrap();
    let names = |customers: &[u32]| {
        customers.iter().map(|c| export.customer_ids()[*c as usize].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&snapshot.eligible), ["active", "edge"]);
    assert_eq!(names(&snapshot.lapsed), ["gone"]);
    assert_eq!(names(&snapshot.new), ["signed-up"]);
    assert_eq!(export.segment_column("region").unwrap()[0].as_deref(), Some("north"));
}

#[test]
fn a_later_part_of_an_order_is_no_new_purchase_for_features_nor_for_labels() {
    let line = |moment: &str, order: &str| Line { order: Some(order.into()), ..Line::new("a", moment, 500) };
    let lines = [line("2024-09-01", "1"), line("2024-10-10", "1"), line("2024-12-01", "2"), line("2024-12-20", "3")];
    let export = read(&lines);
    let window = history::LabelWindow { lead: 0, horizon: history::Days::new(30).unwrap() };
    let outcome = export.outcome(date("2024-10-04"), window).unwrap();
    assert!(!outcome.bought(&outcome.block(0..1).unwrap(), 0), "the order was begun before the window");
    assert_eq!(outcome.value(&outcome.block(0..1).unwrap(), 0).to_f64(), 5.0);
    assert_eq!(value(&export, date("2024-11-01"), "a", "frequency"), 1.0);
    assert!(export.outcome(date("2024-11-10"), window).unwrap().bought(&export.block(0..1).unwrap(), 0));
}

#[test]
fn purchase_days_merge_the_purchases_of_a_day() {
    let export = read(&[
        Line::new("a", "2024-09-01T10:00:00", 100),
        Line::new("a", "2024-09-01T18:00:00", 100),
        Line::new("a", "2024-09-11T08:00:00", 100),
        Line::new("a", "2024-09-12T08:00:00", -100),
    ]);
    let days = feature_engineering::purchase_days(&export.history(date("2024-10-01")), &[0]).unwrap();
    let days = days[0].unwrap();
    assert_eq!((days.repeat(), days.recency(), days.age()), (1, 10.0, 30.0));
}

#[test]
fn scaling_money_scales_only_money() {
    for seed in 0..100 {
        let company = Random::new(seed).company();
        let mut scaled = company.clone();
        for sale in &mut scaled.sales {
            (sale.cents, sale.discount, sale.margin) = (sale.cents * 8, sale.discount * 8, sale.margin * 8);
        }
        let [before, after] = [company, scaled].map(|company| Known::at(&company.read(), date("2024-10-04"), None));
        for (a, b) in before.features.values().zip(after.features.values()) {
            for (name, (a, b)) in before.available.iter().zip(a.iter().zip(b)) {
                let (a, b) = (f64::from_bits(*a), f64::from_bits(*b));
                let is_money = feature_engineering::by_name(name).unwrap().unit == feature_engineering::Unit::Currency;
                let expected = if is_money { a * 8.0 } else { a };
                let equal = expected.is_nan() && b.is_nan() || (expected - b).abs() <= 1e-9 * b.abs().max(1.0);
                assert!(equal, "seed {seed}, {name}: {a} became {b}");
            }
        }
    }
}
