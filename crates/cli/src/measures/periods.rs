//! The periods of the measures: months and quarters of the calendar that are over, and the 365 days before the as-of date.

use history::{Date, Export};
use reports::{MeasurePeriod, PeriodKind};

/// The most months and quarters shown.
const MOST_MONTHS: usize = 24;
const MOST_QUARTERS: usize = 12;
const YEAR: i32 = 365;

/// A stretch of time, half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) kind: PeriodKind,
    pub(super) name: String,
    pub(super) from: Date,
    pub(super) until: Date,
    /// First day of the period before, which ends where this one begins.
    pub(super) before: Date,
}

impl Period {
    /// The periods of an export that are over, and recorded, by an as-of date: months, quarters, the year; each kind ascends.
    pub(super) fn all(export: &Export, as_of: Date) -> Vec<Self> {
        let end = as_of.min(export.labels_through());
        let first = export.first_day();
        let mut periods = calendar(PeriodKind::Month, 1, MOST_MONTHS, first, end);
        periods.extend(calendar(PeriodKind::Quarter, 3, MOST_QUARTERS, first, end));
        let from = end.plus_days(-YEAR);
        if from >= first {
            let name = format!("{from} to {}", end.plus_days(-1));
            periods.push(Self { kind: PeriodKind::Year, name, from, until: end, before: from.plus_days(-YEAR) });
        }
        periods
    }

    /// Whether there are figures by segment for it; those of single months would be withheld more often than not.
    pub(super) fn is_crossed(&self) -> bool {
        self.kind != PeriodKind::Month
    }

    pub(super) fn holds(&self, day: Date) -> bool {
        (self.from..self.until).contains(&day)
    }

    pub(super) fn told(&self) -> MeasurePeriod {
        MeasurePeriod {
            name: self.name.clone(),
            kind: self.kind,
            from: self.from.to_string(),
            until: self.until.to_string(),
        }
    }
}

/// The newest periods of so many months that lie between two days.
fn calendar(kind: PeriodKind, months: u32, most: usize, first: Date, end: Date) -> Vec<Period> {
    let mut until = begin(end, months);
    let mut periods = Vec::new();
    loop {
        let from = begin(until.plus_days(-1), months);
        if from < first || periods.len() == most {
            break;
        }
        let (year, month, _) = from.year_month_day();
        let name = match kind {
            PeriodKind::Quarter => format!("{year} Q{}", (month - 1) / 3 + 1),
            _ => format!("{year}-{month:02}"),
        };
        periods.push(Period { kind, name, from, until, before: begin(from.plus_days(-1), months) });
        until = from;
    }
    periods.reverse();
    periods
}

/// First day of the month, or quarter, of a day.
fn begin(day: Date, months: u32) -> Date {
    let (_, month, _) = day.year_month_day();
    let mut start = day.month_start();
    for _ in 0..(month - 1) % months {
        start = start.plus_days(-1).month_start();
    }
    start
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn quarters_are_those_of_the_calendar_and_only_whole_ones_count() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let found = calendar(PeriodKind::Quarter, 3, 12, day("2025-02-10"), day("2026-01-15"));
        let names: Vec<&str> = found.iter().map(|period| period.name.as_str()).collect();
        assert_eq!(names, ["2025 Q2", "2025 Q3", "2025 Q4"]);
        assert_eq!(
            (found[0].from, found[0].until, found[0].before),
            (day("2025-04-01"), day("2025-07-01"), day("2025-01-01"))
        );
        let months = calendar(PeriodKind::Month, 1, 2, day("2025-02-10"), day("2026-01-01"));
        let names: Vec<&str> = months.iter().map(|period| period.name.as_str()).collect();
        assert_eq!(names, ["2025-11", "2025-12"]);
        assert!(months[0].holds(day("2025-11-30")) && !months[0].holds(day("2025-12-01")));
    }
}
