//! Customers with whom something was left undone.

use decisions::measures::{Neglect, NeglectRules, neglect};
use history::EventKind;
use reports::{FigureName, FigureUnit, Measure, MeasureName};

use super::{CUSTOMERS_AT_ONCE, Ground, count, figure, share};
use crate::contacts::Looked;

const KINDS: [&str; 5] = ["anything of this", "complaint overdue", "quote unanswered", "no first call", "no contact"];

/// Eligible customers of a group, and of them those of each kind.
#[derive(Debug, Clone, Default)]
struct Tally {
    customers: u64,
    kinds: [u64; KINDS.len()],
}

pub(super) fn neglected(ground: &Ground<'_>) -> anyhow::Result<Measure> {
    let kinds = ground.history.event_kinds();
    let has = |kind| kinds.contains(&kind);
    if !(ground.export().has_offers()
        || [EventKind::Call, EventKind::QuoteRequest, EventKind::Complaint, EventKind::Training].into_iter().any(has))
    {
        return Ok(Measure::not_given(
            MeasureName::Neglect,
            "add events of the types call, quote_request, quote_followup, complaint or training to [events], or [offers] with contacted_at",
        ));
    }
    let eligible: Vec<u32> =
        ground.everybody.iter().copied().filter(|customer| ground.is_eligible(*customer)).collect();
    let mut tallies: Vec<Tally> = ground.by_group();
    for customers in eligible.chunks(CUSTOMERS_AT_ONCE) {
        for (customer, looked) in customers.iter().zip(Looked::at(&ground.history, customers)?) {
            let found = neglect(&looked.open, ground.as_of, &NeglectRules::default());
            for group in ground.groups.each(*customer) {
                let tally = &mut tallies[group];
                tally.customers += 1;
                tally.kinds[0] += u64::from(!found.is_empty());
                found.iter().for_each(|kind| tally.kinds[place(kind)] += 1);
            }
        }
    }
    let mut measure = Measure::new(MeasureName::Neglect);
    for (group, tally) in tallies.iter().enumerate().filter(|(_, tally)| tally.customers > 0) {
        let row = ground.row(None, group, tally.customers);
        if row.withheld {
            measure.rows.push(row);
            continue;
        }
        for (name, number) in KINDS.iter().zip(tally.kinds) {
            let mut row = row.clone();
            row.item = Some((*name).to_owned());
            row.figures = vec![
                count(FigureName::Customers, number),
                figure(FigureName::Share, FigureUnit::Share, share(number, tally.customers)?),
            ];
            measure.rows.push(row);
        }
    }
    let needed = [
        (EventKind::Complaint, "complaint"),
        (EventKind::QuoteRequest, "quote_request"),
        (EventKind::QuoteFollowup, "quote_followup"),
        (EventKind::Call, "call"),
    ];
    for (_, name) in needed.into_iter().filter(|(kind, _)| !has(*kind)) {
        measure.notes.push(format!("Not given: events of type {name}. What they would show is not counted."));
    }
    if measure.rows.is_empty() {
        return Ok(Measure::not_given(MeasureName::Neglect, "there is no eligible customer"));
    }
    measure.notes.push("The customers themselves are in the worklist neglect.csv of churn plan.".to_owned());
    Ok(measure)
}

fn place(kind: &Neglect) -> usize {
    match kind {
        Neglect::ComplaintOverdue { .. } => 1,
        Neglect::QuoteUnanswered { .. } => 2,
        Neglect::NoFirstCall { .. } => 3,
        Neglect::NoContact { .. } => 4,
    }
}
