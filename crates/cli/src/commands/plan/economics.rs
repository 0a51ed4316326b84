//! What offers would earn by churn probability alone, and what a plan earns by depth.

use decisions::plan::{Candidate, Offer, PlanSettings, expected_cost};
use decisions::profit::{
    AcceptanceBelief, BreakEven, DepthPoint, MaximumProfit, RetentionOffer, break_even, empc, mpc, profit_by_depth,
};
use feature_engineering::State;
use history::{Date, Export};
use scoring::{Model, Scores};

/// An offer to everybody above a churn probability, as if nothing were known of what it does.
#[derive(Debug)]
pub(super) struct ByRisk {
    pub(super) offer: String,
    /// Share of would-be churners who are taken to accept.
    pub(super) acceptance: f64,
    /// Mean value of the eligible customers.
    pub(super) value: f64,
    pub(super) mpc: Option<MaximumProfit>,
    pub(super) empc: Option<MaximumProfit>,
    pub(super) break_even: BreakEven,
}

/// What contacting so many customers is expected to earn.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) by_gain: Vec<DepthPoint>,
    pub(super) by_risk: Vec<DepthPoint>,
}

/// The rows of the model's test, which it has not learnt from: who churned, and what the model says now.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) as_of: Date,
    churned: Vec<bool>,
    score: Vec<f64>,
}

impl Test {
    /// None where the export has no longer, or not yet, what it takes.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(super) fn of(export: &Export, model: &Model) -> anyhow::Result<Option<Self>> {
        let as_of = model.test_as_of();
        if as_of <= export.first_day() {
            return Ok(None);
        }
        let Ok(outcome) = export.outcome(as_of, model.window()) else { return Ok(None) };
        let Ok(scores) = Scores::compute(model, export, as_of) else { return Ok(None) };
        let eligible = scores.rows().iter().filter(|row| row.state == State::Eligible);
        let (customers, score): (Vec<u32>, Vec<f64>) =
            eligible.filter_map(|row| Some((row.customer, row.scored.as_ref()?.probability))).unzip();
        let history = model.history(export, as_of);
        let labels = model.churn().labels(&history, &outcome, model.eligibility(), &customers)?;
        let known: Vec<(bool, f64)> = labels.into_iter().zip(score).filter_map(|(l, s)| Some((l?, s))).collect();
        if known.is_empty() {
            return Ok(None);
        }
        let (churned, score) = known.into_iter().unzip();
        Ok(Some(Self { as_of, churned, score }))
    }
}

/// MPC, EMPC and break-even of each offer. `acceptance` is what past campaigns say, if anything.
///
/// # Errors
/// Numbers make no sense.
pub(super) fn by_risk(
    offers: &[Offer],
    acceptance: &[Option<f64>],
    value: f64,
    mean_risk: f64,
    test: Option<&Test>,
) -> anyhow::Result<Vec<ByRisk>> {
    let belief = AcceptanceBelief::default();
    let mut found = Vec::new();
    for (offer, accepted) in offers.iter().zip(acceptance) {
        let terms = RetentionOffer {
            clv: value,
            incentive: offer.incentive_cost.to_f64(),
            contact: offer.contact_cost.to_f64(),
        };
        // Where an incentive costs more than a customer is worth, no share of acceptance pays.
        if terms.clv <= terms.incentive || terms.clv <= 0.0 {
            continue;
        }
        let acceptance = accepted.unwrap_or(belief.alpha / (belief.alpha + belief.beta));
        let of_test = |test: &Test| -> anyhow::Result<(MaximumProfit, MaximumProfit)> {
            let known = mpc(&test.churned, &test.score, &terms, acceptance)?;
            Ok((known, empc(&test.churned, &test.score, &terms, &belief)?))
        };
        let (mpc, empc) = test.map(of_test).transpose()?.unzip();
        let break_even = break_even(&terms, acceptance, mean_risk)?;
        found.push(ByRisk { offer: offer.name.clone(), acceptance, value, mpc, empc, break_even });
    }
    Ok(found)
}

/// Shares of the customers at which the curve is told.
const DEPTHS: usize = 20;

/// Expected profit by depth over the customers who may be contacted, each with the best offer, by expected gain and by churn probability.
/// Budget, capacity and hold-out are left out.
///
/// # Errors
/// Numbers make no sense.
pub(super) fn curve(offers: &[Offer], candidates: &[&Candidate<'_>], settings: &PlanSettings) -> anyhow::Result<Curve> {
    let best = |candidate: &&Candidate<'_>| {
        let options = offers.iter().zip(candidate.responses).map(|(offer, response)| {
            let cost = expected_cost(offer, response.acceptance).to_f64();
            let uplift = response.uplift - settings.caution * response.uplift_error;
            (uplift * candidate.value - cost, cost)
        });
        options.fold((f64::NEG_INFINITY, 0.0), |best, option| if option.0 > best.0 { option } else { best })
    };
    let (gain, cost): (Vec<f64>, Vec<f64>) = candidates.iter().map(best).unzip();
    let risk: Vec<f64> = candidates.iter().map(|candidate| candidate.churn_probability.unwrap_or(0.0)).collect();
    let depths: Vec<f64> = (0..=DEPTHS).map(|at| at as f64 / DEPTHS as f64).collect();
    Ok(Curve {
        by_gain: profit_by_depth(&gain, &gain, &cost, &depths)?,
        by_risk: profit_by_depth(&risk, &gain, &cost, &depths)?,
    })
}
