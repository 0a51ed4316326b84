//! Retention measures: what is lost, what it costs, what customers say, what is left undone.

use serde::{Deserialize, Serialize};

use super::{Estimate, QiniCurve};

/// One measure: its figures by period and by segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Which one.
    pub measure: MeasureName,
    /// Why there are no figures, and what to add, in words; none where there are figures.
    pub not_given: Option<String>,
    /// What needs attention, one sentence each.
    pub alerts: Vec<String>,
    /// What the reader must know of these figures, one sentence each.
    pub notes: Vec<String>,
    /// Figures. Those of all customers come before those by segment, and periods ascend.
    pub rows: Vec<MeasureRow>,
    /// Qini curves of the offers of past campaigns; every other measure has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<QiniCurve>,
}

impl Measure {
    /// A measure for which something is missing.
    pub fn not_given(measure: MeasureName, why: impl Into<String>) -> Self {
        Self { not_given: Some(why.into()), ..Self::new(measure) }
    }

    /// A measure without rows yet.
    pub fn new(measure: MeasureName) -> Self {
        Self { measure, not_given: None, alerts: Vec::new(), notes: Vec::new(), rows: Vec::new(), curves: Vec::new() }
    }
}

/// The figures of one cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MeasureRow {
    /// When; none where the figures are those of the as-of date.
    pub period: Option<MeasurePeriod>,
    /// The column that customers are grouped by; none for all customers.
    pub by: Option<String>,
    /// The group.
    pub segment: Option<String>,
    /// What within the cell: a reason, a behaviour, an offer.
    pub item: Option<String>,
    /// How many customers, answers or cases the figures rest on.
    pub count: u64,
    /// Too few to be shown: there are no figures.
    pub withheld: bool,
    /// Needs attention.
    pub alert: bool,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// A stretch of time, half-open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasurePeriod {
    /// What it is called, for example `2026-05` or `2026 Q1`.
    pub name: String,
    /// Its kind.
    pub kind: PeriodKind,
    /// First day, ISO 8601.
    pub from: String,
    /// First day after it, ISO 8601.
    pub until: String,
}

/// Kinds of periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// A month of the calendar.
    Month,
    /// A quarter of the calendar.
    Quarter,
    /// The 365 days before the as-of date.
    Year,
    /// The last label window that is over.
    LabelWindow,
}

/// A number, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Which one.
    pub figure: FigureName,
    /// What it is counted in.
    pub unit: FigureUnit,
    /// The value and its 95 % interval.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureUnit {
    /// A fraction.
    Share,
    /// A difference of fractions.
    ShareDifference,
    /// Currency.
    Money,
    /// Things counted.
    Count,
    /// Anything else.
    Number,
}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$of])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that stands for it in files.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

names! {
    /// The measures, in the order of the report.
    MeasureName {
        /// Customers lost in a period.
        ChurnRate = "churn_rate",
        /// Customers of the period before who bought again.
        RetentionRate = "retention_rate",
        /// Money lost to churn each month.
        RevenueLost = "revenue_lost",
        /// Expected loss of the scored customers.
        ValueAtRisk = "value_at_risk",
        /// What more retention would earn.
        WhatIf = "what_if",
        /// Customer lifetime value.
        LifetimeValue = "lifetime_value",
        /// What became of customers, by where they came from.
        Acquisition = "acquisition",
        /// Net promoter score.
        Nps = "nps",
        /// Mean of ratings.
        Satisfaction = "satisfaction",
        /// Promises kept.
        ServiceLevel = "service_level",
        /// What was left undone.
        Neglect = "neglect",
        /// Why customers left.
        ReasonsForLeaving = "reasons_for_leaving",
        /// What churned customers did or did not do.
        Drivers = "drivers",
        /// Lapsed customers.
        WinBack = "win_back",
        /// Groups of the last plan.
        Groups = "groups",
        /// What the last plan is expected to earn.
        OfferEconomics = "offer_economics",
        /// What past offers did to whom.
        OfferResponse = "offer_response",
    }
}

names! {
    /// The figures of the measures.
    FigureName {
        /// Customers there were at the start.
        CustomersAtStart = "customers_at_start",
        /// Customers lost.
        CustomersLost = "customers_lost",
        /// Share of customers lost.
        ChurnRate = "churn_rate",
        /// By their own choice.
        VoluntaryChurnRate = "voluntary_churn_rate",
        /// By nobody's choice.
        InvoluntaryChurnRate = "involuntary_churn_rate",
        /// Customers of the period before.
        CustomersBefore = "customers_before",
        /// Of them, those who bought again.
        BoughtAgain = "bought_again",
        /// Their share.
        RetentionRate = "retention_rate",
        /// Average spend of a customer in a month.
        MonthlySpend = "monthly_spend",
        /// Revenue lost a month.
        RevenueLost = "revenue_lost_a_month",
        /// Customers who are expected to churn.
        ExpectedChurners = "expected_churners",
        /// Churn probability x value.
        ValueAtRisk = "value_at_risk",
        /// Share of customers who stay through the horizon.
        Retention = "retention",
        /// Profit of a customer who stays.
        ProfitPerRetained = "profit_per_retained",
        /// Customers kept more.
        CustomersKept = "customers_kept",
        /// Profit with the points added.
        Profit = "profit",
        /// What the points add.
        Gain = "gain",
        /// Average order value.
        OrderValue = "order_value",
        /// Orders a year.
        OrdersPerYear = "orders_per_year",
        /// Margin as a share of revenue.
        Margin = "margin",
        /// Average lifetime in years.
        LifetimeYears = "lifetime_years",
        /// The simple lifetime value.
        SimpleClv = "simple_clv",
        /// The lifetime value by forecasts.
        ForecastClv = "forecast_clv",
        /// Expected margin over the period chosen.
        ExpectedMargin = "expected_margin",
        /// What a customer cost to win.
        AcquisitionCost = "acquisition_cost",
        /// Margin so far and by forecasts.
        LifetimeValue = "lifetime_value",
        /// Share who are no customers any more.
        LostSoFar = "lost_so_far",
        /// Share who came for a first-order discount.
        FirstOrderDiscount = "first_order_discount",
        /// Net promoter score.
        Nps = "nps",
        /// Answers of 9 and 10.
        Promoters = "promoters",
        /// Answers of 7 and 8.
        Passives = "passives",
        /// Answers of 0 to 6.
        Detractors = "detractors",
        /// Mean rating.
        SatisfactionIndex = "satisfaction_index",
        /// Share resolved in time.
        KeptInTime = "kept_in_time",
        /// Open past their time.
        Overdue = "overdue",
        /// Open and in time.
        NotDue = "not_due",
        /// Working days to resolve.
        MedianDays = "median_working_days",
        /// Customers it concerns.
        Customers = "customers",
        /// Their share.
        Share = "share",
        /// Value that left.
        ValueLost = "value_lost",
        /// Among those who churned.
        Churned = "churned",
        /// Among those who stayed.
        Stayed = "stayed",
        /// The first minus the second.
        Difference = "difference",
        /// Cohen's h or d.
        EffectSize = "effect_size",
        /// Share of lapsed customers who bought again.
        Returned = "returned",
        /// Mean return probability.
        ReturnProbability = "return_probability",
        /// Return probability x value, summed.
        ExpectedReturn = "expected_return",
        /// Customers to contact.
        Contacted = "contacted",
        /// Customers held out.
        HeldOut = "held_out",
        /// What contacting costs.
        Cost = "cost",
        /// What it is expected to gain.
        ExpectedGain = "expected_gain",
        /// Maximum profit of a customer at the acceptance known.
        Mpc = "mpc",
        /// Its mean over acceptances.
        Empc = "empc",
        /// Uplift from which an offer pays.
        BreakEvenUplift = "break_even_uplift",
        /// Customers with the offer.
        WithOffer = "with_offer",
        /// Customers of the control arm.
        Control = "control",
        /// Predicted uplift.
        PredictedUplift = "predicted_uplift",
        /// Observed uplift.
        ObservedUplift = "observed_uplift",
        /// Qini coefficient.
        Qini = "qini",
    }
}
