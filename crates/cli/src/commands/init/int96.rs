//! Timestamps of the Parquet type INT96: of some writers they are moments of UTC, of others times of a clock on the wall, and
//! nothing in the file says which.

use history::inspect::FileLook;

use super::files::Given;
use super::mapping::Mapping;
use super::question::{Answers, Question};
use super::setting::Setting;
use super::table::TableName;
use crate::exit::{UsageError, one_line};

/// What moments of UTC are called in the project file.
pub(super) const UTC: &str = "utc";

/// The key of a table of which a mapped column has such timestamps; none where there is no such column.
///
/// # Errors
/// The answer given is none to this question.
pub(super) fn int96(
    given: &Given,
    table: TableName,
    files: &[FileLook],
    mapping: &Mapping,
    answers: &mut Answers,
) -> Result<Option<Setting>, UsageError> {
    let is_mapped =
        |header: &&String| mapping.columns.iter().any(|(_, setting)| setting.value() == Some(header.as_str()));
    let Some((file, header)) = files.iter().find_map(|file| Some((file, file.int96.iter().find(is_mapped)?))) else {
        return Ok(None);
    };
    let key = format!("{}.int96", table.as_str());
    let (shown, header) = (given.shown(file), one_line(header));
    let text = format!(
        "\"{header}\" of {shown} has the Parquet type INT96, which says nothing of a time zone. What are its times?"
    );
    // A wrong answer moves purchases to other days, and nobody would notice: nothing is suggested.
    let question = Question::new(&key, text)
        .choice(UTC, "moments of UTC, as Spark and Hive write them")
        .choice("local", "times of a clock on the wall, as Impala writes them");
    Ok(Some(match answers.ask(question)? {
        None => Setting::Open(key),
        Some((answer, by)) => Setting::answered(answer, by),
    }))
}
