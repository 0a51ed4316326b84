//! Which groups a customer is in: everybody, and a level of each column by which customers can be grouped.

use std::collections::BTreeMap;

use decisions::measures::MIN_CUSTOMERS;
use history::Export;

/// A column with more levels is no column of groups, unless the report is asked for it.
const MOST_LEVELS: usize = 30;
/// The group of customers of whom a column says nothing.
const NOT_KNOWN: &str = "(not known)";

/// The group of levels that fewer customers have than make a figure: nobody is named by what only a few share.
const RARE: &str = "(rare values)";

/// Columns of the customers table, and their levels. Group 0 is everybody.
#[derive(Debug)]
pub(super) struct Groups {
    columns: Vec<GroupColumn>,
    /// Columns that are not used, with the number of their levels.
    pub(super) left_out: Vec<(String, usize)>,
}

#[derive(Debug)]
struct GroupColumn {
    name: String,
    levels: Vec<String>,
    /// Level of each customer of the export.
    of: Vec<u32>,
    /// Number of the group of the first level.
    first: usize,
}

impl Groups {
    /// `report` is the column by which the report compares customers: its name, and the cells of all customers. It is used
    /// however many levels it has.
    pub(super) fn of(export: &Export, report: (&str, &[Option<Box<str>>])) -> Self {
        let mut groups = Self { columns: Vec::new(), left_out: Vec::new() };
        groups.add(report.0, report.1, usize::MAX);
        let names: Vec<String> = export.segment_columns().map(str::to_owned).collect();
        for name in names.iter().filter(|name| *name != report.0) {
            groups.add(name, export.segment_column(name).unwrap_or_default(), MOST_LEVELS);
        }
        groups
    }

    fn add(&mut self, name: &str, cells: &[Option<Box<str>>], most: usize) {
        let named = |cell: &Option<Box<str>>| cell.as_deref().unwrap_or(NOT_KNOWN).to_owned();
        let mut customers: BTreeMap<String, u64> = BTreeMap::new();
        cells.iter().for_each(|cell| *customers.entry(named(cell)).or_default() += 1);
        if customers.len() > most {
            self.left_out.push((name.to_owned(), customers.len()));
            return;
        }
        let level = |cell: &Option<Box<str>>| match named(cell) {
            name if customers.get(&name).is_some_and(|count| *count < MIN_CUSTOMERS) => RARE.to_owned(),
            name => name,
        };
        let mut numbers: BTreeMap<String, u32> = cells.iter().map(|cell| (level(cell), 0)).collect();
        if numbers.len() < 2 {
            return;
        }
        numbers.values_mut().zip(0..).for_each(|(number, at)| *number = at);
        let of = cells.iter().map(|cell| numbers.get(&level(cell)).copied().unwrap_or(0)).collect();
        let first = self.len();
        self.columns.push(GroupColumn { name: name.to_owned(), levels: numbers.into_keys().collect(), of, first });
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.columns.last().map_or(1, |column| column.first + column.levels.len())
    }

    /// The groups that a customer is in, everybody first.
    pub(super) fn each(&self, customer: u32) -> impl Iterator<Item = usize> {
        let level = move |column: &GroupColumn| Some(column.first + *column.of.get(customer as usize)? as usize);
        std::iter::once(0).chain(self.columns.iter().filter_map(level))
    }

    /// The groups of each column, everybody first as a column of its own.
    pub(super) fn columns(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let of = |column: &GroupColumn| column.first..column.first + column.levels.len();
        std::iter::once(0..1).chain(self.columns.iter().map(of))
    }

    /// The groups of one column.
    pub(super) fn column(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        Some(column.first..column.first + column.levels.len())
    }

    /// Column and level of a group; neither for everybody.
    pub(super) fn name(&self, group: usize) -> Option<(&str, &str)> {
        let column = self.columns.iter().rfind(|column| column.first <= group)?;
        Some((&column.name, column.levels.get(group - column.first)?))
    }

    /// The level of a customer in a column.
    pub(super) fn level(&self, name: &str, customer: u32) -> Option<&str> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        column.levels.get(*column.of.get(customer as usize)? as usize).map(String::as_str)
    }
}
