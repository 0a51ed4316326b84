//! The files on the command line, and how the project file names them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use history::inspect::{self, FileLook};

use super::encoding::{Undeclared, look_at};
use super::table::TableName;
use crate::exit::UsageError;

/// The files, looked at.
#[derive(Debug)]
pub(super) struct Given {
    /// Folder of the project file that is to be.
    pub(super) folder: PathBuf,
    pub(super) files: Vec<FileLook>,
    /// Files that are neither UTF-8 nor say what they are.
    pub(super) undeclared: Vec<Undeclared>,
    /// Patterns as they were typed.
    patterns: Vec<PathBuf>,
}

/// Looks at all files that the command line names, each once.
///
/// # Errors
/// A file cannot be read, or a pattern describes none.
pub(super) fn look(typed: &[PathBuf], folder: &Path, stage: &dyn Fn(&str)) -> anyhow::Result<Given> {
    let mut paths = BTreeSet::new();
    let mut patterns = Vec::new();
    for place in typed {
        let found = inspect::files(place)?;
        if found != [place.clone()] {
            patterns.push(place.clone());
        }
        paths.extend(found.iter().map(|path| plain(path).to_owned()));
    }
    let (mut files, mut undeclared) = (Vec::new(), Vec::new());
    for path in paths {
        stage(&format!("looking at {}", path.display()));
        let (file, unproven) = look_at(&path)?;
        files.push(file);
        undeclared.extend(unproven);
    }
    Ok(Given { folder: folder.to_owned(), files, undeclared, patterns })
}

/// A path without the dot before it: one file has one path then, however it was found.
fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

impl Given {
    /// A file as it is named to the user: by its name, or by its path where two have one name.
    pub(super) fn shown(&self, file: &FileLook) -> String {
        let name = file.name();
        let alike = self.files.iter().filter(|other| other.name() == name).count();
        if alike > 1 { file.path.display().to_string() } else { name }
    }
}

/// The path of a table in the project file: its one file, or a pattern that describes its files and no other.
///
/// # Errors
/// No pattern describes these files alone, or a path is no text.
pub(super) fn path_in_project(given: &Given, table: TableName, files: &[FileLook]) -> anyhow::Result<String> {
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    let path = match &paths[..] {
        [only] => only.clone(),
        _ => pattern(given, &paths).ok_or_else(|| {
            let names: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
            UsageError(format!(
                "{}: expected one file, or files in one folder that a pattern such as \"orders-*.csv\" tells from all \
                 others, found {}",
                table.as_str(),
                names.join(", ")
            ))
        })?,
    };
    let relative = relative_to(&given.folder, &path)?;
    relative.to_str().map(str::to_owned).ok_or_else(|| {
        UsageError(format!("{}: expected a path that is text, to be written into the project file", path.display()))
            .into()
    })
}

/// The typed pattern, or the narrowest one, if it describes these files and no other.
fn pattern(given: &Given, paths: &[PathBuf]) -> Option<PathBuf> {
    let describes =
        |pattern: &PathBuf| inspect::files(pattern).is_ok_and(|found| found.iter().map(|path| plain(path)).eq(paths));
    let typed = given.patterns.iter().find(|pattern| describes(pattern)).cloned();
    typed.or_else(|| narrowest(paths, true).filter(describes)).or_else(|| narrowest(paths, false).filter(describes))
}

/// What the names begin and end with, and a star between. The next file of the kind may have another number: digits before
/// the star are no part of what it begins with, if that is wanted.
fn narrowest(paths: &[PathBuf], without_digits: bool) -> Option<PathBuf> {
    let folder = paths.first()?.parent()?;
    if paths.iter().any(|path| path.parent() != Some(folder)) {
        return None;
    }
    let names: Vec<Vec<char>> =
        paths.iter().map(|path| Some(path.file_name()?.to_str()?.chars().collect())).collect::<Option<_>>()?;
    let shortest = names.iter().map(Vec::len).min()?;
    let first = names.first()?;
    let alike = |of: &dyn Fn(&Vec<char>, usize) -> char, most: usize| {
        (0..most).take_while(|at| names.iter().all(|name| of(name, *at) == of(first, *at))).count()
    };
    let mut head = alike(&|name, at| name[at], shortest);
    while without_digits && head > 0 && first[head - 1].is_ascii_digit() {
        head -= 1;
    }
    let tail = alike(&|name, at| name[name.len() - 1 - at], shortest - head);
    let name: String = first[..head].iter().chain(['*'].iter()).chain(first[first.len() - tail..].iter()).collect();
    Some(folder.join(name))
}

/// A path as seen from a folder; absolute where the two have nothing in common.
fn relative_to(folder: &Path, path: &Path) -> std::io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (folder, parent) = (folder.canonicalize()?, parent.canonicalize()?);
    let common = folder.components().zip(parent.components()).take_while(|(a, b)| a == b).count();
    if common <= 1 {
        return Ok(parent.join(name));
    }
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    let down = parent.components().skip(common);
    Ok(up.chain(down).collect::<PathBuf>().join(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_are_as_seen_from_the_project() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["shop/exports", "data"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let at = |path: &str| root.path().join(path);
        for (folder, path, expected) in [
            ("shop", "shop/orders.csv", "orders.csv"),
            ("shop", "shop/exports/orders.csv", "exports/orders.csv"),
            ("shop", "data/o*.csv", "../data/o*.csv"),
            ("shop/exports", "shop/orders.csv", "../orders.csv"),
        ] {
            assert_eq!(relative_to(&at(folder), &at(path)).unwrap(), PathBuf::from(expected), "{folder} {path}");
        }
        assert!(relative_to(&at("none"), &at("data/x")).is_err());
    }

    #[test]
    fn a_pattern_describes_these_files_and_no_other() {
        let root = tempfile::tempdir().unwrap();
        for name in ["orders-2025.csv", "orders-2026.csv", "customers.csv"] {
            std::fs::write(root.path().join(name), "x").unwrap();
        }
        let at = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| root.path().join(name)).collect() };
        let given =
            Given { folder: root.path().to_owned(), files: Vec::new(), undeclared: Vec::new(), patterns: Vec::new() };
        let found = pattern(&given, &at(&["orders-2025.csv", "orders-2026.csv"]));
        assert_eq!(found, Some(root.path().join("orders-*.csv")));
        std::fs::write(root.path().join("orders-1999.csv"), "x").unwrap();
        let found = pattern(&given, &at(&["orders-2025.csv", "orders-2026.csv"]));
        assert_eq!(found, Some(root.path().join("orders-202*.csv")));
        std::fs::remove_file(root.path().join("orders-1999.csv")).unwrap();
        assert_eq!(pattern(&given, &at(&["customers.csv", "orders-2025.csv"])), None);
        let given = Given { patterns: at(&["orders-*.csv"]), ..given };
        let found = pattern(&given, &at(&["orders-2025.csv", "orders-2026.csv"]));
        assert_eq!(found, Some(root.path().join("orders-*.csv")));
    }
}
