//! The files of a simulated company: complete, consistent, and the same for the same seed.
#![allow(clippy::unwrap_used, missing_docs)]

mod table;

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::path::Path;

use history::Date;
use simulation::{Company, Destination, Format, SimulationError, Summary, simulate};
use table::{Table, folder};

const FILES: [&str; 6] = ["transactions.csv", "customers.csv", "events.csv", "offers.csv", "truth.csv", "churn.toml"];

fn small() -> Company {
    Company { customers: 1_500, truth_as_of: vec!["2025-12-31".parse().unwrap()], ..Company::default() }
}

fn run(company: &Company, folder: &Path, threads: usize, block: u32) -> Summary {
    let mut destination = Destination::new(folder);
    destination.block = NonZeroU32::new(block).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| simulate(company, &destination, &mut |_| {})).unwrap()
}

fn bytes(folder: &Path) -> Vec<Vec<u8>> {
    FILES.iter().map(|file| std::fs::read(folder.join(file)).unwrap()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads_and_blocks() {
    let company = small();
    let first = folder("bytes-1");
    let summary = run(&company, &first, 1, 8_192);
    let expected = bytes(&first);
    for (threads, block) in [(2, 8_192), (4, 8_192), (4, 1_000), (2, 77)] {
        let other = folder("bytes-2");
        assert_eq!(run(&company, &other, threads, block), summary);
        assert!(bytes(&other) == expected, "{threads} threads, blocks of {block}");
    }
    let reseeded = folder("bytes-3");
    run(&Company { seed: 2, ..company }, &reseeded, 2, 8_192);
    let differs: Vec<bool> = bytes(&reseeded).iter().zip(&expected).map(|(a, b)| a != b).collect();
    assert_eq!(differs, [true, true, true, true, true, false]);
}

#[test]
fn a_customer_is_the_same_in_a_larger_company() {
    // Ids have four digits in both.
    let (few, many) = (folder("prefix-few"), folder("prefix-many"));
    run(&Company { customers: 100, ..small() }, &few, 2, 64);
    run(&Company { customers: 1_000, ..small() }, &many, 2, 64);
    for file in &FILES[..5] {
        let few = std::fs::read(few.join(file)).unwrap();
        assert!(std::fs::read(many.join(file)).unwrap().starts_with(&few), "{file}");
    }
}

#[test]
fn asking_for_more_truth_changes_no_export() {
    let (one, two) = (folder("truth-one"), folder("truth-two"));
    run(&small(), &one, 2, 512);
    run(&Company { truth_as_of: Vec::new(), ..small() }, &two, 2, 512);
    assert!(bytes(&one)[..4] == bytes(&two)[..4]);
}

#[test]
fn rows_lie_in_the_period_and_belong_together() {
    let company = small();
    let at = folder("rows");
    let summary = run(&company, &at, 2, 512);
    let (start, end) = (company.start.to_string(), company.complete_through.to_string());
    let in_period = |moment: &str| moment >= start.as_str() && moment < end.as_str() && moment.len() == 19;

    let customers = Table::read(&at, "customers.csv");
    let signup: HashMap<&str, &str> = customers.rows().map(|r| (r["customer_id"], r["signup_date"])).collect();
    assert_eq!(signup.len() as u64, summary.customers, "ids are unique");
    assert_eq!(summary.customers, 1_500);
    assert!(signup.values().all(|day| *day < end.as_str()));

    let transactions = Table::read(&at, "transactions.csv");
    let (mut orders, mut ids, mut returns) = (HashMap::new(), HashSet::new(), 0);
    for row in transactions.rows() {
        assert!(in_period(row["timestamp"]) && row["timestamp"] >= signup[row["customer_id"]], "{row:?}");
        assert!(ids.insert(row["order_id"]), "{row:?}");
        let amount: f64 = row["amount"].parse().unwrap();
        if let Some(order) = row["order_id"].strip_prefix('R') {
            returns += 1;
            let (moment, paid): (&str, f64) = orders[order];
            assert!(moment < row["timestamp"] && amount == -paid, "{row:?}");
        } else {
            assert!(amount > 0.0, "{row:?}");
            orders.insert(&row["order_id"][1..], (row["timestamp"], amount));
        }
    }
    assert_eq!((orders.len() as u64, returns), (summary.purchases, summary.returns));

    let events = Table::read(&at, "events.csv");
    assert_eq!(events.rows().count() as u64, summary.events);
    for row in events.rows() {
        assert!(in_period(row["timestamp"]) && row["timestamp"] >= signup[row["customer_id"]], "{row:?}");
        let resolved = row["resolved_at"];
        assert!(resolved.is_empty() || in_period(resolved) && resolved > row["timestamp"], "{row:?}");
        if row["type"] == "nps" {
            assert!((0.0..=10.0).contains(&row["value"].parse::<f64>().unwrap()), "{row:?}");
        }
    }

    let truth = Table::read(&at, "truth.csv");
    assert_eq!(truth.rows().count() as u64, summary.truth_rows);
    let mut last_order: HashMap<(&str, &str), &str> = HashMap::new();
    for as_of in ["2025-12-31", end.as_str()] {
        for row in transactions.rows().filter(|r| !r["amount"].starts_with('-') && r["timestamp"] < as_of) {
            last_order.insert((row["customer_id"], as_of), row["timestamp"]);
        }
    }
    for row in truth.rows() {
        assert!(signup[row["customer_id"]] < row["as_of"], "{row:?}");
        let as_of: Date = row["as_of"].parse().unwrap();
        let since = as_of.plus_days(-180).to_string();
        let expected = match last_order.get(&(row["customer_id"], row["as_of"])) {
            Some(last) if *last >= since.as_str() => "eligible",
            Some(_) => "lapsed",
            None => "new",
        };
        assert_eq!(row["state"], expected, "{row:?}");
        assert_eq!(row["churned"].is_empty(), row["as_of"] == end, "{row:?}");
        assert!(row["alive"] == "true" || row["churn_probability"] == "1", "{row:?}");
    }
    let known_at_the_end = truth.rows().filter(|row| row["as_of"] == end).count() as u64;
    assert_eq!(known_at_the_end, summary.customers);
}

#[test]
fn offers_go_to_a_random_half_of_those_who_may_be_contacted() {
    let at = folder("offers");
    let company = Company { customers: 6_000, ..small() };
    run(&company, &at, 2, 8_192);
    let customers = Table::read(&at, "customers.csv");
    let allowed: HashMap<&str, &str> = customers.rows().map(|r| (r["customer_id"], r["contact_allowed"])).collect();
    let offers = Table::read(&at, "offers.csv");
    let (mut rows, mut treated) = (0.0, 0.0);
    for row in offers.rows() {
        assert_eq!(allowed[row["customer_id"]], "true");
        let date: Date = row["timestamp"][..10].parse().unwrap();
        assert!(company.campaigns.dates.contains(&date));
        rows += 1.0;
        if row["arm"] == "treatment" {
            treated += 1.0;
            assert_eq!((row["cost"], &row["contacted_at"][..10]), ("4.00", &row["timestamp"][..10]));
            assert!(row["accepted"].is_empty() || row["accepted"] > row["contacted_at"], "{row:?}");
        } else {
            assert_eq!((row["arm"], row["cost"], row["accepted"], row["contacted_at"]), ("control", "0.00", "", ""));
        }
    }
    let error = 4.0 * (0.25_f64 / rows).sqrt();
    assert!(rows > 6_000.0 && (treated / rows - 0.5).abs() < error, "{treated} of {rows}");
}

#[test]
fn the_sample_stays_below_four_megabytes() {
    let at = folder("sample");
    let summary = run(&Company::sample(), &at, 2, 8_192);
    let size: u64 = FILES.iter().map(|file| std::fs::metadata(at.join(file)).unwrap().len()).sum();
    assert!(size < 4_000_000, "{size} bytes");
    assert!(summary.eligible > 1_000, "{summary:?}");
    assert!((0.25..0.5).contains(&summary.churn_rate.unwrap()), "{summary:?}");
}

#[test]
fn parquet_files_are_written_and_the_truth_stays_csv() {
    let at = folder("parquet");
    let destination = Destination { format: Format::Parquet, ..Destination::new(&at) };
    let company = Company { customers: 300, ..small() };
    let mut heard = Vec::new();
    simulate(&company, &destination, &mut |done| heard.push(done)).unwrap();
    assert_eq!(heard, [300]);
    for table in ["transactions", "customers", "events", "offers"] {
        let bytes = std::fs::read(at.join(format!("{table}.parquet"))).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{table}");
    }
    assert_eq!(Table::read(&at, "truth.csv").rows().filter(|row| row["as_of"] == "2026-07-01").count(), 300);
    let project = std::fs::read_to_string(at.join("churn.toml")).unwrap();
    for table in ["transactions", "customers", "events"] {
        assert!(project.contains(&format!("[{table}]\npath = \"{table}.parquet\"\n")), "{table}");
        let mapped = project.split(&format!("[{table}.columns]\n")).nth(1).unwrap().split("\n\n").next().unwrap();
        let mapped: Vec<String> = mapped.lines().map(|line| line.split(" = ").next().unwrap().to_owned()).collect();
        let other = folder("csv-beside-parquet");
        simulate(&company, &Destination::new(&other), &mut |_| {}).unwrap();
        let text = std::fs::read_to_string(other.join(format!("{table}.csv"))).unwrap();
        assert_eq!(mapped.join(","), text.lines().next().unwrap(), "{table}: all columns, by their names");
    }
    assert!(project.contains("complete_through = \"2026-07-01\""));
}

#[test]
fn a_table_of_events_without_rows_is_not_named_in_the_project_file() {
    let at = folder("no-events");
    let mut company = Company { customers: 1, engagement_events_per_year: 0.0, ..small() };
    company.service.problem_share = 0.0;
    let events: Vec<(u64, bool)> = (0..20)
        .map(|seed| {
            let destination = Destination { replace: true, ..Destination::new(&at) };
            let summary = simulate(&Company { seed, ..company.clone() }, &destination, &mut |_| {}).unwrap();
            let project = std::fs::read_to_string(at.join("churn.toml")).unwrap();
            (summary.events, project.contains("[events]"))
        })
        .collect();
    assert!(events.iter().any(|(rows, _)| *rows == 0) && events.iter().any(|(rows, _)| *rows > 0), "{events:?}");
    assert!(events.iter().all(|(rows, named)| (*rows > 0) == *named), "{events:?}");
}

#[test]
fn a_company_without_campaigns_still_has_a_table_of_offers() {
    let at = folder("no-offers");
    let mut company = Company { customers: 20, ..small() };
    company.campaigns.dates.clear();
    assert_eq!(run(&company, &at, 1, 8).offers, 0);
    let header = "customer_id,timestamp,offer,arm,cost,accepted,contacted_at\n";
    assert_eq!(std::fs::read_to_string(at.join("offers.csv")).unwrap(), header);
}

#[test]
fn a_project_is_replaced_only_on_request_and_bad_settings_write_nothing() {
    let at = folder("replace");
    let company = Company { customers: 10, ..small() };
    let mut destination = Destination::new(&at);
    simulate(&company, &destination, &mut |_| {}).unwrap();
    let again = simulate(&company, &destination, &mut |_| {}).unwrap_err();
    assert!(matches!(again, SimulationError::ProjectExists { .. }), "{again}");
    destination.replace = true;
    simulate(&company, &destination, &mut |_| {}).unwrap();

    let fresh = folder("bad-settings");
    std::fs::remove_dir(&fresh).unwrap();
    let bad = Company { customers: 0, ..company };
    let refused = simulate(&bad, &Destination::new(&fresh), &mut |_| {}).unwrap_err();
    assert!(matches!(refused, SimulationError::OutOfRange { setting: "customers", .. }), "{refused}");
    assert!(!fresh.exists());
}

#[test]
fn companies_at_the_ends_of_the_ranges_are_simulated() {
    let mut least = Company { customers: 40, stock_days: 0, engagement_events_per_year: 0.0, ..Company::default() };
    least.complete_through = least.start.plus_days(1);
    (least.horizon_days, least.active_within_days, least.campaigns.dates) = (1, 1, Vec::new());
    (least.buying.orders_per_year, least.buying.signup_order_share, least.buying.rate_shape) = (0.01, 0.0, 1_000.0);
    (least.leaving.hazard_per_year, least.leaving.fading_days) = (0.0, 0);
    let summary = run(&least, &folder("least"), 2, 16);
    assert_eq!((summary.customers, summary.truth_rows, summary.offers), (40, 40, 0));
    assert_eq!(summary.churn_rate, None);

    let mut most = Company { customers: 40, stock_days: 3_650, horizon_days: 365, ..Company::default() };
    (most.buying.orders_per_year, most.buying.rate_shape, most.buying.seasonality) = (365.0, 0.2, 2.0);
    (most.leaving.hazard_per_year, most.leaving.hazard_spread, most.leaving.promotion_factor) = (10.0, 2.0, 10.0);
    (most.service.problem_share, most.service.unresolved_share, most.service.open_factor) = (0.5, 1.0, 100.0);
    (most.baskets.median_order_value, most.baskets.return_share, most.baskets.discount_share) = (1e6, 1.0, 0.5);
    (most.baskets.spread_between_customers, most.baskets.spread_within_customer) = (1.5, 1.5);
    most.campaigns.dates = (0..8).map(|at| most.complete_through.plus_days(60 * (at - 8))).collect();
    let at = folder("most");
    let summary = run(&most, &at, 2, 16);
    assert_eq!(summary.customers, 40);
    for row in Table::read(&at, "truth.csv").rows() {
        let probability: f64 = row["churn_probability"].parse().unwrap();
        assert!((0.0..=1.0).contains(&probability), "{row:?}");
    }
}
