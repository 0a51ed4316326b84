//! Whether amounts stay of one size: an export that goes from euros to cents half-way has no row that is wrong.

use std::sync::LazyLock;

use crate::calendar::{MICROS_PER_DAY, PLAUSIBLE_DAYS};
use crate::warning::{Warning, WarningCode};
use crate::{Date, Money, Timestamp};

/// Four to an octave: what is near a limit is a fifth off at most.
const BINS: usize = 256;
/// A median of fewer amounts says nothing.
const LEAST: u64 = 30;
/// A median that moves by more between one month and the next is no season.
const MOST_TIMES: f64 = 20.0;

type Histogram = [u32; BINS];

/// How many amounts of each size there are, month by month. Signs don't count, and amounts of zero are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scale {
    /// By month from the first plausible one.
    months: Vec<Option<Box<Histogram>>>,
}

/// The month of each plausible day.
static MONTH_OF_DAY: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let first = Date::from_days(*PLAUSIBLE_DAYS.start()).year_month_day().0;
    let month = |day: i32| {
        let (year, month, _) = Date::from_days(day).year_month_day();
        ((year - first) * 12) as u16 + month as u16 - 1
    };
    PLAUSIBLE_DAYS.map(month).collect()
});

impl Scale {
    /// Takes in an amount.
    #[inline]
    pub(crate) fn take(&mut self, time: Timestamp, amount: Money) {
        let size = amount.ten_thousandths().unsigned_abs();
        let day = time.micros().div_euclid(MICROS_PER_DAY) - i64::from(*PLAUSIBLE_DAYS.start());
        let month = usize::try_from(day).ok().and_then(|day| MONTH_OF_DAY.get(day));
        if let (Some(month), 1..) = (month, size) {
            self.histogram(usize::from(*month))[bin(size)] += 1;
        }
    }

    fn histogram(&mut self, month: usize) -> &mut Histogram {
        if self.months.len() <= month {
            self.months.resize(month + 1, None);
        }
        self.months[month].get_or_insert_with(|| Box::new([0; BINS]))
    }

    /// Takes in what another holds.
    pub(crate) fn append(&mut self, other: &Scale) {
        for (month, from) in other.months() {
            let to = self.histogram(month);
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }

    fn months(&self) -> impl Iterator<Item = (usize, &Histogram)> {
        self.months.iter().enumerate().filter_map(|(month, found)| Some((month, &**found.as_ref()?)))
    }

    /// Months, sizes and how many amounts of that size there are in that month, for a file.
    pub(crate) fn all(&self) -> Vec<(u64, u64, u64)> {
        let mut all = Vec::new();
        for (month, found) in self.months() {
            let sizes = found.iter().enumerate().filter(|(_, count)| **count > 0);
            all.extend(sizes.map(|(bin, count)| (month as u64, bin as u64, u64::from(*count))));
        }
        all
    }

    /// The inverse of [`Scale::all`]; nothing where it is no such thing.
    pub(crate) fn of_all(all: &[(u64, u64, u64)]) -> Option<Self> {
        let months = usize::from(*MONTH_OF_DAY.last()?) + 1;
        let mut scale = Self::default();
        for (month, bin, count) in all {
            let month = usize::try_from(*month).ok().filter(|month| *month < months)?;
            *scale.histogram(month).get_mut(usize::try_from(*bin).ok()?)? = u32::try_from(*count).ok()?;
        }
        Some(scale)
    }

    /// The first change of size from one month to the next, if there is one.
    pub(crate) fn change(&self, table: &str) -> Option<Warning> {
        let medians: Vec<(usize, f64)> =
            self.months().filter_map(|(month, found)| Some((month, median([found].into_iter())?))).collect();
        let (from, to) = medians.windows(2).map(|two| (two[0], two[1])).find(|(from, to)| is_far(from.1, to.1))?;
        let message = format!(
            "the median amount goes from about {} in {} to about {} in {}: did the unit change (cents, a currency)?",
            rounded(from.1),
            name(from.0),
            rounded(to.1),
            name(to.0)
        );
        Some(Warning::new(WarningCode::ScaleChange, table, 1, message))
    }
}

/// The first file whose amounts are of another size than those of all others together.
pub(crate) fn odd_file(files: &[(String, &Scale)]) -> Option<Warning> {
    let others = |at: usize| files.iter().enumerate().filter(move |(other, _)| *other != at);
    files.iter().enumerate().find_map(|(at, (name, scale))| {
        let own = median(scale.months().map(|(_, found)| found))?;
        let rest = median(others(at).flat_map(|(_, (_, scale))| scale.months().map(|(_, found)| found)))?;
        let message = format!(
            "the median amount is about {}, and about {} in the other files: is it in another unit (cents, a currency)?",
            rounded(own),
            rounded(rest)
        );
        is_far(own, rest).then(|| Warning::new(WarningCode::ScaleChange, name, 1, message))
    })
}

fn is_far(one: f64, other: f64) -> bool {
    one.max(other) >= MOST_TIMES * one.min(other)
}

/// The lower median of the sizes, in currency units; nothing of too few.
fn median<'a>(parts: impl Iterator<Item = &'a Histogram>) -> Option<f64> {
    let mut together = [0_u64; BINS];
    for part in parts {
        together.iter_mut().zip(part).for_each(|(to, from)| *to += u64::from(*from));
    }
    let all: u64 = together.iter().sum();
    let mut before = 0;
    let bin = together.iter().position(|count| {
        before += count;
        before * 2 >= all
    })?;
    let (octave, quarter) = ((bin / 4) as i32, (bin % 4) as f64);
    let size = 2_f64.powi(octave) * (1.0 + (quarter + 0.5) / 4.0);
    (all >= LEAST).then_some(size / 10_000.0)
}

/// Which quarter of which octave a size is in.
fn bin(size: u64) -> usize {
    let octave = size.ilog2();
    let quarter = if octave >= 2 { size >> (octave - 2) } else { size << (2 - octave) } & 3;
    (octave * 4) as usize + quarter as usize
}

/// Two digits that count.
fn rounded(value: f64) -> String {
    if value <= 0.0 {
        return "0".to_owned();
    }
    let digits = 1 - value.log10().floor() as i32;
    let factor = 10_f64.powi(digits);
    format!("{:.*}", usize::try_from(digits).unwrap_or(0), (value * factor).round() / factor)
}

fn name(month: usize) -> String {
    let first = Date::from_days(*PLAUSIBLE_DAYS.start()).year_month_day().0;
    format!("{:04}-{:02}", first + (month / 12) as i32, month % 12 + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(rows: &[(&str, i64, usize)]) -> Scale {
        let mut scale = Scale::default();
        for (day, cents, times) in rows {
            for _ in 0..*times {
                scale.take(day.parse::<Date>().unwrap().start(), Money::from_ten_thousandths(cents * 100));
            }
        }
        scale
    }

    #[test]
    fn sizes_lie_in_the_bin_that_their_median_comes_from() {
        for cents in [1, 7, 99, 1_250, 123_456, 89_999_999_999] {
            let found = of(&[("2025-03-05", cents, 40)]);
            let median = median(found.months().map(|(_, found)| found)).unwrap();
            assert!((median / (cents as f64 / 100.0) - 1.0).abs() < 0.13, "{cents}: {median}");
        }
        assert_eq!(bin(u64::MAX), 255);
        assert_eq!(bin(1), 0);
    }

    #[test]
    fn a_change_of_unit_is_seen_and_a_season_is_not() {
        let jumped = of(&[("2025-03-05", 1_250, 40), ("2025-04-05", 125_000, 40), ("2025-05-05", 125_000, 40)]);
        let warning = jumped.change("transactions").unwrap();
        assert!(warning.message.contains("in 2025-03 to about 1200 in 2025-04") || warning.message.contains("1300"));
        for rows in [
            &[("2025-03-05", 1_250, 40), ("2025-04-05", 12_500, 40)][..],
            &[("2025-03-05", 1_250, 40), ("2025-04-05", 125_000, 29)],
            &[("2025-03-05", 0, 400), ("2025-04-05", -1_250, 40), ("2025-05-05", 1_250, 40)],
        ] {
            assert_eq!(of(rows).change("t"), None);
        }
    }

    #[test]
    fn a_file_in_another_unit_is_named_even_in_the_same_month() {
        let (euros, cents) = (of(&[("2025-03-05", 1_250, 90)]), of(&[("2025-03-05", 125_000, 40)]));
        let files = |second: &'static str| [("a.csv".to_owned(), &euros), (second.to_owned(), &cents)];
        assert_eq!(odd_file(&files("b.csv")).unwrap().file, "a.csv");
        assert_eq!(odd_file(&files("b.csv")[..1]), None);
    }

    #[test]
    fn what_is_written_to_a_file_comes_back() {
        let mut scale = of(&[("2025-03-05", 1_250, 3), ("1950-01-01", 1, 1), ("2099-12-31", 7, 2)]);
        assert_eq!(Scale::of_all(&scale.all()), Some(scale.clone()));
        assert_eq!(Scale::of_all(&[(5_000, 1, 1)]), None);
        assert_eq!(Scale::of_all(&[(0, 256, 1)]), None);
        let other = of(&[("2025-03-05", 1_250, 4)]);
        scale.append(&other);
        assert_eq!(scale, of(&[("2025-03-05", 1_250, 7), ("1950-01-01", 1, 1), ("2099-12-31", 7, 2)]));
    }
}
