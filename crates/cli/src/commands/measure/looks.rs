//! Early looks at a plan: a note beside its file, so that the last look allows for those before it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use history::{Date, write_file};

/// Name of the note.
const FILE: &str = "plan_looks.txt";

/// Days through which exports were complete when somebody looked before the horizon was over.
#[derive(Debug)]
pub(super) struct EarlyLooks {
    path: PathBuf,
    days: Vec<String>,
    changed: bool,
}

impl EarlyLooks {
    /// Reads the note beside a plan; none is no look.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(plan: &Path) -> anyhow::Result<Self> {
        let path = plan.with_file_name(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let days = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Ok(Self { path, days, changed: false })
    }

    /// One more look; the same export looked at again is no other look.
    pub(super) fn add(&mut self, complete_through: Date) {
        let day = complete_through.to_string();
        if !self.days.contains(&day) {
            self.days.push(day);
            self.changed = true;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.days.len()
    }

    /// # Errors
    /// The note cannot be written.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        if self.changed {
            write_file(&self.path, (self.days.join("\n") + "\n").as_bytes())?;
        }
        Ok(())
    }
}
