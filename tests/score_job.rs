//! `churn score` as a nightly job: in batches, in parts, incrementally, and stopped in the middle.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Folder;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A company with events and customers, and a model of it.
fn company(customers: &str) -> Folder {
    let folder = Folder::empty();
    let options =
        ["--customers", customers, "--seed", "5", "--from", "2025-01-01", "--to", "2026-01-01", "--horizon", "30d"];
    let ended = folder.churn("simulate", &options);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    folder.write("churn.toml", &format!("{project}\n[training]\nhorizons = [\"60d\"]\n"));
    folder
}

fn trained(customers: &str) -> Folder {
    let folder = company(customers);
    let ended = folder.churn("train", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    folder
}

const TABLES: [&str; 4] = ["scores.csv", "scores.parquet", "horizons.csv", "horizons.parquet"];

fn tables(folder: &Folder, out: &str) -> BTreeMap<&'static str, Vec<u8>> {
    TABLES.into_iter().map(|name| (name, folder.read(&format!("{out}/{name}")))).collect()
}

fn score(folder: &Folder, options: &[&str]) -> Value {
    let ended = folder.churn("score", &[options, &["--json"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    serde_json::from_str(&ended.stdout).expect("JSON")
}

/// A generator of numbers: xorshift64*, Vigna 2016.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }
}

#[test]
fn parts_hold_the_same_rows_and_the_manifest_tells_them() {
    let folder = trained("300");
    score(&folder, &[]);
    let whole = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    for options in [["--partitions", "4"], ["--partitions", "1"], ["--partition-rows", "1000"]] {
        let answer = score(&folder, &options);
        assert!(!folder.path("out/scores.csv").exists() && !folder.path("out/scores.parquet").exists());
        let manifest: Value = serde_json::from_slice(&folder.read("out/scores/manifest.json")).expect("JSON");
        let files = manifest["files"].as_array().expect("a list");
        let mut rows = String::new();
        for file in files {
            let name = file["name"].as_str().expect("text");
            let bytes = folder.read(&format!("out/scores/{name}"));
            let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!((&file["sha256"], file["bytes"].as_u64()), (&sum.into(), Some(bytes.len() as u64)));
            if name.ends_with(".csv") {
                let text = String::from_utf8(bytes).expect("text");
                let skip = if rows.is_empty() { 0 } else { 1 };
                assert_eq!(file["rows"].as_u64(), Some(text.lines().count() as u64 - 1));
                rows.extend(text.split_inclusive('\n').skip(skip));
            }
        }
        assert!(rows == whole, "{options:?}");
        assert_eq!(manifest["rows"].as_u64(), Some(whole.lines().count() as u64 - 1));
        assert_eq!(folder.names("out/scores").len(), files.len() + 1);
        let told = answer["result"]["files"].as_array().expect("a list");
        assert!(told.iter().all(|file| Path::new(file.as_str().expect("text")).exists()));
    }
    // One file again: no parts of other scores stand beside it.
    score(&folder, &[]);
    assert!(!folder.path("out/scores").exists());
    assert!(folder.read("out/scores.csv") == whole.as_bytes());
    assert!(!folder.names("out").iter().any(|name| name.starts_with(".churn")), "{:?}", folder.names("out"));
    // A folder that is not ours stays.
    std::fs::create_dir(folder.path("out/scores")).expect("a new folder");
    folder.write("out/scores/notes.txt", "mine");
    score(&folder, &[]);
    assert_eq!(folder.names("out/scores"), ["notes.txt"]);
    for options in [["--partitions", "0"], ["--partitions", "10001"], ["--partition-rows", "10"]] {
        assert_eq!(folder.churn("score", &options).code, 2, "{options:?}");
    }
}

/// Changes of the exports between two nights.
fn change(folder: &Folder, numbers: &mut Numbers) -> &'static str {
    let edit = |name: &str, numbers: &mut Numbers, of: &dyn Fn(&mut Vec<String>, &mut Numbers)| {
        let text = String::from_utf8(folder.read(name)).expect("text");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        of(&mut lines, numbers);
        folder.write(name, &format!("{}\n", lines.join("\n")));
    };
    let some = |lines: &[String], numbers: &mut Numbers| 1 + numbers.below(lines.len() - 1);
    match numbers.below(8) {
        0 => {
            edit("transactions.csv", numbers, &|lines, numbers| {
                for _ in 0..3 {
                    let at = some(lines, numbers);
                    lines.remove(at);
                }
            });
            "purchases were taken away"
        }
        1 => {
            edit("transactions.csv", numbers, &|lines, numbers| {
                for n in 0..5 {
                    let at = some(lines, numbers);
                    let mut cells: Vec<String> = lines[at].split(',').map(str::to_owned).collect();
                    cells[1] = format!("2025-{:02}-{:02}T10:00:00", 1 + numbers.below(12), 1 + numbers.below(28));
                    cells[3] = format!("new-{n}-{}", numbers.below(1_000_000));
                    lines.push(cells.join(","));
                }
            });
            "purchases came late"
        }
        2 => {
            edit("transactions.csv", numbers, &|lines, numbers| {
                let at = some(lines, numbers);
                let mut cells: Vec<String> = lines[at].split(',').map(str::to_owned).collect();
                cells[2] = format!("{}.37", 1 + numbers.below(90));
                lines[at] = cells.join(",");
            });
            "an amount was corrected"
        }
        3 => {
            edit("transactions.csv", numbers, &|lines, numbers| {
                // After the as-of date: nobody changes.
                for n in 0..5 {
                    let at = some(lines, numbers);
                    let mut cells: Vec<String> = lines[at].split(',').map(str::to_owned).collect();
                    cells[1] = format!("2026-01-{:02}T10:00:00", 2 + numbers.below(20));
                    cells[3] = format!("after-{n}-{}", numbers.below(1_000_000));
                    lines.push(cells.join(","));
                }
            });
            "later purchases came"
        }
        4 => {
            edit("events.csv", numbers, &|lines, numbers| {
                let at = some(lines, numbers);
                lines.remove(at);
                let at = some(lines, numbers);
                let id = lines[at].split(',').next().unwrap_or_default().to_owned();
                lines.push(format!("{id},2025-11-{:02}T09:00:00,complaint,,email,", 1 + numbers.below(28)));
            });
            "events changed"
        }
        5 => {
            edit("customers.csv", numbers, &|lines, numbers| {
                let (from, to) = (some(lines, numbers), some(lines, numbers));
                let region = lines[from].split(',').nth(3).unwrap_or_default().to_owned();
                let mut cells: Vec<String> = lines[to].split(',').map(str::to_owned).collect();
                cells[3] = region;
                lines[to] = cells.join(",");
            });
            "a customer moved"
        }
        6 => {
            edit("transactions.csv", numbers, &|lines, numbers| {
                let id = format!("A{:05}", numbers.below(100_000));
                for day in [3, 9, 20] {
                    lines.push(format!("{id},2025-11-{day:02}T12:00:00,20.50,{id}-{day},1,0.00,5.00,P001,toys,app"));
                }
            });
            "a customer came, whose id is before all others"
        }
        _ => {
            edit("transactions.csv", numbers, &|lines, numbers| {
                // The order of rows is nothing.
                let at = some(lines, numbers);
                let row = lines.remove(at);
                lines.push(row);
            });
            "rows changed places"
        }
    }
}

#[test]
fn an_incremental_run_writes_the_bytes_of_a_full_one_whatever_changed() {
    let folder = trained("250");
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let elsewhere = folder.path("full").display().to_string();
    let common = ["--as-of", "2026-01-01"];
    let first = score(&folder, &[&common[..], &["--incremental"]].concat());
    assert_eq!(first["result"]["incremental"]["full_because"], "first_run");
    let mut taken = 0;
    for round in 0..24 {
        let what = change(&folder, &mut numbers);
        let answer = score(&folder, &[&common[..], &["--incremental"]].concat());
        score(&folder, &[&common[..], &["--out", &elsewhere]].concat());
        let (found, expected) = (tables(&folder, "out"), tables(&folder, "full"));
        for name in TABLES {
            assert!(found[name] == expected[name], "round {round}, {what}: {name}");
        }
        let incremental = &answer["result"]["incremental"];
        let count = |name: &str| incremental[name].as_u64().expect("a count");
        if incremental.get("full_because").is_none() {
            assert!(count("scored") < 30, "round {round}, {what}: {incremental}");
            if what.starts_with("later purchases") || what.starts_with("rows changed") {
                assert_eq!(count("scored"), 0, "round {round}, {what}");
            }
            taken += 1;
        }
    }
    assert!(taken > 15, "{taken}");
    // Another thread count takes over what one thread kept, and in parts it is the same too.
    let answer = score(&folder, &[&common[..], &["--incremental", "--threads", "1", "--partitions", "3"]].concat());
    assert_eq!(answer["result"]["incremental"]["scored"], 0);
}

#[test]
fn nothing_is_taken_over_that_answers_another_question() {
    let folder = trained("200");
    let run = |options: &[&str]| score(&folder, &[options, &["--incremental"]].concat());
    run(&["--as-of", "2026-01-01"]);
    let because = |answer: &Value| answer["result"]["incremental"]["full_because"].clone();
    assert_eq!(because(&run(&["--as-of", "2026-01-01"])), Value::Null);
    assert_eq!(because(&run(&["--as-of", "2025-12-31"])), "other_question", "a day passed, and every recency with it");
    let mut state = folder.read("out/scores.state");
    let middle = state.len() / 2;
    state[middle] ^= 1;
    std::fs::write(folder.path("out/scores.state"), state).expect("writable");
    let answer = run(&["--as-of", "2025-12-31"]);
    assert_eq!(because(&answer), "damaged");
    assert!(answer["warnings"].to_string().contains("scores.state: expected what an earlier run kept"), "{answer}");
    assert_eq!(because(&run(&["--as-of", "2025-12-31"])), Value::Null);
    // It holds ids and scores.
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(folder.path("out/scores.state")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Starts the program, sends it a signal after a while, and waits for its end.
fn stopped(folder: &Folder, arguments: &[&str], after: Duration, signal: &str) -> (i32, String, String) {
    let place = folder.path("").display().to_string();
    let mut arguments: Vec<&str> = arguments.to_vec();
    arguments.insert(1, &place);
    let child = Command::new(env!("CARGO_BIN_EXE_churn"))
        .args(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    std::thread::sleep(after);
    let pid = child.id().to_string();
    // Twice: the second one changes nothing. It may have ended before.
    for _ in 0..2 {
        let _ = Command::new("kill").args([signal, &pid]).stderr(Stdio::null()).status();
    }
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn a_signal_ends_a_run_in_order_and_the_next_one_finishes_the_work() {
    let folder = trained("2000");
    score(&folder, &["--no-cache"]);
    let expected = tables(&folder, "out");
    let began = Instant::now();
    score(&folder, &["--no-cache"]);
    let whole = began.elapsed();
    let mut codes = BTreeMap::new();
    for round in 0..24_u32 {
        let after = whole * round / 24;
        let (signal, code) = if round % 2 == 0 { ("-TERM", 143) } else { ("-INT", 130) };
        let arguments: &[&str] = match round % 4 {
            0 | 1 => &["score", "--no-cache", "--json"],
            2 => &["score", "--no-cache", "--json", "--incremental"],
            _ => &["features", "--no-cache", "--json"],
        };
        let (found, stdout, stderr) = stopped(&folder, arguments, after, signal);
        // A signal in the first moments, before anybody waits for it, ends the program as it always does.
        assert!([code, 0, -1].contains(&found), "round {round}: {found}: {stderr}");
        *codes.entry(found).or_insert(0) += 1;
        if found == code {
            let answer: Value = serde_json::from_str(&stdout).expect("JSON");
            assert_eq!(answer["exit_code"], code);
            assert_eq!(answer["error"]["kind"], if code == 143 { "terminated" } else { "interrupted" });
            let names = folder.names("out");
            assert!(!names.iter().any(|name| name.starts_with(".churn")), "round {round}: {names:?}");
        }
        assert!(tables(&folder, "out") == expected, "round {round}");
    }
    assert!(codes.keys().any(|code| *code > 0), "no round was stopped in order: {codes:?}");
    score(&folder, &["--no-cache"]);
    assert!(tables(&folder, "out") == expected);
    assert!(!folder.names("out").iter().any(|name| name.starts_with(".churn")));
}

#[test]
fn train_and_run_can_be_stopped_too() {
    let folder = company("1500");
    for (round, command) in ["train", "run", "train", "run"].into_iter().enumerate() {
        let after = Duration::from_millis(60 + 150 * round as u64);
        let (code, _, stderr) = stopped(&folder, &[command, "--no-cache"], after, "-TERM");
        assert!([143, 0, -1].contains(&code), "{code}: {stderr}");
        if code == 143 {
            assert!(stderr.contains("stopped by SIGTERM"), "{stderr}");
        }
        for name in folder.names("models/acme") {
            assert!(!name.starts_with(".churn"), "{name}");
        }
    }
    assert_eq!(folder.churn("run", &[]).code, 0);
}

#[test]
fn logs_are_lines_with_a_time_a_level_and_an_event_and_hold_nothing_of_a_customer() {
    let folder = trained("200");
    // Values that stand nowhere else: in an id, a text of the customer, and cells that cannot be read.
    let orders = String::from_utf8(folder.read("transactions.csv")).expect("text");
    let canaries = ["CANARYID", "CANARYCELL", "CANARYDATE"];
    let rows = "CANARYID,2025-11-03T12:00:00,20.50,x1,1,0.00,5.00,P001,toys,app\n\
                CANARYID,CANARYDATE,20.50,x2,1,0.00,5.00,P001,toys,app\n\
                CANARYID,2025-11-05T12:00:00,CANARYCELL,x3,1,0.00,5.00,P001,toys,app\n";
    folder.write("transactions.csv", &format!("{orders}{rows}"));
    for options in [
        &["--log", "json", "--max-rejects", "5"][..],
        &["--log", "text", "--max-rejects", "5"],
        &["--log", "json", "--max-rejects", "0"],
    ] {
        let ended = folder.churn("score", options);
        for canary in canaries {
            assert!(
                !ended.stderr.contains(canary) && !ended.stdout.contains(canary),
                "{}{}",
                ended.stdout,
                ended.stderr
            );
        }
        if options[1] == "text" {
            continue;
        }
        let lines: Vec<Value> = ended.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        for line in &lines {
            assert!(["time", "level", "event", "message"].iter().all(|field| line[*field].is_string()), "{line}");
        }
        let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
        assert_eq!((events[0], events[events.len() - 1]), ("start", "end"), "{events:?}");
        assert_eq!(lines[0]["fields"]["command"], "score");
        assert_eq!(lines[lines.len() - 1]["fields"]["exit_code"], ended.code);
        if ended.code == 0 {
            let batch = lines.iter().find(|line| line["event"] == "batch").expect("a batch");
            assert!(batch["fields"]["done"].is_u64() && batch["fields"]["of"].is_u64(), "{batch}");
        } else {
            assert!(events.contains(&"error"), "{events:?}");
        }
    }
}
