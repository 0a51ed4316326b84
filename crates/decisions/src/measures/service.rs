//! Service level: what was promised, and kept.

use evaluation::Estimate;
use history::Date;

use crate::DecisionError;
use crate::measures::churn_rate::share;

/// A complaint or ticket, as it stands at the as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The day it came in.
    pub opened: Date,
    /// The day it was resolved, if that lies before the as-of date.
    pub resolved: Option<Date>,
    /// Whether somebody outside the company had to do something.
    pub third_party: bool,
}

/// Working days within which a matter is to be resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// By the company itself.
    pub own: u32,
    /// With a third party.
    pub third_party: u32,
}

impl Default for Promise {
    /// One working day; three with a third party.
    fn default() -> Self {
        Self { own: 1, third_party: 3 }
    }
}

/// How well promises were kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceLevel {
    /// Share of matters resolved within the promised time, of those resolved or past it, with Wilson's 95 % interval.
    pub kept: Estimate,
    /// Matters in that share.
    pub judged: u64,
    /// Open, and still within the promised time.
    pub not_due: u64,
    /// Open past the promised time: a worklist.
    pub overdue: u64,
    /// Median working days to resolve those that were resolved; none where there is none.
    pub median_days: Option<f64>,
}

/// The service level at an as-of date.
///
/// An open matter counts as missed from the day on which its time has passed; one that still has time is left out. Working
/// days are Monday to Friday; public holidays are not known here.
///
/// # Errors
/// [`DecisionError::Row`] for a matter that was resolved before it came in, or did not come in before the as-of date.
pub fn service_level(tickets: &[Ticket], as_of: Date, promise: Promise) -> Result<ServiceLevel, DecisionError> {
    let (mut kept, mut missed, mut not_due, mut overdue) = (0, 0, 0, 0);
    let mut days_taken = Vec::new();
    for (row, ticket) in tickets.iter().enumerate() {
        let wrong = |expected, day: Date| DecisionError::Row {
            what: "day of a ticket (days since 1970-01-01)",
            expected,
            row,
            found: day.days().into(),
        };
        if ticket.opened >= as_of {
            return Err(wrong("a day before the as-of date", ticket.opened));
        }
        let promised = if ticket.third_party { promise.third_party } else { promise.own };
        match ticket.resolved.filter(|day| *day < as_of) {
            Some(day) if day < ticket.opened => return Err(wrong("a day no earlier than it came in", day)),
            Some(day) => {
                let taken = working_days_between(ticket.opened, day);
                days_taken.push(taken);
                if taken <= promised { kept += 1 } else { missed += 1 }
            }
            // Nothing of the as-of day itself has been seen, so what is due today has its time.
            None if working_days_between(ticket.opened, as_of) > promised => {
                missed += 1;
                overdue += 1;
            }
            None => not_due += 1,
        }
    }
    days_taken.sort_unstable();
    let median_days = (!days_taken.is_empty()).then(|| {
        let middle = days_taken.len() / 2;
        let upper = f64::from(days_taken[middle]);
        if days_taken.len() % 2 == 1 { upper } else { 0.5 * (upper + f64::from(days_taken[middle - 1])) }
    });
    let judged = kept + missed;
    Ok(ServiceLevel { kept: share("promises kept", kept, judged)?, judged, not_due, overdue, median_days })
}

/// Working days after `from`, up to and with `to`: 0 for the same day, 1 from a Friday to the Monday after it. 0 where `to` is earlier.
pub fn working_days_between(from: Date, to: Date) -> u32 {
    let days = to.days_since(from).max(0);
    // Whole weeks have five; what is left is counted day by day.
    let (weeks, rest) = (days / 7, days % 7);
    let counted = (1..=rest).filter(|day| !from.plus_days(weeks * 7 + day).is_weekend()).count();
    u32::try_from(weeks * 5).unwrap_or(0) + u32::try_from(counted).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_are_no_working_days() {
        // 2026-10-30 is a Friday.
        for (to, days) in
            [("2026-10-30", 0), ("2026-11-01", 0), ("2026-11-02", 1), ("2026-11-06", 5), ("2026-11-16", 11)]
        {
            assert_eq!(working_days_between(day("2026-10-30"), day(to)), days, "{to}");
        }
        assert_eq!(working_days_between(day("2026-10-30"), day("2026-10-01")), 0);
    }

    #[test]
    fn open_matters_count_from_the_day_they_are_late() {
        let friday = Ticket { opened: day("2026-10-30"), resolved: None, third_party: false };
        let resolved = |on: &str| Ticket { resolved: Some(day(on)), ..friday };
        let tickets = [
            resolved("2026-11-02"),
            resolved("2026-11-03"),
            Ticket { third_party: true, ..resolved("2026-11-04") },
            friday,
            Ticket { opened: day("2026-11-09"), ..friday },
        ];
        let found = service_level(&tickets, day("2026-11-10"), Promise::default()).unwrap();
        assert_eq!((found.judged, found.not_due, found.overdue), (4, 1, 1));
        assert_eq!((found.kept.value(), found.median_days), (Some(0.5), Some(2.0)));
        // Resolved after the as-of date is open.
        let before = service_level(&tickets[1..2], day("2026-11-03"), Promise::default()).unwrap();
        assert_eq!((before.judged, before.overdue), (1, 1));
    }

    #[test]
    fn impossible_days_are_refused() {
        let ticket = Ticket { opened: day("2026-10-30"), resolved: Some(day("2026-10-01")), third_party: false };
        assert!(service_level(&[ticket], day("2026-11-10"), Promise::default()).is_err());
        assert!(service_level(&[ticket], day("2026-10-30"), Promise::default()).is_err());
        let none = service_level(&[], day("2026-10-30"), Promise::default()).unwrap();
        assert_eq!((none.kept, none.median_days), (Estimate::NONE, None));
    }
}
