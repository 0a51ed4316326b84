//! What can be wrong with a model file, or with a model and the features it is given.

use feature_engineering::btyd;

/// Why a model was refused or could not score.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoringError {
    /// The file is far larger than any model.
    #[error("expected a model file of at most {limit} bytes, found {found}")]
    TooLarge {
        /// The largest size allowed.
        limit: usize,
        /// The size found.
        found: usize,
    },
    /// The file is not the JSON of a model.
    #[error("expected a model file, found: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a version of the program with another format.
    #[error("expected a model file of format version {expected}, found format version {found}: train the model again")]
    FormatVersion {
        /// The version this program reads.
        expected: u64,
        /// The version found.
        found: u64,
    },
    /// The content is not what was written.
    #[error(
        "the model file has been changed or damaged: its content has the SHA-256 {found}, but it says {expected}; train the model again or restore the file"
    )]
    Damaged {
        /// The sum that stands in the file.
        expected: String,
        /// The sum of its content.
        found: String,
    },
    /// A value of the model is not possible.
    #[error("model file: expected {field} to be {expected}, found {found}")]
    Invalid {
        /// Where.
        field: String,
        /// What would have been right.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The catalogue means something else by the name of a feature of the model.
    #[error(
        "the model was trained with another definition of the feature \"{name}\" than this version's: train the model again"
    )]
    OtherDefinition {
        /// The feature's name.
        name: String,
    },
    /// The table lacks a feature of the model.
    #[error("the model needs the feature \"{name}\", which the feature table does not have")]
    MissingFeature {
        /// The feature's name.
        name: String,
    },
    /// Too many customers have a text in some column that the model has not seen.
    #[error(
        "expected at most {most} % of the customers to have a text that the model has not seen, more than in training, found {found}; if texts were renamed, put the old ones back; if they are new, train the model again once their customers are old enough to have labels, or without the column"
    )]
    UnseenLevels {
        /// The largest share allowed, in per cent.
        most: f64,
        /// The column, the share and the texts.
        found: Box<crate::UnseenLevels>,
    },
    /// The export was read in another way than the one the model was trained on.
    #[error("the model was trained on an export with {expected}, but this export has {found}: train the model again")]
    OtherExport {
        /// What the model knows.
        expected: String,
        /// What the export has.
        found: String,
    },
    /// A column's values are no longer what they were in training.
    #[error(
        "column {column} of [{table}]: the model was trained on {expected}, but this export has {found}, which mean other moments: export the column as before, or train the model again"
    )]
    ChangedColumn {
        /// Name of the table in the project file.
        table: String,
        /// Name of the column in the project file.
        column: String,
        /// What the model knows.
        expected: String,
        /// What the export has.
        found: String,
    },
    /// Customers' ids are no longer written as they were in training.
    #[error(
        "customer ids (A stands for capital letters, a for small ones, 9 for digits, 09 for digits behind a zero): the model was trained on ids such as {expected}, but this export has {found}; scores under other ids would meet nobody in other systems: export the ids as before, or train the model again if they were renamed everywhere"
    )]
    OtherIds {
        /// Forms that the model knows.
        expected: String,
        /// What the export has.
        found: String,
    },
    /// Two models answer different questions.
    #[error(
        "expected two models of the same {what}, found {ours} and {theirs}: their probabilities cannot be compared"
    )]
    OtherQuestion {
        /// What differs.
        what: String,
        /// Of the first model.
        ours: String,
        /// Of the other.
        theirs: String,
    },
    /// Two as-of dates have no scored customer in common.
    #[error(
        "expected customers who are scored both as of {from} and as of {to}, found none ({before} and {after} are scored): choose dates that are closer together"
    )]
    NobodyInBoth {
        /// The first date.
        from: history::Date,
        /// The second.
        to: history::Date,
        /// Customers scored at the first.
        before: u64,
        /// Customers scored at the second.
        after: u64,
    },
    /// A feature has a value that no purchase history can give.
    #[error("feature \"{name}\" of customer number {customer} is {value}: expected a finite number, or nothing")]
    NotFinite {
        /// The feature's name.
        name: String,
        /// The customer's number in the export.
        customer: u32,
        /// The value.
        value: f64,
    },
    /// The model holds something that another format has no place for.
    #[error(
        "expected a model that {format} can hold, found {what}, which cannot be exported to it; nothing was written"
    )]
    NotExportable {
        /// The format.
        format: &'static str,
        /// What it has no place for: the field of the model file, or the value.
        what: String,
    },
    /// The rows of the export cannot be read.
    #[error(transparent)]
    Rows(#[from] history::ReadError),
    /// Probabilities over several horizons cannot be put in order.
    #[error(transparent)]
    Horizons(#[from] evaluation::EvaluationError),
    /// The purchase model refused its input.
    #[error(transparent)]
    Purchases(#[from] btyd::InputError),
}
