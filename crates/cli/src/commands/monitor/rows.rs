//! The purchases of an export, counted: by day, by channel, by what they cost.

use std::collections::BTreeMap;

use feature_engineering::can_be_shown;
use history::{Date, EventKind, Export, Tag};

/// Customers whose rows are in memory at one time.
const CUSTOMERS_AT_ONCE: usize = 16_384;

/// Purchases of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Day {
    pub(super) purchases: u64,
    /// Of them, those with an amount above 0, and the sum of the logarithms of these amounts.
    pub(super) amounts: u64,
    pub(super) ln_amounts: f64,
}

/// Purchases through a channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Channel {
    /// By day since the first one of the export.
    pub(super) by_day: BTreeMap<i32, u64>,
    pub(super) customers: u64,
}

/// What the rows of an export are, before the day through which it is complete.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) first_day: Date,
    /// First day that is not counted: purchases of later days may not be recorded yet.
    pub(super) end: Date,
    pub(super) days: Vec<Day>,
    /// By name; those whose names cannot be shown are left out.
    pub(super) channels: BTreeMap<String, Channel>,
    /// Ratings on the 5-point scale, with their days; none without such events.
    pub(super) ratings: Option<Vec<(Date, f64)>>,
}

impl Counted {
    /// Counts the rows.
    ///
    /// # Errors
    /// Rows cannot be read, or a signal has come.
    pub(super) fn of(export: &Export) -> anyhow::Result<Self> {
        let (first_day, end) = (export.first_day(), export.labels_through());
        let length = usize::try_from(end.days_since(first_day)).unwrap_or(0);
        let mut days = vec![Day::default(); length];
        let mut by_tag: BTreeMap<Tag, Channel> = BTreeMap::new();
        let history = export.history(export.complete_through());
        let kinds = [EventKind::Csat, EventKind::Review];
        let rated = kinds.iter().any(|kind| history.event_kinds().contains(kind));
        let mut ratings = Vec::new();
        let everybody: Vec<u32> = (0..history.n_customers()).collect();
        for customers in everybody.chunks(CUSTOMERS_AT_ONCE) {
            crate::interrupt::check()?;
            let rows = history.map(customers, |block, customer| {
                let purchases = history.rows(block, customer).filter(|row| row.is_purchase());
                let purchases: Vec<(i32, f64, Option<Tag>)> = purchases
                    .map(|row| (row.timestamp.date().days_since(first_day), row.amount.to_f64(), row.channel))
                    .collect();
                let said = history.events(block, customer).filter(|event| rated && kinds.contains(&event.kind));
                let said: Vec<(Date, f64)> = said
                    .filter(|event| event.value.is_finite())
                    .map(|event| (event.timestamp.date(), event.value))
                    .collect();
                (purchases, said)
            })?;
            for (purchases, said) in rows {
                ratings.extend(said);
                let mut used: Vec<Tag> = Vec::new();
                for (day, amount, channel) in purchases {
                    let Some(of_day) = usize::try_from(day).ok().and_then(|day| days.get_mut(day)) else { continue };
                    of_day.purchases += 1;
                    if amount > 0.0 {
                        of_day.amounts += 1;
                        of_day.ln_amounts += amount.ln();
                    }
                    if let Some(tag) = channel.filter(|tag| *tag != Tag::EMPTY) {
                        *by_tag.entry(tag).or_default().by_day.entry(day).or_default() += 1;
                        used.push(tag);
                    }
                }
                used.sort_unstable();
                used.dedup();
                for tag in used {
                    by_tag.entry(tag).or_default().customers += 1;
                }
            }
        }
        let named = by_tag.into_iter().filter_map(|(tag, channel)| {
            let name = history.channel_name(tag).filter(|name| can_be_shown(name))?;
            Some((name.to_owned(), channel))
        });
        Ok(Self { first_day, end, days, channels: named.collect(), ratings: rated.then_some(ratings) })
    }

    /// The days from one on to before another, as far as they are counted.
    pub(super) fn between(&self, from: Date, until: Date) -> Day {
        let place = |day: Date| usize::try_from(day.days_since(self.first_day)).unwrap_or(0).min(self.days.len());
        let (from, until) = (place(from), place(until));
        self.days[from..until.max(from)].iter().fold(Day::default(), |sum, day| Day {
            purchases: sum.purchases + day.purchases,
            amounts: sum.amounts + day.amounts,
            ln_amounts: sum.ln_amounts + day.ln_amounts,
        })
    }

    /// Stretches of so many days, the newest last, which end where the counting ends.
    pub(super) fn stretches(&self, days: i32) -> Vec<(Date, Day)> {
        let whole = self.end.days_since(self.first_day) / days;
        let starts = (1..=whole).rev().map(|back| self.end.plus_days(-back * days));
        starts.map(|start| (start, self.between(start, start.plus_days(days)))).collect()
    }

    /// Purchases of each whole month before a day.
    pub(super) fn months(&self, before: Date) -> Vec<(Date, u64)> {
        let mut until = before.min(self.end).month_start();
        let mut months = Vec::new();
        while until > self.first_day {
            let from = until.plus_days(-1).month_start();
            if from < self.first_day {
                break;
            }
            months.push((from, self.between(from, until).purchases));
            until = from;
        }
        months.reverse();
        months
    }
}

impl Day {
    /// Mean logarithm of the amounts.
    pub(super) fn ln_amount(&self) -> Option<f64> {
        (self.amounts > 0).then(|| self.ln_amounts / self.amounts as f64)
    }
}
