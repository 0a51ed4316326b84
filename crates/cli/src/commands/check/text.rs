//! The findings for people.

use std::fmt::{Display, Write};

use super::findings::{Findings, Table};

/// The whole report, without a line break at its end.
pub(super) fn text(findings: &Findings) -> String {
    let mut page = Page::default();
    let project = &findings.project;
    page.line(format!(
        "{}: a customer has churned who buys nothing for {} days; eligible are those who bought within {} days",
        project.name, project.horizon_days, project.active_within_days
    ));
    if project.lead_days > 0 {
        page.line(format!("the label window begins {} days after the as-of date", project.lead_days));
    }
    page.title("Rows");
    for table in &findings.tables {
        rows(&mut page, table);
    }
    history(&mut page, findings);
    horizon(&mut page, findings);
    labels(&mut page, findings);
    risks(&mut page, findings);
    page.text.truncate(page.text.trim_end().len());
    page.text
}

#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: impl Display) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn title(&mut self, title: &str) {
        self.line(format_args!("\n{title}"));
    }

    fn item(&mut self, item: impl Display) {
        self.line(format_args!("  {item}"));
    }
}

fn rows(page: &mut Page, table: &Table) {
    let dropped = if table.dropped > 0 { format!(", {} returns dropped", count(table.dropped)) } else { String::new() };
    page.item(format_args!(
        "{} ({}): {} rows: {} used{dropped}, {} rejected",
        table.table,
        table.file,
        count(table.rows),
        count(table.used),
        count(table.rejected)
    ));
    if table.multiline > 0 {
        page.item(format_args!(
            "  {} of them run over more than one line: line breaks within a cell, or a stray quote",
            count(table.multiline)
        ));
    }
    for (code, number) in &table.rejected_by_code {
        page.item(format_args!("  {code}: {}", count(*number)));
    }
    for reject in &table.first_rejects {
        let column = if reject.column.is_empty() { String::new() } else { format!(", column \"{}\"", reject.column) };
        page.item(format_args!("  line {}{column}: {}", reject.line, reject.reason));
    }
    let shown = table.first_rejects.len() as u64;
    if table.rejected > shown {
        page.item(format_args!("  and {} more", count(table.rejected - shown)));
    }
}

fn history(page: &mut Page, findings: &Findings) {
    let (span, buying, customers) = (&findings.history, &findings.buying, &findings.customers);
    page.title("History");
    let how = if span.complete_through_declared { "declared" } else { "not declared: the day of the last purchase" };
    page.item(format_args!("purchases from {} to {}", span.first_day, span.last_day));
    page.item(format_args!("complete up to {} ({how}): {} days", span.complete_through, count(span.days)));
    if buying.rows_after_complete_through > 0 {
        page.item(format_args!(
            "{} purchases and returns from {} on are not used",
            count(buying.rows_after_complete_through),
            span.complete_through
        ));
    }
    page.item(format_args!(
        "{} customers bought, {} of them on two days or more; {} purchases, {} returns",
        count(buying.customers),
        count(buying.repeat_customers),
        count(buying.purchases),
        count(buying.returns)
    ));
    page.item(format_args!(
        "as of {}: {} eligible, {} lapsed, {} new",
        span.complete_through,
        count(customers.eligible as u64),
        count(customers.lapsed as u64),
        count(customers.new as u64)
    ));
}

fn horizon(page: &mut Page, findings: &Findings) {
    page.title("Churn period");
    let advice = &findings.horizon;
    let Some(gaps) = &findings.gaps else {
        page.item("no customer bought on two days: the data says nothing about how long customers stay away");
        return;
    };
    page.item(format_args!(
        "of {} gaps between one purchase day and the next, 80 % are over within {} days, 90 % within {}, 95 % within {}",
        count(gaps.count),
        count(gaps.days_80),
        count(gaps.days_90),
        count(gaps.days_95)
    ));
    if let Some(suggested) = advice.suggested_days {
        page.item(format_args!(
            "a customer who stays away for longer than nine gaps in ten has probably left: horizon = \"{suggested}d\" \
             fits this data; declared: \"{}d\"",
            advice.declared_days
        ));
        if i64::from(suggested) > i64::from(advice.longest_days) {
            page.item(format_args!(
                "this history is too short for that: the longest horizon of which it holds two is {} days",
                advice.longest_days
            ));
        }
    }
    page.item("gaps that were not over when the export was made are not among them, so the true ones are longer");
}

fn labels(page: &mut Page, findings: &Findings) {
    page.title("Labels");
    let (labels, project) = (&findings.labels, &findings.project);
    let (Some(first), Some(last)) = (&labels.first, &labels.last) else {
        page.item(format_args!("no as-of date can be used for training: see the error below",));
        return;
    };
    page.item(format_args!(
        "{} as-of dates with a label, one every {} days up to the test on {last}, from {first} on",
        labels.as_of_dates, project.every_days
    ));
    for date in &labels.observed {
        let rate = date.churn_rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1} %", 100.0 * rate));
        let (churned, eligible) = (count(date.churned as u64), count(date.eligible as u64));
        page.item(format_args!("{}: {churned} of {eligible} eligible customers churned, {rate}", date.as_of));
    }
}

fn risks(page: &mut Page, findings: &Findings) {
    let late = !findings.has_recorded_at;
    if findings.undated.is_empty() && !late {
        return;
    }
    page.title("Risks");
    if !findings.undated.is_empty() {
        page.item(format_args!(
            "{}: no dates; they say what is true today, also where a past as-of date is looked at (used to group \
             customers, never as features)",
            findings.undated.join(", ")
        ));
    }
    if late {
        page.item("no recorded_at: a purchase that was entered late counts as known from its timestamp on");
    }
}

/// `1,234,567`
fn count(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(
            [0_i64, 999, 1_000, -123, -1_234, 1_234_567].map(count),
            ["0", "999", "1,000", "-123", "-1,234", "1,234,567"]
        );
    }
}
