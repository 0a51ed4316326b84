//! Customers at risk because nobody looked after them.

use history::Date;

use crate::measures::service::{Promise, working_days_between};

/// After how long something counts as neglected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeglectRules {
    /// Days since the last contact.
    pub days_without_contact: u32,
    /// Days within which a quote request has to be followed up.
    pub quote_days: u32,
    /// Days after signup within which the first call has to be made.
    pub first_call_days: u32,
    /// Within which a complaint has to be resolved.
    pub promise: Promise,
}

impl Default for NeglectRules {
    /// 90 days without contact, 7 for a quote, 30 for the first call, and the usual promise.
    fn default() -> Self {
        Self { days_without_contact: 90, quote_days: 7, first_call_days: 30, promise: Promise::default() }
    }
}

/// What is open with a customer at the as-of date; nothing of it lies on that date or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenMatters {
    /// Signup, where it is known.
    pub signup: Option<Date>,
    /// First call by the company.
    pub first_call: Option<Date>,
    /// Last contact by the company, of any kind.
    pub last_contact: Option<Date>,
    /// The oldest quote request that nobody followed up.
    pub open_quote: Option<Date>,
    /// The oldest complaint that is open.
    pub open_complaint: Option<Date>,
    /// Whether a third party has to do something about that complaint.
    pub third_party: bool,
}

/// What was neglected, worst first; the worklists go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Neglect {
    /// A complaint is open past its promised time, by so many working days.
    ComplaintOverdue {
        /// Working days past the promise.
        working_days: u32,
    },
    /// A quote request was not followed up for so many days.
    QuoteUnanswered {
        /// Days since the request.
        days: u32,
    },
    /// No first call so many days after signup.
    NoFirstCall {
        /// Days since signup.
        days: u32,
    },
    /// Nobody contacted the customer for so many days.
    NoContact {
        /// Days since the last contact.
        days: u32,
    },
}

/// What was neglected with a customer, worst first; empty if nothing was.
///
/// A customer who was never contacted is in no list of old contacts: the first call, or the lack of a record of contacts, is
/// what is wrong then.
pub fn neglect(open: &OpenMatters, as_of: Date, rules: &NeglectRules) -> Vec<Neglect> {
    let since = |day: Date| u32::try_from(as_of.days_since(day)).unwrap_or(0);
    let promised = if open.third_party { rules.promise.third_party } else { rules.promise.own };
    let complaint = open
        .open_complaint
        .map(|day| working_days_between(day, as_of))
        .filter(|days| *days > promised)
        .map(|days| Neglect::ComplaintOverdue { working_days: days - promised });
    let quote = open
        .open_quote
        .map(since)
        .filter(|days| *days > rules.quote_days)
        .map(|days| Neglect::QuoteUnanswered { days });
    let first_call = open
        .signup
        .filter(|_| open.first_call.is_none())
        .map(since)
        .filter(|days| *days > rules.first_call_days)
        .map(|days| Neglect::NoFirstCall { days });
    let contact = open
        .last_contact
        .map(since)
        .filter(|days| *days > rules.days_without_contact)
        .map(|days| Neglect::NoContact { days });
    [complaint, quote, first_call, contact].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_list_begins_the_day_after_its_time() {
        let as_of: Date = "2026-11-02".parse().unwrap(); // a Monday
        let before = |days: i32| Some(as_of.plus_days(-days));
        let rules = NeglectRules::default();
        let nothing = OpenMatters {
            signup: before(30),
            last_contact: before(90),
            open_quote: before(7),
            open_complaint: before(3),
            ..OpenMatters::default()
        };
        assert_eq!(neglect(&nothing, as_of, &rules), []);
        let all = OpenMatters {
            signup: before(31),
            last_contact: before(91),
            open_quote: before(8),
            open_complaint: before(6),
            ..nothing
        };
        let found = [
            Neglect::ComplaintOverdue { working_days: 3 },
            Neglect::QuoteUnanswered { days: 8 },
            Neglect::NoFirstCall { days: 31 },
            Neglect::NoContact { days: 91 },
        ];
        assert_eq!(neglect(&all, as_of, &rules), found);
        let called = OpenMatters { first_call: before(20), third_party: true, ..all };
        assert_eq!(
            neglect(&called, as_of, &rules),
            [Neglect::ComplaintOverdue { working_days: 1 }, found[1], found[3]]
        );
        assert_eq!(neglect(&OpenMatters::default(), as_of, &rules), []);
    }
}
