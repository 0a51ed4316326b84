//! From a model file and a snapshot to scores: churn probability, its interval, reasons, and what is at stake.
//!
//! A [`ModelFile`] is what stands in a model file; a [`Model`] is the same, checked, and the only thing that scores.
//! [`score`] turns a [`feature_engineering::FeatureTable`] of eligible customers into one [`Scored`] each;
//! [`Scores::compute`] does the whole snapshot, lapsed and new customers included, and gives the columns of the scores
//! table. Nothing here fits anything, and nothing here depends on the rows that are scored together, except
//! `risk_percentile`, which says so.

mod batches;
mod calibrated;
mod change;
mod coefficients;
mod comparable;
mod contract;
mod design;
mod eight;
mod error;
mod explain;
mod export;
#[cfg(test)]
mod golden_tests;
mod horizons;
mod level_checks;
mod model;
mod model_checks;
mod model_file;
#[cfg(test)]
mod not_trained_tests;
mod percentile;
mod reasons;
mod record;
mod returning;
mod score;
mod scores;
mod seen_levels;
mod segment_checks;
mod segments;
mod shape;
mod totals;
#[cfg(test)]
mod toy;
mod value;
mod wording;

pub use batches::{Batch, Batches, CUSTOMERS_OF_A_BATCH, Known};
pub use change::{ChangeParts, CustomersCompared, FamilyChange, ScoreChange};
pub use coefficients::{Coefficients, Direction, FeatureEffect, OddsRatio, coefficients};
pub use contract::{
    Contract, ContractColumn, Distribution, DriftCounts, FeatureDrift, IdForm, IdFormat, moves_by_itself,
};
pub use design::Term;
pub use error::ScoringError;
pub use explain::{Explained, explain};
pub use export::{ONNX_OPSET, onnx, pmml};
pub use horizons::{HorizonCurves, HorizonModel, MAX_HORIZONS, over_horizons};
pub use model::Model;
pub use model_file::{
    Calibration, ChurnDefinition, FORMAT_VERSION, FeatureWeight, Fingerprints, ModelFile, NotTrained,
    OLDEST_FORMAT_VERSION, Penalty, ReturnModel, RiskThresholds, SliceDates, ValueModel,
};
pub use percentile::{Ranks, risk_percentiles};
pub use record::{RecordError, decode_row, encode_row};
pub use returning::BgNbdParameters;
pub use score::{RiskBand, Scored, score};
pub use scores::{ScoreRow, Scores, check_export, score_columns};
pub use seen_levels::{SeenLevels, UnseenLevels};
pub use segments::{Segment, Segments};
pub use shape::{Factor, Shape};
pub use totals::{Total, Totals, totals_by_group};
pub use value::past_value;
