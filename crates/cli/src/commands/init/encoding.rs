//! The encoding of text files: UTF-8 proves itself, others do not. Files that are something else are looked at in the
//! encoding that makes most sense of their headers, and the user says whether it is that one.

use std::path::{Path, PathBuf};

use history::inspect::{self, FileLook};
use history::{Encoding, ReadError, TableSpec};

use super::question::{Also, Answers, Question};
use super::setting::Setting;
use super::table::TableName;
use super::{Refused, words};
use crate::exit::one_line;

/// A file that is not UTF-8.
#[derive(Debug)]
pub(super) struct Undeclared {
    path: PathBuf,
    /// Encodings in which its start is text, with the headers that they make of it.
    candidates: Vec<(Encoding, Vec<String>)>,
}

/// Encodings of one byte a letter in which exports of the languages that are known here are written.
const CANDIDATES: [&str; 7] =
    ["windows-1251", "windows-1250", "windows-1252", "iso-8859-2", "iso-8859-16", "koi8-r", "ibm866"];

/// Above this share of rows with other bytes a file is not UTF-8 with some damage.
const DAMAGED: f64 = 0.001;

/// Looks at a file, and says so if its encoding is not proven.
///
/// # Errors
/// It cannot be read in any encoding.
pub(super) fn look_at(path: &Path) -> Result<(FileLook, Option<Undeclared>), ReadError> {
    let spec = TableSpec::at(path);
    match inspect::look_at(&spec) {
        Ok(look) if look.rows_not_text() as f64 <= DAMAGED * look.rows as f64 => return Ok((look, None)),
        Ok(_) | Err(ReadError::HeaderNotUtf8 { .. }) => {}
        Err(error) => return Err(error),
    }
    let candidates: Vec<(Encoding, Vec<String>)> = CANDIDATES
        .iter()
        .filter_map(|label| {
            let encoding = Encoding::of_label(label)?;
            Some((encoding, inspect::headers(&in_encoding(path, encoding)).ok()?))
        })
        .collect();
    let known = |headers: &[String]| headers.iter().filter(|header| words::knows(header)).count();
    let mut likely: Vec<&(Encoding, Vec<String>)> = candidates.iter().collect();
    // Of those that make as much sense, the first: which one it is changes nothing but what is asked about it.
    likely.sort_by_key(|(_, headers)| std::cmp::Reverse(known(headers)));
    let mut refused = ReadError::HeaderNotUtf8 { path: path.to_owned() };
    for (encoding, _) in likely {
        match inspect::look_at(&in_encoding(path, *encoding)) {
            Ok(look) => return Ok((look, Some(Undeclared { path: path.to_owned(), candidates }))),
            // There are bytes further on that it does not know.
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn in_encoding(path: &Path, encoding: Encoding) -> TableSpec {
    TableSpec { encoding: Some(encoding), ..TableSpec::at(path) }
}

/// The encoding of a table, and its files as they are in it.
///
/// # Errors
/// The files are not of one encoding, or cannot be read in the one that was answered.
pub(super) fn encoding(
    given: &super::files::Given,
    table: TableName,
    files: Vec<FileLook>,
    answers: &mut Answers,
) -> anyhow::Result<(Vec<FileLook>, Setting)> {
    let undeclared = |file: &FileLook| given.undeclared.iter().find(|other| other.path == file.path);
    let Some((first, unproven)) = files.iter().find_map(|file| Some((file, undeclared(file)?))) else {
        return Ok((files, Setting::absent("text is UTF-8, or says what it is")));
    };
    if let Some(other) = files.iter().find(|file| undeclared(file).is_none() && !file.is_ascii()) {
        let (first, other) = (given.shown(first), given.shown(other));
        let message = format!(
            "expected files of one encoding, found {other}, which is UTF-8, and {first}, which is not; convert one of them"
        );
        return Err(Refused(format!("{}: {message}", table.as_str())).into());
    }
    let key = format!("{}.encoding", table.as_str());
    let mut question = Question::new(&key, format!("{} is not UTF-8. In which encoding is it?", given.shown(first)));
    for (encoding, headers) in &unproven.candidates {
        let shown: Vec<String> = headers.iter().take(4).map(|header| format!("\"{}\"", one_line(header))).collect();
        question = question.choice(encoding.name(), format!("its header is then {}", shown.join(", ")));
    }
    let Some((answer, by)) = answers.ask(question.also(Also::Encoding))? else {
        return Ok((as_assumed(files, first_encoding(given, unproven))?, Setting::Open(key)));
    };
    let files = as_assumed(files, Encoding::of_label(&answer))?;
    Ok((files, Setting::answered(answer, by)))
}

/// The encoding in which a file was looked at.
fn first_encoding(given: &super::files::Given, unproven: &Undeclared) -> Option<Encoding> {
    given.files.iter().find(|file| file.path == unproven.path).and_then(|file| file.encoding)
}

/// Looks at files again that were looked at in another encoding.
fn as_assumed(files: Vec<FileLook>, encoding: Option<Encoding>) -> Result<Vec<FileLook>, ReadError> {
    let again = |file: FileLook| match encoding {
        Some(encoding) if file.encoding != Some(encoding) => inspect::look_at(&in_encoding(&file.path, encoding)),
        _ => Ok(file),
    };
    files.into_iter().map(again).collect()
}
