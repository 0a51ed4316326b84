//! A table in PostgreSQL: updated by key, one statement and one transaction a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::sql::{self, Table, column_type, quoted};
use crate::error::CrmError;
use crate::http::Secret;
use crate::mapping::{Field, Kind, Mapping, OnNull, Row};
use crate::target::{Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target};
use crate::value::Value;

/// A table in PostgreSQL. Over a network by TLS alone, verified against the system's certificates and the host's name; without it
/// only on this machine.
pub struct Postgres {
    config: Config,
    table: Table,
    client: Option<Client>,
    /// Types of the table's columns, as SQL writes them.
    types: BTreeMap<String, String>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Postgres {
    /// A table in the database of a connection string (`postgres://` or `key=value`), which may hold a password.
    ///
    /// # Errors
    /// A connection string or a table that is none.
    pub fn new(connection: &Secret, table: Table) -> Result<Self, CrmError> {
        table.check("PostgreSQL table")?;
        let refused = |expected: &str| CrmError::Setting {
            place: "PostgreSQL connection".to_owned(),
            expected: expected.to_owned(),
            found: "another text".to_owned(),
        };
        let mut config: Config = connection.reveal().parse().map_err(|_| refused("a connection string"))?;
        if config.get_hosts().is_empty() || config.get_dbname().is_none() {
            return Err(refused("a connection string with a host and a database"));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        if !is_local(&config) {
            config.ssl_mode(SslMode::Require);
        }
        config.application_name("churn");
        Ok(Self { config, table, client: None, types: BTreeMap::new() })
    }

    /// The connection, made anew where it broke. Its errors name hosts and users, so only their codes are shown.
    fn client(&mut self) -> Result<&mut Client, Failure> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            let local = is_local(&self.config);
            let connected = match local {
                true => self.config.connect(NoTls),
                false => self.config.connect(MakeRustlsConnect::new(tls()?)),
            };
            let mut client = connected.map_err(|error| match error.code() {
                Some(code) if code.code().starts_with("28") || code.code().starts_with("3D") => {
                    Failure::Stop { why: format!("the connection was refused ({})", code.code()) }
                }
                _ => Failure::NotDone { why: "no connection to PostgreSQL".to_owned(), wait: None },
            })?;
            client
                .batch_execute("set datestyle to iso; set statement_timeout to '120s'; set lock_timeout to '30s'")
                .map_err(|error| failure(&error))?;
            self.client = Some(client);
        }
        self.client
            .as_mut()
            .ok_or_else(|| Failure::NotDone { why: "no connection to PostgreSQL".to_owned(), wait: None })
    }

    fn look_at_columns(&mut self) -> Result<(), Failure> {
        let name = self.table.quoted();
        let columns = "select attname::text, format_type(atttypid, atttypmod) from pg_attribute \
                       where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = ''";
        let rows = self.client()?.query(columns, &[&name]).map_err(|error| failure(&error))?;
        self.types = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(())
    }

    fn type_of(&mut self, column: &str) -> Result<String, Failure> {
        if self.types.is_empty() {
            self.look_at_columns()?;
        }
        let missing = || Failure::Stop { why: format!("there is no column {} that can be written", quoted(column)) };
        self.types.get(column).cloned().ok_or_else(missing)
    }

    /// `unnest` of keys and the fields' values as texts, with the columns' types: `v(k, c0, c1)`.
    fn statements(&mut self, mapping: &Mapping) -> Result<Statements, Failure> {
        let (table, key) = (self.table.quoted(), quoted(&self.table.key));
        let key_type = self.type_of(&self.table.key.clone())?;
        let mut columns = Vec::new();
        for (at, field) in mapping.fields().iter().enumerate() {
            let (name, kind) = (quoted(&field.name), self.type_of(&field.name)?);
            let given = format!("v.c{at}::{kind}");
            let new = match field.on_null {
                OnNull::Skip => format!("coalesce({given}, t.{name})"),
                OnNull::Clear => given.clone(),
            };
            columns.push((name, given, new));
        }
        let holes: Vec<String> = (1..=columns.len() + 1).map(|at| format!("${at}::text[]")).collect();
        let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
        let values = format!("unnest({}) as v(k, {})", holes.join(", "), names.join(", "));
        let join = |glue: &str, part: &dyn Fn(&(String, String, String)) -> String| {
            columns.iter().map(part).collect::<Vec<_>>().join(glue)
        };
        let here = format!("t.{key} = v.k::{key_type}");
        let set = join(", ", &|(name, _, new)| format!("{name} = {new}"));
        let differs = join(" or ", &|(name, _, new)| format!("t.{name} is distinct from {new}"));
        Ok(Statements {
            lock: format!(
                "select v.k from unnest($1::text[]) as v(k) join {table} t on {here} order by t.{key} for update of t"
            ),
            update: format!("update {table} t set {set} from {values} where {here} and ({differs}) returning v.k"),
            insert: format!(
                "insert into {table} ({key}, {}) select v.k::{key_type}, {} from {values}",
                join(", ", &|(name, ..)| name.clone()),
                join(", ", &|(_, given, _)| given.clone()),
            ),
            read: format!(
                "select v.k, {} from unnest($1::text[]) as v(k) join {table} t on {here}",
                join(", ", &|(name, ..)| format!("t.{name}::text")),
            ),
        })
    }
}

struct Statements {
    lock: String,
    update: String,
    insert: String,
    read: String,
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(host) => host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn tls() -> Result<ClientConfig, Failure> {
    let stop = |_| Failure::Stop { why: "the system's certificates cannot be read".to_owned() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(stop)?;
    Ok(builder.with_platform_verifier().map_err(stop)?.with_no_client_auth())
}

/// What an error before the commit means: the transaction is undone, here or by the server.
fn failure(error: &postgres::Error) -> Failure {
    let Some(code) = error.code() else {
        return Failure::NotDone { why: "the connection to PostgreSQL broke".to_owned(), wait: None };
    };
    let why = format!("PostgreSQL says {}", code.code());
    let again = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::QUERY_CANCELED,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
    ];
    match &code.code()[..2] {
        _ if again.contains(code) => Failure::NotDone { why, wait: None },
        "08" => Failure::NotDone { why, wait: None },
        // A value or a constraint; P0001 is what triggers raise.
        "22" | "23" | "P0" => Failure::Refused {
            code: code.code().to_owned(),
            message: error.as_db_error().map(|error| error.message().to_owned()).unwrap_or_default(),
        },
        _ => Failure::Stop { why },
    }
}

fn keeps(has: &str, kind: Kind) -> bool {
    let base = has.split('(').next().unwrap_or_default();
    let text = ["text", "character varying", "character"].contains(&base);
    match kind {
        Kind::Text => text || base == "uuid",
        Kind::Number { .. } => ["numeric", "double precision"].contains(&base),
        Kind::Integer => ["integer", "bigint", "numeric", "smallint"].contains(&base),
        Kind::Bool => base == "boolean",
        Kind::Date => base == "date" || base.starts_with("timestamp"),
    }
}

impl Target for Postgres {
    fn name(&self) -> String {
        format!("PostgreSQL table {}", self.table.quoted())
    }

    fn identity(&self) -> String {
        let hosts: Vec<String> = self.config.get_hosts().iter().map(|host| format!("{host:?}")).collect();
        let (database, ports) = (self.config.get_dbname().unwrap_or_default(), self.config.get_ports());
        format!("postgres {hosts:?} {ports:?} {database} {} {}", self.table.quoted(), quoted(&self.table.key))
    }

    fn capabilities(&self) -> Capabilities {
        sql::capabilities()
    }

    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        self.look_at_columns()?;
        if self.types.is_empty() {
            let problem = format!("there is no table {} that this user can see", self.table.quoted());
            return Ok(Preflight { problems: vec![problem], ..Preflight::default() });
        }
        Ok(sql::preflight(&self.table, mapping, |name| self.types.get(name).map(String::as_str), keeps))
    }

    fn create_fields(&mut self, fields: &[Field]) -> Result<(), Failure> {
        let table = self.table.quoted();
        let mut transaction = self.client()?.transaction().map_err(|error| failure(&error))?;
        for field in fields {
            let add = format!("alter table {table} add column {} {}", quoted(&field.name), column_type(field));
            transaction.batch_execute(&add).map_err(|error| failure(&error))?;
        }
        transaction.commit().map_err(|error| failure(&error))?;
        self.types.clear();
        Ok(())
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let statements = self.statements(mapping)?;
        let rows = self.client()?.query(&statements.read, &[&keys]).map_err(|error| failure(&error))?;
        let mut held: BTreeMap<String, Held> = BTreeMap::new();
        for row in &rows {
            let text = |at: usize| row.get::<_, Option<String>>(at).map_or(Value::Null, Value::Text);
            let values = Held::Values((1..row.len()).map(|at| Some(text(at))).collect());
            held.entry(row.get(0)).and_modify(|held| *held = Held::Several).or_insert(values);
        }
        Ok(keys.iter().map(|key| held.get(*key).cloned().unwrap_or(Held::Missing)).collect())
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let statements = self.statements(batch.mapping)?;
        let client = self.client()?;
        let failed = |error: postgres::Error| failure(&error);
        let mut transaction = client.transaction().map_err(failed)?;
        let keys: Vec<&str> = batch.rows.iter().map(|row| row.key.as_str()).collect();
        let mut there: BTreeMap<String, u32> = BTreeMap::new();
        for row in transaction.query(&statements.lock, &[&keys]).map_err(failed)? {
            *there.entry(row.get(0)).or_default() += 1;
        }
        let there_of = |row: &&&Row| there.get(&row.key).copied().unwrap_or(0);
        let known: Vec<&Row> = batch.rows.iter().filter(|row| there_of(row) == 1).copied().collect();
        let mut written = BTreeSet::new();
        for row in transaction.query(&statements.update, &bound(&columns(&known, batch.mapping))).map_err(failed)? {
            written.insert(row.get::<_, String>(0));
        }
        if batch.mode == Mode::Upsert {
            let new: Vec<&Row> = batch.rows.iter().filter(|row| there_of(row) == 0).copied().collect();
            transaction.execute(&statements.insert, &bound(&columns(&new, batch.mapping))).map_err(failed)?;
        }
        // Of a commit without an answer nobody knows.
        transaction.commit().map_err(|error| match error.code() {
            Some(_) => failure(&error),
            None => Failure::Unclear { why: "the connection broke during the commit".to_owned(), wait: None },
        })?;
        let outcome = |row: &&Row| match there.get(&row.key).copied().unwrap_or(0) {
            0 if batch.mode == Mode::Upsert => Outcome::Created,
            0 => Outcome::NoMatch,
            1 if written.contains(&row.key) => Outcome::Written,
            1 => Outcome::Unchanged,
            several => sql::several(several),
        };
        Ok(batch.rows.iter().map(outcome).collect())
    }
}

/// Keys and values as texts, column by column.
fn columns<'a>(rows: &[&'a Row], mapping: &Mapping) -> (Vec<&'a str>, Vec<Vec<Option<String>>>) {
    let keys = rows.iter().map(|row| row.key.as_str()).collect();
    let text = |value: &Value| (*value != Value::Null).then(|| value.text());
    let column = |at: usize| rows.iter().map(|row| text(&row.values[at])).collect();
    (keys, (0..mapping.fields().len()).map(column).collect())
}

fn bound<'a>(columns: &'a (Vec<&str>, Vec<Vec<Option<String>>>)) -> Vec<&'a (dyn postgres::types::ToSql + Sync)> {
    let mut bound: Vec<&(dyn postgres::types::ToSql + Sync)> = vec![&columns.0];
    bound.extend(columns.1.iter().map(|column| column as &(dyn postgres::types::ToSql + Sync)));
    bound
}

#[cfg(test)]
#[path = "postgres_tests.rs"]
mod tests;
