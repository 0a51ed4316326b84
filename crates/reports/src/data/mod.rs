//! The plain data a report is made from. It knows nothing of how it was computed.
//!
//! Conventions: probabilities and rates are fractions in `[0, 1]`; money is in units of [`Header::currency`]; dates are
//! ISO 8601 text (`2026-10-31`) and are printed as given. A measured value that is missing is `None`; NaN and infinite
//! values are shown as missing too. Serialised, both become `null`.

mod backtest;
mod customers;
mod lives;
mod measures;
mod method;
mod plan;
mod qini;
mod quality;
mod segments;
mod since;

use serde::{Deserialize, Serialize};

use crate::language::Language;

pub use backtest::{BacktestData, BacktestDate, BacktestHorizon, BacktestTest, HorizonTest};
pub use customers::{CustomerRow, CustomerScore, PlanRow};
pub use lives::{Cohort, Cohorts, EndsBy, GapPoint, Gaps, MedianDays, Survival, SurvivalPoint};
pub use measures::{Figure, FigureName, FigureUnit, Measure, MeasureName, MeasurePeriod, MeasureRow, PeriodKind};
pub use method::{Driver, Method, ModelCardLine, RejectCount, Slice};
pub use plan::{PlanOutlook, ProfitPoint, ReasonCount, Reasons};
pub use qini::{QiniCurve, QiniPoint};
pub use quality::{
    Calibration, CalibrationBin, GainsCurve, GainsPoint, HistogramBin, LiftRow, Metrics, ModelQuality, Role,
    ScoredModel,
};
pub use segments::{Month, ObservedChurn, Segment, Segments};
pub use since::{
    ChangePart, ChangedFigure, ChangedSegment, HighBand, MonitorCheck, MonitorFeature, MonitorSummary, RunComparison,
};

/// Everything one segment report shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportData {
    /// What was scored, when, and by which model.
    pub header: Header,
    /// The numbers of the first screen.
    pub summary: Summary,
    /// Segments, and how they are divided into groups.
    pub segments: Segments,
    /// Observed churn by as-of date, oldest first. May be empty.
    pub months: Vec<Month>,
    /// Quality on the test snapshot. `None`: the model has not been tested.
    pub quality: Option<ModelQuality>,
    /// Retention measures, in the order to be shown. May be empty.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Days between purchases. `None`: no customer bought on two days.
    #[serde(default)]
    pub gaps: Option<Gaps>,
    /// Who of the customers of each period bought again. `None`: no period is whole.
    #[serde(default)]
    pub cohorts: Option<Cohorts>,
    /// How long customers stay. `None`: too few customers whose beginning is known.
    #[serde(default)]
    pub survival: Option<Survival>,
    /// Why customers are at risk.
    #[serde(default)]
    pub reasons: Reasons,
    /// What the last plan would earn. `None`: there is no plan.
    #[serde(default)]
    pub plan: Option<PlanOutlook>,
    /// What the model weighs, one per feature, in any order. May be empty.
    pub drivers: Vec<Driver>,
    /// What has changed since another run. `None`: there is none to compare with.
    #[serde(default)]
    pub compare: Option<RunComparison>,
    /// What the monitor said of the model. `None`: it has not been run.
    #[serde(default)]
    pub monitor: Option<MonitorSummary>,
    /// Where the numbers come from.
    pub method: Method,
}

/// What was scored, when, and by which model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The language of the page. The data themselves are in English whatever it is, but for the names of features and the
    /// reasons, which come in the language.
    #[serde(default)]
    pub language: Language,
    /// Name of the project.
    pub project: String,
    /// As-of date of the scores, ISO 8601.
    pub as_of: String,
    /// Length of the window in which a customer may churn, in days.
    pub horizon_days: u32,
    /// Days between the as-of date and the start of that window.
    pub lead_days: u32,
    /// What counts as churn, in words.
    pub churn_definition: String,
    /// Version of the model that scored.
    pub model_version: String,
    /// Currency code of every money value, for example `EUR`.
    pub currency: String,
}

/// A value with its 95 % interval. Each part may be missing; the unit is stated where it is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
}

impl Estimate {
    /// A value whose interval is not known.
    pub fn point(value: f64) -> Self {
        Self { value: Some(value), low: None, high: None }
    }

    /// A value with both ends of its 95 % interval.
    pub fn with_interval(value: f64, low: f64, high: f64) -> Self {
        Self { value: Some(value), low: Some(low), high: Some(high) }
    }

    /// The estimate, if it is a finite number.
    pub(crate) fn finite(&self) -> Option<f64> {
        finite(self.value)
    }

    /// Both ends of the interval, if both are finite numbers.
    pub(crate) fn interval(&self) -> Option<(f64, f64)> {
        finite(self.low).zip(finite(self.high))
    }
}

/// The numbers of the first screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Customers by state.
    pub states: StateCounts,
    /// Sum of the churn probabilities of the eligible customers, in customers.
    pub expected_churners: Estimate,
    /// Expected loss, in currency: sum over eligible customers of churn probability x value if they stay.
    pub value_at_risk: Estimate,
    /// Mean churn probability of the eligible customers.
    pub churn_probability: Estimate,
    /// Eligible customers by risk band.
    pub bands: BandCounts,
    /// How the risk bands are cut, in words. May be empty.
    pub band_rule: String,
    /// What the test says of the model, in plain words, one sentence a line.
    pub verdict: Vec<String>,
    /// What the reader must know before using the numbers, one sentence a line.
    pub warnings: Vec<String>,
}

/// Customers by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCounts {
    /// Bought lately: scored.
    pub eligible: u64,
    /// Bought before, not lately.
    pub lapsed: u64,
    /// Known, no purchase yet.
    pub new: u64,
}

impl StateCounts {
    /// Customers in all three states.
    pub fn total(&self) -> u64 {
        self.eligible.saturating_add(self.lapsed).saturating_add(self.new)
    }
}

/// Eligible customers by risk band.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandCounts {
    /// Customers in the low band.
    pub low: u64,
    /// Customers in the medium band.
    pub medium: u64,
    /// Customers in the high band.
    pub high: u64,
    /// Customers in the critical band.
    pub critical: u64,
}

impl BandCounts {
    /// Customers in all four bands.
    pub fn total(&self) -> u64 {
        self.low.saturating_add(self.medium).saturating_add(self.high).saturating_add(self.critical)
    }
}

/// `value`, unless it is NaN or infinite.
pub(crate) fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}
