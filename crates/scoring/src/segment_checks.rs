//! What must hold of the models of segments before they are believed.

use feature_engineering::{LEAST_CUSTOMERS, can_be_shown};

use crate::ScoringError;
use crate::model_checks::{check_covariance, invalid};
use crate::model_file::ModelFile;
use crate::segments::{Segment, mirrored};

/// More segments than this are not made.
const MOST_SEGMENTS: usize = 50;
const MAX_TEXT: usize = 1_000;

pub(crate) fn check_segments(file: &ModelFile) -> Result<(), ScoringError> {
    let Some(segments) = &file.segments else { return Ok(()) };
    if file.format_version < 3 {
        return Err(invalid("segments", "absent before format version 3", "some"));
    }
    if file.not_trained.is_some() {
        return Err(invalid("segments", "absent in a model that was not trained", "some"));
    }
    if segments.column.is_empty() || segments.column.len() > MAX_TEXT {
        return Err(invalid("segments.column", "1 to 1000 bytes long", format!("{} bytes", segments.column.len())));
    }
    if !(segments.strength.is_finite() && segments.strength > 0.0) {
        return Err(invalid("segments.strength", "finite and greater than 0", segments.strength));
    }
    if segments.values.len() > MOST_SEGMENTS || segments.values.iter().all(|segment| segment.fallback) {
        return Err(invalid("segments.values", "1 to 50 values, one with a model at least", segments.values.len()));
    }
    for (at, segment) in segments.values.iter().enumerate() {
        if segments.values[..at].iter().any(|before| before.value == segment.value) {
            return Err(invalid("segments.values", "distinct", &segment.value));
        }
        check_segment(segment, file.parameters(), at + 1)?;
    }
    Ok(())
}

fn check_segment(segment: &Segment, parameters: usize, number: usize) -> Result<(), ScoringError> {
    let field = |what: &str| format!("{what} of segment {number}");
    if !can_be_shown(&segment.value) {
        return Err(invalid(field("value"), "1 to 60 characters that can be seen", format!("{:?}", segment.value)));
    }
    // Each customer has a row at least; of fewer nothing may be told.
    if segment.rows < LEAST_CUSTOMERS {
        return Err(invalid(field("rows"), "30 or more", segment.rows));
    }
    if segment.churners > segment.rows {
        return Err(invalid(field("churners"), "no more than its rows", segment.churners));
    }
    if segment.fallback {
        let is_empty = segment.intercept == 0.0 && segment.coefficients.is_empty() && segment.covariance.is_empty();
        return if is_empty { Ok(()) } else { Err(invalid(field("weights"), "absent where it falls back", "some")) };
    }
    if !segment.intercept.is_finite() || segment.coefficients.iter().any(|value| !value.is_finite()) {
        return Err(invalid(field("intercept and coefficients"), "finite", "a number that is not"));
    }
    let found = segment.coefficients.len();
    if found + 1 != parameters {
        return Err(invalid(field("coefficients"), "one for each feature and term", found));
    }
    let is_triangle = segment.covariance.iter().enumerate().all(|(at, row)| row.len() == at + 1);
    if !is_triangle || segment.covariance.len() != parameters {
        let rows = format!("{} rows", segment.covariance.len());
        return Err(invalid(field("covariance"), "a lower triangle with a row for each parameter", rows));
    }
    check_covariance("covariance of a segment", &mirrored(&segment.covariance), parameters)
}
