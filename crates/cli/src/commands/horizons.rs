//! The probabilities over several horizons: their files, and what a test says of them in words.

use std::path::PathBuf;

use history::{Export, TableWriter, WriteError, write_blocks};
use scoring::Scores;
use training::{Evaluation, HorizonEvaluation};

use crate::commands::train::shown;
use crate::output::Output;

/// Their names.
pub(crate) const FILES: [&str; 2] = ["horizons.csv", "horizons.parquet"];

/// Customers of a block of the files.
const CUSTOMERS_OF_A_BLOCK: usize = 1 << 14;

/// Writes the horizons of the scored customers as CSV and as Parquet. Where the model has one horizon alone, files that an
/// earlier model left are removed: they would stand beside scores that they have nothing to do with.
///
/// # Errors
/// The files cannot be written, or removed.
pub(crate) fn write(output: &Output, export: &Export, scores: &Scores) -> Result<Vec<PathBuf>, WriteError> {
    let Some(curves) = scores.curves() else {
        for name in FILES {
            output.remove(name)?;
        }
        return Ok(Vec::new());
    };
    let paths = FILES.map(|name| output.path(name));
    let mut tables = paths.iter().map(|path| TableWriter::create(path)).collect::<Result<Vec<_>, _>>()?;
    let customers = curves.customers().len();
    let blocks: Vec<_> = (0..customers.div_ceil(CUSTOMERS_OF_A_BLOCK).max(1))
        .map(|at| at * CUSTOMERS_OF_A_BLOCK..customers.min((at + 1) * CUSTOMERS_OF_A_BLOCK))
        .collect();
    let ids = export.customer_ids();
    let columns = |of: &std::ops::Range<usize>| Ok(curves.columns(of.clone(), scores.as_of(), scores.model(), ids));
    write_blocks::<_, WriteError>(&mut tables, &blocks, columns, |_| {})?;
    for table in tables {
        table.finish()?;
    }
    Ok(paths.to_vec())
}

/// A line for each further horizon of a model, for people.
pub(crate) fn lines(evaluation: &Evaluation) -> Vec<String> {
    evaluation.horizons.iter().map(line).collect()
}

fn line(horizon: &HorizonEvaluation) -> String {
    let why = horizon.why_not.as_deref().unwrap_or_default();
    match (&horizon.fitted, &horizon.test) {
        (_, Some(test)) => format!(
            "horizon {} days: {:.1} % of {} churned, ROC AUC {}, log-loss {}, calibration slope {}",
            horizon.days,
            100.0 * test.churn_rate,
            test.rows,
            shown(test.roc_auc),
            shown(test.log_loss),
            shown(test.calibration_slope)
        ),
        (Some(_), None) => format!("horizon {} days: fitted, but not tested: {why}", horizon.days),
        (None, None) => format!("horizon {} days: no model: {why}", horizon.days),
    }
}
