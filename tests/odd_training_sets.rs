//! Training sets that teach little, or too much: what comes of each is stated, finite and said, or refused with the numbers.

mod common;
#[path = "common/outputs.rs"]
mod outputs;
#[path = "common/quitters.rs"]
mod quitters;

use std::fmt::Write as _;

use common::Folder;
use outputs::{all_numbers, done, json_of_model, notes, probabilities, refused, scores, warned_of};
use quitters::{DAYS, day, orders, project, purchases};

/// Of the usual project: the as-of dates are 30 days apart, the test is the newest.
const TEST: i32 = DAYS - 30;
const CALIBRATION: i32 = TEST - 30;
const SELECTION: i32 = CALIBRATION - 30;

const LOUD: &str = "THIS IS A FORECAST, NOT TRAINED: ";

/// The shop in which everybody who was there in the 90 days before a date buys on a day of the label window after it.
fn nobody_churns_at(date: i32, customers: u32) -> Folder {
    let mut of = purchases(customers);
    for days in &mut of {
        if days.iter().any(|day| (date - 90..date).contains(day)) {
            days.push(date + 5);
            days.sort_unstable();
        }
    }
    Folder::shop(&project(""), &orders(&of))
}

#[test]
fn a69_one_purchase_customers_have_finite_scores() {
    let mut of = purchases(300);
    of.extend((0..300).map(|customer| vec![customer * 4 / 3]));
    let folder = Folder::shop(&project(""), &orders(&of));
    done(folder.churn("run", &[]));
    let found = probabilities(&folder);
    let once = found.keys().filter(|customer| customer.as_str() >= "Q0300").count();
    assert!(once > 50, "{once} of {} eligible customers bought once", found.len());
    assert!(all_numbers(&json_of_model(&folder, "model.json")));
    // Lapsed customers of one purchase have a return probability, or all have none and the card says why.
    let lapsed: Vec<String> = scores(&folder)
        .into_iter()
        .filter(|(customer, row)| row["state"] == "lapsed" && customer.as_str() >= "Q0300")
        .map(|(_, row)| row["return_probability"].clone())
        .collect();
    let is_share = |cell: &String| cell.parse::<f64>().is_ok_and(|p| (0.0..=1.0).contains(&p));
    let why = notes(&folder).iter().any(|note| note.starts_with("No return probability"));
    assert!(!lapsed.is_empty() && (lapsed.iter().all(is_share) || (why && lapsed.iter().all(String::is_empty))));

    // Where nobody ever came back, nothing can be learnt of who does.
    let once: Vec<Vec<i32>> = (0..900).map(|customer| vec![customer * 4 / 9]).collect();
    let folder = Folder::shop(&project(""), &orders(&once));
    refused(&folder, "run", &["expected customers who bought on more than one day", "900 customers"]);
}

#[test]
fn a70_customers_who_first_bought_at_or_after_the_cutoff_are_absent() {
    let mut table = orders(&purchases(400));
    let cutoff = day(DAYS - 20);
    for (customer, moment) in [
        ("before", format!("{}T23:59:59", day(DAYS - 21))),
        ("at", format!("{cutoff}T00:00:00")),
        ("after", format!("{cutoff}T00:00:01")),
        ("later", day(DAYS - 10).to_string()),
    ] {
        writeln!(table, "{customer},{moment},10.00").expect("a text takes any text");
    }
    let folder = Folder::shop(&project(""), &table);
    done(folder.churn("train", &[]));
    done(folder.churn("score", &["--as-of", &cutoff.to_string()]));
    let at_the_cutoff = scores(&folder);
    assert_eq!(at_the_cutoff["before"]["state"], "eligible");
    for absent in ["at", "after", "later"] {
        assert!(!at_the_cutoff.contains_key(absent), "{absent}");
    }
    let rows = |as_of: &str| -> u64 {
        let ended = done(folder.churn("features", &["--as-of", as_of, "--json"]));
        let answer: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
        answer["result"]["rows"].as_u64().expect("a number")
    };
    let eligible = at_the_cutoff.values().filter(|row| row["state"] == "eligible").count() as u64;
    assert_eq!(rows(&cutoff.to_string()), eligible, "the table of features has the customers who are scored");
    done(folder.churn("score", &[]));
    let today = scores(&folder);
    assert!(["before", "at", "after", "later"].iter().all(|customer| today[*customer]["state"] == "eligible"));
}

#[test]
fn a71_one_class_is_a_forecast_that_says_so_or_refused() {
    // Everybody buys every week or two: nobody churns.
    let regular = |customer: i32| (customer % 9..DAYS).step_by(7 + customer as usize % 7).collect::<Vec<i32>>();
    let of: Vec<Vec<i32>> = (0..60).map(regular).collect();
    let folder = Folder::shop(&project(""), &orders(&of));
    // By purchases alone there is nobody who has stopped either, from whom a forecast could learn.
    refused(&folder, "run", &["expected both churners and customers who stayed", "found 0 churners and "]);

    // Some stopped long ago, before the first training date: those who are left are forecast.
    let of = (0..160).map(|customer| {
        let days = regular(customer);
        if customer % 2 == 0 { days } else { days.into_iter().filter(|day| *day < 20 + customer / 4).collect() }
    });
    let of: Vec<Vec<i32>> = of.collect();
    let folder = Folder::shop(&project("[training]\nevery = \"300d\"\n"), &orders(&of));
    let ended = done(folder.churn("run", &[]));
    assert!(ended.stdout.starts_with(LOUD) && ended.stderr.contains("a forecast, not trained: 0 churners"));
    for row in scores(&folder).values().filter(|row| row["state"] == "eligible") {
        assert!(row["churn_probability"].parse::<f64>().is_ok_and(|p| (0.0..=1.0).contains(&p)), "{row:?}");
        assert_eq!((row["probability_low"].as_str(), row["probability_high"].as_str()), ("", ""));
    }
    // A forecast of purchases says nothing of another meaning of churn.
    folder.write("churn.toml", &project("").replace("[churn]", "[churn]\ndefinition = \"cadence\""));
    refused(&folder, "train", &["expected both churners and customers who stayed"]);
}

#[test]
fn a72_a_slice_without_churners_leaves_the_others_to_learn_from_or_is_a_forecast() {
    // An older date of training: the other dates have churners enough.
    let folder = nobody_churns_at(SELECTION - 30, 500);
    done(folder.churn("run", &["--no-cache"]));
    probabilities(&folder);
    assert!(json_of_model(&folder, "model.json").get("not_trained").is_none());

    // The date on which the penalty is chosen: it is chosen by leaving out customers, and that is said.
    let folder = nobody_churns_at(SELECTION, 500);
    done(folder.churn("run", &["--no-cache"]));
    probabilities(&folder);
    let said = notes(&folder);
    assert!(said.iter().any(|note| note.contains("chosen by leaving out customers instead")), "{said:?}");

    // The calibration, and the test: no model without them, whatever the rest of the data says.
    for (date, slice) in [(CALIBRATION, "calibration"), (TEST, "test")] {
        let folder = nobody_churns_at(date, 500);
        let ended = done(folder.churn("run", &["--no-cache"]));
        assert!(ended.stdout.starts_with(LOUD), "{slice}: {}", ended.stdout);
        let said = format!("a forecast, not trained: 0 churners were found, 10 are needed (in the {slice} slice)");
        assert!(ended.stderr.contains(&said), "{}", ended.stderr);
        assert_eq!(folder.churn("run", &["--gate", "--no-cache"]).code, 7, "{slice}");
        let cadence = project("").replace("[churn]", "[churn]\ndefinition = \"cadence\"\nmin = \"30d\"");
        folder.write("churn.toml", &cadence);
        let ended = folder.churn("train", &["--no-cache"]);
        assert_eq!(ended.code, 3, "{slice}: {}", ended.stderr);
        assert!(ended.stderr.contains(&format!("{slice} slice")), "{}", ended.stderr);
    }
}

#[test]
fn a73_twenty_customers_are_too_few_and_few_are_said_to_be_few() {
    let folder = Folder::shop(&project(""), &orders(&purchases(20)));
    let ended = folder.churn("run", &[]);
    let is_forecast = ended.code == 0 && ended.stdout.starts_with(LOUD);
    assert!(is_forecast || ended.code == 3, "{} {}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("needed") || ended.stderr.contains("expected at least 10"), "{}", ended.stderr);
    let cadence = project("").replace("[churn]", "[churn]\ndefinition = \"cadence\"");
    let folder = Folder::shop(&cadence, &orders(&purchases(20)));
    let ended = folder.churn("train", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("churners and"), "{}", ended.stderr);

    // Ten of each kind are enough to fit, and not enough to trust.
    let folder = Folder::shop(&project(""), &orders(&purchases(100)));
    let ended = done(folder.churn("run", &[]));
    assert!(ended.stderr.contains("warning: few_events: Few data: "), "{}", ended.stderr);
    assert_eq!(warned_of(&folder, "few_events").len(), 1);
    probabilities(&folder);
}

#[test]
fn a_number_that_is_none_rejects_its_row_by_code() {
    let of = purchases(500);
    let mut table = orders(&of);
    let lines = table.lines().count();
    for odd in ["NaN", "inf", "1e400"] {
        writeln!(table, "Q0001,{},{odd}", day(300)).expect("a text takes any text");
    }
    let mut visits = "customer_id,timestamp,type,value\n".to_owned();
    for (customer, days) in of.iter().enumerate() {
        for at in days {
            writeln!(visits, "Q{customer:04},{},visit,{}.5", day(*at), at % 7).expect("a text takes any text");
        }
    }
    writeln!(visits, "Q0001,{},visit,NaN", day(300)).expect("a text takes any text");
    let folder = Folder::shop(
        &project(
            "[events]\npath = \"events.csv\"\ncolumns = { value = \"value\" }\n[[features.own]]\nname = \"visited\"\n\
             table = \"events\"\ntype = \"visit\"\naggregate = \"mean\"\ncolumn = \"value\"\n",
        ),
        &table,
    );
    folder.write("events.csv", &visits);
    done(folder.churn("run", &[]));
    let rejects = String::from_utf8(folder.read("out/rejects.csv")).expect("text");
    assert_eq!(rejects.lines().count(), 1 + 4, "{rejects}");
    for line in [lines + 1, lines + 2, lines + 3] {
        let row = rejects.lines().find(|row| row.contains(&format!(",{line},"))).unwrap_or_default();
        assert!(row.contains("orders.csv") && row.contains("amount"), "line {line} in {rejects}");
    }
    assert!(rejects.lines().any(|row| row.contains("events.csv") && row.contains("value")), "{rejects}");
    probabilities(&folder);
    assert!(all_numbers(&json_of_model(&folder, "model.json")));

    // More than one row in a thousand of it: the export is refused as a whole.
    for _ in 0..lines / 500 {
        writeln!(table, "Q0001,{},NaN", day(300)).expect("a text takes any text");
    }
    folder.write("orders.csv", &table);
    refused(&folder, "score", &["more than the 0.1 % allowed", "amount"]);
}
