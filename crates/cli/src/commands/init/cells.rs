//! How the cells of a table are written, as far as some cell proves it: the format of its dates and the decimal sign.

use std::collections::BTreeMap;

use history::inspect::{DateLayout, DateOrder, NumberLook};

use super::question::{Answers, Question};
use super::setting::Setting;
use super::table::Column;
use crate::exit::UsageError;

/// The format of a table's dates, by its first column of dates; other columns of dates must be of the same one.
pub(super) fn date_format(
    table: &str,
    column: &Column<'_>,
    answers: &mut Answers,
    notes: &mut Vec<String>,
) -> Result<Setting, UsageError> {
    let certain = column.sum(|look| look.dates.certain);
    let layouts = layouts(column);
    let Some((layout, found)) = layouts.iter().max_by_key(|(_, found)| found.cells) else {
        return Ok(Setting::absent("all dates are ISO 8601"));
    };
    let others = column.sum(|look| look.filled) - found.cells.max(certain);
    if certain >= found.cells {
        if others > 0 {
            notes.push(format!(
                "{others} cells of \"{}\" are not ISO 8601, as the others are: they cannot be read",
                column.header
            ));
        }
        return Ok(Setting::absent("dates are ISO 8601"));
    }
    if others > 0 {
        let example = found.first.as_ref().map_or("", |(text, _)| text);
        let header = column.header;
        notes.push(format!(
            "{others} cells of \"{header}\" are written otherwise than \"{example}\": they cannot be read"
        ));
    }
    let proof = |order: DateOrder| {
        let (text, place) = found.proven.get(&order)?;
        Some(format!("proven by \"{text}\" ({place})"))
    };
    if let [only] = found.possible[..] {
        let why = proof(only).unwrap_or_else(|| {
            let example = found.first.as_ref().map_or("", |(text, _)| text);
            format!("dates such as \"{example}\" have one reading")
        });
        return Ok(Setting::proven(layout.format(only), why));
    }
    let key = format!("{table}.date_format");
    let example = found.first.as_ref().map_or("", |(text, _)| text);
    let mut question = if found.possible.is_empty() {
        Question::new(
            &key,
            format!("The dates of \"{}\" contradict each other. How are they to be read?", column.header),
        )
    } else {
        let all = "every day of the export may be a month as well";
        Question::new(
            &key,
            format!("\"{}\" has dates such as \"{example}\", and {all}. How are they to be read?", column.header),
        )
    };
    let orders: Vec<DateOrder> =
        if found.possible.is_empty() { found.proven.keys().copied().collect() } else { found.possible.clone() };
    for order in orders {
        let proof = proof(order).map_or_else(String::new, |proof| format!(", {proof}"));
        question = question.choice(layout.format(order), format!("{}{proof}", in_words(order)));
    }
    Ok(match answers.ask(question)? {
        None => Setting::Open(key),
        Some((format, by)) => Setting::answered(format, by),
    })
}

fn in_words(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day, month, year",
        DateOrder::MonthFirst => "month, day, year",
        DateOrder::YearFirst => "year, month, day",
    }
}

/// Cells of one layout in all files of a table. Witnesses stand with their place.
#[derive(Debug, Default)]
struct Found {
    cells: u64,
    first: Option<(String, String)>,
    proven: BTreeMap<DateOrder, (String, String)>,
    possible: Vec<DateOrder>,
}

fn layouts(column: &Column<'_>) -> BTreeMap<DateLayout, Found> {
    let mut all: BTreeMap<DateLayout, Found> = BTreeMap::new();
    for look in column.looks() {
        for (layout, seen) in &look.dates.layouts {
            let before = all.contains_key(layout);
            let found = all.entry(*layout).or_default();
            found.cells += seen.cells;
            if before {
                found.possible.retain(|order| seen.possible.contains(order));
            } else {
                found.possible.clone_from(&seen.possible);
            }
        }
    }
    for (layout, found) in &mut all {
        let text = |witness: Option<(&str, String)>| witness.map(|(text, place)| (text.to_owned(), place));
        found.first = text(column.witness(|look| look.dates.layouts.get(layout)?.first.as_ref()));
        for order in [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst] {
            let proof =
                column.witness(|look| look.dates.layouts.get(layout)?.proven.get(&order).map(|(_, first)| first));
            found.proven.extend(text(proof).map(|proof| (order, proof)));
        }
    }
    all
}

/// Whether most dates of a column are of this format, or ISO 8601 where there is none.
pub(super) fn has_format(column: &Column<'_>, format: Option<&str>) -> bool {
    let certain = column.sum(|look| look.dates.certain);
    let layouts = layouts(column);
    let main = layouts.iter().max_by_key(|(_, found)| found.cells);
    match (format, main) {
        (None, None) => true,
        (None, Some((_, found))) => certain >= found.cells,
        (Some(_), None) => false,
        (Some(format), Some((layout, found))) => {
            found.cells > certain && found.possible.iter().any(|order| layout.format(*order) == format)
        }
    }
}

/// Whether moments of a column come with their offset from UTC.
pub(super) fn has_offsets(column: &Column<'_>) -> bool {
    let written = |look: &history::inspect::ColumnLook| look.dates.layouts.keys().any(DateLayout::has_offset);
    column.sum(|look| look.dates.with_offset) > 0 || column.looks().any(written)
}

/// The decimal sign of a table, by all of its columns of numbers.
pub(super) fn decimal(
    table: &str,
    columns: &[&Column<'_>],
    answers: &mut Answers,
    notes: &mut Vec<String>,
) -> Result<Setting, UsageError> {
    let proof = |of: fn(&NumberLook) -> Option<&history::inspect::Witness>| {
        columns.iter().find_map(|column| column.witness(|look| of(&look.numbers)))
    };
    let (point, comma) = (proof(NumberLook::proof_of_point), proof(NumberLook::proof_of_comma));
    let either = proof(|numbers| numbers.either.first.as_ref());
    for (cells, what) in [
        (|numbers: &NumberLook| &numbers.grouped, "with separators of thousands"),
        (|numbers: &NumberLook| &numbers.adorned, "with a currency sign, in brackets or with a minus behind"),
    ] as [(fn(&NumberLook) -> &history::inspect::Cells, &str); 2]
    {
        for column in columns {
            let count = column.sum(|look| cells(&look.numbers).count);
            if let Some((text, place)) = column.witness(|look| cells(&look.numbers).first.as_ref()) {
                let header = column.header;
                notes.push(format!("\"{header}\" has {count} numbers {what}, such as \"{text}\" ({place}): they cannot be read; export plain numbers"));
            }
        }
    }
    let proven = |(text, place): &(&str, String)| format!("proven by \"{text}\" ({place})");
    let key = format!("{table}.decimal");
    let (question, proofs) = match (&point, &comma, &either) {
        (Some(proof), None, _) => return Ok(Setting::proven(".", proven(proof))),
        (None, Some(proof), _) => return Ok(Setting::proven(",", proven(proof))),
        (None, None, None) => return Ok(Setting::absent("numbers are whole, or of the file's own types")),
        (Some(point), Some(comma), _) => (
            "Numbers with a decimal point and with a decimal comma contradict each other. Which are right?".to_owned(),
            [format!(", {}", proven(point)), format!(", {}", proven(comma))],
        ),
        (None, None, Some((text, place))) => (
            format!("Is \"{text}\" ({place}) a number with a fraction, or one above a thousand? No number proves it."),
            [String::new(), String::new()],
        ),
    };
    let question = Question::new(&key, question)
        .choice(".", format!("a point is the decimal sign{}", proofs[0]))
        .choice(",", format!("a comma is the decimal sign{}", proofs[1]));
    Ok(match answers.ask(question)? {
        None => Setting::Open(key),
        Some((sign, by)) => Setting::answered(sign, by),
    })
}
