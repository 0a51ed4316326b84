//! Where an engine finds the tables of a project: under the names of `[features.tables]`, or as the Parquet files that the
//! project names.

use std::path::Path;

use history::TableSpec;
use pushdown::{Relation, Table, Tables};

use crate::exit::UsageError;
use crate::project::Project;

/// The tables of a project as an engine finds them.
///
/// # Errors
/// A table is no Parquet file and has no name.
pub(super) fn tables(project: &Project) -> Result<Tables, UsageError> {
    let spec = project.spec();
    let of = |section: &str, table: &TableSpec| table_of(project, section, table).map(Table::of);
    Ok(Tables {
        transactions: of("transactions", &spec.transactions.table)?,
        customers: spec.customers.as_ref().map(|customers| of("customers", &customers.table)).transpose()?,
        events: spec.events.as_ref().map(|events| of("events", &events.table)).transpose()?,
        offers: spec.offers.as_ref().map(|offers| of("offers", &offers.table)).transpose()?,
    })
}

fn table_of(project: &Project, section: &str, table: &TableSpec) -> Result<Relation, UsageError> {
    if let Some(relation) = project.engine_tables.get(section) {
        return Ok(relation.clone());
    }
    let is_parquet = table.query.is_none() && table.path.extension().is_some_and(|extension| extension == "parquet");
    if !is_parquet {
        return Err(UsageError(format!(
            "[{section}]: expected Parquet files, or the name of the engine's table in [features.tables] ({section} = \
             \"schema.table\"), found {}",
            table.path.display()
        )));
    }
    Ok(Relation::Parquet(absolute(&table.path)))
}

/// An engine elsewhere does not see this machine's files.
///
/// # Errors
/// A table is a file of this machine.
pub(super) fn refuse_own_files(tables: &Tables, engine: &str) -> Result<(), UsageError> {
    let all = [
        ("transactions", Some(&tables.transactions)),
        ("customers", tables.customers.as_ref()),
        ("events", tables.events.as_ref()),
        ("offers", tables.offers.as_ref()),
    ];
    for (section, table) in all {
        if let Some(Table { relation: Relation::Parquet(path), .. }) = table
            && !path.contains("://")
        {
            return Err(UsageError(format!(
                "[{section}]: expected a table or an address that {engine} sees, in [features.tables] ({section} = \"schema.table\" \
                 or \"s3://bucket/folder\"), found this machine's file {path}"
            )));
        }
    }
    Ok(())
}

/// The path as an engine sees it that works elsewhere. A path with a pattern has no canonical form.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
