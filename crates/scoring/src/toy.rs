//! A small shop and a model of it, for tests.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;

use feature_engineering::{Churn, Feature};
use history::{CustomersSpec, Date, Export, ExportSpec, Returns, TableSpec, TransactionsSpec};

use crate::design::Term;
use crate::model_file::{
    Calibration, ChurnDefinition, FeatureWeight, Fingerprints, ModelFile, Penalty, ReturnModel, RiskThresholds,
    SliceDates, ValueModel,
};
use crate::shape::{Factor, Shape};

/// The as-of date of the shop's scores.
pub(crate) fn as_of() -> Date {
    "2026-07-01".parse().unwrap()
}

/// Customers `C000` to `C199`: each buys every few days, the later ones stopped earlier; `C198` and `C199` long ago.
pub(crate) fn export() -> Export {
    let start: Date = "2025-07-01".parse().unwrap();
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    writeln!(file, "id,day,amount").unwrap();
    for customer in 0..200 {
        let gap = 3 + customer % 40;
        let end = if customer >= 198 { 90 } else { 364 - customer / 2 };
        for day in (customer % 7..end).step_by(gap as usize) {
            writeln!(file, "C{customer:03},{},{}.50", start.plus_days(day), 5 + (customer * 7 + day) % 90).unwrap();
        }
    }
    file.flush().unwrap();
    read(file.path(), None)
}

/// An export of purchases with the columns `id`, `day` and `amount`, and of customers with `id` and `region`.
pub(crate) fn read(purchases: &Path, customers: Option<&Path>) -> Export {
    read_until(purchases, customers, as_of())
}

/// The same, complete through a date.
pub(crate) fn read_until(purchases: &Path, customers: Option<&Path>, complete_through: Date) -> Export {
    let table = |path: &Path| TableSpec::at(path.to_owned());
    let spec = ExportSpec {
        timezone: jiff::tz::TimeZone::UTC,
        transactions: TransactionsSpec {
            table: table(purchases),
            customer_id: "id".into(),
            timestamp: "day".into(),
            amount: "amount".into(),
            order_id: None,
            discount: None,
            margin: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
            recorded_at: None,
            currency: None,
            expected_currency: None,
            returns: Returns::Net,
            rules: history::RowRules::default(),
        },
        customers: customers.map(|path| CustomersSpec {
            table: table(path),
            customer_id: "id".into(),
            signup_date: None,
            contract_end: None,
            contact_allowed: None,
            segments: vec![("region".into(), "region".into())],
        }),
        events: None,
        departures: None,
        offers: None,
        max_reject_share: 0.0,
    };
    Export::read(&spec, Some(complete_through)).unwrap()
}

fn weight(name: &str, (clip_low, clip_high): (f64, f64), (mean, sd): (f64, f64), coefficient: f64) -> FeatureWeight {
    let feature = feature_engineering::by_name(name).unwrap();
    FeatureWeight { feature: Feature::clone(feature), clip_low, clip_high, mean, sd, coefficient }
}

/// A model with three features.
pub(crate) fn model_file() -> ModelFile {
    ModelFile {
        // What the fixtures were made with; nothing in the toy is newer.
        format_version: 3,
        name: "toy".into(),
        version: String::new(),
        content_sha256: String::new(),
        churn: ChurnDefinition { definition: Churn::Inactivity, horizon_days: 30, lead_days: 0 },
        active_within_days: 180,
        lookback_days: None,
        timezone: "UTC".into(),
        currency: "EUR".into(),
        returns: "net".into(),
        has_margin: false,
        slices: SliceDates {
            first_day: "2024-01-01".into(),
            training: vec!["2026-03-01".into(), "2026-04-01".into()],
            selection_training: Vec::new(),
            selection: None,
            calibration: "2026-04-01".into(),
            test: "2026-05-01".into(),
        },
        training_rows: 350,
        training_share: 1.0,
        features: vec![
            weight("recency_days", (0.0, 4.5), (2.5, 0.9), 0.8),
            weight("gap_mean_days", (1.0, 4.0), (2.8, 0.7), -0.1),
            weight("purchases_90d", (0.0, 3.2), (1.6, 0.6), -0.7),
        ],
        terms: Vec::new(),
        intercept: -0.3,
        penalty: Penalty { lambda: 1.0 / 3.0, alpha: 350.0 / 3.0 },
        covariance: vec![
            vec![0.02, 0.001, 0.0, 0.002],
            vec![0.001, 0.03, -0.004, 0.0],
            vec![0.0, -0.004, 0.05, 0.01],
            vec![0.002, 0.0, 0.01, 0.04],
        ],
        calibration: Calibration { intercept: 0.1, slope: 0.9, covariance: [[0.01, 0.002], [0.002, 0.02]] },
        isotonic: None,
        horizons: Vec::new(),
        risk_bands: RiskThresholds::default(),
        value: ValueModel {
            intercept: 4.0,
            slope: 0.5,
            margin_ratio: 1.0,
            past_high: 900.0,
            highest: 400.0,
            rows: 100,
        },
        lapsed: Some(ReturnModel {
            r: 0.3,
            alpha: 20.0,
            a: 0.8,
            b: 2.4,
            intercept: -0.2,
            slope: 0.8,
            rows: 40,
            returned: 12,
        }),
        fingerprints: Fingerprints { data: "d".into(), config: "c".into() },
        not_trained: None,
        segments: None,
        levels: Vec::new(),
        separating: Vec::new(),
        contract: None,
    }
}

/// The same with a product of the first and the third feature, and a curve of the second.
pub(crate) fn curved_model_file() -> ModelFile {
    let mut file = model_file();
    let term = |shape, mean, coefficient| Term { shape, mean, sd: 0.8, coefficient };
    let knots = vec![-1.0, 0.0, 0.5, 1.5];
    file.terms = vec![
        term(Shape::Product { features: [0, 2] }, -0.2, 0.3),
        term(Shape::Bend { feature: 1, knots: knots.clone(), from: 0 }, 0.1, -0.25),
        term(Shape::Bend { feature: 1, knots, from: 1 }, 0.05, 0.2),
    ];
    for row in &mut file.covariance {
        row.extend([0.0; 3]);
    }
    for at in 4..7 {
        let mut row = vec![0.0; 7];
        row[at] = 0.006;
        file.covariance.push(row);
    }
    file
}

/// The same in format 5, with products of a feature and a bend of another, of two bends, and of a feature and its own bend.
pub(crate) fn bent_model_file() -> ModelFile {
    let mut file = ModelFile { format_version: 5, ..curved_model_file() };
    let knots = vec![-1.2, -0.1, 0.4, 1.6];
    let bend = |feature, from, mean| Factor::Bend { feature, knots: knots.clone(), from, mean, sd: 0.4 };
    let term = |factors, mean, coefficient| Term { shape: Shape::BentProduct { factors }, mean, sd: 0.7, coefficient };
    file.terms.extend([
        term([Factor::Line { feature: 0 }, bend(1, 1, 0.05)], 0.1, 0.15),
        term([bend(2, 0, 0.3), bend(0, 0, 0.2)], -0.15, -0.1),
        term([bend(2, 1, 0.1), Factor::Line { feature: 2 }], 0.6, 0.12),
    ]);
    let size = 1 + file.features.len() + file.terms.len();
    file.covariance = (0..size).map(|i| (0..size).map(|j| if i == j { 0.006 } else { 0.0 }).collect()).collect();
    file
}
