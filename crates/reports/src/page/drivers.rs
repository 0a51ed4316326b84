//! What the model weighs.

use maud::{Markup, html};

use super::{cell, estimate_cell, figure, number_column, table, text_column};
use crate::chart::drivers;
use crate::data::Driver;
use crate::error::ReportError;
use crate::number::{MISSING, decimal, percent};
use crate::text::{T, fill};

/// The strongest drivers as a chart, then all of them by family.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn section(all: &[Driver]) -> Result<Markup, ReportError> {
    if all.is_empty() {
        return Ok(html! { p.empty { (T.drivers_empty) } });
    }
    let sorted = by_strength(all);
    let chart = drivers::draw(&sorted)?;
    let families = families(&sorted);
    let note = if sorted.len() > drivers::MOST { T.drivers_note } else { "" };
    Ok(html! {
        p.note { (T.drivers_intro) }
        @if let Some(chart) = chart {
            (figure(&chart, note, &family_table(T.drivers_title, &sorted[..sorted.len().min(drivers::MOST)])))
        }
        @if sorted.len() > drivers::MOST {
            // Many features: the strongest are in the chart, and the whole list is there for who looks for one of them.
            details {
                summary { (fill(T.drivers_all, &[("count", &sorted.len().to_string())])) }
                @for (family, members) in families {
                    (family_table(&family.replace('_', " "), &members))
                }
            }
        } @else {
            @for (family, members) in families {
                (family_table(&family.replace('_', " "), &members))
            }
        }
    })
}

fn family_table(caption: &str, drivers: &[&Driver]) -> Markup {
    let columns = [text_column(T.feature), number_column(T.odds_ratio), text_column(T.in_words)];
    let rows: Vec<_> = drivers
        .iter()
        .map(|d| {
            vec![
                html! { span.name { (d.feature) } },
                estimate_cell(&d.odds_ratio, |v| decimal(v, 2)),
                cell(in_words(d)),
            ]
        })
        .collect();
    html! { div.family { (table(caption, &columns, &rows)) } }
}

/// How far the odds ratio lies from 1, up or down; missing ones last.
fn strength(driver: &Driver) -> f64 {
    driver.odds_ratio.finite().map_or(-1.0, |v| v.ln().abs())
}

fn by_strength(drivers: &[Driver]) -> Vec<&Driver> {
    let mut sorted: Vec<_> = drivers.iter().collect();
    sorted.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then_with(|| a.feature.cmp(&b.feature)));
    sorted
}

/// Families in the order of their strongest member.
fn families<'a>(sorted: &[&'a Driver]) -> Vec<(&'a str, Vec<&'a Driver>)> {
    let mut families: Vec<(&str, Vec<&Driver>)> = Vec::new();
    for &driver in sorted {
        match families.iter_mut().find(|(name, _)| *name == driver.family) {
            Some((_, members)) => members.push(driver),
            None => families.push((&driver.family, vec![driver])),
        }
    }
    families
}

fn in_words(driver: &Driver) -> String {
    let Some(ratio) = driver.odds_ratio.finite() else { return MISSING.to_owned() };
    let change = percent(Some((ratio - 1.0).abs()));
    let text = match ratio {
        r if (r - 1.0).abs() < 0.0005 => T.odds_same.to_owned(),
        r if r >= 2.0 => fill(T.odds_times, &[("ratio", &decimal(Some(ratio), 2))]),
        r if r > 1.0 => fill(T.odds_up, &[("change", &change)]),
        _ => fill(T.odds_down, &[("change", &change)]),
    };
    let text = match driver.odds_ratio.interval() {
        Some((low, high)) if low <= 1.0 && high >= 1.0 => format!("{text}; {}", T.odds_unsure),
        _ => text,
    };
    if driver.reading.is_empty() { text } else { format!("{text}; {}", driver.reading) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Estimate;

    fn driver(family: &str, feature: &str, odds_ratio: Estimate) -> Driver {
        Driver { family: family.to_owned(), feature: feature.to_owned(), odds_ratio, reading: String::new() }
    }

    #[test]
    fn a_halving_is_as_strong_as_a_doubling_and_missing_comes_last() {
        let all = [
            driver("a", "missing", Estimate::default()),
            driver("b", "weak", Estimate::point(1.2)),
            driver("a", "halves", Estimate::point(0.5)),
            driver("b", "strong", Estimate::point(2.5)),
        ];
        let sorted = by_strength(&all);
        let names: Vec<_> = sorted.iter().map(|d| d.feature.as_str()).collect();
        assert_eq!(names, ["strong", "halves", "weak", "missing"]);
        let families: Vec<_> = families(&sorted).into_iter().map(|(name, m)| (name, m.len())).collect();
        assert_eq!(families, [("b", 2), ("a", 2)]);
    }

    #[test]
    fn an_interval_that_holds_one_is_called_unsure() {
        assert!(!in_words(&driver("", "", Estimate::with_interval(1.3, 1.1, 1.5))).contains(T.odds_unsure));
        assert!(in_words(&driver("", "", Estimate::with_interval(1.3, 0.9, 1.8))).contains(T.odds_unsure));
        assert_eq!(in_words(&driver("", "", Estimate::point(f64::NAN))), MISSING);
        let read = Driver { reading: "to be read with b".to_owned(), ..driver("", "", Estimate::point(1.3)) };
        assert!(in_words(&read).ends_with("; to be read with b"));
    }
}
