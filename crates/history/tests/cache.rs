//! The file of laid-out rows: it is used whole and only for what it was made from, or not at all.

#![allow(clippy::unwrap_used)]

mod orders;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use history::{CacheFolder, Export, ExportSpec, MemoryLimit, ReadNote, ReadOptions, Returns, RowsFrom};
use orders::{Order, mapped, seen, write};
use tempfile::TempDir;

struct Shop {
    folder: TempDir,
    spec: ExportSpec,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spec = mapped(&folder.path().join("orders-*.csv"), Returns::Net);
        let shop = Self { folder, spec };
        shop.add(0);
        shop
    }

    /// Adds a file of 170 orders.
    fn add(&self, number: i64) {
        let order = |at: i64| Order {
            customer: format!("c{}", at % 13),
            hour: at * 12,
            order: (at % 3 == 0).then_some((at % 200) as u8),
            recorded_after: at % 2,
            amount: 1_000 + number,
            discount: 0,
            margin: at,
            quantity: 1,
            channel: None,
            product: Some((at % 5) as u8),
        };
        let rows: Vec<Order> = (0..170).map(order).collect();
        write(&self.folder.path().join(format!("orders-{number}.csv")), &rows);
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("out/cache")
    }

    fn file(&self) -> PathBuf {
        self.cache().join("transactions.rows")
    }

    fn read(&self, memory: Option<u64>) -> Export {
        let spill_to = self.cache();
        let options = ReadOptions {
            memory: memory.map(|bytes| MemoryLimit { bytes, spill_to }),
            cache: Some(CacheFolder { path: self.cache(), read_only: false }),
            ..ReadOptions::default()
        };
        let export = Export::read_with(&self.spec, None, &options).unwrap();
        assert!(export.keep_rows().is_none());
        assert!(export.keep_rows().is_none(), "a second time there is nothing to do");
        export
    }
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn one_file_is_kept_for_its_owner_alone() {
    let shop = Shop::new();
    assert_eq!(shop.read(None).rows_from(), RowsFrom::Files);
    shop.add(1);
    assert_eq!(shop.read(None).rows_from(), RowsFrom::CacheAnd(1));
    assert_eq!(names(&shop.cache()), ["transactions.rows"]);
    assert_eq!(std::fs::metadata(shop.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_damaged_file_is_never_used_and_made_again() {
    let shop = Shop::new();
    let expected = seen(&shop.read(None));
    let whole = std::fs::read(shop.file()).unwrap();
    let mut damaged: Vec<Vec<u8>> = (0..whole.len())
        .step_by(whole.len() / 97)
        .map(|at| {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            changed
        })
        .collect();
    damaged.extend((0..20).map(|part| whole[..whole.len() * part / 20].to_vec()));
    damaged.push([whole.as_slice(), b"more"].concat());
    damaged.push(b"something else".to_vec());
    let mut unused = 0;
    for (at, bytes) in damaged.iter().enumerate() {
        for memory in [None, Some(1)] {
            std::fs::write(shop.file(), bytes).unwrap();
            let export = shop.read(memory);
            assert_eq!(seen(&export), expected, "{at}");
            match (export.rows_from(), export.notes()) {
                (RowsFrom::Files, [note @ ReadNote::CacheDamaged(path)]) => {
                    assert_eq!(path, &shop.file());
                    assert!(note.to_string().contains("the exports were read instead"));
                }
                // Bytes between two ranges mean nothing; so does the key of another way of reading.
                (RowsFrom::Cache | RowsFrom::Files, []) => unused += 1,
                other => panic!("{at}: {other:?}"),
            }
            let again = shop.read(memory);
            assert_eq!((again.rows_from(), again.notes().len(), seen(&again)), (RowsFrom::Cache, 0, expected.clone()));
        }
    }
    assert!(unused <= 8, "{unused} of {} damages were not noticed", damaged.len() * 2);
}

#[test]
fn rows_that_are_damaged_while_they_are_in_use_are_an_error() {
    let shop = Shop::new();
    drop(shop.read(None));
    let export = shop.read(Some(1));
    let mut bytes = std::fs::read(shop.file()).unwrap();
    bytes[200] ^= 1;
    std::fs::write(shop.file(), &bytes).unwrap();
    let error = export.block(0..1).unwrap_err().to_string();
    assert!(error.contains("transactions.rows: the rows kept here are damaged; remove the file"), "{error}");
}

#[test]
fn another_way_of_reading_is_another_cache() {
    let mut shop = Shop::new();
    shop.read(None);
    let changes: [fn(&mut ExportSpec); 6] = [
        |spec| spec.timezone = jiff::tz::TimeZone::get("Europe/Bucharest").unwrap(),
        |spec| spec.transactions.returns = Returns::Separate,
        |spec| spec.transactions.discount = None,
        |spec| spec.transactions.quantity = Some("discount".into()),
        |spec| spec.transactions.table.date_format = Some("%Y-%m-%dT%H:%M:%S".into()),
        |spec| spec.transactions.margin = None,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        change(&mut shop.spec);
        let export = shop.read(None);
        assert_eq!((export.rows_from(), export.notes().len()), (RowsFrom::Files, 0), "{at}");
        assert_eq!(shop.read(None).rows_from(), RowsFrom::Cache, "{at}");
    }
    shop.spec.max_reject_share = 0.5;
    assert_eq!(shop.read(None).rows_from(), RowsFrom::Cache);
}

#[test]
fn rejects_are_reported_and_refused_from_the_cache_as_well() {
    let mut shop = Shop::new();
    let path = shop.folder.path().join("orders-9.csv");
    let mut text = std::fs::read_to_string(shop.folder.path().join("orders-0.csv")).unwrap();
    text.push_str("c1,not a date,1,,2026-01-01,0,0,1,,,\n");
    std::fs::write(&path, text).unwrap();
    shop.spec.max_reject_share = 0.1;
    let fresh = shop.read(None);
    std::fs::rename(&path, shop.folder.path().join("orders-5.csv")).unwrap();
    let cached = shop.read(None);
    assert_eq!(cached.rows_from(), RowsFrom::Cache);
    assert_eq!(cached.reports()[0].rejects.total(), 1);
    let (before, now) = (&fresh.reports()[0].rejects.rows()[0], &cached.reports()[0].rejects.rows()[0]);
    assert_eq!((before.file.as_str(), now.file.as_str()), ("orders-9.csv", "orders-5.csv"));
    assert_eq!((before.line, &before.reason), (now.line, &now.reason));
    shop.spec.max_reject_share = 0.001;
    let cache = Some(CacheFolder { path: shop.cache(), read_only: false });
    let refused = Export::read_with(&shop.spec, None, &ReadOptions { cache, ..ReadOptions::default() });
    assert!(refused.unwrap_err().to_string().contains("1 of 341 rows cannot be read"));
}

#[test]
fn an_export_that_is_not_to_be_kept_leaves_nothing() {
    let shop = Shop::new();
    for memory in [None, Some(MemoryLimit { bytes: 1, spill_to: shop.cache() })] {
        let cache = Some(CacheFolder { path: shop.cache(), read_only: false });
        let export =
            Export::read_with(&shop.spec, None, &ReadOptions { memory, cache, ..ReadOptions::default() }).unwrap();
        assert!(export.block(0..13).is_ok());
        drop(export);
        assert!(!shop.folder.path().join("out").exists());
    }
}

#[test]
fn a_fingerprint_is_taken_unless_nobody_wants_one() {
    let shop = Shop::new();
    let read = |memory: Option<u64>, without_fingerprint| {
        let memory = memory.map(|bytes| MemoryLimit { bytes, spill_to: shop.cache() });
        let export =
            Export::read_with(&shop.spec, None, &ReadOptions { memory, without_fingerprint, ..ReadOptions::default() })
                .unwrap();
        (export.fingerprint().map(str::to_owned), export.purchase_rows(), export.customer_ids().clone())
    };
    let (fingerprint, rows, ids) = read(None, false);
    assert_eq!(fingerprint.unwrap().len(), 64);
    assert_eq!(read(None, true), (None, rows, ids.clone()));
    assert_eq!(read(Some(1), true), (None, rows, ids));
}

#[test]
fn a_cache_that_is_only_looked_at_is_not_made() {
    let shop = Shop::new();
    let cache = Some(CacheFolder { path: shop.cache(), read_only: true });
    let options = ReadOptions { cache, ..ReadOptions::default() };
    assert_eq!(Export::read_with(&shop.spec, None, &options).unwrap().rows_from(), RowsFrom::Files);
    assert!(!shop.folder.path().join("out").exists());
    shop.read(None);
    assert_eq!(Export::read_with(&shop.spec, None, &options).unwrap().rows_from(), RowsFrom::Cache);
}

#[test]
fn a_cache_that_cannot_be_written_is_said_and_does_no_harm() {
    let shop = Shop::new();
    let expected = seen(&shop.read(None));
    std::fs::remove_dir_all(shop.folder.path().join("out")).unwrap();
    std::fs::write(shop.folder.path().join("out"), "a file").unwrap();
    let export = shop.read(None);
    assert_eq!(seen(&export), expected);
    assert!(matches!(export.notes(), [.., ReadNote::CacheNotWritten(..)]), "{:?}", export.notes());
}
