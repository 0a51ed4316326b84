//! Which numbers are shown, withheld, missing or refused.

use super::*;

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
    let cases: [(&str, Spoil); 10] = [
        ("churn probability of segment plain", |d| d.segments.rows[0].churn_probability = Some(1.2)),
        ("risk bands", |d| d.summary.bands.low += 1),
        ("churned customers", |d| d.months[0].churn.churned = 1_001),
        ("low <= high", |d| d.summary.churn_probability = Estimate::with_interval(0.4, 0.5, 0.3)),
        ("customers of all segments", |d| d.segments.rows[0].customers = 2_000_000),
        ("value per customer", |d| d.segments.rows[0].value_per_customer = Some(1e19)),
        ("odds ratio", |d| d.drivers[0].odds_ratio = Estimate::point(-1.0)),
        ("figures of offer_response", |d| d.measures[1].rows[0].withheld = true),
        ("kept customers of the Qini curve", |d| d.measures[1].curves[0].points[1].kept = 301.0),
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

#[test]
fn the_qini_curve_has_its_line_of_chance_in_table_and_csv_and_its_absence_is_said() {
    let data = full("plain");
    let page = render(&data).unwrap();
    let (_, chart) = page.split_once("id=\"qini-title\"").unwrap();
    let (figure, _) = chart.split_once("</figure>").unwrap();
    // Half way between 21 at 30 % and 30 at everybody, and 15 by chance.
    assert!(figure.contains(">50\u{a0}%</th><td class=\"n\">24</td><td class=\"n\">15</td>"), "{figure}");
    assert!(figure.contains("plain 0.21") && figure.contains("at random"));
    let tables = csv_tables(&data).unwrap();
    let table = tables.iter().find(|table| table.file_name == "qini.csv").unwrap();
    assert_eq!(table.rows[1], ["plain", "0.3", "150", "21", "9"]);
    let mut without = full("plain");
    without.measures[1] = Measure::not_given(MeasureName::OfferResponse, "add [offers]");
    let page = render(&without).unwrap();
    let (_, section) = page.split_once("id=\"campaign\"").unwrap();
    assert!(section.contains("no past campaign with held-out customers") && section.contains("add [offers]"));
    assert!(csv_tables(&without).unwrap().iter().all(|table| table.file_name != "qini.csv"));
}
