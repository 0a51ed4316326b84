//! MBG/NBD, Pareto/NBD and Gamma-Gamma against tests/reference/buy_till_you_die.py (mpmath, scipy).

use super::super::{
    Candidates, GammaGamma, GammaGammaParameters, Kind, ParameterList, Purchases, Spend, Valuation,
    customer_lifetime_value,
};
use super::{close, lines, model, numbers};

const CUSTOMERS: &str = include_str!("../../../tests/fixtures/btyd_customers.csv");
const FITS: &str = include_str!("../../../tests/fixtures/btyd_fits.csv");
const POINTS: &str = include_str!("../../../tests/fixtures/btyd_points.csv");
const SPEND: &str = include_str!("../../../tests/fixtures/btyd_spend.csv");
const VALUES: &str = include_str!("../../../tests/fixtures/btyd_clv.csv");

fn customers() -> (Vec<Purchases>, Vec<Spend>) {
    let purchases = |fields: Vec<&str>| {
        let [recency, age] = numbers(&fields[1..3])[..] else { panic!("{fields:?}") };
        Purchases::new(fields[0].parse().unwrap(), recency, age).unwrap()
    };
    let spends = lines(CUSTOMERS).filter(|fields| fields[0] != "0");
    let spend = |fields: Vec<&str>| Spend::new(fields[0].parse().unwrap(), fields[3].parse().unwrap()).unwrap();
    (lines(CUSTOMERS).map(purchases).collect(), spends.map(spend).collect())
}

fn kind(name: &str) -> Kind {
    let known = [("bg", Kind::BgNbd), ("mbg", Kind::MbgNbd), ("pareto", Kind::ParetoNbd)];
    known.into_iter().find(|(known, _)| *known == name).unwrap().1
}

fn close_list(found: &ParameterList, expected: &[f64], relative: f64) {
    assert_eq!(found.iter().count(), expected.len());
    for ((name, found), expected) in found.iter().zip(expected) {
        close(found, *expected, relative, name);
    }
}

#[test]
fn log_likelihoods_equal_mpmath() {
    let (purchases, spends) = customers();
    for fields in lines(FITS) {
        let what = format!("{} {}", fields[0], fields[1]);
        let expected: f64 = fields[6].parse().unwrap();
        let found = if fields[0] == "gamma_gamma" {
            let [p, q, gamma] = numbers(&fields[2..5])[..] else { panic!("{fields:?}") };
            GammaGamma::new(GammaGammaParameters { p, q, gamma }).unwrap().log_likelihood(&spends)
        } else {
            model(kind(fields[0]), &numbers(&fields[2..6])).log_likelihood(&purchases)
        };
        close(found, expected, 1e-13, &what);
    }
}

#[test]
fn fits_find_the_maxima_that_scipy_and_mpmath_find() {
    let (purchases, spends) = customers();
    let candidates = Candidates::fit(&purchases);
    for ((kind, fit), name) in candidates.fits.iter().zip(["bg", "mbg", "pareto"]) {
        let fitted = fit.as_ref().unwrap();
        let reference = lines(FITS).find(|fields| fields[..2] == [name, "mle"]).unwrap();
        assert_eq!(fitted.model.kind(), *kind);
        close_list(&fitted.model.parameters(), &numbers(&reference[2..6]), 1e-8);
        close_list(&fitted.model.standard_errors(&purchases).unwrap(), &numbers(&reference[7..11]), 1e-5);
        close(fitted.log_likelihood, reference[6].parse().unwrap(), 1e-13, name);
        assert_eq!(fitted.log_likelihood, fitted.model.log_likelihood(&purchases));
    }
    assert_eq!(candidates.best().unwrap().model.kind(), Kind::MbgNbd);
    let reference = lines(FITS).find(|fields| fields[..2] == ["gamma_gamma", "mle"]).unwrap();
    let spend = GammaGamma::fit(&spends).unwrap();
    let GammaGammaParameters { p, q, gamma } = spend.parameters();
    for (found, expected) in [p, q, gamma].into_iter().zip(numbers(&reference[2..5])) {
        close(found, expected, 1e-8, "spend");
    }
    close_list(&spend.standard_errors(&spends).unwrap(), &numbers(&reference[7..10]), 1e-5);
}

/// Probabilities agree to 1e-12 relatively, also where they are tiny and where they are nearly 1; expectations, which may be
/// sums of many thousands of terms, to 1e-11.
#[test]
fn probabilities_and_expectations_equal_mpmath() {
    let mut compared = 0;
    for fields in lines(POINTS) {
        let model = model(kind(fields[0]), &numbers(&fields[1..5]));
        let [recency, age, horizon, alive, no_purchase, expected] = numbers(&fields[6..])[..] else {
            panic!("{fields:?}")
        };
        let customer = Purchases::new(fields[5].parse().unwrap(), recency, age).unwrap();
        let what = fields.join(",");
        close(model.probability_alive(&customer), alive, 1e-12, &what);
        close(model.probability_no_purchase(&customer, horizon).unwrap(), no_purchase, 1e-12, &what);
        close(model.expected_purchases(&customer, horizon).unwrap(), expected, 1e-11, &what);
        compared += 1;
    }
    assert!(compared > 200);
}

#[test]
fn expected_spend_equals_mpmath() {
    for fields in lines(SPEND) {
        let [p, q, gamma, mean, expected] = numbers(&[&fields[..3], &fields[4..]].concat())[..] else {
            panic!("{fields:?}")
        };
        let model = GammaGamma::new(GammaGammaParameters { p, q, gamma }).unwrap();
        let spend = Spend::new(fields[3].parse().unwrap(), mean).ok();
        assert_eq!(spend.is_none(), fields[3] == "0");
        close(model.expected_spend(spend.as_ref()).unwrap(), expected, 1e-13, &fields.join(","));
    }
}

#[test]
fn customer_lifetime_values_equal_mpmath() {
    for fields in lines(VALUES) {
        let model = model(kind(fields[0]), &numbers(&fields[1..5]));
        let [recency, age, mean_spend, margin] = numbers(&fields[6..10])[..] else { panic!("{fields:?}") };
        let [period, discount, expected] = numbers(&fields[11..])[..] else { panic!("{fields:?}") };
        let customer = Purchases::new(fields[5].parse().unwrap(), recency, age).unwrap();
        let valuation = Valuation { margin, periods: fields[10].parse().unwrap(), period, discount };
        let found = customer_lifetime_value(&model, &customer, mean_spend, &valuation).unwrap();
        close(found, expected, 1e-12, &fields.join(","));
    }
}

#[test]
fn a_customer_can_be_valued_under_every_model() {
    let (purchases, spends) = customers();
    let spend = GammaGamma::fit(&spends).unwrap();
    let newcomer = Purchases::new(0, 0.0, 0.0).unwrap();
    let year = Valuation { margin: 0.3, periods: 12, period: 52.0 / 12.0, discount: 0.01 };
    for (kind, fit) in Candidates::fit(&purchases).fits {
        let model = fit.unwrap().model;
        let mean = spend.expected_spend(None).unwrap();
        let value = customer_lifetime_value(&model, &newcomer, mean, &year).unwrap();
        let undiscounted = 0.3 * mean * model.expected_purchases(&newcomer, 52.0).unwrap();
        assert!(value < undiscounted && value > undiscounted / 1.01f64.powi(12), "{}: {value}", kind.name());
    }
}
