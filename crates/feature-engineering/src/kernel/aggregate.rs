//! Aggregates of a range of a stream.

use history::{Date, Tag, Timestamp};

use super::items::{Item, NO_MOMENT};
use super::stream::{Stream, days, is_exact, units};
use crate::measure::{Aggregate, Column, Label};

/// An aggregate, ready to be computed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Task {
    Count,
    /// Sum and mean of an exact column, by the place of its running sums.
    Sum(usize),
    Mean(usize),
    SumOf(Column),
    MeanOf(Column),
    Std(Column),
    Median(Column),
    Min(Column),
    Max(Column),
    First(Column),
    Last(Column),
    DaysSinceFirst,
    DaysSinceLast,
    Distinct(Label),
    TopShare(Label),
    Concentration(Label, Column),
    Open,
    Late(u16),
    /// With the stream of the answers.
    Unanswered(usize, u16),
    NoneAfterSignup(u16),
}

/// What is needed beside the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'s> {
    pub(super) as_of: Date,
    /// The first moment that can be seen.
    pub(super) from: i64,
    pub(super) streams: &'s [Stream],
    /// The midnight that begins the day of signing up, in microseconds, where it is in sight.
    pub(super) signup: Option<i64>,
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    values: Vec<f64>,
    labels: Vec<(u64, i64)>,
}

/// Complaints and tickets of this channel are handled by a third party.
const THIRD_PARTY: &str = "third_party";
const THIRD_PARTY_WORKING_DAYS: i32 = 3;

impl Task {
    /// The aggregate of the rows `start..end` of a stream.
    pub(super) fn value(
        &self,
        (stream, items): (&Stream, &[Item]),
        (start, end): (usize, usize),
        at: At<'_>,
        scratch: &mut Scratch,
    ) -> f64 {
        let as_of = at.as_of.start().micros();
        let n = (end - start) as f64;
        let elapsed = |row: Option<usize>| row.map_or(f64::NAN, |row| days(as_of - stream.micros[row]));
        let sum_of = |place: &usize| units(stream.sums[*place][end] - stream.sums[*place][start]);
        let items = items.get(start..end).unwrap_or_default();
        let numbers = |column: Column| items.iter().map(move |item| at.number(item, column)).filter(|n| !n.is_nan());
        match self {
            Task::Count => n,
            Task::Sum(place) => sum_of(place),
            Task::Mean(place) if end > start => sum_of(place) / n,
            Task::Mean(_) => f64::NAN,
            Task::SumOf(column) => numbers(*column).sum(),
            Task::MeanOf(column) => mean(numbers(*column)),
            Task::Std(column) => standard_deviation(numbers(*column)),
            Task::Median(column) => median(numbers(*column), &mut scratch.values),
            Task::Min(column) => numbers(*column).reduce(f64::min).unwrap_or(f64::NAN),
            Task::Max(column) => numbers(*column).reduce(f64::max).unwrap_or(f64::NAN),
            Task::First(column) => at_the_edge(items.iter(), |item| at.number(item, *column), f64::min),
            Task::Last(column) => at_the_edge(items.iter().rev(), |item| at.number(item, *column), f64::max),
            Task::DaysSinceFirst => elapsed((end > start).then_some(start)),
            Task::DaysSinceLast => elapsed(end.checked_sub(1).filter(|last| *last >= start)),
            Task::Distinct(label) => {
                let runs = scratch.runs(items, *label, |_| 0);
                runs.count() as f64
            }
            Task::TopShare(label) => {
                let (mut most, mut all) = (0, 0);
                for run in scratch.runs(items, *label, |_| 0) {
                    most = most.max(run.len());
                    all += run.len();
                }
                if all > 0 { most as f64 / all as f64 } else { f64::NAN }
            }
            Task::Concentration(label, column) => {
                let exact = |item: &Item| (item.number(*column) * 10_000.0).round() as i64;
                let (mut squares, mut all) = (0.0, 0.0);
                for run in scratch.runs(items, *label, exact) {
                    let sum: f64 = run.iter().map(|(_, value)| units(*value)).sum();
                    squares += sum * sum;
                    all += sum;
                }
                if all > 0.0 { squares / (all * all) } else { f64::NAN }
            }
            Task::Open => items.iter().filter(|item| item.resolved >= as_of).count() as f64,
            Task::Late(promised) => {
                items.iter().filter(|item| is_late(item, i32::from(*promised), at.as_of)).count() as f64
            }
            Task::Unanswered(answers, within) => {
                let within = i64::from(*within) * history::MICROS_PER_DAY;
                let answers = &at.streams[*answers];
                let old_enough = stream.micros[start..end].iter().filter(|micros| **micros + within <= as_of);
                let unanswered = |micros: &&i64| {
                    let (first, end) = answers.range(**micros, **micros + within);
                    first == end
                };
                old_enough.filter(unanswered).count() as f64
            }
            Task::NoneAfterSignup(within) => {
                let within = i64::from(*within) * history::MICROS_PER_DAY;
                let Some(signup) = at.signup else { return f64::NAN };
                let (first, end) = stream.range(signup, signup + within);
                f64::from(u8::from(signup + within <= as_of && first == end))
            }
        }
    }
}

impl At<'_> {
    /// A number of a row as it was known: gaps to purchases that cannot be seen and resolutions that were still to come
    /// are missing.
    fn number(&self, item: &Item, column: Column) -> f64 {
        match column {
            Column::Gap if item.gap != NO_MOMENT && item.micros - item.gap < self.from => f64::NAN,
            Column::DaysToResolve if item.resolved >= self.as_of.start().micros() => f64::NAN,
            _ => item.number(column),
        }
    }
}

impl Scratch {
    /// Runs of rows that have the same label, each with a number; rows without the label are left out.
    fn runs(&mut self, items: &[Item], label: Label, of: impl Fn(&Item) -> i64) -> impl Iterator<Item = &[(u64, i64)]> {
        self.labels.clear();
        self.labels.extend(items.iter().filter_map(|item| Some((item.label(label)?, of(item)))));
        self.labels.sort_unstable();
        self.labels.chunk_by(|a, b| a.0 == b.0)
    }
}

impl Aggregate {
    /// Columns of which running sums serve it.
    pub(super) fn summed(&self) -> Option<Column> {
        match self {
            Aggregate::Sum(column) | Aggregate::Mean(column) if is_exact(*column) => Some(*column),
            _ => None,
        }
    }

    /// Whether the rows themselves are needed, and not their moments and sums alone.
    pub(super) fn needs_items(&self) -> bool {
        let by_moment = matches!(
            self,
            Aggregate::Count
                | Aggregate::DaysSinceFirst
                | Aggregate::DaysSinceLast
                | Aggregate::Unanswered(..)
                | Aggregate::NoneAfterSignup(_)
        );
        !by_moment && self.summed().is_none()
    }
}

/// The value of the first of some rows that has one; of several at its moment the one that `choose` takes, so that no row of a
/// moment comes before another; NaN of nothing.
fn at_the_edge<'i>(
    items: impl Iterator<Item = &'i Item>,
    number: impl Fn(&Item) -> f64,
    choose: fn(f64, f64) -> f64,
) -> f64 {
    let mut found: Option<(i64, f64)> = None;
    for item in items {
        let value = number(item);
        found = match found {
            Some((micros, _)) if micros != item.micros => break,
            _ if value.is_nan() => continue,
            Some((micros, best)) => Some((micros, choose(best, value))),
            None => Some((item.micros, value)),
        };
    }
    found.map_or(f64::NAN, |(_, value)| value)
}

/// The arithmetic mean; NaN of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / n
}

/// The sample standard deviation, with n - 1; NaN below two values. Two passes, so that large means cost no digits.
fn standard_deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let centre = mean(values.clone());
    let (squares, n) = values.fold((0.0, 0_u32), |(sum, n), value| (sum + (value - centre).powi(2), n + 1));
    if n < 2 { f64::NAN } else { (squares / f64::from(n - 1)).sqrt() }
}

/// The middle value, or the mean of the two middle ones; NaN of nothing.
fn median(values: impl Iterator<Item = f64>, scratch: &mut Vec<f64>) -> f64 {
    scratch.clear();
    scratch.extend(values);
    let n = scratch.len();
    if n == 0 {
        return f64::NAN;
    }
    let (below, upper, _) = scratch.select_nth_unstable_by(n / 2, f64::total_cmp);
    let upper = *upper;
    if n % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().reduce(f64::max).unwrap_or(upper);
    (lower + upper) / 2.0
}

/// Whether the promise was broken: the promised working days after the day of the event were over before the day on which it
/// was resolved, or before the as-of date if it was open then.
fn is_late(item: &Item, promised: i32, as_of: Date) -> bool {
    let promised = if item.channel == Tag::of(THIRD_PARTY).get() { THIRD_PARTY_WORKING_DAYS } else { promised };
    let day = Timestamp::from_micros(item.micros).date();
    let resolved = Some(item.resolved).filter(|moment| *moment < as_of.start().micros());
    let end = resolved.map_or(as_of, |moment| Timestamp::from_micros(moment).date());
    working_days(day, end.plus_days(-1)) >= promised
}

/// Mondays to Fridays after one day, up to another and including it; 0 where that lies before.
fn working_days(after: Date, up_to: Date) -> i32 {
    // Working days from Monday 1969-12-29 up to and including a day.
    let count = |date: Date| {
        let days = date.days() + 4;
        5 * days.div_euclid(7) + days.rem_euclid(7).min(5)
    };
    (count(up_to) - count(after)).max(0)
}
