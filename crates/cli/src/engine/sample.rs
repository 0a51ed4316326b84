//! A lot of an engine's customers, brought here with all their rows: what `churn train` reads where the data lies on an engine.
//!
//! Only a lot is brought, never the tables: as many customers as training takes rows from, whatever the engine has. Its files are those of any
//! export, lie in a folder of this run that only its owner can read, and go with it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use history::{Date, WriteError};
use pushdown::{Dialect, Lot, Table, eligible, rows_of};
use tempfile::TempDir;
use training::Drawn;

use super::run::{Session, Unusable};
use super::statement::{Asked, dates, wanted};
use crate::exit::UsageError;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

/// The rows of a lot, as files.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Removed with it.
    _folder: TempDir,
    files: BTreeMap<&'static str, PathBuf>,
    drawn: Drawn,
    sizes: Vec<(&'static str, u64)>,
}

impl Sample {
    /// The file of each section of the project file.
    pub(crate) fn files(&self) -> &BTreeMap<&'static str, PathBuf> {
        &self.files
    }

    /// Whom it has.
    pub(crate) fn drawn(&self) -> &Drawn {
        &self.drawn
    }

    /// What was brought, for people.
    pub(crate) fn in_words(&self) -> String {
        let sizes: Vec<String> =
            self.sizes.iter().map(|(section, rows)| format!("{rows} rows of [{section}]")).collect();
        let whom = if self.drawn.share >= 1.0 {
            "all customers".to_owned()
        } else {
            format!("a random {:.2} % of the customers", 100.0 * self.drawn.share)
        };
        format!("{whom} of {}: {}", self.drawn.from, sizes.join(", "))
    }
}

impl Session {
    /// Brings the rows of about so many customers who are eligible as of the day through which the tables are complete, drawn by their ids.
    ///
    /// # Errors
    /// The project has what an engine cannot score by, the tables cannot be used, the engine failed or was lost, or a file cannot be written.
    pub(crate) fn sample(
        &self,
        project: &Project,
        customers: u64,
        output: &Output,
        progress: &mut Progress,
    ) -> anyhow::Result<Sample> {
        refuse_what_cannot_score(project)?;
        let dates = dates(project, &Asked { as_of: &[], back: None, features: &[] })?;
        let query = self.query(project, &dates, project.churn.lookback, project.churn.eligibility());
        // What has no SQL is told by its name now, and not after the model was trained.
        let mut features = wanted(project, &[])?;
        features.retain(|feature| !project.features.without.contains(&feature.name));
        pushdown::features(&query, &features)?;
        let of_eligible = eligible(&query)?;
        self.check(&query, progress)?;
        progress.stage("counting the engine's customers");
        let found = self.counts(&of_eligible, 1)?[0];
        let as_of = dates.last().map_or_else(String::new, Date::to_string);
        if found == 0 {
            return Err(
                Unusable(vec![format!("no customer is eligible as of {as_of}: is the engine's table older?")]).into()
            );
        }
        let share = (customers as f64 / found as f64).min(1.0);
        let drawn = Drawn { share, eligible: found, as_of, seed: project.seed, from: self.address.to_string() };
        self.bring(project, drawn, output, progress)
    }

    fn bring(
        &self,
        project: &Project,
        drawn: Drawn,
        output: &Output,
        progress: &mut Progress,
    ) -> anyhow::Result<Sample> {
        let lot = Lot::of(drawn.share, drawn.seed);
        let folder = output.folder();
        let folder = tempfile::Builder::new()
            .prefix(".churn-")
            .suffix(".tmp")
            .tempdir_in(folder)
            .map_err(|source| WriteError::Io { path: folder.to_owned(), source })?;
        let (mut files, mut sizes) = (BTreeMap::new(), Vec::new());
        for (section, table, customer_id, columns) in self.of_sections(project) {
            let sql = rows_of(Dialect::Spark, table, customer_id, &columns, &lot);
            let file = folder.path().join(format!("{section}.parquet"));
            let meter = progress.meter(&format!("bringing [{section}] of the customers drawn"));
            self.engine.on_progress(Box::new(move |progress| meter(progress.done, progress.tasks)));
            let rows = self.watched(|engine| engine.fetch_parquet(&sql, &file))?;
            sizes.push((section, rows));
            files.insert(section, file);
        }
        Ok(Sample { _folder: folder, files, drawn, sizes })
    }

    /// The tables, each with the customer's column and the others that the project maps.
    fn of_sections<'s>(&'s self, project: &'s Project) -> Vec<(&'static str, &'s Table, &'s str, Vec<&'s str>)> {
        let spec = project.spec();
        let headers =
            |columns: Vec<(&str, &'s String)>| columns.into_iter().map(|(_, header)| header.as_str()).collect();
        let transactions = &spec.transactions;
        let mut all = vec![(
            "transactions",
            &self.tables.transactions,
            transactions.customer_id.as_str(),
            headers(super::columns::of_transactions(transactions)),
        )];
        if let (Some(of), Some(table)) = (&spec.customers, &self.tables.customers) {
            all.push(("customers", table, &of.customer_id, headers(super::columns::of_customers(of))));
        }
        if let (Some(of), Some(table)) = (&spec.events, &self.tables.events) {
            all.push(("events", table, &of.customer_id, headers(super::columns::of_events(of))));
        }
        if let (Some(of), Some(table)) = (&spec.offers, &self.tables.offers) {
            all.push(("offers", table, &of.customer_id, headers(super::columns::of_offers(of))));
        }
        all
    }
}

/// A model of data that stays on an engine has to score there.
fn refuse_what_cannot_score(project: &Project) -> Result<(), UsageError> {
    let refused = |what: &str, why: &str| {
        Err(UsageError(format!(
            "{what}: {why}; take it out of the project file, or train on an export with --engine embedded"
        )))
    };
    if let Some(column) = &project.training_segment {
        return refused(
            &format!("[training] segment_by = \"{column}\""),
            "models of segments do not score on an engine",
        );
    }
    if project.spec().departures.is_some() {
        return refused("[departures]", "departures are not read from an engine");
    }
    Ok(())
}
