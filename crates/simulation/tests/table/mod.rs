//! Reads the plain CSV files that the simulation writes (no cell needs quotes), and makes folders to write them to.
#![allow(dead_code)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A CSV file in memory.
pub(crate) struct Table(String);

impl Table {
    /// Reads a file.
    pub(crate) fn read(folder: &Path, file: &str) -> Self {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(!text.contains('"') && text.ends_with('\n'), "{file}");
        Self(text)
    }

    /// Its rows, as cells by column name.
    pub(crate) fn rows(&self) -> impl Iterator<Item = HashMap<&str, &str>> {
        let names: Vec<&str> = self.0.lines().next().unwrap().split(',').collect();
        self.0.lines().skip(1).map(move |line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), names.len(), "{line}");
            names.iter().copied().zip(cells).collect()
        })
    }
}

/// An empty folder of this name.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("simulation").join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).unwrap();
    }
    std::fs::create_dir_all(&path).unwrap();
    path
}
