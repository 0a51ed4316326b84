//! Columns that tell everything, nothing, the same twice, or something new: what comes of each is stated and said.

mod common;
#[path = "common/outputs.rs"]
mod outputs;
#[path = "common/quitters.rs"]
mod quitters;

use std::fmt::Write as _;

use common::Folder;
use outputs::{
    all_numbers, done, features_of_model, file_of_model, json_of_model, probabilities, refused, scores, warned_of,
};
use quitters::{DAYS, Numbers, day, orders, project, purchases};
use serde_json::Value;

const CUSTOMERS: u32 = 500;
/// The as-of dates of the usual project.
fn as_of_dates() -> impl Iterator<Item = i32> {
    (0..).map(|step| DAYS - 30 - 30 * step).take_while(|date| *date > 0)
}

const EVENTS: &str = "[events]\npath = \"events.csv\"\ncolumns = { value = \"value\" }\n";

fn own(name: &str, kind: &str) -> String {
    format!(
        "[[features.own]]\nname = \"{name}\"\ntable = \"events\"\ntype = \"{kind}\"\naggregate = \"last\"\ncolumn = \"value\"\n"
    )
}

/// A shop with a plan of each customer's next month, written down a day before each as-of date by somebody who has seen it.
fn shop_with_plan(planned: impl Fn(usize) -> usize) -> Folder {
    let mut rows = "customer_id,timestamp,type,value\n".to_owned();
    let of = purchases(CUSTOMERS);
    for (customer, days) in of.iter().enumerate() {
        for date in as_of_dates() {
            let next = days.iter().filter(|day| (date..date + 30).contains(*day)).count();
            writeln!(rows, "Q{customer:04},{},plan,{}", day(date - 1), planned(next)).expect("a text takes any text");
        }
    }
    let folder = Folder::shop(&project(&format!("{EVENTS}{}", own("planned", "plan"))), &orders(&of));
    folder.write("events.csv", &rows);
    folder
}

/// The row of a feature in the card's table of coefficients.
fn row_of_card(folder: &Folder, feature: &str) -> String {
    let start = format!("| {feature} |");
    let card = file_of_model(folder, "MODEL_CARD.md");
    card.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{card}")).to_owned()
}

#[test]
fn a74_complete_separation_is_fitted_under_a_penalty_and_the_column_named() {
    let folder = shop_with_plan(|next| next);
    let ended = done(folder.churn("run", &[]));
    let said = "warning: separation: planned alone tells churners from the others in every training row";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(ended.stderr.contains("the feature \"planned\""), "the gate on leaks names it too: {}", ended.stderr);
    let of_separation = warned_of(&folder, "separation");
    assert!(of_separation.contains(&vec!["planned".to_owned()]), "{of_separation:?}");
    // Finite coefficients, and no standard errors: the likelihood has no maximum.
    let model = json_of_model(&folder, "model.json");
    assert!(all_numbers(&model));
    assert!(model["separating"].as_array().expect("a list").contains(&"planned".into()), "{}", model["separating"]);
    let row = row_of_card(&folder, "planned");
    assert!(row.contains("(no interval)") && row.contains("| - |"), "{row}");
    probabilities(&folder);
    // Whoever asks for the gates has no such model.
    let ended = folder.churn("train", &["--gate"]);
    assert_eq!(ended.code, 7, "{}", ended.stderr);
}

#[test]
fn a75_quasi_separation_is_said_to_be_one_and_the_other_columns_keep_their_errors() {
    // Of some who come back once, the plan said nothing either: the border has both kinds.
    let folder = shop_with_plan(|next| if next <= 2 { 0 } else { next });
    let ended = done(folder.churn("run", &[]));
    let said = "warning: quasi_separation: planned alone tells churners from the others in all training rows but those on \
                the border";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert_eq!(warned_of(&folder, "quasi_separation"), [["planned"]]);
    assert!(warned_of(&folder, "separation").is_empty());
    let model = json_of_model(&folder, "model.json");
    assert!(all_numbers(&model));
    assert_eq!(model["separating"], serde_json::json!(["planned"]));
    assert!(row_of_card(&folder, "planned").contains("(no interval)"));
    assert!(!row_of_card(&folder, "recency\\_days").contains("(no interval)"));
    probabilities(&folder);
}

/// A shop whose customers have two columns that say the same with different words, in this order of columns.
fn shop_with_twins(features: &str, swapped: bool) -> Folder {
    let mut numbers = Numbers(17);
    let mut people = if swapped { "area,where,customer_id\n" } else { "customer_id,where,area\n" }.to_owned();
    let of = purchases(CUSTOMERS);
    for customer in 0..of.len() {
        let (region, area) = [("north", "N"), ("south", "S"), ("east", "E")][(numbers.next() * 3.0) as usize];
        match swapped {
            false => writeln!(people, "Q{customer:04},{region},{area}"),
            true => writeln!(people, "{area},{region},Q{customer:04}"),
        }
        .expect("a text takes any text");
    }
    let columns = if swapped { "area = \"area\", region = \"where\"" } else { "region = \"where\", area = \"area\"" };
    let sections = format!("[customers]\npath = \"people.csv\"\ncolumns = {{ {columns} }}\n{features}");
    let folder = Folder::shop(&project(&sections), &orders(&of));
    folder.write("people.csv", &people);
    folder
}

/// Everything of a model that its probabilities depend on: names and numbers.
fn weights(folder: &Folder) -> (Vec<String>, Vec<f64>) {
    fn numbers(value: &Value, into: &mut Vec<f64>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| numbers(value, into)),
            Value::Object(fields) => fields.values().for_each(|value| numbers(value, into)),
            Value::Number(number) => into.extend(number.as_f64()),
            _ => {}
        }
    }
    let model = json_of_model(folder, "model.json");
    let mut all = Vec::new();
    for weight in model["features"].as_array().expect("a list") {
        all.extend(["clip_low", "clip_high", "mean", "sd", "coefficient"].map(|of| weight[of].as_f64().expect(of)));
    }
    ["terms", "intercept", "calibration", "covariance"].iter().for_each(|of| numbers(&model[*of], &mut all));
    (features_of_model(folder), all)
}

#[test]
fn a76_of_a_collinear_pair_one_is_dropped_by_rule_whatever_the_order_of_columns() {
    let both =
        |first: &str, second: &str| format!("[features]\nalso = [\"attribute:{first}\", \"attribute:{second}\"]\n");
    let folder = shop_with_twins(&both("region", "area"), false);
    let ended = done(folder.churn("run", &[]));
    let pairs = warned_of(&folder, "collinear");
    assert_eq!(pairs.len(), 2, "{pairs:?}");
    for pair in &pairs {
        let [dropped, kept] = pair.as_slice() else { panic!("{pairs:?}") };
        assert!(dropped.starts_with("region_is_") && kept.starts_with("area_is_"), "{pairs:?}");
        let said = format!("warning: collinear: Left out because it follows from others: {dropped} (from {kept}).");
        assert!(ended.stderr.contains(&said), "{}", ended.stderr);
        let names = features_of_model(&folder);
        assert!(names.contains(kept) && !names.contains(dropped), "{names:?}");
    }
    // In whatever order the project names them and the table has them: the same features, and the same numbers.
    let (names, numbers) = weights(&folder);
    let expected = probabilities(&folder);
    let alone = "[features]\nalso = [\"attribute:area\"]\n";
    let both_ways = [(both("area", "region"), false), (both("region", "area"), true), (alone.to_owned(), false)];
    for (features, swapped) in both_ways {
        let other = shop_with_twins(&features, swapped);
        done(other.churn("run", &[]));
        let (other_names, other_numbers) = weights(&other);
        assert_eq!((other_names, other_numbers.len()), (names.clone(), numbers.len()), "{features}");
        for (a, b) in numbers.iter().zip(&other_numbers) {
            assert!((a - b).abs() <= 1e-10 * a.abs().max(1.0), "{features}: {a} {b}");
        }
        assert_eq!(probabilities(&other), expected, "{features}");
    }
}

#[test]
fn a77_constant_and_empty_columns_are_dropped_with_a_warning() {
    let of = purchases(CUSTOMERS);
    let mut rows = "customer_id,timestamp,type,value\n".to_owned();
    for (customer, days) in of.iter().enumerate() {
        writeln!(rows, "Q{customer:04},{},tariff,7.5", day(days[0])).expect("a text takes any text");
    }
    for (customer, days) in of.iter().enumerate() {
        // An answer that nobody gave.
        writeln!(rows, "Q{customer:04},{},survey,", day(days[0])).expect("a text takes any text");
    }
    // Of this type there are events only after the last as-of date.
    writeln!(rows, "Q0003,{},poll,2", day(DAYS - 1)).expect("a text takes any text");
    let own =
        [("tariff_paid", "tariff"), ("answered", "survey"), ("polled", "poll")].map(|(name, kind)| own(name, kind));
    let odd = format!("{EVENTS}{}", own.concat());
    let folder = Folder::shop(&project(&odd), &orders(&of));
    folder.write("events.csv", &rows);
    let ended = done(folder.churn("run", &[]));
    let [dropped] = warned_of(&folder, "constant_feature").try_into().expect("one warning");
    assert!(["tariff_paid", "answered"].iter().all(|name| dropped.contains(&(*name).to_owned())), "{dropped:?}");
    assert_eq!(warned_of(&folder, "absent_feature"), [["polled", "polled_missing"]]);
    assert!(ended.stderr.contains("warning: absent_feature: Left out because nothing"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("warning: constant_feature: Left out because they do not differ"),
        "{}",
        ended.stderr
    );
    let names = features_of_model(&folder);
    let odd = ["tariff_paid", "answered", "polled"];
    assert!(!names.iter().any(|name| odd.iter().any(|odd| name.starts_with(odd))), "{names:?}");
    probabilities(&folder);
}

/// Regions of the customers, of whom every `every`-th has moved to `to`.
fn people(every: u32, to: &str) -> String {
    let mut text = "customer_id,where\n".to_owned();
    for customer in 0..CUSTOMERS {
        let region = match customer {
            moved if moved % every == 1 => to,
            other if other % 11 == 3 => "",
            other => ["north", "south", "east"][other as usize % 3],
        };
        writeln!(text, "Q{customer:04},{region}").expect("a text takes any text");
    }
    text
}

#[test]
fn a78_a_few_customers_of_an_unseen_category_are_others_and_many_are_refused() {
    let columns = "[customers]\npath = \"people.csv\"\ncolumns = { region = \"where\" }\n";
    for asked in ["[features]\nalso = [\"attribute:region\"]\n", "[training]\nsegment_by = \"region\"\n"] {
        let folder = Folder::shop(&project(&format!("{columns}{asked}")), &orders(&purchases(CUSTOMERS)));
        folder.write("people.csv", &people(CUSTOMERS + 1, ""));
        let ended = done(folder.churn("run", &[]));
        assert!(!ended.stderr.contains("has not seen"), "{}", ended.stderr);
        let is_used = !asked.contains("segment") || json_of_model(&folder, "model.json").get("segments").is_some();
        let before = folder.read("out/scores.csv");

        // Two customers in a hundred: said, and scored as those of any other text that has no level of its own.
        folder.write("people.csv", &people(50, "west"));
        let ended = done(folder.churn("score", &[]));
        assert_eq!(ended.stderr.contains("have a text that the model has not seen"), is_used, "{}", ended.stderr);
        assert!(!ended.stderr.contains("west"), "it might tell who they are: {}", ended.stderr);
        probabilities(&folder);
        let as_west = folder.read("out/scores.csv");
        folder.write("people.csv", &people(50, "elsewhere"));
        done(folder.churn("score", &[]));
        let probability = |text: &[u8]| String::from_utf8_lossy(text).replace("west", "elsewhere");
        assert_eq!(probability(&as_west), probability(&folder.read("out/scores.csv")));

        // One in ten: nothing is written, and it is said where, how many, and what to do.
        folder.write("people.csv", &people(10, "west"));
        if is_used {
            let words = ["expected at most 5 % of the customers", "region: 1", "% of ", "train the model again"];
            refused(&folder, "score", &words);
        }
        folder.write("people.csv", &people(2, "west"));
        if is_used {
            refused(&folder, "score", &["\"west\" (", "train the model again"]);
        }
        folder.write("people.csv", &people(CUSTOMERS + 1, ""));
        done(folder.churn("score", &[]));
        assert!(folder.read("out/scores.csv") == before);
    }
}

#[test]
fn one_customer_with_half_of_all_rows_is_told_and_moves_hardly_any_other_beyond_its_interval() {
    let of = purchases(CUSTOMERS);
    let table = orders(&of);
    let alone = Folder::shop(&project(""), &table);
    done(alone.churn("run", &[]));
    let mut numbers = Numbers(23);
    let mut flooded = table.clone();
    for row in 0..table.lines().count() {
        let at = row as i32 % DAYS;
        // Each at a moment of its own, and so a purchase of its own.
        let minute = row as i32 / DAYS;
        let moment = format!("{}T{:02}:{:02}:00", day(at), minute / 60, minute % 60);
        writeln!(flooded, "WHALE,{moment},{:.2}", 5_000.0 * numbers.next()).expect("a text takes any text");
    }
    let folder = Folder::shop(&project(""), &flooded);
    let ended = done(folder.churn("run", &[]));
    assert!(ended.stderr.contains("warning: heavy_customer: One customer made 4"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("WHALE"), "it is not told who: {}", ended.stderr);
    assert!(warned_of(&alone, "heavy_customer").is_empty() && warned_of(&folder, "heavy_customer").len() == 1);
    assert!(all_numbers(&json_of_model(&folder, "model.json")));
    let (without, with) = (probabilities(&alone), probabilities(&folder));
    let whale = with["WHALE"];
    assert!(whale[1] < 0.2, "who buys every day hardly churns: {whale:?}");
    assert_eq!(with.len(), without.len() + 1);
    let outside: Vec<String> = without
        .iter()
        .filter(|(customer, [low, _, high])| !(*low..=*high).contains(&with[*customer][1]))
        .map(|(customer, before)| format!("{customer}: {before:?}, with the whale {:?}", with[customer]))
        .collect();
    assert!(outside.len() * 100 <= without.len(), "{} of {}: {outside:#?}", outside.len(), without.len());
    assert_eq!(scores(&folder)["WHALE"]["state"], "eligible");
}
