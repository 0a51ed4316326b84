//! Kinds of events: those with a meaning of their own, and all others.

use std::collections::HashMap;

use crate::Tag;

/// What an event is. Kinds are ordered as they stand here, those without a name last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A visit to the shop or its site.
    Visit,
    /// An e-mail that was sent to the customer.
    EmailSent,
    /// An e-mail that was opened.
    EmailOpen,
    /// A link in an e-mail that was followed.
    EmailClick,
    /// A login.
    Login,
    /// A call, either way.
    Call,
    /// A request for a quote.
    QuoteRequest,
    /// The answer to such a request.
    QuoteFollowup,
    /// A complaint; open until its `resolved_at`.
    Complaint,
    /// A question or fault reported; open until its `resolved_at`.
    Ticket,
    /// A review with 1 to 5 points.
    Review,
    /// An answer to "would you recommend us?", 0 to 10.
    Nps,
    /// A rating of satisfaction, 1 to 5.
    Csat,
    /// A training or a first introduction.
    Training,
    /// A contract that was renewed.
    Renewal,
    /// Any other type: engagement. The tag is that of the type as the export writes it.
    Other(Tag),
}

/// Every kind with a name, in the order of [`EventKind`].
const NAMED: [(EventKind, &str); 15] = [
    (EventKind::Visit, "visit"),
    (EventKind::EmailSent, "email_sent"),
    (EventKind::EmailOpen, "email_open"),
    (EventKind::EmailClick, "email_click"),
    (EventKind::Login, "login"),
    (EventKind::Call, "call"),
    (EventKind::QuoteRequest, "quote_request"),
    (EventKind::QuoteFollowup, "quote_followup"),
    (EventKind::Complaint, "complaint"),
    (EventKind::Ticket, "ticket"),
    (EventKind::Review, "review"),
    (EventKind::Nps, "nps"),
    (EventKind::Csat, "csat"),
    (EventKind::Training, "training"),
    (EventKind::Renewal, "renewal"),
];

impl EventKind {
    /// The kind that a type in an export stands for. Blanks around it and the case of its letters do not matter for the
    /// kinds that have a name.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let named = NAMED.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        named.map_or_else(|| EventKind::Other(Tag::of(text)), |(kind, _)| *kind)
    }

    /// The kind's name; `None` for a kind without a meaning of its own.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMED.iter().find(|(kind, _)| *kind == self).map(|(_, name)| *name)
    }

    /// A number that tells the kind from all others.
    #[must_use]
    pub fn tag(self) -> Tag {
        match self {
            EventKind::Other(tag) => tag,
            named => named.name().map_or(Tag::EMPTY, Tag::of),
        }
    }

    /// All kinds that have a name, in their order.
    pub fn named() -> impl Iterator<Item = EventKind> {
        NAMED.iter().map(|(kind, _)| *kind)
    }

    /// The least and the greatest value that an event of this kind may carry.
    pub(crate) fn range(self) -> (f64, f64) {
        match self {
            EventKind::Nps => (0.0, 10.0),
            EventKind::Csat | EventKind::Review => (1.0, 5.0),
            _ => (f64::MIN, f64::MAX),
        }
    }
}

/// The kinds of a table, numbered as first seen.
#[derive(Debug, Default)]
pub(crate) struct KindNumbers {
    by_text: HashMap<Box<str>, u32>,
    by_kind: HashMap<EventKind, u32>,
    /// Each kind with its name, or the type as the export writes it.
    kinds: Vec<(EventKind, Box<str>)>,
}

impl KindNumbers {
    /// The number of a type. There are never more numbers than rows.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.by_text.get(text) {
            return *number;
        }
        let kind = EventKind::of(text);
        let next = self.kinds.len() as u32;
        let number = *self.by_kind.entry(kind).or_insert(next);
        if number == next {
            self.kinds.push((kind, kind.name().unwrap_or(text).into()));
        }
        self.by_text.insert(text.into(), number);
        number
    }

    /// The kinds in one order, whatever the order in which they were seen: those with a name first, then the others by
    /// their text; and for each number its place in that order.
    pub(crate) fn into_sorted(self) -> (Vec<(EventKind, Box<str>)>, Vec<u32>) {
        let sorted_by = |(kind, text): &(EventKind, Box<str>)| (kind.name().is_none().then(|| text.clone()), *kind);
        let mut order: Vec<usize> = (0..self.kinds.len()).collect();
        order.sort_by_cached_key(|number| sorted_by(&self.kinds[*number]));
        let mut places = vec![0_u32; order.len()];
        for (place, number) in (0_u32..).zip(&order) {
            places[*number] = place;
        }
        (order.iter().map(|number| self.kinds[*number].clone()).collect(), places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_kind_reads_back_and_other_types_keep_their_tag() {
        for (kind, name) in NAMED {
            assert_eq!((EventKind::of(name), kind.name()), (kind, Some(name)));
        }
        assert!(EventKind::named().is_sorted() && EventKind::named().count() == 15);
        assert_eq!(EventKind::of(" NPS "), EventKind::Nps);
        let other = EventKind::of("app_crash");
        assert_eq!((other, other.name()), (EventKind::Other(Tag::of("app_crash")), None));
        assert_ne!(EventKind::of("App_crash"), other);
        assert!(other > EventKind::Renewal);
    }

    #[test]
    fn kinds_are_in_one_order_however_they_were_seen() {
        let of = |texts: &[&str]| {
            let mut kinds = KindNumbers::default();
            let numbers: Vec<u32> = texts.iter().map(|text| kinds.number(text)).collect();
            let (sorted, places) = kinds.into_sorted();
            let named = |number: &u32| sorted[places[*number as usize] as usize].1.to_string();
            (
                numbers.iter().map(named).collect::<Vec<_>>(),
                sorted.into_iter().map(|(_, name)| name).collect::<Vec<_>>(),
            )
        };
        let (read, sorted) = of(&["zoom", "NPS", "visit", "app", "nps", "zoom"]);
        assert_eq!(read, ["zoom", "nps", "visit", "app", "nps", "zoom"]);
        assert_eq!(sorted, ["visit", "nps", "app", "zoom"].map(Box::from));
        assert_eq!(of(&["app", "nps", "zoom", "visit"]).1, sorted);
    }
}
