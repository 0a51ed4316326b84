//! Folders that are made for files, and are gone with them.

use std::path::{Path, PathBuf};

/// Folders that were not there before. Dropped, it removes those of them that are empty.
#[derive(Debug)]
pub(crate) struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Makes a folder and those above it, if they are not there.
    pub(crate) fn make(folder: &Path) -> std::io::Result<Self> {
        let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let made = Self(missing.map(Path::to_owned).collect());
        std::fs::create_dir_all(folder)?;
        Ok(made)
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Fails on a folder with files in it, which is then wanted.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn folders_stay_exactly_if_they_were_there_or_are_used() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        let made = MadeFolders::make(&path("a/b/c")).unwrap();
        let again = MadeFolders::make(&path("a/b/c")).unwrap();
        drop(again);
        assert!(path("a/b/c").exists());
        std::fs::write(path("a/file"), "x").unwrap();
        drop(made);
        assert!(path("a").exists() && !path("a/b").exists());
        assert!(MadeFolders::make(&path("a/file/b")).is_err());
    }
}
