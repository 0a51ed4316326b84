//! Secrets, from the environment or a file that only its owner can read; never from the command line or the project file.

use std::io::Read;
use std::path::Path;

use crm::Secret;

use crate::exit::UsageError;
use crate::project::SecretPlace;

/// No token or connection string is longer.
const MAX_BYTES: u64 = 64 << 10;

/// Reads a secret. `what` says what it is for.
///
/// # Errors
/// It is not there, others can read its file, or it is no single line of visible characters. The secret is in no message.
pub(super) fn read(what: &str, place: &SecretPlace) -> Result<Secret, UsageError> {
    let refused = |expected: &str| UsageError(format!("{what}: {expected}"));
    let text = match place {
        SecretPlace::Env(name) => match std::env::var(name) {
            Ok(text) if !text.trim().is_empty() => text,
            Ok(_) => return Err(refused(&format!("expected a secret in the variable {name}, found it empty"))),
            Err(_) => return Err(refused(&format!("expected a secret in the variable {name}, found it not set"))),
        },
        SecretPlace::File(path) => from_file(path).map_err(|problem| refused(&problem))?,
    };
    Secret::new(text.trim()).map_err(|error| refused(&error.to_string()))
}

fn from_file(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let io = |error: std::io::Error| format!("cannot read {shown}: {error}");
    let file = std::fs::File::open(path).map_err(io)?;
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() {
        return Err(format!("{shown}: expected a file with a secret, found something else"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!(
                "{shown}: expected a file that only its owner can read, found mode {mode:04o}; chmod 600 it, and consider \
                 the secret known to others"
            ));
        }
    }
    let mut text = String::new();
    match file.take(MAX_BYTES + 1).read_to_string(&mut text) {
        Ok(read) if read as u64 <= MAX_BYTES && !text.trim().is_empty() => Ok(text),
        Ok(0) => Err(format!("{shown}: expected a secret, found an empty file")),
        Ok(_) => Err(format!("{shown}: expected a secret of at most 64 KiB, found something else")),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(format!("{shown}: expected text, found other bytes"))
        }
        Err(error) => Err(io(error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_and_its_content_never_shown() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let of = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            read("token", &SecretPlace::File(path.clone()))
        };
        assert!(of("canary\n", 0o600).is_ok() && of("canary", 0o400).is_ok());
        for (text, mode) in [("canary", 0o640), ("canary", 0o604), ("canary\nmore", 0o600), (" \n", 0o600), ("", 0o600)]
        {
            let error = of(text, mode).unwrap_err().to_string();
            assert!(!error.contains("canary") && error.starts_with("token: "), "{error}");
        }
        assert!(read("token", &SecretPlace::File(folder.path().to_owned())).is_err());
        assert!(read("token", &SecretPlace::Env("CHURN_NO_SUCH_VARIABLE".to_owned())).is_err());
    }
}
