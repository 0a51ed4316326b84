//! BG/NBD on histories that leave nothing to fit, and on any history at all.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{BgNbd, FitError, InputError, Parameters, Purchases};

fn histories(rows: &[(u32, f64, f64, u32)]) -> Vec<Purchases> {
    rows.iter().map(|&(x, t_x, t, n)| Purchases::new(x, t_x, t).unwrap().times(n)).collect()
}

#[test]
fn nobody_cannot_be_fitted() {
    assert_eq!(BgNbd::fit(&[]), Err(FitError::NoCustomers));
    assert_eq!(BgNbd::fit(&histories(&[(2, 3.0, 4.0, 0)])), Err(FitError::NoCustomers));
}

#[test]
fn customers_without_repeat_purchases_cannot_be_fitted() {
    let none = histories(&[(0, 0.0, 30.0, 40), (0, 0.0, 0.0, 2)]);
    assert_eq!(BgNbd::fit(&none), Err(FitError::NoRepeats { customers: 42.0 }));
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
        match BgNbd::fit(&customers) {
            Err(FitError::NotIdentified { parameters, log_likelihood, .. }) => {
                let [r, alpha, a, b] = ["r", "alpha", "a", "b"].map(|name| parameters.get(name).unwrap());
                let parameters = Parameters { r, alpha, a, b };
                assert!(log_likelihood.is_finite(), "{name}");
                assert!(BgNbd::new(parameters).is_ok(), "{name}: {parameters}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn impossible_models_and_horizons_are_refused() {
    let good = Parameters { r: 1.0, alpha: 1.0, a: 1.0, b: 1.0 };
    for bad in
        [Parameters { b: 0.0, ..good }, Parameters { r: f64::NAN, ..good }, Parameters { a: f64::INFINITY, ..good }]
    {
        assert!(matches!(BgNbd::new(bad), Err(InputError::Parameter { .. })));
    }
    let model = BgNbd::new(good).unwrap();
    let customer = Purchases::new(1, 1.0, 2.0).unwrap();
    for horizon in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(model.probability_no_purchase(&customer, horizon), Err(InputError::Time { .. })));
        assert!(matches!(model.expected_purchases(&customer, horizon), Err(InputError::Time { .. })));
    }
}

fn any_history(longest: f64) -> impl Strategy<Value = Purchases> {
    (0u32..40, 0.01..1.0f64, 0.01..1.0f64, 1u32..50).prop_map(move |(repeat, share, age, customers)| {
        let age = age * longest;
        Purchases::new(repeat, if repeat == 0 { 0.0 } else { age * share }, age).unwrap().times(customers)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_fit_is_a_maximum_or_an_error(
        exponent in -9i32..9,
        customers in prop::collection::vec(any_history(1.0), 1..40),
    ) {
        let unit = 10f64.powi(exponent);
        let customers: Vec<Purchases> = customers
            .iter()
            .map(|p| Purchases::new(p.repeat(), p.recency() * unit, p.age() * unit).unwrap().times(p.customers()))
            .collect();
        if let Ok(model) = BgNbd::fit(&customers) {
            let best = model.log_likelihood(&customers);
            let Parameters { r, alpha, a, b } = model.parameters();
            for by in [0.9, 0.999, 1.001, 1.1] {
                for moved in [
                    Parameters { r: r * by, alpha, a, b },
                    Parameters { r, alpha: alpha * by, a, b },
                    Parameters { r, alpha, a: a * by, b },
                    Parameters { r, alpha, a, b: b * by },
                    Parameters { r: r * by, alpha: alpha * by, a: a * by, b: b * by },
                ] {
                    let lower = BgNbd::new(moved).unwrap().log_likelihood(&customers);
                    prop_assert!(lower <= best + 1e-10 * best.abs(), "{moved}: {lower} above {best}");
                }
            }
        }
    }

    #[test]
    fn forecasts_are_probabilities_and_grow_with_the_horizon(
        logs in prop::array::uniform4(-6.0..6.0f64),
        customer in any_history(400.0),
        horizon in 0.0..400.0f64,
    ) {
        let [r, alpha, a, b] = logs.map(f64::exp);
        let model = BgNbd::new(Parameters { r, alpha, a, b }).unwrap();
        let alive = model.probability_alive(&customer);
        prop_assert!((0.0..=1.0).contains(&alive));
        let near = model.probability_no_purchase(&customer, horizon).unwrap();
        let far = model.probability_no_purchase(&customer, horizon * 2.0).unwrap();
        prop_assert!((0.0..=1.0 + 1e-15).contains(&near) && far <= near + 1e-15 && far >= 1.0 - alive - 1e-15);
        if let (Ok(few), Ok(more)) =
            (model.expected_purchases(&customer, horizon), model.expected_purchases(&customer, horizon * 2.0))
        {
            prop_assert!(few.is_finite() && few >= 0.0 && more >= few * (1.0 - 1e-9));
            // Markov: at least one purchase is at most as likely as purchases are expected.
            prop_assert!(1.0 - near <= few + 1e-12);
        }
    }
}
