//! Customers whose histories are odd: every feature is a number, or missing where its description says so.

#![allow(clippy::unwrap_used)]

mod common;

use common::ELIGIBILITY;
use common::company::{Company, Event, Person, Sale};
use common::random::{DAY, MIDDLE};
use feature_engineering::{Panel, Snapshot, available, features};
use history::{Date, Export};

const SECOND: i64 = 1_000_000;

fn at(days_before: i64, micros: i64) -> i64 {
    (i64::from(MIDDLE) - days_before) * DAY + micros
}

/// The odd customer `odd`, who may have one of a number of rows, beside `other`, of whom everything is known.
fn company(odd: Vec<Sale>) -> Company {
    let kinds = [
        "visit",
        "email_sent",
        "email_open",
        "email_click",
        "login",
        "call",
        "quote_request",
        "quote_followup",
        "complaint",
        "ticket",
        "review",
        "nps",
        "csat",
        "training",
        "renewal",
    ];
    let event = |kind: &&str| Event { value: Some(3.0), ..Event::new("other", at(40, 0), kind) };
    let events: Vec<Event> = kinds.iter().map(event).collect();
    let people = [Person { customer: "other".to_owned(), signup: Some(MIDDLE - 390), contract_end: Some(MIDDLE) }];
    let mut sales = vec![Sale::new("other", at(400, 0), 1_000), Sale::new("other", at(20, 0), 1_000)];
    sales.extend(odd);
    Company::of(&sales, &events, &people)
}

/// Features of the odd customer by name, once they were found to be what they say.
fn checked(company: &Company) -> impl Fn(&str) -> f64 + use<> {
    let export = company.read();
    let history = export.history(Date::from_days(MIDDLE));
    let wanted = available(&history);
    let odd = number(&export);
    let table = features(&history, &[odd], &wanted).unwrap();
    let is_eligible = Snapshot::take(&history, ELIGIBILITY).unwrap().eligible.contains(&odd);
    for (feature, column) in wanted.iter().zip(table.columns()) {
        let value = column[0];
        assert!(!value.is_infinite(), "{} is {value}", feature.name);
        let may_be_missing = !is_eligible || feature.description.contains("missing");
        assert!(may_be_missing || !value.is_nan(), "{} is missing, which its description does not say", feature.name);
        let seen = feature.transform.apply(value);
        assert!(seen.is_finite() || value.is_nan(), "{}: the model sees {seen}", feature.name);
    }
    if is_eligible {
        let panel = Panel::new(&export, vec![history], ELIGIBILITY, &wanted).rows(&[odd]).unwrap();
        let bits = |columns: &[Vec<f64>]| columns.iter().map(|column| column[0].to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits(&panel.columns), bits(table.columns()));
    }
    let values: Vec<(String, f64)> =
        wanted.iter().zip(table.columns()).map(|(feature, column)| (feature.name.clone(), column[0])).collect();
    move |name| values.iter().find(|(known, _)| known == name).unwrap().1
}

fn number(export: &Export) -> u32 {
    export.customer_ids().iter().position(|id| id == "odd").unwrap() as u32
}

#[test]
fn one_purchase() {
    let of = checked(&company(vec![Sale::new("odd", at(30, 0), 4_200)]));
    assert_eq!((of("frequency"), of("recency_days"), of("tenure_days")), (1.0, 30.0, 30.0));
    assert_eq!((of("purchases_30d"), of("gap_mean_missing"), of("last_over_mean")), (1.0, 1.0, 1.0));
    assert!(
        ["gap_mean_days", "gap_std_days", "recency_over_gap", "overdue", "monetary_std"].iter().all(|n| of(n).is_nan())
    );
}

#[test]
fn one_purchase_a_microsecond_before_the_as_of_date() {
    let of = checked(&company(vec![Sale::new("odd", at(0, -1), 4_200)]));
    assert!((of("recency_days") - 1.0 / DAY as f64).abs() < 1e-20);
    assert_eq!((of("purchase_rate"), of("silence_evidence") < 1e-12), (1.0, true));
}

#[test]
fn only_returns() {
    let of = checked(&company(vec![Sale::new("odd", at(30, 0), -4_200), Sale::new("odd", at(20, 0), -100)]));
    assert_eq!((of("frequency"), of("returns_count"), of("monetary_total")), (0.0, 2.0, -43.0));
    assert!(of("recency_days").is_nan() && of("monetary_mean").is_nan());
}

#[test]
fn only_zero_amounts() {
    let of = checked(&company((1..9).map(|n| Sale::new("odd", at(20 * n, 0), 0)).collect()));
    assert_eq!(
        (of("frequency"), of("monetary_total"), of("last_over_mean"), of("spend_trend_90d")),
        (8.0, 0.0, 1.0, 0.0)
    );
    assert_eq!((of("discount_share"), of("returns_share")), (0.0, 0.0));
    assert!(of("margin_share").is_nan());
}

#[test]
fn a_single_line_of_168_469_60() {
    let of = checked(&company(vec![Sale::new("odd", at(10, 0), 16_846_960)]));
    assert_eq!((of("monetary_total"), of("monetary_mean"), of("spend_30d")), (168_469.6, 168_469.6, 168_469.6));
}

#[test]
fn returns_that_outweigh_all_purchases() {
    let sales =
        [Sale::new("odd", at(100, 0), 1_000), Sale::new("odd", at(95, 0), -900_000), Sale::new("odd", at(5, 0), -1)];
    let of = checked(&company(sales.to_vec()));
    assert_eq!((of("monetary_total"), of("returns_share"), of("spend_90d")), (-8_990.01, 900.001, -0.01));
    assert_eq!(of("spend_trend_90d"), 0.0, "nothing against nothing");
}

#[test]
fn a_line_every_41_minutes_of_a_year() {
    let sales = (0..12_907)
        .map(|n| Sale { order: format!("o{n}"), ..Sale::new("odd", at(365, 0) + n * 2_443 * SECOND, n % 5_000) });
    let of = checked(&company(sales.collect()));
    assert_eq!((of("frequency"), of("purchases_365d"), of("purchase_days")), (12_907.0, 12_907.0, 365.0));
    assert!((of("gap_mean_days") - 2_443.0 / 86_400.0).abs() < 1e-12 && of("gap_std_days").abs() < 1e-12);
    assert!(of("recency_over_gap") < 1.0, "gaps below a day count as one");
}

#[test]
fn twelve_thousand_lines_of_one_order_are_one_purchase() {
    let sales = (0..12_907).map(|_| Sale { order: "one".to_owned(), ..Sale::new("odd", at(9, 0), 3) });
    let of = checked(&company(sales.collect()));
    assert_eq!((of("frequency"), of("monetary_last")), (1.0, 387.21));
}

#[test]
fn several_orders_in_one_second() {
    let sales = (0..5).map(|n| Sale { order: format!("o{n}"), ..Sale::new("odd", at(50, n * SECOND / 10), 100 * n) });
    let of = checked(&company(sales.collect()));
    assert_eq!((of("frequency"), of("purchase_days"), of("monetary_first"), of("monetary_last")), (5.0, 1.0, 0.0, 4.0));
    let sales = (0..5).map(|n| Sale { order: format!("o{n}"), ..Sale::new("odd", at(50, 0), 100 * n) });
    let of = checked(&company(sales.collect()));
    assert_eq!((of("frequency"), of("gap_mean_days"), of("recency_over_gap"), of("overdue")), (5.0, 0.0, 50.0, 1.0));
    assert!(of("gap_variation").is_nan() && of("gap_burstiness").is_nan());
}

#[test]
fn parts_of_an_order_with_others_between() {
    let part = |days, cents, order: &str| Sale { order: order.to_owned(), ..Sale::new("odd", at(days, 0), cents) };
    let sales = [part(90, 100, "x"), part(80, 5_000, "y"), part(70, 20, "x"), part(60, -7, "x"), part(50, 3, "x")];
    let of = checked(&company(sales.to_vec()));
    assert_eq!((of("frequency"), of("monetary_first"), of("monetary_last")), (2.0, 1.23, 50.0));
    assert_eq!((of("recency_days"), of("returns_count"), of("monetary_total")), (80.0, 1.0, 51.16));
}

#[test]
fn amounts_near_the_largest_that_are_read() {
    let sales = [Sale::new("odd", at(70, 0), 40_000_000_000_000_000), Sale::new("odd", at(10, 0), 1)];
    let of = checked(&company(sales.iter().cloned().map(|sale| Sale { margin: 0, ..sale }).collect()));
    assert_eq!((of("monetary_total"), of("monetary_max")), (400_000_000_000_000.01, 400_000_000_000_000.0));
}

#[test]
fn nothing_but_what_passes_beside_purchases() {
    let mut company = company(vec![Sale::new("odd", at(3, 0), 100)]);
    company.events.retain(|event| event.kind != "call");
    company.events.extend([Event::new("odd", at(1, 0), "call"), Event::new("odd", at(1, 0), "nps")]);
    company.people.push(Person { customer: "odd".to_owned(), signup: Some(MIDDLE - 1), contract_end: None });
    let of = checked(&company);
    assert_eq!((of("calls_90d"), of("no_first_call"), of("days_since_signup")), (1.0, 0.0, 1.0));
    assert!(of("nps_last").is_nan() && of("days_since_nps") == 1.0, "an answer without a value");
}
