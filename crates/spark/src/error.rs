//! What can go wrong with an engine, and how it is told: one line, no query plan, no secret.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::Address;

/// Longer messages of servers are cut.
#[cfg_attr(not(feature = "connect"), allow(dead_code, reason = "only servers say anything"))]
const LONGEST: usize = 600;

/// Why an engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// What was given is no address.
    #[error("expected an address like spark://host:15002, but {why}")]
    Address {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A setting cannot be used, or not with this address.
    #[error("{what}")]
    Setting {
        /// The variable, and what is wrong with it; never its value, where that may be a secret.
        what: String,
    },
    /// The program has no client.
    #[error(
        "this program was built without the client for Spark; build it with `cargo build --release --locked --workspace --features churn/spark`, which needs protoc"
    )]
    NotBuilt,
    /// Nothing listens there.
    #[error("{address} cannot be reached: {why}; is the server running, and is this its port for Spark Connect?")]
    Unreachable {
        /// Where.
        address: Address,
        /// What the operating system says.
        why: String,
    },
    /// Something listens there that does not speak Spark Connect, or not in the same manner (TLS, plain text).
    #[error(
        "{address} answers, but not as a Spark Connect server: {why}; is this its port for Spark Connect, and is CHURN_SPARK_TLS right?"
    )]
    NotSpark {
        /// Where.
        address: Address,
        /// What was found.
        why: String,
    },
    /// Over TLS, the server has no certificate that this machine trusts. Nothing was sent.
    #[error(
        "the certificate of {address} is not accepted: {why}; is this the right server, and does this machine know its authority?"
    )]
    Untrusted {
        /// Where.
        address: Address,
        /// What is wrong with it.
        why: String,
    },
    /// The server does not let us in.
    #[error("{address} refused access: {message}; see CHURN_SPARK_TOKEN and CHURN_SPARK_HEADERS")]
    Refused {
        /// Where.
        address: Address,
        /// The server's words.
        message: String,
    },
    /// The server was there and is no longer; whether it finished what it was running is not known.
    #[error(
        "{address} was lost while {doing}: {message}; what it was writing is not to be used, run again when it is back"
    )]
    Lost {
        /// Where.
        address: Address,
        /// What was asked of it.
        doing: &'static str,
        /// What was seen.
        message: String,
    },
    /// The server ran the statement and it failed, or it cannot run it.
    #[error("the engine failed at {doing}: {message}")]
    Failed {
        /// What was asked of it.
        doing: &'static str,
        /// The server's words.
        message: String,
    },
    /// A result that was to be small is not.
    #[error(
        "expected at most {most} rows as the result of a query, and found more; large results are written by the engine"
    )]
    TooManyRows {
        /// How many were allowed.
        most: usize,
    },
    /// A column of a small result has a type that has no [`crate::Value`].
    #[error("column `{column}` has the type {found}; cast it to BIGINT, DOUBLE, STRING or BOOLEAN in the query")]
    ColumnType {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// There is something where a new folder was to be written.
    #[error("{uri} exists already; results are only ever written to a new path")]
    PathExists {
        /// Where, without user and password.
        uri: String,
    },
    /// A file of this machine that rows were to go into.
    #[error("{} cannot be written: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the operating system, or the writer, says.
        why: String,
    },
    /// [`crate::Canceller::cancel`] was called.
    #[error("the statement was cancelled")]
    Cancelled,
}

/// A server's words as one line: without the plan or the statement that Spark repeats after its message, without users and passwords in addresses and
/// without these secrets, control characters escaped.
#[cfg_attr(not(feature = "connect"), allow(dead_code, reason = "only servers say anything"))]
pub(crate) fn one_line<'a>(words: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let end =
        [";\n", "\n\n== ", "\n== ", "\n\nJVM stacktrace", "\n\tat "].iter().filter_map(|mark| words.find(mark)).min();
    let mut text = words[..end.unwrap_or(words.len())].split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets {
        if !secret.is_empty() {
            text = text.replace(secret, "…");
        }
    }
    let mut line = String::with_capacity(text.len());
    for (said, sign) in without_users(&text).chars().enumerate() {
        if said == LONGEST {
            line.push('…');
            break;
        }
        let turns = matches!(sign, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if sign.is_control() || turns {
            let _ = write!(line, "\\u{{{:x}}}", u32::from(sign));
        } else {
            line.push(sign);
        }
    }
    if line.is_empty() { "(the server gave no reason)".to_owned() } else { line }
}

/// `scheme://user:password@host` without the user and the password.
#[cfg_attr(not(feature = "connect"), allow(dead_code, reason = "only servers say anything"))]
fn without_users(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        kept.push_str(before);
        let authority = after.find(['/', ' ', '\'', '"', '`']).unwrap_or(after.len());
        rest = match after[..authority].rfind('@') {
            Some(user) => {
                kept.push('…');
                &after[user..]
            }
            None => after,
        };
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_servers_become_one_line_without_plan_and_secret() {
        let spark = "[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] A column `x` cannot be resolved.  SQLSTATE: 42703; line 1 pos 7;\n'Project ['x]\n+- OneRowRelation\n";
        assert_eq!(
            one_line(spark, []),
            "[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] A column `x` cannot be resolved. SQLSTATE: 42703; line 1 pos 7"
        );
        assert_eq!(
            one_line("[PARSE] near 'FORM'. (line 1, pos 9)\n\n== SQL ==\nSELECT 1 FORM geheim", []),
            "[PARSE] near 'FORM'. (line 1, pos 9)"
        );
        assert_eq!(one_line("bearer geheim is wrong", ["geheim", ""]), "bearer … is wrong");
        assert_eq!(
            one_line("no s3a://key:geheim@bucket/a@b, nor hdfs://name/x", []),
            "no s3a://…@bucket/a@b, nor hdfs://name/x"
        );
        assert_eq!(one_line("a\u{1b}[31mb\u{202e}c\nd", []), "a\\u{1b}[31mb\\u{202e}c d");
        assert_eq!(one_line(" \n", []), "(the server gave no reason)");
        assert_eq!(one_line(&"é".repeat(1000), []).chars().count(), LONGEST + 1);
    }
}
