//! From exports as shops write them to scores: `churn init` asks for what the exports do not prove, and nothing else has to
//! be written by hand.

mod common;
#[path = "common/retail.rs"]
mod retail;

use common::{Ended, Folder};
use retail::{Line, decimal, lines, plain, table};
use serde_json::Value;

fn object(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", ended.stdout, ended.stderr))
}

/// The questions of a run that has no answers, by key; the project file is taken away again.
#[track_caller]
fn questions(folder: &Folder, exports: &[&str]) -> Vec<String> {
    let ended = folder.churn_here(&[&["init"], exports, &["--json"]].concat());
    let found = object(&ended);
    let questions = found["result"]["questions"].as_array().unwrap_or_else(|| panic!("{found}"));
    assert_eq!(ended.code, if questions.is_empty() { 0 } else { 3 }, "{}", ended.stderr);
    let refused = folder.churn_here(&["check"]);
    if !questions.is_empty() {
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains("a question of churn init has no answer"), "{}", refused.stderr);
    }
    std::fs::remove_file(folder.path("churn.toml")).expect("the project file is there");
    questions.iter().map(|question| question["key"].as_str().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
fn init(folder: &Folder, exports: &[&str], answers: &[&str]) {
    let answers: Vec<&str> = answers.iter().flat_map(|answer| ["--answer", answer]).collect();
    let ended = folder.churn_here(&[&["init"], exports, &answers].concat());
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

/// What `churn check` says of the first table: rows, used, without a customer, rejected; and the hash of all that was read.
#[track_caller]
fn read(folder: &Folder) -> ([u64; 4], String) {
    let ended = folder.churn_here(&["check", "--json"]);
    let found = object(&ended);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let rows = &found["result"]["tables"][0];
    let count = |key: &str| rows[key].as_u64().unwrap_or_else(|| panic!("{key}: {rows}"));
    let fingerprint = found["result"]["fingerprint"].as_str().unwrap_or_default().to_owned();
    assert_eq!(fingerprint.len(), 64);
    ([count("rows"), count("used"), count("without_customer"), count("rejected")], fingerprint)
}

/// What the same lines are when nothing has to be declared.
fn expected(lines: &[Line], more: &str) -> ([u64; 4], String) {
    let (table, project) = plain(lines, more);
    let folder = Folder::shop(&project, &table);
    let known = lines.iter().filter(|line| line.customer.is_some()).count() as u64;
    let (counts, fingerprint) = read(&folder);
    assert_eq!(counts, [known, known, 0, 0]);
    (counts, fingerprint)
}

#[track_caller]
fn runs(folder: &Folder) {
    let ended = folder.churn_here(&["run", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let scored = object(&ended)["result"]["scores"]["eligible"].as_u64().unwrap_or_default();
    assert!(scored > 100, "{}", ended.stdout);
    assert!(folder.path("out/scores.csv").exists());
}

const RETAIL: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

fn retail_row(line: &Line) -> String {
    format!(
        "{},{},\"MUG, {}\",{},{},{},{},United Kingdom",
        line.order,
        line.product,
        line.product,
        line.pieces,
        line.day_first('/'),
        decimal(line.price, '.'),
        line.customer()
    )
}

#[test]
fn an_online_shop_with_unit_prices_cancellations_and_rows_without_a_customer() {
    let lines = lines();
    let strangers = lines.iter().filter(|line| line.customer.is_none()).count();
    assert!((0.17..0.23).contains(&(strangers as f64 / lines.len() as f64)), "{strangers} of {}", lines.len());
    let folder = Folder::empty();
    folder.write("retail.csv", &table(RETAIL, &lines, retail_row));
    let asked = questions(&folder, &["retail.csv"]);
    assert_eq!(asked, ["transactions.without_customer", "transactions.returns", "currency", "timezone"]);
    let answers =
        ["transactions.without_customer=drop", "transactions.returns=net", "currency=GBP", "timezone=Europe/London"];
    init(&folder, &["retail.csv"], &answers);
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    assert!(project.contains("date_format = \"%d/%m/%Y %H:%M\"  # proven by \"13/01/2024 "), "{project}");
    assert!(project.contains("unit_price = \"UnitPrice\"") && project.contains("quantity = \"Quantity\""), "{project}");
    let more = "timezone = \"Europe/London\"\ncurrency = \"GBP\"\n";
    let (known, fingerprint) = expected(&lines, more);
    let (counts, found) = read(&folder);
    assert_eq!(counts, [lines.len() as u64, known[0], strangers as u64, 0]);
    assert_eq!(found, fingerprint, "every amount, moment and id is what it is without declarations");
    let check = folder.churn_here(&["check"]);
    assert!(check.stderr.contains(&format!("{strangers} of {} rows have no customer and are left out", lines.len())));
    runs(&folder);
}

#[test]
fn semicolons_and_decimal_commas() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some() && line.pieces > 0).collect();
    let folder = Folder::empty();
    let header = "Nr. comandă;Data comenzii;Cod client;Cod produs;Cantitate;Valoare";
    let row = |line: &Line| {
        let amount = decimal(line.amount(), ',');
        format!("{};{};{};{};{};{amount}", line.order, line.day_first('.'), line.customer(), line.product, line.pieces)
    };
    folder.write("comenzi.csv", &table(header, &lines, row));
    assert_eq!(questions(&folder, &["comenzi.csv"]), ["currency", "timezone"]);
    init(&folder, &["comenzi.csv"], &["currency=RON", "timezone=Europe/Bucharest"]);
    let expected = expected(&lines, "timezone = \"Europe/Bucharest\"\ncurrency = \"RON\"\n");
    assert_eq!(read(&folder), expected);
    runs(&folder);
}

#[test]
fn russian_headers() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some()).collect();
    let folder = Folder::empty();
    let header = "Номер заказа;Дата и время;Код клиента;Артикул;Количество;Сумма, руб.";
    let row = |line: &Line| {
        let amount = decimal(line.amount(), ',');
        format!("{};{};{};{};{};{amount}", line.order, line.day_first('.'), line.customer(), line.product, line.pieces)
    };
    folder.write("заказы.csv", &table(header, &lines, row));
    assert_eq!(questions(&folder, &["заказы.csv"]), ["transactions.returns", "currency", "timezone"]);
    init(&folder, &["заказы.csv"], &["transactions.returns=net", "currency=RUB", "timezone=Europe/Moscow"]);
    let expected = expected(&lines, "timezone = \"Europe/Moscow\"\ncurrency = \"RUB\"\n");
    assert_eq!(read(&folder), expected);
    runs(&folder);
}

#[test]
fn russian_headers_in_an_encoding_that_nothing_proves() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some()).collect();
    let folder = Folder::empty();
    let header = "Номер заказа;Дата и время;Код клиента;Артикул;Количество;Сумма, руб.;Город";
    let row = |line: &Line| {
        let amount = decimal(line.amount(), ',');
        let (when, customer) = (line.day_first('.'), line.customer());
        format!("{};{when};{customer};{};{};{amount};Кишинёв", line.order, line.product, line.pieces)
    };
    let text = table(header, &lines, row);
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1251.encode(&text);
    assert!(!unmappable);
    std::fs::write(folder.path("orders.csv"), bytes).expect("the folder can be written");
    let asked = questions(&folder, &["orders.csv"]);
    assert_eq!(asked, ["transactions.encoding", "transactions.returns", "currency", "timezone"]);
    let more = ["transactions.returns=net", "currency=RUB", "timezone=Europe/Moscow"];
    init(&folder, &["orders.csv"], &[&["transactions.encoding=cp1251"], &more[..]].concat());
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    assert!(project.contains("encoding = \"cp1251\"  # answered"), "{project}");
    assert_eq!(read(&folder), expected(&lines, "timezone = \"Europe/Moscow\"\ncurrency = \"RUB\"\n"));
    runs(&folder);
    // Another answer makes other headers, and what they are not known for is asked.
    std::fs::remove_file(folder.path("churn.toml")).expect("there");
    let other = folder.churn_here(&["init", "orders.csv", "--answer", "transactions.encoding=koi8-r", "--json"]);
    assert_eq!(other.code, 3, "{}", other.stderr);
    let keys = object(&other)["result"]["questions"].to_string();
    assert!(keys.contains("transactions.columns.customer_id"), "{keys}");
}

#[test]
fn packed_files_and_objects_are_looked_at_like_any_other() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some() && line.pieces > 0).collect();
    let expected = expected(&lines, "");
    let answers = ["currency=none", "timezone=UTC"];
    let header = "customer_id,timestamp,amount,order_id,qty,sku";
    let csv = table(header, &lines, |line| {
        let amount = decimal(line.amount(), '.');
        format!("{},{},{amount},{},{},{}", line.customer(), line.iso(), line.order, line.pieces, line.product)
    });
    let folder = Folder::empty();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, csv.as_bytes()).expect("memory");
    std::fs::write(folder.path("orders.csv.gz"), packed.finish().expect("memory")).expect("a file");
    init(&folder, &["orders.csv.gz"], &answers);
    assert_eq!(read(&folder), expected);
    let folder = Folder::empty();
    let objects: String = lines
        .iter()
        .map(|line| {
            let amount = decimal(line.amount(), '.');
            let (order, product) = (&line.order, line.product);
            let start = format!(
                "{{\"customer_id\":\"{}\",\"timestamp\":\"{}\",\"amount\":{amount}",
                line.customer(),
                line.iso()
            );
            format!("{start},\"order_id\":\"{order}\",\"qty\":{},\"sku\":\"{product}\"}}\n", line.pieces)
        })
        .collect();
    folder.write("orders.ndjson", &objects);
    init(&folder, &["orders.ndjson"], &answers);
    assert_eq!(read(&folder), expected);
}

#[test]
fn times_of_the_type_int96_are_asked_for_and_no_suggestion_is_taken() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../history/tests/fixtures/parquet/int96.parquet");
    let folder = Folder::empty();
    std::fs::copy(fixture, folder.path("orders.parquet")).expect("a copy");
    let asked = questions(&folder, &["orders.parquet"]);
    assert!(asked.iter().any(|key| key == "transactions.int96"), "{asked:?}");
    let ended = folder.churn_here(&["init", "orders.parquet", "--yes"]);
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    std::fs::remove_file(folder.path("churn.toml")).expect("the project file is there");
    let read_as = |answer: &str| {
        let folder = Folder::empty();
        std::fs::copy(fixture, folder.path("orders.parquet")).expect("a copy");
        let answer = format!("transactions.int96={answer}");
        init(&folder, &["orders.parquet", "--yes"], &[&answer, "timezone=Europe/Bucharest"]);
        // The file holds 35 days, which is less than the default asks for.
        let project = String::from_utf8(folder.read("churn.toml")).expect("text");
        folder.write("churn.toml", &format!("{project}\n[churn]\nhorizon = \"10d\"\n"));
        read(&folder)
    };
    let (utc, local) = (read_as("utc"), read_as("local"));
    assert_eq!((utc.0, local.0), ([6, 6, 0, 0], [6, 6, 0, 0]));
    assert_ne!(utc.1, local.1);
}

#[test]
fn days_that_may_be_months_are_asked_for_and_never_guessed() {
    let folder = Folder::empty();
    let lines: Vec<Line> = lines()
        .into_iter()
        .filter(|line| line.customer.is_some() && line.pieces > 0)
        .filter(|line| line.day.to_string()[8..] <= *"12")
        .collect();
    let row = |line: &Line| retail_row(line).replace(&line.day_first('/'), &line.month_first());
    folder.write("retail.csv", &table(RETAIL, &lines, row));
    let asked = questions(&folder, &["retail.csv"]);
    assert_eq!(asked, ["transactions.date_format", "currency", "timezone"]);
    let rest = ["--answer", "currency=none", "--answer", "timezone=UTC"];
    let open = folder.churn_here(&[&["init", "retail.csv"], &rest[..]].concat());
    assert_eq!(open.code, 3, "{}", open.stderr);
    assert!(open.stderr.contains("churn.toml: 1 question is open: answer it in the file"), "{}", open.stderr);
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    let line = "# QUESTION: transactions.date_format: \"InvoiceDate\" has dates such as \"";
    assert!(project.contains(line), "{project}");
    // Answered in the file, as the question says.
    let example = "# date_format = \"%d/%m/%Y %H:%M\"";
    assert!(project.contains(example), "{project}");
    let kept: Vec<&str> = project.lines().filter(|line| !line.starts_with("# QUESTION")).collect();
    // With days up to 12 alone, the last ones look astray.
    let end = "[churn]\ncomplete_through = \"2025-12-13\"\n";
    let answered = kept.join("\n").replace(example, "date_format = \"%m/%d/%Y %H:%M\"");
    folder.write("churn.toml", &format!("{answered}\n{end}"));
    assert_eq!(read(&folder), expected(&lines, end));
    // The suggestions of --yes do not include it either.
    std::fs::remove_file(folder.path("churn.toml")).expect("there");
    let yes = folder.churn_here(&["init", "retail.csv", "--yes", "--json"]);
    let found = object(&yes);
    assert_eq!((yes.code, &found["result"]["open"]), (3, &1.into()), "{found}");
    assert_eq!(found["error"]["kind"], "input_refused");
}

#[test]
fn an_ambiguous_decimal_and_two_columns_that_may_be_the_amount_are_asked_for() {
    let folder = Folder::empty();
    let rows: Vec<String> = (1..=40)
        .map(|n| format!("c{};2025-{:02}-{:02};{}.{:03};{}.500", n % 7, n % 12 + 1, n % 28 + 1, n, 100 + n, n))
        .collect();
    folder.write("orders.csv", &format!("customer;date;total;amount\n{}\n", rows.join("\n")));
    let asked = questions(&folder, &["orders.csv"]);
    let open = ["transactions.columns.amount", "transactions.returns", "currency", "timezone"];
    assert_eq!(asked, open);
    // What the answer brings up is asked for next.
    let ended = folder.churn_here(&["init", "orders.csv", "--answer", "transactions.columns.amount=total", "--json"]);
    let found = object(&ended);
    let keys: Vec<&Value> =
        found["result"]["questions"].as_array().expect("a list").iter().map(|q| &q["key"]).collect();
    assert_eq!(keys, ["transactions.columns.amount", "transactions.decimal", "currency", "timezone"]);
    std::fs::remove_file(folder.path("churn.toml")).expect("there");
    let wrong = folder.churn_here(&["init", "orders.csv", "--answer", "transactions.columns.amount=price"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("expected \"total\", \"amount\", found \"price\""), "{}", wrong.stderr);
    assert!(!folder.path("churn.toml").exists());
}

#[test]
fn a_price_without_a_word_for_what_it_is_the_price_of_is_asked_for() {
    let folder = Folder::empty();
    let rows: Vec<String> = (1..=40)
        .map(|n| format!("c{},2025-{:02}-{:02},{}.25,{}", n % 7, n % 12 + 1, n % 28 + 1, n, n % 3 + 1))
        .collect();
    folder.write("orders.csv", &format!("customer,date,price,qty\n{}\n", rows.join("\n")));
    let asked = questions(&folder, &["orders.csv"]);
    assert!(asked.contains(&"transactions.price".to_owned()), "{asked:?}");
    for (answer, words) in [("piece", "unit_price = \"price\""), ("row", "amount = \"price\"")] {
        let answer = format!("transactions.price={answer}");
        init(&folder, &["orders.csv"], &[&answer, "currency=none", "timezone=UTC"]);
        let project = String::from_utf8(folder.read("churn.toml")).expect("text");
        assert!(project.contains(words), "{project}");
        assert_eq!(folder.churn_here(&["features", "--as-of", "2025-11-01"]).code, 0);
        std::fs::remove_file(folder.path("churn.toml")).expect("there");
    }
}

#[test]
fn cancellations_that_are_not_negative_are_asked_for() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some()).collect();
    let folder = Folder::empty();
    let row = |line: &Line| {
        let amount = decimal(line.amount().abs(), '.');
        format!("{},{},{amount},{},{},{}", line.customer(), line.iso(), line.order, line.pieces.abs(), line.product)
    };
    folder.write("orders.csv", &table("customer_id,timestamp,amount,invoice,qty,sku", &lines, row));
    let asked = questions(&folder, &["orders.csv"]);
    assert_eq!(asked, ["transactions.cancelled_prefix", "currency", "timezone"]);
    init(&folder, &["orders.csv"], &["transactions.cancelled_prefix=C", "currency=none", "timezone=UTC"]);
    assert_eq!(read(&folder), expected(&lines, ""), "as if they had stood there with a minus");
}

#[test]
fn several_tables_are_told_apart_by_their_columns() {
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
    let folder = Folder::empty();
    for name in ["transactions", "customers", "events", "offers"] {
        let to = folder.path(&format!("{name}.csv"));
        std::fs::copy(sample.join(format!("{name}.csv")), to).expect("the sample is there");
    }
    let names = ["events.csv", "transactions.csv", "offers.csv", "customers.csv"];
    let asked = questions(&folder, &names);
    assert_eq!(asked, ["transactions.returns", "currency", "timezone"]);
    init(&folder, &names, &["transactions.returns=net", "currency=EUR", "timezone=Europe/Bucharest"]);
    let read = |path: &std::path::Path| -> toml::Table {
        toml::from_str(&std::fs::read_to_string(path).expect("readable")).expect("TOML")
    };
    let (proposed, known) = (read(&folder.path("churn.toml")), read(&sample.join("churn.toml")));
    for section in ["transactions", "customers", "events"] {
        assert_eq!(proposed[section]["columns"], known[section]["columns"], "{section}");
        assert_eq!(proposed[section]["path"], known[section]["path"], "{section}");
    }
    assert!(proposed.contains_key("offers"));
    let check = folder.churn_here(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
}

#[test]
fn files_of_one_table_become_a_pattern() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some() && line.pieces > 0).collect();
    let folder = Folder::empty();
    std::fs::create_dir(folder.path("exports")).expect("a folder can be made");
    let row = |line: &Line| format!("{},{},{}", line.customer(), line.iso(), decimal(line.amount(), '.'));
    for (name, year) in [("exports/orders-2024.csv", "2024"), ("exports/orders-2025.csv", "2025")] {
        let of_year: Vec<Line> = lines.iter().filter(|line| line.day.to_string().starts_with(year)).cloned().collect();
        folder.write(name, &table("customer,date,total", &of_year, row));
    }
    let answers = ["currency=none", "timezone=UTC"];
    init(&folder, &["exports/orders-2024.csv", "exports/orders-2025.csv"], &answers);
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    assert!(project.contains("path = \"exports/orders-*.csv\"  # 2 files, "), "{project}");
    assert_eq!(read(&folder).0[0], lines.len() as u64);
    std::fs::remove_file(folder.path("churn.toml")).expect("there");
    // A project elsewhere finds them too.
    let options = ["--project", "project", "--answer", "currency=none", "--answer", "timezone=UTC"];
    let ended = folder.churn_here(&[&["init", "exports/*.csv"], &options[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let check = folder.churn_here(&["check", "project"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
}

#[test]
fn two_files_that_overlap_count_each_order_once() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some() && line.pieces > 0).collect();
    let folder = Folder::empty();
    let row = |line: &Line| {
        let amount = decimal(line.amount(), '.');
        format!("{},{},{amount},{},{},{}", line.customer(), line.iso(), line.order, line.pieces, line.product)
    };
    let part = |from: &str, to: &str| -> Vec<Line> {
        lines.iter().filter(|line| (from..to).contains(&line.day.to_string().as_str())).cloned().collect()
    };
    let parts = [part("2024-01-01", "2025-03-01"), part("2025-02-01", "2026-12-31")];
    for (name, part) in ["orders-1.csv", "orders-2.csv"].into_iter().zip(&parts) {
        folder.write(name, &table("customer,timestamp,amount,invoice,qty,sku", part, row));
    }
    let both = parts[0].len() + parts[1].len();
    assert!(both > lines.len() + 50);
    let names = ["orders-1.csv", "orders-2.csv"];
    let asked = questions(&folder, &names);
    assert_eq!(asked, ["currency", "timezone"]);
    let answers = ["--answer", "currency=none", "--answer", "timezone=UTC"];
    let ended = folder.churn_here(&[&["init"], &names[..], &answers].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let note = "orders-1.csv and orders-2.csv both have rows from 2025-02-01 to 2025-02-28: an order that is in both counts once";
    assert!(ended.stdout.contains(note), "{}", ended.stdout);
    let (counts, fingerprint) = read(&folder);
    assert_eq!(counts, [both as u64, lines.len() as u64, 0, 0]);
    assert_eq!(fingerprint, expected(&lines, "").1);
    runs(&folder);
}

#[test]
fn a_project_file_is_never_overwritten() {
    let folder = Folder::shop("# mine\n", "customer_id,timestamp,amount\na,2025-01-01,1.50\n");
    let ended = folder.churn_here(&["init", "orders.csv", "--yes"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("churn.toml: expected no project file, found one"), "{}", ended.stderr);
    assert_eq!(folder.read("churn.toml"), b"# mine\n");
    assert_eq!(folder.names("."), ["churn.toml", "orders.csv"]);
}

#[test]
fn exports_that_make_no_project_are_refused_and_nothing_is_written() {
    for (name, text, code, words) in [
        ("orders.csv", "", 3, "expected a header and rows, found an empty file"),
        ("orders.csv", "customer,total\na,1.50\nb,2.50\n", 3, "transactions: expected a column of dates for timestamp"),
        (
            "orders.csv",
            "customer,date,total\na,45293,1.50\nb,45294,2.50\n",
            3,
            "days as a spreadsheet counts them: export them as dates",
        ),
        (
            "orders.csv",
            "customer,date\na,2025-01-01\nb,2025-01-02\n",
            3,
            "transactions: expected a column of numbers for amount",
        ),
        ("orders.xlsx", "PK", 3, "expected a name that ends in"),
    ] {
        let folder = Folder::empty();
        folder.write(name, text);
        let ended = folder.churn_here(&["init", name, "--yes"]);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "expected {words}: {}", ended.stderr);
        assert_eq!(folder.names("."), [name]);
    }
    let folder = Folder::empty();
    for (name, text) in [
        ("a.csv", "customer,region\na,x\nb,y\n"),
        ("b.csv", "client,type,date\na,visit,2025-01-01\na,visit,2025-01-02\n"),
    ] {
        folder.write(name, text);
    }
    let ended = folder.churn_here(&["init", "a.csv", "b.csv"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("expected a file of purchases"), "{}", ended.stderr);
    assert_eq!(folder.churn_here(&["init", "none.csv"]).code, 3);
    assert_eq!(folder.churn_here(&["init"]).code, 2);
    assert_eq!(folder.names("."), ["a.csv", "b.csv"]);
}

#[test]
fn a_terminal_is_asked() {
    let script = std::process::Command::new("script").arg("--version").output();
    if !script.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux")) {
        eprintln_skip("a_terminal_is_asked: util-linux' script is not there");
        return;
    }
    let lines: Vec<Line> = lines().into_iter().filter(|line| line.customer.is_some()).collect();
    let folder = Folder::empty();
    folder.write("retail.csv", &table(RETAIL, &lines, retail_row));
    let program = env!("CARGO_BIN_EXE_churn");
    let mut child = std::process::Command::new("script")
        .args(["--quiet", "--return", "--command", &format!("'{program}' init retail.csv"), "/dev/null"])
        .current_dir(folder.path("."))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("script can be started");
    use std::io::Write;
    let typed = "both\n1\nGBP\n\nlater\n";
    child.stdin.take().expect("a pipe").write_all(typed.as_bytes()).expect("it listens");
    let output = child.wait_with_output().expect("it ends");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("transactions.returns [net]: ") && shown.contains("timezone [UTC]: "), "{shown}");
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    for words in ["returns = \"net\"  # answered", "currency = \"GBP\"  # answered", "timezone = \"UTC\"  # answered"] {
        assert!(project.contains(words), "{project}");
    }
}

#[allow(clippy::print_stderr)]
fn eprintln_skip(what: &str) {
    eprintln!("skipped: {what}");
}
