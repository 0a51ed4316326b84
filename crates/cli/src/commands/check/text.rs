//! The findings for people.

use std::fmt::{Display, Write};

use training::LookBack;

use super::findings::{Findings, Table};
use super::period::{Auc, Period};
use super::tables::{Departures, Events};

/// The whole report, without a line break at its end.
pub(super) fn text(findings: &Findings) -> String {
    let mut page = Page::default();
    let project = &findings.project;
    page.line(format!(
        "{}: a customer has churned who {}; eligible are those who bought within {} days",
        project.name, project.meaning, project.active_within_days
    ));
    if project.lead_days > 0 {
        page.line(format!("the label window begins {} days after the as-of date", project.lead_days));
    }
    page.title("Rows");
    for table in &findings.tables {
        rows(&mut page, table);
    }
    if !findings.warnings.is_empty() {
        page.title("Odd, and used all the same");
    }
    for warning in &findings.warnings {
        page.item(&warning.text);
        if !warning.examples.is_empty() {
            page.item(format_args!("  such as {}", warning.examples.join("; ")));
        }
    }
    history(&mut page, findings);
    if let Some(found) = &findings.events {
        events(&mut page, found, &findings.history.complete_through);
    }
    if let Some(found) = &findings.departures {
        departures(&mut page, found);
    }
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
    let left_out = |rows: u64, what: &str| if rows > 0 { format!(", {} {what}", count(rows)) } else { String::new() };
    let dropped = left_out(table.dropped, "returns dropped");
    let strangers = left_out(table.without_customer, "without a customer left out");
    let twice = left_out(table.deduplicated, "in another file as well");
    page.item(format_args!(
        "{} ({}): {} rows: {} used{dropped}{strangers}{twice}, {} rejected",
        table.table,
        table.file,
        count(table.rows),
        count(table.used),
        count(table.rejected)
    ));
    if table.cancelled > 0 {
        page.item(format_args!("  {} rows are of cancelled orders", count(table.cancelled)));
    }
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
        let byte = reject.byte.map_or_else(String::new, |byte| format!(", byte {byte}"));
        page.item(format_args!("  line {}{column}{byte}: {} [{}]", reject.line, reject.reason, reject.code));
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
    if let Some(lag) = span.recording_lag_days {
        page.item(format_args!(
            "99 % of the purchases are recorded within {lag} days: label windows end by {}",
            span.labels_through
        ));
    }
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

fn events(page: &mut Page, events: &Events, complete_through: &str) {
    page.title("Events");
    for kind in &events.kinds {
        let meaning = if kind.known { "" } else { " (no meaning of its own: engagement" };
        let end = if kind.known { String::new() } else { format!("{})", kind.hint) };
        page.item(format_args!(
            "{}: {}, from {} to {}{meaning}{end}",
            kind.name,
            count(kind.rows),
            kind.first_day,
            kind.last_day
        ));
    }
    if events.unlisted_kinds > 0 {
        page.item(format_args!(
            "and {} other types with {} events: engagement (is the column of the type the right one?)",
            count(events.unlisted_kinds),
            count(events.unlisted_rows)
        ));
    }
    if events.repeated > 0 {
        page.item(format_args!(
            "{} events repeat another one in everything that is read; all are counted",
            count(events.repeated)
        ));
    }
    if events.rows_after_complete_through > 0 {
        page.item(format_args!(
            "{} events from {complete_through} on are not used",
            count(events.rows_after_complete_through)
        ));
    }
    page.item(format_args!("{} customers have events before {complete_through}", count(events.customers)));
    if events.never_bought > 0 {
        page.item(format_args!(
            "  {} of them had bought nothing by then: {} events",
            count(events.never_bought),
            count(events.rows_of_never_bought)
        ));
    }
    for silent in &events.silent {
        page.item(format_args!(
            "none{} in the {} days before {complete_through}, the last on {}: are they still recorded?",
            silent.kind.map(|kind| format!(" of the type {kind}")).unwrap_or_default(),
            silent.days,
            silent.last_day
        ));
    }
}

fn departures(page: &mut Page, departures: &[Departures]) {
    page.title("Departures");
    for row in departures {
        page.item(format_args!("{}, {}: {}", row.kind, row.reason.unwrap_or("no reason given"), count(row.rows)));
    }
}

fn horizon(page: &mut Page, findings: &Findings) {
    page.title("Churn period");
    let (advice, period) = (&findings.horizon, &findings.period);
    if let Some(gaps) = &findings.gaps {
        page.item(format_args!(
            "of {} gaps between one purchase day and the next, 50 % are over within {} days, 75 % within {}, 80 % within {}, \
             90 % within {}, 95 % within {}",
            count(gaps.count),
            count(gaps.days_50),
            count(gaps.days_75),
            count(gaps.days_80),
            count(gaps.days_90),
            count(gaps.days_95)
        ));
        page.item("gaps that were not over when the export was made are not among them, so the true ones are longer");
    }
    page.item(format_args!("{}; declared: \"{}d\"", period.proposal.reason, advice.declared_days));
    if advice.suggested_days.is_some_and(|suggested| suggested > advice.longest_days) {
        page.item(format_args!(
            "this history is too short for that: the longest horizon of which it holds two is {} days",
            advice.longest_days
        ));
    }
    for warning in &period.warnings {
        page.item(format_args!("note: {warning}"));
    }
    candidates(page, period);
}

/// A line for each horizon.
fn candidates(page: &mut Page, period: &Period) {
    let of = if period.share < 1.0 {
        format!(" of a random {:.1} % of the customers", 100.0 * period.share)
    } else {
        String::new()
    };
    page.item(format_args!(
        "by horizon: repeat purchases that come within it; churn rate{of}, mean (lowest to highest) of up to 4 dates; ROC AUC \
         without training at the newest of them, with 95 % interval"
    ));
    let line = |page: &mut Page, cells: [&str; 6]| {
        let [horizon, repeats, rates, recency, bg_nbd, mark] = cells;
        let text = format!("  {horizon:>7}  {repeats:>7}  {rates:<25}  {recency:<22}  {bg_nbd:<22}  {mark}");
        page.item(text.trim_end());
    };
    line(page, ["horizon", "repeats", "churn rate", "recency", "BG/NBD", ""]);
    for candidate in &period.candidates {
        let rates = candidate.churn_rate.as_ref().map_or_else(
            || "history is too short".to_owned(),
            |r| format!("{} ({} to {})", percent(r.mean), percent(r.lowest), percent(r.highest)),
        );
        let found = candidate.predictability.as_ref();
        let mark = match (candidate.declared, candidate.proposed) {
            (true, true) => "declared and proposed",
            (true, false) => "declared",
            (false, true) => "proposed",
            (false, false) => "",
        };
        let cells = [
            &format!("{}d", candidate.horizon_days),
            &candidate.repeats_within.map_or_else(|| "-".to_owned(), percent),
            &rates,
            &found.map_or_else(|| "-".to_owned(), |found| area(&found.recency)),
            &found.and_then(|found| found.bg_nbd.as_ref()).map_or_else(|| "-".to_owned(), area),
        ];
        let [horizon, repeats, rates, recency, bg_nbd] = cells.map(String::as_str);
        line(page, [horizon, repeats, rates, recency, bg_nbd, mark]);
    }
}

fn area(auc: &Auc) -> String {
    match (auc.value, auc.low.zip(auc.high)) {
        (Some(value), Some((low, high))) => format!("{value:.3} ({low:.3} to {high:.3})"),
        (Some(value), None) => format!("{value:.3}"),
        (None, _) => "-".to_owned(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
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
    if let Some(look_back) = &labels.look_back {
        looked_back(page, look_back);
    }
    for date in &labels.observed {
        let rate = date.churn_rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1} %", 100.0 * rate));
        let (churned, eligible) = (count(date.churned as u64), count(date.eligible as u64));
        let unlabelled = match date.unlabelled {
            0 => String::new(),
            n => format!("; {} more neither churned nor stayed and are left out", count(n as u64)),
        };
        page.item(format_args!(
            "{}: {churned} of {eligible} eligible customers churned, {rate}{unlabelled}",
            date.as_of
        ));
    }
}

/// How far back features can look, and whose past began before that.
fn looked_back(page: &mut Page, look_back: &LookBack) {
    let limit = look_back.days.map_or_else(|| "as far as the export goes".to_owned(), |days| format!("{days} days"));
    page.item(format_args!(
        "features look back {limit}: {} to {} days at the training dates, {} at the test",
        look_back.shortest_training, look_back.longest_training, look_back.test
    ));
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), percent);
    let censored = look_back.left_censored;
    page.item(format_args!(
        "first seen within 30 days of the first visible day, so that earlier purchases may be out of sight (left-censored): {} \
         of the customers at the training dates, {} at the calibration, {} at the test",
        share(censored.training),
        share(censored.calibration),
        share(censored.test)
    ));
}

fn risks(page: &mut Page, findings: &Findings) {
    let events = findings.events.as_ref();
    let late = [
        (!findings.has_recorded_at).then_some("transactions"),
        events.filter(|events| !events.has_recorded_at).map(|_| "events"),
    ];
    let late: Vec<&str> = late.into_iter().flatten().collect();
    let service = ["complaint", "ticket"];
    let all_open = events.is_some_and(|events| {
        !events.has_resolved_at && events.kinds.iter().any(|kind| service.contains(&kind.name.as_str()))
    });
    if findings.undated.is_empty() && late.is_empty() && !all_open {
        return;
    }
    page.title("Risks");
    if !findings.undated.is_empty() {
        page.item(format_args!(
            "{}: no dates; they say what is true today, also where a past as-of date is looked at (customers are grouped \
             by them; a model that learnt from them would know the future)",
            findings.undated.join(", ")
        ));
    }
    if !late.is_empty() {
        page.item(format_args!(
            "no recorded_at in {}: what was entered late counts as known from its timestamp on",
            late.join(" and ")
        ));
    }
    if all_open {
        page.item("no resolved_at: every complaint and ticket counts as open");
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
