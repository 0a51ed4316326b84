//! The data of the segment report, out of an export, a model and its scores.

mod lives;
mod method;
mod metrics_file;
mod months;
mod other_run;
mod outlook;
mod quality;
mod segments;
mod since;
mod summary;

use anyhow::Context;
use history::Export;
use reports::{Header, Measure, ReportData};
use scoring::{Model, Scores};
use serde_json::Value;

use self::metrics_file::MetricsFile;
pub(crate) use self::months::{labels, latest_label};
pub(crate) use self::other_run::OtherRun;
pub(crate) use self::quality::{of_estimate, of_metrics};
pub(crate) use self::segments::SegmentBy;
pub(crate) use self::since::{Against, COMPARE_CSV, last_monitor, last_report};
use crate::project::Project;

/// Everything a report is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) project: &'a Project,
    pub(crate) export: &'a Export,
    pub(crate) model: &'a Model,
    /// Text of the model's `metrics.json`.
    pub(crate) metrics: &'a str,
    pub(crate) scores: &'a Scores,
    /// The segment of every customer of the export.
    pub(crate) cells: &'a [Option<Box<str>>],
    /// What was warned of on the way.
    pub(crate) warnings: &'a [String],
    /// The retention measures.
    pub(crate) measures: &'a [Measure],
    /// What the last plan says of itself, if there is one.
    pub(crate) plan: Option<&'a Value>,
}

impl Project {
    /// How the report groups customers.
    pub(crate) fn segment_by(&self) -> SegmentBy<'_> {
        self.report_segment.as_deref().map_or(SegmentBy::Purchases, SegmentBy::Column)
    }
}

/// Puts the report together.
///
/// # Errors
/// `metrics.json` is not what this version writes.
pub(crate) fn report_data(sources: Sources<'_>) -> anyhow::Result<ReportData> {
    let Sources { project, export, model, metrics, scores, cells, warnings, measures, plan } = sources;
    let metrics: MetricsFile = serde_json::from_str(metrics)
        .with_context(|| format!("metrics.json of model {}: train the model again", model.version()))?;
    let window = model.window();
    let mut warnings = warnings.to_vec();
    if !metrics.beats_baselines && model.file().not_trained.is_none() {
        warnings.push(
            "The model is not clearly better than every simple rule it was compared with (see below): do not prefer it to them."
                .to_owned(),
        );
    }
    if export.has_customers() {
        warnings.extend(unknown_segments(scores, cells, project.segment_by()));
    }
    let lives = lives::lives(export, model, scores.as_of())?;
    Ok(ReportData {
        header: Header {
            language: project.language,
            project: project.name.clone(),
            as_of: scores.as_of().to_string(),
            horizon_days: u32::try_from(window.horizon.get())?,
            lead_days: u32::from(window.lead),
            churn_definition: model.churn_in_words(),
            model_version: model.version().to_owned(),
            currency: model.file().currency.clone(),
        },
        summary: summary::summary(scores, model, metrics.verdict.clone(), warnings),
        segments: segments::segments(export, model, scores, project.segment_by(), cells)?,
        months: months::months(export, scores.as_of(), model)?,
        quality: Some(quality::quality(&metrics)?),
        measures: measures.to_vec(),
        compare: None,
        monitor: None,
        gaps: lives.gaps,
        cohorts: lives.cohorts,
        survival: lives.survival,
        reasons: outlook::reasons(scores, model.language()),
        plan: plan.and_then(outlook::plan),
        drivers: method::drivers(model),
        method: method::method(export, model, &metrics),
    })
}

/// A warning, where customers are in no segment.
fn unknown_segments(scores: &Scores, cells: &[Option<Box<str>>], by: SegmentBy<'_>) -> Option<String> {
    let SegmentBy::Column(column) = by else { return None };
    let rows = scores.rows();
    let unknown = rows.iter().filter(|row| cells.get(row.customer as usize).is_none_or(Option::is_none)).count();
    (unknown > 0).then(|| {
        let share = 100.0 * unknown as f64 / rows.len() as f64;
        format!("The {} of {share:.1} % of the customers is not known.", column.replace('_', " "))
    })
}
