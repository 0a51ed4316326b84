//! The examples for schedulers are at least well-formed, and the shell one runs.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{Folder, export, orders, project_until};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// What a tool says; nothing where it is not installed.
fn tool(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{command:?}: {error}"),
    }
}

#[test]
fn python_files_compile() {
    for name in ["airflow/churn_nightly.py", "dagster/churn_assets.py"] {
        let code = "import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])";
        if let Some(output) = tool(Command::new("python3").args(["-c", code]).arg(example(name))) {
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn units_have_the_sections_that_systemd_asks_for_and_are_verified_where_it_is_there() {
    let service = std::fs::read_to_string(example("systemd/churn-score.service")).expect("a file");
    let timer = std::fs::read_to_string(example("systemd/churn-score.timer")).expect("a file");
    for (text, sections) in [(&service, ["[Unit]", "[Service]"]), (&timer, ["[Unit]", "[Timer]"])] {
        assert!(sections.iter().all(|section| text.lines().any(|line| line == *section)), "{text}");
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '['])) {
            assert!(
                line.split_once('=').is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_alphanumeric())),
                "{line}"
            );
        }
    }
    let folder = Folder::empty();
    // The program has no place of its own in a test.
    let program = env!("CARGO_BIN_EXE_churn");
    folder.write("churn-score.service", &service.replace("/usr/local/bin/churn", program));
    folder.write("churn-score.timer", &timer);
    let units = ["churn-score.service", "churn-score.timer"].map(|name| folder.path(name));
    if let Some(output) = tool(Command::new("systemd-analyze").arg("verify").args(units)) {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let about_ours = said.lines().filter(|line| line.contains("churn-score")).collect::<Vec<_>>();
        assert!(about_ours.is_empty(), "{about_ours:?}");
    }
}

#[test]
fn the_crontab_has_five_fields_and_a_command() {
    let text = std::fs::read_to_string(example("cron/churn.crontab")).expect("a file");
    let jobs = text.lines().filter(|line| !line.starts_with('#') && !line.contains('=') && !line.is_empty());
    let jobs: Vec<Vec<&str>> = jobs.map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(jobs.len(), 1);
    assert!(jobs[0].len() == 7 && jobs[0][..2].iter().all(|field| field.parse::<u8>().is_ok()), "{jobs:?}");
}

#[test]
fn the_shell_script_keeps_the_summary_and_the_log_and_ends_as_churn_does() {
    let folder = Folder::shop(&project_until("2026-01-01"), &export(&orders()));
    let program = Path::new(env!("CARGO_BIN_EXE_churn"));
    let path =
        format!("{}:{}", program.parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default());
    let night = || {
        let script = Command::new("sh").arg(example("nightly.sh")).arg(folder.path("")).env("PATH", &path).output();
        script.expect("a shell")
    };
    // No model yet.
    let ended = night();
    assert_eq!(ended.status.code(), Some(2), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("ended with exit code 2"));
    let logs = folder.names("logs");
    assert!(
        logs.iter().any(|name| name.ends_with(".log.ndjson"))
            && logs.iter().any(|name| name.ends_with(".summary.json"))
    );
}
