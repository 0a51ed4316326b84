//! Everything that an export says at an as-of date, in a form that can be compared.

use std::collections::BTreeMap;

use feature_engineering::{Snapshot, available, features};
use history::{Date, Days, Export};

use super::ELIGIBILITY;

/// What was known: equal only if all of it is equal, features to the last bit.
#[derive(PartialEq)]
pub struct Known {
    pub available: Vec<String>,
    pub first_day: Date,
    /// Eligible, lapsed and new customers, by id.
    pub states: [Vec<String>; 3],
    /// The bits of all available features of all of these.
    pub features: BTreeMap<String, Vec<u64>>,
}

impl Known {
    pub fn at(export: &Export, as_of: Date, lookback: Option<Days>) -> Self {
        let history = export.history(as_of).with_lookback(lookback);
        let wanted = available(&history);
        let snapshot = Snapshot::take(&history, ELIGIBILITY).unwrap();
        let id = |customer: &u32| export.customer_ids()[*customer as usize].to_string();
        let states = [&snapshot.eligible, &snapshot.lapsed, &snapshot.new];
        let mut customers: Vec<u32> = states.iter().copied().flatten().copied().collect();
        customers.sort_unstable();
        let table = features(&history, &customers, &wanted).unwrap();
        let bits = |row: usize| table.columns().iter().map(|column| column[row].to_bits()).collect();
        Self {
            available: wanted.iter().map(|feature| feature.name.clone()).collect(),
            first_day: history.first_visible_day(),
            states: states.map(|customers| customers.iter().map(id).collect()),
            features: customers.iter().enumerate().map(|(row, customer)| (id(customer), bits(row))).collect(),
        }
    }
}

impl Known {
    /// What two of them say differently, in words; nothing where they are equal.
    pub fn difference(&self, other: &Known) -> Option<String> {
        if self == other {
            return None;
        }
        if (&self.available, self.first_day, &self.states) != (&other.available, other.first_day, &other.states) {
            let summary = |known: &Known| (known.first_day, known.available.len(), known.states.clone());
            return Some(format!("{:?}, not {:?}", summary(self), summary(other)));
        }
        let rows = self.features.iter().zip(&other.features);
        rows.flat_map(|((customer, a), (_, b))| {
            let values = self.available.iter().zip(a.iter().zip(b)).filter(|(_, (a, b))| a != b);
            values.map(move |(name, (a, b))| {
                format!("{name} of {customer}: {}, not {}", f64::from_bits(*a), f64::from_bits(*b))
            })
        })
        .next()
    }
}
