//! A lot is of whole customers, the same ones in every table, as many as were asked for; and the eligible are counted as the kernel does.

#![allow(clippy::unwrap_used)]

mod engine;

use std::collections::BTreeSet;

use engine::Engine;
use pushdown::{Lot, Relation, Table, rows_of};

const CUSTOMERS: u32 = 20_000;

#[test]
fn lots_are_of_whole_customers_and_as_large_as_asked() {
    for mut engine in Engine::all("lots_are_of_whole_customers_and_as_large_as_asked") {
        let folder = tempfile::tempdir().unwrap();
        let rows = |of: &dyn Fn(u32) -> String| (0..CUSTOMERS).map(of).collect::<String>();
        // Ids that begin and end with blanks are the same customer's.
        let purchases = rows(&|id| format!("C{id},2025-01-01,5\n C{id} ,2025-01-02,7\n"));
        std::fs::write(folder.path().join("transactions.csv"), format!("id,timestamp,amount\n{purchases}")).unwrap();
        let listed = rows(&|id| format!("{},C{id}\n", id % 7));
        std::fs::write(folder.path().join("customers.csv"), format!("region,number\n{listed}")).unwrap();
        let table = |name: &str| Table::of(Relation::Named(vec![name.to_owned()]));
        let dialect = engine.dialect();
        let mut ids = |name: &str, id: &str, columns: &[&str], lot: &Lot| -> Vec<String> {
            let sql = rows_of(dialect, &table(name), id, columns, lot);
            let (headers, rows) = engine.rows(folder.path(), &["transactions", "customers"], &sql);
            assert_eq!(headers[0], id);
            assert_eq!(headers.len(), 1 + columns.len());
            rows.iter().map(|row| row[0].as_str().unwrap().trim().to_owned()).collect()
        };
        for (share, seed) in [(0.3, 1), (0.3, 2), (0.01, 1)] {
            let lot = Lot::of(share, seed);
            let bought = ids("transactions", "id", &["amount", "timestamp"], &lot);
            let drawn: BTreeSet<&String> = bought.iter().collect();
            assert_eq!(bought.len(), 2 * drawn.len(), "both rows of each");
            let listed = ids("customers", "number", &["region"], &lot);
            assert_eq!(listed.iter().collect::<BTreeSet<_>>(), drawn);
            // Five standard deviations of a binomial.
            let expected = share * f64::from(CUSTOMERS);
            let apart = (drawn.len() as f64 - expected).abs();
            assert!(apart < 5.0 * (expected * (1.0 - share)).sqrt(), "{} of {expected}", drawn.len());
        }
        let small: BTreeSet<String> = ids("customers", "number", &[], &Lot::of(0.1, 1)).into_iter().collect();
        let large: BTreeSet<String> = ids("customers", "number", &[], &Lot::of(0.2, 1)).into_iter().collect();
        assert!(small.is_subset(&large), "a larger lot of the same seed has the smaller one in it");
        let other: BTreeSet<String> = ids("customers", "number", &[], &Lot::of(0.1, 2)).into_iter().collect();
        let both = small.intersection(&other).count();
        assert!((100..320).contains(&both), "lots of two seeds have nothing to do with each other: {both}");
        assert_eq!(ids("customers", "number", &[], &Lot::of(1.0, 1)).len(), CUSTOMERS as usize);
    }
}
