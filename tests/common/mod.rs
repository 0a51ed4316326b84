//! A project in a temporary folder, and the program run on it.

#![allow(dead_code)] // each file of tests uses its own part

use std::path::{Path, PathBuf};
use std::process::Command;

/// A project folder that is removed with the value.
pub(crate) struct Folder(tempfile::TempDir);

/// How a run of the program ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// A shop with this project file and this export.
    pub(crate) fn shop(project: &str, transactions: &str) -> Self {
        let folder = Self::empty();
        folder.write("churn.toml", project);
        folder.write("orders.csv", transactions);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the temporary folder can be written");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Names of the files in a folder of the project, sorted; none if there is no such folder.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs `churn COMMAND FOLDER OPTIONS...`; `command` may be two words.
    pub(crate) fn churn(&self, command: &str, options: &[&str]) -> Ended {
        let words = command.split(' ').map(str::to_owned);
        let place = self.0.path().display().to_string();
        run(self.0.path(), words.chain([place]).chain(options.iter().map(|option| (*option).to_owned())))
    }
}

impl Folder {
    /// Runs `churn ARGUMENTS...` in the folder, without naming it.
    pub(crate) fn churn_here(&self, arguments: &[&str]) -> Ended {
        run(self.0.path(), arguments.iter().map(|argument| (*argument).to_owned()))
    }
}

fn run(folder: &Path, arguments: impl Iterator<Item = String>) -> Ended {
    let program = Command::new(env!("CARGO_BIN_EXE_churn")).args(arguments).current_dir(folder).output();
    let output = program.expect("the program can be started");
    Ended {
        code: output.status.code().expect("no signal ended the program"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A project file for `orders.csv` with this day as `complete_through`.
pub(crate) fn project_until(complete_through: &str) -> String {
    format!(
        "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\ncolumns = {{ order_id = \"order_id\" }}\n[churn]\nhorizon = \"30d\"\nactive_within = \"90d\"\ncomplete_through = \"{complete_through}\"\n"
    )
}

/// Header of [`orders`].
pub(crate) const HEADER: &str = "customer_id,timestamp,amount,order_id";

/// Rows of a small shop in 2025: 60 customers who buy at their own pace, some of whom stop. Every number follows from
/// the row's own place, so the rows are always the same.
pub(crate) fn orders() -> Vec<String> {
    let mut rows = Vec::new();
    for customer in 0..60_u32 {
        let pace = 6 + customer * 7 % 40;
        let stops = if customer % 4 == 0 { 150 + customer } else { 400 };
        let mut day = customer * 11 % 50;
        while day < stops.min(365) {
            let (month, of_month) = (day / 31 + 1, day % 31 + 1);
            if let (1..=12, 1..=28) = (month, of_month) {
                let (hour, cents) = (8 + day % 12, (customer * 37 + day * 13) % 9_000 + 100);
                rows.push(format!(
                    "C{customer:03},2025-{month:02}-{of_month:02}T{hour:02}:30:00,{}.{:02},{customer}-{day}",
                    cents / 100,
                    cents % 100
                ));
            }
            day += pace + (day * 5 + customer) % 7;
        }
    }
    rows
}

/// The export with these rows.
pub(crate) fn export(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}
