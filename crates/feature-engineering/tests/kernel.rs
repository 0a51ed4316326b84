//! Every feature against a plain computation of its definition.

#![allow(clippy::unwrap_used)]

mod common;

use common::{ELIGIBILITY, Line, date, read, read_with, read_with_customers, value};
use feature_engineering::{Snapshot, catalogue};
use history::{Date, Returns, Timestamp};
use proptest::prelude::*;

const DAY: f64 = 86_400_000_000.0;

/// The definitions of the catalogue, computed the slow way: one filter over all lines for each number.
struct Oracle {
    purchases: Vec<(f64, f64, Date)>,
    returned: Vec<(f64, f64)>,
    discount: f64,
}

impl Oracle {
    fn new(lines: &[Line], customer: &str, as_of: Date) -> Self {
        let mut own: Vec<&Line> =
            lines.iter().filter(|l| l.customer == customer && l.timestamp < as_of.start()).collect();
        own.sort_by_key(|line| line.timestamp);
        let age = |l: &Line| (as_of.start().micros() - l.timestamp.micros()) as f64 / DAY;
        let bought = |l: &&&Line| l.cents >= 0;
        Self {
            purchases: own
                .iter()
                .filter(bought)
                .map(|l| (age(l), l.cents as f64 / 100.0, l.timestamp.date()))
                .collect(),
            returned: own.iter().filter(|l| l.cents < 0).map(|l| (age(l), -l.cents as f64 / 100.0)).collect(),
            discount: own.iter().filter(bought).map(|l| l.discount_cents as f64 / 100.0).sum(),
        }
    }

    fn count(&self, from: f64, to: f64) -> f64 {
        self.purchases.iter().filter(|(age, ..)| *age <= from && *age > to).count() as f64
    }

    fn spend(&self, from: f64, to: f64) -> f64 {
        let bought: f64 = self.purchases.iter().filter(|(age, ..)| *age <= from && *age > to).map(|p| p.1).sum();
        let returned: f64 = self.returned.iter().filter(|(age, _)| *age <= from && *age > to).map(|r| r.1).sum();
        bought - returned
    }

    fn value(&self, name: &str) -> f64 {
        let all = f64::INFINITY;
        let amounts: Vec<f64> = self.purchases.iter().map(|p| p.1).collect();
        let gaps: Vec<f64> = self.purchases.windows(2).map(|pair| pair[0].0 - pair[1].0).collect();
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let std = |v: &[f64]| {
            if v.len() < 2 {
                f64::NAN
            } else {
                (v.iter().map(|x| (x - mean(v)).powi(2)).sum::<f64>() / (v.len() - 1) as f64).sqrt()
            }
        };
        let recency = self.purchases.last().unwrap().0;
        let tenure = self.purchases[0].0;
        let gross: f64 = amounts.iter().sum();
        let returned: f64 = self.returned.iter().map(|r| r.1).sum();
        match name {
            "recency_days" => recency,
            "tenure_days" => tenure,
            "frequency" => amounts.len() as f64,
            "expected_since_last" => amounts.len() as f64 / (tenure + 90.0) * recency,
            "silence_evidence" => {
                let tenure_at_last = tenure - recency;
                amounts.len() as f64 * ((tenure + 90.0).ln() - (tenure_at_last + 90.0).ln())
            }
            "purchase_rate" => amounts.len() as f64 / (tenure.max(30.0) / 30.0),
            "monetary_total" => self.spend(all, 0.0),
            "monetary_mean" => mean(&amounts),
            "monetary_std" => std(&amounts),
            "monetary_last" => *amounts.last().unwrap(),
            "last_over_mean" => {
                if mean(&amounts) > 0.0 {
                    amounts.last().unwrap() / mean(&amounts)
                } else {
                    1.0
                }
            }
            "gap_mean_days" => mean(&gaps),
            "gap_mean_missing" => f64::from(u8::from(amounts.len() < 2)),
            "gap_std_days" => std(&gaps),
            "gap_std_missing" => f64::from(u8::from(amounts.len() < 3)),
            "recency_over_gap" => {
                if gaps.is_empty() {
                    f64::NAN
                } else {
                    recency / mean(&gaps).max(1.0)
                }
            }
            "purchases_30d" => self.count(30.0, 0.0),
            "purchases_30d_before" => self.count(60.0, 30.0),
            "purchases_90d" => self.count(90.0, 0.0),
            "purchases_90d_before" => self.count(180.0, 90.0),
            "spend_30d" => self.spend(30.0, 0.0),
            "spend_30d_before" => self.spend(60.0, 30.0),
            "spend_90d" => self.spend(90.0, 0.0),
            "spend_90d_before" => self.spend(180.0, 90.0),
            "purchases_trend_90d" => ((1.0 + self.count(90.0, 0.0)) / (1.0 + self.count(180.0, 90.0))).ln(),
            "spend_trend_90d" => {
                let m = mean(&amounts);
                if m > 0.0 {
                    ((m + self.spend(90.0, 0.0).max(0.0)) / (m + self.spend(180.0, 90.0).max(0.0))).ln()
                } else {
                    0.0
                }
            }
            "returns_count" => self.returned.len() as f64,
            "returns_share" => {
                if gross > 0.0 {
                    returned / gross
                } else {
                    0.0
                }
            }
            "discount_share" => {
                if gross + self.discount > 0.0 {
                    self.discount / (gross + self.discount)
                } else {
                    0.0
                }
            }
            "weekend_share" => {
                let weekend = |d: &Date| {
                    let (y, m, d) = d.year_month_day();
                    let weekday = jiff::civil::date(y as i16, m as i8, d as i8).weekday();
                    matches!(weekday, jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
                };
                self.purchases.iter().filter(|p| weekend(&p.2)).count() as f64 / amounts.len() as f64
            }
            other => panic!("no oracle for {other}"),
        }
    }
}

const KNOWN: &[&str] = &[
    "recency_days",
    "tenure_days",
    "frequency",
    "expected_since_last",
    "silence_evidence",
    "purchase_rate",
    "monetary_total",
    "monetary_mean",
    "monetary_std",
    "monetary_last",
    "last_over_mean",
    "gap_mean_days",
    "gap_mean_missing",
    "gap_std_days",
    "gap_std_missing",
    "recency_over_gap",
    "purchases_30d",
    "purchases_30d_before",
    "purchases_90d",
    "purchases_90d_before",
    "spend_30d",
    "spend_30d_before",
    "spend_90d",
    "spend_90d_before",
    "purchases_trend_90d",
    "spend_trend_90d",
    "returns_count",
    "returns_share",
    "discount_share",
    "weekend_share",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_feature_is_what_its_definition_says(
        rows in prop::collection::btree_map((0..300_i64, 0..86_400_i64), (-3_000..30_000_i64, 0..900_i64), 1..40)
    ) {
        let as_of = date("2024-10-04");
        let mut lines: Vec<Line> = rows.iter().map(|((day, second), (cents, discount))| Line {
            timestamp: Timestamp::from_micros(as_of.start().micros() - day * 86_400_000_000 - second * 1_000_000 - 1),
            discount_cents: *discount,
            ..Line::new("a", "2024-01-01", *cents)
        }).collect();
        lines.push(Line::new("a", "2024-10-01T12:00:00", 4_200));
        let export = read(&lines);
        let oracle = Oracle::new(&lines, "a", as_of);
        for feature in catalogue().iter().filter(|f| KNOWN.contains(&f.name.as_str())) {
            let (found, expected) = (value(&export, as_of, "a", &feature.name), oracle.value(&feature.name));
            let equal = found.is_nan() && expected.is_nan() || (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
            prop_assert!(equal, "{}: {found}, expected {expected}", feature.name);
        }
    }
}

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
