//! The retention measures in `churn report` and its `--json`: what they say, what they withhold, and what they miss.

#[path = "common/campaigns.rs"]
mod campaigns;
mod common;
#[path = "common/quitters.rs"]
mod quitters;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use campaigns::{add, change, number, object, rows, strong};
use common::Folder;
use serde_json::Value;

/// The measures that `churn report --json` prints, by name.
fn measures(folder: &Folder) -> BTreeMap<String, Value> {
    let ended = folder.churn("report", &["--json"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let found = object(&ended)["result"]["measures"].as_array().expect("measures").clone();
    found.into_iter().map(|measure| (measure["measure"].as_str().expect("a name").to_owned(), measure)).collect()
}

/// The rows of a measure in a period, by a column, of a segment.
fn cells<'a>(measure: &'a Value, period: &str, by: Option<&str>, segment: Option<&str>) -> Vec<&'a Value> {
    let is = |found: &Value, wanted: Option<&str>| found.as_str() == wanted;
    let rows = measure["rows"].as_array().expect("rows").iter();
    rows.filter(|row| {
        let name = row["period"]["name"].as_str().unwrap_or_default();
        (name == period || period == "*") && is(&row["by"], by) && is(&row["segment"], segment)
    })
    .collect()
}

fn figure(row: &Value, name: &str) -> (f64, Option<f64>, Option<f64>) {
    let figures = row["figures"].as_array().expect("figures");
    let found = figures.iter().find(|figure| figure["figure"] == name).unwrap_or_else(|| panic!("{name}: {row:#}"));
    (found["value"].as_f64().expect("a number"), found["low"].as_f64(), found["high"].as_f64())
}

const MEASURES: [&str; 17] = [
    "churn_rate",
    "retention_rate",
    "revenue_lost",
    "value_at_risk",
    "what_if",
    "lifetime_value",
    "acquisition",
    "nps",
    "satisfaction",
    "service_level",
    "neglect",
    "reasons_for_leaving",
    "drivers",
    "win_back",
    "groups",
    "offer_economics",
    "offer_response",
];

#[test]
fn two_thousand_a_month_of_a_thousand_customers_at_a_quarter_is_half_a_million() {
    // 1,000 customers buy for 2,000 in the middle of every month; 250 of them stop after October 2025. Others buy for less, and leave one after
    // the other long before: from them the model learns.
    let mut text = "customer_id,timestamp,amount\n".to_owned();
    let months: Vec<String> = (0..18).map(|at| format!("{}-{:02}", 2024 + (6 + at) / 12, (6 + at) % 12 + 1)).collect();
    for customer in 0..1_900 {
        let (last, amount) = match customer {
            0..250 => (15, 2_000),
            250..1_000 => (17, 2_000),
            // Their last month is June 2025 at the latest: nobody counts them in the last quarter.
            _ => (2 + customer % 10, 500),
        };
        for month in &months[..=last] {
            writeln!(text, "C{customer:04},{month}-15,{amount}.00").expect("a text takes any text");
        }
    }
    let project = "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\n[churn]\nhorizon = \"30d\"\nactive_within = \"60d\"\n\
                   complete_through = \"2026-01-01\"\n[plan]\nmargin = 0.5\n";
    let folder = Folder::shop(project, &text);
    let ended = folder.churn("train", &["-q", "--test-as-of", "2025-05-02"]);
    assert!([0, 7].contains(&ended.code), "{}", ended.stderr);
    let found = measures(&folder);
    let lost = cells(&found["revenue_lost"], "2025 Q4", None, None)[0];
    assert!((figure(lost, "monthly_spend").0 - 2_000.0).abs() < 1e-9, "{lost:#}");
    assert_eq!((figure(lost, "customers_at_start").0, figure(lost, "churn_rate").0), (1_000.0, 0.25));
    let (value, low, high) = figure(lost, "revenue_lost_a_month");
    assert!((value - 500_000.0).abs() < 1e-6, "{value}");
    // Wilson's interval of 250 out of 1,000 (scipy.stats.binomtest(250, 1000).proportion_ci(method="wilson")) times 2,000,000.
    assert!((low.expect("an end") - 448_306.198).abs() < 0.01 && (high.expect("an end") - 555_520.560).abs() < 0.01);
    let kept = cells(&found["retention_rate"], "2025-11", None, None)[0];
    assert_eq!((figure(kept, "customers_before").0, figure(kept, "retention_rate").0), (1_000.0, 0.75));
}

#[test]
fn every_measure_is_there_and_what_is_missing_is_named_with_what_to_add() {
    let text = quitters::orders(&quitters::purchases(900));
    let folder = Folder::shop(&quitters::project(""), &text);
    let ended = folder.churn("train", &["-q"]);
    assert!([0, 7].contains(&ended.code), "{}", ended.stderr);
    let found = measures(&folder);
    assert_eq!(found.len(), MEASURES.len());
    let page = String::from_utf8(folder.read("out/report.html")).expect("text");
    for (name, words) in [
        ("nps", "add events of type nps"),
        ("satisfaction", "add events of type csat or review"),
        ("service_level", "add events of type complaint or ticket"),
        ("neglect", "add events of the types call"),
        ("acquisition", "map acquisition_channel"),
        ("lifetime_value", "map margin or cost"),
        ("reasons_for_leaving", "add [departures]"),
        ("offer_response", "add [offers]"),
        ("groups", "run churn plan"),
        ("offer_economics", "run churn plan"),
    ] {
        let why = found[name]["not_given"].as_str().unwrap_or_else(|| panic!("{name}: {:#}", found[name]));
        assert!(why.contains(words) && found[name]["rows"].as_array().is_some_and(Vec::is_empty), "{name}: {why}");
        assert!(page.contains(&format!("id=\"measure-{name}\"")), "{name}");
        let line = rows(&folder, "out/report-measures.csv").into_iter().find(|row| row["measure"] == name);
        assert!(line.is_some_and(|row| row["note"].starts_with("not given: ")), "{name}");
    }
    assert!(page.contains("Not given: "));
    for name in ["churn_rate", "retention_rate", "revenue_lost", "value_at_risk", "what_if", "drivers", "win_back"] {
        assert!(found[name]["not_given"].is_null(), "{name}: {:#}", found[name]["not_given"]);
    }
}

#[test]
fn figures_are_those_of_the_rows_by_period_and_by_segment() {
    let folder = strong();
    let found = measures(&folder);
    assert_eq!(found.len(), MEASURES.len());
    let region: BTreeMap<String, String> = rows(&folder, "customers.csv")
        .into_iter()
        .map(|row| (row["customer_id"].clone(), row["region"].clone()))
        .collect();
    // Counted again from the rows of the export: who bought in the first quarter of 2026, and in the second as well.
    let bought = |from: &str, until: &str| -> BTreeSet<String> {
        rows(&folder, "transactions.csv")
            .into_iter()
            .filter(|row| {
                row["timestamp"].as_str() >= from && row["timestamp"].as_str() < until && number(&row["amount"]) > 0.0
            })
            .map(|row| row["customer_id"].clone())
            .collect()
    };
    let (before, after) = (bought("2026-01-01", "2026-04-01"), bought("2026-04-01", "2026-07-01"));
    for (by, segment) in [(None, None), (Some("region"), Some("north"))] {
        let in_cell = |id: &&String| segment.is_none_or(|segment| region[*id] == segment);
        let customers = before.iter().filter(in_cell).count();
        let again = before.intersection(&after).filter(in_cell).count();
        let row = cells(&found["retention_rate"], "2026 Q2", by, segment)[0];
        assert_eq!(figure(row, "customers_before").0, customers as f64, "{segment:?}");
        let (rate, low, high) = figure(row, "retention_rate");
        assert!((rate - again as f64 / customers as f64).abs() < 1e-12, "{segment:?}");
        assert!(low < Some(rate) && Some(rate) < high);
    }
    // The score of the answers of the quarter.
    let answers: Vec<f64> = rows(&folder, "events.csv")
        .into_iter()
        .filter(|row| {
            row["type"] == "nps"
                && row["timestamp"].as_str() >= "2026-04-01"
                && row["timestamp"].as_str() < "2026-07-01"
        })
        .map(|row| number(&row["value"]))
        .collect();
    let share =
        |of: &dyn Fn(f64) -> bool| answers.iter().filter(|answer| of(**answer)).count() as f64 / answers.len() as f64;
    let score = 100.0 * (share(&|answer| answer >= 9.0) - share(&|answer| answer <= 6.0));
    let row = cells(&found["nps"], "2026 Q2", None, None)[0];
    assert!((figure(row, "nps").0 - score).abs() < 1e-9, "{row:#} {score}");
    assert_eq!(row["count"].as_u64(), Some(answers.len() as u64));

    // Every share and mean has its interval, and segments add up to all customers.
    let at_risk = |by: Option<&str>| -> f64 {
        let rows = found["value_at_risk"]["rows"].as_array().expect("rows").iter();
        rows.filter(|row| row["by"].as_str() == by && row["withheld"] == false)
            .map(|row| figure(row, "value_at_risk").0)
            .sum()
    };
    assert!((at_risk(None) - at_risk(Some("segment"))).abs() < 1e-6 * at_risk(None));
    for (name, of) in [
        ("churn_rate", "churn_rate"),
        ("value_at_risk", "value_at_risk"),
        ("what_if", "gain"),
        ("lifetime_value", "forecast_clv"),
        ("lifetime_value", "expected_margin"),
        ("lifetime_value", "simple_clv"),
        ("acquisition", "lifetime_value"),
        ("satisfaction", "satisfaction_index"),
        ("service_level", "kept_in_time"),
        ("neglect", "share"),
        ("drivers", "difference"),
        ("win_back", "returned"),
        ("offer_response", "observed_uplift"),
    ] {
        let rows = found[name]["rows"].as_array().expect("rows").iter();
        let with =
            rows.flat_map(|row| row["figures"].as_array().expect("figures")).filter(|figure| figure["figure"] == of);
        let with: Vec<&Value> = with.collect();
        assert!(!with.is_empty(), "{name}: {of}");
        let all = with
            .iter()
            .filter(|figure| figure["low"].as_f64() <= figure["value"].as_f64() && figure["low"].is_number());
        assert!(all.count() * 10 >= with.len() * 9, "{name}: {of} lacks intervals");
    }
    // The Qini curve goes from nobody to everybody, page and tables have it, and where it ends is the effect on all.
    let curve = &found["offer_response"]["curves"][0];
    let points = curve["points"].as_array().expect("points");
    let (first, last) = (&points[0], &points[points.len() - 1]);
    assert_eq!((first["share"].as_f64(), first["kept"].as_f64()), (Some(0.0), Some(0.0)));
    let all = curve["treated"].as_u64().expect("a count") + curve["control"].as_u64().expect("a count");
    assert_eq!((last["share"].as_f64(), last["customers"].as_u64()), (Some(1.0), Some(all)));
    assert!(points.len() <= 102 && points.is_sorted_by(|a, b| a["share"].as_f64() < b["share"].as_f64()));
    let lines = rows(&folder, "out/report-qini.csv");
    assert_eq!(lines.len(), points.len());
    assert_eq!(lines[lines.len() - 1]["kept"], lines[lines.len() - 1]["at_random"]);
    let page = String::from_utf8(folder.read("out/report.html")).expect("text");
    assert!(page.contains("id=\"qini-title\""));
    let expected = cells(&found["drivers"], "*", None, None)[0];
    assert!(figure(expected, "effect_size").0.abs() > 0.3, "{expected:#}");
}

#[test]
fn the_forecast_of_margins_covers_what_is_true() {
    let folder = strong();
    add(&folder, "[plan]\nvalue_over = \"90d\"");
    let row = measures(&folder)["lifetime_value"].clone();
    let (_, low, high) = figure(cells(&row, "", None, None)[0], "expected_margin");
    let truth: Vec<f64> = rows(&folder, "truth.csv")
        .into_iter()
        .filter(|row| row["as_of"] == "2026-07-01" && row["state"] == "eligible")
        .map(|row| number(&row["expected_margin"]))
        .collect();
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let (low, high) = (low.expect("an end"), high.expect("an end"));
    // A forecast of 90 days from purchases alone knows nothing of seasons: a tenth of its value is allowed for that.
    assert!(0.9 * low <= mean && mean <= 1.1 * high, "{low} {mean} {high}");
}

#[test]
fn small_cells_are_withheld_everywhere_and_costs_are_held_against_values() {
    let folder = strong();
    let text: String = rows(&folder, "customers.csv")
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let rare = if at < 20 { "rare" } else { row["region"].as_str() };
            format!("{},{},{},{rare}\n", row["customer_id"], row["signup_date"], row["acquisition_channel"])
        })
        .collect();
    folder.write("customers.csv", &("customer_id,signup_date,acquisition_channel,region\n".to_owned() + &text));
    for column in ["segment", "preferred_channel", "contact_allowed", "owner"] {
        change(&folder, &format!("{column} = \"{column}\"\n"), "");
    }
    change(&folder, "[report]\n", "[report]\nacquisition_cost = { search = 1.0, affiliate = 100000.0 }\n");
    let found = measures(&folder);
    let mut withheld = 0;
    for measure in found.values() {
        for row in measure["rows"].as_array().expect("rows").iter().filter(|row| row["segment"] == "(rare values)") {
            assert!(row["withheld"] == true && row["figures"].as_array().is_some_and(Vec::is_empty), "{row:#}");
            withheld += 1;
        }
    }
    assert!(withheld > 10, "{withheld}");
    let lines = rows(&folder, "out/report-measures.csv");
    let rare: Vec<_> = lines.iter().filter(|row| row["segment"] == "(rare values)").collect();
    assert!(!rare.is_empty() && rare.iter().all(|row| row["value"].is_empty() && row["note"] == "withheld"));
    let cost = |channel: &str| cells(&found["acquisition"], "", Some("acquisition_channel"), Some(channel))[0].clone();
    assert_eq!((&cost("search")["alert"], &cost("affiliate")["alert"]), (&false.into(), &true.into()));
    let alerts = found["acquisition"]["alerts"].to_string();
    assert!(alerts.contains("affiliate are worth less") && !alerts.contains("search"), "{alerts}");
    change(&folder, "search = 1.0", "search = -1.0");
    let ended = folder.churn("report", &[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("report.acquisition_cost.search: expected an amount of 0 or more"),
        "{}",
        ended.stderr
    );
}

#[test]
fn departures_are_told_apart_by_choice_and_by_reason() {
    let purchases = quitters::purchases(1_500);
    let folder = Folder::shop(&quitters::project(""), &quitters::orders(&purchases));
    let mut text = "customer_id,timestamp,kind,reason\n".to_owned();
    let mut left = 0;
    for (customer, days) in purchases.iter().enumerate() {
        let gone = days.last().copied().unwrap_or(0) + 3;
        if gone < quitters::DAYS - 30 {
            left += 1;
            let (kind, reason) = [("voluntary", "price"), ("voluntary", "service"), ("involuntary", "")][customer % 3];
            writeln!(text, "Q{customer:04},{},{kind},{reason}", quitters::day(gone)).expect("a text takes any text");
        }
    }
    assert!(left > 300, "{left}");
    folder.write("departures.csv", &text);
    add(&folder, "[departures]\npath = \"departures.csv\"\ncolumns = { reason = \"reason\" }");
    let ended = folder.churn("train", &["-q"]);
    assert!([0, 7].contains(&ended.code), "{}", ended.stderr);
    let found = measures(&folder);
    let mut split = 0;
    for row in found["churn_rate"]["rows"].as_array().expect("rows").iter().filter(|row| row["withheld"] == false) {
        let of = |name: &str| figure(row, name).0;
        let parts = of("voluntary_churn_rate") + of("involuntary_churn_rate");
        assert!((parts - of("churn_rate")).abs() < 1e-9, "{row:#}");
        split += u32::from(of("involuntary_churn_rate") > 0.0);
    }
    assert!(split > 2, "{split}");
    let reasons = &found["reasons_for_leaving"];
    let of_quarter = cells(reasons, "2025 Q4", None, None);
    let names: Vec<&str> = of_quarter.iter().filter_map(|row| row["item"].as_str()).collect();
    assert!(names.contains(&"price (voluntary)") && names.contains(&"not given (involuntary)"), "{names:?}");
    assert!(names.last() == Some(&"not given (involuntary)"), "voluntary reasons come first: {names:?}");
    let shares: f64 = of_quarter.iter().map(|row| figure(row, "share").0).sum();
    assert!((shares - 1.0).abs() < 1e-9 && of_quarter.iter().all(|row| figure(row, "value_lost").0 >= 0.0));
}
