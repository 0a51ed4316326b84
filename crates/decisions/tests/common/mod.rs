//! Campaigns with a known truth.
#![allow(dead_code, unreachable_pub)]

use decisions::uplift::Campaign;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What an offer does to the logit of staying.
#[derive(Debug, Clone, Copy)]
pub enum Effect {
    /// Nothing.
    None,
    /// The same for everybody.
    Same(f64),
    /// `mean + slope * x6`: it pays for a minority.
    Differs(f64, f64),
}

/// A past campaign, and customers of today.
#[derive(Debug)]
pub struct World {
    pub features: Vec<Vec<f64>>,
    pub arm: Vec<usize>,
    pub stratum: Vec<usize>,
    pub customer: Vec<u64>,
    pub retained: Vec<bool>,
    pub today: Vec<Vec<f64>>,
    /// Churn probability of today's customers, left alone.
    pub churn_probability: Vec<f64>,
    /// Margin of each if they stay.
    pub value: Vec<f64>,
    /// What each offer truly adds to the probability of staying of each.
    pub uplift: Vec<Vec<f64>>,
}

impl World {
    /// `rows` customers of a past campaign with a control and an offer for each effect, in equal shares, and `today` customers.
    pub fn draw(seed: u64, rows: usize, today: usize, effects: &[Effect]) -> Self {
        Self::draw_wide(seed, rows, today, effects, 12)
    }

    /// The same with so many features, 7 or more; from the eighth on they say nothing.
    pub fn draw_wide(seed: u64, rows: usize, today: usize, effects: &[Effect], columns: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut world = Self {
            features: vec![Vec::with_capacity(rows); columns],
            arm: Vec::new(),
            stratum: vec![0; rows],
            customer: (0..rows as u64).collect(),
            retained: Vec::new(),
            today: vec![Vec::with_capacity(today); columns],
            churn_probability: Vec::new(),
            value: Vec::new(),
            uplift: vec![Vec::new(); effects.len()],
        };
        for row in 0..rows + today {
            let normal = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
            let common = normal(&mut rng);
            let x: Vec<f64> = (0..columns).map(|_| 0.9 * normal(&mut rng) + 0.4 * common).collect();
            let logit = 0.9 - 0.8 * x[0] + 0.6 * x[1] - 0.4 * x[2] - 0.3 * x[3] + 0.2 * x[4];
            let shift = |effect: &Effect| match *effect {
                Effect::None => 0.0,
                Effect::Same(shift) => shift,
                Effect::Differs(mean, slope) => mean + slope * x[6],
            };
            let stays = |shift: f64| 1.0 / (1.0 + (-logit - shift).exp());
            let value = (3.6 + 0.7 * (0.6 * x[5] + 0.8 * normal(&mut rng))).exp();
            if row < rows {
                let arm = rng.random_range(0..=effects.len());
                let shift = if arm == 0 { 0.0 } else { shift(&effects[arm - 1]) };
                world.arm.push(arm);
                world.retained.push(rng.random::<f64>() < stays(shift));
                push(&mut world.features, &x);
            } else {
                world.churn_probability.push(1.0 - stays(0.0));
                world.value.push(value);
                for (uplift, effect) in world.uplift.iter_mut().zip(effects) {
                    uplift.push(stays(shift(effect)) - stays(0.0));
                }
                push(&mut world.today, &x);
            }
        }
        world
    }

    pub fn columns(&self) -> Vec<&[f64]> {
        self.features.iter().map(Vec::as_slice).collect()
    }

    pub fn columns_today(&self) -> Vec<&[f64]> {
        self.today.iter().map(Vec::as_slice).collect()
    }

    pub fn campaign<'a>(&'a self, columns: &'a [&'a [f64]]) -> Campaign<'a> {
        Campaign {
            features: columns,
            arm: &self.arm,
            stratum: &self.stratum,
            customer: &self.customer,
            retained: &self.retained,
        }
    }

    /// What contacting the customers with the first offer truly earns at this cost for each.
    pub fn true_profit(&self, contact: &[bool], cost: f64) -> f64 {
        let rows = contact.iter().zip(&self.uplift[0]).zip(&self.value).filter(|((contact, _), _)| **contact);
        rows.map(|((_, uplift), value)| uplift * value - cost).sum()
    }
}

fn push(columns: &mut [Vec<f64>], x: &[f64]) {
    for (column, value) in columns.iter_mut().zip(x) {
        column.push(*value);
    }
}
