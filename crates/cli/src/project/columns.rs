//! The columns that the project file may map, table by table.

use std::ops::Range;

use super::error::{ProjectError, Source};
use super::file::Columns;
use super::nearest::did_you_mean;

/// What a table's `columns` may hold.
#[derive(Debug)]
pub(super) struct Known {
    /// Name of the section.
    pub(super) table: &'static str,
    pub(super) names: &'static [&'static str],
    /// Any other name is a column by which customers can be grouped.
    pub(super) open: bool,
}

pub(super) const TRANSACTIONS: Known = Known {
    table: "transactions",
    names: &[
        "customer_id",
        "timestamp",
        "amount",
        "unit_price",
        "order_id",
        "quantity",
        "discount",
        "margin",
        "cost",
        "product",
        "category",
        "channel",
        "currency",
        "recorded_at",
    ],
    open: false,
};

pub(super) const CUSTOMERS: Known = Known {
    table: "customers",
    names: &[
        "customer_id",
        "signup_date",
        "acquisition_channel",
        "region",
        "contract_end",
        "owner",
        "preferred_channel",
        "contact_allowed",
    ],
    open: true,
};

pub(super) const EVENTS: Known = Known {
    table: "events",
    names: &["customer_id", "timestamp", "type", "value", "channel", "resolved_at", "recorded_at"],
    open: false,
};

pub(super) const OFFERS: Known = Known {
    table: "offers",
    names: &["customer_id", "timestamp", "offer", "arm", "cost", "accepted", "contacted_at"],
    open: false,
};

pub(super) const DEPARTURES: Known =
    Known { table: "departures", names: &["customer_id", "timestamp", "kind", "reason"], open: false };

/// A table's mapping, its names checked.
#[derive(Debug)]
pub(super) struct Mapping<'a> {
    columns: &'a Columns,
}

impl<'a> Mapping<'a> {
    pub(super) fn check(source: &Source<'_>, known: &Known, columns: &'a Columns) -> Result<Self, ProjectError> {
        for (name, header) in columns {
            let at = |span: &Range<usize>, message: String| {
                source.error(span, format!("[{}] columns: {message}", known.table))
            };
            if header.get_ref().trim().is_empty() {
                return Err(at(&header.span(), format!("expected a header for \"{}\", found none", name.get_ref())));
            }
            if name.get_ref().trim().is_empty() {
                return Err(at(&name.span(), "expected a name, found none".to_owned()));
            }
            if !known.open && !known.names.contains(&name.get_ref().as_str()) {
                let hint = did_you_mean(name.get_ref(), known.names.iter().copied());
                let message =
                    format!("unknown name \"{}\"{hint}; known here: {}", name.get_ref(), known.names.join(", "));
                return Err(at(&name.span(), message));
            }
        }
        Ok(Self { columns })
    }

    /// Header of a column that must be there: as mapped, else the name itself.
    pub(super) fn required(&self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| name.to_owned())
    }

    /// Header of a column, if it is mapped.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        self.columns.get(name).map(|header| header.get_ref().clone())
    }

    /// Names and headers of all columns but these, by name.
    pub(super) fn others(&self, but: &[&str]) -> Vec<(String, String)> {
        let others = self.columns.iter().filter(|(name, _)| !but.contains(&name.get_ref().as_str()));
        others.map(|(name, header)| (name.get_ref().clone(), header.get_ref().clone())).collect()
    }

    /// Place of a name in the file.
    pub(super) fn span_of(&self, name: &str) -> Option<Range<usize>> {
        self.columns.get_key_value(name).map(|(name, _)| name.span())
    }
}
