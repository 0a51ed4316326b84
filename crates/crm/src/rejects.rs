//! The file of records that were refused for good: for people to look at, and for a retry.

use std::collections::BTreeSet;
use std::io::BufWriter;
use std::path::Path;

use crate::error::CrmError;
use crate::ledger::replace;
use crate::mapping::Version;
use crate::sync::Reject;

/// Columns of the file.
const COLUMNS: [&str; 6] = ["key", "code", "message", "attempt", "as_of", "model"];

/// Writes the rejected records, readable by their owner alone, since messages may hold customers' values. The file is
/// replaced whole; without rejects it has only its header.
///
/// # Errors
/// It cannot be written.
pub fn write(path: &Path, rejects: &[Reject], version: &Version) -> Result<(), CrmError> {
    replace(path, |file| {
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(COLUMNS)?;
        for reject in rejects {
            // Keys stay as they are: a retry reads them.
            let code = no_formula(crate::http::one_line(&reject.code, 500));
            let message = no_formula(crate::http::one_line(&reject.message, 500));
            let (attempt, as_of) = (reject.attempt.to_string(), version.as_of.to_string());
            writer.write_record([&reject.key, &code, &message, &attempt, &as_of, &version.model])?;
        }
        writer.flush()
    })
}

/// What another system says is no formula for a spreadsheet.
fn no_formula(text: String) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text,
    }
}

/// Writes keys alone, in the same way, for a retry.
///
/// # Errors
/// It cannot be written.
pub fn write_keys(path: &Path, keys: &[String]) -> Result<(), CrmError> {
    replace(path, |file| {
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record([COLUMNS[0]])?;
        keys.iter().try_for_each(|key| writer.write_record([key]))?;
        writer.flush()
    })
}

/// The keys in such a file.
///
/// # Errors
/// It cannot be read, or has no column `key`.
pub fn keys(path: &Path) -> Result<BTreeSet<String>, CrmError> {
    let io = |error: csv::Error| CrmError::io(path, "reading the rejected records")(std::io::Error::other(error));
    let mut reader = csv::Reader::from_path(path).map_err(io)?;
    let Some(at) = reader.headers().map_err(io)?.iter().position(|column| column == COLUMNS[0]) else {
        return Err(CrmError::Setting {
            place: path.display().to_string(),
            expected: "a column \"key\"".to_owned(),
            found: "none".to_owned(),
        });
    };
    reader.records().map(|record| Ok(record.map_err(io)?.get(at).unwrap_or_default().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_rejected_can_be_read_by_its_owner_and_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sync-rejects.csv");
        let reject = |key: &str| Reject {
            key: key.to_owned(),
            code: "400".to_owned(),
            message: "line one\nline \"two\"".to_owned(),
            attempt: 2,
        };
        let version = Version { as_of: jiff::civil::date(2026, 10, 31), order: 3, model: "m3".to_owned() };
        write(&path, &[reject("a,b"), reject("c")], &version).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"a,b\",400,\"line one line \"\"two\"\"\",2,2026-10-31,m3\n"), "{text}");
        assert_eq!(keys(&path).unwrap(), ["a,b", "c"].map(str::to_owned).into());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        for said in ["=1+1", "@SUM(A1)", "+1", "-1", "＝1"] {
            let hostile = Reject { code: said.to_owned(), message: said.to_owned(), ..reject("=key") };
            write(&path, &[hostile], &version).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(&format!("=key,'{said},'{said},")), "{text}");
            assert_eq!(keys(&path).unwrap(), ["=key".to_owned()].into());
        }
        write_keys(&path, &["x,1".to_owned(), "2".to_owned()]).unwrap();
        assert_eq!(keys(&path).unwrap(), ["2", "x,1"].map(str::to_owned).into());
        std::fs::write(&path, "id\n1\n").unwrap();
        assert!(keys(&path).is_err());
    }
}
