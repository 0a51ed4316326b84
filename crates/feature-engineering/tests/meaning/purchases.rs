//! The meaning of every feature of purchases, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::numbers::{against, flag, largest, mean, median, ratio, slope, spread, top_share};
use super::seen::{Bill, Moment, Seen, at_the_edge, days};
use crate::common::random::DAY;
use history::Returns;

/// Rows from `from` days before the as-of date (included) to `to` days before it (excluded).
pub fn within<T: Moment + Clone>(seen: &Seen<'_>, rows: &[T], from: i64, to: i64) -> Vec<T> {
    let as_of = seen.sight.as_of;
    rows.iter().filter(|row| row.at() >= as_of - from * DAY && row.at() < as_of - to * DAY).cloned().collect()
}

fn months<T: Moment + Clone>(seen: &Seen<'_>, rows: &[T], of: impl Fn(&[T]) -> f64) -> f64 {
    let values: Vec<f64> = (0..6).rev().map(|n| of(&within(seen, rows, 30 * (n + 1), 30 * n))).collect();
    slope(&values)
}

fn sum(bills: &[Bill], of: impl Fn(&Bill) -> i64) -> f64 {
    bills.iter().map(of).sum::<i64>() as f64 / 100.0
}

/// 0 Monday to 6 Sunday.
pub fn weekday(at: i64) -> i64 {
    (at.div_euclid(DAY) + 3).rem_euclid(7)
}

/// The value of a feature; `None` where the name is none of these.
pub fn value(seen: &Seen<'_>, name: &str) -> Option<f64> {
    rhythm(seen, name).or_else(|| counts(seen, name)).or_else(|| money(seen, name)).or_else(|| baskets(seen, name))
}

fn rhythm(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let moments: Vec<i64> = seen.bought.iter().map(|order| order.at).collect();
    let gaps: Vec<f64> = moments.windows(2).map(|two| days(two[1] - two[0])).collect();
    let since = |at: Option<&i64>| at.map_or(f64::NAN, |at| days(seen.sight.as_of - at));
    let (recency, tenure, n) = (since(moments.last()), since(moments.first()), moments.len() as f64);
    let (gap, deviation) = (mean(&gaps), spread(&gaps));
    Some(match name {
        "recency_days" => recency,
        "tenure_days" => tenure,
        "frequency" => n,
        "left_censored" if moments.is_empty() => f64::NAN,
        "left_censored" => flag(moments[0] < seen.first_day + 30 * DAY),
        "gap_mean_days" => gap,
        "gap_mean_missing" => flag(n < 2.0),
        "gap_std_days" => deviation,
        "gap_std_missing" => flag(n < 3.0),
        "gap_median_days" => median(&gaps),
        "gap_max_days" => largest(&gaps),
        "gap_variation" => ratio(deviation, gap),
        "gap_burstiness" => ratio(deviation - gap, deviation + gap),
        "recency_over_gap" | "recency_over_median_gap" | "overdue" if gaps.is_empty() => f64::NAN,
        "recency_over_gap" => recency / gap.max(1.0),
        "recency_over_median_gap" => recency / median(&gaps).max(1.0),
        "overdue" => flag(gaps.iter().all(|gap| recency > *gap)),
        "expected_since_last" => n / (tenure + 90.0) * recency,
        "silence_evidence" => n * ((tenure + 90.0).ln() - (tenure - recency + 90.0).ln()),
        "purchase_rate" => n / (tenure.max(30.0) / 30.0) + 0.0 * tenure,
        "purchase_days" => moments.iter().map(|at| at.div_euclid(DAY)).collect::<BTreeSet<i64>>().len() as f64,
        "weekend_share" => ratio(moments.iter().filter(|at| weekday(**at) >= 5).count() as f64, n),
        "weekday_top_share" => top_share(moments.iter().map(|at| weekday(*at))),
        _ => return None,
    })
}

fn counts(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let count = |from, to| within(seen, &seen.bought, from, to).len() as f64;
    let covered = seen.sight.as_of - seen.first_day >= 365 * DAY;
    Some(match name {
        "purchases_30d" => count(30, 0),
        "purchases_30d_before" => count(60, 30),
        "purchases_90d" => count(90, 0),
        "purchases_90d_before" => count(180, 90),
        "purchases_180d" => count(180, 0),
        "purchases_365d" => count(365, 0),
        "purchases_trend_30d" => against(count(30, 0), count(60, 30)),
        "purchases_trend_90d" => against(count(90, 0), count(180, 90)),
        "purchases_slope_180d" => months(seen, &seen.bought, |month| month.len() as f64),
        "purchases_season_last_year" | "season_share" if !covered => f64::NAN,
        "purchases_season_last_year" => count(365, 275),
        "season_share" => ratio(count(365, 275), count(365, 0)),
        _ => return None,
    })
}

fn money(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let amounts: Vec<f64> = seen.bought.iter().map(|order| order.cents as f64 / 100.0).collect();
    let mut spending = seen.sales.clone();
    if seen.company.columns.returns == Returns::Net {
        spending.extend(seen.returned.iter().cloned());
    }
    let spent = |from, to| sum(&within(seen, &spending, from, to), |bill| bill.cents);
    let gross = sum(&seen.sales, |bill| bill.cents);
    let edge = |of: fn(&Bill) -> i64, newest: bool| {
        at_the_edge(seen.bought.iter().map(|bill| (bill.at, of(bill) as f64 / 100.0)), newest)
    };
    let (m, last) = (mean(&amounts), edge(|bill| bill.cents, true));
    let share = |given: f64, paid: f64| {
        if given + paid == 0.0 { 0.0 } else { (given / (given + paid)).clamp(0.0, 1.0) }
    };
    let off = |bills: &[Bill]| share(sum(bills, |bill| bill.discount), sum(bills, |bill| bill.cents));
    Some(match name {
        "monetary_total" => sum(&spending, |bill| bill.cents),
        "monetary_mean" => m,
        "monetary_std" => spread(&amounts),
        "monetary_median" => median(&amounts),
        "monetary_max" => largest(&amounts),
        "monetary_first" => edge(|bill| bill.cents, false),
        "monetary_last" => last,
        "last_over_mean" if m == 0.0 => 1.0,
        "last_over_mean" => last / m,
        "spend_30d" => spent(30, 0),
        "spend_30d_before" => spent(60, 30),
        "spend_90d" => spent(90, 0),
        "spend_90d_before" => spent(180, 90),
        "spend_365d" => spent(365, 0),
        "spend_trend_90d" if m == 0.0 => 0.0,
        "spend_trend_90d" if m.is_nan() => f64::NAN,
        "spend_trend_90d" => (m + spent(90, 0).max(0.0)).ln() - (m + spent(180, 90).max(0.0)).ln(),
        "spend_slope_180d" => months(seen, &spending, |month| sum(month, |bill| bill.cents)),
        "returns_count" => seen.returned.len() as f64,
        "returns_90d" => within(seen, &seen.returned, 90, 0).len() as f64,
        "returns_share" if gross == 0.0 => 0.0,
        "returns_share" => -sum(&seen.returned, |bill| bill.cents) / gross,
        "days_since_return" => seen.returned.last().map_or(f64::NAN, |last| days(seen.sight.as_of - last.at)),
        "discount_share" => off(&seen.sales),
        "discount_share_90d" => off(&within(seen, &seen.sales, 90, 0)),
        "discounted_share" => {
            ratio(seen.sales.iter().filter(|sale| sale.discount > 0).count() as f64, seen.sales.len() as f64)
        }
        "first_discount_share" => share(edge(|bill| bill.discount, false), edge(|bill| bill.cents, false)),
        "margin_total" => sum(&spending, |bill| bill.margin),
        "margin_90d" => sum(&within(seen, &spending, 90, 0), |bill| bill.margin),
        "margin_share" => ratio(sum(&seen.sales, |bill| bill.margin), gross),
        _ => return None,
    })
}

fn baskets(seen: &Seen<'_>, name: &str) -> Option<f64> {
    let quantities: Vec<f64> = seen.bought.iter().map(|order| order.quantity as f64 / 1_000.0).collect();
    let channels = |bills: &[Bill]| {
        let named: Vec<String> = bills.iter().map(|b| b.channel.clone()).filter(|c| !c.is_empty()).collect();
        named
    };
    let products = |from, to| {
        let lines = within(seen, &seen.lines, from, to);
        let named: BTreeSet<&str> = lines.iter().map(|l| l.product.as_str()).filter(|p| !p.is_empty()).collect();
        named.len() as f64
    };
    let categories = |from| {
        let lines = within(seen, &seen.lines, from, 0);
        let named: BTreeSet<&str> = lines.iter().map(|l| l.category.as_str()).filter(|c| !c.is_empty()).collect();
        named.len() as f64
    };
    const EVER: i64 = 36_500;
    Some(match name {
        "channels" => channels(&seen.bought).into_iter().collect::<BTreeSet<_>>().len() as f64,
        "channel_top_share" => top_share(channels(&seen.bought).into_iter()),
        "channel_top_share_90d" => top_share(channels(&within(seen, &seen.bought, 90, 0)).into_iter()),
        "quantity_mean" => mean(&quantities),
        "quantity_last_over_mean" => {
            let last = at_the_edge(seen.bought.iter().map(|bill| (bill.at, bill.quantity as f64 / 1_000.0)), true);
            ratio(last, mean(&quantities))
        }
        "lines_per_purchase" => ratio(seen.lines.len() as f64, seen.bought.len() as f64),
        "products" => products(EVER, 0),
        "products_trend_90d" => against(products(90, 0), products(180, 90)),
        "product_top_share" => {
            top_share(seen.lines.iter().map(|line| line.product.as_str()).filter(|product| !product.is_empty()))
        }
        "categories" => categories(EVER),
        "categories_90d" => categories(90),
        "category_concentration" => {
            let mut spent: BTreeMap<&str, f64> = BTreeMap::new();
            for line in seen.lines.iter().filter(|line| !line.category.is_empty()) {
                *spent.entry(&line.category).or_default() += line.cents as f64 / 100.0;
            }
            let all: f64 = spent.values().sum();
            spent.values().map(|part| ratio(*part, all).powi(2)).reduce(|a, b| a + b).unwrap_or(f64::NAN)
        }
        _ => return None,
    })
}
