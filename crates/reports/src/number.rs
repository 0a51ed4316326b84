//! Numbers as people read them, in the language in use: thousands separators, a real minus sign, an en dash where there is no
//! number.

use crate::data::{Estimate, finite};
use crate::language::current;
use crate::text::{T, fill};

/// Shown where a number is missing.
pub(crate) const MISSING: &str = "–";

/// Keeps a number and its unit on one line.
const NBSP: char = '\u{a0}';

/// `12345` as `12,345`.
pub(crate) fn count(value: u64) -> String {
    group(&value.to_string())
}

/// `-1234.56` with one decimal as `−1,234.6`; missing as an en dash.
pub(crate) fn decimal(value: Option<f64>, decimals: usize) -> String {
    let Some(value) = finite(value) else { return MISSING.to_owned() };
    let digits = format!("{:.decimals$}", value.abs());
    let is_zero = digits.bytes().all(|b| b == b'0' || b == b'.');
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}{}", group(whole), mark(rest))
}

/// A fraction as a percentage with one decimal. What is not quite 0 % or 100 % does not read as if it were.
pub(crate) fn percent(value: Option<f64>) -> String {
    match finite(value) {
        Some(v) if v > 0.0 && v < 0.0005 => format!("<{NBSP}{}{NBSP}%", mark("0.1")),
        Some(v) if (0.9995..1.0).contains(&v) => format!(">{NBSP}{}{NBSP}%", mark("99.9")),
        Some(v) => format!("{}{NBSP}%", decimal(Some(v * 100.0), 1)),
        None => MISSING.to_owned(),
    }
}

/// A fraction as a percentage without needless decimals, for axes and thresholds.
pub(crate) fn percent_plain(value: f64) -> String {
    let text = decimal(Some(value * 100.0), 2);
    let mark = current().decimal_mark();
    let text = if text.contains(mark) { text.trim_end_matches('0').trim_end_matches(mark) } else { &text };
    format!("{text}{NBSP}%")
}

/// Money without its currency: cents below 100, whole units from there.
pub(crate) fn money(value: Option<f64>) -> String {
    decimal(value, money_decimals(value))
}

/// Money with its currency, in millions from one million on.
pub(crate) fn money_with_currency(value: Option<f64>, currency: &str) -> String {
    match finite(value) {
        Some(v) if v.abs() >= 1e6 => {
            format!("{}{NBSP}{} {currency}", decimal(Some(v / 1e6), 2), T.million)
        }
        Some(_) => format!("{}{NBSP}{currency}", money(value)),
        None => MISSING.to_owned(),
    }
}

/// `10.1 % to 14.5 %`: the ends of an interval, each written by `show`; nothing where an end is missing.
pub(crate) fn interval(estimate: &Estimate, show: impl Fn(Option<f64>) -> String) -> Option<String> {
    let (low, high) = estimate.interval()?;
    Some(fill(T.interval, &[("low", &show(Some(low))), ("high", &show(Some(high)))]))
}

fn money_decimals(value: Option<f64>) -> usize {
    match finite(value) {
        Some(v) if v.abs() < 99.995 && v != 0.0 => 2,
        _ => 0,
    }
}

/// Digits with the decimal mark of the language in use instead of a point.
pub(crate) fn mark(digits: &str) -> String {
    digits.replace('.', current().decimal_mark().encode_utf8(&mut [0; 4]))
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(current().thousands_mark());
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, with};

    #[test]
    fn thousands_are_separated() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(decimal(Some(-1_234.56), 1), "−1,234.6");
    }

    #[test]
    fn numbers_are_written_as_the_language_does() {
        let told = |language| {
            with(language, || {
                let money = money_with_currency(Some(2_345_678.0), "EUR");
                [count(1_234_567), decimal(Some(-1_234.56), 1), percent(Some(0.000_4)), percent_plain(0.005), money]
            })
        };
        assert_eq!(
            told(Language::Russian),
            ["1\u{a0}234\u{a0}567", "−1\u{a0}234,6", "<\u{a0}0,1\u{a0}%", "0,5\u{a0}%", "2,35\u{a0}млн EUR"]
        );
        assert_eq!(
            told(Language::Romanian),
            ["1.234.567", "−1.234,6", "<\u{a0}0,1\u{a0}%", "0,5\u{a0}%", "2,35\u{a0}mil. EUR"]
        );
    }

    #[test]
    fn a_rounded_zero_has_no_sign() {
        assert_eq!(decimal(Some(-0.04), 1), "0.0");
        assert_eq!(decimal(Some(-0.0), 0), "0");
    }

    #[test]
    fn missing_is_an_en_dash() {
        for value in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            assert_eq!(decimal(value, 1), "–");
            assert_eq!(percent(value), "–");
            assert_eq!(money(value), "–");
            assert_eq!(money_with_currency(value, "EUR"), "–");
        }
    }

    #[test]
    fn percentages_do_not_round_to_certainty() {
        assert_eq!(percent(Some(0.0)), "0.0\u{a0}%");
        assert_eq!(percent(Some(0.000_4)), "<\u{a0}0.1\u{a0}%");
        assert_eq!(percent(Some(0.999_9)), ">\u{a0}99.9\u{a0}%");
        assert_eq!(percent(Some(1.0)), "100.0\u{a0}%");
        assert_eq!(percent(Some(0.234_56)), "23.5\u{a0}%");
        assert_eq!(percent_plain(0.25), "25\u{a0}%");
        assert_eq!(percent_plain(0.005), "0.5\u{a0}%");
        assert_eq!(percent_plain(1.0), "100\u{a0}%");
    }

    #[test]
    fn money_is_rounded_by_magnitude() {
        assert_eq!(money(Some(4.5)), "4.50");
        assert_eq!(money(Some(0.0)), "0");
        assert_eq!(money(Some(99.999)), "100");
        assert_eq!(money(Some(12_345.6)), "12,346");
        assert_eq!(money_with_currency(Some(-2_345_678.0), "EUR"), "−2.35\u{a0}million EUR");
    }
}
