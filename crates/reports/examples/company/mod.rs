//! A made-up company for the example and for the tests that open its report in a browser.

use reports::{
    BandCounts, Calibration, CalibrationBin, Cohort, Cohorts, Driver, EndsBy, Estimate, Figure, FigureName, FigureUnit,
    GainsCurve, GainsPoint, GapPoint, Gaps, Header, HistogramBin, Language, LiftRow, Measure, MeasureName, MeasureRow,
    MedianDays, Method, Metrics, ModelCardLine, ModelQuality, Month, ObservedChurn, PeriodKind, PlanOutlook,
    ProfitPoint, QiniCurve, QiniPoint, ReasonCount, Reasons, RejectCount, ReportData, Role, ScoredModel, Segment,
    Segments, Slice, StateCounts, Summary, Survival, SurvivalPoint,
};

/// Everything that a report can show.
pub(crate) fn company() -> ReportData {
    ReportData {
        header: Header {
            language: Language::English,
            project: "Nordlicht Outdoor".into(),
            as_of: "2026-11-01".into(),
            horizon_days: 90,
            lead_days: 0,
            churn_definition: "no purchase in the 90 days after the as-of date".into(),
            model_version: "nordlicht-2026-11-01-1".into(),
            currency: "EUR".into(),
        },
        summary: Summary {
            states: StateCounts { eligible: 48_210, lapsed: 21_934, new: 3_118 },
            expected_churners: Estimate::with_interval(12_861.4, 12_402.0, 13_330.0),
            value_at_risk: Estimate::with_interval(1_284_600.0, 1_201_300.0, 1_371_900.0),
            churn_probability: Estimate::with_interval(0.2668, 0.2572, 0.2765),
            bands: BandCounts { low: 27_940, medium: 11_306, high: 6_402, critical: 2_562 },
            band_rule: "Low below 25 %, medium below 50 %, high below 75 %, critical from 75 %.".into(),
            verdict: vec![
                "The model beats the recency rule: ROC AUC 0.781 against 0.722, on the same 46,902 customers.".into(),
                "It is calibrated: the slope lies within its interval around 1.".into(),
                "Lift at 10 %: 2.71, of 3.79 that are possible.".into(),
            ],
            warnings: vec!["The region of 1.8 % of the customers is not known; they are in no segment.".into()],
        },
        segments: Segments {
            segment_by: "region and channel".into(),
            value_label: "Margin per customer over 90 days if they stay".into(),
            probability_threshold: 0.27,
            value_threshold: 95.0,
            min_customers: 30,
            rows: segments(),
        },
        compare: None,
        monitor: None,
        measures: vec![campaign()],
        gaps: Some(gaps()),
        cohorts: Some(cohorts()),
        survival: Some(survival()),
        reasons: Reasons {
            customers: 8_964,
            rows: [
                ("days since the last purchase", 3_810, 402_300.0),
                ("fewer visits than before", 1_944, 188_120.5),
                ("longer gaps between purchases", 1_377, 130_044.0),
                ("only one purchase so far", 902, 21_480.0),
                ("open complaint", 148, 19_822.0),
            ]
            .map(|(reason, customers, value_at_risk)| ReasonCount { reason: reason.into(), customers, value_at_risk })
            .into(),
        },
        plan: Some(plan()),
        months: months(),
        quality: Some(quality()),
        drivers: drivers(),
        method: method(),
    }
}

fn segments() -> Vec<Segment> {
    let rows = [
        ("DACH, shop", 18_420, 0.192, 118.0, "days since the last purchase"),
        ("DACH, online", 14_310, 0.284, 104.5, "fewer visits than before"),
        ("Nordics, online", 9_870, 0.241, 131.2, "days since the last purchase"),
        ("Benelux, online", 8_120, 0.262, 99.1, "longer gaps between purchases"),
        ("France, marketplace", 7_950, 0.418, 41.7, "only one purchase so far"),
        ("Italy, marketplace", 4_610, 0.455, 33.9, "only one purchase so far"),
        ("Poland, online", 3_930, 0.301, 52.4, "large share of discounts"),
        ("UK & Ireland, online (until 2025: own shop)", 2_240, 0.366, 142.8, "open complaint"),
        ("Business customers", 1_190, 0.121, 412.0, "fewer product groups"),
        ("Clearance club", 880, 0.337, -12.6, "returns more than others"),
        ("Romania, online", 396, 0.275, 61.0, "large share of discounts"),
        ("Staff", 21, 0.08, 75.0, "days since the last purchase"),
    ];
    rows.into_iter()
        .map(|(name, customers, p, value, reason)| {
            let eligible = customers * 2 / 3;
            Segment {
                name: name.into(),
                customers,
                eligible,
                observed: Some(observed(eligible, p * 0.97)),
                churn_probability: Some(p),
                value_per_customer: Some(value),
                value_at_risk: Some((p * value).max(0.0) * eligible as f64),
                top_reason: Some(reason.into()),
            }
        })
        .collect()
}

/// Counts with a rate near `rate` and its Wilson interval (Wilson 1927) at 95 %.
fn observed(customers: u64, rate: f64) -> ObservedChurn {
    let churned = (customers as f64 * rate).round() as u64;
    let (n, z) = (customers as f64, 1.959_964);
    let p = churned as f64 / n;
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ObservedChurn { customers, churned, low: Some((centre - half).max(0.0)), high: Some((centre + half).min(1.0)) }
}

fn months() -> Vec<Month> {
    let rates = [0.248, 0.241, 0.252, 0.263, 0.259, 0.244, 0.239, 0.246, 0.251, 0.243, 0.257, 0.268, 0.281];
    rates
        .into_iter()
        .enumerate()
        .map(|(i, rate)| Month {
            as_of: format!("{}-{:02}-01", 2025 + (i + 7) / 12, (i + 7) % 12 + 1),
            churn: observed(4_200 + 350 * i as u64, rate),
        })
        .collect()
}

fn quality() -> ModelQuality {
    let around = |v: f64, half: f64| Estimate::with_interval(v, v - half, v + half);
    let metrics = |auc: f64, ap: f64, loss: f64, brier: f64, lift: f64, ece: f64, slope: f64| Metrics {
        roc_auc: around(auc, 0.006),
        average_precision: around(ap, 0.009),
        log_loss: around(loss, 0.005),
        brier: around(brier, 0.002),
        brier_skill: around(1.0 - brier / 0.1942, 0.008),
        ece: around(ece, 0.003),
        calibration_slope: around(slope, 0.04),
        calibration_intercept: around(slope - 1.0, 0.03),
        lift_at_10: around(lift, 0.08),
    };
    let model = |name: &str, role, metrics| ScoredModel { name: name.into(), role, metrics };
    let curve = |name: &str, role, power: f64| GainsCurve {
        name: name.into(),
        role,
        points: (0..=200)
            .map(|i| f64::from(i) / 200.0)
            .map(|share| GainsPoint { share, captured: 1.0 - (1.0 - share).powf(power) })
            .collect(),
    };
    ModelQuality {
        as_of: vec!["2026-08-01".into()],
        label_from: "2026-08-01".into(),
        label_until: "2026-10-30".into(),
        rows: 46_902,
        churners: 12_371,
        models: vec![
            model(
                "Logistic regression, calibrated",
                Role::Model,
                metrics(0.781, 0.561, 0.482, 0.157, 2.71, 0.008, 1.01),
            ),
            model("Champion of October", Role::Champion, metrics(0.774, 0.549, 0.488, 0.159, 2.64, 0.012, 0.96)),
            model("Recency rule", Role::Baseline, metrics(0.722, 0.472, 0.527, 0.174, 2.18, 0.021, 0.91)),
            model("RFM score", Role::Baseline, metrics(0.739, 0.493, 0.519, 0.171, 2.29, 0.018, 0.94)),
            ScoredModel {
                name: "Churn rate of all".into(),
                role: Role::Baseline,
                metrics: Metrics {
                    log_loss: Estimate::point(0.577),
                    brier: Estimate::point(0.1942),
                    ..Metrics::default()
                },
            },
        ],
        lift: [(0.01, 3.42), (0.05, 2.98), (0.1, 2.71), (0.2, 2.29), (0.3, 1.97), (0.5, 1.55)]
            .into_iter()
            .map(|(share, lift)| LiftRow {
                share,
                customers: (46_902.0 * share) as u64,
                churners: (12_371.0 * share * lift) as u64,
                lift: around(lift, 0.02 / share.sqrt()),
                captured: around(share * lift, 0.006),
            })
            .collect(),
        lift_ceiling: Some(46_902.0 / 12_371.0),
        gains: vec![
            curve("Logistic regression, calibrated", Role::Model, 2.9),
            curve("Recency rule", Role::Baseline, 2.1),
            curve("RFM score", Role::Baseline, 2.3),
        ],
        calibration: Some(Calibration {
            binning: "quantile, 10 bins".into(),
            bins: [0.031, 0.068, 0.105, 0.149, 0.201, 0.258, 0.327, 0.421, 0.562, 0.779]
                .into_iter()
                .enumerate()
                .map(|(i, p)| CalibrationBin {
                    predicted: p,
                    observed: observed(469, p + if i % 2 == 0 { 0.012 } else { -0.009 }),
                })
                .collect(),
            histogram: (0..20)
                .map(|i| {
                    let low = f64::from(i) / 20.0;
                    HistogramBin { low, high: low + 0.05, rows: (9_000.0 * (-3.2 * low).exp()) as u64 }
                })
                .collect(),
        }),
        beats_baselines: Some(true),
        few_data: false,
    }
}

fn drivers() -> Vec<Driver> {
    let rows = [
        ("Recency", "days since the last purchase, against own rhythm", 2.14, 0.09),
        ("Recency", "days since the last visit", 1.38, 0.06),
        ("Frequency", "purchases in the last year", 0.61, 0.04),
        ("Frequency", "own interpurchase time, shrunken", 1.29, 0.06),
        ("Monetary", "mean order value", 0.93, 0.04),
        ("Monetary", "share of discounts", 1.17, 0.05),
        ("Engagement", "e-mails opened in 30 days", 0.78, 0.04),
        ("Engagement", "visits in 30 days against the 90 before", 0.72, 0.05),
        ("Engagement", "complaints in 180 days", 1.24, 0.07),
        ("Engagement", "open tickets", 1.08, 0.09),
        ("Tenure", "years since the first purchase", 0.84, 0.04),
        ("Breadth", "product groups bought", 0.81, 0.05),
        ("Breadth", "channels used", 0.99, 0.05),
        ("Season", "purchases in the same quarter last year", 0.88, 0.04),
    ];
    rows.into_iter()
        .map(|(family, feature, ratio, half)| Driver {
            family: family.into(),
            feature: feature.into(),
            odds_ratio: Estimate::with_interval(ratio, ratio - half, ratio + half),
            reading: String::new(),
        })
        .collect()
}

fn method() -> Method {
    let reject = |code: &str, meaning: &str, rows| RejectCount { code: code.into(), meaning: meaning.into(), rows };
    let slice = |name: &str, first: &str, last: &str, snapshots, rows, churners| Slice {
        name: name.into(),
        first_as_of: first.into(),
        last_as_of: last.into(),
        snapshots,
        rows,
        churners,
    };
    let line = |label: &str, text: &str| ModelCardLine { label: label.into(), text: text.into() };
    Method {
        rows_read: 1_842_377,
        rejects: vec![
            reject("date.unreadable", "the date does not follow the declared format", 212),
            reject("amount.not_a_number", "the amount is not a number", 87),
            reject("id.empty", "there is no customer id", 41),
        ],
        first_date: Some("2023-01-02".into()),
        last_date: Some("2026-10-31".into()),
        complete_through: Some("2026-11-01".into()),
        slices: vec![
            slice("train", "2025-01-01", "2025-12-27", 13, 402_118, 101_932),
            slice("selection", "2026-01-26", "2026-02-25", 2, 81_337, 20_515),
            slice("calibration", "2026-04-26", "2026-04-26", 1, 44_006, 11_274),
            slice("test", "2026-08-01", "2026-08-01", 1, 46_902, 12_371),
        ],
        model_card: vec![
            line("Model", "Logistic regression with L2 penalty, isotonic calibration on its own slice."),
            line("Intended use", "Choosing customers for retention campaigns, with a hold-out."),
            line("Not intended", "Prices, credit, or any decision on a person that has legal effect."),
            line("Limits", "Customers who buy less than once in 180 days are not scored."),
        ],
    }
}

/// What an offer did by tenth of its predicted uplift.
fn campaign() -> Measure {
    let row = |tenth: u32| MeasureRow {
        by: Some("tenth".into()),
        segment: Some(tenth.to_string()),
        item: Some("10 % voucher".into()),
        count: 1_200,
        figures: vec![Figure {
            figure: FigureName::ObservedUplift,
            unit: FigureUnit::ShareDifference,
            estimate: Estimate::with_interval(
                0.12 - 0.014 * f64::from(tenth),
                0.07 - 0.014 * f64::from(tenth),
                0.17 - 0.014 * f64::from(tenth),
            ),
        }],
        ..MeasureRow::default()
    };
    // Rises while those contacted stay for the offer, falls where it only reminds them to leave.
    let point = |at: u32| {
        let share = f64::from(at) / 50.0;
        QiniPoint { share, customers: u64::from(at) * 240, kept: 620.0 * share - 330.0 * share.powi(3) }
    };
    let curve = QiniCurve {
        offer: "10 % voucher".into(),
        treated: 6_000,
        control: 6_000,
        area: Estimate::point(0.08),
        points: (0..=50).map(point).collect(),
    };
    Measure { rows: (1..=10).map(row).collect(), curves: vec![curve], ..Measure::new(MeasureName::OfferResponse) }
}

fn gaps() -> Gaps {
    let share = |days: u32| 1.0 - (-f64::from(days) / 27.0).exp();
    Gaps {
        count: 611_204,
        nine_in_ten_days: 62,
        within_horizon: share(90),
        points: (0..=120).map(|days| GapPoint { days, share: share(days) }).collect(),
    }
}

fn cohorts() -> Cohorts {
    let quarter = |at: u64| format!("{} Q{}", 2023 + at / 4, at % 4 + 1);
    Cohorts {
        kind: PeriodKind::Quarter,
        min_customers: 30,
        rows: (0..15_u64)
            .map(|at| Cohort {
                name: quarter(at),
                customers: 2_400 + 130 * at,
                may_be_older: at < 2,
                bought: (1..15 - at).map(|after| (2_400 + 130 * at) * (62 - 2 * at) / (100 + 14 * after)).collect(),
            })
            .collect(),
    }
}

fn survival() -> Survival {
    let at = |day: u32| (-(f64::from(day) - 165.0) / 900.0).exp();
    let point = |day: u32| {
        let (survival, half) = (at(day), 0.004 + 0.00004 * f64::from(day));
        let at_risk = 61_000 - 48 * u64::from(day);
        SurvivalPoint { day, at_risk, survival, low: Some(survival - half), high: Some((survival + half).min(1.0)) }
    };
    Survival {
        ends_by: EndsBy::Silence { days: 180 },
        first_purchase_from: "2023-07-01".into(),
        customers: 61_000,
        left: 24_115,
        median: Some(MedianDays { days: 794, low: Some(771), high: Some(823) }),
        points: (18..=120).map(|at| point(10 * at)).collect(),
        last_day: 1_210,
    }
}

fn plan() -> PlanOutlook {
    let curve = |by: f64, best: f64| {
        let point = |at: u32| {
            let share = f64::from(at) / 50.0;
            let profit = by * (2.0 * share / best - (share / best).powi(2));
            let customers = u64::from(at) * 964;
            ProfitPoint { share, customers, cost: 4.2 * f64::from(at) * 964.0, profit }
        };
        (0..=50).map(point).collect::<Vec<_>>()
    };
    PlanOutlook {
        id: "2026-11-01-7f3a91c2".into(),
        as_of: "2026-11-01".into(),
        assumed: false,
        contacted: 6_410,
        held_out: 712,
        cost: Some(26_922.0),
        expected_gain: Some(48_310.0),
        by_gain: curve(51_200.0, 0.16),
        by_risk: curve(19_700.0, 0.12),
    }
}
