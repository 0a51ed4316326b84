//! The report in headless Chromium with the network off: nothing is asked for, nothing is said on the console, every chart has a
//! title, a description and a table, nothing is cut, axe-core finds nothing serious, and no name changes what the page is made of.
//!
//! It takes `chromium`, `node` and axe-core (`tests/browser/fetch-axe.sh`); without one of them the test says by name that it was
//! skipped. With `CHURN_TEST_BROWSER=required` it fails instead. `CHURN_TEST_PICTURES=FOLDER` keeps screenshots and a PDF.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../examples/company/mod.rs"]
mod company;

use std::path::{Path, PathBuf};
use std::process::Command;

use reports::{ReportData, render};
use serde_json::Value;

/// Strings that break programs, by category.
fn naughty() -> Vec<(&'static str, String)> {
    vec![
        ("markup", "<script>alert(1)</script><img src=x onerror=alert(1)>".to_owned()),
        ("ends of elements", "</title></style></script></svg></table>--><!--".to_owned()),
        ("quotes", "\"'`´’“”«»&quot;&#39;&amp;lt; onload=\"alert(1)\"".to_owned()),
        ("addresses", "javascript:alert(1) http://example.invalid/x.png //example.invalid".to_owned()),
        ("formulas", "=cmd|' /C calc'!A0 +1 -1 @SUM(1+1) ＝1".to_owned()),
        ("templates", "{n} {{7*7}} ${7*7} <%= 7*7 %> {name|day|days} %s %n".to_owned()),
        ("right to left", "\u{202e}evil\u{202c} مرحبا بالعالم שלום \u{2066}x\u{2069}".to_owned()),
        ("zero width", "a\u{200b}b\u{200c}c\u{200d}d\u{feff}e\u{2060}f\u{ad}g".to_owned()),
        ("emoji", "👩‍👩‍👧‍👦 🇷🇴 👍🏿 1️⃣ \u{fe0f}".to_owned()),
        ("combining", "Z̸̡̛͓a̶l̷g̵o̴ e\u{301}\u{301}\u{301}\u{301}".to_owned()),
        ("control characters", "\u{1}\u{7}\u{8}\u{b}\u{c}\u{1b}[31m\u{7f}\u{85}\u{fffe}\u{ffff}".to_owned()),
        ("blanks", " \t\r\n\u{a0}\u{3000}\u{2028}\u{2029} ".to_owned()),
        ("empty", String::new()),
        ("paths", "../../etc/passwd C:\\con\\nul file:///x \\\\server\\share".to_owned()),
        ("numbers", "1e309 NaN -0 0x1F 1,5 ١٢٣ ½ ٣".to_owned()),
        ("other scripts", "社會科學院 ดอกไม้ Ωμέγα Ștefan ţ Ёлка ひらがな".to_owned()),
        ("very long", "Long ".repeat(2_000)),
        ("very long word", "W".repeat(5_000)),
    ]
}

/// The company with one more segment, project, reason, offer and file of this name.
fn named(name: &str) -> ReportData {
    let mut data = company::company();
    data.header.project = name.to_owned();
    data.segments.segment_by = name.to_owned();
    data.segments.rows[0].name = name.to_owned();
    data.segments.rows[6].name = format!("{name} 2");
    data.segments.rows[1].top_reason = Some(name.to_owned());
    data.summary.warnings.push(name.to_owned());
    data.method.rejects[0].meaning = format!("no date ({name})");
    data.reasons.rows[1].reason = name.to_owned();
    data.cohorts.as_mut().unwrap().rows[3].name = name.to_owned();
    data.plan.as_mut().unwrap().id = name.to_owned();
    for row in &mut data.measures[0].rows {
        row.item = Some(name.to_owned());
    }
    data.measures[0].curves[0].offer = name.to_owned();
    data
}

fn program(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|p| p.is_file())
}

/// What the page is opened with, or the name of what is missing.
fn tools(root: &Path) -> Result<(PathBuf, PathBuf, PathBuf), &'static str> {
    let chromium = program(&["chromium", "chromium-browser", "google-chrome"]).ok_or("chromium")?;
    let node = program(&["node"]).ok_or("node")?;
    let axe = std::env::var_os("CHURN_AXE").map_or_else(|| root.join("target/axe/package/axe.min.js"), PathBuf::from);
    if !axe.is_file() {
        return Err("axe-core (tests/browser/fetch-axe.sh)");
    }
    Ok((chromium, node, axe))
}

#[test]
fn the_report_in_a_browser() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (chromium, node, axe) = match tools(&root) {
        Ok(tools) => tools,
        Err(missing) => {
            assert!(std::env::var_os("CHURN_TEST_BROWSER").is_none(), "{missing} is missing");
            eprintln!("*** SKIPPED: the_report_in_a_browser: {missing} is missing ***");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let pictures = std::env::var("CHURN_TEST_PICTURES").unwrap_or_else(|_| "-".to_owned());
    let open = |pages: &[(String, ReportData)], axe: &str, pictures: &str| -> Vec<Value> {
        let paths = pages.iter().map(|(name, data)| {
            let path = folder.path().join(format!("{name}.html"));
            std::fs::write(&path, render(data).unwrap()).unwrap();
            path
        });
        let ended = Command::new(&node)
            .arg(root.join("tests/browser/look.mjs"))
            .args([chromium.as_os_str(), axe.as_ref(), pictures.as_ref()])
            .args(paths)
            .output()
            .unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        serde_json::from_slice(&ended.stdout).unwrap()
    };
    let plain = [
        ("plain".to_owned(), named("North")),
        // Long names are cut, numbered or left out of charts: such pages have all kinds of elements there are.
        ("long".to_owned(), named(&"North and South ".repeat(30))),
    ];
    let plain = open(&plain, axe.to_str().unwrap(), &pictures);
    for page in &plain {
        assert!(
            page["axe"]
                .as_array()
                .unwrap()
                .iter()
                .all(|found| { !matches!(found["impact"].as_str(), Some("serious" | "critical")) }),
            "{:#}",
            page["axe"]
        );
        let answers = page["answers"].as_array().unwrap();
        assert_eq!(answers.len(), 8);
        for answer in answers {
            assert!(
                answer["charts"].as_u64() >= Some(1) && !answer["sentence"].as_str().unwrap().is_empty(),
                "{answer}"
            );
        }
    }
    assert_eq!(plain[0]["charts"].as_array().unwrap().len(), 15);
    let known: Vec<&Value> = plain.iter().flat_map(|page| page["kinds"].as_array().unwrap()).collect();

    let pages: Vec<(String, ReportData)> =
        naughty().into_iter().enumerate().map(|(at, (_, text))| (format!("naughty-{at}"), named(&text))).collect();
    let found = open(&pages, "-", "-");
    for (page, name) in
        plain.iter().zip(["plain", "long"]).chain(found.iter().zip(naughty().iter().map(|(name, _)| *name)))
    {
        assert_eq!(page["said"].as_array().unwrap().len(), 0, "{name}: {}", page["said"]);
        assert_eq!(page["requests"].as_array().unwrap().len(), 0, "{name}: {}", page["requests"]);
        assert_eq!(page["scripts"], 1, "{name}");
        for kind in page["kinds"].as_array().unwrap() {
            assert!(known.contains(&kind), "{name}: {kind}");
        }
        for chart in page["charts"].as_array().unwrap() {
            assert!(
                chart["title"] == true && chart["desc"] == true && chart["rows"].as_u64() > Some(0),
                "{name}: {chart}"
            );
            assert_eq!(chart["role"], "img");
        }
        assert!(page["sorted"].as_array().unwrap().iter().all(|sorted| sorted == true), "{name}");
        // Where scripts that Chromium lays out wider than our estimate meet the edge, the text is cut by the chart, not the page.
        let cut: Vec<&str> = page["cut"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(cut.iter().all(|cut| !cut.contains("wider than the window")), "{name}: {cut:?}");
        assert!(!["plain", "long"].contains(&name) || cut.is_empty(), "{name}: {cut:?}");
    }
}
