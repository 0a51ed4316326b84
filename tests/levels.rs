//! Features of the levels found in the data, from the project file to scores and report: what they are worth where they
//! drive churn, that they do no harm where they do not, and that texts of the export stay texts.

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

/// Customers decide at the beginning of each month of 30 days whether to leave; those who stay buy at least once in it.
const MONTHS: u32 = 16;
const CUSTOMERS: u32 = 5_000;
const FIRST_DAY: i32 = 19_723;

/// Channels as an export may have them, and how likely their customers are to leave. The first is the most common.
const CHANNELS: [(&str, f64); 5] =
    [("search", -1.2), ("<b>tv</b> & co", 0.8), ("=cmd|'/C calc'!A0", -2.4), ("pa\"per, post", -0.4), ("", -0.9)];
/// So few customers came through it that nobody may read of it.
const RARE: &str = "secret club";

struct Shop {
    orders: String,
    people: String,
    /// Of the customers who are eligible at the test: probability of leaving, and whether they left.
    truth: Vec<(f64, bool)>,
}

fn moment(day: f64) -> String {
    let date = history::Date::from_days(FIRST_DAY + day as i32);
    let seconds = (day.fract() * 86_400.0) as u32;
    format!("{date}T{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// The logit of leaving follows from that of the channel, and from the purchases of the month before.
fn shop(logit: impl Fn(f64, u32) -> f64) -> Shop {
    let mut numbers = Numbers(5);
    let mut shop = Shop {
        orders: "customer_id,timestamp,amount,channel\n".to_owned(),
        people: "customer_id,came by,region\n".to_owned(),
        truth: Vec::new(),
    };
    for customer in 0..CUSTOMERS {
        let joins = (numbers.next() * f64::from(MONTHS - 1)) as u32;
        let pace = 0.5 + 3.0 * numbers.next();
        let place = [0, 0, 0, 1, 1, 2, 2, 3, 4][(numbers.next() * 9.0) as usize];
        let (name, leaning) = if customer % 250 == 7 { (RARE, 0.0) } else { CHANNELS[place] };
        let region = ["north", "south", "east"][(numbers.next() * 3.0) as usize];
        writeln!(shop.people, "c{customer:05},\"{}\",{region}", name.replace('"', "\"\"")).expect("text");
        let mut purchases = 0;
        for month in joins..MONTHS {
            let start = f64::from(30 * month);
            if month > joins {
                let probability = 1.0 / (1.0 + (-logit(leaning, purchases)).exp());
                let leaves = numbers.next() < probability;
                if month == MONTHS - 1 {
                    shop.truth.push((probability, leaves));
                }
                if leaves {
                    break;
                }
            }
            let mut day = start + 30.0 * numbers.next();
            purchases = 0;
            while day < start + 30.0 {
                let through = if numbers.next() < 0.6 { "web" } else { "store | <i>old</i>" };
                let cents = 5.0 + 60.0 * numbers.next();
                writeln!(shop.orders, "c{customer:05},{},{cents:.2},{through}", moment(day)).expect("text");
                purchases += 1;
                day -= (30.0 / pace) * (1.0 - numbers.next()).ln();
            }
        }
    }
    shop
}

const ASKED: &str = "[features]\nalso = [\"attribute:acquisition_channel\", \"attribute:region\", \"channel_mix\"]\n";

fn project(more: &str) -> String {
    let complete_through = history::Date::from_days(FIRST_DAY + 30 * MONTHS as i32);
    format!(
        "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\ncolumns = {{ channel = \"channel\" }}\n[customers]\n\
         path = \"people.csv\"\ncolumns = {{ acquisition_channel = \"came by\", region = \"region\" }}\n[churn]\n\
         horizon = \"30d\"\nactive_within = \"30d\"\ncomplete_through = \"{complete_through}\"\n{more}"
    )
}

fn folder(shop: &Shop, more: &str) -> Folder {
    let folder = Folder::shop(&project(more), &shop.orders);
    folder.write("people.csv", &shop.people);
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

/// A figure of the model on its test.
fn tested(shop: &Shop, more: &str, figure: &str) -> f64 {
    let folder = folder(shop, more);
    done(folder.churn("train", &["--no-cache"]));
    let metrics: Value = serde_json::from_str(&file_of_model(&folder, "metrics.json")).expect("JSON");
    assert_eq!(metrics["test"]["rows"].as_u64(), Some(shop.truth.len() as u64));
    metrics["model"][figure]["value"].as_f64().expect("a number")
}

/// Area under the ROC curve: the share of pairs of one who left and one who stayed in which the former is ranked higher.
fn roc_auc(truth: &[(f64, bool)]) -> f64 {
    let mut sorted = truth.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut stayed, mut pairs) = (0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let left = tied.iter().filter(|(_, left)| *left).count() as f64;
        let rest = tied.len() as f64 - left;
        pairs += left * (stayed + rest / 2.0);
        stayed += rest;
    }
    pairs / (stayed * (truth.len() as f64 - stayed))
}

#[test]
fn levels_that_drive_churn_are_worth_what_the_truth_allows() {
    let shop = shop(|channel, purchases| 0.2 + channel - 0.4 * f64::from(purchases));
    let truth = roc_auc(&shop.truth);
    let (with, without) = (tested(&shop, ASKED, "roc_auc"), tested(&shop, "", "roc_auc"));
    assert!(with > truth - 0.015, "ROC AUC {with}, {truth} by the true drivers");
    assert!(without < truth - 0.05, "{without} without levels, {truth} by the true drivers: they are no test here");
}

#[test]
fn levels_that_say_nothing_do_no_harm() {
    let shop = shop(|_, purchases| -0.6 - 0.4 * f64::from(purchases));
    let (with, without) = (tested(&shop, ASKED, "log_loss"), tested(&shop, "", "log_loss"));
    assert!(with < without + 0.001, "{with} with levels, {without} without");
}

#[test]
fn texts_of_the_export_stay_texts_and_rare_ones_are_not_named() {
    let shop = shop(|channel, purchases| 0.2 + channel - 0.4 * f64::from(purchases));
    let folder = folder(&shop, ASKED);
    let ran = done(folder.churn("run", &["--no-cache"]));
    let warned = "attribute:acquisition_channel, attribute:region come from columns without dates";
    assert!(ran.stderr.contains(warned), "{}", ran.stderr);

    let model = file_of_model(&folder, "model.json");
    assert!(!model.contains(RARE));
    let model: Value = serde_json::from_str(&model).expect("JSON");
    let names: Vec<&str> =
        model["features"].as_array().expect("a list").iter().filter_map(|f| f["feature"]["name"].as_str()).collect();
    let of = |start: &str| names.iter().filter(|name| name.starts_with(start)).copied().collect::<Vec<_>>();
    // The most common level is what the others are compared with, and a rare one is none.
    let channels =
        ["cmd_c_calc_a0", "b_tv_b_co", "pa_per_post", "missing"].map(|level| format!("acquisition_channel_is_{level}"));
    assert_eq!(of("acquisition_channel_is_"), channels);
    assert_eq!(of("channel_share_"), ["channel_share_store_i_old_i", "channel_share_store_i_old_i_90d"]);
    assert_eq!(of("region_is_").len(), 2);

    let scores = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    assert!(scores.contains(",joined through <b>tv</b> & co,"), "what customers who leave have in common");
    assert!(!scores.contains("joined through =cmd"), "what customers who stay have in common");
    assert!(!scores.contains(RARE));
    for line in scores.lines() {
        assert!(!line.contains(",=") && !line.contains(",\"="), "{line}");
    }
    let report = String::from_utf8(folder.read("out/report.html")).expect("text");
    assert!(report.contains("acquisition channel: &lt;b&gt;tv&lt;/b&gt; &amp; co"));
    assert!(!report.contains("<b>tv") && !report.contains("<i>old") && !report.contains(RARE));
    assert!(!file_of_model(&folder, "MODEL_CARD.md").contains("<b>tv"));

    // The same again from the cache, and another order of the rows: the same bytes.
    let mut rows: Vec<&str> = shop.people.lines().skip(1).collect();
    rows.reverse();
    folder.write("people.csv", &format!("customer_id,came by,region\n{}\n", rows.join("\n")));
    let before = file_of_model(&folder, "model.json");
    std::fs::remove_dir_all(folder.path("models")).expect("it is there");
    done(folder.churn("train", &[]));
    std::fs::remove_dir_all(folder.path("models")).expect("it is there");
    done(folder.churn("train", &[]));
    assert_eq!(file_of_model(&folder, "model.json"), before);

    // A text that nobody had when the model was trained is one of the others, for a few customers; many are refused.
    folder.write("people.csv", &shop.people.replace("\"search\"", "\"billboard\""));
    let refused = folder.churn("score", &[]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("acquisition_channel: 40") && refused.stderr.contains("\"billboard\" ("),
        "{}",
        refused.stderr
    );
    folder.write("people.csv", &shop.people.replacen("\"search\"", "\"billboard\"", 80));
    let ended = done(folder.churn("score", &[]));
    assert!(ended.stderr.contains("a text that the model has not seen"), "{}", ended.stderr);
    let rescored = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    assert!(!rescored.contains("billboard") && rescored.lines().count() == scores.lines().count());
}

#[test]
fn the_list_and_the_table_show_the_levels_that_are_asked_for() {
    let shop = shop(|channel, _| channel - 0.5);
    let also = "[features]\nalso = [\"attribute:region\", \"channel_mix\"]\n[[features.own]]\nname = \"regional\"\n\
                table = \"purchases\"\naggregate = \"count\"\n";
    let folder = folder(&shop, also);
    let listed = done(folder.churn("features", &["--list", "--format", "markdown"]));
    let lines: Vec<&str> = listed.stdout.lines().collect();
    let has = |text: &str| lines.iter().any(|line| line.starts_with(text));
    for text in [
        "| `region_is_north` | attributes | flag | all time | undated | 1 where region, as the export has it today, is \"north\"",
        "| `region_is_missing` | attributes |",
        "| `channel_share_web_90d` | channel | share | last 90 days | described | Share of the purchases of the last 90 days",
        "| `channel_share_store_i_old_i` | channel | share | all time | described | Share of the purchases through \"store \\| &lt;i>old",
        "| `acquisition_channel_is_<level>` | attributes |",
    ] {
        assert!(has(text), "{text} in {}", lines[140..].join("\n"));
    }
    assert!(!has("| `region_is_<level>`") && lines.last().is_some_and(|line| line.starts_with("| `regional`")));
    let names = ["churn.toml", "orders.csv", "people.csv"];
    assert_eq!(folder.names("."), names, "listing writes nothing");

    let header = |options: &[&str]| -> Vec<String> {
        let ended = done(folder.churn("features", &[options, &["--json", "--no-cache"]].concat()));
        let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        vec![answer["result"]["features"].to_string(), answer["result"]["rows"].to_string()]
    };
    assert_eq!(header(&["--features", "attribute:region"])[0], "5");
    assert_eq!(header(&["--features", "region_is_north,channel_mix,frequency"])[0], "8");
    assert_eq!(header(&["--features", "attributes"])[0], "5");
    let refused = folder.churn("features", &["--features", "region_is_west"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("no level of this name had 30 customers"), "{}", refused.stderr);
    let refused = folder.churn("features", &["--features", "attribute:acquisition_channel"]);
    assert_eq!(refused.code, 2);
}

#[test]
fn columns_that_cannot_be_levels_are_refused_where_they_are_named() {
    let folder = Folder::shop("", "customer_id,timestamp,amount\na,2025-01-01,1.00\n");
    let refused = |more: &str, expected: &str| {
        folder.write("churn.toml", &project(more));
        let ended = folder.churn("train", &[]);
        assert_eq!(ended.code, 2, "{more}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{more}: {}", ended.stderr);
    };
    refused("[features]\nalso = [\"attribute:regoin\"]\n", "did you mean \"attribute:region\"?");
    refused("[features]\nalso = [\"attributes\"]\n", "columns of the customers table are named one by one");
    refused("[features]\nalso = [\"attribute:signup_date\"]\n", "expected a text column");
    let own =
        |name: &str| format!("[[features.own]]\nname = \"{name}\"\ntable = \"purchases\"\naggregate = \"count\"\n");
    refused(&own("region_is_nice"), "could be that of a feature of attribute:region");
    refused(&own("channel_share_web"), "could be that of a feature of channel_mix");
}
