//! What a tracking server knows us by.

use crate::exit::UsageError;

/// What the server knows us by; never shown.
pub(crate) enum Credentials {
    /// Nothing.
    None,
    /// The value of the header `Authorization`.
    Header(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Header(_) => "Header(hidden)",
        })
    }
}

impl Credentials {
    /// From the environment, by the names that MLflow's own clients use: `MLFLOW_TRACKING_TOKEN`, else
    /// `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`.
    ///
    /// # Errors
    /// One of them cannot stand in a header, or half of a pair is missing.
    pub(crate) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, UsageError> {
        let get = |name: &str| match variable(name).filter(|value| !value.is_empty()) {
            Some(value) if value.chars().any(char::is_control) => Err(UsageError(format!(
                "{name}: expected a text without line breaks, found one with control characters"
            ))),
            other => Ok(other),
        };
        if let Some(token) = get("MLFLOW_TRACKING_TOKEN")? {
            return Ok(Self::Header(format!("Bearer {token}")));
        }
        match (get("MLFLOW_TRACKING_USERNAME")?, get("MLFLOW_TRACKING_PASSWORD")?) {
            (Some(user), Some(password)) => {
                Ok(Self::Header(format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))))
            }
            (None, None) => Ok(Self::None),
            _ => Err(UsageError(
                "expected both MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, found one of them".to_owned(),
            )),
        }
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let group = (0..3).fold(0_u32, |group, at| group << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let value = (group >> (18 - 6 * digit)) & 63;
            text.push(if digit <= three.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn credentials_come_from_the_environment_and_are_not_shown() {
        let from = |pairs: &'static [(&str, &str)]| {
            Credentials::from_environment(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let token = from(&[("MLFLOW_TRACKING_TOKEN", "t"), ("MLFLOW_TRACKING_USERNAME", "u")]).unwrap();
        assert!(matches!(&token, Credentials::Header(value) if value == "Bearer t"));
        assert!(!format!("{token:?}").contains("Bearer"));
        // The example of RFC 7617, section 2.
        let pair =
            from(&[("MLFLOW_TRACKING_USERNAME", "Aladdin"), ("MLFLOW_TRACKING_PASSWORD", "open sesame")]).unwrap();
        assert!(matches!(pair, Credentials::Header(value) if value == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(matches!(from(&[]).unwrap(), Credentials::None));
        assert!(from(&[("MLFLOW_TRACKING_USERNAME", "u")]).is_err());
        assert!(from(&[("MLFLOW_TRACKING_TOKEN", "a\nb")]).is_err());
    }
}
