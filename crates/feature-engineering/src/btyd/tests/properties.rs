//! What holds for every model and any customers.

use proptest::prelude::*;

use super::super::{Candidates, GammaGamma, Kind, Model, Purchases, Spend};
use super::model;

fn any_history(longest: f64) -> impl Strategy<Value = Purchases> {
    (0u32..40, 0.01..1.0f64, 0.01..1.0f64, 1u32..50).prop_map(move |(repeat, share, age, customers)| {
        let age = age * longest;
        Purchases::new(repeat, if repeat == 0 { 0.0 } else { age * share }, age).unwrap().times(customers)
    })
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_fit_is_a_maximum_or_an_error(
        kind in any_kind(),
        exponent in -9i32..9,
        customers in prop::collection::vec(any_history(1.0), 1..40),
    ) {
        let unit = 10f64.powi(exponent);
        let customers: Vec<Purchases> = customers
            .iter()
            .map(|p| Purchases::new(p.repeat(), p.recency() * unit, p.age() * unit).unwrap().times(p.customers()))
            .collect();
        if let Ok(fitted) = Model::fit(kind, &customers) {
            let best = fitted.log_likelihood(&customers);
            let at: Vec<f64> = fitted.parameters().iter().map(|(_, value)| value).collect();
            for by in [0.9, 0.999, 1.001, 1.1] {
                for moved in 0..5 {
                    let near: Vec<f64> =
                        at.iter().enumerate().map(|(i, v)| if moved == 4 || moved == i { v * by } else { *v }).collect();
                    let lower = model(kind, &near).log_likelihood(&customers);
                    prop_assert!(lower <= best + 1e-10 * best.abs(), "{near:?}: {lower} above {best}");
                }
            }
        }
    }

    #[test]
    fn forecasts_are_probabilities_and_grow_with_the_horizon(
        kind in any_kind(),
        logs in prop::array::uniform4(-6.0..6.0f64),
        customer in any_history(400.0),
        horizon in 0.0..400.0f64,
    ) {
        let model = model(kind, &logs.map(f64::exp));
        let alive = model.probability_alive(&customer);
        prop_assert!((0.0..=1.0).contains(&alive));
        let near = model.probability_no_purchase(&customer, horizon).unwrap();
        let far = model.probability_no_purchase(&customer, horizon * 2.0).unwrap();
        prop_assert!((0.0..=1.0).contains(&near) && far <= near + 1e-15 && far >= 1.0 - alive - 1e-15);
        if let (Ok(few), Ok(more)) =
            (model.expected_purchases(&customer, horizon), model.expected_purchases(&customer, horizon * 2.0))
        {
            prop_assert!(few.is_finite() && few >= 0.0 && more >= few * (1.0 - 1e-9));
            // Markov: at least one purchase is at most as likely as purchases are expected.
            prop_assert!(1.0 - near <= few + 1e-12);
        }
    }

    /// No purchase in the horizon means the same history at a greater age: the ratio of the two likelihoods.
    #[test]
    fn silence_ahead_is_the_ratio_of_two_likelihoods(
        kind in any_kind(),
        logs in prop::array::uniform4(-3.0..3.0f64),
        customer in any_history(100.0),
        horizon in 0.0..100.0f64,
    ) {
        let model = model(kind, &logs.map(f64::exp));
        let now = customer.times(1);
        let later = Purchases::new(now.repeat(), now.recency(), now.age() + horizon).unwrap();
        let (before, after) = (model.log_likelihood(&[now]), model.log_likelihood(&[later]));
        let found = model.probability_no_purchase(&now, horizon).unwrap();
        let tolerance = 1e-13 * (1.0 + before.abs());
        prop_assert!((found.ln() - (after - before)).abs() < tolerance, "{found} {before} {after}");
    }

    /// Merged or apart, in whatever order: the same bits.
    #[test]
    fn fits_see_neither_the_order_of_customers_nor_who_is_merged(
        customers in prop::collection::vec(any_history(50.0).prop_map(|p| p.times(p.customers() % 4)), 1..60),
        shift in 0usize..60,
    ) {
        let mut apart: Vec<Purchases> =
            customers.iter().flat_map(|p| std::iter::repeat_n(p.times(1), p.customers() as usize)).collect();
        if !apart.is_empty() {
            let by = shift % apart.len();
            apart.rotate_left(by);
            apart.reverse();
        }
        prop_assert_eq!(Candidates::fit(&apart), Candidates::fit(&customers));
    }

    #[test]
    fn spend_fits_see_neither_the_order_of_customers_nor_who_is_merged(
        spends in prop::collection::vec((1u32..20, 0.5..90.0f64, 0u32..4), 1..60),
        shift in 0usize..60,
    ) {
        let merged: Vec<Spend> = spends.iter().map(|&(x, z, n)| Spend::new(x, z).unwrap().times(n)).collect();
        let mut apart: Vec<Spend> =
            merged.iter().flat_map(|p| std::iter::repeat_n(p.times(1), p.customers() as usize)).collect();
        if !apart.is_empty() {
            let by = shift % apart.len();
            apart.rotate_left(by);
            apart.reverse();
        }
        prop_assert_eq!(GammaGamma::fit(&apart), GammaGamma::fit(&merged));
    }
}
