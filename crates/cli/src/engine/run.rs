//! A statement run on an engine: tables are looked at first, the result is written by the engine into a folder of its own, read
//! back for what it adds up to, and only then said to be there, by a marker in that folder and a manifest in the output folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use feature_engineering::{Eligibility, Feature};
use history::{Date, Days, EventKind};
use pushdown::{Dialect, MOST_KINDS, Query, Table, Tables, Who, checks, is_recorded};
use scoring::Model;
use serde::Serialize;
use sha2::{Digest, Sha256};
use spark::{Address, EngineError, Settings, SqlEngine, Value};

use super::place::Place;
use super::statement::{Asked, dates, wanted};
use super::tables::tables;
use crate::exit::UsageError;
use crate::interrupt;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

/// What an engine computed, and where it is.
#[derive(Debug, Serialize)]
pub(crate) struct Computed {
    /// `features` or `scores`.
    pub(crate) what: &'static str,
    /// Folder of Parquet files, as the engine sees it.
    pub(crate) files: String,
    pub(crate) rows: u64,
    pub(crate) as_of: Vec<String>,
    pub(crate) features: usize,
    /// Version of the model, of scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// Sum of the churn probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_churners: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value_at_risk: Option<f64>,
    pub(crate) engine: String,
    pub(crate) engine_version: String,
    /// SHA-256 of the statement.
    pub(crate) sql_sha256: String,
}

/// An engine that answers, and the tables as it has them.
pub(crate) struct Session {
    pub(super) engine: Arc<dyn SqlEngine>,
    pub(super) address: Address,
    version: String,
    pub(super) tables: Tables,
}

impl Session {
    /// Connects, and asks which columns the tables have.
    ///
    /// # Errors
    /// The engine cannot be reached, or has not the tables or columns of the project.
    pub(crate) fn open(project: &Project, address: &str, progress: &Progress) -> anyhow::Result<Self> {
        let address = Address::parse(address)?;
        let settings = Settings::from_environment(|name| std::env::var(name).ok())?;
        progress.stage(&format!("connecting to {address}"));
        let mut tables = tables(project)?;
        if !address.is_loopback() {
            super::tables::refuse_own_files(&tables, &address.to_string())?;
        }
        let engine: Arc<dyn SqlEngine> = Arc::from(spark::open(&address, &settings)?);
        let version = engine.version()?;
        let spec = project.spec();
        let of = |section: &str, table: Option<&mut Table>, wanted: Vec<(&str, &String)>| {
            table.map_or(Ok(()), |table| look_at(&*engine, section, table, &wanted))
        };
        let purchases = super::columns::of_transactions(&spec.transactions);
        of("transactions", Some(&mut tables.transactions), purchases)?;
        of(
            "customers",
            tables.customers.as_mut(),
            spec.customers.iter().flat_map(super::columns::of_customers).collect(),
        )?;
        of("events", tables.events.as_mut(), spec.events.iter().flat_map(super::columns::of_events).collect())?;
        of("offers", tables.offers.as_mut(), spec.offers.iter().flat_map(super::columns::of_offers).collect())?;
        Ok(Self { engine, address, version, tables })
    }

    /// The table of features, written by the engine.
    ///
    /// # Errors
    /// What is asked for cannot be computed there, or the engine failed or was lost.
    pub(crate) fn features(
        &self,
        project: &Project,
        asked: &Asked<'_>,
        output: &Output,
        progress: &mut Progress,
    ) -> anyhow::Result<Computed> {
        let dates = dates(project, asked)?;
        let query = self.query(project, &dates, project.churn.lookback, project.churn.eligibility());
        self.check(&query, progress)?;
        let recorded = self.recorded(&query)?;
        let mut features = wanted(project, asked.features)?;
        if asked.features.is_empty() {
            features.retain(|feature| is_recorded(&feature.definition, &recorded.0, recorded.1));
        } else if let Some(never) = never_recorded(&features, &recorded) {
            return Err(UsageError(format!(
                "--features: \"{never}\" needs events or offers of which the engine's tables have none by then"
            ))
            .into());
        }
        let sql = pushdown::features(&query, &features)?;
        self.write("features", &sql, (&dates, features.len(), None), output, progress)
    }

    /// The scores of the eligible customers, written by the engine.
    ///
    /// # Errors
    /// As for [`Self::features`], or a part of the model has no SQL.
    pub(crate) fn scores(
        &self,
        project: &Project,
        model: &Model,
        as_of: Option<Date>,
        output: &Output,
        progress: &mut Progress,
    ) -> anyhow::Result<Computed> {
        let dates = dates(project, &Asked { as_of: as_of.as_slice(), back: None, features: &[] })?;
        let query = self.query(project, &dates, model.lookback(), model.eligibility());
        let sql = pushdown::scores(&query, model)?;
        self.check(&query, progress)?;
        let recorded = self.recorded(&query)?;
        if let Some(never) = never_recorded(model.features(), &recorded) {
            anyhow::bail!(
                "the model's feature \"{never}\" needs events or offers of which the engine's tables have none before {}",
                dates.last().map_or_else(String::new, Date::to_string)
            );
        }
        self.write("scores", &sql, (&dates, model.features().len(), Some(model)), output, progress)
    }

    /// What is asked of the engine: the eligible customers of some dates.
    pub(super) fn query<'a>(
        &'a self,
        project: &'a Project,
        dates: &'a [Date],
        lookback: Option<Days>,
        eligibility: Eligibility,
    ) -> Query<'a> {
        let (spec, tables) = (project.spec(), &self.tables);
        Query { dialect: Dialect::Spark, spec, tables, dates, lookback, who: Who::Eligible(eligibility) }
    }

    /// Says what of a new model has no SQL: it was trained on the engine's customers, and cannot score them there.
    pub(crate) fn warn_of_unscorable(&self, project: &Project, model: &Model, progress: &mut Progress) {
        let dates = [model.test_as_of()];
        let query = self.query(project, &dates, model.lookback(), model.eligibility());
        if let Err(refused) = pushdown::scores(&query, model) {
            progress.warn(format!("model {} does not score on an engine: {refused}", model.version()));
        }
    }

    /// Nothing is computed from tables with rows that mean nothing.
    pub(super) fn check(&self, query: &Query<'_>, progress: &Progress) -> anyhow::Result<()> {
        let all = checks(query);
        let mut findings = Vec::new();
        for (done, check) in all.iter().enumerate() {
            progress.step("checking the engine's tables", done as f64 / all.len() as f64);
            let counts = self.counts(&check.sql, check.findings.len())?;
            let found = counts.iter().zip(&check.findings).filter(|(count, _)| **count > 0);
            findings.extend(found.map(|(count, finding)| format!("{count} {finding}")));
        }
        if findings.is_empty() { Ok(()) } else { Err(Unusable(findings).into()) }
    }

    /// The kinds of events that are known of, and whether any offer is.
    fn recorded(&self, query: &Query<'_>) -> anyhow::Result<(Vec<EventKind>, bool)> {
        let mut kinds = Vec::new();
        if let Some(sql) = pushdown::kinds(query) {
            for row in self.watched(|engine| engine.rows(&sql, MOST_KINDS))? {
                if let Some(Value::Text(kind)) = row.first() {
                    kinds.push(EventKind::of(kind));
                }
            }
        }
        let any_offer = match pushdown::offers_made(query) {
            Some(sql) => self.counts(&sql, 1)?[0] > 0,
            None => false,
        };
        Ok((kinds, any_offer))
    }

    /// The one row of so many counts that a statement gives.
    pub(super) fn counts(&self, sql: &str, of: usize) -> anyhow::Result<Vec<u64>> {
        let row = self.watched(|engine| engine.rows(sql, 1))?.pop().unwrap_or_default();
        let count = |value: &Value| if let Value::Integer(count) = value { u64::try_from(*count).ok() } else { None };
        let counts: Option<Vec<u64>> = row.iter().map(count).collect();
        counts
            .filter(|counts| counts.len() == of)
            .ok_or_else(|| anyhow::anyhow!("expected {of} counts from {}, found {row:?}", self.address))
    }

    /// Has the engine write the result of a statement into a new folder, and says that it is there once it is whole.
    fn write(
        &self,
        what: &'static str,
        sql: &str,
        (dates, features, model): (&[Date], usize, Option<&Model>),
        output: &Output,
        progress: &mut Progress,
    ) -> anyhow::Result<Computed> {
        let sql_sha256: String = Sha256::digest(sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let place = Place::new(output, &self.address, what)?;
        let files = place.data();
        let meter = progress.meter(&format!("{what}: {} writes {files}", self.address));
        self.engine.on_progress(Box::new(move |progress| meter(progress.done, progress.tasks)));
        self.watched(|engine| engine.write_parquet(sql, &files))?;
        let sums = match model {
            Some(_) => {
                "COUNT(*) AS n, COUNT(churn_probability) AS whole, SUM(churn_probability) AS p, SUM(value_at_risk) AS v"
            }
            None => "COUNT(*) AS n, COUNT(customer_id) AS whole, CAST(0 AS DOUBLE) AS p, CAST(0 AS DOUBLE) AS v",
        };
        let sql = format!("SELECT {sums} FROM {}", place.relation());
        let row = self.watched(|engine| engine.rows(&sql, 1))?.pop().unwrap_or_default();
        let [Value::Integer(rows), Value::Integer(whole), p, v] = row.as_slice() else {
            anyhow::bail!("expected what {files} adds up to from {}, found {row:?}", self.address);
        };
        if rows != whole {
            anyhow::bail!("{files}: {} of {rows} rows have no value; nothing of it is to be used", rows - whole);
        }
        if *rows == 0 {
            return Err(Unusable(vec![format!(
                "customers are eligible as of {}: is the engine's table older?",
                dates.last().map_or_else(String::new, Date::to_string)
            )])
            .into());
        }
        let number = |value: &Value| if let Value::Number(number) = value { *number } else { 0.0 };
        let manifest = Computed {
            what,
            files: files.clone(),
            rows: u64::try_from(*rows)?,
            as_of: dates.iter().map(Date::to_string).collect(),
            features,
            model: model.map(|model| model.version().to_owned()),
            expected_churners: model.map(|_| number(p)),
            value_at_risk: model.map(|_| number(v)),
            engine: self.address.to_string(),
            engine_version: self.version.clone(),
            sql_sha256,
        };
        // The marker beside the data is for readers on the engine's side; whoever finds none finds nothing that is whole.
        let marker = format!("SELECT {rows} AS rows, '{}' AS sql_sha256", manifest.sql_sha256);
        self.watched(|engine| engine.write_parquet(&marker, &place.marker()))?;
        place.publish(output, &manifest)?;
        Ok(manifest)
    }

    /// Runs a call, and ends it on the engine when a signal comes.
    pub(super) fn watched<T>(&self, call: impl FnOnce(&dyn SqlEngine) -> Result<T, EngineError>) -> anyhow::Result<T> {
        interrupt::check()?;
        let over = Arc::new(AtomicBool::new(false));
        let (is_over, canceller) = (Arc::clone(&over), self.engine.canceller());
        let watcher = std::thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                if interrupt::check().is_err() {
                    // The program stays until the engine has heard.
                    let _held = interrupt::finishing();
                    let _ = canceller.cancel();
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let result = call(&*self.engine);
        over.store(true, Ordering::SeqCst);
        let _ = watcher.join();
        interrupt::check()?;
        Ok(result?)
    }
}

/// A feature of which nothing was ever recorded.
fn never_recorded<'f>(features: &'f [Arc<Feature>], recorded: &(Vec<EventKind>, bool)) -> Option<&'f str> {
    let never = features.iter().find(|feature| !is_recorded(&feature.definition, &recorded.0, recorded.1));
    never.map(|feature| feature.name.as_str())
}

/// Asks for the columns of a table, and remembers which are instants.
fn look_at(engine: &dyn SqlEngine, section: &str, table: &mut Table, wanted: &[(&str, &String)]) -> anyhow::Result<()> {
    let columns = engine.columns(&format!("SELECT * FROM {}", table.relation.sql(Dialect::Spark)))?;
    for (column, header) in wanted {
        let found = columns.iter().find(|(name, _)| name == *header);
        let Some((_, kind)) = found else {
            let known: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            return Err(UsageError(format!(
                "[{section}] {column}: expected a column \"{header}\" in the engine's table, found {}",
                known.join(", ")
            ))
            .into());
        };
        let fits = super::columns::fits(column, kind);
        if let Err(expected) = fits {
            return Err(UsageError(format!(
                "[{section}] {column}: expected {expected} in the engine's column \"{header}\", found {kind}"
            ))
            .into());
        }
        if kind == "timestamp" {
            table.instants.insert((*header).clone());
        }
    }
    Ok(())
}

/// The engine's tables have rows that mean nothing, or none.
#[derive(Debug)]
pub(crate) struct Unusable(pub(super) Vec<String>);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the engine's tables cannot be used as they are: {}", self.0.join("; "))
    }
}

impl std::error::Error for Unusable {}
