//! The page: one HTML file without scripts and without references to anything outside it.

pub(crate) mod backtest;
mod drivers;
mod measures;
mod method;
mod months;
mod quality;
mod segments;
mod summary;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::chart::Chart;
use crate::data::{Estimate, ReportData};
use crate::error::ReportError;
use crate::language::current;
use crate::number;
use crate::text::{T, fill};
use crate::view;

const STYLE: &str = include_str!("report.css");

/// Nothing may be loaded or run; only the style sheet of the page itself applies.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn page(data: &ReportData) -> Result<String, ReportError> {
    let rows = view::rows(&data.segments);
    let sections = [
        ("summary", T.summary_heading, summary::section(data)),
        ("map", T.map_heading, segments::map(data, &rows)?),
        ("segments", T.segments_heading, segments::table(data, &rows)),
        ("churn", T.months_heading, months::section(data)?),
        ("quality", T.quality_heading, quality::section(data.quality.as_ref())?),
        ("measures", T.measures_heading, measures::section(data)?),
        ("weights", T.drivers_heading, drivers::section(&data.drivers)?),
        ("method", T.method_heading, method::section(&data.method)),
    ];
    let title = fill(T.page_title, &[("project", &data.header.project), ("as_of", &data.header.as_of)]);
    Ok(shell(&title, &summary::header(data), &sections, T.footer))
}

/// A section: its id, heading and body.
type Section = (&'static str, &'static str, Markup);

/// Head, contents and foot around some sections.
fn shell(title: &str, header: &Markup, sections: &[Section], footer: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(current().code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header)
                nav aria-label=(T.contents) {
                    @for (id, heading, _) in sections { a href={ "#" (id) } { (heading) } }
                }
                main {
                    @for (id, heading, body) in sections {
                        section.card id=(id) aria-labelledby={ (id) "-h" } {
                            h2 id={ (id) "-h" } { (heading) }
                            (body)
                        }
                    }
                }
                footer { (footer) }
            }
        }
    };
    page.into_string()
}

/// A chart, a note below it, and its numbers as a table that can be opened.
fn figure(chart: &Chart, note: &str, table: &Markup) -> Markup {
    html! {
        figure {
            div.scroll { (chart.svg) }
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
        div.scroll {
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
