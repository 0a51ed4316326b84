//! A contract between runs: what a model remembers of its export, and what becomes of an export that is no longer like it.

mod common;

use common::{Ended, Folder};

/// Ids as a shop writes them, from a number.
type Id = fn(u32) -> String;

fn padded(n: u32) -> String {
    format!("{n:06}")
}

struct Shop {
    folder: Folder,
}

const PROJECT: &str = "name = \"shop\"\ncurrency = \"EUR\"\n[transactions]\npath = \"orders.csv\"\n\
                       columns = { order_id = \"order\", quantity = \"pieces\" }\n[churn]\nhorizon = \"60d\"\nactive_within = \"120d\"\n\
                       complete_through = \"2026-01-01\"\n";

/// Purchases of 900 customers over two years; a third of them stop at some time. Amounts times `scale`.
fn orders(id: Id, scale: f64, zone: &str) -> String {
    let mut text = "customer_id,timestamp,amount,order,pieces\n".to_owned();
    let mut state = 7_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let start: history::Date = "2024-01-01".parse().expect("a date");
    let mut order = 0;
    for n in 1..=900 {
        let (mut day, ends) =
            ((draw() * 300.0) as i32, if draw() < 0.45 { 250 + (draw() * 480.0) as i32 } else { 731 });
        let pause = 8.0 + 30.0 * draw();
        while day < ends {
            order += 1;
            let amount = scale * (5.0 + 60.0 * draw());
            text.push_str(&format!(
                "{},{}T12:00:00{zone},{amount:.2},O{order},{}\n",
                id(n),
                start.plus_days(day),
                1 + order % 3
            ));
            day += 1 + (pause * (0.3 + 1.4 * draw())) as i32;
        }
    }
    text
}

impl Shop {
    fn trained() -> Self {
        let folder = Folder::shop(PROJECT, &orders(padded, 1.0, ""));
        let trained = folder.churn("train", &[]);
        assert_eq!(trained.code, 0, "{}", trained.stderr);
        let scored = folder.churn("score", &["--json"]);
        assert_eq!(scored.code, 0, "{}", scored.stderr);
        let answer: serde_json::Value = serde_json::from_str(&scored.stdout).expect("JSON");
        assert_eq!(answer["result"]["drift"], serde_json::json!([]), "the export that it was trained on");
        Self { folder }
    }

    fn score(&self, orders: &str) -> Ended {
        self.folder.write("orders.csv", orders);
        self.folder.churn("score", &["--json"])
    }

    /// The export is refused with this code and these words, and the scores of before stay.
    fn refuses(&self, orders: &str, code: &str, words: &[&str]) {
        let before = self.folder.read("out/scores.csv");
        let ended = self.score(orders);
        assert_eq!(ended.code, 3, "{}", ended.stdout);
        let answer: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
        assert_eq!(answer["error"]["code"], code, "{answer}");
        let message = answer["error"]["message"].as_str().expect("a message");
        for word in words {
            assert!(message.contains(word), "{word}: {message}");
        }
        assert!(before == self.folder.read("out/scores.csv"));
    }
}

#[test]
fn a39_ids_that_are_written_in_another_way_are_refused() {
    let shop = Shop::trained();
    // Leading zeros were lost, as where a column of text became one of numbers.
    shop.refuses(
        &orders(|n| n.to_string(), 1.0, ""),
        "other_ids",
        &["\"09\"", "in other forms: \"9\"", "train the model again"],
    );
    // Numbers became text.
    shop.refuses(
        &orders(|n| format!("C{n:06}"), 1.0, ""),
        "other_ids",
        &["100.0 % of 895 ids in other forms: \"A09\""],
    );
    // Numbers passed through floating point.
    shop.refuses(&orders(|n| format!("{n}.0"), 1.0, ""), "other_ids", &["\"9.9\""]);
    // One id in a hundred of another form is no other export.
    let few = orders(|n| if n % 100 == 0 { format!("X{n}") } else { padded(n) }, 1.0, "");
    assert_eq!(shop.score(&few).code, 0);
}

#[test]
fn a81_a_column_of_another_type_is_refused_and_another_unit_warned_of() {
    let shop = Shop::trained();
    let zoned = orders(padded, 1.0, "Z");
    shop.refuses(
        &zoned,
        "changed_column",
        &["timestamp of [transactions]", "timestamps without an offset", "with an offset"],
    );
    // Cents instead of euros.
    let cents = shop.score(&orders(padded, 100.0, ""));
    assert_eq!(cents.code, 0, "{}", cents.stdout);
    let answer: serde_json::Value = serde_json::from_str(&cents.stdout).expect("JSON");
    let drift = answer["result"]["drift"].as_array().expect("a list");
    assert!(
        !drift.is_empty() && drift[0]["psi"].as_f64().expect("a number") > 1.0 && drift[0]["clear"] == true,
        "{answer}"
    );
    assert!(drift.iter().any(|drift| drift["feature"].as_str().expect("a name").starts_with("monetary")), "{answer}");
    assert!(answer["warnings"].to_string().contains("[feature_drift]"), "{answer}");
}

#[test]
fn a80_a_column_that_a_model_needs_is_named_where_it_is_missing() {
    let shop = Shop::trained();
    let before = shop.folder.read("out/scores.csv");
    shop.folder.write("churn.toml", &PROJECT.replace(", quantity = \"pieces\"", ""));
    let ended = shop.folder.churn("score", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("it lacks quantity of [transactions]"), "{}", ended.stderr);
    shop.folder.write("churn.toml", PROJECT);
    let text = orders(padded, 1.0, "").replace("order,pieces", "order,pcs");
    shop.refuses(&text, "missing_column", &["\"pieces\" (mapped as quantity)", "\"pcs\""]);
    assert!(before == shop.folder.read("out/scores.csv"));
}

#[test]
fn a82_a_model_remembers_its_export_whatever_the_order_of_the_rows() {
    let shop = Shop::trained();
    let models = |shop: &Shop| shop.folder.names("models/shop");
    let before = models(&shop);
    let text = orders(padded, 1.0, "");
    let (header, rows) = text.split_once('\n').expect("a header");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    shop.folder.write("orders.csv", &format!("{header}\n{}\n", rows.join("\n")));
    let again = shop.folder.churn("train", &[]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(models(&shop), before, "the same model");
}

/// Trains on customers with one of so many regions; gives the most memory that it took, in KiB, and the size of the model file.
fn train_with_regions(regions: usize) -> (u64, usize) {
    const CUSTOMERS: u32 = 40_000;
    let folder = Folder::empty();
    let mut orders = "customer_id,timestamp,amount\n".to_owned();
    let mut customers = "customer_id,region\n".to_owned();
    let start: history::Date = "2024-01-01".parse().expect("a date");
    for n in 0..CUSTOMERS {
        customers.push_str(&format!("C{n:06},region {}\n", n as usize % regions));
        // Two in five stop some time, whoever they are.
        let last = if n * 7919 % 5 < 2 { 200 + (n * 31 % 500) as i32 } else { 731 };
        for day in ((n * 17 % 60) as i32..last).step_by(47) {
            orders.push_str(&format!("C{n:06},{},{}.50\n", start.plus_days(day), 5 + n % 40));
        }
    }
    folder.write("orders.csv", &orders);
    folder.write("customers.csv", &customers);
    let project = "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\n[customers]\npath = \"customers.csv\"\n\
                   columns = { region = \"region\" }\n[churn]\nhorizon = \"60d\"\nactive_within = \"120d\"\n\
                   complete_through = \"2026-01-01\"\n[features]\nalso = [\"attribute:region\"]\n";
    folder.write("churn.toml", project);
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_churn"))
        .args(["train", "--quiet", "--no-cache"])
        .arg(folder.path(""))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program can be started");
    let mut most = 0;
    let code = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", run.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        most = most.max(peak);
        if let Some(ended) = run.try_wait().expect("a child") {
            break ended.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert!(matches!(code, Some(0 | 7)), "{code:?}");
    let version = folder.names("models/shop").into_iter().find(|name| name != "champion").expect("a model");
    (most, folder.read(&format!("models/shop/{version}/model.json")).len())
}

#[test]
fn a79_as_many_levels_as_customers_take_no_more_memory_than_a_few() {
    let (few, _) = train_with_regions(5);
    let (many, model) = train_with_regions(40_000);
    // The two models find other terms, so that their designs differ by some hundred MiB; a column for each level would be 16 GiB.
    assert!(few > 0 && many < 2 * few, "{many} KiB with a level for each customer, {few} KiB with five");
    assert!(model < 2 << 20, "a model file of {model} bytes");
}
