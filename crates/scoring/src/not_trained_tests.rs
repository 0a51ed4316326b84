//! Models that are forecasts: what their files may hold, and how they score.
#![allow(clippy::unwrap_used)]

use feature_engineering::{Family, Feature, Transform, Unit, Use, features};

use crate::toy::{as_of, export, model_file};
use crate::{Calibration, FeatureWeight, Model, ModelFile, NotTrained, ScoringError, score};

const MEAN: f64 = -0.75;

pub(crate) fn forecast() -> ModelFile {
    let file = model_file();
    let definition = serde_json::json!({ "fitted": {
        "model": "BG/NBD", "parameters": [0.8, 12.0, 0.8, 2.4], "spend": null, "forecast": { "silence": 30 },
    } });
    let feature = Feature {
        name: "silence_logit".into(),
        label: "forecast of silence".into(),
        family: Family::BuyTillYouDie,
        unit: Unit::Ratio,
        description: "Logit of the probability of no purchase within 30 days".into(),
        transform: Transform::Identity,
        used: Use::Modelled,
        definition: serde_json::from_value(definition).unwrap(),
    };
    let weight = FeatureWeight { feature, clip_low: -21.0, clip_high: 21.0, mean: MEAN, sd: 1.0, coefficient: 1.0 };
    ModelFile {
        features: vec![weight],
        intercept: MEAN,
        covariance: vec![vec![0.0; 2]; 2],
        calibration: Calibration { intercept: 0.0, slope: 1.0, covariance: [[0.0; 2]; 2] },
        not_trained: Some(NotTrained {
            slice: "training".into(),
            churners: 3,
            stayers: 40,
            needed: 10,
            fitted_before: "2026-05-01".into(),
            customers: 200,
            came_back: 190,
        }),
        ..file
    }
}

#[test]
fn the_churn_probability_is_the_forecast_and_has_no_interval() {
    let (model, export) = (Model::new(forecast()).unwrap(), export());
    assert_eq!(Model::parse(&model.to_json().unwrap()).unwrap(), model);
    let history = export.history(as_of());
    let customers: Vec<u32> = (0..198).collect();
    let table = features(&history, &customers, &model.wanted_features(&history)).unwrap();
    let logits = table.column_named("silence_logit").unwrap();
    for (scored, logit) in score(&model, &table).unwrap().iter().zip(logits) {
        assert!((scored.probability - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-14);
        assert_eq!(scored.interval, None);
        assert!((scored.value_at_risk - scored.probability * scored.expected_value).abs() < 1e-12);
    }
    let riskiest = score(&model, &table).unwrap().into_iter().max_by(|a, b| a.probability.total_cmp(&b.probability));
    assert!(!riskiest.unwrap().reasons.is_empty());
}

#[test]
fn a_customer_without_a_forecast_has_no_probability() {
    let (model, export) = (Model::new(forecast()).unwrap(), export());
    // Customer 6 buys for the first time on the seventh day.
    let history = export.history("2025-07-03".parse().unwrap());
    let table = features(&history, &[6], &model.needed_features()).unwrap();
    let refused = score(&model, &table).unwrap_err();
    assert!(matches!(refused, ScoringError::NotFinite { ref name, .. } if name == "silence_logit"), "{refused}");
}

#[test]
fn what_was_not_trained_cannot_claim_weights() {
    type Change = fn(&mut ModelFile);
    let cases: [(Change, &str); 7] = [
        (|f| f.features[0].coefficient = 1.5, "coefficient and calibration"),
        (|f| f.intercept = 0.0, "coefficient and calibration"),
        (|f| f.calibration.slope = 0.9, "coefficient and calibration"),
        (|f| f.covariance[1][1] = 0.01, "covariance"),
        (|f| f.features = model_file().features[..1].to_vec(), "features"),
        (
            |f| f.churn.definition = feature_engineering::Churn::Departure { include_involuntary: false },
            "lapsed to be none",
        ),
        (|f| f.not_trained.as_mut().unwrap().fitted_before = "lately".into(), "not_trained.fitted_before"),
    ];
    for (change, expected) in cases {
        let mut file = forecast();
        change(&mut file);
        let message = Model::new(file).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let mut departure = ModelFile { lapsed: None, ..forecast() };
    departure.churn.definition = feature_engineering::Churn::Departure { include_involuntary: false };
    assert!(Model::new(departure).unwrap_err().to_string().contains("not_trained"));
}

#[test]
fn the_words_name_what_was_too_few() {
    let words = |churners, stayers| {
        let NotTrained { slice, needed, fitted_before, customers, came_back, .. } = forecast().not_trained.unwrap();
        NotTrained { slice, churners, stayers, needed, fitted_before, customers, came_back }.in_words()
    };
    assert_eq!(words(3, 40), "a forecast, not trained: 3 churners were found, 10 are needed (in the training slice)");
    assert!(words(40, 9).contains("9 customers who stayed were found, 10 are needed"));
    assert!(words(3, 9).contains("3 churners and 9 customers who stayed were found, 10 of each are needed"));
}
