//! Addresses of servers that are named on the command line, in the environment or in the project file.

use crm::{Address, CrmError};

/// Checks the address of a server: `https`, or `http` on this machine, where nobody can listen. `instead` says where a user name or
/// password belongs that stands in it.
///
/// # Errors
/// What was expected and what was found, without what may be a password.
pub(crate) fn server(text: &str, instead: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|error| match error {
        CrmError::Setting { expected, found, .. } if expected.contains("password") => {
            format!("expected {expected}; set {instead}, found {found}")
        }
        CrmError::Setting { expected, found, .. } => format!("expected {expected}, found {found}"),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_elsewhere_is_said_and_not_shown() {
        let address = server("https://example.com/ml/", "TOKEN").map(|address| address.shown().to_owned());
        assert_eq!(address, Ok("https://example.com/ml".to_owned()));
        let refused = |text: &str| server(text, "TOKEN").map(|_| ()).expect_err("refused");
        let message = refused("https://me:canary@example.com");
        assert!(message.contains("set TOKEN") && !message.contains("canary"), "{message}");
        for bad in ["http://example.com", "http://localhost.example.com", "ftp://a", "example.com", "https://a/?x"] {
            assert!(refused(bad).starts_with("expected https"), "{bad}");
        }
    }
}
