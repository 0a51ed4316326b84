//! How sentences of the monitor write numbers, and findings of rules.

use history::Date;

use super::check::Finding;

/// Days of the stretches over which purchases are compared: four weeks, so that each has the same days of the week.
pub(super) const STRETCH: i32 = 28;

/// A number in three digits.
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// "about 100 times", or "about a hundredth".
pub(super) fn times(ratio: f64) -> String {
    let near = |ratio: f64| {
        let power = 10_f64.powf(ratio.log10().round());
        if (ratio / power).ln().abs() < 0.3 { power } else { ratio }
    };
    if ratio >= 1.0 {
        format!("about {} times", short(near(ratio)).trim_end_matches(".00").trim_end_matches(".0"))
    } else {
        format!("about 1/{}", short(near(1.0 / ratio)).trim_end_matches(".00").trim_end_matches(".0"))
    }
}

/// A share in per cent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A finding without a probability: a rule was broken.
pub(super) fn rule(subject: &str, expected: String, seen: String, since: Option<Date>, sentence: String) -> Finding {
    let since = since.map(|day| day.to_string());
    Finding { subject: subject.to_owned(), p_value: None, expected, seen, since, sentence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_near_a_power_of_ten_are_called_by_it() {
        assert_eq!(times(98.7), "about 100 times");
        assert_eq!(times(0.0102), "about 1/100");
        assert_eq!(times(7.0), "about 7 times");
        assert_eq!(
            (short(1234.5), short(0.123), short(0.0012)),
            ("1234".to_owned(), "0.12".to_owned(), "0.0012".to_owned())
        );
    }
}
