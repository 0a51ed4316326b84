//! A past campaign: who was drawn into which arm, what was known of them then, and what they did.

use crate::DecisionError;
use crate::error::same_length;

/// Rows of a past campaign, one for each customer (and campaign, where there were several).
#[derive(Debug, Clone, Copy)]
pub struct Campaign<'a> {
    /// Columns of features as of the day of the campaign, each with a number for each row; NaN stands for missing.
    pub features: &'a [&'a [f64]],
    /// The arm that the lot gave: 0 is the control, 1 and up are offers.
    pub arm: &'a [usize],
    /// Within which the lot was drawn, with shares of its own; one number for all where it was drawn among all.
    pub stratum: &'a [usize],
    /// The customer, by a number: rows of one customer stay in one fold.
    pub customer: &'a [u64],
    /// Whether the customer stayed (did not churn; of lapsed customers: returned) in the label window after the campaign.
    pub retained: &'a [bool],
}

impl Campaign<'_> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.arm.len()
    }

    /// Number of offers: arms without the control.
    pub fn offers(&self) -> usize {
        self.arm.iter().copied().max().unwrap_or(0)
    }

    /// Rows of an arm.
    pub fn rows_of_arm(&self, arm: usize) -> usize {
        self.arm.iter().filter(|other| **other == arm).count()
    }

    /// Checks lengths, numbers, and that each arm has both outcomes.
    pub(super) fn check(&self) -> Result<(), DecisionError> {
        let rows = self.rows();
        same_length("strata", rows, self.stratum.len())?;
        same_length("customers", rows, self.customer.len())?;
        same_length("outcomes", rows, self.retained.len())?;
        for column in self.features {
            same_length("numbers in each column", rows, column.len())?;
            if let Some(row) = column.iter().position(|value| value.is_infinite()) {
                let (what, expected) = ("feature", "a finite number, or NaN for missing");
                return Err(DecisionError::Row { what, expected, row, found: column[row] });
            }
        }
        let offers = self.offers();
        if offers == 0 || offers >= rows {
            let (what, advice) = ("arms", "a campaign needs a control (arm 0) and an offer (arm 1)");
            return Err(DecisionError::TooFew { what, needed: 2, found: 1, advice });
        }
        for arm in 0..=offers {
            for outcome in [false, true] {
                let pairs = self.arm.iter().zip(self.retained);
                let found = pairs.filter(|(a, y)| **a == arm && **y == outcome).count();
                if found < MIN_OF_EACH {
                    return Err(DecisionError::TooFew {
                        what: "customers of each arm who stayed, and who left",
                        needed: MIN_OF_EACH,
                        found,
                        advice: "wait for a larger campaign, or state an assumption about the response",
                    });
                }
            }
        }
        Ok(())
    }
}

/// Customers of each arm with each outcome that it takes: with fewer, an interval for the effect spans everything that could matter.
pub const MIN_OF_EACH: usize = 20;
