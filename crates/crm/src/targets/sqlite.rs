//! A table in an SQLite database: updated by key, one transaction a batch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, Transaction, TransactionBehavior};

use super::sql::{self, Table, column_type, quoted};
use crate::error::CrmError;
use crate::mapping::{Field, Kind, Mapping, Row};
use crate::target::{Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target};
use crate::value::Value;

/// A table in an SQLite database.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    table: Table,
    connection: Connection,
}

impl Sqlite {
    /// Opens a database that is there.
    ///
    /// # Errors
    /// There is none, it cannot be opened, or a name is empty.
    pub fn open(path: &Path, table: Table) -> Result<Self, CrmError> {
        table.check("SQLite table")?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .and_then(|connection| connection.busy_timeout(Duration::from_secs(10)).map(|()| connection))
            .map_err(|error| CrmError::io(path, "opening the database")(std::io::Error::other(error.to_string())))?;
        Ok(Self { path: path.to_owned(), table, connection })
    }

    fn columns(&self) -> rusqlite::Result<Vec<(String, String)>> {
        let (name, schema) = (&self.table.table, self.table.schema.as_deref().unwrap_or("main"));
        let mut statement = self.connection.prepare("select name, type from pragma_table_info(?1, ?2)")?;
        let columns = statement.query_map((name, schema), |row| Ok((row.get(0)?, row.get(1)?)))?;
        columns.collect()
    }
}

/// Whether a declared type keeps a kind's values as they are, by the affinities of SQLite.
fn keeps(declared: &str, kind: Kind) -> bool {
    let declared = declared.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    match kind {
        Kind::Text | Kind::Date => !has("INT") && !has("REAL") && !has("FLOA") && !has("DOUB"),
        Kind::Number { .. } => !has("INT") && !has("CHAR") && !has("CLOB") && !has("TEXT") && !has("BLOB"),
        Kind::Integer | Kind::Bool => !has("CHAR") && !has("CLOB") && !has("TEXT") && !has("BLOB"),
    }
}

struct Cell<'a>(&'a Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Owned(rusqlite::types::Value::Null),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Number(number) => ToSqlOutput::from(number.to_f64()),
            Value::Integer(number) => ToSqlOutput::from(*number),
            Value::Bool(yes) => ToSqlOutput::from(*yes),
            Value::Date(date) => ToSqlOutput::from(date.to_string()),
        })
    }
}

fn failure(error: &rusqlite::Error) -> Failure {
    let why = match error.sqlite_error_code() {
        Some(code) => format!("SQLite says {code:?}"),
        None => "SQLite cannot do that".to_owned(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::NotDone { why, wait: None },
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => {
            Failure::Refused { code: "CONSTRAINT".to_owned(), message: error.to_string() }
        }
        // A full disk or a failed sync: the transaction is rolled back now, or when the file is opened next.
        _ => Failure::Stop { why },
    }
}

impl Target for Sqlite {
    fn name(&self) -> String {
        format!("SQLite table {}", self.table.quoted())
    }

    fn identity(&self) -> String {
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        format!("sqlite {} {} {}", path.display(), self.table.quoted(), quoted(&self.table.key))
    }

    fn capabilities(&self) -> Capabilities {
        sql::capabilities()
    }

    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        let columns = self.columns().map_err(|error| failure(&error))?;
        if columns.is_empty() {
            let problem = format!("there is no table {}", self.table.quoted());
            return Ok(Preflight { problems: vec![problem], ..Preflight::default() });
        }
        let declared = |name: &str| {
            let mut columns = columns.iter();
            columns.find(|(column, _)| column.eq_ignore_ascii_case(name)).map(|(_, declared)| declared.as_str())
        };
        Ok(sql::preflight(&self.table, mapping, declared, keeps))
    }

    fn create_fields(&mut self, fields: &[Field]) -> Result<(), Failure> {
        let add = |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for field in fields {
                let (table, column) = (self.table.quoted(), quoted(&field.name));
                transaction
                    .execute_batch(&format!("alter table {table} add column {column} {}", column_type(field)))?;
            }
            transaction.commit()
        };
        add(&mut self.connection).map_err(|error| failure(&error))
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let columns: Vec<String> = mapping.fields().iter().map(|field| quoted(&field.name)).collect();
        let (table, key) = (self.table.quoted(), quoted(&self.table.key));
        let select = format!("select {} from {table} where {key} = ?1 limit 2", columns.join(", "));
        let read = || {
            let mut statement = self.connection.prepare_cached(&select)?;
            let mut held = Vec::with_capacity(keys.len());
            for key in keys {
                let mut rows = statement.query([key])?;
                held.push(match rows.next()? {
                    None => Held::Missing,
                    Some(row) => {
                        let values = (0..columns.len()).map(|at| Ok(Some(value(row.get_ref(at)?))));
                        let values = values.collect::<rusqlite::Result<Vec<_>>>()?;
                        if rows.next()?.is_some() { Held::Several } else { Held::Values(values) }
                    }
                });
            }
            Ok(held)
        };
        read().map_err(|error: rusqlite::Error| failure(&error))
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let table = self.table.clone();
        let mut write = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let outcomes =
                batch.rows.iter().map(|row| one(&transaction, &table, &batch, row)).collect::<Result<_, _>>()?;
            transaction.commit()?;
            Ok(outcomes)
        };
        write().map_err(|error: rusqlite::Error| failure(&error))
    }
}

/// Writes one row within the batch's transaction; only a row that differs is touched.
fn one(transaction: &Transaction<'_>, table: &Table, batch: &Batch<'_>, row: &Row) -> rusqlite::Result<Outcome> {
    let (name, key) = (table.quoted(), quoted(&table.key));
    let sent: Vec<_> = row.sent(batch.mapping).collect();
    let there = format!("select count(*) from (select 1 from {name} where {key} = ?1 limit 2)");
    let count: i64 = transaction.prepare_cached(&there)?.query_row([&row.key], |row| row.get(0))?;
    let columns: Vec<String> = sent.iter().map(|(field, _)| quoted(&field.name)).collect();
    let cells: Vec<Cell<'_>> = sent.iter().map(|(_, value)| Cell(value)).collect();
    let mut bound: Vec<&dyn ToSql> = vec![&row.key];
    bound.extend(cells.iter().map(|cell| cell as &dyn ToSql));
    match count {
        1 => {
            let numbered = |glue: &str| {
                let parts = columns.iter().enumerate().map(|(at, column)| format!("{column}{glue}?{}", at + 2));
                parts.collect::<Vec<_>>()
            };
            let (set, differs) = (numbered(" = ").join(", "), numbered(" is not ").join(" or "));
            let update = format!("update {name} set {set} where {key} = ?1 and ({differs})");
            let changed = transaction.prepare_cached(&update)?.execute(&bound[..])?;
            Ok(if changed == 0 { Outcome::Unchanged } else { Outcome::Written })
        }
        0 if batch.mode == Mode::UpdateOnly => Ok(Outcome::NoMatch),
        0 => {
            let holes: Vec<String> = (1..=bound.len()).map(|at| format!("?{at}")).collect();
            let insert = format!("insert into {name} ({key}, {}) values ({})", columns.join(", "), holes.join(", "));
            transaction.prepare_cached(&insert)?.execute(&bound[..])?;
            Ok(Outcome::Created)
        }
        _ => Ok(sql::several("more")),
    }
}

fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sync::tests::memory::{folder, key, mapping, row, rows, run};
    use crate::sync::{Settings, Stopped};

    fn database(folder: &Path, customers: usize) -> PathBuf {
        let path = folder.join("crm.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "create table \"odd \"\"name\" (id text primary key, probability numeric, band text, as_of date)",
            )
            .unwrap();
        for n in 0..customers {
            connection.execute("insert into \"odd \"\"name\" (id) values (?1)", [key(n)]).unwrap();
        }
        path
    }

    fn table() -> Table {
        Table { schema: None, table: "odd \"name".to_owned(), key: "id".to_owned() }
    }

    #[test]
    fn a_table_is_updated_by_key_read_back_and_left_alone_the_second_time() {
        let home = folder();
        let path = database(home.path(), 30);
        let mut target = Sqlite::open(&path, table()).unwrap();
        let ledger = home.path().join("ledger");
        let first = run(&mut target, &ledger, rows(0..32, 1), 1, &Settings::default()).unwrap();
        assert_eq!((first.written, first.no_match, first.complete()), (30, 2, true), "{first:?}");
        assert_eq!(first.read_back.unwrap().records, 5 + 15); // the first five, then every second
        let count: i64 =
            target.connection.query_row("select count(*) from \"odd \"\"name\"", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 30);
        let second = run(&mut target, &ledger, rows(0..30, 1), 1, &Settings::default()).unwrap();
        assert_eq!((second.unchanged, second.calls), (30, 0));
        let full =
            run(&mut target, &ledger, rows(0..30, 1), 1, &Settings { full: true, ..Settings::default() }).unwrap();
        assert_eq!(full.held_already, 30);
        let upsert = Settings { mode: Mode::Upsert, ..Settings::default() };
        let made = run(&mut target, &ledger, rows(0..32, 1), 1, &upsert).unwrap();
        assert_eq!((made.created, made.unchanged), (2, 30));
        assert_eq!(target.read(&mapping(), &[&key(31)]).unwrap().len(), 1);
    }

    #[test]
    fn a_row_that_a_constraint_refuses_is_found_and_the_others_are_written() {
        let home = folder();
        let path = database(home.path(), 40);
        let guard = format!(
            "create trigger no before update on \"odd \"\"name\" when new.id = '{}' begin select raise(abort, 'never'); end",
            key(17)
        );
        Connection::open(&path).unwrap().execute_batch(&guard).unwrap();
        let mut target = Sqlite::open(&path, table()).unwrap();
        let summary = run(&mut target, &home.path().join("ledger"), rows(0..40, 1), 1, &Settings::default()).unwrap();
        assert_eq!((summary.written, summary.rejected, summary.stopped), (39, 1, None::<Stopped>));
        assert_eq!(summary.rejects[0].key, key(17));
    }

    #[test]
    fn missing_columns_and_wrong_types_are_told_before_anything_is_written_and_can_be_made() {
        let home = folder();
        let path = home.path().join("crm.db");
        Connection::open(&path).unwrap().execute_batch("create table t (id text, band integer)").unwrap();
        let table = Table { schema: None, table: "t".to_owned(), key: "id".to_owned() };
        let mut target = Sqlite::open(&path, table).unwrap();
        let found = target.preflight(&mapping()).unwrap();
        let missing: Vec<_> = found.missing.iter().map(|field| field.name.as_str()).collect();
        assert_eq!((missing, found.problems.len()), (vec!["probability", "as_of"], 1));
        let refused = run(&mut target, &home.path().join("ledger"), rows(0..1, 1), 1, &Settings::default());
        assert!(matches!(refused, Err(CrmError::NotReady { .. })));
        target.create_fields(&found.missing).unwrap();
        assert!(target.preflight(&mapping()).unwrap().missing.is_empty());
    }

    #[test]
    fn a_key_in_two_rows_is_refused() {
        let home = folder();
        let path = home.path().join("crm.db");
        let two = "create table t (id text, probability real, band text, as_of date); insert into t (id) values ('C-000000'), ('C-000000')";
        Connection::open(&path).unwrap().execute_batch(two).unwrap();
        let mut target =
            Sqlite::open(&path, Table { schema: None, table: "t".to_owned(), key: "id".to_owned() }).unwrap();
        let summary = run(&mut target, &home.path().join("ledger"), rows(0..1, 1), 1, &Settings::default()).unwrap();
        assert_eq!(summary.rejects[0].code, "SEVERAL");
        assert!(target.read(&mapping(), &[&row(0, 1).key]).unwrap() == [Held::Several]);
    }
}
