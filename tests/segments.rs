//! One model per segment, from the project file to scores: it is said that the segments are kept, and who falls back.

mod common;

use std::fmt::Write as _;

use common::{Ended, Folder};
use serde_json::Value;

/// Numbers from 0 up to 1 that look random and are always the same (SplitMix64; Steele, Lea & Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const DAYS: u32 = 420;
const FIRST_DAY: i32 = 19_723;

/// Who buys often leaves soon in the north, and late in the south; nobody leaves in the third region, which is small.
fn folder(more: &str) -> Folder {
    let mut numbers = Numbers(11);
    let mut orders = "customer_id,timestamp,amount\n".to_owned();
    let mut people = "customer_id,where\n".to_owned();
    for customer in 0..1_200 {
        let place = if customer < 40 { 2 } else { (numbers.next() * 2.0) as usize };
        writeln!(people, "c{customer:05},{}", ["north", "south", "*steady* <b>"][place]).expect("text");
        let is_often = numbers.next() < 0.5;
        let hazard = [[0.04, 0.5], [0.5, 0.04], [0.0, 0.0]][place][usize::from(is_often)];
        let joins = (numbers.next() * 330.0) as u32;
        for day in joins..DAYS {
            if (day - joins) % 30 == 29 && numbers.next() < hazard {
                break;
            }
            if day == joins || numbers.next() < if is_often { 0.35 } else { 0.08 } {
                let date = history::Date::from_days(FIRST_DAY + day as i32);
                writeln!(orders, "c{customer:05},{date},{:.2}", 5.0 + 50.0 * numbers.next()).expect("text");
            }
        }
    }
    let complete_through = history::Date::from_days(FIRST_DAY + DAYS as i32);
    let project = format!(
        "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\n[customers]\npath = \"people.csv\"\ncolumns = {{ region = \
         \"where\" }}\n[churn]\nhorizon = \"30d\"\nactive_within = \"90d\"\ncomplete_through = \"{complete_through}\"\n{more}"
    );
    let folder = Folder::shop(&project, &orders);
    folder.write("people.csv", &people);
    folder
}

#[track_caller]
fn done(ended: Ended) -> Ended {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
}

fn file_of_model(folder: &Folder, name: &str) -> String {
    let version = folder.names("models/shop").into_iter().find(|name| name.starts_with("20")).expect("a model");
    String::from_utf8(folder.read(&format!("models/shop/{version}/{name}"))).expect("text")
}

#[test]
fn segments_are_trained_told_and_scored() {
    let folder = folder("[training]\nsegment_by = \"region\"\n");
    let ran = done(folder.churn("run", &["--no-cache"]));
    assert!(ran.stderr.contains("training.segment_by: \"region\" is a column without dates"), "{}", ran.stderr);
    assert!(ran.stdout.contains("2 segments by region have models of their own"), "{}", ran.stdout);
    assert!(ran.stdout.contains("so that the global model scores them: *steady* <b>"), "{}", ran.stdout);

    let model: Value = serde_json::from_str(&file_of_model(&folder, "model.json")).expect("JSON");
    let values = model["segments"]["values"].as_array().expect("segments");
    assert_eq!(model["segments"]["column"], "region");
    assert_eq!(values.iter().filter(|of| of["fallback"] == true).count(), 1);
    let metrics: Value = serde_json::from_str(&file_of_model(&folder, "metrics.json")).expect("JSON");
    assert_eq!(metrics["segments"]["kept"], true);
    let tested = metrics["by_segment"]["segments"].as_array().expect("segments");
    let rows: u64 = tested.iter().filter_map(|of| of["rows"].as_u64()).sum();
    assert_eq!(Some(rows), metrics["test"]["rows"].as_u64());
    assert!(tested.iter().any(|of| of["withheld"] == "few_churners"), "{tested:?}");
    let card = file_of_model(&folder, "MODEL_CARD.md");
    assert!(card.contains("## Segments") && card.contains("\\*steady\\* &lt;b&gt;") && !card.contains("<b>"), "{card}");
    let report = String::from_utf8(folder.read("out/report.html")).expect("text");
    assert!(!report.contains("*steady* <b>"));

    // Any number of threads, and scoring by itself: the same bytes.
    let (before, scores) = (file_of_model(&folder, "model.json"), folder.read("out/scores.csv"));
    done(folder.churn("score", &["--no-cache", "--threads", "1"]));
    assert_eq!(folder.read("out/scores.csv"), scores);
    std::fs::remove_dir_all(folder.path("models")).expect("it is there");
    done(folder.churn("train", &["--no-cache", "--threads", "1"]));
    assert_eq!(file_of_model(&folder, "model.json"), before);
}
