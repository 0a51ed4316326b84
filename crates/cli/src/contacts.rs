//! Contacts of customers, and what is open with them.

use std::collections::BTreeSet;

use decisions::measures::OpenMatters;
use history::{Block, Date, EventKind, History, ReadError, Tag};

/// Complaints and tickets of this channel wait for somebody outside the company.
pub(crate) const THIRD_PARTY: &str = "third_party";

/// What a customer was contacted for, and what is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked {
    /// The last offer or call.
    pub(crate) last_contact: Option<Date>,
    /// The last lot that left the customer alone.
    pub(crate) held_out: Option<Date>,
    pub(crate) open: OpenMatters,
}

impl Looked {
    /// What was known of some customers, in their order.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(crate) fn at(history: &History<'_>, customers: &[u32]) -> Result<Vec<Self>, ReadError> {
        let kinds = history.event_kinds();
        history.map(customers, |block, customer| Self::of(history, kinds, block, customer))
    }

    fn of(history: &History<'_>, kinds: &BTreeSet<EventKind>, block: &Block<'_>, customer: u32) -> Self {
        let mut contact = history.offers_made(customer).last().map(|moment| moment.date());
        let mut open = OpenMatters::default();
        let third_party = Tag::of(THIRD_PARTY);
        for event in history.events(block, customer) {
            let day = event.timestamp.date();
            match event.kind {
                EventKind::Call => {
                    open.first_call.get_or_insert(day);
                    contact = contact.max(Some(day));
                }
                EventKind::Training => open.last_contact = Some(day),
                EventKind::QuoteRequest => {
                    open.open_quote.get_or_insert(day);
                }
                EventKind::QuoteFollowup => {
                    open.open_quote = None;
                    open.last_contact = Some(day);
                }
                EventKind::Complaint
                    if open.open_complaint.is_none() && event.resolved_at.is_none() && history.has_resolved_at() =>
                {
                    open.open_complaint = Some(day);
                    open.third_party = event.channel == Some(third_party);
                }
                _ => {}
            }
        }
        open.last_contact = open.last_contact.max(contact);
        // What is never recorded says nothing about any customer.
        if kinds.contains(&EventKind::Call) {
            open.signup = history.signup(customer);
        }
        if !kinds.contains(&EventKind::QuoteFollowup) {
            open.open_quote = None;
        }
        let held_out = history.offers(customer).rfind(|row| !row.treated).map(|row| row.timestamp.date());
        Self { last_contact: contact, held_out, open }
    }
}
