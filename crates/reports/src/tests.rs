//! Tests of the whole report: what a page must never do, whatever the data.

use super::*;

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

/// The tags of a page, each from `<` to its `>`, quoted values understood; the style sheet is left out.
pub(crate) fn tags(page: &str) -> Vec<String> {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let mut tags = Vec::new();
    let mut tag: Option<String> = None;
    let mut quoted = false;
    for c in head.chars().chain(body.chars()) {
        match (&mut tag, c) {
            (None, '<') => tag = Some(String::from('<')),
            (None, _) => {}
            (Some(text), '>') if !quoted => {
                text.push('>');
                tags.extend(tag.take());
            }
            (Some(text), _) => {
                quoted ^= c == '"';
                text.push(c);
            }
        }
    }
    assert!(tag.is_none() && !quoted);
    tags
}

/// Names of the attributes of a tag.
fn attributes(tag: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (i, part) in tag.split('"').enumerate() {
        if let (0, Some(name)) = (i % 2, part.trim().strip_suffix('=')) {
            names.push(name.rsplit(' ').next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn hostile_text_stays_text() {
    let page = render(&full(HOSTILE)).unwrap();
    let known = [
        "http-equiv",
        "content",
        "charset",
        "name",
        "lang",
        "class",
        "id",
        "href",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "scope",
        "style",
        "role",
        "viewBox",
        "x",
        "y",
        "dy",
        "width",
        "height",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "points",
        "fill",
        "stroke",
        "stroke-width",
        "opacity",
        "text-anchor",
        "font-size",
        "font-weight",
        "transform",
        "value",
        "data-v",
        "tabindex",
    ];
    let harmless = tags(&render(&full("plain")).unwrap());
    let tags = tags(&page);
    assert_eq!(tags.len(), harmless.len(), "text must not add a tag");
    assert_eq!(tags.iter().filter(|tag| tag.starts_with("<script")).count(), 1, "the sorter is the only script");
    for tag in &tags {
        assert!(!tag.starts_with("<img"), "{tag}");
        for name in attributes(tag) {
            assert!(known.contains(&name.as_str()), "{name} in {tag}");
        }
        for link in tag.split("href=\"").skip(1) {
            assert!(link.starts_with('#'), "{tag}");
        }
    }
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn the_page_refers_to_nothing_outside() {
    let page = render(&full("plain")).unwrap();
    for outside in ["http:", "https:", "//", "xmlns", "url(", "@import", "src=", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"));
    assert!(page.contains("<html lang=\"en\">"));
}

#[test]
fn every_chart_has_a_name_a_description_and_a_table() {
    let page = render(&full("plain")).unwrap();
    let charts: Vec<&str> = page.split("<svg").skip(1).collect();
    assert_eq!(charts.len(), 14);
    for chart in charts {
        let (svg, after) = chart.split_once("</svg>").unwrap();
        assert!(svg.contains("role=\"img\""));
        let ids = svg.split_once("aria-labelledby=\"").unwrap().1.split_once('"').unwrap().0;
        let (title, desc) = ids.split_once(' ').unwrap();
        assert!(svg.contains(&format!("<title id=\"{title}\">")) && svg.contains(&format!("<desc id=\"{desc}\">")));
        assert!(!svg.contains("\"#"), "every colour is a variable");
        let (below, _) = after.split_once("</figure>").unwrap();
        assert!(below.contains("<details>") && below.contains("<table"));
    }
}

#[test]
fn ids_are_unique() {
    let page = render(&full("plain")).unwrap();
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn rates_of_small_segments_are_suppressed_in_page_and_tables() {
    let mut data = full("plain");
    data.segments.rows = vec![segment("tiny", 29, 0.123_4, 77.77), segment("enough", 30, 0.236, 66.66)];
    let page = render(&data).unwrap();
    assert!(page.contains("fewer than 30 customers"));
    assert!(!page.contains("12.3\u{a0}%") && !page.contains("77.77"));
    assert!(page.contains("23.6\u{a0}%") && page.contains("66.66"));
    let tables = csv_tables(&data).unwrap();
    let rows = &tables.iter().find(|t| t.file_name == "segments.csv").unwrap().rows;
    let tiny = rows.iter().find(|r| r[0] == "tiny").unwrap();
    assert_eq!(tiny[3..8], ["", "", "", "", ""]);
    assert_eq!(tiny[12], "fewer than 30 customers");
    let enough = rows.iter().find(|r| r[0] == "enough").unwrap();
    assert_eq!(enough[6], "0.236");
}

#[test]
fn drawn_bubbles_have_an_area_proportional_to_their_customers() {
    let mut data = full("plain");
    let sizes = [40_000, 10_000, 2_500, 400];
    data.segments.rows = sizes
        .iter()
        .enumerate()
        .map(|(i, n)| segment(&format!("s{i}"), *n, 0.1 + 0.2 * i as f64, 20.0 + 30.0 * i as f64))
        .collect();
    let page = render(&data).unwrap();
    let (chart, _) = page.split_once("viewBox=\"0 0 9200 5400\"").unwrap().1.split_once("</svg>").unwrap();
    let radii: Vec<f64> = chart
        .split("<circle ")
        .skip(1)
        .filter(|c| c.contains("opacity=\"0.28\""))
        .map(|c| c.split_once(" r=\"").unwrap().1.split_once('"').unwrap().0.parse().unwrap())
        .collect();
    assert_eq!(radii.len(), sizes.len());
    for (n, r) in sizes.iter().zip(&radii) {
        let expected = *n as f64 / 40_000.0;
        let found = (r / radii[0]).powi(2);
        // Half a drawing unit of rounding on the smallest radius of 36 units.
        assert!((found / expected - 1.0).abs() < 0.03, "{n}: {found} for {expected}");
    }
}

#[test]
fn the_same_data_gives_the_same_bytes_in_any_order_of_segments() {
    let data = full("plain");
    let page = render(&data).unwrap();
    assert_eq!(page, render(&data).unwrap());
    let mut turned = data.clone();
    turned.segments.rows = vec![segment("a", 400, 0.2, 80.0), segment("b", 100, 0.5, -20.0)];
    let forth = render(&turned).unwrap();
    turned.segments.rows.reverse();
    assert_eq!(forth, render(&turned).unwrap());
}

#[test]
fn json_comes_back_as_the_same_data() {
    let data = full(HOSTILE);
    let back: ReportData = serde_json::from_str(&json(&data).unwrap()).unwrap();
    assert_eq!(back, data);
}

#[test]
fn missing_and_nan_values_are_dashes_and_json_null() {
    let mut data = full("plain");
    data.summary.expected_churners = Estimate::default();
    data.summary.value_at_risk = Estimate::point(f64::NAN);
    for row in &mut data.segments.rows {
        row.observed = None;
        row.churn_probability = Some(f64::NAN);
        row.value_per_customer = None;
        row.value_at_risk = Some(f64::INFINITY);
        row.top_reason = None;
    }
    let page = render(&data).unwrap();
    assert!(page.contains("<p class=\"value\">–</p>"));
    assert!(!page.contains("NaN") && !page.contains(">inf"));
    let back: ReportData = serde_json::from_str(&json(&data).unwrap()).unwrap();
    assert_eq!(back.summary.value_at_risk.value, None);
}

#[test]
fn an_empty_report_says_what_is_missing() {
    let mut data = full("");
    data.summary.states = StateCounts::default();
    data.summary.bands = BandCounts::default();
    data.summary.expected_churners = Estimate::default();
    data.segments.rows.clear();
    data.months.clear();
    data.quality = None;
    data.drivers.clear();
    data.gaps = None;
    data.cohorts = None;
    data.survival = None;
    data.reasons = Reasons::default();
    data.plan = None;
    data.measures.clear();
    data.method.rejects.clear();
    data.method.rows_read = 0;
    let page = render(&data).unwrap();
    for sentence in ["There are no segments.", "No period has a known outcome yet.", "The model has not been tested."] {
        assert!(page.contains(sentence), "{sentence}");
    }
    assert!(!page.contains("<svg"));
    assert!(csv_tables(&data).unwrap().iter().all(|t| t.rows.is_empty()));
}

#[test]
fn odd_shapes_of_data_are_drawn() {
    for n in [1, 12, 13, 60] {
        let mut data = full("plain");
        data.segments.rows = (0..n)
            .map(|i| segment(&format!("{i} {}", "long name ".repeat(20)), 31 + i * i, 0.3, 10.0 - i as f64))
            .collect();
        let page = render(&data).unwrap();
        assert!(page.len() < 500_000, "{n}: {} bytes", page.len());
        assert_eq!(page.contains("more ("), n > 12, "{n}");
    }
    let mut data = full("plain");
    data.months.truncate(1);
    data.segments.rows = vec![segment("huge", 900_000, 0.0, 9e12), segment("low", 50, 1.0, -9e12)];
    data.segments.rows[0].value_at_risk = None;
    data.segments.rows[1].value_at_risk = None;
    let quality = data.quality.as_mut().unwrap();
    quality.models.clear();
    quality.lift.clear();
    quality.gains.clear();
    quality.calibration = Some(Calibration { binning: String::new(), bins: Vec::new(), histogram: Vec::new() });
    data.drivers[0].odds_ratio = Estimate::with_interval(1e-300, f64::MIN_POSITIVE, 1e300);
    render(&data).unwrap();
}

#[test]
fn few_data_replace_curves_by_a_sentence() {
    let mut data = full("plain");
    data.quality.as_mut().unwrap().few_data = true;
    let page = render(&data).unwrap();
    assert!(page.contains("too small for gains and calibration curves"));
    assert!(!page.contains("gains-title") && !page.contains("calibration-title"));
}

#[test]
fn contradictions_are_refused() {
    type Spoil = fn(&mut ReportData);
    let cases: [(&str, Spoil); 9] = [
        ("churn probability of segment plain", |d| d.segments.rows[0].churn_probability = Some(1.2)),
        ("risk bands", |d| d.summary.bands.low += 1),
        ("churned customers", |d| d.months[0].churn.churned = 1_001),
        ("low <= high", |d| d.summary.churn_probability = Estimate::with_interval(0.4, 0.5, 0.3)),
        ("customers of all segments", |d| d.segments.rows[0].customers = 2_000_000),
        ("value per customer", |d| d.segments.rows[0].value_per_customer = Some(1e19)),
        ("odds ratio", |d| d.drivers[0].odds_ratio = Estimate::point(-1.0)),
        ("figures of offer_response", |d| d.measures[1].rows[0].withheld = true),
        ("observed_uplift of offer_response", |d| d.measures[1].rows[0].figures[0].estimate = Estimate::point(1.5)),
    ];
    for (message, spoil) in cases {
        let mut data = full("plain");
        spoil(&mut data);
        let error = render(&data).unwrap_err().to_string();
        assert!(error.contains(message), "{message}: {error}");
        assert!(json(&data).is_err() && csv_tables(&data).is_err());
    }
}

#[test]
fn table_rows_are_as_long_as_their_header_and_guarded() {
    for table in csv_tables(&full("=HYPERLINK()")).unwrap() {
        for row in &table.rows {
            assert_eq!(row.len(), table.header.len(), "{}", table.file_name);
            assert!(row.iter().all(|cell| !cell.starts_with('=')), "{}", table.file_name);
        }
    }
}

/// Runs of digits, and what stands between them within a number, made the same for all languages.
fn numbers_of(page: &str) -> Vec<String> {
    let text: String =
        page.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(_, text)| format!("{text} ")).collect();
    let plain = text.replace('\u{a0}', "").replace(['.', ','], "");
    let mut numbers: Vec<String> =
        plain.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() > 2).map(str::to_owned).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn the_page_has_the_same_numbers_in_every_language() {
    let mut data = full("plain");
    let english = numbers_of(&render(&data).unwrap());
    assert!(english.len() > 100, "{}", english.len());
    for language in [Language::Romanian, Language::Russian] {
        data.header.language = language;
        let page = render(&data).unwrap();
        assert!(page.contains(&format!("<html lang=\"{}\">", language.code())));
        assert_eq!(numbers_of(&page), english, "{language:?}");
        assert_eq!(
            json(&data).unwrap().replace(language.code(), "en"),
            json(&full("plain")).unwrap().replace(language.code(), "en")
        );
        let tables = csv_tables(&data).unwrap();
        assert_eq!(tables, csv_tables(&full("plain")).unwrap(), "files for machines have no language");
    }
}

/// Words of the page that are not names of files, columns or methods, nor of the data.
fn latin_words(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("</style>").unwrap();
    let (before, script) = body.split_once("<script>").unwrap_or((body, ""));
    let body = format!("{before}{}", script.split_once("</script>").map_or("", |(_, after)| after));
    let text: String =
        body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| format!("{text} ")).collect();
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')));
    words
        .map(|word| word.trim_matches(['.', '-', '/']))
        .filter(|word| word.chars().any(|c| c.is_ascii_alphabetic()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_english_word_is_left_in_russian() {
    const ALLOWED: &[&str] = &[
        "plain",
        "monitor",
        "PSI",
        "report-compare.csv",
        "ROC",
        "AUC",
        "NPS",
        "CLV",
        "MPC",
        "EMPC",
        "Qini",
        "BG/NBD",
        "Gamma-Gamma",
        "h",
        "d",
        "report.json",
        "report-measures.csv",
        "recency",
        "offer_response",
        "gt",
        "churn",
        "plan",
        "offers.catalogue",
        "lt",
    ];
    let mut data = full("plain");
    data.header.language = Language::Russian;
    let words = latin_words(&render(&data).unwrap());
    let left: Vec<&String> = words.iter().filter(|word| !ALLOWED.contains(&word.as_str())).collect();
    assert!(left.is_empty(), "{left:?}");
}
