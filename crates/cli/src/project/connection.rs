//! Where the text stands that says how to connect to a database: in an environment variable, or in a file that its owner
//! alone can read. Never in the project file, which is copied, committed and mailed.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use history::ConnectionText;

use crate::exit::UsageError;

/// No honest connection text is longer.
const MOST_BYTES: u64 = 64 << 10;

const EXAMPLE: &str = "postgres://user:password@host/database";

/// A place for a connection text.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(PathBuf),
}

/// `env:CHURN_PG` or `file:secrets/pg`.
///
/// # Errors
/// Another text, without repeating it: it may be the connection text itself.
pub(super) fn source(text: &str) -> Result<String, String> {
    place(text).map(|_| text.to_owned())
}

fn place(text: &str) -> Result<Place, String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match text.split_once(':') {
        Some(("env", name)) if is_name(name) => Ok(Place::Variable(name.to_owned())),
        Some(("file", path)) if !path.is_empty() => Ok(Place::File(path.into())),
        _ => Err(format!(
            "expected \"env:NAME\" (an environment variable) or \"file:PATH\" (a file that its owner alone can read) with \
             the connection text in it, such as {EXAMPLE}, found something else (not shown: it may hold a password)"
        )),
    }
}

/// The connection text that a source of the project in `folder` names.
///
/// # Errors
/// It is not there, or others can read it.
pub(super) fn connection_text(source: &str, folder: &Path) -> Result<ConnectionText, UsageError> {
    let error = |what: String| UsageError(format!("{source}: {what}"));
    let text = match place(source).map_err(UsageError)? {
        Place::Variable(name) => match std::env::var(&name) {
            Ok(text) => text,
            Err(std::env::VarError::NotPresent) => {
                return Err(error(format!(
                    "the environment variable {name} is not set; set it to the connection text of the database, such as {EXAMPLE}"
                )));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(error(format!("expected text in the environment variable {name}, found other bytes")));
            }
        },
        Place::File(path) => read(&folder.join(path)).map_err(error)?,
    };
    if text.trim().is_empty() {
        return Err(error(format!("expected a connection text such as {EXAMPLE}, found nothing")));
    }
    Ok(ConnectionText::new(&text))
}

fn read(path: &Path) -> Result<String, String> {
    let unreadable = |cause: std::io::Error| format!("cannot read {}: {cause}", path.display());
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "expected a file that its owner alone can read (mode 0600), found mode {mode:04o}: chmod 600 {}",
            path.display()
        ));
    }
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_source_is_a_variable_or_a_file_and_never_the_text_itself() {
        assert_eq!(place("env:CHURN_PG"), Ok(Place::Variable("CHURN_PG".to_owned())));
        assert_eq!(place("file:secrets/pg"), Ok(Place::File("secrets/pg".into())));
        for text in ["", "CHURN_PG", "env:", "env:A B", "env:1A", "file:", "postgres://u:canary@h/d", "Env:A"] {
            let message = source(text).unwrap_err();
            assert!(message.starts_with("expected \"env:NAME\"") && !message.contains("canary"), "{text}: {message}");
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pg");
        std::fs::write(&path, "postgres://u:canary@h/d\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let of = |source: &str| connection_text(source, folder.path()).map_err(|error| error.0);
        for open in [0o640, 0o604, 0o620] {
            mode(open);
            let message = of("file:pg").unwrap_err();
            assert!(message.contains(&format!("found mode {open:04o}: chmod 600")), "{message}");
        }
        mode(0o600);
        assert_eq!(of("file:pg").unwrap(), ConnectionText::new("postgres://u:canary@h/d"));
        std::fs::write(&path, " \n").unwrap();
        assert!(of("file:pg").unwrap_err().contains("found nothing"));
        assert!(of("file:none").unwrap_err().starts_with("file:none: cannot read"));
        let message = of("env:CHURN_TEST_IS_NOT_SET").unwrap_err();
        assert!(message.contains("the environment variable CHURN_TEST_IS_NOT_SET is not set"), "{message}");
    }
}
