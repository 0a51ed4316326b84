//! Parameters found again in customers who behave as the model says.

use super::super::{GammaGamma, GammaGammaParameters, Kind, Model, ParameterList, Purchases, Spend};
use super::simulated::{Random, by_day, exact};

/// Each parameter is within three of its standard errors of the truth, and the errors tell something.
fn assert_recovered(found: &ParameterList, errors: &ParameterList, truth: &[f64]) {
    for (((name, found), (_, error)), truth) in found.iter().zip(errors.iter()).zip(truth) {
        assert!((found - truth).abs() < 3.0 * error, "{name}: found {found}, truth {truth}, standard error {error}");
        assert!(error < 0.35 * truth, "{name}: standard error {error}");
    }
}

#[test]
fn fits_recover_the_parameters_of_simulated_customers() {
    let weeks = [26.0, 78.0];
    for (kind, truth, seed) in [
        (Kind::BgNbd, [0.5, 6.0, 0.8, 2.5], 1),
        (Kind::MbgNbd, [0.7, 5.0, 0.6, 1.8], 2),
        (Kind::ParetoNbd, [0.6, 9.0, 0.7, 12.0], 3),
        (Kind::ParetoNbd, [1.4, 12.0, 1.6, 9.0], 4),
    ] {
        let mut random = Random::new(seed);
        let customers: Vec<Purchases> = (0..20_000)
            .map(|_| match kind {
                Kind::BgNbd => random.beta_geometric(truth, false, weeks),
                Kind::MbgNbd => random.beta_geometric(truth, true, weeks),
                Kind::ParetoNbd => random.pareto(truth, weeks),
            })
            .map(|times| exact(&times))
            .collect();
        let model = Model::fit(kind, &customers).unwrap();
        assert_recovered(&model.parameters(), &model.standard_errors(&customers).unwrap(), &truth);
    }
}

/// What is forecast happens: silence and purchases in the half year behind the one that was fitted.
#[test]
fn forecasts_come_true_in_simulated_customers() {
    let (truth, now, horizon) = ([0.6, 9.0, 0.7, 12.0], 40.0, 26.0);
    let mut random = Random::new(5);
    let whole: Vec<Vec<f64>> = (0..20_000).map(|_| random.pareto(truth, [now + horizon, now + horizon])).collect();
    let known: Vec<Purchases> = whole
        .iter()
        .map(|times| {
            let past: Vec<f64> = std::iter::once(now).chain(times[1..].iter().copied().filter(|t| *t < now)).collect();
            exact(&past)
        })
        .collect();
    let bought: Vec<f64> = whole.iter().map(|times| times[1..].iter().filter(|t| **t >= now).count() as f64).collect();
    let n = whole.len() as f64;
    for kind in [Kind::MbgNbd, Kind::ParetoNbd] {
        let model = Model::fit(kind, &known).unwrap();
        let silent: f64 = known.iter().map(|p| model.probability_no_purchase(p, horizon).unwrap()).sum();
        let expected: f64 = known.iter().map(|p| model.expected_purchases(p, horizon).unwrap()).sum();
        let seen = bought.iter().filter(|n| **n == 0.0).count() as f64;
        // Three binomial standard deviations of 20,000 customers are about 0.009.
        assert!((silent - seen).abs() / n < 0.01, "{kind:?}: {silent} {seen}");
        let total: f64 = bought.iter().sum();
        assert!((expected / total - 1.0).abs() < 0.06, "{kind:?}: {expected} {total}");
    }
}

#[test]
fn spend_fits_recover_the_parameters_of_simulated_customers() {
    let truth = [4.0, 3.5, 20.0];
    let mut random = Random::new(6);
    let spends: Vec<Spend> = (0..8_000).map(|i| random.spend(truth, 1 + i % 7)).collect();
    let model = GammaGamma::fit(&spends).unwrap();
    let GammaGammaParameters { p, q, gamma } = model.parameters();
    let errors = model.standard_errors(&spends).unwrap();
    assert_recovered(&ParameterList::new([("p", p), ("q", q), ("gamma", gamma)]), &errors, &truth);
}

/// Measures, on demand: `cargo test --release --locked --workspace --lib a_million -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout)]
fn a_million_customers() {
    let mut random = Random::new(7);
    let days: Vec<Purchases> =
        (0..1_000_000).map(|_| by_day(&random.pareto([0.8, 60.0, 0.7, 300.0], [1.0, 1095.0]))).collect();
    let distinct = super::super::sample::Sample::new(&days).rows.len();
    println!("{} customers, {distinct} distinct histories", days.len());
    for kind in Kind::ALL {
        let start = std::time::Instant::now();
        let model = Model::fit(kind, &days).unwrap();
        let fitted = start.elapsed();
        let start = std::time::Instant::now();
        let silent: f64 = days.iter().map(|p| model.probability_no_purchase(p, 90.0).unwrap()).sum();
        let silence = start.elapsed() / 1_000_000;
        let start = std::time::Instant::now();
        let expected: f64 = days.iter().map(|p| model.expected_purchases(p, 365.0).unwrap()).sum();
        let expectation = start.elapsed() / 1_000_000;
        println!(
            "{}: fit {fitted:.2?}, P(no purchase) {silence:?} each, E[purchases] {expectation:?} each; \
             {silent:.0} silent, {expected:.0} purchases; {}",
            kind.name(),
            model.parameters()
        );
    }
    let mut random = Random::new(8);
    let spends: Vec<Spend> = (0..400_000).map(|i| random.spend([4.0, 3.5, 20.0], 1 + i % 15)).collect();
    let start = std::time::Instant::now();
    let model = GammaGamma::fit(&spends).unwrap();
    println!("Gamma-Gamma, {} customers: fit {:.2?}; {}", spends.len(), start.elapsed(), model.parameters());
}
