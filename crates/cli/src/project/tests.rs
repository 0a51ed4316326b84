//! Project files that are accepted and refused, through the one way in.

#![allow(clippy::unwrap_used)]

use super::*;

const LEAST: &str = "[transactions]\npath = \"orders.csv\"\n";

fn open(text: &str) -> Result<Project, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(PROJECT_FILE), text).unwrap();
    let shown = format!("{}/", folder.path().display());
    Project::open(folder.path()).map_err(|error| error.to_string().replace(&shown, ""))
}

fn refusal(text: &str) -> String {
    open(text).unwrap_err()
}

#[test]
fn a_path_is_all_that_is_needed() {
    let project = open(LEAST).unwrap();
    assert_eq!((project.name.as_str(), project.timezone.as_str(), project.seed), ("churn", "UTC", 1));
    assert_eq!((&project.currency, &project.report_segment), (&None, &None));
    assert_eq!(project.churn.window.reach(), 90);
    assert_eq!(project.churn.active_within.get(), 180);
    assert_eq!(project.every.get(), 30);
    assert_eq!(project.spec().transactions.amount, "amount");
    assert_eq!(project.spec().transactions.table.path, project.folder.join("orders.csv"));
    assert!(project.not_read.is_empty());
}

#[test]
fn the_file_may_be_given_instead_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    std::fs::write(&path, LEAST).unwrap();
    assert_eq!(Project::open(&path).unwrap().folder, folder.path());
}

#[test]
fn sections_that_nothing_reads_yet_are_named() {
    let text = r#"
[transactions]
path = "orders.csv"
columns = { customer_id = "Customer", product = "SKU" }
[events]
path = "events.parquet"
columns = { type = "kind" }
[offers]
path = "offers.csv"
[[offers.catalogue]]
name = "10 % voucher"
cost = 4.0
"#;
    let project = open(text).unwrap();
    let expected = ["the table [events]", "the table [offers]", "[[offers.catalogue]]"];
    assert_eq!(project.not_read, expected);
    assert_eq!(project.spec().transactions.customer_id, "Customer");
    assert_eq!(project.spec().transactions.product.as_deref(), Some("SKU"));
}

#[test]
fn every_other_column_of_the_customers_can_group_them() {
    let text = format!(
        "{LEAST}[customers]\npath = \"c.csv\"\ncolumns = {{ signup_date = \"since\", tier = \"Tier\" }}\n[report]\nsegment_by = \"tier\"\n"
    );
    let project = open(&text).unwrap();
    assert_eq!(project.report_segment.as_deref(), Some("tier"));
    let customers = project.spec().customers.clone().unwrap();
    assert_eq!(customers.signup_date.as_deref(), Some("since"));
    assert_eq!(customers.segments, [("tier".to_owned(), "Tier".to_owned())]);
}

#[test]
fn unknown_keys_are_refused_with_their_place_and_what_was_meant() {
    assert_eq!(
        refusal(&format!("{LEAST}[churn]\nhorizn = \"90d\"\n")),
        "churn.toml: line 4, column 1: unknown key \"horizn\"; did you mean \"horizon\"?; known here: definition, \
         horizon, active_within, lead, complete_through"
    );
    let found = refusal("[transactions]\npath = \"a.csv\"\ncolumns = { Amount = \"x\", ordr_id = \"y\" }\n");
    assert!(found.starts_with("churn.toml: line 3, column "), "{found}");
    assert!(found.contains("unknown name \"Amount\"; did you mean \"amount\"?; known here: customer_id"), "{found}");
    assert!(refusal(&format!("colour = 1\n{LEAST}")).contains("line 1, column 1: unknown key \"colour\"; known here:"));
    assert!(refusal(&format!("{LEAST}[events]\npath = \"e.csv\"\nkolumns = 1\n")).contains("unknown key \"kolumns\""));
}

#[test]
fn values_are_refused_with_what_was_expected_and_found() {
    for (line, expected) in [
        ("[churn]\nhorizon = \"12w\"", "line 4, column 11: churn.horizon: expected a number of days such as \"90d\""),
        ("[churn]\nhorizon = 90", "line 4, column 11: invalid type: integer `90`, expected a string"),
        ("[churn]\ncomplete_through = \"2026-02-30\"", "churn.complete_through: expected a date such as 2026-03-05"),
        ("[churn]\ndefinition = \"cadence\"", "churn.definition \"cadence\" is not built in this version"),
        (
            "[churn]\ndefinition = \"gone\"",
            "expected one of \"inactivity\", \"cadence\", \"departure\", found \"gone\"",
        ),
        ("[training]\nsegment_by = \"region\"", "training.segment_by (one model per segment) is not built"),
        ("[training]\nseed = -1", "line 4, column 8: invalid value: integer `-1`, expected u64"),
        ("[report]\nsegment_by = \"region\"", "none is mapped"),
        ("[offers]\n[[offers.catalogue]]\nname = \"a\"\ncost = -1.0", "cost of \"a\": expected 0 or more, found -1"),
    ] {
        let found = refusal(&format!("{LEAST}{line}\n"));
        assert!(found.contains(expected), "{line}: {found}");
    }
    for (line, expected) in [
        ("timezone = \"Europe/Chisinaw\"", "timezone: expected an IANA name"),
        ("currency = \"Euro\"", "currency: expected a code of three capital letters"),
        ("language = \"ru\"", "language \"ru\" is not built in this version; expected \"en\""),
        ("name = \"../up\"", "name: expected 1 to 64 letters"),
    ] {
        let found = refusal(&format!("{line}\n{LEAST}"));
        assert!(found.starts_with("churn.toml: line 1, column ") && found.contains(expected), "{line}: {found}");
    }
}

#[test]
fn a_transactions_table_is_a_file_or_files_whose_names_follow_a_pattern() {
    assert!(refusal("name = \"a\"\n").contains("expected a section [transactions]"));
    assert!(refusal("[transactions]\n").contains("[transactions]: expected a path, found none"));
    let project = open("[transactions]\npath = \"exports/o-*.csv\"\n").unwrap();
    assert!(project.spec().transactions.table.path.ends_with("exports/o-*.csv"));
    for path in ["o-[12].csv", "*/o.csv"] {
        let refusal = refusal(&format!("[transactions]\npath = \"{path}\"\n"));
        assert!(refusal.contains("not built in this version; only * and ? are understood"), "{refusal}");
    }
    let customers = "[transactions]\npath = \"o.csv\"\n[customers]\npath = \"c-*.csv\"\n";
    assert!(refusal(customers).contains("not built in this version; put the files"));
    let query = "[transactions]\nquery = \"select 1\"\nsource = \"env:CHURN_PG\"\n";
    assert!(refusal(query).contains("PostgreSQL (query, source) is not built in this version"));
    let both = "[transactions]\npath = \"a.csv\"\ncolumns = { margin = \"m\", cost = \"c\" }\n";
    assert!(refusal(both).contains("expected margin or cost, found both"));
}

#[test]
fn files_that_are_no_project_are_refused() {
    assert!(refusal("a = = b").starts_with("churn.toml: line 1, column "));
    let folder = tempfile::tempdir().unwrap();
    let missing = Project::open(folder.path()).unwrap_err().to_string();
    assert!(missing.ends_with("churn.toml: expected a project folder or a project file, found nothing here"));
    std::fs::write(folder.path().join(PROJECT_FILE), [0xff, 0xfe, 0]).unwrap();
    assert!(Project::open(folder.path()).unwrap_err().to_string().ends_with("expected UTF-8 text, found other bytes"));
}

#[test]
fn the_config_hash_follows_what_the_model_is_and_nothing_else() {
    let hash = |text: &str| open(text).unwrap().config_hash;
    let base = hash(LEAST);
    for same in [
        "[transactions]\npath = \"orders.parquet\"\n",
        "name = \"acme\"\ntimezone = \"utc\"\n[transactions]\npath = \"orders.csv\"\n[churn]\nhorizon = \"90d\"\ncomplete_through = \"2026-07-01\"\n",
    ] {
        assert_eq!(hash(same), base, "{same}");
    }
    for other in [
        "[transactions]\npath = \"orders.csv\"\nreturns = \"drop\"\n",
        "[transactions]\npath = \"orders.csv\"\n[churn]\nhorizon = \"60d\"\n",
        "[transactions]\npath = \"orders.csv\"\ncolumns = { amount = \"net\" }\n",
        "timezone = \"Europe/Bucharest\"\n[transactions]\npath = \"orders.csv\"\n",
    ] {
        assert_ne!(hash(other), base, "{other}");
    }
}
