//! Project files that are accepted and refused, through the one way in.

#![allow(clippy::unwrap_used)]

use super::*;
use decisions::plan::HoldOut;
use feature_engineering::Churn as Definition;

pub(super) const LEAST: &str = "[transactions]\npath = \"orders.csv\"\n";

pub(super) fn open(text: &str) -> Result<Project, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(PROJECT_FILE), text).unwrap();
    let shown = format!("{}/", folder.path().display());
    Project::open(folder.path()).map_err(|error| error.to_string().replace(&shown, ""))
}

pub(super) fn refusal(text: &str) -> String {
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
    assert_eq!(project.spec().transactions.amount, "amount".into());
    assert_eq!(project.spec().transactions.table.path, project.folder.join("orders.csv"));
}

#[test]
fn the_file_may_be_given_instead_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    std::fs::write(&path, LEAST).unwrap();
    assert_eq!(Project::open(&path).unwrap().folder, folder.path());
}

#[test]
fn offers_and_plans_are_read_with_their_defaults() {
    let text = r#"
[transactions]
path = "orders.csv"
columns = { customer_id = "Customer", product = "SKU" }
[offers]
path = "offers.csv"
columns = { arm = "Group", accepted = "taken" }
[[offers.catalogue]]
name = "10 % voucher"
cost = 4
[[offers.catalogue]]
name = "call"
cost = 6.5
incentive = 10.0
channels = ["phone"]
[plan]
budget = 5000
days = 5
capacity = { phone = 40 }
hold_out = 0.1
"#;
    let project = open(text).unwrap();
    let offers = project.spec().offers.clone().unwrap();
    assert_eq!(
        (offers.arm.as_str(), offers.offer.as_str(), offers.accepted.as_deref()),
        ("Group", "offer", Some("taken"))
    );
    assert_eq!((offers.cost, offers.contacted_at), (None, None));
    let plan = &project.plan;
    assert_eq!(plan.offers.len(), 2);
    assert_eq!(
        (plan.offers[0].contact_cost.to_string(), plan.offers[1].incentive_cost.to_string()),
        ("4.00".into(), "10.00".into())
    );
    assert_eq!(plan.offers[1].channels, ["phone"]);
    assert_eq!(plan.budget.map(|budget| budget.to_string()).as_deref(), Some("5000.00"));
    assert_eq!(plan.capacity[0].contacts(), 200);
    assert_eq!(plan.hold_out, HoldOut::Share(0.1));
    assert_eq!((plan.cooling_off, plan.everybody_may_be_contacted, plan.not_randomised), (30, false, false));
    let least = open(LEAST).unwrap();
    assert_eq!(least.plan.hold_out, HoldOut::ForPower { power: 0.9, most: 0.5 });
    assert!(least.spec().offers.is_none() && least.plan.offers.is_empty());
    assert_eq!(least.config_hash, open(&format!("{LEAST}[plan]\nbudget = 1.0\n")).unwrap().config_hash);
    for (section, expected) in [
        ("[plan]\nbudgett = 1", "unknown key \"budgett\"; did you mean \"budget\"?"),
        ("[plan]\nbudget = -1", "plan.budget: expected an amount of 0 or more, found -1"),
        ("[plan]\nhold_out = 0.6", "plan.hold_out: expected a share from 0 to 0.5, found 0.6"),
        ("[plan]\nhold_out = 0.1\npower = 0.9", "expected either hold_out"),
        ("[plan]\ncapacity = { phone = -1 }", "plan.capacity.phone: expected a whole number of 0 or more, found -1"),
        ("[plan]\ncontact_allowed = \"yes\"", "plan.contact_allowed: expected \"all\""),
        ("[plan]\nresponse = { saved = 1.2, taken_anyway = 0 }", "plan.response.saved: expected a share from 0 to 1"),
        ("[plan]\nmargin = 0", "plan.margin: expected a share above 0"),
        ("[[offers.catalogue]]\nname = \"a\"\ncost = 1\ncolour = 2", "unknown key \"colour\""),
        (
            "[[offers.catalogue]]\nname = \"a\"\ncost = 1\n[[offers.catalogue]]\nname = \"a\"\ncost = 2",
            "found \"a\" twice",
        ),
        ("[offers]\npath = \"o.csv\"\ncolumns = { group = \"x\" }", "unknown name \"group\"; known here: customer_id"),
    ] {
        let found = refusal(&format!("{LEAST}{section}\n"));
        assert!(found.contains(expected), "{section}: {found}");
    }
}

#[test]
fn columns_are_mapped_by_name() {
    let text = "[transactions]\npath = \"orders.csv\"\ncolumns = { customer_id = \"Customer\", product = \"SKU\" }\n";
    let project = open(text).unwrap();
    assert_eq!(project.spec().transactions.customer_id, "Customer");
    assert_eq!(project.spec().transactions.product.as_deref(), Some("SKU"));
}

#[test]
fn every_other_column_of_the_customers_can_group_them() {
    let text = format!(
        "{LEAST}[customers]\npath = \"c.csv\"\ncolumns = {{ signup_date = \"since\", tier = \"Tier\" }}\n[report]\nsegment_by = \"tier\"\n"
    );
    let project = open(&text).unwrap();
    assert_eq!((project.report_segment.as_deref(), &project.training_segment), (Some("tier"), &None));
    let trained = open(&text.replace("[report]", "[training]")).unwrap();
    assert_eq!((&trained.report_segment, trained.training_segment.as_deref()), (&None, Some("tier")));
    assert_ne!(trained.config_hash, project.config_hash, "the report changes no model, segments of training do");
    let other = open(&text.replace("[report]", "[training]").replace("\"Tier\"", "\"Level\"")).unwrap();
    assert_ne!(other.config_hash, trained.config_hash, "another column under the same name");
    let customers = project.spec().customers.clone().unwrap();
    assert_eq!(customers.signup_date.as_deref(), Some("since"));
    assert_eq!(customers.segments, [("tier".to_owned(), "Tier".to_owned())]);
}

#[test]
fn dates_and_flags_of_the_customers_are_no_groups() {
    let columns = "{ contract_end = \"until\", contact_allowed = \"mail\", owner = \"owner\" }";
    let text = format!("{LEAST}[customers]\npath = \"c.csv\"\ncolumns = {columns}\n");
    let customers = open(&text).unwrap().spec().customers.clone().unwrap();
    assert_eq!(
        (customers.contract_end.as_deref(), customers.contact_allowed.as_deref()),
        (Some("until"), Some("mail"))
    );
    assert_eq!(customers.segments, [("owner".to_owned(), "owner".to_owned())]);
    let found = refusal(&format!("{text}[report]\nsegment_by = \"contract_end\"\n"));
    assert!(found.contains("expected a text column that [customers] columns maps (mapped: owner)"), "{found}");
}

#[test]
fn what_was_found_is_shown_in_one_line() {
    let text = format!("{LEAST}[customers]\npath = \"c.csv\"\ncolumns = {{ owner = \"owner\" }}\n");
    let found = refusal(&format!("{text}[report]\nsegment_by = \"own\\n_er\\u001b\"\n"));
    assert!(found.contains(r#"(mapped: owner), found "own\n_er\u{1b}""#), "{found}");
}

#[test]
fn events_and_departures_are_mapped_like_other_tables() {
    let text = format!(
        "{LEAST}[events]\npath = \"e.parquet\"\ndecimal = \",\"\ncolumns = {{ type = \"what\", value = \"points\", recorded_at = \"loaded\" }}\n\
         [departures]\npath = \"gone.csv\"\ndate_format = \"%d.%m.%Y\"\n"
    );
    let project = open(&text).unwrap();
    let events = project.spec().events.clone().unwrap();
    assert_eq!(
        (events.kind.as_str(), events.customer_id.as_str(), events.table.decimal),
        ("what", "customer_id", b',')
    );
    assert_eq!((events.value.as_deref(), events.recorded_at.as_deref()), (Some("points"), Some("loaded")));
    assert_eq!((events.channel, events.resolved_at), (None, None));
    assert_eq!(events.table.path, project.folder.join("e.parquet"));
    let departures = project.spec().departures.clone().unwrap();
    assert_eq!((departures.kind.as_str(), departures.reason), ("kind", None));
    assert_eq!(departures.table.date_format.as_deref(), Some("%d.%m.%Y"));

    for (section, expected) in [
        ("[events]\n", "[events]: expected a path, found none"),
        ("[departures]\npath = \"\"\n", "[departures] path: expected the name of a file, found nothing"),
        ("[events]\nquery = \"select 1\"\n", "[events] query: expected source beside it"),
        ("[departures]\nsource = \"env:PG\"\n", "[departures] source: expected query beside it"),
        ("[events]\npath = \"e.csv\"\ncolumns = { kind = \"x\" }\n", "unknown name \"kind\"; known here: customer_id"),
        ("[events]\npath = \"e.csv\"\ncolumns = { resolved = \"x\" }\n", "did you mean \"resolved_at\"?"),
        ("[events]\npath = \"e.csv\"\ndecimal = \";\"\n", "events.decimal: expected \".\" or \",\""),
        ("[departures]\npath = \"d.csv\"\nreturns = \"net\"\n", "unknown key \"returns\""),
    ] {
        let found = refusal(&format!("{LEAST}{section}"));
        assert!(found.starts_with("churn.toml: line ") && found.contains(expected), "{section}: {found}");
    }
}

#[test]
fn a_churn_definition_is_read_with_its_defaults() {
    let days = |days: u16| history::Days::new(days).unwrap();
    let gone = "[departures]\npath = \"gone.csv\"\n";
    for (lines, expected) in [
        ("", Definition::Inactivity),
        ("definition = \"cadence\"", Definition::Cadence { multiple: 3.0, min: days(30) }),
        ("definition = \"cadence\"\nmultiple = 2\nmin = \"7d\"", Definition::Cadence { multiple: 2.0, min: days(7) }),
        ("definition = \"cadence\"\nhorizon = \"20d\"", Definition::Cadence { multiple: 3.0, min: days(20) }),
        ("definition = \"departure\"", Definition::Departure { include_involuntary: false }),
        ("definition = \"departure\"\ninclude_involuntary = true", Definition::Departure { include_involuntary: true }),
    ] {
        let text = format!("{LEAST}{gone}[churn]\n{lines}\n");
        let churn = open(&text).unwrap().churn;
        assert_eq!(churn.definition, expected, "{lines}");
        let departs = matches!(expected, Definition::Departure { .. });
        assert_eq!(churn.eligibility().excludes_departed, departs, "{lines}");
    }
}

#[test]
fn a_look_back_is_two_years_unless_it_is_said_to_be_another() {
    let days = history::Days::new;
    let text = |lines: &str| format!("{LEAST}[churn]\n{lines}\n");
    assert_eq!(open(LEAST).unwrap().churn.lookback, days(730));
    assert_eq!(open(&text("lookback = \"400d\"")).unwrap().churn.lookback, days(400));
    assert_eq!(open(&text("lookback = \"all\"")).unwrap().churn.lookback, None);
    assert_eq!(open(&text("active_within = \"800d\"")).unwrap().churn.lookback, days(800));
    let found = refusal(&text("lookback = \"90d\""));
    assert!(found.contains("line 4, column 12: churn.lookback: expected at least active_within (\"180d\")"), "{found}");
}

#[test]
fn unknown_keys_are_refused_with_their_place_and_what_was_meant() {
    assert_eq!(
        refusal(&format!("{LEAST}[churn]\nhorizn = \"90d\"\n")),
        "churn.toml: line 4, column 1: unknown key \"horizn\"; did you mean \"horizon\"?; known here: definition, \
         multiple, min, include_involuntary, horizon, active_within, lead, lookback, complete_through"
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
        (
            "[churn]\ndefinition = \"gone\"",
            "expected one of \"inactivity\", \"cadence\", \"departure\", found \"gone\"",
        ),
        (
            "[churn]\ndefinition = \"departure\"",
            "line 4, column 14: churn.definition \"departure\": expected a section [departures]",
        ),
        ("[churn]\nmultiple = 3.0", "line 4, column 12: churn.multiple: belongs to definition = \"cadence\", found"),
        ("[churn]\nmin = \"3d\"", "churn.min: belongs to definition = \"cadence\", found definition = \"inactivity\""),
        (
            "[churn]\ndefinition = \"cadence\"\ninclude_involuntary = false",
            "line 5, column 23: churn.include_involuntary: belongs to definition = \"departure\"",
        ),
        (
            "[churn]\ndefinition = \"cadence\"\nmultiple = 0.5",
            "churn.multiple: expected a number from 1 to 100, found 0.5",
        ),
        (
            "[churn]\ndefinition = \"cadence\"\nmultiple = nan",
            "churn.multiple: expected a number from 1 to 100, found NaN",
        ),
        (
            "[churn]\ndefinition = \"cadence\"\nmin = \"91d\"",
            "churn.min: expected at most the horizon (\"90d\"), found",
        ),
        ("[churn]\nlookback = \"ever\"", "churn.lookback: expected \"all\" or a number of days such as \"730d\""),
        ("[training]\nsegment_by = \"region\"", "training.segment_by: expected a text column"),
        ("[training]\nseed = -1", "line 4, column 8: invalid value: integer `-1`, expected u64"),
        ("[report]\nsegment_by = \"region\"", "none is mapped"),
        (
            "[offers]\n[[offers.catalogue]]\nname = \"a\"\ncost = -1.0",
            "cost of \"a\": expected an amount of 0 or more, found -1",
        ),
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
    let customers = open("[transactions]\npath = \"o.csv\"\n[customers]\npath = \"c-*.csv.gz\"\n").unwrap();
    assert!(customers.spec().customers.as_ref().unwrap().table.path.ends_with("c-*.csv.gz"));
    let query = "[transactions]\nquery = \"select 1\"\nsource = \"env:CHURN_PG\"\ndecimal = \",\"\n";
    let table = open(query).unwrap().spec().transactions.table.clone();
    assert_eq!((table.path.to_str(), table.decimal), (Some("query of [transactions]"), b','));
    assert_eq!(table.query.map(|query| query.source().to_owned()).as_deref(), Some("env:CHURN_PG"));
    for (more, expected) in [
        ("path = \"orders.csv\"\n", "path: expected a path or a query, found both"),
        ("encoding = \"utf-8\"\n", "encoding: expected a path beside it, found a query"),
        ("skip_rows = 1\n", "skip_rows: expected a path beside it, found a query"),
    ] {
        assert!(refusal(&format!("{query}{more}")).contains(expected), "{more}");
    }
    assert!(refusal(&query.replace("select 1", " ")).contains("query: expected a query in SQL, found nothing"));
    let leaked = refusal(&query.replace("env:CHURN_PG", "postgres://u:canary@h/d"));
    assert!(leaked.contains("transactions.source: expected \"env:NAME\"") && !leaked.contains("canary"), "{leaked}");
    let both = "[transactions]\npath = \"a.csv\"\ncolumns = { margin = \"m\", cost = \"c\" }\n";
    assert!(refusal(both).contains("expected margin or cost, found both"));
}

#[test]
fn a_table_says_how_its_files_are_written() {
    let keys = "encoding = \"cp1251\"\nskip_rows = 3\ndelimiter = \";\"\ndecimal = \",\"\n";
    let project = open(&format!("[transactions]\npath = \"o.csv\"\n{keys}[events]\npath = \"e.csv\"\n")).unwrap();
    let table = &project.spec().transactions.table;
    assert_eq!(table.encoding, history::Encoding::of_label("windows-1251"));
    assert_eq!((table.skip_rows, table.delimiter, table.decimal), (3, Some(b';'), b','));
    let events = &project.spec().events.as_ref().unwrap().table;
    assert_eq!((events.encoding, events.skip_rows, events.delimiter, events.decimal), (None, 0, None, b'.'));
    for (line, words) in [
        ("encoding = \"cp9999\"", "transactions.encoding: expected the label of an encoding"),
        ("delimiter = \"||\"", "transactions.delimiter: expected one sign"),
        ("skip_rows = -1", "skip_rows"),
        ("skip_rows = \"3\"", "skip_rows"),
        ("skiprows = 3", "unknown key \"skiprows\"; did you mean \"skip_rows\"?"),
    ] {
        let found = refusal(&format!("[transactions]\npath = \"o.csv\"\n{line}\n"));
        assert!(found.starts_with("churn.toml: line ") && (found.contains(words) || words == "skip_rows"), "{found}");
    }
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
        "[transactions]\npath = \"orders.csv\"\n[events]\npath = \"e.csv\"\n",
        "[transactions]\npath = \"orders.csv\"\ncolumns = { quantity = \"pieces\" }\n",
        "[transactions]\npath = \"orders.csv\"\ncolumns = { category = \"group\" }\n",
        "[transactions]\npath = \"orders.csv\"\n[customers]\npath = \"c.csv\"\ncolumns = { signup_date = \"since\" }\n",
    ] {
        assert_ne!(hash(other), base, "{other}");
    }
    let gone = format!("{LEAST}[departures]\npath = \"gone.csv\"\n");
    assert_eq!(hash(&gone), base, "departures say who churned only where the definition asks them");
    let mut all: Vec<String> = [
        "",
        "lookback = \"all\"",
        "definition = \"cadence\"",
        "definition = \"cadence\"\nmultiple = 2.5",
        "definition = \"cadence\"\nmin = \"20d\"",
        "definition = \"departure\"",
        "definition = \"departure\"\ninclude_involuntary = true",
    ]
    .iter()
    .map(|lines| open(&format!("{gone}[churn]\n{lines}\n")).unwrap().config_hash)
    .collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 7);
}

#[test]
fn questions_without_an_answer_are_refused_whatever_stands_below_them() {
    let text =
        format!("{LEAST}  # QUESTION: transactions.returns: what do negative amounts mean?\n# returns = \"net\"\n");
    let found = refusal(&text);
    assert!(
        found.starts_with(
            "churn.toml: line 3, column 3: a question of churn init has no answer: transactions.returns: what"
        ),
        "{found}"
    );
    assert!(found.ends_with("take the line of the question out") && !found.contains("more"), "{found}");
    assert!(refusal(&format!("{text}# QUESTION: b\n# QUESTION: c\n")).contains("and 2 questions more"));
    open(&text.replace("# QUESTION:", "#")).unwrap();
}

#[path = "../../../../tests/fuzz/mod.rs"]
mod fuzz;

/// Changed project files: read, or refused in one line that names the file. `tests/fuzz.sh` runs it for as long as it is told.
#[test]
fn changed_project_files_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("churn.toml");
    let whole = "name = \"acme\"\ntimezone = \"Europe/Bucharest\"\ncurrency = \"EUR\"\nlanguage = \"en\"\n\
                 normalize_ids = [\"nfc\", \"lower_case\"]\n\
                 [transactions]\npath = \"o-*.csv.gz\"\ndate_format = \"%d/%m/%Y\"\ndecimal = \",\"\nthousands = \".\"\nskip_rows = 2\n\
                 encoding = \"cp1251\"\nreturns = \"separate\"\nmanifest = \"_SUCCESS\"\ncancelled_prefix = \"C\"\n\
                 columns = { order_id = \"Invoice\", unit_price = \"P\", quantity = \"Q\", channel = \"c\" }\n\
                 [customers]\nquery = \"select * from c\"\nsource = \"env:PG\"\ncolumns = { region = \"r\" }\n\
                 [events]\npath = \"e.parquet\"\nint96 = \"utc\"\n[departures]\npath = \"d.ndjson\"\n\
                 [churn]\ndefinition = \"cadence\"\nmultiple = 2.5\nmin = \"14d\"\nhorizon = \"90d\"\nlead = \"7d\"\nlookback = \"all\"\n\
                 [training]\nevery = \"30d\"\nseed = 7\nhorizons = [\"30d\", \"60d\"]\n[report]\nsegment_by = \"region\"\n\
                 [features]\nalso = [\"channel_mix\", \"attribute:region\"]\nwithout = [\"recency_days\"]\n\
                 [[features.own]]\nname = \"n\"\ncount = \"purchases\"\n";
    let corpus =
        [whole, LEAST, include_str!("../../../../data/sample/churn.toml")].map(|text| text.as_bytes().to_vec());
    fuzz::run(
        "config",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            std::fs::write(&path, bytes).unwrap();
            if let Err(error) = Project::open(&path) {
                let message = error.to_string();
                assert!(message.contains("churn.toml: ") && !message.contains('\n'), "{message}");
            }
        },
    );
}
