//! A simulated company that is scored, and a CRM in an SQLite database beside it.

#![allow(dead_code)] // each file of tests uses its own part

use std::path::Path;
use std::sync::OnceLock;

use rusqlite::Connection;
use serde_json::Value;

use crate::common::{Ended, Folder};

/// What stands in the project file for the CRM.
pub(crate) const CRM: &str = r#"
[[sync]]
name = "crm"
target = "sqlite"
path = "crm.db"
table = "customers"
key_field = "id"

[sync.fields]
churn = { column = "churn_probability", step = 0.01 }
band = "risk_band"
reason = "reason_1"
value = "value_at_risk"
scored = { column = "as_of", compare = "along" }
"#;

/// A company of 300 customers that was trained on and scored; made once, copied for each test. Its CRM knows all customers but
/// one, and one more.
pub(crate) fn scored() -> Folder {
    static COMPANY: OnceLock<Folder> = OnceLock::new();
    let company = COMPANY.get_or_init(|| {
        let folder = Folder::empty();
        let made = folder.churn("simulate", &["--customers", "300", "--seed", "5"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        let ran = folder.churn("run", &["--no-cache"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let ids: Vec<String> = score_rows(&folder).iter().skip(1).map(|row| row[0].clone()).collect();
        crm(&folder.path("crm.db"), ids.iter().map(String::as_str).chain(["not-ours"]));
        folder
    });
    let copy = Folder::empty();
    for name in ["churn.toml", "crm.db", "out/scores.csv", "out/scores.parquet"] {
        std::fs::create_dir_all(copy.path("out")).expect("a new folder");
        std::fs::copy(company.path(name), copy.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let models = company.names("models");
    for version in company.names(&format!("models/{}", models[0])) {
        let from = company.path(&format!("models/{}/{version}", models[0]));
        let to = copy.path(&format!("models/{}/{version}", models[0]));
        if from.is_dir() {
            std::fs::create_dir_all(&to).expect("a new folder");
            for entry in std::fs::read_dir(&from).expect("readable") {
                let entry = entry.expect("readable");
                std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
            }
        } else {
            std::fs::copy(&from, &to).expect("a copy");
        }
    }
    copy
}

/// The same, with this section for targets.
pub(crate) fn with_targets(section: &str) -> Folder {
    let folder = scored();
    declare(&folder, section);
    folder
}

/// Replaces the targets of a project.
pub(crate) fn declare(folder: &Folder, section: &str) {
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    let before = project.split("\n[[sync]]").next().unwrap_or_default().trim_end().to_owned();
    folder.write("churn.toml", &format!("{before}\n{section}"));
}

/// Makes a CRM with these customers.
pub(crate) fn crm<'a>(path: &Path, ids: impl Iterator<Item = &'a str>) {
    let mut connection = Connection::open(path).expect("a database");
    let table = "create table customers (id text primary key, churn numeric, band text, reason text, value numeric, scored date)";
    connection.execute_batch(table).expect("a table");
    let transaction = connection.transaction().expect("a transaction");
    for id in ids {
        transaction.execute("insert into customers (id) values (?1)", [id]).expect("a customer");
    }
    transaction.commit().expect("committed");
}

/// Everything that the CRM holds, as text, sorted by key.
pub(crate) fn held(path: &Path) -> Vec<Vec<String>> {
    let connection = Connection::open(path).expect("a database");
    let mut all = connection
        .prepare("select id, cast(churn as text), band, reason, cast(value as text), scored from customers order by id")
        .expect("a question");
    let row = |row: &rusqlite::Row<'_>| {
        (0..6).map(|at| Ok(row.get::<_, Option<String>>(at)?.unwrap_or_default())).collect::<rusqlite::Result<Vec<_>>>()
    };
    let rows = all.query_map([], row).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

/// How often the CRM was written since it was made.
pub(crate) fn count_writes(path: &Path) {
    Connection::open(path)
        .expect("a database")
        .execute_batch(
            "create table writes (id text); create trigger counted after update on customers begin insert into writes values (new.id); end",
        )
        .expect("a trigger");
}

/// The keys of the records that were written since, sorted.
pub(crate) fn writes(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).expect("a database");
    let mut all = connection.prepare("select id from writes order by id").expect("a question");
    let rows = all.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

/// Rows of `out/scores.csv`, without its header.
pub(crate) fn score_rows(folder: &Folder) -> Vec<Vec<String>> {
    let text = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    text.lines()
        .skip(1)
        .map(|line| {
            let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
            for letter in line.chars() {
                match letter {
                    '"' => quoted = !quoted,
                    ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                    other => cell.push(other),
                }
            }
            cells.push(cell);
            cells
        })
        .collect()
}

/// Replaces a text in the scores, which then stand in CSV alone.
pub(crate) fn edit_scores(folder: &Folder, edit: impl Fn(String) -> String) {
    let text = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    folder.write("out/scores.csv", &edit(text));
    let _ = std::fs::remove_file(folder.path("out/scores.parquet"));
}

/// `churn sync --json`, and what it says of its first target.
pub(crate) fn sync(folder: &Folder, options: &[&str]) -> (Ended, Value) {
    let ended = folder.churn("sync", &[options, &["--json"]].concat());
    let said: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout));
    assert_eq!(said["exit_code"], ended.code, "{said}");
    let target = said["result"]["targets"][0].clone();
    (ended, if target.is_null() { said } else { target })
}
