//! `churn`: which customers are about to stop buying, why, and what that would cost.
//!
//! Parse, run, exit. This package alone reads the clock, the environment, standard input and output.

// Objects for machines have many keys.
#![recursion_limit = "256"]

mod address;
mod answer;
mod args;
mod commands;
mod contacts;
mod engine;
mod exit;
mod export;
mod feature_warnings;
mod interrupt;
mod language;
mod lapsed_value;
mod lineage;
mod lock;
mod measures;
mod memory;
mod mlflow;
mod model_store;
mod output;
mod progress;
mod project;
#[cfg(test)]
mod reference;
mod report_data;

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let mut progress = progress::Progress::new(&cli.console);
    // The decoder of Parquet panics on some damaged files. That is caught, and the error says it better.
    let hook = take_hook();
    set_hook(Box::new(move |info| {
        if !history::decodes_untrusted_bytes() {
            hook(info);
        }
    }));
    // A panic is a mistake of ours; its message is on standard error, and the exit code is still one of ours.
    let outcome = catch_unwind(AssertUnwindSafe(|| commands::run(&cli, &mut progress)))
        .unwrap_or_else(|_| Err(anyhow::anyhow!("internal error, described above; please report it")));
    interrupt::over();
    lineage::ended(&outcome, &mut progress);
    answer::deliver(&cli, progress.finish(), outcome)
}
