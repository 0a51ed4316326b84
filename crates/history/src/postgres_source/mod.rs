//! PostgreSQL: a table may be a query instead of files.
//!
//! All queries of an export that name one source are answered by one transaction, `REPEATABLE READ READ ONLY`, so that no
//! table is newer than another. The rows are streamed (`COPY ... TO STDOUT`, binary) into a file that has no name, and
//! read from there like those of any other file: as often as it takes, in memory that does not follow their number, and
//! after the server has been left alone.

mod connection;
mod fault;
mod numeric;
mod rows;
mod types;

use std::fmt;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use postgres::Transaction;
use sha2::{Digest, Sha256};

use crate::error::ReadError;
use crate::files::FileDigest;
use crate::options::ReadOptions;
use crate::read::wanted_of_tables;
use crate::source::{Wanted, locate};
use crate::spec::{ExportSpec, TableSpec};
use crate::store::unnamed_file;
use connection::connect;
use fault::refused_query;
pub(crate) use rows::read;
pub(crate) use types::ColumnKind;

/// A query whose rows are a table.
#[derive(Clone)]
pub struct Query {
    sql: String,
    source: String,
    connection: Option<ConnectionText>,
    fetched: Option<Fetched>,
}

/// The text that says how to connect to a server (`postgres://user:password@host/database`, or `host=... user=...`). It holds
/// a password, so it is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionText(String);

/// The answer to a query: rows of the wanted columns, as the server sent them.
#[derive(Clone)]
pub(crate) struct Fetched {
    pub(crate) file: Arc<File>,
    /// In the order of the wanted columns.
    pub(crate) kinds: Vec<ColumnKind>,
    pub(crate) digest: FileDigest,
}

impl Query {
    /// A query in SQL. `source` says, for messages, where the connection text stands.
    #[must_use]
    pub fn new(sql: impl Into<String>, source: impl Into<String>) -> Self {
        Self { sql: sql.into(), source: source.into(), connection: None, fetched: None }
    }

    /// The query in SQL.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Where the connection text stands.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Says which server is asked.
    pub fn connect_to(&mut self, connection: ConnectionText) {
        self.connection = Some(connection);
    }

    /// The answer, which is there once it was fetched.
    pub(crate) fn answer(&self, name: &Path) -> Result<&Fetched, ReadError> {
        self.fetched.as_ref().ok_or_else(|| ReadError::Database {
            name: name.to_owned(),
            code: "not_asked",
            what: "the query was not asked".to_owned(),
        })
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("sql", &self.sql).field("source", &self.source).finish_non_exhaustive()
    }
}

impl ConnectionText {
    /// A connection text, without the blanks and line breaks around it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ConnectionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionText(...)")
    }
}

/// The export with the answers to its queries; nothing where it has none.
///
/// # Errors
/// A server cannot be reached or refuses, or a query cannot be answered, lacks a wanted column or has one of a type that is
/// not read.
pub(crate) fn fetch(spec: &ExportSpec, options: &ReadOptions) -> Result<Option<ExportSpec>, ReadError> {
    let wanted = wanted_of_tables(spec);
    let mut spec = spec.clone();
    let mut asked: Vec<(&mut TableSpec, Vec<Wanted>)> =
        spec.tables_mut().zip(wanted).filter(|(table, _)| table.query.is_some()).collect();
    if asked.is_empty() {
        return Ok(None);
    }
    while let Some(connection) = asked.first().map(|(table, _)| connection_of(table)).transpose()? {
        let (same, others): (Vec<_>, Vec<_>) = asked
            .into_iter()
            .partition(|(table, _)| table.query.as_ref().and_then(|q| q.connection.as_ref()) == Some(&connection));
        fetch_together(&connection, same, options)?;
        asked = others;
    }
    drop(asked);
    Ok(Some(spec))
}

fn connection_of(table: &TableSpec) -> Result<ConnectionText, ReadError> {
    let query = table.query.as_ref();
    query.and_then(|query| query.connection.clone()).ok_or_else(|| ReadError::Database {
        name: table.path.clone(),
        code: "no_connection",
        what: "expected the text that says how to connect to the server, found none".to_owned(),
    })
}

/// Fetches tables of one server as they were at one moment.
fn fetch_together(
    connection: &ConnectionText,
    mut tables: Vec<(&mut TableSpec, Vec<Wanted>)>,
    options: &ReadOptions,
) -> Result<(), ReadError> {
    let Some((first, _)) = tables.first() else { return Ok(()) };
    let (name, source) =
        (first.path.clone(), first.query.as_ref().map(|query| query.source.clone()).unwrap_or_default());
    let mut client = connect(connection, &name, &source)?;
    let mut snapshot = connection::snapshot(&mut client, &name)?;
    // All queries first: what they name is locked against changes of its columns from here on, and what is wrong with the
    // last one is said before the first is fetched.
    let prepared: Vec<(String, Vec<ColumnKind>)> =
        tables.iter().map(|(table, wanted)| prepare(&mut snapshot, table, wanted)).collect::<Result<_, ReadError>>()?;
    for ((table, _), (copy, kinds)) in tables.iter_mut().zip(prepared) {
        let fetched = copy_out(&mut snapshot, table, (&copy, kinds), options)?;
        if let Some(query) = &mut table.query {
            query.fetched = Some(fetched);
        }
    }
    // Nothing was written, so that nothing is lost where the server does not hear of the end.
    let _ = snapshot.rollback();
    Ok(())
}

/// The statement that copies the wanted columns of a query out, and what they hold.
fn prepare(
    snapshot: &mut Transaction<'_>,
    table: &TableSpec,
    wanted: &[Wanted],
) -> Result<(String, Vec<ColumnKind>), ReadError> {
    let path = table.path.as_path();
    let sql = table.query.as_ref().map(Query::sql).unwrap_or_default();
    let sql = sql.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    let statement = snapshot.prepare(sql).map_err(|error| refused_query(path, sql, &error))?;
    if statement.columns().is_empty() || !statement.params().is_empty() {
        let what = "expected a query that gives rows and has no holes such as $1 in it";
        return Err(ReadError::Database { name: path.to_owned(), code: "query_refused", what: what.to_owned() });
    }
    let names: Vec<&str> = statement.columns().iter().map(|column| column.name()).collect();
    let places = locate(path, &names, wanted)?;
    let kinds = places
        .iter()
        .map(|place| types::kind(path, names[*place], statement.columns()[*place].type_()))
        .collect::<Result<_, ReadError>>()?;
    let columns: Vec<String> = wanted.iter().map(|want| format!("q.{}", quoted(&want.header))).collect();
    // A comment at the end of the query ends with its line.
    Ok((format!("copy (select {} from ({sql}\n) as q) to stdout (format binary)", columns.join(", ")), kinds))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn copy_out(
    snapshot: &mut Transaction<'_>,
    table: &TableSpec,
    (copy, kinds): (&str, Vec<ColumnKind>),
    options: &ReadOptions,
) -> Result<Fetched, ReadError> {
    let name = table.path.as_path();
    let folder = spool_folder(options);
    let spill = |source| ReadError::Spill { folder: folder.clone(), source };
    let mut file = unnamed_file(&folder)?;
    let mut hash = Sha256::new();
    hash.update(format!("PostgreSQL {kinds:?}"));
    let mut length = 0_u64;
    let mut answer = snapshot.copy_out(copy).map_err(|error| fault::refused_copy(name, &error))?;
    loop {
        let bytes = answer.fill_buf().map_err(|error| fault::broken_off(name, &error))?;
        if bytes.is_empty() {
            break;
        }
        file.write_all(bytes).map_err(spill)?;
        hash.update(bytes);
        let taken = bytes.len();
        length += taken as u64;
        answer.consume(taken);
        if let Some(limit) = table.max_bytes.filter(|limit| length > *limit) {
            return Err(ReadError::TooManyBytes { path: name.to_owned(), limit });
        }
    }
    Ok(Fetched { file: Arc::new(file), kinds, digest: hash.finalize().into() })
}

/// The folder that answers lie in until they are read.
fn spool_folder(options: &ReadOptions) -> PathBuf {
    let of_memory = options.memory.as_ref().map(|memory| memory.spill_to.clone());
    of_memory.or_else(|| options.cache.as_ref().map(|cache| cache.path.clone())).unwrap_or_else(std::env::temp_dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_texts_are_shown_nowhere() {
        let mut query = Query::new("select 1", "env:CHURN_PG");
        query.connect_to(ConnectionText::new(" postgres://u:canary@h/d\n"));
        assert!(!format!("{query:?} {:?}", query.connection).contains("canary"));
        assert_eq!(query.connection.map(|text| text.reveal().len()), Some(23));
    }

    #[test]
    fn names_are_quoted_as_sql_has_it() {
        assert_eq!(quoted("a\"b C"), "\"a\"\"b C\"");
    }
}
