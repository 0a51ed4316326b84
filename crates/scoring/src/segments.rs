//! Models of segments: weights of their own for the customers of some values of a column, pooled towards the global ones.

use std::borrow::Cow;

use feature_engineering::{Coding, Feature, FeatureTable};
use serde::{Deserialize, Serialize};

use crate::ScoringError;
use crate::model_file::ModelFile;

/// The models of the segments. Customers of any other value, of none, and of a value that falls back are scored by the
/// global model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segments {
    /// The text column of the customers table that says who belongs to which segment: what the export says on the day of
    /// scoring, since the column has no dates.
    pub column: String,
    /// Strength of the pooling: a ridge on what each segment adds to the global intercept and coefficients, against the
    /// summed loss of its rows.
    pub strength: f64,
    /// The segments, most training rows first.
    pub values: Vec<Segment>,
}

/// The model of a segment, for the standardised features and terms of the global model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The text in the column.
    pub value: String,
    /// Training rows of it.
    pub rows: u64,
    /// How many of them churned.
    pub churners: u64,
    /// Whether too few churned, or stayed, for a model of its own: then it has no numbers here.
    pub fallback: bool,
    /// The logit of the average training customer (of all, not of the segment), in this segment; 0 where it falls back.
    pub intercept: f64,
    /// In the order of the features, then of the terms: the whole coefficients, not their deviations from the global ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coefficients: Vec<f64>,
    /// Covariance of (intercept, coefficients) as its lower triangle: row `i` has the first `i + 1` entries. Robust to
    /// several rows of one customer, with the uncertainty of the global model that the segment is pooled towards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariance: Vec<Vec<f64>>,
}

impl Segments {
    /// The column of a feature table that says which value is a customer's.
    pub(crate) fn feature(&self) -> Feature {
        let named = self.values.iter().map(|segment| segment.value.clone()).collect();
        Coding { column: self.column.clone(), named }.place_feature()
    }
}

/// Intercept, coefficients and their covariance for some customers.
#[derive(Debug)]
pub(crate) struct Weights<'a> {
    pub(crate) intercept: f64,
    pub(crate) coefficients: Cow<'a, [f64]>,
    pub(crate) covariance: Cow<'a, [Vec<f64>]>,
}

impl Weights<'_> {
    /// The logit of a row that begins with 1, before calibration.
    pub(crate) fn logit(&self, x: &[f64]) -> f64 {
        self.coefficients.iter().zip(&x[1..]).fold(self.intercept, |sum, (coefficient, x)| sum + coefficient * x)
    }
}

/// The global weights, and those of the segments; and which are those of each row of a table.
#[derive(Debug)]
pub(crate) struct RowWeights<'a> {
    /// Places of the segments of the rows; none for a model without segments.
    places: Option<&'a [f64]>,
    /// The number of the weights of each segment.
    of_segment: Vec<usize>,
    /// The global ones first.
    all: Vec<Weights<'a>>,
}

impl<'a> RowWeights<'a> {
    /// # Errors
    /// [`ScoringError::MissingFeature`] where the model has segments and the table does not say of which the customers are.
    pub(crate) fn of(file: &'a ModelFile, table: &'a FeatureTable) -> Result<Self, ScoringError> {
        let places = file.segments.as_ref().map(|segments| {
            let name = segments.feature().name;
            table.column_named(&name).ok_or(ScoringError::MissingFeature { name })
        });
        let mut all = vec![Weights {
            intercept: file.intercept,
            coefficients: file.coefficients().collect(),
            covariance: Cow::Borrowed(&file.covariance),
        }];
        let mut of_segment = Vec::new();
        for segment in file.segments.iter().flat_map(|segments| &segments.values) {
            of_segment.push(if segment.fallback { 0 } else { all.len() });
            if !segment.fallback {
                all.push(Weights {
                    intercept: segment.intercept,
                    coefficients: Cow::Borrowed(&segment.coefficients),
                    covariance: Cow::Owned(mirrored(&segment.covariance)),
                });
            }
        }
        Ok(Self { places: places.transpose()?, of_segment, all })
    }

    /// The number of the weights of a row; 0 is the global model.
    pub(crate) fn number(&self, row: usize) -> usize {
        let place = self.places.map_or(f64::NAN, |places| places[row]);
        // What is missing, or no place, is of no segment.
        let is_place = place >= 0.0 && place < self.of_segment.len() as f64;
        if is_place { self.of_segment[place as usize] } else { 0 }
    }

    /// The weights of a row.
    pub(crate) fn at(&self, row: usize) -> &Weights<'a> {
        &self.all[self.number(row)]
    }
}

impl ModelFile {
    /// How many sets of weights there are: the global one, and those of the segments that have their own.
    pub(crate) fn sets_of_weights(&self) -> usize {
        1 + self.segments.iter().flat_map(|segments| &segments.values).filter(|segment| !segment.fallback).count()
    }
}

/// The symmetric matrix of a lower triangle.
pub(crate) fn mirrored(lower: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let at = |i: usize, j: usize| lower[i.max(j)][i.min(j)];
    (0..lower.len()).map(|i| (0..lower.len()).map(|j| at(i, j)).collect()).collect()
}

#[cfg(test)]
mod tests;
