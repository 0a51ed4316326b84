//! The numbers of the report's first screen.

use feature_engineering::State;
use reports::{BandCounts, Estimate, StateCounts, Summary};
use scoring::{Model, RiskBand, Scores, Total};

pub(super) fn summary(scores: &Scores, model: &Model, verdict: Vec<String>, warnings: Vec<String>) -> Summary {
    let mut states = StateCounts::default();
    let mut bands = BandCounts::default();
    let totals = scores.totals();
    for row in scores.rows() {
        match row.state {
            State::Eligible => states.eligible += 1,
            State::Lapsed => states.lapsed += 1,
            State::New => states.new += 1,
        }
        if let Some(scored) = &row.scored {
            count(&mut bands, scored.band);
        }
    }
    let thresholds = model.file().risk_bands;
    let percent = |p: f64| format!("{} %", 100.0 * p);
    Summary {
        states,
        expected_churners: estimate(totals.expected_churners(model)),
        value_at_risk: estimate(totals.value_at_risk(model)),
        churn_probability: totals.mean_probability(model).map(estimate).unwrap_or_default(),
        bands,
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

fn estimate(total: Total) -> Estimate {
    let interval = total.interval;
    interval.map_or_else(|| Estimate::point(total.value), |(low, high)| Estimate::with_interval(total.value, low, high))
}

fn count(bands: &mut BandCounts, band: RiskBand) {
    match band {
        RiskBand::Low => bands.low += 1,
        RiskBand::Medium => bands.medium += 1,
        RiskBand::High => bands.high += 1,
        RiskBand::Critical => bands.critical += 1,
    }
}
