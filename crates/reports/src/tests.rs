//! Tests of the whole report: what a page must never do, whatever the data. Here is the report that they are made of.

mod languages;
mod numbers;
mod page;

use super::*;

pub(crate) use self::page::{charts_of, has_unique_ids, tags};

pub(crate) const HOSTILE: &str =
    "<script>alert(1)</script>\"'&<img src=http://evil.example onerror=alert(1)> {n} onload=x";

fn observed(customers: u64, churned: u64) -> ObservedChurn {
    ObservedChurn { customers, churned, low: Some(0.0), high: Some(1.0) }
}

fn segment(name: &str, customers: u64, p: f64, value: f64) -> Segment {
    Segment {
        name: name.to_owned(),
        customers,
        eligible: customers,
        observed: Some(observed(customers, customers / 4)),
        churn_probability: Some(p),
        value_per_customer: Some(value),
        value_at_risk: Some((p * value).max(0.0) * customers as f64),
        top_reason: Some(name.to_owned()),
    }
}

fn measure_row(text: &str, tenth: u64) -> MeasureRow {
    let text = || text.to_owned();
    MeasureRow {
        period: Some(MeasurePeriod { name: text(), kind: PeriodKind::Year, from: text(), until: text() }),
        by: Some(text()),
        segment: Some(tenth.to_string()),
        item: Some(text()),
        count: 500,
        withheld: false,
        alert: true,
        figures: vec![Figure {
            figure: FigureName::ObservedUplift,
            unit: FigureUnit::ShareDifference,
            estimate: Estimate::with_interval(0.1, -0.1, 0.2),
        }],
    }
}

fn profit(by: f64) -> Vec<ProfitPoint> {
    let at = |at: u64| f64::from(at as u32);
    (0..=10)
        .map(|n| ProfitPoint {
            share: at(n) / 10.0,
            customers: 100 * n,
            cost: 400.0 * at(n),
            profit: by * 1_000.0 * at(n) * (12.0 - at(n)) - 500.0,
        })
        .collect()
}

/// A report in which every text is `text` and every part is filled.
pub(crate) fn full(text: &str) -> ReportData {
    let text = || text.to_owned();
    let e = Estimate::with_interval(0.4, 0.3, 0.5);
    let metrics = Metrics {
        roc_auc: e,
        average_precision: e,
        log_loss: e,
        brier: e,
        brier_skill: e,
        ece: e,
        calibration_slope: e,
        calibration_intercept: e,
        lift_at_10: e,
    };
    ReportData {
        header: Header {
            language: Language::English,
            project: text(),
            as_of: text(),
            horizon_days: 90,
            lead_days: 7,
            churn_definition: text(),
            model_version: text(),
            currency: text(),
        },
        summary: Summary {
            states: StateCounts { eligible: 1_000_000, lapsed: 2, new: 3 },
            expected_churners: Estimate::with_interval(250.0, 240.0, 260.0),
            value_at_risk: e,
            churn_probability: e,
            bands: BandCounts { low: 999_997, medium: 1, high: 1, critical: 1 },
            band_rule: text(),
            verdict: vec![text()],
            warnings: vec![text()],
        },
        segments: Segments {
            segment_by: text(),
            value_label: text(),
            probability_threshold: 0.3,
            value_threshold: 50.0,
            min_customers: 30,
            rows: vec![segment(&text(), 400, 0.2, 80.0), segment(&text(), 100, 0.5, -20.0)],
        },
        months: (1..=4).map(|i| Month { as_of: text(), churn: observed(1_000, 200 + i) }).collect(),
        quality: Some(ModelQuality {
            as_of: vec![text()],
            label_from: text(),
            label_until: text(),
            rows: 500,
            churners: 100,
            models: vec![ScoredModel { name: text(), role: Role::Model, metrics }],
            lift: vec![LiftRow { share: 0.1, customers: 50, churners: 30, lift: e, captured: e }],
            lift_ceiling: Some(5.0),
            gains: vec![GainsCurve {
                name: text(),
                role: Role::Model,
                points: vec![
                    GainsPoint { share: 0.0, captured: 0.0 },
                    GainsPoint { share: 0.2, captured: 0.5 },
                    GainsPoint { share: 1.0, captured: 1.0 },
                ],
            }],
            calibration: Some(Calibration {
                binning: text(),
                bins: vec![CalibrationBin { predicted: 0.2, observed: observed(250, 50) }],
                histogram: vec![HistogramBin { low: 0.0, high: 0.5, rows: 500 }],
            }),
            beats_baselines: Some(true),
            few_data: false,
        }),
        measures: vec![
            Measure::not_given(MeasureName::Nps, text()),
            Measure {
                measure: MeasureName::OfferResponse,
                not_given: None,
                alerts: vec![text()],
                notes: vec![text()],
                rows: (1..=3).map(|tenth| measure_row(&text(), tenth)).collect(),
                curves: vec![QiniCurve {
                    offer: text(),
                    treated: 300,
                    control: 200,
                    area: Estimate::point(0.21),
                    points: [(0.0, 0, 0.0), (0.3, 150, 21.0), (1.0, 500, 30.0)]
                        .map(|(share, customers, kept)| QiniPoint { share, customers, kept })
                        .to_vec(),
                }],
            },
        ],
        gaps: Some(Gaps {
            count: 5_000,
            nine_in_ten_days: 63,
            within_horizon: 0.93,
            points: (0..=40).map(|at| GapPoint { days: 5 * at, share: f64::from(at) / 40.0 }).collect(),
        }),
        cohorts: Some(Cohorts {
            kind: PeriodKind::Quarter,
            min_customers: 30,
            rows: (1..=4_u64)
                .map(|at| Cohort {
                    name: text(),
                    customers: 100 * at,
                    may_be_older: at == 1,
                    bought: (1..5 - at).map(|k| 100 * at / (k + 1)).collect(),
                })
                .collect(),
        }),
        survival: Some(Survival {
            ends_by: EndsBy::Silence { days: 180 },
            first_purchase_from: text(),
            customers: 900,
            left: 300,
            median: Some(MedianDays { days: 420, low: Some(400), high: None }),
            points: (0..5_u32)
                .map(|at| {
                    let survival = 1.0 - 0.1 * f64::from(at + 1);
                    SurvivalPoint {
                        day: 180 + 40 * at,
                        at_risk: 900 - 100 * u64::from(at),
                        survival,
                        low: Some(survival - 0.05),
                        high: Some(survival + 0.05),
                    }
                })
                .collect(),
            last_day: 700,
        }),
        reasons: Reasons {
            customers: 2,
            rows: vec![ReasonCount { reason: text(), customers: 1, value_at_risk: 80.0 }],
        },
        plan: Some(PlanOutlook {
            id: text(),
            as_of: text(),
            assumed: true,
            contacted: 500,
            held_out: 50,
            cost: Some(2_000.0),
            expected_gain: Some(9_000.0),
            by_gain: profit(1.0),
            by_risk: profit(0.4),
        }),
        drivers: vec![Driver {
            family: text(),
            feature: text(),
            odds_ratio: Estimate::with_interval(1.4, 1.2, 1.6),
            reading: text(),
        }],
        compare: Some(RunComparison {
            as_of_before: text(),
            model_before: text(),
            as_of: text(),
            model: text(),
            figures: ["value_at_risk", "expected_churners", "churn_probability"]
                .map(|figure| ChangedFigure { figure: figure.to_owned(), before: Some(0.2), now: Some(0.3) })
                .to_vec(),
            high_band: Some(HighBand { stayed: 1, rose: 2, came: 3, fell: 4, went: 5 }),
            segments: vec![ChangedSegment {
                segment: Some(text()),
                customers_before: 100,
                customers: 120,
                withheld: false,
                probability_before: Some(0.2),
                probability: Some(0.3),
                value_at_risk_before: Some(10.0),
                value_at_risk: Some(20.0),
            }],
            why: vec![ChangePart { part: text(), change: 0.01 }],
            notes: vec![text()],
        }),
        monitor: Some(MonitorSummary {
            as_of: text(),
            model: text(),
            level: 0.95,
            checks: ["ok", "alarm", "not_checked"]
                .map(|status| MonitorCheck {
                    check: text(),
                    status: status.to_owned(),
                    sentence: text(),
                    what_to_do: Some(text()),
                })
                .to_vec(),
            features: vec![MonitorFeature {
                feature: text(),
                psi: Some(0.2),
                psi_same_date: Some(0.0),
                usual_psi: Some(0.1),
                typical_in_training: Some(1.0),
                typical_now: Some(2.0),
            }],
        }),
        method: Method {
            rows_read: 10_000,
            rejects: vec![RejectCount { code: text(), meaning: text(), rows: 5 }],
            first_date: Some(text()),
            last_date: Some(text()),
            complete_through: None,
            slices: vec![Slice {
                name: text(),
                first_as_of: text(),
                last_as_of: text(),
                snapshots: 1,
                rows: 10,
                churners: 2,
            }],
            model_card: vec![ModelCardLine { label: text(), text: text() }],
        },
    }
}
