//! However the transactions are read (in which order, format, number of files, memory, with or without a cache), the same
//! is seen, bit by bit; and it is what a plain program sees.

#![allow(clippy::unwrap_used)]

mod orders;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use history::{CacheFolder, Export, ExportSpec, MemoryLimit, ReadOptions, Returns, RowsFrom, Tag};
use orders::{Order, as_of, mapped, orders, parts, plain, seen, spec, write};
use proptest::prelude::*;

fn options(memory: Option<u64>, cache: Option<&Path>, folder: &Path) -> ReadOptions {
    ReadOptions {
        memory: memory.map(|bytes| MemoryLimit { bytes, spill_to: folder.join("spilled") }),
        cache: cache.map(|path| CacheFolder { path: path.to_owned(), read_only: false }),
        ..ReadOptions::default()
    }
}

/// Reads an export and keeps it in the cache, if there is one.
fn read_and_keep(spec: &ExportSpec, options: &ReadOptions) -> Export {
    let export = Export::read_with(spec, None, options).unwrap();
    assert!(export.keep_rows().is_none());
    export
}

/// Writes orders as files, `cuts` of them in turn, and reads them.
fn read(orders: &[Order], format: &str, files: usize, memory: Option<u64>, returns: Returns) -> Export {
    let folder = tempfile::tempdir().unwrap();
    for (at, part) in parts(orders, files).iter().enumerate() {
        write(&folder.path().join(format!("orders-{at}.{format}")), part);
    }
    let spec = mapped(&folder.path().join(format!("orders-*.{format}")), returns);
    let export = Export::read_with(&spec, None, &options(memory, None, folder.path())).unwrap();
    assert!(!folder.path().join("spilled").exists(), "nothing is left behind");
    export
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_depends_on_how_rows_are_read(
        orders in orders(1..160),
        seed in any::<u64>(),
        memory in prop_oneof![Just(1_u64), 100_u64..20_000],
        files in 1_usize..5,
        threads in 1_usize..4,
    ) {
        let plain_read = seen(&read(&orders, "csv", 1, None, Returns::Net));
        let mut shuffled = orders.clone();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for format in ["csv", "parquet"] {
            for memory in [None, Some(memory)] {
                let other = pool.install(|| seen(&read(&shuffled, format, files.min(shuffled.len()), memory, Returns::Net)));
                prop_assert_eq!(&other, &plain_read, "{} {:?}", format, memory);
            }
        }
    }

    #[test]
    fn what_is_seen_is_what_a_plain_program_sees(
        orders in orders(1..120),
        memory in prop_oneof![Just(None), Just(Some(1_u64))],
        drops in any::<bool>(),
    ) {
        let returns = if drops { Returns::Drop } else { Returns::Net };
        let export = read(&orders, "parquet", 1, memory, returns);
        let kept: Vec<Order> = orders.into_iter().filter(|order| !drops || order.amount >= 0).collect();
        let ids: BTreeSet<&str> = kept.iter().map(|order| order.customer.as_str()).collect();
        prop_assert!(export.customer_ids().iter().eq(ids.iter().copied()));
        for day in [15, 60, 400] {
            let history = export.history(as_of(day));
            let block = history.block(0..history.n_customers()).unwrap();
            for (customer, id) in (0..).zip(&ids) {
                let (purchases, lines) = plain(&kept, id, as_of(day));
                prop_assert_eq!(history.rows(&block, customer).collect::<Vec<_>>(), purchases);
                prop_assert_eq!(history.lines(&block, customer).collect::<Vec<_>>(), lines);
                let backwards: Vec<_> = history.rows(&block, customer).rev().collect();
                let forwards: Vec<_> = history.rows(&block, customer).collect();
                prop_assert!(backwards.iter().rev().eq(&forwards));
            }
        }
        for channel in 0..4_u8 {
            let (text, is_there) = (channel.to_string(), kept.iter().any(|order| order.channel == Some(channel)));
            let name = export.history(as_of(15)).channel_name(Tag::of(&text));
            prop_assert_eq!(name, is_there.then_some(text.as_str()));
        }
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        kept.iter().for_each(|order| *counts.entry(format!("{order:?}")).or_default() += 1);
        prop_assert_eq!(export.repeated_rows(), counts.values().map(|n| n - 1).sum::<u64>());
    }

    #[test]
    fn a_cache_that_grows_is_the_same_as_none(
        orders in orders(4..120),
        first in 1_usize..4,
        memory in prop_oneof![Just(None), Just(Some(1_u64))],
        format in prop_oneof![Just("csv"), Just("parquet")],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (orders, every_day) = orders.split_at(orders.len() - 85);
        write(&folder.path().join(format!("orders-days.{format}")), every_day);
        let parts = parts(orders, 4);
        // The newest files do not always have the last names.
        let name = |at: usize| folder.path().join(format!("orders-{}.{format}", at * 7 % 5));
        let spec = mapped(&folder.path().join(format!("orders-*.{format}")), Returns::Net);
        let options = options(memory, Some(&folder.path().join("cache")), folder.path());
        let first = first.min(parts.len());
        (0..first).for_each(|at| write(&name(at), &parts[at]));
        let fresh = read_and_keep(&spec, &options);
        prop_assert_eq!(fresh.rows_from(), RowsFrom::Files);
        let again = read_and_keep(&spec, &options);
        prop_assert_eq!(again.rows_from(), RowsFrom::Cache);
        prop_assert_eq!(seen(&again), seen(&fresh));

        (first..parts.len()).for_each(|at| write(&name(at), &parts[at]));
        let grown = read_and_keep(&spec, &options);
        let new = parts.len() - first;
        prop_assert_eq!(grown.rows_from(), if new == 0 { RowsFrom::Cache } else { RowsFrom::CacheAnd(new) });
        let cached = read_and_keep(&spec, &options);
        prop_assert_eq!(cached.rows_from(), RowsFrom::Cache);
        let whole = Export::read(&spec, None).unwrap();
        for export in [&grown, &cached] {
            prop_assert!(export.notes().is_empty());
            prop_assert_eq!(seen(export), seen(&whole));
            prop_assert_eq!(export.reports(), whole.reports());
        }

        // A file that is gone takes its rows along.
        std::fs::remove_file(name(0)).unwrap();
        let fewer = read_and_keep(&spec, &options);
        prop_assert_eq!(fewer.rows_from(), RowsFrom::Files);
        prop_assert_eq!(seen(&fewer), seen(&Export::read(&spec, None).unwrap()));
    }
}

#[test]
fn customers_without_purchases_change_nothing_for_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, "customer_id,timestamp,amount\nb,2026-01-01,1\nd,2026-01-02,2\nd,2026-01-03,3\n").unwrap();
    let customers = folder.path().join("customers.csv");
    std::fs::write(&customers, "customer_id,region\na,x\nc,y\nd,z\ne,x\n").unwrap();
    let mut spec = spec(&path);
    spec.customers = Some(history::CustomersSpec {
        table: history::TableSpec::at(customers),
        customer_id: "customer_id".into(),
        signup_date: None,
        contract_end: None,
        contact_allowed: None,
        segments: vec![("region".into(), "region".into())],
    });
    let cache = folder.path().join("cache");
    for (memory, from) in [(None, RowsFrom::Files), (None, RowsFrom::Cache), (Some(1), RowsFrom::Cache)] {
        let export = read_and_keep(&spec, &options(memory, Some(&cache), folder.path()));
        assert_eq!(export.rows_from(), from);
        assert!(export.customer_ids().iter().eq(["a", "b", "c", "d", "e"]));
        assert_eq!(export.listed_buyers(), Some((2, 1)));
        let history = export.history("2026-02-01".parse().unwrap());
        let rows = history.map(&[0, 1, 2, 3, 4], |block, customer| history.rows(block, customer).count());
        assert_eq!(rows.unwrap(), [0, 1, 0, 2, 0]);
        // A block of customers who all have none, and one of no customers at all.
        let block = history.block(4..5).unwrap();
        assert_eq!(history.rows(&block, 4).count(), 0);
        assert!(history.block(5..9).is_ok() && history.block(2..2).is_ok());
    }
}

#[test]
#[should_panic(expected = "a block that was made for them")]
fn a_customer_outside_the_block_is_never_answered_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, "customer_id,timestamp,amount\na,2026-01-01,1\nb,2026-01-02,2\n").unwrap();
    let export = Export::read(&spec(&path), None).unwrap();
    let history = export.history("2026-02-01".parse().unwrap());
    let block = history.block(0..1).unwrap();
    let _ = history.rows(&block, 1).count();
}

#[test]
fn quantities_products_and_channels_are_read_and_bad_quantities_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    let header = "customer_id,timestamp,amount,qty,sku,cat,chan\n";
    let rows = "a,2026-01-01,10,2, P1 ,,web\na,2026-01-01,5,0.25,P2,C,shop\na,2026-01-02,1,-1,,C,\n";
    std::fs::write(&path, format!("{header}{rows}b,2026-01-02,1,,x,y,z\nb,2026-01-02,1,two,x,y,z\n")).unwrap();
    let mut spec = spec(&path);
    spec.max_reject_share = 1.0;
    for (column, header) in [
        (&mut spec.transactions.quantity, "qty"),
        (&mut spec.transactions.product, "sku"),
        (&mut spec.transactions.category, "cat"),
        (&mut spec.transactions.channel, "chan"),
    ] {
        *column = Some(header.into());
    }
    let export = Export::read(&spec, None).unwrap();
    let rejects: Vec<_> = export.reports()[0].rejects.rows().iter().map(|r| (r.line, r.code.as_str())).collect();
    assert_eq!(rejects, [(5, "bad_quantity"), (6, "bad_quantity")]);
    let history = export.history("2026-02-01".parse().unwrap());
    assert!(history.has_quantity() && history.has_products() && history.has_categories() && history.has_channels());
    let block = history.block(0..1).unwrap();
    let bought: Vec<_> = history.rows(&block, 0).map(|row| (row.quantity.to_string(), row.channel)).collect();
    // The cheaper row comes first in canonical order.
    assert_eq!(bought, [("2.25".to_owned(), Some(Tag::of("shop"))), ("-1.00".to_owned(), None)]);
    let lines: Vec<_> = history.lines(&block, 0).map(|line| (line.product, line.category)).collect();
    let tag = |text: &str| Some(Tag::of(text));
    assert_eq!(lines, [(tag("P2"), tag("C")), (tag("P1"), None), (None, tag("C"))]);
}

#[test]
fn one_file_of_many_may_have_no_rows_and_none_may_be_there_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let header = "customer_id,timestamp,amount\n";
    std::fs::write(path("o-1.csv"), format!("{header}a,2026-01-01,1\n")).unwrap();
    std::fs::write(path("o-2.csv"), header).unwrap();
    let export = Export::read(&spec(&path("o-*.csv")), None).unwrap();
    assert_eq!((export.reports()[0].rows, export.reports()[0].file.as_str()), (1, "o-*.csv"));
    std::fs::write(path("o-3.csv"), format!("{header}a,2026-01-01,1\n")).unwrap();
    for cache in [None, Some(path("cache"))] {
        let error = Export::read_with(&spec(&path("o-*.csv")), None, &options(None, cache.as_deref(), folder.path()));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("o-1.csv and ") && error.contains("o-3.csv have the same content"), "{error}");
    }
    std::fs::remove_file(path("o-1.csv")).unwrap();
    std::fs::remove_file(path("o-3.csv")).unwrap();
    assert!(Export::read(&spec(&path("o-*.csv")), None).unwrap_err().to_string().contains("found none"));
}

#[test]
fn what_cannot_be_mixed_is_found_across_files_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let header = "customer_id,timestamp,amount\n";
    let pattern = spec(&path("o-*.csv"));
    let cache = path("cache");
    let options = options(None, Some(&cache), folder.path());
    std::fs::write(path("o-1.csv"), format!("{header}a,2026-01-01T10:00:00,800000000000000\n")).unwrap();
    read_and_keep(&pattern, &options);
    std::fs::write(path("o-2.csv"), format!("{header}a,2026-01-01,1\na,2026-01-01T10:00:00Z,1\n")).unwrap();
    let error = Export::read_with(&pattern, None, &options).unwrap_err().to_string();
    assert!(error.contains("o-2.csv: line 3") && error.contains("UTC offset"), "{error}");
    // A file that is of one kind, and another than the one in the cache.
    std::fs::write(path("o-2.csv"), format!("{header}b,2026-01-01T10:00:00Z,1\n")).unwrap();
    let error = Export::read_with(&pattern, None, &options).unwrap_err().to_string();
    assert!(error.contains("o-2.csv: line 2") && error.contains("UTC offset"), "{error}");
    std::fs::write(path("o-2.csv"), format!("{header}b,2026-01-01,1\nb,2026-01-02,200000000000000\n")).unwrap();
    let error = Export::read_with(&pattern, None, &options).unwrap_err().to_string();
    assert!(error.contains("o-2.csv: line 3, byte") && error.contains(": the amounts"), "{error}");
}
