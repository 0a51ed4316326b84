//! The Hosmer–Lemeshow test: a diagnostic beside the calibration curve, no proof of anything.

use serde::Serialize;

use crate::chi_square::upper_tail;
use crate::{EvaluationError, Sample, calibration_curve};

/// Which rows the probabilities were fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedOn {
    /// The rows they are judged on: the model's parameters took up degrees of freedom, `groups - 2` are left.
    TheseRows,
    /// Other rows: all `groups` are left.
    OtherRows,
}

/// The result of the test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HosmerLemeshow {
    /// Groups formed; fewer than asked for where ties are large.
    pub groups: usize,
    /// `Σ_g (O_g - E_g)² / (n_g · p̄_g · (1 - p̄_g))`.
    pub statistic: f64,
    /// Degrees of freedom of the chi-square distribution.
    pub degrees_of_freedom: u32,
    /// Probability of so large a statistic if the probabilities were right.
    pub p_value: f64,
}

/// The test over the bins of [`calibration_curve`], which never split ties (Hosmer & Lemeshow 1980, Commun Stat A9:1043;
/// degrees of freedom on other rows: Hosmer, Lemeshow & Sturdivant 2013, Applied Logistic Regression, ch. 5.2.2).
///
/// Print it, if at all, as a diagnostic: it depends on the grouping, has little power in small samples, and finds any
/// trifle in large ones (Van Calster et al. 2019, BMC Medicine 17:230, advise against it). `None` where it does not hold:
/// customers with several rows, which are not independent; a group whose mean prediction is exactly 0 or 1; no degrees of
/// freedom left.
///
/// # Errors
///
/// [`EvaluationError::NoBins`] where `groups` is 0.
pub fn hosmer_lemeshow(
    sample: &Sample,
    groups: usize,
    fitted_on: FittedOn,
) -> Result<Option<HosmerLemeshow>, EvaluationError> {
    let bins = calibration_curve(sample, groups)?.bins;
    if sample.clusters() < sample.rows() || bins.iter().any(|b| b.mean_predicted == 0.0 || b.mean_predicted == 1.0) {
        return Ok(None);
    }
    let taken = match fitted_on {
        FittedOn::TheseRows => 2,
        FittedOn::OtherRows => 0,
    };
    let Some(degrees_of_freedom) = u32::try_from(bins.len()).ok().and_then(|g| g.checked_sub(taken)).filter(|&d| d > 0)
    else {
        return Ok(None);
    };
    let statistic: f64 = bins
        .iter()
        .map(|bin| {
            let (rows, p) = (bin.rows as f64, bin.mean_predicted);
            (bin.churners as f64 - rows * p).powi(2) / (rows * p * (1.0 - p))
        })
        .sum();
    Ok(statistic.is_finite().then(|| HosmerLemeshow {
        groups: bins.len(),
        statistic,
        degrees_of_freedom,
        p_value: upper_tail(statistic, degrees_of_freedom),
    }))
}
