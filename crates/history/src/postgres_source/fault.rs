//! What went wrong between a server and here, in words without passwords and without contents of rows.

use std::error::Error;
use std::path::Path;

use postgres::error::{DbError, ErrorPosition};

use crate::error::ReadError;

/// No connection came about.
pub(super) fn no_connection(name: &Path, source: &str, error: &postgres::Error) -> ReadError {
    let Some(said) = error.as_db_error() else {
        let why = reason(error);
        let what = format!(
            "cannot connect to the PostgreSQL server of {source}{why}; is it running, and may this machine reach it?"
        );
        return fault(name, "database_unreachable", what);
    };
    let code = said.code().code();
    let what = match &code[..2.min(code.len())] {
        "28" => format!("the PostgreSQL server of {source} refused the user or the password ({code})"),
        "3D" => format!("the PostgreSQL server of {source} has no such database ({code})"),
        "53" | "57" => {
            let what = format!("the PostgreSQL server of {source} takes no connection now ({code}); run again later");
            return fault(name, "database_unreachable", what);
        }
        _ => format!("the PostgreSQL server of {source} refused the connection ({code})"),
    };
    fault(name, "database_login", what)
}

/// A query that the server does not understand.
pub(super) fn refused_query(name: &Path, sql: &str, error: &postgres::Error) -> ReadError {
    match error.as_db_error() {
        Some(said) if is_about_text(said) => {
            let place = said.position().and_then(|position| match position {
                ErrorPosition::Original(at) => Some(place_in(sql, *at)),
                ErrorPosition::Internal { .. } => None,
            });
            fault(name, "query_refused", format!("{}{}", place.unwrap_or_default(), in_words(said)))
        }
        _ => failure(name, error),
    }
}

/// A query that was understood by itself, and not as one that rows are copied from.
pub(super) fn refused_copy(name: &Path, error: &postgres::Error) -> ReadError {
    match error.as_db_error().map(|said| said.code().code()) {
        Some("42601") => {
            let what = "expected one query (select, values, table or with) without a semicolon, found something else";
            fault(name, "query_refused", what.to_owned())
        }
        _ => failure(name, error),
    }
}

/// Anything that went wrong after the connection was there.
pub(super) fn failure(name: &Path, error: &postgres::Error) -> ReadError {
    match error.as_db_error() {
        Some(said) => of_server(name, said),
        None => fault(name, "database_gone", format!("the connection to PostgreSQL broke{}; run again", reason(error))),
    }
}

/// Rows that stopped coming.
pub(super) fn broken_off(name: &Path, error: &std::io::Error) -> ReadError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<postgres::Error>());
    match inner {
        Some(inner) => failure(name, inner),
        None => fault(name, "database_gone", "the connection to PostgreSQL broke; run again".to_owned()),
    }
}

fn of_server(name: &Path, said: &DbError) -> ReadError {
    let code = said.code().code();
    match code {
        "57014" => {
            let what = "the query took longer than statement_timeout and was stopped (57014); make it faster, or allow more \
                        with options=-c statement_timeout=2h in the connection text";
            fault(name, "query_timeout", what.to_owned())
        }
        "55P03" => {
            let what = "a table of the query stayed locked for longer than lock_timeout (55P03); run again later";
            fault(name, "query_timeout", what.to_owned())
        }
        _ if ["57", "08", "53", "58", "XX"].contains(&&code[..2.min(code.len())]) => {
            let what = format!("PostgreSQL ended the connection or could not go on ({code}); run again");
            fault(name, "database_gone", what)
        }
        _ if is_about_text(said) => fault(name, "query_refused", in_words(said)),
        // The server's words may hold a cell.
        _ => fault(
            name,
            "query_failed",
            format!("PostgreSQL stopped the query at a row, with the code {code}; run the query in psql to see which"),
        ),
    }
}

/// Whether an error is about the words of the query, and not about contents of rows: syntax and access (42), features
/// (0A), read-only transactions (25).
///
/// Source: PostgreSQL 15 documentation, appendix A, "PostgreSQL Error Codes".
fn is_about_text(said: &DbError) -> bool {
    matches!(said.code().code().get(..2), Some("42" | "0A" | "25"))
}

fn in_words(said: &DbError) -> String {
    let hint = said.hint().map_or_else(String::new, |hint| format!(" ({})", hint.trim_end_matches('.')));
    format!("PostgreSQL refused the query: {}{hint} [{}]", said.message(), said.code().code())
}

/// Line and column of a character of the query, both from 1, as the beginning of a message.
fn place_in(sql: &str, at: u32) -> String {
    let before: String = sql.chars().take((at as usize).saturating_sub(1)).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column} of the query: ")
}

/// What the operating system or the protocol said. Causes of these errors are about sockets and certificates.
fn reason(error: &postgres::Error) -> String {
    let mut words = String::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !said.is_empty() && !words.contains(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        cause = inner.source();
    }
    words
}

fn fault(name: &Path, code: &'static str, what: String) -> ReadError {
    ReadError::Database { name: name.to_owned(), code, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_column_of_characters() {
        assert_eq!(place_in("select a\nfrom é x", 1), "line 1, column 1 of the query: ");
        assert_eq!(place_in("select a\nfrom é x", 17), "line 2, column 8 of the query: ");
        assert_eq!(place_in("", 9), "line 1, column 1 of the query: ");
    }
}
