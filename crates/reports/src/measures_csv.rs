//! The retention measures as one long table: a line for each figure.

use serde::Serialize;

use crate::csv::{CsvTable, guard_text, number};
use crate::data::Measure;

/// The table. A measure without figures has a line that says what is missing; a cell that is withheld has one without a value.
pub(crate) fn table(measures: &[Measure]) -> CsvTable {
    let mut rows = Vec::new();
    for measure in measures {
        let name = measure.measure.as_str().to_owned();
        if let Some(why) = &measure.not_given {
            let note = guard_text(&format!("not given: {why}"));
            let between = vec![String::new(); TEXTS.len() + NUMBERS.len() - 2];
            rows.push(std::iter::once(name).chain(between).chain([note]).collect());
            continue;
        }
        for row in &measure.rows {
            let text = |text: Option<&String>| guard_text(text.map_or("", String::as_str));
            let period = row.period.as_ref();
            let start = [
                name.clone(),
                period.map_or_else(String::new, |period| word(&period.kind)),
                text(period.map(|period| &period.name)),
                text(period.map(|period| &period.from)),
                text(period.map(|period| &period.until)),
                text(row.by.as_ref()),
                text(row.segment.as_ref()),
                text(row.item.as_ref()),
            ];
            let line = |figure: [String; 5], note: &str| -> Vec<String> {
                let [of, unit, value, low, high] = figure;
                let end = [of, unit, row.count.to_string(), value, low, high, note.to_owned()];
                start.iter().cloned().chain(end).collect()
            };
            if row.withheld {
                rows.push(line([const { String::new() }; 5], "withheld"));
            }
            for figure in &row.figures {
                let e = figure.estimate;
                let numbers = [number(e.value), number(e.low), number(e.high)];
                let [value, low, high] = numbers;
                let of = figure.figure.as_str().to_owned();
                rows.push(line([of, word(&figure.unit), value, low, high], if row.alert { "alert" } else { "" }));
            }
        }
    }
    CsvTable { file_name: "measures.csv", header: header(), texts: &TEXTS, rows }
}

/// Columns of texts, in the order of the table; those of numbers stand before the last.
const TEXTS: [&str; 11] = [
    "measure",
    "period_kind",
    "period",
    "period_from",
    "period_until",
    "by",
    "segment",
    "item",
    "figure",
    "unit",
    "note",
];

const NUMBERS: [&str; 4] = ["rests_on", "value", "low", "high"];

fn header() -> Vec<&'static str> {
    let (before, after) = TEXTS.split_at(TEXTS.len() - 1);
    [before, &NUMBERS, after].concat()
}

/// The word of a name in files.
fn word(name: &impl Serialize) -> String {
    serde_json::to_value(name).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
