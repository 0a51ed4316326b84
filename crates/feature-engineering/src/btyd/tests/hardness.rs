//! Histories that leave nothing to fit, and numbers that no model or forecast can have.

use history::Money;

use super::super::{
    FitError, GammaGamma, GammaGammaParameters, InputError, Kind, MbgNbd, Model, Parameters, ParetoNbd,
    ParetoParameters, Purchases, Spend, spend_correlation,
};
use super::model;

fn histories(rows: &[(u32, f64, f64, u32)]) -> Vec<Purchases> {
    rows.iter().map(|&(x, t_x, t, n)| Purchases::new(x, t_x, t).unwrap().times(n)).collect()
}

#[test]
fn nobody_cannot_be_fitted() {
    for kind in Kind::ALL {
        assert_eq!(Model::fit(kind, &[]), Err(FitError::NoCustomers));
        assert_eq!(Model::fit(kind, &histories(&[(2, 3.0, 4.0, 0)])), Err(FitError::NoCustomers));
    }
    assert_eq!(GammaGamma::fit(&[]), Err(FitError::NoCustomers));
    assert_eq!(GammaGamma::fit(&[Spend::new(1, 1.0).unwrap().times(0)]), Err(FitError::NoCustomers));
}

#[test]
fn customers_without_repeat_purchases_cannot_be_fitted() {
    let none = histories(&[(0, 0.0, 30.0, 40), (0, 0.0, 0.0, 2)]);
    for kind in Kind::ALL {
        assert_eq!(Model::fit(kind, &none), Err(FitError::NoRepeats { customers: 42.0 }));
    }
}

#[test]
fn data_without_a_maximum_are_refused_with_the_place_where_the_search_ended() {
    let cases = [
        ("one customer", histories(&[(3, 20.0, 30.0, 1)])),
        ("one customer of one day", histories(&[(1, 1.0, 1.0, 1)])),
        ("all alike", histories(&[(3, 20.0, 30.0, 500)])),
        ("bought on the last day, all of them", histories(&[(1, 30.0, 30.0, 9), (2, 30.0, 30.0, 8), (4, 9.0, 9.0, 7)])),
    ];
    for (name, customers) in cases {
        for kind in Kind::ALL {
            match Model::fit(kind, &customers) {
                Err(FitError::NotIdentified { parameters, log_likelihood, .. }) => {
                    let at: Vec<f64> = parameters.iter().map(|(_, value)| value).collect();
                    let found = model(kind, &at).log_likelihood(&customers);
                    // `scale` of the log-likelihood: its largest terms.
                    let scale = 1e-6 * log_likelihood.abs().max(1.0);
                    assert!((found - log_likelihood).abs() < scale, "{name}, {kind:?}: {found} {log_likelihood}");
                }
                other => panic!("{name}, {kind:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn spend_without_a_maximum_is_refused() {
    let cases = [
        ("one customer", vec![Spend::new(3, 20.0).unwrap()]),
        ("all alike", vec![Spend::new(3, 20.0).unwrap().times(500)]),
        ("single transactions that do not vary", vec![Spend::new(1, 9.99).unwrap().times(5000)]),
    ];
    for (name, spends) in cases {
        let refused = GammaGamma::fit(&spends);
        assert!(matches!(refused, Err(FitError::NotIdentified { .. })), "{name}: {refused:?}");
        assert_eq!(spend_correlation(&spends), None, "{name}");
    }
}

#[test]
fn impossible_spends_are_refused() {
    assert_eq!(Spend::new(0, 1.0), Err(InputError::NoTransactions));
    for mean in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(Spend::new(1, mean), Err(InputError::Spend { .. })));
    }
    let total = Spend::of_total(4, Money::from_ten_thousandths(100_000)).unwrap();
    assert_eq!((total.transactions(), total.mean(), total.customers()), (4, 2.5, 1));
}

#[test]
fn a_mean_that_is_infinite_is_an_error() {
    let heavy = GammaGamma::new(GammaGammaParameters { p: 0.4, q: 0.9, gamma: 3.0 }).unwrap();
    assert!(matches!(heavy.expected_spend(None), Err(InputError::InfiniteMean { transactions: 0, .. })));
    let known = heavy.expected_spend(Some(&Spend::new(1, 2.0).unwrap())).unwrap();
    assert!((known - 0.4 * (3.0 + 2.0) / 0.3).abs() < 1e-12, "{known}");
}

#[test]
fn impossible_models_and_horizons_are_refused() {
    let good = Parameters { r: 1.0, alpha: 1.0, a: 1.0, b: 1.0 };
    for bad in
        [Parameters { b: 0.0, ..good }, Parameters { r: f64::NAN, ..good }, Parameters { a: f64::INFINITY, ..good }]
    {
        assert!(matches!(MbgNbd::new(bad), Err(InputError::Parameter { .. })));
    }
    let bad = ParetoParameters { r: 1.0, alpha: 1.0, s: -1.0, beta: 1.0 };
    assert_eq!(ParetoNbd::new(bad), Err(InputError::Parameter { name: "s", value: -1.0 }));
    let bad = GammaGammaParameters { p: 1.0, q: 1.0, gamma: 0.0 };
    assert_eq!(GammaGamma::new(bad), Err(InputError::Parameter { name: "gamma", value: 0.0 }));
    let customer = Purchases::new(1, 1.0, 2.0).unwrap();
    for kind in Kind::ALL {
        let model = model(kind, &[1.0; 4]);
        for horizon in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(model.probability_no_purchase(&customer, horizon), Err(InputError::Time { .. })));
            assert!(matches!(model.expected_purchases(&customer, horizon), Err(InputError::Time { .. })));
        }
    }
}

/// Days, of customers nobody has thought of.
#[test]
fn forecasts_of_extreme_customers_are_finite() {
    let years = 10_957.0;
    let customers = [
        (0, 0.0, 0.0),
        (0, 0.0, years),
        (1, years, years),
        (12_907, years, years),
        (12_907, 1.0, years),
        (12_907, 1.0, 1.0),
        (1_000_000, years, years),
    ];
    let places = [
        [0.24, 4.4, 0.79, 2.43],
        [0.24, 4.4, 1.0, 2.43],
        [1e-4, 1e-3, 1e-4, 1e4],
        [50.0, 1e-3, 50.0, 1e-3],
        [1e3, 1e5, 1.0, 1e5],
        [3.0, 1e5, 200.0, 1.0],
    ];
    for (kind, at) in Kind::ALL.into_iter().flat_map(|kind| places.map(|at| (kind, at))) {
        let model = model(kind, &at);
        for (x, t_x, age) in customers {
            let customer = Purchases::new(x, t_x, age).unwrap();
            let what = format!("{model:?} {customer:?}");
            assert!((0.0..=1.0).contains(&model.probability_alive(&customer)), "{what}");
            assert!(model.log_likelihood(&[customer]).is_finite(), "{what}");
            for horizon in [0.0, 1.0, 90.0, years] {
                let none = model.probability_no_purchase(&customer, horizon).unwrap();
                assert!((0.0..=1.0).contains(&none), "{what}: {none}");
                match model.expected_purchases(&customer, horizon) {
                    Ok(expected) => assert!(expected.is_finite() && expected >= 0.0, "{what}: {expected}"),
                    // More purchases by far than anybody makes.
                    Err(InputError::HorizonTooLong { exposure, terms, .. }) => {
                        assert!(f64::from(x + 1) * (horizon / exposure) > 0.9 * f64::from(terms) / 1e3, "{what}");
                    }
                    Err(other) => panic!("{what}: {other}"),
                }
            }
        }
    }
}
