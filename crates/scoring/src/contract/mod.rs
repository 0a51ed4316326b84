//! What a model remembers of the export that it was trained on, so that scoring can tell an export that is no longer like it: its
//! columns, how its customers' ids are written, and how the features were distributed. None of it depends on the format
//! of the files, or on who the customers are.

mod drift;
mod ids;

use history::{Export, ExportColumn};
use serde::{Deserialize, Serialize};

use crate::model_checks::invalid;
use crate::model_file::ModelFile;
use crate::{Model, ScoringError};

pub(crate) use drift::Watched;
pub use drift::{Distribution, DriftCounts, FeatureDrift, moves_by_itself};
pub use ids::{IdForm, IdFormat};

/// What a model remembers of its export. From format 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The columns that were mapped.
    pub columns: Vec<ContractColumn>,
    /// How customers' ids were written.
    pub ids: IdFormat,
    /// How the model's features were distributed over the customers of the calibration date.
    pub distributions: Vec<Distribution>,
}

/// A mapped column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractColumn {
    /// Name of the table in the project file.
    pub table: String,
    /// Name of the column in the project file.
    pub name: String,
    /// What its values are; see [`history::ColumnMeaning::as_str`].
    pub kind: String,
}

impl ContractColumn {
    fn of(column: &ExportColumn) -> Self {
        let kind = column.meaning.as_str().to_owned();
        Self { table: column.table.to_owned(), name: column.name.clone(), kind }
    }

    fn is(&self, other: &ExportColumn) -> bool {
        self.table == other.table && self.name == other.name
    }
}

/// More columns than this are not mapped in a project file.
const MOST_COLUMNS: usize = 1_000;

impl Contract {
    /// What is to be remembered of an export.
    #[must_use]
    pub fn of(export: &Export, distributions: Vec<Distribution>) -> Self {
        let columns = export.columns().iter().map(ContractColumn::of).collect();
        Self { columns, ids: IdFormat::of(export.customer_ids()), distributions }
    }

    pub(crate) fn check_file(file: &ModelFile) -> Result<(), ScoringError> {
        let Some(contract) = &file.contract else { return Ok(()) };
        if file.format_version < 4 {
            return Err(invalid("contract", "absent before format version 4", "one"));
        }
        if contract.columns.len() > MOST_COLUMNS {
            return Err(invalid("contract.columns", "at most 1000 columns", contract.columns.len()));
        }
        contract.ids.check()?;
        for distribution in &contract.distributions {
            if !file.features.iter().any(|weight| weight.feature.name == distribution.feature) {
                return Err(invalid("contract.distributions", "of the model's features", &distribution.feature));
            }
            distribution.check()?;
        }
        Ok(())
    }
}

/// Holds an export against what a model remembers of its own.
///
/// # Errors
/// [`ScoringError::ChangedColumn`] where a column's values are no longer what they were, [`ScoringError::OtherIds`] where
/// ids are written in another way.
pub(crate) fn check(model: &Model, export: &Export) -> Result<(), ScoringError> {
    let Some(contract) = &model.file().contract else { return Ok(()) };
    for column in &contract.columns {
        let Some(now) = export.columns().iter().find(|now| column.is(now)) else { continue };
        if now.meaning.as_str() != column.kind {
            return Err(ScoringError::ChangedColumn {
                table: column.table.clone(),
                column: column.name.clone(),
                expected: column.kind.clone(),
                found: now.meaning.as_str().to_owned(),
            });
        }
    }
    contract.ids.compare(export.customer_ids())
}

/// The columns that a model's export had and this one lacks, in words; nothing where the model does not know, or none is missing.
pub(crate) fn missing_columns(model: &Model, export: &Export) -> Option<String> {
    let contract = model.file().contract.as_ref()?;
    let missing = contract.columns.iter().filter(|column| !export.columns().iter().any(|now| column.is(now)));
    let names: Vec<String> = missing.map(|column| format!("{} of [{}]", column.name, column.table)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
