//! Labels: who of the eligible customers churned. All that labels goes through [`Churn::labels`].

use history::{Block, Days, History, LabelWindow, Outcome, PurchaseRow, ReadError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::btyd;
use crate::snapshot::{Eligibility, Snapshot};

/// What a customer did, or did not do, who churned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Churn {
    /// No purchase in the label window.
    Inactivity,
    /// No purchase for longer than is usual for that customer; see [`Churn::periods`].
    Cadence {
        /// Times the customer's own shrunken interpurchase time.
        multiple: f64,
        /// No pause shorter than this counts.
        #[serde(rename = "min_days", serialize_with = "write_days", deserialize_with = "read_days")]
        min: Days,
    },
    /// A departure in the label window, by the customer's own choice.
    Departure {
        /// Whether departures that nobody chose (moving away, not paying) count too.
        include_involuntary: bool,
    },
}

/// Gaps of the population's mean length that stand beside each customer's own: customers with three gaps are believed half.
const PSEUDO_GAPS: f64 = 3.0;

impl Churn {
    /// The word that stands for it in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Churn::Inactivity => "inactivity",
            Churn::Cadence { .. } => "cadence",
            Churn::Departure { .. } => "departure",
        }
    }

    /// What it means to have churned, in words that begin with a noun: "no purchase in the 90 days from the as-of date".
    #[must_use]
    pub fn in_words(self, window: LabelWindow) -> String {
        let days = window.horizon.get();
        let from = match window.lead {
            0 => "from the as-of date".to_owned(),
            1 => "that begin 1 day after the as-of date".to_owned(),
            lead => format!("that begin {lead} days after the as-of date"),
        };
        match self {
            Churn::Inactivity => format!("no purchase in the {days} days {from}"),
            Churn::Cadence { multiple, min } => format!(
                "no purchase for {multiple} times the customer's usual time between purchases (at least {} days), within \
                 the {days} days {from}",
                min.get()
            ),
            Churn::Departure { include_involuntary: false } => {
                format!("a voluntary departure in the {days} days {from}")
            }
            Churn::Departure { include_involuntary: true } => {
                format!("a departure, voluntary or not, in the {days} days {from}")
            }
        }
    }

    /// Whether it is read off purchases: then models of purchases alone can predict it.
    #[must_use]
    pub const fn is_about_purchases(self) -> bool {
        !matches!(self, Churn::Departure { .. })
    }

    /// Who of these customers churned in the label window; they are eligible at the history's as-of date, which is the
    /// outcome's, and `eligibility` is the rule they are eligible by.
    ///
    /// - `inactivity`: churned without a purchase in `[as_of + lead, as_of + lead + horizon)`.
    /// - `cadence`: churned without a purchase in `[as_of + lead, as_of + lead + D)`, `D` being the customer's own of
    ///   [`Churn::periods`].
    /// - `departure`: churned with a departure that counts in the label window. `None`, neither churned nor stayed: no such
    ///   departure, but another one before the window's end, such as an involuntary one or one in the lead time. What
    ///   the customer would have chosen is not known (in the terms of survival analysis, the customer is censored).
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn labels(
        self,
        history: &History<'_>,
        outcome: &Outcome<'_>,
        eligibility: Eligibility,
        customers: &[u32],
    ) -> Result<Vec<Option<bool>>, ReadError> {
        match self {
            Churn::Inactivity => outcome.map(customers, |block, customer| Some(!outcome.bought(block, customer))),
            Churn::Cadence { .. } => {
                let (start, end) = outcome.window();
                let population = Pauses::of(history, &Snapshot::take(history, eligibility)?.eligible)?;
                outcome.map(customers, |block, customer| {
                    let days = self.period(end.days_since(start), pauses(history, block, customer), population);
                    Some(!outcome.bought_within(block, customer, days))
                })
            }
            Churn::Departure { include_involuntary } => outcome.map(customers, |block, customer| {
                if outcome.departed(block, customer, include_involuntary) {
                    Some(true)
                } else {
                    (!outcome.departed_by_the_end(block, customer)).then_some(false)
                }
            }),
        }
    }

    /// For each customer, the days without a purchase after which it has churned, as known at the history's as-of date.
    ///
    /// For `cadence` that is `D = ceil(multiple * g)`, at least `min` and at most the horizon, in whole days, with the
    /// customer's shrunken interpurchase time
    ///
    /// ```text
    /// g = (sum of the customer's gaps + k * m) / (number of the gaps + k),   k = 3,
    /// ```
    ///
    /// where gaps are days between one visible day with a purchase and the next, and `m` is the mean of all gaps of all
    /// customers who are eligible at that date. A customer with few gaps is judged by the population's, one with many by
    /// their own: empirical Bayes shrinkage of a mean towards the pooled mean (Efron & Morris 1975, Data analysis using
    /// Stein's estimator and its generalizations, JASA 70:311), with a fixed weight of three pseudo-gaps instead of an
    /// estimated one. Where nobody has a gap nothing is known of them, and `D` is the horizon. For the other definitions
    /// it is the horizon always.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn periods(
        self,
        history: &History<'_>,
        eligibility: Eligibility,
        horizon: Days,
        customers: &[u32],
    ) -> Result<Vec<i32>, ReadError> {
        if !matches!(self, Churn::Cadence { .. }) {
            return Ok(vec![horizon.get(); customers.len()]);
        }
        let population = Pauses::of(history, &Snapshot::take(history, eligibility)?.eligible)?;
        history
            .map(customers, |block, customer| self.period(horizon.get(), pauses(history, block, customer), population))
    }

    fn period(self, horizon: i32, own: Pauses, population: Pauses) -> i32 {
        let Churn::Cadence { multiple, min } = self else { return horizon };
        if population.count == 0 {
            return horizon;
        }
        let mean = population.days as f64 / population.count as f64;
        let shrunken = (own.days as f64 + PSEUDO_GAPS * mean) / (own.count as f64 + PSEUDO_GAPS);
        // The conversion saturates; a model file with a lower horizon than `min` is refused, and bounded here all the same.
        ((multiple * shrunken).ceil() as i32).max(min.get()).min(horizon)
    }
}

/// Gaps between purchase days: whole numbers, so that sums do not depend on their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pauses {
    days: u64,
    count: u64,
}

impl Pauses {
    fn of(history: &History<'_>, customers: &[u32]) -> Result<Self, ReadError> {
        let of_each = history.map(customers, |block, customer| pauses(history, block, customer))?;
        Ok(of_each
            .into_iter()
            .fold(Self::default(), |sum, own| Self { days: sum.days + own.days, count: sum.count + own.count }))
    }
}

fn pauses(history: &History<'_>, block: &Block<'_>, customer: u32) -> Pauses {
    let mut days = history.rows(block, customer).filter(PurchaseRow::is_purchase).map(|row| row.timestamp.date());
    let Some(first) = days.next() else { return Pauses::default() };
    let (last, count) = days.fold((first, 0), |(last, n), day| if day > last { (day, n + 1) } else { (last, n) });
    Pauses { days: u64::try_from(last.days_since(first)).unwrap_or(0), count }
}

fn write_days<S: Serializer>(days: &Days, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i32(days.get())
}

fn read_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Days, D::Error> {
    let days = u16::deserialize(deserializer)?;
    Days::new(days).ok_or_else(|| serde::de::Error::custom(format!("expected 1 to 3650 days, found {days}")))
}

/// Each customer's purchases as the buy-till-you-die models see them: days with a purchase, in days since the first.
/// Customers without a purchase have no age: `None`.
///
/// # Errors
/// Rows cannot be read.
pub fn purchase_days(history: &History<'_>, customers: &[u32]) -> Result<Vec<Option<btyd::Purchases>>, ReadError> {
    history.map(customers, |block, customer| {
        let mut days = history.rows(block, customer).filter(PurchaseRow::is_purchase).map(|row| row.timestamp.date());
        let first = days.next()?;
        let (last, repeat) = days.fold((first, 0), |(last, n), day| if day > last { (day, n + 1) } else { (last, n) });
        let (recency, age) = (f64::from(last.days_since(first)), f64::from(history.as_of().days_since(first)));
        Some(
            btyd::Purchases::new(repeat, recency, age)
                .expect("visible rows lie before the as-of date, on plausible days"),
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn days(days: u16) -> Days {
        Days::new(days).unwrap()
    }

    #[test]
    fn periods_by_hand() {
        let churn = Churn::Cadence { multiple: 2.0, min: days(7) };
        let population = Pauses { days: 100, count: 10 };
        let of = |days, count| churn.period(60, Pauses { days, count }, population);
        // No gap of one's own: the mean of 10 days, twice. Three gaps of 2 days each: (6 + 30) / 6 = 6 days, twice.
        assert_eq!((of(0, 0), of(6, 3)), (20, 12));
        // (20 + 30) / 4 = 12.5; (21 + 30) / 4 = 12.75, twice that is 25.5: rounded up.
        assert_eq!((of(20, 1), of(21, 1)), (25, 26));
        // Between the shortest and the longest period.
        assert_eq!((of(300, 300), of(4_000, 10)), (7, 60));
        assert_eq!(churn.period(60, Pauses { days: 9, count: 3 }, Pauses::default()), 60);
        assert_eq!(Churn::Inactivity.period(60, Pauses { days: 6, count: 3 }, population), 60);
    }

    #[test]
    fn definitions_read_back_from_what_is_written() {
        for (churn, text) in [
            (Churn::Inactivity, "\"inactivity\""),
            (Churn::Cadence { multiple: 2.5, min: days(7) }, "{\"cadence\":{\"multiple\":2.5,\"min_days\":7}}"),
            (Churn::Departure { include_involuntary: true }, "{\"departure\":{\"include_involuntary\":true}}"),
        ] {
            assert_eq!(serde_json::to_string(&churn).unwrap(), text);
            assert_eq!(serde_json::from_str::<Churn>(text).unwrap(), churn);
        }
        for text in [
            "{\"cadence\":{\"multiple\":2.5,\"min_days\":0}}",
            "{\"cadence\":{\"multiple\":2.5}}",
            "{\"departure\":{\"include_involuntary\":true,\"more\":1}}",
            "\"gone\"",
        ] {
            assert!(serde_json::from_str::<Churn>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_name_the_window() {
        let window = |lead| LabelWindow { lead, horizon: days(90) };
        assert_eq!(Churn::Inactivity.in_words(window(0)), "no purchase in the 90 days from the as-of date");
        assert_eq!(
            Churn::Departure { include_involuntary: false }.in_words(window(7)),
            "a voluntary departure in the 90 days that begin 7 days after the as-of date"
        );
        assert_eq!(
            Churn::Cadence { multiple: 3.0, min: days(14) }.in_words(window(0)),
            "no purchase for 3 times the customer's usual time between purchases (at least 14 days), within the 90 days from \
             the as-of date"
        );
    }
}
