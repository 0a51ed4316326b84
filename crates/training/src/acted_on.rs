//! Customers who were made an offer within a label window. What they did is the work of the offer as well, and whoever is offered something is
//! at risk: taken for what customers do by themselves, it would teach the next model that the risky ones stay.
//!
//! So they are left out. But they cannot just be missing: an offer that is made *because* somebody has been silent for weeks takes
//! away those who stay silent. The customers whom the same lot left without an offer are like them and did go on by themselves: each of them
//! counts for all whom the lot drew, `(treated + control) / control` (inverse probability of censoring weights: Robins & Finkelstein 2000,
//! Biometrics 56:779). Weights are whole numbers here, copies of a row: what does not come out even is decided by a hash of the customer's id.

use std::collections::BTreeMap;

use history::{Date, Export, Outcome};

use crate::customers::CustomerHashes;

/// A lot with fewer customers in either arm shares its weight with its month.
const LEAST_OF_A_DAY: u64 = 20;
/// No customer stands for more than so many: few who count for many would be all that is learnt from.
const MOST_COPIES: f64 = 20.0;

/// The lots of an export.
#[derive(Debug, Default)]
pub(crate) struct ActedOn {
    /// For how many customers a control of the day counts; none where its lots left nobody without an offer.
    weight: BTreeMap<Date, Option<f64>>,
}

/// How many customers of some as-of dates were acted on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ActedOnCounts {
    /// Left out.
    pub(crate) treated: u64,
    /// Of them, those whose lot left nobody without an offer, so that nobody stands for them.
    pub(crate) without_control: u64,
    /// Customers who count for them.
    pub(crate) controls: u64,
}

impl ActedOn {
    pub(crate) fn of(export: &Export) -> Self {
        let sizes = export.lot_sizes();
        let mut months: BTreeMap<Date, (u64, u64)> = BTreeMap::new();
        for (day, (treated, control)) in &sizes {
            let month = months.entry(day.month_start()).or_default();
            *month = (month.0 + treated, month.1 + control);
        }
        let weight = |(day, size): (&Date, &(u64, u64))| {
            let small = size.0.min(size.1) < LEAST_OF_A_DAY;
            let (treated, control) = if small { months[&day.month_start()] } else { *size };
            let weight = (control > 0).then(|| ((treated + control) as f64 / control as f64).min(MOST_COPIES));
            (*day, weight)
        };
        Self { weight: sizes.iter().map(weight).collect() }
    }

    /// How often a customer counts in a label window: not at all who was made an offer in it, more than once who stands for others.
    fn copies(&self, outcome: &Outcome<'_>, customer: u32, hashes: &CustomerHashes, counts: &mut ActedOnCounts) -> u32 {
        let mut weight = 1.0;
        let mut was_control = false;
        for (day, treated) in outcome.lots(customer) {
            let of_lot = self.weight.get(&day).copied().flatten();
            if treated {
                counts.treated += 1;
                counts.without_control += u64::from(of_lot.is_none());
                return 0;
            }
            was_control = true;
            weight *= of_lot.unwrap_or(1.0);
        }
        if !was_control {
            return 1;
        }
        counts.controls += 1;
        let weight = f64::min(weight, MOST_COPIES);
        let further = hashes.uniform(customer, outcome.as_of()) < weight.fract();
        weight.floor() as u32 + u32::from(further)
    }

    /// For each customer how often they count, and the sums.
    pub(crate) fn count(
        &self,
        outcome: &Outcome<'_>,
        customers: &[u32],
        hashes: &CustomerHashes,
    ) -> (Vec<u32>, ActedOnCounts) {
        let mut counts = ActedOnCounts::default();
        if self.weight.is_empty() {
            return (vec![1; customers.len()], counts);
        }
        let copies = customers.iter().map(|customer| self.copies(outcome, *customer, hashes, &mut counts)).collect();
        (copies, counts)
    }
}

impl ActedOnCounts {
    pub(crate) fn add(&mut self, other: Self) {
        self.treated += other.treated;
        self.without_control += other.without_control;
        self.controls += other.controls;
    }

    /// What the card says of them; nothing where nobody was acted on.
    pub(crate) fn note(self) -> Option<String> {
        let Self { treated, without_control, controls } = self;
        if treated == 0 {
            return None;
        }
        let of_lots = match (controls, without_control) {
            (_, none) if none == treated => {
                " Their lots left nobody without an offer, so nobody stands for them: the model knows less of customers like \
                 them, and may take them for safer than they are. A hold-out would tell (docs/decisions.md)."
                    .to_owned()
            }
            (controls, 0) => format!(
                " The {controls} whom the same lots left without one count for them, more than once each where they were few."
            ),
            (controls, none) => format!(
                " The {controls} whom the same lots left without one count for them; for {none} whose lots left nobody, nobody does."
            ),
        };
        Some(format!(
            "Left out because they were made an offer within the label window: {treated} customers, counted at each date. The model says \
             what happens if nobody does anything.{of_lots}"
        ))
    }
}

/// Each value as often as it counts.
pub(crate) fn repeated<T: Copy>(values: &[T], copies: &[u32]) -> Vec<T> {
    values.iter().zip(copies).flat_map(|(value, copies)| std::iter::repeat_n(*value, *copies as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_repeated_in_their_order() {
        assert_eq!(repeated(&[7, 8, 9], &[2, 0, 1]), [7, 7, 9]);
    }

    #[test]
    fn the_card_says_who_stands_for_whom() {
        assert_eq!(ActedOnCounts::default().note(), None);
        let some = ActedOnCounts { treated: 90, without_control: 0, controls: 10 };
        assert!(some.note().is_some_and(|note| note.contains("The 10 whom the same lots")));
        let none = ActedOnCounts { treated: 90, without_control: 90, controls: 0 };
        assert!(none.note().is_some_and(|note| note.contains("nobody stands for them")));
    }
}
