//! The time rule: nothing at or after the as-of date, and nothing recorded at or after it, reaches a feature, the list of
//! available features, or the states of customers.
//!
//! Each test runs over 20 random companies; with `CHURN_LONG_TESTS=1` over 200.

#![allow(clippy::unwrap_used)]

mod common;

use common::company::{Company, Event, Person, Sale};
use common::future::{POISONS, cut, poisoned};
use common::known::Known;
use common::random::{DAY, FIRST_DAY, MIDDLE, Random};
use history::{Date, Days};

fn seeds() -> std::ops::Range<u64> {
    let is_long = std::env::var("CHURN_LONG_TESTS").is_ok_and(|value| value == "1");
    1_000..if is_long { 1_200 } else { 1_020 }
}

/// A random company, a day of its life, and a look-back or none.
fn case(seed: u64) -> (Random, Company, i32, Option<Days>) {
    let mut random = Random::new(seed);
    let company = random.company();
    let as_of = random.between(i64::from(FIRST_DAY + 200), i64::from(MIDDLE + 30)) as i32;
    let lookback = Days::new(*random.pick(&[0, 0, 180, 540]));
    (random, company, as_of, lookback)
}

fn assert_same(found: &Known, expected: &Known, case: &str) {
    let difference = found.difference(expected);
    assert!(difference.is_none(), "{case}: {}", difference.unwrap_or_default());
}

#[test]
fn another_future_changes_no_bit() {
    let mut changed = 0;
    for seed in seeds() {
        let (mut random, company, as_of, lookback) = case(seed);
        let expected = Known::at(&company.read(), Date::from_days(as_of), lookback);
        for poison in POISONS {
            let other = poisoned(&company, as_of, poison, &mut random);
            changed += usize::from(other != company);
            let found = Known::at(&other.read(), Date::from_days(as_of), lookback);
            assert_same(&found, &expected, &format!("seed {seed}, {poison:?} from {}", Date::from_days(as_of)));
        }
    }
    assert!(changed > POISONS.len() * seeds().count() / 2, "only {changed} companies had another future");
}

#[test]
fn what_was_known_then_is_what_the_export_of_then_says() {
    for seed in seeds() {
        let (mut random, company, first, lookback) = case(seed);
        let full = company.read();
        let mut days = vec![first, first + 1];
        days.extend((0..4).map(|_| random.between(i64::from(FIRST_DAY + 1), i64::from(MIDDLE + 90)) as i32));
        for as_of in days {
            let (then, date) = (cut(&company, as_of).read(), Date::from_days(as_of));
            let (full, then) = (Known::at(&full, date, lookback), Known::at(&then, date, lookback));
            assert_same(&full, &then, &format!("seed {seed}, {date}"));
        }
    }
}

#[test]
fn the_order_of_the_rows_changes_no_bit_and_no_fingerprint() {
    for seed in seeds() {
        let (mut random, company, as_of, lookback) = case(seed);
        let (export, date) = (company.read(), Date::from_days(as_of));
        let mut other = company.clone();
        for _ in 0..3 {
            random.shuffle(&mut other.sales);
            random.shuffle(&mut other.events);
            random.shuffle(&mut other.people);
            let shuffled = other.read();
            assert_eq!(shuffled.fingerprint(), export.fingerprint(), "seed {seed}");
            let (found, expected) = (Known::at(&shuffled, date, lookback), Known::at(&export, date, lookback));
            assert_same(&found, &expected, &format!("seed {seed}"));
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for seed in seeds() {
        let (_, company, as_of, lookback) = case(seed);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Known::at(&company.read(), Date::from_days(as_of), lookback))
        };
        let one = with(1);
        for threads in [2, 3, 8] {
            assert_same(&with(threads), &one, &format!("seed {seed}, {threads} threads"));
        }
    }
}

#[test]
fn a_kind_of_event_that_was_recorded_later_adds_no_feature() {
    let at = |day: i32| i64::from(day) * DAY;
    let visit = Event::new("a", at(MIDDLE - 9), "visit");
    let mut company = Company::of(&[Sale::new("a", at(MIDDLE - 5), 100)], &[visit], &[]);
    let names = |company: &Company| Known::at(&company.read(), Date::from_days(MIDDLE), None).available;
    let before = names(&company);
    assert!(before.contains(&"visits_30d".to_owned()) && !before.contains(&"logins_30d".to_owned()));
    company.events.push(Event::new("a", at(MIDDLE), "login"));
    company.events.push(Event { recorded: at(MIDDLE), ..Event::new("a", at(MIDDLE - 1), "login") });
    assert_eq!(names(&company), before);
    company.events.push(Event::new("b", at(MIDDLE) - 1, "login"));
    assert!(names(&company).contains(&"logins_30d".to_owned()));
}

/// The first day that can be seen is that of the rows known at the as-of date: `left_censored`, what is covered, and who signed
/// up in sight hang on it.
#[test]
fn a_first_row_that_was_recorded_later_moves_nothing() {
    let at = |day: i32| i64::from(day) * DAY;
    let sales = [Sale::new("a", at(MIDDLE - 100), 100), Sale::new("a", at(MIDDLE - 50), 100)];
    let listed = Person { customer: "a".to_owned(), signup: Some(MIDDLE - 300), contract_end: None };
    let mut company = Company::of(&sales, &[Event::new("a", at(MIDDLE - 90), "call")], &[listed]);
    let expected = Known::at(&company.read(), Date::from_days(MIDDLE), None);
    company.sales.push(Sale { recorded: at(MIDDLE), ..Sale::new("a", at(MIDDLE - 600), 100) });
    assert_same(&Known::at(&company.read(), Date::from_days(MIDDLE), None), &expected, "a row recorded later");
}
