//! What several test files share: a generator of their own, simulated customers, and the fixtures.
#![allow(clippy::unwrap_used, dead_code)]

use evaluation::Sample;

/// A small generator of its own, so that the draws tested do not come from the code under test.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Uniform within (0, 1): PCG-XSH-RR (O'Neill 2014), 32 bits.
    pub(crate) fn uniform(&mut self) -> f64 {
        let state = self.0;
        self.0 = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = ((((state >> 18) ^ state) >> 27) as u32).rotate_right((state >> 59) as u32);
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }

    /// Standard normal (Box & Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// The generator of run number `run`.
    pub(crate) fn of_run(run: u64) -> Self {
        let mut random = Self(run.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03);
        random.uniform();
        random
    }
}

pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

pub(crate) fn log_odds(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Whether `covered` of `runs` intervals is what 95 % intervals do: within three standard deviations, which is
/// [92.9, 97.1] % for 1,000 runs.
pub(crate) fn covers_95(covered: usize, runs: usize) -> bool {
    let share = covered as f64 / runs as f64;
    (share - 0.95).abs() <= 3.0 * (0.95 * 0.05 / runs as f64).sqrt()
}

/// `long` where `CHURN_LONG_TESTS=1` asks for it, else `short`.
pub(crate) fn runs(short: usize, long: usize) -> usize {
    if std::env::var("CHURN_LONG_TESTS").is_ok_and(|value| value == "1") { long } else { short }
}

/// True area under the curve of [`Binormal`] customers: Φ(1/√2).
pub(crate) const BINORMAL_AUC: f64 = 0.760_249_938_906_523_2;

/// Customers with scores N(1, 1) where they churn (20 %) and N(0, 1) where they do not.
#[derive(Clone, Copy)]
pub(crate) struct Binormal {
    pub(crate) customers: usize,
    pub(crate) rows_each: usize,
    /// Correlation of the scores of one customer.
    pub(crate) correlation: f64,
    /// Whether all rows of a customer have one outcome, or each its own.
    pub(crate) one_outcome: bool,
}

impl Binormal {
    /// Probabilities, outcomes and customers.
    pub(crate) fn columns(self, random: &mut Random) -> (Vec<f64>, Vec<bool>, Vec<u32>) {
        let (mut p, mut y, mut c) = (Vec::new(), Vec::new(), Vec::new());
        for customer in 0..self.customers {
            let of_customer = random.uniform() < 0.2;
            let trait_ = random.normal() * self.correlation.sqrt();
            for _ in 0..self.rows_each {
                let churned = if self.one_outcome { of_customer } else { random.uniform() < 0.2 };
                let score = trait_ + random.normal() * (1.0 - self.correlation).sqrt() + f64::from(u8::from(churned));
                p.push(logistic(score));
                y.push(churned);
                c.push(customer as u32);
            }
        }
        (p, y, c)
    }
}

/// One row for each customer.
pub(crate) fn sample(p: &[f64], y: &[bool]) -> Sample {
    Sample::new(p.to_vec(), y.to_vec(), (0..p.len() as u32).collect()).unwrap()
}

/// The rows of a fixture as numbers, without header.
pub(crate) fn table(text: &str) -> Vec<Vec<f64>> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect()
}

/// The value of a name in a fixture of names and values.
pub(crate) fn value(text: &str, name: &str) -> f64 {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(',')).unwrap().parse().unwrap()
}
