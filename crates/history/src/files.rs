//! The files of a table: one, or all that a pattern describes; what they hold, as a hash.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::ReadError;
use crate::manifest;
use crate::spec::TableSpec;
use crate::text_file::Content;

/// The files that a path names: itself, or, where its last part has a `*` or a `?` and no file has that very name, all
/// that it describes, by name. Hidden files match only a pattern that begins with a dot.
pub(crate) fn matching(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !name.contains(['*', '?']) || path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |source| ReadError::Io { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let found = entry.map_err(io)?.path();
        let matches = |found: &str| (name.starts_with('.') || !found.starts_with('.')) && describes(name, found);
        if found.file_name().and_then(|name| name.to_str()).is_some_and(matches) && found.is_file() {
            files.push(found);
        }
    }
    files.sort_unstable();
    if files.is_empty() { Err(ReadError::NoMatch { pattern: path.to_owned() }) } else { Ok(files) }
}

/// Whether a pattern describes a name: `*` stands for any text, `?` for any one character.
fn describes(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // After the last star: where the pattern goes on, and how far the star reaches in the name.
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, seen));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[seen] => (at, seen) = (at + 1, seen + 1),
            _ => match &mut star {
                Some((behind, reach)) => {
                    *reach += 1;
                    (at, seen) = (*behind, *reach);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// SHA-256 of a file's content.
pub(crate) type FileDigest = [u8; 32];

/// What tells a file from the same file after it was written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) len: u64,
    modified: Option<SystemTime>,
}

/// The files of a table, as its manifest has them if there is one, and their stamps before they are read. The answer to a query counts as one file without a stamp.
pub(crate) fn of_table(table: &TableSpec) -> Result<(Vec<PathBuf>, Vec<Stamp>), ReadError> {
    if table.query.is_some() {
        return Ok((vec![table.path.clone()], Vec::new()));
    }
    let files = matching(&table.path)?;
    let stamps = stamps(&files)?;
    manifest::check_files(table, &files)?;
    Ok((files, stamps))
}

/// The stamps of files before they are read.
pub(crate) fn stamps(files: &[PathBuf]) -> Result<Vec<Stamp>, ReadError> {
    let stamp = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
        Ok(Stamp { len: metadata.len(), modified: metadata.modified().ok() })
    };
    files.iter().map(stamp).collect()
}

/// # Errors
/// A file is not what it was when its stamp was taken.
pub(crate) fn check_unchanged(files: &[PathBuf], before: &[Stamp]) -> Result<(), ReadError> {
    // The answer to a query is no file that anybody could write to.
    if before.is_empty() {
        return Ok(());
    }
    let now = stamps(files)?;
    match files.iter().zip(now.iter().zip(before)).find(|(_, (now, before))| now != before) {
        Some((path, _)) => Err(ReadError::Changed { path: path.clone() }),
        None => Ok(()),
    }
}

/// SHA-256 of each file.
///
/// # Errors
/// A file cannot be read, or two have the same content.
pub(crate) fn digests(files: &[PathBuf]) -> Result<Vec<FileDigest>, ReadError> {
    let digests: Vec<FileDigest> = files.par_iter().map(|path| digest(path)).collect::<Result<_, ReadError>>()?;
    let mut sorted: Vec<(&FileDigest, &PathBuf)> = digests.iter().zip(files).collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|two| two[0].0 == two[1].0) {
        Some(two) => Err(ReadError::SameFileTwice { first: two[0].1.clone(), second: two[1].1.clone() }),
        None => Ok(digests),
    }
}

/// # Errors
/// Two files have the same content. Only files of one length are looked at.
pub(crate) fn check_distinct(files: &[PathBuf], stamps: &[Stamp]) -> Result<(), ReadError> {
    let as_long = |one: &Stamp| stamps.iter().filter(|other| other.len == one.len).count() > 1;
    let suspects: Vec<PathBuf> =
        files.iter().zip(stamps).filter(|(_, stamp)| as_long(stamp)).map(|(path, _)| path.clone()).collect();
    digests(&suspects).map(|_| ())
}

/// # Errors
/// Two files hold the same: both packed, or one packed and the other plain. `contents` are those of the packed files.
pub(crate) fn check_contents(
    files: &[PathBuf],
    contents: impl Iterator<Item = Option<Content>>,
) -> Result<(), ReadError> {
    let (mut packed, mut plain) = (Vec::new(), Vec::new());
    for (path, content) in files.iter().zip(contents) {
        match content {
            Some(content) => packed.push((content, path)),
            None => plain.push(path),
        }
    }
    if packed.is_empty() {
        return Ok(());
    }
    packed.sort_unstable();
    let twice = |first: &Path, second: &Path| {
        Err(ReadError::SameFileTwice { first: first.to_owned(), second: second.to_owned() })
    };
    if let Some(two) = packed.windows(2).find(|two| two[0].0 == two[1].0) {
        return twice(two[0].1, two[1].1);
    }
    for path in plain {
        let len = std::fs::metadata(path).map_err(|source| ReadError::Io { path: path.clone(), source })?.len();
        if packed.iter().any(|(content, _)| content.len == len) {
            let content = Content { len, digest: digest(path)? };
            if let Ok(at) = packed.binary_search_by_key(&content, |(content, _)| *content) {
                return twice(path, packed[at].1);
            }
        }
    }
    Ok(())
}

pub(crate) fn digest(path: &Path) -> Result<FileDigest, ReadError> {
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(io)? {
            0 => return Ok(hash.finalize().into()),
            n => hash.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn stars_and_question_marks_describe_names() {
        for (pattern, name, expected) in [
            ("orders-*.csv", "orders-2026-03.csv", true),
            ("orders-*.csv", "orders-.csv", true),
            ("orders-*.csv", "orders-1.csv.gz", false),
            ("*", "", true),
            ("*a*b", "xaxbxb", true),
            ("*a*b", "xaxbxbc", false),
            ("?.csv", "é.csv", true),
            ("?.csv", ".csv", false),
            ("a?c**", "abc", true),
            ("[a].csv", "a.csv", false),
        ] {
            assert_eq!(describes(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_names_its_files_in_order_and_no_folders() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv", ".hidden.csv", "c.txt"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        std::fs::create_dir(folder.path().join("d.csv")).unwrap();
        let found = matching(&folder.path().join("*.csv")).unwrap();
        assert_eq!(found, ["a.csv", "b.csv"].map(|name| folder.path().join(name)));
        let error = matching(&folder.path().join("x*")).unwrap_err().to_string();
        assert!(error.ends_with("x*: no file matches this pattern"), "{error}");
        assert!(matches!(matching(&folder.path().join("none/*.csv")), Err(ReadError::Io { .. })));
        // A file of that very name is that file.
        std::fs::write(folder.path().join("*.csv"), "star").unwrap();
        assert_eq!(matching(&folder.path().join("*.csv")).unwrap(), [folder.path().join("*.csv")]);
    }

    #[test]
    fn a_file_that_is_there_twice_is_found_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = [("a", "one"), ("b", "two"), ("c", "one"), ("d", "three")]
            .map(|(name, content)| {
                let path = folder.path().join(name);
                std::fs::write(&path, content).unwrap();
                path
            })
            .into();
        let stamps = stamps(&files).unwrap();
        for error in [digests(&files).unwrap_err(), check_distinct(&files, &stamps).unwrap_err()] {
            let ReadError::SameFileTwice { first, second } = error else { panic!("{error}") };
            assert_eq!([&first, &second], [&files[0], &files[2]]);
        }
        check_distinct(&files[..2], &stamps[..2]).unwrap();
        check_unchanged(&files, &stamps).unwrap();
        std::fs::write(&files[1], "longer").unwrap();
        assert!(matches!(check_unchanged(&files, &stamps), Err(ReadError::Changed { path }) if path == files[1]));
    }
}
