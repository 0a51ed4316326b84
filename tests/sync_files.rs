//! `churn sync` into a table in a Parquet file, out of scores in parts, and with a plan in which nobody is.

mod common;
#[path = "common/synced.rs"]
mod synced;

use std::collections::BTreeMap;
use std::path::Path;

use common::Folder;
use history::{Column, StoredCell, TableRows, TableWriter, Values};
use synced::{CRM, declare, held, score_rows, sync, with_targets};

const SHEET: &str = r#"
[[sync]]
name = "sheet"
target = "file"
path = "sheet.parquet"

[sync.fields]
churn = "churn_probability"
band = "risk_band"
scored = "as_of"
"#;

/// A sheet of some customers, with a column of somebody else's.
fn sheet(path: &Path, ids: &[&str]) {
    let n = ids.len();
    let texts = |texts: Vec<Option<String>>| Values::Text(texts);
    let mut table = TableWriter::create(path).expect("a new file");
    table
        .write(&[
            Column::new("note", texts((0..n).map(|at| Some(format!("note {at}"))).collect())),
            Column::new("customer_id", texts(ids.iter().map(|id| Some((*id).to_owned())).collect())),
            Column::new("churn", Values::Float(vec![None; n])),
            Column::new("band", texts(vec![None; n])),
            Column::new("scored", Values::Date(vec![None; n])),
        ])
        .expect("written");
    table.finish().expect("written");
}

/// What the sheet holds, by customer.
fn sheet_holds(path: &Path) -> BTreeMap<String, Vec<StoredCell>> {
    let rows = TableRows::open(path, &["customer_id", "churn", "band", "scored", "note"]).expect("a table");
    rows.map(|row| {
        let mut cells = row.expect("a row");
        let StoredCell::Text(id) = cells.remove(0) else { panic!("a text") };
        (id, cells)
    })
    .collect()
}

fn holds_scores(folder: &Folder, found: &BTreeMap<String, Vec<StoredCell>>) {
    for row in score_rows(folder).iter().filter(|row| found.contains_key(&row[0])) {
        let cells = &found[&row[0]];
        let four_decimals = |churn: f64| format!("{churn:.4}").parse::<f64>().expect("a number");
        let churn = row[4].parse::<f64>().ok().map(four_decimals);
        assert_eq!(cells[0], churn.map_or(StoredCell::Empty, StoredCell::Float), "{}", row[0]);
        let band = (!row[7].is_empty()).then(|| StoredCell::Text(row[7].clone()));
        assert_eq!(cells[1], band.unwrap_or(StoredCell::Empty), "{}", row[0]);
        assert!(matches!(&cells[2], StoredCell::Date(day) if day.to_string() == row[1]), "{cells:?}");
    }
}

#[test]
fn a_parquet_file_is_changed_in_place_and_made_where_asked_for() {
    let folder = with_targets(SHEET);
    let (ended, _) = sync(&folder, &[]);
    assert!(ended.code == 2 && ended.stderr.contains("found no such file"), "{}", ended.stderr);
    let path = folder.path("sheet.parquet");
    let ids: Vec<String> = score_rows(&folder).into_iter().map(|row| row[0].clone()).collect();
    let some: Vec<&str> = ids.iter().take(40).map(String::as_str).chain(["not-ours"]).collect();
    sheet(&path, &some);
    let (ended, said) = sync(&folder, &["--dry-run"]);
    assert_eq!((ended.code, &said["would_write"], &said["no_match"]), (0, &40.into(), &260.into()), "{said}");
    // So few of them there: somebody has to say that this is right.
    let (ended, _) = sync(&folder, &[]);
    assert!(ended.code == 3 && ended.stderr.contains("at least 0.95 of the records"), "{}", ended.stderr);
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    folder.write("churn.toml", &project.replace("name = \"sheet\"", "name = \"sheet\"\nmin_matched = 0.1"));
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["written"], &said["no_match"]), (0, &40.into(), &260.into()), "{said}");
    assert_eq!(said["read_back"]["different"], 0, "{said}");
    let found = sheet_holds(&path);
    assert_eq!(found.len(), 41);
    holds_scores(&folder, &found);
    assert_eq!(found["not-ours"][0], StoredCell::Empty);
    assert!(found.values().all(|cells| matches!(&cells[3], StoredCell::Text(note) if note.starts_with("note "))));
    let before = folder.read("sheet.parquet");
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["unchanged"]), (0, &40.into()), "{said}");
    assert_eq!(folder.read("sheet.parquet"), before);

    // A column of another type, a column that is not there, and a key that stands twice.
    let wrong = SHEET.replace("churn = \"churn_probability\"", "note = \"churn_probability\"");
    declare(&folder, &wrong);
    let (ended, _) = sync(&folder, &[]);
    assert!(ended.code == 2 && ended.stderr.contains("expected a type that keeps"), "{}", ended.stderr);
    declare(&folder, &SHEET.replace("band =", "risk =").replace("[sync.fields]", "min_matched = 0.1\n[sync.fields]"));
    let (ended, _) = sync(&folder, &[]);
    assert!(ended.code == 2 && ended.stderr.contains("risk"), "{}", ended.stderr);
    let (ended, said) = sync(&folder, &["--create-fields"]);
    assert_eq!((ended.code, &said["fields_made"]), (0, &serde_json::json!(["risk"])), "{said}");
    std::fs::remove_dir_all(folder.path("out/sync")).expect("there");
    sheet(&path, &["a", "a"]);
    declare(&folder, SHEET);
    let (ended, _) = sync(&folder, &[]);
    assert!(ended.code == 2 && ended.stderr.contains("each key in one row"), "{}", ended.stderr);
    folder.write("sheet.parquet", "PAR1 and no more");
    let (ended, _) = sync(&folder, &[]);
    assert!(ended.code == 2 && ended.stderr.contains("is not ready"), "{}", ended.stderr);
    assert_eq!(folder.read("sheet.parquet"), b"PAR1 and no more");

    std::fs::remove_file(&path).expect("there");
    declare(&folder, &SHEET.replace("target =", "mode = \"upsert\"\ntarget ="));
    let (ended, said) = sync(&folder, &["--full"]);
    assert_eq!((ended.code, &said["created"]), (0, &300.into()), "{said}");
    let rows = TableRows::open(&path, &["customer_id"]).expect("a table").count();
    assert_eq!(rows, 300);
}

#[test]
fn scores_in_parts_are_read_as_one_table_and_only_as_they_were_written() {
    let whole = with_targets(CRM);
    let (ended, said) = sync(&whole, &[]);
    assert_eq!(ended.code, 0, "{said}");
    let expected = held(&whole.path("crm.db"));

    let folder = with_targets(CRM);
    // As `churn score --partitions` writes them.
    let parts: Vec<(String, usize)> =
        (0..3).map(|part| (format!("part-{part:05}.parquet"), [100, 0, 200][part])).collect();
    let rows: Vec<Vec<StoredCell>> = {
        let columns = TableRows::columns(&folder.path("out/scores.parquet")).expect("a table");
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        TableRows::open(&folder.path("out/scores.parquet"), &columns)
            .expect("a table")
            .map(|row| row.expect("a row"))
            .collect()
    };
    std::fs::create_dir(folder.path("out/scores")).expect("a new folder");
    let names = TableRows::columns(&folder.path("out/scores.parquet")).expect("a table");
    let (mut first, mut files) = (0, Vec::new());
    for (name, count) in &parts {
        let path = folder.path(&format!("out/scores/{name}"));
        let block = &rows[first..first + count];
        first += count;
        let column = |at: usize| {
            let cells = block.iter().map(|row| &row[at]);
            let numbers = [
                "churn_probability",
                "probability_low",
                "probability_high",
                "risk_percentile",
                "expected_value",
                "value_at_risk",
                "return_probability",
            ];
            match names[at].as_str() {
                "as_of" => Values::Date(
                    cells.map(|cell| if let StoredCell::Date(day) = cell { Some(*day) } else { None }).collect(),
                ),
                name if numbers.contains(&name) => Values::Float(
                    cells.map(|cell| if let StoredCell::Float(number) = cell { Some(*number) } else { None }).collect(),
                ),
                _ => Values::Text(
                    cells
                        .map(|cell| if let StoredCell::Text(text) = cell { Some(text.clone()) } else { None })
                        .collect(),
                ),
            }
        };
        let mut table = TableWriter::create(&path).expect("a new file");
        table
            .write(&(0..names.len()).map(|at| Column::new(names[at].clone(), column(at))).collect::<Vec<_>>())
            .expect("written");
        table.finish().expect("written");
        let bytes = std::fs::read(&path).expect("there");
        let sum: String = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&bytes))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        files.push(serde_json::json!({"name": name, "rows": count, "bytes": bytes.len(), "sha256": sum}));
    }
    let manifest =
        serde_json::json!({"format": 1, "as_of": "x", "model": "x", "rows": 300, "files": files}).to_string();
    folder.write("out/scores/manifest.json", &manifest);
    for name in ["scores.csv", "scores.parquet"] {
        std::fs::remove_file(folder.path(&format!("out/{name}"))).expect("there");
    }
    // Whatever is not as it was written is not written on.
    let part = format!("out/scores/{}", parts[2].0);
    let bytes = folder.read(&part);
    for (name, content) in [
        (part.as_str(), &bytes[..bytes.len() - 1]),
        ("out/scores/manifest.json", b"{}"),
        ("out/scores/manifest.json", manifest.replace("part-00002", "../../part").as_bytes()),
        (
            "out/scores/manifest.json",
            manifest.replace("\"rows\":200", "\"rows\":201").replace(".parquet", ".pq").as_bytes(),
        ),
    ] {
        let good = folder.read(name);
        std::fs::write(folder.path(name), content).expect("written");
        let (ended, _) = sync(&folder, &[]);
        assert!(ended.code == 3 && ended.stderr.contains("nothing was written"), "{name}: {}", ended.stderr);
        std::fs::write(folder.path(name), good).expect("written");
    }
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["rows"]), (0, &300.into()), "{said}");
    assert!(said["source"].as_str().is_some_and(|source| source.ends_with("out/scores")), "{said}");
    assert_eq!(held(&folder.path("crm.db")), expected);
}

#[test]
fn a_plan_in_which_nobody_is_writes_nothing_and_is_no_failure() {
    let plan = "[[sync]]\nname = \"list\"\nsource = \"plan\"\ntarget = \"sqlite\"\npath = \"crm.db\"\ntable = \"customers\"\nkey_field = \"id\"\nfields = { band = \"action\" }\n";
    let folder = with_targets(plan);
    let header = "customer_id,as_of,action,offer,channel,owner,churn_probability,uplift,expected_gain,cost,arm,priority,reason\n";
    folder.write("out/plan.csv", header);
    let before = held(&folder.path("crm.db"));
    let (ended, said) = sync(&folder, &[]);
    assert_eq!((ended.code, &said["rows"], &said["complete"]), (0, &0.into(), &true.into()), "{said}");
    let place = folder.path("").display().to_string();
    let ended = folder.churn_here(&["sync", &place]);
    assert!(
        ended.code == 0 && ended.stdout.contains("has no rows; nothing to write"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    assert_eq!(held(&folder.path("crm.db")), before);
    // Scores without a row are another matter.
    declare(&folder, CRM);
    let scores = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    std::fs::remove_file(folder.path("out/scores.parquet")).expect("there");
    folder.write("out/scores.csv", &format!("{}\n", scores.lines().next().unwrap_or_default()));
    let (ended, _) = sync(&folder, &[]);
    assert!(ended.code == 3 && ended.stderr.contains("expected rows, found none"), "{}", ended.stderr);
}
