//! How engines write what standard SQL leaves to them.

use std::fmt;

use crate::tables::Clock;

/// The SQL of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Apache Spark 4 in ANSI mode with the session's time zone UTC; Sail speaks it too.
    Spark,
    /// DuckDB.
    DuckDb,
    /// PostgreSQL 14 or later.
    Postgres,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 3] = [Dialect::Spark, Dialect::DuckDb, Dialect::Postgres];

    /// The name, as on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Spark => "spark",
            Dialect::DuckDb => "duckdb",
            Dialect::Postgres => "postgres",
        }
    }

    /// An identifier, quoted.
    pub(crate) fn name(self, name: &str) -> String {
        match self {
            Dialect::Spark => format!("`{}`", name.replace('`', "``")),
            Dialect::DuckDb | Dialect::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A text, as a literal.
    pub(crate) fn text(self, text: &str) -> String {
        match self {
            // Spark reads backslashes, and two quotes as the end of one literal and the beginning of the next.
            Dialect::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Dialect::DuckDb | Dialect::Postgres => format!("'{}'", text.replace('\'', "''")),
        }
    }

    pub(crate) fn text_type(self) -> &'static str {
        match self {
            Dialect::Spark => "STRING",
            Dialect::DuckDb => "VARCHAR",
            Dialect::Postgres => "TEXT",
        }
    }

    pub(crate) fn double_type(self) -> &'static str {
        match self {
            Dialect::Spark | Dialect::DuckDb => "DOUBLE",
            Dialect::Postgres => "DOUBLE PRECISION",
        }
    }

    pub(crate) fn double(self, value: &str) -> String {
        format!("CAST({value} AS {})", self.double_type())
    }

    /// A common table expression.
    pub(crate) fn with(self, name: &str, text: &str) -> String {
        let keep = match self {
            // What stands behind a name is put in its place wherever it is used, and grows from step to step.
            Dialect::Postgres => "MATERIALIZED ",
            Dialect::Spark | Dialect::DuckDb => "",
        };
        format!("{name} AS {keep}(\n  {text}\n)")
    }

    /// A column's text without the blanks around it; NULL where nothing is left.
    pub(crate) fn trimmed(self, column: &str) -> String {
        format!("NULLIF({}, '')", self.id(column))
    }

    /// A column's text without the blanks around it.
    pub(crate) fn id(self, column: &str) -> String {
        format!("TRIM(CAST({column} AS {}))", self.text_type())
    }

    /// Whole ten-thousandths of a number, halves away from zero.
    pub(crate) fn ten_thousandths(self, column: &str) -> String {
        match self {
            Dialect::Spark | Dialect::DuckDb => format!("CAST(ROUND({column} * 10000) AS BIGINT)"),
            // ROUND of a double goes to the even neighbour there.
            Dialect::Postgres => format!("CAST(ROUND(CAST({column} * 10000 AS NUMERIC)) AS BIGINT)"),
        }
    }

    /// Microseconds of wall-clock time since 1970-01-01.
    pub(crate) fn micros(self, column: &str, clock: &Clock<'_>) -> String {
        match (self, clock) {
            (Dialect::Spark, Clock::Wall) => format!("UNIX_MICROS(CAST({column} AS TIMESTAMP))"),
            (Dialect::Spark, Clock::Instant(zone)) => {
                format!("UNIX_MICROS(FROM_UTC_TIMESTAMP({column}, {}))", self.text(zone))
            }
            (Dialect::DuckDb, Clock::Wall) => format!("EPOCH_US(CAST({column} AS TIMESTAMP))"),
            (Dialect::DuckDb, Clock::Instant(zone)) => {
                format!("EPOCH_US(CAST({column} AS TIMESTAMPTZ) AT TIME ZONE {})", self.text(zone))
            }
            (Dialect::Postgres, Clock::Wall) => {
                format!("CAST(EXTRACT(EPOCH FROM CAST({column} AS TIMESTAMP)) * 1000000 AS BIGINT)")
            }
            (Dialect::Postgres, Clock::Instant(zone)) => format!(
                "CAST(EXTRACT(EPOCH FROM CAST({column} AS TIMESTAMPTZ) AT TIME ZONE {}) * 1000000 AS BIGINT)",
                self.text(zone)
            ),
        }
    }

    /// Days since 1970-01-01 of a column of dates.
    pub(crate) fn days(self, column: &str, clock: &Clock<'_>) -> String {
        match clock {
            Clock::Instant(_) => day(&self.micros(column, clock)),
            Clock::Wall => match self {
                Dialect::Spark => format!("CAST(UNIX_DATE(CAST({column} AS DATE)) AS BIGINT)"),
                Dialect::DuckDb | Dialect::Postgres => {
                    format!("CAST(CAST({column} AS DATE) - DATE '1970-01-01' AS BIGINT)")
                }
            },
        }
    }

    /// The value of the oldest, or newest, row of which `pair` gives its moment and its value: of several at one moment the
    /// smallest, or the largest.
    pub(crate) fn of_oldest(self, condition: &str, value: &str, newest: bool) -> String {
        let (most, order) = if newest { ("MAX", "DESC") } else { ("MIN", "ASC") };
        let condition = if condition.is_empty() { String::new() } else { format!("{condition} AND ") };
        match self {
            Dialect::Spark => format!(
                "{most}(CASE WHEN {condition}{value} IS NOT NULL THEN NAMED_STRUCT('t', t, 'x', {value}) END).x"
            ),
            Dialect::DuckDb => format!(
                "STRUCT_EXTRACT({most}(CASE WHEN {condition}{value} IS NOT NULL THEN STRUCT_PACK(t := t, x := {value}) END), 'x')"
            ),
            Dialect::Postgres => format!(
                "(ARRAY_AGG({value} ORDER BY t {order}, {value} {order}) FILTER (WHERE {condition}{value} IS NOT NULL))[1]"
            ),
        }
    }

    pub(crate) fn median(self, value: &str) -> String {
        match self {
            Dialect::Spark | Dialect::DuckDb => format!("MEDIAN({value})"),
            Dialect::Postgres => format!("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY {value})"),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Microseconds of a day.
pub(crate) const DAY: i64 = history::MICROS_PER_DAY;

/// Days before 1970-01-01 that are counted from, so that no remainder is negative: 1950-01-01 is the first plausible day.
const FIRST_DAY: i64 = 7_305;

/// The day of a moment, in days since 1970-01-01. Exact: what is divided is a multiple of a day.
pub(crate) fn day(micros: &str) -> String {
    let from = FIRST_DAY * DAY;
    format!("CAST(({micros} - MOD({micros} + {from}, {DAY})) / {DAY} AS BIGINT)")
}

/// The day of the week, Monday 0 to Sunday 6.
pub(crate) fn weekday(day: &str) -> String {
    // 1970-01-01 was a Thursday; 7 x 2,000 days keep it from being negative.
    format!("MOD({day} + 14003, 7)")
}

/// Working days from a Monday long ago up to and including a day.
pub(crate) fn working_days(day: &str) -> String {
    let shifted = format!("({day} + 14004)");
    format!("(5 * CAST(({shifted} - MOD({shifted}, 7)) / 7 AS BIGINT) + LEAST(MOD({shifted}, 7), 5))")
}

/// A number that every engine takes for a double.
pub(crate) fn number(value: f64) -> String {
    if value < 0.0 { format!("({value:E})") } else { format!("{value:E}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_cannot_end_before_their_end() {
        assert_eq!(Dialect::Spark.text("it's \\ '' x"), "'it\\'s \\\\ \\'\\' x'");
        assert_eq!(Dialect::DuckDb.text("it's \\"), "'it''s \\'");
        assert_eq!(Dialect::Spark.name("a`b"), "`a``b`");
        assert_eq!(Dialect::Postgres.name("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn numbers_are_doubles_and_lose_no_digit() {
        for value in [0.0, 1.5, -2.5 / 17.5, 1e-300, f64::MAX, 0.1 + 0.2] {
            let text = number(value);
            assert!(text.contains('E'), "{text}");
            let parsed: f64 = text.trim_matches(['(', ')']).parse().expect("a number");
            assert_eq!(parsed.to_bits(), value.to_bits(), "{text}");
        }
    }
}
