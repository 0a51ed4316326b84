//! The project file that the exports and the answers so far make.

use history::inspect::{FileLook, PurchaseLook};

use super::cells::{date_format, decimal, has_format, has_offsets};
use super::encoding::encoding;
use super::files::{Given, path_in_project};
use super::int96::{UTC, int96};
use super::mapping::{self, Mapping, NONE};
use super::question::{Also, Answers, Question};
use super::rows::{Rules, Seen, Wanted, rules};
use super::setting::Setting;
use super::table::{Column, Needs, TABLES, TableName, columns, tables_of};
use super::{Refused, words};
use crate::exit::one_line;

/// What is proposed, settled or not.
#[derive(Debug)]
pub(super) struct Proposal {
    pub(super) timezone: Setting,
    pub(super) currency: Setting,
    pub(super) tables: Vec<Table>,
    /// Files that no table is made of.
    pub(super) unused: Vec<String>,
    /// What the user should know, and need not answer.
    pub(super) notes: Vec<String>,
}

/// One table of the project file.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: TableName,
    /// As it stands in the project file.
    pub(super) path: String,
    pub(super) files: Vec<String>,
    pub(super) rows: u64,
    pub(super) encoding: Setting,
    /// Where there are timestamps of this type.
    pub(super) int96: Option<Setting>,
    pub(super) date_format: Setting,
    pub(super) decimal: Setting,
    /// Of the transactions.
    pub(super) rules: Option<Rules>,
    pub(super) mapping: Mapping,
}

/// Makes the proposal.
///
/// # Errors
/// The files are not enough for a project, or an answer is none.
pub(super) fn propose(given: &Given, answers: &mut Answers, seen: &mut Seen) -> anyhow::Result<Proposal> {
    answers.begin();
    let mut notes = Vec::new();
    let (grouped, unused) = group(given, answers, &mut notes)?;
    let mut tables = Vec::new();
    let (mut offsets, mut currency) = (false, Vec::new());
    for (name, files) in grouped {
        let (files, encoding) = encoding(given, name, files, answers)?;
        let columns = columns(&files);
        let table = table(given, name, (&files, &columns, encoding), answers, seen, &mut notes)?;
        let mapped = |column: &Column<'_>| {
            table.mapping.columns.iter().any(|(_, setting)| setting.value() == Some(column.header))
        };
        offsets |= columns.iter().filter(|column| mapped(column)).any(has_offsets);
        offsets |= table.int96.as_ref().and_then(Setting::value) == Some(UTC);
        if name == TableName::Transactions {
            currency = currencies(&columns, &table.mapping);
        }
        tables.push(table);
    }
    let is_known = |name: TableName| tables.iter().any(|table: &Table| table.name == name);
    if !is_known(TableName::Transactions) && answers.open().next().is_none() {
        return Err(Refused(
            "expected a file of purchases, with a customer, a date and an amount in each row, found none".to_owned(),
        )
        .into());
    }
    let currency = the_currency(&currency, answers, &mut notes)?;
    let timezone = timezone(offsets, answers)?;
    Ok(Proposal { timezone, currency, tables, unused, notes })
}

/// Files of each table, and the files that are left out.
type Grouped = (Vec<(TableName, Vec<FileLook>)>, Vec<String>);

fn group(given: &Given, answers: &mut Answers, notes: &mut Vec<String>) -> anyhow::Result<Grouped> {
    let mut grouped: Vec<(TableName, Vec<FileLook>)> = TABLES.iter().map(|name| (*name, Vec::new())).collect();
    let mut unused = Vec::new();
    for file in &given.files {
        let shown = given.shown(file);
        for header in &file.unusable {
            notes.push(match header.as_str() {
                "" => format!("{shown}: a column without a header is not read"),
                _ => format!(
                    "{shown}: \"{}\" stands twice in the header, or has a type that is not read",
                    one_line(header)
                ),
            });
        }
        if file.broken > 0 {
            notes.push(format!(
                "{shown}: {} rows have more or fewer fields than the header: they are rejected",
                file.broken
            ));
        }
        let table = match tables_of(file)[..] {
            // Nothing but purchases makes a project of a single file; what it lacks is said where columns are mapped.
            [] | [TableName::Customers] if given.files.len() == 1 => Some(TableName::Transactions),
            [only] => Some(only),
            ref several => {
                let likely: &[TableName] = if several.is_empty() { &TABLES } else { several };
                let key = format!("file:{shown}");
                let mut question = Question::new(&key, format!("What is {shown}?"));
                for table in likely {
                    question = question.choice(table.as_str(), table.meaning());
                }
                let question = question.choice(NONE, "it is left out");
                match answers.ask(question)? {
                    None => None,
                    Some((answer, _)) => TABLES.into_iter().find(|table| table.as_str() == answer),
                }
            }
        };
        match table.and_then(|table| grouped.iter_mut().find(|(name, _)| *name == table)) {
            Some((_, files)) => files.push(file.clone()),
            None => unused.push(shown),
        }
    }
    grouped.retain(|(_, files)| !files.is_empty());
    Ok((grouped, unused))
}

fn table(
    given: &Given,
    name: TableName,
    (files, columns, encoding): (&[FileLook], &[Column<'_>], Setting),
    answers: &mut Answers,
    seen: &mut Seen,
    notes: &mut Vec<String>,
) -> anyhow::Result<Table> {
    let path = path_in_project(given, name, files)?;
    let mut mapping = mapping::map(name, columns, answers)?;
    notes.extend(mapping.notes.iter().map(|note| format!("{}: {note}", name.as_str())));
    let mapped = |mapping: &Mapping, needs: Needs| -> Vec<&Column<'_>> {
        let of = |column: &str| name.roles().iter().any(|role| role.column == column && role.needs == needs);
        let is_price = |column: &str| needs == Needs::Number && column == "unit_price";
        let headers = mapping.columns.iter().filter(|(column, _)| of(column) || is_price(column));
        let headers: Vec<&str> = headers.filter_map(|(_, setting)| setting.value()).collect();
        headers.into_iter().filter_map(|header| columns.iter().find(|column| column.header == header)).collect()
    };
    let mut said = Vec::new();
    let int96 = int96(given, name, files, &mapping, answers)?;
    let date_format = match mapped(&mapping, Needs::Moment).first() {
        None => Setting::absent("no column of dates"),
        Some(first) => date_format(name.as_str(), first, answers, &mut said)?,
    };
    if !matches!(date_format, Setting::Open(_)) {
        let first = mapped(&mapping, Needs::Moment).first().map(|column| column.header.to_owned());
        mapping.columns.retain(|(column, setting)| {
            let Some(header) = setting.value().filter(|header| Some(*header) != first.as_deref()) else { return true };
            let is_moment = name.roles().iter().any(|role| role.column == column && role.needs == Needs::Moment);
            let found = columns.iter().find(|column| column.header == header).filter(|_| is_moment);
            let same = found.is_none_or(|found| has_format(found, date_format.value()));
            if !same {
                said.push(format!(
                    "\"{header}\" is not mapped as {column}: its dates are not written as those of \"{}\"",
                    first.as_deref().unwrap_or_default()
                ));
            }
            same
        });
    }
    let decimal = decimal(name.as_str(), &mapped(&mapping, Needs::Number), answers, &mut said)?;
    let rules = match name {
        TableName::Transactions => {
            let wanted = Wanted::of(
                files,
                &mapping,
                date_format.value().map(str::to_owned),
                if decimal.value() == Some(",") { b',' } else { b'.' },
            );
            let looks = wanted.map(|wanted| seen.look(&wanted)).transpose()?;
            if let (Some(looks), true) = (looks, !matches!(date_format, Setting::Open(_))) {
                said.extend(overlap(files, looks, mapping.header("order_id").is_some()));
            }
            let all = looks.map(|looks| {
                let mut all = PurchaseLook::default();
                looks.iter().for_each(|look| all.append(look));
                all
            });
            if let Some(all) = &all {
                let settled = |setting: &Setting| !matches!(setting, Setting::Open(_));
                let unread = [
                    (&all.bad_timestamp, "timestamp", settled(&date_format)),
                    (&all.bad_amount, "amount", settled(&decimal)),
                ];
                for (rows, column, settled) in unread {
                    if let (1.., Some(line), true) = (rows.rows, rows.first_line, settled) {
                        said.push(format!(
                            "{} rows have no {column} that can be read, the first in line {line}: they are rejected",
                            rows.rows
                        ));
                    }
                }
            }
            Some(rules(all.as_ref(), answers, &mut said)?)
        }
        _ => None,
    };
    notes.extend(said.into_iter().map(|note| format!("{}: {note}", name.as_str())));
    let rows = files.iter().map(|file| file.rows).sum();
    let files = files.iter().map(|file| given.shown(file)).collect();
    Ok(Table { name, path, files, rows, encoding, int96, date_format, decimal, rules, mapping })
}

/// What becomes of files whose days overlap: the first two of them, in words.
fn overlap(files: &[FileLook], looks: &[PurchaseLook], has_orders: bool) -> Option<String> {
    let mut spans: Vec<_> =
        files.iter().zip(looks).filter_map(|(file, look)| look.days.map(|days| (days, file.name()))).collect();
    spans.sort_unstable();
    let two = spans.windows(2).find(|two| two[1].0.0 <= two[0].0.1)?;
    let ((_, last), (first, end)) = (two[0].0, two[1].0);
    let (one, other, until) = (&two[0].1, &two[1].1, last.min(end));
    let becomes = if has_orders {
        "an order that is in both counts once"
    } else {
        "without an id of the order nothing tells rows that are in both: they count twice"
    };
    Some(format!("{one} and {other} both have rows from {first} to {until}: {becomes}"))
}

/// Currencies that the transactions name: in their own column, or in the header of the amount. Each with its proof.
fn currencies(columns: &[Column<'_>], mapping: &Mapping) -> Vec<(String, String)> {
    let column = |name: &str| {
        let header = mapping.header(name)?;
        columns.iter().find(|column| column.header == header)
    };
    if let Some(found) = column("currency") {
        let header = found.header;
        let levels = found.levels().into_iter().flatten();
        return levels.map(|code| (code.to_owned(), format!("all rows have it in \"{header}\""))).collect();
    }
    let header = mapping.header("amount").or_else(|| mapping.header("unit_price"));
    let code =
        header.and_then(|header| Some((words::currency_in(header)?.to_owned(), format!("named by \"{header}\""))));
    code.into_iter().collect()
}

fn the_currency(found: &[(String, String)], answers: &mut Answers, notes: &mut Vec<String>) -> anyhow::Result<Setting> {
    if let [(code, why)] = found
        && crate::project::is_currency(code)
    {
        return Ok(Setting::proven(code, why));
    }
    if found.len() > 1 {
        let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).take(5).collect();
        notes.push(format!(
            "transactions: amounts of different currencies ({}) cannot be added: convert them before the export",
            codes.join(", ")
        ));
    }
    let question = Question::new("currency", "Which currency are the amounts in?")
        .choice(NONE, "no currency is shown beside amounts")
        .also(Also::Currency)
        .suggest(NONE);
    Ok(match answers.ask(question)? {
        None => Setting::Open("currency".to_owned()),
        Some((answer, _)) if answer == NONE => Setting::absent("answered: none is shown"),
        Some((answer, by)) => Setting::answered(answer, by),
    })
}

fn timezone(offsets: bool, answers: &mut Answers) -> anyhow::Result<Setting> {
    let question = if offsets {
        "In which time zone does your business count its days? Timestamps with an offset are converted to it."
    } else {
        "In which time zone are the timestamps? They have no offset from UTC."
    };
    let question =
        Question::new("timezone", question).choice("UTC", "universal time").also(Also::Timezone).suggest("UTC");
    Ok(match answers.ask(question)? {
        None => Setting::Open("timezone".to_owned()),
        Some((answer, by)) => Setting::answered(answer, by),
    })
}
