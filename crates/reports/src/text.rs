//! Every text of the pages in English, in one place; [`crate::language`] has the same in other languages, and a language that
//! lacks one does not compile. `{name}` marks a value that is filled in, `{name|day|days}` a word that is counted by it: its
//! forms in the order of [`form`].

use crate::language::{InUse, current, form};
use crate::view::Group;

/// The texts of the language in use.
pub(crate) const T: InUse = InUse;

macro_rules! catalogue {
    ($($key:ident: $text:expr,)*) => {
        /// All texts of one language.
        #[derive(Debug)]
        pub(crate) struct Texts { $(pub(crate) $key: &'static str,)* }

        /// English.
        pub(crate) const EN: Texts = Texts { $($key: $text,)* };

        #[cfg(test)]
        impl Texts {
            /// Every text with its name.
            pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
                [$((stringify!($key), self.$key),)*].into_iter()
            }
        }
    };
}

impl Texts {
    /// Name of a group of segments.
    pub(crate) const fn group(&self, group: Group) -> &'static str {
        match group {
            Group::Save => self.save,
            Group::Protect => self.protect,
            Group::Grow => self.grow,
            Group::LetGo => self.let_go,
        }
    }

    /// What to do with a group of segments.
    pub(crate) const fn group_action(&self, group: Group) -> &'static str {
        match group {
            Group::Save => self.save_action,
            Group::Protect => self.protect_action,
            Group::Grow => self.grow_action,
            Group::LetGo => self.let_go_action,
        }
    }

    /// The same in a few words, for the chart.
    pub(crate) const fn group_brief(&self, group: Group) -> &'static str {
        match group {
            Group::Save => self.save_brief,
            Group::Protect => self.protect_brief,
            Group::Grow => self.grow_brief,
            Group::LetGo => self.let_go_brief,
        }
    }
}

/// `template` with each `{key}` replaced by its value, and each `{key|one|other}` by the form that goes with the value. Values
/// are not looked into: braces inside them stay.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((key, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let mut parts = key.split('|');
        let key = parts.next().unwrap_or_default();
        let forms: Vec<&str> = parts.collect();
        match values.iter().find(|(name, _)| *name == key) {
            Some((_, value)) if forms.is_empty() => out.push_str(value),
            Some((_, number)) => out.push_str(form(current(), number, &forms)),
            None => {
                debug_assert!(false, "no value for {{{key}}} in {template:?}");
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

catalogue! {
    // Page
    page_title: "{project}: churn by segment, {as_of}",
    report_name: "Churn by segment",
    contents: "Contents",
    data_table: "Data table",
    footer: "This file is complete in itself: it loads nothing and sends nothing. The numbers are also in report.json.",
    interval: "{low} to {high}",
    interval_95: "95 % interval {interval}",
    interval_heading: "95 % interval",
    million: "million",

    // Header
    as_of: "As-of date",
    horizon: "Horizon",
    days: "{n} {n|day|days}",
    days_after_lead: "{n} {n|day|days}, from {lead} {lead|day|days} after the as-of date",
    churn_means: "Churn means",
    model_version: "Model",
    currency: "Currency",

    // Summary
    summary_heading: "Summary",
    warnings_heading: "Before you use these numbers",
    expected_churners: "Expected churners",
    value_at_risk: "Value at risk",
    mean_probability: "Mean churn probability",
    customers_by_state: "Customers",
    state_eligible: "eligible, scored",
    state_lapsed: "lapsed",
    state_new: "new",
    verdict_heading: "Can the model be trusted?",
    no_verdict: "The model has not been compared with anything.",
    bands_heading: "Eligible customers by risk band",
    band: "Risk band",
    band_low: "Low",
    band_medium: "Medium",
    band_high: "High",
    band_critical: "Critical",
    share: "Share",

    // Map of segments
    map_heading: "Value against churn",
    map_intro: "Segments by {segment_by}. A segment is likely to churn from a mean churn probability of {p}, and valuable from {value} ({label}).",
    map_empty: "No segment has both a churn probability and a value per customer with enough customers behind them.",
    map_area: "The area of a bubble is proportional to the customers of the segment; the largest stands for {n}.",
    map_left_out: "Shown are the first segments of the table of segments; {n} more ({customers} customers) are only in the table.",
    map_unknown: "Not shown, because a number is missing or rests on fewer than {min} customers: {n}.",
    map_numbers: "Numbers in the chart:",
    map_caption: "Value against churn by segment. Value: {label}",
    bubble_title: "Value per customer against churn probability, by segment",
    bubble_desc: "Bubble chart. To the right segments are likelier to churn, further up a customer is worth more.",
    bubble_desc_item: "{name}: {p}, {value}, {group}",
    churn_probability_axis: "Mean churn probability",
    protect: "Protect",
    protect_action: "Valuable and likely to stay: keep the service as it is, and spend no discounts here.",
    protect_brief: "keep the service, no discounts",
    save: "Save",
    save_action: "Valuable and likely to churn: contact first, wherever an offer earns more than it costs.",
    save_brief: "contact first, if an offer pays",
    grow: "Grow",
    grow_action: "Likely to stay, of little value yet: sell more rather than retain.",
    grow_brief: "sell more, not retain",
    let_go: "Let go",
    let_go_action: "Likely to churn and of little value: let go where no offer pays for itself.",
    let_go_brief: "only offers that pay",

    // Table of segments
    segments_heading: "Segments",
    segments_caption: "Segments by {segment_by}. Value: {label}, in {currency}",
    segments_empty: "There are no segments.",
    segments_note: "Observed churn: last labelled period, with its 95 % Wilson interval. Rates and averages of fewer than {min} customers are not shown.",
    segments_total: "Value at risk of all segments: {total}.",
    segments_no_share: "Shares of the value at risk are not shown: it is missing or negative in at least one segment, or nothing is at risk.",
    segment: "Segment",
    customers: "Customers",
    eligible: "Eligible",
    observed_churn: "Observed churn",
    predicted_churn: "Predicted churn",
    value_per_customer: "Value per customer",
    share_at_risk: "Share of value at risk",
    top_reason: "Top reason",
    group_heading: "Group",
    action_heading: "What to do",
    quadrants_caption: "The four groups",
    group_segments: "Segments",
    few_customers: "fewer than {n} {n|customer|customers}",

    // Months
    months_heading: "Churn rate over time",
    months_title: "Observed churn rate by as-of date",
    months_desc: "Line chart with a 95 % band, {n} rates: {from} at {first}, {to} at {last}.",
    months_empty: "No period has a known outcome yet.",
    months_note: "Each rate counts the customers eligible at its as-of date who churned in the {days} days that follow. Where these periods overlap, neighbouring rates share part of their data.",
    as_of_axis: "As-of date",
    churn_rate_axis: "Churn rate, with 95 % interval",
    customers_at_start: "Customers at start",
    churned: "Churned",
    churn_rate: "Churn rate",
    rising: "The churn rate rose in each of the last {n} periods, from {from} ({first}) to {to} ({last}).",
    rising_clear: "The intervals of the first and the last rate do not overlap: chance alone is an unlikely cause.",
    rising_unsure: "The intervals of the first and the last rate overlap: chance may be the cause.",

    // Quality
    quality_heading: "Model quality",
    quality_empty: "The model has not been tested.",
    quality_intro: "Test snapshot of {as_of}: churn from {from} to before {until}, {rows} rows, {churners} churners ({rate}). The model did not see these rows before.",
    metrics_caption: "Model and baselines on the same test rows, each value with its 95 % interval",
    metrics_empty: "No model was measured.",
    metric: "Metric",
    roc_auc: "ROC AUC (0.5 is chance, 1 is best)",
    average_precision: "Average precision (higher is better)",
    lift_at_10: "Lift at 10 % (1 is chance)",
    log_loss: "Log loss (lower is better)",
    brier: "Brier score (lower is better)",
    brier_skill: "Brier skill (0 is no better than the churn rate)",
    ece: "Calibration error (lower is better)",
    calibration_slope: "Calibration slope (1 is best)",
    calibration_intercept: "Calibration intercept (0 is best)",
    role_model: "this model",
    role_champion: "champion",
    role_baseline: "baseline",
    lift_heading: "Lift",
    lift_caption: "Churners among the riskiest customers",
    lift_empty: "Lift was not computed.",
    lift_ceiling: "On these rows no model could reach a lift at 10 % above {ceiling}.",
    riskiest: "Riskiest",
    churners: "Churners",
    lift: "Lift",
    captured: "Share of all churners",
    few_data: "The test snapshot is too small for gains and calibration curves: they would show chance, not the model. Collect more labelled customers.",
    gains_heading: "Cumulative gains",
    gains_title: "Cumulative gains on the test snapshot",
    gains_desc: "Line chart. Share of churners found among the riskiest 20 % of customers:",
    gains_desc_item: "{name} {captured}",
    gains_x: "Share of customers, riskiest first",
    gains_y: "Share of churners found",
    gains_note: "The further a curve rises above the dashed line, the more churners are found with the same number of contacts.",
    gains_empty: "Gains were not computed.",
    random: "random order",
    calibration_heading: "Calibration",
    calibration_title: "Observed against predicted churn on the test snapshot",
    calibration_desc: "Points with 95 % intervals.",
    calibration_desc_item: "predicted {predicted}, observed {observed}",
    calibration_x: "Predicted churn probability",
    calibration_y: "Observed churn rate",
    calibration_key: "observed, 95 % interval",
    calibration_perfect: "as predicted",
    calibration_note: "Bins: {binning}. Above the dashed line more customers churned than predicted, below it fewer.",
    calibration_empty: "Calibration was not computed.",
    mean_prediction: "Mean prediction",
    rows: "Rows",
    histogram_title: "Predictions on the test snapshot",
    histogram_desc: "Histogram. Predictions lie between {low} and {high}; the most frequent are {from} to {to}, with {rows} rows.",
    histogram_y: "Rows",
    prediction: "Prediction",

    // Drivers
    drivers_heading: "What drives the score",
    drivers_empty: "The model has no drivers to show.",
    drivers_intro: "Odds ratio: what one standard deviation more of a feature does to the odds of churn, the other features unchanged. These are associations in past data: they say whom to look at, not what a change would cause.",
    drivers_note: "The strongest drivers; all of them are listed below.",
    drivers_all: "All {count} features, by family",
    drivers_title: "The strongest drivers of churn",
    drivers_desc: "Odds ratios with 95 % intervals, the strongest first:",
    drivers_desc_item: "{feature} {ratio}",
    drivers_x: "Odds ratio per standard deviation (logarithmic scale)",
    drivers_less: "less churn",
    drivers_more: "more churn",
    feature: "Feature",
    odds_ratio: "Odds ratio",
    in_words: "In words",
    odds_up: "raises the odds of churn by {change}",
    odds_down: "lowers the odds of churn by {change}",
    odds_times: "multiplies the odds of churn by {ratio}",
    odds_same: "leaves the odds of churn as they are",
    odds_unsure: "the interval includes no effect",

    // Method
    method_heading: "Data and method",
    rows_read: "Rows read",
    rows_rejected: "Rows rejected",
    first_date: "Oldest row",
    last_date: "Newest row",
    complete_through: "First day not complete",
    no_rejects: "No row was rejected.",
    rejects_caption: "Rejected rows by code",
    code: "Code",
    meaning: "Meaning",
    slices_caption: "Slices of the labelled data",
    slice: "Slice",
    first_as_of: "First as-of date",
    last_as_of: "Last as-of date",
    snapshots: "Snapshots",
    model_card: "Model card",

    // Backtest
    backtest_page_title: "{project}: backtest",
    backtest_name: "Backtest",
    backtest_footer: "This file is complete in itself: it loads nothing and sends nothing. The numbers are also in backtest.csv.",
    backtest_as_of_dates: "As-of dates",
    backtest_dates: "{n} from {first} to {last}",
    backtest_no_dates: "No date was tested.",
    backtest_every: "Distance of the dates",
    backtest_verdict_heading: "Would it have worked?",
    backtest_intro: "At each date a model was trained as it would have been on that day, from what was known then, and tested on the customers who were eligible and on what they did next.",
    backtest_charts_heading: "Over the dates",
    over_dates_desc: "Line chart with 95 % intervals.",
    over_dates_desc_item: "{name} {from} at {first}, {to} at {last}",
    backtest_auc_title: "ROC AUC by as-of date",
    backtest_auc_axis: "ROC AUC, with 95 % interval",
    backtest_auc_note: "Higher is better; 0.5 is chance. The churn rate alone ranks nobody and is not drawn.",
    backtest_loss_title: "Log loss by as-of date",
    backtest_loss_axis: "Log loss, with 95 % interval",
    backtest_loss_note: "Lower is better. Dates differ in how many customers churned, so compare models at one date rather than dates with each other.",
    backtest_slope_title: "Calibration slope by as-of date",
    backtest_slope_axis: "Calibration slope, with 95 % interval",
    backtest_slope_ideal: "as predicted",
    backtest_slope_note: "Below 1 the predictions are too extreme, above 1 too timid.",
    backtest_tests_heading: "Tests",
    backtest_tests_caption: "The model at each date, each value with its 95 % interval",
    backtest_until: "Churn counted until",
    backtest_auc: "ROC AUC",
    backtest_loss: "Log loss",
    backtest_slope: "Calibration slope",
    backtest_lift: "Lift at 10 %",
    backtest_skipped_heading: "Not tested",
    backtest_skipped_caption: "Without a model, and why; they are in no number of this page",
    backtest_reason: "Reason",
    backtest_of: "Of",
    backtest_notes: "Notes of the trainings and tests",
    backtest_note: "Note",
    backtest_together_heading: "All dates together",
    backtest_means_caption: "Means over the dates, each date counting the same",
    backtest_pooled_caption: "The rows of all dates as one sample, each value with its 95 % interval",
    backtest_pooled_note: "{customers} different customers; those who were tested at several dates are resampled with all their rows. What all customers of a date have in common, such as a season, is not in the intervals: see how the dates differ. In one sample, rows of all dates are ranked together, although each date has a model of its own: the ROC AUC then also says how well the models knew which dates would see more churn. The means over the dates are free of that.",
    backtest_horizons_heading: "Other horizons",
    backtest_horizons_caption: "Models for other horizons, all tested as of {as_of}, each value with its 95 % interval",
    backtest_declared: "{days} (the project's)",
    backtest_loss_gain: "Log loss less that of the churn rate",
    backtest_overlap: "Same customers in the riskiest 10 %",
    backtest_spearman: "Rank correlation",
    backtest_horizons_note: "Overlap and rank correlation compare with the ranking by the project's horizon. Two rankings without anything in common share 10 % of the riskiest tenth by chance. Log losses of two horizons cannot be compared, since other customers churn.",

    // Retention measures
    period_month: "By month",
    period_quarter: "By quarter",
    period_year: "The last 365 days",
    period_label_window: "The last label window",
    measures_heading: "Retention measures",
    measures_intro: "Every figure, by month, quarter and segment, is in report-measures.csv and report.json. Figures of cells with fewer than {min} customers are not shown. Below a value stands its 95 % interval.",
    measures_none: "There are no retention measures in this report.",
    measures_by: "By {column}",
    measures_by_in: "By {column}, {period}",
    measures_all: "All customers",
    measures_withheld: "too few ({n})",
    measures_not_given: "Not given",
    measures_behind: "Rests on",
    measures_period: "Period",
    measures_customers: "Customers",
    measures_item: "Of",
    measures_attention: "needs attention",
    uplift_title: "Uplift by tenth of the prediction, by offer",
    uplift_axis: "Uplift (difference of shares retained), with 95 % interval",
    uplift_x: "Tenth of the predicted uplift, the highest first",
    uplift_zero: "no effect",
    uplift_desc: "Observed uplift of each offer by tenth of the predicted uplift, with 95 % intervals:",
    uplift_desc_item: "{name} {from} in tenth {first}, {to} in tenth {last}",
    uplift_note: "Marks are observed on rows held out. Where they fall from left to right, the prediction knows for whom the offer works; where all intervals hold 0, nothing was shown.",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_but_not_looked_into() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("no value", &[]), "no value");
        assert_eq!(fill("{n} {n|day|days}", &[("n", "1")]), "1 day");
        assert_eq!(fill("{n} {n|day|days}", &[("n", "1,234")]), "1,234 days");
    }
}
