//! What must hold of a model file before it is believed.

use std::sync::Arc;

use feature_engineering::{Churn, Expression, Feature, by_name};
use history::Date;

use crate::ScoringError;
use crate::Shape;
use crate::contract::Contract;
use crate::level_checks::check_levels;
use crate::model_file::{FORMAT_VERSION, ModelFile, OLDEST_FORMAT_VERSION, ReturnModel};
use crate::segment_checks::check_segments;

/// More features, dates or text than this is not a model.
const MAX_FEATURES: usize = 500;
const MAX_KNOTS: usize = 10;
const MAX_DATES: usize = 10_000;
const MAX_TEXT: usize = 1_000;
/// The feature of a model that was not trained.
const FORECAST: &str = "silence_logit";
/// Entries of a covariance may differ from their mirror image by this share of the standard errors.
const ASYMMETRY: f64 = 1e-9;

/// Checks everything but the sums; returns the catalogue's entry of each feature.
pub(crate) fn check(file: &ModelFile) -> Result<Vec<Arc<Feature>>, ScoringError> {
    check_format(file)?;
    check_texts(file)?;
    check_dates(file)?;
    let features = check_features(file)?;
    check_terms(file)?;
    check_finite(file)?;
    check_covariance("covariance", &file.covariance, file.parameters())?;
    let calibration: Vec<Vec<f64>> = file.calibration.covariance.iter().map(|row| row.to_vec()).collect();
    check_covariance("calibration.covariance", &calibration, 2)?;
    check_ranges(file)?;
    check_not_trained(file)?;
    check_segments(file)?;
    check_levels(file)?;
    check_horizons(file)?;
    Contract::check_file(file)?;
    Ok(features)
}

fn check_horizons(file: &ModelFile) -> Result<(), ScoringError> {
    crate::horizons::check(file).map_err(|(field, expected, found)| invalid(field, expected, found))?;
    for horizon in &file.horizons {
        let covariance: Vec<Vec<f64>> = horizon.calibration.covariance.iter().map(|row| row.to_vec()).collect();
        check_covariance("calibration.covariance of a horizon", &covariance, 2)?;
    }
    Ok(())
}

fn check_format(file: &ModelFile) -> Result<(), ScoringError> {
    let found = file.format_version;
    if !(OLDEST_FORMAT_VERSION..=FORMAT_VERSION).contains(&found) {
        return Err(ScoringError::FormatVersion { expected: FORMAT_VERSION, found });
    }
    if found < 3 && !file.terms.is_empty() {
        return Err(invalid("terms", "absent before format version 3", file.terms.len()));
    }
    if found < 3 && file.isotonic.is_some() {
        return Err(invalid("isotonic", "absent before format version 3", "a curve"));
    }
    Ok(())
}

pub(crate) fn invalid(field: impl Into<String>, expected: &'static str, found: impl ToString) -> ScoringError {
    ScoringError::Invalid { field: field.into(), expected, found: found.to_string() }
}

fn check_texts(file: &ModelFile) -> Result<(), ScoringError> {
    let texts = [
        ("name", &file.name),
        ("version", &file.version),
        ("timezone", &file.timezone),
        ("currency", &file.currency),
        ("fingerprints.data", &file.fingerprints.data),
        ("fingerprints.config", &file.fingerprints.config),
    ];
    for (field, text) in texts {
        if text.len() > MAX_TEXT {
            return Err(invalid(field, "at most 1000 bytes long", format!("{} bytes", text.len())));
        }
    }
    if let Churn::Cadence { multiple, min } = file.churn.definition {
        if !(multiple.is_finite() && multiple > 0.0) {
            return Err(invalid("churn.definition.cadence.multiple", "finite and greater than 0", multiple));
        }
        if min.get() > i32::from(file.churn.horizon_days) {
            return Err(invalid("churn.definition.cadence.min_days", "at most the horizon", min));
        }
    }
    if !["net", "drop", "separate"].contains(&file.returns.as_str()) {
        return Err(invalid("returns", "\"net\", \"drop\" or \"separate\"", &file.returns));
    }
    for (field, days) in
        [("churn.horizon_days", file.churn.horizon_days), ("active_within_days", file.active_within_days)]
    {
        if history::Days::new(days).is_none() {
            return Err(invalid(field, "between 1 and 3650", days));
        }
    }
    if file.lookback_days.is_some_and(|days| history::Days::new(days).is_none()) {
        return Err(invalid("lookback_days", "between 1 and 3650", file.lookback_days.unwrap_or(0)));
    }
    if file.lookback_days.is_some_and(|days| days < file.active_within_days) {
        return Err(invalid("lookback_days", "at least active_within_days", file.lookback_days.unwrap_or(0)));
    }
    if file.churn.lead_days > 3_650 {
        return Err(invalid("churn.lead_days", "at most 3650", file.churn.lead_days));
    }
    Ok(())
}

fn check_dates(file: &ModelFile) -> Result<(), ScoringError> {
    let slices = &file.slices;
    for (field, dates) in
        [("slices.training", &slices.training), ("slices.selection_training", &slices.selection_training)]
    {
        if dates.len() > MAX_DATES {
            return Err(invalid(field, "at most 10000 dates", dates.len()));
        }
    }
    if slices.training.is_empty() {
        return Err(invalid("slices.training", "at least one date", "none"));
    }
    let single = slices.selection.iter().chain([&slices.first_day, &slices.calibration, &slices.test]);
    for text in slices.training.iter().chain(&slices.selection_training).chain(single) {
        if text.parse::<Date>().is_err() {
            return Err(invalid("slices", "dates such as 2026-03-05", text));
        }
    }
    Ok(())
}

fn check_features(file: &ModelFile) -> Result<Vec<Arc<Feature>>, ScoringError> {
    if file.features.is_empty() || file.features.len() > MAX_FEATURES {
        return Err(invalid("features", "1 to 500 features", file.features.len()));
    }
    let mut features: Vec<Arc<Feature>> = Vec::with_capacity(file.features.len());
    for weight in &file.features {
        let name = &weight.feature.name;
        if name.len() > MAX_TEXT || weight.feature.description.len() > MAX_TEXT {
            return Err(invalid("name and description of features", "at most 1000 bytes long", "a longer one"));
        }
        if features.iter().any(|feature| feature.name == *name) {
            return Err(invalid("features", "distinct", name));
        }
        let feature = match by_name(name) {
            Some(feature) if feature.means_the_same(&weight.feature) => Arc::clone(feature),
            // The numbers were fitted to one meaning: another one under the same name would score nonsense.
            Some(_) => return Err(ScoringError::OtherDefinition { name: name.clone() }),
            None => Arc::new(weight.feature.clone()),
        };
        let sd = weight.sd;
        if !(sd.is_finite() && sd > 0.0) {
            return Err(invalid(format!("sd of {name}"), "finite and greater than 0", sd));
        }
        let (low, high) = (weight.clip_low, weight.clip_high);
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Err(invalid(
                format!("clip_low and clip_high of {name}"),
                "finite and in order",
                format!("{low} and {high}"),
            ));
        }
        for (what, value) in [("mean", weight.mean), ("coefficient", weight.coefficient)] {
            if !value.is_finite() {
                return Err(invalid(format!("{what} of {name}"), "finite", value));
            }
        }
        features.push(feature);
    }
    Ok(features)
}

fn check_terms(file: &ModelFile) -> Result<(), ScoringError> {
    if file.terms.len() > MAX_FEATURES {
        return Err(invalid("terms", "at most 500 terms", file.terms.len()));
    }
    for (at, term) in file.terms.iter().enumerate() {
        let field = |what: &str| format!("{what} of term {}", at + 1);
        if term.shape.features().iter().any(|feature| *feature >= file.features.len()) {
            return Err(invalid(field("features"), "places of features", format!("{:?}", term.shape.features())));
        }
        let bent = matches!(term.shape, Shape::BentProduct { .. });
        if bent && file.format_version < 5 {
            return Err(invalid(field("shape"), "without a bent factor before format version 5", "bent_product"));
        }
        for (knots, from) in term.shape.bends() {
            let rising = knots.windows(2).all(|two| two[0] < two[1]) && knots.iter().all(|knot| knot.is_finite());
            if !(3..=MAX_KNOTS).contains(&knots.len()) || !rising || from + 2 >= knots.len() {
                return Err(invalid(
                    field("knots"),
                    "3 to 10 rising numbers, with two after the one it begins at",
                    format!("{knots:?}, from {from}"),
                ));
            }
        }
        let scales = term.shape.scales().chain([(term.mean, term.sd)]);
        for (mean, sd) in scales {
            if !mean.is_finite() {
                return Err(invalid(field("mean"), "finite", mean));
            }
            if !(sd.is_finite() && sd > 0.0) {
                return Err(invalid(field("sd"), "finite and greater than 0", sd));
            }
        }
        if !term.coefficient.is_finite() {
            return Err(invalid(field("coefficient"), "finite", term.coefficient));
        }
    }
    Ok(())
}

fn check_finite(file: &ModelFile) -> Result<(), ScoringError> {
    let value = &file.value;
    let numbers = [
        ("intercept", file.intercept),
        ("training_share", file.training_share),
        ("penalty.lambda", file.penalty.lambda),
        ("penalty.alpha", file.penalty.alpha),
        ("calibration.intercept", file.calibration.intercept),
        ("calibration.slope", file.calibration.slope),
        ("value.intercept", value.intercept),
        ("value.slope", value.slope),
        ("value.margin_ratio", value.margin_ratio),
        ("value.past_high", value.past_high),
        ("value.highest", value.highest),
    ];
    for (field, number) in numbers {
        if !number.is_finite() {
            return Err(invalid(field, "finite", number));
        }
    }
    Ok(())
}

pub(crate) fn check_covariance(field: &'static str, matrix: &[Vec<f64>], size: usize) -> Result<(), ScoringError> {
    if matrix.len() != size || matrix.iter().any(|row| row.len() != size) {
        return Err(invalid(field, "square, with a row for each parameter", format!("{} rows", matrix.len())));
    }
    for (i, row) in matrix.iter().enumerate() {
        if row.iter().any(|value| !value.is_finite()) {
            return Err(invalid(field, "finite", "a number that is not"));
        }
        if row[i] < 0.0 {
            return Err(invalid(field, "without negative variances", row[i]));
        }
        for (j, value) in row.iter().enumerate().take(i) {
            let scale = (row[i] * matrix[j][j]).sqrt();
            if (value - matrix[j][i]).abs() > ASYMMETRY * scale {
                return Err(invalid(field, "symmetric", format!("{value} and {}", matrix[j][i])));
            }
            // A correlation beyond 1 could give a negative variance of a logit.
            if value.abs() > scale * (1.0 + 1e-6) {
                return Err(invalid(field, "a covariance", format!("{value} between variances of product {scale}^2")));
            }
        }
    }
    Ok(())
}

fn check_ranges(file: &ModelFile) -> Result<(), ScoringError> {
    if file.calibration.slope <= 0.0 {
        return Err(invalid("calibration.slope", "greater than 0", file.calibration.slope));
    }
    let bands = &file.risk_bands;
    if !(0.0 < bands.medium && bands.medium < bands.high && bands.high < bands.critical && bands.critical < 1.0) {
        return Err(invalid(
            "risk_bands",
            "rising, between 0 and 1",
            format!("{}, {}, {}", bands.medium, bands.high, bands.critical),
        ));
    }
    if file.penalty.lambda < 0.0 || file.penalty.alpha < 0.0 {
        return Err(invalid("penalty", "not negative", file.penalty.lambda.min(file.penalty.alpha)));
    }
    if !(file.training_share > 0.0 && file.training_share <= 1.0) {
        return Err(invalid("training_share", "above 0 and at most 1", file.training_share));
    }
    if file.value.highest < 0.0 {
        return Err(invalid("value.highest", "not negative", file.value.highest));
    }
    if let Some(lapsed) = &file.lapsed {
        if !file.churn.definition.is_about_purchases() {
            return Err(invalid("lapsed", "none where churn is a departure", "a return model"));
        }
        check_lapsed(lapsed)?;
    }
    Ok(())
}

/// A model that claims to be a forecast is one: nothing in it may have been made up.
fn check_not_trained(file: &ModelFile) -> Result<(), ScoringError> {
    let Some(not_trained) = &file.not_trained else { return Ok(()) };
    if !matches!(file.churn.definition, Churn::Inactivity) {
        return Err(invalid("not_trained", "none unless churn is inactivity", "a forecast"));
    }
    if not_trained.slice.len() > MAX_TEXT {
        return Err(invalid("not_trained.slice", "at most 1000 bytes long", not_trained.slice.len()));
    }
    if not_trained.fitted_before.parse::<Date>().is_err() {
        return Err(invalid("not_trained.fitted_before", "a date such as 2026-03-05", &not_trained.fitted_before));
    }
    let [weight] = file.features.as_slice() else {
        return Err(invalid("features", "the forecast alone in a model that was not trained", file.features.len()));
    };
    if weight.feature.name != FORECAST || !matches!(weight.feature.definition, Expression::Fitted(_)) {
        return Err(invalid("features", "a forecast of silence in a model that was not trained", &weight.feature.name));
    }
    // The feature's own logit comes out: mean and intercept cancel.
    let calibration = &file.calibration;
    let is_identity = (weight.coefficient, weight.sd) == (1.0, 1.0)
        && weight.mean == file.intercept
        && (calibration.intercept, calibration.slope) == (0.0, 1.0);
    if !is_identity || file.isotonic.is_some() {
        return Err(invalid("coefficient and calibration", "those of the forecast itself", "others"));
    }
    let of_calibration = calibration.covariance.iter().flatten();
    if file.covariance.iter().flatten().chain(of_calibration).any(|value| *value != 0.0) {
        return Err(invalid("covariance", "0 where nothing was fitted", "another number"));
    }
    Ok(())
}

fn check_lapsed(lapsed: &ReturnModel) -> Result<(), ScoringError> {
    let positive = [
        ("lapsed.r", lapsed.r),
        ("lapsed.alpha", lapsed.alpha),
        ("lapsed.a", lapsed.a),
        ("lapsed.b", lapsed.b),
        ("lapsed.slope", lapsed.slope),
    ];
    for (field, value) in positive {
        if !(value.is_finite() && value > 0.0) {
            return Err(invalid(field, "finite and greater than 0", value));
        }
    }
    if !lapsed.intercept.is_finite() {
        return Err(invalid("lapsed.intercept", "finite", lapsed.intercept));
    }
    Ok(())
}
