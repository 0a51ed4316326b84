//! The file of features: the same for the same past, whatever else is in the export or how it is read.

mod common;

use common::{Folder, export, orders, project_until};
use serde_json::Value;

const AS_OF: &str = "2025-10-01";

/// The features file as of [`AS_OF`].
fn features(project: &str, rows: &[String], options: &[&str]) -> Vec<u8> {
    let folder = Folder::shop(project, &export(rows));
    let ended = folder.churn("features", &[&["--as-of", AS_OF], options].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(folder.names("out"), ["cache", "features.parquet", "rejects.csv"]);
    folder.read("out/features.parquet")
}

fn is_before(row: &str, date: &str) -> bool {
    row.split(',').nth(1).expect("a timestamp") < date
}

#[test]
fn rows_from_the_as_of_date_on_change_nothing() {
    let all = orders();
    let cut: Vec<String> = all.iter().filter(|row| is_before(row, AS_OF)).cloned().collect();
    assert!(cut.len() < all.len());
    let full = features(&project_until("2026-01-01"), &all, &[]);
    assert!(full.starts_with(b"PAR1"));
    assert!(full == features(&project_until(AS_OF), &cut, &[]));
    // The last row before it does.
    let last = cut.iter().max_by_key(|row| row.split(',').nth(1)).expect("a row");
    let without: Vec<String> = all.iter().filter(|row| *row != last).cloned().collect();
    assert!(full != features(&project_until("2026-01-01"), &without, &[]));
}

#[test]
fn the_order_of_the_rows_and_the_number_of_threads_change_nothing() {
    let rows = orders();
    let project = project_until("2026-01-01");
    let expected = features(&project, &rows, &[]);
    let mut shuffled = rows.clone();
    shuffled.sort_by_key(|row| row.bytes().fold(7_u32, |hash, b| hash.wrapping_mul(31).wrapping_add(u32::from(b))));
    assert_ne!(shuffled, rows);
    assert!(expected == features(&project, &shuffled, &[]));
    for threads in ["1", "2", "7"] {
        assert!(expected == features(&project, &rows, &["--threads", threads]), "{threads} threads");
    }
}

#[test]
fn an_as_of_date_that_the_export_cannot_show_is_refused() {
    let folder = Folder::shop(&project_until("2026-01-01"), &export(&orders()));
    for (date, words) in [
        ("2026-01-02", "--as-of: expected a date up to 2026-01-01, through which the export is complete"),
        ("2025-01-01", "--as-of: expected a date after 2025-01-"),
        ("2025-02-30", "expected a date such as 2026-03-05"),
    ] {
        let ended = folder.churn("features", &["--as-of", date]);
        assert_eq!(ended.code, 2, "{date}");
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    assert!(!folder.path("out/features.parquet").exists());
}

#[test]
fn an_export_older_than_it_is_said_to_be_is_refused() {
    let folder = Folder::shop(&project_until("2027-01-01"), &export(&orders()));
    let ended = folder.churn("features", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("without a single purchase every customer would look lost"), "{}", ended.stderr);
    assert!(!folder.path("out").exists());
}

#[test]
fn rejected_rows_stand_in_their_own_file_with_their_place() {
    let mut rows = orders();
    rows[3] = "C001,2025-03-05,12 EUR,x".to_owned();
    let folder = Folder::shop(&project_until("2026-01-01"), &export(&rows));
    let ended = folder.churn("features", &["--max-rejects", "5"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let rejects = String::from_utf8(folder.read("out/rejects.csv")).expect("text");
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines[0], "file,line,byte,column,code,reason");
    assert!(lines[1].contains(",amount,bad_amount,"), "{rejects}");
    assert!(lines[1].starts_with("orders.csv,5,"), "{rejects}");
    assert_eq!(lines.len(), 2);
}

#[test]
fn the_catalogue_needs_no_project() {
    let folder = Folder::empty();
    let markdown = folder.churn_here(&["features", "--list", "--format", "markdown"]);
    assert_eq!(markdown.code, 0, "{}", markdown.stderr);
    let lines: Vec<&str> = markdown.stdout.lines().collect();
    let head = ["| name | family | unit | window | used | description |", "|---|---|---|---|---|---|"];
    assert_eq!(lines[..2], head);
    let listed = folder.churn_here(&["features", "--list", "--format", "json"]);
    let entries: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(entries.as_array().expect("a list").len(), lines.len() - 2);
    assert_eq!((&entries[0]["name"], &entries[0]["unit"]), (&"recency_days".into(), &"days".into()));
    let definition = serde_json::json!({
        "measure": { "rows": "purchases", "window": "all_time", "aggregate": "days_since_last" }
    });
    assert_eq!((&entries[0]["definition"], &entries[0]["transform"]), (&definition, &"log1p".into()));
    assert!(folder.names(".").is_empty());
    // A place that is named must be a project.
    let elsewhere = folder.churn("features", &["--list"]);
    assert_eq!(elsewhere.code, 2);
    assert!(elsewhere.stderr.contains("expected a project folder or a project file"), "{}", elsewhere.stderr);
}

const OWN: &str = "[[features.own]]\nname = \"large_purchases\"\ntable = \"purchases\"\naggregate = \"count\"\nwhere = { amount_at_least = 50 }\ndescription = \"Purchases | of 50 or more\"\n";

#[test]
fn a_projects_own_features_are_listed_with_the_catalogue() {
    let folder = Folder::shop(&format!("{}{OWN}", project_until("2026-01-01")), &export(&orders()));
    let last = "| `large_purchases` | own | count | all time | modelled | Purchases \\| of 50 or more |";
    for listed in [
        folder.churn("features", &["--list", "--format", "markdown"]),
        folder.churn_here(&["features", "--list", "--format", "markdown"]),
    ] {
        assert_eq!(listed.stdout.lines().last(), Some(last), "{}", listed.stderr);
    }
    assert_eq!(folder.names(".").len(), 2, "listing writes nothing");
}

#[test]
fn the_table_in_the_documents_is_the_catalogue() {
    let listed = Folder::empty().churn_here(&["features", "--list", "--format", "markdown"]);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/features.md");
    let page = std::fs::read_to_string(path).expect("the page can be read");
    let table = page.split("<!-- catalogue -->").nth(1).expect("a table between two <!-- catalogue --> marks");
    assert!(
        table.trim() == listed.stdout.trim(),
        "the table in docs/features.md is not that of the program: put the output of \
         `churn features --list --format markdown`, run outside a project, between its two <!-- catalogue --> marks"
    );
}

#[test]
fn features_and_dates_are_chosen_on_the_command_line() {
    let folder = Folder::shop(&format!("{}{OWN}", project_until("2026-01-01")), &export(&orders()));
    let result = |options: &[&str]| {
        let ended = folder.churn("features", &[options, &["--json"]].concat());
        assert_eq!(ended.code, 0, "{options:?}: {}", ended.stderr);
        serde_json::from_str::<Value>(&ended.stdout).expect("JSON")["result"].clone()
    };
    let dates = |result: &Value| {
        let dates = result["dates"].as_array().expect("a list");
        dates.iter().map(|date| date["as_of"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let one = result(&["--features", "recency,frequency,large_purchases,frequency"]);
    assert_eq!((&one["features"], dates(&one)), (&3.into(), vec!["2026-01-01".to_owned()]));
    assert_eq!((&one["as_of"], &one["rows"]), (&"2026-01-01".into(), &one["eligible"]));
    let many = result(&["--as-of", "2025-10-01", "--as-of", "2025-09-01", "--as-of", "2025-10-01"]);
    assert_eq!(dates(&many), ["2025-09-01", "2025-10-01"]);
    let eligible: u64 = (0..2).map(|date| many["dates"][date]["eligible"].as_u64().expect("a number")).sum();
    assert_eq!((many["rows"].as_u64(), &many["as_of"]), (Some(eligible), &"2025-10-01".into()));
    let back = result(&["--as-of", "2025-10-01", "--every", "10d", "--dates", "3"]);
    assert_eq!(dates(&back), ["2025-09-11", "2025-09-21", "2025-10-01"]);
    assert_eq!(dates(&result(&["--dates", "2"])), ["2025-12-02", "2026-01-01"]);

    let before = folder.read("out/features.parquet");
    for (options, words) in [
        (
            vec!["--features", "recency_day"],
            "--features: expected the name of a feature or of a family, found \"recency_day\"; did you mean \"recency_days\"?",
        ),
        (
            vec!["--features", "discount_share"],
            "--features: \"discount_share\" needs a table, a column or events that the export does not have before 2026-01-01",
        ),
        (vec!["--features", "service"], "--features: every feature of the family \"service\" needs"),
        (
            vec!["--dates", "99"],
            "--dates: expected at most 13, found 99: that many as-of dates every 30 days go back from 2026-01-01",
        ),
        (
            vec!["--dates", "2", "--as-of", "2025-10-01", "--as-of", "2025-09-01"],
            "--dates: expected one --as-of to go back from, or none, found 2",
        ),
        (vec!["--every", "30d"], "--dates"),
        (vec!["--dates", "0"], "--dates"),
        (vec!["--list", "--as-of", "2025-10-01"], "cannot be used with"),
    ] {
        let ended = folder.churn("features", &options);
        assert_eq!(ended.code, 2, "{options:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{options:?}: {}", ended.stderr);
    }
    assert!(before == folder.read("out/features.parquet"));
}

/// The committed sample, its project file with one section more.
fn sample(section: &str) -> Folder {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
    let folder = Folder::empty();
    for name in ["customers.csv", "events.csv", "offers.csv", "transactions.csv"] {
        std::fs::copy(data.join(name), folder.path(name)).expect("the sample can be copied");
    }
    let project = std::fs::read_to_string(data.join("churn.toml")).expect("text");
    folder.write("churn.toml", &format!("{project}\n{section}"));
    folder
}

#[test]
fn forecasts_stand_in_the_table_only_where_they_are_asked_for() {
    let features = |section: &str, options: &[&str]| {
        let folder = sample(section);
        let ended = folder.churn("features", &[options, &["--json"]].concat());
        assert_eq!(ended.code, 0, "{options:?}: {}", ended.stderr);
        let object: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        let text = String::from_utf8_lossy(&folder.read("out/features.parquet")).into_owned();
        (object["result"]["features"].as_u64().expect("a number"), text)
    };
    let (all, file) = features("", &[]);
    assert!(!file.contains("p_alive") && !file.contains("silence_logit"));
    let (one, file) = features("", &["--features", "p_alive,recency_days"]);
    assert_eq!(one, 2);
    assert!(file.contains("p_alive") && !file.contains("expected_purchases"));
    let (family, file) = features("", &["--features", "buy_till_you_die", "--every", "30d", "--dates", "3"]);
    assert_eq!(family, 4);
    assert!(
        ["silence_logit", "p_alive", "expected_purchases", "expected_spend"].iter().all(|name| file.contains(name))
    );
    let (more, file) = features("[features]\nalso = [\"p_alive\", \"expected_spend\"]\n", &[]);
    assert_eq!(more, all + 2);
    assert!(file.contains("p_alive") && file.contains("expected_spend") && !file.contains("expected_purchases"));
    let refused = sample("[features]\nalso = [\"p_alive\"]\nwithout = [\"buy_till_you_die\"]\n").churn("features", &[]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("\"buy_till_you_die\" leaves out \"p_alive\""), "{}", refused.stderr);
}

#[test]
fn a_model_learns_from_the_forecasts_that_the_project_asks_for() {
    let folder = sample("[features]\nalso = [\"p_alive\"]\n");
    let ended = folder.churn("train", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let version = String::from_utf8(folder.read("models/acme/champion")).expect("text");
    let model = folder.read(&format!("models/acme/{}/model.json", version.trim()));
    let model: Value = serde_json::from_slice(&model).expect("JSON");
    let names: Vec<&str> =
        model["features"].as_array().expect("a list").iter().filter_map(|f| f["feature"]["name"].as_str()).collect();
    assert!(model["not_trained"].is_null(), "trained");
    assert!(names.contains(&"p_alive") && names.contains(&"silence_logit"), "{names:?}");
    assert_eq!(folder.churn("score", &[]).code, 0);
}
