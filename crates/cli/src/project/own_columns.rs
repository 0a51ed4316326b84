//! Which columns the rows of a table have, and what the project file must map for them.

use feature_engineering::{Column, Label, LevelSource, Rows};

use super::file::{Columns, ProjectFile};
use super::tables::NO_TEXTS;

/// Which columns the project maps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'a> {
    transactions: Option<&'a Columns>,
    events: Option<&'a Columns>,
    customers: Option<&'a Columns>,
    /// Returns are kept, netted or apart.
    pub(super) keeps_returns: bool,
}

impl<'a> Tables<'a> {
    pub(super) fn of(file: &'a ProjectFile) -> Self {
        let transactions = file.transactions.as_ref().map(toml::Spanned::get_ref);
        Self {
            transactions: transactions.map(|section| section.keys().columns),
            events: file.events.as_ref().map(|section| section.get_ref().keys().columns),
            customers: file.customers.as_ref().map(|section| section.get_ref().keys().columns),
            keeps_returns: transactions
                .and_then(|section| section.returns.as_ref())
                .is_none_or(|returns| returns.get_ref() != "drop"),
        }
    }

    /// Columns of whose levels there can be features.
    pub(super) fn level_sources(&self) -> Vec<LevelSource> {
        let names = self.customers.into_iter().flatten().map(|(name, _)| name.get_ref());
        let texts = names.filter(|name| !NO_TEXTS.contains(&name.as_str()));
        let channel = self.maps(false, &["channel"]).then_some(LevelSource::Channel);
        texts.map(|name| LevelSource::Attribute(name.clone())).chain(channel).collect()
    }

    pub(super) fn has_events(&self) -> bool {
        self.events.is_some()
    }

    pub(super) fn maps(&self, is_events: bool, columns: &[&str]) -> bool {
        let mapped = if is_events { self.events } else { self.transactions };
        mapped.is_some_and(|mapped| columns.iter().any(|column| mapped.contains_key(*column)))
    }
}

pub(super) fn is_events(rows: &Rows) -> bool {
    matches!(rows, Rows::Events(_))
}

/// Whether rows of this kind have a number.
pub(super) fn has_column(rows: &Rows, column: Column) -> bool {
    match column {
        Column::Value | Column::DaysToResolve => is_events(rows),
        Column::Amount => !is_events(rows),
        Column::Quantity => !is_events(rows) && *rows != Rows::Returns,
        Column::Gap => *rows == Rows::Purchases,
        Column::Discount | Column::Margin => matches!(rows, Rows::Purchases | Rows::Sales | Rows::Spending),
    }
}

/// Whether rows of this kind have a label.
pub(super) fn has_label(rows: &Rows, label: Label) -> bool {
    match label {
        Label::Product | Label::Category => *rows == Rows::Lines,
        Label::Channel => *rows != Rows::Lines,
        Label::Type => is_events(rows),
        Label::Day | Label::Weekday => true,
    }
}

/// What the project file lacks for a number, if anything.
pub(super) fn needs_column(tables: &Tables<'_>, column: Column) -> Result<(), String> {
    match column {
        Column::Amount | Column::Gap => Ok(()),
        Column::Discount => needs(tables, false, &["discount"]),
        Column::Margin => needs(tables, false, &["margin", "cost"]),
        Column::Quantity => needs(tables, false, &["quantity"]),
        Column::Value => needs(tables, true, &["value"]),
        Column::DaysToResolve => needs(tables, true, &["resolved_at"]),
    }
}

/// What the project file lacks for a label, if anything.
pub(super) fn needs_label(tables: &Tables<'_>, rows: &Rows, label: Label) -> Result<(), String> {
    match label {
        Label::Product => needs(tables, false, &["product"]),
        Label::Category => needs(tables, false, &["category"]),
        Label::Channel => needs(tables, is_events(rows), &["channel"]),
        Label::Type | Label::Day | Label::Weekday => Ok(()),
    }
}

pub(super) fn needs(tables: &Tables<'_>, is_events: bool, columns: &[&str]) -> Result<(), String> {
    if tables.maps(is_events, columns) {
        return Ok(());
    }
    let section = if is_events { "events" } else { "transactions" };
    let columns = columns.join(" or ");
    Err(format!("expected [{section}] columns that map {columns}, found none; map it to its header in the export"))
}
