//! What an answer means where its body says nothing better: its status and headers.

use std::time::Duration;

use serde_json::Value;

use super::NoAnswer;
use crate::retry::retry_after;
use crate::target::Failure;

/// Longer codes are cut.
const MOST_CODE: usize = 64;
/// Longer messages are cut; they go into the rejects file.
const MOST_MESSAGE: usize = 500;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Its headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// Its body, whole.
    pub body: Vec<u8>,
}

impl Response {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A header's value as a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }

    /// The body as JSON, if it is JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// How long the system wants to be left alone.
    pub(crate) fn wait(&self, unix_seconds: i64) -> Option<Duration> {
        retry_after(self.header("Retry-After")?, self.header("Date"), unix_seconds)
    }

    /// What a status means for a call that writes absolute values; `None` for success.
    pub(crate) fn failure(&self, unix_seconds: i64) -> Option<Failure> {
        let why = || match code_of(self.json().as_ref()) {
            Some(code) => format!("status {} ({code})", self.status),
            None => format!("status {}", self.status),
        };
        let wait = self.wait(unix_seconds);
        Some(match self.status {
            200..=299 => return None,
            // 425 and 429 are said before anything is done; 477 is how one vendor says that it is moving.
            425 | 429 | 477 => Failure::NotDone { why: why(), wait },
            408 | 423 | 500..=599 => Failure::Unclear { why: why(), wait },
            401 => Failure::Credentials { why: format!("{}; is the token right, and not expired?", why()) },
            300..=399 => Failure::Stop { why: format!("{}: it leads to another address; give that one", why()) },
            403 | 404 | 405 | 410 => Failure::Stop { why: format!("{}; may this user write there?", why()) },
            _ => Failure::Refused {
                code: code_of(self.json().as_ref()).unwrap_or_else(|| self.status.to_string()),
                message: self.message(),
            },
        })
    }

    /// What the body says, on one line and not too long; may hold customers' values.
    pub(crate) fn message(&self) -> String {
        let said = self.json().and_then(|said| {
            ["message", "error_description", "detail", "error"]
                .iter()
                .find_map(|name| Some(said.get(name)?.as_str()?.to_owned()))
        });
        let text = said.unwrap_or_else(|| String::from_utf8_lossy(&self.body).into_owned());
        one_line(&text, MOST_MESSAGE)
    }
}

/// What no answer means.
pub(crate) fn no_answer(none: NoAnswer) -> Failure {
    match none {
        NoAnswer::NotSent(why) => Failure::NotDone { why, wait: None },
        NoAnswer::Unclear(why) => Failure::Unclear { why, wait: None },
    }
}

/// The code that a body gives, if it looks like one: codes are shown, messages are not.
pub(crate) fn code_of(body: Option<&Value>) -> Option<String> {
    let body = body?;
    let body = body.get(0).unwrap_or(body);
    let code = ["errorCode", "code", "error", "category", "policyName", "name"].iter().find_map(|name| {
        match body.get(name) {
            Some(Value::String(code)) => Some(code.clone()),
            Some(Value::Number(code)) => Some(code.to_string()),
            _ => None,
        }
    })?;
    shown_code(&code)
}

/// A text as a code, if it is one: letters, digits and `_-.`.
pub(crate) fn shown_code(text: &str) -> Option<String> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    (plain && text.len() <= MOST_CODE).then(|| text.to_owned())
}

/// One line without control characters, cut.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_status_says_whether_something_may_have_been_done() {
        let failure = |status| answer(status, &[], "").failure(0);
        assert_eq!(failure(200), None);
        assert_eq!(failure(207), None);
        assert!(matches!(failure(429), Some(Failure::NotDone { .. })));
        for status in [408, 500, 502, 503, 504, 521] {
            assert!(matches!(failure(status), Some(Failure::Unclear { .. })), "{status}");
        }
        assert!(matches!(failure(401), Some(Failure::Credentials { .. })));
        for status in [301, 302, 307, 308, 403, 404] {
            assert!(matches!(failure(status), Some(Failure::Stop { .. })), "{status}");
        }
        for status in [400, 409, 413, 422] {
            assert!(matches!(failure(status), Some(Failure::Refused { .. })), "{status}");
        }
    }

    #[test]
    fn codes_are_shown_and_messages_are_not() {
        let body = r#"{"code":"INVALID_EMAIL","message":"ann@example.com\nis no address"}"#;
        let refused = answer(400, &[], body).failure(0);
        let message = "ann@example.com is no address".to_owned();
        assert_eq!(refused, Some(Failure::Refused { code: "INVALID_EMAIL".to_owned(), message }));
        let stop = answer(403, &[], r#"{"error":"no right for ann@example.com"}"#).failure(0);
        assert!(!format!("{stop:?}").contains("ann"), "{stop:?}");
        let wait = answer(429, &[("retry-after", "7")], "").failure(0);
        assert_eq!(wait, Some(Failure::NotDone { why: "status 429".to_owned(), wait: Some(Duration::from_secs(7)) }));
    }
}
