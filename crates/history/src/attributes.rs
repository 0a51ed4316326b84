//! What the customers table says. Its columns carry no date of their own: they are what the export says today, also where
//! a past as-of date is looked at.

use sha2::Sha256;

use crate::hashing::{feed_column, feed_text};
use crate::point_in_time::History;
use crate::read::RawCustomers;
use crate::{Date, Export};

/// Columns of the customers table, one cell per customer.
#[derive(Debug)]
pub(crate) struct Attributes {
    /// Whether the customer has a row in the customers table.
    pub(crate) listed: Vec<bool>,
    pub(crate) signup: Option<Vec<Option<Date>>>,
    pub(crate) contract_end: Option<Vec<Option<Date>>>,
    pub(crate) contact_allowed: Option<Vec<Option<bool>>>,
    pub(crate) segments: Vec<(String, Vec<Option<Box<str>>>)>,
}

impl Attributes {
    /// Puts the rows at the places of their customers. `place` maps the customer numbers of the rows to sorted ones.
    pub(crate) fn new(raw: RawCustomers, place: &[u32], n_customers: usize) -> Self {
        let mut row_of: Vec<Option<usize>> = vec![None; n_customers];
        for (row, number) in raw.customer.iter().enumerate() {
            row_of[place[*number as usize] as usize] = Some(row);
        }
        fn arrange<T: Copy>(row_of: &[Option<usize>], column: Option<Vec<Option<T>>>) -> Option<Vec<Option<T>>> {
            column.map(|column| row_of.iter().map(|row| row.and_then(|row| column[row])).collect())
        }
        let segments = raw
            .segments
            .into_iter()
            .map(|(name, mut column)| (name, row_of.iter().map(|row| row.and_then(|row| column[row].take())).collect()))
            .collect();
        Self {
            listed: row_of.iter().map(Option::is_some).collect(),
            signup: arrange(&row_of, raw.signup),
            contract_end: arrange(&row_of, raw.contract_end),
            contact_allowed: arrange(&row_of, raw.contact_allowed),
            segments,
        }
    }

    /// The cells of a text column.
    pub(crate) fn segment(&self, name: &str) -> Option<&[Option<Box<str>>]> {
        self.segments.iter().find(|(column, _)| column == name).map(|(_, cells)| cells.as_slice())
    }

    /// Feeds everything to a hash.
    pub(crate) fn fingerprint(&self, hash: &mut Sha256) {
        // Days lie far from the end of the scale, which stands for none.
        let day = |day: &Option<Date>| day.map_or(i32::MIN, Date::days).to_le_bytes();
        feed_column(hash, &self.listed, |listed| [u8::from(*listed)]);
        if let Some(column) = &self.signup {
            feed_column(hash, column, day);
        }
        if let Some(column) = &self.contract_end {
            feed_text(hash, "contract_end");
            feed_column(hash, column, day);
        }
        if let Some(column) = &self.contact_allowed {
            feed_text(hash, "contact_allowed");
            feed_column(hash, column, |allowed| [allowed.map_or(2, u8::from)]);
        }
        for (name, cells) in &self.segments {
            feed_text(hash, name);
            cells.iter().for_each(|cell| feed_text(hash, cell.as_deref().unwrap_or("")));
        }
    }
}

impl History<'_> {
    /// The day the customer signed up, if it lies before the as-of date.
    #[must_use]
    pub fn signup(&self, customer: u32) -> Option<Date> {
        let column = self.export.attributes.as_ref()?.signup.as_ref()?;
        column[customer as usize].filter(|day| *day < self.as_of)
    }

    /// The day the customer's contract ends. An undated attribute: what the export says today, which at a past as-of date
    /// may not have been known yet (a renewed contract shows its new end).
    #[must_use]
    pub fn contract_end(&self, customer: u32) -> Option<Date> {
        self.export.attributes.as_ref()?.contract_end.as_ref()?[customer as usize]
    }

    /// Whether the customer may be contacted; `None` where the export does not say. An undated attribute: what the export
    /// says today.
    #[must_use]
    pub fn contact_allowed(&self, customer: u32) -> Option<bool> {
        self.export.attributes.as_ref()?.contact_allowed.as_ref()?[customer as usize]
    }

    /// The cell of a text column of the customers table, such as `owner` or `region`; `None` where it is empty or there is
    /// no such column. An undated attribute: what the export says today.
    #[must_use]
    pub fn attribute(&self, column: &str, customer: u32) -> Option<&str> {
        self.export.attributes.as_ref()?.segment(column)?[customer as usize].as_deref()
    }

    /// Whether the export has this text column of the customers table.
    #[must_use]
    pub fn has_attribute(&self, column: &str) -> bool {
        self.export.attributes.as_ref().is_some_and(|attributes| attributes.segment(column).is_some())
    }

    /// Whether the export says when customers signed up.
    #[must_use]
    pub fn has_signup(&self) -> bool {
        self.export.attributes.as_ref().is_some_and(|attributes| attributes.signup.is_some())
    }

    /// Whether the export says when contracts end.
    #[must_use]
    pub fn has_contract_end(&self) -> bool {
        self.export.attributes.as_ref().is_some_and(|attributes| attributes.contract_end.is_some())
    }
}

impl Export {
    /// Names of the columns of the customers table that say what is true today and carry no date: all but the sign-up
    /// date.
    pub fn undated_attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().flat_map(|attributes| {
            let dates = attributes.contract_end.is_some().then_some("contract_end");
            let flags = attributes.contact_allowed.is_some().then_some("contact_allowed");
            dates.into_iter().chain(flags).chain(attributes.segments.iter().map(|(name, _)| name.as_str()))
        })
    }
}
