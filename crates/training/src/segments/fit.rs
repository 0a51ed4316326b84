//! The segments of the final model.

use std::collections::BTreeSet;

use rayon::prelude::*;
use scoring::{Segment, Segments};

use super::SegmentColumn;
use super::choose::{Part, Pooling, Strengths, predict};
use super::covariance::{GlobalScores, SegmentScores, covariance};
use super::pooled::{Pooled, added};
use super::said::SegmentChoice;
use super::values::Values;
use crate::TrainingError;
use crate::design::{Design, Recipe};
use crate::fit::Fitted;
use crate::forgetting::weights;
use crate::rows::Rows;

/// The global model that segments are pooled towards, fitted on all of the rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GlobalFit<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) design: &'a Design,
    pub(crate) fitted: &'a Fitted,
    pub(crate) lambda: f64,
    pub(crate) inverse_hessian: &'a [Vec<f64>],
    pub(crate) covariance: &'a [Vec<f64>],
}

/// The segments that have a model of their own, and which rows are of them.
#[derive(Debug)]
pub(crate) struct OwnSegments {
    values: Values,
    strength: f64,
    places: Vec<Option<usize>>,
    own: Vec<usize>,
}

impl OwnSegments {
    /// None where the choice was against segments, or none has enough rows. What is said of the choice gets the values of
    /// the rows of the final model.
    pub(crate) fn of(
        column: SegmentColumn<'_>,
        rows: &Rows,
        pooling: &Pooling,
        design: &Design,
    ) -> (Option<Self>, SegmentChoice) {
        let all: Vec<usize> = (0..rows.len()).collect();
        let values = Values::choose(column, rows, &all, 1 + design.len());
        let own = values.own();
        let mut said = pooling.said.with_values(&values);
        let strength = pooling.strength.filter(|_| !own.is_empty());
        if strength.is_none() {
            (said.kept, said.strength) = (false, None);
        }
        let places = values.places(column, rows);
        (strength.map(|strength| Self { values, strength, places, own }), said)
    }

    /// Logits of the targets from models, of all customers and of the segments, that never saw them; see
    /// [`crate::cross_fit::out_of_fold_logits`].
    pub(crate) fn out_of_fold_logits(
        &self,
        rows: &Rows,
        targets: &[usize],
        global: &GlobalFit<'_>,
    ) -> Result<Vec<f64>, TrainingError> {
        let all: Vec<usize> = (0..rows.len()).collect();
        let parts = Part::folds(rows, &all, targets, (global.recipe, Some(global.fitted)), global.lambda)?;
        let predicted = predict(rows, &parts, targets, (&self.places, &self.own), Strengths::Chosen(self.strength))?;
        Ok(predicted.pooled.into_iter().next().unwrap_or(predicted.global))
    }

    /// The segments as they stand in the model file.
    pub(crate) fn fit(&self, rows: &Rows, global: &GlobalFit<'_>) -> Result<Segments, TrainingError> {
        let all: Vec<usize> = (0..rows.len()).collect();
        let weights = weights(rows, &all, global.recipe.half_life);
        let customers = rows.customer.iter().collect::<BTreeSet<_>>().len();
        let scores = GlobalScores { inverse_hessian: global.inverse_hessian, covariance: global.covariance, customers };
        let of_value = |place: usize| -> Result<Segment, TrainingError> {
            let counts = &self.values.counts[place];
            let mut segment = Segment {
                value: counts.value.clone(),
                rows: counts.rows,
                churners: counts.churners,
                fallback: counts.fallback,
                intercept: 0.0,
                coefficients: Vec::new(),
                covariance: Vec::new(),
            };
            if counts.fallback {
                return Ok(segment);
            }
            let of: Vec<usize> = (0..rows.len()).filter(|row| self.places[*row] == Some(place)).collect();
            let (columns, churned) = (global.design.columns(rows, &of), rows.outcomes(&of));
            let global_logits = global.fitted.logits(&columns);
            let weights = weights.as_ref().map(|of_all| of.iter().map(|row| of_all[*row]).collect::<Vec<f64>>());
            let pooled = Pooled::new(&columns, &churned, (&global_logits, weights.as_deref()))?;
            let (deviations, inverse) = pooled.fit(self.strength)?;
            let moved = added(&deviations, &columns, of.len());
            let logits: Vec<f64> = global_logits.iter().zip(moved).map(|(logit, moved)| logit + moved).collect();
            segment.intercept = global.fitted.intercept() + deviations[0];
            let coefficients = global.fitted.coefficients().iter().zip(&deviations[1..]);
            segment.coefficients = coefficients.map(|(coefficient, deviation)| coefficient + deviation).collect();
            let customers: Vec<u32> = of.iter().map(|row| rows.customer[*row]).collect();
            let of_segment = SegmentScores {
                columns: &columns,
                churned: &churned,
                customers: &customers,
                logits: &logits,
                global_logits: &global_logits,
                weights: weights.as_deref(),
            };
            segment.covariance = covariance(&of_segment, &inverse, self.strength, &scores);
            Ok(segment)
        };
        let values = (0..self.values.counts.len()).into_par_iter().map(of_value).collect::<Result<_, _>>()?;
        Ok(Segments { column: self.values.coding.column.clone(), strength: self.strength, values })
    }
}
