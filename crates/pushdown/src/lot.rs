//! A lot of whole customers, drawn by the engine, with all their rows as the tables have them: what a model is trained on where there are more
//! customers than it takes.
//!
//! Whole customers, and not rows of a table of features: what is trained on then is an export like any other, only smaller, and
//! everything that training does with one (forecasts fitted to purchases, other horizons, tests, what a monitor compares with)
//! means the same. It is also less to send: a customer has some dozens of purchases, and hundreds of features at each of
//! some twenty dates. Every customer has the same chance, so no row weighs more than another.

use crate::Dialect;
use crate::query::{Query, features};
use crate::refusal::Refused;
use crate::tables::Table;

/// So many first digits of the hash are looked at: 2^32 places are enough to draw from.
const DIGITS: u32 = 8;

/// Customers whose hash is below a limit.
///
/// The hash is MD5, which all three dialects have, over the seed and the id's text: it depends on nothing else, so a customer is in the
/// lot or not, whatever table a row stands in, and next month as well. It has nothing to do with the hashes by which training
/// takes customers apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    seed: u64,
    /// Hexadecimal digits; nothing where everybody is drawn.
    below: Option<String>,
}

impl Lot {
    /// About this share of the customers, from 0 to 1.
    #[must_use]
    pub fn of(share: f64, seed: u64) -> Self {
        let places = 2_f64.powi(4 * DIGITS as i32);
        let below = (share.clamp(0.0, 1.0) * places).round();
        Self { seed, below: (below < places).then(|| format!("{:0width$x}", below as u64, width = DIGITS as usize)) }
    }

    /// Whether everybody is in it.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.below.is_none()
    }

    fn condition(&self, dialect: Dialect, customer_id: &str) -> Option<String> {
        let below = self.below.as_ref()?;
        let salted = format!("{} || {}", dialect.text(&format!("{}:", self.seed)), dialect.id(customer_id));
        // Digits stand before letters in ASCII; not in every order of a language.
        let order = if dialect == Dialect::Postgres { " COLLATE \"C\"" } else { "" };
        Some(format!("SUBSTR(MD5({salted}), 1, {DIGITS}){order} < {}", dialect.text(below)))
    }
}

/// The statement that counts the eligible customers of a query's last date, as `n`.
///
/// # Errors
/// [`Refused`], as for [`features`].
pub fn eligible(query: &Query<'_>) -> Result<String, Refused> {
    let last: Vec<_> = query.dates.iter().copied().max().into_iter().collect();
    Ok(format!("SELECT COUNT(*) AS n FROM (\n{}\n) x", features(&Query { dates: &last, ..*query }, &[])?))
}

/// The statement that gives some columns of the rows of a lot's customers, in an order that depends on the rows alone.
#[must_use]
pub fn rows_of(dialect: Dialect, table: &Table, customer_id: &str, columns: &[&str], lot: &Lot) -> String {
    let mut named: Vec<String> = Vec::with_capacity(columns.len() + 1);
    for header in std::iter::once(&customer_id).chain(columns) {
        let name = dialect.name(header);
        if !named.contains(&name) {
            named.push(name);
        }
    }
    let drawn = lot.condition(dialect, &dialect.name(customer_id)).map_or_else(String::new, |c| format!("\nWHERE {c}"));
    let places: Vec<String> = (1..=named.len()).map(|place| place.to_string()).collect();
    format!("SELECT {}\nFROM {}{drawn}\nORDER BY {}", named.join(", "), table.relation.sql(dialect), places.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Relation;

    #[test]
    fn a_lot_has_a_limit_unless_everybody_is_in_it() {
        let customers = Table::of(Relation::Named(vec!["sales".to_owned(), "it's".to_owned()]));
        let sql = |share| rows_of(Dialect::DuckDb, &customers, "id", &["signup", "id"], &Lot::of(share, 7));
        assert_eq!(
            sql(0.25),
            "SELECT \"id\", \"signup\"\nFROM \"sales\".\"it's\"\nWHERE SUBSTR(MD5('7:' || TRIM(CAST(\"id\" AS VARCHAR))), 1, 8) < '40000000'\nORDER BY 1, 2"
        );
        assert_eq!(sql(1.0), "SELECT \"id\", \"signup\"\nFROM \"sales\".\"it's\"\nORDER BY 1, 2");
        assert!(Lot::of(2.0, 1).is_everybody() && !Lot::of(0.999_999, 1).is_everybody());
        assert!(sql(0.0).contains("< '00000000'"));
        let postgres = rows_of(Dialect::Postgres, &customers, "id", &[], &Lot::of(0.5, 1));
        assert!(postgres.contains("COLLATE \"C\" < '80000000'"), "{postgres}");
    }
}
