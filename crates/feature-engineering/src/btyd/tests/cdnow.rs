//! The models on the CDNOW sample, which data/public/fetch.py brings.
//!
//! Published: BG/NBD: Fader, Hardie & Lee (2005), table 2 and section 4 (.243, 4.414, .793, 2.426; -9582.4; 1.226
//! purchases); Pareto/NBD: the same (.553, 10.578, .606, 11.669; -9595.0); Gamma-Gamma: Fader & Hardie, notes/025 (6.25,
//! 3.74, 15.44). The longer figures were printed by `tests/reference/buy_till_you_die.py` (maxima of the same file in 30
//! digits, mpmath 1.4.1) to which fits agree relatively to 1e-7, far within 1e-4.

use super::super::{
    Candidates, GammaGamma, GammaGammaParameters, Kind, Model, ParetoNbd, ParetoParameters, Purchases, Spend,
    spend_correlation,
};
use super::{close, lines, numbers};

/// The file of this name, or none where the data were not brought.
#[allow(clippy::print_stdout)]
fn file(name: &str) -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/public/cdnow/");
    let text = std::fs::read_to_string(format!("{path}{name}")).ok();
    if text.is_none() {
        println!("skipped: data/public/cdnow/{name} is not there");
    }
    text
}

fn customers(text: &str) -> Vec<Purchases> {
    let customers = lines(text).map(|fields| {
        let [recency, age] = numbers(&fields[2..4])[..] else { panic!("{fields:?}") };
        Purchases::new(fields[1].parse().unwrap(), recency, age).unwrap()
    });
    customers.collect()
}

#[track_caller]
fn within(found: f64, expected: f64, absolute: f64) {
    assert!((found - expected).abs() <= absolute, "found {found:?}, expected {expected:?}");
}

#[test]
fn fits_of_the_cdnow_sample_are_the_published_ones() {
    let Some(text) = file("customers_summary.csv") else { return };
    let customers = customers(&text);
    assert_eq!(customers.len(), 2357);
    let expected = [
        (
            [0.2425929072044646, 4.413531561205393, 0.792886148098762, 2.4257534364935975],
            -9582.425560567362,
            [0.012557319583759895, 0.37822141552658917, 0.1857191430959337, 0.7053457551035922],
        ),
        (
            [0.5248379836655874, 6.1829920196720405, 0.8913561553315379, 1.613999334730531],
            -9582.132684899903,
            [0.08326406461359652, 0.6955979328549075, 0.1547853114032112, 0.5374723605483759],
        ),
        (
            [0.5532755086895169, 10.577612238681642, 0.6062135686740453, 11.667911237919087],
            -9594.973929826863,
            [0.04762875442964477, 0.8427239235043552, 0.18727956947080057, 6.21102931986882],
        ),
    ];
    let candidates = Candidates::fit(&customers);
    for ((kind, fit), (parameters, log_likelihood, errors)) in candidates.fits.iter().zip(expected) {
        let fitted = fit.as_ref().unwrap();
        let found_errors = fitted.model.standard_errors(&customers).unwrap();
        for (at, (name, value)) in fitted.model.parameters().iter().enumerate() {
            let what = format!("{} {name}", kind.name());
            within(value, parameters[at], 1e-4);
            close(value, parameters[at], 1e-7, &what);
            close(found_errors.get(name).unwrap(), errors[at], 1e-5, &what);
        }
        within(fitted.log_likelihood, log_likelihood, 1e-8);
    }
    assert_eq!(candidates.best().unwrap().model.kind(), Kind::MbgNbd);
}

#[test]
fn forecasts_of_the_cdnow_sample_are_the_published_ones() {
    let Some(text) = file("customers_summary.csv") else { return };
    let customers = customers(&text);
    let of = |x, t_x, age| Purchases::new(x, t_x, age).unwrap();
    let bg_nbd = Model::fit(Kind::BgNbd, &customers).unwrap();
    for (customer, alive, expected, no_purchase) in [
        (of(2, 30.43, 38.86), 0.72661, 1.22591, 0.44539),
        (of(7, 29.43, 38.86), 0.64180, 3.33724, 0.36432),
        (of(0, 0.0, 38.86), 1.0, 0.19478, 0.85567),
    ] {
        within(bg_nbd.probability_alive(&customer), alive, 1e-5);
        within(bg_nbd.expected_purchases(&customer, 39.0).unwrap(), expected, 1e-5);
        within(bg_nbd.probability_no_purchase(&customer, 39.0).unwrap(), no_purchase, 1e-5);
    }
    within(bg_nbd.probability_no_purchase(&of(1, 1.71, 38.86), 39.0).unwrap(), 0.88329, 1e-5);
    let pareto = Model::fit(Kind::ParetoNbd, &customers).unwrap();
    within(pareto.probability_alive(&of(2, 30.43, 38.86)), 0.86912, 1e-5);
    within(pareto.probability_alive(&of(0, 0.0, 38.86)), 0.29510, 1e-5);
    within(pareto.probability_alive(&of(26, 30.86, 31.0)), 0.99792, 1e-5);
    within(pareto.expected_purchases(&of(26, 30.86, 31.0), 52.0).unwrap(), 25.456, 1e-3);
}

/// `customers_spend.csv` is `cdnow_customers_summary_with_transactions.csv` of the package lifetimes: ID, x, t_x, T, zbar.
#[test]
fn spend_of_the_cdnow_sample_is_the_published_one() {
    let Some(text) = file("customers_spend.csv") else { return };
    let repeaters = lines(&text).filter(|fields| fields[1] != "0");
    let spends: Vec<Spend> =
        repeaters.map(|fields| Spend::new(fields[1].parse().unwrap(), fields[4].parse().unwrap()).unwrap()).collect();
    assert_eq!(spends.len(), 946);
    let model = GammaGamma::fit(&spends).unwrap();
    let GammaGammaParameters { p, q, gamma } = model.parameters();
    close(p, 6.248802489708901, 1e-7, "p");
    close(q, 3.7445884532873754, 1e-7, "q");
    close(gamma, 15.447748009463808, 1e-7, "gamma");
    within(model.log_likelihood(&spends), -4055.9232435028644, 1e-8);
    let errors = model.standard_errors(&spends).unwrap();
    close(errors.get("gamma").unwrap(), 4.15999387832625, 1e-5, "standard error of gamma");
    within(model.expected_spend(None).unwrap(), 35.17, 5e-3);
    within(model.expected_spend(Some(&Spend::new(2, 40.0).unwrap())).unwrap(), 39.13, 5e-3);
    within(spend_correlation(&spends).unwrap(), 0.11388391048600449, 1e-12);
}

/// The case that CLVTools keeps because its difference of hypergeometric functions was not a number.
#[test]
fn a_heavy_buyer_seen_days_ago_has_a_likelihood() {
    let parameters = ParetoParameters { r: 0.5143, alpha: 2.8845, s: 0.2856, beta: 14.1087 };
    let model = ParetoNbd::new(parameters).unwrap();
    let customer = Purchases::new(221, 103.42857, 103.57143).unwrap();
    // mpmath 1.4.1, 30 digits, from the hypergeometric functions.
    close(model.log_likelihood(&[customer]), -61.5846485617292, 1e-13, "log-likelihood");
    close(model.probability_alive(&customer), 0.9995960523179381, 1e-13, "P(alive)");
}
