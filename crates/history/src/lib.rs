//! Purchase-history exports in, checked tables out.
//!
//! [`Export::read`] reads the files that an [`ExportSpec`] names, checks every row, and keeps the good ones in one
//! canonical order; the others are counted and kept with their place in [`Rejects`]. From an export there are two ways
//! on, and they are the time rule: [`Export::history`] and [`Export::outcome`]. [`TableWriter`] writes tables.

mod attributes;
mod by_customer;
mod calendar;
mod cell;
mod channel_names;
mod csv_source;
mod departures;
mod encoding;
mod error;
mod event_kind;
mod events;
mod export;
mod files;
mod hashing;
mod id_warnings;
pub mod inspect;
mod money;
mod ndjson_source;
mod offers;
mod options;
mod parquet_source;
mod place;
mod point_in_time;
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
mod tag;
mod text_file;
mod texts;
mod warning;

pub use calendar::{Date, Days, MICROS_PER_DAY, NotADate, Timestamp};
pub use departures::{Departure, DepartureKind, DepartureReason};
pub use encoding::Encoding;
pub use error::ReadError;
pub use event_kind::EventKind;
pub use events::{EventKindRows, EventRow, EventSilence};
pub use export::Export;
pub use money::Money;
pub use offers::OfferRow;
pub use options::{CacheFolder, MemoryLimit, ReadOptions};
pub use parquet_source::decodes_untrusted_bytes;
pub use place::Place;
pub use point_in_time::{Block, History, Immature, LabelWindow, Outcome};
pub use quantity::Quantity;
pub use read::TableReport;
pub use reject::{Reject, RejectCode, Rejects};
pub use rows::{LineRow, PurchaseRow};
pub use spec::{
    AmountColumn, CustomersSpec, DeparturesSpec, EventsSpec, ExportSpec, Int96, MarginColumn, OffersSpec, Returns,
    RowRules, TableSpec, TransactionsSpec, WithoutCustomer,
};
pub use store::{CustomerIds, ReadNote, RowsFrom};
pub use table_file::{
    Column, EncodedBlock, PackedText, TableEncoder, TableWriter, Values, WriteError, sync_folder_of, write_blocks,
    write_file,
};
pub use tag::Tag;
pub use texts::read_texts;
pub use warning::{Warning, WarningCode};
