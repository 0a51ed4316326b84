//! The numbers of the report's first screen.

use feature_engineering::State;
use reports::{BandCounts, Estimate, StateCounts, Summary};
use scoring::{Model, RiskBand, ScoreRow, Scored};

/// The 97.5 % point of the standard normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// Sums over scored customers, with what is needed for their intervals.
#[derive(Debug, Default)]
struct Totals {
    customers: u64,
    probability: f64,
    probability_low: f64,
    probability_high: f64,
    /// Sum of p (1 - p).
    variance: f64,
    at_risk: f64,
    at_risk_low: f64,
    at_risk_high: f64,
    /// Sum of value² p (1 - p).
    at_risk_variance: f64,
    bands: BandCounts,
}

pub(super) fn summary(rows: &[ScoreRow], model: &Model, verdict: Vec<String>, warnings: Vec<String>) -> Summary {
    let mut states = StateCounts::default();
    let mut totals = Totals::default();
    for row in rows {
        match row.state {
            State::Eligible => states.eligible += 1,
            State::Lapsed => states.lapsed += 1,
            State::New => states.new += 1,
        }
        if let Some(scored) = &row.scored {
            totals.add(scored);
        }
    }
    let thresholds = model.file().risk_bands;
    let percent = |p: f64| format!("{} %", 100.0 * p);
    Summary {
        states,
        expected_churners: interval(
            totals.probability,
            totals.probability_low,
            totals.probability_high,
            totals.variance,
        ),
        value_at_risk: interval(totals.at_risk, totals.at_risk_low, totals.at_risk_high, totals.at_risk_variance),
        churn_probability: totals.mean_probability(),
        bands: totals.bands,
        band_rule: format!(
            "Low below {}, medium below {}, high below {}, critical from there.",
            percent(thresholds.medium),
            percent(thresholds.high),
            percent(thresholds.critical)
        ),
        verdict,
        warnings,
    }
}

impl Totals {
    fn add(&mut self, scored: &Scored) {
        let (p, value) = (scored.probability, scored.expected_value);
        self.customers += 1;
        self.probability += p;
        self.probability_low += scored.low;
        self.probability_high += scored.high;
        self.variance += p * (1.0 - p);
        self.at_risk += p * value;
        self.at_risk_low += scored.low * value;
        self.at_risk_high += scored.high * value;
        self.at_risk_variance += value * value * p * (1.0 - p);
        match scored.band {
            RiskBand::Low => self.bands.low += 1,
            RiskBand::Medium => self.bands.medium += 1,
            RiskBand::High => self.bands.high += 1,
            RiskBand::Critical => self.bands.critical += 1,
        }
    }

    fn mean_probability(&self) -> Estimate {
        if self.customers == 0 {
            return Estimate::default();
        }
        let n = self.customers as f64;
        Estimate::with_interval(self.probability / n, self.probability_low / n, self.probability_high / n)
    }
}

/// A sum with its 95 % interval. Two things are uncertain: the model, whose errors move all customers together, so that
/// the ends of the customers' intervals add up; and each customer's own decision, independent of the others', with the
/// variance of a coin. Their half-widths are added in quadrature, on either side. What a customer is worth is taken as
/// given.
fn interval(sum: f64, low: f64, high: f64, variance: f64) -> Estimate {
    let chance = Z_95 * Z_95 * variance;
    let below = ((sum - low).powi(2) + chance).sqrt();
    let above = ((high - sum).powi(2) + chance).sqrt();
    Estimate::with_interval(sum, (sum - below).max(0.0), sum + above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_sum_holds_both_the_models_error_and_chance() {
        // 100 coins, no doubt about the model: 50 +- 1.96 * 5.
        let coins = interval(50.0, 50.0, 50.0, 25.0);
        assert!((coins.low.unwrap_or(0.0) - (50.0 - Z_95 * 5.0)).abs() < 1e-12);
        // No chance, only the model: its own ends.
        let model = interval(50.0, 44.0, 57.0, 0.0);
        assert_eq!((model.low, model.high), (Some(44.0), Some(57.0)));
    }
}
