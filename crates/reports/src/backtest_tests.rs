use crate::tests::{HOSTILE, charts_of, has_unique_ids, tags};
use crate::*;

fn metrics(auc: f64, loss: f64, slope: Option<f64>) -> Metrics {
    let around = |value: f64| Estimate::with_interval(value, value * 0.97, (value * 1.03).min(value + 0.02));
    Metrics {
        roc_auc: around(auc),
        log_loss: around(loss),
        calibration_slope: slope.map(around).unwrap_or_default(),
        ..Metrics::default()
    }
}

fn models(text: &str, step: f64) -> Vec<ScoredModel> {
    let scored = |name: &str, role, metrics| ScoredModel { name: format!("{name}{text}"), role, metrics };
    vec![
        scored("this model", Role::Model, metrics(0.78 + step, 0.5 - step, Some(0.97))),
        scored("recency alone", Role::Baseline, metrics(0.7 + step, 0.55 - step, Some(1.05))),
        scored(
            "churn rate alone",
            Role::Baseline,
            Metrics { roc_auc: Estimate::point(0.5), ..metrics(0.5, 0.64, None) },
        ),
    ]
}

fn full(text: &str) -> BacktestData {
    let date = |as_of: &str, step| BacktestDate {
        as_of: as_of.to_owned(),
        test: Ok(BacktestTest {
            label_until: "2026-06-01".into(),
            rows: 1_234,
            churners: 321,
            models: models(text, step),
            notes: vec![format!("a note{text}")],
        }),
    };
    let skipped = |as_of: &str| BacktestDate { as_of: as_of.to_owned(), test: Err(format!("too short{text}")) };
    BacktestData {
        language: crate::Language::English,
        project: format!("acme{text}"),
        horizon_days: 90,
        lead_days: 7,
        every_days: 90,
        churn_definition: text.to_owned(),
        dates: vec![skipped("2025-03-01"), date("2025-06-01", 0.0), skipped("2025-09-01"), date("2025-12-01", 0.01)],
        customers: 2_001,
        pooled: models(text, 0.0),
        means: models(text, 0.005),
        verdict: vec![text.to_owned()],
        warnings: vec![text.to_owned()],
        horizons: vec![
            BacktestHorizon { days: 45, as_of: "2025-12-01".into(), test: Err(format!("why{text}")) },
            BacktestHorizon {
                days: 90,
                as_of: "2025-12-01".into(),
                test: Ok(HorizonTest {
                    rows: 100,
                    churners: 30,
                    roc_auc: Estimate::with_interval(0.7, 0.6, 0.8),
                    log_loss: Estimate::with_interval(0.5, 0.4, 0.6),
                    log_loss_gain: Estimate::with_interval(-0.1, -0.2, -0.05),
                    top_10_overlap: Some(0.625),
                    spearman: Some(-0.25),
                }),
            },
        ],
    }
}

#[test]
fn every_chart_has_a_name_a_description_and_a_table() {
    let page = render_backtest(&full("")).unwrap();
    let charts = charts_of(&page);
    assert_eq!(charts.len(), 3);
    assert!(charts.iter().all(|svg| svg.contains("this model 0.")));
    has_unique_ids(&page);
}

#[test]
fn the_page_refers_to_nothing_outside_and_hostile_text_stays_text() {
    let (plain, hostile) = (render_backtest(&full("plain")).unwrap(), render_backtest(&full(HOSTILE)).unwrap());
    for outside in ["http:", "https:", "//", "xmlns", "url(", "@import", "src=", "<script", "<link"] {
        assert!(!plain.contains(outside), "{outside}");
    }
    assert_eq!(tags(&hostile).len(), tags(&plain).len(), "text must not add a tag");
    assert!(hostile.contains("&lt;script&gt;"));
}

#[test]
fn dates_and_horizons_without_a_model_are_named_with_the_reason() {
    let page = render_backtest(&full(" (a reason)")).unwrap();
    assert_eq!(page.matches("too short (a reason)").count(), 2);
    assert_eq!(page.matches("why (a reason)").count(), 1);
    assert_eq!(page.matches("a note (a reason)").count(), 2);
    assert!(page.contains("2 from 2025-06-01 to 2025-12-01"));
    assert!(page.contains("62.5\u{a0}%") && page.contains("−0.25") && page.contains("90 days (the project's)"));
    // The date between two tests leaves a gap in the line: two markers a model, no line.
    let auc = page.split("id=\"roc-auc-title\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert!(auc.contains(">2025-09-01<") && !auc.contains(">2025-03-01<"), "{auc}");
    assert!(!auc.contains("churn rate alone"), "what ranks nobody is not drawn");
}

#[test]
fn a_model_looks_the_same_in_every_chart_also_where_a_date_lacks_it() {
    let mut data = full("");
    let Ok(test) = &mut data.dates[1].test else { unreachable!("a tested date") };
    test.models.remove(1);
    let page = render_backtest(&data).unwrap();
    for chart in page.split("<svg").skip(1) {
        let chart = chart.split("</svg>").next().unwrap();
        let mark = |name: &str| {
            let before = chart.split(&format!(">{name}<")).next().unwrap();
            before.rsplit("fill=\"var(--").find(|c| !c.starts_with("text") && !c.starts_with("muted")).unwrap()[..3]
                .to_owned()
        };
        assert_eq!((mark("this model"), mark("recency alone")), ("blu".to_owned(), "red".to_owned()));
    }
}

#[test]
fn an_empty_backtest_and_missing_numbers_are_shown_as_such() {
    let mut data = full("");
    data.dates.retain(|date| date.test.is_err());
    data.horizons.clear();
    let page = render_backtest(&data).unwrap();
    assert!(page.contains("No date was tested.") && !page.contains("<svg") && !page.contains("Other horizons"));

    let mut data = full("");
    for date in &mut data.dates {
        if let Ok(test) = &mut date.test {
            for model in &mut test.models {
                model.metrics = Metrics { log_loss: Estimate::point(f64::NAN), ..Metrics::default() };
            }
        }
    }
    assert!(!render_backtest(&data).unwrap().contains("<svg"));
}

#[test]
fn contradictions_are_refused() {
    let mut data = full("");
    let Ok(test) = &mut data.dates[1].test else { unreachable!("a tested date") };
    test.churners = 1_235;
    assert!(matches!(render_backtest(&data), Err(ReportError::Counts { found: 1_235, .. })));
    let mut data = full("");
    data.pooled[0].metrics.roc_auc = Estimate::point(1.2);
    assert!(matches!(render_backtest(&data), Err(ReportError::OutOfRange { .. })));
    let mut data = full("");
    let Ok(test) = &mut data.horizons[1].test else { unreachable!("a tested horizon") };
    test.spearman = Some(-1.5);
    assert!(matches!(render_backtest(&data), Err(ReportError::OutOfRange { .. })));
}
