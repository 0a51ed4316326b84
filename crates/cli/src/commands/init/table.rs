//! The tables of a project, the columns that each may have, and what the cells of a column must be for it.

use std::collections::BTreeSet;

use history::inspect::{CellKind, ColumnLook, FileLook, Witness};

use super::words;

/// A column of the project file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) column: &'static str,
    pub(super) needs: Needs,
    pub(super) required: bool,
}

/// What the cells of a column must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Texts or whole numbers.
    Id,
    Moment,
    Number,
    Text,
    /// Yes or no.
    Flag,
    /// One of a few words, with a meaning for each.
    Words(&'static [&'static str]),
}

/// The words that are read as yes or no.
const FLAGS: &[&str] = &["yes", "no", "true", "false", "1", "0"];
const KINDS: &[&str] = &["voluntary", "involuntary"];
const REASONS: &[&str] = &["price", "service", "product", "forgot", "no_need", "competitor", "other"];
const ARMS: &[&str] = &["treatment", "control"];

const fn must(column: &'static str, needs: Needs) -> Role {
    Role { column, needs, required: true }
}

const fn may(column: &'static str, needs: Needs) -> Role {
    Role { column, needs, required: false }
}

/// A table of the project file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TableName {
    Transactions,
    Customers,
    Events,
    Departures,
    Offers,
}

pub(super) const TABLES: [TableName; 5] =
    [TableName::Transactions, TableName::Customers, TableName::Events, TableName::Departures, TableName::Offers];

impl TableName {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            TableName::Transactions => "transactions",
            TableName::Customers => "customers",
            TableName::Events => "events",
            TableName::Departures => "departures",
            TableName::Offers => "offers",
        }
    }

    /// What the table holds, for a question.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            TableName::Transactions => "purchases",
            TableName::Customers => "one row for each customer",
            TableName::Events => "what customers did besides buying",
            TableName::Departures => "customers who said that they leave",
            TableName::Offers => "offers that were made to customers",
        }
    }

    /// Its columns, those first that claim a header first. The amount of the transactions has rules of its own.
    pub(super) const fn roles(self) -> &'static [Role] {
        match self {
            TableName::Transactions => TRANSACTIONS,
            TableName::Customers => CUSTOMERS,
            TableName::Events => EVENTS,
            TableName::Departures => DEPARTURES,
            TableName::Offers => OFFERS,
        }
    }
}

const TRANSACTIONS: &[Role] = &[
    must("customer_id", Needs::Id),
    must("timestamp", Needs::Moment),
    must("amount", Needs::Number),
    may("order_id", Needs::Id),
    may("quantity", Needs::Number),
    may("discount", Needs::Number),
    may("margin", Needs::Number),
    may("cost", Needs::Number),
    may("product", Needs::Text),
    may("category", Needs::Text),
    may("channel", Needs::Text),
    may("currency", Needs::Text),
    may("recorded_at", Needs::Moment),
];

const CUSTOMERS: &[Role] = &[
    must("customer_id", Needs::Id),
    may("signup_date", Needs::Moment),
    may("contract_end", Needs::Moment),
    may("contact_allowed", Needs::Flag),
    may("acquisition_channel", Needs::Text),
    may("region", Needs::Text),
    may("owner", Needs::Text),
    may("preferred_channel", Needs::Text),
];

const EVENTS: &[Role] = &[
    must("customer_id", Needs::Id),
    must("timestamp", Needs::Moment),
    must("type", Needs::Text),
    may("value", Needs::Number),
    may("channel", Needs::Text),
    may("resolved_at", Needs::Moment),
    may("recorded_at", Needs::Moment),
];

const DEPARTURES: &[Role] = &[
    must("customer_id", Needs::Id),
    must("timestamp", Needs::Moment),
    must("kind", Needs::Words(KINDS)),
    may("reason", Needs::Words(REASONS)),
];

const OFFERS: &[Role] = &[
    must("customer_id", Needs::Id),
    must("timestamp", Needs::Moment),
    must("offer", Needs::Text),
    must("arm", Needs::Words(ARMS)),
    may("cost", Needs::Number),
    may("accepted", Needs::Text),
    may("contacted_at", Needs::Moment),
];

/// A column of all files of a table.
#[derive(Debug, Clone)]
pub(super) struct Column<'a> {
    pub(super) header: &'a str,
    looks: Vec<(&'a FileLook, &'a ColumnLook)>,
}

/// The columns that all files of a table have, in the order of the first.
pub(super) fn columns(files: &[FileLook]) -> Vec<Column<'_>> {
    let Some(first) = files.first() else { return Vec::new() };
    let of = |header: &'_ str| files.iter().map(|file| Some((file, file.column(header)?))).collect::<Option<Vec<_>>>();
    first
        .columns
        .iter()
        .filter_map(|column| Some(Column { header: &column.header, looks: of(&column.header)? }))
        .collect()
}

impl<'a> Column<'a> {
    pub(super) fn sum(&self, of: impl Fn(&ColumnLook) -> u64) -> u64 {
        self.looks.iter().map(|(_, look)| of(look)).sum()
    }

    pub(super) fn looks(&self) -> impl Iterator<Item = &'a ColumnLook> + '_ {
        self.looks.iter().map(|(_, look)| *look)
    }

    /// The first cell that shows something, with its place in words.
    pub(super) fn witness(&self, of: impl Fn(&'a ColumnLook) -> Option<&'a Witness>) -> Option<(&'a str, String)> {
        let (file, witness) = self.looks.iter().find_map(|(file, look)| Some((file, of(look)?)))?;
        Some((witness.text.as_str(), format!("{}, line {}", file.name(), witness.line)))
    }

    pub(super) fn kind(&self) -> CellKind {
        use CellKind::{Nothing, Numbers, Texts, WholeNumbers};
        self.looks().map(ColumnLook::kind).fold(Nothing, |all, kind| match (all, kind) {
            (Nothing, kind) | (kind, Nothing) => kind,
            (all, kind) if all == kind => kind,
            (Numbers | WholeNumbers, Numbers | WholeNumbers) => Numbers,
            _ => Texts,
        })
    }

    /// Its texts, where they are few.
    pub(super) fn levels(&self) -> Option<BTreeSet<&'a str>> {
        let mut all = BTreeSet::new();
        for look in self.looks() {
            all.extend(look.levels.as_ref()?.keys().map(String::as_str));
        }
        Some(all)
    }

    fn holds_only(&self, known: &[&str]) -> bool {
        let mut filled = self.looks().filter(|look| look.filled > 0).peekable();
        filled.peek().is_some() && filled.all(|look| look.holds_only(known))
    }

    /// Whether the cells can be what the column of the project file needs.
    pub(super) fn fits(&self, needs: Needs) -> bool {
        match (needs, self.kind()) {
            (_, CellKind::Nothing) => false,
            (Needs::Id, kind) => matches!(kind, CellKind::Texts | CellKind::WholeNumbers),
            (Needs::Moment, kind) => kind == CellKind::Dates,
            (Needs::Number, kind) => matches!(kind, CellKind::Numbers | CellKind::WholeNumbers),
            (Needs::Text, kind) => matches!(kind, CellKind::Texts | CellKind::WholeNumbers),
            (Needs::Flag, _) => self.holds_only(FLAGS),
            (Needs::Words(known), _) => self.holds_only(known),
        }
    }
}

/// The tables that a file may be, by its columns: where it is one, nothing needs to be asked.
pub(super) fn tables_of(file: &FileLook) -> Vec<TableName> {
    let files = std::slice::from_ref(file);
    let columns = columns(files);
    let holds = |needs: Needs| columns.iter().any(|column| column.fits(needs));
    let named = |table: TableName, role: &str, needs: Needs| {
        columns.iter().any(|column| words::rank(table.as_str(), role, column.header).is_some() && column.fits(needs))
    };
    if !named(TableName::Customers, "customer_id", Needs::Id) && !holds(Needs::Id) {
        return Vec::new();
    }
    if holds(Needs::Words(ARMS)) && holds(Needs::Moment) {
        return vec![TableName::Offers];
    }
    if holds(Needs::Words(KINDS)) && holds(Needs::Moment) {
        return vec![TableName::Departures];
    }
    let sums = named(TableName::Transactions, "amount", Needs::Number)
        || named(TableName::Transactions, "unit_price", Needs::Number);
    if sums && holds(Needs::Moment) {
        return vec![TableName::Transactions];
    }
    let one_row_each = columns.iter().any(|column| {
        words::rank("customers", "customer_id", column.header).is_some()
            && column.fits(Needs::Id)
            && column.looks().all(ColumnLook::is_unique)
    });
    let typed = named(TableName::Events, "type", Needs::Text) && holds(Needs::Moment);
    match (typed, one_row_each) {
        (true, false) => vec![TableName::Events],
        (false, true) => vec![TableName::Customers],
        (true, true) => vec![TableName::Events, TableName::Customers],
        (false, false) => Vec::new(),
    }
}
