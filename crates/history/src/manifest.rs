//! What a delivery says of itself: a file beside the exports that is written last (`_SUCCESS`), and may list them with their rows,
//! sizes and sums. A file that was cut inside its last field shows it in no other way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::ReadError;
use crate::files;
use crate::spec::TableSpec;

/// No honest manifest is larger.
const MOST_BYTES: u64 = 16 << 20;

/// JSON, as it is written; other keys are of no interest here.
#[derive(Debug, Deserialize)]
struct Listed {
    files: Vec<Entry>,
}

/// What is said of a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Entry {
    /// Its name, without folders.
    name: String,
    rows: Option<u64>,
    bytes: Option<u64>,
    sha256: Option<String>,
}

/// A manifest's path, and what it lists, if it lists anything.
type Manifest<'a> = (&'a Path, Option<Vec<Entry>>);

/// Holds the files of a table against its manifest, if it has one: all that are listed, and no others, with their sizes and sums.
///
/// # Errors
/// The manifest is not there, cannot be read, or says something else.
pub(crate) fn check_files(table: &TableSpec, paths: &[PathBuf]) -> Result<(), ReadError> {
    let Some((manifest, entries)) = read(table)? else { return Ok(()) };
    let Some(entries) = entries else { return Ok(()) };
    let differs = |what: String| Err(fault(manifest, "not_as_delivered", what));
    let names: BTreeSet<String> = paths.iter().map(|path| name_of(path)).collect();
    if let Some(missing) = entries.iter().find(|entry| !names.contains(&entry.name)) {
        let what = format!(
            "expected the file {}, which is listed here, found none among the files of the table",
            missing.name
        );
        return differs(what);
    }
    for path in paths {
        let name = name_of(path);
        let Some(entry) = entries.iter().find(|entry| entry.name == name) else {
            return differs(format!("expected the files that are listed here, found {name}, which is not"));
        };
        let length = std::fs::metadata(path).map_err(|source| ReadError::Io { path: path.clone(), source })?.len();
        if let Some(bytes) = entry.bytes.filter(|bytes| *bytes != length) {
            return differs(format!("expected {bytes} bytes in {name}, found {length}; deliver it again"));
        }
        if let Some(sum) = &entry.sha256 {
            let found: String = files::digest(path)?.iter().map(|byte| format!("{byte:02x}")).collect();
            if !sum.eq_ignore_ascii_case(&found) {
                return differs(format!("expected {name} to have the SHA-256 {sum}, found {found}; deliver it again"));
            }
        }
    }
    Ok(())
}

/// Holds the rows of each file against the manifest.
///
/// # Errors
/// Those of [`check_files`].
pub(crate) fn check_rows<'p>(
    table: &TableSpec,
    rows: impl Iterator<Item = (&'p PathBuf, u64)>,
) -> Result<(), ReadError> {
    let Some((manifest, Some(entries))) = read(table)? else { return Ok(()) };
    for (path, found) in rows {
        let name = name_of(path);
        let expected = entries.iter().find(|entry| entry.name == name).and_then(|entry| entry.rows);
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let what = format!("expected {expected} rows in {name}, found {found}; deliver it again");
            return Err(fault(manifest, "not_as_delivered", what));
        }
    }
    Ok(())
}

/// The manifest's path, and what it lists; nothing where it is empty.
fn read(table: &TableSpec) -> Result<Option<Manifest<'_>>, ReadError> {
    let Some(path) = table.manifest.as_deref() else { return Ok(None) };
    let metadata = std::fs::metadata(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            let what = "expected the file that says that the delivery is complete, found none; is it still going on?";
            fault(path, "no_manifest", what.to_owned())
        }
        _ => ReadError::Io { path: path.to_owned(), source },
    })?;
    let bad = |what: &str| fault(path, "bad_manifest", format!("expected {what}, found something else"));
    if metadata.len() > MOST_BYTES {
        return Err(bad("a manifest of at most 16 MiB"));
    }
    let bytes = std::fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes).map_err(|_| bad("text"))?;
    if text.trim().is_empty() {
        return Ok(Some((path, None)));
    }
    let entries = match text.trim_start().starts_with('{') {
        true => serde_json::from_str::<Listed>(&text)
            .map_err(|_| bad("JSON with a list \"files\" of objects with \"name\" and, as known, \"rows\", \"bytes\" and \"sha256\""))?
            .files,
        false => text.lines().filter(|line| !line.trim().is_empty()).map(sum).collect::<Option<Vec<Entry>>>().ok_or_else(
            || bad("an empty file, JSON, or lines as sha256sum writes them (64 hexadecimal digits and the name of a file)"),
        )?,
    };
    let mut names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|two| two[0] == two[1]) {
        return Err(bad("each file once"));
    }
    Ok(Some((path, Some(entries))))
}

/// A line of `sha256sum`.
fn sum(line: &str) -> Option<Entry> {
    let (sum, name) = line.trim_end().split_once([' ', '\t'])?;
    let name = name.trim_start().trim_start_matches('*');
    let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = Path::new(name).file_name()?.to_str()?.to_owned();
    is_sum.then(|| Entry { name, rows: None, bytes: None, sha256: Some(sum.to_owned()) })
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn fault(path: &Path, code: &'static str, what: String) -> ReadError {
    ReadError::Manifest { path: path.to_owned(), code, what }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// SHA-256 of `a,b\n1,2\n`, by sha256sum.
    const SUM: &str = "6be8bbb3e0a3b2d24b2a4a2a2ee5ac2ef5b3ad5b6f0e4a0b7b3cd15b2a0bd4f0";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("o-1.csv"), "a,b\n1,2\n").unwrap();
        std::fs::write(folder.path().join("o-2.csv"), "a,b\n3,4\n5,6\n").unwrap();
        folder
    }

    fn check(folder: &tempfile::TempDir, manifest: Option<&str>) -> Result<(), ReadError> {
        let path = folder.path().join("_SUCCESS");
        match manifest {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => drop(std::fs::remove_file(&path)),
        }
        let table = TableSpec { manifest: Some(path), ..TableSpec::at(folder.path().join("o-*.csv")) };
        let (files, _) = files::of_table(&table)?;
        check_rows(&table, files.iter().zip([1, 2]))
    }

    fn refused(folder: &tempfile::TempDir, manifest: Option<&str>) -> String {
        let error = check(folder, manifest).unwrap_err();
        format!("{} [{}]", error, error.code())
    }

    #[test]
    fn a30_a_delivery_is_held_against_what_it_says_of_itself() {
        let folder = folder();
        check(&folder, Some("")).unwrap();
        assert!(refused(&folder, None).contains("is it still going on? [no_manifest]"));
        let sums: String = ["o-1.csv", "o-2.csv"]
            .map(|name| {
                let sum = files::digest(&folder.path().join(name)).unwrap();
                format!("{}  ./{name}\n", sum.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
            })
            .concat();
        check(&folder, Some(&sums)).unwrap();
        let (first, second) = sums.split_at(sums.find('\n').unwrap() + 1);
        assert!(refused(&folder, Some(first)).contains("found o-2.csv, which is not [not_as_delivered]"));
        assert!(refused(&folder, Some(&format!("{sums}{SUM}  o-3.csv\n"))).contains("expected the file o-3.csv"));
        assert!(
            refused(&folder, Some(&format!("{first}{SUM}  o-2.csv\n")))
                .contains("expected o-2.csv to have the SHA-256")
        );
        assert!(
            refused(&folder, Some(&format!("{first}{first}{second}")))
                .contains("each file once, found something else [bad_manifest]")
        );
        let json = |rows: u64, bytes: u64| {
            format!(
                "{{\"made\": 1, \"files\": [{{\"name\": \"o-1.csv\", \"rows\": 1}}, {{\"name\": \"o-2.csv\", \"rows\": {rows}, \"bytes\": {bytes}}}]}}"
            )
        };
        check(&folder, Some(&json(2, 12))).unwrap();
        assert!(refused(&folder, Some(&json(3, 12))).contains("expected 3 rows in o-2.csv, found 2"));
        assert!(refused(&folder, Some(&json(2, 13))).contains("expected 13 bytes in o-2.csv, found 12"));
        for text in ["{\"files\": 3}", "{", "o-1.csv", &format!("{SUM}x  o-1.csv"), "[]"] {
            assert!(refused(&folder, Some(text)).contains("[bad_manifest]"), "{text}");
        }
    }
}
