//! One pass over a customer's purchases, oldest first, and every feature of the catalogue out of it.

use history::{Block, History, Money, PurchaseRow, Returns, Timestamp};

use crate::catalogue::{Definition, Feature, PACE_PRIOR_DAYS};
use crate::window::Window;

/// What is collected while passing over the rows of one customer; used again for the next customer.
#[derive(Debug)]
pub(crate) struct Tally {
    windows: Vec<Window>,
    purchases: Vec<u32>,
    spend: Vec<Money>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// Amount of each purchase; parts of an order that are dated later count towards the latest purchase.
    amounts: Vec<Money>,
    /// Days between each purchase and the one before it.
    gaps: Vec<f64>,
    returns: u32,
    returned: Money,
    gross: Money,
    discount: Money,
    weekend: u32,
}

impl Tally {
    /// A tally for the windows that these features look at.
    pub(crate) fn new(features: &[&'static Feature]) -> Self {
        let mut windows = vec![Window::AllTime];
        for feature in features {
            match feature.definition {
                Definition::Purchases(window) | Definition::Spend(window) => windows.push(window),
                Definition::PurchasesTrend(days) | Definition::SpendTrend(days) => {
                    windows.extend([Window::last(days), Window::before_last(days)]);
                }
                _ => {}
            }
        }
        windows.sort_unstable();
        windows.dedup();
        Self {
            purchases: vec![0; windows.len()],
            spend: vec![Money::ZERO; windows.len()],
            windows,
            first: None,
            last: None,
            amounts: Vec::new(),
            gaps: Vec::new(),
            returns: 0,
            returned: Money::ZERO,
            gross: Money::ZERO,
            discount: Money::ZERO,
            weekend: 0,
        }
    }

    /// Collects one customer's visible rows.
    pub(crate) fn collect(&mut self, history: &History<'_>, block: &Block<'_>, customer: u32) {
        self.purchases.fill(0);
        self.spend.fill(Money::ZERO);
        (self.first, self.last) = (None, None);
        self.amounts.clear();
        self.gaps.clear();
        (self.returns, self.weekend) = (0, 0);
        (self.returned, self.gross, self.discount) = (Money::ZERO, Money::ZERO, Money::ZERO);

        let as_of = history.as_of().start();
        let nets_returns = history.returns() == Returns::Net;
        for row in history.rows(block, customer) {
            let age = as_of.micros() - row.timestamp.micros();
            if !row.is_return() || nets_returns {
                for (window, spend) in self.windows.iter().zip(&mut self.spend) {
                    if window.contains(age) {
                        *spend = spend.plus(row.amount);
                    }
                }
            }
            if row.is_return() {
                self.returns += 1;
                self.returned = self.returned.minus(row.amount);
            } else {
                self.add_bought(row, age);
            }
        }
    }

    fn add_bought(&mut self, row: PurchaseRow, age: i64) {
        self.gross = self.gross.plus(row.amount);
        self.discount = self.discount.plus(row.discount);
        if !row.begins_order {
            if let Some(latest) = self.amounts.last_mut() {
                *latest = latest.plus(row.amount);
            }
            return;
        }
        for (window, purchases) in self.windows.iter().zip(&mut self.purchases) {
            *purchases += u32::from(window.contains(age));
        }
        self.amounts.push(row.amount);
        if let Some(last) = self.last {
            self.gaps.push(row.timestamp.days_since(last));
        }
        self.first.get_or_insert(row.timestamp);
        self.last = Some(row.timestamp);
        self.weekend += u32::from(row.timestamp.date().is_weekend());
    }

    /// The value of a feature for the customer collected last; NaN where it is missing.
    pub(crate) fn value(&self, history: &History<'_>, feature: &Feature) -> f64 {
        let as_of = history.as_of().start();
        let elapsed = |since: Option<Timestamp>| since.map_or(f64::NAN, |moment| as_of.days_since(moment));
        let n = self.amounts.len() as f64;
        match feature.definition {
            Definition::Recency => elapsed(self.last),
            Definition::Tenure => elapsed(self.first),
            Definition::Purchases(window) => self.purchases_in(window),
            Definition::Spend(window) => self.spend_in(window),
            Definition::AmountMean => self.amount_mean(),
            Definition::AmountStd => standard_deviation(self.amounts.iter().map(|amount| amount.to_f64())),
            Definition::AmountLast => self.amounts.last().map_or(f64::NAN, |amount| amount.to_f64()),
            Definition::GapMean => mean(self.gaps.iter().copied()),
            Definition::GapStd => standard_deviation(self.gaps.iter().copied()),
            Definition::GapMeanMissing => f64::from(u8::from(self.gaps.is_empty())),
            Definition::GapStdMissing => f64::from(u8::from(self.gaps.len() < 2)),
            Definition::PurchasesTrend(days) => {
                let (now, before) = (Window::last(days), Window::before_last(days));
                ((1.0 + self.purchases_in(now)) / (1.0 + self.purchases_in(before))).ln()
            }
            Definition::SpendTrend(days) => {
                let (now, before) = (Window::last(days), Window::before_last(days));
                let typical = self.amount_mean();
                if typical > 0.0 {
                    // Returns can outweigh what was bought in a window; below nothing there is nothing to compare.
                    ((typical + self.spend_in(now).max(0.0)) / (typical + self.spend_in(before).max(0.0))).ln()
                } else {
                    0.0
                }
            }
            Definition::RecencyOverGap if self.gaps.is_empty() => f64::NAN,
            Definition::RecencyOverGap => elapsed(self.last) / mean(self.gaps.iter().copied()).max(1.0),
            Definition::ExpectedSinceLast => n * elapsed(self.last) / (elapsed(self.first) + PACE_PRIOR_DAYS),
            Definition::SilenceEvidence => {
                let (tenure, recency) = (elapsed(self.first), elapsed(self.last));
                n * ((tenure + PACE_PRIOR_DAYS) / (tenure - recency + PACE_PRIOR_DAYS)).ln()
            }
            Definition::PurchaseRate => 30.0 * n / elapsed(self.first).max(30.0),
            Definition::Returns => f64::from(self.returns),
            Definition::ReturnShare => share(self.returned, self.gross),
            Definition::DiscountShare => share(self.discount, self.gross.plus(self.discount)),
            Definition::WeekendShare => f64::from(self.weekend) / n,
            Definition::LastOverMean => match self.amounts.last() {
                Some(last) if self.amount_mean() > 0.0 => last.to_f64() / self.amount_mean(),
                Some(_) => 1.0,
                None => f64::NAN,
            },
        }
    }

    fn purchases_in(&self, window: Window) -> f64 {
        self.windows.iter().position(|w| *w == window).map_or(f64::NAN, |at| f64::from(self.purchases[at]))
    }

    fn spend_in(&self, window: Window) -> f64 {
        self.windows.iter().position(|w| *w == window).map_or(f64::NAN, |at| self.spend[at].to_f64())
    }

    fn amount_mean(&self) -> f64 {
        self.gross.to_f64() / self.amounts.len() as f64
    }
}

fn share(part: Money, whole: Money) -> f64 {
    if whole > Money::ZERO { part.to_f64() / whole.to_f64() } else { 0.0 }
}

/// The arithmetic mean; NaN of nothing.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// The sample standard deviation, with n - 1; NaN below two values. Two passes, so that large means cost no digits.
fn standard_deviation(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let n = values.len();
    if n < 2 {
        return f64::NAN;
    }
    let centre = mean(values.clone());
    (values.map(|value| (value - centre).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt()
}
