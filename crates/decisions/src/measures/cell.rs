//! Cells of a table, small ones withheld.

use std::collections::BTreeMap;

use crate::DecisionError;

/// Customers below whom the figures of a cell are withheld: they would say more about chance, and about single people, than
/// about the cell. The same number as for metrics by group.
pub const MIN_CUSTOMERS: u64 = 30;

/// A figure, or the reason why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<T> {
    /// Enough customers.
    Shown(T),
    /// Fewer than [`MIN_CUSTOMERS`].
    Withheld {
        /// How many there are.
        customers: u64,
    },
}

impl<T> Cell<T> {
    /// The figure, computed only where there are enough customers.
    ///
    /// # Errors
    /// What the computation says.
    pub fn of(customers: u64, figure: impl FnOnce() -> Result<T, DecisionError>) -> Result<Self, DecisionError> {
        if customers < MIN_CUSTOMERS { Ok(Self::Withheld { customers }) } else { figure().map(Self::Shown) }
    }

    /// The figure, if it is shown.
    pub fn shown(&self) -> Option<&T> {
        match self {
            Self::Shown(figure) => Some(figure),
            Self::Withheld { .. } => None,
        }
    }
}

/// Computes a figure for each segment, from the rows (customers, ascending) that are in it; small segments are withheld.
/// `segments` has one name for each row. Segments come in the order of their names.
///
/// # Errors
/// What the figure of a segment says; of several, that of the first segment.
pub fn tabulate<T>(
    segments: &[&str],
    figure: impl Fn(&[usize]) -> Result<T, DecisionError>,
) -> Result<BTreeMap<String, Cell<T>>, DecisionError> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, segment) in segments.iter().enumerate() {
        rows.entry(segment).or_default().push(row);
    }
    rows.into_iter()
        .map(|(segment, rows)| Ok((segment.to_owned(), Cell::of(rows.len() as u64, || figure(&rows))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn small_segments_are_withheld_and_the_others_counted() {
        let segments: Vec<&str> = (0..100).map(|i| if i % 10 == 0 { "rare" } else { "usual" }).collect();
        let table = tabulate(&segments, |rows| Ok(rows.len())).unwrap();
        assert_eq!(table["usual"], Cell::Shown(90));
        assert_eq!(table["rare"], Cell::Withheld { customers: 10 });
        assert_eq!(table["rare"].shown(), None);
    }

    #[test]
    fn the_rule_is_thirty() {
        let figure = |customers| Cell::of(customers, || Ok(())).unwrap();
        assert_eq!(figure(29), Cell::Withheld { customers: 29 });
        assert_eq!(figure(30), Cell::Shown(()));
    }
}
