//! What customers said, and how long they waited: answers, ratings, complaints and tickets, by period.

use decisions::measures::{MIN_CUSTOMERS, Promise, Ticket, nps, satisfaction_index, service_level};
use history::{Date, EventKind, Tag};
use reports::{FigureName, FigureUnit, Measure, MeasureName};

use super::{CUSTOMERS_AT_ONCE, Cells, Ground, Told, count, figure, point};
use crate::contacts::THIRD_PARTY;

/// What was said in a cell.
#[derive(Debug, Clone, Default)]
struct Heard {
    nps: Vec<u8>,
    ratings: Vec<f64>,
    tickets: Vec<Ticket>,
}

/// One event that counts.
#[derive(Debug, Clone, Copy)]
enum Word {
    Nps(u8),
    Rating(f64),
    Ticket(Ticket),
}

/// Everything that was said, by cell.
#[derive(Debug)]
pub(super) struct Said {
    cells: Cells<Heard>,
    kinds: Vec<EventKind>,
}

impl Said {
    pub(super) fn collect(ground: &Ground<'_>) -> anyhow::Result<Self> {
        let kinds: Vec<EventKind> = ground.history.event_kinds().iter().copied().collect();
        let mut cells: Cells<Heard> = ground.by_period();
        let history = &ground.history;
        let third_party = Tag::of(THIRD_PARTY);
        for customers in ground.everybody.chunks(CUSTOMERS_AT_ONCE) {
            let words = history.map(customers, |block, customer| {
                let word = |event: history::EventRow| -> Option<(Date, Word)> {
                    let day = event.timestamp.date();
                    let word = match event.kind {
                        // Values are within their scale: what is not was rejected when it was read.
                        EventKind::Nps if event.value.is_finite() => Word::Nps(event.value.round() as u8),
                        EventKind::Csat | EventKind::Review if event.value.is_finite() => Word::Rating(event.value),
                        EventKind::Complaint | EventKind::Ticket if history.has_resolved_at() => Word::Ticket(Ticket {
                            opened: day,
                            resolved: event.resolved_at.map(|at| at.date().max(day)),
                            third_party: event.channel == Some(third_party),
                        }),
                        _ => return None,
                    };
                    Some((day, word))
                };
                history.events(block, customer).filter_map(word).collect::<Vec<_>>()
            })?;
            for (customer, words) in customers.iter().zip(words) {
                for (day, word) in words {
                    for (at, _) in ground.periods.iter().enumerate().filter(|(_, period)| period.holds(day)) {
                        cells.each(&ground.groups, at, *customer, |heard| heard.add(word));
                    }
                }
            }
        }
        Ok(Self { cells, kinds })
    }

    fn has(&self, kinds: &[EventKind]) -> bool {
        kinds.iter().any(|kind| self.kinds.contains(kind))
    }

    pub(super) fn nps(&self, ground: &Ground<'_>) -> anyhow::Result<Measure> {
        let name = MeasureName::Nps;
        if !self.has(&[EventKind::Nps]) {
            return Ok(Measure::not_given(
                name,
                "add events of type nps to [events], with an answer from 0 to 10 as value",
            ));
        }
        let mut measure = Measure::new(name);
        measure.rows = ground.rows(
            &self.cells,
            |heard| heard.nps.len() as u64,
            |_, _, heard| {
                let found = nps(&heard.nps)?;
                Ok(Told::from(vec![
                    figure(FigureName::Nps, FigureUnit::Number, found.score),
                    count(FigureName::Promoters, found.promoters),
                    count(FigureName::Passives, found.passives),
                    count(FigureName::Detractors, found.detractors),
                ]))
            },
        )?;
        measure.notes.push("Answers count one by one, also several of one customer.".to_owned());
        Ok(or_none(measure, "answers"))
    }

    pub(super) fn satisfaction(&self, ground: &Ground<'_>) -> anyhow::Result<Measure> {
        let name = MeasureName::Satisfaction;
        if !self.has(&[EventKind::Csat, EventKind::Review]) {
            return Ok(Measure::not_given(
                name,
                "add events of type csat or review to [events], with a rating from 1 to 5 as value",
            ));
        }
        let mut measure = Measure::new(name);
        measure.rows = ground.rows(
            &self.cells,
            |heard| heard.ratings.len() as u64,
            |_, _, heard| {
                let found = satisfaction_index(&heard.ratings)?;
                let figures = vec![figure(FigureName::SatisfactionIndex, FigureUnit::Number, found.index)];
                Ok(Told { figures, alert: found.alert })
            },
        )?;
        let last = measure.rows.iter().rfind(|row| row.by.is_none() && !row.withheld);
        let below = last.filter(|row| row.alert).and_then(|row| Some((row.period.as_ref()?, row.figures.first()?)));
        measure.alerts.extend(below.map(|(period, figure)| {
            let value = figure.estimate.value.unwrap_or(0.0);
            format!("The satisfaction index is {value:.2} ({}), below 4.5.", period.name)
        }));
        Ok(or_none(measure, "ratings"))
    }

    pub(super) fn service_level(&self, ground: &Ground<'_>) -> anyhow::Result<Measure> {
        let name = MeasureName::ServiceLevel;
        if !self.has(&[EventKind::Complaint, EventKind::Ticket]) {
            return Ok(Measure::not_given(
                name,
                "add events of type complaint or ticket to [events], with the column resolved_at",
            ));
        }
        if !ground.history.has_resolved_at() {
            return Ok(Measure::not_given(name, "map the column resolved_at in [events] columns"));
        }
        let mut measure = Measure::new(name);
        let end = ground.as_of;
        measure.rows = ground.rows(
            &self.cells,
            |heard| heard.tickets.len() as u64,
            |_, _, heard| {
                let found = service_level(&heard.tickets, end, Promise::default())?;
                let mut figures = vec![
                    figure(FigureName::KeptInTime, FigureUnit::Share, found.kept),
                    count(FigureName::Overdue, found.overdue),
                    count(FigureName::NotDue, found.not_due),
                ];
                figures.extend(found.median_days.map(|days| point(FigureName::MedianDays, FigureUnit::Number, days)));
                Ok(Told::from(figures))
            },
        )?;
        measure.notes.push(format!(
            "Working days are Monday to Friday. A case with the channel {THIRD_PARTY} has three, all others have one."
        ));
        Ok(or_none(measure, "complaints and tickets"))
    }
}

impl Heard {
    fn add(&mut self, word: Word) {
        match word {
            Word::Nps(answer) => self.nps.push(answer),
            Word::Rating(rating) => self.ratings.push(rating),
            Word::Ticket(ticket) => self.tickets.push(ticket),
        }
    }
}

/// The measure, unless nothing lies within its periods.
fn or_none(measure: Measure, what: &str) -> Measure {
    if !measure.rows.is_empty() {
        return measure;
    }
    let why = format!(
        "there are no {what} in the months and quarters that are over; at least {MIN_CUSTOMERS} are needed for a figure"
    );
    Measure::not_given(measure.measure, why)
}
