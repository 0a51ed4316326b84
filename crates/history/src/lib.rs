//! Purchase-history exports in, checked tables out.
//!
//! [`Export::read`] reads the files that an [`ExportSpec`] names, checks every row, and keeps the good ones in one
//! canonical order; the others are counted and kept with their place in [`Rejects`]. From an export there are two ways
//! on, and they are the time rule: [`Export::history`] and [`Export::outcome`]. [`TableWriter`] writes tables, [`TableRows`] reads
//! such a table again.

mod attributes;
mod by_customer;
mod calendar;
mod cell;
mod channel_names;
mod csv_source;
mod departures;
mod digest;
mod encoding;
mod error;
mod event_kind;
mod events;
mod export;
mod files;
mod grouped;
mod hashing;
mod id_rules;
mod id_warnings;
pub mod inspect;
mod iso_8601;
mod manifest;
mod meaning;
mod money;
mod ndjson_source;
mod offers;
mod options;
mod parquet_source;
mod place;
mod point_in_time;
mod postgres_source;
mod product;
mod purchase_days;
mod quantity;
mod read;
mod reject;
mod rows;
mod source;
mod spec;
mod store;
mod table_file;
mod table_rows;
mod tag;
mod text_file;
mod texts;
mod usual_dates;
mod warning;

#[cfg(test)]
#[path = "../../../tests/fuzz/mod.rs"]
mod fuzz;
#[cfg(test)]
mod fuzz_tests;

pub use calendar::{Date, Days, MICROS_PER_DAY, NotADate, Timestamp};
pub use departures::{Departure, DepartureKind, DepartureReason};
pub use digest::CustomerDigest;
pub use encoding::Encoding;
pub use error::ReadError;
pub use event_kind::EventKind;
pub use events::{EventKindRows, EventRow, EventSilence};
pub use export::Export;
pub use meaning::{ColumnMeaning, ExportColumn};
pub use money::Money;
pub use offers::OfferRow;
pub use options::{CacheFolder, MemoryLimit, ReadOptions};
pub use parquet_source::decodes_untrusted_bytes;
pub use place::Place;
pub use point_in_time::{Block, History, Immature, LabelWindow, Outcome};
pub use postgres_source::{ConnectionText, Query};
pub use quantity::Quantity;
pub use read::TableReport;
pub use reject::{Reject, RejectCode, Rejects};
pub use rows::{LineRow, PurchaseRow};
pub use spec::{
    AmountColumn, CustomersSpec, DeparturesSpec, EventsSpec, ExportSpec, IdRules, Int96, MarginColumn, OffersSpec,
    Returns, RowRules, TableSpec, TransactionsSpec, WithoutCustomer,
};
pub use store::{CustomerIds, ReadNote, RowsFrom};
pub use table_file::{
    Column, ColumnKind, EncodedBlock, KeyedTable, PackedText, SealedTable, TableEncoder, TableWriter, Values,
    WriteError, remove_rows, sync_folder_of, write_blocks, write_file, write_file_by,
};
pub use table_rows::{StoredCell, TableRows};
pub use tag::Tag;
pub use texts::read_texts;
pub use warning::{Warning, WarningCode};
