//! Where an engine writes: a folder of its own for each run, so that nothing half-written is ever taken for a result.

use std::path::PathBuf;

use anyhow::Context;
use history::write_file;
use pushdown::{Dialect, Relation};
use spark::Address;

use super::run::Computed;
use crate::exit::UsageError;
use crate::interrupt;
use crate::output::Output;

/// The variable with the folder that engines elsewhere write into.
pub(super) const OUT: &str = "CHURN_ENGINE_OUT";

/// The folder of a run, as the engine sees it.
#[derive(Debug)]
pub(super) struct Place {
    folder: String,
    what: &'static str,
}

impl Place {
    /// A new folder: under the address in `CHURN_ENGINE_OUT`, or in the output folder where the engine is on this machine.
    ///
    /// # Errors
    /// The engine is elsewhere, and nothing says where it may write.
    pub(super) fn new(output: &Output, address: &Address, what: &'static str) -> anyhow::Result<Self> {
        let under = match std::env::var(OUT) {
            Ok(given) if !given.is_empty() => given.trim_end_matches('/').to_owned(),
            _ if address.is_loopback() => {
                let folder = output.path("engine");
                std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
                let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
                folder.to_string_lossy().into_owned()
            }
            _ => {
                return Err(UsageError(format!(
                    "expected a place that {address} can write to, such as s3://bucket/churn, in {OUT}, found none"
                ))
                .into());
            }
        };
        // The clock and the process: two runs at once write to two folders.
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%6f").to_string();
        Ok(Self { folder: format!("{under}/{what}-{now}-{}", std::process::id()), what })
    }

    pub(super) fn data(&self) -> String {
        format!("{}/{}", self.folder, self.what)
    }

    pub(super) fn marker(&self) -> String {
        format!("{}/complete", self.folder)
    }

    pub(super) fn relation(&self) -> String {
        Relation::Parquet(self.data()).sql(Dialect::Spark)
    }

    /// Says in the output folder that the run is whole.
    ///
    /// # Errors
    /// The file cannot be written, or a signal came.
    pub(super) fn publish(&self, output: &Output, manifest: &Computed) -> anyhow::Result<PathBuf> {
        let path = output.path(&format!("engine-{}.json", self.what));
        let text = serde_json::to_string_pretty(manifest)?;
        let _held = interrupt::publishing()?;
        write_file(&path, (text + "\n").as_bytes())?;
        Ok(path)
    }
}
