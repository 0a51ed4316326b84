//! A campaign of the shape of Hillstrom's e-mail challenge (2008), as the offers table: three arms of a third each, one of them without an
//! e-mail. The rows are made here: customers with a past of men's and women's merchandise, an e-mail that brings some of them back within two
//! weeks, and the rates that the challenge is known for (10.6 % of the control, 18.3 % with the men's and 15.1 % with the women's e-mail).
//!
//! 9,000 customers; with `CHURN_LONG_TESTS=1` the 64,000 of the challenge. `CHURN_KEEP_HILLSTROM=FOLDER` keeps the project.

#[path = "common/campaigns.rs"]
mod campaigns;
mod common;
#[path = "common/quitters.rs"]
mod quitters;

use std::fmt::Write;

use campaigns::object;
use common::Folder;
use history::Date;
use quitters::Numbers;
use serde_json::Value;

const CAMPAIGN: i32 = 730;
const END: i32 = 748;

fn day(number: i32) -> Date {
    "2023-06-01".parse::<Date>().expect("a date").plus_days(number)
}

fn folder(customers: usize) -> Folder {
    let mut numbers = Numbers(2008);
    let (mut orders, mut people) =
        ("customer_id,timestamp,amount,category\n".to_owned(), "customer_id,zip,newbie\n".to_owned());
    let mut offers = "customer_id,timestamp,offer,arm\n".to_owned();
    for customer in 0..customers {
        let id = format!("H{customer:05}");
        let womens = numbers.next() < 0.55;
        let zip = ["rural", "suburban", "urban"][(numbers.next() * 3.0) as usize];
        let newbie = numbers.next() < 0.5;
        // Bought last one to twelve months before the campaign, and now and then before that.
        let last = CAMPAIGN - 1 - (364.0 * numbers.next()) as i32;
        let mut days = vec![last];
        let first = if newbie { last - 100 } else { 0 };
        let pace = 40.0 + 200.0 * numbers.next();
        let mut at = f64::from(last);
        loop {
            at -= 1.0 - pace * (1.0 - numbers.next()).ln();
            if at < f64::from(first.max(0)) {
                break;
            }
            days.push(at as i32);
        }
        let (offer, uplift) = match customer % 3 {
            0 => ("", 0.0),
            1 => ("mens e-mail", if womens { 0.06 } else { 0.098 }),
            _ => ("womens e-mail", if womens { 0.077 } else { 0.006 }),
        };
        let arm = if offer.is_empty() { "control" } else { "treatment" };
        writeln!(offers, "{id},{},{offer},{arm}", day(CAMPAIGN)).expect("a text takes any text");
        let recent = if last > CAMPAIGN - 90 { 0.06 } else { -0.02 };
        if numbers.next() < 0.106 + recent + uplift {
            days.push(CAMPAIGN + (14.0 * numbers.next()) as i32);
        }
        for bought in days {
            let amount = 15.0 + 120.0 * numbers.next() * numbers.next();
            let category = if (numbers.next() < 0.8) == womens { "womens" } else { "mens" };
            writeln!(orders, "{id},{},{amount:.2},{category}", day(bought)).expect("a text takes any text");
        }
        writeln!(people, "{id},{zip},{newbie}").expect("a text takes any text");
    }
    let project = format!(
        "name = \"hillstrom\"\n[transactions]\npath = \"orders.csv\"\ncolumns = {{ category = \"category\" }}\n\
         [customers]\npath = \"customers.csv\"\ncolumns = {{ zip = \"zip\", newbie = \"newbie\" }}\n[offers]\npath = \"offers.csv\"\n\
         [churn]\nhorizon = \"14d\"\nactive_within = \"365d\"\ncomplete_through = \"{}\"\n[report]\nsegment_by = \"zip\"\n[plan]\nmargin = 0.3\n",
        day(END)
    );
    let folder = Folder::shop(&project, &orders);
    folder.write("customers.csv", &people);
    folder.write("offers.csv", &offers);
    folder
}

#[test]
fn three_arms_are_shown_by_tenth_and_by_arm() {
    let is_long = std::env::var("CHURN_LONG_TESTS").is_ok_and(|value| value == "1");
    let customers = if is_long { 64_000 } else { 9_000 };
    let folder = folder(customers);
    let ended = folder.churn("train", &["-q"]);
    assert!([0, 7].contains(&ended.code), "{}", ended.stderr);
    let ended = folder.churn("report", &["--json"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    if let Ok(kept) = std::env::var("CHURN_KEEP_HILLSTROM") {
        std::fs::create_dir_all(&kept).expect("a folder can be made");
        for name in ["report.html", "report-measures.csv"] {
            std::fs::write(std::path::Path::new(&kept).join(name), folder.read(&format!("out/{name}")))
                .expect("written");
        }
    }
    let found = object(&ended);
    let measures = found["result"]["measures"].as_array().expect("measures").clone();
    let response = measures.iter().find(|measure| measure["measure"] == "offer_response").expect("a measure");
    assert!(response["not_given"].is_null(), "{response:#}");
    let rows = response["rows"].as_array().expect("rows");
    let figure = |row: &Value, name: &str, end: &str| {
        let figures = row["figures"].as_array().expect("figures");
        figures.iter().find(|figure| figure["figure"] == name).and_then(|figure| figure[end].as_f64())
    };
    for (offer, truth) in [("mens e-mail", 0.06 * 0.55 + 0.098 * 0.45), ("womens e-mail", 0.077 * 0.55 + 0.006 * 0.45)]
    {
        let of_offer: Vec<&Value> = rows.iter().filter(|row| row["item"] == offer).collect();
        let whole = of_offer.iter().find(|row| row["by"].is_null()).expect("the whole arm");
        let (low, high) = (figure(whole, "observed_uplift", "low"), figure(whole, "observed_uplift", "high"));
        // Three standard errors: the rows are always the same, and so is their luck.
        let (low_end, high_end) = low.zip(high).expect("an interval");
        let half = 0.5 * (high_end - low_end);
        assert!((truth - 0.5 * (low_end + high_end)).abs() < 1.5 * half, "{offer}: {whole:#}");
        assert!(low > Some(0.0) && whole["alert"] == false, "{offer} does something");
        let tenths: Vec<&&Value> = of_offer.iter().filter(|row| row["by"] == "tenth of the predicted uplift").collect();
        assert!(tenths.len() >= 8, "{offer}: {}", tenths.len());
        for tenth in &tenths {
            assert!(
                figure(tenth, "predicted_uplift", "value").is_some()
                    && figure(tenth, "with_offer", "value") > Some(100.0)
            );
            assert!(figure(tenth, "observed_uplift", "low") < figure(tenth, "observed_uplift", "high"), "{tenth:#}");
        }
        let arms: f64 = tenths.iter().filter_map(|row| figure(row, "with_offer", "value")).sum();
        assert!((arms - customers as f64 / 3.0).abs() < 0.05 * customers as f64, "{arms} customers with the {offer}");
    }
    let page = String::from_utf8(folder.read("out/report.html")).expect("text");
    assert!(page.contains("Uplift by tenth of the prediction, by offer") && page.contains("womens e-mail"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}
