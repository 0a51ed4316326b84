//! Customers who behave as a model says, from a seed.

use super::super::{Purchases, Spend};

/// SplitMix64 (Steele, Lea & Flood 2014), and the distributions that the models are made of.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Between 0, never reached, and 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + 1.0 / (1u64 << 54) as f64
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -self.uniform().ln() / rate
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Marsaglia & Tsang (2000), ACM Transactions on Mathematical Software 26(3).
    fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0, rate) * boost;
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / rate;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (left, right) = (self.gamma(a, 1.0), self.gamma(b, 1.0));
        left / (left + right)
    }

    /// A customer who may leave after each purchase, the first one too only if `from_first`.
    pub(super) fn beta_geometric(&mut self, [r, alpha, a, b]: [f64; 4], from_first: bool, ages: [f64; 2]) -> Vec<f64> {
        let age = ages[0] + (ages[1] - ages[0]) * self.uniform();
        let (rate, leaves) = (self.gamma(r, alpha), self.beta(a, b));
        let mut times = vec![age];
        let mut at = 0.0;
        let mut gone = from_first && self.uniform() < leaves;
        while !gone {
            at += self.exponential(rate);
            if at > age {
                break;
            }
            times.push(at);
            gone = self.uniform() < leaves;
        }
        times
    }

    /// A customer who may leave at any time: the age, then the times of repeat purchases.
    pub(super) fn pareto(&mut self, [r, alpha, s, beta]: [f64; 4], ages: [f64; 2]) -> Vec<f64> {
        let age = ages[0] + (ages[1] - ages[0]) * self.uniform();
        let (rate, leaving) = (self.gamma(r, alpha), self.gamma(s, beta));
        let last = self.exponential(leaving).min(age);
        let mut times = vec![age];
        let mut at = self.exponential(rate);
        while at <= last {
            times.push(at);
            at += self.exponential(rate);
        }
        times
    }

    /// What a customer spends in so many transactions.
    pub(super) fn spend(&mut self, [p, q, gamma]: [f64; 3], transactions: u32) -> Spend {
        let rate = self.gamma(q, gamma);
        let total: f64 = (0..transactions).map(|_| self.gamma(p, rate)).sum();
        Spend::new(transactions, total / f64::from(transactions)).unwrap()
    }
}

/// The age and the times of repeat purchases, as they are.
pub(super) fn exact(times: &[f64]) -> Purchases {
    let repeat = u32::try_from(times.len() - 1).unwrap();
    Purchases::new(repeat, if repeat == 0 { 0.0 } else { times[times.len() - 1] }, times[0]).unwrap()
}

/// In whole days, purchases of a day counted once, those of the first day not at all.
pub(super) fn by_day(times: &[f64]) -> Purchases {
    let age = times[0].ceil();
    let mut days: Vec<f64> = times[1..].iter().map(|time| time.floor()).filter(|day| *day > 0.0).collect();
    days.dedup();
    Purchases::new(u32::try_from(days.len()).unwrap(), days.last().copied().unwrap_or(0.0), age).unwrap()
}
