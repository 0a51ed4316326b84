//! When and how often the customer buys.

use super::feature;
use crate::expression::{Attribute, Calendar, Expression};
use crate::feature::Family::{Cadence, Channel, Frequency, Recency, Seasonality, Tenure, Timing, Trend};
use crate::feature::Transform::{Identity, Log1p};
use crate::feature::{Feature, Unit};
use crate::measure::Aggregate::{Count, DaysSinceFirst, DaysSinceLast, Distinct, Max, Mean, Median, Std, TopShare};
use crate::measure::{Column, Condition, Label, Rows};
use crate::window::Window;
use crate::window::Window::AllTime;

/// Days by which a customer's pace is shrunk: as if each had been watched that much longer without a purchase. A quarter
/// is short beside the tenure of customers whose pace is known, and long beside that of those who came yesterday.
pub(super) const PACE_PRIOR_DAYS: f64 = 90.0;

/// A customer whose first purchase lies within so many days of the first day that can be seen may have bought before it.
const FIRST_DAYS: f64 = 30.0;

pub(super) fn purchases(window: Window) -> Expression {
    Rows::Purchases.get(Count, window)
}

pub(super) fn recency() -> Expression {
    Rows::Purchases.get(DaysSinceLast, AllTime)
}

pub(super) fn tenure() -> Expression {
    Rows::Purchases.get(DaysSinceFirst, AllTime)
}

fn gap_mean() -> Expression {
    Rows::Purchases.get(Mean(Column::Gap), AllTime)
}

fn gap_std() -> Expression {
    Rows::Purchases.get(Std(Column::Gap), AllTime)
}

/// `ln((1 + now) / (1 + before))`.
pub(super) fn trend(now: Expression, before: Expression) -> Expression {
    ((now + 1.0) / (before + 1.0)).ln()
}

/// The least-squares slope, per step, of what `of` says of six windows of 30 days, the oldest first.
pub(super) fn slope_of_six_months(of: impl Fn(Window) -> Expression) -> Expression {
    // Positions -2.5, -1.5 .. 2.5 around their mean; their squares add up to 17.5.
    let month = |position: u16| of(Window::Days { from: 30 * (6 - position), to: 30 * (5 - position) });
    let weighted = |position: u16| month(position) * ((f64::from(position) - 2.5) / 17.5);
    (1..6).fold(weighted(0), |sum, position| sum + weighted(position))
}

pub(super) fn features() -> Vec<Feature> {
    [rhythm(), counts(), places_and_times()].into_iter().flatten().collect()
}

fn rhythm() -> Vec<Feature> {
    vec![
        feature("recency_days", (Recency, Unit::Days, Log1p), recency(), "Days since the last purchase"),
        feature("tenure_days", (Tenure, Unit::Days, Log1p), tenure(), "Days since the first purchase"),
        feature(
            "days_since_signup",
            (Tenure, Unit::Days, Log1p),
            Expression::Customer(Attribute::DaysSinceSignup),
            "Days since the customer signed up; missing where that is not known",
        ),
        feature(
            "left_censored",
            (Tenure, Unit::Flag, Identity),
            tenure().greater_than(Expression::Calendar(Calendar::HistoryDays) - FIRST_DAYS),
            "1 where the first purchase lies within 30 days of the first day that can be seen, so that there may be earlier ones",
        ),
        feature(
            "gap_mean_days",
            (Cadence, Unit::Days, Log1p),
            gap_mean(),
            "Mean number of days between purchases; missing below two purchases",
        ),
        feature(
            "gap_mean_missing",
            (Cadence, Unit::Flag, Identity),
            gap_mean().missing(),
            "1 for customers with a single purchase",
        ),
        feature(
            "gap_std_days",
            (Cadence, Unit::Days, Log1p),
            gap_std(),
            "Standard deviation of the days between purchases; missing below three purchases",
        ),
        feature(
            "gap_std_missing",
            (Cadence, Unit::Flag, Identity),
            gap_std().missing(),
            "1 for customers with fewer than three purchases",
        ),
        feature(
            "gap_median_days",
            (Cadence, Unit::Days, Log1p),
            Rows::Purchases.get(Median(Column::Gap), AllTime),
            "Median number of days between purchases; missing below two purchases",
        )
        .described(),
        feature(
            "gap_max_days",
            (Cadence, Unit::Days, Log1p),
            Rows::Purchases.get(Max(Column::Gap), AllTime),
            "Longest number of days between two purchases; missing below two purchases",
        )
        .described(),
        feature(
            "gap_variation",
            (Cadence, Unit::Ratio, Identity),
            gap_std() / gap_mean(),
            "Standard deviation of the days between purchases over their mean: 0 for a clockwork, 1 for purchases at random times; missing below three purchases, and where all came at one moment",
        )
        .described(),
        feature(
            "gap_burstiness",
            (Cadence, Unit::Ratio, Identity),
            (gap_std() - gap_mean()) / (gap_std() + gap_mean()),
            "Burstiness of the purchases (Goh and Barabasi 2008): -1 for a clockwork, 0 for random times, towards 1 for bursts; missing below three purchases, and where all came at one moment",
        )
        .described(),
        feature(
            "recency_over_gap",
            (Cadence, Unit::Ratio, Log1p),
            recency() / gap_mean().at_least(1.0),
            "Days since the last purchase over the customer's mean number of days between purchases; missing below two purchases",
        ),
        feature(
            "recency_over_median_gap",
            (Cadence, Unit::Ratio, Log1p),
            recency() / Rows::Purchases.get(Median(Column::Gap), AllTime).at_least(1.0),
            "Days since the last purchase over the customer's median number of days between purchases; missing below two purchases",
        )
        .described(),
        feature(
            "overdue",
            (Cadence, Unit::Flag, Identity),
            recency().greater_than(Rows::Purchases.get(Max(Column::Gap), AllTime)),
            "1 where the silence since the last purchase is longer than any between two purchases before; missing below two purchases",
        )
        .described(),
        feature(
            "expected_since_last",
            (Cadence, Unit::Count, Log1p),
            purchases(AllTime) * recency() / (tenure() + PACE_PRIOR_DAYS),
            "Purchases to be expected since the last one at the customer's own pace, which is shrunk by 90 days",
        ),
        // With n purchases at a constant pace, the logarithm of how much more likely the silence since the last one is if
        // the customer has left: the term that decides P(alive) in BG/NBD (Fader, Hardie & Lee 2005, Marketing Science
        // 24:275), with a prior that needs no fitting.
        feature(
            "silence_evidence",
            (Cadence, Unit::Ratio, Identity),
            purchases(AllTime) * ((tenure() + PACE_PRIOR_DAYS) / (tenure() - recency() + PACE_PRIOR_DAYS)).ln(),
            "How strongly the silence since the last purchase speaks for having left, given the customer's own pace: number of purchases times ln((tenure + 90) / (tenure at the last purchase + 90))",
        ),
    ]
}

fn counts() -> Vec<Feature> {
    let count = |name: &str, window: Window, description: &str| {
        feature(name, (Frequency, Unit::Count, Log1p), purchases(window), description)
    };
    vec![
        count("frequency", AllTime, "Number of purchases"),
        feature(
            "purchase_days",
            (Frequency, Unit::Count, Log1p),
            Rows::Purchases.get(Distinct(Label::Day), AllTime),
            "Number of days with a purchase",
        )
        .described(),
        feature(
            "purchase_rate",
            (Frequency, Unit::PerMonth, Log1p),
            purchases(AllTime) * 30.0 / tenure().at_least(30.0),
            "Purchases per 30 days since the first purchase; the first 30 days count as 30",
        ),
        count("purchases_30d", Window::last(30), "Purchases in the last 30 days"),
        count("purchases_30d_before", Window::before_last(30), "Purchases in the 30 days before the last 30 days"),
        count("purchases_90d", Window::last(90), "Purchases in the last 90 days"),
        count("purchases_90d_before", Window::before_last(90), "Purchases in the 90 days before the last 90 days"),
        count("purchases_180d", Window::last(180), "Purchases in the last 180 days").described(),
        count("purchases_365d", Window::last(365), "Purchases in the last 365 days").described(),
        feature(
            "purchases_trend_30d",
            (Trend, Unit::Ratio, Identity),
            trend(purchases(Window::last(30)), purchases(Window::before_last(30))),
            "Purchases in the last 30 days against the 30 days before, as ln((1 + now) / (1 + before))",
        )
        .described(),
        feature(
            "purchases_trend_90d",
            (Trend, Unit::Ratio, Identity),
            trend(purchases(Window::last(90)), purchases(Window::before_last(90))),
            "Purchases in the last 90 days against the 90 days before, as ln((1 + now) / (1 + before))",
        ),
        feature(
            "purchases_slope_180d",
            (Trend, Unit::PerMonth, Identity),
            slope_of_six_months(purchases),
            "Least-squares slope of the numbers of purchases in the last six stretches of 30 days, per stretch",
        )
        .described(),
    ]
}

fn places_and_times() -> Vec<Feature> {
    let a_year_ago = Window::Days { from: 365, to: 275 };
    let weekend = Rows::Purchases.get_where(Condition::Weekend, Count, AllTime);
    vec![
        feature(
            "weekend_share",
            (Timing, Unit::Share, Identity),
            weekend / purchases(AllTime),
            "Share of purchases on Saturdays and Sundays",
        ),
        feature(
            "weekday_top_share",
            (Timing, Unit::Share, Identity),
            Rows::Purchases.get(TopShare(Label::Weekday), AllTime),
            "Share of purchases on the customer's most frequent day of the week",
        )
        .described(),
        feature(
            "purchases_season_last_year",
            (Seasonality, Unit::Count, Log1p),
            purchases(a_year_ago).covered(365),
            "Purchases in the 90 days that began a year before the as-of date; missing where the history is shorter",
        )
        .described(),
        feature(
            "season_share",
            (Seasonality, Unit::Share, Identity),
            (purchases(a_year_ago) / purchases(Window::last(365))).covered(365),
            "Share of last year's purchases that fall into the 90 days that began a year before the as-of date; missing without purchases or with a shorter history",
        )
        .described(),
        feature(
            "as_of_year_cosine",
            (Seasonality, Unit::Ratio, Identity),
            Expression::Calendar(Calendar::YearCosine),
            "Cosine of the as-of date's place in the year, 1 on 1 January: the same for all customers",
        )
        .described(),
        feature(
            "as_of_year_sine",
            (Seasonality, Unit::Ratio, Identity),
            Expression::Calendar(Calendar::YearSine),
            "Sine of the as-of date's place in the year, 1 at the beginning of April: the same for all customers",
        )
        .described(),
        feature(
            "channels",
            (Channel, Unit::Count, Log1p),
            Rows::Purchases.get(Distinct(Label::Channel), AllTime),
            "Number of channels the customer bought through",
        ),
        feature(
            "channel_top_share",
            (Channel, Unit::Share, Identity),
            Rows::Purchases.get(TopShare(Label::Channel), AllTime),
            "Share of the purchases with a channel that came through the customer's most frequent one; missing where none has one",
        ),
        feature(
            "channel_top_share_90d",
            (Channel, Unit::Share, Identity),
            Rows::Purchases.get(TopShare(Label::Channel), Window::last(90)),
            "The same of the last 90 days; missing without such purchases",
        )
        .described(),
    ]
}
