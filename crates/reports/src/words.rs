//! The texts of the questions, of cohorts, survival, plan and workbook, beside [`crate::text`]. `{name}` marks a value that is
//! filled in.

use crate::language::WordsInUse;

/// The texts of the language in use.
pub(crate) const W: WordsInUse = WordsInUse;

macro_rules! words {
    ($($key:ident: $text:expr,)*) => {
        /// All of these texts of one language.
        #[derive(Debug)]
        pub(crate) struct Words { $(pub(crate) $key: &'static str,)* }

        /// English.
        pub(crate) const EN: Words = Words { $($key: $text,)* };

        #[cfg(test)]
        impl Words {
            /// Every text with its name.
            pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
                [$((stringify!($key), self.$key),)*].into_iter()
            }
        }
    };
}

words! {
    // Questions
    questions_heading: "Eight questions",
    ask_period: "What is my churn period?",
    ask_worse: "Is churn getting worse?",
    ask_cost: "What does it cost?",
    ask_who: "Who is leaving?",
    ask_why: "Why?",
    ask_segments: "Which segments are profitable and at risk?",
    ask_contact: "Whom should we contact, and what would it earn?",
    ask_trust: "Can I trust the model?",
    say_period: "Nine in ten repeat purchases come within {days} days of the one before; the horizon of this report is {horizon} days, within which {share} of them come.",
    say_no_period: "No customer bought on two days, so the data say nothing about how long customers stay away; the horizon is {horizon} days.",
    say_worse_up: "Yes: {last} of the customers of {date} churned, {before} of those of {earlier}, and the intervals do not overlap.",
    say_worse_down: "No, it is getting better: {last} of the customers of {date} churned, {before} of those of {earlier}, and the intervals do not overlap.",
    say_worse_same: "Not clearly: {last} of the customers of {date} churned, {before} of those of {earlier}; the intervals overlap, so the difference may be chance.",
    say_worse_one: "There is one period with a known outcome, {date}: {last} churned. A trend takes two.",
    say_worse_none: "No period has a known outcome yet.",
    say_cost: "{risk} of value is at risk over {horizon} days{interval}: churn probability times what each customer would bring if they stay.",
    say_cost_interval: " (95 % interval {interval})",
    say_cost_none: "The value at risk could not be computed.",
    say_who: "{expected} of {eligible} eligible customers are expected to churn; {high} stand in the high or critical band.",
    say_who_segment: "The segment that loses most is {segment}: {n} expected.",
    say_why: "Of the {customers} customers at high or critical risk, {n} ({share}) have as their first reason: {reason}.",
    say_why_none: "No customer at high or critical risk has a reason that could be told.",
    say_segments: "To save, valuable and likely to churn: {names}.",
    say_segments_more: "{names} and {n} more",
    say_segments_none: "No segment is both valuable and likely to churn.",
    say_segments_unknown: "No segment has both a churn probability and a value with enough customers behind them.",
    say_contact: "{contacted} customers, by plan {plan}: it costs {cost} and is expected to earn {gain} after costs; {held_out} more are held out to measure it.",
    say_contact_assumed: "What the offers do is assumed, not learnt from campaigns.",
    say_contact_none: "There is no plan yet: declare what can be offered, and what it costs, in [[offers.catalogue]], and run churn plan.",
    say_trust_none: "The model has not been tested.",
    say_trust_few: "Not yet: the test snapshot has {rows} customers and {churners} churners, too few to tell.",
    say_trust_yes: "On {rows} customers it had not seen it ranks better than the simple rules (ROC AUC {auc}), and its probabilities agree with what happened (calibration slope {slope}).",
    say_trust_ranking: "It ranks better than the simple rules on {rows} customers it had not seen (ROC AUC {auc}), but its probabilities are off (calibration slope {slope}): trust the order rather than the size.",
    say_trust_no: "With care: on {rows} customers it had not seen it is not clearly better than {rival} (ROC AUC {auc} against {other}).",

    // Churn period
    gaps_heading: "Churn period",
    gaps_title: "Repeat purchases by days since the purchase before",
    gaps_desc: "Rising curve. Share of repeat purchases that came within so many days:",
    gaps_desc_item: "{share} within {days} days",
    gaps_x: "Days since the purchase before",
    gaps_y: "Share of repeat purchases",
    gaps_horizon: "horizon, {days} days",
    gaps_nine: "nine in ten, {days} days",
    gaps_note: "{count} pauses between purchase days, before the as-of date. A customer who stays away for longer than nearly everybody who came back has probably left. Pauses that are not over are not in it, so the curve is a little too steep.",
    gaps_empty: "No customer bought on two days.",
    gaps_days: "Days",

    // Cost
    cost_heading: "What churn costs",
    cost_title: "Value at risk by segment",
    cost_desc: "Bars, the largest first:",
    bars_desc_item: "{name} {value}",
    cost_note: "Churn probability x value if they stay, summed over the eligible customers of a segment, in {currency}. Segments of fewer than {min} customers are not drawn.",
    cost_empty: "No segment has a value at risk.",

    // Who
    who_heading: "Who is leaving",
    who_title: "Expected churners by segment",
    who_note: "Sum of the churn probabilities of the eligible customers of a segment: a large segment with a small risk may lose more customers than a small one with a large risk. Segments of fewer than {min} customers are not drawn.",
    who_empty: "No segment has enough scored customers.",
    expected: "Expected churners",

    // Why
    why_heading: "Why customers are at risk",
    why_title: "First reasons of customers at high and critical risk",
    why_note: "Each customer is counted once, under what raises their probability most. These are associations, not causes.",
    why_empty: "No customer at high or critical risk has a reason that could be told.",
    reason: "Reason",
    share_of_them: "Share",

    // Plan
    plan_heading: "Whom to contact, and what it would earn",
    plan_title: "Expected profit by number of customers contacted",
    plan_desc: "Curves of the expected profit after costs.",
    plan_desc_item: "{name}: at best {profit} with {customers} customers",
    plan_x: "Customers contacted",
    plan_y: "Expected profit after costs, {currency}",
    plan_by_gain: "by expected gain",
    plan_by_risk: "by churn probability alone",
    plan_here: "the plan, {n}",
    plan_note: "Without budget and limits; the plan itself keeps to them. Where a curve falls, further contacts cost more than they earn; what lies deep in the red is in the table alone. Plan {plan}, as of {as_of}.",
    plan_other_date: "This plan was made as of {as_of}, the report as of {report}: run churn plan again.",
    plan_empty: "There is no plan: declare what can be offered, and what it costs, in [[offers.catalogue]], and run churn plan. Then this place shows the expected profit by number of contacts.",
    plan_no_curve: "The plan has no profit curve.",
    plan_contacts: "To contact",
    plan_held_out: "Held out",
    plan_cost: "Cost",
    plan_gain: "Expected gain",
    plan_profit: "Expected profit",

    // Cohorts
    cohorts_heading: "Cohorts",
    cohorts_title_month: "Share of each cohort that bought again, by months since the first purchase",
    cohorts_title_quarter: "Share of each cohort that bought again, by quarters since the first purchase",
    cohorts_desc: "Heat-map, a row for each cohort. In the first period after the first purchase bought again:",
    cohorts_desc_item: "{share} of {name}",
    cohorts_x_month: "Months since the first purchase",
    cohorts_x_quarter: "Quarters since the first purchase",
    cohorts_y: "First purchase (customers); per cent who bought",
    cohorts_note: "Customers by the period of their first purchase in the export; a cell is the share of them who bought in a later period, whole periods only. Cohorts of fewer than {min} customers are left out.",
    cohorts_older: "Cohorts marked * lie so early in the export that some of their customers may have bought before it begins.",
    cohorts_left_out: "Left out: {n}.",
    cohorts_empty: "No cohort with enough customers has a whole period after it.",
    cohort: "First purchase",

    // Survival
    survival_heading: "How long customers stay",
    survival_title: "Share of customers still there, by days since the first purchase",
    survival_desc: "Falling curve with a 95 % band.",
    survival_desc_item: "{share} after {days} days",
    survival_x: "Days since the first purchase",
    survival_y: "Still customers, with 95 % interval",
    survival_silence: "Kaplan–Meier estimate of {customers} customers with a first purchase from {from} on, {left} of whom left. A customer leaves when {days} days have passed without a purchase, and is counted once, even if they come back later; that is why nobody leaves in the first {days} days. Interval by Greenwood, on the log-log scale.",
    survival_departure: "Kaplan–Meier estimate of {customers} customers with a first purchase from {from} on, {left} of whom departed in a way that counts as churn; other departures end the time without counting. Interval by Greenwood, on the log-log scale.",
    survival_median: "Half of the customers have left after {days} days{interval}.",
    survival_median_interval: " (95 % interval {interval})",
    survival_median_from: "{low} and more",
    survival_no_median: "After {days} days, the longest that was seen, more than half are still customers.",
    survival_empty: "Too few customers whose first purchase is known for certain.",
    at_risk_then: "Customers seen",
    still_there: "Still customers",

    // Campaign
    campaign_heading: "What past offers did",


    // Since the other run, and the watch on the model
    since_heading: "Since the other run",
    monitor_heading: "Drift: the watch on the model",
    since_short: "Since {date}: {parts}{model}.",
    since_other_model: "; another model scored",
    since_up: "{name} up from {before} to {now}",
    since_down: "{name} down from {before} to {now}",
    since_unchanged: "{name} unchanged at {now}",
    since_value_at_risk: "value at risk",
    since_churners: "expected churners",
    since_probability: "mean probability",
    since_runs: "As of {as_of}, model {model}, beside the run as of {before}, model {model_before}.",
    since_figures: "Figures of both runs",
    since_figure: "Figure",
    since_before: "Before",
    since_now: "Now",
    since_change: "Change",
    since_band_heading: "Who entered and left the high band",
    since_band_said: "{entered} {entered|customer|customers} entered the high band (a churn probability of high or critical), {left} left it. They are listed in report-compare.csv.",
    since_band: "The high band",
    since_number: "Number",
    since_in_before: "in it before",
    since_in_both: "in it in both runs",
    since_rose: "entered: scored before, risk rose",
    since_came: "entered: not scored before",
    since_fell: "left: risk fell",
    since_went: "left: no longer scored (lapsed or left)",
    since_in_now: "in it now",
    since_why_heading: "Why the mean probability moved",
    since_parts: "Parts of the change, which add up",
    since_part: "Part",
    since_points: "Points",
    since_leaving: "customers who are no longer scored",
    since_data: "what the same customers did",
    since_model: "the other model, for the same customers",
    since_entering: "customers who were not scored before",
    since_eligible: "Scored customers",
    since_in_high_band: "Customers in the high band",
    since_mean_probability: "Mean churn probability",
    since_customers_before: "Customers before",
    since_customers_now: "Customers now",
    since_probability_before: "Probability before",
    since_probability_now: "Probability now",
    since_risk_before: "Value at risk before",
    since_risk_now: "Value at risk now",
    since_few: "too few",
    since_not_known: "not known",
    since_segments_heading: "Which segments moved",
    since_segments: "Segments, those whose value at risk ({currency}) moved most first",
    monitor_said: "churn monitor looked at the data through {as_of} and at model {model}:",
    monitor_no_alarm: "no alarm",
    monitor_alarms: "{n} {n|alarm|alarms}",
    monitor_others: ", {fine} {fine|check|checks} without one, {not} not made.",
    monitor_other_date: "These scores are as of {as_of}: run churn monitor again.",
    monitor_todo: "What to do: {what}.",
    monitor_all: "All checks",
    monitor_check: "Check",
    monitor_state: "State",
    monitor_found: "What was found",
    monitor_ok: "ok",
    monitor_alarm: "alarm",
    monitor_not_checked: "not checked",
    monitor_features: "Features against training",
    monitor_psi: "PSI is the population stability index. There is no fixed limit: what is usual is what earlier stretches of the same length showed.",
    monitor_features_caption: "Features, those that moved most first",
    monitor_psi_now: "PSI now",
    monitor_psi_usual: "usual PSI",
    monitor_psi_same: "PSI same day",
    monitor_typical_training: "typical in training",
    monitor_typical_now: "typical now",

    // Workbook
    sheet_summary: "Summary",
    sheet_segments: "Segments",
    sheet_customers: "Customers",
    sheet_deciles: "Deciles",
    sheet_cohorts: "Cohorts",
    sheet_plan: "Plan",
    sheet_dictionary: "Dictionary",
    what: "What",
    value: "Value",
    low_95: "Low (95 %)",
    high_95: "High (95 %)",
    question: "Question",
    answer: "Answer",
    book_split: "The customers do not fit on one sheet of Excel (1,048,576 rows): they stand on {n} sheets, {first} to {last}, those with the most value at risk first.",
    book_plan_split: "The plan does not fit on one sheet of Excel (1,048,576 rows): it stands on {n} sheets.",
    book_cut: "{n} texts were longer than a cell of Excel can be (32,767 characters) and were cut; they end in an ellipsis.",
    book_marks: "{n} texts had characters that a workbook cannot hold; each of these stands as \u{fffd}.",
    book_order: "Customers are sorted by value at risk. Every text is a text: nothing in this workbook is a formula.",
    chart_risk: "Value at risk by segment",
    chart_gains: "Churners found, riskiest customers first",
    chart_calibration: "Observed against predicted churn",
    chart_months: "Churn rate by as-of date",
    chart_bands: "Eligible customers by risk band",
    chart_profit: "Expected profit by customers contacted",
    random_order: "random order",
    dictionary_sheet: "Sheet",
    dictionary_column: "Column",
    dictionary_means: "Meaning",
}
