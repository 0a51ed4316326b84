//! Predicted churn probabilities and what then happened, turned into metrics with 95 % intervals.
//!
//! The positive class is *churned* throughout. Everything starts from a [`Sample`], which is checked once, when it is
//! built; nothing after that can meet a NaN, an infinity or a value outside `[0, 1]`. A metric that does not exist for
//! a sample (the area under the ROC curve of one class, the calibration slope of a constant) is `None`, never a NaN.
//!
//! Three rules hold everywhere:
//!
//! - **Ties.** Rows with the same probability cannot be told apart, so no metric depends on the order of rows: a tied
//!   block is counted as a whole, or, where a cut goes through it, split in expectation.
//! - **Clusters.** Several rows of one customer are not independent. Intervals resample customers, or sum over them first,
//!   never rows. Give each row a number of its own where rows are independent.
//! - **Determinism.** The same sample and seed give the same bytes, whatever the order of rows or number of threads.
//!
//! Beside the metrics there is what is fitted to predictions: a [`Calibrator`] (with [`choose_calibration`] to say which)
//! and [`MonotoneHorizons`].
//!
//! ```
//! use evaluation::{Bootstrap, Metrics, Sample};
//!
//! let probability = vec![0.9, 0.8, 0.7, 0.4, 0.3, 0.2, 0.6, 0.1, 0.5, 0.2, 0.3, 0.1];
//! let churned = [1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0].map(|y| y == 1).to_vec();
//! let customer = (0..12).collect();
//! let sample = Sample::new(probability, churned, customer)?;
//!
//! let metrics = Metrics::estimate(&sample, Bootstrap::for_rows(sample.rows(), 1));
//! assert_eq!(metrics.rows, 12);
//! assert_eq!(metrics.roc_auc.value(), evaluation::roc_auc(&sample));
//! # Ok::<(), evaluation::EvaluationError>(())
//! ```

mod agreement;
mod average_precision;
mod bootstrap;
mod brier;
mod by_group;
mod calibration_choice;
mod calibration_curve;
mod calibration_line;
mod calibrator;
mod chi_square;
mod comparison;
mod delong;
mod ece;
mod equal_mass;
mod error;
mod estimate;
mod gains_curve;
mod horizons;
mod hosmer_lemeshow;
mod isotonic;
mod lift;
mod lift_table;
mod log_loss;
mod metrics;
mod pool;
mod rates;
mod roc_auc;
mod sample;
mod stability;
mod survival;
mod tally;
mod wilson;

pub use agreement::{spearman, top_overlap};
pub use average_precision::average_precision;
pub use bootstrap::Bootstrap;
pub use brier::{brier, brier_skill};
pub use by_group::{GroupMetrics, MIN_ROWS_PER_GROUP, Withheld, by_group};
pub use calibration_choice::{CalibrationChoice, MIN_CUSTOMERS_FOR_ISOTONIC, choose_calibration};
pub use calibration_curve::{CalibrationBin, CalibrationCurve, MIN_ROWS_PER_CLASS, calibration_curve};
pub use calibration_line::{CalibrationLine, calibration, calibration_in_the_large, calibration_line};
pub use calibrator::{CalibrationMethod, Calibrator, InterceptSlope};
pub use comparison::{Comparison, Difference, Verdict, paired_difference};
pub use delong::{Delong, DelongDifference, MIN_CUSTOMERS_PER_CLASS, delong, delong_difference};
pub use ece::{ECE_BINS, ece};
pub use error::EvaluationError;
pub use estimate::Estimate;
pub use gains_curve::{GainsPoint, gains_curve};
pub use horizons::{MonotoneHorizons, OverHorizons};
pub use hosmer_lemeshow::{FittedOn, HosmerLemeshow, hosmer_lemeshow};
pub use isotonic::{Isotonic, IsotonicBlock, MIN_OUTCOMES_AT_THE_ENDS, isotonic_blocks};
pub use lift::{lift_at, lift_ceiling, lift_ceiling_of};
pub use lift_table::{LiftRow, lift_table};
pub use log_loss::log_loss;
pub use metrics::{Metrics, PointMetrics};
pub use rates::{mean_predicted, observed_rate, observed_to_expected};
pub use roc_auc::roc_auc;
pub use sample::Sample;
pub use stability::StabilityIndex;
pub use survival::{SurvivalCurve, SurvivalStep, kaplan_meier};
pub use wilson::wilson_interval;
