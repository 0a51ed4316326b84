//! One model per segment: what the customers of each value of a column differ by from the global model, pooled towards it.
//!
//! To the rows of a segment the logit of the global model is a known offset. What is fitted is a deviation of the intercept
//! and of every coefficient, on the same standardised design, under one ridge of a common strength: a normal prior around the
//! global model, the same for all segments, so that the fewer rows a segment has the nearer it stays. The strength is chosen
//! where the penalty was, by predictions of what the models had not seen; "no segments" is the end of the scale, and is left
//! only for a gain of more than its standard error.
//!
//! - [`values`]: which values are segments.
//! - [`pooled`]: the deviations of one segment.
//! - [`choose`]: the strength.
//! - [`fit`]: the weights that go into the model file, and their covariance.
//! - [`said`]: what the metrics and the card say of it.

mod choose;
mod covariance;
mod fit;
mod pooled;
mod said;
#[cfg(test)]
mod tests;
mod values;

use history::Export;

pub(crate) use self::choose::choose;
pub(crate) use self::fit::{GlobalFit, OwnSegments};
pub use self::said::{BySegment, SegmentChoice, SegmentCounts, SegmentMetrics, StrengthTrial};
pub(crate) use self::said::{by_segment, card, note};

use crate::{TrainingError, TrainingSettings};

/// The column by which the settings want segments, with the cell of each customer of the export.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentColumn<'a> {
    pub(crate) name: &'a str,
    pub(crate) cells: &'a [Option<Box<str>>],
}

impl<'a> SegmentColumn<'a> {
    /// None where no segments are wanted.
    ///
    /// # Errors
    /// [`TrainingError::NoSegmentColumn`].
    pub(crate) fn of(export: &'a Export, settings: &'a TrainingSettings) -> Result<Option<Self>, TrainingError> {
        let Some(name) = settings.segment_by.as_deref() else { return Ok(None) };
        match export.segment_column(name) {
            Some(cells) => Ok(Some(Self { name, cells })),
            None => Err(TrainingError::NoSegmentColumn { column: name.to_owned() }),
        }
    }
}
