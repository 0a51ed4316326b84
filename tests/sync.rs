//! `churn sync` from end to end, into an SQLite database and a file: what is written, what is not, and what is refused.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/synced.rs"]
mod synced;

use common::Folder;
use rusqlite::Connection;
use synced::{CRM, count_writes, declare, edit_scores, held, score_rows, scored, sync, with_targets, writes};

/// What the CRM should hold of a row of the scores: columns as in [`held`].
fn expected(row: &[String]) -> Vec<String> {
    let rounded = |text: &str, decimals: usize| match text.parse::<f64>() {
        Ok(number) => format!("{number:.decimals$}").parse::<f64>().expect("a number").to_string(),
        Err(_) => String::new(),
    };
    let whole = |text: String| if text.ends_with(".0") { text[..text.len() - 2].to_owned() } else { text };
    vec![
        row[0].clone(),
        whole(rounded(&row[4], 4)),
        row[7].clone(),
        row[12].clone(),
        whole(rounded(&row[10], 2)),
        row[1].clone(),
    ]
}

fn plain(cells: &[String]) -> Vec<String> {
    let number = |text: &String| text.parse::<f64>().map_or_else(|_| text.clone(), |number| number.to_string());
    cells.iter().enumerate().map(|(at, cell)| if at == 0 { cell.clone() } else { number(cell) }).collect()
}

#[test]
fn the_first_run_writes_every_score_the_second_nothing_and_one_changed_score_one_record() {
    let folder = with_targets(CRM);
    let before = score_rows(&folder);
    let (ended, said) = sync(&folder, &[]);
    assert_eq!(ended.code, 0, "{said}");
    // One customer is not in the CRM; none is made.
    assert_eq!((&said["rows"], &said["no_match"]), (&300.into(), &1.into()), "{said}");
    assert_eq!(said["written"], 299, "{said}");
    assert_eq!((&said["created"], &said["complete"]), (&0.into(), &true.into()));
    let held_now = held(&folder.path("crm.db"));
    assert_eq!(held_now.len(), 300);
    for row in before.iter().skip(1) {
        let found = held_now.iter().find(|found| found[0] == row[0]).expect("a customer of the CRM");
        assert_eq!(plain(found), plain(&expected(row)));
    }
    assert_eq!(held_now.iter().find(|row| row[0] == "not-ours").map(|row| row[1..].concat()), Some(String::new()));

    // The second time, out of the CSV and not the Parquet: the same values, so nothing is written, not even a call made.
    std::fs::remove_file(folder.path("out/scores.parquet")).expect("it was there");
    count_writes(&folder.path("crm.db"));
    let (ended, said) = sync(&folder, &[]);
    assert_eq!(ended.code, 0, "{said}");
    assert_eq!((&said["unchanged"], &said["calls"], &said["written"]), (&299.into(), &1.into(), &0.into()), "{said}");
    assert!(writes(&folder.path("crm.db")).is_empty());

    // Less than a step is no reason to write, a step is; and then all fields of that record go, and no other record.
    let row =
        before.iter().skip(1).find(|row| row[3] == "eligible" && row[4].as_str() > "0.1").expect("a score").clone();
    let probability: f64 = row[4].parse().expect("a number");
    let moved = |by: f64| {
        let (from, to) = (format!(",{},", row[4]), format!(",{:.6},", probability + by));
        let id = format!("{},", row[0]);
        edit_scores(&folder, |text| {
            let edit = |line: &str| if line.starts_with(&id) { line.replacen(&from, &to, 1) } else { line.to_owned() };
            text.lines().map(edit).collect::<Vec<_>>().join("\n") + "\n"
        });
    };
    moved(0.002);
    let (_, said) = sync(&folder, &[]);
    assert_eq!((&said["below_step"], &said["written"]), (&1.into(), &0.into()), "{said}");
    std::fs::write(folder.path("out/scores.csv"), restored(&before, &folder)).expect("written");
    moved(-0.03);
    let (_, said) = sync(&folder, &[]);
    assert_eq!((&said["written"], &said["unchanged"]), (&1.into(), &298.into()), "{said}");
    assert_eq!(writes(&folder.path("crm.db")), [row[0].clone()]);
    let found = held(&folder.path("crm.db")).into_iter().find(|found| found[0] == row[0]).expect("the customer");
    assert_eq!(found[1].parse::<f64>().ok(), format!("{:.4}", probability - 0.03).parse().ok());

    // Everything again, if that is asked for: records that hold the values are not touched.
    let (_, said) = sync(&folder, &["--full"]);
    assert_eq!((&said["held_already"], &said["written"]), (&299.into(), &0.into()), "{said}");
}

/// The scores as they were.
fn restored(rows: &[Vec<String>], folder: &Folder) -> String {
    let text = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    let header = text.lines().next().expect("a header").to_owned();
    let cell = |cell: &String| if cell.contains(',') { format!("\"{cell}\"") } else { cell.clone() };
    let lines = rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(","));
    std::iter::once(header).chain(lines).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn the_summary_says_what_was_done_in_words() {
    let folder = with_targets(CRM);
    let ended = folder.churn("sync", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in [
        "crm: SQLite table \"customers\", scores of ",
        "300 rows: ",
        " eligible",
        "written 299, 1 not there, and not made (in 1 call)",
        "where the target keeps what it has: ",
        "read back: 25 records, as written",
    ] {
        assert!(ended.stdout.contains(words), "expected {words:?} in: {}", ended.stdout);
    }
    let again = folder.churn("sync", &[]);
    assert!(again.stdout.contains("299 unchanged"), "{}", again.stdout);
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would_write_and_what_it_cannot_know() {
    let folder = with_targets(CRM);
    let before = folder.read("crm.db");
    let (ended, said) = sync(&folder, &["--dry-run"]);
    assert_eq!(ended.code, 0, "{said}");
    assert_eq!((&said["dry_run"], &said["no_match"]), (&true.into(), &1.into()), "{said}");
    assert_eq!(said["would_write"], 299);
    assert_eq!(folder.read("crm.db"), before, "the database has not a byte changed");
    assert_eq!(folder.names("out/sync/crm"), ["dry-run.csv"], "no memory is left behind");
    let planned = String::from_utf8(folder.read("out/sync/crm/dry-run.csv")).expect("text");
    assert!(planned.starts_with("key,field,old,new,why,old_is\n"), "{planned}");
    assert!(planned.lines().skip(1).all(|line| line.ends_with(",first,held")), "{planned}");

    let (_, said) = sync(&folder, &["--dry-run", "--no-read", "--limit", "2"]);
    assert_eq!((&said["reading_calls"], &said["held_back"]), (&0.into(), &298.into()), "{said}");
    assert!(said["not_known"][0].as_str().is_some_and(|said| said.contains("was not asked")), "{said}");
    assert_eq!(said["first_planned"][0]["old_is"], "not_asked");

    // After a run there is nothing left to plan; and a record that somebody emptied is not seen, unless all are asked for.
    assert_eq!(folder.churn("sync", &[]).code, 0);
    Connection::open(folder.path("crm.db"))
        .unwrap()
        .execute_batch(
            "update customers set band = 'edited' where id = (select max(id) from customers where band is not null)",
        )
        .unwrap();
    let (_, said) = sync(&folder, &["--dry-run"]);
    assert_eq!(said["would_write"], 0, "{said}");
    let (_, said) = sync(&folder, &["--dry-run", "--full"]);
    assert_eq!((&said["would_write"], &said["first_planned"][0]["old"]), (&1.into(), &"edited".into()), "{said}");
    let text = folder.churn("sync", &["--dry-run", "--full"]).stdout;
    assert!(text.contains(" band: \"edited\" -> ") && text.contains("(full)"), "{text}");
}

#[test]
fn a_trial_writes_few_records_and_the_next_run_the_rest() {
    let folder = with_targets(CRM);
    count_writes(&folder.path("crm.db"));
    let (_, said) = sync(&folder, &["--limit", "3"]);
    assert_eq!((&said["planned"], &said["held_back"]), (&3.into(), &297.into()), "{said}");
    let key = score_rows(&folder)[100][0].clone();
    let (_, said) = sync(&folder, &["--only-key", &key]);
    assert_eq!((&said["written"], &said["not_selected"]), (&1.into(), &299.into()), "{said}");
    assert!(writes(&folder.path("crm.db")).contains(&key));
    let (ended, said) = sync(&folder, &["--only-key", "nobody"]);
    assert_eq!(ended.code, 2, "{said}");
    let (_, said) = sync(&folder, &[]);
    assert_eq!(said["complete"], true, "{said}");
    let written = writes(&folder.path("crm.db"));
    assert_eq!(written.len(), 299, "each record once");
}

/// Runs on these targets, which end with this code, and say this.
fn refused(section: &str, options: &[&str], code: i32, words: &str) {
    let folder = with_targets(section);
    let before = folder.read("crm.db");
    let ended = folder.churn("sync", options);
    assert_eq!(ended.code, code, "{section}: {}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(words), "expected {words:?} in: {}", ended.stderr);
    assert_eq!(folder.read("crm.db"), before);
}

#[test]
fn what_a_target_does_not_have_is_told_before_anything_is_written() {
    refused(&CRM.replace("band =", "bnad ="), &[], 2, "field \"bnad\" is missing");
    refused(&CRM.replace("\"id\"", "\"ident\""), &[], 2, "there is no key column \"ident\"");
    refused(&CRM.replace("\"customers\"", "\"people\""), &[], 2, "there is no table \"people\"");
    refused(&CRM.replace("band = \"risk_band\"", "value2 = \"risk_band\""), &[], 2, "field \"value2\" is missing");
    refused(&CRM.replace("band = \"risk_band\"", "id = \"risk_band\""), &[], 2, "fields.id: it is the key");
    refused(&CRM.replace("crm.db", "no.db"), &[], 2, "no such file");
    refused("", &[], 2, "expected a target [[sync]]");
    refused(CRM, &["--target", "crn"], 2, "did you mean \"crm\"?");
    refused(CRM, &["--retry"], 2, "found no run");
}

#[test]
fn a_declaration_that_cannot_be_meant_is_refused_with_its_place() {
    for (from, to, words) in [
        ("band = \"risk_band\"", "band = \"risk_bnad\"", "did you mean \"risk_band\"?"),
        ("band = \"risk_band\"", "band = { column = \"risk_band\", kind = \"numbr\" }", "kind: expected one of"),
        ("band = \"risk_band\"", "band = { column = \"risk_band\", step = 0.1 }", "step: belongs to numbers"),
        (
            "band = \"risk_band\"",
            "band = { colunm = \"risk_band\" }",
            "unknown key \"colunm\"; did you mean \"column\"?",
        ),
        ("band = \"risk_band\"", "band = { column = \"risk_band\", on_null = \"wipe\" }", "on_null: expected"),
        ("band = \"risk_band\"", "band = { column = \"risk_band\", decimals = 2 }", "decimals: belongs to numbers"),
        ("step = 0.01", "step = 0.00001", "at most 4 decimals"),
        ("step = 0.01", "compare = \"step\"", "expected step = how far"),
        ("step = 0.01", "step = 0.01, compare = \"along\"", "belongs to compare = \"step\""),
        ("path = \"crm.db\"", "path = \"crm.db\"\ntoken = \"env:X\"", "token: belongs to target = hubspot"),
        ("path = \"crm.db\"", "pth = \"crm.db\"", "unknown key \"pth\"; did you mean \"path\"?"),
        ("path = \"crm.db\"\n", "", "expected path = "),
        ("target = \"sqlite\"", "target = \"sqllite\"", "did you mean \"sqlite\"?"),
        ("target = \"sqlite\"\n", "", "expected target = "),
        ("name = \"crm\"\n", "", "expected name = "),
        ("name = \"crm\"", "name = \"../crm\"", "sync.name: expected 1 to 64 letters"),
        ("name = \"crm\"", "name = \"crm\"\nmin_matched = 1.5", "min_matched: expected a share"),
        ("name = \"crm\"", "name = \"crm\"\nmode = \"create\"", "mode: expected one of \"update_only\", \"upsert\""),
        ("name = \"crm\"", "name = \"crm\"\nhold_out = \"send\"", "belongs to source = \"plan\""),
        ("name = \"crm\"", "name = \"crm\"\nattempts = 0", "attempts: expected 1 to 20"),
        ("name = \"crm\"", "name = \"crm\"\ntimeout = \"1m\"", "timeout: expected seconds"),
        ("name = \"crm\"", "name = \"crm\"\nmax_age = \"0d\"", "max_age: expected a number of days"),
        ("compare = \"along\"", "compare = \"sometimes\"", "compare: expected"),
    ] {
        assert!(CRM.contains(from), "{from}");
        let section = CRM.replace(from, to);
        refused(&section, &[], 2, words);
        refused(&section, &[], 2, "churn.toml: line ");
    }
    let along = "[[sync]]\nname = \"a\"\ntarget = \"sqlite\"\npath = \"crm.db\"\ntable = \"customers\"\nfields = { scored = { column = \"as_of\", compare = \"along\" } }\n";
    refused(along, &[], 2, "at least one field whose change is a reason to write");
    refused(&format!("{CRM}{CRM}"), &[], 2, "expected each name once");
    // The key's column is looked for when the scores are there.
    refused(
        &CRM.replace("key_field", "key = \"crm_id\"\nkey_field"),
        &[],
        2,
        "expected a column of scores.parquet, found \"crm_id\"",
    );
}

#[test]
fn scores_that_are_old_or_foreign_or_mixed_or_doubled_are_refused() {
    let folder = with_targets(CRM);
    let refused = |code: i32, words: &str| {
        let ended = folder.churn("sync", &[]);
        assert_eq!(ended.code, code, "{words}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(words), "expected {words:?} in: {}", ended.stderr);
    };
    let text = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    let rows = score_rows(&folder);
    let (as_of, model) = (rows[0][1].clone(), rows[0][2].clone());
    let edited = |from: &str, to: &str| {
        folder.write("out/scores.csv", &text.replace(from, to));
    };

    // Two formats of two runs.
    edited(&as_of, "2020-01-01");
    refused(3, "are of different runs");
    std::fs::remove_file(folder.path("out/scores.parquet")).expect("it was there");
    // Another project's model.
    edited(&model, "2020-01-01-00000000");
    refused(3, "none of this project's models");
    // Two as-of dates, two models in one table; a state that there is not; no number.
    for (at, from, to, words) in [
        (7, as_of.as_str(), "2020-01-01", "row 7, column as_of: expected one as-of date"),
        (8, model.as_str(), "2020-01-01-00000000", "row 8, column model: expected one model"),
        (9, rows[8][3].as_str(), "asleep", "row 9, column state"),
        (10, rows[9][0].as_str(), "", "row 10, column key: expected a key"),
    ] {
        let line = |(n, line): (usize, &str)| if n == at { line.replacen(from, to, 1) } else { line.to_owned() };
        folder.write("out/scores.csv", &(text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n") + "\n"));
        refused(3, words);
    }
    let first = text.lines().nth(1).expect("a row");
    folder.write("out/scores.csv", &format!("{text}{first}\n"));
    refused(3, "expected each key once");
    folder.write("out/scores.csv", &format!("{text}half a row\n"));
    refused(3, "scores.csv: CSV error: record 301 (line: 302");
    folder.write("out/scores.csv", &format!("{}\n", text.lines().next().expect("a header")));
    refused(3, "");
    let score = rows.iter().find(|row| row[3] == "eligible").expect("a score")[4].clone();
    edited(&format!(",{score},"), ",NaN,");
    refused(3, "column churn_probability: expected a finite number");
    // An age that the project does not allow.
    folder.write("out/scores.csv", &text);
    declare(&folder, &CRM.replace("table =", "max_age = \"1d\"\ntable ="));
    refused(3, "did the last scoring fail?");
    declare(&folder, CRM);
    std::fs::remove_file(folder.path("out/scores.csv")).expect("it was there");
    refused(2, "run churn score first");

    // Nothing of it was written; then the scores are, and older ones are refused after them.
    folder.write("out/scores.csv", &text);
    assert_eq!(sync(&folder, &[]).1["written"], 299);
    edited(&as_of, "2020-01-01");
    refused(3, "older than those of");
}

#[test]
fn guards_stand_before_the_first_write() {
    refused(&CRM.replace("table =", "max_changes = 100\ntable ="), &[], 3, "at most 100 records to write");
    // Not one of the keys is there: the wrong column was named.
    refused(&CRM.replace("table =", "min_matched = 0.9\nkey = \"state\"\ntable ="), &[], 3, "expected each key once");
    let nobody = with_targets(&CRM.replace("table =", "min_matched = 0.9\ntable ="));
    Connection::open(nobody.path("crm.db")).unwrap().execute_batch("update customers set id = 'x-' || id").unwrap();
    let ended = nobody.churn("sync", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("is the key the right field?"), "{}", ended.stderr);
}

#[test]
fn a41_a_crm_that_lost_the_leading_zeros_is_not_written_to() {
    let folder = with_targets(CRM);
    std::fs::remove_file(folder.path("out/scores.parquet")).expect("it was there");
    // 300 customers, numbered in three digits; the CRM made numbers of them.
    let text = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    let numbered = |(n, line): (usize, &str)| match (n, line.split_once(',')) {
        (1.., Some((_, rest))) => format!("{n:03},{rest}"),
        _ => line.to_owned(),
    };
    folder.write("out/scores.csv", &(text.lines().enumerate().map(numbered).collect::<Vec<_>>().join("\n") + "\n"));
    std::fs::remove_file(folder.path("crm.db")).expect("it was there");
    let numbers: Vec<String> = (1..=300).map(|n| n.to_string()).collect();
    synced::crm(&folder.path("crm.db"), numbers.iter().map(String::as_str));
    let before = held(&folder.path("crm.db"));
    declare(&folder, &CRM.replace("table =", "min_matched = 0.95\ntable ="));
    let ended = folder.churn("sync", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("at least 0.95 of the records") && ended.stderr.contains("zeros"),
        "{}",
        ended.stderr
    );
    assert_eq!(held(&folder.path("crm.db")), before);
    // Somebody who knows it to be right says so; 201 of 300 have no zero to lose.
    declare(&folder, &CRM.replace("table =", "min_matched = 0.6\ntable ="));
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["written"], &said["no_match"]), (0, &201.into(), &99.into()), "{said}");
    // The next night nothing is to be written but the 99, which are a third of all and no more.
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["unchanged"], &said["no_match"]), (0, &201.into(), &99.into()), "{said}");
}

#[test]
fn fields_can_be_made_where_the_system_can() {
    let folder = with_targets(&CRM.replace("reason =", "\"why so\" ="));
    assert_eq!(folder.churn("sync", &[]).code, 2);
    let (ended, said) = sync(&folder, &["--create-fields"]);
    assert_eq!((ended.code, &said["fields_made"][0]), (0, &"why so".into()), "{said}");
    assert_eq!(said["written"], 299);
}

#[test]
fn a_journal_that_another_run_holds_is_exit_code_4() {
    let folder = with_targets(CRM);
    assert_eq!(folder.churn("sync", &[]).code, 0);
    let lock = std::fs::File::options().write(true).open(folder.path("out/sync/crm/lock")).expect("the lock");
    lock.lock().expect("nobody else has it");
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["error"]["kind"]), (4, &"held".into()), "{said}");
    drop(lock);
    assert_eq!(folder.churn("sync", &[]).code, 0);

    let lock = std::fs::File::create(folder.path("out/.churn.lock")).expect("a lock");
    lock.lock().expect("nobody else has it");
    assert_eq!(folder.churn("sync", &[]).code, 4);
}

#[test]
fn a_record_that_is_refused_is_listed_and_tried_again_with_the_others_left_alone() {
    let folder = with_targets(CRM);
    let path = folder.path("crm.db");
    let key = score_rows(&folder)[50][0].clone();
    let sql = |text: &str| Connection::open(&path).unwrap().execute_batch(text).unwrap();
    sql(&format!(
        "create trigger no before update on customers when new.id = '{key}' begin select raise(abort, 'locked by sales'); end"
    ));
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["rejected"], &said["written"]), (6, &1.into(), &298.into()), "{said}");
    assert!(ended.stderr.contains("1 record rejected"), "{}", ended.stderr);
    let rejects = String::from_utf8(folder.read("out/sync/crm/sync-rejects.csv")).expect("text");
    assert!(rejects.contains(&format!("{key},CONSTRAINT,locked by sales,")), "{rejects}");
    assert!(!ended.stderr.contains("locked by sales"), "what a system says may hold a customer's values");
    sql("drop trigger no");
    let (ended, said) = sync(&folder, &["--retry"]);
    assert_eq!((ended.code, &said["written"], &said["not_selected"]), (0, &1.into(), &299.into()), "{said}");
    assert_eq!(folder.read("out/sync/crm/sync-rejects.csv"), b"key,code,message,attempt,as_of,model\n");
    assert_eq!(sync(&folder, &["--retry"]).1["not_selected"], 300);
}

#[test]
fn several_targets_are_written_in_one_run_and_one_that_fails_does_not_keep_the_others() {
    let file = "\n[[sync]]\nname = \"sheet\"\ntarget = \"file\"\npath = \"sheet.csv\"\nkey_field = \"id\"\nmode = \"upsert\"\n\n[sync.fields]\np = { column = \"churn_probability\", decimals = 2, on_null = \"clear\" }\nstate = \"state\"\n";
    let broken = CRM.replace("name = \"crm\"", "name = \"broken\"").replace("\"customers\"", "\"people\"");
    let folder = with_targets(&format!("{broken}{CRM}{file}"));
    let ended = folder.churn("sync", &["--json"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("sync \"broken\": ") && ended.stderr.contains("there is no table"),
        "{}",
        ended.stderr
    );
    let said: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let targets = said["result"]["targets"].as_array().expect("targets");
    assert_eq!(targets[0]["error"]["kind"], "usage", "{said}");
    assert_eq!((&targets[1]["written"], &targets[2]["created"]), (&299.into(), &300.into()), "{said}");
    let sheet = String::from_utf8(folder.read("sheet.csv")).expect("text");
    assert_eq!((sheet.lines().next(), sheet.lines().count()), (Some("id,p,state"), 301));
    let (ended, said) = sync(&folder, &["--target", "sheet"]);
    assert_eq!((ended.code, &said["name"], &said["unchanged"]), (0, &"sheet".into(), &300.into()), "{said}");
}

#[test]
fn empty_values_are_skipped_or_cleared_as_the_project_says() {
    for (on_null, code) in [("skip", "0.5"), ("clear", "")] {
        let section = CRM.replace("step = 0.01", &format!("on_null = \"{on_null}\""));
        let folder = with_targets(&section);
        Connection::open(folder.path("crm.db")).unwrap().execute_batch("update customers set churn = 0.5").unwrap();
        assert_eq!(folder.churn("sync", &[]).code, 0);
        let lapsed = score_rows(&folder).into_iter().skip(1).find(|row| row[3] == "lapsed").expect("a lapsed customer");
        let found = held(&folder.path("crm.db")).into_iter().find(|row| row[0] == lapsed[0]).expect("a record");
        assert_eq!(found[1], code, "{on_null}");
    }
}

#[test]
fn the_plan_goes_out_without_those_who_are_held_out() {
    let section = "[[sync]]\nname = \"plan\"\nsource = \"plan\"\ntarget = \"sqlite\"\npath = \"crm.db\"\ntable = \"customers\"\nkey_field = \"id\"\n[sync.fields]\nreason = \"action\"\nband = \"offer\"\nvalue = \"expected_gain\"\nscored = \"as_of\"\n";
    let folder = with_targets(section);
    let ids: Vec<String> = score_rows(&folder).iter().skip(1).map(|row| row[0].clone()).collect();
    let header = "customer_id,as_of,action,offer,channel,owner,churn_probability,uplift,expected_gain,cost,arm,priority,reason\n";
    let row =
        |at: usize, arm: &str| format!("{},2026-07-01,offer,voucher,mail,,0.5,0.1,12.345,4.00,{arm},{at},\n", ids[at]);
    folder.write("out/plan.csv", &format!("{header}{}{}{}", row(0, "contact"), row(1, "hold_out"), row(2, "contact")));
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["written"], &said["held_out"]), (0, &2.into(), &1.into()), "{said}");
    let found = held(&folder.path("crm.db")).into_iter().find(|found| found[0] == ids[0]).expect("a record");
    assert_eq!(found[2..], ["voucher", "offer", "12.35", "2026-07-01"].map(str::to_owned));
    declare(&folder, &section.replace("source =", "hold_out = \"send\"\nsource ="));
    assert_eq!(sync(&folder, &[]).1["written"], 1);
}

#[test]
fn other_commands_do_not_care_about_targets() {
    let folder = scored();
    declare(&folder, &CRM.replace("band =", "bnad ="));
    assert_eq!(folder.churn("models list", &[]).code, 0);
}

#[test]
fn every_target_that_the_documentation_shows_is_one_that_is_taken() {
    let folder = scored();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sync.md")).expect("the page");
    let blocks = page.split("```toml\n").skip(1).filter_map(|text| text.split("```").next());
    let mut shown = 0;
    for block in blocks.filter(|block| block.starts_with("[[sync]]")) {
        declare(&folder, block);
        let ended = folder.churn("models list", &[]);
        assert_eq!(ended.code, 0, "{block}: {}", ended.stderr);
        shown += 1;
    }
    assert!(shown >= 9, "{shown} targets are shown");
}
