//! Lists for people: what to do by owner and by channel, whom to call first, what was left undone, whom to win back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use decisions::measures::Neglect;
use decisions::plan::{Arm, Group, Plan, State};
use history::{Column, Date, Money, TableWriter, Values, WriteError};
use reports::Language;

use super::people::People;
use super::table::{Row, cents, columns_of, text};
use super::told;

/// Folder of the worklists in the folder of outputs.
const FOLDER: &str = "worklists";
/// The most lists of one kind: more owners than this are not people but a column of the wrong kind.
const MOST_LISTS: usize = 500;

/// What a list needs of a customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) id: &'a str,
    pub(super) owner: Option<&'a str>,
    pub(super) channel: Option<&'a str>,
}

/// Writes the lists, and removes those of earlier plans that have no place any more.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(
    out: &Path,
    (as_of, language): (Date, Language),
    people: &People,
    named: &[Named<'_>],
    found: &Plan,
    rows: &[Row<'_>],
) -> anyhow::Result<Vec<PathBuf>> {
    let folder = out.join(FOLDER);
    let io = |source| WriteError::Io { path: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(io)?;
    let mut files = Vec::new();
    // Nobody who is left alone by lot is on a list of people to contact.
    let contacts: Vec<&Row<'_>> = rows.iter().filter(|row| row.plan.arm == Arm::Contact).collect();
    for kind in ["owner", "channel"] {
        let mut lists: BTreeMap<String, Vec<&Row<'_>>> = BTreeMap::new();
        for &row in &contacts {
            let of_row = if kind == "owner" { row.owner } else { row.channel() };
            lists.entry(file_name(of_row)).or_default().push(row);
        }
        if lists.len() > MOST_LISTS {
            continue;
        }
        for (name, rows) in lists {
            files.push(write_table(&folder.join(format!("{kind}-{name}.csv")), columns_of((as_of, language), &rows))?);
        }
    }
    let mut desk: Vec<&Row<'_>> = contacts.iter().copied().filter(|row| row.plan.group == Group::Save).collect();
    desk.sort_by(|a, b| b.value.total_cmp(&a.value).then(a.id.cmp(b.id)));
    files.push(write_table(&folder.join("save-desk.csv"), columns_of((as_of, language), &desk))?);
    let held_out: BTreeSet<usize> =
        found.rows.iter().filter(|row| row.arm == Arm::HoldOut).map(|row| row.customer).collect();
    files.push(write_table(&folder.join("neglect.csv"), neglect_columns((as_of, language), people, named))?);
    files.push(write_table(&folder.join("win-back.csv"), win_back_columns(as_of, people, named, &held_out))?);
    remove_others(&folder, &files)?;
    Ok(files)
}

fn write_table(path: &Path, columns: Vec<Column>) -> Result<PathBuf, WriteError> {
    let mut table = TableWriter::create(path)?;
    table.write(&columns)?;
    table.finish()?;
    Ok(path.to_owned())
}

/// Service that was promised or is due, whoever the customer is: worst first.
fn neglect_columns((as_of, language): (Date, Language), people: &People, named: &[Named<'_>]) -> Vec<Column> {
    let mut rows: Vec<(usize, Neglect)> = Vec::new();
    for (at, person) in people.rows.iter().enumerate() {
        rows.extend(person.neglected(as_of).first().map(|worst| (at, *worst)));
    }
    let rank = |neglect: &Neglect| match neglect {
        Neglect::ComplaintOverdue { working_days } => (0, *working_days),
        Neglect::QuoteUnanswered { days } => (1, *days),
        Neglect::NoFirstCall { days } => (2, *days),
        Neglect::NoContact { days } => (3, *days),
    };
    let value = |at: usize| people.rows[at].churn_probability.unwrap_or(0.0) * people.rows[at].value;
    rows.sort_by(|(a, x), (b, y)| {
        rank(x).0.cmp(&rank(y).0).then(value(*b).total_cmp(&value(*a))).then(rank(y).1.cmp(&rank(x).1)).then(a.cmp(b))
    });
    let kind =
        |neglect: &Neglect| ["complaint_overdue", "quote_unanswered", "no_first_call", "no_contact"][rank(neglect).0];
    vec![
        Column::new("customer_id", text(rows.iter().map(|(at, _)| Some(named[*at].id)))),
        Column::new("as_of", Values::Date(vec![Some(as_of); rows.len()])),
        Column::new("owner", text(rows.iter().map(|(at, _)| named[*at].owner))),
        Column::new("neglect", text(rows.iter().map(|(_, neglect)| Some(kind(neglect))))),
        Column::new(
            "days",
            Values::Integer(rows.iter().map(|(_, neglect)| Some(i64::from(rank(neglect).1))).collect()),
        ),
        Column::new("value_at_risk", Values::Money(rows.iter().map(|(at, _)| Some(cents(value(*at)))).collect())),
        Column::new(
            "contact_allowed",
            Values::Flag(rows.iter().map(|(at, _)| Some(people.rows[*at].contact_allowed)).collect()),
        ),
        Column::new(
            "reason",
            Values::Text(rows.iter().map(|(_, neglect)| Some(told::neglect(language, neglect))).collect()),
        ),
    ]
}

/// Lapsed customers who may be contacted and are not held out, by return probability times value.
fn win_back_columns(as_of: Date, people: &People, named: &[Named<'_>], held_out: &BTreeSet<usize>) -> Vec<Column> {
    let returns = |at: usize| people.rows[at].churn_probability.map(|p| 1.0 - p);
    let worth = |at: usize| returns(at).unwrap_or(0.0) * people.rows[at].value;
    let wanted = |at: &usize| {
        let person = &people.rows[*at];
        person.state == State::Lapsed && person.contact_allowed && !held_out.contains(at) && worth(*at) > 0.0
    };
    let mut rows: Vec<usize> = (0..people.rows.len()).filter(wanted).collect();
    rows.sort_by(|a, b| worth(*b).total_cmp(&worth(*a)).then(a.cmp(b)));
    let n = rows.len();
    let money = |of: &dyn Fn(usize) -> f64| {
        Values::Money(rows.iter().map(|at| Some(cents(of(*at)))).collect::<Vec<Option<Money>>>())
    };
    vec![
        Column::new("customer_id", text(rows.iter().map(|at| Some(named[*at].id)))),
        Column::new("as_of", Values::Date(vec![Some(as_of); n])),
        Column::new("owner", text(rows.iter().map(|at| named[*at].owner))),
        Column::new("channel", text(rows.iter().map(|at| named[*at].channel))),
        Column::new(
            "return_probability",
            Values::Float(rows.iter().map(|at| returns(*at).map(super::table::six_decimals)).collect()),
        ),
        Column::new("value_if_returned", money(&|at| people.rows[at].value)),
        Column::new("expected_value", money(&worth)),
        Column::new("priority", Values::Integer((1..).take(n).map(Some).collect())),
    ]
}

/// A name that is safe as part of the name of a file; names that differ in signs alone share a list.
fn file_name(text: Option<&str>) -> String {
    let Some(text) = text else { return "none".to_owned() };
    let plain: String =
        text.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).take(60).collect();
    if plain.is_empty() { "none".to_owned() } else { plain }
}

/// Lists of an earlier plan would be taken for those of this one.
fn remove_others(folder: &Path, kept: &[PathBuf]) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_ours = name.ends_with(".csv") && (name.starts_with("owner-") || name.starts_with("channel-"));
        if is_ours && !kept.contains(&path) {
            std::fs::remove_file(&path).map_err(|source| WriteError::Io { path: path.clone(), source })?;
        }
    }
    Ok(())
}
