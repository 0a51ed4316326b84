//! Which header of a table is which column of the project file.

use history::inspect::CellKind;

use super::question::{Answers, Question};
use super::setting::Setting;
use super::table::{Column, Needs, Role, TableName};
use super::{Refused, words};
use crate::exit::one_line;

/// The mapping of a table.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    /// Columns of the project file, each with its header or with the question for it.
    pub(super) columns: Vec<(String, Setting)>,
    pub(super) notes: Vec<String>,
}

impl Mapping {
    /// The header of a column, where it is settled.
    pub(super) fn header(&self, column: &str) -> Option<&str> {
        self.columns.iter().find(|(name, _)| name == column).and_then(|(_, setting)| setting.value())
    }

    fn remove(&mut self, column: &str) {
        self.columns.retain(|(name, _)| name != column);
    }
}

/// At most so many columns are named in a question.
const MOST_CHOICES: usize = 30;

/// Maps the columns of a table.
///
/// # Errors
/// A needed column is not there in any form, or an answer is none.
pub(super) fn map(table: TableName, columns: &[Column<'_>], answers: &mut Answers) -> anyhow::Result<Mapping> {
    let mut mapping = Mapping::default();
    let mut free: Vec<&Column<'_>> = columns.iter().collect();
    for role in table.roles() {
        if table == TableName::Transactions && role.column == "amount" {
            amount(*role, &mut free, &mut mapping, answers)?;
            continue;
        }
        if mapping.header(role.column).is_some() {
            continue;
        }
        let setting = pick(table, *role, &mut free, &mut mapping.notes, answers)?;
        mapping.columns.extend(setting.map(|setting| (role.column.to_owned(), setting)));
    }
    if mapping.header("margin").is_some() && mapping.header("cost").is_some() {
        mapping.remove("cost");
        mapping.notes.push("the cost is not mapped: the margin is there".to_owned());
    }
    if table == TableName::Customers {
        groups(&free, &mut mapping);
    }
    Ok(mapping)
}

/// The header for a column of the project file: the only one that is named so and holds such cells; of several, and of
/// those that are not named so, the user says which.
fn pick(
    table: TableName,
    role: Role,
    free: &mut Vec<&Column<'_>>,
    notes: &mut Vec<String>,
    answers: &mut Answers,
) -> anyhow::Result<Option<Setting>> {
    let mut named = by_name(table, role.column, role.needs, free);
    let misfits: Vec<&Column<'_>> = free
        .iter()
        .copied()
        .filter(|column| words::rank(table.as_str(), role.column, column.header) == Some(0) && !column.fits(role.needs))
        .collect();
    if named.is_empty() {
        for column in misfits {
            notes.push(format!(
                "\"{}\" is named like {} but its cells are {}",
                one_line(column.header),
                role.column,
                described(column)
            ));
        }
    }
    if let [only] = named[..] {
        free.retain(|column| column.header != only.header);
        return Ok(Some(Setting::proven(only.header, format!("cells are {}", only.kind().as_str()))));
    }
    if named.is_empty() {
        if !role.required {
            return Ok(None);
        }
        named = free.iter().copied().filter(|column| column.fits(role.needs)).collect();
        if named.is_empty() {
            return Err(missing(table, role, free).into());
        }
    }
    let key = format!("{}.columns.{}", table.as_str(), role.column);
    let mut question = Question::new(&key, format!("Which column of {} is {}?", table.as_str(), meaning(role.column)));
    for column in named.iter().take(MOST_CHOICES) {
        question = question.choice(column.header, described(column));
    }
    if !role.required {
        question = question.choice(NONE, "none of them");
    }
    Ok(match answers.ask(question)? {
        None => Some(Setting::Open(key)),
        Some((answer, _)) if answer == NONE => None,
        Some((answer, by)) => {
            free.retain(|column| column.header != answer);
            Some(Setting::answered(answer, by))
        }
    })
}

pub(super) const NONE: &str = "none";

/// The free columns that are named like a column of the project file and hold such cells, all of one rank.
fn by_name<'c, 'a>(table: TableName, role: &str, needs: Needs, free: &[&'c Column<'a>]) -> Vec<&'c Column<'a>> {
    let rank = |column: &Column<'_>| words::rank(table.as_str(), role, column.header).filter(|_| column.fits(needs));
    let best = free.iter().filter_map(|column| rank(column)).min();
    free.iter().copied().filter(|column| best.is_some() && rank(column) == best).collect()
}

/// The amount of the transactions: a column of its own, or unit price x quantity.
fn amount(role: Role, free: &mut Vec<&Column<'_>>, mapping: &mut Mapping, answers: &mut Answers) -> anyhow::Result<()> {
    let table = TableName::Transactions;
    let prices = by_name(table, "unit_price", Needs::Number, free);
    let quantities = by_name(table, "quantity", Needs::Number, free);
    let named = !by_name(table, "amount", Needs::Number, free).is_empty();
    if let (false, [price], [quantity]) = (named, &prices[..], &quantities[..]) {
        let certain = words::rank(table.as_str(), "unit_price", price.header) == Some(0);
        let key = "transactions.price";
        let asked = || {
            Question::new(
                key,
                format!(
                    "There is no column of amounts. Is \"{}\" the price of one piece, or the amount of the whole row?",
                    price.header
                ),
            )
            .choice("piece", format!("the amount is \"{}\" x \"{}\"", price.header, quantity.header))
            .choice("row", format!("\"{}\" is the amount", price.header))
        };
        let (is_unit, why) = if certain {
            (true, Setting::proven(price.header, "the amount is unit price x quantity".to_owned()))
        } else {
            match answers.ask(asked())? {
                None => {
                    mapping.columns.push(("unit_price".to_owned(), Setting::Open(key.to_owned())));
                    let header = quantity.header;
                    free.retain(|column| column.header != price.header && column.header != header);
                    let why = format!("cells are {}", quantity.kind().as_str());
                    mapping.columns.push(("quantity".to_owned(), Setting::proven(header, why)));
                    return Ok(());
                }
                Some((answer, by)) => (answer == "piece", Setting::answered(price.header, by)),
            }
        };
        let (price, quantity) = (price.header, *quantity);
        free.retain(|column| column.header != price);
        if !is_unit {
            mapping.columns.push(("amount".to_owned(), why));
            return Ok(());
        }
        mapping.columns.push(("unit_price".to_owned(), why));
        free.retain(|column| column.header != quantity.header);
        let why = format!("cells are {}", quantity.kind().as_str());
        mapping.columns.push(("quantity".to_owned(), Setting::proven(quantity.header, why)));
        return Ok(());
    }
    let setting = pick(table, role, free, &mut mapping.notes, answers)?;
    mapping.columns.extend(setting.map(|setting| (role.column.to_owned(), setting)));
    Ok(())
}

/// The customers table may have any text columns by which customers can be grouped: those with few texts are proposed,
/// unless they are about a person.
fn groups(free: &[&Column<'_>], mapping: &mut Mapping) {
    for column in free {
        let private = words::rank("customers", "private", column.header).is_some();
        let rows = column.sum(|look| look.filled);
        let few =
            column.levels().is_some_and(|levels| (2..=50).contains(&levels.len()) && rows >= 5 * levels.len() as u64);
        let name = words::name_of(column.header);
        let taken = mapping.columns.iter().any(|(known, _)| *known == name);
        if column.kind() == CellKind::Texts && few && !private && !taken && !name.is_empty() {
            let levels = column.levels().map_or(0, |levels| levels.len());
            mapping.columns.push((name, Setting::proven(column.header, format!("{levels} different texts"))));
        }
    }
}

fn missing(table: TableName, role: Role, free: &[&Column<'_>]) -> Refused {
    let what = match role.needs {
        Needs::Moment => "a column of dates",
        Needs::Number => "a column of numbers",
        Needs::Words(_) => "a column with the words that are known for it",
        Needs::Id | Needs::Text | Needs::Flag => "a column of texts or whole numbers",
    };
    let found: Vec<String> =
        free.iter().take(12).map(|column| format!("\"{}\" ({})", column.header, described(column))).collect();
    let found = if found.is_empty() { "none that is left".to_owned() } else { found.join(", ") };
    Refused(format!("{}: expected {what} for {}, found {found}", table.as_str(), role.column))
}

/// What the cells of a column are, in words; those that are no dates although they stand for some are named.
fn described(column: &Column<'_>) -> String {
    let filled = column.sum(|look| look.filled);
    let most = |cells: u64| filled > 0 && cells * 20 >= filled * 19;
    if most(column.sum(|look| look.dates.spreadsheet_days)) {
        return "whole numbers, perhaps days as a spreadsheet counts them: export them as dates".to_owned();
    }
    if most(column.sum(|look| look.dates.epochs)) {
        return "whole numbers, perhaps seconds since 1970: export them as dates".to_owned();
    }
    column.kind().as_str().to_owned()
}

/// A column of the project file, in words.
fn meaning(column: &str) -> &str {
    match column {
        "customer_id" => "the customer's id",
        "timestamp" => "the moment at which it happened",
        "amount" => "the amount that was paid",
        "order_id" => "the order's id",
        "type" => "the type of the event",
        "kind" => "voluntary or involuntary",
        "arm" => "treatment or control",
        other => other,
    }
}
