//! SQL statements run where the data lies, by a server that speaks Spark Connect: Apache Spark 4, and whatever else has the protocol.
//!
//! Statements go out as text, large results stay where they are made (Parquet files, written by the server), and only small
//! results come back, or samples, batch by batch into a file. [`SqlEngine`] is all that the rest of the program sees; [`open`] makes one of an [`Address`] and [`Settings`].
//! The client is compiled in with the feature `connect` alone; without it `open` says how to get it.
//!
//! What holds for every engine that `open` returns:
//!
//! - the session's time zone is UTC and ANSI mode is on, and both were read back: they change answers;
//! - all statements run in that one session; a server that was started anew in between is [`EngineError::Lost`], not another session;
//! - a statement is sent once. A stream of answers that breaks is taken up again where it was, the statement is not run again;
//! - a server that is gone ends the call within seconds.

mod address;
mod cancel;
#[cfg(feature = "connect")]
mod connect;
mod error;
mod settings;

use std::fmt;
use std::path::Path;

pub use address::Address;
pub use cancel::Canceller;
pub use error::EngineError;
pub use settings::{Secret, Settings};

/// A value of a small result.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// Any whole number that fits into 64 bits with a sign.
    Integer(i64),
    /// `FLOAT` or `DOUBLE`; may be NaN or infinite.
    Number(f64),
    /// `STRING`, `CHAR` or `VARCHAR`.
    Text(String),
    /// `BOOLEAN`.
    Boolean(bool),
}

/// How far the running statement is, by what the server says; later stages may not be known yet, so it can go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Tasks that are done.
    pub done: u64,
    /// Tasks of all stages known so far, at least `done`.
    pub tasks: u64,
    /// Tasks at work.
    pub running: u64,
}

/// Who is told of progress; called from a thread of the engine's.
pub type OnProgress = Box<dyn Fn(Progress) + Send + Sync>;

/// An engine that runs SQL in the dialect of Spark.
pub trait SqlEngine: fmt::Debug + Send + Sync {
    /// The server's version, as it says it, to be kept with what it computed.
    ///
    /// # Errors
    /// The server is gone, or refuses.
    fn version(&self) -> Result<String, EngineError>;

    /// The columns of a query, with names and types (`bigint`, `double`, `string`, `decimal(18,2)`, …) of the server, without running it.
    ///
    /// # Errors
    /// The server is gone, or the query is not valid there.
    fn columns(&self, sql: &str) -> Result<Vec<(String, String)>, EngineError>;

    /// The rows of a query with a small result, which has at most `most` of them.
    ///
    /// # Errors
    /// The server is gone, the query fails, it has more rows ([`EngineError::TooManyRows`]; they are not fetched), or a column is neither whole number,
    /// floating point, text nor boolean.
    fn rows(&self, sql: &str, most: usize) -> Result<Vec<Vec<Value>>, EngineError>;

    /// The rows of a query as Parquet files in a new folder, written by the server.
    ///
    /// It is never tried a second time. After an error the folder may hold part of the rows: the next try takes a new one.
    ///
    /// # Errors
    /// There is something at `uri` ([`EngineError::PathExists`]), the server is gone, or the query fails.
    fn write_parquet(&self, sql: &str, uri: &str) -> Result<(), EngineError>;

    /// The rows of a query as one Parquet file of this machine, in the order of the query; no more than a part of them is in memory at a time. Gives
    /// how many there are.
    ///
    /// # Errors
    /// The server is gone, the query fails, or the file cannot be written ([`EngineError::File`]); what the file has then is not whole.
    fn fetch_parquet(&self, sql: &str, file: &Path) -> Result<u64, EngineError>;

    /// What ends the running statement, from another thread.
    fn canceller(&self) -> Canceller;

    /// From now on `told` hears of progress, in place of whoever did before.
    fn on_progress(&self, told: OnProgress);
}

/// Opens a session.
///
/// # Errors
/// The settings do not go with the address, nothing answers there within [`Settings::wait`], what answers refuses or is not Spark Connect, or the
/// program was built without the client.
#[cfg(feature = "connect")]
pub fn open(address: &Address, settings: &Settings) -> Result<Box<dyn SqlEngine>, EngineError> {
    settings.check(address)?;
    Ok(Box::new(connect::Session::open(address, settings)?))
}

/// Opens a session.
///
/// # Errors
/// Always: this program was built without the client.
#[cfg(not(feature = "connect"))]
pub fn open(address: &Address, settings: &Settings) -> Result<Box<dyn SqlEngine>, EngineError> {
    settings.check(address)?;
    Err(EngineError::NotBuilt)
}

#[cfg(all(test, not(feature = "connect")))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn without_the_client_open_says_how_to_get_it() {
        let address = Address::parse("spark://localhost:15002").unwrap();
        let refused = open(&address, &Settings::default()).unwrap_err();
        assert!(matches!(refused, EngineError::NotBuilt));
        assert!(refused.to_string().contains("--features churn/spark"), "{refused}");
    }
}
