//! The page: one HTML file without references to anything outside it. Its one script sorts tables; without it nothing is missing.

pub(crate) mod backtest;
mod campaign;
mod drivers;
mod glance;
mod lives;
mod measures;
mod method;
mod monitor;
mod months;
mod quality;
pub(crate) mod questions;
mod risk;
mod segments;
mod since;
mod sorter;
mod summary;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::chart::Chart;
use crate::data::{Estimate, ReportData};
use crate::error::ReportError;
use crate::language::current;
use crate::number;
use crate::text::{T, fill};
use crate::view;
use crate::words::W;

use self::questions::Answers;

const STYLE: &str = include_str!("report.css");

/// Nothing may be loaded; only the style sheet of the page itself applies, and only its own script for sorting runs, by its hash.
fn policy(sorts: bool) -> String {
    const NOTHING: &str = "default-src 'none'; style-src 'unsafe-inline'";
    if sorts { format!("{NOTHING}; script-src '{}'", sorter::hash()) } else { NOTHING.to_owned() }
}

/// The whole page.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn page(data: &ReportData) -> Result<String, ReportError> {
    let rows = view::rows(&data.segments);
    let answers = Answers::of(data, &rows);
    let mut sections = vec![
        ("reading", W.reading_heading, summary::reading(data)),
        ("map", T.map_heading, segments::map(data, &rows, &answers.segments)?),
        ("segments", T.segments_heading, segments::table(data, &rows)),
        ("period", W.gaps_heading, lives::gaps(data, &answers.period)?),
        ("churn", T.months_heading, months::section(data, &answers.worse)?),
        ("cost", W.cost_heading, risk::cost(data, &rows, &answers.cost)?),
        ("who", W.who_heading, risk::who(data, &rows, &answers.who)?),
        ("quality", T.quality_heading, quality::section(data.quality.as_ref(), &answers.trust)?),
        ("plan", W.plan_heading, risk::plan(data, &answers.contact)?),
        ("cohorts", W.cohorts_heading, lives::cohorts(data)?),
        ("survival", W.survival_heading, lives::survival(data)?),
        ("why", W.why_heading, risk::why(data, &answers.why)?),
        ("weights", T.drivers_heading, drivers::section(&data.drivers)?),
        ("measures", T.measures_heading, measures::section(data)),
        ("campaign", W.campaign_heading, campaign::section(data)?),
    ];
    sections.extend(
        data.monitor
            .as_ref()
            .map(|monitor| ("monitor", W.monitor_heading, monitor::section(monitor, &data.header.as_of))),
    );
    sections.push(("method", T.method_heading, method::section(&data.method)));
    if let Some(compared) = &data.compare {
        sections.insert(1, ("since", W.since_heading, since::compare(compared, &data.header.currency)));
    }
    let title = fill(T.page_title, &[("project", &data.header.project), ("as_of", &data.header.as_of)]);
    let first = ("summary", T.summary_heading, summary::section(data, &rows, &answers));
    let head = html! { (summary::header(data)) (card(&first)) };
    Ok(shell(&title, &head, &sections, T.footer, true))
}

/// A section: its id, heading and body.
type Section = (&'static str, &'static str, Markup);

/// Head, contents and foot around some sections; with the script that sorts where there are tables to sort.
fn shell(title: &str, header: &Markup, sections: &[Section], footer: &str, sorts: bool) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(current().code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(sorts));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header)
                nav.sections aria-label=(T.contents) {
                    @for (id, heading, _) in sections { a href={ "#" (id) } { (heading) } }
                }
                main {
                    @for section in sections { (card(section)) }
                }
                footer { (footer) }
                @if sorts { script { (PreEscaped(sorter::SCRIPT)) } }
            }
        }
    };
    page.into_string()
}

fn card((id, heading, body): &Section) -> Markup {
    html! {
        section.card id=(id) aria-labelledby={ (id) "-h" } {
            h2 id={ (id) "-h" } { (heading) }
            (body)
        }
    }
}

/// The answer to the question that a section is about.
fn answer(said: &str) -> Markup {
    html! { p.answer { (said) } }
}

/// A chart, a note below it, and its numbers as a table that can be opened.
fn figure(chart: &Chart, note: &str, table: &Markup) -> Markup {
    html! {
        figure {
            div.scroll tabindex="0" { (chart.svg) }
            @if !note.is_empty() { figcaption { (note) } }
            details {
                summary { (T.data_table) }
                (table)
            }
        }
    }
}

/// A column of a table: its heading, and whether it holds numbers.
struct Column(&'static str, bool);

fn text_column(heading: &'static str) -> Column {
    Column(heading, false)
}

fn number_column(heading: &'static str) -> Column {
    Column(heading, true)
}

/// A table whose first column names the row.
fn table(caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    let columns: Vec<(&str, bool)> = columns.iter().map(|Column(heading, number)| (*heading, *number)).collect();
    table_of(caption, &columns, rows)
}

/// The same with headings that may come from the data.
fn table_of(caption: &str, columns: &[(&str, bool)], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for (heading, number) in columns { th scope="col" class=[number.then_some("n")] { (heading) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, (cell, (_, number))) in row.iter().zip(columns).enumerate() {
                                @if i == 0 { th scope="row" class=[number.then_some("n")] { (cell) } }
                                @else { td class=[number.then_some("n")] { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Plain text as a table cell.
fn cell(text: impl AsRef<str>) -> Markup {
    html! { (text.as_ref()) }
}

/// A value with its interval below it.
fn estimate_cell(estimate: &Estimate, show: impl Fn(Option<f64>) -> String) -> Markup {
    html! {
        (show(estimate.value))
        @if let (Some(_), Some(interval)) = (estimate.finite(), number::interval(estimate, &show)) {
            br; span.interval { (interval) }
        }
    }
}
